"""What the SMPP door counts. Label values come from our own tables: a peer cannot invent one."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from heliograph.smpp import CommandStatus, status_name

__all__ = ["SmppMetrics"]

_KNOWN: Final = frozenset(int(each) for each in CommandStatus)
_BUCKETS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class SmppMetrics:
    """The door's metrics in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "heliograph_smpp_requests",
            "SMPP requests of customers answered.",
            ("request", "status"),
            registry=registry,
        )
        self._deliveries = Counter(
            "heliograph_smpp_deliveries",
            "deliver_sm and data_sm that customers answered.",
            ("status",),
            registry=registry,
        )
        self.seconds = Histogram(
            "heliograph_smpp_request_seconds",
            "Time from an SMPP request to its response.",
            buckets=_BUCKETS_SECONDS,
            registry=registry,
        )
        self.sessions = Gauge(
            "heliograph_smpp_sessions", "Customers' sessions that are bound.", registry=registry
        )
        # Finding a labelled child costs more than counting; there are few.
        self._counters: dict[tuple[str, int], Counter] = {}
        self._delivered: dict[int, Counter] = {}

    def answered(self, request: str, status: int) -> None:
        """A request was answered."""
        counter = self._counters.get((request, status))
        if counter is None:
            counter = self._requests.labels(request, _word(status))
            self._counters[request, status] = counter
        counter.inc()

    def delivered(self, status: int) -> None:
        """A customer answered a delivery."""
        counter = self._delivered.get(status)
        if counter is None:
            counter = self._delivered[status] = self._deliveries.labels(_word(status))
        counter.inc()


def _word(status: int) -> str:
    return status_name(status) if status in _KNOWN else "other"
