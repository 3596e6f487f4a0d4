"""What is measured: Prometheus counters, latencies and depths. Never labelled by anything unbounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

from heliograph.model.ids import EPOCH_MS
from heliograph.model.message import Event, EventKind
from heliograph.model.status import SETTLED, Status

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)


class Meter:
    """Counts what was committed."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = Counter(
            "heliograph_messages",
            "Status changes of messages, by status and carrier.",
            ("status", "carrier"),
            registry=self.registry,
        )
        self._to_carrier = Histogram(
            "heliograph_accept_to_carrier_seconds",
            "From acceptance until a carrier took the message (scheduled ones included).",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._to_end = Histogram(
            "heliograph_accept_to_end_seconds",
            "From acceptance until the final status.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._noted = Counter(
            "heliograph_notes",
            "Receipts and attempts that changed no status, by kind.",
            ("kind",),
            registry=self.registry,
        )
        self._depth = Gauge(
            "heliograph_queue_messages",
            "Messages that are due or under way, by lane.",
            ("lane", "state"),
            registry=self.registry,
        )
        self._oldest = Gauge(
            "heliograph_oldest_due_seconds",
            "How long the oldest has been due, by queue.",
            ("queue",),
            registry=self.registry,
        )
        self._notifications = Gauge(
            "heliograph_queue_notifications",
            "Notifications that are due.",
            registry=self.registry,
        )
        self._outlets = Gauge(
            "heliograph_carrier_messages",
            "Messages in memory for a carrier, by state.",
            ("carrier", "state"),
            registry=self.registry,
        )
        self._up = Gauge(
            "heliograph_carrier_up",
            "Whether a carrier can take messages.",
            ("carrier",),
            registry=self.registry,
        )

    async def text(self) -> bytes:
        """Everything in Prometheus's text form."""
        return generate_latest(self.registry)

    def count(self, events: Sequence[Event], names: dict[int, str]) -> None:
        """Count committed events; `names` are the carriers'."""
        tally: dict[tuple[Status, int | None], int] = {}
        for event in events:
            if event.kind is not EventKind.STATUS:
                self._noted.labels(event.kind.name.lower()).inc()
                continue
            key = (event.status, event.carrier_id)
            tally[key] = tally.get(key, 0) + 1
            if event.status is Status.SENT:
                self._to_carrier.observe(_age_seconds(event))
            elif event.status in SETTLED:
                self._to_end.observe(_age_seconds(event))
        for (status, carrier_id), count in tally.items():
            carrier = "" if carrier_id is None else names.get(carrier_id, "test")
            self._messages.labels(status.word, carrier).inc(count)

    def depth(self, lane: str, state: str, messages: int) -> None:
        """How many messages wait."""
        self._depth.labels(lane, state).set(messages)

    def oldest(self, queue: str, since: datetime | None, now: datetime) -> None:
        """Since when the oldest of a queue has been due."""
        self._oldest.labels(queue).set((now - since).total_seconds() if since else 0)

    def notifications(self, count: int) -> None:
        """How many notifications are due."""
        self._notifications.set(count)

    def carrier(self, name: str, *, up: bool, waiting: int, under_way: int) -> None:
        """One carrier's state."""
        self._up.labels(name).set(up)
        self._outlets.labels(name, "waiting").set(waiting)
        self._outlets.labels(name, "under_way").set(under_way)


def _age_seconds(event: Event) -> float:
    return max(0.0, event.at.timestamp() - ((event.message_id >> 22) + EPOCH_MS) / 1000)
