"""One carrier's way out: a fair queue, a window, a pace, and the record of each attempt before it is made.

Messages wait here in memory; their outbox rows are leased to this process. Nothing is handed to the
carrier before `mark_sending` has committed (promise P2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import msgspec
import structlog

from heliograph.flow.lanes import Bucket, FairQueue
from heliograph.flow.performance import Performance
from heliograph.model.carrier import CarrierLink
from heliograph.model.message import Message
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch, Outcome, Unknown
from heliograph.model.route import Decision
from heliograph.store import outbox
from heliograph.store.database import Database, Link

_log = structlog.get_logger()
_MOST: Final = 500
_AT_ONCE: Final = 2
"""Batches that may be put on record at once, while many wait."""
_MANY: Final = 100


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message in memory, leased to this process."""

    message: Message
    attempt: int
    """Attempts made so far."""
    failures: int
    tried: tuple[int, ...]
    decision: Decision
    late: bool = False
    """Its outcome comes after our patience had ended and the attempt was called uncertain."""


Settled = Callable[[Waiting, int, Outcome], None]
"""Called with the carrier's id as soon as an attempt has an outcome."""

Key = tuple[int, int]
"""`(account_id, message_id)`."""
OptedOut = Callable[[Link, Sequence[Waiting]], Awaitable[Collection[Key]]]
"""Asked in the transaction that puts attempts on record: keys of those that must not be made."""
_OPTED_OUT: Final = Declined(reason=Reason.OPTED_OUT, next_carrier=False)


class Outlet:
    """Feeds one carrier."""

    def __init__(
        self,
        carrier_id: int,
        link: CarrierLink,
        *,
        window: int,
        per_second: float,
        database: Database,
        node: int,
        settled: Settled,
        stale: Callable[[Sequence[Waiting]], None],
        dropped: Callable[[Sequence[Waiting]], None],
        opted_out: OptedOut,
        has_opt_outs: Callable[[int], bool],
        now: Callable[[], datetime],
        submit_timeout_seconds: float,
        others: Callable[[], Sequence[int]] = tuple,
    ) -> None:
        """`stale` gets what waits when the link goes down, `dropped` what somebody else has taken.
        `has_opt_outs` is what memory knows of an account, perhaps late. `others` are the nodes that hand
        over what they have leased."""
        self.carrier_id = carrier_id
        self.link = link
        self.window = window
        self.bucket = Bucket(per_second, monotonic())
        self.performance = Performance(now)
        self._database = database
        self._node = node
        self._others = others
        self._settled = settled
        self._stale = stale
        self._dropped = dropped
        self._opted_out = opted_out
        self._has_opt_outs = has_opt_outs
        self._now = now
        self._timeout = submit_timeout_seconds
        self._queue: FairQueue[Waiting] = FairQueue()
        self._under_way: dict[tuple[int, int], tuple[Waiting, float]] = {}
        self._handing: dict[asyncio.Task[None], int] = {}
        """Batches that are put on record and handed over now, with their sizes, in order."""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def __len__(self) -> int:
        """How many wait in memory."""
        return len(self._queue)

    @property
    def under_way(self) -> int:
        """How many are with the carrier without an outcome."""
        return len(self._under_way)

    async def start(self) -> None:
        """Begin to feed the carrier; its link is started by the caller."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name=f"outlet-{self.carrier_id}")

    async def stop(self) -> None:
        """Hand out nothing more; what is with the carrier may still settle. Idempotent."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
            await asyncio.gather(*self._handing, return_exceptions=True)
            self._task = None

    async def drained(self, deadline: float) -> None:
        """Wait until nothing is under way, at most until `deadline` (monotonic seconds)."""
        while self._under_way and (left := deadline - monotonic()) > 0:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), left)
            except TimeoutError:
                return

    def pace(self, per_second: float) -> None:
        """The carrier's speed was changed."""
        if per_second != self.bucket.per_second:
            self.bucket = Bucket(per_second, monotonic())

    def push(self, waiting: Waiting) -> None:
        """Queue a message."""
        message = waiting.message
        self._queue.push(
            message.traffic_class, message.account_id, waiting, ahead=message.priority > 0
        )
        self._wake.set()

    def changed(self) -> None:
        """The link came up or went down."""
        if not self.link.up:
            self._stale(self.drain())
        self._wake.set()

    def drain(self) -> list[Waiting]:
        """Take everything out that has not been handed to the carrier."""
        return self._queue.pop(len(self._queue))

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._step()
            except Exception:  # noqa: BLE001 - the top of the loop: leases bring back what was in hand
                _log.exception("outlet failed", carrier_id=self.carrier_id)
                await asyncio.sleep(0.5)

    async def _step(self) -> None:
        now = monotonic()
        self._give_up(now)
        room = min(self._room(), self.bucket.available(now), _MOST)
        if room <= 0 or not self._queue or not self.link.up or self._busy():
            await self._rest(now)
            return
        batch = self._still_valid(self._queue.pop(room))
        if batch:
            self.bucket.take(len(batch))
            before = next(reversed(self._handing), None)
            handing = asyncio.create_task(self._hand_over(batch, before))
            self._handing[handing] = len(batch)
            handing.add_done_callback(self._handed)

    def _room(self) -> int:
        """How much of the window is free."""
        return self.window - len(self._under_way) - sum(self._handing.values())

    def _busy(self) -> bool:
        """Whether the next batch can wait and grow."""
        most = _AT_ONCE if len(self._queue) >= _MANY else 1
        return len(self._handing) >= most

    def _handed(self, handing: asyncio.Task[None]) -> None:
        del self._handing[handing]
        if not handing.cancelled() and (fault := handing.exception()) is not None:
            _log.error("outlet failed", carrier_id=self.carrier_id, exc_info=fault)
        self._wake.set()

    def _still_valid(self, batch: list[Waiting]) -> list[Waiting]:
        """Behind a slow carrier a message may wait here until nobody wants it any more."""
        now = self._now()
        valid = []
        for waiting in batch:
            if waiting.message.valid_until > now:
                valid.append(waiting)
            else:
                self._settled(waiting, 0, Declined(reason=Reason.VALIDITY_EXPIRED))
        return valid

    async def _rest(self, now: float) -> None:
        """Until something changes: a message, a settled attempt, a token, or a second at most."""
        self._wake.clear()
        pause = self.bucket.wait(now) if self._queue and self.link.up else 1.0
        pause = min(max(pause, 0.001), 1.0) if self._room() > 0 and not self._busy() else 1.0
        try:
            await asyncio.wait_for(self._wake.wait(), pause)
        except TimeoutError:
            return

    async def _hand_over(self, batch: list[Waiting], before: asyncio.Task[None] | None) -> None:
        """After the batch before, so that what was queued first goes first."""
        try:
            allowed, out = await self._put_on_record(batch)
        except Exception:  # noqa: BLE001 - the top of a task
            _log.exception("attempts could not be put on record", carrier_id=self.carrier_id)
            self._dropped(batch)  # their leases bring them back
            await asyncio.sleep(0.5)
            return
        if before is not None:
            await asyncio.wait((before,))
        deadline = monotonic() + self._timeout
        dispatches = []
        refused = []
        for waiting in batch:
            key = (waiting.message.account_id, waiting.message.id)
            if key in out:
                self._settled(waiting, 0, _OPTED_OUT)
            elif key not in allowed:
                refused.append(waiting)
            else:
                allowed.remove(key)  # one attempt on record allows one submission
                self._under_way[key] = (waiting, deadline)
                dispatches.append(Dispatch(message=waiting.message, attempt=waiting.attempt + 1))
        if refused:
            self._dropped(refused)
        if dispatches:
            self.performance.submitted += len(dispatches)
            self.link.submit(dispatches, self._settle)

    async def _put_on_record(self, batch: list[Waiting]) -> tuple[set[Key], Collection[Key]]:
        """Which attempts may be made, and which must not because the number opted out.

        Accounts without opt-outs, which is most of them, need one statement and no transaction; what
        it does not allow is looked at once more.
        """
        now = self._now()
        lease_until = now + timedelta(seconds=self._timeout * 2)
        lasting_until = now + timedelta(seconds=self._timeout * 1.5)
        attempts = [
            outbox.Attempt(w.message.account_id, w.message.id, w.attempt + 1, self.carrier_id)
            for w in batch
        ]
        clear = {a.account_id for a in attempts if not self._has_opt_outs(a.account_id)}
        async with self._database.link() as link:
            allowed = await outbox.mark_sending(
                link,
                [attempt for attempt in attempts if attempt.account_id in clear],
                node=self._node,
                lease_until=lease_until,
                lasting_until=lasting_until,
                also=self._others(),
                unless_opted_out=sorted(clear),
            )
        rest = [w for w in batch if (w.message.account_id, w.message.id) not in allowed]
        if not rest:
            return allowed, ()
        try:
            async with self._database.transaction() as link:
                out = await self._opted_out(link, rest)
                barred = {*out, *allowed}
                more = await outbox.mark_sending(
                    link,
                    [attempt for attempt in attempts if attempt[:2] not in barred],
                    node=self._node,
                    lease_until=lease_until,
                    lasting_until=lasting_until,
                    also=self._others(),
                )
        except Exception:
            if not allowed:
                raise
            _log.exception("attempts could not be put on record", carrier_id=self.carrier_id)
            return (
                allowed,
                (),
            )  # what is on record is sent; the leases of the others bring them back
        return allowed | more, out

    def _settle(self, dispatch: Dispatch, outcome: Outcome) -> None:
        message = dispatch.message
        held = self._under_way.get((message.account_id, message.id))
        took_seconds = None
        if held is not None and held[0].attempt + 1 == dispatch.attempt:
            del self._under_way[message.account_id, message.id]
            waiting = held[0]
            took_seconds = monotonic() - (held[1] - self._timeout)
        elif isinstance(outcome, Unknown) and not outcome.carrier_ids:
            return  # that is what we have said ourselves
        else:  # later than our patience: still worth knowing
            waiting = Waiting(
                message=message,
                attempt=dispatch.attempt - 1,
                failures=0,
                tried=(),
                decision=Decision(carrier_id=self.carrier_id, route_id=None),
                late=True,
            )
        if isinstance(outcome, Declined) and outcome.reason is Reason.THROTTLED:
            self.bucket.pause(monotonic() + (outcome.retry_after_seconds or 1.0))
        self.performance.settled(outcome, took_seconds)
        self._settled(waiting, self.carrier_id, outcome)
        self._wake.set()

    def _give_up(self, now: float) -> None:
        """Attempts without an outcome after the time-out are uncertain from now on."""
        late = []
        for key, (waiting, deadline) in self._under_way.items():
            if deadline > now:
                break  # in order of handing over, so the first that is in time ends the search
            late.append((key, waiting))
        for key, waiting in late:
            del self._under_way[key]
            outcome = Unknown(detail="no response in time")
            self.performance.settled(outcome, self._timeout)
            self._settled(waiting, self.carrier_id, outcome)
