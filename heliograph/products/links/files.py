"""Links that come as a file: a row for each, in any form in which lists of recipients come."""

from __future__ import annotations

import asyncio
from typing import Final

from heliograph.model.keeping import LARGEST_BATCH
from heliograph.model.lists import ListFile
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.lists.octets import Octets, octets_of
from heliograph.products.lists.sheets import FileError, rows_of

__all__ = ["links_in"]

_LONGEST_NAME: Final = 200
NAME: Final = "name"
URL: Final = "url"


async def links_in(source: ListFile) -> tuple[tuple[str, str], ...] | Refused:
    """Name and URL of each row, at most 10,000; without a name the URL is it.

    A row without a point in the URL's place is a heading or empty, and is passed over.
    """
    places = {what: column for column, what in (source.mapping or {}).items()}
    if URL not in places:
        return _unusable("mapping", "It names no column for url.")
    octets = await asyncio.to_thread(octets_of, source.file, source.start, source.end)
    try:
        found = await asyncio.to_thread(_read, octets, places)
    except FileError as fault:
        return _unusable("file", str(fault))
    finally:
        octets.close()
    if len(found) > LARGEST_BATCH:
        return _unusable("file", f"There are more than {LARGEST_BATCH} links.")
    return tuple(found)


def _read(octets: Octets, places: dict[str, int]) -> list[tuple[str, str]]:
    """No more than one too many."""
    found: list[tuple[str, str]] = []
    for _, cells in rows_of(octets):
        url = _cell(cells or [], places[URL])
        if "." not in url:
            continue
        name = _cell(cells or [], places[NAME]) if NAME in places else ""
        found.append(((name or url)[:_LONGEST_NAME], url))
        if len(found) > LARGEST_BATCH:
            break
    return found


def _cell(cells: list[str], column: int) -> str:
    return cells[column].strip() if column < len(cells) else ""


def _unusable(field: str, detail: str) -> Refused:
    return Refused(refusal=Refusal.INVALID_FIELD, field=field, detail=detail)
