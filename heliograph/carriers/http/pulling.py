"""Takes messages from handsets where the vendor does not bring them.

Vendors count a message as read once they have handed it out, so what came is handed over until it is kept
before anything more is asked for. A process that is killed in between loses it, which no caller of
such an API can help. It must never have more than one answer in hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

import structlog

from heliograph.dialects._shape import HttpCall, HttpReply, Upstream
from heliograph.model.carrier import Hear
from heliograph.model.report import Arrival

_FIRST_RETRY_SECONDS: Final = 0.05
_LAST_RETRY_SECONDS: Final = 5.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
"""How long a pull and its hand-over may take when we stop."""

_log = structlog.get_logger(__name__)


class Pulling:
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
        is_up: Callable[[], bool],
        now: Callable[[], datetime],
        pause_seconds: float,
    ) -> None:
        self._name = name
        self._carrier_id = carrier_id
        self._upstream = upstream
        self._settings = settings
        self._hear = hear
        self._call = call
        self._is_up = is_up
        self._now = now
        self._pause = pause_seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, if the vendor is to be asked at all."""
        if self._upstream.pull(self._settings) is not None:
            self._task = asyncio.create_task(self._run(), name=f"{self._name} pulling")

    async def stop(self) -> None:
        """Let an answer that is on its way be kept, then ask no more. Idempotent."""
        self._stopping.set()
        task, self._task = self._task, None
        if task is None:
            return
        await asyncio.wait((task,), timeout=_STOP_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        pause = self._pause
        while not self._stopping.is_set():
            if self._is_up():
                try:
                    found = await self._pull()
                except Exception:  # noqa: BLE001 - the top of the loop
                    _log.exception("messages could not be pulled", carrier=self._name)
                    found = None
                if found:
                    pause = self._pause
                    continue
                pause = self._pause if found is not None else self._longer(pause)
            await self._rest(pause)

    def _longer(self, pause: float) -> float:
        return min(pause * 2, max(_LONGEST_PAUSE_SECONDS, self._pause))

    async def _pull(self) -> int | None:
        """How many messages came; None when there was no good answer."""
        call = self._upstream.pull(self._settings)
        if call is None:
            return None
        reply = await self._call(call)
        if reply is None:
            return None
        arrivals = self._upstream.pulled(reply, carrier_id=self._carrier_id, at=self._now())
        if arrivals:
            await self._hand_over(arrivals)
            return len(arrivals)
        return 0 if 200 <= reply.status < 300 else None

    async def _hand_over(self, arrivals: tuple[Arrival, ...]) -> None:
        """Until they are kept: nobody will give them to us again."""
        delay = _FIRST_RETRY_SECONDS
        while True:
            try:
                await self._hear.arrivals(arrivals)
            except Exception:  # noqa: BLE001 - they are in nobody else's hands
                _log.exception("pulled messages not kept, will be told again", carrier=self._name)
            else:
                return
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LAST_RETRY_SECONDS)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
