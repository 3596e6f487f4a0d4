"""One bind: connects, binds, writes what it is given, tells what came of it, and begins again when it ends.

It keeps no message whose first part it has not written, so that what waits can go by another bind. It
must never decide which bind a message takes, nor acknowledge what the SMSC brings.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, cast

import msgspec
import structlog

from heliograph import smpp
from heliograph.carriers.condition import Condition
from heliograph.carriers.smpp.asking import Question
from heliograph.carriers.smpp.codes import declined, is_throttling
from heliograph.carriers.smpp.hearing import MOST_WAITING, Answering, Carried
from heliograph.carriers.smpp.pace import Pace
from heliograph.carriers.smpp.pending import Pending
from heliograph.carriers.smpp.profile import Profile
from heliograph.carriers.smpp.receipts import taken_id
from heliograph.model.carrier import LineState
from heliograph.model.reason import Reason
from heliograph.model.report import Declined
from heliograph.smpp import CommandStatus, LossReason, Refusal, Role, Session
from heliograph.transport.smpp import Limits, SmppConnection, connect

_STOP_SECONDS: Final = 3.0
# A connection that is not read hears no enquire_link_resp either, and would be taken for dead. So more is
# allowed than `Hearing` ever leaves unanswered: what waits, what is being heard, and one read.
_LIMITS: Final = Limits(unanswered_max=4 * MOST_WAITING)
_JITTER: Final = 0.5
"""The share of a pause that is left to chance, so that binds do not come back in step."""

_log = structlog.get_logger(__name__)


class Around(Protocol):
    """Who owns the binds of a carrier."""

    def changed(self) -> None:
        """A bind came up or went down."""

    def wake(self) -> None:
        """There may be room to write again."""

    def brought(self, connection: Answering, pdus: Sequence[Carried]) -> None:
        """The SMSC brought these."""

    def told(self, question: Question, response: smpp.Response | None) -> None:
        """The SMSC has answered a question, or will not: None."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What a bind needs of the world."""

    clock: Callable[[], float]
    """Seconds of a steady clock."""
    chance: Callable[[], float]
    """0 to 1."""
    sleep: Callable[[float], Awaitable[None]]
    now: Callable[[], datetime]
    """The wall clock."""


class Bind:
    """A transceiver, a transmitter or a receiver; owner of one connection at a time."""

    def __init__(
        self, name: str, kind: type[smpp.Bind], profile: Profile, around: Around, tools: Tools
    ) -> None:
        self.name: Final = name
        self.sends: Final = kind is not smpp.BindReceiver
        self._kind = kind
        self._profile = profile
        self._around = around
        self._tools = tools
        self._condition = Condition(tools.now)
        self._pace = Pace(profile.per_second, profile.throttle_seconds, tools.clock())
        self._backlog: deque[tuple[Pending, int]] = deque()
        self._connection: SmppConnection | None = None
        self._bound_at: float | None = None
        self._was_bound = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    # -- coming and going --

    @property
    def is_bound(self) -> bool:
        """Whether messages may travel."""
        return self._bound_at is not None

    def state(self) -> LineState:
        """How it stands."""
        window, session = self._profile.window, self._connection and self._connection.session
        under_way = window - session.room if session else 0
        kind = self._kind.NAME.removeprefix("bind_")
        name = self.name.replace(" bind_", " ")
        return self._condition.state(name, kind, window=window, under_way=under_way)

    def start(self) -> None:
        """Connect, and again whenever that ends."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name=self.name)
        self._task.add_done_callback(self._broke)

    async def stop(self) -> None:
        """Unbind in good order, or cut off. Returns when the connection is gone. Idempotent."""
        self._stopping = True
        connection = self._connection
        if connection is not None:
            connection.unbind()
            try:
                await asyncio.wait_for(connection.gone.wait(), _STOP_SECONDS)
            except TimeoutError:
                connection.abort("stopped")
                await connection.gone.wait()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _broke(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the bind broke", bind=self.name, exc_info=error)

    async def _run(self) -> None:
        failures = 0
        while True:
            began = self._tools.clock()
            was_bound, why = await self._live()
            if self._stopping:
                return
            self._condition.failed(why)
            self._condition.turned(up=False)
            pause = self._pause(failures)
            # One that is bound and dropped at once is no better than one that is refused.
            failures = 0 if was_bound and self._tools.clock() - began > pause else failures + 1
            _log.warning("bind is down", bind=self.name, why=why, again_in_seconds=round(pause, 2))
            await self._tools.sleep(pause)

    def _pause(self, failures: int) -> float:
        """Doubles from failure to failure, up to the longest, less what chance takes off."""
        profile = self._profile
        longest = profile.reconnect_most_seconds
        full = min(profile.reconnect_seconds * 2.0 ** min(failures, 20), longest)
        return full * (1 - _JITTER * self._tools.chance())

    async def _live(self) -> tuple[bool, str]:
        """One connection from its beginning to its end: whether it was bound, and why it ended."""
        profile = self._profile
        self._was_bound = False
        try:
            tls = await asyncio.to_thread(_tls_context, profile) if profile.tls != "no" else None
            connection = await connect(
                self._greet,
                profile.host,
                profile.port,
                session=self._session,
                tls=tls,
                limits=_LIMITS,
                timeout_seconds=profile.connect_timeout_seconds,
            )
        except (OSError, UnicodeError) as error:  # a host name that IDNA refuses is a UnicodeError
            return False, f"{type(error).__name__}: {error}"
        await connection.gone.wait()
        return self._was_bound, connection.ending

    def _session(self, now: float) -> Session:
        profile = self._profile
        return Session(
            Role.ESME,
            now,
            version=profile.version,
            window=profile.window,
            enquire_link_seconds=profile.enquire_link_seconds,
            enquire_link_attempts=1,  # silence, one question, silence again: two intervals
            response_timeout_seconds=profile.response_timeout_seconds,
            bind_timeout_seconds=profile.bind_timeout_seconds,
        )

    def _greet(self, connection: SmppConnection) -> Bind:
        profile = self._profile
        self._connection = connection
        connection.send(
            self._kind(
                system_id=profile.system_id,
                password=profile.password,
                system_type=profile.system_type,
                interface_version=profile.version,
                addr_ton=profile.addr_ton,
                addr_npi=profile.addr_npi,
                address_range=profile.address_range,
            )
        )
        return self

    # -- writing --

    def capacity(self, now: float) -> int:
        """How many messages may be given to it now."""
        if self._bound_at is None or self._connection is None:
            return 0
        return max(0, min(self._connection.room, self._pace.available(now)) - len(self._backlog))

    def wait(self, now: float) -> float | None:
        """Seconds until its pace allows more; None when it waits for something else."""
        if self._bound_at is None or self._connection is None or not self._connection.room:
            return None
        return self._pace.wait(now) or None

    @property
    def allows_tlvs(self) -> bool:
        """Whether its SMSC knows TLVs."""
        return self._connection is not None and self._connection.session.allows_tlvs

    @property
    def has_backlog(self) -> bool:
        """Whether parts of messages wait whose first parts were written."""
        return bool(self._backlog)

    def write(self, pending: Pending) -> None:
        """Write a message that `begin` has given its parts; those beyond the capacity follow later."""
        if len(pending.parts) == 1:
            self._write(pending, 0)
            return
        self._backlog.extend((pending, index) for index in range(len(pending.parts)))
        self.write_backlog(self._tools.clock())

    def write_backlog(self, now: float) -> None:
        """Write parts that wait, as far as room and pace allow."""
        connection = self._connection
        if connection is None or self._bound_at is None:
            return
        most = min(connection.room, self._pace.available(now), len(self._backlog))
        for _ in range(most):
            self._write(*self._backlog.popleft())

    def _write(self, pending: Pending, index: int) -> None:
        connection = self._connection
        if connection is None:
            self._again(pending, pending.unwritten(index))
            return
        try:
            sent = connection.send(pending.parts[index], (pending, index))
        except smpp.LocalProtocolError as error:
            _log.warning("a message does not fit its PDU", bind=self.name, why=str(error))
            self._again(pending, pending.refused(index, Declined(reason=Reason.DATA_ERROR)))
            return
        if isinstance(sent, Refusal):
            self._again(pending, pending.unwritten(index))
        else:
            self._pace.take()
            self._condition.submitted += 1

    def ask(self, question: Question) -> bool:
        """Ask by query_sm, which needs room as a message does; False when it cannot be asked."""
        if self._connection is None:
            return False
        try:
            sent = self._connection.send(question.pdu, question)
        except smpp.LocalProtocolError as error:
            _log.warning("a question does not fit its PDU", bind=self.name, why=str(error))
            return False
        if isinstance(sent, Refusal):
            return False
        self._pace.take()
        return True

    def _again(self, pending: Pending, indexes: Sequence[int]) -> None:
        self._backlog.extend((pending, index) for index in indexes)

    # -- what the connection tells --

    def received(self, events: Sequence[smpp.Event]) -> None:
        """Events of one read or of time."""
        pdus: list[Carried] = []
        now = self._tools.clock()
        for event in events:
            if isinstance(event, smpp.ResponseReceived):
                self._answered(event, now)
            elif isinstance(event, smpp.PduReceived):
                self._asked(event.pdu, pdus)
            elif isinstance(event, smpp.RequestLost):
                self._lost(event)
            else:
                self._noted(event)
        if pdus and self._connection is not None:
            self._around.brought(self._connection, pdus)
        self._around.wake()

    def resumed(self) -> None:
        """The SMSC reads again."""
        self._around.wake()

    def ended(self, lost: Sequence[smpp.RequestLost]) -> None:
        """The connection is gone: what was written is uncertain, what was not is surely unsent."""
        self._connection = None
        self._down()
        backlog, self._backlog = self._backlog, deque()
        for event in lost:
            self._lost(event)
        for pending, index in backlog:
            pending.unwritten(index)
        self._backlog.clear()  # parts to be retried have nowhere to go: the same as unwritten

    def _down(self) -> None:
        self._condition.turned(up=False)
        if self._bound_at is not None:
            self._bound_at = None
            self._around.changed()

    def _answered(self, event: smpp.ResponseReceived, now: float) -> None:
        if event.context is None:
            return
        if isinstance(event.context, Question):
            self._around.told(event.context, event.response)
            return
        pending, index = _context(event.context)
        status = event.response.command_status
        if status == CommandStatus.ROK and isinstance(event.response, smpp.SubmitSmResp):
            self._pace.went_well(now)
            again = pending.taken(index, taken_id(self._profile, event.response.message_id))
        else:
            throttling = is_throttling(status)
            self._condition.throttled += throttling
            pause = self._pace.throttled(now) if throttling else None
            if pause is not None and now + pause > pending.since + self._profile.retry_seconds:
                pending.follow_no_more()
            again = pending.refused(index, declined(self._profile, status, pause))
        if again:
            self._again(pending, again)

    def _lost(self, event: smpp.RequestLost) -> None:
        if event.context is None:
            return
        if isinstance(event.context, Question):
            self._around.told(event.context, None)
            return
        pending, _ = _context(event.context)
        self._again(pending, pending.lost(_LOST[event.why]))

    def _asked(self, pdu: smpp.Request, pdus: list[Carried]) -> None:
        if isinstance(pdu, Carried):
            pdus.append(pdu)
        elif self._connection is not None:  # outbind and alert_notification have no answer
            self._connection.refuse(pdu, CommandStatus.RINVCMDID)

    def _noted(self, event: smpp.Event) -> None:
        """What concerns the session itself."""
        match event:
            case smpp.Bound():
                self._bound_at = self._tools.clock()
                self._was_bound = True
                self._condition.turned(up=True)
                _log.info("bind is up", bind=self.name, peer_version=event.peer_version)
                self._around.changed()
            case smpp.BindRefused():
                status = event.response.command_status
                if self._connection is not None:
                    self._connection.close(f"bind refused: {smpp.status_name(status)}")
            case smpp.UnmatchedResponse():
                _log.info(
                    "a response came too late or to nothing",
                    bind=self.name,
                    status=smpp.status_name(event.response.command_status),
                    carrier_message_id=getattr(event.response, "message_id", ""),
                )
            case smpp.ProtocolFault():
                _log.warning("the SMSC broke the protocol", bind=self.name, why=str(event.error))
            case _:  # unbound, or to be closed: nothing is written from now on
                self._down()


_LOST: Final[dict[LossReason, str]] = {
    LossReason.TIMED_OUT: "no submit_sm_resp in time",
    LossReason.UNREADABLE: "the submit_sm_resp could not be read",
    LossReason.CLOSED: "the connection ended before the submit_sm_resp",
}


def _context(context: object) -> tuple[Pending, int]:
    """What `_write` attached to the request."""
    return cast("tuple[Pending, int]", context)


def _tls_context(profile: Profile) -> ssl.SSLContext:
    """Reads files. Raises OSError (ssl.SSLError is one) for what cannot be read."""
    context = ssl.create_default_context(cafile=profile.tls_ca or None)
    if profile.tls == "unverified":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
