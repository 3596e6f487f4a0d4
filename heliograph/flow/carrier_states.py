"""What this process says of its carriers, every few seconds, where every process can read it.

Several processes may have the same carrier, each with connections of its own, and any of them may be asked.
So each writes down how it stands; what it no longer says is not believed for long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import msgspec

from heliograph.flow.outlet import Outlet
from heliograph.flow.performance import RECENT_SECONDS, Recent
from heliograph.model.carrier import Lined, LineState
from heliograph.model.overview import ProcessState
from heliograph.store import overview
from heliograph.store.database import Database
from heliograph.store.overview import Said

_STALE: Final = timedelta(minutes=10)


class CarrierTeller:
    """`tell` now and again, `silence` at the end."""

    def __init__(
        self,
        *,
        database: Database,
        outlets: Mapping[int, Outlet],
        node: int,
        now: Callable[[], datetime],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`outlets` by carrier; that of test credentials, 0, is nobody's carrier."""
        self._database = database
        self._outlets = outlets
        self._node = node
        self._now = now
        self._clock = clock
        self._recent: dict[int, Recent] = {}
        self._silent = False

    async def tell(self) -> int:
        """Once; there is never more to do at once, so 0."""
        if self._silent:
            return 0
        now = self._now()
        states = [
            Said(carrier_id, self._state(carrier_id, outlet, now))
            for carrier_id, outlet in sorted(self._outlets.items())
            if carrier_id
        ]
        self._recent = {each.carrier_id: self._recent[each.carrier_id] for each in states}
        async with self._database.link() as link:
            await overview.tell_states(link, self._node, now, states)
            await overview.forget_states(link, now - _STALE)
        return 0

    async def silence(self) -> None:
        """This process will have no carriers any more, and says nothing of them."""
        self._silent = True
        async with self._database.link() as link:
            await overview.tell_states(link, self._node, self._now(), [])

    def _state(self, carrier_id: int, outlet: Outlet, now: datetime) -> ProcessState:
        lines = outlet.link.lines() if isinstance(outlet.link, Lined) else ()
        done = outlet.performance
        counts = done.counts() | {_name(each): each.submitted for each in lines}
        # Connections know of answers that never become an outcome: a throttled part is written again.
        throttled = sum(each.throttled for each in lines)
        counts["throttled"] = max(counts["throttled"], throttled) if lines else counts["throttled"]
        recent = self._recent.setdefault(carrier_id, Recent())
        recent.look(self._clock(), counts)
        answered = recent.grown("answered", RECENT_SECONDS)
        seconds = recent.grown("seconds", RECENT_SECONDS)
        return ProcessState(
            at=now,
            up=outlet.link.up,
            waiting=len(outlet),
            under_way=outlet.under_way,
            window=outlet.window,
            per_second=outlet.bucket.per_second,
            submitted_per_second=round(recent.per_second("submitted"), 1),
            throttled=int(recent.grown("throttled", RECENT_SECONDS)),
            latency_ms=round(seconds * 1000 / answered) if answered else None,
            last_error=done.last_error,
            last_error_at=done.last_error_at,
            lines=tuple(_with_rate(each, recent) for each in lines),
        )


def _name(line: LineState) -> str:
    return f"line {line.name}"


def _with_rate(line: LineState, recent: Recent) -> LineState:
    rate = round(recent.per_second(_name(line)), 1)
    return msgspec.structs.replace(line, submitted_per_second=rate)
