"""The tables are total both ways, and hold what the vendor prints."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.smsapi import codes
from heliograph.model.message import Encoding
from heliograph.model.reason import Reason, retries
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import FAILURES, Status


def test_every_refusal_has_a_text_and_every_text_a_reason() -> None:
    assert set(codes.TEXTS) == set(Refusal)
    told = {*codes.TEXTS.values(), *codes.FIELD_TEXTS.values()}
    unread = {text for text in told if codes.carrier_no(text) is Reason.UNSPECIFIED}
    assert unread == {"Group not found"}  # never an answer to sendsms


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (Refused(refusal=Refusal.UNAUTHENTICATED), "Invalid user"),
        (Refused(refusal=Refusal.ACCOUNT_SUSPENDED), "Invalid user"),
        (Refused(refusal=Refusal.SENDER_NOT_APPROVED, field="sender"), "Sender ID not allowed"),
        (Refused(refusal=Refusal.MISSING_FIELD, field="sender"), "Sender ID not allowed"),
        (Refused(refusal=Refusal.EMPTY_TEXT, field="text"), "Message Field Is Empty"),
        (Refused(refusal=Refusal.INVALID_RECIPIENT), "No Valid Recipients Supplied"),
        (Refused(refusal=Refusal.INSUFFICIENT_BALANCE), "Insufficient Balance"),
        (Refused(refusal=Refusal.INVALID_FIELD, field="type"), "Invalid message type"),
        (Refused(refusal=Refusal.INVALID_FIELD, field="send_at"), "Invalid schedule date"),
        (Refused(refusal=Refusal.INVALID_FIELD, field="reference"), "Invalid request"),
        (Refused(refusal=Refusal.NO_CHANNEL, field="type"), "No route for this message type"),
    ],
)
def test_a_refusal_has_the_vendors_words(refused: Refused, text: str) -> None:
    assert codes.text_of(refused) == text


def test_a_list_is_refused_for_what_is_wrong_although_there_are_good_numbers() -> None:
    bad = Refused(refusal=Refusal.INVALID_RECIPIENT)
    long, no_route = Refused(refusal=Refusal.TEXT_TOO_LONG), Refused(refusal=Refusal.NO_ROUTE)
    assert codes.gravest([bad, no_route, long]) == long
    assert codes.gravest([bad, no_route]) == no_route
    assert codes.gravest([bad, bad]) == bad
    assert codes.gravest([]) is None


@pytest.mark.parametrize("word", codes.KINDS)
def test_a_type_written_and_read_means_the_same(word: str) -> None:
    assert codes.type_of(codes.KINDS[word]) == word


def test_what_has_no_type_has_none() -> None:
    assert codes.type_of(codes.Kind(encoding=Encoding.UCS2, flash=True)) is None
    assert codes.type_of(codes.Kind(channel="fax")) is None


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_one_of_the_three_words(status: Status) -> None:
    word = codes.status_of(status)
    assert (word == "failed") == (status in FAILURES or status is Status.CANCELLED)
    assert (word == "sent") == (status in (Status.SENT, Status.DELIVERED))
    assert word in ("queued", "sent", "failed")


def test_a_group_is_sent_once_a_recipient_is_and_failed_when_all_are() -> None:
    for words in product(("queued", "sent", "failed"), repeat=3):
        expected = "sent" if "sent" in words else "queued" if "queued" in words else "failed"
        assert codes.group_status_of(words) == expected


def test_a_status_read_from_a_carrier_leads_back_to_its_word() -> None:
    for word in ("sent", "failed"):
        outcome = codes.outcome_of(f" {word.upper()} ")
        assert outcome is not None
        assert codes.status_of(outcome.status) == word
    assert codes.outcome_of("queued") is None


def test_our_account_at_the_carrier_being_at_fault_does_not_fail_the_message() -> None:
    for text in ("Invalid user", "invalid  USER.", "IP address not allowed"):
        assert retries(codes.carrier_no(text)) > 3


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_reading_words_never_raises(word: str) -> None:
    assert codes.carrier_no(word) in Reason
    assert codes.outcome_of(word) is None or word
