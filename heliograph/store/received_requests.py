"""The requests by which messages came. Functions take a link; writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from heliograph.model.received import ReceivedRequest
from heliograph.store._columns import known, same
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("received_requests")


async def insert_received(link: Link, items: Sequence[ReceivedRequest]) -> None:
    """Write the requests of one batch, which have the first one's time."""
    await link.execute(_SQL["insert_received"], *received_columns(items, items[0].at))


def received_columns(items: Sequence[ReceivedRequest], at: datetime) -> tuple[object, ...]:
    """The parameters of `insert_received`; all have the time `at`."""
    return (
        same([r.account_id for r in items]),
        [r.id for r in items],
        known([r.request_id for r in items]),
        at,
        known([r.credential_id for r in items]),
        known([r.person_id for r in items]),
        known([r.octets for r in items]),
        known([r.entries for r in items]),
        same([r.whole for r in items]),
        same([r.cut for r in items]),
        same([r.hexadecimal for r in items]),
        same([r.method for r in items]),
        same([r.path for r in items]),
        known([r.query for r in items]),
        known([r.body for r in items]),
        known([r.media_type for r in items]),
        known([r.agent for r in items]),
        same([r.address for r in items]),
    )


async def find_received(link: Link, account_id: int, number: int) -> ReceivedRequest | None:
    """The request of a submission, or of a single message; None where it was not kept."""
    row = await link.fetchrow(_SQL["find_received"], account_id, number)
    if row is None:
        return None
    return ReceivedRequest(**{name: row[name] for name in ReceivedRequest.__struct_fields__})
