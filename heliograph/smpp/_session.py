"""One SMPP session, either end of it, without a socket and without a clock: octets and the time go in, events
come out, and octets to write are collected for the owner. It answers by itself only what needs no thought:
enquire_link, unbind, what cannot be read and what is not allowed in the state. It never decides about a
message, never sleeps and never raises for what a peer does.

    session.receive(octets, now) -> events      session.tick(now) -> events, at `next_deadline` or later
    session.send(request, now, context)         session.respond(request, response), session.refuse(…)
    session.resume(now) -> events of what followed a bind, once that is answered
    session.take_outgoing() -> octets           session.close() -> what was left unanswered
"""

from typing import Final

import msgspec

from heliograph.smpp._binding import Held, not_allowed, told_version, versioned
from heliograph.smpp._errors import AnswerableError, FatalError, LocalProtocolError
from heliograph.smpp._events import (
    BindRefused,
    BindRequested,
    Bound,
    CloseReason,
    CloseRequired,
    Event,
    LossReason,
    Outstanding,
    PduReceived,
    ProtocolFault,
    Refusal,
    RequestLost,
    ResponseReceived,
    Unbound,
    UnmatchedResponse,
)
from heliograph.smpp._framing import DEFAULT_MAX_PDU_OCTETS, FrameReader, encode
from heliograph.smpp._liveness import Due, Liveness
from heliograph.smpp._pdus import (
    Bind,
    BindResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    Request,
    Response,
    Unbind,
    UnbindResp,
)
from heliograph.smpp._states import BOUND, BOUND_BY, MAY_SEND, Role, SessionState, answer_to
from heliograph.smpp._status import CommandStatus
from heliograph.smpp._tlvs import Tag, tlv_int
from heliograph.smpp._window import Window

__all__ = ["Session"]

# These are never kept back by a full window: they are how a session begins, lives and ends.
_UNWINDOWED: Final[frozenset[type[Pdu]]] = frozenset({*BOUND_BY, EnquireLink, Unbind})
_SILENCES: Final = {Due.PEER_SILENT: CloseReason.PEER_SILENT, Due.INACTIVE: CloseReason.INACTIVE}


class Session:
    """One end of one SMPP connection. All times are seconds of one clock, which may start anywhere."""

    def __init__(
        self,
        role: Role,
        now: float,
        *,
        version: int = 0x34,
        window: int = 10,
        enquire_link_seconds: float = 30.0,
        enquire_link_attempts: int = 2,
        response_timeout_seconds: float = 60.0,
        bind_timeout_seconds: float = 30.0,
        inactivity_seconds: float | None = None,
        max_pdu_octets: int = DEFAULT_MAX_PDU_OCTETS,
        first_sequence_number: int = 1,
    ) -> None:
        """`version` is the highest interface_version spoken; `window` bounds our unanswered requests;
        an enquire_link goes out after `enquire_link_seconds` without a PDU from the peer, and after
        `enquire_link_attempts` in vain the session ends; `inactivity_seconds` ends one without
        messages.
        """
        self._role: Final = role
        self._own_version: Final = version
        self._reader: Final = FrameReader(max_pdu_octets)
        self._window: Final = Window(window, response_timeout_seconds, first_sequence_number)
        self._liveness: Final = Liveness(
            now,
            enquire_seconds=enquire_link_seconds,
            attempts=enquire_link_attempts,
            inactivity_seconds=inactivity_seconds,
        )
        self._bind_deadline: Final = now + bind_timeout_seconds
        self._enter(SessionState.OPEN)
        self._binding: Bind | None = None
        self._held: Final = Held()
        self._unbinding = False
        self._peer_version: int | None = None
        self._system_id = ""
        self._outgoing: list[bytes] = []

    # -- what the owner may ask --

    @property
    def state(self) -> SessionState:
        """The state both ends are in, as far as is known here."""
        return self._state

    @property
    def is_bound(self) -> bool:
        """Whether messages may travel."""
        return self._bound

    @property
    def system_id(self) -> str:
        """The system_id the ESME bound with, empty before."""
        return self._system_id

    @property
    def peer_version(self) -> int | None:
        """The ESME's interface_version, or the SMSC's sc_interface_version, None if it told none."""
        return self._peer_version

    @property
    def version(self) -> int:
        """The version spoken: the lower of both. An SMSC that tells none is believed to speak ours."""
        told = self._peer_version
        return self._own_version if told is None else min(self._own_version, told)

    @property
    def allows_tlvs(self) -> bool:
        """Whether TLVs may be sent: not to a peer bound as 3.3 (interface_version below 0x34)."""
        return self.version >= 0x34

    @property
    def room(self) -> int:
        """How many more requests the window takes now."""
        return max(0, self._window.size - len(self._window))

    @property
    def outstanding(self) -> tuple[Outstanding, ...]:
        """Our requests without a response, oldest first."""
        return self._window.all()

    @property
    def next_deadline(self) -> float | None:
        """When `tick` is due next; None when the session is over."""
        if self._is_over():
            return None
        silence = self._liveness.next_deadline() if self._bound else self._bind_deadline
        response = self._window.next_deadline()
        return silence if response is None else min(silence, response)

    # -- what the owner does --

    def send(self, request: Request, now: float, context: object = None) -> int | Refusal:
        """Write a request and return its sequence number, or say why not (nothing happened then).

        Raises `LocalProtocolError` for a value that does not fit its field.
        """
        kind = type(request)
        if self._unbinding or kind not in self._we_may_send:
            return Refusal.WRONG_STATE
        if kind not in _UNWINDOWED:
            if len(self._window) >= self._window.size and kind.RESPONSE is not None:
                return Refusal.WINDOW_FULL
            if request.tlvs and not self.allows_tlvs:
                return Refusal.TLVS_UNKNOWN_TO_PEER
            self._liveness.message_at = now
        elif isinstance(request, Bind) and self._binding is not None:
            return Refusal.WRONG_STATE
        number = self._window.next_sequence_number()
        self._outgoing.append(encode(request, number))
        if isinstance(request, Bind):
            self._binding = request
        if kind.RESPONSE is not None:
            self._window.add(request, number, now, context)
        if kind is Outbind:
            self._enter(SessionState.OUTBOUND)
        self._unbinding = kind is Unbind
        return number

    def respond(self, request: Request, response: Response) -> None:
        """Write the answer to a request received; a bind response with status 0 binds the session.

        Nothing is written when the session is over. Raises `LocalProtocolError` for a response of
        another command, or for a value that does not fit its field.
        """
        if type(response) not in {type(request).RESPONSE, GenericNack}:
            raise LocalProtocolError(f"{response.NAME} does not answer {request.NAME}")
        if self._state is SessionState.CLOSED:
            return
        if isinstance(request, Bind):
            self._answer_bind(request, response)
            return
        if response.tlvs and not self.allows_tlvs:
            response = msgspec.structs.replace(response, tlvs=())
        self._write_response(response, request.sequence_number)

    def refuse(self, request: Request, command_status: int) -> None:
        """Answer a request with a status and nothing else; one that takes no answer is left alone."""
        kind = type(request).RESPONSE
        if kind is not None:
            self.respond(request, kind(command_status=command_status))

    def receive(self, octets: bytes, now: float) -> list[Event]:
        """Take octets from the peer and tell what they mean, in their order."""
        events = self.resume(now)
        if self._is_over():
            return events
        for item in self._reader.feed(octets):
            self._liveness.heard_at = now
            if isinstance(item, Response):
                self._take_response(item, events)
            elif isinstance(item, Request):
                self._take_request(item, now, events)
            elif isinstance(item, AnswerableError):
                self._answer_fault(item, events)
            elif isinstance(item, FatalError):
                self._end_stream(item, events)
            if self._is_over():
                break
        return events

    def resume(self, now: float) -> list[Event]:
        """What followed a bind that has been answered since, as if it came now."""
        events: list[Event] = []
        while self._held and self._binding is None and not self._is_over():
            self._take_request(self._held.next(), now, events)
        return events

    def tick(self, now: float) -> list[Event]:
        """Do what time asks for: give requests up, send an enquire_link, end a silent session."""
        events: list[Event] = []
        if self._is_over():
            return events
        for waiting in self._window.expired(now):
            self._lose(waiting, LossReason.TIMED_OUT, events)
        if self._is_over():
            return events
        if self._bound:
            self._tend_silence(now, events)
        elif now >= self._bind_deadline:
            self._finish(CloseReason.NOT_BOUND_IN_TIME, events)
        return events

    def take_outgoing(self) -> bytes:
        """Everything to be written, once."""
        octets = b"".join(self._outgoing)
        self._outgoing.clear()
        return octets

    def close(self) -> list[RequestLost]:
        """The connection is gone or will be: end the session and tell what was left without an answer."""
        self._enter(SessionState.CLOSED)
        return [
            RequestLost(waiting.request, waiting.context, waiting.sent_at, LossReason.CLOSED)
            for waiting in self._window.clear()
        ]

    # -- requests of the peer --

    def _take_request(self, pdu: Request, now: float, events: list[Event]) -> None:
        kind = type(pdu)
        if kind is EnquireLink:
            self._outgoing.append(encode(EnquireLinkResp(), pdu.sequence_number))
        elif self._role is Role.SMSC and self._binding is not None and self._held.keep(pdu):
            return
        elif kind not in self._they_may_send:
            again = isinstance(pdu, Bind) and self._bound
            status = CommandStatus.RALYBND if again else CommandStatus.RINVBNDSTS
            self._reject(pdu, status, events)
        elif isinstance(pdu, Bind):
            self._take_bind(pdu, events)
        elif kind is Unbind:
            self._outgoing.append(encode(UnbindResp(), pdu.sequence_number))
            self._unbind(events, by_peer=True)
        else:
            if kind is Outbind:
                self._enter(SessionState.OUTBOUND)
            self._liveness.message_at = now
            events.append(PduReceived(pdu))

    def _take_bind(self, pdu: Bind, events: list[Event]) -> None:
        if self._binding is not None:
            self._reject(pdu, CommandStatus.RALYBND, events)
            return
        self._binding = pdu
        self._peer_version = told_version(pdu)
        events.append(BindRequested(pdu))

    def _answer_bind(self, request: Bind, response: Response) -> None:
        accepted = response.command_status == 0 and isinstance(response, BindResp)
        response = versioned(response, self._own_version, allows_tlvs=self.allows_tlvs)
        self._write_response(response, request.sequence_number)
        if request is self._binding:  # a second bind may be refused while the first is considered
            self._binding = None
            if accepted:
                self._enter(BOUND_BY[type(request)])
                self._system_id = request.system_id
                self._liveness.begin()

    def _reject(self, pdu: Request, status: CommandStatus, events: list[Event]) -> None:
        self.refuse(pdu, status)
        error = not_allowed(pdu, self._state, status)
        events.append(ProtocolFault(error, pdu.RESPONSE is not None, fatal=False))

    def _write_response(self, response: Response, sequence_number: int) -> None:
        """Write a response, an error in the shape of the version spoken (`Response.BARE_ON_ERROR`)."""
        refused = response.command_status != 0 and response.BARE_ON_ERROR and not response.tlvs
        bare = refused and 0x34 <= self.version < 0x50
        self._outgoing.append(encode(response, sequence_number, bare=bare))

    # -- responses of the peer --

    def _take_response(self, pdu: Response, events: list[Event]) -> None:
        if self._liveness.answers(pdu.sequence_number):
            return
        waiting = self._window.take(pdu.sequence_number, pdu.COMMAND_ID)
        if waiting is None:
            if not isinstance(pdu, EnquireLinkResp):  # a late one is of no interest
                events.append(UnmatchedResponse(pdu))
            return
        request = waiting.request
        if isinstance(request, Bind):
            self._finish_bind(request, pdu, events)
        elif isinstance(request, Unbind):
            self._unbind(events, by_peer=False)
        else:
            events.append(ResponseReceived(request, pdu, waiting.context, waiting.sent_at))

    def _finish_bind(self, request: Bind, response: Response, events: list[Event]) -> None:
        self._binding = None
        if response.command_status != 0 or not isinstance(response, BindResp):
            events.append(BindRefused(response))
            return
        self._enter(BOUND_BY[type(request)])
        self._system_id = request.system_id
        self._peer_version = tlv_int(response.tlvs, Tag.SC_INTERFACE_VERSION)
        self._liveness.begin()
        events.append(Bound(self._state, response, self._peer_version))

    # -- what goes wrong --

    def _answer_fault(self, error: AnswerableError, events: list[Event]) -> None:
        """Answer a PDU that could not be read; one that is a response itself has no answer."""
        answer = answer_to(error)
        if answer is not None:
            response = answer(command_status=error.command_status)
            self._write_response(response, error.sequence_number)
        events.append(ProtocolFault(error, answer is not None, fatal=False))
        waiting = self._window.take(error.sequence_number, error.command_id)
        if answer is None and waiting is not None:
            self._lose(waiting, LossReason.UNREADABLE, events)

    def _end_stream(self, error: FatalError, events: list[Event]) -> None:
        nack = GenericNack(command_status=error.command_status)
        self._outgoing.append(encode(nack, error.sequence_number))
        events.append(ProtocolFault(error, answered=True, fatal=True))
        self._finish(CloseReason.STREAM_LOST, events)

    def _lose(self, waiting: Outstanding, why: LossReason, events: list[Event]) -> None:
        events.append(RequestLost(waiting.request, waiting.context, waiting.sent_at, why))
        if isinstance(waiting.request, Bind):
            self._finish(CloseReason.BIND_UNANSWERED, events)
        elif isinstance(waiting.request, Unbind):
            self._finish(CloseReason.UNBIND_UNANSWERED, events)

    # -- time and the end --

    def _is_over(self) -> bool:
        return self._over

    def _enter(self, state: SessionState) -> None:
        """Change the state, and what follows from it: looked up once here, not once per PDU."""
        self._state = state
        self._bound = state in BOUND
        self._over = state in {SessionState.UNBOUND, SessionState.CLOSED}
        self._we_may_send = MAY_SEND[self._role][state]
        self._they_may_send = MAY_SEND[self._role.peer][state]

    def _tend_silence(self, now: float, events: list[Event]) -> None:
        due = self._liveness.due(now)
        if due is Due.ENQUIRE:
            number = self._window.next_sequence_number()
            self._outgoing.append(encode(EnquireLink(), number))
            self._liveness.enquired(number, now)
        elif due is not Due.NOTHING:
            self._finish(_SILENCES[due], events)

    def _unbind(self, events: list[Event], *, by_peer: bool) -> None:
        events.append(Unbound(by_peer))
        events.append(CloseRequired(CloseReason.UNBOUND))
        self._enter(SessionState.UNBOUND)

    def _finish(self, reason: CloseReason, events: list[Event]) -> None:
        self._enter(SessionState.CLOSED)
        events.append(CloseRequired(reason))
