"""How fast short links are followed: a real server, real connections, clicks counted as always.

Run as `python -m benchmarks.redirects [--requests 20000] [--connections 16] [--codes 2000]`. Heliograph
runs as a user would start it, with its embedded database; messages with a smart link are sent first,
and the kept texts tell the codes. The loads: every code in turn (a broadcast's recipients; each code
is looked up once) and one code by all (a storm), by one connection and by many, each as fast as the
replies come; then every code in turn at a steady 2,000 a second. The clients are in this process and
share the machine's cores with the server, so the waits are theirs too; the server's CPU time is told
apart. Afterwards every click must have been counted. It must never be quoted without the machine it
ran on.
"""

import argparse
import asyncio
import itertools
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import uvloop

from benchmarks._server import Server, start_server

_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
)
_BULK = 1_000
PER_SECOND = 2_000
"""What a door must survive."""


def cpu_seconds(server: Server) -> float:
    """User and system time of the server's process."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def send(session: aiohttp.ClientSession, count: int) -> tuple[str, list[str]]:
    """Messages with a smart link; its id and the paths of the short links."""
    link = {"name": "sale", "url": "https://shop.example/sale"}
    async with session.post("/v1/links", json=link) as answer:
        assert answer.status == 201, await answer.text()
        link_id = (await answer.json())["id"]
    text = f"{{{{link_{link_id.removeprefix('lnk_')}}}}}"
    ids: list[str] = []
    for first in range(0, count, _BULK):
        recipients = [
            {"to": f"+88018{number:08}"} for number in range(first, min(first + _BULK, count))
        ]
        bulk = {"from": "Heliograph", "text": text, "links": {link_id: 0}, "recipients": recipients}
        async with session.post("/v1/messages/bulk", json=bulk) as answer:
            assert answer.status < 300, await answer.text()
            ids.append((await answer.json())["id"])
    paths = [path async for path in _paths(session, ids)]
    assert len(paths) == count, f"{len(paths)} short links of {count}"
    return link_id, paths


async def _paths(session: aiohttp.ClientSession, submissions: list[str]) -> Any:
    for submission in submissions:
        query: dict[str, str] = {"submission": submission, "limit": "200"}
        while True:
            async with session.get("/v1/messages", params=query) as answer:
                page = await answer.json()
            for message in page["items"]:
                yield urlsplit(message["text"]).path
            if page.get("next") is None:
                break
            query["before"] = page["next"]


class Client:
    """One connection that asks, reads the head of the reply, and asks again: as little as a client can do."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.waits: list[float] = []

    async def run(self, paths: Iterator[tuple[float, str]]) -> None:
        """Follow links, each not before its time, until there are no more. A late start counts as wait."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for due, path in paths:
            at = perf_counter()
            if due > at:
                await asyncio.sleep(due - at)
                at = perf_counter()
            elif due:
                at = due
            writer.write(
                f"GET {path} HTTP/1.1\r\nhost: go.example\r\nuser-agent: {_AGENT}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            self.waits.append(perf_counter() - at)
            assert head.startswith(b"HTTP/1.1 302"), head
        writer.close()


async def measure(
    name: str, server: Server, paths: list[str], connections: int, per_second: int = 0
) -> None:
    """One load; every path is asked for once, at a steady pace where one is given."""
    port = urlsplit(server.known["base_url"]).port
    assert port is not None
    begin = perf_counter() + 0.1
    times = (begin + n / per_second if per_second else 0.0 for n in itertools.count())
    left = zip(times, paths, strict=False)
    clients = [Client(port) for _ in range(connections)]
    wall_at, cpu_at = perf_counter(), cpu_seconds(server)
    await asyncio.gather(*(client.run(left) for client in clients))
    wall, cpu = perf_counter() - wall_at, cpu_seconds(server) - cpu_at
    waits = sorted(wait for client in clients for wait in client.waits)
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"{name:28} {len(waits) / wall:7,.0f}/s  p50 {cuts[49] * 1e3:5.2f} ms"
        f"  p99 {cuts[98] * 1e3:5.2f} ms  {cpu / len(waits) * 1e6:4.0f} µs CPU each"
    )


async def counted(session: aiohttp.ClientSession, link_id: str, clicks: int) -> dict[str, Any]:
    """The link's report, once it has all clicks."""
    today = datetime.now(UTC).date().isoformat()
    query = {"since": today, "until": today}
    async with asyncio.timeout(30):
        while True:
            async with session.get(f"/v1/links/{link_id}/clicks", params=query) as answer:
                report: dict[str, Any] = await answer.json()
            if report["total"] >= clicks:
                return report
            await asyncio.sleep(0.2)


async def run(*, requests: int, connections: int, codes: int) -> None:
    """Both loads."""
    with tempfile.TemporaryDirectory(prefix="redirects-") as data:
        server = await start_server(Path(data))
        try:
            async with server.session() as session:
                link_id, paths = await send(session, codes)
                await asyncio.sleep(3.0)  # the messages are delivered and out of the way
                for number in (1, connections):
                    many = "connection" if number == 1 else "connections"
                    share = requests // 10 if number == 1 else requests
                    turns = list(itertools.islice(itertools.cycle(paths), share))
                    await measure(f"{codes:,} codes, {number} {many}", server, turns, number)
                    await measure(f"one code, {number} {many}", server, paths[:1] * share, number)
                turns = list(itertools.islice(itertools.cycle(paths), requests))
                name = f"{codes:,} codes at {PER_SECOND:,}/s"
                await measure(name, server, turns, connections, PER_SECOND)
                sent = 3 * requests + 2 * (requests // 10)
                report = await counted(session, link_id, sent)
                assert report["total"] == sent, report
                print(f"all {sent:,} clicks were counted, by {report['reached']:,} short links")
        finally:
            await server.stop()


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=20_000)
    arguments.add_argument("--connections", type=int, default=16)
    arguments.add_argument("--codes", type=int, default=2_000)
    chosen = arguments.parse_args()
    uvloop.run(run(requests=chosen.requests, connections=chosen.connections, codes=chosen.codes))


if __name__ == "__main__":
    main()
