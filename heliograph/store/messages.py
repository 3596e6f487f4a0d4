"""Messages, their parts and events, and submissions. Functions take a link; writers need a transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from heliograph.model.account import TrafficClass
from heliograph.model.ids import made_at
from heliograph.model.message import (
    Encoding,
    Event,
    EventKind,
    Extra,
    Message,
    MessageRecord,
    Submission,
)
from heliograph.model.money import Charge
from heliograph.model.reason import reason_of
from heliograph.model.status import Status
from heliograph.store._columns import known, same
from heliograph.store._sql import joined, queries
from heliograph.store.database import Link, Record
from heliograph.store.rows import event_columns

_SQL = queries("messages")
_FINISH_AND_TELL = joined({"finished": queries("outbox")["finish_outbox"]}, _SQL["insert_events"])
_READ_EXTRA = msgspec.json.Decoder(Extra)
_UNSENT = (int(Status.QUEUED), int(Status.SCHEDULED))


class UploadGivenUpError(Exception):
    """Messages of the upload were cancelled while it was being ended; the transaction must not stand."""


class Standing(NamedTuple):
    """A new standing for one message; see `set_statuses`."""

    account_id: int
    id: int
    status: int
    reason: int
    charge: int
    attempts: int
    carrier_id: int | None
    vendor_code: str | None
    wipe: bool
    """Forget the text: the message has ended and texts are not kept."""


class PartKey(NamedTuple):
    """One part of one attempt."""

    account_id: int
    message_id: int
    attempt: int
    part: int


async def lock_messages(link: Link, keys: Sequence[tuple[int, int]]) -> list[Record]:
    """Where `(account_id, id)` messages stand, locked until the transaction ends."""
    ids = [key[1] for key in keys]
    return await link.fetch(
        _SQL["lock_messages"], [key[0] for key in keys], ids, min(ids), max(ids)
    )


async def set_statuses(link: Link, standings: Sequence[Standing], at: datetime) -> None:
    """Write new standings. Only `heliograph.flow.advance` calls this."""
    account, ids, *plain, carrier, vendor_code, wipe = zip(*standings, strict=True)
    await link.execute(
        _SQL["set_statuses"],
        same(account),
        ids,
        *map(same, plain),
        known(carrier),
        known(vendor_code),
        same(wipe),
        min(ids),
        max(ids),
        at,
    )


async def pass_on(
    link: Link,
    events: Sequence[Event],
    *,
    statuses: Sequence[Status],
    behind: int,
    charges: Sequence[Charge],
    wipes: bool,
    finished: bool,
    at: datetime,
) -> list[Record]:
    """Let events come true where messages stand as expected, at most one of a message: in one of `statuses`
    and so many attempts `behind` the event's. Those that `finished` leave the outbox.

    `charges` is what held money becomes, one for each event; where it is FREE, none may be held. Texts
    that the end `wipes` are not touched: their messages stay. Returns a row for each that was moved.
    Only `heliograph.flow.advance` calls this.
    """
    ids = [e.message_id for e in events]
    return await link.fetch(
        _SQL["pass_on"],
        same([e.account_id for e in events]),
        ids,
        [e.id for e in events],
        same([e.at for e in events]),
        same([e.carrier_id for e in events]),
        same([e.reason for e in events]),
        same([e.attempt for e in events]),
        known([e.vendor_code for e in events]),
        known([e.detail.decode() if e.detail else None for e in events]),
        same(charges),
        events[0].status,
        statuses,
        behind,
        wipes,
        finished,
        at,
        min(ids),
        max(ids),
    )


async def find_messages(link: Link, keys: Sequence[tuple[int, int]]) -> list[MessageRecord]:
    """Whole records by `(account_id, id)`, in no order."""
    if not keys:
        return []
    ids = [key[1] for key in keys]
    rows = await link.fetch(
        _SQL["find_messages"], [key[0] for key in keys], ids, min(ids), max(ids)
    )
    return [record_of(row) for row in rows]


async def submission_messages(
    link: Link, account_id: int, submission_id: int, *, recipient: str | None, limit: int
) -> list[MessageRecord]:
    """The messages of a submission, oldest first."""
    rows = await link.fetch(
        _SQL["submission_messages"], account_id, submission_id, recipient, limit
    )
    return [record_of(row) for row in rows]


async def insert_parts(link: Link, keys: Sequence[PartKey], carrier_ids: Sequence[str]) -> None:
    """Parts that a carrier has taken one by one."""
    columns = list(zip(*keys, strict=True))
    sent = [int(Status.SENT)] * len(keys)
    await link.execute(_SQL["insert_parts"], *columns, sent, list(carrier_ids))


async def set_parts(
    link: Link, keys: Sequence[PartKey], statuses: Sequence[int], reasons: Sequence[int]
) -> None:
    """What receipts say of parts; the first word on a part counts."""
    columns = list(zip(*keys, strict=True))
    await link.execute(_SQL["set_parts"], *columns, statuses, reasons, int(Status.SENT))


async def find_parts(link: Link, keys: Sequence[tuple[int, int]]) -> list[Record]:
    """All parts of the `(account_id, message_id)` messages, all attempts, in order."""
    return await link.fetch(_SQL["find_parts"], [key[0] for key in keys], [key[1] for key in keys])


async def insert_events(
    link: Link, events: Sequence[Event], finished: Collection[tuple[int, int]] = ()
) -> None:
    """Write events, which are never changed; `finished` `(account_id, message_id)` leave the outbox."""
    await link.execute(
        _FINISH_AND_TELL,
        same([key[0] for key in finished]),
        [key[1] for key in finished],
        *event_columns(events),
    )


async def message_events(link: Link, account_id: int, message_id: int) -> list[Event]:
    """The life of a message, oldest first."""
    rows = await link.fetch(_SQL["message_events"], account_id, message_id)
    return [event_of(row) for row in rows]


async def events_since(
    link: Link, account_id: int, after: int, message_after: int, limit: int
) -> list[Event]:
    """Status changes of an account with ids above `after`, of messages above `message_after`."""
    rows = await link.fetch(_SQL["events_since"], account_id, after, message_after, limit)
    return [event_of(row) for row in rows]


async def find_events(link: Link, keys: Sequence[tuple[int, int, int]]) -> list[Event]:
    """Events by `(account_id, message_id, id)`, in no order."""
    columns = list(zip(*keys, strict=True)) or [(), (), ()]
    return [event_of(row) for row in await link.fetch(_SQL["find_events"], *columns)]


async def insert_submissions(link: Link, items: Sequence[Submission]) -> None:
    """Write the heads of requests with many messages."""
    await link.execute(
        _SQL["insert_submission"],
        [s.account_id for s in items],
        [s.id for s in items],
        [s.dialect for s in items],
        [s.reference for s in items],
        [s.closed_at for s in items],
        [s.accepted for s in items],
        [msgspec.json.encode(s.skipped).decode() for s in items],
    )


async def close_submission(
    link: Link,
    account_id: int,
    submission_id: int,
    at: datetime,
    *,
    accepted: int,
    skipped: dict[str, int],
    last_id: int,
) -> bool:
    """End an upload and put its messages into the outbox; False when it had been ended already."""
    counts = msgspec.json.encode(skipped).decode()
    closed = await link.fetchval(
        _SQL["close_submission"], account_id, submission_id, at, accepted, counts
    )
    if closed is None:
        return False
    released = await link.execute(
        _SQL["release_outbox"], account_id, submission_id, submission_id, last_id, at, _UNSENT
    )
    if int(released.split()[-1]) != accepted:
        raise UploadGivenUpError(submission_id)
    return True


async def lock_open_submission(link: Link, account_id: int, submission_id: int) -> bool:
    """Whether an upload may be given up; nobody can close it until the transaction ends."""
    return bool(await link.fetchval(_SQL["lock_open_submission"], account_id, submission_id))


async def end_submission(link: Link, account_id: int, submission_id: int, at: datetime) -> None:
    """Close an upload that came to nothing."""
    await link.execute(_SQL["end_submission"], account_id, submission_id, at)


async def open_submissions(link: Link, before_id: int) -> list[tuple[int, int]]:
    """`(account_id, id)` of uploads begun before an id and never ended."""
    rows = await link.fetch(_SQL["open_submissions"], before_id)
    return [(row["account_id"], row["id"]) for row in rows]


async def unfinished_messages(
    link: Link, account_id: int, submission_id: int, limit: int
) -> list[tuple[int, int]]:
    """`(account_id, id)` of an upload's messages that have not been cancelled yet."""
    rows = await link.fetch(_SQL["unfinished_messages"], account_id, submission_id, _UNSENT, limit)
    return [(row["account_id"], row["id"]) for row in rows]


async def find_submission(link: Link, account_id: int, submission_id: int) -> Submission | None:
    """A submission with its sums; a single message counts as its own submission."""
    row = await link.fetchrow(_SQL["find_submission"], account_id, submission_id)
    counted = await link.fetch(_SQL["count_submission"], account_id, submission_id)
    statuses = {Status(r["status"]).word: int(r["messages"]) for r in counted}
    if row is None and not statuses:
        return None
    return Submission(
        account_id=account_id,
        id=submission_id,
        dialect=row["dialect"] if row else "",
        reference=row["reference"] if row else None,
        created_at=made_at(submission_id),
        closed_at=row["closed_at"] if row else made_at(submission_id),
        accepted=row["accepted"] if row else sum(statuses.values()),
        skipped=msgspec.json.decode(row["skipped"], type=dict[str, int]) if row else {},
        statuses=statuses,
    )


def message_of(row: Record) -> Message:
    """A row of `message` as a message."""
    return Message(
        account_id=row["account_id"],
        id=row["id"],
        submission_id=row["submission_id"],
        dialect=row["dialect"],
        sender=row["sender"],
        recipient=row["recipient"],
        text=row["text"],
        body=row["body"],
        udh=row["udh"] or b"",
        encoding=Encoding(row["encoding"]),
        parts=row["parts"],
        traffic_class=TrafficClass(row["traffic_class"]),
        priority=row["priority"],
        flash=row["flash"],
        test=row["test"],
        country=row["country"],
        mcc=row["mcc"],
        mnc=row["mnc"],
        price_micros=row["price_micros"],
        reference=row["reference"],
        callback=row["callback"],
        send_at=row["send_at"],
        valid_until=row["valid_until"],
        extra=None if row["extra"] is None else _READ_EXTRA.decode(row["extra"]),
    )


def record_of(row: Record) -> MessageRecord:
    """A row of `message` with where it stands."""
    return MessageRecord(
        message=message_of(row).shown,
        status=Status(row["status"]),
        reason=reason_of(row["reason"]),
        vendor_code=row["vendor_code"],
        charge=Charge(row["charge"]),
        attempts=row["attempts"],
        carrier_id=row["carrier_id"],
        updated_at=row["updated_at"],
    )


def event_of(row: Record) -> Event:
    """A row of `event`."""
    return Event(
        account_id=row["account_id"],
        message_id=row["message_id"],
        id=row["id"],
        kind=EventKind(row["kind"]),
        at=row["at"],
        status=Status(row["status"]),
        reason=reason_of(row["reason"]),
        attempt=row["attempt"],
        carrier_id=row["carrier_id"],
        vendor_code=row["vendor_code"],
        part=row["part"],
        detail=row["detail"].encode() if row["detail"] else None,
    )
