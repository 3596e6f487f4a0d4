"""Our reasons and states as SMPP's numbers: total tables, proved total by tests. What SMPP 3.4 cannot say
(no money, no route) is ESME_RSUBMITFAIL; to peers of 5.0 the reason's code is told beside it in
additional_status_info_text. Nothing here may lose the difference between "never" and "later":
ESME_RTHROTTLED and ESME_RMSGQFUL are said only where trying again can help.
"""

from __future__ import annotations

from typing import Final

from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.smpp import CommandStatus, MessageState

__all__ = ["AT_BIND", "AT_SUBMIT", "STATES", "bind_status", "status_of"]

_S = CommandStatus

AT_SUBMIT: Final[dict[Refusal, CommandStatus]] = {
    Refusal.MALFORMED: _S.RSUBMITFAIL,
    Refusal.MISSING_FIELD: _S.RSUBMITFAIL,
    Refusal.INVALID_FIELD: _S.RSUBMITFAIL,
    Refusal.UNAUTHENTICATED: _S.RINVBNDSTS,
    Refusal.ADDRESS_NOT_ALLOWED: _S.RINVBNDSTS,
    Refusal.FORBIDDEN: _S.RSUBMITFAIL,
    Refusal.ACCOUNT_SUSPENDED: _S.RSUBMITFAIL,
    Refusal.INVALID_RECIPIENT: _S.RINVDSTADR,
    Refusal.INVALID_SENDER: _S.RINVSRCADR,
    Refusal.SENDER_NOT_APPROVED: _S.RINVSRCADR,
    Refusal.CAMPAIGN_NOT_APPROVED: _S.RSUBMITFAIL,
    Refusal.TRAFFIC_CLASS_NOT_ALLOWED: _S.RINVSERTYP,
    Refusal.EMPTY_TEXT: _S.RINVMSGLEN,
    Refusal.UNENCODABLE_TEXT: _S.RSUBMITFAIL,
    Refusal.TEXT_TOO_LONG: _S.RINVMSGLEN,
    Refusal.TOO_MANY_RECIPIENTS: _S.RINVNUMDESTS,
    Refusal.NO_PRICE: _S.RSUBMITFAIL,
    Refusal.NO_ROUTE: _S.RINVDSTADR,
    Refusal.NO_CHANNEL: _S.RINVDSTADR,
    Refusal.UNKNOWN_TEMPLATE: _S.RINVMSGLEN,
    Refusal.UNKNOWN_LINK: _S.RINVMSGLEN,
    Refusal.SERVICE_INACTIVE: _S.RSUBMITFAIL,
    Refusal.NOT_ENABLED: _S.RSUBMITFAIL,
    Refusal.INSUFFICIENT_BALANCE: _S.RSUBMITFAIL,
    Refusal.OPTED_OUT: _S.RSUBMITFAIL,
    Refusal.IDEMPOTENCY_CONFLICT: _S.RSUBMITFAIL,
    Refusal.CONFLICT: _S.RSUBMITFAIL,
    Refusal.NOT_FOUND: _S.RINVMSGID,
    Refusal.NOT_CANCELLABLE: _S.RCANCELFAIL,
    Refusal.METHOD_NOT_ALLOWED: _S.RINVCMDID,
    Refusal.UNSUPPORTED_MEDIA_TYPE: _S.RSUBMITFAIL,
    Refusal.TOO_LARGE: _S.RINVMSGLEN,
    Refusal.RATE_LIMITED: _S.RTHROTTLED,
    Refusal.UNAVAILABLE: _S.RMSGQFUL,
    Refusal.INTERNAL: _S.RSYSERR,
}
"""What a request with a message is answered."""

AT_BIND: Final[dict[Refusal, CommandStatus]] = {
    refusal: {
        Refusal.UNAUTHENTICATED: _S.RINVPASWD,
        Refusal.RATE_LIMITED: _S.RTHROTTLED,
        Refusal.INTERNAL: _S.RSYSERR,
    }.get(refusal, _S.RBINDFAIL)
    for refusal in Refusal
}
"""What a bind is answered. Whether the system_id or the password is wrong is not told."""

_FIELDS: Final[dict[str, CommandStatus]] = {
    "sender": _S.RINVSRCADR,
    "recipient": _S.RINVDSTADR,
    "text": _S.RINVMSGLEN,
    "body": _S.RINVMSGLEN,
    "udh": _S.RINVESMCLASS,
    "send_at": _S.RINVSCHED,
    "validity_seconds": _S.RINVEXPIRY,
}
"""A field that is missing or has a value that cannot be used."""
_BY_FIELD: Final = frozenset({Refusal.MISSING_FIELD, Refusal.INVALID_FIELD})

STATES: Final[dict[Status, MessageState]] = {
    Status.SCHEDULED: MessageState.ENROUTE,  # SCHEDULED came with 5.0; readers of 3.4 take 0 ill
    Status.QUEUED: MessageState.ENROUTE,
    Status.SENT: MessageState.ENROUTE,
    Status.UNCERTAIN: MessageState.ENROUTE,
    Status.DELIVERED: MessageState.DELIVERED,
    Status.UNDELIVERED: MessageState.UNDELIVERABLE,
    Status.EXPIRED: MessageState.EXPIRED,
    Status.REJECTED: MessageState.REJECTED,
    Status.FAILED: MessageState.UNDELIVERABLE,
    Status.CANCELLED: MessageState.DELETED,
}
"""message_state in query_sm_resp and receipts."""


def status_of(refused: Refused, failure: CommandStatus = _S.RSUBMITFAIL) -> CommandStatus:
    """The command_status of a "no"; `failure` is how the operation says that it did not work."""
    if refused.refusal in _BY_FIELD and refused.field in _FIELDS:
        return _FIELDS[refused.field]
    status = AT_SUBMIT[refused.refusal]
    general = status is _S.RSUBMITFAIL or refused.refusal is Refusal.NOT_CANCELLABLE
    return failure if general and failure is not _S.RSUBMITFAIL else status


def bind_status(refused: Refused) -> CommandStatus:
    """The command_status of a bind that is refused."""
    return AT_BIND[refused.refusal]
