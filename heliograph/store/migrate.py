"""Numbered plain-SQL migrations, applied in order, each in its own transaction, once."""

from __future__ import annotations

from importlib import resources

import asyncpg

from heliograph.store.database import DatabaseError, connect

_LOCK = 0x48474D49  # "HGMI": only one process migrates at a time
_MINIMUM = 160_000


def migrations() -> tuple[tuple[int, str, str], ...]:
    """`(number, name, sql)` of every migration, in order."""
    folder = resources.files(__package__) / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        (int(name[:4]), name[:-4], (folder / name).read_text(encoding="utf-8")) for name in names
    )


async def pending(dsn: str) -> tuple[str, ...]:
    """Names of the migrations that the database does not have yet."""
    link = await connect(dsn)
    try:
        at = await _at(link)
        return tuple(name for number, name, _ in migrations() if number > at)
    finally:
        await link.close()


async def _at(link: asyncpg.Connection[asyncpg.Record]) -> int:
    if await link.fetchval("select to_regclass('schema_version')") is None:
        return 0
    return int(await link.fetchval("select coalesce(max(number), 0) from schema_version"))


async def migrate(dsn: str) -> tuple[str, ...]:
    """Bring the database up to date; returns the names of what was applied.

    Raises DatabaseError when the server is older than PostgreSQL 16 or the database is newer than
    this program.
    """
    link = await connect(dsn)
    applied = []
    try:
        if (have := int(await link.fetchval("show server_version_num"))) < _MINIMUM:
            raise DatabaseError(f"PostgreSQL 16 or newer is needed; this server is {have // 10000}")
        await link.execute("select pg_advisory_lock($1)", _LOCK)
        await link.execute(
            "create table if not exists schema_version (number integer primary key,"
            " name text not null, applied_at timestamptz not null default now())"
        )
        at, known = await _at(link), migrations()
        if at > known[-1][0]:
            raise DatabaseError(
                f"the database is at version {at}, this program knows {known[-1][0]}:"
                " start a newer Heliograph"
            )
        for number, name, sql in known:
            if number > at:
                async with link.transaction():
                    await link.execute(sql)
                    await link.execute(
                        "insert into schema_version (number, name) values ($1, $2)", number, name
                    )
                applied.append(name)
    finally:
        await link.close()
    return tuple(applied)
