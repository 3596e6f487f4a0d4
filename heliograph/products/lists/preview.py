"""A look at a file before it is imported: its first rows, and what is true of each column all the way."""

from __future__ import annotations

import re
from time import sleep
from typing import Final

from heliograph.model.lists import ListFile, Preview
from heliograph.products.lists.lines import BREATH_LINES, BREATH_SECONDS, is_heading
from heliograph.products.lists.octets import Octets
from heliograph.products.lists.sheets import rows_of

__all__ = ["preview"]

_NUMBER: Final = re.compile(r"\+?\d[\d().\s-]*\Z")
_MOST_COLUMNS: Final = 256
_LONGEST_SHOWN: Final = 5000


class _Column:
    """What is known of a column so far."""

    __slots__ = ("all_numbers", "any_number", "longest")

    def __init__(self) -> None:
        self.all_numbers = True
        self.any_number = False
        self.longest = 0


def preview(octets: Octets, source: ListFile, rows: int) -> Preview:
    """The first `rows` rows and the checks. Meant for a thread of its own. Raises FileError.

    The first row is a heading where no cell of it is a number and some have letters (`source.header`
    says otherwise). Empty cells are passed over.
    """
    shown: list[tuple[str, ...]] = []
    columns: list[_Column] = []
    total, header = 0, False
    for _, cells in rows_of(octets):
        if cells is None or not any(cells):
            total += cells is None
            continue
        trimmed = [cell.strip() for cell in cells[:_MOST_COLUMNS]]
        first = not shown
        if len(shown) < max(1, rows):
            shown.append(tuple(cell[:_LONGEST_SHOWN] for cell in trimmed))
        while len(columns) < len(trimmed):
            columns.append(_Column())
        if first:
            header = _is_header(trimmed) if source.header is None else source.header
            if header:
                continue
        total += 1
        if not total % BREATH_LINES:
            sleep(BREATH_SECONDS)
        for column, cell in zip(columns, trimmed, strict=False):
            if cell:
                number = _NUMBER.match(cell) is not None
                column.all_numbers = column.all_numbers and number
                column.any_number = True
                column.longest = max(column.longest, len(cell))
    return Preview(
        rows=tuple(shown[: max(0, rows)]),
        total=total,
        header=header,
        all_numbers=tuple(each.all_numbers and each.any_number for each in columns),
        exceeds_50=tuple(each.longest > 50 for each in columns),
        exceeds_255=tuple(each.longest > 255 for each in columns),
        exceeds_5000=tuple(each.longest > 5000 for each in columns),
    )


def _is_header(cells: list[str]) -> bool:
    return not any(map(_NUMBER.match, cells)) and any(map(is_heading, cells))
