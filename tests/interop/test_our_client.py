"""Our SMPP client against other people's SMSCs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from heliograph.carriers.smpp import SmppCarrier
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
from heliograph.text import decode_gsm7, decode_ucs2
from tests.interop.peer import PATIENCE_SECONDS, Peer, Said, npm, perl

PEERS = {
    "npm smpp 0.5.1": lambda: npm("npm_server.cjs"),
    "Net::SMPP 1.19": lambda: perl("perl_server.pl"),
}
LONG = "Ten chars€" * 40
EMOJI = "Grüße aus Köln 😀🎉 " * 9
PORTS = bytes.fromhex("06050415811581")
BODY = bytes(range(0, 200, 3))


class Ours:
    """Our client, bound to a peer."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.link: SmppCarrier
        self.outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        self.heard: asyncio.Queue[Receipt | Arrival] = asyncio.Queue()
        self._changed = asyncio.Event()

    async def connect(self) -> None:
        port = (await self.peer.next("listening"))["port"]
        settings = {
            "host": "127.0.0.1",
            "port": str(port),
            "system_id": "hill",
            "password_secret": "secret",
            "reconnect_seconds": "0.05",
            "throttle_seconds": "0.05",
        }
        self.link = SmppCarrier(Carrier(id=7, name="peer", kind="smpp", settings=settings))
        await self.link.start(self, self._changed.set)
        await self.until(lambda: self.link.up)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                await self._changed.wait()
                self._changed.clear()

    async def send(self, text: str = "", **fields: Any) -> Outcome:
        message = Message(
            account_id=1,
            id=1,
            submission_id=None,
            dialect="native",
            text=text,
            **{
                "sender": "8809610000001",
                "recipient": "8801844909020",
                "encoding": Encoding.AUTO,
                "parts": 1,
                "traffic_class": TrafficClass.TRANSACTIONAL,
                "valid_until": datetime.now(UTC) + timedelta(hours=1),
                **fields,
            },
        )
        self.link.submit([Dispatch(message=message, attempt=1)], self._settle)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.outcomes.get()

    async def hear(self) -> Receipt | Arrival:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.heard.get()

    def _settle(self, dispatch: Dispatch, outcome: Outcome) -> None:
        self.outcomes.put_nowait(outcome)

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


@pytest.fixture
async def ours(peer: str) -> AsyncIterator[Ours]:
    process = await PEERS[peer]()
    client = Ours(process)
    try:
        await client.connect()
        yield client
    finally:
        if hasattr(client, "link"):
            await client.link.stop()
        await process.stop()


def case(name: str) -> pytest.MarkDecorator:
    """This test, for every peer, as a row of the table."""
    return pytest.mark.parametrize(
        "peer",
        [pytest.param(peer, marks=pytest.mark.interop("client", peer, name)) for peer in PEERS],
    )


def text_of(said: Said) -> str:
    """What the peer read: as its own library decoded it, or its octets where it decodes none."""
    if "octets" not in said:
        return str(said["text"])
    octets = body_of(said)
    return decode_ucs2(octets) if said["data_coding"] == 8 else decode_gsm7(octets)


def header_of(said: Said) -> bytes:
    if "octets" not in said:
        elements = bytes.fromhex("".join(said["udh"]))
        return bytes((len(elements),)) + elements if elements else b""
    octets = bytes.fromhex(said["octets"])
    return octets[: octets[0] + 1] if said["esm_class"] & 0x40 else b""


def body_of(said: Said) -> bytes:
    if "octets" in said:
        return bytes.fromhex(said["octets"])[len(header_of(said)) :]
    return bytes.fromhex(said["hex"])


def joined(parts: Sequence[Said]) -> str:
    """The parts' texts in the order that their headers say."""
    return "".join(text_of(one) for one in sorted(parts, key=lambda one: header_of(one)[-1]))


@case("bind")
async def test_we_bind_and_are_known(ours: Ours) -> None:
    said = await ours.peer.next("bind")
    assert said == {"event": "bind", "kind": "bind_transceiver", "known": True}


@case("single")
async def test_a_text_arrives_as_it_was_written(ours: Ours) -> None:
    outcome = await ours.send("Hello @ [€5]")
    said = await ours.peer.next("submit")
    assert text_of(said) == "Hello @ [€5]"
    assert (said["source"], said["destination"]) == ("8809610000001", "8801844909020")
    assert isinstance(outcome, Taken)


@case("long GSM")
async def test_a_long_text_arrives_in_parts_that_read_alone(ours: Ours) -> None:
    outcome = await ours.send(LONG)
    assert isinstance(outcome, Taken)
    parts = await ours.peer.several("submit", len(outcome.carrier_ids))
    assert len(parts) == 3
    assert joined(parts) == LONG


@case("long UCS-2, emoji")
async def test_a_long_text_with_emoji_arrives_in_parts_that_read_alone(ours: Ours) -> None:
    outcome = await ours.send(EMOJI)
    assert isinstance(outcome, Taken)
    parts = await ours.peer.several("submit", len(outcome.carrier_ids))
    assert len(parts) > 1
    assert {one["data_coding"] for one in parts} == {8}
    assert joined(parts) == EMOJI


@case("flash")
async def test_a_flash_message_is_of_class_0(ours: Ours) -> None:
    await ours.send("Look", flash=True)
    said = await ours.peer.next("submit")
    assert said["data_coding"] in {0x10, 0xF0}
    assert text_of(said) == "Look"


@case("binary with UDH")
async def test_octets_arrive_under_their_header(ours: Ours) -> None:
    await ours.send(body=BODY, udh=PORTS, encoding=Encoding.BINARY)
    said = await ours.peer.next("submit")
    assert said["data_coding"] == 4
    assert said["esm_class"] & 0x40
    assert (header_of(said), body_of(said)) == (PORTS, BODY)


@case("receipt")
async def test_the_peers_receipt_is_of_the_message_and_answered(ours: Ours) -> None:
    outcome = await ours.send("Hello")
    assert isinstance(outcome, Taken)
    receipt = await ours.hear()
    assert isinstance(receipt, Receipt)
    assert receipt.status is Status.DELIVERED
    names = {receipt.carrier_message_id, *receipt.other_forms}
    assert set(outcome.carrier_ids) & names
    assert (await ours.peer.next("receipt_answered"))["status"] == 0


@case("inbound")
async def test_a_handsets_messages_are_read_short_and_in_parts(ours: Ours) -> None:
    names = {"source": "8801844909020", "destination": "8809610000001"}
    ours.peer.tell("inbound", text="STOP", **names)
    arrival = await ours.hear()
    assert isinstance(arrival, Arrival)
    assert (arrival.sender, arrival.recipient, arrival.text) == (*names.values(), "STOP")
    assert (await ours.peer.next("inbound_answered"))["status"] == 0
    # Cut through the emoji, as some senders do.
    octets = "Köln 😀 ok".encode("utf-16-be")
    parts = [
        {"hex": (bytes((5, 0, 3, 0, 2, number)) + half).hex(), "data_coding": 8}
        for number, half in ((2, octets[12:]), (1, octets[:12]))
    ]
    ours.peer.tell("inbound_parts", parts=parts, **names)
    whole = await ours.hear()
    assert isinstance(whole, Arrival)
    assert whole.text == "Köln 😀 ok"


@case("throttle")
async def test_a_throttled_message_is_declined_for_now_and_the_next_is_taken(ours: Ours) -> None:
    ours.peer.tell("throttle", times=1)
    await ours.peer.next("done")
    outcome = await ours.send("Too fast")
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.THROTTLED
    assert isinstance(await ours.send("Again"), Taken)


@case("unbind")
async def test_we_unbind_when_we_stop(ours: Ours) -> None:
    await ours.link.stop()
    await ours.peer.next("unbind")


@case("reconnect")
async def test_we_come_back_after_the_connection_was_lost(ours: Ours) -> None:
    await ours.peer.next("bind")
    ours.peer.tell("drop")
    await ours.peer.next("bind")
    await ours.until(lambda: ours.link.up)
    assert isinstance(await ours.send("Back"), Taken)
