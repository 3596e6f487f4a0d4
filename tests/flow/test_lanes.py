"""The urgent go first, nobody waits for somebody else's million, and a carrier's pace is kept."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.flow.lanes import LANES, Bucket, FairQueue

_Item = tuple[int, int, int]
"""Lane, account, number."""


def _filled(*items: _Item) -> FairQueue[_Item]:
    queue: FairQueue[_Item] = FairQueue()
    for item in items:
        queue.push(item[0], item[1], item)
    return queue


# -- fairness -----------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 7, 500])
def test_one_message_behind_ten_thousand_of_another_account_is_served_within_one_turn(
    most: int,
) -> None:
    queue = _filled(*[(2, 1, number) for number in range(10_000)])
    queue.pop(most)
    queue.push(2, 2, (2, 2, 0))
    served = [*queue.pop(most), *queue.pop(most)]
    assert (2, 2, 0) in served[: most + 1]


def test_a_turn_is_shared_evenly_between_accounts() -> None:
    queue = _filled(*[(3, account, number) for account in range(4) for number in range(1_000)])
    taken = queue.pop(100)
    assert [sum(item[1] == account for item in taken) for account in range(4)] == [25] * 4


def test_what_one_account_does_not_use_goes_to_the_others() -> None:
    queue = _filled((2, 1, 0), *[(2, 2, number) for number in range(50)])
    assert len(queue.pop(40)) == 40
    assert len(queue) == 11


def test_one_time_passwords_pass_everything() -> None:
    queue = _filled(*[(3, 1, number) for number in range(1_000)], (2, 1, 0), (1, 1, 0))
    assert queue.pop(3) == [(1, 1, 0), (2, 1, 0), (3, 1, 0)]


def test_an_item_pushed_ahead_is_its_accounts_next() -> None:
    queue = _filled((1, 1, 0), (1, 1, 1))
    queue.push(1, 1, (1, 1, 9), ahead=True)
    assert queue.pop(3) == [(1, 1, 9), (1, 1, 0), (1, 1, 1)]


@given(
    st.lists(st.tuples(st.sampled_from(LANES), st.integers(1, 4)), max_size=60),
    st.lists(st.integers(1, 9), min_size=1, max_size=80),
)
def test_nothing_is_lost_doubled_or_overtaken_within_an_account(
    wanted: list[tuple[int, int]], sizes: list[int]
) -> None:
    items = [(lane, account, number) for number, (lane, account) in enumerate(wanted)]
    queue = _filled(*items)
    taken: list[_Item] = []
    for size in sizes:
        before = len(queue)
        piece = queue.pop(size)
        assert len(piece) == min(size, before)
        assert [item[0] for item in piece] == sorted(item[0] for item in piece)
        taken += piece
    taken += queue.pop(1_000)
    assert len(queue) == 0
    assert sorted(taken, key=lambda item: item[2]) == items
    for lane, account in set(wanted):
        own = [item for item in taken if item[:2] == (lane, account)]
        assert own == sorted(own)


# -- pace ---------------------------------------------------------------------------------------


_RATES = [0.5, 1.0, 3.0, 10.0, 250.0, 2_000.0]


@pytest.mark.parametrize("per_second", _RATES)
def test_a_bucket_that_is_asked_when_it_says_keeps_its_rate_exactly(per_second: float) -> None:
    bucket = Bucket(per_second, 0.0)
    now, sent, seconds = 0.0, 0, 20
    while now <= seconds:
        free = bucket.available(now)
        bucket.take(free)
        sent += free
        now += max(bucket.wait(now), 1e-6)
    burst = max(1.0, per_second / 10)
    assert seconds * per_second - 1 <= sent <= seconds * per_second + burst


@pytest.mark.parametrize("per_second", _RATES)
def test_however_often_a_bucket_is_asked_it_never_passes_its_rate_and_burst(
    per_second: float,
) -> None:
    chance = random.Random(1)
    bucket = Bucket(per_second, 0.0)
    now, sent = 0.0, 0
    burst = max(1.0, per_second / 10)
    for _ in range(3_000):
        free = bucket.available(now)
        assert free <= burst
        part = chance.randint(0, max(free, 0))
        bucket.take(part)
        sent += part
        assert sent <= now * per_second + burst + 1e-6
        now += chance.choice((0.0, 0.001, 0.01, 0.3))


def test_a_bucket_that_rested_bursts_no_more_than_one_that_is_new() -> None:
    bucket = Bucket(100.0, 0.0)
    assert bucket.available(0.0) == bucket.available(3_600.0) == 10


def test_a_bucket_tells_when_the_next_may_go() -> None:
    bucket = Bucket(4.0, 0.0)
    assert bucket.wait(0.0) == 0.0
    bucket.take(bucket.available(0.0))
    assert bucket.wait(0.0) == pytest.approx(0.25)
    assert bucket.available(0.0 + bucket.wait(0.0)) == 1


def test_a_bucket_in_debt_waits_until_it_is_paid() -> None:
    bucket = Bucket(10.0, 0.0, burst_seconds=1.0)
    bucket.take(30)
    assert bucket.available(1.0) == -10
    assert bucket.wait(1.0) == pytest.approx(1.1)
    assert bucket.available(2.1) == 1


def test_no_rate_means_no_limit_but_a_pause_is_kept() -> None:
    bucket = Bucket(0.0, 0.0)
    bucket.take(1_000_000)
    assert bucket.available(0.0) > 1_000_000
    bucket.pause(5.0)
    bucket.pause(3.0)
    assert (bucket.available(4.9), bucket.wait(4.0)) == (0, 1.0)
    assert bucket.wait(5.0) == 0.0
    assert bucket.available(5.0) > 0
