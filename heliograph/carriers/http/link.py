"""A carrier that is called by HTTP: one call for each message, as the vendor's room writes it.

The room (`Upstream`) says what is called and what an answer means; here are the wire and the manners. How
many may be under way and how fast they go is the outlet's business; what waits here waits for a free
connection, and is declined as throttled rather than kept beyond the sender's patience. A call that surely
did not reach the vendor is declined; one that may have is Unknown (promise P2). It must never call twice
for one attempt, settle from within `submit`, or log what a call holds.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from heliograph.carriers.condition import Condition
from heliograph.carriers.http.asking import PAUSES_SECONDS, Asking
from heliograph.carriers.http.pulling import Pulling
from heliograph.carriers.http.reach import Reach
from heliograph.carriers.http.terms import terms_of
from heliograph.carriers.http.waiting import Pending, Waiting
from heliograph.dialects._shape import HttpCall, HttpReply, Upstream
from heliograph.model.carrier import Hear, LineState, Settle
from heliograph.model.keepable import keepable_outcome
from heliograph.model.message import Message
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch, OpenId, Outcome, Taken, Unknown
from heliograph.model.route import Carrier
from heliograph.transport import (
    BODY_LIMIT_BYTES_MAX,
    CallError,
    CallResult,
    HttpCaller,
    OutgoingCall,
)

QUEUE_SECONDS: Final = 10.0
"""How long a message may wait for a connection. With the time of a call it must stay below the server's
submit_timeout_seconds, after which the attempt is called uncertain."""

_DOWN: Final = Declined(reason=Reason.CARRIER_DOWN)
_UNSPEAKABLE: Final = Declined(reason=Reason.DATA_ERROR)
_EXPIRED: Final = Declined(reason=Reason.VALIDITY_EXPIRED)
_LEAST_WAIT_SECONDS: Final = 1.0
_LONGEST_SILENCE_SECONDS: Final = 300.0
_CONNECT_SECONDS: Final = 5.0
_SPARE_CONNECTIONS: Final = 8
"""For questions, pulls and probes, so that they do not wait behind messages."""

_log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HttpCarrier:
    """A `CarrierLink` to a vendor's HTTP API."""

    def __init__(
        self,
        carrier: Carrier,
        upstream: Upstream,
        *,
        report_url: Callable[[int], str],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        chance: Callable[[], float] = random.random,
        queue_seconds: float = QUEUE_SECONDS,
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    ) -> None:
        """`report_url` says where this carrier may call us; empty when nobody can. `pauses_seconds` are
        those between two looks at a message.

        Raises ValueError, with a sentence for every fault, where the settings cannot be used.
        """
        self._carrier = carrier
        self._upstream = upstream
        self._terms, self._settings = terms_of(carrier.settings)
        fault = upstream.fault(self._settings)
        if fault is not None:
            raise ValueError(fault)
        self._report_url = report_url
        self._clock = clock
        self._now = now
        self._queue_seconds = queue_seconds
        self._pauses = pauses_seconds
        self._most = int(self._terms.connections)
        self._caller = HttpCaller(
            connections=self._most + _SPARE_CONNECTIONS,
            connections_per_host=self._most + _SPARE_CONNECTIONS,
            connect_timeout_seconds=_CONNECT_SECONDS,
        )
        self._reach = Reach(carrier.name, probe=self._probe, changed=self._reached, chance=chance)
        self._condition = Condition(now)
        self._changed: Callable[[], None] = _nobody
        self._running = False
        self._waiting = Waiting()
        self._calls: set[asyncio.Task[None]] = set()
        self._silent_until = 0.0
        self._pump_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._asking: Asking | None = None
        self._pulling: Pulling | None = None

    @property
    def up(self) -> bool:
        """Whether it can take messages now."""
        return self._running and self._reach.up

    @property
    def most_under_way(self) -> int:
        """See `Narrow`: as many calls as there are connections, and as many again that wait for one."""
        return self._most * 2

    def lines(self) -> Sequence[LineState]:
        """All calls together: as many as there are connections may be under way."""
        name = f"{self._carrier.name} http"
        return [self._condition.state(name, "http", window=self._most, under_way=len(self._calls))]

    async def start(self, hear: Hear, changed: Callable[[], None]) -> None:
        """Make ready; the vendor is taken to be there until calls do not reach it."""
        if self._running:
            return
        await self._caller.start()
        self._running = True
        self._changed = changed
        name, number = self._carrier.name, self._carrier.id
        self._asking = Asking(
            name,
            number,
            self._upstream,
            self._settings,
            hear,
            call=self._ask,
            retry_after=_retry_after,
            per_second=self._terms.looks_per_second,
            clock=self._clock,
            now=self._now,
            pauses_seconds=self._pauses,
        )
        self._asking.start()
        self._pulling = Pulling(
            name,
            number,
            self._upstream,
            self._settings,
            hear,
            call=self._ask,
            is_up=lambda: self.up,
            now=self._now,
            pause_seconds=self._terms.pull_seconds,
        )
        self._pulling.start()
        self._condition.turned(up=True)
        changed()

    async def stop(self) -> None:
        """Ask no more, let calls under way end; those that do not are Unknown. What was not called is
        CARRIER_DOWN."""
        was_running, self._running = self._running, False
        if not was_running:
            return
        self._disarm()
        self._strand()
        await self._reach.stop()
        if self._asking is not None:
            await self._asking.stop()
        if self._pulling is not None:
            await self._pulling.stop()
        await self._caller.stop()
        await asyncio.gather(*self._calls)
        self._changed()

    def submit(self, dispatches: Sequence[Dispatch], settle: Settle) -> None:
        """Take these attempts; each outcome is told from the event loop, never from in here."""
        since = self._clock()
        self._waiting.extend([Pending(dispatch, settle, since) for dispatch in dispatches])
        self._wake()

    def told(self, carrier_message_ids: Collection[str]) -> None:
        """The vendor has called us about these: they need not be asked for."""
        if self._asking is not None:
            self._asking.told(carrier_message_ids)

    # -- the queue -------------------------------------------------------------------------------

    def _reached(self) -> None:
        """It came up or went down."""
        self._condition.turned(up=self._reach.up)
        self._wake()
        self._changed()

    def _wake(self) -> None:
        """Pump in the next turn of the loop: once for all that happens in this one."""
        if not self._pump_due:
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _strand(self) -> None:
        """Nobody can be called: what waits was surely not sent."""
        for pending in self._waiting.stale(float("inf")):
            pending.settle(pending.dispatch, _DOWN)

    def _pump(self) -> None:
        self._pump_due = False
        self._disarm()
        if not self.up:
            self._strand()
            return
        now = self._clock()
        while self._waiting and len(self._calls) < self._most and now >= self._silent_until:
            task = asyncio.create_task(self._carry(self._waiting.next()))
            self._calls.add(task)
            task.add_done_callback(self._ended)
        self._drop_stale(now)
        oldest = self._waiting.oldest()
        if oldest is not None:
            wait = oldest + self._queue_seconds - now
            if now < self._silent_until:
                wait = min(wait, self._silent_until - now)
            self._timer = asyncio.get_running_loop().call_later(max(0.001, wait), self._pump)

    def _drop_stale(self, now: float) -> None:
        """What has waited too long was surely not sent."""
        wait = max(self._silent_until - now, _LEAST_WAIT_SECONDS)
        full = Declined(reason=Reason.THROTTLED, retry_after_seconds=wait)
        for pending in self._waiting.stale(now - self._queue_seconds):
            pending.settle(pending.dispatch, full)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._wake()

    # -- one attempt -----------------------------------------------------------------------------

    async def _carry(self, pending: Pending) -> None:
        message = pending.dispatch.message
        try:
            outcome = await self._attempt(message)
        except Exception as fault:  # noqa: BLE001 - the outcome is total, whatever a room does
            _log.exception("an attempt failed", carrier=self._carrier.name, message=message.id)
            outcome = Unknown(detail=type(fault).__name__)
        if isinstance(outcome, Taken) and self._asking is not None:
            self._asking.taken(
                OpenId(
                    carrier_message_id=carrier_message_id,
                    sender=message.sender,
                    recipient=message.recipient,
                    taken_at=self._now(),
                )
                for carrier_message_id in outcome.carrier_ids
            )
        elif isinstance(outcome, Declined) and outcome.reason is Reason.THROTTLED:
            self._condition.throttled += 1
            silence = min(outcome.retry_after_seconds or 0.0, _LONGEST_SILENCE_SECONDS)
            self._silent_until = max(self._silent_until, self._clock() + silence)
        pending.settle(pending.dispatch, outcome)

    async def _attempt(self, message: Message) -> Outcome:
        if message.valid_until <= self._now():
            return _EXPIRED
        try:
            call = self._upstream.send(self._settings, message, self._report_url(self._carrier.id))
        except Exception:  # noqa: BLE001 - nothing was sent, so this is no Unknown
            _log.exception("no call", carrier=self._carrier.name, message=message.id)
            return _UNSPEAKABLE
        if isinstance(call, Declined):
            return call
        self._condition.submitted += 1
        result = await self._make(call, whole=False)
        if result.status is None or result.error is not None:
            return _outcome_of_failure(result)
        reply = _reply_of(result)
        outcome = keepable_outcome(self._upstream.outcome(reply))
        if isinstance(outcome, Declined) and outcome.retry_after_seconds is None:
            return msgspec.structs.replace(outcome, retry_after_seconds=_retry_after(reply))
        return outcome

    # -- calls -----------------------------------------------------------------------------------

    async def _make(self, call: HttpCall, *, whole: bool) -> CallResult:
        result = await self._caller.call(
            OutgoingCall(
                method=call.method,
                url=call.url,
                headers=dict(call.headers),
                body=call.body,
                timeout_seconds=self._terms.timeout_seconds,
                allow_private=True,  # the operator's own URL
                body_limit_bytes=BODY_LIMIT_BYTES_MAX if whole else _REPLY_BYTES,
                needs_whole_body=whole,
            )
        )
        if result.error is not None:
            self._condition.failed(result.sentence)
        self._reach.saw(call.url, result)
        return result

    async def _ask(self, call: HttpCall) -> HttpReply | None:
        """A question that may be asked again; None when there was no whole answer."""
        result = await self._make(call, whole=True)
        if result.status is None or result.error is not None:
            return None
        return _reply_of(result)

    async def _probe(self, url: str) -> CallResult:
        return await self._caller.call(
            OutgoingCall(
                method="HEAD",
                url=url,
                timeout_seconds=self._terms.timeout_seconds,
                allow_private=True,
            )
        )


_REPLY_BYTES: Final = 65_536


def _outcome_of_failure(result: CallResult) -> Outcome:
    """What a call without a whole answer means."""
    if result.status is None and result.error is not None and result.error.surely_unsent:
        return _UNSPEAKABLE if result.error is CallError.BAD_REQUEST else _DOWN
    return Unknown(detail=result.sentence or "the answer broke off")


def _reply_of(result: CallResult) -> HttpReply:
    return HttpReply(
        status=result.status or 0,
        body=result.body,
        content_type=result.headers.get("content-type", ""),
        headers=tuple(result.headers.items()),
    )


def _retry_after(reply: HttpReply) -> float | None:
    """Retry-After in seconds; its date form is rare and our own schedule serves as well."""
    for name, value in reply.headers:
        if name == "retry-after" and value.isascii() and value.isdigit():
            return float(value[:6])
    return None


def _nobody() -> None:
    """Hears of changes before anyone has asked to."""
