"""Octets of every alphabet become what they mean, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.edge.smpp.content import Content, content_of, content_of_joined
from heliograph.edge.smpp.settings import read_terms
from heliograph.model.message import Encoding
from heliograph.smpp import (
    AnswerableError,
    CommandStatus,
    DataSm,
    Tag,
    concatenation_udh,
    sar_tlvs,
    tlv,
)
from heliograph.text import encode_gsm7, fill_bits, pack_septets
from tests.edge.smpp.conftest import submit

GSM = read_terms({})
PACKED = read_terms({"alphabet": "gsm_packed"})
LATIN1 = read_terms({"alphabet": "latin1"})
UDH = concatenation_udh(reference=7, total=2, sequence=1)


def _status(**fields: object) -> int:
    with pytest.raises(AnswerableError) as caught:
        content_of(submit(**fields), GSM, version=0x34)  # type: ignore[arg-type]
    return caught.value.command_status


@given(st.text(alphabet="@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ABCabc123{}[]~|€^\\", max_size=200))
def test_gsm_octets_become_the_text_that_they_mean(text: str) -> None:
    octets = encode_gsm7(text)
    assert content_of(submit(octets), GSM, version=0x34).text == text


@given(st.text(alphabet="abc{}€ΔÅ ", min_size=1, max_size=40))
def test_packed_septets_become_the_text_that_they_mean(text: str) -> None:
    packed = pack_septets(encode_gsm7(text))
    assert content_of(submit(packed), PACKED, version=0x34).text == text


def test_ucs2_keeps_its_emoji_and_its_encoding() -> None:
    octets = "Grüße 🚀".encode("utf-16-be")
    found = content_of(submit(octets, data_coding=8), GSM, version=0x34)
    assert found == Content(text="Grüße 🚀", encoding=Encoding.UCS2)


@pytest.mark.parametrize("data_coding", [0xF0, 0x10])
def test_class_0_is_flash(data_coding: int) -> None:
    assert content_of(submit(data_coding=data_coding), GSM, version=0x34).flash


def test_flash_is_told_of_ucs2_too() -> None:
    found = content_of(submit("Ж".encode("utf-16-be"), data_coding=0x18), GSM, version=0x34)
    assert (found.text, found.flash) == ("Ж", True)


@pytest.mark.parametrize("data_coding", [2, 4, 0xF5])
def test_binary_stays_octets(data_coding: int) -> None:
    found = content_of(submit(b"\x00\xff\x1b", data_coding=data_coding), GSM, version=0x34)
    assert (found.body, found.encoding, found.udh) == (b"\x00\xff\x1b", Encoding.BINARY, b"")


def test_a_part_with_a_header_of_its_own_goes_on_as_it_came() -> None:
    cut_escape = b"x" * 152 + b"\x1b"
    found = content_of(submit(UDH + cut_escape, esm_class=0x43), GSM, version=0x34)
    assert (found.udh, found.body, found.encoding) == (UDH, cut_escape, Encoding.GSM7)


def test_half_a_surrogate_pair_in_a_part_goes_on_as_it_came() -> None:
    found = content_of(submit(UDH + b"\xd8\x3d", esm_class=0x40, data_coding=8), GSM, version=0x34)
    assert (found.body, found.encoding) == (b"\xd8\x3d", Encoding.UCS2)


def test_a_packed_part_begins_after_the_fill_bits_of_its_header() -> None:
    packed = pack_septets(b"Hello", fill_bits=fill_bits(len(UDH)))
    found = content_of(submit(UDH + packed, esm_class=0x40), PACKED, version=0x34)
    assert found.body == b"Hello"


def test_the_default_alphabet_is_the_credentials() -> None:
    assert content_of(submit(b"caf\xe9 @"), LATIN1, version=0x34).text == "café @"


def test_octets_that_no_gsm_text_has_are_read_as_latin_1() -> None:
    assert content_of(submit(b"caf\xe9"), GSM, version=0x34).text == "café"


def test_data_coding_says_the_alphabet_whatever_the_default_is() -> None:
    assert content_of(submit(b"caf\xe9", data_coding=3), GSM, version=0x34).text == "café"
    cyrillic = "Привет".encode("iso8859-5")
    assert content_of(submit(cyrillic, data_coding=6), GSM, version=0x34).text == "Привет"


def test_a_payload_of_any_length_is_one_message() -> None:
    octets = encode_gsm7("long " * 500)
    pdu = DataSm(destination_addr="1", tlvs=(tlv(Tag.MESSAGE_PAYLOAD, octets),))
    assert content_of(pdu, GSM, version=0x34).text == "long " * 500


def test_ports_become_a_user_data_header() -> None:
    ports = (tlv(Tag.SOURCE_PORT, 0x1581), tlv(Tag.DESTINATION_PORT, 0x23F0))
    found = content_of(submit(b"\x01", data_coding=4, tlvs=ports), GSM, version=0x34)
    assert (found.udh, found.body) == (bytes.fromhex("06050423f01581"), b"\x01")


def test_a_sar_part_that_is_not_joined_gets_a_header() -> None:
    tlvs = sar_tlvs(reference=0x0102, total=3, sequence=2)
    found = content_of(submit(b"middle", tlvs=tlvs), GSM, version=0x34)
    assert (found.udh, found.body) == (bytes.fromhex("06080401020302"), b"middle")


def test_joined_parts_are_decoded_as_a_whole() -> None:
    found = content_of_joined(b"a\x1b" + b"e", submit(), GSM, version=0x34)
    assert found.text == "a€"


def test_a_header_longer_than_its_message_is_refused() -> None:
    assert _status(text=b"\x06ab", esm_class=0x40) == CommandStatus.RINVESMCLASS
    assert _status(text=b"", esm_class=0x40) == CommandStatus.RINVESMCLASS


def test_two_messages_in_one_pdu_are_refused() -> None:
    payload = (tlv(Tag.MESSAGE_PAYLOAD, b"other"),)
    assert _status(text=b"one", tlvs=payload) == CommandStatus.RINVMSGLEN


@pytest.mark.parametrize("data_coding", [0x3C, 0x09, 0x20, 0x80, 0xC8])
def test_a_coding_that_cannot_be_kept_is_refused(data_coding: int) -> None:
    assert _status(data_coding=data_coding) == CommandStatus.RSUBMITFAIL
    with pytest.raises(AnswerableError) as caught:
        content_of(submit(data_coding=data_coding), GSM, version=0x50)
    assert caught.value.command_status == CommandStatus.RINVDCS


def test_half_a_character_is_refused() -> None:
    assert _status(text=b"\x00A\x00", data_coding=8) == CommandStatus.RINVMSGLEN
    assert _status(text=b"\xff\xff", data_coding=0x0E) == CommandStatus.RSUBMITFAIL
