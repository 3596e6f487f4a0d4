"""Amounts are written and read without loss; what cannot be exact is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.money import MICROS, Charge, Purse, decimal_text, parse_micros

_AMOUNTS = st.integers(-(10**18) + 1, 10**18 - 1)


@given(_AMOUNTS)
def test_an_amount_is_read_as_it_was_written(micros: int) -> None:
    for decimals in (0, 2, 6):
        assert parse_micros(decimal_text(micros, min_decimals=decimals)) == micros


@given(st.integers(0, 10**12 - 1), st.integers(0, 6), st.data())
def test_every_decimal_of_six_places_is_exact(whole: int, places: int, data: st.DataObject) -> None:
    rest = data.draw(st.integers(0, 10**places - 1))
    text = f"{whole}.{rest:0{places}d}" if places else str(whole)
    assert parse_micros(text) == whole * MICROS + rest * 10 ** (6 - places)


@pytest.mark.parametrize(
    ("micros", "decimals", "text"),
    [
        (12_812_500_000, 0, "12812.5"),
        (12_812_500_000, 2, "12812.50"),
        (0, 0, "0"),
        (0, 2, "0.00"),
        (-3_500, 0, "-0.0035"),
        (1, 0, "0.000001"),
        (1_000_000, 2, "1.00"),
    ],
)
def test_trailing_zeros_go_down_to_the_decimals_asked_for(
    micros: int, decimals: int, text: str
) -> None:
    assert decimal_text(micros, min_decimals=decimals) == text


@pytest.mark.parametrize(
    "text",
    ["", ".", "1.", ".5", "+1", "1,5", "1e3", "0.0000001", "NaN", "--1", "1 000", "١", "1.5 EUR"],
)
def test_what_is_not_a_decimal_of_six_places_is_none(text: str) -> None:
    assert parse_micros(text) is None


def test_spaces_around_an_amount_do_not_matter() -> None:
    assert parse_micros(" 0.0035\n") == 3_500


def test_stored_numbers_keep_their_meaning() -> None:
    assert [charge.value for charge in Charge] == [0, 1, 2, 3]
    assert [purse.name for purse in sorted(Purse)] == ["AVAILABLE", "HELD", "REVENUE", "FUNDING"]
