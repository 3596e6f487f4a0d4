"""What the printed answers do not show: reports of several segments, states, failures, empty lists."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz import DIALECT
from heliograph.dialects.messagewhiz.wire import Form, cents, timestamp
from heliograph.model.campaign import (
    Broadcast,
    BroadcastKind,
    Broadcasts,
    BroadcastState,
    SegmentSums,
)
from heliograph.model.command import Answer, Done
from heliograph.model.keeping import Gathered, ReportOf
from heliograph.model.lists import ImportState, ListDownload, Recipient
from heliograph.model.refusal import Refusal, Refused
from tests.dialects.messagewhiz.printed import answers

REQUEST = HttpRequest(method="POST", path="/api/3/x", query="", headers={}, elapsed=lambda: 0.25)


def written(answer: Answer | Refused, form: Form = Form.NONE) -> HttpReply:
    ask = Ask(claim=None, command=ReportOf(id=9), form=form.value)
    return DIALECT.write(REQUEST, ask, answer, b"k" * 32)


def result(answer: Answer, form: Form = Form.NONE) -> Any:
    reply = written(answer, form)
    assert reply.status == 200, reply
    return json.loads(reply.body)["result"]


def broadcast(kind: BroadcastKind, *statuses: dict[str, int], note: str = "") -> Broadcast:
    reported = answers()["report"]
    assert isinstance(reported, Broadcast)
    (segment,) = reported.segments
    segments = tuple(
        msgspec.structs.replace(segment, sums=SegmentSums(recipients=2, statuses=each))
        for each in statuses
    )
    return msgspec.structs.replace(reported, kind=kind, segments=segments, note=note)


def test_a_refusal_has_its_status_in_the_envelope_and_when_to_try_again() -> None:
    reply = written(Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=3))
    assert (reply.status, reply.headers) == (429, (("Retry-After", "3"),))
    body = json.loads(reply.body)
    assert list(body) == ["errorCode", "errorMessage", "errorType", "executionTime", "result"]
    assert (body["errorCode"], body["executionTime"], body["result"]) == (429, 0.25, None)


def test_a_smart_broadcast_has_a_report_for_each_segment_and_others_have_one() -> None:
    halves: tuple[dict[str, int], ...] = (
        {"delivered": 1, "queued": 1},
        {"cancelled": 2},
        {"queued": 2},
    )
    smart = result(broadcast(BroadcastKind.SMART, *halves), Form.REPORT)
    assert [(each["delivered"], each["failed"]) for each in smart] == [(1, 0), (0, 2)]
    for kind, note in ((BroadcastKind.BASE, "11"), (BroadcastKind.SMART, "2")):
        (one,) = result(broadcast(kind, *halves, note=note), Form.REPORT)
        assert (one["broadcast_id"], one["delivered"], one["failed"]) == (9, 1, 2)


def test_who_was_refused_is_rejected_and_who_was_left_out_is_no_recipient() -> None:
    found = broadcast(BroadcastKind.SINGLE, {"delivered": 1})
    (segment,) = found.segments
    skipped = {"opted_out": 2, "suppressed": 5, "duplicate": 1}
    sums = msgspec.structs.replace(segment.sums, skipped=skipped)
    other = msgspec.structs.replace(segment, sums=sums)
    (one,) = result(msgspec.structs.replace(found, segments=(other,)), Form.REPORT)
    assert (one["delivered"], one["rejected"]) == (1, 2)


def test_there_is_no_report_before_there_is_anything_to_count() -> None:
    assert result(broadcast(BroadcastKind.SINGLE, {"queued": 1}), Form.REPORT) == []


@pytest.mark.parametrize(
    ("note", "kind", "number", "eb_type"),
    [
        ("", BroadcastKind.SINGLE, 10, None),
        ("", BroadcastKind.SMART, 12, "manual"),
        ("12:By clicks: all", BroadcastKind.SMART, 12, "By clicks: all"),
        ("2", BroadcastKind.SMART, 2, None),
    ],
)
def test_the_list_tells_the_type_that_was_asked_for(
    note: str, kind: BroadcastKind, number: int, eb_type: str | None
) -> None:
    found = broadcast(kind, {"delivered": 1, "sent": 1}, note=note)
    running = msgspec.structs.replace(found, state=BroadcastState.RUNNING, utc_offset_minutes=-330)
    (item,) = result(Broadcasts(items=(running,), more=False), Form.BROADCASTS)
    assert (item["type"], item["eb_type"], item["state"]) == (number, eb_type, 1)
    assert (item["timezone"], item["send_date"]) == ("GMT -5:30", "2019-08-05T13:20:04.000Z")
    assert item["dlr"] == {
        "sent_count": 1,
        "delivered_count": 1,
        "undelivered_count": 0,
        "rejected_count": 0,
        "expired_count": 0,
        "failed_count": 0,
        "read_count": 0,
    }


def test_an_import_that_failed_is_a_refusal_that_says_why() -> None:
    made = answers()["recipients_import"]
    failed = msgspec.structs.replace(made, state=ImportState.FAILED, problem="Line 3 is too long.")
    reply = written(failed, Form.IMPORTED)
    assert reply.status == 400
    assert "an error while loading occurs" in json.loads(reply.body)["errorMessage"].lower()
    assert "Line 3 is too long." in json.loads(reply.body)["errorMessage"]


def test_who_was_not_on_a_list_cannot_be_taken_from_it() -> None:
    made = answers()["senderlist_make"]
    assert isinstance(made, Gathered)
    assert written(made, Form.DONE).status == 404
    assert result(Done(), Form.DONE) is True


async def test_a_list_without_members_is_an_empty_array() -> None:
    async def none() -> AsyncIterator[tuple[Recipient, ...]]:
        yield ()

    found = answers()["recipients_members"]
    assert isinstance(found, ListDownload)
    reply = written(msgspec.structs.replace(found, pages=none()), Form.NUMBERS)
    assert reply.pieces is not None
    whole = reply.body + b"".join([piece async for piece in reply.pieces])
    assert json.loads(whole)["result"] == []


@pytest.mark.parametrize(("micros", "number"), [(33_600, 3.36), (350_000, 35), (0, 0), (1, 0.0001)])
def test_money_is_in_hundredths(micros: int, number: float) -> None:
    assert cents(micros) == number


def test_a_time_has_milliseconds() -> None:
    assert timestamp(None) is None
