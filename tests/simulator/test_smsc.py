"""The simulated SMSC as a client meets it, on real sockets; the network behind it answers at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from heliograph.simulator import IdForm, Network, NetworkSettings, settings_of
from heliograph.simulator.faults import Act, Faults, Step
from heliograph.simulator.smsc import Smsc
from heliograph.smpp import (
    BindReceiver,
    BindTransmitter,
    CancelSm,
    CancelSmResp,
    CommandStatus,
    DataSm,
    DataSmResp,
    Destination,
    EnquireLink,
    EsmClass,
    MessageState,
    ProtocolFault,
    QuerySm,
    QuerySmResp,
    Receipt,
    ReplaceSm,
    RequestLost,
    Response,
    ResponseReceived,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSmResp,
    Tag,
    Unbind,
    Unbound,
    concatenation_udh,
    format_absolute_time,
    parse_receipt,
    sar_tlvs,
    tlv,
)
from tests.simulator.esme import Esme, message

SECRET = "secret"
AT_ONCE = NetworkSettings(
    response_median_ms=0, response_p99_ms=0, receipt_median_ms=0, receipt_p99_ms=0
)
Run = Callable[..., Awaitable[Smsc]]


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """Starts SMSCs, whose network has no latency, and stops them."""
    started: list[Smsc] = []

    async def make(
        settings: NetworkSettings = AT_ONCE, *, network: Network | None = None, **options: object
    ) -> Smsc:
        smsc = Smsc(
            network or Network(carrier_id=1, settings=settings),
            accounts={"esme": SECRET, "other": SECRET},
            **options,  # type: ignore[arg-type]
        )
        await smsc.start()
        started.append(smsc)
        return smsc

    yield make
    for smsc in started:
        await smsc.stop()


async def bound(smsc: Smsc, **options: object) -> Esme:
    return await (await Esme().open(smsc.port, **options)).bound()


async def receipt(esme: Esme) -> Receipt:
    found = parse_receipt(await esme.heard())
    assert found is not None
    return found


def message_id(response: Response) -> str:
    assert isinstance(response, SubmitSmResp | DataSmResp | SubmitMultiResp)
    assert response.command_status == 0
    return response.message_id


# -- binding --


@pytest.mark.parametrize(
    ("bind", "status"),
    [
        ({"system_id": "nobody"}, CommandStatus.RINVSYSID),
        ({"password": "wrong"}, CommandStatus.RINVPASWD),
    ],
)
async def test_a_bind_with_wrong_credentials_is_refused_with_its_own_status(
    run: Run, bind: dict[str, str], status: CommandStatus
) -> None:
    smsc = await run()
    assert await (await Esme().open(smsc.port, **bind)).refused() == status


async def test_an_unbind_is_answered_and_the_session_is_gone(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    assert smsc.bound == 1
    esme.connection.send(Unbind())
    await esme.next(Unbound)
    await esme.connection.gone.wait()
    assert smsc.bound == 0


async def test_a_transmitter_hears_nothing_and_a_receiver_of_the_same_name_gets_its_receipts(
    run: Run,
) -> None:
    smsc = await run()
    transmitter = await bound(smsc, kind=BindTransmitter)
    receiver = await bound(smsc, kind=BindReceiver)
    told = message_id(await transmitter.ask(message()))
    assert (await receipt(receiver)).message_id == told


async def test_a_client_bound_as_3_3_gets_its_receipts_without_tlvs(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc, interface_version=0x33)
    told = message_id(await esme.ask(message()))
    pdu = await esme.heard()
    assert pdu.tlvs == ()
    assert pdu.short_message.startswith(f"id:{told} ".encode())


# -- messages and receipts --


async def test_a_message_lands_on_its_handset_and_its_receipt_names_it(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    told = message_id(await esme.ask(message(b"Hello \x00")))
    pdu = await esme.heard()
    found = parse_receipt(pdu)
    assert found is not None
    assert (found.message_id, found.text_message_id, found.state, found.stat) == (
        told,
        told,
        MessageState.DELIVERED,
        "DELIVRD",
    )
    assert (pdu.source_addr, pdu.destination_addr) == ("8801844909020", "8801552146283")
    shown = smsc.network.handsets.of("8801844909020")
    assert [(one.sender, one.text) for one in shown] == [("8801552146283", "Hello @")]


@pytest.mark.parametrize(
    ("octets", "coding", "text", "body"),
    [
        ("Grüße 😀".encode("utf-16-be"), 0x08, "Grüße 😀", None),
        ("Grüße".encode("latin-1"), 0x03, "Grüße", None),
        (b"\x1b\x65 5", 0xF0, "€ 5", None),
        ("привет".encode("iso-8859-5"), 0x06, "привет", None),
        (b"\x00\xff", 0x04, "", b"\x00\xff"),
    ],
)
async def test_a_handset_shows_what_data_coding_says(
    run: Run, octets: bytes, coding: int, text: str, body: bytes | None
) -> None:
    smsc = await run()
    esme = await bound(smsc)
    await esme.ask(message(octets, data_coding=coding))
    await esme.heard()
    (shown,) = smsc.network.handsets.of("8801844909020")
    assert (shown.text, shown.body) == (text, body)


async def test_parts_sent_at_once_land_as_one_message_and_report_each(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    # The pair ESC e is the euro sign; this client cut through it.
    for sequence, octets in ((2, b"\x65 each"), (1, b"Two for 5 \x1b")):
        udh = concatenation_udh(reference=0, total=2, sequence=sequence)
        esme.connection.send(message(udh + octets, esm_class=0x43))
    ids = {message_id((await esme.next(ResponseReceived)).response) for _ in range(2)}
    heard = {(await receipt(esme)).message_id for _ in range(2)}
    assert len(ids) == 2
    assert heard == ids
    (shown,) = smsc.network.handsets.of("8801844909020")
    assert (shown.text, shown.parts) == ("Two for 5 € each", 2)


async def test_a_client_that_sends_part_after_part_is_answered_and_heard_under_the_ids_it_was_told(
    run: Run,
) -> None:
    smsc = await run(NetworkSettings(id_form=IdForm.HEX, receipt_id_form=IdForm.DECIMAL))
    esme = await bound(smsc)
    told = []
    for sequence, octets in ((1, b"one "), (2, b"two")):
        tlvs = sar_tlvs(reference=7, total=2, sequence=sequence)
        told.append(int(message_id(await esme.ask(message(octets, tlvs=tlvs))), 16))
    heard = [int((await receipt(esme)).message_id) for _ in range(2)]
    assert heard == told
    (shown,) = smsc.network.handsets.of("8801844909020")
    assert shown.text == "one two"


async def test_a_long_message_that_is_refused_after_its_first_part_was_taken_is_reported_rejected(
    run: Run,
) -> None:
    smsc = await run()
    esme = await bound(smsc)
    first, second = (
        message(
            b"part",
            destination_addr="8801700000005",
            tlvs=sar_tlvs(reference=7, total=2, sequence=sequence),
        )
        for sequence in (1, 2)
    )
    told = message_id(await esme.ask(first))
    assert (await esme.ask(second)).command_status == CommandStatus.RINVDSTADR
    found = await receipt(esme)
    assert (found.message_id, found.state) == (told, MessageState.REJECTED)


async def test_a_payload_of_any_length_is_taken_in_submit_sm_and_data_sm(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    payload = (tlv(Tag.MESSAGE_PAYLOAD, b"long " * 100),)
    await esme.ask(message(b"", tlvs=payload))
    answer = await esme.ask(
        DataSm(source_addr="1234", destination_addr="8801844909020", tlvs=payload)
    )
    assert isinstance(answer, DataSmResp)
    assert answer.message_id
    both = await esme.ask(message(b"short", tlvs=payload))
    assert both.command_status == CommandStatus.RINVMSGLEN


async def test_one_submission_to_many_is_answered_once_and_names_whom_it_refuses(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    numbers = ("8801844909020", "8801700000005", "8801844909021")
    answer = await esme.ask(
        SubmitMulti(
            source_addr="8801552146283",
            dest_addresses=tuple(Destination(destination_addr=number) for number in numbers),
            registered_delivery=1,
            short_message=b"Hello",
        )
    )
    assert isinstance(answer, SubmitMultiResp)
    assert [(one.destination_addr, one.error_status_code) for one in answer.no_unsuccess] == [
        ("8801700000005", CommandStatus.RINVDSTADR)
    ]
    heard = [await esme.heard() for _ in range(2)]
    assert {pdu.source_addr for pdu in heard} == {numbers[0], numbers[2]}
    assert {_id_in(pdu.short_message) for pdu in heard} == {answer.message_id}


def _id_in(text: bytes) -> str:
    return text.split()[0].removeprefix(b"id:").decode()


@pytest.mark.parametrize(
    ("asked", "number", "heard"),
    [
        (0, "8801844909020", False),
        (2, "8801844909020", False),
        (2, "8801700000001", True),
        (3, "8801844909020", True),
        (3, "8801700000001", False),
    ],
)
async def test_only_receipts_that_were_asked_for_are_sent(
    run: Run, asked: int, number: str, heard: bool
) -> None:
    smsc = await run()
    esme = await bound(smsc)
    await esme.ask(message(destination_addr=number, registered_delivery=asked))
    told = message_id(await esme.ask(message()))
    found = await receipt(esme)
    assert (found.message_id != told) is heard


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("8801700000005", CommandStatus.RINVDSTADR),
        ("8801700000006", CommandStatus.RSYSERR),
        ("8801700000007", CommandStatus.RTHROTTLED),
    ],
)
async def test_what_the_network_refuses_is_told_by_its_command_status(
    run: Run, number: str, status: CommandStatus
) -> None:
    smsc = await run()
    esme = await bound(smsc)
    assert (await esme.ask(message(destination_addr=number))).command_status == status


async def test_the_third_submission_of_a_throttled_message_is_delivered(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    again = message(destination_addr="8801700000007")
    answers = [(await esme.ask(again)).command_status for _ in range(3)]
    assert answers == [CommandStatus.RTHROTTLED, CommandStatus.RTHROTTLED, CommandStatus.ROK]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"data_coding": 0xB0}, CommandStatus.RINVDCS),
        ({"esm_class": 0x40, "text": b"\x7fshort"}, CommandStatus.RINVESMCLASS),
        ({"schedule_delivery_time": "tomorrow"}, CommandStatus.RINVSCHED),
        ({"validity_period": "some day"}, CommandStatus.RINVEXPIRY),
    ],
)
async def test_a_message_that_cannot_be_read_is_refused_and_the_session_goes_on(
    run: Run, fields: dict[str, object], status: CommandStatus
) -> None:
    smsc = await run()
    esme = await bound(smsc)
    assert (await esme.ask(message(**fields))).command_status == status  # type: ignore[arg-type]
    message_id(await esme.ask(message()))


# -- query, cancel, schedule --


async def test_query_sm_tells_how_a_message_ended_but_only_to_whose_it_is(run: Run) -> None:
    smsc = await run(settings_of({"receipt_id_form": "hex"} | _quick()))
    esme, other = await bound(smsc), await bound(smsc, system_id="other")
    told = message_id(await esme.ask(message(destination_addr="8801700000001")))
    await esme.heard()
    answer = await esme.ask(QuerySm(message_id=told))
    assert isinstance(answer, QuerySmResp)
    assert (answer.message_id, answer.message_state, answer.error_code) == (
        told,
        MessageState.UNDELIVERABLE,
        27,
    )
    assert answer.final_date
    assert (await other.ask(QuerySm(message_id=told))).command_status == CommandStatus.RQUERYFAIL
    assert (await esme.ask(QuerySm(message_id="?"))).command_status == CommandStatus.RQUERYFAIL


def _quick() -> dict[str, str]:
    names = ("response_median_ms", "response_p99_ms", "receipt_median_ms", "receipt_p99_ms")
    return dict.fromkeys(names, "0")


async def test_a_scheduled_message_can_be_cancelled_and_is_reported_deleted(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    later = format_absolute_time(datetime.now(UTC) + timedelta(hours=1))
    told = message_id(await esme.ask(message(schedule_delivery_time=later)))
    assert isinstance(await esme.ask(CancelSm(message_id=told)), CancelSmResp)
    found = await receipt(esme)
    assert (found.message_id, found.stat) == (told, "DELETED")
    again = await esme.ask(CancelSm(message_id=told))
    assert again.command_status == CommandStatus.RCANCELFAIL
    assert smsc.network.handsets.of("8801844909020") == ()


async def test_a_scheduled_message_goes_when_its_time_has_come(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    soon = format_absolute_time(datetime.now(UTC) + timedelta(seconds=0.3))
    told = message_id(await esme.ask(message(schedule_delivery_time=soon)))
    assert (await receipt(esme)).message_id == told


async def test_what_an_smsc_does_not_know_is_refused(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    answer = await esme.ask(ReplaceSm(message_id="1", short_message=b"other"))
    assert answer.command_status == CommandStatus.RINVCMDID


# -- what is owed --


async def test_a_receipt_waits_for_a_receiver_and_is_owed_until_it_is_answered(run: Run) -> None:
    smsc = await run()
    transmitter = await bound(smsc, kind=BindTransmitter)
    told = message_id(await transmitter.ask(message()))
    silent = Esme(answers=None)
    await (await silent.open(smsc.port)).bound()
    assert _id_in((await silent.heard()).short_message) == told
    assert smsc.network.pending == 1
    silent.connection.abort("the test is done with it")
    esme = await bound(smsc)
    assert (await receipt(esme)).message_id == told
    await esme.ask(EnquireLink())
    assert smsc.network.pending == 0


async def test_a_receipt_refused_for_now_comes_again_and_one_refused_for_good_does_not(
    run: Run,
) -> None:
    smsc = await run()
    esme = await bound(smsc)
    esme.answers = CommandStatus.RX_T_APPN
    told = message_id(await esme.ask(message()))
    assert (await receipt(esme)).message_id == told
    esme.answers = CommandStatus.RX_P_APPN
    assert (await receipt(esme)).message_id == told
    await esme.ask(EnquireLink())
    assert smsc.network.pending == 0


async def test_a_message_from_a_handset_arrives_in_parts_that_fit(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    assert smsc.send_inbound("8801844909020", "1234", "x" * 200)
    parts = [await esme.heard() for _ in range(2)]
    assert all(part.esm_class & EsmClass.UDHI for part in parts)
    assert b"".join(part.short_message[6:] for part in parts) == b"x" * 200
    assert smsc.send_inbound("8801844909020", "8809610000001", "ok 😀")
    single = await esme.heard()
    assert (single.data_coding, single.short_message.decode("utf-16-be")) == (8, "ok 😀")


# -- faults --


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (Act.THROTTLED, CommandStatus.RTHROTTLED),
        (Act.QUEUE_FULL, CommandStatus.RMSGQFUL),
        (Act.SYSTEM_ERROR, CommandStatus.RSYSERR),
    ],
)
async def test_a_refusal_by_script_hits_the_submission_it_is_for_and_never_reaches_the_network(
    run: Run, act: Act, status: CommandStatus
) -> None:
    smsc = await run(faults=Faults(steps=(Step(act=act, after=1, times=2),)))
    esme = await bound(smsc)
    statuses = [(await esme.ask(message(b"%d" % n))).command_status for n in range(4)]
    assert statuses == [0, status, status, 0]
    for _ in range(2):
        await esme.heard()
    assert [one.text for one in smsc.network.handsets.of("8801844909020")] == ["0", "3"]


async def test_faults_by_chance_are_the_same_with_the_same_seed(run: Run) -> None:
    runs = []
    for _ in range(2):
        smsc = await run(faults=Faults(seed=5, shares={Act.THROTTLED: 0.5}))
        esme = await bound(smsc)
        runs.append([(await esme.ask(message(b"%d" % n))).command_status for n in range(40)])
    assert runs[0] == runs[1]
    assert {0, int(CommandStatus.RTHROTTLED)} == set(runs[0])


async def test_an_unanswered_submission_is_delivered_all_the_same(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    smsc.provoke(Act.UNANSWERED)
    esme.connection.send(message())
    assert (await receipt(esme)).state is MessageState.DELIVERED
    assert len(esme.connection.session.outstanding) == 1


async def test_a_late_response_comes_after_its_receipt(run: Run) -> None:
    smsc = await run(faults=Faults(late_seconds=0.05, steps=(Step(act=Act.LATE),)))
    esme = await bound(smsc)
    esme.connection.send(message())
    found = await receipt(esme)
    assert message_id((await esme.next(ResponseReceived)).response) == found.message_id


async def test_a_receipt_comes_before_its_response_on_request(run: Run) -> None:
    smsc = await run(faults=Faults(late_seconds=60, steps=(Step(act=Act.RECEIPT_FIRST),)))
    esme = await bound(smsc)
    esme.connection.send(message())
    found = await receipt(esme)
    assert message_id((await esme.next(ResponseReceived)).response) == found.message_id


async def test_a_connection_cut_in_the_middle_of_a_pdu_leaves_the_message_delivered(
    run: Run,
) -> None:
    smsc = await run(NetworkSettings(receipt_median_ms=50, receipt_p99_ms=50))
    esme = await bound(smsc)
    smsc.provoke(Act.CUT)
    esme.connection.send(message())
    lost = await esme.next(RequestLost)
    assert lost.request == message()
    assert (await receipt(await bound(smsc))).state is MessageState.DELIVERED


async def test_garbage_is_no_pdu_to_anybody(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    smsc.provoke(Act.GARBAGE)
    esme.connection.send(message())
    assert (await esme.next(ProtocolFault)).fatal


async def test_binds_are_refused_or_left_unanswered_on_request(run: Run) -> None:
    smsc = await run()
    smsc.provoke(Act.BIND_REFUSED)
    smsc.provoke(Act.BIND_UNANSWERED)
    assert await (await Esme().open(smsc.port)).refused() == CommandStatus.RBINDFAIL
    unanswered = await Esme().open(smsc.port)
    await bound(smsc)
    assert unanswered.events.empty()


async def test_receipts_are_lost_doubled_and_misnamed_on_request(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    for act in (Act.RECEIPT_LOST, Act.RECEIPT_TWICE, Act.RECEIPT_WRONG_ID):
        smsc.provoke(act)
    told = [message_id(await esme.ask(message(b"%d" % n))) for n in range(3)]
    heard = [(await receipt(esme)).message_id for _ in range(3)]
    assert heard == [told[1], told[1], f"{int(told[2]):x}"]
    await esme.ask(EnquireLink())
    assert smsc.network.pending == 0


async def test_faults_can_be_changed_while_it_runs(run: Run) -> None:
    smsc = await run(faults=Faults(shares={Act.THROTTLED: 1.0}))
    esme = await bound(smsc)
    assert (await esme.ask(message())).command_status == CommandStatus.RTHROTTLED
    smsc.configure(Faults())
    message_id(await esme.ask(message()))


async def test_everybody_is_cut_off_on_request_and_may_come_back(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    smsc.disconnect()
    await esme.connection.gone.wait()
    message_id(await (await bound(smsc)).ask(message()))


async def test_http_on_the_port_is_shown_the_door(run: Run) -> None:
    smsc = await run()
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n")
    answer = await reader.read()
    assert answer[4:12] == b"\x80\x00\x00\x00\x00\x00\x00\x02"
    writer.close()
    await writer.wait_closed()


async def test_a_stopped_smsc_is_not_there_any_more_and_stops_twice(run: Run) -> None:
    smsc = await run()
    esme = await bound(smsc)
    await smsc.stop()
    await smsc.stop()
    await esme.connection.gone.wait()
    with pytest.raises(ConnectionRefusedError):
        await Esme().open(smsc.port)
