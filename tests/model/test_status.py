"""The table of transitions says what it must, for every pair of states."""

from __future__ import annotations

from itertools import product

from heliograph.model.status import FAILURES, FINAL, SETTLED, TRANSITIONS, Status, advance


def test_every_status_has_its_line() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_advance_follows_the_table_and_nothing_else() -> None:
    for current, proposed in product(Status, Status):
        expected = proposed if proposed in TRANSITIONS[current] else None
        assert advance(current, proposed) is expected


def test_no_status_follows_itself() -> None:
    assert all(status not in after for status, after in TRANSITIONS.items())


def test_nothing_follows_a_final_status_and_something_every_other() -> None:
    assert {status for status, after in TRANSITIONS.items() if not after} == FINAL


def test_a_late_receipt_may_only_end_what_expired() -> None:
    assert TRANSITIONS[Status.EXPIRED] < FINAL
    assert Status.DELIVERED in TRANSITIONS[Status.EXPIRED]
    assert {Status.EXPIRED} == SETTLED - FINAL


def test_only_what_no_carrier_has_can_be_cancelled() -> None:
    before = {status for status, after in TRANSITIONS.items() if Status.CANCELLED in after}
    assert before == {Status.SCHEDULED, Status.QUEUED}


def test_nothing_goes_back_to_its_schedule() -> None:
    assert all(Status.SCHEDULED not in after for after in TRANSITIONS.values())


def test_every_status_can_be_reached_and_every_life_can_end() -> None:
    reached = {Status.SCHEDULED, Status.QUEUED}
    for _ in Status:
        reached |= {after for status in reached for after in TRANSITIONS[status]}
    assert reached == set(Status)
    assert all(status in FINAL or after & FINAL for status, after in TRANSITIONS.items())


def test_failures_are_settled_and_not_deliveries() -> None:
    assert FAILURES < SETTLED
    assert {Status.DELIVERED, Status.CANCELLED} == SETTLED - FAILURES


def test_stored_numbers_keep_their_meaning() -> None:
    assert {status.value: status.word for status in Status} == {
        2: "scheduled",
        3: "queued",
        5: "sent",
        6: "uncertain",
        7: "delivered",
        8: "undelivered",
        9: "expired",
        10: "rejected",
        11: "failed",
        12: "cancelled",
    }
