"""Ids are decimal, open again, fit signed integers and say nothing without the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.smsapi.wire import id_text, sealed_id, time_text
from heliograph.model.ids import open_sealed

KEY = bytes(range(32))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**63 - 1), st.binary(max_size=64))
def test_an_id_is_a_decimal_number_that_opens_again_and_fits_63_bits(
    number: int, key: bytes
) -> None:
    text = id_text(key, number)
    assert text.isascii()
    assert text.isdigit()
    sealed = sealed_id(f" {text} ")
    assert sealed is not None
    assert sealed < 2**63
    assert open_sealed(key, sealed) == number


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "١٢", "1 2", str(2**64), "9" * 21])
def test_what_is_no_number_of_64_bits_opens_to_nothing(text: str) -> None:
    assert sealed_id(text) is None


def test_times_are_utc() -> None:
    dhaka = timezone(timedelta(hours=6))
    assert time_text(datetime(2026, 1, 1, 3, 4, 5, tzinfo=dhaka)) == "2025-12-31 21:04:05"
    assert time_text(datetime(2026, 1, 1, 3, 4, 5, 999, tzinfo=UTC)) == "2026-01-01 03:04:05"
