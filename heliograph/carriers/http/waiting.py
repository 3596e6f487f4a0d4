"""What waits for a free connection: by traffic class, so that a one-time password passes the
advertisements before it (promise P8), and in order within a class. It has no clock of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from heliograph.model.account import TrafficClass
from heliograph.model.carrier import Settle
from heliograph.model.report import Dispatch


class Pending(NamedTuple):
    """An attempt of which nothing was written yet."""

    dispatch: Dispatch
    settle: Settle
    since: float


class Waiting:
    """A queue for each class."""

    __slots__ = ("_lanes",)

    def __init__(self) -> None:
        self._lanes: dict[int, deque[Pending]] = {lane: deque() for lane in sorted(TrafficClass)}

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def extend(self, several: Iterable[Pending]) -> None:
        """Queue them behind the others of their class."""
        for pending in several:
            self._lanes[pending.dispatch.message.traffic_class].append(pending)

    def next(self) -> Pending:
        """The first of the most urgent class. Raises IndexError when nothing waits."""
        for lane in self._lanes.values():
            if lane:
                return lane.popleft()
        raise IndexError("nothing waits")

    def oldest(self) -> float | None:
        """When that which has waited longest was submitted; None when nothing waits."""
        return min((lane[0].since for lane in self._lanes.values() if lane), default=None)

    def stale(self, before: float) -> list[Pending]:
        """Take out what was submitted until then."""
        found = []
        for lane in self._lanes.values():
            while lane and lane[0].since <= before:
                found.append(lane.popleft())
        return found
