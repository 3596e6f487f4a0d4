"""One measurement: a system is started afresh, warmed up, given its work, and watched until all is done."""

from __future__ import annotations

import asyncio
import json
import tempfile
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import aiohttp

from benchmarks._counterpart import Counterpart, Counts
from benchmarks._figures import Figures, figures_of
from benchmarks._processes import Peak, cpu_of
from benchmarks.systems import Ready, System
from benchmarks.systems._system import SENDER, TEXT

_LOAD_SECONDS: Final = 180.0
IDLE_SECONDS: Final = 15.0
"""Work that has not moved for so long is taken for lost."""
WARM: Final = 400
_SESSIONS: Final = 2
_SESSION_WINDOW: Final = 500
_FIRST_NUMBER: Final = 11_000_000
RECEIPT_AFTER_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is asked of a system. `kind` is http, smpp, bulk or broadcast.

    `per_second` 0 is as fast as it goes. A `half_of` other work is paced at half of what that one took, on
    the system as that one left it.
    """

    key: str
    title: str
    kind: str = "http"
    connections: int = 1
    telling: bool = False
    per_second: float = 0.0
    half_of: str = ""


_HALF: Final = Workload(
    key="http-64-told-half",
    title="The same, paced at half of what the system took flat out",
    connections=64,
    telling=True,
    half_of="http-64-told",
)
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
    _HALF,
    Workload(key="smpp-quiet", title="SMPP in, SMPP out, no receipts", kind="smpp"),
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
    Workload(key="broadcast", title="One broadcast to a list, no receipts", kind="broadcast"),
    Workload(
        key="broadcast-told",
        title="One broadcast to a list, receipts",
        kind="broadcast",
        telling=True,
    ),
)


class Bench:
    """A system that is running, and its counterpart."""

    def __init__(
        self, counterpart: Counterpart, ready: Ready, *, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self.counterpart = counterpart
        self.ready = ready
        self._idle_seconds = idle_seconds

    async def measure(self, workload: Workload, count: int) -> Figures:
        """Warm up, then do this work; `count` is of messages. Raises TimeoutError, RuntimeError."""
        counterpart, roots = self.counterpart, self.ready.roots
        for warm in (True, False):
            await counterpart.reset(
                receipts=workload.telling,
                receipt_after_seconds=RECEIPT_AFTER_SECONDS,
                final=self.ready.final,
            )
            if warm:
                await self._load(workload, min(WARM, count))
        peak = Peak(roots)
        try:
            before, own_before = cpu_of(roots), await counterpart.report()
            counts, asked = await self._load(workload, count)
            await asyncio.sleep(0.5)  # what is committed after the last callback counts too
            used = cpu_of(roots) - before
        finally:
            peak_mib = await peak.stop()
        moments = await counterpart.moments(count)
        asked_at, answered_at = asked or (moments.asked_at, moments.answered_at)
        figures = figures_of(
            asked_at=asked_at,
            answered_at=answered_at,
            carrier_at=moments.carrier_at,
            told_at=moments.told_at,
            counts=counts,
            telling=workload.telling,
            at_once=workload.kind in ("bulk", "broadcast"),
        )
        own_used = counts["cpu_seconds"] - own_before["cpu_seconds"]
        last = max(map(max, (answered_at, moments.carrier_at, moments.told_at)))
        return figures | {
            "cpu_s_per_1000": 1000 * used / count,
            "counterpart_cpu_s_per_1000": 1000 * own_used / count,
            "counterpart_busy": own_used / max(last - min(at for at in asked_at if at), 1e-3),
            "peak_mib": peak_mib,
            "count": float(count),
        }

    async def _load(
        self, workload: Workload, count: int
    ) -> tuple[Counts, tuple[Sequence[float], Sequence[float]] | None]:
        """Until all of it is done; for bulk also when each message was asked for and answered."""
        counterpart, ready, asked = self.counterpart, self.ready, None
        if workload.kind == "bulk":
            since, until = await _bulk(ready, count)
            asked = array("d", [since]) * count, array("d", [until]) * count
            accepted = float(count)
        else:
            limit = _LOAD_SECONDS
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
                if workload.per_second:
                    limit += count / workload.per_second
                await counterpart.http(
                    ready.port,
                    ready.request,
                    connections=workload.connections,
                    count=count,
                    per_second=workload.per_second,
                )
            accepted = (await counterpart.wait_load(limit))["accepted"]
        field = "told_distinct" if workload.telling else "carrier_distinct"
        counts = await counterpart.settled(field, accepted, idle_seconds=self._idle_seconds)
        return counts | {"accepted": accepted}, asked


@asynccontextmanager
async def started(
    system: System, *, telling: bool, most: int, idle_seconds: float = IDLE_SECONDS
) -> AsyncIterator[Bench]:
    """A system afresh, for works of at most so many messages; nothing of it runs afterwards.

    `telling` with a final callback of each message. Raises `systems.Missing` when it is not installed.
    """
    counterpart = await Counterpart.start(max(most, WARM))
    with tempfile.TemporaryDirectory(
        prefix="heliograph-bench-", ignore_cleanup_errors=True
    ) as folder:
        try:
            ready = await system.start(Path(folder), counterpart, telling=telling)
            yield Bench(counterpart, ready, idle_seconds=idle_seconds)
        finally:
            await system.stop()
            await counterpart.stop()


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
