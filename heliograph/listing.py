"""Lists, fitted together: who keeps them, who runs their imports, who clears up after both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from heliograph.flow.desk import Performer
from heliograph.flow.tend import Sweeper
from heliograph.model.command import Command
from heliograph.products.lists.imports import Imports
from heliograph.products.lists.keeping import Keeping
from heliograph.store.database import Database


class Lists:
    """Everything about lists in one process. `start` and `stop` are the imports'."""

    def __init__(
        self,
        database: Database,
        make_id: Callable[[], int],
        now: Callable[[], datetime],
        node: int,
    ) -> None:
        self._imports = Imports(database=database, make_id=make_id, now=now, node=node)
        keeping = Keeping(database=database, imports=self._imports, make_id=make_id, now=now)
        self.performers: Mapping[type[Command], Performer] = keeping.performers
        self.sweeper = Sweeper("lists", 20.0, self._imports.sweep)

    async def start(self) -> None:
        """Begin to take files."""
        await self._imports.start()

    async def stop(self) -> None:
        """End the imports that run; their lists stay as they were."""
        await self._imports.stop()
