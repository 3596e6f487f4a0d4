"""What is on lists: pages for people and programs, and whole lists for whoever downloads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final

from heliograph.model.command import Principal
from heliograph.model.lists import (
    DownloadList,
    FindList,
    ListDownload,
    ListLists,
    ListMembers,
    Lists,
    Members,
    Recipient,
    RecipientList,
    Snapshot,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import lists
from heliograph.store.database import Database

__all__ = ["Reading"]

_PIECE: Final = 5_000
_LONGEST_DOWNLOAD: Final = timedelta(hours=1)
_LARGEST_PAGE: Final = 10_000
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)


class Reading:
    """Performs the commands that change nothing."""

    def __init__(
        self, database: Database, make_id: Callable[[], int], now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._make_id = make_id
        self._now = now

    async def lists(self, principal: Principal, command: ListLists) -> Lists:
        limit = max(1, min(command.limit, _LARGEST_PAGE))
        async with self._database.link() as link:
            found = await lists.find_lists(
                link,
                principal.account.id,
                suppression=command.suppression,
                name=command.name,
                enabled=command.enabled,
                before=command.before,
                limit=limit + 1,
                offset=max(0, command.offset),
            )
        return Lists(items=tuple(found[:limit]), more=len(found) > limit)

    async def find(
        self, principal: Principal, command: FindList | DownloadList
    ) -> RecipientList | ListDownload | Refused:
        async with self._database.link() as link:
            kept = await lists.find_list(
                link, principal.account.id, command.list, suppression=command.suppression
            )
        if kept is None:
            return _NOT_FOUND
        if isinstance(command, FindList):
            return kept.list
        return ListDownload(
            list=kept.list, pages=self._pages(principal.account.id, lists.snapshot_of(kept))
        )

    async def _pages(
        self, account_id: int, snapshot: Snapshot
    ) -> AsyncIterator[tuple[Recipient, ...]]:
        """Holds the list while somebody reads, and no connection."""
        holder = self._make_id()
        async with self._database.transaction() as link:
            until = self._now() + _LONGEST_DOWNLOAD
            await lists.hold_contents(link, account_id, snapshot.contents_id, holder, until)
        try:
            after = 0
            while True:
                async with self._database.link() as link:
                    page = await lists.page_after(link, account_id, snapshot, after, _PIECE)
                if not page:
                    return
                after = page[-1].position
                yield tuple(page)
        finally:
            async with self._database.transaction() as link:
                await lists.release(link, account_id, holder)

    async def members(self, principal: Principal, command: ListMembers) -> Members | Refused:
        limit = max(1, min(command.limit, _LARGEST_PAGE))
        account_id = principal.account.id
        async with self._database.link() as link:
            kept = await lists.find_list(
                link, account_id, command.list, suppression=command.suppression
            )
            if kept is None:
                return _NOT_FOUND
            found = await lists.page_after(
                link,
                account_id,
                lists.snapshot_of(kept),
                max(0, command.after),
                limit + 1,
                offset=max(0, command.offset),
            )
        return Members(list=kept.list, items=tuple(found[:limit]), more=len(found) > limit)
