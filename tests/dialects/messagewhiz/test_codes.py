"""Every reason of ours has a status of the vendor's, and every state of theirs a meaning."""

from __future__ import annotations

from heliograph.dialects.messagewhiz import codes
from heliograph.model.campaign import BroadcastKind, BroadcastState
from heliograph.model.refusal import Fault, Refusal, Refused
from heliograph.model.status import Status

DOCUMENTED = {400, 401, 403, 404, 409}


def test_every_refusal_has_a_verdict_and_a_callers_fault_one_below_500() -> None:
    assert set(codes.VERDICTS) == set(Refusal)
    for refusal, verdict in codes.VERDICTS.items():
        assert verdict.http_status < 500 or refusal.fault is Fault.HOUSE
        assert verdict.error_type
    others = {v.http_status for v in codes.VERDICTS.values()} - DOCUMENTED
    assert others == {405, 413, 415, 429, 500, 503}


def test_a_verdict_names_the_vendors_field_and_what_is_wrong_with_it() -> None:
    refused = Refused(refusal=Refusal.INVALID_FIELD, field="send_at", detail="It is too far away.")
    assert codes.verdict_of(refused).sentence == (
        "Invalid parameters specified: send_date: It is too far away."
    )
    unknown = Refused(refusal=Refusal.UNAUTHENTICATED, detail="secret")
    assert codes.verdict_of(unknown).sentence == "API key is missing or invalid"
    gone = Refused(refusal=Refusal.NOT_FOUND, field="sender_ids", detail="There is no sender 9.")
    assert codes.verdict_of(gone).sentence == (
        "An entity is not found: sender_ids: There is no sender 9."
    )
    assert codes.verdict_of(Refused(refusal=Refusal.NOT_FOUND, field="id")).sentence == (
        "An entity is not found"
    )


def test_every_status_and_state_has_a_number_of_theirs() -> None:
    assert set(codes.TASK_STATES) == set(Status)
    assert set(codes.TASK_STATES.values()) == set(codes.OUTCOMES) == {0, 2, 3, 5, 8, 9}
    assert set(codes.COUNTED) == set(Status) - {Status.SCHEDULED, Status.QUEUED}
    assert set(codes.COUNTED.values()) == set(codes.COUNTERS)
    assert set(codes.STATES) == set(codes.SEGMENT_STATES) == set(BroadcastState)
    assert set(codes.TYPES) == set(codes.KINDS.values()) == set(BroadcastKind)


def test_what_ends_a_message_is_the_same_both_ways() -> None:
    for number, outcome in codes.OUTCOMES.items():
        if outcome is not None:
            assert codes.TASK_STATES[outcome[0]] == number
