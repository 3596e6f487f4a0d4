"""An account's events as they happen, for streams. The database is the source, memory only the bell.

Events of other processes are seen too: the table is asked at least every second. Ids are made before
their commit, so an event may become visible behind a younger one; the last seconds are read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final

from heliograph.flow.lookup import opened
from heliograph.model.command import Principal, WatchEvents
from heliograph.model.ids import id_at
from heliograph.model.message import Happening
from heliograph.store import conversations, messages
from heliograph.store.database import Database

_LOOK_BACK: Final = timedelta(seconds=2)
_OLDEST_MESSAGE: Final = timedelta(days=10)
_PAGE: Final = 500


class Watch:
    """Follows events. `ring` wakes those who follow an account."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._bells: dict[int, set[asyncio.Event]] = {}

    def ring(self, account_id: int) -> None:
        """Something happened to a message of this account, or it was sent one."""
        for bell in self._bells.get(account_id, ()):
            bell.set()

    async def follow(self, principal: Principal, command: WatchEvents) -> AsyncIterator[Happening]:
        """Every status change and every message from a handset from now on, or from `after` on, each
        once, in order of id per look."""
        account_id = principal.account.id
        bell = asyncio.Event()
        self._bells.setdefault(account_id, set()).add(bell)
        now = id_at(self._now())
        start = top = now if command.after is None else opened(principal, command.after)
        seen: set[int] = set()
        try:
            while True:
                bell.clear()
                cursor = low = max(start, min(top, id_at(self._now() - _LOOK_BACK)))
                while page := await self._page(account_id, cursor):
                    for number, happening in page:
                        if number not in seen:
                            seen.add(number)
                            yield happening
                    cursor = page[-1][0]
                    if len(page) < _PAGE:
                        break
                top = max(top, cursor)
                seen = {number for number in seen if number > low}
                await _heard(bell)
        finally:
            self._bells[account_id].discard(bell)

    async def _page(self, account_id: int, after: int) -> list[tuple[int, Happening]]:
        """What has ids above `after`, lowest first, with its ids."""
        oldest = id_at(self._now() - _OLDEST_MESSAGE)
        async with self._database.link() as link:
            found = await messages.events_since(link, account_id, after, oldest, _PAGE)
            keys = list({(event.account_id, event.message_id) for event in found})
            records = {r.message.id: r for r in await messages.find_messages(link, keys)}
            arrived = await conversations.inbound_since(link, account_id, after, _PAGE)
        page: list[tuple[int, Happening]] = [(each.id, each) for each in arrived]
        page += [(event.id, (event, records[event.message_id])) for event in found]
        return sorted(page, key=lambda each: each[0])[:_PAGE]


async def _heard(bell: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(bell.wait(), 1.0)
    except TimeoutError:
        return
