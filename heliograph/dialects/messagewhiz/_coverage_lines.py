"""How a room's lines are written down: by section, each with what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from heliograph.dialects._shape import Covered

Row = tuple[str, str]


def done(section: str, rows: Iterable[Row]) -> tuple[Covered, ...]:
    """Lines that hold here."""
    return tuple(Covered(section, item, "done", note) for item, note in rows)


def refused(section: str, rows: Iterable[Row]) -> tuple[Covered, ...]:
    """Lines that do not, and why."""
    return tuple(Covered(section, item, "refused", note) for item, note in rows)


PAGED: Final[tuple[Row, ...]] = (
    ("`limit`, `start`", "10 and 0; at most 1,000. Newest first."),
    ("`enabled`", "true, false, 1, 0; enabled ones by default."),
)
SWITCHED: Final = "Switched off; the name is free again."
