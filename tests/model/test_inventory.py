from datetime import UTC, datetime

import pytest

from heliograph.model.inventory import month_after


@pytest.mark.parametrize(
    ("months", "due"),
    [
        (0, (2027, 12, 31)),
        (1, (2028, 1, 31)),
        (2, (2028, 2, 29)),
        (3, (2028, 3, 31)),
        (14, (2029, 2, 28)),
    ],
)
def test_months_are_counted_from_the_first_day_so_that_short_ones_leave_no_trace(months, due):
    began = datetime(2027, 12, 31, 8, 30, tzinfo=UTC)
    assert month_after(began, months) == datetime(*due, 8, 30, tzinfo=UTC)
