"""A connection in use: requests written to it, one at a time, and answers read from it by httptools.

Its connection comes from aiohttp's pool and goes back there. It must never take what came while nobody
asked for an answer, nor call a connection fit for more whose answer is not at its end.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any, Final, NamedTuple, Protocol

import aiohttp
import httptools
from aiohttp.connector import Connection

from heliograph.transport._failures import NotHttp

__all__ = ["RESULT_HEADERS", "Answer", "Line"]

RESULT_HEADERS: Final = ("retry-after", "content-type", "location")
_WANTED: Final = {name.encode(): name for name in RESULT_HEADERS}
_HEADER_BYTES_MAX: Final = 8190
_HEADERS_MAX: Final = 128
_UNHEARD_BYTES_MAX: Final = 16_384
"""What may come without a header or a piece of a body being complete in it."""
_SWITCHED: Final = 101
_FINAL: Final = 200


class Answer(NamedTuple):
    """What came back. The body is cut off at the call's limit."""

    status: int
    headers: dict[str, str]
    """Those that a `CallResult` tells of, by lower-case names."""
    body: bytes
    is_truncated: bool
    broken: BaseException | None
    """Why the body is not at its end."""


class _Peer(Protocol):
    """The protocol that the pool gave the connection."""

    def connection_lost(self, exc: Exception | None, /) -> None: ...


class Line(asyncio.Protocol):
    """Takes over the connection until it is given back."""

    __slots__ = (
        "_asked", "_body", "_connection", "_count", "_framed", "_handler", "_headers", "_keeps",
        "_loop", "_parser", "_status", "_stops", "_transport", "_unheard", "_whole", "deadline",
        "fit", "rested",
    )  # fmt: skip

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        if connection.protocol is None or connection.transport is None:
            raise aiohttp.ServerDisconnectedError
        self._connection = connection
        self._handler: _Peer | None = connection.protocol
        self._transport = connection.transport
        self._loop = loop
        self._asked: asyncio.Future[Answer] | None = None
        self._parser: Any = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(  # what the client allows its peers, too
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self.fit = True
        """For another request."""
        self.rested = 0
        self.deadline = inf
        self._transport.set_protocol(self)

    async def ask(self, request: bytes, *, keeps: int, stops: int, deadline: float) -> Answer:
        """Write the request and wait for the answer, of whose body the first `keeps` bytes are wanted and
        no more than `stops` are read. Raises what the client would."""
        self._begin_head()
        self._status = 0
        self._body: bytes | bytearray = b""
        self._keeps, self._stops = keeps, stops
        self._whole = False
        self._unheard = 0
        self.deadline = deadline
        asked: asyncio.Future[Answer] = self._loop.create_future()
        self._asked = asked
        self._transport.write(request)
        try:
            return await asked
        finally:
            self._asked = None
            self.deadline = inf
            self.fit = self.fit and self._whole and not self._transport.get_write_buffer_size()

    @property
    def is_open(self) -> bool:
        """Whether it can be asked now."""
        return self.fit and not self._transport.is_closing()

    def break_off(self, why: BaseException) -> None:
        """The exchange has failed, if one is under way; the connection is of no more use."""
        self.fit = False
        asked = self._asked
        if asked is None or asked.done():
            return
        if self._status:
            asked.set_result(Answer(self._status, self._headers, b"", False, why))
        else:
            asked.set_exception(why)

    def cut(self) -> None:
        """It took too long."""
        self.break_off(TimeoutError("no answer in time"))
        self._transport.abort()

    def give_back(self) -> None:
        """The connection is the pool's again, or closed if it is not fit for more."""
        handler, self._handler = self._handler, None
        if handler is None:
            self._connection.close()
            return
        self._transport.set_protocol(handler)  # type: ignore[arg-type]
        self._parser = None
        if self.fit and not self._transport.is_closing():
            self._connection.release()
        else:
            self._connection.close()

    # What the transport says.

    def data_received(self, data: bytes) -> None:
        """More of the answer, or what nobody asked for."""
        if self._asked is None or self._asked.done():
            self.fit = False
            return
        self._unheard += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.fit = False
        except httptools.HttpParserError:
            self.break_off(NotHttp("not HTTP"))
        if self._unheard > _UNHEARD_BYTES_MAX:
            self.break_off(NotHttp("a header without end"))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, which for a body without a length is its end."""
        handler, self._handler = self._handler, None
        self.fit = False
        self._parser = None
        asked = self._asked
        if asked is not None and not asked.done():
            if exc is None and self._status and not self._framed:
                self._end()
            elif isinstance(exc, OSError):
                self.break_off(aiohttp.ClientOSError(*exc.args))
            else:
                self.break_off(aiohttp.ServerDisconnectedError())
        if handler is not None:
            handler.connection_lost(exc)

    # What the parser says.

    def on_message_begin(self) -> None:
        """An answer, or one too many."""
        if self._whole:
            self.fit = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; those behind a body in chunks are counted and forgotten."""
        self._unheard = 0
        self._count += 1
        if len(name) + len(value) > _HEADER_BYTES_MAX or self._count > _HEADERS_MAX:
            raise NotHttp("too long a head")
        if b"\0" in value:
            raise NotHttp("a header with a null byte")
        if self._status:
            return
        name = name.lower()
        if name in _WANTED:
            text = value.rstrip(b" \t").decode("utf-8", "surrogateescape")
            self._headers.setdefault(_WANTED[name], text)
        elif name == b"content-length":
            self._framed = True
        elif name == b"transfer-encoding":
            self._framed = value.lower().rstrip().endswith(b"chunked")

    def on_headers_complete(self) -> None:
        """The head is whole; what is only said on the way (1xx) is passed over."""
        status = self._parser.get_status_code()
        if status < _FINAL and status != _SWITCHED:
            return
        self._status = status
        self._unheard = 0
        self.fit = self.fit and self._parser.should_keep_alive()
        if status == _SWITCHED:  # nobody asked for another protocol, and it would have no end
            self.fit = False
            self._end()

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._unheard = 0
        if not self._body:
            self._body = data
        elif isinstance(self._body, bytearray):
            self._body += data
        else:
            self._body = bytearray(self._body + data)
        if len(self._body) > self._stops:
            self.fit = False
            self._end()

    def on_message_complete(self) -> None:
        """The answer is at its end."""
        if not self._status:
            self._begin_head()
            return
        self._whole = True
        self._end()

    def _begin_head(self) -> None:
        self._headers: dict[str, str] = {}
        self._count = 0
        self._framed = False

    def _end(self) -> None:
        asked, body = self._asked, self._body
        if asked is None or asked.done():
            return
        is_truncated = len(body) > self._keeps
        asked.set_result(
            Answer(
                self._status,
                self._headers,
                bytes(body[: self._keeps]),
                is_truncated,
                None,
            )
        )
