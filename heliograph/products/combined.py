"""Broadcasts from a sender that need not be there yet, for doors whose callers name senders as they go.

An unknown sender is made, as its customer could make it: where senders must be approved it waits for that,
and the caller is told so. A crash in between leaves a sender that waits; the same request goes on from there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from heliograph.model.account import Sender
from heliograph.model.campaign import BroadcastStarted, StartBroadcast
from heliograph.model.command import Answer, Command, Principal, Save, Saved
from heliograph.model.keeping import Browse, Browsed, StartNamed
from heliograph.model.refusal import Refusal, Refused

__all__ = ["Combined"]

Perform = Callable[[Principal, Command], Awaitable[Answer | Refused]]
_WAITS: Final = "The sender was made just now and waits for approval."


class Combined:
    """Carries out `StartNamed`."""

    def __init__(self, perform: Perform) -> None:
        """`perform` is the desk's."""
        self._perform = perform
        self.performers: dict[
            type[Command], Callable[[Principal, Any], Awaitable[Answer | Refused]]
        ] = {StartNamed: self.start}

    async def start(self, principal: Principal, command: StartNamed) -> Answer | Refused:
        """Accept the broadcast, and make its sender where there is none of that name."""
        start, name = StartBroadcast(plan=command.plan), command.plan.sender or ""
        started = await self._perform(principal, start)
        if isinstance(started, Refused):
            unknown = started.refusal is Refusal.SENDER_NOT_APPROVED and started.field == "sender"
            made = await self._made(principal, name) if unknown else None
            if made is None:
                return started
            if made.usable:
                return await self._perform(principal, start)
            return msgspec.structs.replace(started, detail=_WAITS)
        if isinstance(started, BroadcastStarted) and principal.account.any_sender:
            await self._made(principal, name)
        return started

    async def _made(self, principal: Principal, name: str) -> Sender | None:
        """A new sender; None where there is one of the name, or the caller may make none."""
        browse = Browse(kind=Sender, name=name, enabled=None, limit=1)
        found = await self._perform(principal, browse)
        if not isinstance(found, Browsed) or found.items:
            return None
        saved = await self._perform(principal, Save(thing=Sender(account_id=0, id=0, name=name)))
        made = saved.thing if isinstance(saved, Saved) else None
        return made if isinstance(made, Sender) else None
