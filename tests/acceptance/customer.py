"""A customer over SMPP that is bound whenever that can be, and writes down whatever it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from heliograph.smpp import (
    BindRefused,
    BindTransceiver,
    Bound,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    Event,
    PduReceived,
    RequestLost,
    ResponseReceived,
    Role,
    Session,
    SubmitSm,
    SubmitSmResp,
    parse_receipt,
)
from heliograph.transport.smpp import SmppConnection, connect

_WINDOW = 50
_AGAIN_SECONDS = 0.05
_ANSWER_SECONDS = 20.0
"""Longer than any commit takes on a slow machine, and shorter than a trial."""


class Receipt(NamedTuple):
    """One receipt that was acknowledged."""

    message_id: str
    state: int


class Customer:
    """One transceiver. `start` and `stop`; `ask` while it is bound. It refuses one receipt in `grumble`, once."""

    def __init__(
        self, address: Callable[[bool], tuple[int, str, str]], *, careful: bool, grumble: int
    ) -> None:
        """`address` tells port, system_id and password of the moment."""
        self.careful = careful
        self.told: list[Receipt] = []
        """In the order in which they came."""
        self._address = address
        self._grumble = grumble
        self._heard: set[Receipt] = set()
        self._connection: SmppConnection | None = None
        self._bound = asyncio.Event()
        self._room = asyncio.Semaphore(_WINDOW)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Bind, and again whenever that ends."""
        self._task = asyncio.create_task(self._stay_bound())

    async def stop(self) -> None:
        """Cut the connection."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            self._connection.abort("the trial is over")

    async def ask(self, pdu: SubmitSm) -> SubmitSmResp | None:
        """The answer; None when the connection ended before it came."""
        async with self._room:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bound.wait(), _ANSWER_SECONDS)
            connection = self._connection
            waiter: asyncio.Future[SubmitSmResp | None] = asyncio.Future()
            if connection is None or not isinstance(connection.send(pdu, waiter), int):
                return None
            return await waiter

    async def _stay_bound(self) -> None:
        session = partial(
            Session, Role.ESME, window=_WINDOW, response_timeout_seconds=_ANSWER_SECONDS
        )
        while True:
            port, _, _ = self._address(self.careful)
            with suppress(OSError):
                connection = await connect(self._greet, "127.0.0.1", port, session=session)
                await connection.gone.wait()
            await asyncio.sleep(_AGAIN_SECONDS)

    def _greet(self, connection: SmppConnection) -> Customer:
        _, system_id, password = self._address(self.careful)
        self._connection = connection
        connection.send(BindTransceiver(system_id=system_id, password=password))
        return self

    # -- what the connection tells --

    def received(self, events: Sequence[Event]) -> None:
        """Answers, receipts."""
        for event in events:
            match event:
                case Bound():
                    self._bound.set()
                case BindRefused() if self._connection is not None:
                    self._connection.close("refused")
                case ResponseReceived(response=response, context=asyncio.Future() as waiter):
                    if not waiter.done():
                        waiter.set_result(response)
                case RequestLost(context=asyncio.Future() as waiter):
                    if not waiter.done():
                        waiter.set_result(None)
                case PduReceived(DeliverSm() as pdu):
                    self._take(pdu)

    def resumed(self) -> None:
        """Nothing waits for this."""

    def ended(self, lost: Sequence[RequestLost]) -> None:
        """Nobody answers any more."""
        self._connection = None
        self._bound.clear()
        self.received(lost)

    def _take(self, pdu: DeliverSm) -> None:
        connection, read = self._connection, parse_receipt(pdu)
        assert connection is not None
        assert read is not None, pdu
        receipt = Receipt(read.message_id, int(read.state))
        is_new = receipt not in self._heard
        self._heard.add(receipt)
        if is_new and self._grumble and len(self._heard) % self._grumble == 0:
            connection.refuse(pdu, CommandStatus.RX_T_APPN)
            return
        self.told.append(receipt)
        connection.respond(pdu, DeliverSmResp())
