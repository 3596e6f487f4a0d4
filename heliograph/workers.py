"""Further processes behind the same ports, so that a machine's other cores work as well.

The first process starts them once it listens, gives each its configuration through a pipe, starts one
again that has ended, and stops them before itself. What they share is the database alone: each has a
node number, carriers' connections and customers' sessions of its own. A worker whose pipe closes stops:
it never outlives the first process.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from heliograph.config import Config

_log = structlog.get_logger()
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 30.0
_ASKED_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 40.0
ASK: Final = b"metrics\n"
"""What the first process asks; answered by the length in decimal, a line feed, and that many octets."""


class Workers:
    """The processes beside the first. `start` and `stop`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """`registry` is the first process's own."""
        self._registry = registry
        self._config = b""
        self._files: Mapping[str, int] = {}
        self._place: Path | None = None
        self._stop_seconds = _STOP_SECONDS
        self._stopping = asyncio.Event()
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._asking: dict[int, asyncio.Lock] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def start(
        self, config: Config, files: Mapping[str, int], place: Path | None = None
    ) -> None:
        """Start `config.workers - 1` and `config.carrying` processes; returns at once.

        `config` is a worker's: with the database that the first process uses. `files` are the
        listening sockets by name, from which all accept. `place` is where those that carry are met.
        """
        self._config = msgspec.json.encode(config, enc_hook=str)
        self._files = files
        self._place = place
        self._stop_seconds = config.drain_seconds + _STOP_SECONDS
        self._keepers = [
            asyncio.create_task(self._keep(number), name=f"worker {number}")
            for number in range(1, config.workers + config.carrying)
        ]

    async def stop(self) -> None:
        """Stop them all, each finishing what is under way. Idempotent."""
        self._stopping.set()
        for process in self._processes.values():
            if process.stdin is not None:
                process.stdin.close()
        if self._keepers:
            await asyncio.wait(self._keepers, timeout=self._stop_seconds)
        for process in list(self._processes.values()):
            with suppress(ProcessLookupError):
                process.kill()
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers = []

    async def metrics(self) -> bytes:
        """The metrics of the first process and of each worker that answers in time, as one text."""
        return generate_latest(_Together(self._registry, await self._told()))

    async def _told(self) -> dict[str, str]:
        found = {}
        for number, process in list(self._processes.items()):
            with suppress(TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
                async with self._asking[number], asyncio.timeout(_ASKED_SECONDS):
                    found[str(number)] = await _ask(process)
        return found

    async def _keep(self, number: int) -> None:
        pause = _FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            status = await self._run(number)
            if self._stopping.is_set():
                return
            if loop.time() - began > _LONGEST_PAUSE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            _log.error("a worker has ended", worker=number, status=status, again_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _run(self, number: int) -> int:
        ours, theirs = socket.socketpair()
        files = {**self._files, "first": theirs.fileno()}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "heliograph._worker", str(number), str(self._place or ""),
            *(f"{name}={file}" for name, file in files.items()),
            pass_fds=tuple(files.values()),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
            start_new_session=True,  # Ctrl-C at a terminal is the first process's to hear
        )  # fmt: skip
        theirs.close()
        answering = asyncio.create_task(self._answer(ours))
        self._asking[number] = asyncio.Lock()
        self._processes[number] = process
        try:
            if process.stdin is not None:
                process.stdin.write(b"%d\n" % len(self._config) + self._config)
            return await process.wait()
        finally:
            del self._processes[number]
            answering.cancel()

    async def _answer(self, asked: socket.socket) -> None:
        """A worker is asked for the metrics as often as we are: it passes the question on."""
        reader, writer = await asyncio.open_connection(sock=asked)
        try:
            while await reader.readline() == ASK:
                text = await self.metrics()
                writer.write(b"%d\n" % len(text) + text)
                await writer.drain()
        finally:
            writer.close()


class _Together(CollectorRegistry):
    """The metrics of several processes, told apart by the label `worker`."""

    def __init__(self, first: CollectorRegistry, others: Mapping[str, str]) -> None:
        super().__init__()
        self._families: dict[str, Metric] = {}
        self._add("0", first.collect())
        for name, text in sorted(others.items()):
            self._add(name, text_string_to_metric_families(text))

    def _add(self, worker: str, families: Iterable[Metric]) -> None:
        for family in families:
            kept = self._families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            kept.samples += [
                sample._replace(labels={**sample.labels, "worker": worker})
                for sample in family.samples
            ]

    def collect(self) -> Iterator[Metric]:
        """Each family once."""
        return iter(self._families.values())


async def _ask(process: asyncio.subprocess.Process) -> str:
    if process.stdin is None or process.stdout is None:
        raise ValueError("a worker has its pipes")
    process.stdin.write(ASK)
    length = int(await process.stdout.readline())
    return (await process.stdout.readexactly(length)).decode()
