"""The tables are total both ways, and hold what the vendor documents."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.imiconnect import codes
from heliograph.model.reason import Reason, retries
from heliograph.model.refusal import Refusal
from heliograph.model.status import FAILURES, SETTLED, Status

ANSWERED = {
    *("7000", "7001", "7003", "7004", "7006", "7007", "7009", "7020", "7022"),
    *("7101", "7102", "7107", "7108", "7109", "7126", "7127"),
}
"""All of the facts' synchronous codes but 7002 (a missing key never becomes a refusal), 7005 and 7010."""


def test_every_refusal_has_a_verdict_and_every_code_is_reached() -> None:
    assert set(codes.VERDICTS) == set(Refusal)
    assert {verdict.code for verdict in codes.VERDICTS.values()} == ANSWERED


def test_http_says_200_but_for_a_method_that_is_not_there() -> None:
    assert {
        refusal for refusal, verdict in codes.VERDICTS.items() if verdict.http_status != 200
    } == {Refusal.METHOD_NOT_ALLOWED}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal.MALFORMED, "7000"),
        (Refusal.UNAUTHENTICATED, "7001"),
        (Refusal.SERVICE_INACTIVE, "7007"),
        (Refusal.ADDRESS_NOT_ALLOWED, "7127"),
        (Refusal.TOO_MANY_RECIPIENTS, "7009"),
        (Refusal.UNKNOWN_TEMPLATE, "7108"),
        (Refusal.UNKNOWN_LINK, "7004"),
        (Refusal.SENDER_NOT_APPROVED, "7101"),
    ],
)
def test_the_codes_that_the_sources_name_are_these(refusal: Refusal, code: str) -> None:
    assert codes.verdict_of(refusal).code == code


def test_every_answer_is_read_by_the_carrier_face() -> None:
    assert ANSWERED | {"7002", "7005", "7010"} == {*codes.CARRIER_NOES, codes.INTERNAL.code}
    assert codes.carrier_no("9999") is Reason.UNSPECIFIED
    for code in ("7001", "7002", "7007", "7010", "7127", "7020"):  # the message is not at fault
        assert retries(codes.carrier_no(code)) > 3


def test_every_status_and_reason_has_a_delivery_row() -> None:
    assert set(codes.DELIVERIES) == set(Reason)
    assert set(codes.STATUS_WORDS) == set(Status)
    for status, reason in product(Status, Reason):
        row = codes.delivery_of(status, reason)
        assert (row == codes.DELIVERED) == (status is Status.DELIVERED)
        assert (row == codes.SUBMITTED) == (status not in SETTLED)
        assert row.code in codes.OUTCOMES
        failed = status in FAILURES | {Status.CANCELLED}
        assert (row.word in ("Failed", "Un-Delivered")) == failed


@pytest.mark.parametrize(
    ("status", "reason", "code", "word"),
    [
        (Status.EXPIRED, Reason.VALIDITY_EXPIRED, "7208", "Un-Delivered"),
        (Status.EXPIRED, Reason.ABSENT_SUBSCRIBER, "7208", "Un-Delivered"),
        (Status.FAILED, Reason.INVALID_SOURCE, "7101", "Failed"),
        (Status.REJECTED, Reason.OPTED_OUT, "7109", "Failed"),
        (Status.UNDELIVERED, Reason.MEMORY_EXCEEDED, "7206", "Failed"),
        (Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER_SM, "7207", "Failed"),
        (Status.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER, "7203", "Failed"),
        (Status.UNDELIVERED, Reason.UNSPECIFIED, "7201", "Failed"),
        (Status.FAILED, Reason.NONE, "7202", "Failed"),
        (Status.CANCELLED, Reason.NONE, "7202", "Failed"),
    ],
)
def test_failures_have_the_row_that_says_why(
    status: Status, reason: Reason, code: str, word: str
) -> None:
    row = codes.delivery_of(status, reason)
    assert (row.code, row.word) == (code, word)


def test_a_row_written_and_read_is_as_good_or_bad() -> None:
    for status, reason in product(SETTLED, Reason):
        row = codes.delivery_of(status, reason)
        outcome = codes.outcome_of(row.code, "")
        assert outcome is not None
        assert (outcome.status is Status.DELIVERED) == (status is Status.DELIVERED)
        assert (outcome.status is Status.EXPIRED) == (row == codes.MESSAGE_EXPIRED)


@pytest.mark.parametrize(
    ("code", "word", "status"),
    [
        ("9999", "Un-Delivered", Status.UNDELIVERED),
        ("", "Undelivered", Status.UNDELIVERED),
        ("9999", "FAILED", Status.UNDELIVERED),
        ("", "delivered", Status.DELIVERED),
        (" 7501 ", "Failed", Status.SENT),
    ],
)
def test_the_code_counts_and_an_unknown_one_leaves_the_word(
    code: str, word: str, status: Status
) -> None:
    outcome = codes.outcome_of(code, word)
    assert outcome is not None
    assert outcome.status is status


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=10), st.text(max_size=20))
def test_reading_codes_never_raises(code: str, word: str) -> None:
    found = codes.outcome_of(code, word)
    assert found is None or found.status in Status
    assert codes.carrier_no(code) in Reason
