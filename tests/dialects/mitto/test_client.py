"""Mitto as a carrier: what we send is what our own door reads, and every reply has a reading."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, Heard, HttpCall, HttpReply, HttpRequest
from heliograph.dialects.mitto import DIALECT, callback
from heliograph.dialects.mitto.client import UPSTREAM
from heliograph.dialects.mitto.wire import message_id
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.command import Accepted, AcceptedItem, SendMessages
from heliograph.model.ids import id_at
from heliograph.model.message import (
    Draft,
    Encoding,
    Event,
    Extra,
    Inbound,
    Message,
    MessageRecord,
)
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Declined, OpenId, Receipt, Taken, Unknown
from heliograph.model.status import Status

KEY = bytes(range(32))
SETTINGS = {"api_key_secret": "key"}
HOOK = "https://h.example/hooks/3/token"
NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
MESSAGE = Message(
    account_id=1,
    id=id_at(NOW) + 7,
    submission_id=None,
    dialect="native",
    sender="MITTO",
    recipient="41751231234",
    text="Grüße €",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.OTP,
    reference="the customer's own",
    valid_until=datetime(2026, 5, 1, 13, 30, 30, tzinfo=UTC),
)


def at_our_door(message: Message, report_url: str = HOOK) -> Draft:
    call = UPSTREAM.send(SETTINGS, message, report_url)
    assert isinstance(call, HttpCall)
    target = urlsplit(call.url)
    assert (target.scheme, target.netloc) == ("https", "rest.mittoapi.net")
    ask = DIALECT.read(
        HttpRequest(
            method=call.method,
            path=target.path,
            query=target.query,
            headers=dict(call.headers),
            body=call.body,
        )
    )
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    assert ask.claim is not None
    assert ask.claim.secret == "key"
    assert isinstance(ask.command, SendMessages)
    (draft,) = ask.command.drafts
    return draft


def changed(**words: Any) -> Message:
    return msgspec.structs.replace(MESSAGE, **words)


# -- settings


@pytest.mark.parametrize(
    ("settings", "good"),
    [
        (SETTINGS, True),
        (SETTINGS | {"base_url": "https://rest-sg.mittoapi.net"}, True),
        ({}, False),
        (SETTINGS | {"base_url": "rest-sg.mittoapi.net"}, False),
        (SETTINGS | {"colour": "red"}, False),
    ],
)
def test_settings_are_checked(settings: dict[str, str], good: bool) -> None:
    fault = UPSTREAM.fault(settings)
    assert (fault is None) is good
    assert "key" not in (fault or "").split()


# -- sending


def test_a_message_arrives_at_our_own_door_as_it_was() -> None:
    draft = at_our_door(MESSAGE)
    assert (draft.recipient, draft.sender, draft.text) == ("41751231234", "MITTO", "Grüße €")
    assert (draft.encoding, draft.validity_seconds) == (Encoding.GSM7, 3600)
    assert draft.reference is None
    assert draft.callback is not None
    assert draft.callback.startswith(HOOK + "?msgid=<msgid>&")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"text": "ž", "encoding": Encoding.UCS2}, {"text": "ž", "encoding": Encoding.UCS2}),
        (
            {"text": "ş", "encoding": Encoding.GSM7_NATIONAL},
            {"text": "ş", "encoding": Encoding.UCS2},
        ),
        (
            {"text": "", "body": b"\x00\xff", "encoding": Encoding.BINARY},
            {"body": b"\x00\xff", "encoding": Encoding.BINARY},
        ),
        ({"udh": b"\x05\x00\x03\x01\x02\x01"}, {"udh": b"\x05\x00\x03\x01\x02\x01"}),
        ({"flash": True}, {"flash": True}),
        ({"extra": Extra(protocol_id=65)}, {"extra": Extra(protocol_id=65)}),
    ],
)
def test_types_headers_and_marks_travel(words: dict[str, Any], expected: dict[str, Any]) -> None:
    draft = at_our_door(changed(**words))
    assert {name: getattr(draft, name) for name in expected} == expected


def test_without_a_place_for_reports_none_is_named() -> None:
    assert at_our_door(MESSAGE, "").callback is None


@pytest.mark.parametrize(
    "words",
    [
        {"extra": Extra(channel="voice")},
        {"text": "", "body": b"", "udh": b"\x01\x00", "encoding": Encoding.BINARY},
        {"encoding": Encoding.GSM7_NATIONAL, "udh": b"\x03\x24\x01\x01"},
    ],
)
def test_what_cannot_be_said_is_declined(words: dict[str, Any]) -> None:
    said = UPSTREAM.send(SETTINGS, changed(**words), HOOK)
    assert said == Declined(reason=Reason.FACILITY_NOT_SUPPORTED)


def reply(status: int, body: object, *headers: tuple[str, str]) -> HttpReply:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status=status, body=octets, headers=headers)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply(200, {"id": "7d35", "responseCode": 0}), Taken(carrier_ids=("7d35",))),
        (reply(200, {"ID": "7d35", "ResponseCode": "0"}), Taken(carrier_ids=("7d35",))),
        (reply(200, {"responseCode": 0}), Taken(carrier_ids=())),
        (
            reply(200, {"responseCode": 8, "textLength": " 13"}),
            Declined(reason=Reason.INVALID_DESTINATION, vendor_code="8"),
        ),
        (
            reply(400, {"responseCode": 6}),
            Declined(reason=Reason.INVALID_SOURCE, vendor_code="6"),
        ),
        (reply(401, b""), Declined(reason=Reason.CARRIER_DOWN, vendor_code="http 401")),
        (
            reply(429, b"", ("Retry-After", "7")),
            Declined(reason=Reason.THROTTLED, vendor_code="http 429", retry_after_seconds=7.0),
        ),
        (reply(400, b"x"), Declined(reason=Reason.DATA_ERROR, vendor_code="http 400")),
    ],
)
def test_an_answer_is_an_outcome(answer: HttpReply, outcome: object) -> None:
    assert UPSTREAM.outcome(answer) == outcome


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, {"responseCode": 1}),
        reply(200, {"responseCode": 77}),
        reply(500, {"responseCode": 0}),
        reply(200, b"OK"),
        reply(502, b""),
    ],
)
def test_doubt_is_unknown(answer: HttpReply) -> None:
    assert isinstance(UPSTREAM.outcome(answer), Unknown)


@given(status=st.integers(100, 599), body=st.binary(max_size=80))
def test_every_reply_has_a_reading(status: int, body: bytes) -> None:
    outcome = UPSTREAM.outcome(reply(status, body))
    assert isinstance(outcome, Taken | Declined | Unknown)


def test_our_own_answer_is_taken() -> None:
    item = AcceptedItem(
        message_id=MESSAGE.id,
        recipient=MESSAGE.recipient,
        parts=1,
        encoding="gsm7",
        price_micros=1,
        status=Status.QUEUED,
    )
    request = HttpRequest(method="POST", path="/sms", query="", headers={})
    draft = Draft(recipient=MESSAGE.recipient, text=MESSAGE.text)
    ask = Ask(claim=None, command=SendMessages(drafts=(draft,)), form="sms")
    answer = Accepted(submission_id=1, currency="EUR", items=(item,))
    said = DIALECT.write(request, ask, answer, KEY)
    assert UPSTREAM.outcome(said) == Taken(carrier_ids=(message_id(KEY, MESSAGE.id),))


# -- hearing


def heard(call: HttpCall | str, at: datetime = NOW) -> Heard | HttpReply:
    made = call if isinstance(call, HttpCall) else HttpCall(method="GET", url=f"{HOOK}?{call}")
    target = urlsplit(made.url)
    request = HttpRequest(
        method=made.method,
        path="",
        query=target.query,
        headers=dict(made.headers),
        body=made.body,
    )
    return UPSTREAM.hear(SETTINGS, request, carrier_id=3, at=at)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("status", "reason", "read"),
    [
        (Status.DELIVERED, Reason.NONE, Status.DELIVERED),
        (Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER, Status.UNDELIVERED),
        (Status.EXPIRED, Reason.UNSPECIFIED, Status.EXPIRED),
        (Status.FAILED, Reason.EXTERNAL_ROUTING, Status.REJECTED),
    ],
)
def test_our_own_callback_is_heard(
    method: str, status: Status, reason: Reason, read: Status
) -> None:
    sent = UPSTREAM.send(SETTINGS, MESSAGE, HOOK)
    assert isinstance(sent, HttpCall)
    template = json.loads(sent.body)["callback"]
    event = Event(account_id=1, message_id=MESSAGE.id, id=9, at=NOW, status=status, reason=reason)
    record = MessageRecord(
        message=MESSAGE,
        status=status,
        reason=reason,
        vendor_code=None,
        charge=Charge.FREE,
        attempts=1,
        carrier_id=1,
        updated_at=NOW,
    )
    endpoint = Endpoint(account_id=1, id=0, url=template, settings={"method": method})
    found = heard(callback.render(endpoint, event, record, KEY, NOW))
    assert isinstance(found, Heard)
    (receipt,) = found.receipts
    assert (receipt.status, receipt.reason, receipt.at) == (read, reason, NOW)
    assert receipt.carrier_message_id == message_id(KEY, MESSAGE.id)
    assert found.reply.status == 200


def test_a_report_in_other_forms_is_heard() -> None:
    dashed = "069d0e82-a437-47bc-b158-0f4065e83fce"
    found = heard(f"MsgId={dashed}&Status=delivered")
    assert isinstance(found, Heard)
    assert found.receipts == (
        Receipt(
            carrier_id=3,
            carrier_message_id=dashed,
            status=Status.DELIVERED,
            reason=Reason.NONE,
            vendor_code="DELIVERED",
            at=NOW,
            raw=f"MsgId={dashed}&Status=delivered",
            other_forms=(dashed.replace("-", ""),),
        ),
    )
    body = json.dumps({"msgid": "x", "status": "FAILED", "errorcode": 12345}).encode()
    told = heard(HttpCall(method="POST", url=HOOK, body=body))
    assert isinstance(told, Heard)
    assert (told.receipts[0].reason, told.receipts[0].vendor_code) == (
        Reason.UNSPECIFIED,
        "FAILED:12345",
    )


@pytest.mark.parametrize("word", ["SENT", "BUFFERED", "SOMETHING"])
def test_what_is_not_the_end_is_acknowledged(word: str) -> None:
    found = heard(f"msgid=x&status={word}&errorcode=0")
    assert isinstance(found, Heard)
    assert (found.receipts, found.arrivals, found.reply.status) == ((), (), 200)


@pytest.mark.parametrize(
    "query", ["", "msgid=x", "status=DELIVERED", "content=x&sender=1", "%ff=%ff"]
)
def test_what_says_nothing_is_refused(query: str) -> None:
    found = heard(query)
    assert isinstance(found, HttpReply)
    assert found.status == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("text", "body", "encoding"),
    [
        ("Yes", None, Encoding.GSM7),
        ("ž & ü", None, Encoding.UCS2),
        ("", b"\x01\xff", Encoding.BINARY),
    ],
)
def test_a_message_from_a_handset_is_heard(
    method: str, text: str, body: bytes | None, encoding: Encoding
) -> None:
    inbound = Inbound(
        account_id=1,
        id=4,
        sender="41751231234",
        recipient="41790000000",
        text=text,
        body=body,
        encoding=encoding,
        received_at=NOW,
    )
    endpoint = Endpoint(account_id=1, id=0, url=HOOK, settings={"method": method})
    found = heard(callback.render_inbound(endpoint, inbound, KEY, NOW))
    assert isinstance(found, Heard)
    assert found.arrivals == (
        Arrival(
            carrier_id=3,
            sender="41751231234",
            recipient="41790000000",
            text=text,
            body=body,
            encoding=encoding,
            at=NOW,
        ),
    )


def test_binary_content_that_is_none_is_refused() -> None:
    found = heard("content=xyz&sender=1&receiver=2&coding=Binary&msgid=x")
    assert isinstance(found, HttpReply)


def test_nothing_is_asked() -> None:
    sent = OpenId(carrier_message_id="x", sender="a", recipient="b", taken_at=NOW)
    assert UPSTREAM.look(SETTINGS, sent) is None
    assert UPSTREAM.pull(SETTINGS) is None
    assert UPSTREAM.looked(reply(200, {}), sent, carrier_id=3, at=NOW) == ()
    assert UPSTREAM.pulled(reply(200, {}), carrier_id=3, at=NOW) == ()
