"""Two ends of a session: binding, window, deadlines, faults; and random cuts of the wire."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph import smpp
from heliograph.smpp import CloseReason, CommandStatus, LossReason, Refusal, Role, SessionState


def kinds(events) -> list[type]:
    return [type(event) for event in events]


def submit(text: str = "hi") -> smpp.SubmitSm:
    return smpp.SubmitSm(destination_addr="8801712345678", short_message=text.encode())


@pytest.mark.parametrize(
    ("request_", "state"),
    [
        (smpp.BindTransmitter(system_id="a"), SessionState.BOUND_TX),
        (smpp.BindReceiver(system_id="a"), SessionState.BOUND_RX),
        (smpp.BindTransceiver(system_id="a"), SessionState.BOUND_TRX),
    ],
)
def test_binding_puts_both_ends_into_the_same_state(make_pair, request_, state) -> None:
    pair = make_pair().bind(request_)
    assert pair.esme.state is pair.smsc.state is state
    assert pair.esme.system_id == pair.smsc.system_id == "a"
    assert kinds(pair.take_smsc()) == [smpp.BindRequested]
    (event,) = pair.take_esme()
    assert isinstance(event, smpp.Bound)
    assert event.peer_version == 0x34


def test_a_refused_bind_leaves_the_session_open(make_pair) -> None:
    pair = make_pair()
    pair.esme.send(smpp.BindTransceiver(system_id="a"), 0.0)
    (asked,) = pair.smsc.receive(pair.esme.take_outgoing(), 0.0)
    pair.smsc.refuse(asked.pdu, CommandStatus.RINVPASWD)
    octets = pair.smsc.take_outgoing()
    assert len(octets) == 16
    (event,) = pair.esme.receive(octets, 0.0)
    assert isinstance(event, smpp.BindRefused)
    assert event.response.command_status == CommandStatus.RINVPASWD
    assert pair.esme.state is pair.smsc.state is SessionState.OPEN
    pair.bind()
    assert pair.esme.is_bound


def test_a_request_and_its_response_meet_with_their_context(bound) -> None:
    number = bound.esme.send(submit(), 1.0, context="row 7")
    bound.cross()
    (received,) = bound.take_smsc()
    assert received.pdu.sequence_number == number
    bound.smsc.respond(received.pdu, smpp.SubmitSmResp(message_id="42"))
    bound.cross()
    (answer,) = bound.take_esme()
    assert isinstance(answer, smpp.ResponseReceived)
    assert (answer.context, answer.sent_at) == ("row 7", 1.0)
    assert answer.response.message_id == "42"
    assert bound.esme.outstanding == ()


def test_responses_may_come_in_another_order(bound) -> None:
    for context in (1, 2, 3):
        bound.esme.send(submit(str(context)), 0.0, context)
    bound.cross()
    for event in reversed(bound.take_smsc()):
        bound.smsc.respond(event.pdu, smpp.SubmitSmResp(message_id="x"))
    bound.cross()
    assert [event.context for event in bound.take_esme()] == [3, 2, 1]


def test_the_window_is_a_bound_and_says_so(make_pair) -> None:
    pair = make_pair(esme=smpp.Session(Role.ESME, 0.0, window=2)).bind()
    pair.take_smsc()
    assert pair.esme.room == 2
    assert isinstance(pair.esme.send(submit(), 0.0), int)
    assert isinstance(pair.esme.send(submit(), 0.0), int)
    assert pair.esme.room == 0
    assert pair.esme.send(submit(), 0.0) is Refusal.WINDOW_FULL
    pair.cross()
    pair.smsc.respond(pair.take_smsc()[0].pdu, smpp.SubmitSmResp(message_id="1"))
    pair.cross()
    assert pair.esme.room == 1


def test_what_the_state_forbids_is_refused_to_send(make_pair) -> None:
    pair = make_pair()
    assert pair.esme.send(submit(), 0.0) is Refusal.WRONG_STATE
    assert pair.esme.send(smpp.EnquireLink(), 0.0) is Refusal.WRONG_STATE
    assert pair.smsc.send(smpp.DeliverSm(), 0.0) is Refusal.WRONG_STATE
    pair.bind(smpp.BindReceiver(system_id="a"))
    assert pair.esme.send(submit(), 0.0) is Refusal.WRONG_STATE
    assert isinstance(pair.smsc.send(smpp.DeliverSm(), 0.0), int)


def test_a_submit_on_a_receiver_is_answered_invalid_bind_status(make_pair) -> None:
    pair = make_pair().bind(smpp.BindReceiver(system_id="a"))
    (fault,) = pair.smsc.receive(smpp.encode(submit(), 9), 0.0)
    assert isinstance(fault, smpp.ProtocolFault)
    assert (fault.answered, fault.fatal) == (True, False)
    answer = smpp.decode(pair.smsc.take_outgoing())
    assert isinstance(answer, smpp.SubmitSmResp)
    assert (answer.command_status, answer.sequence_number) == (CommandStatus.RINVBNDSTS, 9)
    assert pair.smsc.is_bound


def test_a_second_bind_is_answered_already_bound(bound) -> None:
    bound.smsc.receive(smpp.encode(smpp.BindTransmitter(system_id="a"), 9), 0.0)
    assert smpp.decode(bound.smsc.take_outgoing()).command_status == CommandStatus.RALYBND


def test_a_second_bind_while_the_first_is_considered_is_answered_already_bound() -> None:
    smsc = smpp.Session(Role.SMSC, 0.0)
    (first,) = smsc.receive(smpp.encode(smpp.BindTransmitter(system_id="a"), 1), 0.0)
    for number in (2, 3):
        again = smpp.encode(smpp.BindTransceiver(system_id="a"), number)
        assert kinds(smsc.receive(again, 0.0)) == [smpp.ProtocolFault]
        assert smpp.decode(smsc.take_outgoing()).command_status == CommandStatus.RALYBND
    smsc.respond(first.pdu, smpp.BindTransmitterResp())
    assert smsc.state is SessionState.BOUND_TX


@pytest.mark.parametrize("accepted", [True, False])
def test_what_follows_a_bind_in_the_same_read_waits_for_its_answer(accepted: bool) -> None:
    smsc = smpp.Session(Role.SMSC, 0.0)
    octets = smpp.encode(smpp.BindTransmitter(system_id="a"), 1)
    octets += smpp.encode(submit("1"), 2) + smpp.encode(smpp.EnquireLink(), 3)
    (asked,) = smsc.receive(octets, 0.0)
    assert isinstance(smpp.decode(smsc.take_outgoing()), smpp.EnquireLinkResp)
    assert smsc.resume(1.0) == []
    smsc.respond(
        asked.pdu,
        smpp.BindTransmitterResp(command_status=0 if accepted else CommandStatus.RINVPASWD),
    )
    smsc.take_outgoing()
    # What comes by the next read is behind it, also when nobody called `resume`.
    events = smsc.receive(smpp.encode(submit("2"), 4), 1.0)
    if accepted:
        assert [event.pdu.sequence_number for event in events] == [2, 4]
    else:
        assert kinds(events) == [smpp.ProtocolFault] * 2
        answer = smpp.decode(smsc.take_outgoing()[:16])
        assert (answer.command_status, answer.sequence_number) == (CommandStatus.RINVBNDSTS, 2)
    assert smsc.resume(2.0) == []


def test_more_than_a_thousand_requests_do_not_wait_for_a_bind() -> None:
    smsc = smpp.Session(Role.SMSC, 0.0)
    octets = smpp.encode(smpp.BindTransmitter(system_id="a"), 1)
    octets += b"".join(smpp.encode(submit("1"), number) for number in range(2, 1003))
    assert kinds(smsc.receive(octets, 0.0)) == [smpp.BindRequested, smpp.ProtocolFault]


def test_a_bind_that_cannot_be_written_leaves_the_session_as_it_was(make_pair) -> None:
    pair = make_pair()
    with pytest.raises(smpp.LocalProtocolError):
        pair.esme.send(smpp.BindTransceiver(system_id="x" * 16), 0.0)
    pair.esme.send(smpp.BindTransceiver(system_id="a"), 0.0)
    (asked,) = pair.smsc.receive(pair.esme.take_outgoing(), 0.0)
    with pytest.raises(smpp.LocalProtocolError):
        pair.smsc.respond(asked.pdu, smpp.BindTransceiverResp(system_id="x" * 16))
    assert pair.smsc.state is SessionState.OPEN
    pair.smsc.respond(asked.pdu, smpp.BindTransceiverResp(system_id="x"))
    assert pair.smsc.is_bound


def test_enquire_link_is_answered_by_itself_even_before_a_bind() -> None:
    smsc = smpp.Session(Role.SMSC, 0.0)
    assert smsc.receive(smpp.encode(smpp.EnquireLink(), 5), 0.0) == []
    assert smpp.decode(smsc.take_outgoing()) == smpp.EnquireLinkResp(sequence_number=5)


def test_silence_brings_enquire_links_and_then_the_end(bound) -> None:
    smsc = bound.smsc
    assert smsc.next_deadline == 30.0
    assert smsc.tick(29.9) == []
    assert smsc.take_outgoing() == b""
    for now in (30.0, 60.0):
        assert smsc.tick(now) == []
        assert isinstance(smpp.decode(smsc.take_outgoing()), smpp.EnquireLink)
    assert smsc.tick(90.0) == [smpp.CloseRequired(CloseReason.PEER_SILENT)]
    assert smsc.next_deadline is None


def test_any_pdu_counts_as_an_answer_to_enquire_link(bound) -> None:
    bound.smsc.tick(30.0)
    bound.smsc.receive(smpp.encode(submit(), 9), 31.0)
    bound.smsc.take_outgoing()
    for now in (61.0, 91.0):
        assert bound.smsc.tick(now) == []
    assert bound.smsc.tick(121.0) == [smpp.CloseRequired(CloseReason.PEER_SILENT)]


def test_an_answered_enquire_link_is_no_event(bound) -> None:
    bound.smsc.tick(30.0)
    bound.now = 30.5
    bound.cross()
    assert bound.take_smsc() == bound.take_esme() == []
    assert bound.smsc.next_deadline == 60.5


def test_a_request_without_response_is_lost_in_time(bound) -> None:
    bound.esme.send(submit(), 5.0, context="row")
    assert bound.esme.next_deadline == 30.0
    bound.esme.tick(64.9)
    (event,) = bound.esme.tick(65.0)
    assert isinstance(event, smpp.RequestLost)
    assert (event.context, event.why) == ("row", LossReason.TIMED_OUT)
    assert bound.esme.outstanding == ()


def test_a_late_response_is_told_as_unmatched(bound) -> None:
    number = bound.esme.send(submit(), 0.0)
    bound.esme.tick(60.0)
    late = smpp.SubmitSmResp(sequence_number=number, message_id="42")
    assert bound.esme.receive(smpp.encode(late), 61.0) == [smpp.UnmatchedResponse(late)]


def test_a_response_of_another_command_answers_nothing(bound) -> None:
    number = bound.esme.send(submit(), 0.0)
    other = smpp.QuerySmResp(sequence_number=number, message_id="1")
    assert kinds(bound.esme.receive(smpp.encode(other), 0.0)) == [smpp.UnmatchedResponse]
    assert len(bound.esme.outstanding) == 1


def test_generic_nack_answers_any_request(bound) -> None:
    number = bound.esme.send(submit(), 0.0, "row")
    nack = smpp.GenericNack(sequence_number=number, command_status=CommandStatus.RINVCMDID)
    (event,) = bound.esme.receive(smpp.encode(nack), 0.0)
    assert isinstance(event, smpp.ResponseReceived)
    assert event.response == nack


def test_an_unreadable_response_loses_its_request_and_is_not_answered(bound) -> None:
    number = bound.esme.send(submit(), 0.0, "row")
    bound.esme.take_outgoing()
    bad = struct.pack(">IIII", 18, 0x80000004, 0, number) + b"xy"
    fault, lost = bound.esme.receive(bad, 0.0)
    assert isinstance(fault, smpp.ProtocolFault)
    assert not fault.answered
    assert isinstance(lost, smpp.RequestLost)
    assert lost.why is LossReason.UNREADABLE
    assert bound.esme.take_outgoing() == b""


def test_a_bad_body_is_answered_with_its_own_response(bound) -> None:
    body = b"SERVICE\0"
    bound.smsc.receive(struct.pack(">IIII", 16 + len(body), 4, 0, 8) + body, 0.0)
    answer = smpp.decode(bound.smsc.take_outgoing())
    assert isinstance(answer, smpp.SubmitSmResp)
    assert (answer.command_status, answer.sequence_number) == (CommandStatus.RINVSERTYP, 8)


@pytest.mark.parametrize(
    ("command", "status"), [(0x99, CommandStatus.RINVCMDID), (4, CommandStatus.RINVCMDLEN)]
)
def test_what_the_header_tells_is_answered_by_generic_nack(bound, command, status) -> None:
    bound.smsc.receive(struct.pack(">IIII", 17, command, 0, 8) + b"\0", 0.0)
    answer = smpp.decode(bound.smsc.take_outgoing())
    assert answer == smpp.GenericNack(sequence_number=8, command_status=status)
    assert bound.smsc.is_bound


def test_an_unknown_response_is_not_answered(bound) -> None:
    (fault,) = bound.smsc.receive(struct.pack(">IIII", 16, 0x80000099, 0, 8), 0.0)
    assert not fault.answered
    assert bound.smsc.take_outgoing() == b""


def test_http_on_the_port_is_nacked_and_closed() -> None:
    smsc = smpp.Session(Role.SMSC, 0.0)
    fault, closing = smsc.receive(b"GET / HTTP/1.1\r\n\r\n", 0.0)
    assert fault.fatal
    assert closing == smpp.CloseRequired(CloseReason.STREAM_LOST)
    assert smpp.decode(smsc.take_outgoing()).command_status == CommandStatus.RINVCMDLEN
    assert smsc.receive(b"more", 0.0) == []
    assert smsc.tick(1e9) == []


def test_an_unbound_connection_is_dropped_in_time() -> None:
    smsc = smpp.Session(Role.SMSC, 100.0)
    assert smsc.next_deadline == 130.0
    assert smsc.tick(129.0) == []
    assert smsc.tick(130.0) == [smpp.CloseRequired(CloseReason.NOT_BOUND_IN_TIME)]


def test_an_unanswered_bind_ends_the_session() -> None:
    esme = smpp.Session(Role.ESME, 0.0, response_timeout_seconds=10.0)
    esme.send(smpp.BindTransceiver(system_id="a"), 0.0)
    assert esme.send(smpp.BindTransceiver(system_id="a"), 0.0) is Refusal.WRONG_STATE
    lost, closing = esme.tick(10.0)
    assert isinstance(lost, smpp.RequestLost)
    assert closing == smpp.CloseRequired(CloseReason.BIND_UNANSWERED)


def test_a_session_without_messages_ends_when_so_configured(make_pair) -> None:
    smsc = smpp.Session(Role.SMSC, 0.0, inactivity_seconds=50.0)
    pair = make_pair(smsc=smsc).bind()
    pair.smsc.receive(smpp.encode(smpp.EnquireLink(), 9), 40.0)
    assert smsc.next_deadline == 50.0
    assert smsc.tick(50.0) == [smpp.CloseRequired(CloseReason.INACTIVE)]


def test_unbind_is_answered_and_ends_both(bound) -> None:
    bound.esme.send(smpp.Unbind(), 0.0)
    assert bound.esme.send(submit(), 0.0) is Refusal.WRONG_STATE
    bound.cross()
    assert bound.take_smsc() == [
        smpp.Unbound(by_peer=True),
        smpp.CloseRequired(CloseReason.UNBOUND),
    ]
    assert bound.take_esme() == [
        smpp.Unbound(by_peer=False), smpp.CloseRequired(CloseReason.UNBOUND)
    ]  # fmt: skip
    assert bound.esme.state is bound.smsc.state is SessionState.UNBOUND


def test_an_unanswered_unbind_ends_the_session(bound) -> None:
    bound.esme.send(smpp.Unbind(), 0.0)
    assert bound.esme.tick(60.0)[-1] == smpp.CloseRequired(CloseReason.UNBIND_UNANSWERED)


def test_closing_tells_what_was_left(bound) -> None:
    for context in (1, 2):
        bound.esme.send(submit(), 0.0, context)
    left = bound.esme.close()
    assert [(lost.context, lost.why) for lost in left] == [
        (1, LossReason.CLOSED), (2, LossReason.CLOSED)
    ]  # fmt: skip
    assert bound.esme.close() == []
    assert bound.esme.state is SessionState.CLOSED


def test_a_response_after_the_end_is_written_nowhere(bound) -> None:
    bound.esme.send(submit(), 0.0)
    bound.cross()
    (received,) = bound.take_smsc()
    bound.smsc.close()
    bound.smsc.respond(received.pdu, smpp.SubmitSmResp(message_id="1"))
    assert bound.smsc.take_outgoing() == b""


def test_sequence_numbers_go_round_past_those_in_flight(make_pair) -> None:
    esme = smpp.Session(Role.ESME, 0.0, first_sequence_number=0x7FFFFFFF)
    pair = make_pair(esme=esme).bind()
    numbers = [pair.esme.send(submit(), 0.0) for _ in range(3)]
    assert numbers == [1, 2, 3]
    other = smpp.Session(Role.ESME, 0.0, first_sequence_number=0x7FFFFFFE)
    pair = make_pair(esme=other).bind()
    assert pair.esme.send(submit(), 0.0) == 0x7FFFFFFF
    assert pair.esme.send(submit(), 0.0) == 1


def test_errors_have_no_body_for_34_and_one_for_50_and_33(make_pair) -> None:
    for version, octets in ((0x34, 16), (0x50, 17), (0x33, 17), (0x00, 17)):
        smsc = smpp.Session(Role.SMSC, 0.0, version=0x50)
        pair = make_pair(smsc=smsc).bind(
            smpp.BindTransceiver(system_id="a", interface_version=version)
        )
        pair.take_smsc()
        pair.smsc.receive(smpp.encode(submit(), 5), 0.0)
        smsc.refuse(smpp.SubmitSm(sequence_number=5), CommandStatus.RTHROTTLED)
        assert len(smsc.take_outgoing()) == octets, version


def test_a_peer_bound_as_33_gets_no_tlvs(make_pair) -> None:
    pair = make_pair()
    pair.esme.send(smpp.BindTransceiver(system_id="a", interface_version=0x33), 0.0)
    pair.cross()
    (bound,) = pair.take_esme()
    assert bound.response.tlvs == ()
    assert not pair.smsc.allows_tlvs
    receipt = smpp.DeliverSm(
        tlvs=smpp.receipt_tlvs(message_id="1", state=smpp.MessageState.DELIVERED)
    )
    assert pair.smsc.send(receipt, 0.0) is Refusal.TLVS_UNKNOWN_TO_PEER


def test_outbind_asks_the_esme_to_bind(make_pair) -> None:
    pair = make_pair()
    pair.smsc.send(smpp.Outbind(system_id="smsc"), 0.0)
    pair.cross()
    assert kinds(pair.take_esme()) == [smpp.PduReceived]
    assert pair.esme.state is pair.smsc.state is SessionState.OUTBOUND
    pair.bind(smpp.BindReceiver(system_id="a"))
    assert pair.esme.state is pair.smsc.state is SessionState.BOUND_RX


def test_alert_notification_takes_no_window_and_no_answer(bound) -> None:
    assert isinstance(bound.smsc.send(smpp.AlertNotification(source_addr="880"), 0.0), int)
    assert bound.smsc.outstanding == ()
    bound.cross()
    (event,) = bound.take_esme()
    bound.esme.refuse(event.pdu, CommandStatus.RSYSERR)
    assert bound.esme.take_outgoing() == b""


def test_a_response_of_another_command_is_our_own_mistake(bound) -> None:
    with pytest.raises(smpp.LocalProtocolError):
        bound.smsc.respond(submit(), smpp.DataSmResp())


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_random_cuts_and_crossings_lose_and_double_nothing(make_pair, data) -> None:
    def cut(octets: bytes) -> list[bytes]:
        points = data.draw(st.lists(st.integers(0, len(octets)), max_size=6).map(sorted))
        return [octets[a:b] for a, b in zip([0, *points], [*points, len(octets)], strict=True)]

    pair = make_pair(esme=smpp.Session(Role.ESME, 0.0, window=4))
    pair.cut = cut
    pair.bind()
    sent, answered, delivered = [], [], []
    for step in range(data.draw(st.integers(1, 25))):
        if data.draw(st.booleans()):
            if isinstance(pair.esme.send(submit(str(step)), 0.0, step), int):
                sent.append(step)
        elif isinstance(pair.smsc.send(smpp.DeliverSm(short_message=b"mo"), 0.0, step), int):
            delivered.append(step)
        if data.draw(st.booleans()):
            _answer(pair, answered)
    _answer(pair, answered)
    assert sorted(answered) == sorted(sent + delivered)
    assert pair.esme.outstanding == pair.smsc.outstanding == ()


def _answer(pair, answered: list[int]) -> None:
    pair.cross()
    for events, end in ((pair.take_smsc(), pair.smsc), (pair.take_esme(), pair.esme)):
        for event in events:
            if isinstance(event, smpp.PduReceived):
                kind = type(event.pdu).RESPONSE
                assert kind is not None
                end.respond(event.pdu, kind())
            elif isinstance(event, smpp.ResponseReceived):
                answered.append(event.context)
    pair.cross()
    for event in pair.take_smsc() + pair.take_esme():
        assert isinstance(event, smpp.ResponseReceived)
        answered.append(event.context)


@given(st.lists(st.binary(max_size=64), max_size=12), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_octets_make_a_session_raise(pieces: list[bytes], is_smsc: bool) -> None:
    session = smpp.Session(Role.SMSC if is_smsc else Role.ESME, 0.0, max_pdu_octets=128)
    for piece in pieces:
        framed = struct.pack(">I", 4 + len(piece)) + piece
        for octets in (framed, piece):
            session.receive(octets, 1.0)
    session.tick(1e6)
    assert session.state is SessionState.CLOSED
