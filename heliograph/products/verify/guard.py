"""Tells pumped traffic from people's: pure judgement of an area by what was counted of it.

Pumping is codes asked for by machines, to ranges of numbers whose owner earns by every message. Such
numbers come fast and alike, and nobody ever types the codes back. So an area (numbers that begin alike,
or a country) is judged by how many codes it gets within an hour, against a limit or what was usual by
codes that were typed back, which no attacker can teach; and a prefix by the share of its last codes that
were. It must never judge by a single number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import Guard, GuardMode
from heliograph.store.verify_counts import Kind, Trip, Weight

__all__ = ["Area", "closed", "judge", "not_allowed", "refusal_of", "trips_of"]

_COUNTRY_FACTOR: Final = 10
"""A country has so many times the floor of a prefix."""
_USUAL_FACTOR: Final = 5
"""So many times what was usual is too fast."""
_LONGEST: Final = timedelta(days=1)
_FORGIVEN: Final = timedelta(days=7)
"""After so long without a trip the cool-down is the first again."""
_RANK: Final = {
    GuardMode.OFF: 0,
    GuardMode.MONITOR: 1,
    GuardMode.FILTER: 2,
    GuardMode.BLOCK: 3,
}
_REFUSING: Final = frozenset({GuardMode.FILTER, GuardMode.BLOCK})


class Area(NamedTuple):
    """A prefix or a country that a code would go to."""

    kind: Kind
    key: str
    issued: float
    """Within the last hour, before this one."""
    weight: Weight


def not_allowed(country: str | None, allowed: tuple[str, ...]) -> Refused | None:
    """The list of countries, where there is one."""
    if not allowed or country in allowed:
        return None
    detail = f"Codes are not sent to {country or 'an unknown country'}: it is not on the list."
    return Refused(refusal=Refusal.NOT_ENABLED, field="recipient", detail=detail)


def active(weight: Weight, now: datetime) -> GuardMode:
    """What the guard does to the area now, by what it did before."""
    if weight.until is not None and weight.until <= now:
        return GuardMode.OFF
    return weight.mode


def refusal_of(guard: Guard, area: Area, now: datetime) -> Refused | None:
    """The "no" of an area that is closed."""
    mode = active(area.weight, now)
    if mode not in _REFUSING or guard.mode not in _REFUSING:
        return None
    return closed(area.key, area.weight.until, now)


def closed(area: str, until: datetime | None, now: datetime) -> Refused:
    """What is told of an area that is closed."""
    named = f"Codes to {area} are refused: the guard against pumping has closed it"
    if until is None:
        detail = f"{named} until it is released."
        return Refused(refusal=Refusal.NOT_ENABLED, field="recipient", detail=detail)
    seconds = max(1, int((until - now).total_seconds()))
    return Refused(
        refusal=Refusal.RATE_LIMITED,
        field="recipient",
        detail=f"{named} for {seconds} s more.",
        retry_after_seconds=seconds,
    )


def judge(guard: Guard, area: Area, now: datetime) -> str | None:
    """Why one more code to the area looks like pumping; None when it does not, or was noted already."""
    if _RANK[active(area.weight, now)] >= _RANK[guard.mode]:
        return None
    limit = _limit(guard, area)
    if area.issued + 1 > limit:
        return f"more than {limit} codes within an hour"
    weight = area.weight
    poor = weight.approved * 100 < guard.share_percent * weight.judged
    if area.kind is Kind.AREA and weight.judged >= guard.minimum and poor:
        return f"{weight.approved} of the last {weight.judged} codes were typed back"
    return None


def _limit(guard: Guard, area: Area) -> int:
    country = area.kind is Kind.COUNTRY
    explicit = guard.country_per_hour if country else guard.prefix_per_hour
    floor = guard.floor_per_hour * (_COUNTRY_FACTOR if country else 1)
    return explicit or max(floor, _USUAL_FACTOR * area.weight.usual)


def trips_of(
    account_id: int, guard: Guard, area: Area, *, country: Area | None, why: str, now: datetime
) -> list[Trip]:
    """What to do about an area: it is closed by FILTER, its country too by BLOCK."""
    weight = area.weight
    recent = weight.tripped_at is not None and now - weight.tripped_at < _FORGIVEN
    before = weight.trips if recent else 0
    mode = guard.mode
    if mode is GuardMode.BLOCK:
        closed = [Trip(account_id, area.key, mode.value, why, None, before + 1)]
        if country is not None and country.key != area.key:
            why = f"prefix {area.key}: {why}"
            closed.append(
                Trip(account_id, country.key, mode.value, why, None, country.weight.trips + 1)
            )
        return closed
    span = timedelta(seconds=guard.cooldown_seconds)
    if mode is GuardMode.FILTER:
        span = min(span * 2 ** min(before, 20), max(_LONGEST, span))
    return [Trip(account_id, area.key, mode.value, why, now + span, before + 1)]
