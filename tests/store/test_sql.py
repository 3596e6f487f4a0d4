"""Every named query is one that the server accepts."""

from __future__ import annotations

import asyncpg

from heliograph.store._sql import nouns, queries


async def test_every_query_can_be_prepared(database_dsn):
    link = await asyncpg.connect(database_dsn)
    refused = {}
    for noun in nouns():
        for name, text in queries(noun).items():
            try:
                await link.prepare(text)
            except asyncpg.PostgresError as fault:
                refused[f"{noun}.{name}"] = str(fault)
    await link.close()
    assert refused == {}


def test_there_are_queries_for_every_noun():
    assert all(queries(noun) for noun in nouns())
    assert {"messages", "outbox", "receipts", "ledger", "notifications"} <= set(nouns())
