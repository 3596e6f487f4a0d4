"""Conversations with handsets, and the lists of opt-outs: what the native API asks of them.

A list of opt-outs is kept piece by piece, each by a commit of its own: one that breaks off has blocked
the numbers that it had until then and can be brought again, because a block is never made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from heliograph.flow.lookup import opened
from heliograph.flow.saving import Tools
from heliograph.flow.soundness import Known, faults, sound
from heliograph.model.account import Account, OptOut, Scope
from heliograph.model.command import Done, Principal
from heliograph.model.dialogue import (
    Conversation,
    Conversations,
    Dialogue,
    Entry,
    ExportOptOuts,
    ImportOptOuts,
    ListConversations,
    MarkConversationRead,
    OptOutsExported,
    OptOutsImported,
    ReadConversation,
    Talked,
    Talking,
)
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import conversations, kept, opt_outs
from heliograph.store.database import Database

_NEWEST: Final = (1 << 63) - 1
_MOST: Final = 1000
_PIECE: Final = 500
_SHOWN: Final = 1000
"""How many wrong lines the answer lists; the count has them all."""
_LONGEST_EXPORT: Final = 100_000
_SOURCE: Final = "import"


async def converse(tools: Tools, principal: Principal, command: Talking) -> Talked | Done | Refused:
    """Perform one command."""
    database, now = tools.database, tools.now
    match command:
        case ListConversations():
            return await _list(database, principal, command)
        case ReadConversation():
            return await _read(database, principal, command)
        case MarkConversationRead():
            return await _mark(database, now, principal, command)
        case ImportOptOuts() | ExportOptOuts():
            owner = command.for_account or principal.account.id
            if owner != principal.account.id and not principal.may(Scope.ADMIN):
                return Refused(refusal=Refusal.FORBIDDEN)
            account = await _account(tools, principal, owner)
            if account is None:
                return Refused(refusal=Refusal.NOT_FOUND, field="account")
            if isinstance(command, ImportOptOuts):
                return await _import(tools, account, command)
            return await _export(database, account, command)


async def _account(tools: Tools, principal: Principal, owner: int) -> Account | None:
    if owner == principal.account.id:
        return principal.account
    async with tools.database.link() as link:
        return await kept.find(link, tools.vault, Account, 0, owner)


# -- conversations ------------------------------------------------------------------------------


async def _list(
    database: Database, principal: Principal, command: ListConversations
) -> Conversations:
    limit = max(1, min(command.limit, _MOST))
    account_id = principal.account.id
    async with database.link() as link:
        found = await conversations.list_conversations(
            link, account_id, before=_before(principal, command.before), limit=limit + 1
        )
        shown = found[:limit]
        pairs = [(inbound.sender, inbound.recipient) for inbound, _ in shown]
        sent = await conversations.last_sent(link, account_id, pairs)
    items = []
    for (inbound, unread), pair in zip(shown, pairs, strict=True):
        record = sent.get(pair)
        last: Entry = inbound
        if record is not None and record.message.id > inbound.id:
            last = record
        items.append(
            Conversation(
                handset=pair[0], sender=pair[1], newest_id=inbound.id, last=last, unread=unread
            )
        )
    return Conversations(items=tuple(items), more=len(found) > limit)


async def _read(database: Database, principal: Principal, command: ReadConversation) -> Dialogue:
    limit = max(1, min(command.limit, _MOST))
    async with database.link() as link:
        found = await conversations.between(
            link,
            principal.account.id,
            _handset(principal, command.handset),
            _sender(principal, command.sender),
            before=_before(principal, command.before),
            limit=limit + 1,
        )
    return Dialogue(items=tuple(found[:limit]), more=len(found) > limit)


async def _mark(
    database: Database,
    now: Callable[[], datetime],
    principal: Principal,
    command: MarkConversationRead,
) -> Done:
    async with database.transaction() as link:
        await conversations.mark_read(
            link,
            principal.account.id,
            _handset(principal, command.handset),
            _sender(principal, command.sender),
            now(),
        )
    return Done()


def _before(principal: Principal, sealed: int | None) -> int:
    return _NEWEST if sealed is None else opened(principal, sealed)


def _handset(principal: Principal, written: str) -> str:
    """A number as messages have it; handsets that are none (names, short codes) as they came."""
    found = parse_msisdn(written, default_region=principal.account.default_region)
    return written if isinstance(found, InvalidNumber) else found


def _sender(principal: Principal, written: str | None) -> str | None:
    return None if written is None else _handset(principal, written.strip())


# -- lists of opt-outs --------------------------------------------------------------------------


async def _import(tools: Tools, account: Account, command: ImportOptOuts) -> OptOutsImported:
    known = replace(tools.known, default_region=account.default_region)
    inserted = good = wrong = 0
    refused: list[tuple[int, Refused]] = []
    while piece := list(islice(command.entries, _PIECE)):
        blocks: list[OptOut] = []
        for line, entry in piece:
            checked = _checked(entry, account, known, tools.now())
            if isinstance(checked, OptOut):
                blocks.append(checked)
                continue
            wrong += 1
            if len(refused) < _SHOWN:
                refused.append((line, checked))
        inserted += await _keep(tools.database, blocks)
        good += len(blocks)
    return OptOutsImported(
        inserted=inserted, known=good - inserted, wrong=wrong, refused=tuple(refused)
    )


def _checked(
    entry: OptOut | Refused, account: Account, known: Known, now: datetime
) -> OptOut | Refused:
    if isinstance(entry, Refused):
        return entry
    entry = msgspec.structs.replace(entry, account_id=account.id, source=_SOURCE, created_at=now)
    found = faults(entry, known)
    if found:
        return found[0]
    made = sound(entry, known)
    return made if isinstance(made, OptOut) else entry


async def _keep(database: Database, blocks: Sequence[OptOut]) -> int:
    if not blocks:
        return 0
    return await database.run(lambda link: opt_outs.insert_opt_outs(link, blocks))


async def _export(database: Database, account: Account, command: ExportOptOuts) -> OptOutsExported:
    limit = max(1, min(command.limit, _LONGEST_EXPORT))
    async with database.link() as link:
        found, more = await opt_outs.list_opt_outs(
            link, account.id, after=command.after, limit=limit
        )
    return OptOutsExported(items=tuple(found), more=more)
