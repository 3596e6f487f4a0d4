"""One call over a connection of the client's pool, written and read without the rest of the client.

The pool, names, TLS and the parser of answers are aiohttp's; its requests and responses are made for
what a webhook does not need (cookies, redirects, sessions, bodies in pieces) and cost several times as
much as the exchange itself. Only for methods that the client would not send a second time by itself. It
must never write a header that was not looked at, or give back a connection whose answer is not at its end.
"""

import asyncio
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from aiohttp.streams import StreamReader
from yarl import URL

from heliograph.transport._calls import OutgoingCall

__all__ = ["Answer", "Direct"]

_TARGETS_KEPT: Final = 4096
_PATH: Final = re.compile(r"[!-~]+")
_SWITCHED: Final = 101
_FINAL: Final = 200
_LOOK_SECONDS: Final = 0.1
"""How late a timeout may be noticed: a timer for each call costs as much as sending it."""


class Answer(NamedTuple):
    """What came back. The body is cut off at the call's limit."""

    status: int
    headers: Any
    body: bytes
    is_truncated: bool
    broken: BaseException | None
    """Why the body is not at its end."""


class _Target(NamedTuple):
    request: aiohttp.ClientRequest
    """Says where to connect; never sent."""
    head: str


class _Head(NamedTuple):
    status: int
    headers: Any
    payload: StreamReader


class _Limited:
    """Cuts the connections of exchanges that take too long; one timer looks after all of them."""

    def __init__(self) -> None:
        self._under_way: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, connection: Connection, deadline: float) -> None:
        """An exchange that may last until then, by the loop's clock."""
        self._under_way[connection] = deadline
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def end(self, connection: Connection) -> bool:
        """It is over; False if that is because it was cut."""
        return self._under_way.pop(connection, None) is not None

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in [c for c, deadline in self._under_way.items() if deadline <= now]:
            del self._under_way[connection]
            if connection.transport is not None:
                connection.transport.abort()
        self._timer = loop.call_later(_LOOK_SECONDS, self._look) if self._under_way else None


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
        self._limited = _Limited()
        self._loop = asyncio.get_running_loop()
        self._target = lru_cache(maxsize=_TARGETS_KEPT)(self._make_target)
        self._missing = lru_cache(maxsize=64)(self._make_missing)

    def _make_target(self, method: str, url: URL) -> _Target:
        request = aiohttp.ClientRequest(
            method, url, session=self._session, loop=asyncio.get_running_loop()
        )
        if not _PATH.fullmatch(url.raw_path_qs):
            raise aiohttp.InvalidURL(url)
        head = f"{method} {url.raw_path_qs} HTTP/1.1\r\nHost: {request.headers['Host']}\r\n"
        if "Authorization" in request.headers:
            head += f"Authorization: {request.headers['Authorization']}\r\n"
        return _Target(request, head)

    async def call(self, call: OutgoingCall, url: URL, limits: aiohttp.ClientTimeout) -> Answer:
        """Send it and read the answer. Raises what the client would."""
        target = self._target(call.method, url)
        heads: list[_Head] = []
        deadline = self._loop.time() + call.timeout_seconds
        try:
            connection = await self._connect(target, limits)
            return await self._within(deadline, connection, target, call, heads)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            if not heads:
                raise
            return Answer(heads[0].status, heads[0].headers, b"", is_truncated=False, broken=error)

    async def _within(
        self,
        deadline: float,
        connection: Connection,
        target: _Target,
        call: OutgoingCall,
        heads: list[_Head],
    ) -> Answer:
        self._limited.begin(connection, deadline)
        try:
            answer = await self._exchange(connection, target, call, heads)
        except BaseException as fault:
            connection.close()
            if not self._limited.end(connection) and isinstance(fault, Exception):
                raise TimeoutError("no answer in time") from fault
            raise
        self._limited.end(connection)
        return answer

    async def _connect(self, target: _Target, limits: aiohttp.ClientTimeout) -> Connection:
        while True:
            try:
                connection = await self._connector.connect(target.request, [], limits)
            except TimeoutError as error:
                raise aiohttp.ConnectionTimeoutError("no connection in time") from error
            if connection.protocol is not None and not connection.protocol.should_close:
                return connection
            connection.close()  # what came while nobody had asked must not answer the next question

    async def _exchange(
        self, connection: Connection, target: _Target, call: OutgoingCall, heads: list[_Head]
    ) -> Answer:
        """`heads` gets the head of the answer as soon as it is there."""
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:
            raise aiohttp.ServerDisconnectedError
        protocol.set_response_params(read_until_eof=True, auto_decompress=False)
        transport.write(self._written(target, call))
        head = await _begun(protocol, target)
        heads.append(head)
        body, is_truncated = b"", False
        if head.status != _SWITCHED:  # nobody asked for another protocol, and it would have no end
            body, is_truncated = await self._read(head.payload, call.body_limit_bytes)
        if head.payload.is_eof() and not transport.get_write_buffer_size():
            connection.release()
        else:
            connection.close()
        return Answer(head.status, head.headers, body, is_truncated, None)

    def _written(self, target: _Target, call: OutgoingCall) -> bytes:
        head = target.head + self._missing(tuple(call.headers))
        for name, value in call.headers.items():
            head += f"{name}: {value}\r\n"
        return f"{head}Content-Length: {len(call.body)}\r\n\r\n".encode() + call.body

    def _make_missing(self, names: tuple[str, ...]) -> str:
        """The lines of headers that are not given."""
        given = {name.lower() for name in names}
        return "".join(line for name, line in self._defaults if name not in given)

    async def _read(self, payload: StreamReader, limit_bytes: int) -> tuple[bytes, bool]:
        """The first `limit_bytes` of the body and whether there were more."""
        received = bytearray()
        stop_bytes = max(limit_bytes, self._drained_bytes)
        while not payload.at_eof():
            received += await payload.readany()
            if len(received) > stop_bytes:
                break
        return bytes(received[:limit_bytes]), len(received) > limit_bytes


async def _begun(protocol: ResponseHandler, target: _Target) -> _Head:
    """The head of the answer, after what is only said on the way (1xx)."""
    while True:
        try:
            message, payload = await protocol.read()
        except HttpProcessingError as error:
            raise aiohttp.ClientResponseError(
                target.request.request_info,
                (),
                status=error.code,
                message=error.message,
                headers=error.headers,
            ) from error
        if message.code >= _FINAL or message.code == _SWITCHED:
            return _Head(message.code, message.headers, payload)
