"""A queue that becomes long is noticed once, and again when it has become far longer."""

from __future__ import annotations

from heliograph.flow.backlog import LONG, SHORT, Backlog


def test_it_is_noticed_once_until_it_was_short() -> None:
    backlog = Backlog()
    lengths = (0, LONG - 1, LONG, LONG + 1, SHORT, LONG, SHORT - 1, LONG, 9 * LONG, 10 * LONG)
    grown = [backlog.grown(length) for length in lengths]
    assert [length for length, each in zip(lengths, grown, strict=True) if each] == [
        LONG,
        LONG,
        10 * LONG,
    ]
