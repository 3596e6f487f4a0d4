"""Calls over connections of the client's pool, written and read without the rest of the client.

The pool, names, TLS and the guard are aiohttp's; its requests and responses are made for what a webhook
does not need (cookies, redirects, sessions, bodies in pieces) and cost several times as much as the
exchange itself. A connection stays here while calls follow one another, and goes back to the pool when
nobody has used it for a moment or others wait for the pool. Only for methods that the client would not
send a second time by itself. It must never write a header that was not looked at.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from yarl import URL

from heliograph.transport._calls import OutgoingCall
from heliograph.transport._line import Answer, Line

__all__ = ["Answer", "Direct"]

_TARGETS_KEPT: Final = 4096
_PATH: Final = re.compile(r"[!-~]+")
_LOOK_SECONDS: Final = 0.1
"""How late a timeout may be noticed: a timer for each call costs as much as sending it. And how long a
connection may rest here at least before it goes back to the pool; at most twice as long."""


class _Resting:
    """The connections to one host that are at hand."""

    __slots__ = ("__weakref__", "asking", "lines")

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.asking = 0
        """How many ask the pool for a connection to this host, and may be waiting."""


class _Target(NamedTuple):
    request: aiohttp.ClientRequest
    """Says where to connect; never sent."""
    head: str
    resting: _Resting


class Direct:
    """Makes calls over the connections of one session."""

    def __init__(
        self, session: aiohttp.ClientSession, *, defaults: dict[str, str], drained_bytes: int
    ) -> None:
        """`defaults` are headers for calls that do not bring them; of a body that is too long so much
        is read to keep its connection."""
        if session.connector is None:
            raise ValueError("the session is closed")
        self._session = session
        self._connector = session.connector
        self._defaults = tuple(
            (name.lower(), f"{name}: {value}\r\n") for name, value in defaults.items()
        )
        self._drained_bytes = drained_bytes
        self._loop = asyncio.get_running_loop()
        self._lines: dict[Line, _Resting] = {}
        """All that are here, under way or at rest."""
        self._many = session.connector.limit // 2
        self._asking = 0
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._hosts: WeakValueDictionary[ConnectionKey, _Resting] = WeakValueDictionary()
        self._target = lru_cache(maxsize=_TARGETS_KEPT)(self._make_target)
        self._missing = lru_cache(maxsize=64)(self._make_missing)

    def close(self) -> None:
        """Give back what rests, and from now on whatever ends."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        for resting in self._at_rest():
            self._clear(resting)

    @contextmanager
    def aside(self, method: str, url: URL) -> Iterator[None]:
        """The whole client makes a call to this host meanwhile, and may want its connections."""
        resting = self._target(method, url).resting
        self._clear(resting)
        with self._asks(resting):
            yield

    async def call(self, call: OutgoingCall, url: URL, limits: aiohttp.ClientTimeout) -> Answer:
        """Send it and read the answer. Raises what the client would."""
        target = self._target(call.method, url)
        deadline = self._loop.time() + call.timeout_seconds
        line = self._at_hand(target.resting) or await self._connect(target, limits)
        limit = call.body_limit_bytes
        try:
            return await line.ask(
                self._written(target, call),
                keeps=limit,
                stops=max(limit, self._drained_bytes),
                deadline=deadline,
            )
        finally:
            self._rest(line, target.resting)

    def _at_hand(self, resting: _Resting) -> Line | None:
        while resting.lines:
            line = resting.lines.pop()
            if line.is_open:
                return line
            self._give_back(line)
        return None

    async def _connect(self, target: _Target, limits: aiohttp.ClientTimeout) -> Line:
        with self._asks(target.resting):
            while True:
                try:
                    connection = await self._connector.connect(target.request, [], limits)
                except TimeoutError as error:
                    raise aiohttp.ConnectionTimeoutError("no connection in time") from error
                if connection.protocol is not None and not connection.protocol.should_close:
                    break
                connection.close()  # what came while nobody had asked must not answer the next question
        line = Line(connection, self._loop)
        self._lines[line] = target.resting
        if self._timer is None:
            self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)
        return line

    @contextmanager
    def _asks(self, resting: _Resting) -> Iterator[None]:
        resting.asking += 1
        self._asking += 1
        if len(self._lines) >= self._many:  # what rests elsewhere may be what the pool is short of
            for each in self._at_rest():
                self._clear(each)
        try:
            yield
        finally:
            resting.asking -= 1
            self._asking -= 1

    def _rest(self, line: Line, resting: _Resting) -> None:
        """Keep it at hand, unless it is of no more use or somebody may be waiting for it."""
        crowded = resting.asking or (self._asking and len(self._lines) >= self._many)
        if not line.fit or crowded or self._is_closed:
            self._give_back(line)
            return
        line.rested = self._turn
        resting.lines.append(line)

    def _give_back(self, line: Line) -> None:
        del self._lines[line]
        line.give_back()

    def _clear(self, resting: _Resting) -> None:
        lines, resting.lines = resting.lines, []
        for line in lines:
            self._give_back(line)

    def _at_rest(self) -> list[_Resting]:
        """Hosts to which connections are at hand."""
        return list({id(each): each for each in self._lines.values() if each.lines}.values())

    def _look(self) -> None:
        """Cut exchanges that take too long, and give back what has not been used since the last look."""
        now = self._loop.time()
        for line in list(self._lines):
            if line.deadline <= now:
                line.cut()
        for resting in self._at_rest():
            fresh = [line for line in resting.lines if line.rested == self._turn]
            stale = [line for line in resting.lines if line.rested != self._turn]
            resting.lines = fresh
            for line in stale:
                self._give_back(line)
        self._turn += 1
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look) if self._lines else None

    def _make_target(self, method: str, url: URL) -> _Target:
        request = aiohttp.ClientRequest(
            method, url, session=self._session, loop=asyncio.get_running_loop()
        )
        if not _PATH.fullmatch(url.raw_path_qs):
            raise aiohttp.InvalidURL(url)
        head = f"{method} {url.raw_path_qs} HTTP/1.1\r\nHost: {request.headers['Host']}\r\n"
        if "Authorization" in request.headers:
            head += f"Authorization: {request.headers['Authorization']}\r\n"
        resting = self._hosts.setdefault(request.connection_key, _Resting())
        return _Target(request, head, resting)

    def _written(self, target: _Target, call: OutgoingCall) -> bytes:
        head = target.head + self._missing(tuple(call.headers))
        for name, value in call.headers.items():
            head += f"{name}: {value}\r\n"
        return f"{head}Content-Length: {len(call.body)}\r\n\r\n".encode() + call.body

    def _make_missing(self, names: tuple[str, ...]) -> str:
        """The lines of headers that are not given."""
        given = {name.lower() for name in names}
        return "".join(line for name, line in self._defaults if name not in given)
