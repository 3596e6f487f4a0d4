"""Transactions that break off before their commit: nothing of them is there, and the next try does all.

A trigger breaks a transaction where it writes to one of its tables: what a kill between the effects and
the commit leaves behind. Whatever was tried is tried again afterwards, and then everything is there once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asyncpg import RaiseError
from structlog.testing import capture_logs

from heliograph.model.inventory import BuyOffer
from tests.flow.conftest import Parts, draft
from tests.flow.renting import NUMBER, counter_of
from tests.flow.test_answer import arrival, blocked, hears, own
from tests.flow.test_links import sale
from tests.flow.test_statistics import figures
from tests.flow.working import PATIENCE_SECONDS, working


@asynccontextmanager
async def death(parts: Parts, table: str, event: str = "insert") -> AsyncIterator[None]:
    """Within, whoever writes to a table loses the transaction."""
    await parts.rows("create sequence deaths")
    await parts.rows(
        "create function die() returns trigger language plpgsql as $$ begin"
        " perform nextval('deaths'); raise exception 'killed'; end $$"
    )
    await parts.rows(
        f"create trigger die after {event} on {table} for each statement execute function die()"
    )
    try:
        with capture_logs():  # of whoever dies
            yield
        assert await parts.value("select is_called from deaths"), f"nobody wrote to {table}"
    finally:
        await parts.rows(f"drop trigger die on {table}")
        await parts.rows("drop function die")
        await parts.rows("drop sequence deaths")


async def has_died(parts: Parts) -> None:
    """Wait for the first death."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await parts.value("select is_called from deaths"):  # noqa: ASYNC110
            await asyncio.sleep(0)


async def counted(parts: Parts, *tables: str) -> list[int]:
    """Rows in each table."""
    return [await parts.value(f"select count(*) from {each}") for each in tables]  # noqa: S608


@pytest.mark.parametrize("table", ["opt_out", "message", "ledger_entry", "outbox", "inbound"])
async def test_a_stop_and_its_answer_are_there_together_or_not_at_all(
    parts: Parts, table: str
) -> None:
    await own(parts)
    tables = ("opt_out", "message", "outbox", "inbound")
    async with working(parts) as works:
        async with death(parts, table):
            asked = asyncio.create_task(works.receive.arrivals([arrival(parts, "STOP")]))
            await has_died(parts)
            assert not asked.done(), "nothing was acknowledged"
            assert await counted(parts, *tables) == [0, 0, 0, 0]
            assert works.link.given == []
        await asked
        await works.given(1)
    assert await counted(parts, *tables) == [1, 1, 1, 1]
    assert await blocked(parts)
    assert await parts.audit() == []


@pytest.mark.parametrize("table", ["orphan_inbound", "opt_out", "inbound"])
async def test_orphans_are_adopted_once_by_whoever_lives(parts: Parts, table: str) -> None:
    async with working(parts) as works:
        await hears(works, "Hello", "STOP")
    await own(parts)
    event = "delete" if table == "orphan_inbound" else "insert"
    async with working(parts) as works, death(parts, table, event):
        with pytest.raises(RaiseError, match="killed"):
            await works.receive.adopt()
    assert await counted(parts, "orphan_inbound", "inbound", "opt_out") == [2, 0, 0]
    async with working(parts) as one, working(await parts.neighbour()) as other:
        adopted = await asyncio.gather(one.receive.adopt(), other.receive.adopt())
    assert sum(adopted) == 2
    assert await counted(parts, "orphan_inbound", "inbound", "opt_out") == [0, 2, 1]


@pytest.mark.parametrize("table", ["sender", "number", "rental", "ledger_entry", "balance"])
async def test_a_number_is_bought_and_paid_or_neither(parts: Parts, table: str) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    had = await counter.available()
    tables = ("sender", "number", "rental")
    before = await counted(parts, *tables)
    event = "update" if table == "balance" else "insert"
    async with death(parts, table, event):
        with pytest.raises(RaiseError, match="killed"):
            await counter.ask(BuyOffer(offer=offer.id))
    assert await counted(parts, *tables) == before
    assert await counter.available() == had
    assert await parts.audit() == []
    await counter.bought(offer)
    assert await counted(parts, *tables) == [count + 1 for count in before]
    assert await counter.available() == had - 3
    assert await parts.audit() == []


@pytest.mark.parametrize("table", ["short_link", "message", "ledger_entry"])
async def test_a_short_link_and_its_message_are_there_together_or_not_at_all(
    parts: Parts, table: str
) -> None:
    link = await sale(parts)
    words = {"text": f"Look: {{{{link_{link.id}}}}}", "links": {link.id: 60}}
    async with death(parts, table):
        with pytest.raises(RaiseError, match="killed"):
            await parts.send(draft(**words))
    assert await counted(parts, "short_link", "message") == [0, 0]
    await parts.accepted(**words)
    assert await counted(parts, "short_link", "message") == [1, 1]
    assert await parts.audit() == []


async def test_what_routes_did_is_counted_once_though_the_sweeper_dies(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("id-1")
    async with death(parts, "route_statistic"):
        with pytest.raises(RaiseError, match="killed"):
            await figures(parts)
    assert (await figures(parts))[parts.carrier.id].sent == 1
