"""What runs in a house, and how it is stopped when others must be stopped after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from heliograph.flow.desk import Performer
from heliograph.flow.tend import Sweeper
from heliograph.model.command import Command

_log = structlog.get_logger()


class Part(Protocol):
    """Whatever runs."""

    async def start(self) -> None:
        """Run."""

    async def stop(self) -> None:
        """Idempotent; returns when all is still."""


class Product(Part, Protocol):
    """Whatever runs and carries out commands of its own."""

    @property
    def performers(self) -> Mapping[type[Command], Performer]:
        """Who carries out which command."""

    @property
    def sweeper(self) -> Sweeper:
        """Who clears up."""


async def quietly(stop: Callable[[], Awaitable[None]]) -> None:
    """The other parts must be stopped all the same."""
    try:
        await stop()
    except Exception:  # noqa: BLE001 - the top of a stop
        _log.exception("a part did not stop cleanly")


class Following:
    """Takes over changes of the configuration as they are announced. A `Part`."""

    def __init__(self, reload: Callable[[], Awaitable[None]]) -> None:
        self._reload = reload
        self._stale = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def heard(self) -> None:
        """Somebody has changed it."""
        self._stale.set()

    async def start(self) -> None:
        """Begin to follow; what was heard before counts."""
        self._task = asyncio.create_task(self._follow(), name="reload")

    async def stop(self) -> None:
        """Follow no more. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                await self._reload()
            except Exception:  # noqa: BLE001 - the top of the loop: tried again in a second
                _log.exception("configuration could not be loaded")
                await asyncio.sleep(1)
                self._stale.set()
