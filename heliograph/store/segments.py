"""How the recipients of broadcasts are taken, page by page, and taken back. Functions take a link to the
database; writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from heliograph.model.campaign import BroadcastState, Segment, Trigger
from heliograph.model.lists import Fields, Recipient
from heliograph.model.status import Status
from heliograph.store._sql import queries
from heliograph.store.broadcasts import KeptSegment, oldest_of, segment_of
from heliograph.store.database import Link

_SQL = queries("segments")
_FIELDS = msgspec.json.Decoder(Fields)
_UNSENT = (int(Status.QUEUED), int(Status.SCHEDULED))


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a segment is after a page."""

    source: int
    place: int
    exhausted: bool
    broadcast_state: BroadcastState
    looked_at: int
    accepted: int
    price_micros: int
    skipped: dict[str, int]
    state: BroadcastState
    finished_at: datetime | None
    leased_until: datetime | None
    judge_at: datetime | None = None


async def own_recipients(
    link: Link, account_id: int, broadcast_id: int, after: int, limit: int
) -> list[Recipient]:
    """The next of them, in the order of places."""
    rows = await link.fetch(_SQL["own_recipients"], account_id, broadcast_id, after, limit)
    return [
        Recipient(position=row[0], msisdn=row[1], fields=_FIELDS.decode(row[2])) for row in rows
    ]


async def drop_recipients(link: Link, account_id: int, broadcast_id: int) -> None:
    """They are taken."""
    await link.execute(_SQL["drop_recipients"], account_id, broadcast_id)


# -- take the recipients ----------------------------------------------------------------------------


async def due_segments(
    link: Link, at: datetime, node: int, running: Sequence[int], limit: int
) -> list[tuple[int, int]]:
    """`(account_id, id)` of segments whose time has come, but for those that are `running` here."""
    rows = await link.fetch(_SQL["due_segments"], at, node, list(running), limit)
    return [(row["account_id"], row["id"]) for row in rows]


async def claim_segment(
    link: Link, key: tuple[int, int], at: datetime, *, node: int, leased_until: datetime
) -> KeptSegment | None:
    """Lease a segment to this node; None where another was faster."""
    row = await link.fetchrow(_SQL["claim_segment"], *key, at, node, leased_until)
    return None if row is None else segment_of(row)


async def next_send_at(link: Link) -> datetime | None:
    """When the next segment is due."""
    found: datetime | None = await link.fetchval(_SQL["next_send_at"])
    return found


async def renew_lease(
    link: Link, account_id: int, segment_id: int, node: int, leased_until: datetime
) -> bool:
    """False for one that is another's by now, or was stopped."""
    found = await link.fetchval(_SQL["renew_lease"], account_id, segment_id, node, leased_until)
    return found is not None


async def give_back(link: Link, account_id: int, segment_id: int, node: int) -> None:
    """Another may take the segment at once."""
    await link.execute(_SQL["give_back"], account_id, segment_id, node)


async def set_broadcast_state(
    link: Link, account_id: int, broadcast_id: int, state: BroadcastState
) -> None:
    """Where a broadcast stands."""
    await link.execute(_SQL["set_broadcast_state"], account_id, broadcast_id, int(state))


async def set_segment_state(
    link: Link,
    account_id: int,
    broadcast_id: int,
    state: BroadcastState,
    *,
    of: Sequence[BroadcastState],
    reason: str | None = None,
    clearing: bool = False,
) -> int:
    """Move the segments of a broadcast that are in one of the states `of`; returns how many there were.
    Whoever makes their messages finds out before the next page."""
    rows = await link.fetch(
        _SQL["set_segment_state"],
        account_id,
        broadcast_id,
        int(state),
        reason,
        [int(each) for each in of],
        clearing,
    )
    return len(rows)


async def advance(
    link: Link, account_id: int, broadcast_id: int, segment: Segment, after: Progress
) -> None:
    """A page is done: broadcast, segment and submission say so."""
    await link.execute(
        _SQL["advance_broadcast"],
        account_id,
        broadcast_id,
        after.source,
        after.place,
        after.exhausted,
        int(after.broadcast_state),
    )
    skipped = msgspec.json.encode(after.skipped).decode()
    await link.execute(
        _SQL["advance_segment"],
        account_id,
        segment.id,
        after.looked_at,
        after.accepted,
        after.price_micros,
        skipped,
        int(after.state),
        after.finished_at,
        after.leased_until,
        after.judge_at,
    )
    await link.execute(
        _SQL["count_submission"], account_id, segment.submission_id, after.accepted, skipped
    )


async def written_to(
    link: Link, account_id: int, submissions: Sequence[int], msisdns: Sequence[str]
) -> set[str]:
    """Which of these numbers have a message of these submissions already."""
    if not msisdns:
        return set()
    rows = await link.fetch(
        _SQL["written_to"], account_id, list(msisdns), list(submissions), oldest_of(submissions)
    )
    return {row["recipient"] for row in rows}


# -- triggers ---------------------------------------------------------------------------------------


async def release_triggered(link: Link, account_id: int, trigger_id: int, at: datetime) -> int:
    """What waits for a trigger may go; returns how many segments."""
    return len(await link.fetch(_SQL["release_triggered"], account_id, trigger_id, at))


async def has_trigger(link: Link, account_id: int, trigger_id: int) -> bool:
    """Whether the account has such a trigger, and it is enabled."""
    return bool(await link.fetchval(_SQL["has_trigger"], account_id, trigger_id))


async def find_trigger(link: Link, code: str) -> Trigger | None:
    """The trigger that a public URL names."""
    row = await link.fetchrow(_SQL["find_trigger"], code)
    return None if row is None else msgspec.convert(dict(row), Trigger)


# -- take back, judge -------------------------------------------------------------------------------


async def unsent_messages(
    link: Link, account_id: int, submission_id: int, after: int, limit: int
) -> list[int]:
    """Ids of messages that are not sent yet, above `after`."""
    rows = await link.fetch(
        _SQL["unsent_messages"], account_id, submission_id, after, _UNSENT, limit
    )
    return [row["id"] for row in rows]


async def take_unsent(link: Link, account_id: int, message_ids: Sequence[int]) -> set[int]:
    """Take messages out of the outbox; those that no carrier had are returned."""
    rows = await link.fetch(_SQL["take_unsent"], account_id, list(message_ids))
    return {row["message_id"] for row in rows}


async def clearing_segments(link: Link, limit: int) -> list[tuple[int, int, int]]:
    """`(account_id, id, submission_id)` of cancelled segments that may still have unsent messages."""
    rows = await link.fetch(_SQL["clearing_segments"], limit)
    return [(row["account_id"], row["id"], row["submission_id"]) for row in rows]


async def cleared(link: Link, account_id: int, segment_id: int) -> None:
    """Nothing is left to be taken back."""
    await link.execute(_SQL["cleared"], account_id, segment_id)


async def judged_segments(link: Link, at: datetime, limit: int) -> list[tuple[int, int, int]]:
    """`(account_id, id, broadcast_id)` of segments whose clicks are to be looked at now."""
    rows = await link.fetch(_SQL["judged_segments"], at, limit)
    return [(row["account_id"], row["id"], row["broadcast_id"]) for row in rows]


async def judged(link: Link, account_id: int, segment_id: int) -> bool:
    """Whether nobody else has judged it."""
    return await link.fetchval(_SQL["judged"], account_id, segment_id) is not None


async def count_waiting(link: Link, account_id: int, lane: int, until: datetime, most: int) -> int:
    """How many messages of a lane wait to be sent, up to `most`; those for later than `until` do not."""
    return int(await link.fetchval(_SQL["count_waiting"], account_id, lane, until, most))


async def opt_out_scope(link: Link, account_id: int) -> str:
    """What a recipient's way out ends."""
    return str(await link.fetchval(_SQL["opt_out_scope"], account_id))
