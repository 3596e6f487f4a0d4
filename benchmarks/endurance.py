"""Memory over two million messages through one server: flat, or not.

    python -m benchmarks.endurance                # about 10 minutes
    python -m benchmarks.endurance --count 50000

HTTP submits over 64 kept connections, receipts, one signed callback each, through one Heliograph with its
embedded database. Every few seconds memory is read from /proc: resident memory of each process of
Heliograph's, and of PostgreSQL's backends (vacuum and its like apart) what is their own (RssAnon, without
the buffers they share).
The rule: memory is flat when the median of the last quarter of the messages is not above that of the
second quarter by more than 5 % or 4 MiB, whichever is more; the first quarter is for caches to fill.
Results are `endurance.json`, a curve and a section of the page in `--out`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import uvloop

from benchmarks import _page
from benchmarks._counterpart import Counterpart
from benchmarks._figures import GROWTH_MIB, GROWTH_SHARE, flatness, flatness_in_words
from benchmarks._machine import machine
from benchmarks._processes import cpu_of, resident_mib, tree
from benchmarks._server import end_in_order, say
from benchmarks._workloads import RECEIPT_AFTER_SECONDS
from benchmarks.systems import Heliograph, Ready

_CONNECTIONS: Final = 64
_IDLE_SECONDS: Final = 30.0
_SLOWEST_PER_S: Final = 100.0


def main() -> int:
    """1 when memory was not flat, or a message was lost, duplicated or never told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=2_000_000)
    parser.add_argument("--every-seconds", type=float, default=3.0)
    parser.add_argument("--serve", default="", help="further words for `heliograph serve`")
    parser.add_argument("--checkout", type=Path, help="run Heliograph from another source tree")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs/benchmarks")
    given = parser.parse_args()
    try:
        results = uvloop.run(_run(given))
    except asyncio.CancelledError:
        say("given up; what ran was stopped")
        return 1
    _page.write_endurance(given.out, results)
    for name, verdict in results["verdicts"].items():
        say(f"{name}: {flatness_in_words(verdict)}")
    wrong = {k: v for k, v in results["counted"].items() if v}
    say(f"{results['told_per_s']:,.0f} callbacks/s; wrong: {wrong or 'nothing'}")
    return 1 if wrong or not all(v["flat"] for v in results["verdicts"].values()) else 0


async def _run(given: argparse.Namespace) -> dict[str, Any]:
    end_in_order()
    counterpart = await Counterpart.start(given.count)
    system = Heliograph(tuple(given.serve.split()), given.checkout)
    with tempfile.TemporaryDirectory(
        prefix="heliograph-endurance-", ignore_cleanup_errors=True
    ) as folder:
        try:
            ready = await system.start(Path(folder), counterpart, telling=True)
            return await _endure(counterpart, ready, given)
        finally:
            await system.stop()
            await counterpart.stop()


async def _endure(
    counterpart: Counterpart, ready: Ready, given: argparse.Namespace
) -> dict[str, Any]:
    count = given.count
    await counterpart.reset(
        receipts=True, receipt_after_seconds=RECEIPT_AFTER_SECONDS, final=ready.final
    )
    samples: list[dict[str, float]] = []
    watch = asyncio.create_task(_watch(counterpart, ready, given.every_seconds, samples))
    before, since = cpu_of(ready.roots), monotonic()
    try:
        await counterpart.http(ready.port, ready.request, connections=_CONNECTIONS, count=count)
        load = await counterpart.wait_load(120 + count / _SLOWEST_PER_S)
        counts = await counterpart.settled(
            "told_distinct", load["accepted"], idle_seconds=_IDLE_SECONDS
        )
        took = monotonic() - since
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "count": count,
        "seconds": round(took, 1),
        "told_per_s": round(counts["told_distinct"] / took, 1),
        "cpu_s_per_1000": round(1000 * (cpu_of(ready.roots) - before) / count, 4),
        "counted": {
            "refused": load["refused"] + load["broken"],
            "lost": load["accepted"] - counts["carrier_distinct"],
            "duplicated": counts["carrier_twice"],
            "untold": load["accepted"] - counts["told_distinct"],
            "told_twice": counts["told_twice"],
        },
        "rule": {"share": GROWTH_SHARE, "mib": GROWTH_MIB},
        "verdicts": {
            name: flatness([(s["told"], s[name]) for s in samples], count)
            for name in ("heliograph_mib", "postgres_mib")
        },
        "samples": samples,
    }


async def _watch(
    counterpart: Counterpart, ready: Ready, every_seconds: float, samples: list[dict[str, float]]
) -> None:
    since = monotonic()
    while True:
        memory = await asyncio.to_thread(_memory, ready.roots)
        counts = await counterpart.report()
        samples.append(
            {"at": round(monotonic() - since, 1), "told": counts["told_distinct"], **memory}
        )
        say(
            f"{samples[-1]['at']:7.0f} s {counts['told_distinct']:11,.0f} told"
            f"  Heliograph {memory['heliograph_mib']:6.1f} MiB  PostgreSQL {memory['postgres_mib']:6.1f} MiB"
        )
        await asyncio.sleep(every_seconds)


def _memory(roots: Sequence[int]) -> dict[str, float]:
    """Resident MiB of Heliograph's processes; own MiB of PostgreSQL's backends, and how many they are."""
    ours, theirs, backends = 0.0, 0.0, 0
    for pid in (pid for root in roots for pid in tree(root)):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"[local]" in words:
                theirs += resident_mib(pid, "RssAnon")
                backends += 1
            elif b"heliograph" in words and b"postgres" not in words:
                ours += resident_mib(pid, "VmRSS")
        except OSError:  # it has ended
            continue
    return {
        "heliograph_mib": round(ours, 2),
        "postgres_mib": round(theirs, 2),
        "postgres_backends": backends,
    }


if __name__ == "__main__":
    sys.exit(main())
