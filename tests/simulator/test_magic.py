"""Every magic number does what the table says."""

from collections.abc import Callable
from pathlib import Path

import phonenumbers
import pytest

from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch, Outcome, Receipt, Taken, Unknown
from heliograph.model.status import Status
from heliograph.simulator import MAGIC, Network, NetworkSettings, magic_of, magic_table
from heliograph.simulator.fate import EARLY_LEAD_SECONDS

Make = Callable[..., Dispatch]
FIXED = NetworkSettings(
    response_median_ms=10, response_p99_ms=10, receipt_median_ms=1000, receipt_p99_ms=1000
)
FAR = 1000.0


def numbered(code: str) -> str:
    return f"88017000000{code}"


def play(
    make: Make, code: str, *, parts: int = 1, times: int = 1
) -> tuple[list[Outcome], list[Receipt], Network]:
    network = Network(carrier_id=7, settings=FIXED)
    outcomes = []
    for attempt in range(1, times + 1):
        one = make(numbered(code), parts=parts, attempt=attempt)
        outcomes.append(network.submit([one], 0.0)[0][2])
    return outcomes, list(network.take_receipts(FAR, 500)[1]), network


@pytest.mark.parametrize("code", MAGIC)
def test_each_magic_number_is_a_valid_msisdn(code: str) -> None:
    for number in (numbered(code), f"120250000{code}", f"9190000000{code}"):
        assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}")), number
        assert magic_of(number) is MAGIC[code]


@pytest.mark.parametrize(
    "number",
    ["8801844909020", "8801700000099", "8801711000001", "8801715000001", "12126000001", ""],
)
def test_ordinary_numbers_are_not_magic(number: str) -> None:
    assert magic_of(number) is None


def test_magic_can_be_switched_off(dispatch: Make) -> None:
    network = Network(carrier_id=7, settings=NetworkSettings(magic=False))
    assert isinstance(network.submit([dispatch(numbered("05"))], 0.0)[0][2], Taken)


def test_00_is_delivered_and_shown_on_the_handset(dispatch: Make) -> None:
    (outcome,), (receipt,), network = play(dispatch, "00")
    assert outcome == Taken(carrier_ids=(receipt.carrier_message_id,))
    assert (receipt.status, receipt.reason, receipt.carrier_id) == (
        Status.DELIVERED,
        Reason.NONE,
        7,
    )
    (shown,) = network.handsets.of(numbered("00"))
    assert (shown.text, shown.sender, shown.at) == ("Hello", "8801552146283", receipt.at)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("01", Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER),
        ("02", Status.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER),
        ("03", Status.EXPIRED, Reason.VALIDITY_EXPIRED),
        ("04", Status.REJECTED, Reason.INVALID_SOURCE),
        ("15", Status.UNDELIVERED, Reason.MEMORY_EXCEEDED),
        ("16", Status.UNDELIVERED, Reason.CALL_BARRED),
        ("17", Status.UNDELIVERED, Reason.SUBSCRIBER_BUSY),
        ("18", Status.UNDELIVERED, Reason.SYSTEM_FAILURE),
        ("21", Status.UNDELIVERED, Reason.EQUIPMENT_FAILURE),
    ],
)
def test_failures_report_their_reason_and_reach_no_handset(
    dispatch: Make, code: str, status: Status, reason: Reason
) -> None:
    _, (receipt,), network = play(dispatch, code)
    assert (receipt.status, receipt.reason) == (status, reason)
    assert receipt.vendor_code == f"{reason:03d}"
    assert f"err:{reason:03d}" in receipt.raw
    assert f"({int(reason)})" in MAGIC[code].meaning
    assert network.handsets.of(numbered(code)) == ()


def test_05_is_declined_for_good_without_a_receipt(dispatch: Make) -> None:
    outcomes, receipts, network = play(dispatch, "05", times=4)
    for outcome in outcomes:
        assert isinstance(outcome, Declined)
        assert (outcome.reason, outcome.next_carrier) == (Reason.INVALID_DESTINATION, False)
    assert receipts == []
    assert network.pending == 0


@pytest.mark.parametrize(
    ("code", "reason", "wait"),
    [("06", Reason.SYSTEM_FAILURE, None), ("07", Reason.THROTTLED, 1.0)],
)
def test_06_and_07_are_declined_twice_then_delivered(
    dispatch: Make, code: str, reason: Reason, wait: float | None
) -> None:
    outcomes, receipts, network = play(dispatch, code, times=3)
    for outcome in outcomes[:2]:
        assert isinstance(outcome, Declined)
        assert (outcome.reason, outcome.retry_after_seconds) == (reason, wait)
        assert outcome.next_carrier
    assert isinstance(outcomes[2], Taken)
    assert [receipt.status for receipt in receipts] == [Status.DELIVERED]
    assert network.submissions_of(1) == 3


def test_08_reaches_the_handset_without_a_response_and_again_when_sent_again(
    dispatch: Make,
) -> None:
    outcomes, receipts, network = play(dispatch, "08", times=2)
    assert isinstance(outcomes[0], Unknown)
    assert isinstance(outcomes[1], Taken)
    assert [receipt.status for receipt in receipts] == [Status.DELIVERED] * 2
    assert receipts[0].carrier_message_id not in outcomes[1].carrier_ids
    assert [shown.attempt for shown in network.handsets.of(numbered("08"))] == [1, 2]


def test_09_never_answers_and_never_reports(dispatch: Make) -> None:
    network = Network(carrier_id=7, settings=FIXED)
    ((due, _, outcome),) = network.submit([dispatch(numbered("09"))], 0.0)
    assert isinstance(outcome, Unknown)
    assert due == FIXED.response_timeout_ms / 1000
    assert network.pending == 0


def test_10_reports_three_times_and_lands_once(dispatch: Make) -> None:
    (outcome,), receipts, network = play(dispatch, "10")
    assert isinstance(outcome, Taken)
    assert [receipt.carrier_message_id for receipt in receipts] == [outcome.carrier_ids[0]] * 3
    assert len(network.handsets.of(numbered("10"))) == 1


def test_11_reports_before_the_response(dispatch: Make) -> None:
    network = Network(carrier_id=7, settings=FIXED)
    ((due, _, _),) = network.submit([dispatch(numbered("11"))], 0.0)
    assert network.receipts_due() == pytest.approx(due - EARLY_LEAD_SECONDS)


def test_12_lands_without_a_receipt_and_owes_nothing(dispatch: Make) -> None:
    _, receipts, network = play(dispatch, "12")
    assert receipts == []
    assert len(network.handsets.of(numbered("12"))) == 1
    assert network.pending == 0


def test_13_reports_after_thirty_seconds(dispatch: Make) -> None:
    network = Network(carrier_id=7, settings=FIXED)
    network.submit([dispatch(numbered("13"))], 100.0)
    assert network.receipts_due() == pytest.approx(130.01)


def test_14_is_absent_twice_then_delivered(dispatch: Make) -> None:
    _, receipts, _ = play(dispatch, "14", times=3)
    assert [receipt.status for receipt in receipts] == [
        Status.UNDELIVERED,
        Status.UNDELIVERED,
        Status.DELIVERED,
    ]


@pytest.mark.parametrize(("code", "text"), [("19", "STOP"), ("20", "Hello")])
def test_19_and_20_write_back_after_landing(dispatch: Make, code: str, text: str) -> None:
    _, (receipt,), network = play(dispatch, code)
    numbers, (arrival,) = network.take_arrivals(FAR, 500)
    assert (arrival.sender, arrival.recipient) == (numbered(code), "8801552146283")
    assert (arrival.text, arrival.carrier_id) == (text, 7)
    assert arrival.at > receipt.at
    network.acknowledge(numbers)
    assert network.arrivals_due() is None


def test_nobody_replies_to_an_alphanumeric_sender(dispatch: Make) -> None:
    network = Network(carrier_id=7, settings=FIXED)
    network.submit([dispatch(numbered("19"), sender="Heliograph")], 0.0)
    assert network.arrivals_due() is None


def test_21_fails_only_the_last_of_several_parts(dispatch: Make) -> None:
    _, receipts, network = play(dispatch, "21", parts=3)
    assert [receipt.status for receipt in receipts] == [
        Status.DELIVERED,
        Status.DELIVERED,
        Status.UNDELIVERED,
    ]
    assert network.handsets.of(numbered("21")) == ()


@pytest.mark.parametrize(("code", "step"), [("00", 1), ("22", -1)])
def test_22_reports_the_parts_last_to_first_and_00_in_order(
    dispatch: Make, code: str, step: int
) -> None:
    (outcome,), receipts, network = play(dispatch, code, parts=3)
    assert isinstance(outcome, Taken)
    assert len(set(outcome.carrier_ids)) == 3
    named = tuple(receipt.carrier_message_id for receipt in receipts)
    assert named == outcome.carrier_ids[::step]
    (shown,) = network.handsets.of(numbered(code))
    assert (shown.parts, shown.at) == (3, receipts[-1].at)


@pytest.mark.parametrize(
    ("code", "statuses"),
    [
        ("23", [Status.EXPIRED, Status.DELIVERED]),
        ("24", [Status.DELIVERED, Status.UNDELIVERED]),
    ],
)
def test_23_and_24_contradict_themselves(dispatch: Make, code: str, statuses: list[Status]) -> None:
    _, receipts, network = play(dispatch, code)
    assert [receipt.status for receipt in receipts] == statuses
    assert len({receipt.carrier_message_id for receipt in receipts}) == 1
    assert len(network.handsets.of(numbered(code))) == 1


def test_25_reports_a_stray_id_first(dispatch: Make) -> None:
    (outcome,), (stray, true), _ = play(dispatch, "25")
    assert outcome == Taken(carrier_ids=(true.carrier_message_id,))
    assert stray.carrier_message_id != true.carrier_message_id


def test_the_manual_shows_the_table_as_it_is() -> None:
    manual = Path(__file__).parents[2] / "docs" / "simulator.md"
    assert magic_table() in manual.read_text("utf-8")


def test_the_manual_names_every_setting() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
    assert [name for name in NetworkSettings.__struct_fields__ if f"`{name}`" not in manual] == []
