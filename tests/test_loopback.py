"""The simulated network behind real SMPP, as the flow meets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from heliograph.links import Links, carrier_fault
from heliograph.loopback import LoopbackCarrier
from heliograph.model.account import TrafficClass
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
)
from heliograph.model.route import Carrier
from heliograph.model.status import Status
from heliograph.simulator import Network, NetworkSettings

AT_ONCE = NetworkSettings(
    response_median_ms=0, response_p99_ms=0, receipt_median_ms=0, receipt_p99_ms=0
)
NOUN = Carrier(id=7, name="hill", kind="simulated", settings={"wire": "smpp"})


class Ear:
    def __init__(self) -> None:
        self.heard: asyncio.Queue[Receipt | Arrival] = asyncio.Queue()
        self.outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        self.up = asyncio.Event()

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        for receipt in receipts:
            self.heard.put_nowait(receipt)

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            self.heard.put_nowait(arrival)

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        return ()

    def settle(self, dispatch: Dispatch, outcome: Outcome) -> None:
        self.outcomes.put_nowait(outcome)

    async def hear(self) -> Receipt | Arrival:
        async with asyncio.timeout(5):
            return await self.heard.get()


@pytest.fixture
def network() -> Network:
    return Network(carrier_id=7, settings=AT_ONCE)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def link(network: Network, ear: Ear) -> AsyncIterator[LoopbackCarrier]:
    carrier = LoopbackCarrier(NOUN, network)
    await carrier.start(ear, ear.up.set)
    async with asyncio.timeout(5):
        await ear.up.wait()
    yield carrier
    await carrier.stop()


def dispatch(recipient: str = "8801844909020", **fields: Any) -> Dispatch:
    message = Message(
        account_id=1,
        id=5,
        submission_id=None,
        dialect="native",
        sender="8801552146283",
        recipient=recipient,
        encoding=Encoding.AUTO,
        traffic_class=TrafficClass.TRANSACTIONAL,
        valid_until=datetime.now(UTC) + timedelta(hours=1),
        **{"text": "Hello", "parts": 1, **fields},
    )
    return Dispatch(message=message, attempt=1)


async def sent(link: LoopbackCarrier, ear: Ear, one: Dispatch) -> Outcome:
    link.submit([one], ear.settle)
    async with asyncio.timeout(5):
        return await ear.outcomes.get()


async def test_a_long_message_lands_whole_and_each_part_is_receipted(
    link: LoopbackCarrier, network: Network, ear: Ear
) -> None:
    text = "Zwei Teile für 5 €, " * 10
    outcome = await sent(link, ear, dispatch(text=text, parts=2))
    assert isinstance(outcome, Taken)
    receipts = [await ear.hear() for _ in outcome.carrier_ids]
    names = {one.carrier_message_id for one in receipts if isinstance(one, Receipt)}
    assert names == set(outcome.carrier_ids)
    (shown,) = network.handsets.of("8801844909020")
    assert (shown.message_id, shown.text, shown.parts) == (5, text, 2)


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [
        ("8801700000001", Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER),
        ("8801700000003", Status.EXPIRED, Reason.VALIDITY_EXPIRED),
        ("8801700000004", Status.REJECTED, Reason.INVALID_SOURCE),
        ("8801700000015", Status.UNDELIVERED, Reason.MEMORY_EXCEEDED),
    ],
)
async def test_reasons_are_the_same_as_without_a_wire(
    link: LoopbackCarrier, ear: Ear, number: str, status: Status, reason: Reason
) -> None:
    assert isinstance(await sent(link, ear, dispatch(number)), Taken)
    receipt = await ear.hear()
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.reason) == (status, reason)


async def test_the_network_knows_a_message_that_comes_again(
    link: LoopbackCarrier, network: Network, ear: Ear
) -> None:
    outcome = await sent(link, ear, dispatch("8801700000005"))
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.INVALID_DESTINATION
    await sent(link, ear, dispatch("8801700000005", text="Other words"))
    assert network.submissions_of(5) == 2


async def test_a_handsets_message_arrives(link: LoopbackCarrier, ear: Ear) -> None:
    assert link.send_inbound("8801844909020", "8809610000001", "ja 😀" * 50)
    arrival = await ear.hear()
    assert isinstance(arrival, Arrival)
    assert (arrival.sender, arrival.text) == ("8801844909020", "ja 😀" * 50)


async def test_a_stopped_link_declines_and_stops_twice(link: LoopbackCarrier, ear: Ear) -> None:
    await link.stop()
    await link.stop()
    assert not link.up
    assert await sent(link, ear, dispatch()) == Declined(reason=Reason.CARRIER_DOWN)


def test_the_wire_is_a_setting_of_simulated_carriers(tmp_path: Any) -> None:
    assert isinstance(Links(tmp_path, 30.0).make(NOUN), LoopbackCarrier)
    wrong = Carrier(id=7, name="hill", kind="simulated", settings={"wire": "rope"})
    assert carrier_fault(wrong, 30.0) == "wire is not one of none, smpp"


def test_smpp_carries_short_messages_alone(tmp_path: Any) -> None:
    smpp = {"host": "127.0.0.1", "port": "2775", "system_id": "x", "password_secret": "y"}
    for kind, settings in (("smpp", smpp), ("simulated", {"wire": "smpp"})):
        plain = Carrier(id=7, name="hill", kind=kind, settings=settings)
        assert carrier_fault(plain, 30.0) is None
        both = Carrier(id=7, name="x", kind=kind, channels=("sms", "voice"), settings=settings)
        assert "voice" in (carrier_fault(both, 30.0) or "")
        with pytest.raises(LookupError, match="voice"):
            Links(tmp_path, 30.0).make(both)
    without = Carrier(id=7, name="hill", kind="simulated", channels=("voice",))
    assert carrier_fault(without, 30.0) is None


async def test_other_settings_hold_at_once_and_a_wire_that_is_down_comes_back(
    link: LoopbackCarrier, ear: Ear
) -> None:
    async def settled(**settings: str) -> None:
        ear.up.clear()
        carrier = msgspec.structs.replace(NOUN, settings={"wire": "smpp", **settings})
        assert link.adapt(carrier)

    await settled(undelivered_share="1", receipt_median_ms="0", receipt_p99_ms="0")
    assert isinstance(await sent(link, ear, dispatch()), Taken)
    receipt = await ear.hear()
    assert isinstance(receipt, Receipt)
    assert receipt.status is Status.UNDELIVERED
    for down in ("true", "false"):
        await settled(down=down)
        async with asyncio.timeout(10):
            await ear.up.wait()
        assert link.up is (down == "false")
    assert not link.adapt(msgspec.structs.replace(NOUN, settings={}))


def test_faults_of_the_wire_are_checked_like_those_of_the_network() -> None:
    def fault(**settings: str) -> str | None:
        return carrier_fault(Carrier(id=1, name="a", kind="simulated", settings=settings), 60.0)

    assert fault(cut_share="0.4", late_share="0.5", down="true", lost_share="1") is None
    assert "more than 1" in str(fault(cut_share="0.6", late_share="0.5"))
    assert "cut_share" in str(fault(cut_share="a lot"))
    assert "more than 1" in str(fault(undelivered_share="0.6", expired_share="0.5"))
