"""The pace of one bind."""

from __future__ import annotations

from heliograph.carriers.smpp.pace import Pace


def test_without_a_limit_there_is_always_room() -> None:
    pace = Pace(0.0, 1.0, 0.0)
    for _ in range(1000):
        pace.take()
    assert pace.available(0.0) > 1000
    assert pace.wait(0.0) == 0.0


def test_a_limit_is_kept_over_time() -> None:
    pace = Pace(100.0, 1.0, 0.0)
    sent = 0
    for tick in range(1001):
        now = tick / 1000
        for _ in range(pace.available(now)):
            pace.take()
            sent += 1
    assert 100 <= sent <= 110


def test_it_tells_how_long_until_the_next() -> None:
    pace = Pace(2.0, 1.0, 0.0)
    assert pace.available(0.0) == 1
    pace.take()
    assert pace.available(0.0) == 0
    assert pace.wait(0.0) == 0.5
    assert pace.available(0.5) == 1


def test_throttling_pauses_longer_each_time_and_success_shortens_again() -> None:
    pace = Pace(0.0, 1.0, 0.0)
    assert pace.throttled(10.0) == 1.0
    assert pace.available(10.5) == 0
    assert pace.throttled(10.5) == 0.5  # written before the pause
    assert pace.throttled(11.0) == 2.0
    pace.went_well(12.0)  # within the pause: written before it
    assert pace.throttled(13.0) == 4.0
    pace.went_well(17.0)
    assert pace.throttled(17.0) == 1.0
    for _ in range(10):
        pace.throttled(1e6)
    assert pace.throttled(2e6) <= 30.0
