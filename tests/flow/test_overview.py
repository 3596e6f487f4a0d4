"""The overview on a real database: what was counted, what waits, who may look, and what a look costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heliograph.flow.overview import Overviews
from heliograph.flow.statistics import RollUp
from heliograph.gauges import Gauges
from heliograph.meter import Meter
from heliograph.model.account import Account
from heliograph.model.overview import (
    HOUSE,
    GetHouseOverview,
    GetOverview,
    Overview,
    QueueDepth,
    Spent,
    Timing,
)
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store._sql import queries
from tests.flow.conftest import PRICE_MICROS, START, Parts
from tests.flow.working import Works, second_carrier, working

US = "12125550123"


class _NoQueue:
    def depth(self, account_id: int) -> QueueDepth:
        del account_id
        return QueueDepth()


def _asked(parts: Parts) -> Overviews:
    return Overviews(
        database=parts.database, directory=parts.directory, depths=_NoQueue(), now=parts.clock
    )


async def _count(parts: Parts) -> None:
    """Everything that happened so far, a little more than a minute later."""
    parts.clock.forward(seconds=61)
    sweeper = RollUp(parts.database, parts.clock)
    while await sweeper.sweep():
        pass


async def _seen(parts: Parts, account: Account | None = None) -> Overview:
    found = await _asked(parts).of_account(parts.principal(account), GetOverview())
    assert isinstance(found, Overview), found
    return found


async def _house(parts: Parts) -> Overview:
    return await _asked(parts).of_house(parts.principal(), GetHouseOverview())


async def _day(parts: Parts, works: Works) -> None:
    """Two delivered after 3 s, one undelivered, one without a receipt yet, one that failed, one scheduled,
    and one of another account."""
    for name in ("id-1", "id-2", "id-3"):
        await works.sent(name)
    parts.clock.forward(seconds=3)
    await works.hear(Status.DELIVERED, "id-1")
    await works.hear(Status.DELIVERED, "id-2")
    await works.hear(Status.UNDELIVERED, "id-3", reason=Reason.CALL_BARRED)
    parts.clock.forward(minutes=2)
    await works.sent("id-4", recipient=US)
    failed = await parts.accepted()
    (await works.given(5)).declined(-1, Reason.CALL_BARRED)
    await works.status(failed, Status.FAILED)
    await parts.accepted(send_at=parts.clock() + timedelta(hours=1))
    await works.sent("id-5", account=await parts.add_account("other"))


async def test_an_account_sees_what_became_of_its_messages(parts: Parts) -> None:
    async with working(parts) as works:
        await _day(parts, works)
    await _count(parts)
    found = await _seen(parts)
    assert found.states == {
        Status.DELIVERED: 2, Status.UNDELIVERED: 1, Status.SENT: 1, Status.FAILED: 1, Status.SCHEDULED: 1,
    }  # fmt: skip
    (carrier,) = found.by_carrier
    assert (carrier.carrier_id, carrier.sent, carrier.delivered, carrier.failed) == (
        parts.carrier.id, 4, 2, 2,
    )  # fmt: skip
    assert carrier.delivered_share == 0.5
    assert carrier.to_handset == Timing(messages=2, mean_ms=3000, p50_ms=3500, p95_ms=4850)
    assert carrier.to_carrier is not None
    assert carrier.to_carrier.messages == 4
    assert [(each.country, each.accepted, each.sent) for each in found.by_country] == [
        ("BD", 5, 3),
        ("US", 1, 1),
    ]
    assert found.spent_today == (Spent(currency="EUR", micros=5 * PRICE_MICROS),)
    assert [each.carrier_id for each in found.carriers] == [parts.carrier.id]


async def test_minutes_tell_what_happened_in_them(parts: Parts) -> None:
    async with working(parts) as works:
        await _day(parts, works)
    await _count(parts)
    found = await _seen(parts)
    assert len(found.minutes) == 60
    told = {
        each.at: (each.accepted, each.sent, each.delivered, each.failed)
        for each in found.minutes
        if each.accepted or each.delivered
    }
    assert told == {START: (3, 3, 2, 1), START + timedelta(minutes=2): (3, 1, 0, 1)}
    assert found.as_of is not None
    assert found.minutes[-1].at == found.as_of.replace(second=0, microsecond=0)


async def test_the_house_is_the_sum_of_its_accounts(parts: Parts) -> None:
    async with working(parts) as works:
        await _day(parts, works)
    await _count(parts)
    house = await _house(parts)
    assert sum(house.states.values()) == 7
    assert house.by_country[0].accepted == 6
    assert house.spent_today == (Spent(currency="EUR", micros=6 * PRICE_MICROS),)
    other = next(
        account
        for account in (parts.directory.account(n) for n in range(1, 9))
        if account.name == "other"
    )
    theirs = await _seen(parts, other)
    assert theirs.states == {Status.SENT: 1}
    assert theirs.spent_today == (Spent(currency="EUR", micros=PRICE_MICROS),)
    asked = GetOverview(for_account=other.id)
    assert await _asked(parts).of_account(parts.principal(), asked) == theirs
    nobody = await _asked(parts).of_account(parts.principal(), GetOverview(for_account=999_999))
    assert isinstance(nobody, Refused)
    assert nobody.refusal is Refusal.NOT_FOUND


async def test_a_late_receipt_moves_a_message_on_and_is_no_failure(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1", validity_seconds=60)
        parts.clock.forward(seconds=120)
        while await works.tend.end_validity():
            pass
        await works.status(message, Status.EXPIRED)
        await _count(parts)
        assert (await _seen(parts)).states == {Status.EXPIRED: 1}
        await works.hear(Status.DELIVERED, "id-1")
    await _count(parts)
    found = await _seen(parts)
    assert found.states == {Status.DELIVERED: 1}
    assert (found.by_carrier[0].delivered, found.by_carrier[0].failed) == (1, 0)
    # Nobody knows how long it took from the handing over: it was given up in between.
    assert found.by_carrier[0].to_handset is None


async def test_what_went_to_a_second_carrier_is_counted_there(parts: Parts) -> None:
    second = await second_carrier(parts)
    async with working(parts) as works:
        message = await parts.accepted()
        (await works.given(1)).declined(0, Reason.CALL_BARRED, next_carrier=True)
        (await works.given(1, "second")).took(0, "id-1")
        await works.status(message, Status.SENT)
    await _count(parts)
    found = await _seen(parts)
    assert [(each.carrier_id, each.sent) for each in found.by_carrier] == [(second.id, 1)]
    assert found.states == {Status.SENT: 1}


async def test_money_of_two_days_is_kept_apart_and_released_money_is_not_spent(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        parts.clock.now = START.replace(hour=23, minute=59, second=58)
        await works.sent("id-1")
        parts.clock.forward(seconds=3)
        await works.sent("id-2")
        failed = await parts.accepted()
        (await works.given(3)).declined(-1, Reason.CALL_BARRED)
        await works.status(failed, Status.FAILED)
    await _count(parts)
    rows = await parts.rows("select spent_micros from day_spending order by day")
    assert [row[0] for row in rows] == [PRICE_MICROS, PRICE_MICROS]
    assert (await _seen(parts)).spent_today == (Spent(currency="EUR", micros=PRICE_MICROS),)


async def test_old_sums_are_forgotten(parts: Parts) -> None:
    await parts.accepted()
    await _count(parts)
    parts.clock.forward(days=33)
    await _count(parts)
    assert await parts.value("select count(*) from minute_count") == 0
    assert await parts.value("select count(*) from hour_count") == 0
    assert await parts.value("select count(*) from day_spending") == 1


async def test_queues_are_told_of_with_those_in_memory(parts: Parts) -> None:
    async with working(parts) as works:
        works.link.turn(up=False)
        await parts.accepted()
        other = await parts.add_account("other")
        parts.clock.forward(seconds=5)
        await parts.accepted(account=other)
        gauges = Gauges(
            database=parts.database,
            directory=parts.directory,
            deliver=works.deliver,
            meter=Meter(),
            now=parts.clock,
        )
        await gauges.read()
    assert gauges.depth(parts.account.id).waiting == 1
    assert gauges.depth(HOUSE).waiting == 2
    assert gauges.depth(other.id).oldest_due_at == START + timedelta(seconds=5)
    assert gauges.depth(HOUSE).oldest_due_at == START
    assert gauges.depth(12345) == QueueDepth()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("find_mark", ("route statistics",)),
        ("list_minutes", (1, START)),
        ("sum_hours", (1, START)),
        ("find_spending", (1, START.date())),
        ("sum_spending", (START.date(),)),
        ("list_states", (START,)),
    ],
)
async def test_a_look_reads_no_table_that_grows_with_messages(
    parts: Parts, name: str, arguments: tuple[object, ...]
) -> None:
    async with parts.database.transaction() as link:
        await link.execute("set local enable_seqscan = off")
        plan = await link.fetch(f"explain {queries('overview')[name]}", *arguments)
    lines = "\n".join(row[0] for row in plan)
    for table in ("message", "event", "outbox", "ledger_entry"):
        assert f" on {table}" not in lines, lines
    if name in ("list_minutes", "sum_hours"):
        assert f"{name.split('_')[1][:-1]}_count_pkey" in lines, lines
        assert "account_id =" in lines
