"""Reports and inbound messages are rendered as DlrApi and PullSMS answer them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects.mimsms.callback import inbound_body, message_time, read_message_time
from heliograph.model.ids import seal
from heliograph.model.message import Inbound

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2025, 9, 21, 7, 37, 12, tzinfo=UTC), "9/21/2025 1:37:12 PM"),
        (datetime(2025, 1, 1, 18, 0, 5, tzinfo=UTC), "1/2/2025 12:00:05 AM"),
        (datetime(2025, 1, 1, 6, 9, 0, tzinfo=UTC), "1/1/2025 12:09:00 PM"),
        (datetime(2025, 12, 31, 18, 59, 59, tzinfo=UTC), "1/1/2026 12:59:59 AM"),
        (datetime(2025, 10, 10, 5, 59, 0, tzinfo=UTC), "10/10/2025 11:59:00 AM"),
    ],
)
def test_times_are_bangladesh_time_in_us_order(at: datetime, text: str) -> None:
    assert message_time(at) == text
    assert read_message_time(text) == at


@settings(max_examples=50, deadline=None)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_round_trip_to_the_second(at: datetime) -> None:
    assert read_message_time(message_time(at)) == at.replace(microsecond=0)


@pytest.mark.parametrize(
    "text", ["", "2025-09-21T13:37:12", "13/1/2025 1:00:00 PM", "1/1/0001 1:00:00 AM"]
)
def test_another_form_of_time_is_no_time(text: str) -> None:
    assert read_message_time(text) is None


def test_an_inbound_message_has_a_sealed_number_and_shows_octets_as_hexadecimal() -> None:
    inbound = Inbound(
        account_id=1,
        id=188,
        sender="8801844909020",
        recipient="8809601000000",
        text="",
        body=b"\x00\xff",
        received_at=datetime(2025, 9, 21, tzinfo=UTC),
    )
    body = inbound_body(inbound, KEY, "X")
    assert body.message_id == str(seal(KEY, 188))
    assert body.message_text == "00FF"
