"""Who is still to be told of what, and the log of every try. Writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from heliograph.model.command import Delivery
from heliograph.model.ids import made_at
from heliograph.store._columns import known, same
from heliograph.store._sql import queries
from heliograph.store.database import CHANGED, Link, Record

_SQL = queries("notifications")


class NotificationKey(NamedTuple):
    """One event for one endpoint."""

    account_id: int
    endpoint_id: int
    message_id: int
    event_id: int


async def insert_notifications(
    link: Link, keys: Sequence[NotificationKey], *, lease_until: datetime, at: datetime
) -> set[tuple[int, int]]:
    """Queue notifications; returns `(endpoint_id, event_id)` of those leased, to be told at once."""
    account, endpoint, message, event = zip(*keys, strict=True)
    rows = await link.fetch(
        _SQL["insert_notifications"],
        same(account),
        same(endpoint),
        message,
        event,
        lease_until,
        at,
        _leading(keys),
    )
    leased = {(key.endpoint_id, key.event_id) for key in keys}
    leased.difference_update((row[0], row[1]) for row in rows)
    return leased


def _leading(keys: Sequence[NotificationKey]) -> Sequence[bool]:
    """Which are the earliest of their message and endpoint among these; once, if all of them are."""
    earliest: dict[tuple[int, int, int], int] = {}
    for account_id, endpoint_id, message_id, event_id in keys:
        subject = (account_id, endpoint_id, message_id)
        earliest[subject] = min(event_id, earliest.get(subject, event_id))
    if len(earliest) == len(keys):
        return (True,)
    return [key.event_id == earliest[key[:3]] for key in keys]


async def due_accounts(
    link: Link, at: datetime, sessions: Sequence[int] = (), gathered: Sequence[int] = ()
) -> list[int]:
    """Accounts with somebody to tell; `sessions` are the negative endpoints that are bound here, and
    `gathered` those that are told otherwise."""
    rows = await link.fetch(_SQL["due_notification_accounts"], at, sessions, gathered)
    return [row["id"] for row in rows]


async def weigh(link: Link) -> None:
    """Tell the planner how much waits; statements are planned anew."""
    await link.execute(_SQL["weigh_notifications"])


async def claim_notifications(
    link: Link,
    account_id: int,
    *,
    at: datetime,
    limit: int,
    lease_until: datetime,
    sessions: Sequence[int] = (),
    gathered: Sequence[int] = (),
) -> list[tuple[NotificationKey, int]]:
    """Lease due notifications of one account, with the number of tries so far."""
    rows = await link.fetch(
        _SQL["claim_notifications"], account_id, at, limit, lease_until, sessions, gathered
    )
    return [(NotificationKey(row[0], row[1], row[2], row[3]), row["tries"]) for row in rows]


class Told(NamedTuple):
    """What became of a notification."""

    account_id: int
    endpoint_id: int
    message_id: int
    event_id: int
    try_id: int | None
    """Of the call that was made, for the log; None when none was."""
    status_code: int | None
    duration_ms: int | None
    error: str | None
    finished: bool
    """It was told, or never will be."""


async def settle(link: Link, items: Sequence[Told], at: datetime) -> None:
    """Log the calls and end what is finished; whoever waited behind it is due. One statement, so it needs
    no transaction of the caller's."""
    account, endpoint, message, event, tries, code, duration, error, finished = zip(
        *items, strict=True
    )
    await link.execute(
        _SQL["settle_notifications"],
        same(account),
        same(endpoint),
        message,
        event,
        tries,
        known(code),
        duration,
        known(error),
        same(finished),
        at,
    )


async def delay_notifications(
    link: Link, rows: Sequence[tuple[NotificationKey, datetime, int]]
) -> None:
    """Try `(key, due_at, tries)` again later."""
    columns = zip(*(key for key, _, _ in rows), strict=True)
    await link.execute(
        _SQL["delay_notifications"], *columns, [row[1] for row in rows], [row[2] for row in rows]
    )


async def drop_endpoint_notifications(link: Link, account_id: int, endpoint_id: int) -> None:
    """Nobody is there any more."""
    await link.execute(_SQL["drop_endpoint_notifications"], account_id, endpoint_id)


def _delivery_of(row: Record) -> Delivery:
    return Delivery(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        event_id=row["event_id"],
        message_id=row["message_id"],
        at=made_at(row["id"]),
        status_code=row["status_code"],
        error=row["error"],
        duration_ms=row["duration_ms"],
    )


async def list_tries(
    link: Link, account_id: int, endpoint_id: int | None, *, before: int, limit: int
) -> list[Delivery]:
    """The log, newest first."""
    rows = await link.fetch(_SQL["list_tries"], account_id, endpoint_id, before, limit)
    return [_delivery_of(row) for row in rows]


async def message_tries(link: Link, account_id: int, message_id: int) -> list[Delivery]:
    """Who was told of a message, in order."""
    rows = await link.fetch(_SQL["message_tries"], account_id, message_id)
    return [_delivery_of(row) for row in rows]


async def notification_depth(link: Link, at: datetime) -> dict[int, tuple[int, datetime]]:
    """How many of each account are due, and since when the oldest."""
    rows = await link.fetch(_SQL["notification_depth"], at)
    return {row["account_id"]: (row["notifications"], row["oldest_due_at"]) for row in rows}


async def disable_endpoint(
    link: Link, account_id: int, endpoint_id: int, at: datetime, why: str
) -> None:
    """Stop telling an endpoint, and drop what was still to be told; every process hears of it."""
    await link.execute(_SQL["disable_endpoint"], account_id, endpoint_id, at, why)
    await drop_endpoint_notifications(link, account_id, endpoint_id)
    await link.execute(_SQL["announce"], CHANGED)


async def drop_old(link: Link, before_id: int) -> None:
    """Forget notifications of events made before an id."""
    await link.execute(_SQL["drop_old_notifications"], before_id)
