"""Messages out over real sockets: what the SMSC sees, and what every kind of answer settles as."""

from __future__ import annotations

import asyncio

from heliograph import smpp
from heliograph.carriers.smpp import SmppCarrier
from heliograph.model.account import TrafficClass
from heliograph.model.carrier import CarrierLink, Lined
from heliograph.model.message import Encoding
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Taken, Unknown
from heliograph.smpp import CommandStatus, GenericNack, SubmitSmResp
from heliograph.transport.smpp import Limits, SmppConnection
from tests.carriers.smpp.smsc import (
    Desk,
    Ear,
    Smsc,
    carrier,
    carrier_to,
    dispatch_of,
    keep_silent,
    message,
    noun,
    refuse_with,
    running_smsc,
    take,
)

LONG = "A long text. " * 30  # 390 septets: three parts


async def test_a_message_is_taken_and_named_in_canonical_form() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        outcomes = await bound.outcomes(message(text="Hello @ all"))
        assert outcomes == [Taken(carrier_ids=("a01",))]
        assert smsc.pdus[0].short_message == b"Hello \x00 all"
        assert smsc.binds[0].system_id == "hill"
        assert smsc.binds[0].password == "s3cret"


async def test_nothing_settles_within_submit() -> None:
    link: CarrierLink = carrier(1)
    desk = Desk()
    link.submit([dispatch_of(message())], desk.settle)
    assert desk.outcomes == []
    assert await desk.wait() == [Declined(reason=Reason.CARRIER_DOWN)]


async def test_a_thousand_messages_pass_a_window_of_ten_and_each_settles_once() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, window="10") as bound:
        outcomes = await bound.outcomes(*(message(number) for number in range(1000)))
        assert len({one.carrier_ids for one in outcomes if isinstance(one, Taken)}) == 1000


async def test_parts_are_submitted_in_order_and_named_in_order() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, window="2") as bound:
        outcomes = await bound.outcomes(message(text=LONG))
        assert outcomes == [Taken(carrier_ids=("a01", "a02", "a03"))]
        assert [pdu.short_message[:6][-1] for pdu in smsc.pdus] == [1, 2, 3]


async def test_an_id_for_all_parts_names_the_whole_message() -> None:
    def same(smsc: Smsc, connection: SmppConnection, pdu: smpp.SubmitSm) -> None:
        connection.respond(pdu, SubmitSmResp(message_id="77"))

    async with running_smsc(same) as smsc, carrier_to(smsc.port) as bound:
        assert await bound.outcomes(message(text=LONG)) == [Taken(carrier_ids=("77",))]


async def test_a_response_without_an_id_is_taken_under_a_name_that_no_receipt_has() -> None:
    def unnamed(smsc: Smsc, connection: SmppConnection, pdu: smpp.SubmitSm) -> None:
        connection.respond(pdu, SubmitSmResp())

    async with running_smsc(unnamed) as smsc, carrier_to(smsc.port) as bound:
        outcomes = await bound.outcomes(message(5))
        assert outcomes == [Taken(carrier_ids=("unnamed:5:1:1",))]


async def test_a_refusal_is_declined_with_its_reason_and_code() -> None:
    refusal = refuse_with(CommandStatus.RINVDSTADR, 0x0410)
    async with running_smsc(refusal) as smsc:
        settings = {"status.410": "credit_limit"}
        async with carrier_to(smsc.port, odd=settings) as bound:
            outcomes = await bound.outcomes(message(1), message(2))
    assert outcomes == [
        Declined(reason=Reason.INVALID_DESTINATION, vendor_code="ESME_RINVDSTADR"),
        Declined(reason=Reason.CREDIT_LIMIT, vendor_code="0x00000410 (vendor)"),
    ]


async def test_a_generic_nack_is_a_refusal_too() -> None:
    def nack(smsc: Smsc, connection: SmppConnection, pdu: smpp.SubmitSm) -> None:
        connection.respond(pdu, GenericNack(command_status=CommandStatus.RINVCMDID))

    async with running_smsc(nack) as smsc, carrier_to(smsc.port) as bound:
        (outcome,) = await bound.outcomes(message())
        assert isinstance(outcome, Declined)
        assert outcome.vendor_code == "ESME_RINVCMDID"


async def test_throttling_declines_with_a_wait_and_silences_the_bind() -> None:
    answer = refuse_with(CommandStatus.RTHROTTLED)
    async with running_smsc(answer) as smsc, carrier_to(smsc.port, throttle_seconds="0.2") as bound:
        loop = asyncio.get_running_loop()
        (outcome,) = await bound.outcomes(message(1))
        assert isinstance(outcome, Declined)
        assert outcome.reason is Reason.THROTTLED
        assert outcome.retry_after_seconds is not None
        assert 0 < outcome.retry_after_seconds < 0.3
        silent_since = loop.time()
        assert isinstance((await bound.outcomes(message(2)))[0], Taken)
        assert loop.time() - silent_since >= 0.15


async def test_a_full_queue_of_the_smsc_counts_as_throttling() -> None:
    async with (
        running_smsc(refuse_with(CommandStatus.RMSGQFUL)) as smsc,
        carrier_to(smsc.port, throttle_seconds="0.01") as bound,
    ):
        (outcome,) = await bound.outcomes(message(1))
        assert isinstance(outcome, Declined)
        assert outcome.reason is Reason.THROTTLED


async def test_a_throttled_part_follows_those_that_were_taken() -> None:
    answer = refuse_with(0, CommandStatus.RTHROTTLED, 0)
    async with (
        running_smsc(answer) as smsc,
        carrier_to(smsc.port, throttle_seconds="0.01") as bound,
    ):
        (outcome,) = await bound.outcomes(message(text=LONG))
        assert outcome == Taken(carrier_ids=("a01", "a03", "a02"))
        assert [pdu.short_message[5] for pdu in smsc.pdus] == [1, 2, 3, 2]


async def test_a_throttled_part_that_would_follow_too_late_does_not() -> None:
    answer = refuse_with(0, CommandStatus.RTHROTTLED, 0)
    async with (
        running_smsc(answer) as smsc,
        carrier_to(smsc.port, throttle_seconds="25") as bound,
    ):
        (outcome,) = await bound.outcomes(message(text=LONG))
        assert outcome == Unknown(
            detail="2 of 3 parts were taken; part 2: ESME_RTHROTTLED",
            carrier_ids=((1, "a01"), (3, "a02")),
        )


async def test_a_part_refused_after_others_were_taken_makes_the_message_uncertain() -> None:
    answer = refuse_with(0, CommandStatus.RINVDSTADR, 0)
    async with running_smsc(answer) as smsc, carrier_to(smsc.port) as bound:
        (outcome,) = await bound.outcomes(message(text=LONG))
        assert outcome == Unknown(
            detail="2 of 3 parts were taken; part 2: ESME_RINVDSTADR",
            carrier_ids=((1, "a01"), (3, "a02")),
        )


async def test_all_parts_refused_is_declined() -> None:
    answer = refuse_with(*[CommandStatus.RINVSRCADR] * 3)
    async with running_smsc(answer) as smsc, carrier_to(smsc.port) as bound:
        (outcome,) = await bound.outcomes(message(text=LONG))
        assert outcome == Declined(reason=Reason.INVALID_SOURCE, vendor_code="ESME_RINVSRCADR")


async def test_no_response_in_time_is_unknown_and_a_late_one_settles_nothing_again() -> None:
    waiting: list[tuple[SmppConnection, smpp.SubmitSm]] = []

    def later(smsc: Smsc, connection: SmppConnection, pdu: smpp.SubmitSm) -> None:
        waiting.append((connection, pdu))

    async with (
        running_smsc(later) as smsc,
        carrier_to(smsc.port, response_timeout_seconds="0.1") as bound,
    ):
        outcomes = await bound.outcomes(message(1))
        assert outcomes == [Unknown(detail="no submit_sm_resp in time")]
        smsc.on_submit = take
        connection, pdu = waiting[0]
        connection.respond(pdu, SubmitSmResp(message_id="late"))
        assert await bound.outcomes(message(2)) == [Taken(carrier_ids=("a01",))]
        assert len(bound.desk.outcomes) == 2


async def test_a_cut_connection_leaves_the_written_uncertain_and_the_unwritten_unsent() -> None:
    async with running_smsc(keep_silent) as smsc, carrier_to(smsc.port, window="2") as bound:
        link, desk = bound.link, bound.desk
        link.submit([dispatch_of(message(number)) for number in range(5)], desk.settle)
        await smsc.until(lambda: len(smsc.submitted) == 2)
        smsc.bound[0].abort("a cable was pulled")
        await desk.wait(5)
        found = dict(desk.outcomes)
        lost = Unknown(detail="the connection ended before the submit_sm_resp")
        assert [found[0], found[1]] == [lost, lost]
        assert [found[number] for number in (2, 3, 4)] == [Declined(reason=Reason.CARRIER_DOWN)] * 3


async def test_a_message_cut_off_between_its_parts_is_uncertain() -> None:
    async with running_smsc(keep_silent) as smsc, carrier_to(smsc.port, window="1") as bound:
        bound.link.submit([dispatch_of(message(text=LONG))], bound.desk.settle)
        await smsc.until(lambda: len(smsc.submitted) == 1)
        smsc.bound[0].abort("a cable was pulled")
        assert isinstance((await bound.desk.wait())[0], Unknown)


async def test_stopping_settles_what_is_open() -> None:
    async with running_smsc(keep_silent) as smsc, carrier_to(smsc.port, window="1") as bound:
        first, second = dispatch_of(message(1)), dispatch_of(message(2))
        bound.link.submit([first, second], bound.desk.settle)
        await smsc.until(lambda: len(smsc.submitted) == 1)
        await bound.link.stop()
        found = dict(bound.desk.outcomes)
        assert isinstance(found[1], Unknown)
        assert found[2] == Declined(reason=Reason.CARRIER_DOWN)
        assert not bound.link.up
        await bound.link.stop()


async def test_what_waits_too_long_for_room_is_declined_rather_than_kept() -> None:
    moments = [0.0]
    async with running_smsc(keep_silent) as smsc:
        link = SmppCarrier(noun(smsc.port, window="1"), clock=lambda: moments[0])
        async with carrier_to(smsc.port, link=link) as bound:
            link.submit([dispatch_of(message(1)), dispatch_of(message(2))], bound.desk.settle)
            await smsc.until(lambda: len(smsc.submitted) == 1)
            moments[0] = 10.0
            link.wake()
            (outcome,) = await bound.desk.wait()
            assert isinstance(outcome, Declined)
            assert outcome.reason is Reason.THROTTLED
            assert bound.desk.outcomes[0][0] == 2


async def test_what_is_urgent_passes_what_waits_for_room() -> None:
    promotional, otp = TrafficClass.PROMOTIONAL, TrafficClass.OTP
    classes = (promotional, promotional, TrafficClass.TRANSACTIONAL, otp, otp)
    async with running_smsc() as smsc, carrier_to(smsc.port, window="1") as bound:
        await bound.outcomes(
            *(message(n, text=f"{n}", traffic_class=each) for n, each in enumerate(classes))
        )
        assert [pdu.short_message for pdu in smsc.pdus] == [b"3", b"4", b"2", b"0", b"1"]


async def test_a_pace_is_kept_per_bind() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, per_second="50") as bound:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await bound.outcomes(*(message(number) for number in range(15)))
        assert 0.15 <= loop.time() - began < 5  # five at once, ten at 50 per second


async def test_a_message_that_no_field_can_carry_is_declined_by_ourselves() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        outcomes = await bound.outcomes(message(1, sender="x" * 30), message(2))
        assert [type(one) for one in outcomes] == [Declined, Taken]
        assert outcomes[0] == Declined(reason=Reason.INVALID_SOURCE)
        assert len(smsc.submitted) == 1


async def test_a_peer_bound_as_3_3_gets_no_tlvs() -> None:
    def old(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
        told = smpp.tlv(smpp.Tag.SC_INTERFACE_VERSION, 0x33)
        connection.respond(pdu, smpp.BindTransceiverResp(tlvs=(told,)))

    async with running_smsc(on_bind=old) as smsc:
        settings = {"tlv.1400": "00ff", "long_message": "payload"}
        async with carrier_to(smsc.port, odd=settings) as bound:
            (outcome,) = await bound.outcomes(message(text=LONG))
            assert isinstance(outcome, Taken)
            assert all(not pdu.tlvs and pdu.esm_class == 0x40 for pdu in smsc.pdus)


async def test_vendor_tlvs_go_with_every_part() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, odd={"tlv.1400": "00ff"}) as bound:
        await bound.outcomes(message(text=LONG))
        assert [pdu.tlvs for pdu in smsc.pdus] == [((0x1400, b"\x00\xff"),)] * 3


async def test_long_messages_in_all_four_forms_read_the_same_at_the_smsc() -> None:
    text = "Привет 👋 " * 20
    for form in ("udh8", "udh16", "sar", "payload"):
        async with running_smsc() as smsc, carrier_to(smsc.port, long_message=form) as bound:
            await bound.outcomes(message(text=text, encoding=Encoding.UCS2, parts=3))
            parts = [smpp.read_part(pdu) for pdu in smsc.pdus]
            if form == "payload":
                octets = smpp.message_octets(smsc.pdus[0])
            else:
                octets = b"".join(part.octets for part in parts if part is not None)
                assert {part.width.value for part in parts if part is not None} == {form}
            assert octets.decode("utf-16-be") == text


async def test_dispatches_of_a_stopped_window_do_not_block_other_binds() -> None:
    """Each bind has its own window: one that is full leaves its share to the other."""

    async with (
        running_smsc(keep_silent, limits=Limits()) as smsc,
        carrier_to(smsc.port, binds="2", window="3") as bound,
    ):
        await smsc.until(lambda: len(smsc.bound) == 2)
        await bound.until(lambda: bound.link.bound == 2)
        bound.link.submit([dispatch_of(message(number)) for number in range(6)], bound.desk.settle)
        await smsc.until(lambda: len(smsc.submitted) == 6)
        counts = [sum(c is one for c, _ in smsc.submitted) for one in smsc.bound]
        assert counts == [3, 3]


async def test_an_ear_is_not_needed_to_send() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, ear=Ear(failures=99)) as bound:
        assert isinstance((await bound.outcomes(message()))[0], Taken)


async def test_lines_tell_how_each_bind_stands() -> None:
    answers = refuse_with(CommandStatus.RTHROTTLED, CommandStatus.RSYSERR)
    async with (
        running_smsc(answers) as smsc,
        carrier_to(smsc.port, binds="2", window="10") as bound,
    ):
        assert isinstance(bound.link, Lined)
        await bound.until(lambda: bound.link.bound == 2)
        await bound.outcomes(message(1), message(2))
        lines = bound.link.lines()
    assert [(line.name, line.kind, line.up) for line in lines] == [
        ("hill transceiver 1", "transceiver", True),
        ("hill transceiver 2", "transceiver", True),
    ]
    assert sum(line.submitted for line in lines) == 2
    assert sum(line.throttled for line in lines) == 1
    assert {(line.window, line.under_way) for line in lines} == {(10, 0)}
    assert all(line.since for line in lines)


async def test_a_bind_that_is_refused_says_why_and_not_with_which_password() -> None:
    async with running_smsc(on_bind=_refuse) as smsc, carrier_to(smsc.port, wait=False) as bound:
        async with asyncio.timeout(5):
            while not (line := bound.link.lines()[0]).last_error:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        assert not line.up
        assert "ESME_RINVPASWD" in line.last_error
        assert "s3cret" not in line.last_error


def _refuse(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
    del smsc
    connection.refuse(pdu, CommandStatus.RINVPASWD)
