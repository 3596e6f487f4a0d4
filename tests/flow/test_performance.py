"""Rates and errors of a carrier, from counts that only grow."""

from __future__ import annotations

import pytest

from heliograph.flow.performance import Performance, Recent
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Outcome, Taken, Unknown
from tests.flow.conftest import START, Clock


def test_a_rate_is_the_mean_of_the_last_ten_seconds_and_the_rest_of_the_last_minute() -> None:
    recent = Recent()
    assert (recent.per_second("submitted"), recent.grown("throttled", 60)) == (0, 0)
    for second in range(0, 121, 2):
        recent.look(float(second), {"submitted": second * 5, "throttled": second})
    recent.look(122.0, {"submitted": 700, "throttled": 120})
    assert recent.per_second("submitted") == (700 - 112 * 5) / 10
    assert recent.grown("throttled", 60) == 120 - 62


def test_a_link_that_was_opened_anew_begins_at_nothing() -> None:
    recent = Recent()
    recent.look(0.0, {"submitted": 500})
    recent.look(2.0, {"submitted": 20})
    assert recent.per_second("submitted") == 0
    recent.look(4.0, {"submitted": 40})
    assert recent.per_second("submitted") == 10


@pytest.mark.parametrize(
    ("outcome", "throttled", "error"),
    [
        (Taken(carrier_ids=("1",)), 0, ""),
        (Declined(reason=Reason.THROTTLED, vendor_code="88"), 1, "throttled (88)"),
        (Declined(reason=Reason.CARRIER_DOWN), 0, "carrier_down"),
        (Unknown(detail="no response in time"), 0, "no response in time"),
        (Declined(reason=Reason.VALIDITY_EXPIRED), 0, ""),
        (Declined(reason=Reason.CALL_BARRED, next_carrier=False), 0, ""),
    ],
)
def test_what_is_the_carriers_fault_is_remembered(
    outcome: Outcome, throttled: int, error: str
) -> None:
    done = Performance(Clock())
    done.settled(outcome, 0.25)
    done.settled(Taken(carrier_ids=("2",)), None)
    assert (done.throttled, done.last_error) == (throttled, error)
    assert done.last_error_at == (START if error else None)
    assert (done.answered, done.seconds) == (1, 0.25)
