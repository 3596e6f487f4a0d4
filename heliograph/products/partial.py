"""Changes of a part, pages by number, and lists of members: for doors whose callers keep things that way.

Every command here is put together from those of the desk, so that who may do what, what a thing must
be like and what is announced are decided where they always are. It must never write a thing itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar

import msgspec

from heliograph.model.account import Sender, Template
from heliograph.model.campaign import (
    Campaign,
    FindBroadcast,
    LinkList,
    SenderList,
    Spinner,
    Trigger,
)
from heliograph.model.command import (
    FORMER,
    Answer,
    Command,
    Find,
    List,
    ListMessages,
    Messages,
    Principal,
    Save,
    Saved,
    Things,
)
from heliograph.model.keeping import (
    LARGEST_BATCH,
    Amend,
    Browse,
    Browsed,
    ConversionOfUrl,
    Gather,
    Gathered,
    IssueNumbered,
    Make,
    Named,
    NumberedIssued,
    ReadGathered,
    ReportOf,
)
from heliograph.model.link import SmartLink
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import CodeIssued
from heliograph.products.combined import Combined
from heliograph.products.links.files import links_in
from heliograph.store import partial
from heliograph.store.database import Database

__all__ = ["PartialKeeping", "partial_performers"]

Perform = Callable[[Principal, Command], Awaitable[Answer | Refused]]
_T = TypeVar(
    "_T", Campaign, Sender, SenderList, SmartLink, LinkList, Spinner, Template, Trigger, Named
)
_PAGE: Final = 1000
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)
_INTERNAL: Final = Refused(refusal=Refusal.INTERNAL)
_BUSY: Final = Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=1)
_TRIES: Final = 10
"""For others who change the same thing at the same time."""
_TRIGGER_PATH: Final = "t/"
_NEW_LINK: Final = {"operation": "createLink", "target": "", "prefix": "lnk"}


class Desk(Protocol):
    """Where every command is brought to."""

    async def perform(self, principal: Principal, command: Command) -> Answer | Refused:
        """Carry it out."""


Performers = dict[type[Command], Callable[[Principal, Any], Awaitable[Answer | Refused]]]


def partial_performers(
    database: Database, desk: Callable[[], Desk], base: Callable[[], str]
) -> Performers:
    """Who carries out the commands of `model.keeping`; the desk is asked for when it is needed."""

    async def perform(principal: Principal, command: Command) -> Answer | Refused:
        return await desk().perform(principal, command)

    return PartialKeeping(database, perform, base).performers | Combined(perform).performers


class PartialKeeping:
    """Carries out the commands of `model.keeping`."""

    def __init__(self, database: Database, perform: Perform, base: Callable[[], str]) -> None:
        """`perform` is the desk's; `base` is what public addresses begin with, empty when unknown."""
        self._database = database
        self._desk = perform
        self._base = base
        self.performers: Performers = {
            Browse: self._browse,
            Make: self._made,
            Amend: self._amend,
            Gather: self._gather,
            ReadGathered: self._read,
            ConversionOfUrl: self._conversion,
            IssueNumbered: self._issue,
            ReportOf: self._report,
        }

    async def _perform(self, principal: Principal, command: Command) -> Answer | Refused:
        """What is only looked at on the way leaves no line in the audit log."""
        if principal.deed is not None and not isinstance(command, Save):
            principal = msgspec.structs.replace(principal, deed=None)
        return await self._desk(principal, command)

    # -- one thing ------------------------------------------------------------------------------

    async def _find(self, principal: Principal, kind: type[_T], number: int) -> _T | None:
        found = await self._perform(principal, Find(kind=kind, id=number))
        thing = found.thing if isinstance(found, Saved) else None
        return thing if isinstance(thing, kind) else None

    async def _amend(self, principal: Principal, command: Amend) -> Saved | Refused:
        for _ in range(_TRIES):
            thing = await self._find(principal, command.kind, command.id)
            if thing is None:
                return _NOT_FOUND
            changed = msgspec.structs.replace(thing, **command.changes)
            saved = await self._save(principal, changed, former=thing)
            if not _meanwhile(saved):
                return saved
        return _BUSY

    async def _made(self, principal: Principal, command: Make) -> Saved | Refused:
        return await self._save(principal, command.thing)

    async def _save(
        self, principal: Principal, thing: Named, former: Named | None = None
    ) -> Saved | Refused:
        """With `former` only what still is so is changed: see `_meanwhile`."""
        saved = await self._perform(principal, Save(thing=thing, former=former))
        if isinstance(saved, Saved) and isinstance(saved.thing, Trigger):
            return msgspec.structs.replace(saved, thing=self._shown(saved.thing))
        return saved if isinstance(saved, Saved | Refused) else _INTERNAL

    def _shown(self, thing: _T) -> _T:
        """A trigger with its URL."""
        if not isinstance(thing, Trigger):
            return thing
        base = self._base()
        url = f"{base}{_TRIGGER_PATH}{thing.code}" if base else ""
        return msgspec.structs.replace(thing, url=url)

    # -- pages ----------------------------------------------------------------------------------

    async def _all(self, principal: Principal, kind: type[_T]) -> list[_T] | Refused:
        """Every thing of a kind, oldest first: people make them by hand, so there are not many."""
        found: list[_T] = []
        after = 0
        while True:
            page = await self._perform(principal, List(kind=kind, after=after, limit=_PAGE))
            if not isinstance(page, Things):
                return page if isinstance(page, Refused) else _INTERNAL
            found += [thing for thing in page.items if isinstance(thing, kind)]
            if not page.more or not found:
                return found
            after = found[-1].id

    async def _browse(self, principal: Principal, command: Browse) -> Browsed | Refused:
        things = await self._all(principal, command.kind)
        if isinstance(things, Refused):
            return things
        wanted = [thing for thing in reversed(things) if _matches(thing, command)]
        page = wanted[command.start : command.start + command.limit]
        clicked: dict[int, int] = {}
        if issubclass(command.kind, LinkList):
            clicked = await self._clicked(principal, [x for x in page if isinstance(x, LinkList)])
        return Browsed(items=tuple(self._shown(each) for each in page), clicked=clicked)

    async def _clicked(self, principal: Principal, lists: list[LinkList]) -> dict[int, int]:
        links = {number for each in lists for number in each.link_ids}
        if not links:
            return {}
        async with self._database.link() as link:
            counts = await partial.clicked_messages(link, principal.account.id, sorted(links))
        return {each.id: sum(counts.get(n, 0) for n in each.link_ids) for each in lists}

    # -- lists of members -----------------------------------------------------------------------

    async def _read(self, principal: Principal, command: ReadGathered) -> Gathered | Refused:
        found = await self._list(principal, command.kind, command.id)
        if found is None:
            return _NOT_FOUND
        return Gathered(list=found, members=await self._members(principal, found))

    async def _list(
        self, principal: Principal, kind: type[SenderList | LinkList], number: int
    ) -> SenderList | LinkList | None:
        if kind is SenderList:
            return await self._find(principal, SenderList, number)
        return await self._find(principal, LinkList, number)

    async def _candidates(
        self, principal: Principal, found: SenderList | LinkList
    ) -> list[Sender | SmartLink] | Refused:
        """What may be on such a list."""
        every: list[Sender] | list[SmartLink] | Refused
        if isinstance(found, SenderList):
            every = await self._all(principal, Sender)
        else:
            every = await self._all(principal, SmartLink)
        return every if isinstance(every, Refused) else [*every]

    async def _members(
        self, principal: Principal, found: SenderList | LinkList
    ) -> tuple[Sender | SmartLink, ...]:
        """Those that there still are, whether on or off."""
        every = await self._candidates(principal, found)
        known = {} if isinstance(every, Refused) else {each.id: each for each in every}
        return tuple(known[number] for number in _held(found) if number in known)

    async def _gather(self, principal: Principal, command: Gather) -> Gathered | Refused:
        """Links are made before their list. Where that breaks off in between, the same request finds
        them and goes on."""
        for _ in range(_TRIES):
            gathered = await self._gather_once(principal, command)
            if not _meanwhile(gathered):
                return gathered
        return _BUSY

    async def _gather_once(self, principal: Principal, command: Gather) -> Gathered | Refused:
        kept = await self._begun(principal, command)
        if isinstance(kept, Refused):
            return kept
        filed = () if command.file is None else await links_in(command.file)
        if isinstance(filed, Refused):
            return filed
        before = _held(kept)
        every = await self._candidates(principal, kept)
        if isinstance(every, Refused):
            return every
        known = {each.id for each in every if each.enabled}
        named = [number for number in dict.fromkeys(command.members) if number in known]
        fresh = await self._make(principal, (*command.fresh, *filed), every)
        if isinstance(fresh, Refused):
            return fresh
        stays = () if command.replace else before
        dropped = tuple(number for number in before if number in command.drop)
        added = tuple(number for number in dict.fromkeys([*named, *fresh]) if number not in stays)
        members = tuple(n for n in (*stays, *added) if n not in command.drop)
        if len(members) > LARGEST_BATCH:
            detail = f"A list has at most {LARGEST_BATCH} members."
            return Refused(refusal=Refusal.INVALID_FIELD, field="ids", detail=detail)
        former = kept if kept.id else None
        saved = await self._save(principal, _with(kept, command, members), former)
        if isinstance(saved, Refused):
            return saved
        if not isinstance(saved.thing, SenderList | LinkList):
            return _INTERNAL
        unknown = tuple(number for number in dict.fromkeys(command.members) if number not in known)
        return Gathered(list=saved.thing, added=added, unknown=unknown, dropped=dropped)

    async def _begun(
        self, principal: Principal, command: Gather
    ) -> SenderList | LinkList | Refused:
        """The list as it is, or a new one."""
        if command.id:
            return await self._list(principal, command.kind, command.id) or _NOT_FOUND
        name = command.name or ""
        if command.kind is LinkList:
            return LinkList(account_id=0, id=0, name=name)
        taken = await self._browse(principal, Browse(kind=command.kind, name=name, limit=1))
        if isinstance(taken, Refused):
            return taken
        if taken.items:
            return Refused(refusal=Refusal.CONFLICT, field="name")
        return SenderList(account_id=0, id=0, name=name)

    async def _make(
        self,
        principal: Principal,
        fresh: tuple[tuple[str, str], ...],
        every: list[Sender | SmartLink],
    ) -> list[int] | Refused:
        """Smart links for what is new; the numbers of all in their order."""
        known = {
            each.name.lower(): each
            for each in every
            if isinstance(each, SmartLink) and each.enabled
        }
        numbers: list[int] = []
        if principal.deed is not None:  # each is a change of its own in the audit log
            deed = msgspec.structs.replace(principal.deed, **_NEW_LINK)
            principal = msgspec.structs.replace(principal, deed=deed)
        for name, url in fresh:
            there = known.get(name.lower())
            if there is not None and there.url == url:
                numbers.append(there.id)
                continue
            saved = await self._save(principal, SmartLink(account_id=0, id=0, name=name, url=url))
            if isinstance(saved, Refused):
                return saved
            if isinstance(saved.thing, SmartLink):
                known[name.lower()] = saved.thing
                numbers.append(saved.thing.id)
        return numbers

    # -- links and codes --------------------------------------------------------------------------

    async def _conversion(self, principal: Principal, command: ConversionOfUrl) -> Answer | Refused:
        wanted = _spellings(command.url)
        links = await self._all(principal, SmartLink)
        if isinstance(links, Refused):
            return links
        numbers = [each.id for each in links if each.url.rstrip("/").lower() in wanted]
        urls = [spelling + end for spelling in sorted(wanted) for end in ("", "/")]
        async with self._database.link() as link:
            return await partial.url_conversion(link, principal.account.id, numbers, urls)

    async def _issue(self, principal: Principal, command: IssueNumbered) -> Answer | Refused:
        """The number goes with the message as its reference, by which its report is found."""
        sender = await self._find(principal, Sender, command.sender_id)
        if sender is None or not sender.enabled:
            return Refused(refusal=Refusal.NOT_FOUND, field="sender_id")
        async with self._database.link() as link:
            number = await partial.next_broadcast(link)
        issue = msgspec.structs.replace(command.issue, sender=sender.name, reference=str(number))
        issued = await self._perform(principal, issue)
        return NumberedIssued(id=number) if isinstance(issued, CodeIssued) else issued

    async def _report(self, principal: Principal, command: ReportOf) -> Answer | Refused:
        found = await self._perform(principal, FindBroadcast(broadcast_id=command.id))
        if not isinstance(found, Refused) or found.refusal is not Refusal.NOT_FOUND:
            return found
        codes = await self._perform(principal, ListMessages(reference=str(command.id), limit=1))
        return codes if isinstance(codes, Messages) and codes.items else found


def _meanwhile(answer: object) -> bool:
    """Whether somebody else has changed the thing between our look at it and our change."""
    return isinstance(answer, Refused) and answer.field == FORMER


def _matches(thing: Named, command: Browse) -> bool:
    if command.enabled is not None and thing.enabled is not command.enabled:
        return False
    if command.name is not None and thing.name.casefold() != command.name.casefold():
        return False
    return command.url is None or (isinstance(thing, SmartLink) and thing.url == command.url)


def _held(found: SenderList | LinkList) -> tuple[int, ...]:
    """The numbers on a list."""
    return found.sender_ids if isinstance(found, SenderList) else found.link_ids


def _with(
    kept: SenderList | LinkList, command: Gather, members: tuple[int, ...]
) -> SenderList | LinkList:
    changes: dict[str, object] = {"name": command.name or kept.name}
    changes["sender_ids" if isinstance(kept, SenderList) else "link_ids"] = members
    if command.enabled is not None:
        changes["enabled"] = command.enabled
    return msgspec.structs.replace(kept, **changes)


def _spellings(url: str) -> set[str]:
    """The URL without a slash at its end; without a scheme it may have either."""
    plain = url.rstrip("/")
    if "://" not in plain:
        return {f"{scheme}://{plain}".lower() for scheme in ("http", "https")}
    return {plain.lower()}
