"""One write to the socket for the head and the body of an answer.

The server writes them one after the other, and the event loop hands each write to the kernel at once: a
system call, and a wake-up of the peer, of which half are for nothing. Here a first write waits for the
next one, at most until the loop has its turn, so a stream's head is never held back.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

__all__ = ["JoinedWrites", "joined"]


class JoinedWrites:
    """A transport in front of a transport; all but writing and closing is the latter's."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Octets of an answer, in order."""
        if self._held:
            data, self._held = self._held + data, b""
            self._transport.write(data)
        elif data:
            self._held = data
            self._loop.call_soon(self._release)

    def write_whole(self, data: bytes) -> None:
        """The same for what is no beginning: it does not wait."""
        if self._held:
            data, self._held = self._held + data, b""
        self._transport.write(data)

    def close(self) -> None:
        """Once all is written."""
        self._release()
        self._transport.close()

    def _release(self) -> None:
        if self._held:
            data, self._held = self._held, b""
            if not self._transport.is_closing():  # the caller may have gone meanwhile
                self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def joined(transport: asyncio.BaseTransport, loop: asyncio.AbstractEventLoop) -> asyncio.Transport:
    """The transport with its writes joined."""
    real = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
    return cast(asyncio.Transport, JoinedWrites(real, loop))
