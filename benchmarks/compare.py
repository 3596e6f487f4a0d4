"""The same work against Heliograph and the gateways an operator would pick instead, in one run.

    python -m benchmarks.compare --budget-minutes 35  # everything, three times, as much as fits
    python -m benchmarks.compare --short              # that it works, not how fast it is: under 3 minutes
    python -m benchmarks.compare --only heliograph --only slice --work http-64-told --rounds 1
    python -m benchmarks.compare --only heliograph --work http-64-told --rate 1000   # paced

Systems take turns within each group of works; each is started afresh for a group (HTTP without receipts
and with, SMPP, bulk, broadcast) and gets its works one after the other. How many messages a work has
follows from what the system may be expected to take, so that a slow one gets fewer (`--seconds`, `--count`).
What is not installed is left out and said so. Results are `results.json` and a page with charts in
`--out`: docs/benchmarks, or `.bench/last` when not everything was asked for.

The exit code is 1 when a system that is installed could not be run, when any message was lost or
duplicated on its way to the carrier, and when one of Heliograph's was never told; never for a time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import uvloop

from benchmarks import _page, _plan
from benchmarks._broadcasting import figures_of_a_broadcast
from benchmarks._counterpart import scratch
from benchmarks._figures import Figures
from benchmarks._limits import limits_of_the_counterpart
from benchmarks._machine import machine
from benchmarks._plan import SYSTEMS, Turn, Wish
from benchmarks._server import end_in_order, say
from benchmarks._workloads import (
    IDLE_SECONDS,
    RECEIPT_AFTER_SECONDS,
    WORKLOADS,
    Bench,
    Workload,
    started,
)
from benchmarks.systems import BareSlice, Heliograph, Jasmin, Kannel, Missing, System

DOCS: Final = Path(__file__).parents[1] / "docs" / "benchmarks"
_SHORT_TURN_SECONDS: Final = 300.0
_SHORT_RUN_SECONDS: Final = 150.0
_SHORT_IDLE_SECONDS: Final = 45.0
"""A machine that is short of time may stand still for a while; that is no loss."""
_SHORT_MINUTES: Final = 10.0
"""After which the short form starts nothing more; on a quiet machine it needs two."""
_INSTALL_SECONDS: Final = 900.0
_SHORT_INSTALL_SECONDS: Final = 240.0


def main() -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", action="append", choices=SYSTEMS, help="a system; repeatable")
    parser.add_argument("--work", action="append", choices=[w.key for w in WORKLOADS])
    parser.add_argument("--count", type=int, default=0, help="messages of each run")
    parser.add_argument(
        "--seconds", type=float, default=_plan.DEFAULT_SECONDS, help="that a run should take"
    )
    parser.add_argument("--budget-minutes", type=float, help="decides --seconds for all rounds")
    parser.add_argument("--rate", type=float, default=0.0, help="of HTTP submits; 0: all it takes")
    parser.add_argument("--serve", default="", help="further words for `heliograph serve`")
    parser.add_argument("--checkout", type=Path, help="run Heliograph from another source tree")
    parser.add_argument("--note", default="", help="a sentence for the page")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    try:
        return uvloop.run(_Comparison(given).run())
    except asyncio.CancelledError:
        say("given up; what ran was stopped")
        return 1


class _Comparison:
    """One call of the program."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._wish = Wish(
            systems=frozenset(given.only or ()),
            works=frozenset(given.work or ()),
            short=given.short,
            count=given.count,
        )
        partly = given.short or given.only or given.work
        self._out: Path = given.out or (scratch() / "last" if partly else DOCS)
        self._missing: dict[str, str] = {}
        self._unfinished = ""
        self._runs: list[dict[str, Any]] = []
        self._limits: dict[str, float] = {}
        self._began_at = monotonic()

    async def run(self) -> int:
        """All rounds; the page is written again after each turn, so that what was measured stays."""
        end_in_order()
        given, rounds = self._given, self._rounds()
        expected = sum(map(_plan.expected_seconds, rounds)) / 60
        say(f"{len(rounds)} round(s), expected to take {expected:.0f} minutes")
        self._limits = await limits_of_the_counterpart(10_000 if given.short else 100_000)
        say(f"the counterpart alone, a second: {self._limits}")
        for number, turns in enumerate(rounds, 1):
            for turn in turns:
                if given.short and monotonic() - self._began_at > 60 * _SHORT_MINUTES:
                    self._unfinished = f"Not all of it ran: {_SHORT_MINUTES:.0f} minutes were over."
                    say(self._unfinished)
                    break
                if turn.system not in self._missing:
                    await self._turn(turn, number)
                    _page.write(self._out, self._results())
        say(f"written: {self._out}, after {(monotonic() - self._began_at) / 60:.1f} minutes")
        wrong = [what for run in self._runs for what in faults_of(run)]
        for what in wrong:
            say(f"wrong: {what}")
        return 1 if wrong else 0

    def _rounds(self) -> list[list[Turn]]:
        given = self._given
        number = given.rounds or (1 if given.short else 3)
        if given.budget_minutes:
            return _plan.within(self._wish, number, 60 * given.budget_minutes)
        seconds = _plan.SHORT_SECONDS if given.short else given.seconds
        return [_plan.one_round(self._wish, seconds)] * number

    async def _turn(self, turn: Turn, number: int) -> None:
        """One start and its works; a fault ends the turn, and is part of the results."""
        system = self._maker(turn.system)()
        left = [workload for workload, _ in turn.works]
        try:
            async with asyncio.timeout(_SHORT_TURN_SECONDS if self._given.short else None):
                async for workload, figures in self._work(system, turn):
                    self._note(system, workload, number, figures)
                    left.pop(0)
        except Missing as reason:
            self._missing[turn.system] = f"{system.name}: {reason}"
            say(f"{system.name} is left out: {reason}")
        except (RuntimeError, OSError, AssertionError) as fault:  # TimeoutError is an OSError
            run = {"system": system.name, "workload": left[0].key, "fault": repr(fault)}
            self._runs.append(run)
            say(f"{left[0].key:16} {system.name:16} FAILED: {fault!r}")

    async def _work(self, system: System, turn: Turn) -> AsyncIterator[tuple[Workload, Figures]]:
        if turn.works[0][0].kind == "broadcast":
            ((workload, count),) = turn.works
            yield workload, await self._broadcast(workload, count)
            return
        most = max(count for _, count in turn.works)
        idle = _SHORT_IDLE_SECONDS if self._given.short else IDLE_SECONDS
        async with started(system, telling=turn.telling, most=most, idle_seconds=idle) as bench:
            took: dict[str, float] = {}
            for workload, count in turn.works:
                yield workload, await self._measure(bench, workload, count, took)

    async def _measure(
        self, bench: Bench, workload: Workload, count: int, took: dict[str, float]
    ) -> Figures:
        pace = self._given.rate
        if workload.half_of:
            pace = took[workload.half_of] / 2
        if workload.kind == "http":
            workload = replace(workload, per_second=pace)
        async with asyncio.timeout(_SHORT_RUN_SECONDS if self._given.short else None):
            figures = await bench.measure(workload, count)
        # what it accepts beyond what it delivers is not what it takes
        took[workload.key] = min(figures["accepted_per_s"], figures.get("told_per_s", 1e9))
        return figures | ({"asked_per_s": pace} if pace else {})

    async def _broadcast(self, workload: Workload, count: int) -> Figures:
        given = self._given
        async with asyncio.timeout(_SHORT_RUN_SECONDS if given.short else None):
            return await figures_of_a_broadcast(
                count,
                receipts=workload.telling,
                options=tuple(given.serve.split()),
                checkout=given.checkout,
            )

    def _note(self, system: System, workload: Workload, number: int, figures: Figures) -> None:
        self._runs.append(
            {
                "system": system.name,
                "workload": workload.key,
                "round": number,
                "load_average": round(os.getloadavg()[0], 2),
                "figures": {name: round(value, 4) for name, value in figures.items()},
            }
        )
        say(
            f"{workload.key:16} {system.name:16} {figures['count']:8,.0f}:"
            f" carrier {figures['carrier_per_s']:7,.0f}/s  told {figures.get('told_per_s', 0):7,.0f}/s"
            f"  CPU {figures['cpu_s_per_1000']:.3f} s per 1,000"
            f"  accept p99 {figures.get('accept_p99_ms', 0):.1f} ms  lost {figures['lost']:.0f}"
            f"  untold {figures.get('untold', 0):.0f}  {figures['peak_mib']:.0f} MiB"
        )

    def _maker(self, key: str) -> Callable[[], System]:
        given = self._given
        match key:
            case "heliograph":
                return lambda: Heliograph(tuple(given.serve.split()), given.checkout)
            case "kannel":
                return Kannel
            case "kannel-memory":
                return lambda: Kannel(in_memory=True)
            case "jasmin":
                patience = _SHORT_INSTALL_SECONDS if given.short else _INSTALL_SECONDS
                return lambda: Jasmin(patience)
            case _:
                return BareSlice

    def _results(self) -> dict[str, Any]:
        given, known = self._given, [self._maker(key)() for key in SYSTEMS]
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "minutes": round((monotonic() - self._began_at) / 60, 1),
            "command": _command(sys.argv[1:]),
            "note": " ".join(filter(None, (given.note, self._unfinished))),
            "short": given.short,
            "machine": machine(),
            "receipt_after_seconds": RECEIPT_AFTER_SECONDS,
            "counterpart_limits_per_s": self._limits,
            "missing": list(self._missing.values()),
            "promises": {system.name: system.promise for system in known},
            "workloads": [
                {"key": w.key, "title": w.title, "telling": w.telling} for w in WORKLOADS
            ],
            "runs": self._runs,
        }


def faults_of(run: dict[str, Any]) -> list[str]:
    """Why this run fails the program, in words; empty when it does not."""
    who = f"{run['system']}, {run['workload']}"
    if "fault" in run:
        return [f"{who}: {run['fault']}"]
    counted = ["lost", "duplicated"]
    if run["system"] == Heliograph.name:
        counted += ["untold", "refused"]
    figures = run["figures"]
    found = [f"{who}: {name} {figures[name]:.0f}" for name in counted if figures.get(name)]
    if not figures["carrier_per_s"]:
        found.append(f"{who}: nothing came to the carrier")
    return found


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


if __name__ == "__main__":
    sys.exit(main())
