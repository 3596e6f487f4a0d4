"""The simulated network behind real SMPP: a message centre that clients bind to, and that can be hurt.

Everything that becomes of a message is the `Network`'s decision; this room gives it a wire: binds,
submissions, receipts and handsets' messages as PDUs, and on that wire whatever `faults` asks for. One
timer serves all connections. It must never make a task or a timer per message, nor acknowledge to the
network what no client has acknowledged.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from heliograph.simulator._smsc_book import Book
from heliograph.simulator._smsc_bundle import MESSAGE_TAG, Asked
from heliograph.simulator._smsc_intake import Answer, Intake
from heliograph.simulator._smsc_outlet import Item, Outlet
from heliograph.simulator._smsc_peer import FaultySession, Peer
from heliograph.simulator.faults import Act, FaultDice, Faults, Stage
from heliograph.simulator.network import Network
from heliograph.smpp import (
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    CancelSm,
    CommandStatus,
    MessageState,
    QuerySm,
    QuerySmResp,
    Response,
    Role,
    format_absolute_time,
)
from heliograph.transport.smpp import Limits, Listener, SmppConnection, listen

__all__ = ["MESSAGE_TAG", "Smsc"]

_SYSTEM_ID: Final = "heliograph-smsc"
_FARTHEST_SECONDS: Final = 30.0
"""The timer reaches no further, so that a step of the wall clock is noticed."""
_BIND_RESPONSES: Final[dict[type[Bind], type[BindResp]]] = {
    BindReceiver: BindReceiverResp,
    BindTransmitter: BindTransmitterResp,
    BindTransceiver: BindTransceiverResp,
}
_LIMITS: Final = Limits(unanswered_max=100_000, unread_octets_max=64 << 20)


class Smsc:
    """An SMSC on one port. `start`, then `stop`, which is idempotent."""

    def __init__(
        self,
        network: Network,
        *,
        accounts: Mapping[str, str],
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Faults | None = None,
        window: int = 100,
        enquire_link_seconds: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`accounts` are passwords by system_id; the first hears what nobody else is known for.

        `window` bounds the unanswered deliver_sm of a session; `clock` tells seconds since the epoch.
        """
        self.network: Final = network
        self._accounts = dict(accounts)
        self._host = host
        self._port = port
        self._clock = clock
        self._session = partial(
            FaultySession, Role.SMSC, window=window, enquire_link_seconds=enquire_link_seconds
        )
        self._dice = FaultDice(faults or Faults())
        self._book = Book()
        self._intake = Intake(network, self._book, self._dice)
        self._outlet = Outlet(network, self._book, self._dice, next(iter(self._accounts), ""))
        self._listener: Listener | None = None
        self._answers: list[tuple[float, int, Answer]] = []
        self._order = 0
        self._held: dict[str, Answer] = {}
        """Responses that wait for their receipts, by message id."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # -- what its owner does --

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listener.port if self._listener else self._port

    @property
    def faults(self) -> Faults:
        """What is to go wrong now."""
        return self._dice.faults

    @property
    def bound(self) -> int:
        """How many sessions are bound."""
        connections = self._listener.connections if self._listener else ()
        return sum(connection.session.is_bound for connection in connections)

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock()

    async def start(self) -> None:
        """Open the network and listen. Raises OSError, JournalError."""
        if self._listener is None:
            await asyncio.to_thread(self.network.open)
            self._listener = await listen(
                self._greet, self._host, self._port, session=self._session, limits=_LIMITS
            )
            self._port = self._listener.port
            self._arm()

    async def stop(self) -> None:
        """Unbind everybody and close the network; what is owed stays owed."""
        listener, self._listener = self._listener, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if listener is not None:
            await listener.stop()
            self._outlet.settle()
            self.network.close()

    def configure(self, faults: Faults) -> None:
        """Let this go wrong from now on; the counts of its script begin at 0."""
        self._dice = self._intake.dice = self._outlet.dice = FaultDice(faults)

    def provoke(self, act: Act, times: int = 1) -> None:
        """Let the next binds, submissions or receipts go wrong like this."""
        self._dice.provoke(act, times)

    def disconnect(self) -> None:
        """Cut every connection at once."""
        if self._listener is not None:
            for connection in tuple(self._listener.connections):
                connection.abort("the SMSC was told to")

    def send_inbound(
        self, sender: str, recipient: str, text: str, *, body: bytes | None = None
    ) -> bool:
        """A handset sends a message; False when the journal cannot be written."""
        now = self._clock()
        kept = self.network.send_inbound(sender, recipient, text, now=now, body=body)
        self._turn()
        return kept

    # -- what connections do --

    def _greet(self, connection: SmppConnection) -> Peer:
        return Peer(self, connection)

    def bind(self, peer: Peer, pdu: Bind) -> None:
        """Someone asks to bind."""
        act = self._dice.next(Stage.BIND)
        if act is Act.BIND_UNANSWERED:
            return
        password = self._accounts.get(pdu.system_id)
        if act is Act.BIND_REFUSED:
            peer.connection.refuse(pdu, CommandStatus.RBINDFAIL)
        elif password is None:
            peer.connection.refuse(pdu, CommandStatus.RINVSYSID)
        elif password != pdu.password:
            peer.connection.refuse(pdu, CommandStatus.RINVPASWD)
        else:
            peer.connection.respond(pdu, _BIND_RESPONSES[type(pdu)](system_id=_SYSTEM_ID))
            peer.enter(pdu)
            if peer.receives:
                self._outlet.add(peer.system_id, peer)
                self._outlet.turn(self._clock())

    def submit(self, asked: Sequence[Asked]) -> None:
        """Someone submits messages."""
        now = self._clock()
        self._keep(self._intake.take(asked, now), now)
        self._arm()

    def query(self, peer: Peer, pdu: QuerySm) -> None:
        """Someone asks what became of a message."""
        booked = self._book.by_told(pdu.message_id, self.network.settings)
        if booked is None or booked.system_id != peer.system_id:
            peer.connection.refuse(pdu, CommandStatus.RQUERYFAIL)
            return
        final = booked.state is not MessageState.ENROUTE
        peer.connection.respond(
            pdu,
            QuerySmResp(
                message_id=pdu.message_id,
                final_date=format_absolute_time(datetime.fromtimestamp(booked.done_at, UTC))
                if final
                else "",
                message_state=int(booked.state),
                error_code=min(booked.error, 255),
            ),
        )

    def cancel(self, peer: Peer, pdu: CancelSm) -> None:
        """Someone withdraws a message; only a scheduled one can still be had back."""
        booked = self._book.by_told(pdu.message_id, self.network.settings)
        if booked is None or booked.system_id != peer.system_id or not self._intake.cancel(booked):
            peer.connection.refuse(pdu, CommandStatus.RCANCELFAIL)
            return
        booked.state, booked.done_at = MessageState.DELETED, self._clock()
        peer.connection.refuse(pdu, CommandStatus.ROK)
        self._outlet.put_final(booked)
        self._outlet.bring(peer.system_id)

    def answered(self, peer: Peer, told: Sequence[tuple[Item, Response]]) -> None:
        """A client answered what was brought to it."""
        now = self._clock()
        for item, response in told:
            self._outlet.answered(item, response, now)
        self._outlet.settle()
        self._outlet.bring(peer.system_id)
        self._arm()

    def lost(self, item: Item) -> None:
        """A client did not answer something in time."""
        self._outlet.lost(item, self._clock())
        self._arm()

    def resumed(self, peer: Peer) -> None:
        """A client takes more again."""
        self._outlet.bring(peer.system_id)

    def left(self, peer: Peer, unanswered: Sequence[object]) -> None:
        """A session is over; what it left goes to another."""
        self._outlet.remove(peer.system_id, peer, unanswered)
        self._outlet.bring(peer.system_id)

    # -- answers and time --

    def _keep(self, answers: Sequence[Answer], now: float) -> None:
        """Give the answers that are due, keep the others."""
        for answer in answers:
            due = answer.due
            act = answer.asked.act
            if act is Act.LATE:
                due += self._dice.faults.late_seconds
            elif act is Act.RECEIPT_FIRST and answer.response.command_status == 0:
                due += self._dice.faults.late_seconds
                self._held[_id_of(answer.response)] = answer
                self._outlet.watching = True
            if due <= now:
                self._give(answer)
            else:
                self._order += 1
                heapq.heappush(self._answers, (due, self._order, answer))
        for booked in self._intake.take_ended():
            self._outlet.put_final(booked)
            self._outlet.bring(booked.system_id)

    def _give(self, answer: Answer) -> None:
        asked = answer.asked
        if asked.act is Act.RECEIPT_FIRST:
            self._held.pop(_id_of(answer.response), None)
        if asked.act is not Act.UNANSWERED:
            peer = asked.peer
            peer.answer(asked, answer.response, self._dice)

    def _turn(self) -> None:
        """Everything that is due."""
        self._timer = None
        now = self._clock()
        try:
            answers, held = self._answers, self._held
            while answers and answers[0][0] <= now:
                answer = heapq.heappop(answers)[2]
                if answer.asked.act is not Act.RECEIPT_FIRST or held.get(_id_of(answer.response)):
                    self._give(answer)
            self._keep(self._intake.tick(now), now)
            self._outlet.turn(now)
            if self._outlet.watching:
                self._release()
        finally:
            self._arm()

    def _release(self) -> None:
        """Give the responses whose receipts have gone out."""
        receipted, self._outlet.receipted = self._outlet.receipted, []
        for message_id in receipted:
            answer = self._held.get(message_id)
            if answer is not None:
                self._give(answer)
        self._outlet.watching = bool(self._held)

    def _arm(self) -> None:
        """Set the one timer to what is due first."""
        if self._listener is None:
            return
        now = self._clock()
        waits = [now + _FARTHEST_SECONDS]
        if self._answers:
            waits.append(self._answers[0][0])
        waits += [
            due
            for due in (self._intake.next_deadline, self._outlet.next_deadline())
            if due is not None
        ]
        loop = asyncio.get_running_loop()
        when = loop.time() + max(0.0, min(waits) - now)
        if self._timer is not None:
            if self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = loop.call_at(when, self._turn)


def _id_of(response: Response) -> str:
    return getattr(response, "message_id", "")
