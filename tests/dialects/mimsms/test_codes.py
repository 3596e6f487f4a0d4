"""The tables are total both ways, and hold what the vendor prints."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.mimsms import codes
from heliograph.model.reason import Reason, retries
from heliograph.model.refusal import Refusal
from heliograph.model.status import FAILURES, SETTLED, Status

PRINTED = {
    ("401", "Unauthorized", "IP Black List"),
    ("401", "Unauthorized", "Invalid UserName & Password"),
    ("208", "Failed", "Invalid Sender ID"),
    ("205", "Failed", "Invalid Message Content"),
    ("206", "Failed", "Invalid Mobile Number"),
    ("209", "Failed", "SMS Length cross the Max level"),
    ("221", "Failed", "SMS Sending Failed"),
    ("500", "Failed", "Internal Server Error"),
    ("213", "Failed", "Parameter Mismatch"),
    ("216", "Failed", "Insufficient Balance"),
    ("210", "Failed", "Invalid CampaignId"),
    ("207", "Failed", "Invalid TransactionType"),
}
"""The seed's table, but for 207's text, which is the observed one."""
DLR_TABLE = [
    ("Delivered", 0),
    ("Absent subscriber for SM", 3),
    ("Undelivered", 0),
    ("Subscriber Busy", 3),
    ("Unidentified subscriber", 0),
    ("Barred subscriber", 0),
    ("Illegal subscriber", 0),
    ("SMS Failed", 0),
    ("System failure", 3),
    ("SMS Failed", 3),
    ("SMSC Timeout-abort", 3),
]


def test_every_refusal_has_a_verdict() -> None:
    assert set(codes.VERDICTS) == set(Refusal)


def test_every_printed_row_is_reached_and_no_other_row_but_405() -> None:
    given_rows = {verdict[:3] for verdict in codes.VERDICTS.values()}
    assert given_rows == PRINTED | {codes.NO_SUCH_METHOD[:3]}


def test_http_says_200_but_for_what_the_web_server_refuses() -> None:
    others = {
        refusal: verdict.http_status
        for refusal, verdict in codes.VERDICTS.items()
        if verdict.http_status != 200
    }
    assert others == {
        Refusal.MALFORMED: 400,
        Refusal.METHOD_NOT_ALLOWED: 405,
        Refusal.UNSUPPORTED_MEDIA_TYPE: 415,
    }


def test_every_code_of_the_map_has_its_place_in_the_order_of_checks() -> None:
    assert set(codes.CHECK_ORDER) == {code for code, _, _ in PRINTED}
    assert len(codes.CHECK_ORDER) == len(set(codes.CHECK_ORDER))


@pytest.mark.parametrize(("code", "status", "text"), sorted(PRINTED))
def test_a_printed_row_read_as_a_carriers_leads_back_to_its_code(
    code: str, status: str, text: str
) -> None:
    assert codes.verdict_of(codes.carrier_no(code, text).refusal)[:3] == (code, status, text)


def test_a_code_outside_the_map_is_unspecified() -> None:
    assert codes.carrier_no("999").reason is Reason.UNSPECIFIED


def test_our_account_at_the_carrier_being_at_fault_does_not_fail_the_message() -> None:
    assert retries(codes.carrier_no("401").reason) > 3


def test_the_dlr_rows_are_the_printed_ones() -> None:
    assert sorted(tuple(row) for row in codes.OUTCOMES) == sorted(DLR_TABLE)


def test_every_status_and_reason_has_a_dlr_row() -> None:
    assert set(codes.OPERATORS) == set(Reason)
    rows = {codes.operator_of(status, reason) for status, reason in product(Status, Reason)}
    assert {tuple(row) for row in rows} == {*DLR_TABLE, tuple(codes.PENDING)}


@pytest.mark.parametrize("status", list(Status))
def test_only_a_delivered_message_is_delivered_and_only_an_unsettled_one_is_pending(
    status: Status,
) -> None:
    for reason in Reason:
        row = codes.operator_of(status, reason)
        assert (row == codes.DELIVERED) == (status is Status.DELIVERED)
        assert (row == codes.PENDING) == (status not in SETTLED)


@pytest.mark.parametrize("row", codes.OUTCOMES)
def test_a_dlr_row_written_and_read_means_the_same(row: codes.Operator) -> None:
    outcome = codes.outcome_of(row.status, row.dlr_code)
    assert outcome is not None
    assert codes.operator_of(*outcome) == row
    assert outcome.status is Status.DELIVERED or outcome.status in FAILURES


@pytest.mark.parametrize(
    ("word", "code", "reason"),
    [
        ("UNDELIVERED", "1", Reason.UNSPECIFIED),
        ("  Absent  Subscriber for sm", "", Reason.ABSENT_SUBSCRIBER_SM),
        ("SMS FAILED", "3", Reason.SMSC_LINK_FAILURE),
        ("SMS FAILED", "x", Reason.INVALID_SOURCE),
        ("SMSC_TIMEOUT_ABORT", "3", Reason.SMSC_TIMEOUT),
    ],
)
def test_a_known_word_counts_whatever_its_case_and_code(
    word: str, code: str, reason: Reason
) -> None:
    outcome = codes.outcome_of(word, code)
    assert outcome is not None
    assert outcome.reason is reason


@pytest.mark.parametrize("word", ["PENDING", "", "SUBMITTED", "\0"])
def test_a_word_without_an_outcome_has_none(word: str) -> None:
    assert codes.outcome_of(word, "0") is None


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30), st.text(max_size=10))
def test_reading_codes_never_raises(word: str, code: str) -> None:
    assert codes.outcome_of(word, code) is None or codes._plain(word)
    assert codes.carrier_no(code, word).reason in Reason
