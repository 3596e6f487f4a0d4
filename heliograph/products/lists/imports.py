"""Files that become lists: piece by piece, released by one commit at the end, however long they are.

Members of an import stand where nobody reads (in contents of their own, or beyond the list's end) until
its last commit, so that a process that dies leaves the list as it was; what it left is cleared later. An
import is a resource: it can be watched while it runs, and tells which lines it refused. It must never hold
more than a piece of the file, nor the event loop for a piece's time: files are read in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Final

import msgspec
import structlog

from heliograph.model.account import Account
from heliograph.model.command import Principal
from heliograph.model.lists import FillList, ImportState, ListFile, ListImport, RefusedLine
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.lists import clearing
from heliograph.products.lists.lines import Lines, Piece, mapping_fault
from heliograph.products.lists.octets import Octets, octets_of
from heliograph.products.lists.sheets import FileError
from heliograph.store import list_imports, lists
from heliograph.store.database import Database, Link
from heliograph.store.list_imports import Opened
from heliograph.store.lists import Kept

__all__ = ["Imports"]

_log: Final = structlog.get_logger()
PIECE: Final = 5_000
_SMALL_BYTES: Final = 2 << 20
"""Files up to here are answered at the end unless the caller says otherwise."""
_AT_ONCE: Final = 2
_MOST_OPEN: Final = 10
"""Imports of one account that may run or wait."""
LINES_KEPT: Final = 10_000
_STOPPED: Final = "The server was stopped before it was through."
_INTERNAL: Final = "Something failed on our side."


class _GivenUpError(Exception):
    """Somebody else thinks that this import is dead, and clears it."""


class _Run(msgspec.Struct, kw_only=True):
    """One import while it runs."""

    opened: Opened
    account: Account
    command: FillList
    source: ListFile
    octets: Octets
    since: int
    """The end of the list when it began."""
    position: int
    """The last one that was given."""
    inserted: int = 0
    lines_kept: int = 0
    columns: tuple[str, ...] = ()


class Imports:
    """Runs imports. `stop` ends those that run; the list stays as it was, and what they left is cleared by
    `sweep`, which every process does."""

    def __init__(
        self,
        *,
        database: Database,
        make_id: Callable[[], int],
        now: Callable[[], datetime],
        node: int,
    ) -> None:
        self._database = database
        self._make_id = make_id
        self._now = now
        self._node = node
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._running: dict[int, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """What a predecessor of this number was at has come to nothing."""
        async with self._database.transaction() as link:
            await list_imports.give_up_of_node(link, self._node, clearing.DIED)

    async def stop(self) -> None:
        """End what runs."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def fill(
        self, principal: Principal, command: FillList, source: ListFile
    ) -> ListImport | Refused:
        """Begin an import; the answer comes at its end where that is wanted."""
        refused = mapping_fault(source.mapping)
        if refused is not None:
            return refused
        account = principal.account
        octets = await asyncio.to_thread(octets_of, source.file, source.start, source.end)
        try:
            run = await self._database.run(lambda link: self._open(link, account, command, octets))
        except list_imports.BusyError:
            octets.close()
            return Refused(
                refusal=Refusal.CONFLICT,
                detail="Another import into this list has not ended.",
                retry_after_seconds=10,
            )
        except BaseException:
            octets.close()
            raise
        if isinstance(run, Refused):
            octets.close()
            return run
        import_id = run.opened.id
        task = asyncio.create_task(self._run(run), name="list import")
        self._running[import_id] = task
        task.add_done_callback(lambda _: self._running.pop(import_id, None))
        wait = octets.size <= _SMALL_BYTES if command.wait is None else command.wait
        if wait:
            await asyncio.shield(task)
        return await self.look(account.id, import_id)

    async def look(self, account_id: int, import_id: int) -> ListImport | Refused:
        """How far an import is."""
        async with self._database.link() as link:
            found = await list_imports.find_import(link, account_id, import_id)
            if found is None:
                return Refused(refusal=Refusal.NOT_FOUND)
            if found.state is not ImportState.DONE or found.list is None:
                return found
            kept = await lists.find_list(
                link, account_id, found.list, suppression=found.suppression
            )
        return found if kept is None else msgspec.structs.replace(found, made=kept.list)

    async def _open(
        self, link: Link, account: Account, command: FillList, octets: Octets
    ) -> _Run | Refused:
        if octets.size == 0:
            return Refused(refusal=Refusal.MISSING_FIELD, field="file", detail="The file is empty.")
        if await list_imports.count_open(link, account.id) >= _MOST_OPEN:
            return Refused(
                refusal=Refusal.RATE_LIMITED,
                detail=f"At most {_MOST_OPEN} imports at a time.",
                retry_after_seconds=10,
            )
        contents_id, base, since = self._make_id(), 0, 0
        if command.list is None:
            list_id = await lists.next_list_id(link)
        else:
            list_id = command.list
            kept = await lists.find_list(
                link, account.id, list_id, suppression=command.suppression, lock=True
            )
            if kept is None:
                return Refused(refusal=Refusal.NOT_FOUND)
            since = kept.upto
            if not command.replace:
                contents_id, base = kept.contents_id, lists.import_base(kept.upto)
        creates = command.list is None
        opened = Opened(account.id, self._make_id(), list_id, creates, contents_id, base)
        now = self._now()
        await list_imports.open_import(
            link,
            opened,
            node=self._node,
            suppression=command.suppression,
            total_bytes=octets.size,
            at=now,
        )
        if not base:
            await lists.make_contents(link, account.id, contents_id, list_id)
        return _Run(
            opened=opened,
            account=account,
            command=command,
            source=_source_of(command),
            octets=octets,
            since=since,
            position=base,
        )

    # -- running --------------------------------------------------------------------------------

    async def _run(self, run: _Run) -> None:
        opened = run.opened
        with closing(run.octets):
            problem = _INTERNAL
            try:
                async with self._turns:
                    async with self._database.transaction() as link:
                        if not await list_imports.begin_import(
                            link, opened.account_id, opened.id, self._now()
                        ):
                            return
                    await self._read(run)
                    await self._database.run(lambda link: self._publish(link, run))
                    return
            except FileError as fault:
                problem = str(fault)
            except _GivenUpError:
                return
            except asyncio.CancelledError:
                await self._fail(opened, _STOPPED, clear=False)
                raise
            except Exception:  # noqa: BLE001 - the top of an import
                _log.exception("an import failed", list=opened.list_id)
            await self._fail(opened, problem)

    async def _read(self, run: _Run) -> None:
        opened = run.opened
        lines = await asyncio.to_thread(Lines, run.octets, run.source, run.account.default_region)
        run.columns = lines.columns
        refused = 0
        coming = _next_piece(lines)
        try:
            while (piece := await asyncio.shield(coming)) is not None:
                coming = _next_piece(lines)  # read while this one is written
                shown = piece.refused[: LINES_KEPT - run.lines_kept]
                inserted = await self._database.run(
                    partial(self._keep, run=run, piece=piece, shown=shown)
                )
                run.position += len(piece.members)
                run.inserted += inserted
                run.lines_kept += len(shown)
                refused += len(piece.refused)
        finally:
            await asyncio.wait((coming,))  # the file is closed after this
        if run.command.replace and not opened.creates and refused and run.position == 0:
            raise FileError("No line of the file could be used, so the list was left as it was.")

    async def _keep(self, link: Link, run: _Run, piece: Piece, shown: list[RefusedLine]) -> int:
        opened = run.opened
        inserted = 0
        if piece.members:
            inserted = await lists.insert_members(
                link, opened.account_id, opened.contents_id, run.position, piece.members
            )
        if shown:
            await list_imports.add_lines(link, opened.account_id, opened.id, shown)
        counts = list_imports.Piece(
            total=piece.total,
            inserted=inserted,
            duplicate=len(piece.members) - inserted,
            wrong=len(piece.refused),
            truncated=piece.truncated,
        )
        if not await list_imports.note_progress(
            link,
            opened.account_id,
            opened.id,
            counts,
            read_bytes=piece.read_bytes,
            at=self._now(),
        ):
            raise _GivenUpError
        return inserted

    async def _publish(self, link: Link, run: _Run) -> None:
        """The one commit that makes it true."""
        opened, command, now = run.opened, run.command, self._now()
        if not await list_imports.end_import(
            link,
            opened.account_id,
            opened.id,
            was="running",
            becomes="done",
            problem=None,
            at=now,
        ):
            raise _GivenUpError
        kept = await self._list_of(link, run, now)
        upto, count, columns = run.position, run.inserted, set(run.columns)
        if not opened.creates and command.replace:
            carried = await lists.carry_over(link, kept, run.since, opened.contents_id, upto)
            upto, count = upto + max(carried, kept.upto - run.since), count + carried
        elif not opened.creates:
            members, last = await lists.count_from(
                link, opened.account_id, opened.contents_id, opened.base
            )
            upto, count = max(kept.upto, last), kept.list.count + members
            columns |= set(kept.list.columns)
        await lists.move_list(
            link,
            kept,
            contents_id=opened.contents_id,
            upto=upto,
            count=count,
            columns=columns,
            name=command.name,
            at=now,
        )

    async def _list_of(self, link: Link, run: _Run, now: datetime) -> Kept:
        """The list as it still is, locked; or the new one."""
        opened, command = run.opened, run.command
        if opened.creates:
            return await lists.make_list(
                link,
                opened.account_id,
                opened.list_id,
                opened.contents_id,
                suppression=command.suppression,
                name=command.name or "",
                columns=(),
                at=now,
            )
        kept = await lists.find_list(
            link, opened.account_id, opened.list_id, suppression=command.suppression, lock=True
        )
        if kept is None:
            raise FileError("The list was removed meanwhile.")
        if not command.replace and kept.contents_id != opened.contents_id:
            raise FileError("The list was replaced meanwhile.")
        return kept

    # -- failing --------------------------------------------------------------------------------

    async def _fail(self, opened: Opened, problem: str, *, clear: bool = True) -> None:
        """The list stays as it was. `clear` is left to the sweepers when the process ends."""
        async with self._database.transaction() as link:
            for state in ("running", "waiting"):
                if await list_imports.end_import(
                    link,
                    opened.account_id,
                    opened.id,
                    was=state,
                    becomes="clearing",
                    problem=problem,
                    at=None,
                ):
                    break
            else:
                return
        if clear:
            await clearing.clear(
                self._database,
                self._now,
                (opened.account_id, opened.id, opened.contents_id, opened.base),
            )

    async def sweep(self) -> int:
        """What must be looked after; returns how much was done."""
        return await clearing.sweep(self._database, self._now, self._node, list(self._running))


def _next_piece(lines: Lines) -> asyncio.Task[Piece | None]:
    return asyncio.create_task(asyncio.to_thread(lines.next_piece, PIECE))


def _source_of(command: FillList) -> ListFile:
    if not isinstance(command.source, ListFile):
        raise TypeError("only files are imported")
    return command.source
