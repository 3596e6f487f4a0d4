"""What the database driver is told at start, so that large arrays cost it less.

asyncpg asks of every element of an array whether it is an array itself, and asks the abstract `Iterable`,
which answers in Python: 0.2 µs an element, a tenth of all that Heliograph does with the database. The
driver keeps that class in a variable of its module, for arrays alone; here Python's own containers stand
in its place, for which the answer is one comparison. `tests/store/test_driver.py` fails when a new
version has no such variable any more.
Source: asyncpg 0.32, protocol/codecs/array.pyx, `_is_array_iterable`.
"""

from __future__ import annotations

from collections import deque

from asyncpg.protocol import protocol

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
CONTAINERS = (list, tuple, set, frozenset, dict, deque, range, *_VIEWS)


def spare_elements() -> None:
    """Idempotent."""
    vars(protocol)["IterableABC"] = CONTAINERS
