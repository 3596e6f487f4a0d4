"""The same work against Heliograph and the gateways an operator would pick instead, in one run.

    python -m benchmarks.compare                      # everything, three times: about 40 minutes
    python -m benchmarks.compare --short              # that it works, not how fast it is: under 3 minutes
    python -m benchmarks.compare --only heliograph --only slice --work http-64-told --rounds 1
    python -m benchmarks.compare --only heliograph --work http-64-told --rate 1000   # times at half its most

Systems take turns within each workload, each started afresh. What is not installed is left out and said
so. Results are `results.json` and a page with charts in `--out`: docs/benchmarks, or `.bench/last` when
not everything was asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks import _page
from benchmarks._counterpart import RECIPIENT, Counterpart, scratch
from benchmarks._server import say
from benchmarks._workloads import RECEIPT_AFTER_SECONDS, WORKLOADS, Workload, run
from benchmarks.systems import BareSlice, Heliograph, Jasmin, Kannel, Missing, System

_DOCS: Final = Path(__file__).parents[1] / "docs" / "benchmarks"
_SYSTEMS: Final = ("heliograph", "kannel", "kannel-memory", "jasmin", "slice")
_BULK: Final = 100_000
_RATES: Final = {  # messages that take ten to twenty seconds: one connection, many, many with callbacks
    "heliograph": (3_000, 40_000, 30_000),
    "kannel": (10_000, 50_000, 30_000),
    "kannel-memory": (20_000, 100_000, 50_000),
    "jasmin": (2_000, 6_000, 3_000),
    "slice": (10_000, 100_000, 80_000),
}
_SHORT_SCALE: Final = 0.02
_LIMIT_COUNT: Final = 100_000


def main() -> int:
    """1 when a system that is installed lost messages or could not be run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", action="append", choices=_SYSTEMS, help="a system; repeatable")
    parser.add_argument("--work", action="append", choices=[w.key for w in WORKLOADS])
    parser.add_argument("--count", type=int, help="messages of each run, in place of the table's")
    parser.add_argument("--scale", type=float, default=1.0, help="of the table's counts")
    parser.add_argument("--rate", type=float, default=0.0, help="of HTTP submits; 0: all it takes")
    parser.add_argument("--serve", default="", help="further words for `heliograph serve`")
    parser.add_argument("--checkout", type=Path, help="run Heliograph from another source tree")
    parser.add_argument("--note", default="", help="a sentence for the page")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    try:
        return uvloop.run(_compare(given))
    except asyncio.CancelledError:
        say("given up; what ran was stopped")
        return 1


def _maker(key: str, given: argparse.Namespace) -> Callable[[], System]:
    match key:
        case "heliograph":
            return lambda: Heliograph(tuple(given.serve.split()), given.checkout)
        case "kannel":
            return Kannel
        case "kannel-memory":
            return lambda: Kannel(in_memory=True)
        case "jasmin":
            return Jasmin
        case _:
            return BareSlice


def _count(key: str, workload: Workload, given: argparse.Namespace) -> int:
    if given.count:
        return int(given.count)
    single, many, told = _RATES[key]
    count = _BULK if workload.kind == "bulk" else many
    if workload.kind == "http":
        count = single if workload.connections == 1 else told if workload.telling else many
    return max(100, int(count * (_SHORT_SCALE if given.short else given.scale)))


def _does(key: str, workload: Workload, given: argparse.Namespace) -> bool:
    if given.only and key not in given.only:
        return False
    if given.work and workload.key not in given.work:
        return False
    if (
        given.short
        and not given.work
        and workload.key not in {"http-32", "http-32-told", "smpp", "bulk"}
    ):
        return False
    return workload.kind == "http" or key == "heliograph"


async def _compare(given: argparse.Namespace) -> int:
    _end_in_order()
    rounds = given.rounds or (1 if given.short else 3)
    missing: dict[str, str] = {}
    runs: list[dict[str, Any]] = []
    limits = await _limits(_LIMIT_COUNT // (10 if given.short else 1))
    say(f"the counterpart alone: {limits}")
    partly = given.short or given.only or given.work
    out = given.out or (scratch() / "last" if partly else _DOCS)
    for turn in range(rounds):
        for workload in WORKLOADS:
            for key in _SYSTEMS:
                if key in missing or not _does(key, workload, given):
                    continue
                await _one(key, workload, given, turn=turn, runs=runs, missing=missing)
                # again after each run, so that what was measured stays when the rest is given up
                _page.write(out, _results(given, limits, list(missing.values()), runs))
    say(f"written: {out}")
    bad = [r for r in runs if r.get("fault") or (_is_ours(r) and r["figures"]["lost"])]
    return 1 if bad else 0


def _end_in_order() -> None:
    """At the first SIGTERM what runs is stopped; another one, of the whole group, changes nothing."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    asked = [task.cancel]
    loop.add_signal_handler(signal.SIGTERM, lambda: asked.pop()() if asked else None)


def _results(
    given: argparse.Namespace,
    limits: dict[str, float],
    missing: list[str],
    runs: list[dict[str, Any]],
) -> dict[str, Any]:
    known = [_maker(key, given)() for key in _SYSTEMS]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": _command(sys.argv[1:]),
        "note": given.note,
        "short": given.short,
        "machine": _machine(),
        "receipt_after_seconds": RECEIPT_AFTER_SECONDS,
        "counterpart_limits_per_s": limits,
        "missing": missing,
        "promises": {system.name: system.promise for system in known},
        "workloads": [{"key": w.key, "title": w.title, "telling": w.telling} for w in WORKLOADS],
        "runs": runs,
    }


def _command(words: list[str]) -> str:
    """As it can be given elsewhere: without places of this machine, and without the note."""
    kept = iter(words)
    said = []
    for word in kept:
        if word in {"--out", "--checkout", "--note"}:
            next(kept, None)
        else:
            said.append(word)
    return shlex.join(["python", "-m", "benchmarks.compare", *said])


def _is_ours(one: dict[str, Any]) -> bool:
    return one["system"] == Heliograph.name


async def _one(
    key: str,
    workload: Workload,
    given: argparse.Namespace,
    *,
    turn: int,
    runs: list[dict[str, Any]],
    missing: dict[str, str],
) -> None:
    system = _maker(key, given)()
    load_before = os.getloadavg()[0]
    try:
        paced = replace(workload, per_second=given.rate)
        figures = await run(system, paced, _count(key, workload, given))
    except Missing as reason:
        missing[key] = f"{system.name}: {reason}"
        say(f"{system.name} is left out: {reason}")
        return
    except (RuntimeError, OSError, AssertionError) as fault:  # TimeoutError is an OSError
        runs.append({"system": system.name, "workload": workload.key, "fault": repr(fault)})
        say(f"{workload.key:14} {system.name:16} FAILED: {fault!r}")
        return
    runs.append(
        {
            "system": system.name,
            "workload": workload.key,
            "round": turn + 1,
            "load_before": round(load_before, 2),
            "figures": {name: round(value, 4) for name, value in figures.items()},
        }
    )
    say(
        f"{workload.key:14} {system.name:16} carrier {figures['carrier_per_s']:7.0f}/s"
        f"  callbacks {figures.get('told_per_s', 0):7.0f}/s  CPU {figures['cpu_s_per_1000']:.3f} s per 1,000"
        f"  accept p99 {figures['accept_p99_ms']:.1f} ms  lost {figures['lost']:.0f}"
        f"  untold {figures.get('untold', 0):.0f}  {figures['peak_mib']:.0f} MiB"
    )


async def _limits(count: int) -> dict[str, float]:
    """What the counterpart does with itself alone, both ends in one thread: a lower bound of its limit."""
    counterpart = await Counterpart.start(count)
    body = f'{{"to":"{RECIPIENT}"}}'
    request = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    try:
        found = {}
        for name in ("http", "smpp"):
            await counterpart.reset(receipts=True, receipt_after_seconds=0.05, final="*")
            if name == "http":
                await counterpart.http(counterpart.ear_port, request, connections=64, count=count)
            else:
                await counterpart.smpp(
                    counterpart.smpp_port, login=("a", "b"), sessions=4, window=250, count=count
                )
            await counterpart.wait_load(60)
            await counterpart.settled("told_distinct", count, idle_seconds=5)
            moments = await counterpart.moments(count)
            found[name] = round(count / (max(moments.answered_at) - min(moments.asked_at)))
        return found
    finally:
        await counterpart.stop()


def _machine() -> dict[str, object]:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = Path("/proc/meminfo").read_text().split()[1]
    return {
        "cores": os.cpu_count(),
        "cpu": models[0] if models else platform.machine(),
        "memory_gib": round(int(memory) / 1_048_576, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main())
