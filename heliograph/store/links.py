"""Short links and the clicks on them. Functions take a link to the database; writers need a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from heliograph.model.link import Click, ClickDay, KeptShortLink, LinkClicks
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("links")
_SUMS = ("total", "unique", "bots", "conversions")
Day = tuple[int, int, ClickDay]
"""Account, smart link, and what to add to its day."""


class Converted(NamedTuple):
    """A short link that was asked to be marked."""

    message_id: int
    link_id: int
    fresh: bool
    """It was not converted before."""


async def insert_short_links(link: Link, items: Sequence[KeptShortLink]) -> set[str]:
    """Keep short links; returns the codes of those that are kept. The codes must differ."""
    rows = await link.fetch(
        _SQL["insert_short_links"],
        [i.code for i in items],
        [i.account_id for i in items],
        [i.message_id for i in items],
        [i.link_id for i in items],
        [i.valid_until for i in items],
        [i.target for i in items],
    )
    return {row["code"] for row in rows}


async def find_short_links(link: Link, codes: Iterable[str]) -> dict[str, KeptShortLink]:
    """Code → short link, of those codes that there are."""
    rows = await link.fetch(_SQL["find_short_links"], list(codes))
    return {row["code"]: KeptShortLink(**dict(row)) for row in rows}


async def add_clicks(link: Link, clicks: Sequence[Click], oldest_id: int) -> None:
    """Count clicks. Of messages older than `oldest_id` only the sums are kept. Written without waiting
    for the disk: a machine that loses its power may lose the last clicks."""
    await link.execute(_SQL["relax_commit"])
    days: list[Day] = [
        (c.account_id, c.link_id, ClickDay(day=c.at.date(), bots=1)) for c in clicks if c.bot
    ]
    people = _by_visitor(clicks)
    if people:
        rows = await link.fetch(_SQL["add_clicks"], *zip(*people, strict=True), oldest_id)
        days += [
            (
                row["account_id"],
                row["link_id"],
                ClickDay(day=row["day"], total=row["total"], unique=row["uniques"]),
            )
            for row in rows
        ]
    await add_days(link, days)


def _by_visitor(
    clicks: Iterable[Click],
) -> list[tuple[int, int, int, int, int, datetime, datetime]]:
    """One row for each visitor of each short link, as `click` has them."""
    found: dict[tuple[int, int, int, int], list[datetime]] = {}
    for click in clicks:
        if not click.bot:
            key = (click.account_id, click.message_id, click.link_id, click.visitor)
            found.setdefault(key, []).append(click.at)
    return [(*key, len(times), min(times), max(times)) for key, times in sorted(found.items())]


async def add_days(link: Link, days: Sequence[Day]) -> None:
    """Add to the sums of days."""
    await link.execute(
        _SQL["add_days"],
        [account_id for account_id, _, _ in days],
        [link_id for _, link_id, _ in days],
        [each.day for _, _, each in days],
        *([getattr(each, name) for _, _, each in days] for name in _SUMS),
    )


async def list_days(
    link: Link, account_id: int, link_id: int, since: date, until: date
) -> list[ClickDay]:
    """The days `since` to `until`, both included, on which something happened."""
    rows = await link.fetch(_SQL["list_days"], account_id, link_id, since, until)
    return [ClickDay(**dict(row)) for row in rows]


async def count_recipients(
    link: Link, account_id: int, link_id: int, since_id: int, until_id: int
) -> tuple[int, int]:
    """Messages with ids in `[since_id, until_id)` that have the link, and those of them that were
    reached: somebody came by their short link."""
    row = await link.fetchrow(_SQL["count_recipients"], account_id, link_id, since_id, until_id)
    return (0, 0) if row is None else (row["recipients"], row["reached"])


async def message_clicks(link: Link, account_id: int, message_id: int) -> list[LinkClicks]:
    """What became of the links in one message."""
    rows = await link.fetch(_SQL["message_clicks"], account_id, message_id)
    return [msgspec.convert(dict(row), LinkClicks) for row in rows]


async def convert_short_links(
    link: Link, account_id: int, code: str | None, message_id: int | None, at: datetime
) -> list[Converted]:
    """Mark short links as converted, by code or all of a message; what was marked before stays."""
    rows = await link.fetch(_SQL["convert_short_links"], account_id, code, message_id, at)
    return [Converted(**dict(row)) for row in rows]


async def drop_old(link: Link, before_id: int, limit: int) -> int:
    """Forget short links of messages made before an id; returns how many, at most `limit`."""
    return len(await link.fetch(_SQL["drop_old"], before_id, limit))
