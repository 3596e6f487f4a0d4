"""What is still to be sent: claims, attempts on record, requeues. Writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from heliograph.model.ids import EPOCH_MS
from heliograph.model.message import Message
from heliograph.store._columns import same
from heliograph.store._sql import queries
from heliograph.store.database import Link
from heliograph.store.messages import message_of

_SQL = queries("outbox")
Keys = Sequence[tuple[int, int]]
"""`(account_id, message_id)` pairs."""


class OutboxRow(NamedTuple):
    """A message to be sent, as it is written at acceptance."""

    account_id: int
    message_id: int
    due_at: datetime
    lane: int
    leased_by: int | None


class Claimed(NamedTuple):
    """A message leased to this node, with what was tried so far."""

    message: Message
    attempt: int
    failures: int
    tried: tuple[int, ...]


class Attempt(NamedTuple):
    """An attempt to be put on record."""

    account_id: int
    message_id: int
    attempt: int
    carrier_id: int


class Requeue(NamedTuple):
    """A message that is to be sent again."""

    account_id: int
    message_id: int
    due_at: datetime
    lane: int
    attempt: int
    """Attempts made so far."""
    failures: int
    """Failures since the last change of carrier."""
    tried: tuple[int, ...]
    """Carriers that shall not be asked again."""


class LostAttempt(NamedTuple):
    """An attempt whose outcome nobody will write any more."""

    account_id: int
    message_id: int
    attempt: int
    carrier_id: int
    failures: int
    tried: tuple[int, ...]


def outbox_columns(rows: Sequence[OutboxRow]) -> tuple[object, ...]:
    """The parameters of `insert_outbox`."""
    if not rows:
        return ((),) * 5
    account, ids, due, lane, leased_by = zip(*rows, strict=True)
    return same(account), ids, same(due), same(lane), leased_by


async def due_accounts(link: Link, lanes: Sequence[int], at: datetime) -> list[int]:
    """Accounts that have something to claim in these lanes."""
    return [row["id"] for row in await link.fetch(_SQL["due_accounts"], lanes, at)]


async def claim_due_messages(
    link: Link,
    account_id: int,
    *,
    lanes: Sequence[int],
    at: datetime,
    limit: int,
    lease_until: datetime,
    node: int,
) -> list[Claimed]:
    """Lease due messages of one account to a node."""
    rows = await link.fetch(
        _SQL["claim_due_messages"], account_id, lanes, at, limit, lease_until, node
    )
    return [
        Claimed(message_of(row), row["attempt"], row["failures"], tuple(row["tried"]))
        for row in rows
    ]


async def mark_sending(
    link: Link,
    attempts: Sequence[Attempt],
    *,
    node: int,
    lease_until: datetime,
    lasting_until: datetime | None = None,
    also: Sequence[int] = (),
    unless_opted_out: Sequence[int] = (),
) -> set[tuple[int, int]]:
    """Put attempts on record; returns the keys of those that may now be made. Rows leased to nodes in
    `also`, which have handed them to this one, may be taken as well.

    Accounts in `unless_opted_out` are believed to have no opt-outs; nothing of theirs is put on record
    if they have some by now. One statement, so it needs no transaction of the caller's. A lease that
    lasts until `lasting_until` is left as it is; others become `lease_until`.
    """
    if not attempts:
        return set()
    account, ids, attempt, carrier = zip(*attempts, strict=True)
    rows = await link.fetch(
        _SQL["mark_sending"],
        same(account),
        ids,
        same(attempt),
        same(carrier),
        node,
        lease_until,
        unless_opted_out,
        lasting_until or lease_until,
        [node, *also],
    )
    return {(row["account_id"], row["message_id"]) for row in rows}


async def finish_outbox(link: Link, keys: Keys) -> None:
    """These need no further sending."""
    await link.execute(_SQL["finish_outbox"], *zip(*keys, strict=True))


async def hold_outbox(link: Link, rows: Sequence[tuple[int, int, datetime]]) -> None:
    """Keep `(account_id, message_id, valid_until)` unsent until then."""
    await link.execute(_SQL["hold_outbox"], *zip(*rows, strict=True))


async def held_too_long(link: Link, at: datetime, limit: int) -> list[tuple[int, int]]:
    """`(account_id, message_id)` of held messages whose validity is over."""
    rows = await link.fetch(_SQL["held_too_long"], at, limit)
    return [(row["account_id"], row["message_id"]) for row in rows]


async def requeue_outbox(link: Link, rows: Sequence[Requeue]) -> None:
    """These are to be sent again at their time."""
    *columns, tried = zip(*rows, strict=True)
    texts = [",".join(map(str, carriers)) for carriers in tried]
    await link.execute(_SQL["requeue_outbox"], *columns, texts)


async def unlease_outbox(
    link: Link, rows: Sequence[tuple[int, int, datetime]], *, nodes: Sequence[int]
) -> None:
    """Give back `(account_id, message_id, due_at)` that are held unsent under leases of these nodes."""
    await link.execute(_SQL["unlease_outbox"], *zip(*rows, strict=True), nodes)


async def take_unsent(link: Link, account_id: int, message_id: int) -> bool:
    """Take a message out if no carrier has it; False when it is too late for that."""
    return await link.fetchval(_SQL["take_unsent"], account_id, message_id) is not None


async def weigh(link: Link) -> None:
    """Tell the planner how much waits; statements are planned anew."""
    await link.execute(_SQL["weigh_outbox"])


async def release_node(link: Link, node: int, at: datetime) -> None:
    """What a dead predecessor on this node held unsent is due at once."""
    await link.execute(_SQL["release_node"], node, at)


async def lost_attempts(
    link: Link, at: datetime, *, dead_node: int | None, limit: int
) -> list[LostAttempt]:
    """Attempts whose lease ran out before `at`, and all of a node that has just started anew."""
    rows = await link.fetch(_SQL["lost_attempts"], at, dead_node, limit)
    return [
        LostAttempt(
            row["account_id"],
            row["message_id"],
            row["attempt"],
            row["carrier_id"],
            row["failures"],
            tuple(row["tried"]),
        )
        for row in rows
    ]


class Depth(NamedTuple):
    """How much waits in one lane."""

    account_id: int
    lane: int
    sending: bool
    held: bool
    """Waits, and is not to be claimed: in some process's memory, or to be tried again later."""
    messages: int
    oldest_due_at: datetime
    waits_since: datetime
    """When the oldest message was accepted, or was to be sent."""


async def outbox_depth(link: Link, at: datetime) -> list[Depth]:
    """What waits or is under way now, by account and lane; not what is scheduled for later."""
    return [
        Depth(
            row["account_id"],
            row["lane"],
            row["state"] == 1,
            row["held"],
            row["messages"],
            row["oldest_due_at"],
            row["waits_since"],
        )
        for row in await link.fetch(_SQL["outbox_depth"], at, EPOCH_MS)
    ]
