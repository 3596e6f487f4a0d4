"""From a request in any dialect to its reply: read, authenticate, check, perform, write.

The steps are the same for every door; what they need of the house is the small `Desk` below, which
`wiring` fits. Nothing here may know what a command does, or let one through whose caller is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Final, Protocol, runtime_checkable

import msgspec

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.edge._admission import admitted
from heliograph.edge._refusals import Noting, note
from heliograph.flow.digits import spelled
from heliograph.model.campaign import AddSegment, StartBroadcast
from heliograph.model.command import (
    Allowance,
    Answer,
    Claim,
    Command,
    Principal,
    SendBulk,
    SendMessages,
    WatchEvents,
)
from heliograph.model.keeping import IssueNumbered, StartNamed
from heliograph.model.message import Happening
from heliograph.model.received import Received
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import SESSION, Entering
from heliograph.model.verify import IssueCode, ResendCode

__all__ = ["Desk", "HouseDialect", "Reception", "Watching", "ask"]

_SENDING: Final = frozenset(
    {
        SendMessages,
        SendBulk,
        StartBroadcast,
        StartNamed,
        AddSegment,
        IssueCode,
        IssueNumbered,
        ResendCode,
    }
)
"""Commands that bring messages: their request is kept with these."""
_LONG: Final = 10
"""Digits of a length that nobody sends."""


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


class Reception(Desk, Protocol):
    """What the HTTP door needs beyond that: people come here, too."""

    async def recognise(self, claim: Claim) -> Principal | Refused:
        """Which person a browser's cookie belongs to."""

    async def enter(self, command: Entering, peer: str) -> Answer | Refused:
        """A command of somebody who is not signed in."""

    async def note(self, principal: Principal, command: Command, answer: Refused) -> None:
        """Leave a line in the audit log about what was refused here."""


@runtime_checkable
class HouseDialect(Protocol):
    """What the house's own dialect can say and the vendors' cannot."""

    def write_event(self, happening: Happening, key: bytes) -> bytes:
        """One event of a stream of server-sent events."""

    def write_allowance(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        """Reply headers that tell what is left of a rate limit."""


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """The caller may follow events: the door shall stream them."""

    house: HouseDialect
    principal: Principal
    command: WatchEvents


async def ask(
    desk: Reception,
    dialect: Dialect,
    request: HttpRequest,
    house: HouseDialect | None = None,
    noting: Noting | None = None,
) -> HttpReply | Watching:
    """The reply to a request; `house` is the dialect again where it is the house's own. `noting` is told
    of what is refused."""
    told = partial(note, noting, dialect, request)
    if request.spool is None:
        asked = dialect.read(request)
    else:  # reading may go over a hundred megabytes
        asked = await asyncio.to_thread(dialect.read, request)
    if isinstance(asked, HttpReply):
        return told(asked, asked.claim)
    if asked.claim is None:
        return told(await _enter(desk, dialect, request, asked), None)
    principal = await _principal(desk, asked.claim, request.peer)
    if isinstance(principal, Refused):
        return told(dialect.write(request, asked, principal, b""), asked.claim, answer=principal)
    principal, refused = admitted(asked, principal, request.peer)
    if refused is not None:
        if principal.deed is not None and refused.refusal is Refusal.FORBIDDEN:
            await desk.note(principal, asked.command, refused)
        return told(
            dialect.write(request, asked, refused, principal.key), principal, answer=refused
        )
    command = spelled(principal, asked.command)
    if isinstance(command, Refused):
        return told(
            dialect.write(request, asked, command, principal.key), principal, answer=command
        )
    if command is not asked.command:  # the answer is about what was meant
        asked = msgspec.structs.replace(asked, command=command)
    if house is not None and isinstance(command, WatchEvents):
        return Watching(house=house, principal=principal, command=command)
    if type(command) in _SENDING:
        received = _received(request, asked.claim)
        principal = msgspec.structs.replace(principal, received=received)
    answer = await desk.perform(principal, command)
    reply = told(dialect.write(request, asked, answer, principal.key), principal, answer=answer)
    if house is not None and principal.account.submits_per_second:
        return _with_allowance(desk, house, principal, reply)
    return reply


def _received(request: HttpRequest, claim: Claim | None) -> Received:
    """References alone: what is to be kept of them is made where it is written."""
    if request.spool is None:
        octets: int | None = len(request.body)
    else:
        length = request.headers.get("content-length", "")
        octets = int(length) if length.isdecimal() and len(length) < _LONG else None
    return Received(
        method=request.method,
        path=request.path,
        query=request.query,
        body=request.body,
        octets=octets,
        headers=request.headers,
        address=request.peer,
        id=request.id,
        name="" if claim is None else claim.name,
        secret="" if claim is None else claim.secret,
    )


async def _enter(desk: Reception, dialect: Dialect, request: HttpRequest, asked: Ask) -> HttpReply:
    """A request without a caller, which only commands for signing in may be."""
    command = asked.command
    if asked.verdict is not None:
        return dialect.refuse(request, asked.verdict)
    if not isinstance(command, Entering):
        return dialect.refuse(request, Refused(refusal=Refusal.UNAUTHENTICATED))
    return dialect.write(request, asked, await desk.enter(command, request.peer), b"")


async def _principal(desk: Reception, claim: Claim, peer: str) -> Principal | Refused:
    if claim.dialect == SESSION:
        return await desk.recognise(claim)
    return desk.authenticate(claim, peer)


def _with_allowance(
    desk: Desk, house: HouseDialect, principal: Principal, reply: HttpReply
) -> HttpReply:
    allowance = desk.allowance(principal)
    if allowance is None:
        return reply
    headers = (*reply.headers, *house.write_allowance(allowance))
    return msgspec.structs.replace(reply, headers=headers)
