"""Imports of lists: how far each is, what it refused, and what must be cleared after those that failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from heliograph.model.lists import ImportState, ListImport, RefusedLine
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record

_SQL = queries("list_imports")


class Piece(NamedTuple):
    """What one piece of a file adds to the counts."""

    total: int
    inserted: int
    duplicate: int
    wrong: int
    truncated: int


class Opened(NamedTuple):
    """Where an import puts its members."""

    account_id: int
    id: int
    list_id: int
    creates: bool
    contents_id: int
    base: int


class BusyError(Exception):
    """Another import into the same list has not ended."""


async def open_import(
    link: Link,
    opened: Opened,
    *,
    node: int,
    suppression: bool,
    total_bytes: int,
    at: datetime,
) -> None:
    """Put an import on record, waiting. Raises BusyError while another adds to the same list."""
    try:
        await link.execute(_SQL["open_import"], *opened, node, suppression, total_bytes, at)
    except asyncpg.UniqueViolationError:
        raise BusyError from None


async def begin_import(link: Link, account_id: int, import_id: int, at: datetime) -> bool:
    """Whether it may run: it was not given up while it waited."""
    return await link.fetchval(_SQL["begin_import"], account_id, import_id, at) is not None


async def note_progress(
    link: Link, account_id: int, import_id: int, piece: Piece, *, read_bytes: int, at: datetime
) -> bool:
    """Add to the counts, in the piece's transaction; False when the import was given up."""
    row = await link.fetchrow(_SQL["note_progress"], account_id, import_id, read_bytes, *piece, at)
    return row is not None


async def add_lines(
    link: Link, account_id: int, import_id: int, lines: Sequence[RefusedLine]
) -> None:
    """Keep refused lines for the report."""
    await link.execute(
        _SQL["add_lines"],
        account_id,
        import_id,
        [each.line for each in lines],
        [each.reason for each in lines],
        [each.detail for each in lines],
    )


async def end_import(
    link: Link,
    account_id: int,
    import_id: int,
    *,
    was: str,
    becomes: str,
    problem: str | None,
    at: datetime | None,
) -> bool:
    """From one state to another; False when it was in none such."""
    row = await link.fetchrow(_SQL["end_import"], account_id, import_id, was, becomes, problem, at)
    return row is not None


async def find_import(link: Link, account_id: int, import_id: int) -> ListImport | None:
    """How far an import is."""
    row = await link.fetchrow(_SQL["find_import"], account_id, import_id)
    return None if row is None else _import(row)


async def refused_lines(link: Link, account_id: int, import_id: int) -> list[RefusedLine]:
    """The lines that it refused, as far as they were kept."""
    rows = await link.fetch(_SQL["refused_lines"], account_id, import_id)
    return [RefusedLine(**dict(row)) for row in rows]


async def count_open(link: Link, account_id: int) -> int:
    """Imports of an account that have not ended."""
    return int(await link.fetchval(_SQL["count_open"], account_id))


async def beat(link: Link, node: int, ids: Sequence[int], at: datetime) -> None:
    """This process still works on these."""
    await link.execute(_SQL["beat"], node, at, list(ids))


async def give_up(link: Link, before: datetime, problem: str) -> int:
    """Imports that nobody has worked on since then are to be cleared; returns how many."""
    done: str = await link.execute(_SQL["give_up"], before, problem)
    return int(done.rpartition(" ")[2])


async def give_up_of_node(link: Link, node: int, problem: str) -> None:
    """What a former process of this number has left."""
    await link.execute(_SQL["give_up_of_node"], node, problem)


async def find_clearing(link: Link) -> list[tuple[int, int, int, int]]:
    """Account, import, contents and first position of what failed imports have left."""
    return [tuple(row) for row in await link.fetch(_SQL["find_clearing"])]


async def drop_old_imports(link: Link, before: datetime) -> int:
    """Forget reports of imports that ended before that; returns how many."""
    done: str = await link.execute(_SQL["drop_old_imports"], before)
    return int(done.rpartition(" ")[2])


def _import(row: Record) -> ListImport:
    state = "failed" if row["state"] == "clearing" else row["state"]
    hidden = row["creates"] and state != "done"
    return ListImport(
        id=row["id"],
        state=ImportState(state),
        problem=row["problem"],
        list=None if hidden else row["list_id"],
        suppression=row["suppression"],
        total_bytes=row["total_bytes"],
        read_bytes=row["read_bytes"],
        total=row["total"],
        inserted=row["inserted"],
        duplicate=row["duplicate"],
        wrong=row["wrong"],
        truncated=row["truncated"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
