"""Searching messages, however many there are: every call reads a bounded number of rows and says where it
stopped. Functions take a link."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from heliograph.model.message import MessageRecord
from heliograph.store._sql import queries
from heliograph.store.database import Link
from heliograph.store.messages import record_of

__all__ = ["MOST_LOOKED_AT", "Looked", "Sought", "search_messages", "submission_span"]

_SQL = queries("search")
MOST_LOOKED_AT: Final = 10_000
"""Rows that one call reads; the number stands in the statements."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What messages must have; None asks nothing."""

    recipient: str | None = None
    sender: str | None = None
    statuses: tuple[int, ...] | None = None
    submission_id: int | None = None
    reference: str | None = None
    carrier_id: int | None = None
    dialect: str | None = None
    country: str | None = None
    text: str | None = None
    """A part of the text, whatever its case."""


class Looked(NamedTuple):
    """What a call found."""

    items: list[MessageRecord]
    stopped_at: int | None
    """The last id looked at, where more may be found below it."""


async def search_messages(
    link: Link, account_id: int, sought: Sought, *, before: int, since: int, limit: int
) -> Looked:
    """An account's messages with ids in `[since, before)`, newest first, among the first
    `MOST_LOOKED_AT` of these ids; of those to a number or with a reference where that is asked.

    The link is in a transaction, which reads in order from then on.
    """
    await link.execute(_SQL["read_in_order"])
    name = "search_messages"
    if sought.recipient is not None:
        name = "search_messages_to"
    elif sought.reference is not None:
        name = "search_messages_referenced"
    rows = await link.fetch(
        _SQL[name],
        account_id,
        before,
        since,
        sought.recipient,
        sought.sender,
        sought.statuses,
        sought.submission_id,
        sought.reference,
        sought.carrier_id,
        sought.dialect,
        sought.country,
        sought.text,
        limit,
    )
    last = rows[-1] if rows else None
    stopped = last is not None and last["looked_at"] == MOST_LOOKED_AT
    return Looked(
        items=[record_of(row) for row in rows if row["fits"]],
        stopped_at=last["id"] if stopped and last is not None else None,
    )


async def submission_span(
    link: Link, account_id: int, submission_id: int
) -> tuple[bool, datetime | None]:
    """Whether there is such a submission, and until when it got its messages, where that is over."""
    row = await link.fetchrow(_SQL["submission_span"], account_id, submission_id)
    return (False, None) if row is None else (True, row["closed_at"])
