"""From rows to members: which column is what, which line is a heading, what cannot be taken and why.

A refused line is told by its number and a reason; no cell's content goes into either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from time import sleep
from typing import Final

import msgspec

from heliograph.model.lists import FIELDS, LONGEST, NUMBER, ListFile, Overlong, RefusedLine
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.lists.octets import Octets
from heliograph.products.lists.sheets import FileError, Row, rows_of
from heliograph.store.lists import Member, fields_text

__all__ = [
    "BREATH_LINES",
    "BREATH_SECONDS",
    "Lines",
    "Piece",
    "is_heading",
    "mapping_fault",
    "refused_number",
]

UNREADABLE: Final = "unreadable"
TOO_LONG: Final = "field_too_long"
NUMBER_NAMES: Final = frozenset(
    {"to", "msisdn", "phone_number", "phone", "number", "mobile", "recipient"}
)
"""Headings of the column with the number, where no mapping is given."""
_LONGEST_HEADING: Final = 40
BREATH_LINES: Final = 100
BREATH_SECONDS: Final = 0.0001
"""Others wait up to 5 ms for the interpreter whenever they need it, unless it is let go: with this pause the
p99 of small requests beside an import was half of what it is without."""


class Piece(msgspec.Struct, kw_only=True):
    """Some lines of a file."""

    members: list[Member] = []
    refused: list[RefusedLine] = []
    total: int = 0
    truncated: int = 0
    read_bytes: int = 0


def mapping_fault(mapping: Mapping[int, str] | None) -> Refused | None:
    """Why columns cannot be so."""
    if mapping is None:
        return None
    names = list(mapping.values())
    detail = None
    if names.count(NUMBER) != 1:
        detail = "One column must be the number."
    elif set(names) - {NUMBER, *FIELDS}:
        detail = f"Fields are {', '.join(FIELDS)}."
    elif len(set(names)) < len(names) or min(mapping) < 0:
        detail = "A field is given twice, or a column is no column."
    if detail is None:
        return None
    return Refused(refusal=Refusal.INVALID_FIELD, field="mapping", detail=detail)


def is_heading(cell: str) -> bool:
    """Whether what stands in a number's place is the name of the column."""
    return any(map(str.isalpha, cell))


def refused_number(line: int, fault: InvalidNumber) -> RefusedLine:
    """A line whose number is none."""
    return RefusedLine(line=line, reason=fault.fault.value, detail=fault.sentence)


class Lines:
    """The lines of a file, piece by piece. Meant for a thread of its own: it reads and reckons."""

    def __init__(self, octets: Octets, source: ListFile, region: str | None) -> None:
        """Reads the beginning. `region` is the account's, for numbers in national form. Raises
        FileError."""
        self._octets = octets
        self._overlong = source.overlong
        self._region = region
        self._rows: Iterator[Row] = rows_of(octets)
        mapping = self._begin(source)
        self._number = next(column for column, name in mapping.items() if name == NUMBER)
        self._columns = [
            (column, name, LONGEST[name]) for column, name in mapping.items() if name != NUMBER
        ]

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields that are filled."""
        return tuple(name for _, name, _ in self._columns)

    def next_piece(self, size: int) -> Piece | None:
        """About `size` more lines; None at the end. Raises FileError."""
        piece = Piece()
        for line, cells in self._rows:
            if cells is None:
                piece.total += 1
                piece.refused.append(
                    RefusedLine(line=line, reason=UNREADABLE, detail="The line cannot be read.")
                )
            elif any(cells):
                piece.total += 1
                self._take(piece, line, cells)
            if piece.total >= size:
                break
            if not piece.total % BREATH_LINES:
                sleep(BREATH_SECONDS)
        piece.read_bytes = self._octets.place
        return piece if piece.total else None

    def _take(self, piece: Piece, line: int, cells: list[str]) -> None:
        number = self._number
        written = cells[number].strip() if number < len(cells) else ""
        found = parse_msisdn(written, default_region=self._region)
        if isinstance(found, InvalidNumber):
            piece.refused.append(refused_number(line, found))
            return
        if not self._columns:
            piece.members.append((found, "{}"))
            return
        fields: dict[str, str] = {}
        truncated = False
        for column, name, longest in self._columns:
            cell = cells[column].strip() if column < len(cells) else ""
            if len(cell) > longest:
                if self._overlong is not Overlong.TRUNCATE:
                    self._too_long(piece, line, name)
                    return
                cell, truncated = cell[:longest], True
            fields[name] = cell
        text = fields_text(fields)
        if "\\u0000" in text or "\ufffd" in text:
            piece.refused.append(
                RefusedLine(line=line, reason=UNREADABLE, detail="A field has broken characters.")
            )
            return
        piece.truncated += truncated
        piece.members.append((found, text))

    def _too_long(self, piece: Piece, line: int, name: str) -> None:
        detail = f"{name} has more than {LONGEST[name]} characters."
        if self._overlong is Overlong.FAIL:
            raise FileError(f"Line {line}: {detail}")
        piece.refused.append(RefusedLine(line=line, reason=TOO_LONG, detail=detail))

    def _begin(self, source: ListFile) -> Mapping[int, str]:
        """The columns; the first line stays to be read unless it is a heading."""
        first = next((row for row in self._rows if row[1] is None or any(row[1])), None)
        if first is None:
            return source.mapping or {0: NUMBER}
        cells = [cell.strip() for cell in first[1] or ()]
        mapping, heading = source.mapping, source.header
        if mapping is None:
            named = _named(cells) if heading is not False else None
            if named is not None:
                return named
            if heading is True or any(map(is_heading, cells[:1])):
                names = ", ".join(sorted(NUMBER_NAMES))
                raise FileError(f"No column is called {names}: say which one has the numbers.")
            mapping = {0: NUMBER}
        elif heading is None:
            place = next(column for column, name in mapping.items() if name == NUMBER)
            heading = place < len(cells) and is_heading(cells[place])
        if not heading:
            self._rows = chain((first,), self._rows)
        return mapping


def _named(cells: list[str]) -> Mapping[int, str] | None:
    """The columns that a heading names; None where it does not name the number."""
    mapping: dict[int, str] = {}
    for column, cell in enumerate(cells):
        name = "_".join(cell[:_LONGEST_HEADING].lower().split())
        name = NUMBER if name in NUMBER_NAMES else name
        if name in {NUMBER, *FIELDS} and name not in mapping.values():
            mapping[column] = name
    return mapping if NUMBER in mapping.values() else None
