"""Peers on loopback sockets, well-behaved and otherwise, and a resolver that answers from a script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest

from heliograph.transport import AddressPolicy, HttpCaller, OutgoingCall

Answer = Callable[["Peer", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable["Peer"]]


@dataclass(kw_only=True)
class Peer:
    """A server on a port of its own. `requests` holds what was received, heads with their bodies."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/hook", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def receive(self, reader: asyncio.StreamReader) -> bytes:
        """One whole request; raises IncompleteReadError when the caller has gone."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        request = head + await reader.readexactly(length)
        self.requests.append(request)
        return request


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a peer: `await serve(answer)` runs `answer(peer, reader, writer)` for each connection."""
    servers: list[asyncio.Server] = []
    running: set[asyncio.Task[None]] = set()

    async def start(
        answer: Answer, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> Peer:
        peer = Peer()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer.connections += 1
            task = asyncio.current_task()
            assert task is not None
            running.add(task)
            try:
                await answer(peer, reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the caller has gone, or the test is over
            finally:
                running.discard(task)
                writer.close()

        server = await asyncio.start_server(connected, host, port, ssl=tls)
        servers.append(server)
        peer.port = server.sockets[0].getsockname()[1]
        return peer

    yield start
    for server in servers:
        server.close()
    for task in list(running):
        task.cancel()
    await asyncio.gather(*running)


def replying(reply: bytes) -> Answer:
    """An answer that sends the same bytes to every request and keeps the connection."""

    async def answer(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            await peer.receive(reader)
            writer.write(reply)
            await writer.drain()

    return answer


OK = replying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class ScriptedNames:
    """A NameResolver that answers each name from its script; the last answer is repeated."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    async def addresses_of(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        turns = self._answers.get(host)
        if not turns:
            raise OSError(f"no such name: {host}")
        return turns.pop(0) if len(turns) > 1 else turns[0]

    async def close(self) -> None:
        """Nothing is held."""


LOOPBACK = AddressPolicy(allow_private_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
async def caller() -> AsyncIterator[HttpCaller]:
    caller = HttpCaller(policy=LOOPBACK)
    await caller.start()
    yield caller
    await caller.stop()


def post(url: str, *, timeout_seconds: float = 5.0, body_limit_bytes: int = 4096) -> OutgoingCall:
    return OutgoingCall(
        method="POST",
        url=url,
        headers={"Content-Type": "application/json"},
        body=b'{"type":"message.delivered"}',
        timeout_seconds=timeout_seconds,
        body_limit_bytes=body_limit_bytes,
    )
