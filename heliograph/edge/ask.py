"""From a request in any dialect to its reply: read, authenticate, check, perform, write.

The steps are the same for every door; what they need of the house is the small `Desk` below, which
`wiring` fits. Nothing here may know what a command does, or let one through whose caller is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

import msgspec

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.model.command import (
    Allowance,
    Answer,
    Claim,
    Command,
    Principal,
    WatchEvents,
)
from heliograph.model.message import Event, MessageRecord
from heliograph.model.refusal import Refusal, Refused

__all__ = ["Desk", "HouseDialect", "Watching", "ask"]

Happening = tuple[Event, MessageRecord]
"""An event and its message as it was read with it."""


class Desk(Protocol):
    """What a door needs of the house."""

    def authenticate(self, claim: Claim, peer: str) -> Principal | Refused:
        """Who calls; in memory, quick, and in the same time for every wrong secret."""

    async def perform(self, principal: Principal, command: Command) -> Answer | Refused:
        """Do it; a positive answer comes after the commit (promise P1)."""

    def watch(self, principal: Principal, command: WatchEvents) -> AsyncIterator[Happening]:
        """The account's events as they happen; ends only when the door closes it."""

    def allowance(self, principal: Principal) -> Allowance | None:
        """What is left of the account's rate limit; None where it has none."""


@runtime_checkable
class HouseDialect(Protocol):
    """What the house's own dialect can say and the vendors' cannot."""

    def write_event(self, event: Event, record: MessageRecord, key: bytes) -> bytes:
        """One event of a stream of server-sent events."""

    def write_allowance(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        """Reply headers that tell what is left of a rate limit."""


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """The caller may follow events: the door shall stream them."""

    house: HouseDialect
    principal: Principal
    command: WatchEvents


async def ask(
    desk: Desk, dialect: Dialect, request: HttpRequest, house: HouseDialect | None = None
) -> HttpReply | Watching:
    """The reply to a request; `house` is the dialect again where it is the house's own."""
    if request.spool is None:
        asked = dialect.read(request)
    else:  # reading may go over a hundred megabytes
        asked = await asyncio.to_thread(dialect.read, request)
    if isinstance(asked, HttpReply):
        return asked
    claim = asked.claim
    if claim is None:
        return dialect.refuse(request, Refused(refusal=Refusal.UNAUTHENTICATED))
    principal = desk.authenticate(claim, request.peer)
    if isinstance(principal, Refused):
        return dialect.write(request, asked, principal, b"")
    refused = _refused(asked, principal)
    if refused is not None:
        return dialect.write(request, asked, refused, principal.key)
    command = asked.command
    if house is not None and isinstance(command, WatchEvents):
        return Watching(house=house, principal=principal, command=command)
    answer = await desk.perform(principal, command)
    reply = dialect.write(request, asked, answer, principal.key)
    if house is not None and principal.account.submits_per_second:
        return _with_allowance(desk, house, principal, reply)
    return reply


def _refused(asked: Ask, principal: Principal) -> Refused | None:
    """The scope comes before the verdict: who may not ask is not told what was wrong with it."""
    if asked.scope is not None and not principal.may(asked.scope):
        detail = f"This needs a key with the scope {asked.scope.value}."
        return Refused(refusal=Refusal.FORBIDDEN, detail=detail)
    return asked.verdict


def _with_allowance(
    desk: Desk, house: HouseDialect, principal: Principal, reply: HttpReply
) -> HttpReply:
    allowance = desk.allowance(principal)
    if allowance is None:
        return reply
    headers = (*reply.headers, *house.write_allowance(allowance))
    return msgspec.structs.replace(reply, headers=headers)
