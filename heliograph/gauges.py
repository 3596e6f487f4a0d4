"""Depths and ages, read from the database and the outlets every few seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from heliograph.flow.deliver import Deliver
from heliograph.flow.directory import Directory
from heliograph.flow.lanes import LANES
from heliograph.meter import Meter
from heliograph.model.overview import HOUSE, QueueDepth
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
        self._depths: dict[int, QueueDepth] = {}

    def depth(self, account_id: int) -> QueueDepth:
        """What waited for an account at the last reading; for `HOUSE`, for all."""
        return self._depths.get(account_id, QueueDepth())

    async def read(self) -> int:
        """Read once; there is never more to do at once, so 0."""
        now = self._now()
        async with self._database.link() as link:
            depths = await outbox.outbox_depth(link, now)
            calls = await notifications.notification_depth(link, now)
        due = [d for d in depths if not d.sending and not d.held]
        for lane in LANES:
            for state, lot in (("sending", [d for d in depths if d.sending]), ("due", due)):
                self._meter.depth(str(lane), state, sum(d.messages for d in lot if d.lane == lane))
        self._meter.oldest("messages", min((d.oldest_due_at for d in due), default=None), now)
        self._meter.notifications(sum(count for count, _ in calls.values()))
        self._meter.oldest(
            "notifications", min((at for _, at in calls.values()), default=None), now
        )
        self._depths = _by_account(depths, calls)
        for carrier_id, outlet in self._deliver.outlets.items():
            carrier = self._directory.carrier(carrier_id)
            self._meter.carrier(
                carrier.name if carrier else "test",
                up=outlet.link.up,
                waiting=len(outlet),
                under_way=outlet.under_way,
            )
        return 0


def _by_account(
    depths: Sequence[outbox.Depth], calls: Mapping[int, tuple[int, datetime]]
) -> dict[int, QueueDepth]:
    """Each account's, and that of the house."""
    found: dict[int, QueueDepth] = {}

    def add(account_id: int, more: QueueDepth) -> None:
        for owner in (account_id, HOUSE):
            was = found.get(owner, QueueDepth())
            found[owner] = QueueDepth(
                waiting=was.waiting + more.waiting,
                with_carrier=was.with_carrier + more.with_carrier,
                oldest_due_at=_first(was.oldest_due_at, more.oldest_due_at),
                callbacks=was.callbacks + more.callbacks,
                oldest_callback_at=_first(was.oldest_callback_at, more.oldest_callback_at),
            )

    for each in depths:
        if each.sending:
            add(each.account_id, QueueDepth(with_carrier=each.messages))
        else:
            waits = QueueDepth(waiting=each.messages, oldest_due_at=each.waits_since)
            add(each.account_id, waits)
    for account_id, (count, oldest_at) in calls.items():
        add(account_id, QueueDepth(callbacks=count, oldest_callback_at=oldest_at))
    return found


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)
