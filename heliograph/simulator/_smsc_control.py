"""A few lines of HTTP to steer a simulated SMSC that runs in a process of its own.

Enough for curl and for tests: one request per connection, JSON both ways, loopback by default and without
credentials. It must never grow into a web server, nor listen where somebody else could reach it unless
it is told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec

from heliograph.simulator.faults import Act, read_faults
from heliograph.simulator.smsc import Smsc

_MOST_OCTETS: Final = 1 << 20
_PATIENCE_SECONDS: Final = 10.0


class _Acts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next ones of an act's stage go wrong."""

    act: Act
    times: int = 1


class _Inbound(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """A message from a handset to a number."""

    sender: str
    to: str
    text: str


class Control:
    """Steers one SMSC. `start`, then `stop`."""

    def __init__(self, smsc: Smsc, host: str, port: int) -> None:
        self._smsc = smsc
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._routes: dict[tuple[str, str], Callable[[str, bytes], object]] = {
            ("GET", "faults"): lambda _, __: smsc.faults,
            ("POST", "faults"): self._configure,
            ("POST", "acts"): self._provoke,
            ("POST", "inbound"): self._utter,
            ("POST", "disconnect"): self._disconnect,
            ("GET", "handsets"): lambda msisdn, _: smsc.network.handsets.of(msisdn),
        }

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises OSError."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self._port, limit=_MOST_OCTETS
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more. Idempotent."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                status, answer = self._answer(*await _read(reader))
                body = msgspec.json.encode(answer)
                head = (
                    f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                )
                writer.write(head.encode() + body)
                await writer.drain()
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # no HTTP, or nobody there any more: nobody to tell
        finally:
            writer.close()

    def _answer(self, method: str, target: str, body: bytes) -> tuple[HTTPStatus, object]:
        name, _, rest = target.split("?")[0].strip("/").partition("/")
        act = self._routes.get((method, name))
        if act is None:
            known = [f"{verb} /{path}" for verb, path in self._routes]
            return HTTPStatus.NOT_FOUND, {"known": known}
        try:
            return HTTPStatus.OK, act(rest, body)
        except ValueError as error:
            return HTTPStatus.BAD_REQUEST, {"error": str(error)}

    def _configure(self, _: str, body: bytes) -> object:
        self._smsc.configure(read_faults(body))
        return self._smsc.faults

    def _provoke(self, _: str, body: bytes) -> object:
        wanted = msgspec.json.decode(body, type=_Acts)
        self._smsc.provoke(wanted.act, wanted.times)
        return wanted

    def _utter(self, _: str, body: bytes) -> object:
        wanted = msgspec.json.decode(body, type=_Inbound)
        return {"kept": self._smsc.send_inbound(wanted.sender, wanted.to, wanted.text)}

    def _disconnect(self, _: str, __: bytes) -> object:
        self._smsc.disconnect()
        return {"bound": self._smsc.bound}


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Method, target and body. Raises ValueError or EOFError for what is no request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    fields: dict[str, str] = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    length = int(fields.get("content-length", "0"))
    if not 0 <= length <= _MOST_OCTETS:
        raise ValueError("the body is too long")
    return method, target, await reader.readexactly(length)
