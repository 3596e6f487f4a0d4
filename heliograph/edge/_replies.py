"""A room's reply as ASGI sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.dialects._shape import HttpReply
from heliograph.edge._asgi import Headers, Send, send_reply

_NO_BODY: Final = frozenset({204, 304})


async def send_whole(
    send: Send, reply: HttpReply, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send it, with more headers behind its own."""
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
    else:
        await _send_pieces(send, reply, headers)


async def _send_pieces(send: Send, reply: HttpReply, headers: Headers) -> None:
    """What fails on the way breaks the connection: the caller must not take a part for the whole."""
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    part = {"type": "http.response.body", "more_body": True}
    await send(part | {"body": reply.body})
    if reply.pieces is not None:
        async for piece in reply.pieces:
            await send(part | {"body": piece})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
