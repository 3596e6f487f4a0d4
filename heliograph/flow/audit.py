"""Leaves a line in the audit log for every change, and shows the log.

A change of configuration and its line are one transaction; other changes get theirs right behind them, and so
do refusals, which have changed nothing. What is told of a change is what may be shown of the thing: of
secrets only that they changed, of messages nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

import msgspec

from heliograph.flow.saving import Tools, shown
from heliograph.model.account import OptOut, Scope
from heliograph.model.audit import AuditEntry, AuditPage, Deed, ListAudit
from heliograph.model.command import (
    Answer,
    Command,
    Find,
    Fund,
    ImportRates,
    List,
    ListRates,
    Principal,
    Remove,
    RemoveOptOut,
    Rotate,
    Save,
    Saved,
    Thing,
)
from heliograph.model.ids import id_at, open_sealed
from heliograph.model.lists import Filled, ListImport
from heliograph.model.person import Person
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import audit, kept
from heliograph.store.database import Link

__all__ = ["Marks", "entry_of", "line_of", "list_audit", "note_change", "on_record"]

SECRET: Final = "changed"  # noqa: S105 (all that is told of one)
_UNTOLD: Final = frozenset({"account_id", "id", "secret", "secret_hash", "hint", "created_at"})
_EVER: Final = 1 << 63
_LARGEST_PAGE: Final = 1000
_Configuring = Save | List | Find | Remove | RemoveOptOut | Rotate | ImportRates | ListRates | Fund
_T = TypeVar("_T", bound=Answer | Refused)


class Marks(Protocol):
    """What a line needs of the house."""

    @property
    def make_id(self) -> Callable[[], int]:
        """Ids of lines."""

    @property
    def now(self) -> Callable[[], datetime]:
        """The time."""


def entry_of(
    tools: Marks,
    principal: Principal,
    deed: Deed,
    *,
    outcome: str = "done",
    target: str = "",
    for_account: int | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """A line about a request of this caller."""
    person, credential = principal.person, principal.credential
    elsewhere = for_account is not None and for_account != principal.account.id
    return AuditEntry(
        account_id=principal.account.id,
        id=tools.make_id(),
        at=tools.now(),
        operation=deed.operation,
        target=target or deed.target,
        for_account_id=for_account if elsewhere else None,
        person_id=None if person is None else person.id,
        actor=person.email if person else f"{credential.label} …{credential.hint}".strip(),
        credential_id=None if person else credential.id,
        address=deed.address,
        outcome=outcome,
        changes=changes or {},
    )


def line_of(
    tools: Marks,
    person: Person,
    operation: str,
    address: str,
    *,
    outcome: str = "done",
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """A line about somebody who was not signed in yet."""
    return AuditEntry(
        account_id=person.account_id,
        id=tools.make_id(),
        at=tools.now(),
        operation=operation,
        person_id=person.id,
        actor=person.email,
        address=address,
        outcome=outcome,
        changes=changes or {},
    )


async def note(
    tools: Tools, principal: Principal, command: Command, answer: Answer | Refused
) -> None:
    """A line behind what was done, or was refused."""
    if principal.deed is None:
        return
    entry = entry_of(
        tools,
        principal,
        principal.deed,
        outcome=answer.refusal.code if isinstance(answer, Refused) else "done",
        target=_made(principal.deed, answer),
        for_account=_owner(command),
    )
    async with tools.database.transaction() as link:
        await audit.insert_entry(link, entry)


async def on_record(
    tools: Tools,
    link: Link,
    principal: Principal,
    command: _Configuring,
    perform: Callable[[], Awaitable[_T]],
) -> _T:
    """Perform a change of configuration; its line is of the same transaction."""
    deed = principal.deed
    if deed is None:
        return await perform()
    before = await _before(tools, link, principal, command)
    answer = await perform()
    if isinstance(answer, Refused):
        return answer
    after = answer.thing if isinstance(answer, Saved) else None
    target = deed.target
    if not target and after is not None and not isinstance(after, OptOut) and deed.prefix:
        target = f"{deed.prefix}_{after.id}"
    entry = entry_of(
        tools,
        principal,
        deed,
        target=target,
        for_account=_owner(command),
        changes=_changes(command, before, after),
    )
    await audit.insert_entry(link, entry)
    return answer


async def note_change(
    marks: Marks,
    link: Link,
    principal: Principal,
    before: msgspec.Struct | None,
    after: msgspec.Struct | None,
    *,
    for_account: int | None = None,
) -> None:
    """The line of a thing that is no `Thing`, with what changed of it, in the transaction that does it."""
    deed = principal.deed
    if deed is None:
        return
    number = getattr(after or before, "id", None)
    target = deed.target or (f"{deed.prefix}_{number}" if deed.prefix and number else "")
    changes = _difference(before, after)
    entry = entry_of(
        marks, principal, deed, target=target, for_account=for_account, changes=changes
    )
    await audit.insert_entry(link, entry)


def _made(deed: Deed, answer: Answer | Refused) -> str:
    """The id of a small thing that was made; ids of what grows with traffic are not for lines to tell."""
    match answer:
        case Filled(list=made):
            number: object = made.id
        case ListImport(list=number):
            pass
        case _:
            number = getattr(answer, "id", None)
    small = isinstance(number, int) and 0 < number <= kept.LARGEST_ID
    return f"{deed.prefix}_{number}" if small and deed.prefix and not deed.target else ""


def _owner(command: Command) -> int | None:
    if isinstance(command, Fund):
        return command.account_id
    owner: int | None = getattr(command, "for_account", None)
    return owner


async def _before(
    tools: Tools, link: Link, principal: Principal, command: _Configuring
) -> Thing | None:
    """The thing that is about to be changed or removed."""
    owner = _owner(command) or principal.account.id
    match command:
        case Save(thing=thing) if not isinstance(thing, OptOut) and thing.id:
            kind, number = type(thing), thing.id
        case Remove(kind=kind, id=number) if not issubclass(kind, OptOut):
            pass
        case _:
            return None
    found: Thing | None = await kept.find(link, tools.vault, kind, owner, number)
    return None if found is None else shown(found)


def _changes(command: _Configuring, before: Thing | None, after: Thing | None) -> dict[str, Any]:
    match command:
        case Save():
            told = _difference(before, after)
            settings = getattr(command.thing, "settings", {})
            if command.secret or any(name.endswith(kept.SECRET_SUFFIX) for name in settings):
                told["secret"] = SECRET
            return told
        case Remove():
            return _difference(before, None)
        case Rotate():
            return {"secret": SECRET, "overlap_seconds": command.overlap_seconds}
        case ImportRates():
            return {"rates": len(command.rates), "replace": command.replace}
        case Fund():
            return {"amount_micros": command.amount_micros, "why": command.why}
        case RemoveOptOut():
            return {"sender": command.sender, "campaign": command.campaign}
    return {}


def _difference(before: msgspec.Struct | None, after: msgspec.Struct | None) -> dict[str, Any]:
    """Field → `[before, after]` of what differs; a side that is not there is null."""
    old, new = _fields(before), _fields(after)
    return {
        name: [old.get(name), new.get(name)]
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    }


def _fields(thing: msgspec.Struct | None) -> dict[str, Any]:
    if thing is None:
        return {}
    fields: dict[str, Any] = msgspec.to_builtins(thing)
    return {name: value for name, value in fields.items() if name not in _UNTOLD and value != ""}


async def list_audit(tools: Tools, principal: Principal, command: ListAudit) -> AuditPage | Refused:
    """A page of the log, newest first."""
    owner = command.for_account or principal.account.id
    if owner != principal.account.id and not principal.may(Scope.ADMIN):
        return Refused(refusal=Refusal.FORBIDDEN)
    below, since = _EVER - 1, 0
    if command.until is not None:
        below = id_at(command.until)
    if command.before is not None:
        below = min(below, open_sealed(principal.key, command.before))
    if command.since is not None:
        since = id_at(command.since)
    limit = min(max(command.limit, 1), _LARGEST_PAGE)
    async with tools.database.link() as link:
        found = await audit.list_entries(
            link,
            owner,
            below=below,
            since=since,
            operation=command.operation,
            person_id=command.person_id,
            target=command.target,
            outcome=command.outcome,
            limit=limit + 1,
        )
    return AuditPage(items=tuple(found[:limit]), more=len(found) > limit)
