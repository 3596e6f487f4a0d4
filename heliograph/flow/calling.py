"""Calls to customers' endpoints: so many at once as each of them bears, the others in line.

An endpoint that answers soon gets more at once, one that fails or is slow gets fewer. Must never let
the calls for one endpoint hold up those for another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import msgspec
import structlog

_log = structlog.get_logger()
J = TypeVar("J")
AT_FIRST: Final = 32
AT_LEAST: Final = 4
AT_MOST: Final = 64
_SOON_MS: Final = 250
_STEP: Final = 0.25
"""How much wider after a good answer, while others wait."""
_BACK: Final = 0.7
"""What is left of the width after a bad answer."""
_TOO_MANY: Final = frozenset({408, 425, 429})


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """How a call went."""

    status_code: int | None
    error: str | None
    duration_ms: int
    retry_after_seconds: float | None = None
    absent: bool = False
    """Nobody is bound to be told: not a try; it waits until somebody is."""

    @property
    def ok(self) -> bool:
        """Any 2xx; redirects are not followed and count as failures."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def strained(self) -> bool:
        """Whether the peer seems to have too much to do; one that is up and says no has not."""
        code = self.status_code
        return not self.absent and (code is None or code >= 500 or code in _TOO_MANY)


Make = Callable[[], Awaitable[Called]]
"""Makes one call; never raises for what the peer did."""


class _Line(Generic[J]):
    """What waits for one endpoint, and how many calls it gets at once."""

    __slots__ = ("at_once", "fixed", "key", "waiting", "width")

    def __init__(self, key: tuple[int, int], width: int, *, fixed: bool) -> None:
        self.key = key
        self.waiting: deque[tuple[J, Make]] = deque()
        self.at_once = 0
        self.width: float = width
        self.fixed = fixed

    def learn(self, called: Called) -> None:
        """From how a call went."""
        if self.fixed:
            return
        if called.strained:
            self.width = max(AT_LEAST, self.width * _BACK)
        elif self.waiting and called.duration_ms <= _SOON_MS:
            self.width = min(AT_MOST, self.width + _STEP)


class Calling(Generic[J]):
    """Makes calls. `ended` hears how each went, in the order in which they end."""

    def __init__(self, ended: Callable[[J, Called], None]) -> None:
        self._ended = ended
        self._lines: dict[tuple[int, int], _Line[J]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    def put(self, key: tuple[int, int], job: J, make: Make, *, fixed_width: int = 0) -> None:
        """Call as soon as it is this one's turn. `key` names the endpoint; `fixed_width` is for peers that
        keep windows of their own."""
        line = self._lines.get(key)
        if line is None:
            line = _Line(key, fixed_width or AT_FIRST, fixed=bool(fixed_width))
            self._lines[key] = line
        line.waiting.append((job, make))
        self._widen(line)

    def _widen(self, line: _Line[J]) -> None:
        """One more worker where one is missing."""
        if line.waiting and line.at_once < int(line.width):
            line.at_once += 1
            task = asyncio.create_task(self._work(line))
            self._workers.add(task)
            task.add_done_callback(self._workers.discard)

    async def stop(self, seconds: float) -> None:
        """Wait for what is under way and in line, at most so long; the rest is given up."""
        if self._workers:
            await asyncio.wait(self._workers, timeout=seconds)
        for task in self._workers:
            task.cancel()
        self._lines.clear()

    async def _work(self, line: _Line[J]) -> None:
        """One after the other, until nobody waits or there are too many of us."""
        try:
            while line.waiting and line.at_once <= int(line.width):
                job, make = line.waiting.popleft()
                try:
                    called = await make()
                except Exception as fault:  # noqa: BLE001 - it is tried again by its schedule
                    _log.exception("a customer could not be told")
                    called = Called(status_code=None, error=type(fault).__name__, duration_ms=0)
                line.learn(called)
                self._ended(job, called)
                self._widen(line)
        finally:
            line.at_once -= 1
            if not line.at_once and not line.waiting:
                self._lines.pop(line.key, None)
