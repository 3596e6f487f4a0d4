"""Makes the messages of broadcasts: segments whose time has come, a page of each in turn.

A segment is leased to one process at a time; a lease ends by itself, and at once where its process comes
back. While one page is written the next is made. It stays only so far ahead of the carriers: half of what
may be in memory, and some more where a carrier is down. It must never hold up urgent messages: pages go
in the promotional lane, lock the balance at their end, and are made a few recipients at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final

import structlog

from heliograph.flow.accept import Onward, UncoveredError
from heliograph.model.campaign import BroadcastState, PauseReason
from heliograph.products.campaigns.begin import traffic_class_of
from heliograph.products.campaigns.pages import Pages
from heliograph.products.campaigns.taking import Page, Taking
from heliograph.store import broadcasts, segments
from heliograph.store.database import Database, Link

__all__ = ["PAGE", "Expansion"]

PAGE: Final = 500
"""Recipients in one transaction, at most."""
_FEWEST: Final = 100
"""So few at least, where only time is short."""
_PAGE_SECONDS: Final = 0.15
"""A page that takes longer to be committed holds up what is urgent: the next one is smaller."""
_MOST_SEGMENTS: Final = 16
"""Taken in turn by one process."""
_LOOK_SECONDS: Final = 0.5
_BLOCKED_SECONDS: Final = 0.02
_AGAIN_SECONDS: Final = 1.0
_SHUNNED_SECONDS: Final = 5.0
_COUNT_EVERY: Final = 5
"""Pages between two looks at how much waits in the database."""
_SHRINK: Final = 4
_SOON: Final = timedelta(minutes=10)
_log = structlog.get_logger()


class Expansion:
    """Runs in every process. `start` and an idempotent `stop`, which ends between two pages."""

    def __init__(
        self,
        *,
        database: Database,
        pages: Pages,
        onward: Onward,
        now: Callable[[], datetime],
        node: int,
        lease_seconds: float,
        most_in_memory: int,
        chores: Callable[[], Awaitable[int]] | None = None,
        page: int = PAGE,
    ) -> None:
        """`chores` are done beside: what was cancelled is taken back, clicks are judged."""
        self._database = database
        self._pages = pages
        self._onward = onward
        self._now = now
        self._node = node
        self._lease = timedelta(seconds=lease_seconds)
        self._half = most_in_memory // 2
        self._most_waiting = most_in_memory * 4
        self._chores = chores
        self._page = page
        self._running: dict[tuple[int, int], Taking] = {}
        self._renewed: dict[tuple[int, int], float] = {}
        self._pages_done = 0
        self._blocked: dict[tuple[int, int], float] = {}
        self._shunned: dict[tuple[int, int], float] = {}
        """Until when those that failed are left alone."""
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._looked = float("-inf")

    def wake(self) -> None:
        """Something may be due."""
        self._looked = float("-inf")
        self._wake.set()

    async def start(self) -> None:
        """Begin to take recipients."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="broadcasts")

    async def stop(self) -> None:
        """Finish the page that is under way, give the segments back, then stop. Idempotent."""
        self._stopping = True
        self._wake.set()
        task, self._task = self._task, None
        if task is not None:
            await task
        for account_id, segment_id in list(self._running):
            async with self._database.transaction() as link:
                await segments.give_back(link, account_id, segment_id, self._node)
        self._running.clear()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                moved = await self.turn()
                pause = _BLOCKED_SECONDS if self._running else _LOOK_SECONDS
            except Exception:  # noqa: BLE001 - the top of the loop: the next turn tries again
                _log.exception("broadcasts could not be looked for")
                moved, pause = False, _AGAIN_SECONDS
            if not moved:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)

    async def turn(self) -> bool:
        """A page of each running segment; whether anything was done."""
        await self._look()
        moved = False
        for key, taking in list(self._running.items()):
            try:
                moved = await self._step(key, taking) or moved
            except Exception:  # noqa: BLE001 - nothing of the page stands; the others have their turn
                _log.exception("a broadcast could not be gone on with", segment=key[1])
                self._leave(key)
                self._shunned[key] = monotonic() + _SHUNNED_SECONDS
        return moved

    # -- whose turn it is -----------------------------------------------------------------------

    async def _look(self) -> None:
        if monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = monotonic()
        if self._chores is not None:
            try:
                await self._chores()
            except Exception:  # noqa: BLE001 - segments have their turn all the same
                _log.exception("broadcasts could not be looked after")
        room = _MOST_SEGMENTS - len(self._running)
        if room <= 0:
            return
        now = self._now()
        async with self._database.link() as link:
            self._shunned = {k: until for k, until in self._shunned.items() if until > monotonic()}
            mine = [segment_id for _, segment_id in (*self._running, *self._shunned)]
            due = await segments.due_segments(link, now, self._node, mine, room)
        for key in due:
            taking = await self._database.run(partial(self._claim, key=key, now=now))
            if taking is not None:
                taking.most = self._page
                self._running[key] = taking
                self._renewed[key] = monotonic()

    async def _claim(self, link: Link, key: tuple[int, int], now: datetime) -> Taking | None:
        segment = await segments.claim_segment(
            link, key, now, node=self._node, leased_until=now + self._lease
        )
        if segment is None:
            return None
        await segments.set_broadcast_state(
            link, key[0], segment.segment.broadcast_id, BroadcastState.RUNNING
        )
        return await self._pages.begin(link, segment)

    # -- one page -------------------------------------------------------------------------------

    async def _step(self, key: tuple[int, int], taking: Taking) -> bool:
        if not await self._may_go(key, taking):
            await self._renew(key)
            return False
        page = taking.ahead or await self._pages.make(taking, taking.most)
        taking.ahead = None
        coming, begun = self._ahead(taking, page), monotonic()
        try:
            stop = await self._pages.commit(taking, page, self._node)
        except UncoveredError:
            await _dropped(coming)
            await self._uncovered(key, taking, page)
            return True
        except BaseException:
            await _dropped(coming)
            raise
        self._renewed[key] = monotonic()
        self._pages_done += 1
        taking.most = self._sized(taking.most, monotonic() - begun)
        if stop is None:
            taking.ahead = await coming if coming is not None else None
            return True
        await _dropped(coming)
        self._leave(key)
        if stop.reason is not None:
            await self._pause(key, taking, stop.reason)
        self._looked = float("-inf")
        return True

    def _sized(self, most: int, seconds: float) -> int:
        """Recipients of the next page, by how long the last one took."""
        if seconds > _PAGE_SECONDS and most > _FEWEST:
            return max(_FEWEST, most // 2)
        return min(_FEWEST if seconds > _PAGE_SECONDS else self._page, self._page, most * 2)

    def _ahead(self, taking: Taking, page: Page) -> asyncio.Task[Page] | None:
        """The page behind, made while this one is written."""
        size = taking.segment.segment.size
        full = size is not None and taking.looked_at + page.looked_at >= size
        if page.exhausted or full or taking.most < min(self._page, _FEWEST):
            return None
        return asyncio.create_task(self._pages.make(taking, taking.most, page))

    async def _may_go(self, key: tuple[int, int], taking: Taking) -> bool:
        """Whether the carriers keep up."""
        lane = traffic_class_of(taking.kept.plan)
        if self._onward.room(lane) <= self._half:
            return False
        if self._pages_done % _COUNT_EVERY and key not in self._blocked:
            return True
        if monotonic() < self._blocked.get(key, 0.0):
            return False
        async with self._database.link() as link:
            waiting = await segments.count_waiting(
                link, key[0], lane, self._now() + _SOON, self._most_waiting
            )
        if waiting >= self._most_waiting:
            self._blocked[key] = monotonic() + _LOOK_SECONDS
            return False
        self._blocked.pop(key, None)
        return True

    async def _renew(self, key: tuple[int, int]) -> None:
        if monotonic() - self._renewed[key] < self._lease.total_seconds() / 3:
            return
        async with self._database.transaction() as link:
            until = self._now() + self._lease
            mine = await segments.renew_lease(link, *key, self._node, until)
        if mine:
            self._renewed[key] = monotonic()
        else:
            self._leave(key)

    def _leave(self, key: tuple[int, int]) -> None:
        self._running.pop(key, None)
        self._renewed.pop(key, None)
        self._blocked.pop(key, None)

    async def _uncovered(self, key: tuple[int, int], taking: Taking, page: Page) -> None:
        """Fewer at once, until not even one can be paid for."""
        if page.looked_at > 1:
            taking.most = max(1, page.looked_at // _SHRINK)
            return
        self._leave(key)
        await self._pause(key, taking, PauseReason.NO_MONEY)

    async def _pause(self, key: tuple[int, int], taking: Taking, reason: PauseReason) -> None:
        broadcast_id = taking.kept.broadcast.id

        async def work(link: Link) -> None:
            await broadcasts.find_broadcast(link, key[0], broadcast_id, lock=True)
            paused = await segments.set_segment_state(
                link,
                key[0],
                broadcast_id,
                BroadcastState.PAUSED,
                of=(BroadcastState.RUNNING,),
                reason=reason.value,
            )
            if paused:
                await segments.set_broadcast_state(
                    link, key[0], broadcast_id, BroadcastState.PAUSED
                )

        await self._database.run(work)
        _log.warning("a broadcast was paused", broadcast=broadcast_id, reason=reason.value)


async def _dropped(coming: asyncio.Task[Page] | None) -> None:
    """A page that is not wanted any more leaves no trace."""
    if coming is not None:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
