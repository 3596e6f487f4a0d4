"""deliver_sm and data_sm as receipts and as messages from handsets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.carriers.smpp.receipts import arrival_of, receipt_ids, receipt_of, taken_id
from heliograph.model.reason import Reason
from heliograph.model.report import Receipt
from heliograph.model.status import Status
from heliograph.smpp import DeliverSm, MessageState, receipt_tlvs
from heliograph.smpp import Receipt as Told
from heliograph.text import encode_gsm7
from tests.carriers.smpp.smsc import profile

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(text: bytes, esm_class: int = 4, settings: dict[str, str] | None = None) -> Receipt | None:
    pdu = DeliverSm(esm_class=esm_class, short_message=text)
    return receipt_of(profile(**settings or {}), 7, pdu, NOW)


def must_read(text: bytes, **settings: str) -> Receipt:
    found = read(text, settings=settings)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("form", "in_response", "in_receipt"),
    [
        ("auto", "0000A1F3", "0000A1F3"),
        ("auto", "A1F3", "41459"),
        ("auto", "41459", "A1F3"),
        ("auto", "0012", "12"),
        ("auto", "aB-c9", "abc9"),
        ("hex", "0000A1F3", "0000041459"),
        ("decimal", "0000041459", "0000A1F3"),
        ("as_is", "00Ab", "00Ab"),
        ("auto", "3f1c7a52-0000-4000-8000-00000000000a", "3F1C7A5200004000800000000000000A"),
    ],
)
def test_an_id_is_found_again_in_every_form(form: str, in_response: str, in_receipt: str) -> None:
    found = profile(id_form=form)
    first, others = receipt_ids(found, Told(message_id=in_receipt, text_message_id=in_receipt))
    assert taken_id(found, in_response) in (first, *others)


def test_forms_that_are_known_are_not_guessed() -> None:
    assert receipt_ids(profile(id_form="hex"), Told(message_id="41459")) == ("a1f3", ())
    assert receipt_ids(profile(id_form="decimal"), Told(message_id="A1F3")) == ("41459", ())
    assert receipt_ids(profile(id_form="as_is"), Told(message_id="010")) == ("010", ())


def test_what_is_no_number_in_the_form_expected_stays_what_it_is() -> None:
    assert receipt_ids(profile(id_form="hex"), Told(message_id="xyz-1"))[0] == "xyz1"
    assert receipt_ids(profile(id_form="decimal"), Told(message_id="12_3"))[0] == "12_3"


def test_an_id_of_the_text_that_differs_from_the_tlvs_is_offered_too() -> None:
    told = Told(message_id="A1F3", text_message_id="0000041459")
    first, others = receipt_ids(profile(), told)
    assert first == "a1f3"
    assert "41459" in others


@pytest.mark.parametrize(
    ("stat", "status", "reason"),
    [
        ("DELIVRD", Status.DELIVERED, Reason.NONE),
        ("EXPIRED", Status.EXPIRED, Reason.VALIDITY_EXPIRED),
        ("UNDELIV", Status.UNDELIVERED, Reason.UNSPECIFIED),
        ("DELETED", Status.UNDELIVERED, Reason.UNSPECIFIED),
        ("REJECTD", Status.REJECTED, Reason.UNSPECIFIED),
        ("ENROUTE", Status.SENT, Reason.NONE),
        ("ACCEPTD", Status.SENT, Reason.NONE),
        ("UNKNOWN", Status.SENT, Reason.NONE),
        ("GIBBERISH", Status.SENT, Reason.NONE),
    ],
)
def test_stat_words_become_states(stat: str, status: Status, reason: Reason) -> None:
    found = must_read(f"id:1 sub:001 dlvrd:000 stat:{stat} err:000 text:".encode())
    assert (found.status, found.reason) == (status, reason)


def test_an_error_means_what_the_settings_say() -> None:
    text = b"id:1 stat:UNDELIV err:027"
    assert must_read(text).reason is Reason.UNSPECIFIED
    assert must_read(text, error_codes="gsm").reason is Reason.ABSENT_SUBSCRIBER
    own = {"error.27": "subscriber_busy"}
    assert must_read(text, **own).reason is Reason.SUBSCRIBER_BUSY
    assert must_read(text).vendor_code == "027"


def test_a_success_has_no_reason_whatever_its_error_says() -> None:
    found = must_read(b"id:1 stat:DELIVRD err:027", error_codes="gsm")
    assert (found.status, found.reason) == (Status.DELIVERED, Reason.NONE)


def test_the_network_error_code_speaks_for_itself() -> None:
    tlvs = receipt_tlvs(message_id="1", state=MessageState.UNDELIVERABLE, network_error_code=(3, 1))
    found = receipt_of(profile(), 7, DeliverSm(esm_class=4, tlvs=tlvs), NOW)
    assert found is not None
    assert (found.reason, found.vendor_code) == (Reason.UNKNOWN_SUBSCRIBER, "3:1")


def test_without_a_done_date_it_is_when_it_reached_us() -> None:
    assert must_read(b"id:1 stat:DELIVRD").at == NOW


def test_dates_are_read_by_the_carriers_clock() -> None:
    text = b"id:1 stat:DELIVRD done date:2611201200"
    found = must_read(text, utc_offset_minutes="120")
    assert found.at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "now_seconds", "at_seconds"),
    [
        ("2611201200", 40, 40),  # of this minute, and before the message was sent
        ("2611201200", 61, 0),
        ("261120120020", 40, 20),
        ("2611201205", 40, 40),  # a clock that is ahead
    ],
)
def test_a_time_without_seconds_is_never_before_what_it_follows(
    said: str, now_seconds: int, at_seconds: int
) -> None:
    now = NOW + timedelta(seconds=now_seconds)
    pdu = DeliverSm(esm_class=4, short_message=f"id:1 stat:DELIVRD done date:{said}".encode())
    found = receipt_of(profile(), 7, pdu, now)
    assert found is not None
    assert found.at == NOW + timedelta(seconds=at_seconds)


def test_an_unmarked_text_is_a_receipt_only_where_the_operator_says_so() -> None:
    text = b"id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:"
    assert read(text, esm_class=0) is None
    assert read(text, esm_class=0, settings={"unmarked_receipts": "yes"}) is not None


def test_an_intermediate_notification_changes_nothing() -> None:
    found = read(b"id:1 stat:UNDELIV err:001", esm_class=0x20)
    assert found is not None
    assert found.status is Status.SENT


@given(st.binary(max_size=120), st.integers(0, 255))
def test_whatever_comes_is_read_and_can_be_stored(octets: bytes, esm_class: int) -> None:
    found = read(octets, esm_class=esm_class)
    if found is not None:
        words = (found.carrier_message_id, found.raw, found.vendor_code or "", *found.other_forms)
        assert not any("\0" in word for word in words)


def text_of(octets: bytes, dcs: int, udh: bytes = b"", **settings: str) -> str | bytes:
    pdu = DeliverSm(source_addr="46700000001", destination_addr="72323", data_coding=dcs)
    found = arrival_of(profile(**settings), 7, pdu, udh=udh, octets=octets, now=NOW)
    return found.text if found.body is None else found.body


@pytest.mark.parametrize(
    ("octets", "dcs", "expected"),
    [
        (encode_gsm7("Hej {€}"), 0x00, "Hej {€}"),
        (b"Hej {1}\n", 0x01, "Hej {1}\n"),
        (b"Hej \x1be \x00", 0x01, "Hej € @"),
        ("Århus".encode("latin-1"), 0x03, "Århus"),
        ("Привет".encode("iso8859-5"), 0x06, "Привет"),
        ("שלום".encode("iso8859-8"), 0x07, "שלום"),
        ("👋 ж".encode("utf-16-be"), 0x08, "👋 ж"),
        ("안녕".encode("euc_kr"), 0x0E, "안녕"),
        (encode_gsm7("flash"), 0xF0, "flash"),
        (b"\x00\x01", 0x04, b"\x00\x01"),
        (b"\x00\x01", 0xF4, b"\x00\x01"),
        (b"packed", 0x20, b"packed"),
        (b"what", 0xB0, b"what"),
    ],
)
def test_data_coding_decides_between_text_and_octets(
    octets: bytes, dcs: int, expected: str | bytes
) -> None:
    assert text_of(octets, dcs) == expected


def test_data_coding_0_is_read_by_the_carriers_alphabet() -> None:
    octets = "Århus @".encode("latin-1")
    assert text_of(octets, 0, alphabet="latin1") == "Århus @"


def test_national_tables_are_read_by_the_header() -> None:
    octets = encode_gsm7("şı", locking=1, single=1)
    assert text_of(octets, 0, bytes.fromhex("06240101250101")) == "şı"


def test_a_text_that_the_database_cannot_hold_loses_its_nuls_only() -> None:
    assert text_of("a\0b".encode("utf-16-be"), 8) == "ab"
