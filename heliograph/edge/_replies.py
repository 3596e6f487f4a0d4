"""A room's reply as ASGI sends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Final

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE

from heliograph.dialects._shape import HttpReply
from heliograph.edge._asgi import Headers, Receive, Send, send_reply

_NO_BODY: Final = frozenset({204, 304})


def rendered(reply: HttpReply, first_lines: bytes, *, closing: bool) -> bytes:
    """A reply without pieces as HTTP/1.1, octet for octet what the server makes of it; `first_lines` are the
    server's own headers."""
    lines = [_line(_lower(name), value) for name, value in reply.headers]
    if reply.status in _NO_BODY:
        end = "connection: close\r\n\r\n" if closing else "\r\n"
        body = b""
    else:
        body = reply.body
        lines.append(_content_type(reply.content_type))
        end = f"content-length: {len(body)}\r\n"
        end += "connection: close\r\n\r\n" if closing else "\r\n"
    lines.append(end)
    return b"".join(
        (STATUS_LINE[reply.status], first_lines, "".join(lines).encode("latin-1"), body)
    )


@lru_cache(maxsize=256)
def _lower(name: str) -> str:
    if HEADER_RE.search(name.encode("latin-1")):
        raise RuntimeError("Invalid HTTP header name.")
    return name.lower()


@lru_cache(maxsize=64)
def _content_type(value: str) -> str:
    return _line("content-type", value)


def _line(name: str, value: str) -> str:
    """Raises RuntimeError for what is no header: an answer must not be cut in two by what is in it."""
    if not value.isprintable() and HEADER_VALUE_RE.search(value.encode("latin-1")):
        raise RuntimeError("Invalid HTTP header value.")
    return f"{name}: {value}\r\n"


async def send_whole(
    send: Send,
    reply: HttpReply,
    more: Sequence[tuple[bytes, bytes]] = (),
    *,
    receive: Receive | None = None,
    head: bool = False,
) -> None:
    """Send it, with more headers behind its own. With `receive` the making of pieces ends when the caller
    is gone; for `head` none is made."""
    headers: Headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers
    ]
    headers += more
    if reply.status not in _NO_BODY:
        headers.append((b"content-type", reply.content_type.encode("latin-1")))
        if reply.pieces is None:
            headers.append((b"content-length", b"%d" % len(reply.body)))
    if reply.pieces is None:
        await send_reply(send, reply.status, headers, reply.body)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    gone = None if receive is None else asyncio.create_task(_gone(receive))
    try:
        await _send_pieces(send, reply.body, _none() if head else reply.pieces, gone)
    finally:
        if gone is not None:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)


async def _send_pieces(
    send: Send, body: bytes, pieces: AsyncIterator[bytes], gone: asyncio.Task[None] | None
) -> None:
    """What fails on the way breaks the connection: the caller must not take a part for the whole."""
    part = {"type": "http.response.body", "more_body": True}
    await send(part | {"body": body})
    try:
        async for piece in pieces:
            if gone is not None and gone.done():
                return
            if piece:
                await send(part | {"body": piece})
    finally:
        close = getattr(pieces, "aclose", None)  # a generator has it, a bare iterator may not
        if close is not None:
            await close()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _none() -> AsyncIterator[bytes]:
    """No pieces."""
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
