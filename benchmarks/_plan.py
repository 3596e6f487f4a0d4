"""Who does which work, how much of it, and in what order: so that a comparison ends when it should. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks._workloads import WORKLOADS, Workload

SYSTEMS: Final = ("heliograph", "kannel", "kannel-memory", "jasmin", "slice")
_BULK: Final = 100_000
_BROADCAST: Final = 1_000_000
_PER_SECOND: Final = {
    # what a system may be expected to take, by one connection, by many, with callbacks, by SMPP; it
    # decides how many messages it is given, so that each runs for about as long
    "heliograph": (450, 6_500, 5_000, 8_000),
    "kannel": (1_200, 3_500, 1_200, 0),
    "kannel-memory": (2_500, 10_000, 5_000, 0),
    "jasmin": (250, 800, 250, 300),
    "slice": (900, 10_000, 8_000, 0),
}
_BULK_PER_SECOND: Final = 12_000
_BROADCAST_PER_SECOND: Final = 10_000
_AROUND_SECONDS: Final = {
    # start, settings and end of it; and for each work: warming up and settling
    "heliograph": (8.0, 2.0),
    "kannel": (3.0, 2.0),
    "kannel-memory": (2.0, 2.0),
    "jasmin": (22.0, 5.0),
    "slice": (4.0, 2.0),
}
_LEAST_COUNT: Final = 100
_LEAST_SECONDS: Final = 5.0
"""Of a run. Rather than going below it, broadcasts come only once."""
DEFAULT_SECONDS: Final = 10.0
SHORT_SECONDS: Final = 0.1
_SHORT: Final = ("http-32", "http-32-told", "smpp", "bulk", "broadcast-told")
_SHORT_BULK, _SHORT_BROADCAST = 1_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A system is started once and does these works, so many messages each."""

    system: str
    works: tuple[tuple[Workload, int], ...]

    @property
    def telling(self) -> bool:
        """Whether final callbacks are wanted."""
        work = self.works[0][0]
        return work.telling and work.kind != "smpp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for; empty is everything, `count` 0 what the tables say."""

    systems: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()
    short: bool = False
    count: int = 0


def does(system: str, workload: Workload) -> bool:
    """Bulk and broadcasts are Heliograph's alone; Debian's Kannel and the slice have no door for SMPP."""
    if workload.kind == "smpp":
        return _PER_SECOND[system][3] > 0
    return workload.kind == "http" or system == "heliograph"


def wanted(wish: Wish) -> list[Workload]:
    """The works that were asked for; half of something needs the whole of it first."""
    names = wish.works or frozenset(_SHORT if wish.short else [w.key for w in WORKLOADS])
    names |= {w.half_of for w in WORKLOADS if w.key in names and w.half_of}
    return [w for w in WORKLOADS if w.key in names]


def count_of(system: str, workload: Workload, wish: Wish, seconds: float) -> int:
    """Messages of one run that should take so long; half as many at half the rate."""
    if wish.count:
        return wish.count
    if workload.kind == "bulk":
        return _SHORT_BULK if wish.short else _BULK
    if workload.kind == "broadcast":
        return _SHORT_BROADCAST if wish.short else _BROADCAST
    single, many, told, by_smpp = _PER_SECOND[system]
    rate: float = told if workload.telling else many
    if workload.kind == "smpp":
        rate = by_smpp
    elif workload.connections == 1:
        rate = min(single, rate)
    if workload.half_of:
        rate /= 2
    return max(_LEAST_COUNT, int(rate * seconds))


def one_round(wish: Wish, seconds: float, *, broadcasts: bool = True) -> list[Turn]:
    """Systems take turns within each group of works that one start serves: HTTP without receipts and
    with; SMPP; bulk without and with; each broadcast."""
    groups: dict[tuple[str, bool], list[Workload]] = {}
    for workload in wanted(wish):
        if broadcasts or workload.kind != "broadcast":
            groups.setdefault((workload.kind, workload.telling), []).append(workload)
    return [
        Turn(
            system=system,
            works=tuple((w, count_of(system, w, wish, seconds)) for w in works),
        )
        for works in groups.values()
        for system in SYSTEMS
        if (not wish.systems or system in wish.systems) and does(system, works[0])
    ]


def expected_seconds(turns: Sequence[Turn]) -> float:
    """How long they should take, all in all."""
    total = 0.0
    for turn in turns:
        start, each = _AROUND_SECONDS[turn.system]
        total += start
        for workload, count in turn.works:
            rate = count_rate(turn.system, workload)
            total += each + count / rate
    return total


def count_rate(system: str, workload: Workload) -> float:
    """Messages per second that are expected."""
    if workload.kind == "bulk":
        return _BULK_PER_SECOND
    if workload.kind == "broadcast":
        return _BROADCAST_PER_SECOND
    return float(count_of(system, workload, Wish(), 1_000.0)) / 1_000.0


def within(wish: Wish, rounds: int, budget_seconds: float) -> list[list[Turn]]:
    """All rounds, as much of each work as fits; broadcasts in the first only when it would be little."""
    for always in (True, False):
        broadcasts = [always or turn == 0 for turn in range(rounds)]

        def plan(seconds: float, broadcasts: list[bool] = broadcasts) -> list[list[Turn]]:
            return [one_round(wish, seconds, broadcasts=each) for each in broadcasts]

        one, two = (sum(map(expected_seconds, plan(s))) for s in (20.0, 40.0))
        seconds = 20.0 + (budget_seconds - one) * 20.0 / max(two - one, 1e-9)
        if seconds >= _LEAST_SECONDS or not always:
            break
    return plan(min(max(seconds, 1.0), 30.0))
