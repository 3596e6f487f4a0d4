"""What is made of moments and counts."""

import pytest

from benchmarks._figures import Spread, figures_of, flatness, percentile, rate, spread


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.5, 7.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 0.99, 4.0),
        ([float(n) for n in range(1, 1001)], 0.99, 990.0),
        ([float(n) for n in range(1, 1001)], 0.999, 999.0),
    ],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_rate_counts_what_happened_until_the_last_of_it() -> None:
    assert rate([12.0, 0.0, 14.0], since=10.0) == 0.5
    assert rate([0.0, 0.0], since=10.0) == 0.0


def test_a_run_tells_what_was_lost_and_what_was_never_told() -> None:
    figures = figures_of(
        asked_at=[10.0, 10.0, 10.0, 10.0],
        answered_at=[10.1, 10.1, 10.2, 0.0],  # the last was refused
        carrier_at=[10.2, 10.3, 0.0, 0.0],
        told_at=[11.0, 0.0, 0.0, 0.0],
        counts={"accepted": 3, "refused": 1, "broken": 0, "carrier_twice": 2, "told_twice": 1},
        telling=True,
        at_once=True,
    )
    told = {
        name: figures[name] for name in ("lost", "untold", "refused", "duplicated", "told_twice")
    }
    assert told == {"lost": 1, "untold": 2, "refused": 1, "duplicated": 2, "told_twice": 1}
    assert figures["accepted_per_s"] == pytest.approx(15.0)
    assert figures["accept_p99_ms"] == pytest.approx(200.0)
    assert figures["carrier_p50_ms"] == pytest.approx(200.0)
    assert figures["told_per_s"] == pytest.approx(1.0)
    assert figures["coming_per_s"] == pytest.approx(20.0)  # two within a tenth of a second


def test_several_runs_are_least_median_and_most() -> None:
    runs = [{"rate": 3.0, "told": 1.0}, {"rate": 1.0}, {"rate": 2.0}]
    assert spread(runs) == {"rate": Spread(1.0, 2.0, 3.0)}


def _at(rates: list[float]) -> list[tuple[float, float]]:
    return [(100.0 * n / len(rates), mib) for n, mib in enumerate(rates)]


@pytest.mark.parametrize(
    ("mib", "flat"),
    [
        (
            [60.0, 90.0, 100.0, 100.0, 102.0, 101.0, 104.0, 104.0],
            True,
        ),  # the first quarter is for caches
        ([60.0, 90.0, 100.0, 100.0, 103.0, 105.0, 106.0, 106.0], False),
        ([9.0, 9.0, 10.0, 10.0, 11.0, 12.0, 13.0, 13.0], True),  # a little of little
        ([100.0], False),  # nothing to tell it by
    ],
)
def test_memory_is_flat_when_its_last_quarter_is_as_its_second(
    mib: list[float], flat: bool
) -> None:
    assert flatness(_at(mib), 100)["flat"] is flat
