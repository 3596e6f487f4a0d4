"""Notices when a queue that was short has become long, which changes what plans are good for its table.

A table that is empty most of the time is planned as an empty one, and autovacuum looks at it every quarter
of a minute; a million rows may come within a second. So whoever works on the queue asks here.
"""

from __future__ import annotations

from typing import Final

LONG: Final = 2_000
"""What is waiting or in hand when a queue begins to be long."""
SHORT: Final = 500


class Backlog:
    """Whether a queue has just become long; growing tenfold counts again."""

    def __init__(self) -> None:
        self._long_at = LONG

    def grown(self, length: int) -> bool:
        """True once each time that it does. `length` is what is known of the queue, at least."""
        if length < SHORT:
            self._long_at = LONG
        elif length >= self._long_at:
            self._long_at = max(length, self._long_at) * 10
            return True
        return False
