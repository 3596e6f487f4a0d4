"""People, fitted together: how they sign in, what they may, and what they leave in the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from heliograph.config import Config
from heliograph.doors import base_url
from heliograph.flow.desk import Desk, Performer
from heliograph.flow.directory import Directory
from heliograph.flow.one_time import first_link
from heliograph.flow.reception import Reception, performers
from heliograph.flow.saving import Tools
from heliograph.flow.sessions import Doorkeeping, sweep
from heliograph.flow.tend import Sweeper
from heliograph.model.command import Command


class Entrance:
    """Everything about people in one process. `start` and `stop` are the reception's."""

    def __init__(
        self,
        config: Config,
        tools: Tools,
        directory: Directory,
        reload: Callable[[], Awaitable[None]],
        *,
        port: Callable[[], int],
    ) -> None:
        """`port` is that of the HTTP door, 0 before it is open."""
        self._config = config
        self._port = port
        self.keep = Doorkeeping(tools=tools, directory=directory, reload=reload, base=self.base)
        self.performers: Mapping[type[Command], Performer] = performers(self.keep)
        self.sweeper = Sweeper("sessions", 300.0, self._sweep)
        self._reception: Reception | None = None

    def base(self) -> str:
        """Where the console is called, without the slash at the end."""
        return (self._config.public_url or base_url(self._config, self._port())).rstrip("/")

    def reception(self, desk: Desk) -> Reception:
        """The desk as the HTTP door has it."""
        if self._reception is None:
            self._reception = Reception(desk, self.keep)
        return self._reception

    async def first_link(self) -> str | None:
        """The link by which the house gets its first owner; None once it has one."""
        return await first_link(self.keep)

    async def _sweep(self) -> int:
        return await sweep(self.keep)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """What is left behind answers is written. Idempotent."""
        if self._reception is not None:
            await self._reception.stop()
