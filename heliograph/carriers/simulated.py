"""A carrier without a wire: drives a simulated network by the event loop's clock.

It keeps a carrier's manners: the outcome of each dispatch is told once, receipts and arrivals are
handed over in batches and acknowledged to the network only after `Hear` has returned, and handed over
again when it failed. It must never make a task or a timer per message, and never decide what becomes
of one; that is the network's business.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

import structlog

from heliograph.model.carrier import Hear, Settle
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Declined, Dispatch, Outcome, Receipt, Unknown
from heliograph.model.route import Carrier

BATCH: Final = 500
"""Receipts or arrivals handed over at once."""
_SETTLED_PER_TURN: Final = 1000
_GATHER_SECONDS: Final = 0.002
_FARTHEST_SECONDS: Final = 30.0
"""Timers reach no further, so that a step of the wall clock is noticed."""
_FIRST_RETRY_SECONDS: Final = 0.05
_LAST_RETRY_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 5.0
"""How long a hand-over under way may take when we stop."""

_log = structlog.get_logger(__name__)
_Item = TypeVar("_Item")


class Network(Protocol):
    """What this carrier needs of a network. Times are seconds since the epoch."""

    def open(self) -> None:
        """Get ready; may take seconds."""

    def close(self) -> None:
        """Idempotent; what is owed stays owed."""

    def submit(
        self, dispatches: Sequence[Dispatch], now: float
    ) -> Sequence[tuple[float, Dispatch, Outcome]]:
        """For each dispatch when its outcome is to be told, and the outcome. Never raises."""

    def send_inbound(
        self, sender: str, recipient: str, text: str, *, now: float, body: bytes | None = None
    ) -> bool:
        """A handset sends a message; False when that could not be kept."""

    def receipts_due(self) -> float | None:
        """When the next receipt is due; None when none waits."""

    def arrivals_due(self) -> float | None:
        """When the next arrival is due; None when none waits."""

    def take_receipts(self, now: float, most: int) -> tuple[Sequence[int], Sequence[Receipt]]:
        """Receipts that are due, and the numbers to acknowledge them by."""

    def take_arrivals(self, now: float, most: int) -> tuple[Sequence[int], Sequence[Arrival]]:
        """Arrivals that are due, and the numbers to acknowledge them by."""

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """These have been heard."""


class SimulatedCarrier:
    """A `CarrierLink` to a simulated network."""

    def __init__(
        self, carrier: Carrier, network: Network, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` tells seconds since the epoch."""
        self._carrier = carrier
        self._network = network
        self._clock = clock
        self._running = False
        self._reachable = True
        self._changed: Callable[[], None] = _nobody
        self._answers: list[tuple[float, int, Dispatch, Outcome, Settle]] = []
        self._order = 0
        self._timer: asyncio.Handle | None = None
        # Kept here because uvloop's handle of an immediate timer does not tell it.
        self._timer_at = 0.0
        self._pumps: tuple[_Pump[Receipt], _Pump[Arrival]] | None = None

    @property
    def up(self) -> bool:
        """Whether it can take messages now."""
        return self._running and self._reachable

    async def start(self, hear: Hear, changed: Callable[[], None]) -> None:
        """Open the network and begin to hand over what it owes."""
        if self._running:
            return
        await asyncio.to_thread(self._network.open)
        network, name = self._network, self._carrier.name
        self._pumps = (
            _Pump(f"{name} receipts", network.receipts_due, network.take_receipts, hear.receipts),
            _Pump(f"{name} arrivals", network.arrivals_due, network.take_arrivals, hear.arrivals),
        )
        for pump in self._pumps:
            pump.start(network.acknowledge, self._now_if_up, self._arm)
        self._changed = changed
        self._running = True
        self._arm()
        changed()

    async def stop(self) -> None:
        """Settle what is open as Unknown, let hand-overs under way end, close the network."""
        was_running, self._running = self._running, False
        self._disarm()
        if was_running:
            self._break_off("the carrier was stopped")
            self._changed()
        pumps, self._pumps = self._pumps, None
        if pumps is not None:
            await asyncio.gather(*(pump.stop() for pump in pumps))
            self._network.close()

    def submit(self, dispatches: Sequence[Dispatch], settle: Settle) -> None:
        """Take these attempts; each outcome is told from the event loop, never from in here."""
        now = self._clock()
        answers: Sequence[tuple[float, Dispatch, Outcome]]
        if self.up:
            answers = self._network.submit(dispatches, now)
        else:
            down = Declined(reason=Reason.CARRIER_DOWN)
            answers = [(now, dispatch, down) for dispatch in dispatches]
        for due, dispatch, outcome in answers:
            self._order += 1
            heapq.heappush(self._answers, (due, self._order, dispatch, outcome, settle))
        self._arm()

    def send_inbound(
        self, sender: str, recipient: str, text: str, *, body: bytes | None = None
    ) -> bool:
        """A handset sends a message to a number of ours; False when that could not be kept."""
        kept = self._network.send_inbound(sender, recipient, text, now=self._clock(), body=body)
        self._arm()
        return kept

    def set_down(self) -> None:
        """Break the connection: open attempts settle as Unknown, receipts wait."""
        self._reachable = False
        if self._running:
            self._break_off("the connection was broken")
            self._changed()

    def set_up(self) -> None:
        """Mend the connection."""
        self._reachable = True
        if self._running:
            self._arm()
            self._changed()

    def _now_if_up(self) -> float | None:
        return self._clock() if self.up else None

    def _break_off(self, detail: str) -> None:
        """Settle every open attempt. Refusals are told as they are: they were never sent."""
        answers, self._answers = sorted(self._answers, key=_due_first), []
        unknown = Unknown(detail=detail)
        for _, _, dispatch, outcome, settle in answers:
            settle(dispatch, outcome if _was_down(outcome) else unknown)

    def _turn(self) -> None:
        self._timer = None
        now = self._clock()
        try:
            for _ in range(_SETTLED_PER_TURN):
                if not self._answers or self._answers[0][0] > now:
                    break
                _, _, dispatch, outcome, settle = heapq.heappop(self._answers)
                settle(dispatch, outcome)
        finally:
            for pump in self._pumps or ():
                pump.wake_if_due(now)
            self._arm()

    def _arm(self) -> None:
        """Set the one timer to what is due first."""
        now = self._clock()
        waits = [_FARTHEST_SECONDS]
        if self._answers:
            waits.append(self._answers[0][0] - now)
        if self.up:
            waits += [pump.wait(now) for pump in self._pumps or ()]
        wait = min(waits)
        if wait == _FARTHEST_SECONDS and not self._running:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + max(0.0, wait)
        if self._timer is not None:
            if self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = loop.call_at(when, self._turn)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Pump(Generic[_Item]):
    """Hands over one kind of thing, a batch at a time, until each batch has been heard."""

    def __init__(
        self,
        name: str,
        due: Callable[[], float | None],
        take: Callable[[float, int], tuple[Sequence[int], Sequence[_Item]]],
        tell: Callable[[Sequence[_Item]], Awaitable[None]],
    ) -> None:
        self._name = name
        self._due = due
        self._take = take
        self._tell = tell
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._busy = False
        self._not_before = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(
        self,
        acknowledge: Callable[[Sequence[int]], None],
        now: Callable[[], float | None],
        idle: Callable[[], None],
    ) -> None:
        """`now` tells None while nothing may be handed over; `idle` is called after each round."""
        self._task = asyncio.create_task(self._run(acknowledge, now, idle), name=self._name)
        self._task.add_done_callback(self._ended)

    def wait(self, now: float) -> float:
        """Seconds until this pump wants to be woken; small ones are stretched to gather more."""
        due = self._due()
        if due is None or self._busy:
            return _FARTHEST_SECONDS
        return max(due, self._not_before) - now

    def wake_if_due(self, now: float) -> None:
        """Begin a round when something is due."""
        if not self._busy and self.wait(now) <= 0:
            self._not_before = now + _GATHER_SECONDS
            self._busy = True
            self._wake.set()

    async def stop(self) -> None:
        """Let the batch under way be heard, within limits."""
        self._stopping.set()
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the pump broke", pump=self._name, exc_info=error)

    async def _run(
        self,
        acknowledge: Callable[[Sequence[int]], None],
        now: Callable[[], float | None],
        idle: Callable[[], None],
    ) -> None:
        while not self._stopping.is_set():
            await self._wake.wait()
            self._wake.clear()
            while not self._stopping.is_set() and (moment := now()) is not None:
                numbers, items = self._take(moment, BATCH)
                if not items:
                    break
                if await self._heard(items):
                    acknowledge(numbers)
            self._busy = False
            if not self._stopping.is_set():
                idle()

    async def _heard(self, items: Sequence[_Item]) -> bool:
        """Tell until it is heard; False when we stop before."""
        delay = _FIRST_RETRY_SECONDS
        while True:
            try:
                await self._tell(items)
            except Exception:  # noqa: BLE001 - top of the loop; an SMSC too tries again
                _log.exception("not heard, will be told again", pump=self._name, count=len(items))
            else:
                return True
            try:
                await asyncio.wait_for(self._stopping.wait(), delay)
            except TimeoutError:
                delay = min(delay * 2, _LAST_RETRY_SECONDS)
            else:
                return False


def _nobody() -> None:
    """Hears of changes before anyone has asked to."""


def _due_first(answer: tuple[float, int, Dispatch, Outcome, Settle]) -> tuple[float, int]:
    return answer[0], answer[1]


def _was_down(outcome: Outcome) -> bool:
    return isinstance(outcome, Declined) and outcome.reason is Reason.CARRIER_DOWN
