"""Columns of a batch are shortened only where the statement can make them whole again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from heliograph.store._columns import known, same


@pytest.mark.parametrize(
    ("column", "sent"),
    [([], []), ([7], [7]), ([7, 7, 7], [7]), ([7, 8, 7], [7, 8, 7]), ([0, False], [0])],
)
def test_a_column_that_says_the_same_is_sent_once(
    column: Sequence[object], sent: Sequence[object]
) -> None:
    assert list(same(column)) == sent


@pytest.mark.parametrize(
    ("column", "sent"),
    [
        ([], []),
        ([None, None], []),
        ([None, 1, None], [None, 1, None]),
        ([1, None], [1, None]),
        ([1, 1], [1, 1]),  # the rest would be filled up with nulls
    ],
)
def test_a_column_of_nulls_is_not_sent(column: Sequence[object], sent: Sequence[object]) -> None:
    assert list(known(column)) == sent
