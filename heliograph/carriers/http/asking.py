"""Asks a vendor what became of messages that it took and has not reported on.

What was taken a moment ago is kept in memory and asked for after growing pauses; what is left then, and
what was taken before a restart or by another process, is found by looking through `Hear.open_ids` every
few minutes until its validity ends. Once the vendor has brought a receipt by itself, new messages are
asked for only after the longest pause. It must never ask faster than its pace, hold more than so many ids
at once, nor forget what was not told: an answer that could not be kept is asked for again.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple

import structlog

from heliograph.dialects._shape import HttpCall, HttpReply, Upstream
from heliograph.model.carrier import Hear
from heliograph.model.report import OpenId

PAUSES_SECONDS: Final = (2.0, 5.0, 15.0, 60.0)
"""Before the first look at a message that was taken just now, and between the following ones."""
SWEEP_SECONDS: Final = 300.0
"""Pause between two passes through everything that is open."""
MOST: Final = 10_000
"""Ids in memory, and a page of the sweep's beyond that."""
PAGE: Final = 500
_WORKERS: Final = 4
_YOUNG: Final = timedelta(hours=1)
_OLD_EVERY: Final = 6
"""What is older is asked for in every sixth pass."""
_BUSY_SECONDS: Final = 10.0
"""How long nothing is asked after an answer that means too many questions, if it does not say."""
_TOO_MANY: Final = frozenset({429, 503})

_log = structlog.get_logger(__name__)


class _Known(NamedTuple):
    open_id: OpenId
    step: int


class Asking:
    """`call` makes a call and gives the whole reply, or None when there was none."""

    def __init__(
        self,
        name: str,
        carrier_id: int,
        upstream: Upstream,
        settings: Mapping[str, str],
        hear: Hear,
        *,
        call: Callable[[HttpCall], Awaitable[HttpReply | None]],
        retry_after: Callable[[HttpReply], float | None],
        per_second: float,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
        sweep_seconds: float = SWEEP_SECONDS,
        most: int = MOST,
    ) -> None:
        """`clock` tells seconds of a steady clock, `now` the time of day. `most` ids are held."""
        self._name = name
        self._carrier_id = carrier_id
        self._upstream = upstream
        self._settings = settings
        self._hear = hear
        self._call = call
        self._retry_after = retry_after
        self._gap = 1 / per_second
        self._clock = clock
        self._now = now
        self._pauses = tuple(pauses_seconds)
        self._sweep_seconds = sweep_seconds
        self._most = most
        self._known: dict[str, _Known] = {}
        self._due: list[tuple[float, int, str]] = []
        self._order = count()
        self._free_at = 0.0
        self._is_told = False
        self._answers = True
        """False once the room has said that its vendor cannot be asked."""
        self._wake = asyncio.Event()
        self._less = asyncio.Event()
        self._picking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to ask."""
        jobs = [self._work() for _ in range(_WORKERS)]
        self._tasks = [
            asyncio.create_task(job, name=f"{self._name} asking") for job in (*jobs, self._sweep())
        ]

    async def stop(self) -> None:
        """Ask nothing more; what was not told yet is found again after the next start. Idempotent."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- what is known ---------------------------------------------------------------------------

    def taken(self, sent: Iterable[OpenId]) -> None:
        """The vendor took these just now."""
        for open_id in sent:
            if self._answers and len(self._known) < self._most:
                self._put(open_id, len(self._pauses) - 1 if self._is_told else 0)

    def told(self, carrier_message_ids: Iterable[str]) -> None:
        """The vendor has brought receipts for these by itself."""
        self._is_told = True
        for carrier_message_id in carrier_message_ids:
            self._forget(carrier_message_id)

    def _forget(self, carrier_message_id: str) -> None:
        self._known.pop(carrier_message_id, None)
        self._less.set()

    def _put(self, open_id: OpenId, step: int, pause: float | None = None) -> None:
        self._known[open_id.carrier_message_id] = _Known(open_id, step)
        due = self._clock() + (self._pauses[step] if pause is None else pause)
        heapq.heappush(self._due, (due, next(self._order), open_id.carrier_message_id))
        self._wake.set()

    async def _sweep(self) -> None:
        """Pass through everything that is open, for ever; the first time without what is in memory."""
        recently, settled = timedelta(seconds=sum(self._pauses)), timedelta()
        for number in count():
            try:
                await self._pass(settled, recently, with_old=number % _OLD_EVERY == 0)
            except Exception:  # noqa: BLE001 - the top of the loop: passed through again later
                _log.exception("open ids could not be read", carrier=self._name)
            if not self._answers:
                return
            await asyncio.sleep(self._sweep_seconds)
            settled = recently

    async def _pass(self, settled: timedelta, recently: timedelta, *, with_old: bool) -> None:
        """Ask for everything that was taken so long ago, of the old only if so wished."""
        now = self._now()
        after = ""
        while page := await self._hear.open_ids(
            self._carrier_id, taken_before=now - settled, after=after, limit=PAGE
        ):
            after = page[-1].carrier_message_id
            for open_id in page:
                if open_id.carrier_message_id in self._known:
                    continue
                if open_id.taken_at > now - recently:  # by a process that is no more
                    self._put(open_id, 0)
                elif with_old or open_id.taken_at > now - _YOUNG:
                    self._put(open_id, len(self._pauses) - 1, 0.0)
            while len(self._known) >= self._most:
                self._less.clear()
                await self._less.wait()
            if not self._answers:
                return

    # -- one question ----------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            known = await self._next()
            try:
                await self._look(known)
            except Exception:  # noqa: BLE001 - the top of the loop: asked for again
                _log.exception("an answer could not be used", carrier=self._name)
                self._later(known, known.step + 1)

    async def _next(self) -> _Known:
        """The next that is due, when the pace allows it."""
        async with self._picking:
            while True:
                self._wake.clear()
                now = self._clock()
                while self._due and self._due[0][2] not in self._known:
                    heapq.heappop(self._due)
                wait = max(self._due[0][0], self._free_at) - now if self._due else None
                if wait is not None and wait <= 0:
                    _, _, carrier_message_id = heapq.heappop(self._due)
                    self._free_at = max(self._free_at, now) + self._gap
                    return self._known[carrier_message_id]
                try:
                    await asyncio.wait_for(self._wake.wait(), wait)
                except TimeoutError:
                    continue

    async def _look(self, known: _Known) -> None:
        open_id = known.open_id
        call = self._upstream.look(self._settings, open_id)
        if call is None:
            self._answers = False
            self._known.clear()
            self._less.set()
            return
        reply = await self._call(call)
        if reply is None or reply.status in _TOO_MANY:
            pause = None if reply is None else self._retry_after(reply)
            self._free_at = max(self._free_at, self._clock() + (pause or _BUSY_SECONDS))
            self._later(known, known.step + 1)
            return
        receipts = self._upstream.looked(
            reply, open_id, carrier_id=self._carrier_id, at=self._now()
        )
        if receipts:
            await self._hear.receipts(receipts)
            self._forget(open_id.carrier_message_id)
        else:
            self._later(known, known.step + 1)

    def _later(self, known: _Known, step: int) -> None:
        """Ask again, unless its receipt has come meanwhile. After the last pause the sweep finds it."""
        carrier_message_id = known.open_id.carrier_message_id
        if step >= len(self._pauses):
            self._forget(carrier_message_id)
        elif carrier_message_id in self._known:
            self._put(known.open_id, step)
