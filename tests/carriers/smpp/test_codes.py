"""Tables of codes are total."""

from __future__ import annotations

from heliograph.carriers.smpp.codes import (
    STATES,
    STATUS_REASONS,
    declined,
    is_throttling,
    reading_of,
    reason_of_status,
    vendor_code_of,
)
from heliograph.model.reason import Reason
from heliograph.smpp import THROTTLING, CommandStatus, MessageState, Receipt
from tests.carriers.smpp.smsc import profile


def test_every_status_has_a_reason() -> None:
    assert set(STATUS_REASONS) == set(CommandStatus)
    for status, reason in STATUS_REASONS.items():
        assert reason_of_status(profile(), status) is reason


def test_every_state_has_a_reading() -> None:
    assert set(STATES) == set(MessageState)
    for state in MessageState:
        assert reading_of(profile(), Receipt(state=state)) == STATES[state]


def test_what_slows_a_bind_down_is_what_is_declined_as_throttled() -> None:
    throttled = {status for status, reason in STATUS_REASONS.items() if reason is Reason.THROTTLED}
    assert throttled == THROTTLING
    assert all(is_throttling(status) for status in throttled)


def test_a_vendors_status_is_unspecified_and_keeps_its_number() -> None:
    found = declined(profile(), 0x4F1)
    assert (found.reason, found.vendor_code) == (Reason.UNSPECIFIED, "0x000004F1 (vendor)")


def test_a_network_error_of_smpp_is_read_as_a_status() -> None:
    receipt = Receipt(state=MessageState.REJECTED, network_error_code=(7, 0x0A))
    assert reading_of(profile(), receipt)[1] is Reason.INVALID_SOURCE


def test_the_code_kept_is_the_most_telling_one() -> None:
    assert vendor_code_of(Receipt(error="045", stat="UNDELIV")) == "045"
    assert vendor_code_of(Receipt(error="000", stat="UNDELIV")) == "UNDELIV"
    assert vendor_code_of(Receipt(error="000", network_error_code=(3, 6))) == "3:6"
    assert vendor_code_of(Receipt()) is None
