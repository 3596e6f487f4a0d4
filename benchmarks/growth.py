"""The rate as the message table grows: the same works at 0, 1, 5, 10 and 20 million messages of history.

    python -m benchmarks.growth                              # under 20 minutes, about 45 GB for as long
    python -m benchmarks.growth --sizes 0 0.1 0.2 --count 2000 --repeat 1

One Heliograph with its embedded database (fsync on). Some messages go through it; what they left in every
table is copied back through time by SQL, half of it into past partitions, half into the present one
(`_history.py`), vacuumed and written out. At each size HTTP submits over 64 connections with receipts and
callbacks, SMPP in and out, and one bulk request with callbacks are measured, `--repeat` times in turn. The
SMSC's ids are scattered, as are those of the history, so that keys of receipts are looked up all over.
Results are `growth.json`, a curve and a section of the page in `--out`; data are removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import asyncpg
import uvloop

from benchmarks import _history, _page
from benchmarks._counterpart import Counterpart
from benchmarks._figures import Figures
from benchmarks._history import Stretch, Template
from benchmarks._machine import machine
from benchmarks._server import end_in_order, say
from benchmarks._workloads import WARM, WORKLOADS, Bench
from benchmarks.systems import Heliograph
from heliograph.store.embedded import running_dsn

WORKS: Final = ("http-64-told", "smpp", "bulk-told")
_SEED: Final = 500
"""Messages by HTTP, and as many by SMPP, that the history is made of."""
_BYTES_A_MESSAGE: Final = 2_500
_MILLION: Final = 1_000_000
_STEP: Final = 100
"""Blocks that are written before something is said."""
_QUIET_SECONDS: Final = 90.0
_TOLD_SECONDS: Final = 3.0
"""Those by SMPP are told to the endpoint as well, which nobody waits for."""
_PARTITION_DAYS: Final = 7
_KEPT: Final = ("accepted_per_s", "carrier_per_s", "told_per_s", "cpu_s_per_1000", "accept_p99_ms",
                "lost", "duplicated", "untold", "refused", "count")  # fmt: skip


def main() -> int:
    """1 when a message was lost, duplicated or never told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--sizes", type=float, nargs="+", default=[0, 1, 5, 10, 20], help="millions"
    )
    parser.add_argument("--count", type=int, default=20_000, help="messages of each measurement")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--weeks", type=int, default=10, help="past partitions")
    parser.add_argument("--serve", default="", help="further words for `heliograph serve`")
    parser.add_argument("--checkout", type=Path, help="run Heliograph from another source tree")
    parser.add_argument(
        "--budget-minutes", type=float, default=20.0, help="then nothing more is added"
    )
    parser.add_argument("--below", type=Path, help="where the data directory is made")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs/benchmarks")
    given = parser.parse_args()
    try:
        return uvloop.run(_Growth(given).run())
    except asyncio.CancelledError:
        say("given up; what ran was stopped")
        return 1


class _Growth:
    """One call of the program."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._sizes = sorted({round(size * _MILLION) for size in given.sizes})
        self._points: list[dict[str, Any]] = []
        self._note = ""
        self._began_at = monotonic()
        self._written = 0

    async def run(self) -> int:
        """All sizes, the smallest first."""
        end_in_order()
        with tempfile.TemporaryDirectory(
            prefix="heliograph-growth-", dir=self._given.below, ignore_cleanup_errors=True
        ) as name:
            folder = Path(name)
            needed, free = self._sizes[-1] * _BYTES_A_MESSAGE, shutil.disk_usage(folder).free
            if needed > free:
                say(f"{needed / 1e9:.0f} GB are needed, {free / 1e9:.0f} are free")
                return 1
            async with self._running(folder) as bench:
                await self._grow(bench, folder)
        wrong = [
            f"{work}: {name} {figures[name]:.0f}"
            for point in self._points
            for work, runs in point["works"].items()
            for figures in runs
            for name in ("lost", "duplicated", "untold")
            if figures[name]
        ]
        for what in wrong:
            say(f"wrong: {what}")
        return 1 if wrong else 0

    @asynccontextmanager
    async def _running(self, folder: Path) -> AsyncIterator[Bench]:
        given = self._given
        counterpart = await Counterpart.start(max(given.count, WARM, _SEED))
        system = Heliograph(tuple(given.serve.split()), given.checkout)
        try:
            await counterpart.scatter()
            yield Bench(counterpart, await system.start(folder, counterpart, telling=True))
        finally:
            await system.stop()
            await counterpart.stop()

    async def _grow(self, bench: Bench, folder: Path) -> None:
        template = await self._seed(bench, folder)
        blocks = -(-self._sizes[-1] // template.messages)
        parts = _history.stretches(template, blocks, self._given.weeks, _PARTITION_DAYS)
        links = [await asyncpg.connect(running_dsn(folder / "data")) for _ in parts]
        try:
            await _history.prepare(links[0], template, self._given.weeks, _PARTITION_DAYS)
            writers = [_history.Writer(link, template) for link in links]
            for writer in writers:
                await writer.start()
            done = [0, 0]
            for size in self._sizes:
                if self._over(size):
                    break
                wanted = -(-size // template.messages)
                shares = [min(-(-wanted // 2), parts[0].count), 0]
                shares[1] = min(wanted - shares[0], parts[1].count)
                async with asyncio.TaskGroup() as group:
                    for place, part in enumerate(parts):
                        group.create_task(
                            self._fill(writers[place], part, done[place], shares[place])
                        )
                done = shares
                await self._look(bench, links[0], folder, template, size)
        finally:
            for link in links:
                await link.close()

    async def _seed(self, bench: Bench, folder: Path) -> Template:
        link = await asyncpg.connect(running_dsn(folder / "data"))
        try:
            for (
                work
            ) in WORKS:  # what the process and its database learn at first is not what is measured
                await bench.measure(_work(work), self._given.count)
            await asyncio.sleep(_TOLD_SECONDS)
            since = datetime.now(UTC)
            for work in ("http-64-told", "smpp"):
                await bench.measure(_work(work), _SEED)
            await asyncio.sleep(_TOLD_SECONDS)
            return await _history.take_template(link, since, datetime.now(UTC))
        finally:
            await link.close()

    def _over(self, size: int) -> bool:
        """Whether the time is up; what was not done is said on the page."""
        minutes = (monotonic() - self._began_at) / 60
        if minutes < self._given.budget_minutes or not self._points:
            return False
        self._note = f"{size:,} messages and more were left out: {minutes:.0f} minutes were over."
        say(self._note)
        return True

    async def _fill(self, writer: _history.Writer, stretch: Stretch, first: int, upto: int) -> None:
        since = monotonic()

        def wrote(messages: int) -> None:
            self._written += messages

        for start in range(first, upto, _STEP):
            await writer.write(stretch, start, min(_STEP, upto - start), wrote)
            say(
                f"  {self._written:12,} messages of history, {monotonic() - since:4.0f} s at this size,"
                f" {(monotonic() - self._began_at) / 60:.1f} min in all"
            )

    async def _look(
        self,
        bench: Bench,
        link: _history.Link,
        folder: Path,
        template: Template,
        size: int,
    ) -> None:
        """One size: settled, then each work in turn; written at once."""
        since = monotonic()
        await _history.settle(link, list(template.tables))
        await self._until_quiet(link)
        settled = monotonic() - since
        works: dict[str, list[Figures]] = {name: [] for name in WORKS}
        for _ in range(self._given.repeat):
            for name in WORKS:
                figures = await bench.measure(_work(name), self._given.count)
                works[name].append({key: round(figures[key], 4) for key in _KEPT if key in figures})
                say(
                    f"{size:12,} {name:14} told {figures['told_per_s']:7,.0f}/s"
                    f"  CPU {figures['cpu_s_per_1000']:.3f}  accept p99 {figures['accept_p99_ms']:.1f} ms"
                    f"  lost {figures['lost']:.0f}  untold {figures['untold']:.0f}"
                )
        self._points.append(
            {
                "messages": size,
                "works": works,
                "settled_seconds": round(settled, 1),
                "directory_bytes": await asyncio.to_thread(_bytes_of, folder),
                **await _history.sizes(link),
            }
        )
        _page.write_growth(self._given.out, self._results(template))

    async def _until_quiet(self, link: _history.Link) -> None:
        """No vacuum goes on by itself any more; at most so long."""
        until = monotonic() + _QUIET_SECONDS
        busy = "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker'"
        while await link.fetchval(busy) and monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.5)

    def _results(self, template: Template) -> dict[str, Any]:
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "minutes": round((monotonic() - self._began_at) / 60, 1),
            "machine": machine(),
            "count": self._given.count,
            "weeks": self._given.weeks,
            "rows_a_message": {
                name: round(rows / template.messages, 3) for name, rows in template.rows.items()
            },
            "note": self._note,
            "points": self._points,
        }


def _work(key: str) -> Any:
    return next(work for work in WORKLOADS if work.key == key)


def _bytes_of(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                total += path.stat().st_blocks * 512
        except OSError:  # it went meanwhile
            continue
    return total


if __name__ == "__main__":
    sys.exit(main())
