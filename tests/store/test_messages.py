"""Messages, parts, events and submissions come back as they went in, and only to their account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from msgspec.structs import replace

from heliograph.model.account import TrafficClass
from heliograph.model.ids import IdMaker, id_at, made_at
from heliograph.model.message import Encoding, Event, EventKind, Extra, Message, Submission
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.store import acceptance, messages, partitions, search
from heliograph.store.database import Database, Link
from heliograph.store.messages import PartKey, Standing
from heliograph.store.rows import NewMessage

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_IDS = IdMaker(1, lambda: int(_NOW.timestamp() * 1000))
_NEWEST = (1 << 63) - 1


@pytest_asyncio.fixture(loop_scope="session")
async def link(database_dsn: str) -> AsyncIterator[Link]:
    database = Database(database_dsn)
    await database.start()
    async with database.transaction() as link:
        await partitions.make_partitions(link, _NOW, days=7, ahead=0)
        yield link
    await database.stop()


def _message(**words: Any) -> Message:
    usual: dict[str, Any] = {
        "account_id": 1,
        "id": _IDS.next(),
        "submission_id": None,
        "dialect": "native",
        "sender": "Shop",
        "recipient": "8801712345678",
        "text": "Hello",
        "encoding": Encoding.GSM7,
        "parts": 1,
        "traffic_class": TrafficClass.TRANSACTIONAL,
        "price_micros": 3_500,
        "valid_until": _NOW + timedelta(days=2),
    }
    return Message(**(usual | words))


async def _insert(link: Link, *made: Message, status: Status = Status.QUEUED) -> None:
    rows = [NewMessage(message, status, Charge.HELD) for message in made]
    await acceptance.store(link, rows, [], [], [], at=_NOW, sums={})


def _standing(message: Message, status: Status, **words: Any) -> Standing:
    usual = Standing(
        message.account_id, message.id, status, Reason.NONE, Charge.HELD, 1, None, None, wipe=False
    )
    return usual._replace(**words)


def _event(message: Message, **words: Any) -> Event:
    usual: dict[str, Any] = {
        "account_id": message.account_id,
        "message_id": message.id,
        "id": _IDS.next(),
        "at": _NOW,
        "status": Status.QUEUED,
    }
    return Event(**(usual | words))


def _submission(**words: Any) -> Submission:
    usual: dict[str, Any] = {
        "account_id": 1,
        "id": _IDS.next(),
        "dialect": "native",
        "reference": None,
        "created_at": _NOW,
        "closed_at": _NOW,
        "accepted": 0,
        "skipped": {},
    }
    return Submission(**(usual | words))


# -- messages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        {},
        {
            "submission_id": 7,
            "body": b"\x00\xff",
            "udh": b"\x05\x00\x03\x01\x02\x01",
            "encoding": Encoding.BINARY,
            "text": "",
            "parts": 3,
            "traffic_class": TrafficClass.OTP,
            "priority": 3,
            "flash": True,
            "test": True,
            "country": "BD",
            "mcc": "470",
            "mnc": "01",
            "price_micros": 0,
            "reference": "order 7 \U0001f69a",
            "callback": "https://example.com/?a=b",
            "send_at": _NOW + timedelta(hours=1),
        },
        {"text": "{'a'}, \"b\", \\N, NULL, \t\r\n €ж\U0001f600", "encoding": Encoding.UCS2},
    ],
)
async def test_a_message_comes_back_as_it_was(link: Link, words: dict[str, Any]) -> None:
    message = _message(**words)
    await _insert(link, message)
    (record,) = await messages.find_messages(link, [(1, message.id)])
    assert record.message == message
    assert (record.status, record.charge, record.reason) == (
        Status.QUEUED,
        Charge.HELD,
        Reason.NONE,
    )
    assert (record.attempts, record.carrier_id, record.updated_at) == (0, None, _NOW)


async def test_a_batch_comes_back_as_it_was_whatever_its_messages_share(link: Link) -> None:
    rich: dict[str, Any] = {
        "account_id": 2, "submission_id": 7, "price_micros": 0, "send_at": _NOW, "parts": 3,
        "encoding": Encoding.BINARY, "body": b"\x00\xff", "udh": b"\x05\x00\x03\x01\x02\x01", "text": "",
        "traffic_class": TrafficClass.OTP, "priority": 3, "flash": True, "test": True, "country": "BD",
        "mcc": "470", "mnc": "01", "reference": "r", "callback": "https://example.com/", "sender": "Other",
        "dialect": "smpp", "extra": Extra(channel="voice"),
    }  # fmt: skip
    for batch in (({}, rich), (rich, {}), (rich, rich), ({}, {}), ({}, rich, {})):
        made = [_message(**words) for words in batch]
        await _insert(link, *made)
        found = await messages.find_messages(link, [(m.account_id, m.id) for m in made])
        assert sorted((record.message for record in found), key=lambda m: m.id) == made
        events = [
            _event(m, carrier_id=m.priority or None, part=m.parts, vendor_code=m.mcc) for m in made
        ]
        await messages.insert_events(link, events)
        noted = await messages.find_events(
            link, [(e.account_id, e.message_id, e.id) for e in events]
        )
        assert sorted(noted, key=lambda e: e.id) == events
        standings = [_standing(m, Status.SENT, carrier_id=m.priority or None) for m in made]
        standings[0] = standings[0]._replace(status=Status.FAILED, vendor_code="9", wipe=True)
        await messages.set_statuses(link, standings, _NOW)
        after = await messages.find_messages(link, [(m.account_id, m.id) for m in made])
        first, *others = sorted(after, key=lambda record: record.message.id)
        assert (first.status, first.vendor_code, first.message.text) == (Status.FAILED, "9", "")
        assert [(r.status, r.carrier_id, r.message) for r in others] == [
            (Status.SENT, m.priority or None, m) for m in made[1:]
        ]


async def test_messages_are_found_by_account_and_id_together(link: Link) -> None:
    mine, theirs = _message(), _message(account_id=2)
    await _insert(link, mine, theirs)
    wanted = [(1, mine.id), (1, theirs.id), (2, mine.id), (3, mine.id)]
    assert [r.message.id for r in await messages.find_messages(link, wanted)] == [mine.id]
    assert await messages.find_messages(link, []) == []
    assert [row["id"] for row in await messages.lock_messages(link, wanted)] == [mine.id]


async def test_locks_are_taken_in_order(link: Link) -> None:
    made = [_message(account_id=account) for account in (2, 1, 2, 1)]
    await _insert(link, *made)
    rows = await messages.lock_messages(link, [(m.account_id, m.id) for m in made])
    keys = [(row["account_id"], row["id"]) for row in rows]
    assert keys == sorted((m.account_id, m.id) for m in made)


async def test_a_new_standing_is_written_to_its_message_only(link: Link) -> None:
    first, second, other = _message(), _message(), _message(account_id=2)
    await _insert(link, first, second, other)
    later = _NOW + timedelta(minutes=1)
    await messages.set_statuses(
        link,
        [
            _standing(
                first,
                Status.FAILED,
                reason=Reason.NO_ROUTE,
                charge=Charge.RELEASED,
                attempts=3,
                carrier_id=9,
                vendor_code="0x45",
                wipe=True,
            ),
            _standing(second, Status.SENT),
            _standing(other, Status.SENT, account_id=3),
        ],
        later,
    )
    keys = [(m.account_id, m.id) for m in (first, second, other)]
    found = {r.message.id: r for r in await messages.find_messages(link, keys)}
    one = found[first.id]
    assert one.message == replace(first, text="")
    assert (one.status, one.reason, one.charge) == (
        Status.FAILED,
        Reason.NO_ROUTE,
        Charge.RELEASED,
    )
    assert (one.attempts, one.carrier_id, one.vendor_code) == (3, 9, "0x45")
    assert (one.updated_at, found[second.id].message.text) == (later, "Hello")
    assert (found[second.id].status, found[other.id].status) == (Status.SENT, Status.QUEUED)


async def test_a_body_is_wiped_with_the_text(link: Link) -> None:
    message = _message(body=b"secret", encoding=Encoding.BINARY)
    await _insert(link, message)
    await messages.set_statuses(link, [_standing(message, Status.FAILED, wipe=True)], _NOW)
    (record,) = await messages.find_messages(link, [(1, message.id)])
    assert (record.message.text, record.message.body) == ("", None)


async def test_a_list_is_bounded_by_ids_and_newest_first(link: Link) -> None:
    made = [_message() for _ in range(4)]
    await _insert(link, *made, _message(account_id=2))
    everything = search.Sought()
    found = await search.search_messages(
        link, 1, everything, before=made[3].id, since=made[1].id, limit=10
    )
    assert [r.message.id for r in found.items] == [made[2].id, made[1].id]
    short = await search.search_messages(link, 1, everything, before=_NEWEST, since=0, limit=1)
    assert [r.message.id for r in short.items] == [made[3].id]


async def test_a_message_outside_every_partition_is_refused_by_the_database(link: Link) -> None:
    far = _message(id=id_at(_NOW + timedelta(days=400)))
    with pytest.raises(asyncpg.CheckViolationError, match="partition"):
        await _insert(link, far)


# -- parts --------------------------------------------------------------------------------------


async def test_the_first_outcome_of_a_part_counts(link: Link) -> None:
    message = _message(parts=2)
    await _insert(link, message)
    keys = [PartKey(1, message.id, 1, part) for part in (1, 2)]
    await messages.insert_parts(link, keys, ["a", "b"])
    await messages.insert_parts(link, keys, ["x", "y"])
    for status in (Status.DELIVERED, Status.UNDELIVERED):
        await messages.set_parts(link, keys[:1], [status], [Reason.NONE])
    await messages.set_parts(link, [PartKey(2, message.id, 1, 2)], [Status.EXPIRED], [0])
    rows = await messages.find_parts(link, [(1, message.id), (2, message.id)])
    assert [(r["part"], r["carrier_message_id"], r["status"]) for r in rows] == [
        (1, "a", Status.DELIVERED),
        (2, "b", Status.SENT),
    ]


# -- events -------------------------------------------------------------------------------------


async def test_an_event_comes_back_as_it_was(link: Link) -> None:
    message = _message()
    plain = _event(message)
    full = _event(
        message,
        kind=EventKind.RECEIPT,
        status=Status.DELIVERED,
        reason=Reason.ABSENT_SUBSCRIBER,
        attempt=2,
        carrier_id=9,
        vendor_code="0x0B",
        part=3,
        detail=b'{"raw":"\xc3\xa9"}',
    )
    await messages.insert_events(link, [full, plain])
    assert await messages.message_events(link, 1, message.id) == [plain, full]
    assert await messages.message_events(link, 2, message.id) == []
    assert await messages.find_events(link, [(1, message.id, full.id)]) == [full]
    assert await messages.find_events(link, [(2, message.id, full.id)]) == []
    assert await messages.find_events(link, []) == []


async def test_a_stream_reads_status_changes_behind_an_id_in_order(link: Link) -> None:
    old, new = _message(), _message()
    first, second = _event(old), _event(new)
    receipt = _event(new, kind=EventKind.RECEIPT)
    third, foreign = _event(old, status=Status.SENT), _event(_message(account_id=2))
    await messages.insert_events(link, [third, second, first, receipt, foreign])

    async def since(after: int, message_after: int = 0, limit: int = 10) -> list[int]:
        found = await messages.events_since(link, 1, after, message_after, limit)
        return [event.id for event in found]

    assert await since(0) == [first.id, second.id, third.id]
    assert await since(first.id, limit=1) == [second.id]
    assert await since(0, message_after=old.id) == [second.id]


# -- submissions --------------------------------------------------------------------------------


async def test_a_submission_is_found_with_its_sums(link: Link) -> None:
    head = _submission(reference="list 1", accepted=3, skipped={"opted_out": 2})
    made = [_message(submission_id=head.id) for _ in range(3)]
    await messages.insert_submissions(link, [head])
    await _insert(link, *made, _message())
    await messages.set_statuses(link, [_standing(made[0], Status.SENT)], _NOW)
    found = await messages.find_submission(link, 1, head.id)
    assert found == replace(head, created_at=made_at(head.id), statuses={"sent": 1, "queued": 2})
    assert await messages.find_submission(link, 2, head.id) is None
    listed = await messages.submission_messages(link, 1, head.id, recipient=None, limit=2)
    assert [r.message.id for r in listed] == [m.id for m in made[:2]]


async def test_a_message_of_its_own_is_its_submission(link: Link) -> None:
    message = _message()
    await _insert(link, message)
    found = await messages.find_submission(link, 1, message.id)
    assert found is not None
    assert (found.accepted, found.statuses, found.skipped) == (1, {"queued": 1}, {})


async def test_an_upload_is_closed_once_and_releases_what_still_waits(link: Link) -> None:
    head = _submission(closed_at=None)
    await messages.insert_submissions(link, [head])
    later = _NOW + timedelta(hours=1)
    made = [
        _message(submission_id=head.id),
        _message(submission_id=head.id, send_at=later, traffic_class=TrafficClass.OTP),
        _message(submission_id=head.id),
    ]
    await _insert(link, *made, _message())
    assert await messages.open_submissions(link, _NEWEST) == [(1, head.id)]
    assert await messages.open_submissions(link, head.id) == []

    async def close() -> bool:
        return await messages.close_submission(
            link, 1, head.id, _NOW, accepted=3, skipped={"malformed": 1}, last_id=made[-1].id
        )

    assert await close()
    assert not await close()
    rows = await link.fetch("select * from outbox order by message_id")
    assert [(r["message_id"], r["due_at"], r["lane"], r["leased_by"]) for r in rows] == [
        (made[0].id, _NOW, 2, None),
        (made[1].id, later, 1, None),
        (made[2].id, _NOW, 2, None),
    ]
    found = await messages.find_submission(link, 1, head.id)
    assert found is not None
    assert (found.accepted, found.skipped, found.closed_at) == (3, {"malformed": 1}, _NOW)
    assert await messages.open_submissions(link, _NEWEST) == []


async def test_an_upload_that_came_to_nothing_counts_what_was_stored(link: Link) -> None:
    head = _submission(closed_at=None)
    await messages.insert_submissions(link, [head])
    made = [_message(submission_id=head.id) for _ in range(3)]
    await _insert(link, *made)
    unfinished = await messages.unfinished_messages(link, 1, head.id, 2)
    assert set(unfinished) < {(1, m.id) for m in made}
    assert len(unfinished) == 2
    assert await messages.unfinished_messages(link, 2, head.id, 2) == []
    await messages.end_submission(link, 1, head.id, _NOW)
    await messages.end_submission(link, 1, head.id, _NOW + timedelta(hours=1))
    found = await messages.find_submission(link, 1, head.id)
    assert found is not None
    assert (found.accepted, found.closed_at) == (3, _NOW)
