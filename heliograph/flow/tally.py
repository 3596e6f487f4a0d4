"""What happened, folded into sums: those of routes by the day, of minutes, and of hours of acceptance. Pure.

Every sum of an account is one of the house as well, so that looking at the whole costs no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from heliograph.model.overview import HOUSE, UNTIMED
from heliograph.model.statistics import RouteStatistic
from heliograph.model.status import FAILURES, Status
from heliograph.store.overview import Happened, HourKey

_MINUTE_SECONDS: Final = 60
_HOUR_SECONDS: Final = 3600
_ACCEPTED, _SENT, _DELIVERED, _FAILED = range(4)
_WORDS: Final = {
    status: status.word
    for status in (
        Status.SENT,
        Status.DELIVERED,
        Status.UNDELIVERED,
        Status.EXPIRED,
        Status.REJECTED,
        Status.FAILED,
    )
}
_RouteKey = tuple[date, int, int, str]


@dataclass(slots=True)
class Tally:
    """Sums of a window of events, to be added to those that are kept."""

    minutes: dict[tuple[int, datetime], list[int]] = field(default_factory=dict)
    """Accepted, sent, delivered, failed, by account and minute."""
    hours: dict[HourKey, list[int]] = field(default_factory=dict)
    """Entered, departed, length of steps in milliseconds."""
    routes: dict[_RouteKey, dict[str, int]] = field(default_factory=dict)

    def add(self, happened: Iterable[Happened]) -> None:
        """Count more."""
        for each in happened:
            status = Status(each.status)
            self._minute(each, status)
            self._hour(each)
            self._route(each, status)

    @property
    def route_statistics(self) -> list[RouteStatistic]:
        """By day, route, carrier and country."""
        return [
            RouteStatistic(
                day=day,
                route_id=route_id or None,
                carrier_id=carrier_id or None,
                country=country,
                **sums,
            )
            for (day, route_id, carrier_id, country), sums in self.routes.items()
        ]

    def _minute(self, each: Happened, status: Status) -> None:
        places = [_ACCEPTED] if each.former is None else []
        if status is Status.SENT:
            places.append(_SENT)
        elif status is Status.DELIVERED:
            places.append(_DELIVERED)
        elif status in FAILURES:
            places.append(_FAILED)
        at = datetime.fromtimestamp(each.minute * _MINUTE_SECONDS, UTC)
        for account_id in (each.account_id, HOUSE):
            for place in places:
                self.minutes.setdefault((account_id, at), [0, 0, 0, 0])[place] += each.messages

    def _hour(self, each: Happened) -> None:
        hour = datetime.fromtimestamp(each.hour * _HOUR_SECONDS, UTC)
        for account_id in (each.account_id, HOUSE):
            key = HourKey(account_id, hour, each.carrier_id, each.country, each.status, each.bucket)
            sums = self.hours.setdefault(key, [0, 0, 0])
            sums[0] += each.messages
            sums[2] += each.step_ms
            if each.former is not None:
                key = key._replace(status=each.former, bucket=UNTIMED)
                self.hours.setdefault(key, [0, 0, 0])[1] += each.messages

    def _route(self, each: Happened, status: Status) -> None:
        """A receipt that comes after a message expired takes that back."""
        word = _WORDS.get(status)
        if word is None:
            return
        day = datetime.fromtimestamp(each.hour * _HOUR_SECONDS, UTC).date()
        key = (day, each.route_id, each.carrier_id, each.country)
        sums = self.routes.setdefault(key, {})
        sums[word] = sums.get(word, 0) + each.messages
        if status is Status.DELIVERED:
            sums["latency_ms"] = sums.get("latency_ms", 0) + each.age_ms
        if each.former == Status.EXPIRED:
            sums["expired"] = sums.get("expired", 0) - each.messages
