"""New words for a message that waits: the id stays, the price may fall but not rise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from heliograph.flow.advance import load
from heliograph.flow.checks import LONGEST_SCHEDULE, LONGEST_VALIDITY_SECONDS, encode
from heliograph.flow.lookup import opened
from heliograph.model.command import Done, Principal, ReplaceMessage
from heliograph.model.ids import IdMaker
from heliograph.model.message import Draft, Encoding, Message
from heliograph.model.money import Charge, Purse
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import ledger, messages, replacements
from heliograph.store.database import Database, Link

_WAITING = (Status.QUEUED, Status.SCHEDULED)
_TOO_LATE = Refused(refusal=Refusal.NOT_CANCELLABLE)


class Replace:
    """Replaces what waits."""

    def __init__(self, *, database: Database, ids: IdMaker, now: Callable[[], datetime]) -> None:
        self._database = database
        self._ids = ids
        self._now = now

    async def message(self, principal: Principal, command: ReplaceMessage) -> Done | Refused:
        """Replaced and its money adjusted, or why not. What a process holds for sending goes out as it is."""
        key = (principal.account.id, opened(principal, command.message))
        now = self._now()

        async def work(link: Link) -> Done | Refused:
            standings = await load(link, [key])
            found = await messages.find_messages(link, [key]) if key in standings else []
            if not found:
                return Refused(refusal=Refusal.NOT_FOUND)
            status = standings[key].status
            if status not in _WAITING or not await replacements.lock_replaceable(link, *key):
                return _TOO_LATE
            old = found[0].message
            if old.secret:  # its text is told to nobody, and so cannot be kept either
                return _TOO_LATE
            fresh = _fresh(principal, old, command, status, now)
            if isinstance(fresh, Refused):
                return fresh
            await replacements.replace_message(link, fresh, now)
            if command.send_at is not None:
                await replacements.reschedule(link, *key, max(command.send_at, now))
            if standings[key].charge is Charge.HELD:
                await self._release(link, old, old.price_micros - fresh.price_micros)
            return Done()

        return await self._database.run(work)

    async def _release(self, link: Link, message: Message, micros: int) -> None:
        """Fewer parts cost less (promise P4)."""
        if not micros:
            return
        await ledger.resolve(link, {message.account_id: (0, micros)})
        owner = message.submission_id or message.id
        move = ledger.Move(
            message.account_id, micros, Purse.HELD, Purse.AVAILABLE, "release", owner
        )
        await ledger.book(link, self._ids.next, [move])


def _fresh(
    principal: Principal, old: Message, command: ReplaceMessage, status: Status, now: datetime
) -> Message | Refused:
    """The message as it will be."""
    timed = _timed(old, command, status, now)
    if isinstance(timed, Refused) or command.text is None:
        return timed
    if old.body is not None or old.udh:
        return Refused(
            refusal=Refusal.INVALID_FIELD, field="body", detail="Encoded octets are not replaced."
        )
    wanted = Encoding.AUTO if old.encoding is Encoding.GSM7 else old.encoding
    choice = encode(Draft(recipient=old.recipient, text=command.text, encoding=wanted))
    if isinstance(choice, Refused):
        return choice
    price = old.price_micros // old.parts * choice.parts
    if choice.parts > principal.account.max_parts or price > old.price_micros:
        detail = f"The text needs {choice.parts} parts; the message has {old.parts}."
        return Refused(refusal=Refusal.TEXT_TOO_LONG, field="text", detail=detail)
    return msgspec.structs.replace(
        timed,
        text=command.text,
        encoding=Encoding[choice.encoding.name],
        parts=choice.parts,
        price_micros=price,
    )


def _timed(
    old: Message, command: ReplaceMessage, status: Status, now: datetime
) -> Message | Refused:
    """The message with its new times: what is due already cannot be put off."""
    send_at, seconds = command.send_at, command.validity_seconds
    if send_at is not None and (status is not Status.SCHEDULED or send_at - now > LONGEST_SCHEDULE):
        return Refused(refusal=Refusal.INVALID_FIELD, field="send_at")
    if seconds is not None and not 0 < seconds <= LONGEST_VALIDITY_SECONDS:
        return Refused(refusal=Refusal.INVALID_FIELD, field="validity_seconds")
    start = max(send_at or old.send_at or now, now)
    valid_until = old.valid_until
    if seconds is not None:
        valid_until = start + timedelta(seconds=seconds)
    elif send_at is not None and old.send_at is not None:
        valid_until = start + (old.valid_until - old.send_at)
    return msgspec.structs.replace(
        old, send_at=send_at or old.send_at, valid_until=valid_until, callback=command.callback
    )
