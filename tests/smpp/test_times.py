"""SMPP times, both kinds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph import smpp

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("261120101530000+", datetime(2026, 11, 20, 10, 15, 30, tzinfo=UTC)),
        ("261120161530024+", datetime(2026, 11, 20, 10, 15, 30, tzinfo=UTC)),
        ("261120041530924-", datetime(2026, 11, 20, 10, 15, 30, 900_000, tzinfo=UTC)),
        ("000000001000000R", NOW + timedelta(minutes=10)),
        ("000002030405000R", NOW + timedelta(days=2, hours=3, minutes=4, seconds=5)),
        ("000000000000500R", NOW + timedelta(milliseconds=500)),
        ("000100000000000R", datetime(2026, 2, 28, 12, 0, tzinfo=UTC)),
        ("011100000000000R", datetime(2027, 12, 31, 12, 0, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_are_read(text: str, moment: datetime | None) -> None:
    assert smpp.parse_time(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["soon", "261320101530000+", "261120101530000", "261120101530000Z", "261120101530099+"]
)
def test_what_is_no_time_is_answerable_with_the_status_of_its_field(text: str) -> None:
    with pytest.raises(smpp.AnswerableError) as caught:
        smpp.parse_time(text, NOW, fault=smpp.CommandStatus.RINVEXPIRY)
    assert caught.value.command_status == smpp.CommandStatus.RINVEXPIRY


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)), st.integers(-48, 48))  # noqa: DTZ001
@settings(max_examples=60, deadline=None)
def test_absolute_times_come_back(naive: datetime, quarters: int) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    moment = naive.replace(microsecond=naive.microsecond // 100_000 * 100_000, tzinfo=zone)
    text = smpp.format_absolute_time(moment)
    assert len(text) == 16
    assert smpp.parse_time(text, NOW) == moment


@given(st.integers(0, 99 * 86_400))
@settings(max_examples=60, deadline=None)
def test_relative_times_come_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert smpp.parse_time(smpp.format_relative_time(span), NOW) == NOW + span


def test_times_that_cannot_be_written_are_refused() -> None:
    for bad in (datetime(2026, 1, 1), datetime(1999, 1, 1, tzinfo=UTC)):  # noqa: DTZ001
        with pytest.raises(smpp.LocalProtocolError):
            smpp.format_absolute_time(bad)
    for span in (timedelta(days=100), timedelta(seconds=-1)):
        with pytest.raises(smpp.LocalProtocolError):
            smpp.format_relative_time(span)
