"""The pump marries a socket and a session: batches out, back-pressure in, an end for every connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from heliograph.smpp import (
    BindRequested,
    BindTransceiver,
    BindTransceiverResp,
    Bound,
    DeliverSm,
    EnquireLink,
    Event,
    LossReason,
    PduReceived,
    Refusal,
    RequestLost,
    ResponseReceived,
    Role,
    Session,
    SubmitSm,
    SubmitSmResp,
    encode,
)
from heliograph.transport.smpp import (
    DEFAULT_LIMITS,
    Limits,
    Listener,
    SmppConnection,
    connect,
    listen,
)

BIND = BindTransceiver(system_id="me", password="secret")
SUBMIT = SubmitSm(source_addr="a", destination_addr="1", short_message=b"hello")


class End:
    """Either end: keeps what it is told, lets binds in, and answers submits if `answers`."""

    def __init__(self, connection: SmppConnection, *, answers: bool) -> None:
        self.connection = connection
        self.answers = answers
        self.batches: list[list[Event]] = []
        self.submitted: list[PduReceived] = []
        self.lost: Sequence[RequestLost] = ()
        self._heard = asyncio.Event()
        self.responses = 0
        self.was_resumed = asyncio.Event()

    def received(self, events: Sequence[Event]) -> None:
        self.batches.append(list(events))
        self._heard.set()
        for event in events:
            if isinstance(event, BindRequested):
                self.connection.respond(event.pdu, BindTransceiverResp(system_id="it"))
            elif isinstance(event, PduReceived):
                self.submitted.append(event)
                if self.answers:
                    self.connection.respond(event.pdu, SubmitSmResp(message_id="1"))
            elif isinstance(event, ResponseReceived | Bound):
                self.responses += 1

    def resumed(self) -> None:
        self.was_resumed.set()

    def ended(self, lost: Sequence[RequestLost]) -> None:
        self.lost = lost

    async def until(self, ready: Callable[[End], bool]) -> None:
        async with asyncio.timeout(10):
            while not ready(self):
                self._heard.clear()
                await self._heard.wait()


class Pair:
    """A port whose connections are owned by `servers`, and clients."""

    def __init__(self) -> None:
        self.servers: list[End] = []
        self._arrived = asyncio.Event()
        self.listener: Listener | None = None
        self.answers = True
        self.clients: list[End] = []

    async def listen(self, limits: Limits = DEFAULT_LIMITS, **options: Any) -> None:
        def greet(connection: SmppConnection) -> End:
            self.servers.append(End(connection, answers=self.answers))
            self._arrived.set()
            return self.servers[-1]

        session = options.pop("session", None) or (lambda now: Session(Role.SMSC, now))
        self.listener = await listen(
            greet, "127.0.0.1", 0, session=session, limits=limits, **options
        )

    @property
    def port(self) -> int:
        assert self.listener is not None
        return self.listener.port

    async def server(self) -> End:
        """The first server's end, once somebody has bound to it."""
        await self._arrived.wait()
        await self.servers[0].until(lambda end: end.connection.session.is_bound)
        return self.servers[0]

    async def client(self, window: int = 1000) -> End:
        def greet(connection: SmppConnection) -> End:
            self.clients.append(End(connection, answers=False))
            return self.clients[-1]

        def session(now: float) -> Session:
            return Session(Role.ESME, now, window=window)

        await connect(greet, "127.0.0.1", self.port, session=session)
        return self.clients[-1]

    async def bound(self, window: int = 1000) -> End:
        client = await self.client(window)
        client.connection.send(BIND)
        await client.until(lambda end: end.responses == 1)
        return client


Make = Callable[..., Awaitable[Pair]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    pairs: list[Pair] = []

    async def start(*, answers: bool = True, **options: Any) -> Pair:
        pair = Pair()
        pair.answers = answers
        pairs.append(pair)
        await pair.listen(**options)
        return pair

    yield start
    for pair in pairs:
        for client in pair.clients:
            client.connection.abort("the test is over")
        assert pair.listener is not None
        await pair.listener.stop()


async def test_requests_travel_in_batches_and_come_back_answered(make: Make) -> None:
    pair = await make()
    client = await pair.bound()
    for _ in range(200):
        assert isinstance(client.connection.send(SUBMIT), int)
    await client.until(lambda end: end.responses == 201)
    (server,) = pair.servers
    assert len(server.submitted) == 200
    assert len(server.batches) < 50
    assert server.connection.unanswered == 0


async def test_a_connection_that_asks_too_much_is_not_read_until_it_is_answered(
    make: Make,
) -> None:
    pair = await make(answers=False, limits=Limits(unanswered_max=4))
    client = await pair.bound()
    (server,) = pair.servers
    for _ in range(6):
        client.connection.send(SUBMIT)
    await server.until(lambda end: len(end.submitted) == 6)
    client.connection.send(SUBMIT)
    assert server.connection.unanswered == 6
    other = await pair.bound()  # a round trip later nothing more was read of the first
    assert other.responses == 1
    assert len(server.submitted) == 6
    for event in tuple(server.submitted):
        server.connection.respond(event.pdu, SubmitSmResp(message_id="1"))
    await server.until(lambda end: len(end.submitted) == 7)
    await client.until(lambda end: end.responses == 7)


async def test_a_peer_that_does_not_read_is_given_no_more_and_then_cut(make: Make) -> None:
    pair = await make(limits=Limits(stalled_seconds=0.1, kernel_octets=4096))
    dead = socket.socket()
    dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    dead.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(dead, ("127.0.0.1", pair.port))
    await loop.sock_sendall(dead, encode(BIND, 1))
    server = await pair.server()
    with pytest.raises(ConnectionError):
        await loop.sock_sendall(dead, encode(EnquireLink(), 1) * 1_000_000)
    await server.connection.gone.wait()
    assert server.connection.ending == "does not read"
    dead.close()


class Wire(asyncio.Transport):
    """A transport that notes in which order it is used."""

    def __init__(self) -> None:
        super().__init__()
        self.uses: list[str] = []

    def pause_reading(self) -> None:
        self.uses.append("pause")

    def resume_reading(self) -> None:
        self.uses.append("resume")

    def write(self, data: bytes | bytearray | memoryview) -> None:
        del data
        self.uses.append("write")

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False


async def test_after_a_flood_of_octets_the_answers_are_written_before_more_is_read() -> None:
    connection = SmppConnection(
        lambda made: End(made, answers=True), lambda now: Session(Role.SMSC, now), DEFAULT_LIMITS
    )
    wire = Wire()
    connection.connection_made(wire)
    connection.data_received(encode(EnquireLink(), 1) * 5000)
    assert wire.uses == ["pause"]
    await asyncio.sleep(0)
    assert wire.uses == ["pause", "write", "resume"]
    connection.connection_lost(None)


async def test_nothing_is_sent_to_a_peer_that_does_not_read_until_it_reads_again(
    make: Make,
) -> None:
    pair = await make(
        answers=False,
        limits=Limits(stalled_seconds=30, kernel_octets=4096, unread_octets_max=1 << 24),
        session=lambda now: Session(Role.SMSC, now, window=100_000),
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", pair.port, limit=1024)
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    writer.write(encode(BIND, 1))
    server = await pair.server()
    message = DeliverSm(short_message=b"x" * 250)
    while server.connection.room:
        server.connection.send(message)
        await asyncio.sleep(0)
    assert server.connection.send(message) is Refusal.WINDOW_FULL
    while not server.was_resumed.is_set():
        assert await reader.read(65_536)
    assert server.connection.room
    writer.close()
    await writer.wait_closed()
    await server.connection.gone.wait()
    assert {event.why for event in server.lost} == {LossReason.CLOSED}


async def test_an_unbind_ends_both_ends_in_good_order(make: Make) -> None:
    pair = await make()
    client = await pair.bound()
    client.connection.unbind()
    await client.connection.gone.wait()
    (server,) = pair.servers
    await server.connection.gone.wait()
    assert client.connection.ending == server.connection.ending == "unbound"
    assert client.connection.send(SUBMIT) is Refusal.WRONG_STATE
    assert client.connection.room == 0


async def test_what_was_unanswered_when_the_connection_broke_is_told(make: Make) -> None:
    pair = await make(answers=False)
    client = await pair.bound()
    client.connection.send(SUBMIT, "mine")
    (server,) = pair.servers
    await server.until(lambda end: bool(end.submitted))
    server.connection.abort("cut")
    await client.connection.gone.wait()
    assert [(event.context, event.why) for event in client.lost] == [("mine", LossReason.CLOSED)]
    server.connection.respond(server.submitted[0].pdu, SubmitSmResp(message_id="late"))
    assert not server.connection.is_open


async def test_one_who_does_not_bind_in_time_is_closed(make: Make) -> None:
    pair = await make(session=lambda now: Session(Role.SMSC, now, bind_timeout_seconds=0.02))
    client = await pair.client()
    await client.connection.gone.wait()
    assert client.connection.ending == "closed by the peer"
    assert pair.servers[0].connection.ending == "not bound in time"


async def test_a_silent_peer_is_asked_and_then_given_up(make: Make) -> None:
    pair = await make(
        session=lambda now: Session(
            Role.SMSC, now, enquire_link_seconds=0.02, enquire_link_attempts=1
        )
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", pair.port)
    writer.write(encode(BIND, 1))
    said = await reader.read()
    assert EnquireLink.COMMAND_ID.to_bytes(4, "big") in said
    writer.close()
    await writer.wait_closed()
    assert pair.servers[0].connection.ending == "enquire_link was not answered"


async def test_beyond_its_connections_a_port_takes_no_more(make: Make) -> None:
    pair = await make(connections_max=1)
    first = await pair.bound()
    second = await pair.client()
    await second.connection.gone.wait()
    assert len(pair.servers) == 1
    first.connection.unbind()
    await first.connection.gone.wait()
    await pair.servers[0].connection.gone.wait()
    assert (await pair.bound()).connection.session.is_bound


async def test_a_stop_cuts_who_does_not_go(make: Make) -> None:
    pair = await make()
    reader, writer = await asyncio.open_connection("127.0.0.1", pair.port)
    writer.write(encode(BIND, 1))
    await reader.read(1)
    assert pair.listener is not None
    await pair.listener.stop(grace_seconds=0.01)
    assert pair.listener.connections == set()
    assert pair.servers[0].connection.ending == "we stop"
    writer.close()


async def test_a_port_where_nobody_listens_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            await connect(
                lambda connection: End(connection, answers=False),
                "127.0.0.1",
                taken.getsockname()[1],
                session=lambda now: Session(Role.ESME, now),
            )
