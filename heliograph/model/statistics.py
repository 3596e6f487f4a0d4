"""What routes and carriers did with their messages: the operator's figures."""

from __future__ import annotations

from datetime import date

import msgspec


class RouteStatistic(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that were accepted on one UTC day, to one country, by one route and carrier.

    A message that went to two carriers counts as sent by both, and its outcome for the one that it
    came from. Test messages count nowhere.
    """

    day: date
    route_id: int | None = None
    """None for what ended before a route was found."""
    carrier_id: int | None = None
    country: str = ""
    """ISO 3166-1 alpha-2; empty where it is not known."""
    sent: int = 0
    """Taken by the carrier."""
    delivered: int = 0
    undelivered: int = 0
    expired: int = 0
    rejected: int = 0
    failed: int = 0
    converted: int = 0
    latency_ms: int = 0
    """From acceptance (or the time that was asked for) until delivery was told, summed over `delivered`."""

    @property
    def conversion_share(self) -> float | None:
        """Converted of those sent; None when none was sent."""
        return self.converted / self.sent if self.sent else None

    @property
    def mean_latency_ms(self) -> int | None:
        """None when none was delivered."""
        return self.latency_ms // self.delivered if self.delivered else None


class ListRouteStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's look at the UTC days `since` to `until`, both included."""

    since: date
    until: date


class RouteStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListRouteStatistics`, by day, route, carrier and country."""

    items: tuple[RouteStatistic, ...]
