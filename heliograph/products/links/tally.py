"""Counts clicks behind the visitors' backs: gathered for a moment, written by one statement.

What the database does not take is tried again, the batch smaller each time, so that one click that can
never be written does not hold up the others; memory is bounded, and what is not counted is said in
the log. A clean stop writes what waits. It must never be waited for by a visitor.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import structlog

from heliograph.model.link import Click

__all__ = ["Tally"]

MOST_WAITING: Final = 20_000
_LARGEST_BATCH: Final = 1_000
_GATHER_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 2.0
_log = structlog.get_logger()


class Tally:
    """Hands clicks to `write`, in batches. `start` and `stop`; `stop` is idempotent."""

    def __init__(
        self,
        write: Callable[[Sequence[Click]], Awaitable[None]],
        *,
        most_waiting: int = MOST_WAITING,
        again_seconds: float = _AGAIN_SECONDS,
    ) -> None:
        self._write = write
        self._most_waiting = most_waiting
        self._again_seconds = again_seconds
        self._waiting: deque[Click] = deque()
        self._came = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.lost = 0
        """Clicks that were not counted, because too many waited or the last try failed."""

    async def start(self) -> None:
        """Begin to count."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name="clicks")

    async def stop(self) -> None:
        """Write what waits, once; then end."""
        task, self._task = self._task, None
        if task is not None:
            self._stopping.set()
            self._came.set()
            await task

    def add(self, click: Click) -> None:
        """Count a click before long."""
        if len(self._waiting) >= self._most_waiting:
            if not self.lost:
                _log.warning("clicks are not counted: the database does not keep up")
            self.lost += 1
            return
        self._waiting.append(click)
        self._came.set()

    async def _run(self) -> None:
        size, pause = _LARGEST_BATCH, _GATHER_SECONDS
        while self._waiting or not self._stopping.is_set():
            if not self._waiting:
                self._came.clear()
                await self._came.wait()
                continue
            await self._pause(pause)
            if await self._piece(size):
                size, pause = min(size * 2, _LARGEST_BATCH), _GATHER_SECONDS
            elif self._stopping.is_set():
                break
            else:
                size, pause = max(size // 2, 1), self._again_seconds
        if self._waiting:
            self.lost += len(self._waiting)
            _log.error(
                "clicks are lost: the database does not take them", clicks=len(self._waiting)
            )
            self._waiting.clear()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _piece(self, size: int) -> bool:
        """Write the oldest; what cannot be written goes behind the others."""
        batch = list(islice(self._waiting, size))
        try:
            await self._write(batch)
        except Exception:  # noqa: BLE001 - the top of the writer's loop
            _log.exception("clicks could not be counted", clicks=len(batch))
            self._waiting.rotate(-len(batch))
            return False
        for _ in batch:
            self._waiting.popleft()
        return True
