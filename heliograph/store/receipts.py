"""Carriers' ids, receipts without an owner yet, and messages from handsets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from heliograph.model.message import Encoding, Inbound
from heliograph.model.reason import reason_of
from heliograph.model.report import Arrival, OpenId, Receipt
from heliograph.model.status import Status
from heliograph.store._columns import same
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record

_SQL = queries("receipts")


class ReceiptKey(NamedTuple):
    """From a carrier's id to one part of one attempt of a message; part 0 is the whole message."""

    carrier_id: int
    carrier_message_id: str
    account_id: int
    message_id: int
    attempt: int
    part: int
    valid_until: datetime


async def next_validity(link: Link, after: datetime) -> datetime | None:
    """When the next validity of something that was sent ends."""
    found: datetime | None = await link.fetchval(_SQL["next_validity"], after)
    return found


async def late_messages(
    link: Link, after: datetime, upto: datetime, statuses: Sequence[Status]
) -> list[tuple[int, int]]:
    """`(account_id, message_id)` without an outcome whose validity ended in `(after, upto]`."""
    rows = await link.fetch(_SQL["late_messages"], after, upto, list(statuses))
    return [(row["account_id"], row["message_id"]) for row in rows]


async def insert_keys(link: Link, keys: Sequence[ReceiptKey]) -> list[Receipt]:
    """Remember the ids that carriers gave, of several for one id the last. Returns the orphans of these
    ids, oldest first, and takes them out."""
    last = {(key.carrier_id, key.carrier_message_id): key for key in keys}
    carrier, words, account, ids, attempt, part, valid_until = zip(*last.values(), strict=True)
    rows = await link.fetch(
        _SQL["insert_keys"],
        same(carrier),
        words,
        same(account),
        ids,
        same(attempt),
        same(part),
        same(valid_until),
    )
    return _oldest_first(rows)


async def find_keys(
    link: Link, wanted: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], ReceiptKey]:
    """What `(carrier_id, carrier_message_id)` stand for, where known."""
    rows = await link.fetch(_SQL["find_keys"], *zip(*wanted, strict=True))
    return {(row[0], row[1]): ReceiptKey(*row) for row in rows}


async def open_ids(
    link: Link,
    carrier_id: int,
    *,
    statuses: Sequence[Status],
    taken_before: datetime,
    now: datetime,
    after: str,
    limit: int,
) -> list[OpenId]:
    """Ids greater than `after` that a carrier gave before a moment, in order, of messages that have
    one of these statuses and are still valid."""
    rows = await link.fetch(
        _SQL["open_ids"], carrier_id, after, now, list(statuses), taken_before, limit
    )
    return [OpenId(**row) for row in rows]


async def insert_orphans(link: Link, items: Sequence[tuple[int, Receipt]]) -> None:
    """Keep `(id, receipt)` whose owner is not known."""
    receipts = [receipt for _, receipt in items]
    await link.execute(
        _SQL["insert_orphans"],
        [r.carrier_id for r in receipts],
        [r.carrier_message_id for r in receipts],
        [number for number, _ in items],
        [r.at for r in receipts],
        [r.status for r in receipts],
        [r.reason for r in receipts],
        [r.vendor_code for r in receipts],
        [r.raw for r in receipts],
        [" ".join(r.other_forms) for r in receipts],
    )


def _receipt_of(row: Record) -> Receipt:
    return Receipt(
        carrier_id=row["carrier_id"],
        carrier_message_id=row["carrier_message_id"],
        status=Status(row["status"]),
        reason=reason_of(row["reason"]),
        vendor_code=row["vendor_code"],
        at=row["at"],
        raw=row["raw"],
    )


async def take_orphans(link: Link, keys: Sequence[tuple[int, str]]) -> list[Receipt]:
    """Take out the orphans of these ids, oldest first."""
    rows = await link.fetch(_SQL["take_orphans"], *zip(*keys, strict=True))
    return _oldest_first(rows)


def _oldest_first(rows: Sequence[Record]) -> list[Receipt]:
    return [_receipt_of(row) for row in sorted(rows, key=lambda row: row["id"])]


async def matching_orphans(
    link: Link, limit: int, *, since_id: int, settled_id: int
) -> dict[tuple[int, str], ReceiptKey]:
    """`(carrier_id, id as the orphan has it)` → whose it is, of orphans made since an id.

    Other forms of an orphan's id count only when it was made before `settled_id`.
    """
    rows = await link.fetch(_SQL["matching_orphans"], limit, since_id, settled_id)
    return {
        (row["carrier_id"], row["orphan_id"]): ReceiptKey(
            row["carrier_id"],
            row["carrier_message_id"],
            row["account_id"],
            row["message_id"],
            row["attempt"],
            row["part"],
            row["valid_until"],
        )
        for row in rows
    }


async def list_orphans(link: Link, limit: int) -> list[Receipt]:
    """The newest orphans, for the operator."""
    return [_receipt_of(row) for row in await link.fetch(_SQL["list_orphans"], limit)]


async def drop_old(link: Link, before_id: int) -> None:
    """Forget keys and orphans of messages made before an id."""
    await link.execute(_SQL["drop_old_keys"], before_id)
    await link.execute(_SQL["drop_old_orphans"], before_id)
    await link.execute(_SQL["drop_old_orphan_inbound"], before_id)


async def insert_inbound(link: Link, items: Sequence[Inbound]) -> None:
    """Keep messages from handsets in their owners' inboxes."""
    await link.execute(
        _SQL["insert_inbound"],
        [i.account_id for i in items],
        [i.id for i in items],
        [i.carrier_id for i in items],
        [i.received_at for i in items],
        [i.sender for i in items],
        [i.recipient for i in items],
        [i.text for i in items],
        [i.body for i in items],
        [i.encoding for i in items],
        [i.service_id for i in items],
        [i.keyword for i in items],
        [i.kind for i in items],
        [i.reply_id for i in items],
        [i.reply_refused for i in items],
    )


async def insert_orphan_inbound(link: Link, items: Sequence[tuple[int, Arrival]]) -> None:
    """Keep `(id, arrival)` to numbers that nobody owns."""
    arrivals = [arrival for _, arrival in items]
    await link.execute(
        _SQL["insert_orphan_inbound"],
        [a.carrier_id for a in arrivals],
        [number for number, _ in items],
        [a.at for a in arrivals],
        [a.sender for a in arrivals],
        [a.recipient for a in arrivals],
        [a.text for a in arrivals],
        [a.body for a in arrivals],
        [a.encoding for a in arrivals],
    )


async def take_orphan_inbound(link: Link, limit: int) -> list[Arrival]:
    """Take out messages whose number has an owner by now, oldest first."""
    rows = await link.fetch(_SQL["take_orphan_inbound"], limit)
    return [
        Arrival(
            carrier_id=row["carrier_id"],
            sender=row["sender"],
            recipient=row["recipient"],
            text=row["text"],
            body=row["body"],
            encoding=Encoding(row["encoding"]),
            at=row["at"],
        )
        for row in sorted(rows, key=lambda row: row["id"])
    ]


async def count_replies(link: Link, account_id: int, sender: str, since_id: int) -> int:
    """How many messages of a handset, from an id on, we have answered by ourselves."""
    count: int = await link.fetchval(_SQL["count_replies"], account_id, sender, since_id)
    return count


def inbound_of(row: Record) -> Inbound:
    """A row of the inbox as a message."""
    return Inbound(
        account_id=row["account_id"],
        id=row["id"],
        sender=row["sender"],
        recipient=row["recipient"],
        text=row["text"],
        body=row["body"],
        encoding=Encoding(row["encoding"]),
        service_id=row["service_id"],
        keyword=row["keyword"],
        kind=row["kind"],
        reply_id=row["reply_id"],
        reply_refused=row["reply_refused"],
        carrier_id=row["carrier_id"],
        received_at=row["received_at"],
        read_at=row["read_at"],
    )


async def find_inbound(link: Link, keys: Sequence[tuple[int, int]]) -> list[Inbound]:
    """Messages from handsets by `(account_id, id)`, in no order."""
    if not keys:
        return []
    rows = await link.fetch(_SQL["find_inbound"], *zip(*keys, strict=True))
    return [inbound_of(row) for row in rows]


async def list_inbound(
    link: Link, account_id: int, *, before: int, unread_only: bool, limit: int
) -> list[Inbound]:
    """An account's inbox, newest first."""
    rows = await link.fetch(_SQL["list_inbound"], account_id, before, unread_only, limit)
    return [inbound_of(row) for row in rows]


async def take_inbound(link: Link, account_id: int, at: datetime, limit: int) -> list[Inbound]:
    """The oldest unread, marked as read."""
    rows = await link.fetch(_SQL["take_inbound"], account_id, at, limit)
    return [inbound_of(row) for row in sorted(rows, key=lambda row: row["id"])]
