"""What must be looked after: claims, lost attempts, orphans, validity, uploads, partitions, retention.

Each sweeper is small, runs by its own period, and is safe to run in several processes at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from heliograph.flow.advance import Advance, Change, Told, load
from heliograph.flow.deliver import Deliver
from heliograph.flow.notify import Notify
from heliograph.flow.report import Report
from heliograph.flow.upload import Upload
from heliograph.model.account import TrafficClass
from heliograph.model.ids import EPOCH, id_at, node_of
from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.store import ledger, messages, notifications, outbox, partitions, receipts
from heliograph.store.database import Database, Link
from heliograph.store.outbox import LostAttempt

_log = structlog.get_logger()
_MOST: Final = 500
_YOUNG: Final = timedelta(minutes=10)
_AWAITING: Final = (Status.SENT, Status.UNCERTAIN)


class Sweeper(msgspec.Struct, frozen=True):
    """A duty and how often it is done."""

    name: str
    every_seconds: float
    sweep: Callable[[], Awaitable[int]]
    """Returns how much was done; when that is not nothing it is done again at once."""


class Tend:
    """Runs the sweepers. `start` first does what a fresh process must do."""

    def __init__(
        self,
        *,
        database: Database,
        advance: Advance,
        deliver: Deliver,
        report: Report,
        notify: Notify,
        upload: Upload,
        told: Callable[[Told], None],
        now: Callable[[], datetime],
        node: int,
        lease_seconds: float,
        patience_seconds: float,
        partition_days: int,
        retention_days: int,
        more: Sequence[Sweeper] = (),
    ) -> None:
        self._database = database
        self._advance = advance
        self._deliver = deliver
        self._report = report
        self._notify = notify
        self._upload = upload
        self._told = told
        self._now = now
        self._node = node
        self._lease = timedelta(seconds=lease_seconds)
        self._patience = timedelta(seconds=patience_seconds)
        self._partition_days = partition_days
        self._retention = timedelta(days=retention_days)
        self._more = tuple(more)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def sweepers(self) -> tuple[Sweeper, ...]:
        """Every duty."""
        return (
            Sweeper("claim messages", 0.25, self._deliver.claim),
            Sweeper("claim notifications", 0.25, self._notify.claim),
            Sweeper("rematch orphans", 1.0, self.rematch),
            Sweeper("lost attempts", 2.0, self.settle_lost),
            Sweeper("validity", 5.0, self.end_validity),
            Sweeper("unfinished uploads", 30.0, self.abandon_uploads),
            Sweeper("retention", 3600.0, self.retain),
            *self._more,
        )

    async def prepare(self) -> None:
        """Before anything runs: partitions, and what a dead predecessor on this node left."""
        now = self._now()
        async with self._database.transaction() as link:
            await partitions.make_partitions(link, now, days=self._partition_days)
            await outbox.release_node(link, self._node, now)
            unfinished = await messages.open_submissions(link, id_at(now))
        while await self.settle_lost(dead_node=self._node):
            pass
        for account_id, submission_id in unfinished:
            if node_of(submission_id) == self._node:
                await self._upload.abandon(account_id, submission_id)

    async def start(self) -> None:
        """Begin to sweep."""
        self._stopping.clear()
        self._tasks = [
            asyncio.create_task(self._run(sweeper), name=sweeper.name) for sweeper in self.sweepers
        ]

    async def stop(self) -> None:
        """Finish the sweeps that are under way, then stop. Idempotent."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)
        self._tasks = []

    async def _run(self, sweeper: Sweeper) -> None:
        while not self._stopping.is_set():
            done = 0
            try:
                done = await sweeper.sweep()
            except Exception:  # noqa: BLE001 - the top of the loop: the next sweep tries again
                _log.exception("sweep failed", sweeper=sweeper.name)
            if not done:
                try:
                    await asyncio.wait_for(self._stopping.wait(), sweeper.every_seconds)
                except TimeoutError:
                    continue

    async def rematch(self) -> int:
        """Orphans that came in the last minutes; older ones are looked at by `retain`."""
        since = id_at(self._now() - _YOUNG)
        return await self._report.rematch(since_id=since)

    # -- lost attempts --------------------------------------------------------------------------

    async def settle_lost(self, dead_node: int | None = None) -> int:
        """Attempts that were on record when their process died are uncertain (promise P2)."""
        now = self._now()

        async def work(link: Link) -> tuple[int, Told]:
            lost = await outbox.lost_attempts(link, now, dead_node=dead_node, limit=_MOST)
            return len(lost), await self._write_lost(link, lost, now) if lost else Told()

        count, told = await self._database.run(work)
        self._told(told)
        return count

    async def _write_lost(self, link: Link, lost: Sequence[LostAttempt], now: datetime) -> Told:
        keys = [(item.account_id, item.message_id) for item in lost]
        standings = await load(link, keys)
        await _forget(link, [key for key in keys if key not in standings])
        changes: list[Change] = []
        for item in lost:
            standing = standings.get((item.account_id, item.message_id))
            if standing is None:
                continue
            uncertain = Change(
                account_id=item.account_id,
                message_id=item.message_id,
                status=Status.UNCERTAIN,
                reason=Reason.UNKNOWN_OUTCOME,
                attempt=item.attempt,
                carrier_id=item.carrier_id,
                at=now,
                detail=b'{"why":"the process ended during the attempt"}',
            )
            changes.append(uncertain)
            again = self._deliver.verdicts.resend(
                item.account_id,
                TrafficClass(standing.traffic_class),
                item.attempt,
                item.tried,
                now,
            )
            if again is not None:
                changes.append(
                    Change(
                        account_id=item.account_id,
                        message_id=item.message_id,
                        status=Status.QUEUED,
                        at=now,
                        again=again,
                    )
                )
        return await self._advance.apply(
            link, standings, changes, now=now, lease_until=now + self._lease
        )

    # -- validity -------------------------------------------------------------------------------

    async def end_validity(self) -> int:
        """Sent and uncertain messages whose validity is over expire.

        What was sent is found by its receipt keys in order of the end of validity: each is looked at
        once, a second's worth at a time, when every attempt of that moment has long been written.
        """
        now = self._now()
        upto = now - self._patience
        async with self._database.link() as link:
            late = await outbox.held_too_long(link, now, _MOST)
            mark = await partitions.find_progress(link, "validity")
            after = EPOCH + timedelta(microseconds=mark or 0)
            first = await receipts.next_validity(link, after)
            end = upto if first is None else min(upto, first + timedelta(seconds=1))
            if first is not None and first <= upto:
                late += await receipts.late_messages(link, after, end, _AWAITING)
        if late:
            await self._expire(late, now)
        if end > after:
            async with self._database.transaction() as link:
                position = (end - EPOCH) // timedelta(microseconds=1)
                await partitions.set_progress(link, "validity", position)
        return len(late)

    async def _expire(self, late: Sequence[tuple[int, int]], now: datetime) -> None:
        async def work(link: Link) -> Told:
            standings = await load(link, late)
            await _forget(link, [key for key in late if key not in standings])
            changes = [
                Change(
                    account_id=account_id,
                    message_id=message_id,
                    status=Status.EXPIRED,
                    reason=Reason.VALIDITY_EXPIRED,
                    at=now,
                )
                for account_id, message_id in late
                if (account_id, message_id) in standings
                and standings[account_id, message_id].status in _AWAITING
            ]
            return await self._advance.apply(
                link, standings, changes, now=now, lease_until=now + self._lease
            )

        self._told(await self._database.run(work))

    # -- the rest -------------------------------------------------------------------------------

    async def abandon_uploads(self) -> int:
        """Uploads that nobody has finished within an hour never will be."""
        before = id_at(self._now() - timedelta(hours=1))
        async with self._database.link() as link:
            left = await messages.open_submissions(link, before)
        for account_id, submission_id in left:
            await self._upload.abandon(account_id, submission_id)
        async with self._database.transaction() as link:
            await ledger.drop_unanswered_keys(link, self._now() - timedelta(hours=1))
        return len(left)

    async def retain(self) -> int:
        """Partitions ahead of time; what is past its retention goes."""
        now = self._now()
        while await self._report.rematch():
            pass
        async with self._database.transaction() as link:
            await partitions.make_partitions(link, now, days=self._partition_days)
            dropped = await partitions.drop_partitions(link, now - self._retention)
            await receipts.drop_old(link, id_at(now - self._retention))
            await notifications.drop_old(link, id_at(now - self._retention))
            await ledger.drop_old_keys(link, now - timedelta(days=1))
        for name in dropped:
            _log.info("partition dropped", name=name)
        return 0


async def _forget(link: Link, gone: Sequence[tuple[int, int]]) -> None:
    """Outbox rows whose messages retention has dropped."""
    if gone:
        await outbox.finish_outbox(link, gone)
