"""Usage, conversions and the figures of routes, on a real database."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import msgspec
import pytest

from heliograph.flow.statistics import RollUp, mark_converted, route_statistics, usage
from heliograph.model.account import Account
from heliograph.model.command import (
    Done,
    GetUsage,
    MarkConverted,
    Usage,
    UsageLine,
)
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.statistics import ListRouteStatistics, RouteStatistic, RouteStatistics
from heliograph.model.status import Status
from tests.flow.conftest import PRICE_MICROS, START, Parts
from tests.flow.working import receipt, second_carrier, working

TODAY = START.date()
US = "12125550123"


async def used(parts: Parts, since: date = TODAY, until: date = TODAY) -> tuple[UsageLine, ...]:
    answer = await usage(parts.database, parts.principal(), GetUsage(since=since, until=until))
    assert isinstance(answer, Usage), answer
    assert answer.currency == "EUR"
    return answer.items


async def converted(parts: Parts, message_id: int) -> object:
    command = MarkConverted(message=parts.sealed(message_id))
    return await mark_converted(parts.database, parts.clock, parts.principal(), command)


async def figures(parts: Parts) -> dict[int | None, RouteStatistic]:
    """By carrier, after everything that happened so far was rolled up."""
    parts.clock.forward(minutes=2)
    roll_up = RollUp(parts.database, parts.clock)
    while await roll_up.sweep():
        pass
    answer = await route_statistics(
        parts.database, ListRouteStatistics(since=TODAY, until=TODAY + timedelta(days=2))
    )
    assert isinstance(answer, RouteStatistics)
    return {item.carrier_id: item for item in answer.items}


# -- usage -----------------------------------------------------------------------------------------


async def test_usage_is_summed_by_country_and_money_given_back_is_not_counted(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        await works.sent("id-1", text="x" * 200)
        await works.sent("id-2", recipient=US)
        failed = await parts.accepted(recipient=US)
        (await works.given(3)).declined(-1, Reason.CALL_BARRED)
        await works.status(failed, Status.FAILED)
    assert await used(parts) == (
        UsageLine(country="BD", messages=1, parts=2, cost_micros=2 * PRICE_MICROS),
        UsageLine(country="US", messages=2, parts=2, cost_micros=PRICE_MICROS),
    )


async def test_usage_is_of_whole_utc_days_and_of_one_account(parts: Parts) -> None:
    other = await parts.add_account("other")
    await parts.accepted(account=other)
    parts.clock.now = START.replace(hour=23, minute=59, second=59, microsecond=999_000)
    await parts.accepted()
    parts.clock.forward(milliseconds=1)
    await parts.accepted()
    await parts.accepted()
    tomorrow = TODAY + timedelta(days=1)
    assert [line.messages for line in await used(parts)] == [1]
    assert [line.messages for line in await used(parts, tomorrow, tomorrow)] == [2]
    assert [line.messages for line in await used(parts, TODAY, tomorrow)] == [3]
    assert await used(parts, TODAY - timedelta(days=1), TODAY - timedelta(days=1)) == ()


@pytest.mark.parametrize(
    ("since", "until", "good"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), True),
        (date(2026, 3, 1), date(2026, 4, 1), False),
        (date(2026, 3, 2), date(2026, 3, 1), False),
        (date(1, 1, 1), date(1, 1, 2), False),
        (date(9999, 12, 31), date(9999, 12, 31), False),
    ],
)
async def test_usage_is_asked_for_31_days_at_most(
    parts: Parts, since: date, until: date, good: bool
) -> None:
    answer = await usage(parts.database, parts.principal(), GetUsage(since=since, until=until))
    assert isinstance(answer, Usage) is good
    if isinstance(answer, Refused):
        assert (answer.refusal, answer.field) == (Refusal.INVALID_FIELD, "until")


# -- conversions -----------------------------------------------------------------------------------


async def test_a_conversion_needs_an_account_that_tracks_them(parts: Parts) -> None:
    message = await parts.accepted()
    said = await converted(parts, message.message_id)
    assert isinstance(said, Refused)
    assert said.refusal is Refusal.NOT_ENABLED


async def test_a_conversion_is_marked_once_and_only_by_the_messages_account(parts: Parts) -> None:
    other = await parts.add_account("other")
    await parts.update(_tracking(parts))
    strange = await parts.accepted(account=other)
    async with working(parts) as works:
        message = await works.sent("id-1")
    for _ in range(2):
        assert await converted(parts, message.message_id) == Done()
    rows = await parts.rows("select message_id, route_id, carrier_id, country from conversion")
    route_id = await parts.value("select id from route where name = 'everything'")
    assert [tuple(row) for row in rows] == [
        (message.message_id, route_id, parts.carrier.id, "BD"),
    ]
    for unknown in (strange.message_id, 12345):
        said = await converted(parts, unknown)
        assert isinstance(said, Refused)
        assert said.refusal is Refusal.NOT_FOUND


def _tracking(parts: Parts) -> Account:
    return msgspec.structs.replace(
        parts.directory.account(parts.account.id), conversion_tracking=True
    )


# -- what routes did -------------------------------------------------------------------------------


async def test_routes_are_credited_with_what_became_of_their_messages(parts: Parts) -> None:
    await parts.update(_tracking(parts))
    async with working(parts) as works:
        first = await works.sent("id-1")
        await works.sent("id-2")
        parts.clock.forward(seconds=3)
        await works.hear(Status.DELIVERED, "id-1")
        await works.hear(Status.UNDELIVERED, "id-2", reason=Reason.CALL_BARRED)
        failed = await parts.accepted()
        (await works.given(3)).declined(-1, Reason.CALL_BARRED)
        await works.status(failed, Status.FAILED)
    await converted(parts, first.message_id)
    found = (await figures(parts))[parts.carrier.id]
    assert found.route_id == await parts.value("select id from route where name = 'everything'")
    assert (found.day, found.country) == (TODAY, "BD")
    assert (found.sent, found.delivered, found.undelivered, found.failed) == (2, 1, 1, 1)
    assert (found.converted, found.conversion_share) == (1, 0.5)
    assert found.mean_latency_ms == 3000


async def test_the_outcome_is_the_carriers_that_took_the_message_last(parts: Parts) -> None:
    second = await second_carrier(parts)
    async with working(parts) as works:
        message = await parts.accepted()
        (await works.given(1)).declined(0, Reason.CALL_BARRED, next_carrier=True)
        (await works.given(1, "second")).took(0, "id-1")
        await works.status(message, Status.SENT)
        await works.report.receipts(
            [
                msgspec.structs.replace(
                    receipt(parts, Status.DELIVERED, "id-1"), carrier_id=second.id
                )
            ]
        )
    found = await figures(parts)
    assert set(found) == {second.id}
    assert (found[second.id].sent, found[second.id].delivered) == (1, 1)


async def test_a_late_receipt_takes_the_expiry_back(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1", validity_seconds=60)
        parts.clock.forward(seconds=120)
        while await works.tend.end_validity():
            pass
        await works.status(message, Status.EXPIRED)
        assert (await figures(parts))[parts.carrier.id].expired == 1
        await works.hear(Status.DELIVERED, "id-1")
    found = (await figures(parts))[parts.carrier.id]
    assert (found.sent, found.delivered, found.expired) == (1, 1, 0)


async def test_every_event_is_counted_once_whoever_sweeps(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("id-1")
    parts.clock.forward(minutes=2)
    other = await parts.neighbour()
    sweepers = [RollUp(each.database, parts.clock) for each in (parts, other)]
    await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers * 3))
    assert (await figures(parts))[parts.carrier.id].sent == 1


async def test_a_sweeper_that_was_away_catches_up_hour_by_hour(parts: Parts) -> None:
    await figures(parts)
    async with working(parts) as works:
        await works.sent("id-1")
    parts.clock.forward(hours=5)
    assert (await figures(parts))[parts.carrier.id].sent == 1


async def test_test_messages_count_nowhere(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("id-1")
    await parts.rows("update message set test = true")
    assert await used(parts) == ()
    assert await figures(parts) == {}
