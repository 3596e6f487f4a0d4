"""Notifications that wait until many are told in one call. Writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from heliograph.model.status import Status
from heliograph.store._sql import queries
from heliograph.store.database import Link
from heliograph.store.notifications import NotificationKey

_SQL = queries("gathered")
_LOCK: Final = 0x48474741  # "HGGA": the class of these advisory locks, one object per endpoint
ROUND_SECONDS: Final = 15.0
"""Reports are due at full quarters of a minute."""


class Late(NamedTuple):
    """One event for one endpoint that gathers."""

    account_id: int
    endpoint_id: int
    message_id: int
    event_id: int
    at: datetime
    first_seconds: float
    """From when the message was sent to its first report."""
    later_seconds: float | None
    """From that to its second, and from whatever happens later to its own; None: as the first."""


async def insert_gathered(link: Link, items: Sequence[Late]) -> None:
    """Queue them; what is due is worked out here, where it is known when messages were sent."""
    columns = (list(column) for column in zip(*items, strict=True))
    await link.execute(_SQL["insert_gathered"], *columns, int(Status.SENT), ROUND_SECONDS)


async def due_gathered(
    link: Link, endpoints: Sequence[tuple[int, int]], at: datetime
) -> set[tuple[int, int]]:
    """`(account_id, endpoint_id)` of those that are to be told of something."""
    columns = (list(column) for column in zip(*endpoints, strict=True))
    rows = await link.fetch(_SQL["due_gathered"], *columns, at)
    return {(row["account_id"], row["endpoint_id"]) for row in rows}


async def claim_gathered(
    link: Link, endpoint: tuple[int, int], *, at: datetime, limit: int, lease_until: datetime
) -> list[tuple[NotificationKey, int]]:
    """Lease an endpoint's due notifications, with the number of tries so far; none while another does."""
    if not await link.fetchval(_SQL["lock_gathering"], _LOCK, endpoint[1]):
        return []
    rows = await link.fetch(_SQL["claim_gathered"], *endpoint, at, limit, lease_until)
    return [(NotificationKey(row[0], row[1], row[2], row[3]), row["tries"]) for row in rows]


async def settle_gathered(
    link: Link,
    keys: Sequence[NotificationKey],
    try_ids: Sequence[int | None],
    *,
    status_code: int | None,
    duration_ms: int,
    error: str | None,
    finished: bool,
) -> None:
    """One call told of these, all of one endpoint; `try_ids` are None for those that were passed over for
    a later event of the message. `finished` ends them."""
    await link.execute(
        _SQL["settle_gathered"],
        keys[0].account_id,
        [key.message_id for key in keys],
        [key.event_id for key in keys],
        list(try_ids),
        status_code,
        duration_ms,
        error,
        finished,
        keys[0].endpoint_id,
    )
