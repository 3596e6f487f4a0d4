"""An SMPP door on a free port with a desk behind it that the tests can see into, and clients to call it."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from heliograph.edge.smpp import Address, SmppDoor, SmppMetrics
from heliograph.model import command as c
from heliograph.model.account import Account, Credential, Scope
from heliograph.model.ids import seal
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.smpp import (
    Bind,
    BindRefused,
    BindTransceiver,
    Bound,
    Event,
    PduReceived,
    ProtocolFault,
    Request,
    RequestLost,
    Response,
    ResponseReceived,
    Role,
    Session,
    SubmitSm,
)
from heliograph.transport.smpp import DEFAULT_LIMITS, Limits, SmppConnection, connect

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = b"k" * 32
CREDENTIAL_ID = 7
RECIPIENT = "8801844909020"
SENDER = "Heliograph"


class Desk:
    """Accepts whatever can be read and remembers it; `on_perform` may do something else."""

    def __init__(self) -> None:
        self.performed: list[c.Command] = []
        self.peers: list[str] = []
        self.settings: dict[str, str] = {}
        self.scopes: tuple[Scope, ...] = (Scope.SEND, Scope.READ)
        self.refused: Refused | None = None
        self.on_perform: Callable[[c.Command], Awaitable[Any]] | None = None
        self.takes_soon = True
        self._telling: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1 << 50)

    def authenticate(self, claim: c.Claim, peer: str) -> c.Principal | Refused:
        self.peers.append(peer)
        if self.refused is not None:
            return self.refused
        if (claim.dialect, claim.name, claim.secret) != ("smpp", "shop", "secret"):
            return Refused(refusal=Refusal.UNAUTHENTICATED)
        return self.principal()

    def principal(self) -> c.Principal:
        return c.Principal(
            account=Account(id=1, name="Shop"),
            credential=Credential(
                account_id=1,
                id=CREDENTIAL_ID,
                dialect="smpp",
                name="shop",
                secret_hash=b"",
                hint="",
                scopes=self.scopes,
                settings=self.settings,
                created_at=NOW,
            ),
            key=KEY,
        )

    async def perform(self, principal: c.Principal, command: c.Command) -> c.Answer | Refused:
        self.performed.append(command)
        if self.on_perform is not None:
            return await self.on_perform(command)
        if isinstance(command, c.SendMessages):
            return self.accepted(command)
        return Refused(refusal=Refusal.NOT_FOUND)

    def soon(
        self,
        principal: c.Principal,
        command: c.SendMessages,
        told: Callable[[c.Accepted | Refused | None], None],
    ) -> bool:
        if not self.takes_soon or command.idempotency_key is not None:
            return False
        task = asyncio.create_task(self._tell(principal, command, told))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return True

    async def _tell(
        self,
        principal: c.Principal,
        command: c.SendMessages,
        told: Callable[[c.Accepted | Refused | None], None],
    ) -> None:
        try:
            answer = await self.perform(principal, command)
        except RuntimeError:
            told(None)
        else:
            assert isinstance(answer, c.Accepted | Refused)
            told(answer)

    def accepted(self, command: c.SendMessages) -> c.Accepted:
        items = tuple(
            c.AcceptedItem(
                message_id=next(self._ids),
                recipient=draft.recipient,
                parts=1,
                encoding="gsm7",
                price_micros=0,
                status=Status.QUEUED,
            )
            for draft in command.drafts
        )
        return c.Accepted(submission_id=next(self._ids), currency="EUR", items=items)

    @property
    def drafts(self) -> list[Draft]:
        sent = [each for each in self.performed if isinstance(each, c.SendMessages)]
        return [draft for each in sent for draft in each.drafts]

    def watch(self, principal: c.Principal, command: c.WatchEvents) -> Any:
        raise AssertionError("nobody streams over SMPP")

    def allowance(self, principal: c.Principal) -> c.Allowance | None:
        return None


class Client:
    """An ESME. It answers what it is told with `status`, or not at all when that is None."""

    def __init__(self, connection: SmppConnection) -> None:
        self.connection = connection
        self.status: int | None = 0
        self.told: asyncio.Queue[Request] = asyncio.Queue()
        self.faults: list[ProtocolFault] = []
        self._bound: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def received(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case PduReceived(pdu):
                    self.told.put_nowait(pdu)
                    kind = type(pdu).RESPONSE
                    if kind is not None and self.status is not None:
                        self.connection.respond(pdu, kind(command_status=self.status))
                case Bound(response=response) | BindRefused(response=response):
                    self._bound.set_result(response)
                case ResponseReceived(response=response, context=asyncio.Future() as waiter):
                    waiter.set_result(response)
                case ProtocolFault():
                    self.faults.append(event)

    def resumed(self) -> None:
        pass

    def ended(self, lost: Sequence[RequestLost]) -> None:
        for each in lost:
            if isinstance(each.context, asyncio.Future) and not each.context.done():
                each.context.set_exception(ConnectionError(each.why.value))
                each.context.exception()

    async def bind(self, pdu: Bind | None = None) -> Response:
        """The response to a bind, of the right shop as a transceiver unless told otherwise."""
        self.connection.send(pdu or BindTransceiver(system_id="shop", password="secret"))
        return await self._bound

    def begin(self, pdu: Request) -> asyncio.Future[Response]:
        """Send a request; its future is the response."""
        waiter: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        sent = self.connection.send(pdu, waiter)
        assert isinstance(sent, int), sent
        return waiter

    async def ask(self, pdu: Request) -> Any:
        """The response to a request."""
        return await self.begin(pdu)

    async def submit(self, text: bytes = b"Hello", **fields: Any) -> Any:
        """The response to a submit_sm."""
        return await self.ask(submit(text, **fields))

    @property
    def gone(self) -> asyncio.Event:
        return self.connection.gone


def submit(text: bytes = b"Hello", **fields: Any) -> SubmitSm:
    """A submit_sm that can be accepted, but for the fields given."""
    wanted = {
        "source_addr_ton": 5,
        "source_addr": SENDER,
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": RECIPIENT,
        "short_message": text,
    }
    return SubmitSm(**wanted | fields)


def wire_id(number: int) -> str:
    """A message id as the shop's customers see it."""
    return f"{seal(KEY, number):016x}"


class House:
    """A running door and its clients."""

    def __init__(
        self,
        desk: Desk,
        *,
        limits: Limits = DEFAULT_LIMITS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.desk = desk
        self.registry = CollectorRegistry()
        self.door = SmppDoor(
            desk=desk,
            address=Address(host="127.0.0.1", port=0, tls_port=0 if tls else None, tls=tls),
            metrics=SmppMetrics(self.registry),
            now=lambda: NOW,
            limits=limits,
        )
        self._clients: list[Client] = []

    async def start(self) -> None:
        await self.door.start()

    async def stop(self) -> None:
        for client in self._clients:
            client.connection.abort("the test is over")
        await self.door.stop()

    async def client(self, *, window: int = 1000, version: int = 0x34) -> Client:
        """A client that is connected."""
        found: list[Client] = []

        def greet(connection: SmppConnection) -> Client:
            found.append(Client(connection))
            return found[0]

        def session(now: float) -> Session:
            return Session(Role.ESME, now, window=window, version=version)

        await connect(greet, "127.0.0.1", self.door.port or 0, session=session)
        self._clients.append(found[0])
        return found[0]

    async def bound(self, pdu: Bind | None = None, **options: Any) -> Client:
        """A client that is bound."""
        client = await self.client(**options)
        response = await client.bind(pdu)
        assert response.command_status == 0, response
        return client

    async def raw(self, *pieces: bytes) -> bytes:
        """What comes back until the door closes the connection; each piece awaits the answer before."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        whole = b""
        for place, piece in enumerate(pieces):
            if place:
                whole += await reader.read(65_536)
            writer.write(piece)
        whole += await reader.read()
        writer.close()
        await writer.wait_closed()
        return whole

    def count(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def house(desk: Desk) -> AsyncIterator[House]:
    made = House(desk)
    await made.start()
    yield made
    await made.stop()
