"""The most particular price that is in effect is the one that counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.route import Rate
from heliograph.model.tariff import Tariff

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_NUMBER = "8801712345678"


def _rate(micros: int, **words: Any) -> Rate:
    return Rate(card="default", price_micros=micros, **words)


def _price(tariff: Tariff, at: datetime = _NOW, mcc: str | None = "470") -> int | None:
    return tariff.price(_NUMBER, mcc, "01", at)


def test_prices_are_looked_up_from_the_particular_to_the_general() -> None:
    rates = [
        _rate(1, prefix="88017"),
        _rate(2, prefix="880"),
        _rate(3, mcc="470", mnc="01"),
        _rate(4, mcc="470"),
        _rate(5),
    ]
    for place, rate in enumerate(rates):
        assert _price(Tariff(rates[place:])) == rate.price_micros
        assert _price(Tariff(reversed(rates[place:]))) == rate.price_micros
    assert _price(Tariff([])) is None


def test_prices_of_other_destinations_do_not_count() -> None:
    others = [_rate(1, prefix="88018"), _rate(2, mcc="470", mnc="02"), _rate(3, mcc="262")]
    assert _price(Tariff(others)) is None
    assert _price(Tariff([_rate(4, mcc="470")]), mcc=None) is None
    assert _price(Tariff([_rate(5)]), mcc=None) == 5


def test_a_price_counts_from_its_day_on_until_the_next() -> None:
    tomorrow, later = _NOW + timedelta(days=1), _NOW + timedelta(days=2)
    tariff = Tariff(
        [
            _rate(3, prefix="880", effective_from=later),
            _rate(1, prefix="880"),
            _rate(2, prefix="880", effective_from=tomorrow),
        ]
    )
    moments = (_NOW, tomorrow - timedelta(seconds=1), tomorrow, later, later + timedelta(days=99))
    assert [_price(tariff, at) for at in moments] == [1, 1, 2, 3, 3]


def test_a_particular_price_of_the_future_leaves_the_general_one_in_effect() -> None:
    tariff = Tariff([_rate(9, prefix="88017", effective_from=_NOW + timedelta(days=1)), _rate(5)])
    assert _price(tariff) == 5
    assert _price(tariff, _NOW + timedelta(days=1)) == 9


def test_a_price_of_nothing_is_a_price() -> None:
    assert _price(Tariff([_rate(0, prefix="880"), _rate(5)])) == 0


@given(st.sets(st.text("0123456789", min_size=1, max_size=15), max_size=30))
def test_the_longest_prefix_that_fits_wins(prefixes: set[str]) -> None:
    tariff = Tariff(_rate(len(prefix), prefix=prefix) for prefix in prefixes)
    fitting = [len(prefix) for prefix in prefixes if _NUMBER.startswith(prefix)]
    assert _price(tariff) == max(fitting, default=None)
