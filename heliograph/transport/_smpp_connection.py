"""One SMPP connection: a socket on one side, a `smpp.Session` on the other, an owner above. What the peer
sends reaches the owner as batches of events; what the owner says is written once per turn of the loop.
One timer serves all deadlines. It must never decide about a request, keep more than its limits say, or
raise for what a peer did.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast

import msgspec

from heliograph.smpp import (
    Bind,
    BindRequested,
    CloseReason,
    CloseRequired,
    Event,
    PduReceived,
    Refusal,
    Request,
    RequestLost,
    Response,
    Session,
    Unbind,
)

__all__ = ["DEFAULT_LIMITS", "Greet", "Limits", "Owner", "SmppConnection"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one connection may cost.

    Its memory is at most one PDU of the largest length, one read of the socket, `unanswered_max`
    requests with those of that read, and `unread_octets_max` octets written in vain; the kernel keeps
    `kernel_octets` more.
    """

    unanswered_max: int = 512
    """Requests of the peer without an answer of ours; at this many the socket is read no more."""
    unread_octets_max: int = 1_048_576
    """Octets waiting for a peer that does not read; beyond, the connection is cut."""
    kernel_octets: int = 262_144
    """The socket's own send buffer, which would grow to megabytes by itself."""
    stalled_seconds: float = 30.0
    """How long a peer may leave what we wrote unread before the connection is cut."""
    lingering_seconds: float = 5.0
    """How long answers may still be written after an unbind, and octets still leave after a close."""


DEFAULT_LIMITS: Final = Limits()

# libuv goes on reading one socket, up to 32 times 256,000 octets, as long as each read is a full one. What is
# read is answered only after that, so a flood of enquire_link would hold everybody else up for seconds.
_MUCH_OCTETS: Final = 65_536


class Owner(Protocol):
    """Who decides about one connection. Its methods are called in the loop and must return at once."""

    def received(self, events: Sequence[Event]) -> None:
        """What the peer said and time brought, in order.

        Every `PduReceived` and `BindRequested` is to be answered once, now or later.
        """

    def resumed(self) -> None:
        """The peer reads again: `room` is no longer 0 for that reason."""

    def ended(self, lost: Sequence[RequestLost]) -> None:
        """The connection is gone, with these requests of ours unanswered. Called once, and last."""


class Register(Protocol):
    """Who counts the connections of a port."""

    def admit(self, connection: "SmppConnection") -> bool:
        """Whether there is room for one more; if so, it counts from now on."""

    def forget(self, connection: "SmppConnection") -> None:
        """A connection is gone."""


class SmppConnection(asyncio.Protocol):
    """One socket with its session. Made by `listen` and `connect`, given to the owner, not to be fed."""

    def __init__(
        self,
        greet: "Greet",
        session: Callable[[float], Session],
        limits: Limits,
        listener: "Register | None" = None,
    ) -> None:
        self._greet = greet
        self._listener = listener
        self._limits: Final = limits
        self._loop: Final = asyncio.get_running_loop()
        self.session: Final = session(self._loop.time())
        self.peer = ""
        """The address of the peer, an IPv4 or IPv6 literal."""
        self.peer_port = 0
        self.ending = ""
        """Why the connection ended, a few words for a log; empty while it lives."""
        self._transport: asyncio.Transport | None = None
        self._owner: Owner | None = None
        self._unanswered = 0
        self._flush_due = False
        self._reading = True
        self._had_its_turn = False
        self._stalled_at: float | None = None
        self._close_by: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.gone: Final = asyncio.Event()
        """Set when the connection is no more."""

    # -- what the owner may ask and do --

    @property
    def is_open(self) -> bool:
        """Whether anything said now can still reach the peer."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def unanswered(self) -> int:
        """Requests of the peer that wait for our answer."""
        return self._unanswered

    @property
    def room(self) -> int:
        """How many windowed requests `send` takes now; 0 while the peer does not read."""
        return 0 if self._stalled_at is not None or not self.is_open else self.session.room

    def send(self, request: Request, context: object = None) -> int | Refusal:
        """Write a request: its sequence number, or why not. Raises as `Session.send`."""
        if not self.is_open:
            return Refusal.WRONG_STATE
        if self._stalled_at is not None and not isinstance(request, Unbind):
            return Refusal.WINDOW_FULL
        sent = self.session.send(request, self._loop.time(), context)
        self._flush_soon()
        return sent

    def respond(self, request: Request, response: Response) -> None:
        """Answer a request. Raises as `Session.respond`; a connection that is gone takes anything."""
        self._answered()
        self.session.respond(request, response)
        self._resume_soon(request)
        self._flush_soon()

    def refuse(self, request: Request, command_status: int) -> None:
        """Answer a request with a status and nothing else."""
        if type(request).RESPONSE is not None:
            self._answered()
        self.session.refuse(request, command_status)
        self._resume_soon(request)
        self._flush_soon()

    def unbind(self) -> None:
        """End in good order: unbind and close on the answer; close at once where nobody is bound."""
        if self.session.is_bound and self.is_open:
            self.send(Unbind())
        else:
            self.close("not bound")

    def close(self, why: str = "closed by us") -> None:
        """Write what is left and close; octets that the peer does not take are soon dropped."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self.ending = self.ending or why
        self._flush()
        transport.close()
        self._close_by = self._loop.time() + self._limits.lingering_seconds
        self._arm()

    def abort(self, why: str) -> None:
        """Cut the connection; what is not written yet is lost."""
        if self._transport is not None:
            self.ending = self.ending or why
            self._transport.abort()

    # -- what the loop calls --

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open; beyond the listener's number of connections it is cut at once."""
        self._transport = made = cast("asyncio.Transport", transport)
        name = made.get_extra_info("peername")
        if name:
            self.peer, self.peer_port = str(name[0]), int(name[1])
        raw = made.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.kernel_octets)
        if self._listener is not None and not self._listener.admit(self):
            self.abort("too many connections")
            return
        self._owner = self._greet(self)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Octets from the peer; after many of them it is read again in the next turn of the loop."""
        if len(data) >= _MUCH_OCTETS and not self._had_its_turn:
            self._had_its_turn = True
            self._steer_reading()
        self._tell(self.session.receive(data, self._loop.time()))
        if self._had_its_turn:
            self._loop.call_soon(self._next_turn)

    def pause_writing(self) -> None:
        """The peer does not read what we write, so it may not ask for more either."""
        self._stalled_at = self._loop.time()
        self._steer_reading()
        self._arm()

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._stalled_at = None
        self._steer_reading()
        if self._owner is not None:
            self._owner.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone, by whoever's will."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport = None
        lost = self.session.close()
        self.session.take_outgoing()
        if not self.ending:
            self.ending = "cut off" if exc is not None else "closed by the peer"
        if self._listener is not None:
            self._listener.forget(self)
        owner, self._owner = self._owner, None
        self.gone.set()
        if owner is not None:
            owner.ended(lost)

    # -- between the two --

    def _next_turn(self) -> None:
        """What was said in the last turn is written by now: whoever does not take it is known."""
        self._had_its_turn = False
        self._steer_reading()

    def _resume_soon(self, request: Request) -> None:
        """When a bind was answered, what came behind it is told in the next turn."""
        if isinstance(request, Bind):
            self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        if self.is_open:
            self._tell(self.session.resume(self._loop.time()))

    def _tell(self, events: list[Event]) -> None:
        """Hand events on, count what is to be answered, and close where the session says so."""
        if events:
            self._unanswered += sum(map(_wants_answer, events))
            if self._owner is not None:
                self._owner.received(events)
            last = events[-1]
            if isinstance(last, CloseRequired):
                self._close_for(last.reason)
            self._steer_reading()
        self._flush_soon()
        self._arm()

    def _close_for(self, reason: CloseReason) -> None:
        """Close; but after an unbind, what was asked before it is still answered, for a moment."""
        self.ending = self.ending or reason.value
        if reason is CloseReason.UNBOUND and self._unanswered:
            self._close_by = self._loop.time() + self._limits.lingering_seconds
        else:
            self.close(reason.value)

    def _answered(self) -> None:
        self._unanswered -= 1
        if not self._reading:
            self._steer_reading()
        if self._unanswered == 0 and self._close_by is not None:
            self._loop.call_soon(self.close)

    def _steer_reading(self) -> None:
        """Read only while there is somebody to answer to, not too much to answer, and others had a turn."""
        most = self._limits.unanswered_max if self._reading else self._limits.unanswered_max // 2
        wanted = self._stalled_at is None and self._unanswered <= most and not self._had_its_turn
        transport = self._transport
        if wanted == self._reading or transport is None or transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Everything said in this turn, in one write."""
        self._flush_due = False
        octets = self.session.take_outgoing()
        transport = self._transport
        if not octets or transport is None or transport.is_closing():
            return
        transport.write(octets)
        if transport.get_write_buffer_size() > self._limits.unread_octets_max:
            self.abort("does not read")
        self._arm()

    # -- time --

    def _deadline(self) -> float | None:
        stalled = (
            None if self._stalled_at is None else self._stalled_at + self._limits.stalled_seconds
        )
        known = [
            at for at in (self.session.next_deadline, stalled, self._close_by) if at is not None
        ]
        return min(known) if known else None

    def _arm(self) -> None:
        """Keep the one timer early enough. A later deadline leaves it alone: it looks again then."""
        if self._transport is None:
            return
        deadline = self._deadline()
        timer = self._timer
        if deadline is None or (timer is not None and timer.when() <= deadline):
            return
        if timer is not None:
            timer.cancel()
        self._timer = self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        if self._stalled_at is not None and now >= self._stalled_at + self._limits.stalled_seconds:
            self.abort("does not read")
            return
        if self._close_by is not None and now >= self._close_by:
            if self.is_open:
                self.close()
            else:
                self.abort("does not read")
            return
        self._tell(self.session.tick(now))


Greet = Callable[[SmppConnection], Owner]
"""Makes the owner of a connection just opened."""


def _wants_answer(event: Event) -> bool:
    if isinstance(event, PduReceived):
        return type(event.pdu).RESPONSE is not None
    return isinstance(event, BindRequested)
