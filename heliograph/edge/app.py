"""The ASGI application: finds whose language a request is in and brings it to the desk.

A bare callable, because everything between the socket and the codec is paid for by every message.
Failures end here: they are logged once, with the request's id, and answered in the caller's own
dialect. It must never answer with a trace or with a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, NamedTuple

import msgspec
import structlog

from heliograph.dialects._shape import Dialect, HttpReply, HttpRequest
from heliograph.edge._asgi import Application, Headers, Receive, Scope, Send
from heliograph.edge._bodies import Broken, read_body, read_spool
from heliograph.edge._peers import PeerFinder, SecureFinder, peer_finder, secure_finder
from heliograph.edge._refusals import Noting, note
from heliograph.edge._replies import send_whole
from heliograph.edge._whole import Exchange, Taker
from heliograph.edge.ask import HouseDialect, Reception, Watching, ask
from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.stream import HEARTBEAT_SECONDS, stream_events
from heliograph.model.message import Happening
from heliograph.model.refusal import Refusal, Refused

__all__ = ["HttpApp"]

_log: Final = structlog.get_logger("heliograph.edge")
_GONE_STATUS: Final = 499  # what nginx logs for a caller that did not wait
_CLOSE: Final = (b"connection", b"close")
_BROKEN: Final = {
    Broken.TOO_LARGE: Refused(refusal=Refusal.TOO_LARGE),
    Broken.TOO_SLOW: Refused(refusal=Refusal.MALFORMED, detail="The body did not arrive in time."),
}
_FAILED: Final = Refused(refusal=Refusal.INTERNAL)
_LONGEST_KNOWN: Final = 64
_MOST_KNOWN: Final = 256
"""Paths that are remembered, and how long they may be."""


class HttpApp:
    """Dialects in front, pages (health, docs, console) behind; `closing` ends the streams."""

    def __init__(
        self,
        *,
        dialects: Sequence[Dialect],
        desk: Reception,
        pages: Application,
        next_id: Callable[[], int],
        metrics: RequestMetrics,
        trusted_networks: Sequence[str] = (),
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        noting: Noting | None = None,
    ) -> None:
        """`noting` is told of every request that is refused."""
        self.closing = asyncio.Event()
        self._pages = pages
        peer, secure = peer_finder(trusted_networks), secure_finder(trusted_networks)
        self._rooms = tuple(
            _Room(
                dialect=each,
                desk=desk,
                next_id=next_id,
                metrics=metrics,
                peer=peer,
                secure=secure,
                closing=self.closing,
                heartbeat_seconds=heartbeat_seconds,
                noting=noting,
            )
            for each in dialects
        )
        self._takers: dict[tuple[str, str], Taker | None] = {}

    def taker(self, method: str, path: str) -> Taker | None:
        """Who takes such requests whole: the dialect whose path it is, but for what it wants as a file."""
        known = self._takers.get((method, path), self)
        if known is not self:
            return known  # type: ignore[return-value]
        room = next((each for each in self._rooms if each.dialect.owns(path)), None)
        taker = None if room is None else room.taker(method, path)
        if len(path) <= _LONGEST_KNOWN:
            if len(self._takers) >= _MOST_KNOWN:
                self._takers.clear()
            self._takers[method, path] = taker
        return taker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope["raw_path"].decode("latin-1")
        for room in self._rooms:
            if room.dialect.owns(path):
                await room.serve(path, scope, receive, send)
                return
        await self._pages(scope, receive, send)


class _Head(NamedTuple):
    """What stands before a body, as `Exchange` has it."""

    method: str
    path: str
    query: str
    headers: Headers
    client: tuple[str, int] | None
    scheme: str


def _head_of(method: str, path: str, scope: Scope) -> _Head:
    return _Head(
        method,
        path,
        scope["query_string"].decode("latin-1"),
        scope["headers"],
        scope["client"],
        scope.get("scheme", "http"),
    )


class _Room:
    """One dialect at the door."""

    def __init__(
        self,
        *,
        dialect: Dialect,
        desk: Reception,
        next_id: Callable[[], int],
        metrics: RequestMetrics,
        peer: PeerFinder,
        secure: SecureFinder,
        closing: asyncio.Event,
        heartbeat_seconds: float,
        noting: Noting | None,
    ) -> None:
        self.dialect = dialect
        self._house = dialect if isinstance(dialect, HouseDialect) else None
        self._desk = desk
        self._next_id = next_id
        self._metrics = metrics
        self._peer = peer
        self._secure = secure
        self._closing = closing
        self._heartbeat_seconds = heartbeat_seconds
        self._noting = noting

    async def serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """One request of this dialect."""
        started_at = perf_counter()
        method: str = scope["method"]
        if method == "HEAD" and self._house is not None:
            method = (
                "GET"  # the server leaves the body out; at vendors' doors a GET may send a message
            )
        limit_bytes = self.dialect.body_limit(method, path)
        status = _GONE_STATUS
        try:
            if self.dialect.spools(method, path):
                request = self._request(_head_of(method, path, scope), b"")
                status = await self._answer_spooled(request, limit_bytes, receive, send)
            else:
                body = await read_body(receive, limit_bytes)
                whole = body if isinstance(body, bytes) else b""
                request = self._request(_head_of(method, path, scope), whole)
                if isinstance(body, Broken):
                    status = await self._refuse(request, body, send)
                else:
                    head = scope["method"] == "HEAD"
                    status = await self._answer(request, receive, send, head=head)
        finally:
            label = self.dialect.label(method, path)
            self._metrics.observe(self.dialect.name, label, status, perf_counter() - started_at)

    def taker(self, method: str, path: str) -> Taker | None:
        """Who answers such a request when it comes whole; it is `serve` without the round through ASGI."""
        if self.dialect.spools(method, path):
            return None
        limit_bytes = self.dialect.body_limit(method, path)
        label = self.dialect.label(method, path)

        async def take(exchange: Exchange) -> None:
            started_at = perf_counter()
            status = _GONE_STATUS
            try:
                if exchange.disconnected:
                    return
                status = await self._take(exchange, limit_bytes)
            finally:
                self._metrics.observe(self.dialect.name, label, status, perf_counter() - started_at)

        return take

    async def _take(self, exchange: Exchange, limit_bytes: int) -> int:
        fits = len(exchange.body) <= limit_bytes
        request = self._request(exchange, exchange.body if fits else b"")
        if not fits:
            reply = self._no(request, Broken.TOO_LARGE)
            await exchange.answer(reply, close=True)
            return reply.status
        answer = await self._reply(request)
        if isinstance(answer, HttpReply) and answer.pieces is None:
            await exchange.answer(answer)
            return answer.status

        async def rest(scope: Scope, receive: Receive, send: Send) -> None:
            await self._send(request, answer, receive, send)

        await exchange.generally(rest)
        return answer.status if isinstance(answer, HttpReply) else 200

    async def _answer_spooled(
        self, request: HttpRequest, limit_bytes: int, receive: Receive, send: Send
    ) -> int:
        spool = await read_spool(receive, limit_bytes)
        if isinstance(spool, Broken):
            return await self._refuse(request, spool, send)
        with spool:
            spooled = msgspec.structs.replace(request, spool=spool)
            return await self._answer(spooled, receive, send)

    def _request(self, head: Exchange | _Head, body: bytes) -> HttpRequest:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        address = head.client[0] if head.client else ""
        began = perf_counter()
        return HttpRequest(
            method=head.method,
            path=head.path,
            query=head.query,
            headers=headers,
            body=body,
            peer=self._peer(address, headers),
            id=self._next_id(),
            secure=self._secure(head.scheme, address, headers),
            elapsed=lambda: perf_counter() - began,
        )

    async def _refuse(self, request: HttpRequest, broken: Broken, send: Send) -> int:
        """The body did not come; the caller may be gone as well."""
        if broken is Broken.GONE:
            return _GONE_STATUS
        reply = self._no(request, broken)
        await send_whole(send, reply, (_CLOSE,))
        return reply.status

    def _no(self, request: HttpRequest, broken: Broken) -> HttpReply:
        reply = self.dialect.refuse(request, _BROKEN[broken])
        return note(self._noting, self.dialect, request, reply, reply.claim)

    async def _answer(
        self, request: HttpRequest, receive: Receive, send: Send, *, head: bool = False
    ) -> int:
        """Replies and says with which status."""
        return await self._send(request, await self._reply(request), receive, send, head=head)

    async def _reply(self, request: HttpRequest) -> HttpReply | Watching:
        try:
            return await ask(self._desk, self.dialect, request, self._house, self._noting)
        except Exception:  # noqa: BLE001 (the top of the door)
            _log.exception("request failed", **self._names(request))
            answer = self.dialect.refuse(request, _FAILED)
            return note(self._noting, self.dialect, request, answer, answer.claim)

    async def _send(
        self,
        request: HttpRequest,
        answer: HttpReply | Watching,
        receive: Receive,
        send: Send,
        *,
        head: bool = False,
    ) -> int:
        if isinstance(answer, HttpReply):
            await send_whole(send, answer, receive=receive, head=head)
            return answer.status
        await self._stream(request, answer, receive, send)
        return 200

    async def _stream(
        self, request: HttpRequest, watching: Watching, receive: Receive, send: Send
    ) -> None:
        house, principal = watching.house, watching.principal

        def write(happening: Happening) -> bytes:
            return house.write_event(happening, principal.key)

        with self._metrics.streams.track_inprogress():
            try:
                await stream_events(
                    happenings=self._desk.watch(principal, watching.command),
                    write=write,
                    receive=receive,
                    send=send,
                    closing=self._closing,
                    heartbeat_seconds=self._heartbeat_seconds,
                )
            except Exception:  # noqa: BLE001 (the top of the door; the server breaks the stream)
                _log.exception("stream failed", **self._names(request))

    def _names(self, request: HttpRequest) -> dict[str, str]:
        """What names a request in the log; never its content."""
        label = self.dialect.label(request.method, request.path)
        return {"request": f"{request.id:x}", "dialect": self.dialect.name, "endpoint": label}
