"""The tables of PDUs, TLVs and statuses hang together."""

import pytest

from heliograph import smpp
from heliograph.smpp import _pdus, _states, _tlvs


def test_command_ids_are_those_of_the_specification() -> None:
    assert sorted(number for number in _pdus.PDUS if number < 0x80000000) == [
        0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xB, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112,
        0x113,
    ]  # fmt: skip


def test_a_response_has_the_id_of_its_request_with_the_high_bit() -> None:
    for number, pdu in _pdus.PDUS.items():
        assert number == pdu.COMMAND_ID
        if issubclass(pdu, smpp.Request) and pdu.RESPONSE is not None:
            assert number | 0x80000000 == pdu.RESPONSE.COMMAND_ID
            assert f"{pdu.NAME}_resp" == pdu.RESPONSE.NAME


def test_only_outbind_and_alert_notification_go_unanswered() -> None:
    silent = {
        pdu for pdu in _pdus.PDUS.values() if issubclass(pdu, smpp.Request) and not pdu.RESPONSE
    }
    assert silent == {smpp.Outbind, smpp.AlertNotification}


def test_submit_sm_is_on_the_wire_in_the_order_of_the_specification() -> None:
    assert list(_pdus.field_table(smpp.SubmitSm)) == [
        "service_type", "source_addr_ton", "source_addr_npi", "source_addr", "dest_addr_ton",
        "dest_addr_npi", "destination_addr", "esm_class", "protocol_id", "priority_flag",
        "schedule_delivery_time", "validity_period", "registered_delivery",
        "replace_if_present_flag", "data_coding", "sm_default_msg_id", "short_message",
    ]  # fmt: skip


def test_every_attribute_behind_the_header_is_a_field() -> None:
    header = {"sequence_number", "command_status", "tlvs", "header_only"}
    for pdu in _pdus.PDUS.values():
        assert set(pdu.__struct_fields__) - header == set(_pdus.field_table(pdu))


def test_every_request_may_be_sent_by_somebody() -> None:
    sendable = {
        kind for states in _states.MAY_SEND.values() for one in states.values() for kind in one
    }
    assert sendable == {pdu for pdu in _pdus.PDUS.values() if issubclass(pdu, smpp.Request)}
    for states in _states.MAY_SEND.values():
        assert set(states) == set(smpp.SessionState)


def test_statuses_have_names_and_meanings_known_or_not() -> None:
    assert smpp.status_name(0x58) == "ESME_RTHROTTLED"
    assert smpp.status_name(0x401) == "0x00000401 (vendor)"
    assert smpp.status_name(0x3FF) == "0x000003FF (reserved)"
    assert smpp.status_meaning(0x14) == "message queue is full"
    assert smpp.status_meaning(0x401) == "defined by the vendor"
    meanings = [smpp.status_meaning(status) for status in smpp.CommandStatus]
    assert "not defined" not in meanings
    assert len(set(meanings)) == len(meanings)


def test_every_tag_has_a_shape() -> None:
    assert set(_tlvs.TLV_SHAPES) == set(smpp.Tag)


@pytest.mark.parametrize(
    ("tag", "value", "octets"),
    [
        (smpp.Tag.RECEIPTED_MESSAGE_ID, "ab", b"ab\0"),
        (smpp.Tag.MESSAGE_STATE, 2, b"\2"),
        (smpp.Tag.SAR_MSG_REF_NUM, 513, b"\2\1"),
        (smpp.Tag.NETWORK_ERROR_CODE, b"\3\0\x0b", b"\3\0\x0b"),
        (0x1502, b"MCC", b"MCC"),
    ],
)
def test_tlvs_are_written_in_their_shape(tag: int, value: int | str | bytes, octets: bytes) -> None:
    assert smpp.tlv(tag, value) == (tag, octets)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (smpp.Tag.MESSAGE_STATE, 256),
        (smpp.Tag.MESSAGE_STATE, "2"),
        (smpp.Tag.MESSAGE_STATE, b""),
        (smpp.Tag.RECEIPTED_MESSAGE_ID, "x" * 65),
        (smpp.Tag.RECEIPTED_MESSAGE_ID, "a\0b"),
        (smpp.Tag.RECEIPTED_MESSAGE_ID, "€"),
        (smpp.Tag.NETWORK_ERROR_CODE, b"\3"),
        (0x1502, 7),
    ],
)
def test_tlvs_that_do_not_fit_are_refused(tag: int, value: int | str | bytes) -> None:
    with pytest.raises(smpp.LocalProtocolError):
        smpp.tlv(tag, value)


def test_values_are_read_as_they_came() -> None:
    tlvs = ((0x427, b"\2"), (0x1E, b"ab"), (0x1E, b"second\0"), (0x427, b"\5"))
    assert smpp.tlv_int(tlvs, 0x427) == 2
    assert smpp.tlv_text(tlvs, 0x1E) == "ab"
    assert smpp.find_tlv(tlvs, 0x424) is None
    assert smpp.tlv_int(((0x130C, b""),), 0x130C) is None
    assert smpp.SubmitSm(tlvs=tlvs).tlv(0x427) == b"\2"
