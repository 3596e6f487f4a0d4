"""Reasons keep their numbers, and unknown ones become UNSPECIFIED."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.reason import RETRIES, Reason, reason_of, retries


@pytest.mark.parametrize("reason", Reason)
def test_every_number_is_found_again_and_fits_its_column(reason: Reason) -> None:
    assert reason_of(int(reason)) is reason
    assert 0 <= reason <= 999


@given(st.integers())
def test_no_number_raises(number: int) -> None:
    known = {int(reason): reason for reason in Reason}
    assert reason_of(number) is known.get(number, Reason.UNSPECIFIED)


def test_words_are_lower_case_and_unique() -> None:
    words = [reason.word for reason in Reason]
    assert len(set(words)) == len(words)
    assert all(word == word.lower() for word in words)


def test_what_may_pass_is_tried_again_and_what_is_final_is_not() -> None:
    assert retries(Reason.ABSENT_SUBSCRIBER) == 3
    assert retries(Reason.THROTTLED) > 100
    for reason in (
        Reason.NONE,
        Reason.UNKNOWN_SUBSCRIBER,
        Reason.OPTED_OUT,
        Reason.NO_ROUTE,
        Reason.CANCELLED_BY_CUSTOMER,
        Reason.UNKNOWN_OUTCOME,
        Reason.UNSPECIFIED,
    ):
        assert retries(reason) == 0
    assert all(count > 0 for count in RETRIES.values())
