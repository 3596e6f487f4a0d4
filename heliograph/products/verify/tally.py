"""How many codes there were: sliding windows in the database, and the limits that they are held against.

A window slides by halves: what was issued in the window before counts as far as that still reaches into
the time looked at. One statement counts a whole batch and locks its counts until the commit, so that a
limit holds over all processes. What is refused is counted as asked for, never against a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import GuardMode, Limits, Verification, VerifyProfile
from heliograph.store import verify_counts
from heliograph.store.database import Link
from heliograph.store.verify_counts import CountKey, Kind, Window

__all__ = ["Tally", "areas_of", "hour_of", "keys_of"]

_SECONDS: Final[Mapping[int, int]] = {
    Kind.NUMBER: 3600,
    Kind.KEY: 3600,
    Kind.PREFIX: 60,
    Kind.ACCOUNT: 60,
    Kind.AREA: 3600,
    Kind.COUNTRY: 3600,
}
_WORDS: Final = {
    Kind.NUMBER: "{} codes to this number within an hour",
    Kind.KEY: "{} codes for this key within an hour",
    Kind.PREFIX: "{} codes to numbers that begin like this one within a minute",
    Kind.ACCOUNT: "{} codes of the account within a minute",
}


def keys_of(profile: VerifyProfile, verification: Verification) -> list[CountKey]:
    """What one code is counted under: its limits, and the areas that the guard looks at."""
    account_id = verification.account_id
    kinds = [kind for kind, _ in _limits(profile.limits)]
    keys = [CountKey(account_id, kind, _key(kind, verification)) for kind in kinds]
    if profile.guard.mode is not GuardMode.OFF:
        keys += [CountKey(account_id, kind, area) for kind, area in areas_of(verification)]
    return [key for key in keys if key.kind != Kind.KEY or key.key]


def areas_of(verification: Verification) -> list[tuple[Kind, str]]:
    """The prefix and the country of a code."""
    areas = [(Kind.AREA, verification.prefix)]
    if verification.country is not None:
        areas.append((Kind.COUNTRY, verification.country))
    return areas


def hour_of(moment: datetime) -> datetime:
    """Where the guard's window begins."""
    return _window(3600, moment).at


def _limits(limits: Limits) -> Iterator[tuple[Kind, int]]:
    for kind, most in (
        (Kind.NUMBER, limits.number_per_hour),
        (Kind.KEY, limits.key_per_hour),
        (Kind.PREFIX, limits.prefix_per_minute),
        (Kind.ACCOUNT, limits.account_per_minute),
    ):
        if most:
            yield kind, most


def _key(kind: Kind, verification: Verification) -> str:
    match kind:
        case Kind.NUMBER:
            return verification.recipient
        case Kind.KEY:
            return verification.limit_key
        case Kind.PREFIX | Kind.AREA:
            return verification.prefix
        case Kind.COUNTRY:
            return verification.country or ""
        case Kind.ACCOUNT:
            return ""


def _window(seconds: int, now: datetime) -> Window:
    start = int(now.timestamp()) // seconds * seconds
    at = datetime.fromtimestamp(start, UTC)
    return Window(at, at - timedelta(seconds=seconds))


class Tally:
    """The counts of one transaction."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._windows = {kind: _window(seconds, now) for kind, seconds in _SECONDS.items()}
        self._known: dict[CountKey, tuple[int, int]] = {}
        self._issued: Counter[CountKey] = Counter()

    async def ask(self, link: Link, keys: Iterable[CountKey]) -> None:
        """Count what is asked for, and learn what was issued; every code's keys, each time again."""
        asked = Counter(keys)
        if asked:
            self._known = await verify_counts.bump_asked(link, asked, self._windows)

    def issued(self, key: CountKey) -> float:
        """What was issued within the last window, these transaction's own included."""
        now, before = self._known.get(key, (0, 0))
        return now + self._issued[key] + before * (1 - self._elapsed(key.kind))

    def _elapsed(self, kind: int) -> float:
        seconds = (self._now - self._windows[kind].at).total_seconds()
        return min(1.0, seconds / _SECONDS[kind])

    def over(self, profile: VerifyProfile, verification: Verification) -> Refused | None:
        """The first limit that one more code would break."""
        for kind, most in _limits(profile.limits):
            key = CountKey(verification.account_id, kind, _key(kind, verification))
            if (kind is Kind.KEY and not key.key) or self.issued(key) + 1 <= most:
                continue
            left = _SECONDS[kind] * (1 - self._elapsed(kind))
            return Refused(
                refusal=Refusal.RATE_LIMITED,
                field="recipient" if kind is Kind.NUMBER else None,
                detail=f"No more than {_WORDS[kind].format(most)}.",
                retry_after_seconds=max(1, int(left)),
            )
        return None

    def add(self, keys: Iterable[CountKey]) -> None:
        """One code is on its way."""
        self._issued.update(keys)

    def take_back(self, keys: Iterable[CountKey]) -> None:
        """One is not, after all."""
        self._issued.subtract(keys)

    async def keep(self, link: Link) -> None:
        """Write what was issued."""
        issued = {key: count for key, count in self._issued.items() if count > 0}
        if issued:
            await verify_counts.add_issued(link, issued, self._windows)
