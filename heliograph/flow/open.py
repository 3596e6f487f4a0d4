"""What a carrier may be asked for: the ids that it gave and whose outcome it has not told.

A receipt that was lost on its way, or half a long message whose other half nobody answered for, is found
out by asking; what comes of that is a receipt like any other. An attempt that was never answered has no id
and cannot be asked for. It must never change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from heliograph.model.report import OpenId
from heliograph.model.status import Status
from heliograph.store import receipts
from heliograph.store.database import Database

_OPEN: Final = (Status.SENT, Status.UNCERTAIN)


class Open:
    """Asks the store, which also knows what other processes were told and what was before a restart."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        """See `model.carrier.Hear.open_ids`. Of messages that are still valid."""
        async with self._database.link() as link:
            return await receipts.open_ids(
                link,
                carrier_id,
                statuses=_OPEN,
                taken_before=taken_before,
                now=self._now(),
                after=after,
                limit=limit,
            )
