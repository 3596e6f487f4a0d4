"""Time partitions of the traffic tables: made ahead, dropped by retention; and sweepers' bookmarks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from heliograph.model.ids import EPOCH, id_at
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("partitions")


def partition_start(moment: datetime, days: int) -> datetime:
    """When the partition that holds `moment` begins; partitions of `days` are counted from EPOCH."""
    return EPOCH + timedelta(days=(moment - EPOCH).days // days * days)


async def make_partitions(link: Link, at: datetime, *, days: int, ahead: int = 3) -> None:
    """Make sure that the partition of now, the one before and `ahead` more exist."""
    start = partition_start(at, days) - timedelta(days=days)
    for _ in range(ahead + 2):
        end = start + timedelta(days=days)
        label = f"{start.astimezone(UTC):%Y%m%d}"
        await link.execute(_SQL["make_partitions"], id_at(start), id_at(end), label)
        start = end


async def drop_partitions(link: Link, before: datetime) -> list[str]:
    """Drop partitions that ended before that; returns their names."""
    rows = await link.fetch(_SQL["drop_partitions"], id_at(before))
    return [row[0] for row in rows]


async def find_progress(link: Link, name: str) -> int | None:
    """How far a sweeper came."""
    position: int | None = await link.fetchval(_SQL["find_progress"], name)
    return position


async def set_progress(link: Link, name: str, position: int) -> None:
    """How far a sweeper came."""
    await link.execute(_SQL["set_progress"], name, position)


async def own_key(link: Link, mark: bytes) -> bool:
    """Whether the key with this mark is the database's; the first to ask decides it."""
    await link.execute(_SQL["claim_key"], mark)
    return bytes(await link.fetchval(_SQL["find_key"])) == mark
