"""Hears what the binds of one carrier bring, and acknowledges it after it is safe.

What has come since the last time is one call of `Hear`, then all its responses (promise P3). When that
call fails the SMSC is asked to try again (ESME_RX_T_APPN). The parts of a long message are answered
together when the whole was heard; a process that is killed before that is brought all of them again. An
SMSC with a window of one does not send the second part before the first is acknowledged, so parts
whose others do not come for a moment are acknowledged all the same and wait in memory, and where the
next part follows upon that at once, parts are acknowledged at once from then on. Only those may be
lost by a kill. It must never acknowledge a receipt or a whole message that was not heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog

from heliograph.carriers.smpp.profile import Profile
from heliograph.carriers.smpp.receipts import arrival_of, receipt_of
from heliograph.model.carrier import Hear
from heliograph.model.report import Arrival, Receipt
from heliograph.smpp import (
    AnswerableError,
    CommandStatus,
    Complete,
    DataSm,
    DeliverSm,
    GivenUp,
    Part,
    PartKey,
    Reassembler,
    Request,
    has_udh,
    message_octets,
    read_part,
)

MOST_WAITING: Final = 10_000
"""PDUs that may wait while others are being heard. Beyond, the SMSC is to bring them again, for which some
take minutes, and which costs more than hearing them: so this is more than a window ever is."""
_STOP_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 5.0
HOLD_SECONDS: Final = 2.0
"""How long a part stays unanswered while others of its message are missing."""
_AT_ONCE_SECONDS: Final = 0.5
"""A part that comes so soon after its forerunner was answered had waited for that."""

_log = structlog.get_logger(__name__)
Carried = DeliverSm | DataSm


class Answering(Protocol):
    """The connection by which a PDU came."""

    def refuse(self, request: Request, command_status: int) -> None:
        """Answer with a status; 0 is a yes."""


class _Batch:
    """What is told in one call each, and who waits for it."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.arrivals: list[Arrival] = []
        self.reported: list[tuple[Answering, Carried]] = []
        self.arrived: list[tuple[Answering, Carried]] = []
        self.held: list[tuple[Answering, Carried]] = []
        self.completed: list[Complete[Carried]] = []
        self.given_up: list[GivenUp[Carried]] = []


class _Unanswered:
    """Parts of a message that is not whole yet, which the SMSC still has."""

    __slots__ = ("until", "waiting")

    def __init__(self, until: float) -> None:
        self.until = until
        self.waiting: list[tuple[Answering, Carried]] = []


class Hearing:
    """One task for all binds of a carrier."""

    def __init__(
        self,
        profile: Profile,
        carrier_id: int,
        name: str,
        hear: Hear,
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """`clock` tells seconds of a steady clock, `now` the time of day."""
        self._profile = profile
        self._carrier_id = carrier_id
        self._name = name
        self._hear = hear
        self._clock = clock
        self._now = now
        self._inbox: list[tuple[Answering, Carried]] = []
        self._parts: Reassembler[Carried] = Reassembler(
            timeout_seconds=profile.part_timeout_seconds
        )
        self._unanswered: dict[PartKey, _Unanswered] = {}
        """Oldest first."""
        self._answered_at: dict[PartKey, float] = {}
        """Messages whose parts were answered because the others did not come."""
        self._narrow = False
        """Whether this SMSC waits for the answer to a part before it sends the next one."""
        self._unheard: list[Arrival] = []
        """Incomplete messages that could not be handed on yet; nobody else will bring them again."""
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to hear."""
        self._task = asyncio.create_task(self._run(), name=f"{self._name} hearing")

    async def stop(self) -> None:
        """End the batch under way, hand on what is incomplete, take nothing more. Idempotent."""
        self._stopping = True
        self._wake.set()
        task, self._task = self._task, None
        if task is None:
            return
        _, late = await asyncio.wait({task}, timeout=_STOP_SECONDS)
        if late:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._unheard:
            _log.error("incomplete messages are lost", carrier=self._name, count=len(self._unheard))
        for connection, pdu in self._inbox:
            connection.refuse(pdu, CommandStatus.RX_T_APPN)
        self._inbox.clear()

    def put(self, connection: Answering, pdus: Sequence[Carried]) -> None:
        """What one read has brought."""
        room = 0 if self._stopping else max(0, MOST_WAITING - len(self._inbox))
        self._inbox.extend((connection, pdu) for pdu in pdus[:room])
        self._wake.set()
        for pdu in pdus[room:]:
            connection.refuse(pdu, CommandStatus.RX_T_APPN)

    async def _run(self) -> None:
        while not self._stopping:
            await self._rest()
            try:
                await self._round(last=False)
            except Exception:  # noqa: BLE001 - the top of the loop: unanswered PDUs come again
                _log.exception("hearing failed", carrier=self._name)
        try:
            await self._round(last=True)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("hearing failed", carrier=self._name)

    async def _rest(self) -> None:
        """Until something comes, or a message will stay incomplete."""
        deadline = self._parts.next_deadline
        wait = None if deadline is None else max(0.0, deadline - self._clock())
        for each in self._unanswered.values():
            left = max(0.0, each.until - self._clock())
            wait = left if wait is None else min(wait, left)
            break
        if self._unheard:
            wait = min(_AGAIN_SECONDS, _AGAIN_SECONDS if wait is None else wait)
        if not (self._inbox or self._stopping):
            self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), wait)
        except TimeoutError:
            return

    async def _round(self, *, last: bool) -> None:
        inbox, self._inbox = self._inbox, []
        batch = _Batch()
        now, clock = self._now(), self._clock()
        for connection, pdu in inbox:
            try:
                self._read(connection, pdu, now, clock, batch)
            except AnswerableError as error:
                connection.refuse(pdu, error.command_status)
        batch.given_up += self._parts.tick(float("inf") if last else clock)
        if last:
            batch.given_up = [one for one in batch.given_up if not self._brought_again(one)]
        self._answer_late(batch, clock)
        self._unheard += [self._incomplete(one, now) for one in batch.given_up]
        if batch.receipts:
            heard = await self._told(self._hear.receipts(batch.receipts), len(batch.receipts))
            _answer(batch.reported, heard)
        if batch.arrivals or self._unheard:
            unheard, self._unheard = self._unheard, []
            arrivals = [*unheard, *batch.arrivals]
            heard = await self._told(self._hear.arrivals(arrivals), len(arrivals))
            if not heard:
                self._unheard = unheard + self._unheard
                self._put_back(batch, clock)
            _answer(batch.arrived, heard)
        _answer(batch.held, heard=True)

    def _read(
        self, connection: Answering, pdu: Carried, now: datetime, clock: float, batch: _Batch
    ) -> None:
        receipt = receipt_of(self._profile, self._carrier_id, pdu, now)
        if receipt is not None:
            batch.receipts.append(receipt)
            batch.reported.append((connection, pdu))
            return
        part = read_part(pdu)
        if part is None:
            batch.arrivals.append(self._alone(pdu, now))
            batch.arrived.append((connection, pdu))
            return
        key = PartKey.of(
            part, account=self._carrier_id, source=pdu.source_addr, destination=pdu.destination_addr
        )
        if clock - self._answered_at.pop(key, float("-inf")) < _AT_ONCE_SECONDS:
            self._narrow = True
        found, given_up = self._parts.add(key, part, pdu, clock)
        batch.given_up += given_up
        for one in given_up:
            self._release(one.key, batch)
        if isinstance(found, Complete):
            batch.arrivals.append(self._joined(found.parts, now))
            former = self._unanswered.pop(key, None)
            batch.arrived += former.waiting if former is not None else []
            batch.arrived.append((connection, pdu))
            batch.completed.append(found)
        elif self._narrow:
            batch.held.append((connection, pdu))
        else:
            held = self._unanswered.setdefault(key, _Unanswered(clock + HOLD_SECONDS))
            held.waiting.append((connection, pdu))

    def _release(self, key: PartKey, batch: _Batch) -> None:
        """The parts of a message are answered although it is not whole."""
        held = self._unanswered.pop(key, None)
        if held is not None:
            batch.held += held.waiting

    def _answer_late(self, batch: _Batch, clock: float) -> None:
        """Parts that were given up, or whose others did not come in time."""
        for one in batch.given_up:
            self._release(one.key, batch)
            self._answered_at.pop(one.key, None)
        late = [key for key, held in self._unanswered.items() if held.until <= clock]
        for key in late:
            self._release(key, batch)
            self._answered_at[key] = clock

    def _brought_again(self, one: GivenUp[Carried]) -> bool:
        """Whether the SMSC still has every part of a message that is incomplete when we stop: whoever
        comes next is brought all of them."""
        held = self._unanswered.get(one.key)
        unanswered = set() if held is None else {id(pdu) for _, pdu in held.waiting}
        if held is None or not {id(pdu) for _, pdu in one.parts} <= unanswered:
            return False
        del self._unanswered[one.key]
        _answer(held.waiting, heard=False)
        return True

    def _alone(self, pdu: Carried, now: datetime) -> Arrival:
        octets, udh = message_octets(pdu), b""
        if has_udh(pdu.esm_class) and octets:
            udh, octets = octets[: octets[0] + 1], octets[octets[0] + 1 :]
        return arrival_of(self._profile, self._carrier_id, pdu, udh=udh, octets=octets, now=now)

    def _joined(self, parts: Sequence[tuple[Part, Carried]], now: datetime) -> Arrival:
        first, pdu = parts[0]
        octets = b"".join([part.octets for part, _ in parts])
        return arrival_of(
            self._profile, self._carrier_id, pdu, udh=first.udh, octets=octets, now=now
        )

    def _incomplete(self, one: GivenUp[Carried], now: datetime) -> Arrival:
        _log.warning(
            "a long message from a handset is incomplete and handed on as far as it came",
            carrier=self._name,
            why=one.reason.value,
            parts=len(one.parts),
            total=one.key.total,
        )
        return self._joined(one.parts, now)

    async def _told(self, telling: Awaitable[None], count: int) -> bool:
        """Whether it was heard. Whatever went wrong, the SMSC will bring it again."""
        try:
            await telling
        except Exception:  # noqa: BLE001 - a door: told once, refused, and brought again
            _log.exception("not heard", carrier=self._name, count=count)
            return False
        return True

    def _put_back(self, batch: _Batch, clock: float) -> None:
        """A whole message was not heard: its last part will come again, the others not."""
        last = {id(pdu) for _, pdu in batch.arrived}
        for complete in batch.completed:
            for part, pdu in complete.parts:
                if id(pdu) not in last:
                    self._parts.add(complete.key, part, pdu, clock)


def _answer(waiting: Sequence[tuple[Answering, Carried]], heard: bool) -> None:
    status = CommandStatus.ROK if heard else CommandStatus.RX_T_APPN
    for connection, pdu in waiting:
        connection.refuse(pdu, status)
