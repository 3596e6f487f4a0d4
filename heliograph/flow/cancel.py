"""Stopping a message that no carrier has yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from heliograph.flow.advance import Advance, Change, Told, load
from heliograph.flow.lookup import opened
from heliograph.model.command import CancelMessage, Done, Principal
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import outbox
from heliograph.store.database import Database, Link


class Cancel:
    """Cancels messages."""

    def __init__(
        self,
        *,
        database: Database,
        advance: Advance,
        told: Callable[[Told], None],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._advance = advance
        self._told = told
        self._now = now

    async def message(self, principal: Principal, command: CancelMessage) -> Done | Refused:
        """Cancelled and its money released, or why not. What is with a carrier stays there."""
        key = (principal.account.id, opened(principal, command.message))
        now = self._now()

        async def work(link: Link) -> Told | Refused:
            standings = await load(link, [key])
            if key not in standings:
                return Refused(refusal=Refusal.NOT_FOUND)
            waiting = standings[key].status in (Status.QUEUED, Status.SCHEDULED)
            if not waiting or not await outbox.take_unsent(link, *key):
                return Refused(refusal=Refusal.NOT_CANCELLABLE)
            change = Change(
                account_id=key[0],
                message_id=key[1],
                status=Status.CANCELLED,
                reason=Reason.CANCELLED_BY_CUSTOMER,
                at=now,
            )
            lease = now + timedelta(minutes=1)
            return await self._advance.apply(link, standings, [change], now=now, lease_until=lease)

        outcome = await self._database.run(work)
        if isinstance(outcome, Refused):
            return outcome
        self._told(outcome)
        return Done()
