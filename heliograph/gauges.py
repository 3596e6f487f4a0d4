"""Depths and ages, read from the database and the outlets every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from heliograph.flow.deliver import Deliver
from heliograph.flow.directory import Directory
from heliograph.flow.lanes import LANES
from heliograph.meter import Meter
from heliograph.store import notifications, outbox
from heliograph.store.database import Database


class Gauges:
    """One of the sweepers' duties."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        deliver: Deliver,
        meter: Meter,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._deliver = deliver
        self._meter = meter
        self._now = now

    async def read(self) -> int:
        """Read once; there is never more to do at once, so 0."""
        now = self._now()
        async with self._database.link() as link:
            depths = await outbox.outbox_depth(link, now)
            waiting, oldest = await notifications.notification_depth(link, now)
        for lane in LANES:
            for sending in (False, True):
                found = [d for d in depths if (d.lane, d.sending) == (lane, sending)]
                state = "sending" if sending else "due"
                self._meter.depth(str(lane), state, sum(d.messages for d in found))
        due = [d.oldest_due_at for d in depths if not d.sending]
        self._meter.oldest("messages", min(due, default=None), now)
        self._meter.notifications(waiting)
        self._meter.oldest("notifications", oldest, now)
        for carrier_id, outlet in self._deliver.outlets.items():
            carrier = self._directory.carrier(carrier_id)
            self._meter.carrier(
                carrier.name if carrier else "test",
                up=outlet.link.up,
                waiting=len(outlet),
                under_way=outlet.under_way,
            )
        return 0
