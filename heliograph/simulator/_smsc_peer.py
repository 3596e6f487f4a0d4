"""One client of a simulated SMSC: its session's events sorted to what is to be done with them.

It also knows how to misbehave on the wire: to break a PDU off in the middle, and to write octets that
are none. It must never decide about a message or a fault; it does what it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from heliograph.simulator._smsc_bundle import Asked
from heliograph.simulator._smsc_outlet import Item
from heliograph.simulator.faults import Act, FaultDice
from heliograph.smpp import (
    Bind,
    BindRequested,
    BindTransmitter,
    CancelSm,
    CommandStatus,
    DataSm,
    Event,
    PduReceived,
    ProtocolFault,
    QuerySm,
    Refusal,
    Request,
    RequestLost,
    Response,
    ResponseReceived,
    Session,
    SubmitMulti,
    SubmitSm,
    encode,
)
from heliograph.transport.smpp import SmppConnection

_log = structlog.get_logger(__name__)


class FaultySession(Session):
    """A session that can be made to write what no session would."""

    def blurt(self, octets: bytes) -> None:
        """Put these octets on the wire, whatever they are."""
        self._outgoing.append(octets)


class Centre(Protocol):
    """What a client needs of its SMSC."""

    def bind(self, peer: Peer, pdu: Bind) -> None:
        """It asks to bind."""

    def submit(self, asked: Sequence[Asked]) -> None:
        """It submits messages."""

    def query(self, peer: Peer, pdu: QuerySm) -> None:
        """It asks what became of a message."""

    def cancel(self, peer: Peer, pdu: CancelSm) -> None:
        """It withdraws a message."""

    def answered(self, peer: Peer, told: Sequence[tuple[Item, Response]]) -> None:
        """It answered what was brought to it."""

    def lost(self, item: Item) -> None:
        """It did not answer something in time."""

    def resumed(self, peer: Peer) -> None:
        """It takes more again."""

    def left(self, peer: Peer, unanswered: Sequence[object]) -> None:
        """It is gone."""


class Peer:
    """The owner of one connection."""

    def __init__(self, centre: Centre, connection: SmppConnection) -> None:
        self._centre: Final = centre
        self.connection: Final = connection
        self.system_id = ""
        self.receives = False

    # -- as a receiver --

    @property
    def room(self) -> int:
        """How many deliver_sm it takes now."""
        return self.connection.room

    @property
    def allows_tlvs(self) -> bool:
        """Whether it knows TLVs."""
        return self.connection.session.allows_tlvs

    def send(self, request: Request, context: object) -> int | Refusal:
        """Write a request to it."""
        return self.connection.send(request, context)

    # -- as the SMSC's hand --

    def enter(self, bind: Bind) -> None:
        """It is bound."""
        self.system_id = bind.system_id
        self.receives = not isinstance(bind, BindTransmitter)

    def answer(self, asked: Asked, response: Response, dice: FaultDice) -> None:
        """Answer a submission, or spoil the answer."""
        if asked.act is Act.CUT:
            octets = encode(response, asked.pdu.sequence_number)
            self._blurt(octets[: len(octets) // 2])
            self.connection.close("cut in the middle of a PDU")
            return
        if asked.act is Act.GARBAGE:
            self._blurt(b"\xff" + dice.octets(f"garbage/{asked.pdu.sequence_number}") * 3)
        self.connection.respond(asked.pdu, response)

    def _blurt(self, octets: bytes) -> None:
        session = self.connection.session
        if isinstance(session, FaultySession):
            session.blurt(octets)

    # -- as the owner of a connection --

    def received(self, events: Sequence[Event]) -> None:
        """What the client said, in order; submissions and answers are passed on in one go."""
        asked: list[Asked] = []
        told: list[tuple[Item, Response]] = []
        for event in events:
            if isinstance(event, PduReceived):
                pdu = event.pdu
                if isinstance(pdu, SubmitSm | DataSm | SubmitMulti):
                    asked.append(Asked(self, self.system_id, pdu))
                else:
                    self._other(pdu)
            elif isinstance(event, ResponseReceived):
                if isinstance(event.context, Item):
                    told.append((event.context, event.response))
            elif isinstance(event, BindRequested):
                self._centre.bind(self, event.pdu)
            elif isinstance(event, RequestLost):
                if isinstance(event.context, Item):
                    self._centre.lost(event.context)
            elif isinstance(event, ProtocolFault):
                _log.info("a client broke the protocol", fault=str(event.error))
        if asked:
            self._centre.submit(asked)
        if told:
            self._centre.answered(self, told)

    def resumed(self) -> None:
        """It reads again."""
        self._centre.resumed(self)

    def ended(self, lost: Sequence[RequestLost]) -> None:
        """It is gone; what it left unanswered is owed still."""
        if self.receives:
            self._centre.left(self, [one.context for one in lost])

    def _other(self, pdu: Request) -> None:
        if isinstance(pdu, QuerySm):
            self._centre.query(self, pdu)
        elif isinstance(pdu, CancelSm):
            self._centre.cancel(self, pdu)
        else:
            self.connection.refuse(pdu, CommandStatus.RINVCMDID)
