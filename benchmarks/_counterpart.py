"""The counterpart of a system under test: SMSC, load and ear in one compiled process that is never the limit.

Its source is `benchmarks/counterpart`; the C compiler of the machine makes it. Whoever uses it gives orders
and reads its counts and, per message, four moments of one clock.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from array import array
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic
from typing import Any, Final

SOURCE: Final = Path(__file__).parent / "counterpart"
SCRATCH: Final = Path(__file__).parents[1] / ".bench"
RECIPIENT: Final = "@recipient@@@"
"""Stands in a request for the recipient, and is as long."""
_COLUMNS: Final = 4
_ANSWER_SECONDS: Final = 60.0
Counts = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """By message, in seconds of the monotonic clock; 0 where it did not happen."""

    asked_at: array[float]
    answered_at: array[float]
    carrier_at: array[float]
    told_at: array[float]


def scratch() -> Path:
    """A directory for what the benchmarks make and keep; git does not see it."""
    SCRATCH.mkdir(exist_ok=True)
    (SCRATCH / ".gitignore").write_text("*\n")
    return SCRATCH


def build() -> Path:
    """The compiled counterpart, made anew when its source is younger."""
    program = scratch() / "counterpart"
    sources = sorted(SOURCE.glob("*.[ch]"))
    if not program.exists() or program.stat().st_mtime < max(s.stat().st_mtime for s in sources):
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise SystemExit("The benchmarks need a C compiler (Debian: gcc, libc6-dev).")
        files = [str(source) for source in sources if source.suffix == ".c"]
        command = [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", str(program), *files]
        subprocess.run(command, check=True)
    return program


class Counterpart:
    """Running."""

    def __init__(self, process: asyncio.subprocess.Process, ports: dict[str, int]) -> None:
        self.process = process
        self.smpp_port = ports["smpp_port"]
        self.ear_port = ports["http_port"]
        self._heard: dict[str, asyncio.Queue[Counts | None]] = {
            about: asyncio.Queue() for about in ("report", "reset", "dump", "load")
        }
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, most: int = 200_000) -> Counterpart:
        """For at most so many messages between two calls of `reset`."""
        process = await asyncio.create_subprocess_exec(
            str(build()), str(most), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        return cls(process, json.loads(await process.stdout.readline()))

    async def stop(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        await self.process.wait()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            counts: dict[str, Any] = json.loads(line)
            self._heard[counts.pop("about")].put_nowait(counts)
        for queue in self._heard.values():  # whoever waits is told that nothing comes any more
            queue.put_nowait(None)

    async def _hear(self, about: str, limit_seconds: float) -> Counts:
        """Raises TimeoutError, and RuntimeError when the process has ended."""
        counts = await asyncio.wait_for(self._heard[about].get(), limit_seconds)
        if counts is None:
            self._heard[about].put_nowait(None)
            raise RuntimeError("the counterpart has ended: nobody took its connections any more")
        return counts

    async def _order(self, words: str, about: str | None = None) -> Counts:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        await self.process.stdin.drain()
        return await self._hear(about, _ANSWER_SECONDS) if about else {}

    async def reset(self, *, receipts: bool, receipt_after_seconds: float, final: str) -> None:
        """Forget all; say whether and when receipts come, and by which word (* any) a final call is known."""
        await self._order(f"receipts {receipts:d} {receipt_after_seconds}")
        await self._order(f"final {final}")
        await self._order("reset", "reset")

    async def scatter(self) -> None:
        """From now on the SMSC's ids are scattered, as those of a carrier that draws them at random."""
        await self._order("scatter 1")

    async def http(
        self,
        port: int,
        request: bytes,
        *,
        connections: int,
        count: int,
        first: int = 0,
        per_second: float = 0.0,
    ) -> None:
        """Send `count` requests; `wait_load` returns when all are answered."""
        assert request.count(RECIPIENT.encode()), request
        with NamedTemporaryFile(dir=scratch(), suffix=".request", delete=False) as file:
            file.write(request)
        await self._order(
            f"http 127.0.0.1 {port} {connections} {first} {count} {per_second} {file.name}"
        )
        await self.report()  # it has read the file
        await asyncio.to_thread(Path(file.name).unlink)

    async def smpp(
        self,
        port: int,
        *,
        login: tuple[str, str],
        sessions: int,
        window: int,
        count: int,
        first: int = 0,
    ) -> None:
        """The same by submit_sm, receipts wanted."""
        system_id, password = login
        await self._order(
            f"smpp 127.0.0.1 {port} {sessions} {window} {first} {count} {system_id} {password}"
        )

    async def wait_load(self, limit_seconds: float) -> Counts:
        """Until the load has all its answers; raises TimeoutError."""
        return await self._hear("load", limit_seconds)

    async def report(self) -> Counts:
        """What it has counted so far."""
        return await self._order("report", "report")

    async def settled(self, field: str, wanted: float, *, idle_seconds: float) -> Counts:
        """Until a count is reached, or does not move any more for so long."""
        seen, moved_at = -1.0, monotonic()
        while True:
            counts = await self.report()
            if counts[field] >= wanted or monotonic() - moved_at > idle_seconds:
                return counts
            if counts[field] > seen:
                seen, moved_at = counts[field], monotonic()
            await asyncio.sleep(0.1)

    async def moments(self, count: int) -> Moments:
        """Of the first `count` messages."""
        with NamedTemporaryFile(dir=scratch(), suffix=".moments") as file:
            await self._order(f"dump {count} {file.name}", "dump")
            flat = array("d", await asyncio.to_thread(Path(file.name).read_bytes))
        asked, answered, carrier, told = (flat[place::_COLUMNS] for place in range(_COLUMNS))
        return Moments(asked_at=asked, answered_at=answered, carrier_at=carrier, told_at=told)
