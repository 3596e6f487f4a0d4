"""A recipient list from a file, through the front door: how fast, in how much memory, and what was counted.

    python -m benchmarks.list_import --rows 1000000 --bad 0.05

Writes a CSV with a number, a name and a city in each row, of which a share is wrong (half of these are no
numbers, the others have a field that is too long) and 1 % of the good ones come twice. Heliograph is
started with its embedded database (fsync on), the file is sent to `POST /v1/lists/import` and looked at
until the import has ended, while `GET /v1/balance` is asked 20 times a second to see what others notice.
Printed are the rate, the counts beside those that the file was made with, CPU time (with PostgreSQL) and
peak memory (without it) of the server, and the time of a download of the whole list.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import aiohttp
import uvloop

from benchmarks._processes import cpu_seconds, resident_mib, tree
from benchmarks._server import say, start_server

_TWICE: Final = 0.01
_OVERLONG: Final = "x" * 51
_LOOK_SECONDS: Final = 0.5
_OTHERS_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 900.0


@dataclass(slots=True)
class Made:
    """What a file was made with."""

    total: int = 0
    inserted: int = 0
    duplicate: int = 0
    wrong: int = 0


def make_file(path: Path, rows: int, bad: float) -> Made:
    """The same file for the same arguments."""
    chance, made = random.Random(7), Made()
    numbers = chance.sample(range(10_000_000, 99_999_999), rows)
    earlier = ""
    with path.open("w", encoding="utf-8") as file:
        file.write("to,first_name,custom\n")
        for place, number in enumerate(numbers):
            row = f"88017{number},Name{place},City {place % 500}\n"
            luck = chance.random()
            if luck < bad:
                made.wrong += 1
                row = f"12,Name{place},\n" if luck < bad / 2 else f"88017{number},{_OVERLONG},\n"
            elif luck < bad + _TWICE and earlier:
                made.duplicate += 1
                row = earlier
            else:
                made.inserted += 1
                earlier = row
            file.write(row)
    made.total = rows
    return made


async def others(session: aiohttp.ClientSession, seconds: list[float]) -> None:
    """Somebody else's small requests, all the while."""
    while True:
        started = perf_counter()
        async with session.get("/v1/balance") as answer:
            await answer.read()
        seconds.append(perf_counter() - started)
        await asyncio.sleep(_OTHERS_SECONDS)


async def run_import(session: aiohttp.ClientSession, path: Path) -> tuple[dict[str, Any], float]:
    """The import once it has ended, and the seconds from the first octet sent."""
    started = perf_counter()
    with path.open("rb") as file:
        headers = {"content-type": "text/csv"}
        async with session.post("/v1/lists/import?name=big", data=file, headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
            say(f"answered {answer.status} after {perf_counter() - started:.2f} s")
            assert answer.status in {200, 202}, found
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while "ended_at" not in found:
            await asyncio.sleep(_LOOK_SECONDS)
            async with session.get(f"/v1/lists/imports/{found['id']}") as answer:
                found = await answer.json()
    return found, perf_counter() - started


async def download(session: aiohttp.ClientSession, number: str) -> tuple[int, float]:
    """Lines of the whole list, and the seconds they took."""
    started, lines = perf_counter(), 0
    async with session.get(f"/v1/lists/{number}/download") as answer:
        async for piece in answer.content.iter_any():
            lines += piece.count(b"\n")
    return lines - 1, perf_counter() - started


async def measure(rows: int, bad: float) -> None:
    """One run."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "list.csv"
        made = make_file(path, rows, bad)
        say(f"{rows:,} rows, {path.stat().st_size / 2**20:.1f} MiB")
        with (Path(home) / "errors").open("wb") as errors:
            server = await start_server(Path(home) / "data", errors=errors)
        try:
            pid = server.process.pid
            timeout = aiohttp.ClientTimeout(total=_PATIENCE_SECONDS)
            headers = {"authorization": f"Bearer {server.known['native']['api_key']}"}
            async with aiohttp.ClientSession(
                server.known["base_url"], headers=headers, timeout=timeout
            ) as session:
                at_rest, cpu = resident_mib(pid), cpu_seconds(tree(pid))
                seconds: list[float] = []
                beside = asyncio.create_task(others(session, seconds))
                found, took = await run_import(session, path)
                beside.cancel()
                with suppress(asyncio.CancelledError):
                    await beside
                spent = cpu_seconds(tree(pid)) - cpu
                say(
                    f"state {found['state']}: {rows / took:,.0f} rows/s ({took:.1f} s), CPU {spent:.1f} s"
                )
                for name in Made.__slots__:
                    say(f"  {name:9} {found[name]:>9,}   the file has {getattr(made, name):>9,}")
                say(f"server {resident_mib(pid):.0f} MiB at its peak, {at_rest:.0f} before")
                seconds.sort()
                say(
                    f"others: p50 {seconds[len(seconds) // 2] * 1e3:.1f} ms, p99"
                    f" {seconds[int(len(seconds) * 0.99)] * 1e3:.1f} ms, longest {seconds[-1] * 1e3:.0f} ms"
                )
                lines, took = await download(session, found["list"])
                say(
                    f"download: {lines:,} members in {took:.1f} s; peak {resident_mib(pid):.0f} MiB"
                )
        finally:
            await server.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--bad", type=float, default=0.05)
    given = parser.parse_args(arguments)
    uvloop.run(measure(given.rows, given.bad))


if __name__ == "__main__":
    main()
