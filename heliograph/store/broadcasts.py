"""Broadcasts, their segments and how far their recipients are taken. Functions take a link to the
database; writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from heliograph.model.campaign import (
    DEFAULT_CAMPAIGN,
    Broadcast,
    BroadcastFilter,
    BroadcastKind,
    BroadcastPlan,
    BroadcastRecipient,
    BroadcastState,
    Segment,
    SegmentSums,
)
from heliograph.model.ids import id_at, made_at
from heliograph.model.lists import Snapshot
from heliograph.model.message import MessageRecord
from heliograph.model.money import Charge
from heliograph.model.status import Status
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record
from heliograph.store.messages import record_of

_SQL = queries("broadcasts")
_PLAN = msgspec.json.Decoder(BroadcastPlan)
_SKEW = timedelta(minutes=10)
_COUNTS = msgspec.json.Decoder(dict[str, int])


class Snapshots(msgspec.Struct, frozen=True):
    """What was so when a broadcast was accepted."""

    lists: tuple[Snapshot, ...] = ()
    """Those that it holds, in the order in which they are taken."""
    suppression_ids: tuple[int, ...] = ()
    service_id: int | None = None
    """Of the credential that began it."""
    test: bool = False


_SNAPSHOTS = msgspec.json.Decoder(Snapshots)


class KeptBroadcast(NamedTuple):
    """A broadcast as the store has it: with what was asked for, and how far it came."""

    broadcast: Broadcast
    plan: BroadcastPlan
    """Without its recipients."""
    snapshots: Snapshots
    credential_id: int
    source: int
    place: int
    exhausted: bool


class KeptSegment(NamedTuple):
    """A segment as the store has it."""

    segment: Segment
    recipe: str
    looked_at: int
    accepted: int
    price_micros: int
    skipped: dict[str, int]


class Reported(NamedTuple):
    """A change of status of a message of a broadcast."""

    event_id: int
    at: datetime
    status: Status
    """What it became by this event."""
    broadcast_id: int
    segment_id: int
    record: MessageRecord


def oldest_of(submissions: Sequence[int]) -> int:
    """An id below those of all messages of these submissions, whatever the clocks of those who made them:
    it spares look-ups the older partitions."""
    return id_at(made_at(min(submissions)) - _SKEW)


# -- begin ------------------------------------------------------------------------------------------


async def insert_broadcast(
    link: Link, broadcast: Broadcast, plan: BroadcastPlan, credential_id: int
) -> int:
    """A new broadcast; returns its id. Its lists are told by `set_snapshots`."""
    bare = msgspec.structs.replace(plan, recipients=())
    return int(
        await link.fetchval(
            _SQL["insert_broadcast"],
            broadcast.account_id,
            broadcast.name,
            int(broadcast.kind),
            int(broadcast.state),
            broadcast.dialect,
            credential_id,
            broadcast.campaign_id,
            broadcast.trigger_id,
            list(broadcast.list_ids),
            broadcast.send_at,
            broadcast.estimated_count,
            msgspec.json.encode(bare).decode(),
            "{}",
            broadcast.created_at,
        )
    )


async def set_snapshots(
    link: Link, account_id: int, broadcast_id: int, snapshots: Snapshots, estimated_count: int
) -> None:
    """What the broadcast holds."""
    text = msgspec.json.encode(snapshots).decode()
    await link.execute(_SQL["set_snapshots"], account_id, broadcast_id, text, estimated_count)


async def insert_recipients(
    link: Link, account_id: int, broadcast_id: int, items: Sequence[BroadcastRecipient]
) -> None:
    """Recipients that the broadcast names itself, in places from 1."""
    await link.execute(
        _SQL["insert_recipients"],
        account_id,
        broadcast_id,
        [each.msisdn for each in items],
        [msgspec.json.encode(each.fields).decode() for each in items],
    )


async def insert_segment(link: Link, segment: Segment, recipe: str) -> Segment:
    """A new segment; returns it with its id."""
    row = await link.fetchrow(
        _SQL["insert_segment"],
        segment.account_id,
        segment.broadcast_id,
        segment.position,
        int(segment.state),
        segment.text,
        segment.template_id,
        recipe,
        segment.size,
        segment.submission_id,
        segment.send_at,
        segment.utc_offset_minutes,
        segment.created_at,
    )
    return segment_of(_present(row)).segment


async def default_campaign(link: Link, account_id: int) -> int:
    """The id of the account's default campaign, which is made where there is none yet."""
    found = await link.fetchval(_SQL["default_campaign"], account_id)
    if found is None:
        found = await link.fetchval(_SQL["make_default_campaign"], account_id, DEFAULT_CAMPAIGN)
    return int(found)


# -- look -------------------------------------------------------------------------------------------


async def find_broadcast(
    link: Link, account_id: int, broadcast_id: int, *, lock: bool = False
) -> KeptBroadcast | None:
    """One broadcast; `lock` keeps others from steering it until the transaction ends."""
    query = _SQL["lock_broadcast" if lock else "find_broadcast"]
    row = await link.fetchrow(query, account_id, broadcast_id)
    return None if row is None else _broadcast(row)


async def find_segments(
    link: Link, account_id: int, broadcast_ids: Sequence[int]
) -> list[KeptSegment]:
    """The segments of broadcasts, in order."""
    rows = await link.fetch(_SQL["find_segments"], account_id, list(broadcast_ids))
    return [segment_of(row) for row in rows]


async def find_segment(link: Link, account_id: int, segment_id: int) -> KeptSegment | None:
    """One segment."""
    row = await link.fetchrow(_SQL["find_segment"], account_id, segment_id)
    return None if row is None else segment_of(row)


async def list_broadcasts(
    link: Link,
    account_id: int,
    wanted: BroadcastFilter,
    *,
    order: str,
    descending: bool,
    limit: int,
    start: int,
) -> list[KeptBroadcast]:
    """A page of broadcasts. `order` is the name of a column."""
    rows = await link.fetch(
        _SQL["list_broadcasts"],
        account_id,
        list(wanted.ids) or None,
        wanted.name,
        [int(each) for each in wanted.kinds] or None,
        [int(each) for each in wanted.states] or None,
        list(wanted.dialects) or None,
        list(wanted.campaign_ids) or None,
        wanted.created_since,
        wanted.created_until,
        order,
        descending,
        limit,
        start,
        list(wanted.notes) or None,
    )
    return [_broadcast(row) for row in rows]


class Followed(NamedTuple):
    """What followed from a segment's messages."""

    clicked: int = 0
    clicks: int = 0
    converted: int = 0


async def statuses_of(
    link: Link, account_id: int, segments: Sequence[KeptSegment]
) -> dict[int, tuple[dict[str, int], int]]:
    """Segment id → where its messages stand, by status, and what they were charged. All are counted."""
    submissions = [each.segment.submission_id for each in segments]
    if not submissions:
        return {}
    statuses: dict[int, dict[str, int]] = {each: {} for each in submissions}
    captured = dict.fromkeys(submissions, 0)
    for row in await link.fetch(
        _SQL["count_statuses"],
        account_id,
        submissions,
        oldest_of(submissions),
        int(Charge.CAPTURED),
    ):
        statuses[row["submission_id"]][Status(row["status"]).word] = row["messages"]
        captured[row["submission_id"]] += row["captured"]
    return {
        each.segment.id: (
            statuses[each.segment.submission_id],
            captured[each.segment.submission_id],
        )
        for each in segments
    }


async def followed_of(
    link: Link, account_id: int, segments: Sequence[KeptSegment]
) -> dict[int, Followed]:
    """Segment id → clicks on the links of its messages, and conversions."""
    submissions = [each.segment.submission_id for each in segments]
    if not submissions:
        return {}
    oldest = oldest_of(submissions)
    clicks = {
        row["submission_id"]: (row["clicked"], row["clicks"])
        for row in await link.fetch(_SQL["count_clicks"], account_id, submissions, oldest)
    }
    converted = {
        row["submission_id"]: row["converted"]
        for row in await link.fetch(_SQL["count_conversions"], account_id, submissions, oldest)
    }
    return {
        each.segment.id: Followed(
            *clicks.get(each.segment.submission_id, (0, 0)),
            converted.get(each.segment.submission_id, 0),
        )
        for each in segments
    }


async def report_page(
    link: Link, account_id: int, submissions: Sequence[int], after: int, limit: int
) -> list[tuple[MessageRecord, int]]:
    """Messages of submissions with ids above `after`, and the clicks on their links."""
    rows = await link.fetch(_SQL["report_page"], account_id, list(submissions), after, limit)
    return [(record_of(row), row["clicks"]) for row in rows]


async def reports_since(
    link: Link, account_id: int, dialect: str, *, after: int, until: int, oldest_id: int, limit: int
) -> list[Reported]:
    """Changes of status of messages of one dialect's broadcasts: events with ids above `after` and below
    `until`, in their order, of messages that are not older than `oldest_id`. The record is the message as
    it is now."""
    rows = await link.fetch(
        _SQL["reports_since"], account_id, dialect, after, until, oldest_id, limit
    )
    return [
        Reported(
            row["event_id"],
            row["event_at"],
            Status(row["event_status"]),
            row["broadcast_id"],
            row["segment_id"],
            record_of(row),
        )
        for row in rows
    ]


# -- rows -------------------------------------------------------------------------------------------


def _broadcast(row: Record) -> KeptBroadcast:
    plan = _PLAN.decode(row["plan"])
    return KeptBroadcast(
        broadcast=Broadcast(
            account_id=row["account_id"],
            id=row["id"],
            name=row["name"],
            kind=BroadcastKind(row["kind"]),
            state=BroadcastState(row["state"]),
            dialect=row["dialect"],
            campaign_id=row["campaign_id"],
            text=plan.text,
            template_id=plan.template_id,
            trigger_id=row["trigger_id"],
            list_ids=tuple(row["list_ids"]),
            send_at=row["send_at"],
            send_now=plan.send_at is None and plan.trigger_id is None,
            utc_offset_minutes=plan.utc_offset_minutes,
            ctr_threshold=plan.ctr_threshold,
            first_segment_size=plan.first_segment_size,
            estimated_count=row["estimated_count"],
            created_at=row["created_at"],
            note=plan.note,
        ),
        plan=plan,
        snapshots=_SNAPSHOTS.decode(row["snapshots"]),
        credential_id=row["credential_id"],
        source=row["source"],
        place=row["place"],
        exhausted=row["exhausted"],
    )


def segment_of(row: Record) -> KeptSegment:
    """A row of `segment`."""
    skipped = _COUNTS.decode(row["skipped"])
    return KeptSegment(
        segment=Segment(
            account_id=row["account_id"],
            id=row["id"],
            broadcast_id=row["broadcast_id"],
            position=row["position"],
            state=BroadcastState(row["state"]),
            pause_reason=row["pause_reason"],
            text=row["text"],
            template_id=row["template_id"],
            size=row["size"],
            submission_id=row["submission_id"],
            send_at=row["send_at"],
            utc_offset_minutes=row["utc_offset_minutes"],
            created_at=row["created_at"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            sums=SegmentSums(
                recipients=row["looked_at"], skipped=skipped, price_micros=row["price_micros"]
            ),
        ),
        recipe=row["recipe"],
        looked_at=row["looked_at"],
        accepted=row["accepted"],
        price_micros=row["price_micros"],
        skipped=skipped,
    )


def _present(row: Record | None) -> Record:
    if row is None:
        raise LookupError("an insert returned no row")
    return row
