"""trxnIds are 15 characters, open again, and say nothing without the key."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.mimsms.wire import sealed_id, trxn_id, trxn_id_of_sealed
from heliograph.model.ids import seal

KEY = bytes(range(32))
IDS = st.integers(0, 2**64 - 1)


@settings(max_examples=60, deadline=None)
@given(IDS, st.binary(max_size=64))
def test_a_trxn_id_has_15_characters_and_opens_to_the_sealed_number(
    number: int, key: bytes
) -> None:
    text = trxn_id(key, number)
    assert re.fullmatch("[0-9A-Z]{15}", text)
    assert sealed_id(text) == seal(key, number)


@pytest.mark.parametrize("sealed", [0, 1, 2**64 - 1])
def test_the_ends_of_the_range_round_trip(sealed: int) -> None:
    text = trxn_id_of_sealed(KEY, sealed)
    assert len(text) == 15
    assert sealed_id(text) == sealed


@pytest.mark.parametrize("form", ["{}", "{}_C", "{}_C28", " {} ", "{}_c1"])
def test_a_suffix_lower_case_and_blanks_do_not_matter(form: str) -> None:
    text = trxn_id(KEY, 12345)
    assert sealed_id(form.format(text)) == seal(KEY, 12345)
    assert sealed_id(form.format(text).lower()) == seal(KEY, 12345)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "ABC",
        "133611051403609881",
        "Z" * 15,
        "J4Y3RQ6Z5QIL7H2",
        "0" * 14 + "_",
        "0" * 14 + "٣",
        "0" * 16,
        "0" * 15 + "_D",
        "-" + "0" * 14,
        "0" * 7 + " " + "0" * 7,
    ],
)
def test_what_is_no_id_of_ours_opens_to_nothing(text: str) -> None:
    assert sealed_id(text) is None


def test_neighbours_in_time_have_ids_that_do_not_look_alike() -> None:
    first, second = trxn_id(KEY, 1000), trxn_id(KEY, 1001)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 8
