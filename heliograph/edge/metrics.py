"""What the door counts: requests by dialect, endpoint and status, and how long they took.

Label values come from the dialects' own bounded tables, never from a request.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["RequestMetrics"]

_BUCKETS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class RequestMetrics:
    """The door's metrics in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "heliograph_http_requests",
            "HTTP requests answered.",
            ("dialect", "endpoint", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "heliograph_http_request_seconds",
            "Time from a request's head to its reply.",
            ("dialect",),
            buckets=_BUCKETS_SECONDS,
            registry=registry,
        )
        self.streams = Gauge(
            "heliograph_http_streams", "Event streams that are open.", registry=registry
        )
        # Finding a labelled child costs more than counting; there are few.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def observe(self, dialect: str, endpoint: str, status: int, seconds: float) -> None:
        """One request was answered (or given up: 499)."""
        key = (dialect, endpoint, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._requests.labels(dialect, endpoint, status)
        counter.inc()
        timer = self._timers.get(dialect)
        if timer is None:
            timer = self._timers[dialect] = self._seconds.labels(dialect)
        timer.observe(seconds)
