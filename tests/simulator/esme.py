"""A small ESME for tests: binds, submits, and keeps what it hears until it is asked."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from heliograph.smpp import (
    Bind,
    BindRefused,
    BindTransceiver,
    Bound,
    DeliverSm,
    DeliverSmResp,
    Event,
    PduReceived,
    Request,
    RequestLost,
    Response,
    ResponseReceived,
    Role,
    Session,
    SubmitSm,
)
from heliograph.transport.smpp import SmppConnection, connect

_Kind = TypeVar("_Kind", bound=Event)


class Esme:
    """One session as a client. `answers` is the status of each deliver_sm_resp; None: no response."""

    def __init__(self, *, answers: int | None = 0) -> None:
        self.connection: SmppConnection
        self.answers = answers
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.deliveries: asyncio.Queue[DeliverSm] = asyncio.Queue()

    async def open(self, port: int, **bind: object) -> "Esme":
        session = partial(Session, Role.ESME, window=10_000)
        self.connection = await connect(self._greet, "127.0.0.1", port, session=session)
        kind = bind.pop("kind", BindTransceiver)
        assert isinstance(kind, type)
        assert issubclass(kind, Bind)
        values: dict[str, object] = {"system_id": "esme", "password": "secret", **bind}
        self.connection.send(kind(**values))  # type: ignore[arg-type]
        return self

    async def bound(self) -> "Esme":
        await self.next(Bound)
        return self

    async def next(self, kind: type[_Kind]) -> _Kind:
        """The next event of a kind; others before it are passed over."""
        async with asyncio.timeout(5):
            while True:
                event = await self.events.get()
                if isinstance(event, kind):
                    return event

    async def refused(self) -> int:
        return (await self.next(BindRefused)).response.command_status

    async def ask(self, request: Request) -> Response:
        """Send a request and wait for its response."""
        self.connection.send(request)
        return (await self.next(ResponseReceived)).response

    async def heard(self) -> DeliverSm:
        """The next deliver_sm."""
        async with asyncio.timeout(5):
            return await self.deliveries.get()

    # -- as the owner of the connection --

    def received(self, events: Sequence[Event]) -> None:
        for event in events:
            if not isinstance(event, PduReceived):
                self.events.put_nowait(event)
                continue
            assert isinstance(event.pdu, DeliverSm)
            self.deliveries.put_nowait(event.pdu)
            if self.answers is not None:
                self.connection.respond(event.pdu, DeliverSmResp(command_status=self.answers))

    def resumed(self) -> None:
        pass

    def ended(self, lost: Sequence[RequestLost]) -> None:
        for event in lost:
            self.events.put_nowait(event)

    def _greet(self, connection: SmppConnection) -> "Esme":
        self.connection = connection
        return self


def message(text: bytes = b"Hello", **fields: object) -> SubmitSm:
    """A submit_sm that asks for a receipt."""
    values: dict[str, object] = {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": "8801552146283",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": "8801844909020",
        "registered_delivery": 1,
        "short_message": text,
        **fields,
    }
    return SubmitSm(**values)  # type: ignore[arg-type]
