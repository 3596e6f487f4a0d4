"""One customer's connection from its bind to its end: who it is, how much it may ask at once, its requests to
the desk and their answers back, and what it is told. Answers go out as they come, in any order; nothing
here waits, so that no session holds up another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final

import structlog

from heliograph.edge.smpp.codes import bind_status
from heliograph.edge.smpp.content import Content, Submit, content_of_joined, sar_part
from heliograph.edge.smpp.joining import Joiner
from heliograph.edge.smpp.line import Delivery, Line
from heliograph.edge.smpp.metrics import SmppMetrics
from heliograph.edge.smpp.refusals import Noting, refused_bind, refused_pdu, unnoted
from heliograph.edge.smpp.requests import ANSWERS, SUBMITS, Asked, Submitting, answer, submit_soon
from heliograph.edge.smpp.settings import read_terms
from heliograph.model.command import Claim, Principal
from heliograph.model.refusal import Refused
from heliograph.smpp import (
    AnswerableError,
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindRequested,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    CommandStatus,
    DataSm,
    Event,
    GenericNack,
    LocalProtocolError,
    PduReceived,
    ProtocolFault,
    Refusal,
    Request,
    RequestLost,
    Response,
    ResponseReceived,
    SessionState,
    SubmitMulti,
    SubmitSm,
    status_name,
)
from heliograph.transport.smpp import SmppConnection

__all__ = ["DIALECT", "CustomerSession", "Shared"]

_log = structlog.get_logger()
DIALECT: Final = "smpp"
_SYSTEM_ID: Final = "Heliograph"
_S = CommandStatus
_BOUND: Final = {
    BindReceiver: BindReceiverResp,
    BindTransmitter: BindTransmitterResp,
    BindTransceiver: BindTransceiverResp,
}
_RECEIVING: Final = frozenset({SessionState.BOUND_RX, SessionState.BOUND_TRX})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """What all sessions of a door have in common."""

    desk: Submitting
    now: Callable[[], datetime]
    metrics: SmppMetrics
    noting: Noting = unnoted
    lines: dict[int, Line] = field(default_factory=dict)
    """By credential."""
    sessions: set[CustomerSession] = field(default_factory=set)
    joiner: Joiner[CustomerSession] = field(default_factory=Joiner)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class CustomerSession:
    """Owns one connection of the door."""

    def __init__(self, shared: Shared, connection: SmppConnection) -> None:
        self._shared: Final = shared
        self._connection: Final = connection
        self._claim: Claim | None = None
        self._principal: Principal | None = None
        self._line: Line | None = None
        self._open = 0
        self._delivering = 0

    # -- what the connection tells --

    def received(self, events: Sequence[Event]) -> None:
        """Requests, answers to our deliveries, faults."""
        told = False
        for event in events:
            if isinstance(event, PduReceived):
                self._take(event.pdu)
            elif isinstance(event, ResponseReceived):
                told = self._told(event) or told
            elif isinstance(event, BindRequested):
                self._bind(event.pdu)
            elif isinstance(event, RequestLost):
                told = self._lost(event) or told
            elif isinstance(event, ProtocolFault):
                _log.info("smpp fault", peer=self._connection.peer, fault=str(event.error))
                self._note_fault(event)
        if told and self._line is not None:
            self._line.pump()

    def _note_fault(self, event: ProtocolFault) -> None:
        if self._principal is not None and event.answered:
            error, peer = event.error, self._connection.peer
            noted = refused_pdu(
                "unreadable", error.command_status, peer, self._principal, sentence=str(error)
            )
            self._shared.noting(noted, None)

    def resumed(self) -> None:
        """The customer reads again."""
        if self._line is not None:
            self._line.pump()

    def ended(self, lost: Sequence[RequestLost]) -> None:
        """The connection is gone: what it was told in vain goes to another session, or waits."""
        line, self._line = self._line, None
        for event in lost:
            self._lost(event)
        if line is None:
            return
        self._shared.sessions.discard(self)
        self._shared.metrics.sessions.dec()
        line.binds -= 1
        line.leave(self)
        if not line.binds:
            self._shared.lines.pop(line.credential_id, None)
        _log.info("smpp session ended", credential=line.credential_id, why=self._connection.ending)

    # -- who it is --

    def _bind(self, pdu: Bind) -> None:
        claim = Claim(dialect=DIALECT, name=pdu.system_id, secret=pdu.password)
        principal = self._shared.desk.authenticate(claim, self._connection.peer)
        if isinstance(principal, Refused):
            self._refuse_bind(pdu, bind_status(principal), claim, principal)
            return
        terms = read_terms(principal.credential.settings)
        credential_id = principal.credential.id
        line = self._shared.lines.get(credential_id) or Line(credential_id, terms)
        line.agree(terms)
        if line.binds >= terms.max_binds:
            self._refuse_bind(pdu, _S.RBINDFAIL, claim)
            return
        self._connection.respond(pdu, _BOUND[type(pdu)](system_id=_SYSTEM_ID))
        self._shared.lines[credential_id] = line
        self._shared.sessions.add(self)
        self._shared.metrics.sessions.inc()
        self._shared.metrics.answered(pdu.NAME, _S.ROK)
        self._claim, self._principal, self._line = claim, principal, line
        line.binds += 1
        _log.info("smpp bound", credential=credential_id, peer=self._connection.peer, by=pdu.NAME)
        if self._connection.session.state in _RECEIVING:
            line.join(self)

    def _refuse_bind(
        self, pdu: Bind, status: CommandStatus, claim: Claim, refused: Refused | None = None
    ) -> None:
        self._connection.refuse(pdu, status)
        peer = self._connection.peer
        noted = refused_bind(pdu.NAME, pdu.system_id, status, peer, refused)
        self._shared.noting(noted, claim)
        self._shared.metrics.answered(pdu.NAME, status)
        word = status_name(status)
        _log.warning("smpp bind refused", peer=self._connection.peer, status=word)
        self._connection.close(f"bind refused: {word}")

    def review(self) -> None:
        """Take over what was changed of the credential since; who may no longer be here is unbound."""
        if self._claim is None or self._line is None:
            return
        principal = self._shared.desk.authenticate(self._claim, self._connection.peer)
        if isinstance(principal, Refused):
            self._line.leave(self)
            self._connection.unbind()
            return
        self._principal = principal
        self._line.agree(read_terms(principal.credential.settings))

    # -- what it asks --

    def _take(self, pdu: Request) -> None:
        line = self._line
        if line is None or type(pdu).RESPONSE is None:
            return  # an outbind, which asks for nothing that an SMSC could do
        if type(pdu) not in ANSWERS:
            self._respond(pdu, GenericNack(command_status=_S.RINVCMDID))
            self._note(pdu, _S.RINVCMDID)
        elif line.terms.window and self._open >= line.terms.window:
            self._refuse(pdu, _S.RTHROTTLED)
            self._note(pdu, _S.RTHROTTLED)
        elif isinstance(pdu, SUBMITS):
            count = len(pdu.dest_addresses) if isinstance(pdu, SubmitMulti) else 1
            if not line.may_submit(count):
                self._refuse(pdu, _S.RTHROTTLED)
                self._note(pdu, _S.RTHROTTLED)
                return
            self._open += 1
            self._submit(pdu, line)
        else:
            self._open += 1
            self._perform([(self, pdu)], None)

    def _submit(self, pdu: Submit, line: Line) -> None:
        """Pass a message on, or keep a part until the others are here."""
        try:
            part = sar_part(pdu) if pdu.tlvs and line.terms.joins_sar else None
            if part is None:
                if isinstance(pdu, SubmitMulti) or not self._submit_soon(pdu):
                    self._perform([(self, pdu)], None)
                return
            octets, whole, refused = self._shared.joiner.add(
                line.credential_id, self, pdu, part, monotonic()
            )
            for session, other in refused:
                session.done(other, _S.RMSGQFUL)
            if whole:
                content = content_of_joined(octets, pdu, line.terms, version=self.version)
                self._perform(whole, content)
        except AnswerableError as error:
            self.done(pdu, error.command_status, sentence=str(error))

    def _submit_soon(self, pdu: SubmitSm | DataSm) -> bool:
        """Pass a message on without a task of its own; False for the few that need one."""
        began_at = monotonic()
        noted: list[Refused] = []

        def told(response: Response | int | None, sentence: str = "") -> None:
            self._shared.metrics.seconds.observe(monotonic() - began_at)
            if response is None:
                _log.error("smpp request failed", request=pdu.NAME)
                response = _S.RSYSERR
            self.done(pdu, response, noted, sentence=sentence)

        try:
            return submit_soon(self._asked(noted), pdu, told)
        except AnswerableError as error:
            told(error.command_status, str(error))
        except Exception:  # noqa: BLE001 - the top of a request: the peer is told, the session goes on
            _log.exception("smpp request failed", request=pdu.NAME)
            told(_S.RSYSERR)
        return True

    def _perform(
        self, whom: Sequence[tuple[CustomerSession, Request]], content: Content | None
    ) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(whom, content))
        self._shared.tasks.add(task)
        task.add_done_callback(self._shared.tasks.discard)

    async def _answer(
        self, whom: Sequence[tuple[CustomerSession, Request]], content: Content | None
    ) -> None:
        """Carry one request out and answer all that it was made of."""
        pdu = whom[0][1]
        began_at = monotonic()
        noted: list[Refused] = []
        sentence = ""
        try:
            response: Response | int = await answer(self._asked(noted), pdu, content)
        except AnswerableError as error:
            response, sentence = error.command_status, str(error)
        except Exception:  # noqa: BLE001 - the top of a request: the peer is told, the session goes on
            _log.exception("smpp request failed", request=pdu.NAME)
            response = _S.RSYSERR
        self._shared.metrics.seconds.observe(monotonic() - began_at)
        for session, each in whom:
            session.done(each, response, noted, sentence=sentence)

    def _asked(self, noted: list[Refused]) -> Asked:
        if self._principal is None or self._line is None:
            # The session ended between its request and now; nothing was begun.
            raise AnswerableError("the session has ended", command_status=_S.RINVBNDSTS)
        return Asked(
            desk=self._shared.desk,
            principal=self._principal,
            terms=self._line.terms,
            version=self.version,
            now=self._shared.now(),
            peer=self._connection.peer,
            claim=self._claim,
            noted=noted,
        )

    def done(
        self,
        pdu: Request,
        response: Response | int,
        noted: Sequence[Refused] = (),
        *,
        sentence: str = "",
    ) -> None:
        """Answer a request that was taken, by a response or by a status alone. `noted` and `sentence` are
        for the log: why it was refused, or some of its entries."""
        self._open -= 1
        if isinstance(response, Response):
            status: int = response.command_status
            self._respond(pdu, response)
        else:
            status = response
            self._refuse(pdu, status)
        if status or noted:
            self._note(pdu, status, noted, sentence)

    def _note(
        self, pdu: Request, status: int, noted: Sequence[Refused] = (), sentence: str = ""
    ) -> None:
        if self._principal is None:
            return
        refused = refused_pdu(
            pdu.NAME,
            status,
            self._connection.peer,
            self._principal,
            noted[0] if noted else None,
            sentence=sentence,
            entries=0 if status else len(noted),
        )
        self._shared.noting(refused, None)

    def _respond(self, pdu: Request, response: Response) -> None:
        self._shared.metrics.answered(pdu.NAME, response.command_status)
        self._connection.respond(pdu, response)

    def _refuse(self, pdu: Request, status: int) -> None:
        self._shared.metrics.answered(pdu.NAME, status)
        self._connection.refuse(pdu, status)

    # -- what it is told --

    @property
    def version(self) -> int:
        """The SMPP version spoken."""
        return self._connection.session.version

    def room(self) -> int:
        """How many deliveries it takes now."""
        if self._line is None or not self._connection.session.is_bound:
            return 0
        return min(self._connection.room, self._line.terms.delivery_window - self._delivering)

    def give(self, delivery: Delivery) -> bool:
        """Deliver; False when the session cannot take it now."""
        try:
            sent = self._connection.send(delivery.make(self.version), delivery)
        except LocalProtocolError as error:
            delivery.unwritable(str(error))
            return True
        if sent is Refusal.TLVS_UNKNOWN_TO_PEER:
            delivery.unwritable(sent.value)
            return True
        if isinstance(sent, Refusal):
            return False
        self._delivering += 1
        return True

    def _told(self, event: ResponseReceived) -> bool:
        if not isinstance(event.context, Delivery):
            return False
        self._delivering -= 1
        self._shared.metrics.delivered(event.response.command_status)
        event.context.answered(event.response)
        return True

    def _lost(self, event: RequestLost) -> bool:
        if not isinstance(event.context, Delivery):
            return False
        self._delivering -= 1
        event.context.lost(event.why)
        return True
