"""What has become of broadcasts: their segments with the sums of promise P10, and their messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from heliograph.flow.lookup import opened
from heliograph.model.campaign import (
    Broadcast,
    BroadcastReport,
    BroadcastReportPage,
    BroadcastReports,
    Broadcasts,
    FindBroadcast,
    ListBroadcasts,
    Segment,
)
from heliograph.model.command import Principal
from heliograph.model.ids import id_at
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.campaigns.sums import Sums, keep
from heliograph.store import broadcasts
from heliograph.store.broadcasts import KeptBroadcast, Reported
from heliograph.store.database import Database, Link
from heliograph.store.tallies import Tally

__all__ = ["Reports"]

_LARGEST_PAGE: Final = 1_000
_LARGEST_EXPORT: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Answers what is asked of broadcasts."""

    database: Database
    now: Callable[[], datetime]
    retention_days: int
    sums: Sums

    async def find(self, principal: Principal, command: FindBroadcast) -> Broadcast | Refused:
        """One broadcast."""
        account_id = principal.account.id
        async with self.database.snapshot() as link:
            kept = await broadcasts.find_broadcast(link, account_id, command.broadcast_id)
            if kept is None:
                return Refused(refusal=Refusal.NOT_FOUND)
            (found,), learnt = await self._whole(link, account_id, [kept])
        await keep(self.database, account_id, learnt)
        return found

    async def page(self, principal: Principal, command: ListBroadcasts) -> Broadcasts:
        """A page of broadcasts."""
        limit = min(max(command.limit, 1), _LARGEST_PAGE)
        account_id = principal.account.id
        async with self.database.snapshot() as link:
            kept = await broadcasts.list_broadcasts(
                link,
                principal.account.id,
                command.filter,
                order=command.order.value,
                descending=command.descending,
                limit=limit + 1,
                start=max(command.start, 0),
            )
            items, learnt = await self._whole(link, account_id, kept[:limit])
        await keep(self.database, account_id, learnt)
        name = principal.account.name
        return Broadcasts(items=tuple(items), more=len(kept) > limit, account_name=name)

    async def _whole(
        self, link: Link, account_id: int, kept: Sequence[KeptBroadcast]
    ) -> tuple[list[Broadcast], tuple[Tally, ...]]:
        """With their segments, and the sums of these."""
        ids = [each.broadcast.id for each in kept]
        found = await broadcasts.find_segments(link, account_id, ids)
        sums, learnt = await self.sums.of(link, account_id, found)
        parts: dict[int, list[Segment]] = defaultdict(list)
        for each in found:
            whole = msgspec.structs.replace(each.segment, sums=sums[each.segment.id])
            parts[each.segment.broadcast_id].append(whole)
        items = [
            msgspec.structs.replace(each.broadcast, segments=tuple(parts[each.broadcast.id]))
            for each in kept
        ]
        return items, learnt

    async def messages(
        self, principal: Principal, command: BroadcastReports
    ) -> BroadcastReportPage | Refused:
        """A page of a broadcast's messages."""
        account_id = principal.account.id
        limit = min(max(command.limit, 1), _LARGEST_EXPORT)
        async with self.database.link() as link:
            found = await broadcasts.find_segments(link, account_id, [command.broadcast_id])
            if not found:
                return Refused(refusal=Refusal.NOT_FOUND)
            segment_ids = {each.segment.submission_id: each.segment.id for each in found}
            rows = await broadcasts.report_page(
                link,
                account_id,
                list(segment_ids),
                broadcasts.oldest_of(list(segment_ids))
                if command.after is None
                else opened(principal, command.after),
                limit + 1,
            )
        items = tuple(
            BroadcastReport(
                broadcast_id=command.broadcast_id,
                segment_id=segment_ids[record.message.submission_id or 0],
                record=record,
                clicks=clicks,
            )
            for record, clicks in rows[:limit]
        )
        return BroadcastReportPage(items=items, more=len(rows) > limit)

    async def since(
        self, account_id: int, dialect: str, *, after: int, until: datetime, limit: int = 1_000
    ) -> list[Reported]:
        """Changes of status of messages of one dialect's broadcasts until a moment, behind the event
        `after` (0 to begin), in the order of the events. For doors that tell of broadcasts in their own
        way; the last event's id is the cursor. Events are committed a little out of their order, so `until`
        lies some seconds in the past."""
        oldest = id_at(self.now() - timedelta(days=self.retention_days))
        async with self.database.link() as link:
            return await broadcasts.reports_since(
                link,
                account_id,
                dialect,
                after=max(after, oldest),
                until=id_at(until),
                oldest_id=oldest,
                limit=limit,
            )
