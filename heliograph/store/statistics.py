"""What was used, what was converted, and what routes and carriers did with their messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from heliograph.model.command import UsageLine
from heliograph.model.ids import EPOCH_MS, made_at
from heliograph.model.money import Charge
from heliograph.model.statistics import RouteStatistic
from heliograph.model.status import Status
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("statistics")
_SPENT = (int(Charge.HELD), int(Charge.CAPTURED))
_SUMS = ("sent", "delivered", "undelivered", "expired", "rejected", "failed")


async def usage(link: Link, account_id: int, since_id: int, until_id: int) -> list[UsageLine]:
    """What an account sent with ids in `[since_id, until_id)`, by country in their order."""
    rows = await link.fetch(
        _SQL["usage"], account_id, since_id, until_id, int(Status.CANCELLED), _SPENT
    )
    return [
        UsageLine(
            country=row["country"],
            messages=row["messages"],
            parts=row["parts"],
            cost_micros=row["cost_micros"],
        )
        for row in rows
    ]


async def convert_message(link: Link, account_id: int, message_id: int, at: datetime) -> bool:
    """Mark a message as converted, once; False when the account has no such message."""
    return bool(await link.fetchval(_SQL["convert_message"], account_id, message_id, at))


async def lock_mark(link: Link, name: str, first: int) -> int:
    """How far a roll-up came, or `first`; nobody else goes on until the transaction ends."""
    return int(await link.fetchval(_SQL["lock_mark"], name, first))


async def count_conversions(link: Link, after: int, upto: int) -> list[RouteStatistic]:
    """What was marked as converted in the times of the ids `(after, upto]`."""
    rows = await link.fetch(_SQL["count_conversions"], made_at(after), made_at(upto), EPOCH_MS)
    return [
        RouteStatistic(
            day=row["day"],
            route_id=row["route_id"] or None,
            carrier_id=row["carrier_id"] or None,
            country=row["country"],
            converted=row["converted"],
        )
        for row in rows
    ]


async def add_statistics(link: Link, items: Sequence[RouteStatistic]) -> None:
    """Add to the sums; every `(day, route, carrier, country)` at most once among the items."""
    await link.execute(
        _SQL["add_statistics"],
        [item.day for item in items],
        [item.route_id or 0 for item in items],
        [item.carrier_id or 0 for item in items],
        [item.country for item in items],
        *_columns(items, (*_SUMS, "converted", "latency_ms")),
    )


async def list_statistics(link: Link, since: date, until: date) -> list[RouteStatistic]:
    """The sums of the days `since` to `until`, both included."""
    rows = await link.fetch(_SQL["list_statistics"], since, until)
    return [
        RouteStatistic(
            **dict(row)
            | {"route_id": row["route_id"] or None, "carrier_id": row["carrier_id"] or None}
        )
        for row in rows
    ]


def _columns(items: Iterable[RouteStatistic], names: Sequence[str]) -> list[list[int]]:
    return [[getattr(item, name) for item in items] for name in names]
