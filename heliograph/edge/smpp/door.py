"""The SMPP door: its ports, its sessions, and the two ways in which the house tells bound customers of
something. It is started and stopped by wiring like everything else that runs. Whoever is not bound is not
told, and that is said at once: the house keeps what waits.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from socket import socket
from time import monotonic
from typing import Final

import msgspec

from heliograph.edge.smpp.line import Line
from heliograph.edge.smpp.metrics import SmppMetrics
from heliograph.edge.smpp.refusals import Noting, unnoted
from heliograph.edge.smpp.requests import Submitting
from heliograph.edge.smpp.session import CustomerSession, Shared
from heliograph.edge.smpp.write import arrival, receipt
from heliograph.flow.calling import Called
from heliograph.model.message import Event, Inbound, MessageRecord
from heliograph.smpp import CommandStatus, DataSm, DeliverSm, Role, Session
from heliograph.transport.smpp import DEFAULT_LIMITS, Limits, Listener, SmppConnection, listen

__all__ = ["Address", "SmppDoor", "server_tls"]

_ABSENT: Final = Called(status_code=None, error="nobody is bound", duration_ms=0, absent=True)
_REVIEW_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 5.0
_VERSION: Final = 0x50
_MOST_DELIVERIES: Final = 100
_RESPONSE_SECONDS: Final = 30.0


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen. Port 0 takes a free one, None means none."""

    host: str
    port: int | None = None
    tls_port: int | None = None
    tls: ssl.SSLContext | None = None
    elsewhere: bool = False
    """Take any free port when `port` is taken: for trials."""
    listener: socket | None = None
    """Listens already on `port`: several processes accept from one."""
    tls_listener: socket | None = None


class SmppDoor:
    """Serves SMPP to customers. `start` and an idempotent `stop`."""

    def __init__(
        self,
        *,
        desk: Submitting,
        address: Address,
        metrics: SmppMetrics,
        now: Callable[[], datetime],
        limits: Limits = DEFAULT_LIMITS,
        noting: Noting = unnoted,
    ) -> None:
        """`noting` is told of every request that is refused."""
        self._address = address
        self._limits = limits
        self._shared = Shared(desk=desk, now=now, metrics=metrics, noting=noting)
        self._listeners: list[Listener] = []
        self._reviewing: asyncio.Task[None] | None = None
        self.port: int | None = None
        """The port in use, None when there is none."""
        self.tls_port: int | None = None

    async def start(self) -> None:
        """Listen. Raises OSError where a port cannot be had."""
        where = self._address
        if where.port is not None:
            self.port = await self._listen_plain(where.port)
        if where.tls_port is not None and where.tls is not None:
            self.tls_port = await self._listen(where.tls_port, where.tls, where.tls_listener)
        self._reviewing = asyncio.create_task(self._review_always(), name="smpp review")

    async def stop(self) -> None:
        """Accept nothing more, answer what was asked, unbind everybody. Idempotent."""
        reviewing, self._reviewing = self._reviewing, None
        if reviewing is not None:
            reviewing.cancel()
            with suppress(asyncio.CancelledError):
                await reviewing
        listeners, self._listeners = self._listeners, []
        await asyncio.gather(*(each.stop(_GRACE_SECONDS) for each in listeners))
        if self._shared.tasks:
            await asyncio.wait(self._shared.tasks, timeout=_GRACE_SECONDS)

    # -- telling customers --

    def bound(self) -> frozenset[int]:
        """Whom deliveries reach here, as the negative ids of their credentials."""
        return frozenset(-number for number, line in self._shared.lines.items() if line.receivers)

    def tell_event(
        self, credential_id: int, event: Event, record: MessageRecord, key: bytes
    ) -> Awaitable[Called]:
        """Give a receipt to one of the credential's sessions; `key` is the account's."""
        line = self._line(credential_id)
        if line is None:
            return _nobody()
        return line.deliver(partial(_receipt, event, record, key, line))

    async def tell_inbound(self, credential_id: int, inbound: Inbound, key: bytes) -> Called:
        """Give a message from a handset to one of the credential's sessions."""
        del key  # such a message has no id on the wire
        line = self._line(credential_id)
        if line is None:
            return _ABSENT
        pdus = arrival(inbound, line.terms, line.version)
        return _together(await asyncio.gather(*(line.deliver(partial(_this, p)) for p in pdus)))

    def _line(self, credential_id: int) -> Line | None:
        line = self._shared.lines.get(credential_id)
        return line if line is not None and line.receivers else None

    # -- while it runs --

    def review(self) -> None:
        """Take over changed credentials, and refuse parts whose others did not come."""
        for session in tuple(self._shared.sessions):
            session.review()
        for session, pdu in self._shared.joiner.tick(monotonic()):
            session.done(pdu, CommandStatus.RSUBMITFAIL)

    async def _review_always(self) -> None:
        while True:
            await asyncio.sleep(_REVIEW_SECONDS)
            self.review()

    async def _listen_plain(self, port: int) -> int:
        try:
            return await self._listen(port, None, self._address.listener)
        except OSError:
            if not self._address.elsewhere:
                raise
        return await self._listen(0, None)

    async def _listen(
        self, port: int, tls: ssl.SSLContext | None, inherited: socket | None = None
    ) -> int:
        listener = await listen(
            self._greet,
            self._address.host,
            port,
            session=_session,
            tls=tls,
            limits=self._limits,
            inherited=inherited,
        )
        self._listeners.append(listener)
        return listener.port

    def files(self) -> list[int]:
        """File numbers of the listening sockets, the plain one's before that of TLS."""
        return [listener.file for listener in self._listeners]

    def _greet(self, connection: SmppConnection) -> CustomerSession:
        return CustomerSession(self._shared, connection)


def server_tls(certificate: str, key: str) -> ssl.SSLContext:
    """TLS 1.2 and above with this certificate chain and key (PEM files).

    Raises OSError (ssl.SSLError is one) when they cannot be read or do not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


async def _nobody() -> Called:
    return _ABSENT


def _session(now: float) -> Session:
    return Session(
        Role.SMSC,
        now,
        version=_VERSION,
        window=_MOST_DELIVERIES,
        response_timeout_seconds=_RESPONSE_SECONDS,
    )


def _receipt(
    event: Event, record: MessageRecord, key: bytes, line: Line, version: int
) -> DeliverSm | DataSm:
    return receipt(event, record, key, line.terms, version)


def _this(pdu: DeliverSm, version: int) -> DeliverSm:
    del version
    return pdu


def _together(calls: Sequence[Called]) -> Called:
    """What is said of the whole: the first part that was not taken, else the last."""
    return next((each for each in calls if not each.ok), calls[-1])
