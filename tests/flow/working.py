"""The working half of a house for tests: outlets, receipts, notifications and sweepers on `Parts`.

Carriers are links in the test's hand: they keep what they are given until the test says what becomes of
it. Sweeps are made by the test, time is the parts' clock, and what happens in the background is
awaited by signals. `die` leaves everything as a killed process would: nothing is written any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from heliograph.flow.accept import Accept
from heliograph.flow.advance import Told
from heliograph.flow.answer import Answers
from heliograph.flow.batch import Batcher
from heliograph.flow.calling import Called
from heliograph.flow.deliver import Deliver
from heliograph.flow.exits import Exits
from heliograph.flow.notify import Notify
from heliograph.flow.open import Open
from heliograph.flow.receive import Receive
from heliograph.flow.report import Report
from heliograph.flow.route import Router
from heliograph.flow.tend import Tend
from heliograph.flow.watch import Watch
from heliograph.model.account import Endpoint
from heliograph.model.carrier import Hear, Settle
from heliograph.model.command import AcceptedItem
from heliograph.model.manners import Manners
from heliograph.model.message import Event, EventKind, Inbound, MessageRecord
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Declined, Dispatch, OpenId, Outcome, Receipt, Taken
from heliograph.model.route import Carrier, Route, Target
from heliograph.model.status import Status
from heliograph.store.database import Database
from tests.flow.conftest import LEASE_SECONDS, Parts

SUBMIT_TIMEOUT_SECONDS = 10.0
RETRY_BASE_SECONDS = 4.0
PATIENCE_SECONDS = 5.0
"""How long a test waits for a signal before it fails."""
OK = Called(status_code=200, error=None, duration_ms=1)
CURT = "curt"
"""A form whose customers are called twice more, a minute apart, but not after 404 and 410."""


class HandLink:
    """A `CarrierLink` that does nothing by itself."""

    def __init__(self, carrier: Carrier, signal: Callable[[], None]) -> None:
        self.carrier = carrier
        self.up = False
        self.given: list[tuple[Dispatch, Settle]] = []
        """Every dispatch that it was given, in order."""
        self.hear: Hear | None = None
        self.stops = 0
        self._signal = signal
        self._changed: Callable[[], None] = lambda: None

    async def start(self, hear: Hear, changed: Callable[[], None]) -> None:
        """Up at once."""
        self.hear, self._changed, self.up = hear, changed, True
        changed()

    async def stop(self) -> None:
        """Down for good."""
        self.stops += 1
        self.up = False
        self._changed()

    def submit(self, dispatches: Sequence[Dispatch], settle: Settle) -> None:
        """Keep them."""
        self.given += [(dispatch, settle) for dispatch in dispatches]
        self._signal()

    def turn(self, *, up: bool) -> None:
        """The connection breaks or is mended."""
        self.up = up
        self._changed()

    def answer(self, place: int, outcome: Outcome) -> None:
        """Say what becomes of the dispatch at a place (-1: the last one)."""
        dispatch, settle = self.given[place]
        settle(dispatch, outcome)

    def took(self, place: int, *carrier_ids: str) -> None:
        """The carrier took it."""
        self.answer(place, Taken(carrier_ids=carrier_ids))

    def declined(self, place: int, reason: Reason, **words: Any) -> None:
        """The carrier did not take it."""
        self.answer(place, Declined(reason=reason, **words))


class Works:
    """Everything behind acceptance, for one process."""

    def __init__(self, parts: Parts, *, database: Database | None = None) -> None:
        self.parts = parts
        self.database = database or parts.database
        self.links: dict[str, HandLink] = {}
        self.sharers = 1
        """Processes that share a carrier."""
        self.calls: list[tuple[Endpoint, Event, MessageRecord]] = []
        self.arrived: list[tuple[Endpoint, Inbound]] = []
        self.answers: list[Called] = []
        """What the customer answers, in turn; then 200."""
        self.heard: list[Event] = []
        self._signalled = asyncio.Event()
        self._build()

    def _build(self) -> None:
        parts = self.parts
        self.router = Router(parts.directory, self._up)
        common: dict[str, Any] = {
            "database": self.database,
            "advance": parts.advance,
            "told": self._told,
            "now": parts.clock,
            "lease_seconds": LEASE_SECONDS,
        }
        self.report = Report(**common, ids=parts.ids, retry_base_seconds=RETRY_BASE_SECONDS)
        self.receive = Receive(
            database=self.database,
            directory=parts.directory,
            answers=Answers(directory=parts.directory, checks=parts.checks, now=parts.clock),
            accept=lambda: parts.accept,
            ids=parts.ids,
            told=self._told,
            now=parts.clock,
            lease_seconds=LEASE_SECONDS,
        )
        self.deliver = Deliver(
            **common,
            directory=parts.directory,
            router=self.router,
            report=self.report,
            node=parts.node,
            retry_base_seconds=RETRY_BASE_SECONDS,
            most_in_memory=100,
        )
        self.exits = Exits(
            database=self.database,
            directory=parts.directory,
            deliver=self.deliver,
            hear=_Ear(self.report, self.receive, Open(self.database, parts.clock)),
            make_link=self._make_link,
            sharers=lambda _: self.sharers,
            now=parts.clock,
            node=parts.node,
            submit_timeout_seconds=SUBMIT_TIMEOUT_SECONDS,
            drain_seconds=0.0,
        )
        self.notify = Notify(
            database=self.database,
            directory=parts.directory,
            caller=self._call,
            inbound_caller=self._call_of_arrival,
            ids=parts.ids,
            now=parts.clock,
            lease_seconds=LEASE_SECONDS,
            manners={
                CURT: Manners(
                    retry_seconds=(60.0, 60.0), hopeless=frozenset({404, 410}), gone_disables=False
                )
            },
        )
        self.tend = Tend(
            **common,
            deliver=self.deliver,
            report=self.report,
            notify=self.notify,
            upload=parts.upload,
            node=parts.node,
            patience_seconds=SUBMIT_TIMEOUT_SECONDS * 2,
            partition_days=7,
            retention_days=90,
        )
        self.watch = Watch(self.database, parts.clock)
        self.accept = Accept(
            database=self.database,
            directory=parts.directory,
            checks=parts.checks,
            advance=parts.advance,
            onward=self.deliver,
            told=self._told,
            ids=parts.ids,
            now=parts.clock,
            node=parts.node,
            lease_seconds=LEASE_SECONDS,
        )

    async def start(self) -> None:
        """What `wiring` does, without sweepers."""
        await self.tend.prepare()
        for part in (self.notify, self.report, self.receive, self.deliver, self.accept, self.exits):
            await part.start()
        self.parts.accept = self.accept

    async def stop(self) -> None:
        """In reverse; what is known is written."""
        for part in (self.exits, self.accept, self.deliver, self.receive, self.report, self.notify):
            await part.stop()

    async def die(self) -> None:
        """kill -9: from now on nothing of this process reaches the database."""
        writers = (
            self.accept._writer,
            self.deliver._results,
            self.deliver._put_back,
            self.report._writer,
            self.receive._writer,
            self.notify._load,
            self.notify._results,
        )
        tasks = [task for writer in writers for task in writer._tasks]
        for outlet in self.deliver.outlets.values():
            outlet._stopping = True  # a task that is being woken may overhear that it is cancelled
            tasks += [outlet._task] if outlet._task else []
        tasks += self.notify._calling._workers
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.database.stop()

    # -- what happens -----------------------------------------------------------------------------

    def _make_link(self, carrier: Carrier) -> HandLink:
        link = self.links[carrier.name] = HandLink(carrier, self._signalled.set)
        return link

    def _up(self, carrier_id: int) -> bool:
        return self.deliver.up(carrier_id)

    def _told(self, told: Told) -> None:
        self.heard += told.events
        for account_id in {event.account_id for event in told.events}:
            self.watch.ring(account_id)
        if told.ready:
            self.notify.take(told.ready)
        self._signalled.set()

    async def _call(self, endpoint: Endpoint, event: Event, record: MessageRecord) -> Called:
        self.calls.append((endpoint, event, record))
        self._signalled.set()
        return self.answers.pop(0) if self.answers else OK

    async def _call_of_arrival(self, endpoint: Endpoint, inbound: Inbound) -> Called:
        self.arrived.append((endpoint, inbound))
        self._signalled.set()
        return self.answers.pop(0) if self.answers else OK

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for signals until it is a fact."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not fact():
                self._signalled.clear()
                await self._signalled.wait()

    async def until_room(self, lane: int, room: int) -> None:
        """Wait until so much room is left in memory, of which no signal tells."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.deliver.room(lane) != room:  # noqa: ASYNC110 - no signal tells of it
                await asyncio.sleep(0)

    async def called(self, count: int) -> None:
        """Wait until so many calls were made in all."""
        await self.until(lambda: len(self.calls) >= count)

    async def noted(self, count: int) -> None:
        """Wait until so many attempts have come to nothing, with another to follow."""
        await self.until(lambda: sum(e.kind is EventKind.ATTEMPT for e in self.heard) >= count)

    @property
    def link(self) -> HandLink:
        """The first carrier's."""
        return self.links["first"]

    async def given(self, count: int, carrier: str = "first") -> HandLink:
        """The carrier's link, once it was given so many dispatches in all."""
        link = self.links[carrier]
        await self.until(lambda: len(link.given) >= count)
        assert len(link.given) == count
        return link

    async def status(self, message: AcceptedItem, status: Status) -> None:
        """Wait until a message is there."""
        await self.until(
            lambda: any(
                e.message_id == message.message_id and e.status is status for e in self.heard
            )
        )

    async def sent(self, *carrier_ids: str, **words: Any) -> AcceptedItem:
        """A message that the first carrier has taken."""
        count = len(self.link.given)
        message = await self.parts.accepted(**words)
        link = await self.given(count + 1)
        link.took(-1, *carrier_ids)
        await self.status(message, Status.SENT)
        return message

    async def hear(self, status: Status, carrier_message_id: str, **words: Any) -> None:
        """A receipt reaches the first carrier's link; returns after its commit."""
        await self.report.receipts([receipt(self.parts, status, carrier_message_id, **words)])

    def lives(self, message: AcceptedItem) -> list[Status]:
        """The statuses that were told of a message, in order."""
        return [e.status for e in self.heard if e.message_id == message.message_id and e.kind == 1]


class _Ear:
    def __init__(self, report: Report, receive: Receive, still_open: Open) -> None:
        self._report, self._receive, self._open = report, receive, still_open

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        await self._report.receipts(receipts)

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        await self._receive.arrivals(arrivals)

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        return await self._open.ids(carrier_id, taken_before=taken_before, after=after, limit=limit)


async def outbox_states(parts: Parts) -> list[tuple[int, int]]:
    """`(state, attempt)` of every row of the outbox."""
    return [
        tuple(r) for r in await parts.rows("select state, attempt from outbox order by message_id")
    ]


async def second_carrier(parts: Parts) -> Carrier:
    """A carrier `second`, to which messages fall when the first does not take them."""
    second = await parts.insert(Carrier(id=0, name="second", kind="simulated"))
    await parts.insert(
        Route(
            id=0,
            name="both",
            position=1,
            targets=(Target(carrier="first"), Target(carrier="second", priority=1)),
        )
    )
    return second


def lose(writer: Batcher[Any, Any]) -> None:
    """What is given to the writer from now on is lost, as when the process dies before it is written."""
    vars(writer)["put"] = vars(writer)["leave"] = lambda item: None


def receipt(
    parts: Parts,
    status: Status,
    carrier_message_id: str,
    *,
    reason: Reason = Reason.NONE,
    at: datetime | None = None,
    other_forms: tuple[str, ...] = (),
) -> Receipt:
    """A receipt of the first carrier."""
    return Receipt(
        carrier_id=parts.carrier.id,
        carrier_message_id=carrier_message_id,
        status=status,
        reason=reason,
        at=at or parts.clock(),
        raw="as it came",
        other_forms=other_forms,
    )


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[Works]:
    """A process that works until the block ends; what `parts` accepts goes to its carriers."""
    former = parts.accept
    works = Works(parts)
    await works.start()
    try:
        yield works
    finally:
        await works.stop()
        parts.accept = former


@asynccontextmanager
async def killed(parts: Parts) -> AsyncIterator[Works]:
    """A process that is killed when the block ends. It has a database pool of its own."""
    former = parts.accept
    database = Database(parts.dsn, size=6)
    await database.start()
    works = Works(parts, database=database)
    await works.start()
    try:
        yield works
    finally:
        await works.die()
        parts.accept = former
