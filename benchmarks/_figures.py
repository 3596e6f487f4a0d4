"""What moments and counts say: rates, percentiles, what was lost; and the spread of several runs. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

SHARES: Final = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
GROWTH_SHARE: Final = 0.05
GROWTH_MIB: Final = 4.0
Figures = dict[str, float]
"""By name; rates are per second, times in milliseconds, CPU in seconds per 1,000 messages, memory in MiB."""


class Spread(NamedTuple):
    """Of one figure over the runs."""

    least: float
    median: float
    most: float


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; `ordered` ascends and is not empty."""
    place = -(-share * len(ordered) // 1)  # the ceiling
    return ordered[min(len(ordered), max(1, int(place))) - 1]


def rate(moments: Sequence[float], since: float) -> float:
    """Of all that happened, over the time from `since` to the last of it; 0 where nothing did."""
    happened = [moment for moment in moments if moment]
    return len(happened) / (max(happened) - since) if happened else 0.0


def delays(name: str, starts: Sequence[float], ends: Sequence[float]) -> Figures:
    """Percentiles of end less start in milliseconds, where both happened; empty where none did."""
    both = sorted(
        1000 * (end - start) for start, end in zip(starts, ends, strict=True) if start and end
    )
    return {f"{name}_{key}_ms": percentile(both, share) for key, share in SHARES.items() if both}


def figures_of(
    *,
    asked_at: Sequence[float],
    answered_at: Sequence[float],
    carrier_at: Sequence[float],
    told_at: Sequence[float],
    counts: Mapping[str, float],
    telling: bool,
    at_once: bool = False,
) -> Figures:
    """Of one run. All times run from the request. Lost is what was answered positively and never came.
    Where all is asked for `at_once`, also how fast it comes once the first has come."""
    since = min(moment for moment in asked_at if moment)
    lost = sum(1 for a, c in zip(answered_at, carrier_at, strict=True) if a and not c)
    figures = {
        "accepted_per_s": rate(answered_at, since),
        "carrier_per_s": rate(carrier_at, since),
        "accepted": counts["accepted"],
        "refused": counts["refused"] + counts["broken"],
        "lost": float(lost),
        "duplicated": counts["carrier_twice"],
        **delays("accept", asked_at, answered_at),
        **delays("carrier", asked_at, carrier_at),
    }
    first = min((moment for moment in carrier_at if moment), default=0.0)
    if at_once and first < max(carrier_at):
        figures["coming_per_s"] = rate(carrier_at, first)
    if telling:
        untold = sum(1 for a, t in zip(answered_at, told_at, strict=True) if a and not t)
        figures |= {
            "told_per_s": rate(told_at, since),
            "untold": float(untold),
            "told_twice": counts["told_twice"],
            **delays("told", asked_at, told_at),
        }
    return figures


def spread(runs: Sequence[Figures]) -> dict[str, Spread]:
    """Least, median and most of each figure that every run has."""
    names = [name for name in runs[0] if all(name in run for run in runs)]
    return {
        name: Spread(
            min(run[name] for run in runs),
            statistics.median(run[name] for run in runs),
            max(run[name] for run in runs),
        )
        for name in names
    }


def flatness(samples: Sequence[tuple[float, float]], count: int) -> dict[str, float | None]:
    """Of samples of messages told and MiB: the medians of the second and the last quarter, and whether
    memory was flat: the later not above the earlier by more than a share or so many MiB. Without samples in
    either quarter nothing is flat."""
    early = [mib for told, mib in samples if count / 4 <= told < count / 2]
    late = [mib for told, mib in samples if told >= 3 * count / 4]
    if not early or not late:
        return {"flat": False, "second_quarter_mib": None, "last_quarter_mib": None}
    before, after = statistics.median(early), statistics.median(late)
    allowed = max(before * GROWTH_SHARE, GROWTH_MIB)
    return {
        "flat": after - before <= allowed,
        "second_quarter_mib": round(before, 2),
        "last_quarter_mib": round(after, 2),
    }


def flatness_in_words(found: dict[str, float | None]) -> str:
    """A verdict as a sentence."""
    if found["second_quarter_mib"] is None:
        return "too few samples to tell"
    said = "flat" if found["flat"] else "NOT flat"
    return (
        f"{said}: {found['second_quarter_mib']:.1f} MiB in the second quarter,"
        f" {found['last_quarter_mib']:.1f} in the last"
    )
