"""Short links, fitted together: who mints them, who sends their visitors on, who reports of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from heliograph.config import Config
from heliograph.doors import base_url
from heliograph.edge.public import PATH
from heliograph.flow.desk import Performer
from heliograph.flow.directory import Directory
from heliograph.flow.links import Minter
from heliograph.flow.tend import Sweeper
from heliograph.model.command import Command
from heliograph.model.link import GetLinkClicks, MarkLinkConverted
from heliograph.products.links.redirect import Redirects
from heliograph.products.links.reports import Reports
from heliograph.store.database import Database


class Shortening:
    """Everything about short links in one process. `start` and `stop` are the redirects'."""

    def __init__(
        self,
        config: Config,
        server_key: bytes,
        directory: Directory,
        database: Database,
        *,
        now: Callable[[], datetime],
        port: Callable[[], int],
    ) -> None:
        """`port` is that of the HTTP door, 0 before it is open."""
        self._config = config
        self._port = port
        self.minter = Minter(directory, self.base, longest_days=config.retention_days)
        self.redirects = Redirects(
            database=database,
            directory=directory,
            key=server_key,
            now=now,
            retention_days=config.retention_days,
        )
        reports = Reports(database, directory, now, retention_days=config.retention_days)
        self.performers: Mapping[type[Command], Performer] = {
            GetLinkClicks: reports.perform,
            MarkLinkConverted: reports.perform,
        }
        self.sweeper = Sweeper("short links", 3600.0, reports.retain)

    def base(self) -> str:
        """What stands before a code, with the slash at its end; empty when nobody can reach us."""
        config, port = self._config, self._port()
        if config.link_base_url:
            return f"{config.link_base_url.rstrip('/')}/"
        base = config.public_url
        if not base and config.demo and port:
            base = base_url(config, port)
        return f"{base.rstrip('/')}{PATH}/" if base else ""

    async def start(self) -> None:
        """Begin to answer visits."""
        await self.redirects.start()

    async def stop(self) -> None:
        """Count the visits that were answered."""
        await self.redirects.stop()
