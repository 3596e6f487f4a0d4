"""How many codes were asked for, sent and typed back, and what the guard did. Writers need a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from heliograph.model.verify import GuardArea, GuardMode
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("verify_counts")


class Kind(IntEnum):
    """What is counted together; numbers are stored."""

    NUMBER = 1
    KEY = 2
    PREFIX = 3
    ACCOUNT = 4
    AREA = 5
    """A prefix as the guard sees it."""
    COUNTRY = 6


class CountKey(NamedTuple):
    """One count of an account."""

    account_id: int
    kind: int
    key: str


class Window(NamedTuple):
    """Where a count's window begins, and the one before it."""

    at: datetime
    before: datetime


class Weight(NamedTuple):
    """What an area is judged by."""

    mode: GuardMode
    """What the guard did last, perhaps long ago."""
    until: datetime | None
    tripped_at: datetime | None
    trips: int
    usual: int
    """The most codes that were typed back within one hour."""
    judged: int
    approved: int


class AreaQuery(NamedTuple):
    """An area to be weighed by its last codes, those before an id."""

    account_id: int
    kind: int
    area: str
    last: int
    mature: int


class Trip(NamedTuple):
    """What the guard does to an area."""

    account_id: int
    area: str
    mode: str
    why: str
    until: datetime | None
    trips: int


async def bump_asked(
    link: Link, counts: Mapping[CountKey, int], windows: Mapping[int, Window]
) -> dict[CountKey, tuple[int, int]]:
    """Count; returns how many were issued in the window and in the one before. `windows` is by kind."""
    keys = list(counts)
    rows = await link.fetch(
        _SQL["bump_asked"],
        *(list(column) for column in zip(*keys, strict=True)),
        [windows[key.kind].at for key in keys],
        [windows[key.kind].before for key in keys],
        [counts[key] for key in keys],
    )
    return {
        CountKey(row["account_id"], row["kind"], row["key"]): (row["issued"], row["before"])
        for row in rows
    }


async def add_issued(
    link: Link, counts: Mapping[CountKey, int], windows: Mapping[int, Window]
) -> None:
    """So many of what was asked for were sent."""
    keys = list(counts)
    await link.execute(
        _SQL["add_issued"],
        *(list(column) for column in zip(*keys, strict=True)),
        [windows[key.kind].at for key in keys],
        [counts[key] for key in keys],
    )


async def add_verified(
    link: Link, account_id: int, areas: Sequence[tuple[int, str]], hour: datetime
) -> None:
    """A code of these `(kind, area)` was typed back."""
    kinds, keys = [kind for kind, _ in areas], [key for _, key in areas]
    await link.execute(_SQL["add_verified"], account_id, kinds, keys, hour)


async def weigh_areas(
    link: Link, areas: Sequence[AreaQuery], *, usual_since: datetime, oldest_id: int
) -> dict[tuple[int, str], Weight]:
    """`(account_id, area)` → what it is judged by."""
    columns = (list(column) for column in zip(*areas, strict=True))
    rows = await link.fetch(_SQL["weigh_areas"], *columns, usual_since, oldest_id)
    return {
        (row["account_id"], row["area"]): Weight(
            GuardMode(row["mode"] or GuardMode.OFF),
            row["until"],
            row["tripped_at"],
            row["trips"],
            row["usual"],
            row["judged"],
            row["approved"],
        )
        for row in rows
    }


async def trip_areas(link: Link, trips: Sequence[Trip], *, judged_from: int, at: datetime) -> None:
    """Write what the guard does; every area at most once."""
    columns = (list(column) for column in zip(*trips, strict=True))
    await link.execute(_SQL["trip_areas"], *columns, judged_from, at)


async def list_areas(
    link: Link, account_id: int, *, since: datetime, now: datetime, limit: int
) -> list[GuardArea]:
    """What is known of areas; what the guard does to them is OFF where its time is over."""
    rows = await link.fetch(_SQL["list_areas"], account_id, since, now, limit)
    found = []
    for row in rows:
        ended = row["until"] is not None and row["until"] <= now
        mode = GuardMode.OFF if row["mode"] is None or ended else GuardMode(row["mode"])
        found.append(
            GuardArea(
                area=row["area"],
                asked=row["asked"],
                issued=row["issued"],
                verified=row["verified"],
                mode=mode,
                why=row["why"],
                tripped_at=row["tripped_at"],
                until=row["until"],
                trips=row["trips"],
            )
        )
    return found


async def closed_areas(link: Link, account_id: int, now: datetime) -> dict[str, datetime | None]:
    """Areas that the guard refuses now → until when; None means until they are released."""
    rows = await link.fetch(_SQL["closed_areas"], account_id, now)
    return {row["area"]: row["until"] for row in rows}


async def release_area(link: Link, account_id: int, area: str, judged_from: int) -> bool:
    """Whether the guard had done anything to the area; it does nothing now."""
    query = _SQL["release_area"]
    return await link.fetchval(query, account_id, area, judged_from) is not None


async def forget_counts(link: Link, account_id: int, area: str, since: datetime) -> None:
    """What the guard counted of an area since then."""
    await link.execute(_SQL["forget_counts"], account_id, area, since)


async def drop_old(link: Link, before: datetime, *, limit: int) -> int:
    """Forget a piece of the windows that began before that; returns 1 while there are more."""
    done: str = await link.execute(_SQL["drop_old_counts"], before, limit)
    return int(int(done.rpartition(" ")[2]) >= limit)


async def drop_old_areas(link: Link, before: datetime) -> None:
    """Forget what the guard did before that."""
    await link.execute(_SQL["drop_old_areas"], before)
