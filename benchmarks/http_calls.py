"""How many HTTP calls a second one process can make, and what each costs it in CPU time.

A minimal server in a process of its own answers on loopback, so that the figure is the client's.
Run as `python -m benchmarks.http_calls [--calls 20000] [--concurrency 64]`. It compares aiohttp
with as few options as possible, the pump itself, and the pump with a webhook's signature. It must
never be quoted without the machine it ran on.
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import cast

import aiohttp
import uvloop

from heliograph.model.signature import encode_secret, sign
from heliograph.transport import AddressPolicy, HttpCaller, OutgoingCall

BODY = (
    b'{"type":"message.delivered","id":"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W","to":"+491701234567"}' * 3
)
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    b'{"status":"ok"}'
)
HEADERS = {
    "Content-Type": "application/json",
    "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    "webhook-timestamp": "1674087231",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
Call = Callable[[], Awaitable[object]]


class Answering(asyncio.Protocol):
    """Answers each request as soon as its body is there, and looks at nothing else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            size = end + 4 + len(BODY)
            if len(self._received) < size:
                return
            self._received = self._received[size:]
            self._transport.write(REPLY)


def serve(ready: Connection) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(forever())


async def measured(call: Call, *, calls: int, concurrency: int) -> tuple[float, float]:
    """Calls a second and CPU seconds a call, at a steady number of calls in flight."""
    left = calls

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    wall_at, cpu_at = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    wall_seconds, cpu_seconds = time.perf_counter() - wall_at, time.process_time() - cpu_at
    return calls / wall_seconds, cpu_seconds / calls


async def compare(port: int, *, calls: int, concurrency: int) -> None:
    url = f"http://127.0.0.1:{port}/hook"
    secrets = [encode_secret(os.urandom(32))]
    caller = HttpCaller(policy=AddressPolicy(allow_all_private=True))
    await caller.start()
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit_per_host=64),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )

    async def bare() -> None:
        async with session.post(url, data=BODY, headers=HEADERS) as response:
            await response.read()

    async def pump() -> None:
        result = await caller.call(OutgoingCall(method="POST", url=url, headers=HEADERS, body=BODY))
        assert result.status == 200

    async def signed() -> None:
        now_seconds = int(time.time())
        headers = {
            **HEADERS,
            "webhook-timestamp": str(now_seconds),
            "webhook-signature": sign(
                webhook_id=HEADERS["webhook-id"],
                timestamp_seconds=now_seconds,
                body=BODY,
                secrets=secrets,
            ),
        }
        await caller.call(OutgoingCall(method="POST", url=url, headers=headers, body=BODY))

    variants: dict[str, Call] = {"aiohttp, bare": bare, "pump": pump, "pump, signed": signed}
    for call in variants.values():  # connections and caches are there before the clock runs
        await measured(call, calls=concurrency * 4, concurrency=concurrency)
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    for _ in range(3):  # in turns, so that a slow moment of the machine strikes all alike
        for name, call in variants.items():
            figures[name].append(await measured(call, calls=calls, concurrency=concurrency))
    for name, runs in figures.items():
        rate = statistics.median(rate for rate, _ in runs)
        cpu_seconds = statistics.median(cpu for _, cpu in runs)
        print(f"{name:15} {rate:8,.0f} calls/s {cpu_seconds * 1e6:6.0f} µs CPU a call")
    await session.close()
    await caller.stop()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=20_000)
    arguments.add_argument("--concurrency", type=int, default=64)
    arguments.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    chosen = arguments.parse_args()
    receiving, sending = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(sending,), daemon=True
    )
    server.start()
    run = uvloop.run if chosen.loop == "uvloop" else asyncio.run
    run(compare(receiving.recv(), calls=chosen.calls, concurrency=chosen.concurrency))
    server.terminate()


if __name__ == "__main__":
    main()
