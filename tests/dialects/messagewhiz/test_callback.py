"""A delivery report as the vendor tells it, and what an endpoint for it must be like."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heliograph.dialects.messagewhiz.callback import (
    MANNERS,
    endpoint_faults,
    render,
    render_gathered,
)
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.ids import id_at
from heliograph.model.message import Encoding, Event, Extra, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import Status

KEY = bytes(range(32))
NOW = datetime(2021, 8, 20, 12, 15, 39, 834_000, tzinfo=UTC)
MESSAGE = Message(
    account_id=1,
    id=id_at(NOW) + 7,
    submission_id=5,
    dialect="messagewhiz",
    sender="Heliograph",
    recipient="3801100001",
    text="secret text",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    price_micros=118_000,
    valid_until=NOW + timedelta(hours=1),
    extra=Extra(words={"broadcast": "1100001", "segment": "100001"}),
)
ENDPOINT = Endpoint(
    account_id=1, id=3, url="https://c.example/dlr", dialect="messagewhiz", events=("message.sent",)
)


def told(message: Message, status: Status = Status.DELIVERED) -> dict[str, object]:
    event = Event(account_id=1, message_id=message.id, id=9, at=NOW, status=status)
    record = MessageRecord(
        message=message,
        status=status,
        reason=Reason.NONE,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=3,
        updated_at=NOW,
    )
    call = render(ENDPOINT, event, record, KEY, NOW)
    assert (call.method, call.url) == ("POST", ENDPOINT.url)
    assert b"secret" not in call.body
    (one,) = json.loads(call.body)
    return dict(one)


def test_the_printed_report() -> None:
    one = told(MESSAGE)
    number = one.pop("_id")
    assert isinstance(number, str)
    assert len(bytes.fromhex(number)) == 12
    assert one == {
        "segment_id": 100001,
        "broadcast_id": 1100001,
        "recipient": "3801100001",
        "price": 11.8,
        "task_state": 2,
        "updated": 1629461739834,
    }
    assert told(MESSAGE, Status.SENT)["_id"] == number


def test_the_customers_own_word_comes_back_and_a_message_of_another_door_has_no_numbers() -> None:
    other = msgspec.structs.replace(MESSAGE, dialect="native", extra=None, reference="77")
    one = told(other)
    assert (one["client_ref"], one["broadcast_id"], one["segment_id"]) == ("77", 0, 0)


def test_a_one_time_code_is_told_by_the_number_of_its_answer() -> None:
    code = msgspec.structs.replace(MESSAGE, extra=None, reference="123")
    one = told(code)
    assert (one["broadcast_id"], "client_ref" in one) == (123, False)


def test_several_messages_are_told_in_one_array() -> None:
    items = []
    for number, status in ((1, Status.DELIVERED), (2, Status.SENT)):
        message = msgspec.structs.replace(MESSAGE, id=MESSAGE.id + number, recipient=str(number))
        event = Event(account_id=1, message_id=message.id, id=number, at=NOW, status=status)
        record = MessageRecord(
            message=message,
            status=status,
            reason=Reason.NONE,
            vendor_code=None,
            charge=Charge.CAPTURED,
            attempts=1,
            carrier_id=3,
            updated_at=NOW,
        )
        items.append((event, record))
    told = json.loads(render_gathered(ENDPOINT, items, KEY, NOW).body)
    assert [(each["recipient"], each["task_state"]) for each in told] == [("1", 2), ("2", 0)]
    assert told[0]["_id"] != told[1]["_id"]


@pytest.mark.parametrize(
    ("settings", "first", "later"),
    [({}, 180, None), ({"t1_minutes": "5"}, 300, None), ({"t2_minutes": "60"}, 180, 3600)],
)
def test_t1_and_t2_say_how_long_reports_are_gathered(
    settings: dict[str, str], first: float, later: float | None
) -> None:
    assert MANNERS.gathers is not None
    waits = MANNERS.gathers(msgspec.structs.replace(ENDPOINT, settings=settings))
    assert (waits.first_seconds, waits.later_seconds) == (first, later)


@pytest.mark.parametrize(
    ("others", "count"),
    [
        ({}, 0),
        ({"settings": {"t1_minutes": "3", "t2_minutes": "60"}}, 0),
        ({"settings": {"t1_minutes": "2"}}, 1),
        ({"settings": {"t2_minutes": "٣"}}, 1),
        ({"settings": {"method": "GET"}}, 1),
        ({"events": ()}, 1),
        ({"events": ("message.sent", "message.received")}, 1),
        ({"events": ("*",)}, 1),
    ],
)
def test_what_an_endpoint_must_be_like(others: dict[str, object], count: int) -> None:
    assert len(endpoint_faults(msgspec.structs.replace(ENDPOINT, **others))) == count
