"""What the door counts: requests by dialect, endpoint and status, and how long they took.

Label values come from the dialects' own bounded tables, never from a request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from time import time
from typing import Final

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

__all__ = ["RequestMetrics"]

_BUCKETS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_BOUNDS: Final = (*(str(float(each)) for each in _BUCKETS_SECONDS), "+Inf")


class _Times:
    """How long the requests of one dialect took."""

    __slots__ = ("buckets", "sum")

    def __init__(self) -> None:
        self.buckets = [0] * len(_BOUNDS)
        self.sum = 0.0


class RequestMetrics(Collector):
    """The door's metrics in one registry. Plain numbers, which the registry asks for: counting in the
    library's own costs several times that, and this is done for every message."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.streams = Gauge(
            "heliograph_http_streams", "Event streams that are open.", registry=registry
        )
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, _Times] = {}
        self._since: dict[tuple[str, str, int] | str, float] = {}
        registry.register(self)

    def observe(self, dialect: str, endpoint: str, status: int, seconds: float) -> None:
        """One request was answered (or given up: 499)."""
        key = (dialect, endpoint, status)
        count = self._counts.get(key, 0)
        if not count:
            self._since[key] = time()
        self._counts[key] = count + 1
        times = self._times.get(dialect)
        if times is None:
            times = self._times[dialect] = _Times()
            self._since[dialect] = time()
        times.buckets[bisect_left(_BUCKETS_SECONDS, seconds)] += 1
        times.sum += seconds

    def collect(self) -> Iterator[Metric]:
        """For the registry: requests by dialect, endpoint and status, and the time from a request's head to
        its reply by dialect."""
        requests = CounterMetricFamily(
            "heliograph_http_requests",
            "HTTP requests answered.",
            labels=("dialect", "endpoint", "status"),
        )
        for key, count in self._counts.items():
            requests.add_metric([str(each) for each in key], count, created=self._since[key])
        yield requests
        seconds = HistogramMetricFamily(
            "heliograph_http_request_seconds",
            "Time from a request's head to its reply.",
            labels=("dialect",),
        )
        for dialect, times in self._times.items():
            buckets = list(zip(_BOUNDS, accumulate(times.buckets), strict=True))
            seconds.add_metric([dialect], buckets, times.sum)
        yield seconds
