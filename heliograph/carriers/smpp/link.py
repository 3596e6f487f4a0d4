"""A carrier reached by SMPP: several binds, one queue before them.

Messages wait in one queue, the most urgent class first, and go to whichever bind has most room, so a bind
that dies leaves its share to the others. What waits too long is declined as throttled rather than kept
beyond the sender's patience. It must never hold a task per message, nor settle from within `submit`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from heliograph import smpp
from heliograph.carriers.smpp.asking import Asking, Question
from heliograph.carriers.smpp.bind import Bind, Tools
from heliograph.carriers.smpp.encode import Encoder
from heliograph.carriers.smpp.hearing import Answering, Carried, Hearing
from heliograph.carriers.smpp.pending import Pending
from heliograph.carriers.smpp.profile import Profile, profile_of
from heliograph.carriers.smpp.waiting import Waiting
from heliograph.model.carrier import Hear, LineState, Settle
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch
from heliograph.model.route import Carrier
from heliograph.text import TextError

_DOWN: Final = Declined(reason=Reason.CARRIER_DOWN)
_LEAST_WAIT_SECONDS: Final = 1.0
_UNENCODABLE: Final = Declined(reason=Reason.DATA_ERROR)
_NO_SENDER: Final = Declined(reason=Reason.INVALID_SOURCE)
_EXPIRED: Final = Declined(reason=Reason.VALIDITY_EXPIRED)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SmppCarrier:
    """A `CarrierLink` to an SMSC."""

    def __init__(
        self,
        carrier: Carrier,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Raises ValueError, with a sentence for every fault, where the settings cannot be used."""
        self._carrier = carrier
        self._profile: Profile = profile_of(carrier.settings)
        self._clock = clock
        self._now = now
        self._encoder = Encoder(self._profile)
        self._queue = Waiting()
        self._reference = int(chance() * 0x10000) & 0xFFFF
        self._changed: Callable[[], None] = _nobody
        self._running = False
        self._pump_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._hearing: Hearing | None = None
        self._asking: Asking | None = None
        tools = Tools(clock=clock, chance=chance, sleep=sleep, now=now)
        self._binds = self._make_binds(tools)
        self._senders = tuple(bind for bind in self._binds if bind.sends)

    def _make_binds(self, tools: Tools) -> tuple[Bind, ...]:
        kinds: tuple[type[smpp.Bind], ...] = (smpp.BindTransceiver,)
        if self._profile.is_pair:
            kinds = (smpp.BindTransmitter, smpp.BindReceiver)
        return tuple(
            Bind(f"{self._carrier.name} {kind.NAME} {number}", kind, self._profile, self, tools)
            for number in range(1, self._profile.binds + 1)
            for kind in kinds
        )

    @property
    def up(self) -> bool:
        """Whether a bind can take messages now."""
        return self._running and any(bind.is_bound for bind in self._senders)

    @property
    def bound(self) -> int:
        """How many binds are up, receivers counted."""
        return sum(bind.is_bound for bind in self._binds)

    def lines(self) -> Sequence[LineState]:
        """How each bind stands."""
        return [bind.state() for bind in self._binds]

    async def start(self, hear: Hear, changed: Callable[[], None]) -> None:
        """Begin to connect; whether that succeeds is told by `changed`."""
        if self._running:
            return
        self._running = True
        self._changed = changed
        self._hearing = Hearing(
            self._profile,
            self._carrier.id,
            self._carrier.name,
            hear,
            clock=self._clock,
            now=self._now,
        )
        self._hearing.start()
        if self._profile.query:
            self._asking = Asking(
                self._profile,
                self._carrier.id,
                self._carrier.name,
                hear,
                self._encoder,
                wake=self.wake,
                clock=self._clock,
                now=self._now,
            )
            self._asking.start()
        for bind in self._binds:
            bind.start()

    async def stop(self) -> None:
        """Hear what has come, unbind, settle what is open; what was not written is CARRIER_DOWN."""
        was_running, self._running = self._running, False
        if not was_running:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._strand()
        if self._asking is not None:
            await self._asking.stop()
        if self._hearing is not None:
            await self._hearing.stop()
        await asyncio.gather(*(bind.stop() for bind in self._binds))
        self._strand()

    def submit(self, dispatches: Sequence[Dispatch], settle: Settle) -> None:
        """Take these attempts; each outcome is told from the event loop, never from in here."""
        now = self._clock()
        self._queue.extend([Pending(dispatch, settle, now) for dispatch in dispatches])
        self.wake()

    # -- what the binds tell --

    def changed(self) -> None:
        """A bind came up or went down."""
        if self.up:
            self.wake()
        else:
            self._strand()
        if self._asking is not None:
            self._asking.changed(self.up)
        self._changed()

    def wake(self) -> None:
        """Pump in the next turn of the loop: once for all that happens in this one."""
        if not self._pump_due:
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def brought(self, connection: Answering, pdus: Sequence[Carried]) -> None:
        """The SMSC brought these."""
        if self._hearing is not None:
            self._hearing.put(connection, pdus)

    def told(self, question: Question, response: smpp.Response | None) -> None:
        """The SMSC has answered a question, or will not."""
        if self._asking is not None:
            self._asking.answered(question, response)

    # -- the queue --

    def _strand(self) -> None:
        """Nobody can write: what waits was surely not sent."""
        for pending in self._queue.stale(float("inf")):
            pending.end(_DOWN)

    def _pump(self) -> None:
        self._pump_due = False
        if not self.up:
            self._strand()
            return
        now = self._clock()
        for bind in self._senders:
            if bind.has_backlog:
                bind.write_backlog(now)
        if self._queue:
            self._share_out(now)
            self._drop_stale(now)
        if self._asking is not None and not self._queue:
            self._ask(self._asking, now)
        self._arm(now)

    def _share_out(self, now: float) -> None:
        """Give each bind its even share, as far as it has room."""
        moment = self._now()
        ready = [bind for bind in self._senders if bind.capacity(now)]
        while self._queue and ready:
            share = max(1, len(self._queue) // len(ready))
            for bind in ready:
                for _ in range(min(share, bind.capacity(now), len(self._queue))):
                    self._give(bind, self._queue.next(), moment)
            ready = [bind for bind in ready if bind.capacity(now)]

    def _give(self, bind: Bind, pending: Pending, moment: datetime) -> None:
        message = pending.dispatch.message
        if message.valid_until <= moment:
            pending.end(_EXPIRED)
            return
        self._reference = (self._reference + 1) & 0xFFFF
        try:
            parts = self._encoder.submissions(
                message, reference=self._reference, now=moment, allows_tlvs=bind.allows_tlvs
            )
        except TextError:
            pending.end(_UNENCODABLE)
            return
        except smpp.LocalProtocolError:
            pending.end(_NO_SENDER)
            return
        pending.begin(parts)
        bind.write(pending)

    def _ask(self, asking: Asking, now: float) -> None:
        """What room the messages have left is for questions."""
        for bind in self._senders:
            while not bind.has_backlog and bind.capacity(now):
                question = asking.next(now)
                if question is None:
                    return
                if not bind.ask(question):
                    asking.answered(question, None)

    def _drop_stale(self, now: float) -> None:
        """What has waited too long was surely not sent."""
        stale = self._queue.stale(now - self._profile.queue_seconds)
        if not stale:
            return
        wait = min([bind.wait(now) or 0.0 for bind in self._senders])
        full = Declined(reason=Reason.THROTTLED, retry_after_seconds=max(wait, _LEAST_WAIT_SECONDS))
        for pending in stale:
            pending.end(full)

    def _arm(self, now: float) -> None:
        """One timer: when a pace allows more, or the oldest has waited too long."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waits: list[float] = []
        oldest = self._queue.oldest()
        if oldest is not None:
            waits.append(oldest + self._profile.queue_seconds - now)
        to_ask = None if self._asking is None else self._asking.wait(now)
        if to_ask:
            waits.append(to_ask)
        for bind in self._senders:
            if self._queue or bind.has_backlog or to_ask == 0:
                wait = bind.wait(now)
                if wait is not None:
                    waits.append(wait)
        if waits and self._running:
            self._timer = asyncio.get_running_loop().call_later(max(0.001, min(waits)), self._pump)


def _nobody() -> None:
    """Hears of changes before anyone has asked to."""
