"""smsAPI as a carrier: what we send is what our own door reads, and every reply has a reading."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpCall, HttpReply, HttpRequest, Upstream
from heliograph.dialects.smsapi import DIALECT
from heliograph.dialects.smsapi.client import UPSTREAM
from heliograph.dialects.smsapi.wire import id_text, sealed_id
from heliograph.model.account import TrafficClass
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Claim,
    FetchInbound,
    FindByReference,
    InboundPage,
    Messages,
    SendMessages,
)
from heliograph.model.message import Draft, Encoding, Extra, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Arrival, Declined, OpenId, Taken, Unknown
from heliograph.model.status import Status

KEY = bytes(range(32))
SETTINGS = {
    "base_url": "https://app.mimsms.com/x/smsAPI/",
    "apikey": "K&Y",
    "apitoken_secret": "T +=",
}
NOW = datetime(2026, 9, 21, 7, 37, 12, tzinfo=UTC)
MESSAGE = Message(
    account_id=1,
    id=5,
    submission_id=None,
    dialect="native",
    sender="MiM SMS",
    recipient="8801844909020",
    text=' "হ্যালো" & \n',
    encoding=Encoding.UCS2,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    valid_until=NOW,
)
GROUP = 99 << 22
SENT = OpenId(
    carrier_message_id=id_text(KEY, GROUP),
    sender="MiM SMS",
    recipient=MESSAGE.recipient,
    taken_at=NOW,
)


def at_our_door(call: HttpCall | Declined | None) -> tuple[HttpRequest, Ask]:
    assert isinstance(call, HttpCall)
    target = urlsplit(call.url)
    assert (call.method, target.netloc, target.path) == ("POST", "app.mimsms.com", "/x/smsAPI")
    assert "T" not in target.query  # secrets travel in the body alone
    request = HttpRequest(
        method=call.method,
        path=target.path,
        query=target.query,
        headers=dict(call.headers),
        body=call.body,
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.claim == Claim(dialect="smsapi", name="K&Y", secret="T +=")
    assert ask.verdict is None
    return request, ask


def answer_to(call: HttpCall | Declined | None, answer: Answer | Refused) -> HttpReply:
    request, ask = at_our_door(call)
    return DIALECT.write(request, ask, answer, KEY)


def send(**words: Any) -> HttpCall | Declined:
    return UPSTREAM.send(SETTINGS, msgspec.structs.replace(MESSAGE, **words), "https://us/hook")


def reply(body: object, status: int = 200, **headers: str) -> HttpReply:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status=status, body=octets, headers=tuple(headers.items()))


def record(status: Status, recipient: str = MESSAGE.recipient) -> MessageRecord:
    message = msgspec.structs.replace(MESSAGE, submission_id=GROUP, recipient=recipient)
    return MessageRecord(
        message=message,
        status=status,
        reason=Reason.NONE,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=1,
        updated_at=NOW,
    )


# -- settings -------------------------------------------------------------------------------------


def test_settings_have_a_place_and_two_credentials() -> None:
    upstream: Upstream = UPSTREAM
    assert upstream.name == "smsapi"
    assert upstream.fault(SETTINGS) is None
    assert upstream.fault(SETTINGS | {"route": "3"}) is None
    for name in SETTINGS:
        fault = upstream.fault({n: v for n, v in SETTINGS.items() if n != name})
        assert fault is not None
        assert name in fault
    for wrong in ({"base_url": "ftp://x"}, {"colour": "red"}):
        assert upstream.fault(SETTINGS | wrong) is not None


# -- sending --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "draft"),
    [
        ({}, {"encoding": Encoding.UCS2}),
        ({"encoding": Encoding.GSM7, "text": "Hello"}, {"text": "Hello"}),
        ({"encoding": Encoding.GSM7, "text": "Hello", "flash": True},
         {"text": "Hello", "flash": True}),
        ({"encoding": Encoding.GSM7_NATIONAL, "text": "Şğ"},
         {"text": "Şğ", "encoding": Encoding.UCS2}),
        ({"extra": Extra(channel="voice", language="bn", duration_seconds=9)},
         {"extra": Extra(channel="voice", language="bn", duration_seconds=9)}),
        ({"text": "", "extra": Extra(channel="mms", media_url="https://x/y?z=1&a")},
         {"text": "", "extra": Extra(channel="mms", media_url="https://x/y?z=1&a")}),
    ],
)  # fmt: skip
def test_a_message_arrives_at_our_own_door_as_it_was(
    words: dict[str, Any], draft: dict[str, Any]
) -> None:
    _, ask = at_our_door(send(**words))
    usual = {"recipient": MESSAGE.recipient, "sender": "MiM SMS", "text": MESSAGE.text}
    assert ask.command == SendMessages(drafts=(Draft(**(usual | draft)),))


@pytest.mark.parametrize(
    "words",
    [
        {"body": b"\x00"},
        {"udh": b"\x05\x00\x03\x01\x02\x01"},
        {"flash": True},
        {"extra": Extra(protocol_id=64)},
        {"extra": Extra(channel="fax", media_url="https://x/y")},
    ],
)
def test_what_it_cannot_say_is_declined_for_another_carrier(words: dict[str, Any]) -> None:
    assert send(**words) == Declined(reason=Reason.FACILITY_NOT_SUPPORTED)


def test_our_own_answers_are_read_as_they_are_meant() -> None:
    item = AcceptedItem(
        message_id=5,
        recipient=MESSAGE.recipient,
        parts=1,
        encoding="ucs2",
        price_micros=1,
        status=Status.QUEUED,
    )
    accepted = Accepted(submission_id=GROUP, currency="BDT", items=(item,))
    taken = UPSTREAM.outcome(answer_to(send(), accepted))
    assert taken == Taken(carrier_ids=(id_text(KEY, GROUP),))
    for refusal in Refusal:
        declined = UPSTREAM.outcome(answer_to(send(), Refused(refusal=refusal)))
        assert isinstance(declined, Declined)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply({"status": "queued", "group_id": 1234}), Taken(carrier_ids=("1234",))),
        (reply({"STATUS": " Success ", "group_id": "7"}), Taken(carrier_ids=("7",))),
        (reply({"status": "sent", "group_id": "7", "messages": []}), Taken(carrier_ids=("7",))),
        (reply({"status": "queued", "group_id": "0"}), Taken(carrier_ids=())),
        (reply({"status": "queued"}), Taken(carrier_ids=())),
        (
            reply({"status": "error", "message": "Sender ID Not Allowed"}),
            Declined(reason=Reason.INVALID_SOURCE, vendor_code="Sender ID Not Allowed"),
        ),
        (
            reply({"status": "error", "message": "new words"}),
            Declined(reason=Reason.UNSPECIFIED, vendor_code="new words"),
        ),
        (reply({"status": "error"}, 500), Declined(reason=Reason.UNSPECIFIED)),
        (reply(b"<html>", 404), Declined(reason=Reason.CARRIER_DOWN, vendor_code="http 404")),
        (
            reply(b"", 429, **{"Retry-After": "7"}),
            Declined(reason=Reason.THROTTLED, vendor_code="http 429", retry_after_seconds=7.0),
        ),
        (reply(b"", 302), Declined(reason=Reason.DATA_ERROR, vendor_code="http 302")),
    ],
)
def test_a_reply_that_takes_or_declines(answer: HttpReply, outcome: object) -> None:
    assert UPSTREAM.outcome(answer) == outcome


@pytest.mark.parametrize(
    "answer",
    [
        reply(b""),
        reply(b"OK"),
        reply([]),
        reply({}),
        reply({"status": None}),
        reply({"status": "failed", "group_id": "7"}),
        reply(b"", 500),
        reply(b"", 408),
    ],
)
def test_a_reply_that_does_neither_is_unknown(answer: HttpReply) -> None:
    assert isinstance(UPSTREAM.outcome(answer), Unknown)


# -- looking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "heard"),
    [
        (Status.DELIVERED, Status.DELIVERED),
        (Status.SENT, Status.DELIVERED),
        (Status.EXPIRED, Status.UNDELIVERED),
        (Status.QUEUED, None),
    ],
)
def test_a_group_is_asked_about_until_its_recipient_has_ended(
    status: Status, heard: Status | None
) -> None:
    call = UPSTREAM.look(SETTINGS, SENT)
    _, ask = at_our_door(call)
    sealed = sealed_id(SENT.carrier_message_id)
    assert ask.command == FindByReference(submission=sealed or 0, most=10_000)
    for others in ((), (record(Status.UNDELIVERED, "8801713000002"),)):
        answer = answer_to(call, Messages(items=(*others, record(status)), more=False))
        receipts = UPSTREAM.looked(answer, SENT, carrier_id=3, at=NOW)
        assert [receipt.status for receipt in receipts] == ([heard] if heard else [])
        for receipt in receipts:
            assert receipt.carrier_message_id == SENT.carrier_message_id
            assert (receipt.carrier_id, receipt.at) == (3, NOW)
            assert receipt.vendor_code in ("sent", "failed")


def test_messages_from_handsets_are_taken_with_the_time_at_which_we_heard() -> None:
    call = UPSTREAM.pull(SETTINGS)
    _, ask = at_our_door(call)
    assert ask.command == FetchInbound(take=True, unread_only=True, limit=1000)
    inbound = Inbound(
        account_id=1,
        id=1,
        sender="8801844909020",
        recipient="8809601000000",
        text=" STOP ",
        received_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    answer = answer_to(call, InboundPage(items=(inbound,), more=False))
    assert UPSTREAM.pulled(answer, carrier_id=3, at=NOW) == (
        Arrival(
            carrier_id=3,
            sender="8801844909020",
            recipient="8809601000000",
            text=" STOP ",
            at=NOW,
        ),
    )


def test_nobody_calls_us_in_this_form() -> None:
    request = HttpRequest(method="POST", path="/hooks/3", query="", headers={})
    heard = UPSTREAM.hear(SETTINGS, request, carrier_id=3, at=NOW)
    assert isinstance(heard, HttpReply)
    assert heard.status == 404


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "group_id", "message", "recipients", "inbox", "to", "from"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(_JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_every_reply_has_a_reading(body: bytes) -> None:
    for status in (200, 204, 301, 400, 500):
        answer = HttpReply(status=status, body=body)
        assert isinstance(UPSTREAM.outcome(answer), Taken | Declined | Unknown)
        assert len(UPSTREAM.looked(answer, SENT, carrier_id=1, at=NOW)) <= 1
        for arrival in UPSTREAM.pulled(answer, carrier_id=1, at=NOW):
            assert arrival.sender
