"""One of several processes behind the same ports; started by `workers`, never by hand.

Its standard input brings the configuration, then questions for its metrics; its end is the end.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop
from prometheus_client.exposition import generate_latest

from heliograph.config import Config
from heliograph.serve import configure_logging, settle_memory
from heliograph.store.database import DatabaseError
from heliograph.wiring import House
from heliograph.workers import ASK

_log = structlog.get_logger()


def main() -> None:
    """Read the configuration, serve until standard input ends."""
    number, place, *files = sys.argv[1:]
    listeners = {
        name: socket.socket(fileno=int(file)) for name, _, file in (f.partition("=") for f in files)
    }
    length = int(sys.stdin.buffer.readline())
    config = msgspec.json.decode(sys.stdin.buffer.read(length), type=Config, dec_hook=_path)
    configure_logging(config.log_level, config.log_format)
    try:
        uvloop.run(_serve(config, int(number), Path(place) if place else None, listeners))
    except DatabaseError as fault:  # the first process may have ended, and the database with it
        _log.warning("a worker cannot start", worker=int(number), fault=str(fault))
        raise SystemExit(1) from None


def _path(kind: type, value: Any) -> Any:
    return Path(value) if issubclass(kind, Path) else value


async def _serve(
    config: Config, number: int, place: Path | None, listeners: dict[str, socket.socket]
) -> None:
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, told_to_stop.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ask = _Asking(await asyncio.open_connection(sock=listeners.pop("first")))
    house = House(config, worker=number, inherited=listeners, measured=ask.metrics, place=place)
    await house.start()
    settle_memory()
    answering = asyncio.create_task(_answer(house, told_to_stop))
    try:
        await told_to_stop.wait()
    finally:
        answering.cancel()
        await house.stop()


class _Asking:
    """Passes questions for everybody's metrics to the first process."""

    def __init__(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self._reader, self._writer = streams
        self._lock = asyncio.Lock()

    async def metrics(self) -> bytes:
        """The metrics of all processes."""
        async with self._lock:
            self._writer.write(ASK)
            return await self._reader.readexactly(int(await self._reader.readline()))


async def _answer(house: House, told_to_stop: asyncio.Event) -> None:
    """Answer questions for the metrics until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline() == ASK:
            text = generate_latest(house.meter.registry)
            await asyncio.to_thread(_write, b"%d\n" % len(text) + text)
    finally:
        told_to_stop.set()


def _write(octets: bytes) -> None:
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
