"""The HTTP door: a socket, uvicorn behind it, and an end that loses no request.

The door installs no signal handlers and configures no logging: it is started and stopped by wiring
like everything else that runs. A port that is taken is told to who starts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Final

import uvicorn

from heliograph.edge._whole import WholeHttp
from heliograph.edge.app import HttpApp

__all__ = ["HttpDoor"]

DRAIN_SECONDS: Final = 10
_KEEP_ALIVE_SECONDS: Final = 75
_BACKLOG: Final = 2048


class _Server(uvicorn.Server):
    """uvicorn without its hands on the process's signals, and with a word when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpDoor:
    """Serves one application on one address. Port 0 takes a free one; `port` then says which."""

    def __init__(
        self, app: HttpApp, host: str, port: int, *, listener: socket.socket | None = None
    ) -> None:
        """`listener` listens already: several processes accept from one."""
        self._app = app
        self.listener = listener
        self._host = host
        self._wanted_port = port
        self._server: _Server | None = None
        self._running: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen; returns when connections are accepted. Raises OSError where that cannot be."""
        if self.listener is None:
            self.listener = await _listen(self._host, self._wanted_port)
        listener = self.listener
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=WholeHttp,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        self._server = server = _Server(config)
        self._running = running = asyncio.create_task(server.serve(sockets=[listener]))
        listening = asyncio.create_task(server.listening.wait())
        await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if running.done():
            await running

    async def stop(self) -> None:
        """Accept nothing more, end the streams, finish what runs (10 s at most). Idempotent."""
        running, self._running = self._running, None
        if running is None or self._server is None:
            return
        self._app.closing.set()
        self._server.should_exit = True
        await running


async def _listen(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
