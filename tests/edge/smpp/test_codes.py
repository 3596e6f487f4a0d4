"""Every reason and every state has its SMPP number, and "later" is never said for "never"."""

import pytest

from heliograph.edge.smpp.codes import AT_BIND, AT_SUBMIT, STATES, bind_status, status_of
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import FINAL, Status
from heliograph.smpp import THROTTLING, CommandStatus, MessageState


def test_every_refusal_has_a_status_for_binds_and_for_submits() -> None:
    assert set(AT_SUBMIT) == set(Refusal)
    assert set(AT_BIND) == set(Refusal)
    assert CommandStatus.ROK not in {*AT_SUBMIT.values(), *AT_BIND.values()}


def test_every_status_has_a_message_state() -> None:
    assert set(STATES) == set(Status)


def test_only_what_is_final_here_is_final_there() -> None:
    ended = {status for status, state in STATES.items() if state is not MessageState.ENROUTE}
    assert ended == FINAL | {Status.EXPIRED}


def test_a_client_is_told_to_slow_down_only_where_trying_again_can_help() -> None:
    for refusal, status in AT_SUBMIT.items():
        if status in THROTTLING:
            assert refusal.retry, refusal


@pytest.mark.parametrize(
    ("field", "status"),
    [
        ("send_at", CommandStatus.RINVSCHED),
        ("validity_seconds", CommandStatus.RINVEXPIRY),
        ("udh", CommandStatus.RINVESMCLASS),
        ("sender", CommandStatus.RINVSRCADR),
        ("nothing of ours", CommandStatus.RSUBMITFAIL),
    ],
)
def test_a_field_that_cannot_be_used_is_named_by_its_status(
    field: str, status: CommandStatus
) -> None:
    assert status_of(Refused(refusal=Refusal.INVALID_FIELD, field=field)) is status


def test_each_operation_fails_in_its_own_words() -> None:
    late = Refused(refusal=Refusal.NOT_CANCELLABLE)
    assert status_of(late, CommandStatus.RCANCELFAIL) is CommandStatus.RCANCELFAIL
    assert status_of(late, CommandStatus.RREPLACEFAIL) is CommandStatus.RREPLACEFAIL
    unknown = Refused(refusal=Refusal.NOT_FOUND)
    assert status_of(unknown, CommandStatus.RQUERYFAIL) is CommandStatus.RINVMSGID
    broken = Refused(refusal=Refusal.INTERNAL)
    assert status_of(broken, CommandStatus.RREPLACEFAIL) is CommandStatus.RSYSERR


def test_a_wrong_name_and_a_wrong_password_are_refused_alike() -> None:
    wrong = Refused(refusal=Refusal.UNAUTHENTICATED)
    assert bind_status(wrong) is CommandStatus.RINVPASWD
    assert bind_status(Refused(refusal=Refusal.ADDRESS_NOT_ALLOWED)) is CommandStatus.RBINDFAIL
