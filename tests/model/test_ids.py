"""Ids are in order, never twice the same, and open in their own account only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.ids import (
    EPOCH,
    EPOCH_MS,
    NODES,
    IdMaker,
    account_key,
    id_at,
    made_at,
    open_sealed,
    seal,
    seal_signed,
    seal_tag,
    unseal,
)

_NOW_MS = 1_777_636_800_000
_NUMBERS = st.integers(0, (1 << 64) - 1)
_KEYS = st.binary(min_size=32, max_size=32)
_KEY = account_key(bytes(32), 1)


# -- making -------------------------------------------------------------------------------------


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=300))
def test_ids_increase_even_when_the_clock_steps_back(steps: list[int]) -> None:
    moments = iter([_NOW_MS + sum(steps[: place + 1]) for place in range(len(steps))])
    maker = IdMaker(1, lambda: next(moments))
    made = [maker.next() for _ in steps]
    assert made == sorted(set(made))


def test_a_burst_borrows_from_the_future_and_repeats_nothing() -> None:
    maker = IdMaker(5, lambda: _NOW_MS)
    made = [*maker.take(5_000), *(maker.next() for _ in range(10_000)), *maker.take(5_000)]
    assert made == sorted(set(made))
    ahead = made_at(made[-1]) - made_at(made[0])
    assert ahead == timedelta(milliseconds=20_000 // 4096)


def test_nodes_never_make_the_same_id() -> None:
    made: set[int] = set()
    for node in (0, 1, 2, 511, NODES - 1):
        maker = IdMaker(node, lambda: _NOW_MS)
        made.update(maker.next() for _ in range(5_000))
    assert len(made) == 25_000


@pytest.mark.parametrize("node", [-1, NODES])
def test_a_node_that_does_not_fit_is_refused(node: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        IdMaker(node, lambda: _NOW_MS)


def test_ids_fit_a_signed_column_until_2093() -> None:
    last = EPOCH_MS + (1 << 41) - 1
    maker = IdMaker(NODES - 1, lambda: last)
    assert maker.next() < 1 << 63
    assert datetime.fromtimestamp(last / 1000, UTC).year == 2093


# -- time ---------------------------------------------------------------------------------------


@given(st.integers(0, 2**40), st.integers(0, NODES - 1))
def test_an_id_tells_when_it_was_made(milliseconds: int, node: int) -> None:
    number = IdMaker(node, lambda: EPOCH_MS + milliseconds).next()
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    assert made_at(number) == moment
    assert id_at(moment) <= number < id_at(moment + timedelta(milliseconds=1))


def test_before_the_epoch_there_are_no_ids() -> None:
    assert id_at(EPOCH - timedelta(days=1)) == id_at(EPOCH) == 0


# -- seals --------------------------------------------------------------------------------------


@given(_KEYS, _NUMBERS)
def test_a_sealed_id_opens_to_what_it_was(key: bytes, number: int) -> None:
    sealed = seal(key, number)
    assert 0 <= sealed < 1 << 64
    assert unseal(key, sealed) == number
    assert seal(key, unseal(key, number)) == number


def test_a_seal_stays_what_customers_have_been_given() -> None:
    assert seal(b"k" * 32, 1 << 60 | 12345) == 3334561519444383123


@given(_NUMBERS)
def test_a_sealed_id_does_not_open_in_another_account(number: int) -> None:
    other = account_key(bytes(32), 2)
    assert unseal(other, seal(_KEY, number)) != number


def test_neighbouring_ids_do_not_look_alike_when_sealed() -> None:
    maker = IdMaker(1, lambda: _NOW_MS)
    sealed = [seal(_KEY, maker.next()) for _ in range(2_000)]
    assert len(set(sealed)) == 2_000
    flipped = [(a ^ b).bit_count() for a, b in pairwise(sealed)]
    assert 30 < sum(flipped) / len(flipped) < 34
    assert sealed != sorted(sealed)


def test_keys_differ_by_account_and_by_server() -> None:
    keys = {account_key(bytes([server]) * 32, account) for server in (0, 1) for account in (1, 2)}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_tags_belong_to_their_key_and_number() -> None:
    tags = {seal_tag(key, number) for key in (_KEY, bytes(32)) for number in (1, 2)}
    assert len(tags) == 4
    assert all(0 <= tag < 1 << 64 for tag in tags)
    assert seal_tag(_KEY, 1) == seal_tag(_KEY, 1)


@given(st.integers(0, (1 << 63) - 1), _KEYS)
def test_a_signed_seal_fits_63_bits_and_every_seal_opens(number: int, key: bytes) -> None:
    signed = seal_signed(key, number)
    assert signed < 1 << 63
    assert open_sealed(key, signed) == open_sealed(key, seal(key, number)) == number


@given(_NUMBERS)
def test_a_number_that_was_never_sealed_opens_to_an_id(number: int) -> None:
    assert 0 <= open_sealed(_KEY, number) < 1 << 63
