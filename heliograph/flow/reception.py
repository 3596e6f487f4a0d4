"""The desk as the HTTP door has it: keys and people are known here, and what they change is put on record.

Everything that a command means is the desk's; here is who brings it, with which proof, and the line in the
audit log that is left behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Final

import structlog

from heliograph.flow.audit import list_audit, note
from heliograph.flow.configure import Configuring
from heliograph.flow.desk import Desk, Performer
from heliograph.flow.one_time import look_at_link, set_up, use_link
from heliograph.flow.oneself import Oneself, about_oneself
from heliograph.flow.people import Others, about_people
from heliograph.flow.sessions import Doorkeeping, is_alive, recognise
from heliograph.flow.sign_in import Entry, give_second_factor, sign_in
from heliograph.model.audit import AuditEntry, ListAudit
from heliograph.model.command import (
    Allowance,
    Answer,
    Claim,
    Command,
    Principal,
    WatchEvents,
)
from heliograph.model.keeping import Amend, Gather, Make
from heliograph.model.message import Happening
from heliograph.model.refusal import Refused
from heliograph.model.session import (
    Entering,
    GiveSecondFactor,
    LookAtLink,
    Peopling,
    Session,
    SetUp,
    SignIn,
    UseLink,
)
from heliograph.model.simulation import SetFaults
from heliograph.model.verify import RemoveProfile, SaveProfile
from heliograph.store import audit

__all__ = ["Reception", "performers"]

_KEEPING: Final = Make | Amend | Gather | SaveProfile | RemoveProfile
_RECORDED: Final = Configuring | Peopling | SetFaults | _KEEPING
"""Commands whose own transaction leaves the line."""
LOOKED_AT_EACH: Final = timedelta(seconds=30)
"""How long a stream of events may go on after its session has ended."""
_log: Final = structlog.get_logger("heliograph.reception")


def performers(keep: Doorkeeping) -> Mapping[type[Command], Performer]:
    """Who carries out the commands about people, for `Desk.products`."""

    async def oneself(principal: Principal, command: Any) -> Answer | Refused:
        return await about_oneself(keep, principal, command)

    async def others(principal: Principal, command: Any) -> Answer | Refused:
        return await about_people(keep, principal, command)

    async def log(principal: Principal, command: Any) -> Answer | Refused:
        return await list_audit(keep.tools, principal, command)

    return {
        **dict.fromkeys(Oneself.__args__, oneself),
        **dict.fromkeys(Others.__args__, others),
        ListAudit: log,
    }


class Reception:
    """Before the desk."""

    def __init__(self, desk: Desk, keep: Doorkeeping) -> None:
        self._desk = desk
        self._keep = keep
        self._behind: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Returns when every line is written. Idempotent."""
        await asyncio.gather(*self._behind, return_exceptions=True)

    # -- who -----------------------------------------------------------------------------------

    def authenticate(self, claim: Claim, peer: str) -> Principal | Refused:
        """Who a key belongs to."""
        return self._desk.authenticate(claim, peer)

    async def recognise(self, claim: Claim) -> Principal | Refused:
        """Who a browser's cookie belongs to."""
        return await recognise(self._keep, claim)

    async def enter(self, command: Entering, peer: str) -> Answer | Refused:
        """A command of somebody who is not signed in."""
        keep = self._keep
        match command:
            case LookAtLink():
                return await look_at_link(keep, command.token, peer)
            case SignIn():
                entry = await sign_in(keep, command, peer)
            case GiveSecondFactor():
                entry = await give_second_factor(keep, command, peer)
            case UseLink():
                entry = await use_link(keep, command, peer)
            case SetUp():
                entry = await set_up(keep, command, peer)
        return self._answered(entry)

    def _answered(self, entry: Entry) -> Answer | Refused:
        if entry.line is not None:
            task = asyncio.create_task(self._leave(entry.line), name="audit")
            self._behind.add(task)
            task.add_done_callback(self._behind.discard)
        return entry.answer

    async def _leave(self, line: AuditEntry) -> None:
        try:
            async with self._keep.tools.database.transaction() as link:
                await audit.insert_entry(link, line)
        except Exception:  # noqa: BLE001 - nobody waits for it
            _log.exception("a line of the audit log is lost", operation=line.operation)

    # -- what ----------------------------------------------------------------------------------

    async def perform(self, principal: Principal, command: Command) -> Answer | Refused:
        """Carry out a command for a caller whose scope has been checked, and put it on record."""
        answer = await self._desk.perform(principal, command)
        if principal.deed is None:
            return answer
        if isinstance(answer, Refused) or not isinstance(command, _RECORDED):
            await self.note(principal, command, answer)
        return answer

    async def note(self, principal: Principal, command: Command, answer: Answer | Refused) -> None:
        """Put what was done or refused on record. What was done stays done when that fails."""
        try:
            await note(self._keep.tools, principal, command, answer)
        except Exception:  # noqa: BLE001 - the caller must hear that it was done
            operation = "" if principal.deed is None else principal.deed.operation
            _log.exception("a line of the audit log is lost", operation=operation)

    def watch(self, principal: Principal, command: WatchEvents) -> AsyncIterator[Happening]:
        """Follow the account's events; people only for as long as they are signed in."""
        happenings = self._desk.watch(principal, command)
        if principal.session is None:
            return happenings
        return self._while_signed_in(principal.session, happenings)

    async def _while_signed_in(
        self, session: Session, happenings: AsyncIterator[Happening]
    ) -> AsyncIterator[Happening]:
        looked_at = self._keep.now()
        async with aclosing(happenings) as events:  # type: ignore[type-var]
            async for happening in events:
                now = self._keep.now()
                if now - looked_at >= LOOKED_AT_EACH:
                    if not await is_alive(self._keep, session):
                        return
                    looked_at = now
                yield happening

    def allowance(self, principal: Principal) -> Allowance | None:
        """What is left of the account's rate limit."""
        return self._desk.allowance(principal)
