"""Conversions have a place wherever messages have one, also those from before there were any."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from heliograph.store.migrate import migrations


@pytest_asyncio.fixture(loop_scope="session")
async def link(database_dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A schema of its own, without tables."""
    made = await asyncpg.connect(database_dsn)
    await made.execute("create schema former; set search_path = former")
    yield made
    await made.close()


async def test_what_was_there_before_gets_its_partitions(
    link: asyncpg.Connection[asyncpg.Record],
) -> None:
    for number, name, sql in migrations():
        if name == "0005_statistics":
            await link.execute("select make_partitions(0, 100, 'early')")
            await link.execute("select make_partitions(100, 200, 'late')")
        if number <= 5:
            await link.execute(sql)
    rows = await link.fetch(
        "select replace(c.relname, i.inhparent::regclass::text, '') as label,"
        " pg_get_expr(c.relpartbound, c.oid) as bound, i.inhparent::regclass::text as parent"
        " from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent in ('message'::regclass, 'conversion'::regclass) order by c.relname"
    )
    bounds = {
        parent: [(row["label"], row["bound"]) for row in rows if row["parent"] == parent]
        for parent in ("message", "conversion")
    }
    assert len(bounds["message"]) == 2
    assert bounds["conversion"] == bounds["message"]
