"""Receipts and messages from handsets over real sockets: heard first, acknowledged after."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from heliograph.carriers.smpp import SmppCarrier
from heliograph.carriers.smpp.hearing import HOLD_SECONDS, MOST_WAITING
from heliograph.model.report import Arrival, OpenId, Receipt, Taken
from heliograph.model.status import Status
from heliograph.smpp import (
    CommandStatus,
    DataSm,
    DeliverSm,
    EsmClass,
    MessageState,
    SubmitSm,
    SubmitSmResp,
    Tag,
    concatenation_udh,
    receipt_tlvs,
    sar_tlvs,
    tlv,
)
from heliograph.transport.smpp import SmppConnection
from tests.carriers.smpp.smsc import (
    CARRIER_ID,
    Ear,
    News,
    Smsc,
    carrier_to,
    message,
    noun,
    ok,
    running_smsc,
)


def receipt(message_id: str, stat: str = "DELIVRD", error: str = "000") -> DeliverSm:
    text = (
        f"id:{message_id} sub:001 dlvrd:001 submit date:2611201200 done date:2611201201 "
        f"stat:{stat} err:{error} text:Hello"
    )
    return DeliverSm(
        source_addr="46700000001",
        destination_addr="HELIOGRAPH",
        esm_class=EsmClass.DELIVERY_RECEIPT,
        short_message=text.encode(),
    )


def from_handset(octets: bytes, **fields: object) -> DeliverSm:
    return DeliverSm(
        source_addr="+46700000001",
        destination_addr="72323",
        short_message=octets,
        **fields,  # type: ignore[arg-type]
    )


def parts_of(*pieces: bytes, reference: int = 9) -> list[DeliverSm]:
    return [
        from_handset(
            concatenation_udh(reference=reference, total=len(pieces), sequence=place) + piece,
            esm_class=EsmClass.UDHI,
        )
        for place, piece in enumerate(pieces, 1)
    ]


class SlowEar(News):
    """Hears only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.called = 0
        self.release = asyncio.Event()

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        self.called += 1
        self.say()
        await self.release.wait()

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        await self.receipts(())

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        return ()


async def test_a_receipt_finds_its_message_by_the_canonical_id() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        (outcome,) = await bound.outcomes(message())
        smsc.bring(receipt("00000A01"))
        await bound.ear.until(lambda: len(bound.ear.heard) == 1)
        heard = bound.ear.heard[0]
        assert outcome == Taken(carrier_ids=(heard.carrier_message_id,))
        assert heard.carrier_id == CARRIER_ID
        assert heard.status is Status.DELIVERED
        assert heard.at == datetime(2026, 11, 20, 12, 1, tzinfo=UTC)
        assert heard.raw.startswith("id:00000A01 sub:001")


async def test_a_receipt_in_decimal_offers_the_hexadecimal_form_too() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        await bound.outcomes(message())
        smsc.bring(receipt(str(0xA01)))
        await bound.ear.until(lambda: len(bound.ear.heard) == 1)
        assert bound.ear.heard[0].carrier_message_id == "2561"
        assert "a01" in bound.ear.heard[0].other_forms


async def test_receipts_of_one_read_are_one_call_and_all_are_answered() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(*(receipt(f"{number}") for number in range(100)))
        await smsc.until(lambda: len(smsc.responses) == 100)
        assert ok(smsc.answers)
        assert len(bound.ear.calls) < 10
        ids = [one.carrier_message_id for one in bound.ear.heard]
        assert ids == [f"{number}" for number in range(100)]


async def test_nothing_is_acknowledged_before_it_was_heard() -> None:
    ear = SlowEar()
    async with running_smsc() as smsc, carrier_to(smsc.port, ear=ear):  # type: ignore[arg-type]
        smsc.bring(receipt("1"))
        await ear.until(lambda: ear.called == 1)
        assert smsc.responses == []
        ear.release.set()
        await smsc.until(lambda: len(smsc.responses) == 1)
        assert ok(smsc.answers)


async def test_what_could_not_be_heard_is_to_be_brought_again() -> None:
    ear = Ear(failures=1)
    async with running_smsc() as smsc, carrier_to(smsc.port, ear=ear) as bound:
        smsc.bring(receipt("1"))
        await smsc.until(lambda: len(smsc.responses) == 1)
        assert smsc.answers == [CommandStatus.RX_T_APPN]
        smsc.bring(receipt("1"))
        await smsc.until(lambda: len(smsc.responses) == 2)
        assert smsc.answers[1] == CommandStatus.ROK
        assert len(bound.ear.heard) == 1


async def test_more_than_can_wait_is_refused_and_the_bind_stays_alive() -> None:
    """A connection that is not read would not hear enquire_link_resp and be taken for dead."""
    ear = SlowEar()
    async with (
        running_smsc(window=2 * MOST_WAITING) as smsc,
        carrier_to(smsc.port, ear=ear, enquire_link_seconds="0.1") as bound,  # type: ignore[arg-type]
    ):
        smsc.bring(receipt("0"))
        await ear.until(lambda: ear.called == 1)
        smsc.bring(*(receipt(f"{number}") for number in range(1, MOST_WAITING + 101)))
        await smsc.until(lambda: len(smsc.responses) == 100)
        assert set(smsc.answers) == {CommandStatus.RX_T_APPN}
        ear.release.set()
        await smsc.until(lambda: len(smsc.responses) == MOST_WAITING + 101)
        assert ok(smsc.answers[100:])
        assert bound.link.up


async def test_an_early_receipt_is_heard_before_the_message_is_taken() -> None:
    def receipt_first(smsc: Smsc, connection: SmppConnection, pdu: SubmitSm) -> None:
        connection.send(receipt("c0ffee"), "early")
        connection.respond(pdu, SubmitSmResp(message_id="C0FFEE"))

    async with running_smsc(receipt_first) as smsc, carrier_to(smsc.port) as bound:
        (outcome,) = await bound.outcomes(message())
        await bound.ear.until(lambda: len(bound.ear.heard) == 1)
        assert outcome == Taken(carrier_ids=("c0ffee",))
        assert bound.ear.heard[0].carrier_message_id == "c0ffee"


async def test_a_receipt_as_data_sm_with_tlvs_only_is_heard() -> None:
    tlvs = receipt_tlvs(
        message_id="0A-1", state=MessageState.UNDELIVERABLE, network_error_code=(3, 27)
    )
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(DataSm(esm_class=EsmClass.DELIVERY_RECEIPT, tlvs=tlvs))
        await bound.ear.until(lambda: len(bound.ear.heard) == 1)
        heard = bound.ear.heard[0]
        assert heard.carrier_message_id == "a1"
        assert heard.status is Status.UNDELIVERED
        assert heard.vendor_code == "3:27"
        assert "001e=" in heard.raw


async def test_a_message_from_a_handset_arrives() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(from_handset(b"Hej \x00 dig"))
        await smsc.until(lambda: len(smsc.responses) == 1)
        (arrival,) = bound.ear.arrived
        assert (arrival.sender, arrival.recipient) == ("46700000001", "72323")
        assert arrival.text == "Hej @ dig"
        assert arrival.body is None


async def test_parts_in_any_order_arrive_as_one_and_an_escape_may_be_cut() -> None:
    first, second, third = parts_of(b"one \x1b", b"\x65 two", b" three")
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(third, first, second)
        await smsc.until(lambda: len(smsc.responses) == 3)
        assert [one.text for one in bound.ear.arrived] == ["one € two three"]
        assert ok(smsc.answers)


async def test_parts_marked_by_sar_arrive_as_one() -> None:
    pieces = [
        from_handset(piece, tlvs=sar_tlvs(reference=3, total=2, sequence=place))
        for place, piece in enumerate((b"left ", b"right"), 1)
    ]
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(*pieces)
        await bound.ear.until(lambda: len(bound.ear.arrived) == 1)
        assert bound.ear.arrived[0].text == "left right"


async def test_no_part_is_acknowledged_before_the_whole_was_heard() -> None:
    """So that an SMSC brings all of them again to who takes over from a process that was killed."""
    ear = SlowEar()
    first, second = parts_of(b"one ", b"two")
    async with running_smsc() as smsc, carrier_to(smsc.port, ear=ear):  # type: ignore[arg-type]
        smsc.bring(first)
        smsc.bring(second)
        await ear.until(lambda: ear.called == 1)
        assert smsc.responses == []
        ear.release.set()
        await smsc.until(lambda: len(smsc.responses) == 2)
        assert ok(smsc.answers)


async def test_a_part_is_acknowledged_after_a_moment_so_that_a_window_of_one_gets_on() -> None:
    first, second = parts_of(b"one ", b"two")
    later, last = parts_of(b"three ", b"four", reference=10)
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(first)
        await smsc.until(lambda: len(smsc.responses) == 1)
        assert bound.ear.arrived == []
        smsc.bring(second)
        await smsc.until(lambda: len(smsc.responses) == 2)
        assert bound.ear.arrived[0].text == "one two"
        async with asyncio.timeout(HOLD_SECONDS / 2):  # it has learnt that this SMSC waits
            smsc.bring(later)
            await smsc.until(lambda: len(smsc.responses) == 3)
            smsc.bring(last)
            await smsc.until(lambda: len(smsc.responses) == 4)
        assert bound.ear.arrived[1].text == "three four"


async def test_stopping_leaves_what_is_incomplete_and_unanswered_to_who_comes_next() -> None:
    first, _ = parts_of(b"one ", b"two")
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(from_handset(b"alone"), first)
        await smsc.until(lambda: len(smsc.responses) == 1)
        await bound.link.stop()
        await smsc.until(lambda: len(smsc.responses) == 2)
        assert smsc.answers == [CommandStatus.ROK, CommandStatus.RX_T_APPN]
        assert [one.text for one in bound.ear.arrived] == ["alone"]


async def test_a_long_message_that_was_not_heard_needs_only_what_was_unanswered_again() -> None:
    first, second, third = parts_of(b"one ", b"two ", b"three")
    ear = Ear(failures=1)
    async with running_smsc() as smsc, carrier_to(smsc.port, ear=ear) as bound:
        smsc.bring(first)
        await smsc.until(lambda: len(smsc.responses) == 1)
        smsc.bring(second, third)  # by now it is known that this SMSC waits
        await smsc.until(lambda: len(smsc.responses) == 3)
        assert sorted(smsc.answers) == [CommandStatus.ROK] * 2 + [CommandStatus.RX_T_APPN]
        smsc.bring(third)
        await smsc.until(lambda: len(smsc.responses) == 4)
        assert [one.text for one in bound.ear.arrived] == ["one two three"]


async def test_a_long_message_that_was_not_heard_is_brought_again_whole() -> None:
    pieces = parts_of(b"one ", b"two")
    ear = Ear(failures=1)
    async with running_smsc() as smsc, carrier_to(smsc.port, ear=ear) as bound:
        smsc.bring(*pieces)
        await smsc.until(lambda: len(smsc.responses) == 2)
        assert smsc.answers == [CommandStatus.RX_T_APPN] * 2
        smsc.bring(*pieces)
        await smsc.until(lambda: len(smsc.responses) == 4)
        assert [one.text for one in bound.ear.arrived] == ["one two"]


async def test_an_incomplete_message_is_handed_on_as_far_as_it_came() -> None:
    first, _, third = parts_of(b"one ", b"two ", b"three")
    async with running_smsc() as smsc, carrier_to(smsc.port, part_timeout_seconds="0.05") as bound:
        smsc.bring(first, third)
        await bound.ear.until(lambda: len(bound.ear.arrived) == 1)
        assert bound.ear.arrived[0].text == "one three"


async def test_stopping_hands_on_what_is_incomplete() -> None:
    first, _ = parts_of(b"one ", b"two")
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(first)
        await smsc.until(lambda: len(smsc.responses) == 1)
        await bound.link.stop()
        assert [one.text for one in bound.ear.arrived] == ["one "]


async def test_a_broken_header_is_refused_and_the_rest_is_heard() -> None:
    broken = from_handset(b"\x30\x00", esm_class=EsmClass.UDHI)
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(broken, from_handset(b"fine"))
        await smsc.until(lambda: len(smsc.responses) == 2)
        assert sorted(smsc.answers) == [CommandStatus.ROK, CommandStatus.RINVESMCLASS]
        assert [one.text for one in bound.ear.arrived] == ["fine"]


async def test_octets_from_a_handset_arrive_as_octets() -> None:
    payload = tlv(Tag.MESSAGE_PAYLOAD, bytes(range(256)))
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        smsc.bring(from_handset(b"", data_coding=4, tlvs=(payload,)))
        await bound.ear.until(lambda: len(bound.ear.arrived) == 1)
        assert bound.ear.arrived[0].body == bytes(range(256))
        assert bound.ear.arrived[0].text == ""


async def test_what_is_told_of_time_is_the_clock_that_was_given() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    async with running_smsc() as smsc:
        link = SmppCarrier(noun(smsc.port), now=lambda: moment)
        async with carrier_to(smsc.port, link=link) as bound:
            smsc.bring(from_handset(b"hi"))
            await bound.ear.until(lambda: len(bound.ear.arrived) == 1)
            assert bound.ear.arrived[0].at == moment
