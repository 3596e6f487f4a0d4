"""Receipts that the strictest readers take, and answers to questions."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
import pytest

from heliograph.edge.smpp.settings import read_terms
from heliograph.edge.smpp.write import address, query_answer, receipt
from heliograph.model.ids import EPOCH, id_at
from heliograph.model.message import Event
from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.smpp import DeliverSm, Tag, encode
from tests.edge.smpp.conftest import KEY, NOW, wire_id
from tests.edge.smpp.test_door import MESSAGE, RECORD

TERMS = read_terms({})
# What Kannel's bearerbox scans for.
_KANNEL = re.compile(
    rb"id:[^ ]{1,64} sub:\d+ dlvrd:\d+ submit date:\d{10} done date:\d{10} stat:[A-Z]{7} err:\d{3} text:"
)


def _receipt(status: Status, reason: Reason = Reason.NONE, **words: object) -> DeliverSm:
    event = Event(account_id=1, message_id=1, id=2, at=NOW, status=status, reason=reason)
    message = msgspec.structs.replace(MESSAGE, **words)
    record = msgspec.structs.replace(RECORD, message=message)
    made = receipt(event, record, KEY, TERMS, 0x34)
    assert isinstance(made, DeliverSm)
    encode(made)
    return made


@pytest.mark.parametrize("status", list(Status))
def test_every_status_makes_a_receipt_that_strict_readers_take(status: Status) -> None:
    made = _receipt(status, Reason.ABSENT_SUBSCRIBER)
    assert _KANNEL.match(made.short_message)
    assert made.tlv(Tag.RECEIPTED_MESSAGE_ID) == wire_id(MESSAGE.id).encode() + b"\0"
    assert made.tlv(Tag.NETWORK_ERROR_CODE) == bytes((3, 0, Reason.ABSENT_SUBSCRIBER))


def test_only_what_has_ended_is_called_a_delivery_receipt() -> None:
    assert _receipt(Status.DELIVERED).esm_class == 0x04
    assert _receipt(Status.EXPIRED).esm_class == 0x04
    assert _receipt(Status.SENT).esm_class == 0x20
    assert b"stat:ENROUTE" in _receipt(Status.SENT).short_message


def test_dates_are_those_of_the_message_and_of_the_event() -> None:
    number = id_at(EPOCH + timedelta(hours=1))
    text = _receipt(Status.DELIVERED, id=number).short_message
    assert b"submit date:2401010100 done date:2603040506" in text


def test_a_text_of_any_script_leaves_a_receipt_readable() -> None:
    text = _receipt(Status.DELIVERED, text="Привет stat:UNDELIV").short_message
    assert text.endswith(b"text:?????? stat:UNDELIV")
    assert _receipt(Status.DELIVERED, text="").short_message.endswith(b"text:")


def test_a_submit_multi_is_known_by_the_one_id_it_was_answered_with() -> None:
    made = _receipt(Status.DELIVERED, submission_id=77)
    assert made.tlv(Tag.RECEIPTED_MESSAGE_ID) == wire_id(77).encode() + b"\0"


@pytest.mark.parametrize("reference", ["65536", "order-7", "٧"])
def test_a_reference_that_smpp_cannot_carry_is_left_out(reference: str) -> None:
    assert _receipt(Status.DELIVERED, reference=reference).tlv(Tag.USER_MESSAGE_REFERENCE) is None


def test_a_reason_beyond_one_octet_is_in_the_text_alone() -> None:
    made = _receipt(Status.FAILED, Reason.NO_ROUTE)
    assert b"stat:UNDELIV err:606" in made.short_message
    assert made.tlv(Tag.NETWORK_ERROR_CODE) is None


def test_addresses_tell_their_type() -> None:
    assert address("8801844909020") == (1, 1)
    assert address("4321") == (0, 1)
    assert address("Heliograph") == (5, 0)


def test_a_question_is_answered_with_when_and_how_it_ended() -> None:
    ended = query_answer(RECORD, "abc")
    assert (ended.message_id, ended.final_date, ended.message_state) == (
        "abc",
        "260304050607000+",
        2,
    )
    waiting = msgspec.structs.replace(RECORD, status=Status.SENT, reason=Reason.NO_ROUTE)
    found = query_answer(waiting, "abc")
    assert (found.final_date, found.message_state, found.error_code) == ("", 1, 255)
