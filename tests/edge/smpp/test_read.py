"""From request PDUs to drafts: addresses, times, receipts, ids."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.edge.smpp.content import Content
from heliograph.edge.smpp.read import draft_of, read_id, read_times, recipient_of
from heliograph.edge.smpp.settings import read_terms
from heliograph.edge.smpp.write import write_id
from heliograph.model.account import TrafficClass
from heliograph.model.ids import unseal
from heliograph.model.message import Draft
from heliograph.smpp import AnswerableError, CommandStatus, format_absolute_time
from tests.edge.smpp.conftest import KEY, NOW, submit

HEX, DECIMAL = read_terms({}), read_terms({"id_form": "decimal"})
TEXT = Content(text="Hello")


def _draft(**fields: object) -> Draft:
    return draft_of(submit(**fields), TEXT, HEX, 7, NOW)  # type: ignore[arg-type]


@given(st.integers(min_value=0, max_value=(1 << 63) - 1), st.sampled_from([HEX, DECIMAL]))
def test_an_id_that_was_written_is_read_again(number: int, terms: object) -> None:
    text = write_id(KEY, number, terms)  # type: ignore[arg-type]
    assert len(text) <= 20
    sealed = read_id(text, terms)  # type: ignore[arg-type]
    assert sealed is not None
    assert unseal(KEY, sealed) == number


@pytest.mark.parametrize("text", ["", " 1", "+1", "0x1", "1_0", "f" * 17, "é", "١٢"])
def test_what_is_no_id_of_ours_is_none(text: str) -> None:
    assert read_id(text, HEX) is None
    assert read_id(text, DECIMAL) is None


def test_an_international_number_is_read_as_nothing_else() -> None:
    assert recipient_of(1, "8801844909020") == "+8801844909020"
    assert recipient_of(1, "+880184") == "+880184"
    assert recipient_of(1, "00880184") == "00880184"
    assert recipient_of(2, "01844909020") == "01844909020"
    assert recipient_of(0, "8801844909020") == "8801844909020"


@pytest.mark.parametrize(
    ("registered_delivery", "callback"),
    [
        (0x00, None),
        (0x01, "session:7:final"),
        (0x02, "session:7:failure"),
        (0x03, "session:7:success"),
        (0x11, "session:7:all"),
        (0x10, "session:7:all"),
        (0x0C, None),
    ],
)
def test_registered_delivery_says_which_receipts_are_wanted(
    registered_delivery: int, callback: str | None
) -> None:
    assert _draft(registered_delivery=registered_delivery).callback == callback


def test_priority_and_service_type_reach_the_draft() -> None:
    draft = _draft(priority_flag=3, service_type="PROMO")
    assert (draft.priority, draft.traffic_class) == (3, TrafficClass.PROMOTIONAL)
    assert _draft(service_type="CMT").traffic_class is TrafficClass.TRANSACTIONAL


def test_an_empty_source_is_the_accounts_only_sender() -> None:
    assert _draft(source_addr="").sender is None


def test_times_may_be_absolute_or_relative() -> None:
    later = NOW + timedelta(hours=2)
    relative = read_times("000000020000000R", "000000030000000R", NOW)
    assert (relative.send_at, relative.validity_seconds) == (later, 3600)
    absolute = read_times(
        format_absolute_time(later), format_absolute_time(later + timedelta(minutes=5)), NOW
    )
    assert (absolute.send_at, absolute.validity_seconds) == (later, 300)


def test_a_time_that_has_passed_is_left_to_the_house() -> None:
    past = format_absolute_time(NOW - timedelta(hours=1))
    found = read_times(past, "000000000100000R", NOW)
    assert (found.send_at, found.validity_seconds) == (
        datetime(2026, 3, 4, 4, 6, 7, tzinfo=UTC),
        60,
    )


@pytest.mark.parametrize(
    ("schedule", "validity", "status"),
    [
        ("soon", "", CommandStatus.RINVSCHED),
        ("", "long", CommandStatus.RINVEXPIRY),
        ("000001000000000R", "000000010000000R", CommandStatus.RINVEXPIRY),
        ("", "250304050607000+", CommandStatus.RINVEXPIRY),
    ],
)
def test_times_that_cannot_be_are_refused(
    schedule: str, validity: str, status: CommandStatus
) -> None:
    with pytest.raises(AnswerableError) as caught:
        read_times(schedule, validity, NOW)
    assert caught.value.command_status == status
