"""Sums for the overview, and what processes say of their carriers. account_id 0 is the whole house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec

from heliograph.model.ids import EPOCH_MS
from heliograph.model.money import Purse
from heliograph.model.overview import BUCKETS_FROM_MS, Minute, ProcessState, Spent
from heliograph.model.status import Status
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("overview")
_OF_ATTEMPTS: Final = [
    int(status)
    for status in (
        Status.SENT,
        Status.DELIVERED,
        Status.UNDELIVERED,
        Status.EXPIRED,
        Status.REJECTED,
        Status.FAILED,
    )
]
_SPENT: Final = [int(Purse.HELD), int(Purse.REVENUE)]


class Happened(NamedTuple):
    """How many messages of a kind took a step."""

    account_id: int
    minute: int
    """Of the step, in minutes of Unix time."""
    hour: int
    """Of acceptance, in hours of Unix time."""
    route_id: int
    """0 for none."""
    carrier_id: int
    """0 for none."""
    country: str
    status: int
    """After the step."""
    former: int | None
    """Before the step; None where acceptance is the step."""
    bucket: int
    messages: int
    age_ms: int
    """Since acceptance, or the time that was asked for; summed."""
    step_ms: int
    """Of those that are timed; summed."""


class HourKey(NamedTuple):
    """One line of the sums of an hour."""

    account_id: int
    hour: datetime
    carrier_id: int
    country: str
    status: int
    bucket: int


class HourSum(NamedTuple):
    """What `sum_hours` found of one carrier, country, status and bucket."""

    carrier_id: int
    country: str
    status: int
    bucket: int
    entered: int
    departed: int
    step_ms: int


class Said(NamedTuple):
    """What a process said of a carrier."""

    carrier_id: int
    state: ProcessState


async def count_happenings(link: Link, after: int, upto: int) -> list[Happened]:
    """What events with ids in `(after, upto]` say of messages; test messages count nowhere."""
    rows = await link.fetch(
        _SQL["count_happenings"],
        after,
        upto,
        EPOCH_MS,
        _OF_ATTEMPTS,
        int(Status.SENT),
        int(Status.DELIVERED),
        BUCKETS_FROM_MS,
    )
    return [Happened(*row) for row in rows]


async def count_spending(link: Link, after: int, upto: int) -> dict[int, int]:
    """Micros that accounts spent by ledger entries with ids in `(after, upto]`; less than 0 when more was
    given back."""
    rows = await link.fetch(_SQL["count_spending"], after, upto, _SPENT)
    return {row["account_id"]: row["spent_micros"] for row in rows}


async def add_minutes(link: Link, sums: Mapping[tuple[int, datetime], Sequence[int]]) -> None:
    """Add accepted, sent, delivered and failed by `(account_id, minute)`."""
    keys = sorted(sums)
    await link.execute(
        _SQL["add_minutes"],
        [key[0] for key in keys],
        [key[1] for key in keys],
        *([sums[key][place] for key in keys] for place in range(4)),
    )


async def add_hours(link: Link, sums: Mapping[HourKey, Sequence[int]]) -> None:
    """Add entered, departed and the length of steps."""
    keys = sorted(sums)
    await link.execute(
        _SQL["add_hours"],
        *([key[place] for key in keys] for place in range(len(HourKey._fields))),
        *([sums[key][place] for key in keys] for place in range(3)),
    )


async def add_spending(link: Link, day: date, sums: Mapping[int, int]) -> None:
    """Add what accounts spent on a day."""
    await link.execute(_SQL["add_spending"], day, list(sums), list(sums.values()))


async def forget(link: Link, minutes: datetime, hours: datetime, days: date) -> None:
    """Drop sums from before these."""
    await link.execute(_SQL["forget_minutes"], minutes)
    await link.execute(_SQL["forget_hours"], hours)
    await link.execute(_SQL["forget_spending"], days)


async def find_mark(link: Link, name: str) -> int | None:
    """How far a sweeper came."""
    found: int | None = await link.fetchval(_SQL["find_mark"], name)
    return found


async def list_minutes(link: Link, account_id: int, since: datetime) -> list[Minute]:
    """Minutes in which something happened, in their order."""
    rows = await link.fetch(_SQL["list_minutes"], account_id, since)
    return [
        Minute(
            at=row["minute"],
            accepted=row["accepted"],
            sent=row["sent"],
            delivered=row["delivered"],
            failed=row["failed"],
        )
        for row in rows
    ]


async def sum_hours(link: Link, account_id: int, since: datetime) -> list[HourSum]:
    """What became of what was accepted from an hour on."""
    return [HourSum(*row) for row in await link.fetch(_SQL["sum_hours"], account_id, since)]


async def spending(link: Link, account_id: int, day: date) -> list[Spent]:
    """What was spent on a day; of all accounts, by currency, for the house."""
    if account_id:
        rows = await link.fetch(_SQL["find_spending"], account_id, day)
    else:
        rows = await link.fetch(_SQL["sum_spending"], day)
    return [Spent(currency=row["currency"], micros=row["spent_micros"]) for row in rows]


async def tell_states(link: Link, node: int, at: datetime, states: Iterable[Said]) -> None:
    """A process says how all its carriers stand."""
    said = list(states)
    await link.execute(
        _SQL["tell_states"],
        node,
        at,
        [each.carrier_id for each in said],
        [msgspec.json.encode(each.state).decode() for each in said],
    )


async def forget_states(link: Link, before: datetime) -> None:
    """Drop what was said before a moment."""
    await link.execute(_SQL["forget_states"], before)


async def list_states(link: Link, since: datetime) -> list[Said]:
    """What processes have said since, by carrier and process."""
    return [
        Said(
            row["carrier_id"],
            msgspec.structs.replace(
                msgspec.json.decode(row["state"], type=ProcessState), node=row["node"]
            ),
        )
        for row in await link.fetch(_SQL["list_states"], since)
    ]
