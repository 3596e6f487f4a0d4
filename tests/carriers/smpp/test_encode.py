"""Messages to submit_sm, by profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.carriers.smpp.encode import Encoder
from heliograph.model.message import Encoding, Extra, Message
from heliograph.smpp import (
    EsmClass,
    LocalProtocolError,
    SubmitSm,
    Tag,
    find_tlv,
    read_part,
    tlv_int,
)
from heliograph.text import TextError, decode_gsm7, encode_gsm7, parse_udh
from tests.carriers.smpp.smsc import message, profile

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def pdus(
    one: Message, reference: int = 0x1234, allows_tlvs: bool = True, **settings: str
) -> list[SubmitSm]:
    encoder = Encoder(profile(**settings))
    return encoder.submissions(one, reference=reference, now=NOW, allows_tlvs=allows_tlvs)


def only(one: Message, **settings: str) -> SubmitSm:
    (pdu,) = Encoder(profile(**settings)).submissions(one, reference=0x1234, now=NOW)
    return pdu


def test_a_short_text_goes_in_gsm_unpacked() -> None:
    pdu = only(message(text="1 € @"))
    assert pdu.short_message == b"1 \x1be \x00"
    assert (pdu.data_coding, pdu.esm_class) == (0, 0)


def test_an_emoji_goes_in_ucs2_as_two_surrogates() -> None:
    pdu = only(message(text="👋", encoding=Encoding.UCS2))
    assert pdu.short_message == b"\xd8\x3d\xdc\x4b"
    assert pdu.data_coding == 8


def test_no_part_ends_within_an_emoji_or_an_escape() -> None:
    for text, encoding in (("👋" * 100, Encoding.UCS2), ("€" * 200, Encoding.GSM7)):
        for pdu in pdus(message(text=text, encoding=encoding)):
            part = read_part(pdu)
            assert part is not None
            if encoding is Encoding.UCS2:
                assert set(part.octets.decode("utf-16-be")) == {"👋"}
            else:
                assert set(decode_gsm7(part.octets)) == {"€"}


@pytest.mark.parametrize(
    ("settings", "flash", "expected"),
    [
        ({}, False, 0x00),
        ({}, True, 0xF0),
        ({"flash": "no"}, True, 0x00),
        ({"gsm_dcs": "0x11"}, False, 0x11),
    ],
)
def test_data_coding_says_flash_where_the_carrier_has_it(
    settings: dict[str, str], flash: bool, expected: int
) -> None:
    assert only(message(flash=flash), **settings).data_coding == expected


def test_flash_in_ucs2_has_a_class_too() -> None:
    one = message(text="ж", encoding=Encoding.UCS2, flash=True)
    assert only(one).data_coding == 0x18


@pytest.mark.parametrize(
    ("alphabet", "text", "octets", "dcs"),
    [
        ("latin1", "Århus @", "Århus @".encode("latin-1"), 0),
        ("latin1", "5 €", "5 €".encode("utf-16-be"), 8),
        ("ascii", "plain @ $", b"plain @ $", 0),
        ("ascii", "Århus", "Århus".encode("utf-16-be"), 8),
    ],
)
def test_what_data_coding_0_means_is_the_carriers_word(
    alphabet: str, text: str, octets: bytes, dcs: int
) -> None:
    pdu = only(message(text=text), alphabet=alphabet)
    assert (pdu.short_message, pdu.data_coding) == (octets, dcs)


def test_a_long_text_in_latin_1_has_as_many_parts_as_in_gsm() -> None:
    text = "Smörgåsbord på ön. " * 20
    found = pdus(message(text=text), alphabet="latin1")
    assert len(found) == len(pdus(message(text=text)))
    joined = b"".join(pdu.short_message[6:] for pdu in found)
    assert joined.decode("latin-1") == text


def test_national_tables_go_with_their_header() -> None:
    one = message(text="Şişli'de ığdır", encoding=Encoding.GSM7_NATIONAL)
    pdu = only(one)
    assert pdu.esm_class == EsmClass.UDHI
    assert pdu.data_coding == 0
    end = pdu.short_message[0] + 1
    header = parse_udh(pdu.short_message[:end])
    text = decode_gsm7(pdu.short_message[end:], locking=header.locking, single=header.single)
    assert text == one.text


@pytest.mark.parametrize("settings", [{"national": "no"}, {"alphabet": "latin1"}])
def test_where_there_are_no_national_tables_the_text_goes_in_ucs2(
    settings: dict[str, str],
) -> None:
    one = message(text="Şişli", encoding=Encoding.GSM7_NATIONAL)
    pdu = only(one, **settings)
    assert pdu.data_coding == 8
    assert pdu.short_message.decode("utf-16-be") == one.text


@pytest.mark.parametrize("form", ["sar", "payload"])
def test_national_tables_and_a_peer_without_tlvs_keep_the_header(form: str) -> None:
    national = message(text="ş" * 300, encoding=Encoding.GSM7_NATIONAL)
    assert all(pdu.esm_class == EsmClass.UDHI for pdu in pdus(national, long_message=form))
    plain = pdus(message(text="a" * 300), long_message=form, allows_tlvs=False)
    assert all(pdu.esm_class == EsmClass.UDHI and not pdu.tlvs for pdu in plain)


def test_references_are_as_wide_as_the_form() -> None:
    text = "a" * 200
    assert pdus(message(text=text))[0].short_message[:6] == bytes.fromhex("050003340201")
    wide = pdus(message(text=text), long_message="udh16")
    assert wide[1].short_message[:7] == bytes.fromhex("06080412340202")
    sar = pdus(message(text=text), long_message="sar")
    assert tlv_int(sar[0].tlvs, Tag.SAR_MSG_REF_NUM) == 0x1234
    assert sar[0].esm_class == 0
    payload = only(message(text=text), long_message="payload")
    assert payload.short_message == b""
    assert find_tlv(payload.tlvs, Tag.MESSAGE_PAYLOAD) == b"a" * 200


def test_a_text_of_one_part_never_needs_a_payload() -> None:
    assert only(message(text="a" * 160), long_message="payload").short_message == b"a" * 160


def test_octets_with_a_header_of_their_own_pass_through() -> None:
    udh = bytes.fromhex("06050415811581")
    pdu = only(message(text="", body=b"\x00\xff\x02", udh=udh, encoding=Encoding.BINARY))
    assert pdu.short_message == udh + b"\x00\xff\x02"
    assert (pdu.esm_class, pdu.data_coding) == (EsmClass.UDHI, 4)


def test_an_encoded_part_of_a_customers_own_message_passes_through() -> None:
    udh = bytes.fromhex("050003070201")
    pdu = only(message(text="x", body=b"half \x1b", udh=udh, encoding=Encoding.GSM7))
    assert pdu.short_message == udh + b"half \x1b"
    assert pdu.data_coding == 0


def test_long_octets_are_cut() -> None:
    found = pdus(message(text="", body=bytes(300), encoding=Encoding.BINARY))
    assert [len(pdu.short_message) for pdu in found] == [140, 140, 6 + 32]
    assert all(pdu.data_coding == 4 for pdu in found)


def test_a_text_with_a_port_keeps_its_header_in_one_part() -> None:
    udh = bytes.fromhex("06050415811581")
    assert only(message(text="hi", udh=udh)).short_message == udh + b"hi"
    with pytest.raises(TextError):
        pdus(message(text="a" * 160, udh=udh))


@pytest.mark.parametrize(
    ("sender", "ton", "npi", "address"),
    [
        ("HELIOGRAPH", 5, 0, "HELIOGRAPH"),
        ("72323", 3, 0, "72323"),
        ("46700000009", 1, 1, "+46700000009"),
        ("+46700000009", 1, 1, "+46700000009"),
        ("", 0, 0, ""),
        ("Årsta", 5, 0, "Årsta"),
    ],
)
def test_the_kind_of_sender_decides_its_type_of_number(
    sender: str, ton: int, npi: int, address: str
) -> None:
    pdu = only(message(sender=sender), number_prefix="+")
    found = (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr)
    assert found == (ton, npi, address)
    assert pdu.destination_addr == "+46700000001"
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi) == (1, 1)


@pytest.mark.parametrize("sender", ["١٢٣", "x" * 21, "Müller €"])
def test_a_sender_that_does_not_fit_its_field_is_an_error(sender: str) -> None:
    with pytest.raises(LocalProtocolError):
        pdus(message(sender=sender))


def test_types_of_number_can_be_set() -> None:
    settings = {"alphanumeric_ton": "0", "alphanumeric_npi": "1", "dest_ton": "2", "dest_npi": "8"}
    pdu = only(message(), **settings)
    assert (pdu.source_addr_ton, pdu.source_addr_npi) == (0, 1)
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi) == (2, 8)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("relative", "000000013000000R"),
        ("absolute", "261120133000000+"),
        ("no", ""),
    ],
)
def test_the_remaining_validity_is_told_in_the_carriers_form(form: str, expected: str) -> None:
    one = message(valid_until=NOW + timedelta(minutes=90))
    pdu = only(one, validity=form)
    assert pdu.validity_period == expected
    assert pdu.schedule_delivery_time == ""  # scheduling is the flow's


def test_a_far_validity_is_told_as_the_longest_there_is() -> None:
    assert only(message()).validity_period == "000099000000000R"


def test_fixed_fields_come_from_the_settings() -> None:
    pdu = only(
        message(priority=3),
        service_type="CMT",
        protocol_id="0x40",
        priority="message",
        registered_delivery="none",
    )
    assert (pdu.service_type, pdu.protocol_id, pdu.priority_flag) == ("CMT", 0x40, 3)
    assert pdu.registered_delivery == 0


@given(st.text(st.sampled_from("aå€{Δ@ "), min_size=1, max_size=500), st.booleans())
def test_every_gsm_text_reads_the_same_after_joining(text: str, wide: bool) -> None:
    found = pdus(message(text=text), long_message="udh16" if wide else "udh8")
    parts = [read_part(pdu) for pdu in found]
    if len(found) == 1:
        assert decode_gsm7(found[0].short_message) == text
    else:
        assert decode_gsm7(b"".join(part.octets for part in parts if part)) == text
    assert all(len(pdu.short_message) <= 160 for pdu in found)
    assert len(encode_gsm7(text)) > 160 or len(found) == 1


@pytest.mark.parametrize(("asked", "expected"), [(0, 0x40), (0x7F, 0x7F)])
def test_the_messages_own_protocol_id_counts_before_the_profiles(asked: int, expected: int) -> None:
    one = message(text="Hi", extra=Extra(protocol_id=asked))
    assert only(one, protocol_id="0x40").protocol_id == expected
