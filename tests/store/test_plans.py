"""Claims find what is due by an index, however long a queue is and whatever the planner was told before."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from heliograph.store._sql import queries
from heliograph.store.database import Database, Link

_ROWS = 20_000
_ACCOUNT = "insert into account (id, name) overriding system value values (1, 'long queues')"
_OUTBOX = """
insert into outbox (account_id, message_id, due_at, lane, leased_by)
select 1, n, case when n <= $1 / 2 then '2026-05-02'::timestamptz else '2026-05-01' end, 2, 1
from generate_series(1, $1::bigint) n
"""
_NOTIFICATIONS = """
insert into notification (account_id, endpoint_id, message_id, event_id, due_at)
select 1, 1, n, n, case when n <= $1 / 2 then '2026-05-02'::timestamptz else '2026-05-01' end
from generate_series(1, $1::bigint) n
"""
_NOW = "'2026-05-01 12:00+00'"
_CLAIMS = (
    ("outbox", "due_accounts", f"'{{1,2,3}}', {_NOW}"),
    ("outbox", "claim_due_messages", f"1, '{{1,2,3}}', {_NOW}, 500, {_NOW}, 1"),
    ("segments", "count_waiting", f"1, 2, {_NOW}, 500"),
    ("notifications", "due_notification_accounts", f"{_NOW}, '{{}}', '{{}}'"),
    ("notifications", "claim_notifications", f"1, {_NOW}, 500, {_NOW}, '{{}}', '{{}}'"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def link(database_dsn: str) -> AsyncIterator[Link]:
    """Two long queues, half of them leased and first in their tables; nothing of it is kept."""
    database = Database(database_dsn, size=2)
    await database.start()
    async with database.link() as link:
        await link.execute("begin")
        await link.execute("set local plan_cache_mode = force_generic_plan")
        await link.execute(_ACCOUNT)
        await link.execute(_OUTBOX, _ROWS)
        await link.execute(_NOTIFICATIONS, _ROWS)
        yield link
        await link.execute("rollback")
    await database.stop()


@pytest.mark.parametrize(("file", "name", "words"), _CLAIMS)
@pytest.mark.parametrize("weighed", [False, True])
async def test_no_claim_reads_a_whole_queue(
    link: Link, file: str, name: str, words: str, weighed: bool
) -> None:
    if weighed:
        await link.execute("analyze outbox")
        await link.execute("analyze notification")
    await link.execute(f"prepare {name} as {queries(file)[name]}")
    (row,) = await link.fetch(f"explain (analyze, format json) execute {name} ({words})")
    await link.execute(f"deallocate {name}")
    read = [
        plan for plan in _plans(row[0]) if plan.get("Relation Name") in ("outbox", "notification")
    ]
    assert read
    assert [plan for plan in read if _looked_at(plan) > 2_000] == []


def _plans(text: str) -> Iterator[dict[str, Any]]:
    def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield plan
        for below in plan.get("Plans", ()):
            yield from walk(below)

    yield from walk(json.loads(text)[0]["Plan"])


def _looked_at(plan: dict[str, Any]) -> float:
    """Rows that a node has read of its table, also those that it did not pass on."""
    removed = sum(plan.get(key, 0) for key in plan if re.match("Rows Removed by", key))
    return float(plan["Actual Loops"] * (plan["Actual Rows"] + removed))
