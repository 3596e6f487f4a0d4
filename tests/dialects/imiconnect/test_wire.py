"""Transids are UUIDs that open under the account's key alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.imiconnect.wire import read_transid, transid
from heliograph.model.ids import seal

KEY = bytes(range(32))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, 999))
def test_a_transid_is_a_uuid_and_is_read_back_in_any_case(number: int, place: int) -> None:
    text = transid(KEY, number, place)
    assert str(UUID(text[:36])) == text[:36]
    assert (UUID(text[:36]).version, text[36:]) == (4, f"_{place}" if place else "")
    asked = read_transid(f" {text.upper()} ")
    assert asked == (text, seal(KEY, number), place)


def test_another_key_makes_another_uuid() -> None:
    assert transid(KEY, 5) != transid(bytes(32), 5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "f9793c83-f0b7-4200-99d9-20111c507ba",
        "f9793c83-f0b7-1200-99d9-20111c507baf",
        "f9793c83-f0b7-4200-19d9-20111c507baf",
        "f9793c83-f0b7-4200-99d9-20111c507baf_0",
        "f9793c83-f0b7-4200-99d9-20111c507baf_01",
        "f9793c83-f0b7-4200-99d9-20111c507baf_99999",
        "f9793c83-f0b7-4200-99d9-20111c507baf_1_2",
        "f9793c83f0b7420099d920111c507baf",
    ],
)
def test_what_is_no_transid_is_none(text: str) -> None:
    assert read_transid(text) is None
