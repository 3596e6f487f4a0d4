"""The tables are whole, and say what the vendor's reference says."""

from __future__ import annotations

import pytest

from heliograph.dialects.mitto import codes
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status


def test_every_refusal_and_every_status_has_a_translation() -> None:
    assert set(codes.VERDICTS) == set(Refusal)
    assert set(codes.STATUS_WORDS) == set(Status)
    assert set(codes.STATUS_WORDS.values()) == set(codes.OUTCOMES)
    assert set(codes.CARRIER_NOES) == set(codes.RESPONSES) - {codes.SENT}


def test_the_response_codes_are_0_to_8() -> None:
    assert list(codes.RESPONSES) == list(range(9))
    for refusal in Refusal:
        verdict = codes.verdict_of(Refused(refusal=refusal))
        assert (verdict.code is None) == bool(verdict.text), refusal
        assert verdict.code is None or verdict.code in range(1, 9)


def test_error_codes_are_the_vendors_and_ours_are_unspecified() -> None:
    assert len(codes.ERRORS) == 39
    for reason in Reason:
        code = codes.error_code(reason)
        assert code in codes.ERRORS
        assert code == int(reason) or (code == 999 and int(reason) not in codes.ERRORS)
    for number in codes.ERRORS:
        assert any(int(reason) == number for reason in Reason), number


@pytest.mark.parametrize(
    ("refused", "code", "status"),
    [
        (Refused(refusal=Refusal.SENDER_NOT_APPROVED), 6, 200),
        (Refused(refusal=Refusal.TEXT_TOO_LONG), 4, 200),
        (Refused(refusal=Refusal.INSUFFICIENT_BALANCE), 1, 200),
        (Refused(refusal=Refusal.INTERNAL), 1, 500),
        (Refused(refusal=Refusal.UNAVAILABLE), 1, 503),
        (Refused(refusal=Refusal.RATE_LIMITED), None, 429),
        (Refused(refusal=Refusal.INVALID_FIELD, field="udh"), 4, 200),
        (Refused(refusal=Refusal.MISSING_FIELD, field="sender"), 5, 200),
        (Refused(refusal=Refusal.ACCOUNT_SUSPENDED), None, 403),
    ],
)
def test_refusals_in_the_vendors_words(refused: Refused, code: int | None, status: int) -> None:
    verdict = codes.verdict_of(refused)
    assert (verdict.code, verdict.http_status) == (code, status)


def test_a_field_is_named_as_the_vendor_spells_it() -> None:
    refused = Refused(refusal=Refusal.INVALID_FIELD, field="validity_seconds")
    assert codes.verdict_of(refused).text == "Bad Request: validity"
