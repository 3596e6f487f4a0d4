import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.native import DIALECT
from heliograph.dialects.native.client import (
    DECLINED,
    call,
    hear,
    is_authentic,
    outcome_of,
    submit,
)
from heliograph.model.command import SendMessages
from heliograph.model.message import Encoding
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Declined, Taken, Unknown

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def test_another_house_reads_the_message_that_we_submit(message):
    call = submit("https://sms.example/", "hg_live_x", message, NOW, "https://us.example/h")
    assert call.url == "https://sms.example/v1/messages"
    request = HttpRequest(
        method=call.method,
        path="/v1/messages",
        query="",
        headers=dict(call.headers),
        body=call.body,
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    assert isinstance(ask.command, SendMessages)
    draft = ask.command.drafts[0]
    assert (draft.recipient, draft.sender, draft.text) == (
        message.recipient,
        message.sender,
        message.text,
    )
    assert draft.encoding is Encoding.GSM7
    assert draft.callback == "https://us.example/h"
    assert draft.validity_seconds == int((message.valid_until - NOW).total_seconds())
    assert ask.command.idempotency_key is not None


@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_encoding_can_be_submitted(message, encoding):
    octets = b"\x01\x02" if encoding is Encoding.BINARY else None
    odd = msgspec.structs.replace(message, encoding=encoding, body=octets, udh=b"\x05\x00")
    call = submit("https://sms.example", "k", odd, NOW)
    request = HttpRequest(
        method="POST", path="/v1/messages", query="", headers=dict(call.headers), body=call.body
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    assert isinstance(ask.command, SendMessages)
    assert (ask.command.drafts[0].encoding, ask.command.drafts[0].body) == (encoding, octets)


def test_a_validity_that_is_over_or_far_away_stays_within_the_api(message):
    for valid_until, seconds in ((NOW - timedelta(1), 1), (NOW + timedelta(99), 2_592_000)):
        late = msgspec.structs.replace(message, valid_until=valid_until)
        assert json.loads(submit("x", "k", late, NOW).body)["validity_seconds"] == seconds


def test_a_second_attempt_is_the_same_request(message):
    assert submit("x", "k", message, NOW).headers == submit("x", "k", message, NOW).headers


def test_an_accepted_message_was_taken():
    assert outcome_of(201, b'{"id":"msg_1","more":1}') == Taken(carrier_ids=("msg_1",))


def test_every_refusal_has_a_meaning_for_the_message():
    assert set(DECLINED) == set(Refusal)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_of_another_house_is_understood(make, refusal):
    said = DIALECT.refuse(make("POST", "/v1/messages"), Refused(refusal=refusal))
    outcome = outcome_of(said.status, said.body)
    if refusal is Refusal.INTERNAL:
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, Declined)
        assert outcome.vendor_code == refusal.code
        assert (outcome.reason, outcome.next_carrier) == DECLINED[refusal]


def test_a_gateway_in_between_leaves_the_outcome_unknown():
    assert isinstance(outcome_of(502, b"<html>"), Unknown)
    assert isinstance(outcome_of(200, b"<html>"), Unknown)
    assert outcome_of(404, b"") == Declined(reason=Reason.UNSPECIFIED, vendor_code="404")


@given(status=st.integers(100, 599), body=st.binary(max_size=50))
def test_no_reply_makes_reading_fail(status, body):
    assert isinstance(outcome_of(status, body), Taken | Declined | Unknown)


def test_a_message_on_its_way_is_nothing_to_keep():
    body = b'{"type":"message.sent","timestamp":"2026-01-01T00:00:00Z","data":{"id":"m","status":"sent"}}'
    assert hear(1, body) is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"type":1}', b'{"type":"x","timestamp":"x"}']
)
def test_a_body_that_is_no_webhook_is_told(body):
    with pytest.raises(ValueError, match="not a webhook"):
        hear(1, body)


def test_a_webhook_without_signature_is_not_believed():
    assert not is_authentic({}, b"{}", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], NOW)


def test_any_call_can_be_made():
    made = call("https://sms.example/", "k", "GET", "/v1/balance")
    assert made.url == "https://sms.example/v1/balance"
    assert made.body == b""
    assert ("authorization", "Bearer k") in made.headers
