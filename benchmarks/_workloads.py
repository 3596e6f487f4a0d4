"""One run: a system started afresh, warmed up, given its work, measured until it has done all of it."""

from __future__ import annotations

import asyncio
import json
import tempfile
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import aiohttp

from benchmarks._counterpart import Counterpart, Counts
from benchmarks._figures import Figures, figures_of
from benchmarks._processes import cpu_seconds, proportional_mib, tree
from benchmarks.systems import Ready, System
from benchmarks.systems._system import SENDER, TEXT

_LOAD_SECONDS: Final = 180.0
_IDLE_SECONDS: Final = 15.0
"""Work that has not moved for so long is taken for lost."""
_WARM: Final = 400
_SESSIONS: Final = 2
_SESSION_WINDOW: Final = 500
_FIRST_NUMBER: Final = 11_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is asked of a system. `kind` is http, smpp or bulk; `per_second` 0 is as fast as it goes."""

    key: str
    title: str
    kind: str = "http"
    connections: int = 1
    telling: bool = False
    per_second: float = 0.0


WORKLOADS: Final = (
    *(
        Workload(
            key=f"http-{connections}{'-told' if telling else ''}",
            title=f"Single HTTP submits, {connections} connection{'s' if connections > 1 else ''}, "
            + ("receipts and one final callback each" if telling else "no receipts"),
            connections=connections,
            telling=telling,
        )
        for telling in (False, True)
        for connections in (1, 32, 64)
    ),
    Workload(
        key="smpp", title="SMPP in, SMPP out, receipts back by SMPP", kind="smpp", telling=True
    ),
    Workload(key="bulk", title="One bulk request", kind="bulk"),
    Workload(
        key="bulk-told",
        title="One bulk request, receipts and one final callback each",
        kind="bulk",
        telling=True,
    ),
)
RECEIPT_AFTER_SECONDS: Final = 0.05


async def run(system: System, workload: Workload, count: int) -> Figures:
    """Raises `systems.Missing` when the system is not installed. Nothing runs afterwards."""
    counterpart = await Counterpart.start(count + _WARM)
    with tempfile.TemporaryDirectory(
        prefix="heliograph-bench-", ignore_cleanup_errors=True
    ) as folder:
        try:
            told_by_http = workload.telling and workload.kind != "smpp"
            ready = await system.start(Path(folder), counterpart, telling=told_by_http)
            return await _measure(counterpart, ready, workload, count)
        finally:
            await system.stop()
            await counterpart.stop()


async def _measure(
    counterpart: Counterpart, ready: Ready, workload: Workload, count: int
) -> Figures:
    for warm in (True, False):
        await counterpart.reset(
            receipts=workload.telling,
            receipt_after_seconds=RECEIPT_AFTER_SECONDS,
            final=ready.final,
        )
        if warm:
            await _load(counterpart, ready, workload, min(_WARM, count))
    peak = _Peak(ready.roots)
    before, own_before = _cpu(ready.roots), await counterpart.report()
    counts, asked = await _load(counterpart, ready, workload, count)
    await asyncio.sleep(0.5)  # what is committed after the last callback counts too
    used = _cpu(ready.roots) - before
    own_used = counts["cpu_seconds"] - own_before["cpu_seconds"]
    moments = await counterpart.moments(count)
    figures = figures_of(
        asked_at=asked[0] if asked else moments.asked_at,
        answered_at=asked[1] if asked else moments.answered_at,
        carrier_at=moments.carrier_at,
        told_at=moments.told_at,
        counts=counts,
        telling=workload.telling,
    )
    return figures | {
        "cpu_s_per_1000": 1000 * used / count,
        "counterpart_cpu_s_per_1000": 1000 * own_used / count,
        "peak_mib": await peak.stop(),
        "count": float(count),
    }


async def _load(
    counterpart: Counterpart, ready: Ready, workload: Workload, count: int
) -> tuple[Counts, tuple[Sequence[float], Sequence[float]] | None]:
    """Until all of it is done; for bulk also when each message was asked for and answered."""
    asked = None
    if workload.kind == "bulk":
        since, until = await _bulk(ready, count)
        asked = array("d", [since]) * count, array("d", [until]) * count
        accepted = float(count)
    else:
        if workload.kind == "smpp":
            assert ready.smpp_port is not None
            await counterpart.smpp(
                ready.smpp_port,
                login=ready.login,
                sessions=_SESSIONS,
                window=_SESSION_WINDOW,
                count=count,
            )
        else:
            await counterpart.http(
                ready.port,
                ready.request,
                connections=workload.connections,
                count=count,
                per_second=workload.per_second,
            )
        accepted = (await counterpart.wait_load(_LOAD_SECONDS))["accepted"]
    field = "told_distinct" if workload.telling else "carrier_distinct"
    counts = await counterpart.settled(field, accepted, idle_seconds=_IDLE_SECONDS)
    return counts | {"accepted": accepted}, asked


async def _bulk(ready: Ready, count: int) -> tuple[float, float]:
    """One request; when it began and when it was answered."""
    body = "".join(
        json.dumps({"from": SENDER, "to": f"88017{_FIRST_NUMBER + n:08d}", "text": TEXT}) + "\n"
        for n in range(count)
    )
    headers = {
        "authorization": f"Bearer {ready.key}",
        "content-type": "application/x-ndjson",
    }
    url = f"http://127.0.0.1:{ready.port}{ready.bulk_path}"
    async with aiohttp.ClientSession() as session:
        since = monotonic()
        async with session.post(url, data=body.encode(), headers=headers) as answer:
            text = await answer.text()
            if answer.status >= 300:
                raise RuntimeError(f"bulk was refused: {text[:200]}")
        return since, monotonic()


def _cpu(roots: Sequence[int]) -> float:
    return sum(cpu_seconds(tree(root)) for root in roots)


class _Peak:
    """The most memory a system has had, looked at every two seconds."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._look: Callable[[], float] = lambda: sum(
            proportional_mib(tree(root)) for root in roots
        )
        self._most = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            self._most = max(self._most, await asyncio.to_thread(self._look))
            await asyncio.sleep(2.0)

    async def stop(self) -> float:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        return max(self._most, self._look())
