"""What a session tells its owner: values without behaviour, to be handled in the order given. A request's
`context` is whatever its sender attached to it and comes back untouched.
"""

from enum import Enum

import msgspec

from heliograph.smpp._errors import RemoteProtocolError
from heliograph.smpp._pdus import Bind, Request, Response
from heliograph.smpp._states import SessionState

__all__ = [
    "BindRefused",
    "BindRequested",
    "Bound",
    "CloseReason",
    "CloseRequired",
    "Event",
    "LossReason",
    "Outstanding",
    "PduReceived",
    "ProtocolFault",
    "Refusal",
    "RequestLost",
    "ResponseReceived",
    "Unbound",
    "UnmatchedResponse",
]


class Refusal(Enum):
    """Why `send` did not take a PDU. A value, since every one of them happens in good order."""

    WINDOW_FULL = "window full"
    WRONG_STATE = "not allowed in this state"
    TLVS_UNKNOWN_TO_PEER = "the peer is bound as 3.3, which has no TLVs"


class LossReason(Enum):
    """Why no usable response will come. The peer may have done what was asked nevertheless."""

    TIMED_OUT = "timed out"
    UNREADABLE = "its response could not be read"
    CLOSED = "the session closed"


class CloseReason(Enum):
    """Why the owner must write what is left and close the connection."""

    NOT_BOUND_IN_TIME = "not bound in time"
    BIND_UNANSWERED = "bind was not answered in time"
    PEER_SILENT = "enquire_link was not answered"
    INACTIVE = "no message for too long"
    STREAM_LOST = "the stream cannot be read"
    UNBOUND = "unbound"
    UNBIND_UNANSWERED = "unbind was not answered in time"


class Outstanding(msgspec.Struct, frozen=True, kw_only=True):
    """A request of ours without a response yet. `sent_at` is in the seconds given to the session."""

    request: Request
    sequence_number: int
    sent_at: float
    context: object = None


class PduReceived(msgspec.Struct, frozen=True):
    """A request for the owner, to be answered by `respond` or `refuse` (not alert_notification, outbind)."""

    pdu: Request


class BindRequested(msgspec.Struct, frozen=True):
    """A peer asks to bind: answer by `respond` (a bind response) or `refuse`."""

    pdu: Bind


class ResponseReceived(msgspec.Struct, frozen=True):
    """The answer to a request of ours, which may be a GenericNack."""

    request: Request
    response: Response
    context: object
    sent_at: float


class UnmatchedResponse(msgspec.Struct, frozen=True):
    """A response that fits no request waiting for one: mostly a late one; its message id may be of use."""

    response: Response


class RequestLost(msgspec.Struct, frozen=True):
    """A request of ours that will have no usable response."""

    request: Request
    context: object
    sent_at: float
    why: LossReason


class Bound(msgspec.Struct, frozen=True):
    """We, as ESME, are bound. `peer_version` is the peer's sc_interface_version, None if not told."""

    state: SessionState
    response: Response
    peer_version: int | None


class BindRefused(msgspec.Struct, frozen=True):
    """Our bind was refused; the session is still open, and usually closed next."""

    response: Response


class Unbound(msgspec.Struct, frozen=True):
    """An unbind was answered. `CloseRequired` follows."""

    by_peer: bool


class ProtocolFault(msgspec.Struct, frozen=True):
    """The peer broke the protocol. `answered` tells whether an answer was put in the outgoing octets."""

    error: RemoteProtocolError
    answered: bool
    fatal: bool


class CloseRequired(msgspec.Struct, frozen=True):
    """Write what is left, then close. The last event of a session but for `RequestLost`."""

    reason: CloseReason


Event = (
    PduReceived
    | BindRequested
    | ResponseReceived
    | UnmatchedResponse
    | RequestLost
    | Bound
    | BindRefused
    | Unbound
    | ProtocolFault
    | CloseRequired
)
