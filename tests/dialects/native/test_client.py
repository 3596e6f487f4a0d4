import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, Heard, HttpCall, HttpReply, HttpRequest
from heliograph.dialects.native import DIALECT
from heliograph.dialects.native.callback import render
from heliograph.dialects.native.client import (
    DECLINED,
    UPSTREAM,
    call,
    hear,
    is_authentic,
    outcome_of,
    submit,
)
from heliograph.model.account import Endpoint
from heliograph.model.command import InboundPage, MessageTrace, SendMessages
from heliograph.model.message import Encoding, Extra
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Arrival, Declined, OpenId, Receipt, Taken, Unknown
from heliograph.model.signature import sign
from heliograph.model.status import Status

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SETTINGS = {"base_url": "https://sms.example", "api_key_secret": "hg_live_x"}


def test_another_house_reads_the_message_that_we_submit(message):
    call = submit("https://sms.example/", "hg_live_x", message, "https://us.example/h")
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
    assert draft.valid_until == message.valid_until
    assert ask.command.idempotency_key is not None


@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_encoding_can_be_submitted(message, encoding):
    octets = b"\x01\x02" if encoding is Encoding.BINARY else None
    odd = msgspec.structs.replace(message, encoding=encoding, body=octets, udh=b"\x05\x00")
    call = submit("https://sms.example", "k", odd)
    request = HttpRequest(
        method="POST", path="/v1/messages", query="", headers=dict(call.headers), body=call.body
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    assert isinstance(ask.command, SendMessages)
    assert (ask.command.drafts[0].encoding, ask.command.drafts[0].body) == (encoding, octets)


def test_a_second_attempt_is_the_same_request_to_the_octet(message):
    assert submit("x", "k", message) == submit("x", "k", message)
    assert dict(submit("x", "k", message).headers)["idempotency-key"] == f"1-{7 << 50:x}"


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


# -- as a carrier


def sent(carrier_message_id: str) -> OpenId:
    return OpenId(carrier_message_id=carrier_message_id, sender="a", recipient="1", taken_at=NOW)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({}, None),
        ({"webhook_secret": SECRET, "inbound": "pull"}, None),
        ({"base_url": ""}, "base_url is missing"),
        ({"base_url": "ftp://x"}, "base_url is an address such as https://api.example.com"),
        ({"base_url": "https://x/?q"}, "base_url is an address such as https://api.example.com"),
        ({"webhook_secret": "hush"}, "webhook_secret: a webhook secret starts with whsec_"),
        ({"inbound": "push"}, "inbound is pull or left out"),
        ({"passwort_secret": "hush"}, "there is no setting passwort_secret"),
    ],
)
def test_settings_that_cannot_be_used_are_told_without_secrets(more, fault):
    assert UPSTREAM.fault(SETTINGS | more) == fault


def test_a_message_names_our_hook_unless_an_endpoint_tells_us(message):
    hook = "https://us.example/hooks/1/t"
    for settings, url, named in (
        (SETTINGS, hook, hook),
        (SETTINGS, "", None),
        (SETTINGS | {"webhook_secret": SECRET}, hook, None),
    ):
        called = UPSTREAM.send(settings, message, url)
        assert isinstance(called, HttpCall)
        assert json.loads(called.body).get("callback_url") == named


def test_a_call_arrives_at_another_house_as_it_was(make, message):
    extra = Extra(channel="voice", media_url="https://x/y", language="bn", duration_seconds=9)
    called = UPSTREAM.send(SETTINGS, msgspec.structs.replace(message, extra=extra), "")
    assert isinstance(called, HttpCall)
    ask = DIALECT.read(make("POST", "/v1/messages", called.body))
    assert isinstance(ask, Ask)
    assert ask.command.drafts[0].extra == extra
    silent = UPSTREAM.send(
        SETTINGS, msgspec.structs.replace(message, extra=Extra(channel="mms")), ""
    )
    assert isinstance(silent, HttpCall)
    ask = DIALECT.read(make("POST", "/v1/messages", silent.body))
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    assert ask.command.drafts[0].extra == Extra(channel="mms")


def test_what_the_api_cannot_say_is_left_to_another_carrier(message):
    odd = msgspec.structs.replace(message, extra=Extra(protocol_id=65))
    assert UPSTREAM.send(SETTINGS, odd, "") == Declined(reason=Reason.FACILITY_NOT_SUPPORTED)


def test_the_answer_about_a_message_is_its_receipt_once_it_has_ended(make, answers, key):
    ask = DIALECT.read(make("GET", "/v1/messages/" + "msg_" + "0" * 13))
    assert isinstance(ask, Ask)
    reply = DIALECT.write(make("GET", "/"), ask, answers[MessageTrace], key)
    number = json.loads(reply.body)["id"]
    (receipt,) = UPSTREAM.looked(reply, sent(number), carrier_id=3, at=NOW)
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.carrier_message_id) == (Status.DELIVERED, number)
    assert (receipt.vendor_code, receipt.carrier_id) == ("000", 3)
    assert UPSTREAM.looked(reply, sent("msg_other"), carrier_id=3, at=NOW) == ()
    going = msgspec.structs.replace(reply, body=reply.body.replace(b'"delivered"', b'"sent"'))
    assert UPSTREAM.looked(going, sent(number), carrier_id=3, at=NOW) == ()


def test_the_inbox_of_another_house_is_emptied_where_that_is_wanted(make, answers, key):
    assert UPSTREAM.pull(SETTINGS) is None
    called = UPSTREAM.pull(SETTINGS | {"inbound": "pull"})
    assert isinstance(called, HttpCall)
    ask = DIALECT.read(make("POST", called.url.removeprefix("https://sms.example")))
    assert isinstance(ask, Ask)
    reply = DIALECT.write(make("POST", "/"), ask, answers[InboundPage], key)
    (arrival,) = UPSTREAM.pulled(reply, carrier_id=3, at=NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.sender, arrival.recipient, arrival.text) == ("8801844909020", "880961", "STOP")


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"items":[{}]}'])
def test_an_answer_that_cannot_be_read_says_nothing(body):
    reply = HttpReply(status=200, body=body)
    assert UPSTREAM.pulled(reply, carrier_id=1, at=NOW) == ()
    assert UPSTREAM.looked(reply, sent("x"), carrier_id=1, at=NOW) == ()


def hook_call(body: bytes, secret: str | None = None) -> HttpRequest:
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(int(NOW.timestamp()))}
    if secret is not None:
        headers["webhook-signature"] = sign(
            webhook_id="evt_1",
            timestamp_seconds=int(NOW.timestamp()),
            body=body,
            secrets=(secret,),
        )
    return HttpRequest(method="POST", path="", query="", headers=headers, body=body)


def test_a_call_to_our_hook_is_heard_and_signed_where_a_secret_was_agreed(event, record, key):
    body = render(
        Endpoint(account_id=1, id=0, url="https://us.example"), event, record, key, NOW
    ).body
    heard = UPSTREAM.hear(SETTINGS, hook_call(body), carrier_id=3, at=NOW)
    assert isinstance(heard, Heard)
    assert [each.status for each in heard.receipts] == [Status.DELIVERED]
    assert heard.reply.status == 204
    agreed = SETTINGS | {"webhook_secret": SECRET}
    assert isinstance(UPSTREAM.hear(agreed, hook_call(body, SECRET), carrier_id=3, at=NOW), Heard)
    unsigned = UPSTREAM.hear(agreed, hook_call(body), carrier_id=3, at=NOW)
    assert isinstance(unsigned, HttpReply)
    assert unsigned.status == 401


def test_a_call_that_is_no_webhook_is_refused():
    refused = UPSTREAM.hear(SETTINGS, hook_call(b"{}"), carrier_id=3, at=NOW)
    assert isinstance(refused, HttpReply)
    assert refused.status == 400
