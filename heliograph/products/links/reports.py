"""What customers are told of the clicks on their links, and what they tell of what followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final

from heliograph.flow.directory import Directory
from heliograph.flow.lookup import opened
from heliograph.model.command import Done, Principal
from heliograph.model.ids import id_at
from heliograph.model.link import ClickDay, GetLinkClicks, Linking, LinkReport, MarkLinkConverted
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import links, statistics
from heliograph.store.database import Database, Link

__all__ = ["Reports"]

LONGEST_DAYS: Final = 366
_YEARS: Final = range(2000, 2100)
"""Ids have a time within these; other dates are a slip of the hand."""
_PIECE: Final = 10_000
_DAY: Final = timedelta(days=1)


class Reports:
    """Performs the commands about links, and forgets what is past its retention."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        now: Callable[[], datetime],
        *,
        retention_days: int,
    ) -> None:
        self._database = database
        self._directory = directory
        self._now = now
        self._retention = timedelta(days=retention_days)

    async def perform(self, principal: Principal, command: Linking) -> LinkReport | Done | Refused:
        """One command."""
        match command:
            case GetLinkClicks():
                return await self._clicks(principal, command)
            case MarkLinkConverted():
                return await self._converted(principal, command)

    async def _clicks(self, principal: Principal, command: GetLinkClicks) -> LinkReport | Refused:
        refused = _period(command)
        if refused is not None:
            return refused
        account_id, number = principal.account.id, command.link
        if self._directory.link(account_id, number) is None:
            return Refused(refusal=Refusal.NOT_FOUND)
        since = datetime.combine(command.since, time(), UTC)
        until = datetime.combine(command.until, time(), UTC) + _DAY
        async with self._database.link() as link:
            days = await links.list_days(link, account_id, number, command.since, command.until)
            recipients, reached = await links.count_recipients(
                link, account_id, number, id_at(since), id_at(until)
            )
        return LinkReport(link_id=number, recipients=recipients, reached=reached, days=tuple(days))

    async def _converted(self, principal: Principal, command: MarkLinkConverted) -> Done | Refused:
        account = principal.account
        message_id = None if command.message is None else opened(principal, command.message)
        now = self._now()

        async def work(link: Link) -> bool:
            found = await links.convert_short_links(link, account.id, command.code, message_id, now)
            day = ClickDay(day=now.date(), conversions=1)
            await links.add_days(link, [(account.id, f.link_id, day) for f in found if f.fresh])
            if account.conversion_tracking:
                for each in {f.message_id for f in found if f.fresh}:
                    await statistics.convert_message(link, account.id, each, now)
            return bool(found)

        if await self._database.run(work):
            return Done()
        field = "code" if command.message is None else "message"
        return Refused(refusal=Refusal.NOT_FOUND, field=field)

    async def retain(self) -> int:
        """Forget short links of messages past their retention, a piece at a time."""
        before = id_at(self._now() - self._retention)
        return await self._database.run(lambda link: links.drop_old(link, before, _PIECE))


def _period(command: GetLinkClicks) -> Refused | None:
    since, until = command.since, command.until
    if since.year not in _YEARS or until.year not in _YEARS or until < since:
        detail = "The last day is not before the first, both from 2000 to 2099."
    elif (until - since).days >= LONGEST_DAYS:
        detail = f"At most {LONGEST_DAYS} days can be asked for at once."
    else:
        return None
    return Refused(refusal=Refusal.INVALID_FIELD, field="until", detail=detail)
