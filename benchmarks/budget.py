"""Where the CPU time of a message goes: Python by step of the pipeline, PostgreSQL by statement.

    python -m benchmarks.budget [--count 30000] [--connections 64] > budget.md

HTTP submits with receipts and signed callbacks, three times: as it is, under py-spy (installed into a virtual
environment of its own below `.bench`), and while PostgreSQL logs the time of every statement. The tables
are Markdown on standard output; `docs/performance.md` says how to read them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import uvloop

from benchmarks import _budget
from benchmarks._counterpart import Counterpart, scratch
from benchmarks._figures import Figures, figures_of
from benchmarks._processes import cpu_seconds, tree
from benchmarks._server import say
from benchmarks.systems import Heliograph, Ready

_SPY: Final = "py-spy==0.4.3"
_HERTZ: Final = 200
_WARM: Final = 2000
_SETTINGS: Final = """\
log_min_duration_statement = 0
log_parameter_max_length = 0
"""


async def _load(
    counterpart: Counterpart, ready: Ready, count: int, connections: int
) -> tuple[Figures, float, float]:
    """Figures, and the CPU seconds of Python and of PostgreSQL."""
    await counterpart.reset(receipts=True, receipt_after_seconds=0.05, final=ready.final)
    (root,) = ready.roots
    before = cpu_seconds([root]), cpu_seconds(tree(root))
    await counterpart.http(ready.port, ready.request, connections=connections, count=count)
    counts = await counterpart.wait_load(300)
    counts = await counterpart.settled("told_distinct", counts["accepted"], idle_seconds=15)
    await asyncio.sleep(0.5)
    python, whole = cpu_seconds([root]) - before[0], cpu_seconds(tree(root)) - before[1]
    m = await counterpart.moments(count)
    figures = figures_of(
        asked_at=m.asked_at, answered_at=m.answered_at, carrier_at=m.carrier_at, told_at=m.told_at,
        counts=counts, telling=True,
    )  # fmt: skip
    return figures, python, whole - python


@asynccontextmanager
async def _spied(pid: int, record: Path) -> AsyncIterator[None]:
    """Samples of a process while the block runs."""
    spy = await asyncio.create_subprocess_exec(
        str(await asyncio.to_thread(_installed)), "record", "--pid", str(pid), "--rate", str(_HERTZ),
        "--duration", "3600", "--format", "raw", "--output", str(record),
        stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    await asyncio.sleep(2.0)  # it looks for symbols first
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        await spy.wait()


def _installed() -> Path:
    place = scratch() / "py-spy"
    program = place / "bin" / "py-spy"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", _SPY]
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
    return program


async def run(given: argparse.Namespace) -> None:
    """Three times the same work: as it is, under py-spy, with statements logged."""
    counterpart = await Counterpart.start(max(given.count, _WARM))
    system = Heliograph(tuple(given.serve.split()), given.checkout)
    try:
        with tempfile.TemporaryDirectory(prefix="heliograph-budget-") as name:
            folder = Path(name)
            ready = await system.start(folder, counterpart, telling=True)
            await _load(counterpart, ready, _WARM, given.connections)
            figures, python, postgres = await _load(
                counterpart, ready, given.count, given.connections
            )
            _tell(figures, python, postgres, given)
            record = folder / "stacks"
            async with _spied(ready.roots[0], record):
                await _load(counterpart, ready, given.count, given.connections)
            stacks = (await asyncio.to_thread(record.read_text)).splitlines()
            table = _budget.steps_table(_budget.steps(stacks), 1e6 * python / given.count)
            say("\n".join(["", *table, ""]))
            logs = await _log_statements(folder / "data" / "postgres")
            before = await asyncio.to_thread(_read, logs)
            await _load(counterpart, ready, given.count, given.connections)
            after = await asyncio.to_thread(_read, logs)
            _tell_statements(_budget.statements(after[len(before) :]), given.count)
    finally:
        await system.stop()
        await counterpart.stop()


async def _log_statements(home: Path) -> Path:
    """From now on; returns where the logs are."""
    local = home / "local.conf"
    local.write_text(_SETTINGS)
    local.chmod(0o644)
    pid = int((home / "cluster" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGHUP)
    await asyncio.sleep(1.0)
    return home / "log"


def _tell_statements(found: dict[str, _budget.Statement], count: int) -> None:
    calls = sum(one.calls for one in found.values())
    commits = found.get("COMMIT;", _budget.Statement()).calls
    say(
        f"{calls / count:.2f} statements a message, BEGIN and COMMIT among them;"
        f" {commits / count:.3f} transactions\n"
    )
    say("\n".join(_budget.statements_table(found, count)))


def _read(logs: Path) -> str:
    return "".join(file.read_text(errors="replace") for file in sorted(logs.glob("*.log")))


def _tell(figures: Figures, python: float, postgres: float, given: argparse.Namespace) -> None:
    per = 1e6 / given.count
    say(
        f"{given.count:,} messages, {given.connections} connections: accepted"
        f" {figures['accepted_per_s']:,.0f}/s, callbacks {figures['told_per_s']:,.0f}/s; CPU a message:"
        f" Python {per * python:.0f} µs, PostgreSQL {per * postgres:.0f} µs"
    )


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=30_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--serve", default="", help="further words for `heliograph serve`")
    parser.add_argument("--checkout", type=Path, help="run Heliograph from another source tree")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
