"""What customers do with lists, but for files: make, name, switch, remove; put numbers on and take them
off; read.

A change of members locks its list and commits as a whole, so that counts are right and a broadcast that
is just being accepted sees all of it or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, get_args

from heliograph.flow.desk import Performer
from heliograph.flow.lookup import opened
from heliograph.model.command import Command, Done, Principal
from heliograph.model.lists import (
    ChangeList,
    DownloadList,
    Filled,
    FillList,
    FindImport,
    FindList,
    FindRefusedLines,
    Listed,
    ListFile,
    Listing,
    ListLists,
    ListMembers,
    MembersRemoved,
    Numbers,
    PreviewList,
    RecipientList,
    RefusedLine,
    RefusedLines,
    RemoveList,
    RemoveMembers,
)
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.lists.imports import Imports
from heliograph.products.lists.lines import refused_number
from heliograph.products.lists.octets import octets_of
from heliograph.products.lists.preview import preview
from heliograph.products.lists.reading import Reading
from heliograph.products.lists.sheets import FileError
from heliograph.store import list_imports, lists
from heliograph.store.database import Database, Link
from heliograph.store.lists import Kept, Member

__all__ = ["Keeping"]

MOST_NUMBERS: Final = 100_000
_PIECE: Final = 5_000
_SHOWN: Final = 1_000
_LOOKED_AT_ONCE: Final = 2
"""Files; a preview reads all of it, and others need the interpreter too."""
_LONGEST_NAME: Final = 200
_LARGEST_ID: Final = (1 << 63) - 1
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)


class Keeping:
    """Performs the commands about lists."""

    def __init__(
        self,
        *,
        database: Database,
        imports: Imports,
        make_id: Callable[[], int],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._imports = imports
        self._make_id = make_id
        self._now = now
        self._reading = Reading(database, make_id, now)
        self._looking = asyncio.Semaphore(_LOOKED_AT_ONCE)

    @property
    def performers(self) -> dict[type[Command], Performer]:
        """One entry for each command."""
        return dict.fromkeys(get_args(Listing), self.perform)

    async def perform(self, principal: Principal, command: Listing) -> Listed | Done | Refused:
        """One command."""
        match command:
            case FillList():
                return await self._fill(principal, command)
            case PreviewList():
                return await self._preview(command)
            case FindImport():
                return await self._imports.look(principal.account.id, opened(principal, command.id))
            case FindRefusedLines():
                return await self._refused_lines(principal, command)
            case ListLists():
                return await self._reading.lists(principal, command)
            case _ if not 0 < command.list <= _LARGEST_ID:
                return _NOT_FOUND
            case _:
                return await self._on_one(principal, command)

    async def _on_one(
        self,
        principal: Principal,
        command: ChangeList | RemoveList | RemoveMembers | ListMembers | FindList | DownloadList,
    ) -> Listed | Done | Refused:
        match command:
            case ChangeList():
                return await self._change(principal, command)
            case RemoveList():
                return await self._remove(principal, command)
            case RemoveMembers():
                return await self._remove_members(principal, command)
            case ListMembers():
                return await self._reading.members(principal, command)
            case FindList() | DownloadList():
                return await self._reading.find(principal, command)

    # -- files ----------------------------------------------------------------------------------

    async def _refused_lines(
        self, principal: Principal, command: FindRefusedLines
    ) -> RefusedLines | Refused:
        account_id, number = principal.account.id, opened(principal, command.id)
        found = await self._imports.look(account_id, number)
        if isinstance(found, Refused):
            return found
        async with self._database.link() as link:
            return RefusedLines(
                items=tuple(await list_imports.refused_lines(link, account_id, number))
            )

    async def _preview(self, command: PreviewList) -> Listed | Refused:
        source = command.source
        octets = await asyncio.to_thread(octets_of, source.file, source.start, source.end)
        try:
            async with self._looking:
                return await asyncio.to_thread(preview, octets, source, command.rows)
        except FileError as fault:
            return Refused(refusal=Refusal.INVALID_FIELD, field="file", detail=str(fault))
        finally:
            octets.close()

    # -- changing -------------------------------------------------------------------------------

    async def _change(self, principal: Principal, command: ChangeList) -> RecipientList | Refused:
        name = None if command.name is None else command.name.strip()
        refused = _name_fault(name)
        if refused is not None:
            return refused
        account_id = principal.account.id
        async with self._database.transaction() as link:
            kept = await lists.find_list(
                link, account_id, command.list, suppression=command.suppression, lock=True
            )
            if kept is None:
                return _NOT_FOUND
            return await lists.change_list(
                link,
                account_id,
                command.list,
                name=name,
                enabled=command.enabled,
                at=self._now(),
            )

    async def _remove(self, principal: Principal, command: RemoveList) -> Done | Refused:
        async with self._database.transaction() as link:
            found = await lists.remove_list(
                link,
                principal.account.id,
                command.list,
                suppression=command.suppression,
                at=self._now(),
            )
        return Done() if found else _NOT_FOUND

    async def _remove_members(
        self, principal: Principal, command: RemoveMembers
    ) -> MembersRemoved | Refused:
        if len(command.numbers) > MOST_NUMBERS:
            return _too_many()
        good, wrong = await _read_numbers(command.numbers, principal.account.default_region)
        msisdns = sorted({msisdn for msisdn, _ in good})

        async def work(link: Link) -> int | None:
            kept = await lists.find_list(
                link,
                principal.account.id,
                command.list,
                suppression=command.suppression,
                lock=True,
            )
            if kept is None:
                return None
            removed = await lists.remove_members(link, kept, msisdns)
            if removed:
                await self._move(link, kept, kept.upto + 1, kept.list.count - removed, None)
            return removed

        removed = await self._database.run(work)
        if removed is None:
            return _NOT_FOUND
        return MembersRemoved(removed=removed, missing=len(msisdns) - removed, wrong=len(wrong))

    async def _fill(self, principal: Principal, command: FillList) -> Listed | Refused:
        refused = _name_fault(command.name)
        if refused is None and command.list is None and command.name is None:
            refused = Refused(refusal=Refusal.MISSING_FIELD, field="name")
        if refused is None and command.list is not None and not 0 < command.list <= _LARGEST_ID:
            refused = _NOT_FOUND
        if refused is not None:
            return refused
        if isinstance(command.source, ListFile):
            return await self._imports.fill(principal, command, command.source)
        return await self._fill_numbers(principal, command, command.source)

    async def _fill_numbers(
        self, principal: Principal, command: FillList, source: Numbers
    ) -> Filled | Refused:
        if len(source.items) > MOST_NUMBERS:
            return _too_many()
        good, wrong = await _read_numbers(source.items, principal.account.default_region)

        async def work(link: Link) -> tuple[RecipientList, int] | None:
            kept = await self._list_for(link, principal.account.id, command)
            if kept is None:
                return None
            return await self._put(link, kept, good, command)

        done = await self._database.run(work)
        if done is None:
            return _NOT_FOUND
        made, inserted = done
        return Filled(
            list=made,
            total=len(source.items),
            inserted=inserted,
            duplicate=len(good) - inserted,
            wrong=len(wrong),
            refused=tuple(wrong[:_SHOWN]),
        )

    async def _list_for(self, link: Link, account_id: int, command: FillList) -> Kept | None:
        """The list, locked or new."""
        if command.list is not None:
            return await lists.find_list(
                link, account_id, command.list, suppression=command.suppression, lock=True
            )
        return await lists.make_list(
            link,
            account_id,
            await lists.next_list_id(link),
            self._make_id(),
            suppression=command.suppression,
            name=command.name or "",
            columns=(),
            at=self._now(),
        )

    async def _put(
        self, link: Link, kept: Kept, good: Sequence[Member], command: FillList
    ) -> tuple[RecipientList, int]:
        count = kept.list.count
        if command.replace and command.list is not None:
            contents_id = self._make_id()
            await lists.make_contents(link, kept.list.account_id, contents_id, kept.list.id)
            kept, count = kept._replace(contents_id=contents_id, upto=0), 0
        upto, inserted, rest = kept.upto, 0, iter(good)
        while piece := list(islice(rest, _PIECE)):
            inserted += await lists.add_members(link, kept, upto, piece)
            upto += len(piece)
        columns = () if command.replace else kept.list.columns
        made = await lists.move_list(
            link,
            kept,
            contents_id=kept.contents_id,
            upto=upto,
            count=count + inserted,
            columns=columns,
            name=command.name,
            at=self._now(),
        )
        return made, inserted

    async def _move(
        self, link: Link, kept: Kept, upto: int, count: int, name: str | None
    ) -> RecipientList:
        return await lists.move_list(
            link,
            kept,
            contents_id=kept.contents_id,
            upto=upto,
            count=count,
            columns=kept.list.columns,
            name=name,
            at=self._now(),
        )


async def _read_numbers(
    written: Sequence[str], region: str | None
) -> tuple[list[Member], list[RefusedLine]]:
    """Members, and what is no number; long lists in a thread, for the others' sake."""
    if len(written) <= _PIECE:
        return _judged(written, region)
    return await asyncio.to_thread(_judged, written, region)


def _judged(written: Sequence[str], region: str | None) -> tuple[list[Member], list[RefusedLine]]:
    good: list[Member] = []
    wrong: list[RefusedLine] = []
    for place, text in enumerate(written, start=1):
        found = parse_msisdn(text.strip(), default_region=region)
        if isinstance(found, InvalidNumber):
            wrong.append(refused_number(place, found))
        else:
            good.append((found, "{}"))
    return good, wrong


def _name_fault(name: str | None) -> Refused | None:
    if name is None or (0 < len(name.strip()) <= _LONGEST_NAME and name.isprintable()):
        return None
    return Refused(
        refusal=Refusal.INVALID_FIELD,
        field="name",
        detail=f"A name has 1 to {_LONGEST_NAME} printable characters.",
    )


def _too_many() -> Refused:
    return Refused(
        refusal=Refusal.INVALID_FIELD,
        field="numbers",
        detail=f"At most {MOST_NUMBERS:,} numbers; bring more as a file.",
    )
