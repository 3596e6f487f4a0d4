"""Goes through an account's messages, however many there are, in steps that each read a bounded number of
rows: a page ends after so many steps or so much time and says where, an export goes on to the end. Nothing
is held between two steps, neither a connection nor more than a page of messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final, NamedTuple

from heliograph.model.command import Messages
from heliograph.model.message import MessageRecord
from heliograph.store import search
from heliograph.store.database import Database
from heliograph.store.search import Looked, Sought

__all__ = ["Search", "Within"]

_STEPS: Final = 30
_PATIENCE_SECONDS: Final = 1.0
_PAGE: Final = 1000
_EXPORTS: Final = 2
"""Exports that read at once in a process; the others wait for their next step."""


class Within(NamedTuple):
    """Whose messages, which of them, and with which ids: `[since, before)`."""

    account_id: int
    sought: Sought
    before: int
    since: int


class Search:
    """Finds messages."""

    def __init__(
        self,
        database: Database,
        *,
        steps: int = _STEPS,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._steps = steps
        self._patience_seconds = patience_seconds
        self._exports = asyncio.Semaphore(_EXPORTS)

    async def page(self, within: Within, limit: int) -> Messages:
        """Up to `limit` messages, newest first; fewer where the search stopped before the end."""
        found: list[MessageRecord] = []
        until = monotonic() + self._patience_seconds
        before = within.before
        for _ in range(self._steps):
            looked = await self._step(within, before, limit + 1 - len(found))
            found += looked.items
            if len(found) > limit:
                return Messages(items=tuple(found[:limit]), more=True)
            if looked.stopped_at is None:
                return Messages(items=tuple(found), more=False)
            before = looked.stopped_at
            if monotonic() > until:
                break
        return Messages(items=tuple(found), more=True, stopped_at=before)

    async def pages(self, within: Within) -> AsyncIterator[tuple[MessageRecord, ...]]:
        """All of them, newest first. What is accepted meanwhile is not among them. A page may be empty:
        between two of them whoever takes them can stop."""
        before = within.before
        while True:
            async with self._exports:
                looked = await self._step(within, before, _PAGE)
            yield tuple(looked.items)
            if looked.stopped_at is not None:
                before = looked.stopped_at
            elif len(looked.items) < _PAGE:
                return
            else:
                before = looked.items[-1].message.id

    async def _step(self, within: Within, before: int, limit: int) -> Looked:
        async with self._database.transaction() as link:
            return await search.search_messages(
                link,
                within.account_id,
                within.sought,
                before=before,
                since=within.since,
                limit=limit,
            )
