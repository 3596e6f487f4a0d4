"""Columns as arrays for `unnest`, no longer than they must be.

The driver's work, and the server's, is per element, and most columns of a batch say the same in every
row. `unnest` fills shorter arrays up with nulls. So `same` sends such a column once, and its statement
writes `coalesce(n.x, ($1::type[])[1])`; `known` sends a column that is null throughout as no elements at
all. One other column must be whole, since it says how many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def same(column: Sequence[T]) -> Sequence[T]:
    """A column without nulls: its first element only, where all others equal it."""
    if column and column[0] == column[-1] and column.count(column[0]) == len(column):
        return column[:1]
    return column


def known(column: Sequence[T | None]) -> Sequence[T | None]:
    """A column that may hold nulls: empty where it holds nothing else."""
    if column and column[0] is column[-1] is None and column.count(None) == len(column):
        return ()
    return column
