"""Load on the whole product: HTTP in, simulated carrier, receipts, signed webhooks out.

    python -m benchmarks.load singles --count 20000 --connections 1000
    python -m benchmarks.load bulk --count 100000

Starts Heliograph with its embedded database (fsync on) in a directory of its own, a webhook receiver
and the load in this process, and prints what was measured. CPU is that of Heliograph and PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import cast

import aiohttp
import uvloop

from benchmarks._processes import cpu_seconds, resident_mib, tree
from benchmarks._server import QUICK_SIMULATOR, start_server


class Receiver(asyncio.Protocol):
    """Answers every webhook with 204 and counts them; it understands just enough HTTP for that."""

    seen = 0
    last = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].lower()
            at = head.index(b"content-length:") + 15
            length = int(head[at : (head.find(b"\r\n", at) + 1 or len(head) + 1) - 1])
            if len(self._waiting) < end + 4 + length:
                return
            self._waiting = self._waiting[end + 4 + length :]
            Receiver.seen += 1
            Receiver.last = perf_counter()
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@dataclass(slots=True)
class Tally:
    """What the clients saw."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0


class Client(asyncio.Protocol):
    """One connection that submits again and again, each time after the answer."""

    def __init__(self, head: bytes, numbers: Sequence[int], tally: Tally) -> None:
        self._head = head
        self._numbers = iter(numbers)
        self._tally = tally
        self._answer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def _next(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            self._transport.close()
            self.done.set_result(None)
            return
        body = b'{"from":"Heliograph","to":"88017%08d","text":"Your code is %06d"}' % (
            number,
            number % 1_000_000,
        )
        self._since = perf_counter()
        self._transport.write(self._head % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._answer[:end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at : (head.find(b"\r\n", at) + 1 or len(head) + 1) - 1])
        if len(self._answer) < end + 4 + length:
            return
        self._tally.latencies.append(perf_counter() - self._since)
        if not self._answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 202")):
            self._tally.refused += 1
        self._answer = self._answer[end + 4 + length :]
        self._next()


async def _webhook(session: aiohttp.ClientSession) -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with session.post("/v1/endpoints", json={"url": f"http://127.0.0.1:{port}/"}) as answer:
        assert answer.status < 300, await answer.text()


def _numbers(count: int) -> list[int]:
    return [11_000_000 + (7919 * n) % 80_000_000 for n in range(count)]


async def _singles(base: str, key: str, count: int, connections: int) -> Tally:
    host, port = base.removeprefix("http://").split(":")
    head = (
        f"POST /v1/messages HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    ).encode()
    tally, numbers = Tally(), _numbers(count)
    clients = []
    for place in range(connections):
        _, client = await asyncio.get_running_loop().create_connection(
            lambda place=place: Client(head, numbers[place::connections], tally), host, int(port)
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    return tally


async def _bulk(session: aiohttp.ClientSession, count: int) -> Tally:
    lines = b"".join(
        b'{"from":"Heliograph","to":"88017%08d","text":"Hello number %d"}\n' % (number, number)
        for number in _numbers(count)
    )
    since, tally = perf_counter(), Tally()
    headers = {"content-type": "application/x-ndjson"}
    async with session.post("/v1/messages/bulk", data=lines, headers=headers) as answer:
        body = await answer.text()
        assert answer.status < 300, body
        print(f"  answer: {body[:200]}")
    tally.latencies.append(perf_counter() - since)
    return tally


async def _until_told(count: int, since: float, limit_seconds: float) -> None:
    while Receiver.seen < count and perf_counter() - since < limit_seconds:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def run(what: str, count: int, connections: int) -> None:
    with tempfile.TemporaryDirectory(prefix="heliograph-load-") as folder:
        server = await start_server(
            Path(folder) / "data", "--log-level", "warning",
            simulator=f"{QUICK_SIMULATOR},wire=none",
        )  # fmt: skip
        process, base, key = (
            server.process,
            server.known["base_url"],
            server.known["native"]["api_key"],
        )
        try:
            async with server.session() as session:
                await _webhook(session)
                pids = tree(process.pid)
                cpu, since = cpu_seconds(pids), perf_counter()
                if what == "singles":
                    tally = await _singles(base, key, count, connections)
                else:
                    tally = await _bulk(session, count)
                accepted_in = perf_counter() - since
                await _until_told(count, since, 120)
                total = Receiver.last - since
                used = cpu_seconds(tree(process.pid)) - cpu
                python = cpu_seconds([process.pid])
                _print(what, count, tally, accepted_in=accepted_in, total=total, used=used)
                print(f"  of this, Python since its start: {python:.1f} CPU s")
                print(f"  resident memory, peak: {resident_mib(process.pid):.0f} MiB")
        finally:
            await server.stop()


def _print(
    what: str, count: int, tally: Tally, *, accepted_in: float, total: float, used: float
) -> None:
    ordered = sorted(tally.latencies)

    def at(share: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    print(f"{what}: {count} messages, {tally.refused} refused, {Receiver.seen} webhooks received")
    print(f"  accepted {count / accepted_in:.0f}/s; p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms")
    print(f"  accept to webhook, all of them: {count / total:.0f}/s ({total:.2f} s)")
    print(f"  CPU {1000 * used / count:.3f} s per 1,000 messages, PostgreSQL included")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=("singles", "bulk"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=1000)
    given = parser.parse_args()
    uvloop.run(run(given.what, given.count, given.connections))


if __name__ == "__main__":
    main()
