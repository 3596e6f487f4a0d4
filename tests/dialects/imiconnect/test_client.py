"""IMIconnect as a carrier: what we send is what our own door reads, and every reply has a reading."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, Heard, HttpCall, HttpReply, HttpRequest
from heliograph.dialects.imiconnect import DIALECT, callback
from heliograph.dialects.imiconnect.client import UPSTREAM
from heliograph.dialects.imiconnect.wire import transid
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    FindByReference,
    Messages,
    SendMessages,
)
from heliograph.model.ids import seal
from heliograph.model.message import Draft, Encoding, Event, Extra, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Arrival, Declined, OpenId, Receipt, Taken, Unknown
from heliograph.model.status import Status

VECTORS = Path(__file__).parents[2] / "vectors" / "imiconnect"
KEY = bytes(range(32))
NOW = datetime(2026, 5, 1, 12, 0, 1, 7_000, tzinfo=UTC)
SETTINGS = {"base_url": "https://api.imiconnect.io/", "service_key_secret": "K"}
HOOK = "https://house.example/hooks/1/token"
MESSAGE = Message(
    account_id=1,
    id=5,
    submission_id=None,
    dialect="native",
    sender="DEMOBK",
    recipient="8801712345678",
    text="Hello {{link_5}}",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    valid_until=NOW.replace(microsecond=0),
)
ITEM = AcceptedItem(
    message_id=99,
    recipient=MESSAGE.recipient,
    parts=1,
    encoding="gsm7",
    price_micros=1,
    status=Status.QUEUED,
)


def at_our_door(call: HttpCall | Declined | None) -> tuple[HttpRequest, Ask]:
    assert isinstance(call, HttpCall)
    target = urlsplit(call.url)
    assert target.netloc == "api.imiconnect.io"
    request = HttpRequest(
        method=call.method,
        path=target.path,
        query=target.query,
        headers=dict(call.headers),
        body=call.body,
        id=4711,
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.claim is not None
    assert (ask.claim.secret, ask.verdict) == ("K", None)
    return request, ask


def answer_to(call: HttpCall | Declined | None, answer: Answer | Refused) -> HttpReply:
    request, ask = at_our_door(call)
    return DIALECT.write(request, ask, answer, KEY)


def sent(report_url: str = HOOK, **more: Any) -> HttpCall | Declined:
    return UPSTREAM.send(SETTINGS, msgspec.structs.replace(MESSAGE, **more), report_url)


def reply(status: int, body: object, **headers: str) -> HttpReply:
    return HttpReply(
        status=status,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
    )


# -- sending


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {}),
        ({"report_url": ""}, {"callback": None}),
        ({"text": "Привет", "encoding": Encoding.UCS2}, {"encoding": Encoding.UCS2}),
        ({"flash": True}, {"flash": True}),
        ({"priority": 2}, {"priority": 2}),
        (
            {"text": "", "body": b"\x00\xff", "encoding": Encoding.BINARY},
            {"body": b"\x00\xff", "encoding": Encoding.BINARY},
        ),
    ],
)
def test_a_message_arrives_at_our_own_door_as_it_was(
    more: dict[str, Any], expected: dict[str, Any]
) -> None:
    _, ask = at_our_door(sent(**more))
    assert isinstance(ask.command, SendMessages)
    (found,) = ask.command.drafts
    usual = Draft(
        recipient=MESSAGE.recipient,
        sender="DEMOBK",
        may_lack_sender=True,
        text=more.get("text", MESSAGE.text),
        callback=HOOK,
        valid_until=MESSAGE.valid_until,
    )
    assert found == msgspec.structs.replace(usual, **expected)


def test_the_carriers_route_goes_along() -> None:
    call = UPSTREAM.send(SETTINGS | {"route": "LCBE"}, MESSAGE, "")
    assert isinstance(call, HttpCall)
    assert json.loads(call.body)["route"] == "LCBE"


@pytest.mark.parametrize(
    "more",
    [
        {"udh": b"\x05\x00\x03\x01\x02\x01"},
        {"body": b"Hi", "encoding": Encoding.GSM7},
        {"body": b"Hi", "encoding": Encoding.BINARY, "flash": True},
        {"extra": Extra(channel="voice")},
        {"text": "It costs $(5)"},
    ],
)
def test_what_it_cannot_say_or_would_replace_is_left_to_other_carriers(
    more: dict[str, Any],
) -> None:
    assert sent(**more) == Declined(reason=Reason.FACILITY_NOT_SUPPORTED)


def test_our_own_doors_answers_are_understood() -> None:
    taken = answer_to(sent(), Accepted(submission_id=99, currency="EUR", items=(ITEM,)))
    assert UPSTREAM.outcome(taken) == Taken(carrier_ids=(transid(KEY, 99),))
    refused = answer_to(sent(), Refused(refusal=Refusal.INVALID_RECIPIENT))
    assert UPSTREAM.outcome(refused) == Declined(
        reason=Reason.INVALID_DESTINATION, vendor_code="7102"
    )
    assert isinstance(
        UPSTREAM.outcome(answer_to(sent(), Refused(refusal=Refusal.INTERNAL))), Unknown
    )


@pytest.mark.parametrize(
    ("given_reply", "reason", "code"),
    [
        (reply(200, {"response": {"code": "7001"}}), Reason.CARRIER_DOWN, "7001"),
        (reply(200, {"response": {"code": 7007}}), Reason.CARRIER_DOWN, "7007"),
        (reply(200, {"response": [{"code": "7101"}]}), Reason.INVALID_SOURCE, "7101"),
        (reply(500, {"response": {"code": "9999"}}), Reason.UNSPECIFIED, "9999"),
        (reply(401, b""), Reason.CARRIER_DOWN, "http 401"),
        (reply(404, b"<html>"), Reason.CARRIER_DOWN, "http 404"),
        (reply(302, b""), Reason.DATA_ERROR, "http 302"),
    ],
)
def test_a_clear_no_is_declined(given_reply: HttpReply, reason: Reason, code: str) -> None:
    assert UPSTREAM.outcome(given_reply) == Declined(reason=reason, vendor_code=code)


def test_the_time_to_wait_is_taken_from_its_header() -> None:
    found = UPSTREAM.outcome(reply(429, b"", Retry_After="7"))
    assert found == Declined(
        reason=Reason.THROTTLED, vendor_code="http 429", retry_after_seconds=7.0
    )


@pytest.mark.parametrize(
    "given_reply",
    [
        reply(200, b""),
        reply(200, {"response": []}),
        reply(200, {"response": [[]]}),
        reply(200, {"response": {"code": "7006"}}),
        reply(502, b"<html>"),
        reply(408, b""),
    ],
)
def test_doubt_is_unknown(given_reply: HttpReply) -> None:
    assert isinstance(UPSTREAM.outcome(given_reply), Unknown)


@pytest.mark.parametrize("description", ["Queued", "Queued in burst mode"])
def test_a_success_is_taken_with_its_id_or_with_none(description: str) -> None:
    element = {"code": "1001", "description": description}
    assert UPSTREAM.outcome(reply(200, {"response": [element]})) == Taken(carrier_ids=())
    whole = [element | {"transid": "t"}]
    assert UPSTREAM.outcome(reply(200, {"response": whole})) == Taken(carrier_ids=("t",))


# -- looking


def record(status: Status, reason: Reason = Reason.NONE) -> MessageRecord:
    message = msgspec.structs.replace(MESSAGE, id=99, dialect="imiconnect", reference="c")
    return MessageRecord(
        message=message,
        status=status,
        reason=reason,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=1,
        updated_at=NOW,
    )


OPEN = OpenId(
    carrier_message_id=transid(KEY, 99),
    sender="DEMOBK",
    recipient=MESSAGE.recipient,
    taken_at=NOW,
)


@pytest.mark.parametrize(
    ("status", "reason", "read"),
    [
        (Status.QUEUED, Reason.NONE, None),
        (Status.SENT, Reason.NONE, None),
        (Status.DELIVERED, Reason.NONE, (Status.DELIVERED, Reason.NONE, "delivered")),
        (
            Status.UNDELIVERED,
            Reason.MEMORY_EXCEEDED,
            (Status.UNDELIVERED, Reason.MEMORY_EXCEEDED, "7206"),
        ),
        (
            Status.EXPIRED,
            Reason.VALIDITY_EXPIRED,
            (Status.EXPIRED, Reason.VALIDITY_EXPIRED, "7208"),
        ),
    ],
)
def test_a_status_that_our_own_door_tells_is_read(
    status: Status, reason: Reason, read: tuple[Status, Reason, str] | None
) -> None:
    call = UPSTREAM.look(SETTINGS, OPEN)
    _, ask = at_our_door(call)
    assert ask.command == FindByReference(submission=seal(KEY, 99))
    answer = answer_to(call, Messages(items=(record(status, reason),), more=False))
    found = UPSTREAM.looked(answer, OPEN, carrier_id=3, at=NOW)
    assert [(r.status, r.reason, r.vendor_code) for r in found] == ([] if read is None else [read])
    for receipt in found:
        assert (receipt.carrier_id, receipt.carrier_message_id) == (3, OPEN.carrier_message_id)
        assert receipt.at == NOW


@pytest.mark.parametrize(
    "body", [b"", [], [1], {"response": {"code": "7004"}}, [{"status": "paused"}]]
)
def test_a_status_that_says_nothing_final_is_no_receipt(body: object) -> None:
    assert UPSTREAM.looked(reply(200, body), OPEN, carrier_id=3, at=NOW) == ()


def test_nothing_is_pulled() -> None:
    assert UPSTREAM.pull(SETTINGS) is None
    assert UPSTREAM.pulled(reply(200, []), carrier_id=3, at=NOW) == ()


# -- hearing


def heard(body: bytes, headers: dict[str, str] | None = None, **more: str) -> Heard | HttpReply:
    request = HttpRequest(method="POST", path="", query="", headers=headers or {}, body=body)
    return UPSTREAM.hear(SETTINGS | more, request, carrier_id=3, at=NOW)


@pytest.mark.parametrize(
    ("name", "status", "reason", "code", "at"),
    [
        (
            "delivery",
            Status.DELIVERED,
            Reason.NONE,
            "7500",
            datetime(2016, 7, 20, 17, 13, 17, 908_000, tzinfo=UTC),
        ),
        (
            "delivery_newer",
            Status.EXPIRED,
            Reason.VALIDITY_EXPIRED,
            "7208",
            datetime(2022, 10, 10, 12, 53, 13, 749_000, tzinfo=UTC),
        ),
    ],
)
def test_a_printed_delivery_notification_is_a_receipt(
    name: str, status: Status, reason: Reason, code: str, at: datetime
) -> None:
    body = (VECTORS / f"{name}.json").read_bytes()
    found = heard(body)
    assert isinstance(found, Heard)
    assert found.reply.status == 200
    assert found.receipts == (
        Receipt(
            carrier_id=3,
            carrier_message_id="262895e4-2217-4eef-92ca-79fd0250c4a3",
            status=status,
            reason=reason,
            vendor_code=code,
            at=at,
            raw=body.decode(),
        ),
    )


def test_what_our_own_callbacks_say_is_heard_when_it_is_signed() -> None:
    shared = {"signature_secret": "s3cret", "signature_algorithm": "sha512"}
    endpoint = Endpoint(account_id=1, id=1, url=HOOK, dialect="imiconnect", settings=shared)
    event = Event(account_id=1, message_id=99, id=9, at=NOW, status=Status.SENT)
    report = callback.render(endpoint, event, record(Status.SENT), KEY, NOW)
    found = heard(report.body, dict(report.headers), **shared)
    assert isinstance(found, Heard)
    (receipt,) = found.receipts
    assert (receipt.status, receipt.carrier_message_id) == (Status.SENT, transid(KEY, 99))

    inbound = Inbound(
        account_id=1, id=5, sender="8801712345678", recipient="56767", text="HELP", received_at=NOW
    )
    arrival = callback.render_inbound(endpoint, inbound, KEY, NOW)
    found = heard(arrival.body, dict(arrival.headers), **shared)
    assert isinstance(found, Heard)
    assert found.arrivals == (
        Arrival(carrier_id=3, sender="8801712345678", recipient="56767", text="HELP", at=NOW),
    )
    for headers in ({}, {"x-hub-signature": "0" * 128}, {"x-hub-signature": "é"}):
        refused = heard(arrival.body, headers, **shared)
        assert isinstance(refused, HttpReply)
        assert refused.status == 401  # which the vendor tries again


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"oa": "1"}',
        b'{"deliveryInfoNotification": {}}',
        b'{"deliveryInfoNotification": {"transid": "t"}}',
    ],
)
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    found = heard(body)
    assert isinstance(found, HttpReply)
    assert found.status == 400


def test_a_code_that_nobody_knows_is_acknowledged_and_says_nothing() -> None:
    body = {"deliveryInfoNotification": {"deliveryInfo": {"code": "9999"}, "transid": "t"}}
    found = heard(json.dumps(body).encode())
    assert isinstance(found, Heard)
    assert found.receipts == ()


# -- settings, and never raises


@pytest.mark.parametrize(
    ("given_settings", "fault"),
    [
        (SETTINGS, None),
        ({"service_key_secret": "K"}, None),
        ({}, "service_key_secret"),
        (SETTINGS | {"route": "FAST"}, "route"),
        (SETTINGS | {"signature_algorithm": "md5"}, "signature_algorithm"),
        (SETTINGS | {"base_url": "nowhere"}, "base_url"),
        (SETTINGS | {"x": "y"}, "x"),
    ],
)
def test_settings_are_sound_or_told_why_not(
    given_settings: dict[str, str], fault: str | None
) -> None:
    found = UPSTREAM.fault(given_settings)
    assert (found is None) == (fault is None)
    assert fault is None or fault in (found or "")
    assert UPSTREAM.name == "imiconnect"


@settings(max_examples=100, deadline=None)
@given(st.integers(100, 599), st.binary(max_size=60))
def test_any_octets_have_a_reading(status: int, body: bytes) -> None:
    assert isinstance(UPSTREAM.outcome(reply(status, body)), Taken | Declined | Unknown)
    assert UPSTREAM.looked(reply(status, body), OPEN, carrier_id=3, at=NOW) == ()
    assert isinstance(heard(body), HttpReply)
