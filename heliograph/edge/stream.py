"""Streams events to one caller as server-sent events, until it goes or the door closes.

A comment goes out every 15 seconds, so that proxies keep the connection and a dead one is noticed.
The stream holds one event at a time; what it misses while broken the caller asks for by its last id.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from heliograph.edge._asgi import Headers, Receive, Send
from heliograph.model.message import Happening

__all__ = ["HEARTBEAT_SECONDS", "stream_events"]

HEARTBEAT_SECONDS: Final = 15.0
_HEADERS: Final[Headers] = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]
_HEARTBEAT: Final = b": still here\n\n"
_HELLO: Final = b"retry: 2000\n\n"


async def stream_events(
    *,
    happenings: AsyncIterator[Happening],
    write: Callable[[Happening], bytes],
    receive: Receive,
    send: Send,
    closing: asyncio.Event,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> None:
    """Sends each event as it comes; returns when the caller is gone, or soon after `closing`."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await _part(send, _HELLO)
    gone = asyncio.create_task(_gone(receive))
    shut = asyncio.create_task(closing.wait())
    coming: asyncio.Task[Happening | None] | None = None
    try:
        while not (gone.done() or shut.done()):
            coming = coming or asyncio.create_task(_next(happenings))
            await asyncio.wait(
                (coming, gone, shut),
                timeout=heartbeat_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not coming.done():
                if not (gone.done() or shut.done()):
                    await _part(send, _HEARTBEAT)
                continue
            happening, coming = coming.result(), None
            if happening is None:
                break
            await _part(send, write(happening))
    finally:
        await _still(coming, gone, shut)
        await _close(happenings)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _next(happenings: AsyncIterator[Happening]) -> Happening | None:
    return await anext(happenings, None)


async def _part(send: Send, octets: bytes) -> None:
    await send({"type": "http.response.body", "body": octets, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _still(*tasks: asyncio.Task[Any] | None) -> None:
    """Every task has come to its end."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _close(happenings: AsyncIterator[Happening]) -> None:
    close = getattr(happenings, "aclose", None)  # a generator has it, a bare iterator may not
    if close is not None:
        await close()
