"""Which PDU may travel in which state, as tables (3.4 section 2.3, 5.0 section 2.4). Rule 1: every
legality of the session stands in this file. Rule 2: this file does not know which role we play; it
speaks of what an ESME sends and what an SMSC sends.
"""

from enum import Enum
from typing import Final

from heliograph.smpp._errors import RESPONSE_BIT, AnswerableError
from heliograph.smpp._pdus import (
    PDUS,
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    BroadcastSm,
    CancelBroadcastSm,
    CancelSm,
    DataSm,
    DeliverSm,
    EnquireLink,
    GenericNack,
    Outbind,
    Pdu,
    QueryBroadcastSm,
    QuerySm,
    ReplaceSm,
    Request,
    Response,
    SubmitMulti,
    SubmitSm,
    Unbind,
)
from heliograph.smpp._status import CommandStatus

__all__ = ["BOUND", "BOUND_BY", "MAY_SEND", "Role", "SessionState", "answer_to"]


class Role(Enum):
    """Which end of the link: the ESME binds, the SMSC is bound to."""

    ESME = "esme"
    SMSC = "smsc"

    @property
    def peer(self) -> "Role":
        """The other end."""
        return Role.SMSC if self is Role.ESME else Role.ESME


class SessionState(Enum):
    """The states of a session. CLOSED is final."""

    OPEN = "open"
    OUTBOUND = "outbound"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBOUND = "unbound"
    CLOSED = "closed"


_S = SessionState
BOUND: Final = frozenset({_S.BOUND_TX, _S.BOUND_RX, _S.BOUND_TRX})

BOUND_BY: Final[dict[type[Bind], SessionState]] = {
    BindReceiver: _S.BOUND_RX,
    BindTransmitter: _S.BOUND_TX,
    BindTransceiver: _S.BOUND_TRX,
}

_BINDS: Final[frozenset[type[Pdu]]] = frozenset(BOUND_BY)
_EITHER: Final[frozenset[type[Pdu]]] = frozenset({EnquireLink, Unbind})
_SUBMITS: Final[frozenset[type[Pdu]]] = frozenset({
    SubmitSm, SubmitMulti, DataSm, QuerySm, ReplaceSm, CancelSm, BroadcastSm, QueryBroadcastSm,
    CancelBroadcastSm,
})  # fmt: skip
_DELIVERS: Final[frozenset[type[Pdu]]] = frozenset({DeliverSm, DataSm, AlertNotification})
_NOTHING: Final[frozenset[type[Pdu]]] = frozenset()

# The requests each role may send in each state. Before a bind an ESME must not send enquire_link (seen to
# confuse SMSCs), but one that does is answered: the session lets it in without asking this table.
MAY_SEND: Final[dict[Role, dict[SessionState, frozenset[type[Pdu]]]]] = {
    Role.ESME: {
        _S.OPEN: _BINDS,
        _S.OUTBOUND: frozenset({BindReceiver, BindTransceiver}),
        _S.BOUND_TX: _EITHER | _SUBMITS,
        _S.BOUND_RX: _EITHER,
        _S.BOUND_TRX: _EITHER | _SUBMITS,
        _S.UNBOUND: _NOTHING,
        _S.CLOSED: _NOTHING,
    },
    Role.SMSC: {
        _S.OPEN: frozenset({Outbind}),
        _S.OUTBOUND: _NOTHING,
        _S.BOUND_TX: _EITHER,
        _S.BOUND_RX: _EITHER | _DELIVERS,
        _S.BOUND_TRX: _EITHER | _DELIVERS,
        _S.UNBOUND: _NOTHING,
        _S.CLOSED: _NOTHING,
    },
}

# What the header alone tells is answered by generic_nack, what the body tells by the command's response.
_NACKED: Final = frozenset({CommandStatus.RINVCMDID, CommandStatus.RINVCMDLEN})


def answer_to(error: AnswerableError) -> type[Response] | None:
    """Which PDU answers one that could not be read; None for responses and what takes no answer."""
    if error.command_id & RESPONSE_BIT:
        return None
    kind = PDUS.get(error.command_id)
    if kind is None or not issubclass(kind, Request):
        return GenericNack
    nacked = error.command_status in _NACKED and kind.RESPONSE is not None
    return GenericNack if nacked else kind.RESPONSE
