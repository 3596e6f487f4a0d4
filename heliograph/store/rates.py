"""Prices, and the numbering table by which they are found. Writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from heliograph.model.prefixes import Network, PrefixTable
from heliograph.model.route import Rate, RateCard
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record
from heliograph.store.kept import announce

_SQL = queries("rates")


async def find_card(link: Link, name: str, *, lock: bool = False) -> RateCard | None:
    """A rate card by its name; `lock` keeps others from importing into it meanwhile."""
    row = await link.fetchrow(_SQL["find_card" if lock else "look_at_card"], name)
    return None if row is None else msgspec.convert(dict(row), RateCard)


async def put_rates(link: Link, card: RateCard, rates: Sequence[Rate], *, replace: bool) -> None:
    """Add prices or change them; `replace` forgets all others. No destination may come twice."""
    if replace:
        await link.execute(_SQL["clear_rates"], card.id)
    await link.execute(
        _SQL["put_rates"],
        card.id,
        [rate.prefix or "" for rate in rates],
        [rate.mcc or "" for rate in rates],
        [rate.mnc or "" for rate in rates],
        [rate.price_micros for rate in rates],
        [rate.effective_from for rate in rates],
    )
    await announce(link)


async def list_rates(link: Link, card: RateCard) -> tuple[Rate, ...]:
    """All prices of a card."""
    rows = await link.fetch(_SQL["list_rates"], card.id)
    return tuple(_rate(card.name, row) for row in rows)


async def all_rates(link: Link) -> tuple[Rate, ...]:
    """All prices of all cards."""
    return tuple(_rate(row["card"], row) for row in await link.fetch(_SQL["all_rates"]))


async def replace_prefixes(link: Link, table: PrefixTable) -> None:
    """Use this numbering table from now on; an empty one brings back the one that ships."""
    known = list(table.rows())
    await link.execute(_SQL["clear_prefixes"])
    await link.execute(
        _SQL["put_prefixes"],
        [prefix for prefix, _ in known],
        [network.country for _, network in known],
        [network.mcc or "" for _, network in known],
        [network.mnc or "" for _, network in known],
        [network.name or "" for _, network in known],
    )
    await announce(link)


async def all_prefixes(link: Link) -> tuple[tuple[str, Network], ...]:
    """The imported numbering table; empty when there is none, so that the shipped one is used."""
    return tuple(
        (
            row["prefix"],
            Network(
                country=row["country"],
                mcc=row["mcc"] or None,
                mnc=row["mnc"] or None,
                name=row["network"] or None,
            ),
        )
        for row in await link.fetch(_SQL["all_prefixes"])
    )


def _rate(card: str, row: Record) -> Rate:
    return Rate(
        card=card,
        price_micros=row["price_micros"],
        prefix=row["prefix"] or None,
        mcc=row["mcc"] or None,
        mnc=row["mnc"] or None,
        effective_from=row["effective_from"],
    )
