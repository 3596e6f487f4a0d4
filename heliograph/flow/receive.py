"""Messages from handsets (MO): find the owner by number, keep, then acknowledge to the carrier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from heliograph.flow.advance import Told
from heliograph.flow.batch import Batcher
from heliograph.flow.directory import Directory
from heliograph.model.ids import IdMaker
from heliograph.model.report import Arrival
from heliograph.store import notifications, receipts
from heliograph.store.database import Database, Link
from heliograph.store.notifications import NotificationKey

RECEIVED: Final = "message.received"
"""The type of event by which customers are told of a message from a handset."""


class Receive:
    """Takes arrivals. `start` and `stop` run its writer."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        ids: IdMaker,
        told: Callable[[Told], None],
        now: Callable[[], datetime],
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._directory = directory
        self._ids = ids
        self._told = told
        self._now = now
        self._lease = timedelta(seconds=lease_seconds)
        self._writer: Batcher[Arrival, None] = Batcher("arrivals", self._commit, again_seconds=0.5)

    async def start(self) -> None:
        """Begin to write."""
        await self._writer.start()

    async def stop(self) -> None:
        """Write what is waiting, then stop."""
        await self._writer.stop()

    async def arrivals(self, items: Sequence[Arrival]) -> None:
        """Returns when every message is durable: in its owner's inbox, or among the orphans."""
        for future in [self._writer.put(item) for item in items]:
            await future

    async def _commit(self, items: Sequence[Arrival]) -> list[None]:
        ready = await self._database.run(lambda link: self._write(link, items))
        self._told(Told(ready=ready))
        return [None] * len(items)

    async def _write(self, link: Link, items: Sequence[Arrival]) -> list[NotificationKey]:
        """Keep the messages, and queue the notifications that their owners asked for."""
        owned: list[tuple[int, int, Arrival]] = []
        orphans: list[tuple[int, Arrival]] = []
        for item in items:
            owner = self._directory.owner(item.recipient)
            if owner is None:
                orphans.append((self._ids.next(), item))
            else:
                owned.append((owner, self._ids.next(), item))
        if owned:
            await receipts.insert_inbound(link, owned)
        if orphans:
            await receipts.insert_orphan_inbound(link, orphans)
        keys = [
            NotificationKey(owner, endpoint.id, number, number)
            for owner, number, _ in owned
            for endpoint in self._directory.listening(owner, RECEIVED)
        ]
        for owner, number, _ in owned:
            session = self._directory.inbound_session(owner)
            if session is not None:
                keys.append(NotificationKey(owner, -session, number, number))
        if not keys:
            return []
        now = self._now()
        first = await notifications.insert_notifications(
            link, keys, lease_until=now + self._lease, at=now
        )
        return [key for key in keys if (key.endpoint_id, key.event_id) in first]
