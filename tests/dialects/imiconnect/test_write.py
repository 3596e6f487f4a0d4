"""Answers and refusals have the vendor's two shapes, and ids that lead back to their messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.imiconnect import DIALECT, codes
from heliograph.dialects.imiconnect.wire import Note, Slot, form_of, read_transid, transid
from heliograph.dialects.imiconnect.write import http_date, write
from heliograph.model.account import TrafficClass
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Claim,
    Done,
    FindByReference,
    Messages,
    SendMessages,
)
from heliograph.model.ids import seal
from heliograph.model.message import Encoding, Extra, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

KEY = bytes(range(32))
SUBMISSION = 99
REQUEST = HttpRequest(
    method="POST", path="/resources/v1/messaging", query="", headers={"key": "K"}, id=4711
)
CLAIM = Claim(dialect="imiconnect", name="", secret="K")
BAD_NUMBER = Refused(refusal=Refusal.INVALID_RECIPIENT, detail="Too short.")
OPEN = Slot("c")
SHUT = Slot("d", "7003", "param 'text' missing for channel sms")
NOW = datetime(2026, 5, 1, 12, 0, 1, tzinfo=UTC)


def item(number: int) -> AcceptedItem:
    return AcceptedItem(
        message_id=number,
        recipient="8801712345678",
        parts=1,
        encoding="gsm7",
        price_micros=1,
        status=Status.QUEUED,
    )


def sent(slots: tuple[Slot, ...]) -> Ask:
    return Ask(claim=CLAIM, command=SendMessages(drafts=()), form=form_of(Note(slots)))


def response(reply: HttpReply) -> Any:
    assert reply.status == 200
    return json.loads(reply.body)["response"]


def answered(slots: tuple[Slot, ...], *items: AcceptedItem | Refused) -> Any:
    answer = Accepted(submission_id=SUBMISSION, currency="EUR", items=items)
    return response(write(REQUEST, sent(slots), answer, KEY))


def test_places_are_counted_over_those_that_were_refused_here_and_by_the_flow() -> None:
    found = answered((OPEN, SHUT, OPEN, OPEN), item(1), BAD_NUMBER, item(2))
    whole = transid(KEY, SUBMISSION)
    assert [(e["code"], e["transid"], e["correlationid"]) for e in found] == [
        ("1001", whole, "c"),
        ("7003", whole + "_1", "d"),
        ("7102", whole + "_2", "c"),
        ("1001", whole + "_3", "c"),
    ]
    assert found[2]["description"] == "Invalid destination"


def test_a_single_place_that_was_refused_is_an_object() -> None:
    assert answered((SHUT,)) == {
        "code": "7003",
        "description": "param 'text' missing for channel sms",
        "transid": transid(KEY, 4711),
    }


def test_an_array_stays_one_also_when_nothing_was_taken() -> None:
    assert [e["code"] for e in answered((SHUT, SHUT))] == ["7003", "7003"]


def test_the_flows_no_to_the_only_message_left_stands_in_its_place() -> None:
    found = response(write(REQUEST, sent((SHUT, OPEN)), BAD_NUMBER, KEY))
    assert [e["code"] for e in found] == ["7003", "7102"]
    assert [e["transid"][36:] for e in found] == ["", "_1"]


@pytest.mark.parametrize("refusal", list(Refusal))
def test_a_refusal_of_the_request_is_an_object_with_an_id_of_its_own(refusal: Refusal) -> None:
    refused = Refused(refusal=refusal, detail="Not for the caller's eyes.", retry_after_seconds=3)
    for key in (KEY, b""):
        reply = write(REQUEST, sent((OPEN,)), refused, key)
        verdict = codes.verdict_of(refusal)
        assert reply.status == verdict.http_status
        assert reply.headers == (("Retry-After", "3"),)
        assert json.loads(reply.body) == {
            "response": {
                "code": verdict.code,
                "description": verdict.description,
                "transid": transid(key, 4711),
            }
        }


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal.UNAUTHENTICATED,
        Refusal.SERVICE_INACTIVE,
        Refusal.RATE_LIMITED,
        Refusal.INSUFFICIENT_BALANCE,
        Refusal.INTERNAL,
    ],
)
def test_what_refuses_every_request_refuses_a_batch_as_a_whole(refusal: Refusal) -> None:
    refused = Refused(refusal=refusal)
    for slots in ((SHUT, OPEN), (OPEN, OPEN)):
        found = response(write(REQUEST, sent(slots), refused, KEY))
        assert found["code"] == codes.verdict_of(refusal).code


def test_a_request_that_never_became_a_command_has_the_object() -> None:
    reply = DIALECT.refuse(REQUEST, Refused(refusal=Refusal.TOO_LARGE))
    assert response(reply)["code"] == "7022"


def test_an_answer_that_no_command_of_this_room_has_is_an_internal_error() -> None:
    assert response(write(REQUEST, sent((OPEN,)), Done(), KEY))["code"] == "7006"


# -- status


def record(number: int, place: int | None, status: Status, **more: Any) -> MessageRecord:
    message = Message(
        account_id=5,
        id=number,
        submission_id=SUBMISSION if place is not None else None,
        dialect="imiconnect",
        sender="DEMOBK",
        recipient="8801712345678",
        text="Hello",
        encoding=Encoding.GSM7,
        parts=1,
        traffic_class=TrafficClass.TRANSACTIONAL,
        valid_until=NOW,
        extra=None if place is None else Extra(words={"n": str(place)}),
    )
    return MessageRecord(
        message=msgspec.structs.replace(message, **more),
        status=status,
        reason=Reason.MEMORY_EXCEEDED if status is Status.UNDELIVERED else Reason.NONE,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=1,
        updated_at=NOW,
    )


def status_of(name: str, *records: MessageRecord) -> Any:
    asked = read_transid(name)
    assert asked is not None
    ask = Ask(claim=CLAIM, command=FindByReference(submission=asked.sealed), form=asked.transid)
    reply = write(REQUEST, ask, Messages(items=records, more=False), KEY)
    assert reply.status == 200
    return json.loads(reply.body)


def test_of_a_batch_each_transid_finds_its_own_message() -> None:
    batch = (
        record(100, 0, Status.DELIVERED),
        record(101, 2, Status.UNDELIVERED, body=b"\x01\xfe"),
    )
    whole = transid(KEY, SUBMISSION)
    ((first,), (third,)) = (status_of(name, *batch) for name in (whole, whole + "_2"))
    assert (first["transactionid"], first["status"], first["error_code"]) == (
        whole,
        "delivered",
        None,
    )
    assert (third["transactionid"], third["status"], third["body"]) == (
        whole + "_2",
        "failed",
        "01FE",
    )
    assert (third["error_code"], third["error_message"]) == ("7206", "SIM full")
    assert (third["clientid"], third["from"], third["to"]) == ("5", "DEMOBK", "8801712345678")
    assert status_of(whole + "_1", *batch)["response"]["code"] == "7004"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.QUEUED, "queued"),
        (Status.SENT, "sent"),
        (Status.EXPIRED, "expired"),
        (Status.CANCELLED, "failed"),
    ],
)
def test_a_single_message_is_found_by_its_uuid(status: Status, word: str) -> None:
    (found,) = status_of(transid(KEY, 100), record(100, None, status))
    assert found["status"] == word
    assert found["last_updated"] == "Fri, 01 May 2026 12:00:01 UTC"


def test_a_uuid_whose_tag_is_another_accounts_opens_nothing() -> None:
    """Promise P6: the number alone is not enough."""
    right = transid(KEY, 100)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    assert status_of(wrong, record(100, None, Status.SENT))["response"]["code"] == "7004"
    assert seal(KEY, 100) == getattr(read_transid(wrong), "sealed", None)


def test_the_status_of_what_is_not_there_is_an_object() -> None:
    ask = Ask(claim=CLAIM, command=FindByReference(submission=1), form=transid(KEY, 1))
    for answer in (Refused(refusal=Refusal.NOT_FOUND), Messages(items=(), more=False)):
        assert response(write(REQUEST, ask, answer, KEY))["code"] == "7004"


def test_dates_are_the_vendors() -> None:
    assert http_date(datetime(2010, 8, 16, 3, 45, 1, tzinfo=UTC)) == "Mon, 16 Aug 2010 03:45:01 UTC"
