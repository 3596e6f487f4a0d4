"""The simulated carrier keeps a carrier's manners on a real event loop with small latencies."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from heliograph.carriers.simulated import BATCH, SimulatedCarrier
from heliograph.model.account import TrafficClass
from heliograph.model.carrier import CarrierLink
from heliograph.model.message import Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.report import (
    Arrival,
    Declined,
    Dispatch,
    OpenId,
    Outcome,
    Receipt,
    Taken,
    Unknown,
)
from heliograph.model.route import Carrier
from heliograph.model.status import Status
from heliograph.simulator import Network, NetworkSettings

NOUN = Carrier(id=7, name="hill", kind="simulated")
AT_ONCE = NetworkSettings(
    response_median_ms=0, response_p99_ms=0, receipt_median_ms=0, receipt_p99_ms=0
)
NEVER = NetworkSettings(response_median_ms=3_600_000, response_p99_ms=3_600_000)


class Ear:
    """Hears, counts, fails when told to, and lets a test wait for what it expects."""

    def __init__(self, failures: int = 0) -> None:
        self.heard: list[Receipt] = []
        self.arrived: list[Arrival] = []
        self.batches: list[int] = []
        self.failures = failures
        self._news = asyncio.Condition()

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        await self._fail_maybe()
        self.heard += receipts
        self.batches.append(len(receipts))
        await self.tell()

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        await self._fail_maybe()
        self.arrived += arrivals
        await self.tell()

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        return ()

    async def tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(true)

    async def _fail_maybe(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the database is away")


class Desk:
    """Collects outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[int, Outcome]] = []
        self.full = asyncio.Event()
        self.expected = 1

    def settle(self, dispatch: Dispatch, outcome: Outcome) -> None:
        self.outcomes.append((dispatch.message.id, outcome))
        if len(self.outcomes) >= self.expected:
            self.full.set()

    async def wait(self, expected: int = 1) -> list[Outcome]:
        self.expected = expected
        if len(self.outcomes) < expected:
            self.full.clear()
            await asyncio.wait_for(self.full.wait(), 10)
        return [outcome for _, outcome in self.outcomes]


def dispatches(count: int, *, recipient: str | None = None, parts: int = 1) -> list[Dispatch]:
    return [
        Dispatch(
            message=Message(
                account_id=1,
                id=number,
                submission_id=None,
                dialect="native",
                sender="26969",
                recipient=recipient or str(8801711100000 + number),
                text="Hello",
                encoding=Encoding.GSM7,
                parts=parts,
                traffic_class=TrafficClass.TRANSACTIONAL,
                valid_until=datetime(2030, 1, 1, tzinfo=UTC),
            ),
            attempt=1,
        )
        for number in range(count)
    ]


def nothing() -> None:
    """Not interested in changes."""


async def test_every_dispatch_settles_once_and_every_receipt_is_heard() -> None:
    link: CarrierLink = SimulatedCarrier(NOUN, network := Network(carrier_id=7, settings=AT_ONCE))
    ear, desk = Ear(), Desk()
    await link.start(ear, nothing)
    link.submit(dispatches(1200, parts=2), desk.settle)
    assert desk.outcomes == []
    outcomes = await desk.wait(1200)
    await ear.until(lambda: len(ear.heard) == 2400)
    await link.stop()
    assert [number for number, _ in desk.outcomes] == list(range(1200))
    named = {n for o in outcomes if isinstance(o, Taken) for n in o.carrier_ids}
    assert named == {receipt.carrier_message_id for receipt in ear.heard}
    assert max(ear.batches) == BATCH
    assert network.pending == 0


async def test_refusals_arrive_and_bring_no_receipt() -> None:
    network = Network(carrier_id=7, settings=NetworkSettings(refused_share=1.0))
    link = SimulatedCarrier(NOUN, network)
    ear, desk = Ear(), Desk()
    await link.start(ear, nothing)
    link.submit(dispatches(10), desk.settle)
    assert all(isinstance(outcome, Declined) for outcome in await desk.wait(10))
    await link.stop()
    assert network.pending == 0
    assert ear.heard == []


async def test_an_early_receipt_is_heard_before_the_outcome() -> None:
    network = Network(carrier_id=7, settings=AT_ONCE)
    link = SimulatedCarrier(NOUN, network)
    ear, desk = Ear(), Desk()
    await link.start(ear, nothing)
    link.submit(dispatches(1, recipient="8801700000011"), desk.settle)
    await ear.until(lambda: len(ear.heard) == 1)
    assert desk.outcomes == []
    assert isinstance((await desk.wait())[0], Taken)
    await link.stop()


async def test_no_response_settles_as_unknown_when_patience_ends() -> None:
    settings = NetworkSettings(unanswered_share=1.0, response_timeout_ms=20)
    link = SimulatedCarrier(NOUN, Network(carrier_id=7, settings=settings))
    desk = Desk()
    await link.start(Ear(), nothing)
    link.submit(dispatches(3), desk.settle)
    assert all(isinstance(outcome, Unknown) for outcome in await desk.wait(3))
    await link.stop()
    assert len(desk.outcomes) == 3


async def test_what_was_not_heard_is_told_again_in_order() -> None:
    network = Network(carrier_id=7, settings=AT_ONCE)
    link = SimulatedCarrier(NOUN, network)
    ear, desk = Ear(failures=2), Desk()
    await link.start(ear, nothing)
    with structlog.testing.capture_logs() as logs:
        link.submit(dispatches(5), desk.settle)
        await ear.until(lambda: len(ear.heard) == 5)
    await link.stop()
    assert [log["count"] for log in logs] == [5, 5]
    assert len({receipt.carrier_message_id for receipt in ear.heard}) == 5
    assert network.pending == 0


async def test_inbound_messages_are_handed_over_and_survive_a_failure() -> None:
    link = SimulatedCarrier(NOUN, network := Network(carrier_id=7))
    ear = Ear(failures=1)
    await link.start(ear, nothing)
    with structlog.testing.capture_logs() as logs:
        assert link.send_inbound("8801844909020", "26969", "START")
        await ear.until(lambda: len(ear.arrived) == 1)
    await link.stop()
    assert (ear.arrived[0].text, ear.arrived[0].carrier_id, len(logs)) == ("START", 7, 1)
    assert network.pending == 0


async def test_a_handset_that_replies_stop_is_heard() -> None:
    link = SimulatedCarrier(NOUN, Network(carrier_id=7, settings=AT_ONCE))
    ear, desk = Ear(), Desk()
    await link.start(ear, nothing)
    link.submit(dispatches(1, recipient="8801700000019"), desk.settle)
    await ear.until(lambda: len(ear.arrived) == 1)
    await link.stop()
    assert (ear.arrived[0].sender, ear.arrived[0].text) == ("8801700000019", "STOP")


async def test_a_broken_connection_settles_as_unknown_and_receipts_wait_for_it() -> None:
    network = Network(carrier_id=7, settings=AT_ONCE)
    link = SimulatedCarrier(NOUN, network)
    ear, desk, seen = Ear(), Desk(), []
    await link.start(ear, lambda: seen.append(link.up))
    link.submit(dispatches(3), desk.settle)
    link.set_down()
    assert [type(outcome) for outcome in await desk.wait(3)] == [Unknown] * 3
    link.submit(dispatches(1), desk.settle)
    refused = (await desk.wait(4))[3]
    assert isinstance(refused, Declined)
    assert refused.reason is Reason.CARRIER_DOWN
    assert ear.heard == []
    link.set_up()
    await ear.until(lambda: len(ear.heard) == 3)
    await link.stop()
    assert seen == [True, False, True, False]
    assert network.submissions_of(0) == 1


async def test_stop_settles_what_is_open_and_may_be_called_twice() -> None:
    link = SimulatedCarrier(NOUN, network := Network(carrier_id=7, settings=NEVER))
    desk = Desk()
    await link.stop()
    await link.start(Ear(), nothing)
    link.submit(dispatches(4), desk.settle)
    await link.stop()
    await link.stop()
    assert not link.up
    assert [type(outcome) for _, outcome in desk.outcomes] == [Unknown] * 4
    link.submit(dispatches(1), desk.settle)
    assert isinstance((await desk.wait(5))[4], Declined)
    assert network.submissions_of(0) == 1


async def test_stop_does_not_wait_for_a_deaf_ear_and_the_receipt_stays_owed() -> None:
    network = Network(carrier_id=7, settings=AT_ONCE)
    link = SimulatedCarrier(NOUN, network)
    deaf, desk = Ear(failures=10**9), Desk()
    await link.start(deaf, nothing)
    with structlog.testing.capture_logs() as logs:
        link.submit(dispatches(1), desk.settle)
        await desk.wait()
        started = time.monotonic()
        await link.stop()
    assert time.monotonic() - started < 2
    assert len(logs) <= 2
    assert network.pending == 1
    ear = Ear()
    await link.start(ear, nothing)
    await ear.until(lambda: len(ear.heard) == 1)
    await link.stop()
    assert network.pending == 0


async def test_a_restarted_process_hears_what_the_killed_one_did_not(tmp_path: Path) -> None:
    settings = NetworkSettings(receipt_median_ms=3_600_000, receipt_p99_ms=3_600_000)
    journal = tmp_path / "journal"
    link = SimulatedCarrier(NOUN, Network(carrier_id=7, settings=settings, journal=journal))
    desk = Desk()
    await link.start(Ear(), nothing)
    link.submit(dispatches(2), desk.settle)
    outcomes = await desk.wait(2)
    left_behind = tmp_path / "left-behind"
    left_behind.write_bytes(journal.read_bytes())
    await link.stop()

    network = Network(carrier_id=7, journal=left_behind)
    ear = Ear()
    later = SimulatedCarrier(NOUN, network, clock=lambda: time.time() + 7200)
    await later.start(ear, nothing)
    await ear.until(lambda: len(ear.heard) == 2)
    await later.stop()
    assert {(receipt.carrier_message_id,) for receipt in ear.heard} == {
        outcome.carrier_ids for outcome in outcomes if isinstance(outcome, Taken)
    }
    assert {receipt.status for receipt in ear.heard} == {Status.DELIVERED}
    assert network.submissions_of(1) == 1


async def test_twenty_thousand_pass_without_a_task_for_each() -> None:
    count = 20_000
    link = SimulatedCarrier(NOUN, Network(carrier_id=7, settings=AT_ONCE))
    ear, desk = Ear(), Desk()
    await link.start(ear, nothing)
    before = len(asyncio.all_tasks())
    batch = dispatches(count)
    for first in range(0, count, BATCH):
        link.submit(batch[first : first + BATCH], desk.settle)
    assert len(asyncio.all_tasks()) == before
    await desk.wait(count)
    await ear.until(lambda: len(ear.heard) == count)
    await link.stop()
    assert len(ear.batches) < count / 100
