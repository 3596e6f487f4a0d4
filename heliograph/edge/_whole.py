"""HTTP requests that come whole, as nearly all do, go to the application in one piece and back in one write.

The server's own way builds a scope, a task with its call-backs, two messages and a timer for each request.
Here a request whose last octet is there as soon as its head has been read is handed over as it is, if a
dialect takes it. Everything else goes the server's way, from its first octet: bodies that are still coming,
pipelined requests, HTTP/1.0, upgrades, `Expect`, odd targets and methods, pages, streams, answers in pieces.
httptools parses in both cases, and `tests/edge/test_whole.py` holds the two against each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, cast

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from heliograph.dialects._shape import HttpReply
from heliograph.edge._asgi import Application
from heliograph.edge._joined import JoinedWrites
from heliograph.edge._replies import rendered
from heliograph.edge._sloppy import SloppyHttp

__all__ = ["Exchange", "Taker", "Taking", "WholeHttp"]

_METHODS: Final = {each.encode(): each for each in ("GET", "POST", "PUT", "PATCH", "DELETE")}


class Exchange:
    """A request that has come whole, and its answer. The server sees a cycle of its own in it."""

    __slots__ = (
        "_door",
        "body",
        "client",
        "disconnected",
        "headers",
        "keep_alive",
        "method",
        "path",
        "query",
        "response_complete",
        "scheme",
        "task",
    )
    more_body: Final = False
    task: asyncio.Task[None]

    def __init__(self, door: WholeHttp, method: str, target: tuple[str, str], body: bytes) -> None:
        self._door = door
        self.method = method
        self.path, self.query = target
        self.headers = door.headers
        self.body = body
        self.client = door.client
        self.scheme = door.scheme or "http"
        self.keep_alive: bool = door.parser.should_keep_alive()
        self.disconnected = False
        """The server says so when the caller has gone."""
        self.response_complete = False

    @property
    def message_event(self) -> Exchange:
        """The server wakes who waits for more of the request: nobody does."""
        return self

    def set(self) -> None:
        """See `message_event`."""

    async def answer(self, reply: HttpReply, *, close: bool = False) -> None:
        """Send a reply without pieces."""
        door = self._door
        if door.flow.write_paused and not self.disconnected:
            await door.flow.drain()
        if close:
            self.keep_alive = False
        if not self.disconnected:
            octets = rendered(reply, door.first_lines(), closing=not self.keep_alive)
            self.response_complete = True
            door.answered(octets, keep_alive=self.keep_alive)

    async def generally(self, app: Application) -> None:
        """Go the server's way from here on, with the body read: for what is no plain reply."""
        await self._door.cycle_of(self).run_asgi(cast(Any, app))


Taker = Callable[[Exchange], Awaitable[None]]
"""Answers a whole request."""


class Taking(Protocol):
    """What the application is asked."""

    def taker(self, method: str, path: str) -> Taker | None:
        """Who takes such requests whole; None where they go the server's way."""


class WholeHttp(SloppyHttp):
    """The server's protocol with a short way for whole requests."""

    _gathering: tuple[str, tuple[str, str], Taker] | None = None
    """A request whose head is there."""
    _body = b""
    _idle_since: float | None = None
    _idle_timer: asyncio.TimerHandle | None = None
    _dated: object = None
    _first_lines = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller is there."""
        super().connection_made(transport)
        self._joined = cast(JoinedWrites, self.transport)
        self._taking = cast(Taking, self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Octets from the caller."""
        super().data_received(data)
        if not self._held:  # the beginning of a line does not make a connection busy
            self._idle_since = None
        if self._gathering is not None:
            self._go_generally()

    # -- what the parser finds ------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins. The server's scope is made when it is needed."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """The head is there: which way?"""
        self._body = b""
        self._gathering = self._short_way()
        if self._gathering is None:
            self._go_generally()

    def _short_way(self) -> tuple[str, tuple[str, str], Taker] | None:
        cycle, parser, url = self.cycle, self.parser, self.url
        method = _METHODS.get(parser.get_method())
        if (
            method is None
            or (cycle is not None and not cycle.response_complete)
            or self.expect_100_continue
            or parser.should_upgrade()
            or parser.get_http_version() != "1.1"
            or url[:1] != b"/"
        ):
            return None
        parsed = httptools.parse_url(url)
        path = parsed.path.decode("latin-1")
        query = parsed.query
        taker = self._taking.taker(method, path)
        if taker is None:
            return None
        return method, (path, query.decode("latin-1") if query else ""), taker

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if self._gathering is None:
            super().on_body(body)
        else:
            self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        """The last octet of the request."""
        found = self._gathering
        if found is None:
            super().on_message_complete()
            return
        self._gathering = None
        method, target, taker = found
        exchange = Exchange(self, method, target, self._body)
        self._body = b""
        self.cycle = exchange  # type: ignore[assignment]
        exchange.task = self.loop.create_task(self._run(exchange, taker))
        self.tasks.add(exchange.task)

    def _go_generally(self) -> None:
        """Hand to the server what has come of the request."""
        self._gathering = None
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # the scope has this very list
        super().on_headers_complete()
        body, self._body = self._body, b""
        if body:
            super().on_body(body)

    # -- the answer -----------------------------------------------------------------------------

    async def _run(self, exchange: Exchange, taker: Taker) -> None:
        try:
            await taker(exchange)
        except BaseException as fault:  # as the server does with an application
            self.logger.error("Exception in ASGI application\n", exc_info=fault)  # noqa: TRY400
            if not exchange.response_complete:
                await self.cycle_of(exchange).send_500_response()
        finally:
            self.tasks.discard(exchange.task)

    def cycle_of(self, exchange: Exchange) -> RequestResponseCycle:
        """The server's cycle in the place of an exchange whose request has been read."""
        scope: Any = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": exchange.client,
            "scheme": exchange.scheme,
            "root_path": self.root_path,
            "headers": exchange.headers,
            "state": self.app_state.copy(),
            "method": exchange.method,
            "path": exchange.path,
            "raw_path": exchange.path.encode("latin-1"),
            "query_string": exchange.query.encode("latin-1"),
        }
        cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=exchange.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        cycle.disconnected = exchange.disconnected
        if cycle.disconnected:
            cycle.message_event.set()
        self.cycle = cycle
        return cycle

    def first_lines(self) -> bytes:
        """The server's own headers, which are made anew each second."""
        default = self.server_state.default_headers
        if default is not self._dated:
            self._dated = default
            self._first_lines = b"".join([b"%b: %b\r\n" % each for each in default])
        return self._first_lines

    def answered(self, octets: bytes, *, keep_alive: bool) -> None:
        """Write an answer and look for what comes next, as the server does."""
        transport = self.transport
        self._joined.write_whole(octets)
        if not keep_alive:
            transport.close()
        if self.pipeline or self.flow.read_paused or not keep_alive:
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look_idle)

    def _look_idle(self) -> None:
        """One timer for all requests of a connection: making one for each costs more than an answer."""
        self._idle_timer = None
        if self._idle_since is None:
            return  # a request is on its way; the next answer sets the timer
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._look_idle)
        else:
            self.timeout_keep_alive_handler()
