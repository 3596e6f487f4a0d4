"""What a batch of accepted requests becomes, in one statement: rows of four tables, and the money set aside.

Its pieces are the statements of those tables. Each by itself would be a round trip, and the door waits for
all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from heliograph.model.message import Event
from heliograph.model.received import ReceivedRequest
from heliograph.store import ledger
from heliograph.store._sql import joined, queries
from heliograph.store.database import Link
from heliograph.store.ledger import Entries
from heliograph.store.outbox import OutboxRow, outbox_columns
from heliograph.store.received_requests import received_columns
from heliograph.store.rows import NewMessage, event_columns, message_columns

_MESSAGES, _LEDGER = queries("messages"), queries("ledger")
_LOCKED: Final = "order by b.account_id for update of b"
_LAST: Final = "where (select count(*) from messages) >= 0"
"""A balance is locked from there to the commit, and others wait for it: not before the rest is written."""
_STORE: Final = joined(
    {
        "messages": _MESSAGES["insert_messages"] + "\nreturning 1",
        "events": _MESSAGES["insert_events"],
        "queued": queries("outbox")["insert_outbox"],
        "received": queries("received_requests")["insert_received"],
    },
    _LEDGER["hold"].replace(_LOCKED, f"{_LAST} {_LOCKED}"),
)


async def store(
    link: Link,
    messages: Sequence[NewMessage],
    events: Sequence[Event],
    queued: Sequence[OutboxRow],
    received: Sequence[ReceivedRequest],
    *,
    at: datetime,
    sums: dict[int, int],
    entries: Entries = ledger.NO_ENTRIES,
) -> set[int]:
    """Write it all and set `sums` aside, `{account_id: micros}`; returns the accounts that could cover
    theirs. The transaction must not stand unless all are returned."""
    rows = await link.fetch(
        _STORE,
        *message_columns(messages, at),
        *event_columns(events),
        *outbox_columns(queued),
        *received_columns(received, at),
        list(sums),
        list(sums.values()),
        *entries,
    )
    return {row["account_id"] for row in rows}
