"""Octets to PDUs and back, whole and in pieces, recorded and made up."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph import smpp
from heliograph.smpp import _framing, _pdus


def header(length: int, command_id: int, status: int = 0, number: int = 1) -> bytes:
    return struct.pack(">IIII", length, command_id, status, number)


def test_recorded_pdus_are_written_back_octet_for_octet(recorded) -> None:
    assert len(recorded) >= 60
    for vector in recorded:
        assert smpp.encode(smpp.decode(vector.octets)) == vector.octets, vector.name


def test_every_pdu_of_the_protocol_is_among_the_recorded(recorded) -> None:
    seen = {type(smpp.decode(vector.octets)) for vector in recorded}
    assert seen == set(_pdus.PDUS.values())


def test_tolerated_pdus_are_read_and_written_strictly(tolerated) -> None:
    for vector in tolerated:
        pdu = smpp.decode(vector.octets)
        if vector.written is None:
            with pytest.raises(smpp.LocalProtocolError):
                smpp.encode(pdu)
        else:
            assert smpp.encode(pdu) == vector.written, vector.name


def test_every_prefix_asks_for_more_and_loses_nothing(recorded, tolerated) -> None:
    for vector in recorded + tolerated:
        whole = smpp.decode(vector.octets)
        for cut in range(len(vector.octets)):
            reader = smpp.FrameReader()
            assert reader.feed(vector.octets[:cut]) == []
            assert reader.waiting_octets == cut
            assert reader.feed(vector.octets[cut:]) == [whole]
            assert reader.waiting_octets == 0


def test_all_recorded_pdus_in_one_stream_cut_octet_by_octet(recorded) -> None:
    stream = b"".join(vector.octets for vector in recorded)
    reader = smpp.FrameReader()
    found = [item for at in range(len(stream)) for item in reader.feed(stream[at : at + 1])]
    assert found == [smpp.decode(vector.octets) for vector in recorded]


def test_many_pdus_in_one_read_come_out_in_order(recorded) -> None:
    stream = b"".join(vector.octets for vector in recorded)
    assert smpp.FrameReader().feed(stream) == [smpp.decode(vector.octets) for vector in recorded]


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        header(15, 4),
        header(0, 0),
        header(0xFFFFFFFF, 4),
        header(_framing.DEFAULT_MAX_PDU_OCTETS + 1, 4),
    ],
)
def test_an_impossible_length_ends_the_stream_and_keeps_nothing(octets: bytes) -> None:
    reader = smpp.FrameReader()
    (error,) = reader.feed(octets)
    assert isinstance(error, smpp.FatalError)
    assert error.command_status == smpp.CommandStatus.RINVCMDLEN
    assert reader.waiting_octets == 0


def test_an_impossible_length_is_told_before_the_rest_of_the_header() -> None:
    (error,) = smpp.FrameReader().feed(b"GET ")
    assert isinstance(error, smpp.FatalError)


def test_the_cap_is_on_the_length_itself() -> None:
    reader = smpp.FrameReader(max_pdu_octets=64)
    assert reader.feed(header(64, 0x15)) == []
    (error,) = smpp.FrameReader(max_pdu_octets=64).feed(header(65, 0x15))
    assert isinstance(error, smpp.FatalError)


def test_an_unknown_command_is_answerable_and_carries_the_header() -> None:
    reader = smpp.FrameReader()
    error, after = reader.feed(header(16, 0x10203, number=77) + header(16, 0x15, number=78))
    assert isinstance(error, smpp.AnswerableError)
    assert error.command_status == smpp.CommandStatus.RINVCMDID
    assert (error.command_id, error.sequence_number) == (0x10203, 77)
    assert after == smpp.EnquireLink(sequence_number=78)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", smpp.CommandStatus.RINVCMDLEN),
        (b"\0\1", smpp.CommandStatus.RINVCMDLEN),
        (b"no end", smpp.CommandStatus.RINVCMDLEN),
        (b"SERVICE\0", smpp.CommandStatus.RINVSERTYP),
        (b"\0\0\0" + b"1" * 21 + b"\0", smpp.CommandStatus.RINVSRCADR),
        (b"\0\0\0\0\0\0" + b"1" * 21 + b"\0", smpp.CommandStatus.RINVDSTADR),
        (bytes(16), smpp.CommandStatus.RINVCMDLEN),
        (bytes(16) + b"\5hi", smpp.CommandStatus.RINVMSGLEN),
        (bytes(17) + b"\4\x24\0\5hi", smpp.CommandStatus.RINVOPTPARSTREAM),
        (bytes(17) + b"\4\x24\0", smpp.CommandStatus.RINVOPTPARSTREAM),
        (bytes(17) + b"x", smpp.CommandStatus.RINVOPTPARSTREAM),
    ],
)
def test_a_bad_submit_sm_tells_the_status_to_answer_with(body: bytes, status: int) -> None:
    with pytest.raises(smpp.AnswerableError) as caught:
        smpp.decode(header(16 + len(body), 4, number=5) + body)
    assert caught.value.command_status == status
    assert (caught.value.command_id, caught.value.sequence_number) == (4, 5)


def test_bad_destinations_of_submit_multi_are_told() -> None:
    start = bytes(4)
    for rest, status in [
        (b"\1\3", smpp.CommandStatus.RINVDESTFLAG),
        (b"\2\1\1\1880\0", smpp.CommandStatus.RINVCMDLEN),
        (b"\1\1\1\1" + b"8" * 21 + b"\0", smpp.CommandStatus.RINVDSTADR),
        (b"\1\2" + b"x" * 21 + b"\0", smpp.CommandStatus.RINVDLNAME),
    ]:
        with pytest.raises(smpp.AnswerableError) as caught:
            smpp.decode(header(16 + len(start + rest), 0x21) + start + rest)
        assert caught.value.command_status == status, rest


def test_a_successful_response_without_its_numbers_is_not_believed() -> None:
    with pytest.raises(smpp.AnswerableError):
        smpp.decode(header(16, 0x80000003))
    refused = smpp.decode(header(16, 0x80000003, status=0x67))
    assert isinstance(refused, smpp.QuerySmResp)
    assert refused.header_only


@pytest.mark.parametrize(
    "pdu",
    [
        smpp.SubmitSm(source_addr="1" * 21),
        smpp.SubmitSm(source_addr="a\0b"),
        smpp.SubmitSm(source_addr="€"),
        smpp.SubmitSm(esm_class=256),
        smpp.SubmitSm(esm_class=-1),
        smpp.SubmitSm(esm_class=0x110000),
        smpp.SubmitSm(short_message=bytes(256)),
        smpp.SubmitSm(tlvs=((0x424, bytes(65_536)),)),
        smpp.SubmitSm(tlvs=((-1, b""),)),
        smpp.SubmitSm(sequence_number=1 << 32),
        smpp.BindTransceiver(password="123456789"),
        smpp.SubmitMulti(dest_addresses=(smpp.Destination(),) * 256),
        smpp.SubmitMulti(dest_addresses=(smpp.Destination(300, 0, "1"),)),
        smpp.SubmitMulti(dest_addresses=(smpp.Destination(dl_name="x" * 21),)),
        smpp.SubmitMultiResp(no_unsuccess=(smpp.Unsuccessful(1, 1, "8", -1),)),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_when_writing(pdu: smpp.Pdu) -> None:
    with pytest.raises(smpp.LocalProtocolError):
        smpp.encode(pdu)


def text(most: int):
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=most)


U8 = st.integers(0, 255)
TLVS = st.lists(
    st.tuples(st.integers(1, 0xFFFF), st.binary(max_size=40)), max_size=4
).map(tuple)  # fmt: skip
SUBMITS = st.builds(
    smpp.SubmitSm,
    sequence_number=st.integers(1, 0x7FFFFFFF), command_status=st.just(0), tlvs=TLVS,
    service_type=text(5), source_addr_ton=U8, source_addr_npi=U8, source_addr=text(20),
    dest_addr_ton=U8, dest_addr_npi=U8, destination_addr=text(20), esm_class=U8, protocol_id=U8,
    priority_flag=U8, schedule_delivery_time=text(16), validity_period=text(16),
    registered_delivery=U8, replace_if_present_flag=U8, data_coding=U8, sm_default_msg_id=U8,
    short_message=st.binary(max_size=255),
)  # fmt: skip
MULTIS = st.builds(
    smpp.SubmitMulti,
    source_addr=text(20), short_message=st.binary(max_size=255), tlvs=TLVS,
    dest_addresses=st.lists(
        st.builds(smpp.Destination, U8, U8, text(20))
        | st.builds(smpp.Destination, dl_name=text(20).filter(bool)),
        max_size=5,
    ).map(tuple),
)  # fmt: skip


@given(SUBMITS | MULTIS)
@settings(max_examples=150, deadline=None)
def test_any_submit_comes_back_as_it_was(pdu: smpp.Pdu) -> None:
    octets = smpp.encode(pdu)
    assert smpp.decode(octets) == pdu
    assert smpp.encode(smpp.decode(octets)) == octets


COMMANDS = st.sampled_from([*_pdus.PDUS, 0x0A, 0x8000FFFF])
BODIES = st.binary(max_size=120) | st.lists(
    st.sampled_from([b"\0", b"\0\0", b"A", b"\1", b"\2", b"\xff", b"\4\x24\0\2hi", b"8801712345678\0"]),
    max_size=60,
).map(b"".join)  # fmt: skip


@given(COMMANDS, st.sampled_from([0, 8]), BODIES)
@settings(max_examples=400, deadline=None)
def test_no_body_brings_anything_but_a_pdu_or_an_answerable_error(
    command: int, status: int, body: bytes
) -> None:
    (pdu,) = smpp.FrameReader().feed(header(16 + len(body), command, status) + body)
    if isinstance(pdu, smpp.RemoteProtocolError):
        assert isinstance(pdu, smpp.AnswerableError)
        assert (pdu.command_id, pdu.sequence_number) == (command, 1)
        return
    try:
        octets = smpp.encode(pdu)
    except smpp.LocalProtocolError:  # longer credentials are let in, and never written
        assert isinstance(pdu, smpp.Bind | smpp.BindResp | smpp.Outbind)
        return
    assert smpp.decode(octets) == pdu


@given(st.lists(st.binary(max_size=200), max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_stream_brings_an_exception_or_grows_the_memory(pieces: list[bytes]) -> None:
    reader = smpp.FrameReader(max_pdu_octets=256)
    for piece in pieces:
        for item in reader.feed(piece):
            assert isinstance(item, smpp.Pdu | smpp.RemoteProtocolError)
        assert reader.waiting_octets < 256
