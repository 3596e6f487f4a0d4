"""What is read off the sums of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from heliograph.model.carrier import LineState
from heliograph.model.overview import CarrierState, ProcessState, Timing, timing

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LINE = LineState(name="a", kind="transceiver", up=True, window=10, under_way=0)


@pytest.mark.parametrize(
    ("buckets", "sum_ms", "expected"),
    [
        ({}, 0, None),
        ({0: 9}, 0, None),
        # All between 100 and 200 ms: the percentiles are spread evenly over the bucket.
        ({5: 100}, 15_000, Timing(messages=100, mean_ms=150, p50_ms=150, p95_ms=195)),
        # The slow tenth is between 2 and 5 s.
        ({1: 90, 9: 10}, 30_450, Timing(messages=100, mean_ms=304, p50_ms=6, p95_ms=3500)),
        # Nobody knows where the last bucket ends.
        ({16: 4}, 40_000_000, Timing(messages=4, mean_ms=10_000_000, p50_ms=3_600_000, p95_ms=3_600_000)),
    ],
)  # fmt: skip
def test_percentiles_are_read_off_a_histogram(
    buckets: Mapping[int, int], sum_ms: int, expected: Timing | None
) -> None:
    assert timing(buckets, sum_ms) == expected


def _process(*ups: bool, up: bool = True) -> ProcessState:
    lines = tuple(
        LineState(name=str(n), kind="transceiver", up=each, window=10, under_way=0)
        for n, each in enumerate(ups)
    )
    return ProcessState(
        at=NOW, up=up, waiting=0, under_way=0, window=10, per_second=0, submitted_per_second=0,
        throttled=0, lines=lines,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("enabled", "processes", "word"),
    [
        (False, [_process(True)], "disabled"),
        (True, [], "unknown"),
        (True, [_process(False, up=False)], "down"),
        (True, [_process(True), _process(up=False)], "partly"),
        (True, [_process(True, False)], "partly"),
        (True, [_process(True), _process()], "up"),
    ],
)
def test_a_carrier_is_up_when_all_that_it_has_is(
    enabled: bool, processes: list[ProcessState], word: str
) -> None:
    state = CarrierState(
        carrier_id=1, name="a", kind="smpp", enabled=enabled, processes=tuple(processes)
    )
    assert state.word == word
