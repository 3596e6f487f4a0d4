"""The one pump for SMPP, either end of it: `listen` and `connect` marry a socket with a `smpp.Session` under
an owner that decides. A connection that asks more than its owner can answer is not read, one that does
not read what it asked for is not read either and, if that lasts, cut off: nobody's slowness is anybody
else's, and no connection can hold more memory than its limits say.

The pump must never know an account or a message, decide about a request, or raise for what a peer did.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from socket import socket
from typing import Any, Final

from heliograph.smpp import Session
from heliograph.transport._smpp_connection import (
    DEFAULT_LIMITS,
    Greet,
    Limits,
    Owner,
    SmppConnection,
)

__all__ = [
    "DEFAULT_LIMITS",
    "Greet",
    "Limits",
    "Listener",
    "Owner",
    "SmppConnection",
    "connect",
    "listen",
]

_BACKLOG: Final = 1024
_TLS_HANDSHAKE_SECONDS: Final = 10.0


class Listener:
    """A listening port and its connections."""

    def __init__(self, connections_max: int) -> None:
        self._connections_max: Final = connections_max
        self._server: asyncio.Server | None = None
        self.connections: Final[set[SmppConnection]] = set()
        self.port = 0
        self.file = -1
        """The listening socket's number in this process."""

    def begin(self, server: asyncio.Server) -> None:
        """The port is open."""
        self._server = server
        self.port = server.sockets[0].getsockname()[1]
        self.file = server.sockets[0].fileno()

    def admit(self, connection: SmppConnection) -> bool:
        """Whether there is room for one more; if so, it counts from now on."""
        if len(self.connections) >= self._connections_max:
            return False
        self.connections.add(connection)
        return True

    def forget(self, connection: SmppConnection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Accept nothing more, unbind everybody, cut who is not gone in time. Idempotent."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        leaving = tuple(self.connections)
        for connection in leaving:
            connection.unbind()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                for connection in leaving:
                    await connection.gone.wait()
        for connection in tuple(self.connections):
            connection.abort("we stop")
        for connection in leaving:
            await connection.gone.wait()


async def listen(
    greet: Greet,
    host: str,
    port: int,
    *,
    session: Callable[[float], Session],
    tls: ssl.SSLContext | None = None,
    limits: Limits = DEFAULT_LIMITS,
    connections_max: int = 1000,
    inherited: socket | None = None,
) -> Listener:
    """Accept connections; `session` makes the session of each from the loop's time.

    Port 0 takes a free one, told by `Listener.port`. Raises OSError where the port cannot be had.
    `inherited` listens already, and other processes accept from it as well.
    """
    listener = Listener(connections_max)
    where: dict[str, Any] = (
        {"host": host, "port": port, "reuse_address": True}
        if inherited is None
        else {"sock": inherited}
    )
    server = await asyncio.get_running_loop().create_server(
        lambda: SmppConnection(greet, session, limits, listener),
        ssl=tls,
        ssl_handshake_timeout=_TLS_HANDSHAKE_SECONDS if tls else None,
        backlog=_BACKLOG,
        **where,
    )
    listener.begin(server)
    return listener


async def connect(
    greet: Greet,
    host: str,
    port: int,
    *,
    session: Callable[[float], Session],
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    timeout_seconds: float = 10.0,
) -> SmppConnection:
    """Open a connection; the owner that `greet` made is told everything from then on.

    Raises OSError (TimeoutError and ssl.SSLError are such) where the peer cannot be reached.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_seconds):
        _, connection = await loop.create_connection(
            lambda: SmppConnection(greet, session, limits),
            host,
            port,
            ssl=tls,
            server_hostname=(server_hostname or host) if tls else None,
            ssl_handshake_timeout=timeout_seconds if tls else None,
        )
    return connection
