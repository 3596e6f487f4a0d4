"""Settings and dice: repeatable, and in the proportions asked for."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.simulator import IdForm, NetworkSettings, settings_of
from heliograph.simulator.chaos import Dice
from heliograph.simulator.fate import Fate, reports_of

ROUGH = NetworkSettings(
    seed=42,
    refused_share=0.05,
    throttled_share=0.10,
    unanswered_share=0.04,
    swallowed_share=0.25,
    undelivered_share=0.20,
    expired_share=0.05,
    rejected_share=0.10,
    partial_share=0.5,
    duplicate_share=0.15,
    early_share=0.30,
    lost_share=0.02,
    reverse_share=0.5,
)
DRAWS = 10_000


def fates(settings: NetworkSettings) -> list[Fate]:
    dice = Dice(settings)
    return [dice.cast(str(8801711000000 + i), 1) for i in range(DRAWS)]


def test_the_same_seed_gives_the_same_fates() -> None:
    assert fates(ROUGH) == fates(ROUGH)


def test_another_seed_gives_other_fates() -> None:
    assert fates(ROUGH) != fates(msgspec.structs.replace(ROUGH, seed=43))


def test_a_fate_does_not_depend_on_what_was_drawn_before() -> None:
    first, second = Dice(ROUGH), Dice(ROUGH)
    forward = [first.cast("8801844909020", n) for n in range(1, 50)]
    backward = [second.cast("8801844909020", n) for n in range(49, 0, -1)]
    assert forward == backward[::-1]
    assert len({fate.response_seconds for fate in forward}) > 10


def test_one_share_does_not_move_the_other_draws() -> None:
    calm = fates(msgspec.structs.replace(ROUGH, duplicate_share=0.0, lost_share=0.0))
    for one, other in zip(fates(ROUGH), calm, strict=True):
        assert one.receipt_seconds == other.receipt_seconds
        assert (one.plan.status, one.plan.refusal) == (other.plan.status, other.plan.refusal)


def test_submit_shares_hold_within_tolerance() -> None:
    reasons = Counter(fate.plan.refusal and fate.plan.refusal.reason for fate in fates(ROUGH))
    assert reasons[Reason.INVALID_DESTINATION] / DRAWS == pytest.approx(0.05, abs=0.01)
    assert reasons[Reason.THROTTLED] / DRAWS == pytest.approx(0.10, abs=0.015)
    silent = [fate for fate in fates(ROUGH) if not fate.plan.answered]
    assert len(silent) / DRAWS == pytest.approx(0.04, abs=0.01)
    swallowed = sum(not fate.plan.taken for fate in silent)
    assert swallowed / len(silent) == pytest.approx(0.25, abs=0.08)


def test_final_state_shares_hold_within_tolerance() -> None:
    taken = [fate.plan for fate in fates(ROUGH) if fate.plan.refusal is None]
    statuses = Counter(plan.status for plan in taken)
    shares = {status: count / len(taken) for status, count in statuses.items()}
    assert shares == pytest.approx(
        {
            Status.DELIVERED: 0.65,
            Status.UNDELIVERED: 0.20,
            Status.EXPIRED: 0.05,
            Status.REJECTED: 0.10,
        },
        abs=0.02,
    )
    failed = [plan for plan in taken if plan.status is Status.UNDELIVERED]
    absent = sum(plan.reason is Reason.ABSENT_SUBSCRIBER for plan in failed)
    assert absent / len(failed) == pytest.approx(0.60, abs=0.05)


def test_disorder_shares_hold_within_tolerance() -> None:
    plans = [fate.plan for fate in fates(ROUGH) if fate.plan.refusal is None]
    answered = [plan for plan in plans if plan.answered]
    assert sum(plan.copies == 2 for plan in plans) / len(plans) == pytest.approx(0.15, abs=0.02)
    assert sum(plan.early for plan in answered) / len(answered) == pytest.approx(0.30, abs=0.02)
    assert sum(plan.lost for plan in plans) / len(plans) == pytest.approx(0.02, abs=0.01)
    assert sum(plan.reverse for plan in plans) / len(plans) == pytest.approx(0.5, abs=0.02)


def test_latencies_have_the_median_and_the_tail_asked_for() -> None:
    settings = NetworkSettings(receipt_median_ms=600, receipt_p99_ms=2000)
    waits = sorted(fate.receipt_seconds for fate in fates(settings))
    assert waits[DRAWS // 2] == pytest.approx(0.6, rel=0.05)
    assert waits[DRAWS * 99 // 100] == pytest.approx(2.0, rel=0.1)


def test_equal_median_and_tail_mean_a_fixed_latency() -> None:
    settings = NetworkSettings(response_median_ms=7, response_p99_ms=7)
    assert {fate.response_seconds for fate in fates(settings)} == {0.007}


@given(
    recipient=st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True),
    submission=st.integers(1, 1000),
    parts=st.integers(1, 12),
)
def test_every_part_of_a_taken_message_reports_and_it_lands_at_most_once(
    recipient: str, submission: int, parts: int
) -> None:
    fate = Dice(ROUGH).cast(recipient, submission)
    reports = reports_of(fate, parts)
    expected = fate.plan.refusal is None and fate.plan.taken
    assert {report.part for report in reports} == (set(range(parts)) if expected else set())
    assert len(reports) == (parts * fate.plan.copies if expected else 0)
    assert sum(report.lands for report in reports) == (
        expected and all(report.status is Status.DELIVERED for report in reports)
    )
    assert all(report.seconds >= 0 for report in reports)


def test_faulty_settings_are_refused_with_every_fault() -> None:
    with pytest.raises(ValueError, match=r"lost_share.*more than 1.*receipt_median_ms.*reasons"):
        NetworkSettings(
            lost_share=1.5,
            undelivered_share=0.6,
            expired_share=0.6,
            receipt_median_ms=10,
            receipt_p99_ms=5,
            rejected_reasons={},
        )
    for name in ("response_median_ms", "lost_share", "response_timeout_ms"):
        with pytest.raises(ValueError, match=name):
            msgspec.convert({name: float("nan")}, NetworkSettings)
    with pytest.raises(ValueError, match="is 0, so"):
        NetworkSettings(receipt_median_ms=0)
    with pytest.raises(ValueError, match="seed"):
        NetworkSettings(seed=1 << 130)


def test_settings_are_read_from_a_carriers_strings() -> None:
    settings = settings_of(
        {
            "seed": "9",
            "magic": "false",
            "lost_share": "0.25",
            "undelivered_reasons": "absent_subscriber:3, call_barred",
            "receipt_id_form": "hex_upper",
        }
    )
    assert (settings.seed, settings.magic, settings.lost_share) == (9, False, 0.25)
    assert settings.undelivered_reasons == {Reason.ABSENT_SUBSCRIBER: 3, Reason.CALL_BARRED: 1}
    assert settings.receipt_id_form is IdForm.HEX_UPPER


@pytest.mark.parametrize(
    "values",
    [
        {"lost_share": "much"},
        {"lost_share": "2"},
        {"colour": "red"},
        {"expired_reasons": "nonsense:1"},
        {"expired_reasons": "absent_subscriber:x"},
    ],
)
def test_strings_that_say_nothing_sensible_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        settings_of(values)


def test_settings_travel_as_json() -> None:
    data = msgspec.json.encode(ROUGH)
    assert msgspec.json.decode(data, type=NetworkSettings) == ROUGH
