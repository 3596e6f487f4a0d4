"""Printed requests lead to the printed answers, and the forms of real callers are understood."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.smsapi import DIALECT
from heliograph.dialects.smsapi.wire import sealed_id
from heliograph.model.account import Balance, TrafficClass
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Claim,
    FetchInbound,
    FindByReference,
    GetBalance,
    InboundPage,
    Messages,
    SendMessages,
)
from heliograph.model.ids import id_at
from heliograph.model.message import Draft, Encoding, Extra, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

VECTORS = Path(__file__).parents[2] / "vectors" / "smsapi"
KEY = bytes(range(32))
PRINTED_AT = datetime(2026, 2, 10, 13, 37, 51, tzinfo=UTC)
"""The printed time in a year in which ids are made."""
GROUP = id_at(PRINTED_AT)
A, B = "8801844909020", "8801713000002"


def recorded(name: str) -> HttpRequest:
    head, _, body = (VECTORS / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    line, *headers = head.decode("latin-1").split("\r\n")
    method, target, _version = line.split(" ")
    path, _, query = target.partition("?")
    split = (header.split(": ", 1) for header in headers if ": " in header)
    return HttpRequest(
        method=method,
        path=path,
        query=query,
        headers={key.lower(): value for key, value in split},
        body=body,
        id=77 << 22,
    )


def record(number: int, recipient: str, status: Status) -> MessageRecord:
    message = Message(
        account_id=1,
        id=GROUP + number,
        submission_id=GROUP,
        dialect="smsapi",
        sender="SENDERID",
        recipient=recipient,
        text="YourText",
        encoding=Encoding.GSM7,
        parts=1,
        traffic_class=TrafficClass.TRANSACTIONAL,
        valid_until=PRINTED_AT,
    )
    return MessageRecord(
        message=message,
        status=status,
        reason=Reason.NONE,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=1,
        updated_at=PRINTED_AT,
    )


def heard(number: int, sender: str, text: str) -> Inbound:
    return Inbound(
        account_id=1,
        id=number,
        sender=sender,
        recipient="2347015272",
        text=text,
        received_at=PRINTED_AT,
    )


TAKEN = Accepted(
    submission_id=GROUP,
    currency="BDT",
    items=(
        AcceptedItem(
            message_id=GROUP + 1,
            recipient="123456",
            parts=1,
            encoding="gsm7",
            price_micros=350_000,
            status=Status.QUEUED,
        ),
    ),
)
ANSWERS: dict[str, Answer | Refused] = {
    "sendsms": TAKEN,
    "sendsms_later": TAKEN,
    "sendsms_refused": Refused(refusal=Refusal.SENDER_NOT_APPROVED),
    "groupstatus": Messages(
        items=(
            record(1, "231235433", Status.UNDELIVERED),
            record(2, "4471235433", Status.DELIVERED),
            record(3, "1871235433", Status.QUEUED),
        ),
        more=False,
    ),
    "groupstatus_refused": Refused(refusal=Refusal.NOT_FOUND),
    "getinbox": InboundPage(
        items=(
            heard(2, "447882892", "Hi again. This is message 2"),
            heard(1, "123456789", "Hi. This is message 1"),
        ),
        more=False,
    ),
    "getinbox_refused": Refused(refusal=Refusal.INTERNAL),
    "balance": Balance(
        account_id=1,
        currency="BDT",
        available_micros=12_345_000_000,
        held_micros=0,
        credit_limit_micros=0,
    ),
    "balance_refused": Refused(refusal=Refusal.UNAUTHENTICATED),
}
_OF_OURS = {"group_id", "id", "date"}
"""Ids and times are ours; what the printed errors call "Error" has a word here."""


def _shape(value: Any) -> Any:
    """The answer with its ids and times proved and taken out, names in their order."""
    if isinstance(value, list):
        return [_shape(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = []
    for name, each in value.items():
        if name == "date":
            assert datetime.fromisoformat(each).tzinfo is None
        elif name in _OF_OURS:
            assert sealed_id(each) is not None
        known = name not in _OF_OURS and each not in ("Error", "Error message")
        found.append((name, _shape(each) if known else "…"))
    return found


def test_every_recorded_vector_is_replayed_here() -> None:
    names = {path.name.removesuffix(".http") for path in VECTORS.glob("*.http")}
    assert names == ANSWERS.keys() | CALLS.keys()


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_printed_request_gets_the_printed_answer_but_for_ids_and_times(name: str) -> None:
    request = recorded(name)
    assert DIALECT.owns(request.path)
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    assert ask.claim == Claim(dialect="smsapi", name="Your_API_KEY", secret="YOUR_API_TOKEN")
    reply = DIALECT.write(request, ask, ANSWERS[name], KEY)
    assert (reply.status, reply.content_type) == (200, "application/json")
    given = json.loads(reply.body)
    printed = json.loads((VECTORS / f"{name}.reply.json").read_text())
    shape, expected = _shape(given), _shape(printed)
    if name in ("groupstatus_refused", "getinbox_refused"):  # the page has no words for these
        assert shape.pop()[1] in ("Group not found", "System error, try again later")
        assert expected.pop() == ("message", "…")
    assert shape == expected


def test_the_time_of_a_group_is_when_it_was_taken() -> None:
    request = recorded("sendsms")
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    sent = json.loads(DIALECT.write(request, ask, TAKEN, KEY).body)
    assert sent["date"] == "2026-02-10 13:37:51"


# -- as callers send it ---------------------------------------------------------------------------


def to(*recipients: str, text: str = "Hello there", **words: Any) -> SendMessages:
    drafts = (Draft(recipient=each, sender="ABCD", text=text, **words) for each in recipients)
    return SendMessages(drafts=tuple(drafts))


_STATUS = FindByReference(submission=1234, most=10_000)
_UNREAD = FetchInbound(take=True, unread_only=True, limit=1000)
_ALL = FetchInbound(limit=1000)
_CALL = Extra(channel="voice", media_url="https://example.com/a.mp3", duration_seconds=30)
CALLS: dict[str, object] = {
    "call_go_post_query": to(A, f"+{B}"),
    "call_go_balance": GetBalance(),
    "call_php_post_form": to(A),
    "call_wordpress": to(A, encoding=Encoding.UCS2),
    "call_nest_raw_text": to(A, text="হ্যালো"),
    "call_axios_post_query": to(A),
    "call_axios_empty_json": to(A),
    "call_php_multipart": to(A),
    "call_php_multipart_command_in_query": to(A),
    "call_php_file_get_contents": to(A),
    "call_newsletters_send": to(A, text="", extra=_CALL),
    "call_newsletters_status": _STATUS,
    "call_newsletters_balance": GetBalance(),
    "call_philmore_status": _STATUS,
    "call_softwareske_php": to(
        "+254712345678",
        "+254722345678",
        send_at_local=datetime(2019, 2, 10, 13, 2, 51),  # noqa: DTZ001
    ),
    "call_softwareske_node": to(A),
    "call_softwareske_status": _STATUS,
    "call_softwareske_inbox": _UNREAD,
    "call_softwareske_balance": GetBalance(),
    "call_woocommerce_date_only": to(A, send_at_local=datetime(2026, 12, 24)),  # noqa: DTZ001
    "call_ts_form_command_in_query": to(A),
    "call_node_command_in_path": to(A),
    "call_deno": to(A),
    "call_websms_null": to(A),
    "call_php_unencoded_form": to(A),
    "call_python_post_query": to(A),
    "call_laravel_inbox_all": _ALL,
    "call_vbnet": to(A),
    "call_php_comma_list": to(A, B),
    "call_smsing_status": _STATUS,
    "call_smsing_whatsapp": to(A, extra=Extra(channel="whatsapp")),
    "call_sendroid_prefix": to(A, B, flash=True),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_callers_form_is_understood(name: str) -> None:
    request = recorded(name)
    assert DIALECT.owns(request.path)
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask), ask
    assert ask.verdict is None
    assert ask.claim == Claim(dialect="smsapi", name="Your_API_KEY", secret="YOUR_API_TOKEN")
    assert ask.command == CALLS[name]
