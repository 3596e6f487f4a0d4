"""A small SMSC on a loopback socket, and the two who listen to a carrier: one for outcomes, one for what
is brought."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from heliograph import smpp
from heliograph.carriers.smpp import Profile, SmppCarrier, profile_of
from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding, Message
from heliograph.model.report import Arrival, Dispatch, OpenId, Outcome, Receipt
from heliograph.model.route import Carrier
from heliograph.model.status import Status
from heliograph.smpp import CommandStatus, Role, Session, SubmitSm, SubmitSmResp
from heliograph.transport.smpp import DEFAULT_LIMITS, Limits, Listener, SmppConnection, listen

CARRIER_ID = 7
PATIENCE_SECONDS = 10
NEEDED = {"host": "127.0.0.1", "system_id": "hill", "password_secret": "s3cret"}


class News:
    """Lets a test wait for what it expects."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    async def until(self, true: Callable[[], bool]) -> None:
        if not true():
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((true, future))
            await asyncio.wait_for(future, PATIENCE_SECONDS)

    def say(self) -> None:
        """Something happened."""
        for true, future in self._waiting:
            if not future.done() and true():
                future.set_result(None)
        self._waiting = [one for one in self._waiting if not one[1].done()]


class Ear(News):
    """Hears, and fails as often as told to."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.heard: list[Receipt] = []
        self.arrived: list[Arrival] = []
        self.calls: list[int] = []
        self.open: list[OpenId] = []
        self.looks: list[datetime] = []
        """Until when each look for open ids went."""
        self.failures = failures

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        self.calls.append(len(receipts))
        self._fail_maybe()
        self.heard += receipts
        self.say()

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        self.calls.append(len(arrivals))
        self._fail_maybe()
        self.arrived += arrivals
        self.say()

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        """Those in `open` that no receipt with an outcome was heard of."""
        self.looks.append(taken_before)
        settled = {one.carrier_message_id for one in self.heard if one.status is not Status.SENT}
        found = [
            one
            for one in sorted(self.open, key=lambda one: one.carrier_message_id)
            if one.carrier_message_id > after
            and one.taken_at < taken_before
            and one.carrier_message_id not in settled
        ]
        self.say()
        return found[:limit]

    def _fail_maybe(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the database is away")


class Desk(News):
    """Collects outcomes by message."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[tuple[int, Outcome]] = []

    def settle(self, dispatch: Dispatch, outcome: Outcome) -> None:
        self.outcomes.append((dispatch.message.id, outcome))
        self.say()

    async def wait(self, expected: int = 1) -> list[Outcome]:
        """The first so many outcomes; fails when a message settles twice."""
        await self.until(lambda: len(self.outcomes) >= expected)
        numbers = [number for number, _ in self.outcomes]
        assert len(set(numbers)) == len(numbers)
        return [outcome for _, outcome in self.outcomes]


OnSubmit = Callable[["Smsc", SmppConnection, SubmitSm], None]
OnQuery = Callable[["Smsc", SmppConnection, smpp.QuerySm], None]
OnBind = Callable[["Smsc", SmppConnection, smpp.Bind], None]


def take(smsc: Smsc, connection: SmppConnection, pdu: SubmitSm) -> None:
    """Name it in hexadecimal."""
    smsc.ids += 1
    connection.respond(pdu, SubmitSmResp(message_id=f"{smsc.ids:08X}"))


def keep_silent(smsc: Smsc, connection: SmppConnection, pdu: SubmitSm) -> None:
    """No answer, ever."""


def refuse_with(*statuses: int) -> OnSubmit:
    """These statuses in turn, then take."""
    left = list(statuses)

    def answer(smsc: Smsc, connection: SmppConnection, pdu: SubmitSm) -> None:
        if left and (status := left.pop(0)):
            connection.refuse(pdu, status)
        else:
            take(smsc, connection, pdu)

    return answer


def know_nothing(smsc: Smsc, connection: SmppConnection, pdu: smpp.QuerySm) -> None:
    """Not even what query_sm is."""
    connection.refuse(pdu, CommandStatus.RINVCMDID)


def welcome(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
    """Anybody may bind."""
    response = type(pdu).RESPONSE
    assert response is not None
    connection.respond(pdu, response(system_id="SMSC"))  # type: ignore[call-arg]


class Smsc(News):
    """Takes what comes and remembers it."""

    def __init__(self, on_submit: OnSubmit, on_bind: OnBind) -> None:
        super().__init__()
        self.on_submit = on_submit
        self.on_bind = on_bind
        self.on_query: OnQuery = know_nothing
        self.queries: list[smpp.QuerySm] = []
        self.ids = 0xA00
        self.listener: Listener | None = None
        self.binds: list[smpp.Bind] = []
        self.bound: list[SmppConnection] = []
        self.submitted: list[tuple[SmppConnection, SubmitSm]] = []
        self.responses: list[smpp.ResponseReceived] = []
        self.ended = 0

    @property
    def port(self) -> int:
        assert self.listener is not None
        return self.listener.port

    @property
    def pdus(self) -> list[SubmitSm]:
        return [pdu for _, pdu in self.submitted]

    @property
    def answers(self) -> list[int]:
        """command_status of each response to what it has brought."""
        return [event.response.command_status for event in self.responses]

    def bring(self, *pdus: smpp.Request) -> None:
        """Deliver by the connection that may receive, in one write."""
        connection = next(one for one in self.bound if one.session.state in RECEIVING)
        for pdu in pdus:
            assert isinstance(connection.send(pdu, pdu), int)


RECEIVING = {smpp.SessionState.BOUND_RX, smpp.SessionState.BOUND_TRX}


class _Line:
    """The SMSC's owner of one connection."""

    def __init__(self, smsc: Smsc, connection: SmppConnection) -> None:
        self._smsc = smsc
        self._connection = connection

    def received(self, events: Sequence[smpp.Event]) -> None:
        smsc, connection = self._smsc, self._connection
        for event in events:
            match event:
                case smpp.BindRequested(pdu):
                    smsc.binds.append(pdu)
                    smsc.on_bind(smsc, connection, pdu)
                    if connection.session.is_bound:
                        smsc.bound.append(connection)
                case smpp.PduReceived(SubmitSm() as pdu):
                    smsc.submitted.append((connection, pdu))
                    smsc.on_submit(smsc, connection, pdu)
                case smpp.PduReceived(smpp.QuerySm() as pdu):
                    smsc.queries.append(pdu)
                    smsc.on_query(smsc, connection, pdu)
                case smpp.ResponseReceived():
                    smsc.responses.append(event)
        smsc.say()

    def resumed(self) -> None:
        """Nothing waits."""

    def ended(self, lost: Sequence[smpp.RequestLost]) -> None:
        self._smsc.ended += 1
        if self._connection in self._smsc.bound:
            self._smsc.bound.remove(self._connection)
        self._smsc.say()


@asynccontextmanager
async def running_smsc(
    on_submit: OnSubmit = take,
    on_bind: OnBind = welcome,
    *,
    on_query: OnQuery = know_nothing,
    tls: ssl.SSLContext | None = None,
    limits: Limits = DEFAULT_LIMITS,
    version: int = 0x34,
    window: int = 1000,
    port: int = 0,
) -> AsyncIterator[Smsc]:
    """An SMSC for as long as the block runs."""
    smsc = Smsc(on_submit, on_bind)
    smsc.on_query = on_query

    def session(now: float) -> Session:
        return Session(Role.SMSC, now, version=version, window=window, enquire_link_seconds=3600)

    smsc.listener = await listen(
        lambda connection: _Line(smsc, connection),
        "127.0.0.1",
        port,
        session=session,
        tls=tls,
        limits=limits,
    )
    try:
        yield smsc
    finally:
        await smsc.listener.stop(0.2)


class Bound(News):
    """A carrier at work with its two listeners. It is told of changes of `up`."""

    def __init__(self, link: SmppCarrier, ear: Ear, desk: Desk) -> None:
        super().__init__()
        self.link = link
        self.ear = ear
        self.desk = desk

    async def outcomes(self, *messages: Message) -> list[Outcome]:
        """Submit and wait for all outcomes, in the order in which they came."""
        before = len(self.desk.outcomes)
        self.link.submit([dispatch_of(one) for one in messages], self.desk.settle)
        return (await self.desk.wait(before + len(messages)))[before:]


@asynccontextmanager
async def carrier_to(
    port: int,
    *,
    ear: Ear | None = None,
    wait: bool = True,
    link: SmppCarrier | None = None,
    odd: dict[str, str] | None = None,
    **settings: str,
) -> AsyncIterator[Bound]:
    """A carrier bound to a port of ours; `odd` are settings whose names are no Python names."""
    bound = Bound(link or carrier(port, **settings, **odd or {}), ear or Ear(), Desk())
    await bound.link.start(bound.ear, bound.say)
    try:
        if wait:
            await bound.until(lambda: bound.link.up)
        yield bound
    finally:
        await bound.link.stop()


def carrier(port: int, **settings: str) -> SmppCarrier:
    """A carrier with the settings that are needed and these."""
    return SmppCarrier(noun(port, **settings))


def noun(port: int, **settings: str) -> Carrier:
    return Carrier(
        id=CARRIER_ID, name="hill", kind="smpp", settings={**NEEDED, "port": str(port), **settings}
    )


def profile(**settings: str) -> Profile:
    """A profile with the settings that are needed and these."""
    return profile_of({**NEEDED, **settings})


_MESSAGE = Message(
    account_id=1,
    id=1,
    submission_id=None,
    dialect="native",
    sender="HELIOGRAPH",
    recipient="46700000001",
    text="Hello",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    valid_until=datetime(2090, 1, 1, tzinfo=UTC),
)


def message(number: int = 1, **fields: object) -> Message:
    """A message like any other but for these fields."""
    return msgspec.structs.replace(_MESSAGE, id=number, **fields)


def dispatch_of(one: Message, attempt: int = 1) -> Dispatch:
    return Dispatch(message=one, attempt=attempt)


def ok(events: Sequence[int]) -> bool:
    """Whether every status is a yes."""
    return all(status == CommandStatus.ROK for status in events)
