"""Whether the vendor's server can be reached: down after a few calls in a row that found nobody, up again
when a probe finds somebody.

A probe is a HEAD request to the root of the server that was not reached. Any answer will do: what a
vendor thinks of our credentials is told by its answers to messages. It must never call a vendor down
that has answered, however badly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

import structlog

from heliograph.transport import CallError, CallResult

MISSES: Final = 3
"""So many calls in a row that did not find the vendor mean that it is down."""
FIRST_PAUSE_SECONDS: Final = 0.5
LAST_PAUSE_SECONDS: Final = 60.0

_log = structlog.get_logger(__name__)
_OURS: Final = frozenset({CallError.STOPPED, CallError.BAD_REQUEST})
"""These say nothing about the vendor."""


class Reach:
    """`probe` makes a HEAD request to a URL; `changed` is called when `up` is another."""

    def __init__(
        self,
        name: str,
        *,
        probe: Callable[[str], Awaitable[CallResult]],
        changed: Callable[[], None],
        chance: Callable[[], float],
    ) -> None:
        self.up = True
        self._name = name
        self._probe = probe
        self._changed = changed
        self._chance = chance
        self._misses = 0
        self._task: asyncio.Task[None] | None = None

    def saw(self, url: str, result: CallResult) -> None:
        """What became of a call to this URL."""
        if result.error in _OURS:
            return
        if not is_miss(result):
            self._misses = 0
            return
        self._misses += 1
        if self._misses >= MISSES and self.up:
            self.up = False
            _log.warning("a carrier cannot be reached", carrier=self._name, why=result.sentence)
            parts = urlsplit(url)
            root = f"{parts.scheme}://{parts.netloc}/"
            self._task = asyncio.create_task(self._find(root), name=f"{self._name} probe")
            self._changed()

    async def stop(self) -> None:
        """Look for it no more. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _find(self, root: str) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            # By chance, so that many processes do not come back at the same moment.
            await asyncio.sleep(pause * (0.5 + self._chance()))
            if not is_miss(await self._probe(root)):
                break
            pause = min(pause * 2, LAST_PAUSE_SECONDS)
        self._misses = 0
        self.up = True
        _log.info("a carrier can be reached again", carrier=self._name)
        self._changed()


def is_miss(result: CallResult) -> bool:
    """Whether nobody was found."""
    return result.status is None and result.error is not None and result.error.surely_unsent
