"""Usage, conversions, and what routes and carriers did: questions about sums, and who makes the sums.

The path of a message writes nothing here. A sweeper reads what happened, by the ids of events, a window
at a time, and adds it to a few rows for each minute, hour and day; the mark and the sums are one
transaction, so that every event is counted once, whoever sweeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from heliograph.flow.lookup import opened
from heliograph.flow.tally import Tally
from heliograph.model.command import Done, GetUsage, MarkConverted, Principal, Usage
from heliograph.model.ids import id_at, made_at
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.statistics import ListRouteStatistics, RouteStatistics
from heliograph.store import overview, statistics
from heliograph.store.database import Database, Link
from heliograph.store.partitions import set_progress

LONGEST_USAGE_DAYS: Final = 31
_LONGEST_STATISTICS_DAYS: Final = 366
MARK: Final = "route statistics"
"""How far the sums came."""
_BEGIN: Final = timedelta(hours=1)
_WINDOW: Final = timedelta(minutes=10)
_AT_ONCE: Final = 1_000
"""Lines that are folded before others have their turn."""
_KEPT_MINUTES: Final = timedelta(days=2)
_KEPT_HOURS: Final = timedelta(days=32)
_KEPT_DAYS: Final = timedelta(days=400)
_DAY: Final = timedelta(days=1)
_YEARS: Final = range(2000, 2100)
"""Ids have a time within these; other dates are a slip of the hand."""


async def usage(database: Database, principal: Principal, command: GetUsage) -> Usage | Refused:
    """An account's messages and money by country; at most 31 days."""
    refused = _period(command.since, command.until, LONGEST_USAGE_DAYS)
    if refused is not None:
        return refused
    async with database.link() as link:
        lines = await statistics.usage(
            link,
            principal.account.id,
            id_at(_midnight(command.since)),
            id_at(_midnight(command.until) + _DAY),
        )
    return Usage(currency=principal.account.currency, items=tuple(lines))


async def mark_converted(
    database: Database, now: Callable[[], datetime], principal: Principal, command: MarkConverted
) -> Done | Refused:
    """Note that the recipient did what the message was for; saying it twice changes nothing."""
    if not principal.account.conversion_tracking:
        return Refused(refusal=Refusal.NOT_ENABLED)
    message_id = opened(principal, command.message)
    async with database.transaction() as link:
        found = await statistics.convert_message(link, principal.account.id, message_id, now())
    return Done() if found else Refused(refusal=Refusal.NOT_FOUND, field="message")


async def route_statistics(
    database: Database, command: ListRouteStatistics
) -> RouteStatistics | Refused:
    """What routes and carriers did; the operator's, so no account is named. At most a year."""
    refused = _period(command.since, command.until, _LONGEST_STATISTICS_DAYS)
    if refused is not None:
        return refused
    async with database.link() as link:
        found = await statistics.list_statistics(link, command.since, command.until)
    return RouteStatistics(items=tuple(found))


class RollUp:
    """Adds what happened to the sums. `patience_seconds` is how long after its id was made an event
    may still be on its way into the database."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], *, patience_seconds: float = 60.0
    ) -> None:
        self._database = database
        self._now = now
        self._patience = timedelta(seconds=patience_seconds)

    async def sweep(self) -> int:
        """One window; returns 1 while others follow. Sums begin an hour before the first sweep."""
        newest = self._now() - self._patience
        async with self._database.transaction() as link:
            after = await statistics.lock_mark(link, MARK, id_at(newest - _BEGIN))
            first = made_at(after + 1)
            tomorrow = _midnight(
                first.date() + _DAY
            )  # money is summed by the day: a window is of one
            upto = min(id_at(newest), id_at(first + _WINDOW), id_at(tomorrow) - 1)
            if upto <= after:
                return 0
            await self._count(link, after, upto)
            if first.hour != made_at(upto + 1).hour:
                await _forget(link, first)
            await set_progress(link, MARK, upto)
        return int(upto < id_at(newest))

    async def _count(self, link: Link, after: int, upto: int) -> None:
        tally = Tally()
        happened = await overview.count_happenings(link, after, upto)
        for place in range(0, len(happened), _AT_ONCE):
            tally.add(happened[place : place + _AT_ONCE])
            await asyncio.sleep(0)
        if happened:
            await overview.add_minutes(link, tally.minutes)
            await overview.add_hours(link, tally.hours)
        for sums in (tally.route_statistics, await statistics.count_conversions(link, after, upto)):
            if sums:
                await statistics.add_statistics(link, sums)
        spent = await overview.count_spending(link, after, upto)
        if spent:
            await overview.add_spending(link, made_at(after + 1).date(), spent)


async def _forget(link: Link, now: datetime) -> None:
    await overview.forget(link, now - _KEPT_MINUTES, now - _KEPT_HOURS, (now - _KEPT_DAYS).date())


def _period(since: date, until: date, most_days: int) -> Refused | None:
    """Why these are not days that can be asked for."""
    if since.year not in _YEARS or until.year not in _YEARS or until < since:
        return Refused(
            refusal=Refusal.INVALID_FIELD,
            field="until",
            detail="The last day is not before the first, both from 2000 to 2099.",
        )
    if (until - since).days >= most_days:
        return Refused(
            refusal=Refusal.INVALID_FIELD,
            field="until",
            detail=f"At most {most_days} days can be asked for at once.",
        )
    return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
