"""Usage, conversions and the figures of routes: their queries, readers and views."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from heliograph.dialects.native._asked import Asked, path_sealed
from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._wire_replies import Price, View
from heliograph.dialects.native.codes import field_error
from heliograph.dialects.native.wire import Body
from heliograph.model.command import Command, GetUsage, MarkConverted, Usage
from heliograph.model.money import decimal_text
from heliograph.model.refusal import Refusal
from heliograph.model.statistics import ListRouteStatistics, RouteStatistic, RouteStatistics

_SHARE_DECIMALS: Final = 4
_DATE: Final = {"format": "date"}
_Day = Annotated[date, Meta(examples=["2026-11-01"], extra_json_schema=_DATE)]


class PeriodQuery(Body, frozen=True, kw_only=True):
    """UTC days, both included; both must be given."""

    since: _Day | None = None
    until: _Day | None = None


class UsageLineView(View, frozen=True, kw_only=True):
    """What went to one country."""

    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2.")] = None
    messages: int
    parts: int
    cost: Price


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """What an account sent. Test messages and cancelled ones are not counted."""

    currency: str
    items: list[UsageLineView]


class RouteStatisticView(View, frozen=True, kw_only=True):
    """Messages accepted on one day, to one country, by one route and carrier."""

    day: date
    route: Annotated[str | None, Meta(examples=["rte_1"])] = None
    carrier: Annotated[str | None, Meta(examples=["car_1"])] = None
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2.")] = None
    sent: int
    delivered: int
    undelivered: int
    expired: int
    rejected: int
    failed: int
    converted: int
    conversion_share: Annotated[float | None, Meta(description="Converted of those sent.")] = None
    mean_latency_ms: Annotated[
        int | None, Meta(description="From acceptance to delivery, on average.")
    ] = None


class RouteStatisticsView(msgspec.Struct, frozen=True, kw_only=True):
    """What routes and carriers did."""

    items: list[RouteStatisticView]


def get_usage(asked: Asked) -> Command:
    """GET /v1/usage."""
    since, until = _period(asked)
    return GetUsage(since=since, until=until)


def route_statistics(asked: Asked) -> Command:
    """GET /v1/routes/statistics."""
    since, until = _period(asked)
    return ListRouteStatistics(since=since, until=until)


def mark_converted(asked: Asked) -> Command:
    """POST /v1/messages/{id}/converted."""
    return MarkConverted(message=path_sealed(asked, "msg"))


def usage_view(answer: Usage) -> UsageView:
    """What an account sent."""
    items = [
        UsageLineView(
            country=each.country or None,
            messages=each.messages,
            parts=each.parts,
            cost=decimal_text(each.cost_micros),
        )
        for each in answer.items
    ]
    return UsageView(currency=answer.currency, items=items)


def statistics_view(answer: RouteStatistics) -> RouteStatisticsView:
    """What routes and carriers did."""
    return RouteStatisticsView(items=[_statistic_view(each) for each in answer.items])


def _statistic_view(each: RouteStatistic) -> RouteStatisticView:
    share = each.conversion_share
    return RouteStatisticView(
        day=each.day,
        route=None if each.route_id is None else plain("rte", each.route_id),
        carrier=None if each.carrier_id is None else plain("car", each.carrier_id),
        country=each.country or None,
        sent=each.sent,
        delivered=each.delivered,
        undelivered=each.undelivered,
        expired=each.expired,
        rejected=each.rejected,
        failed=each.failed,
        converted=each.converted,
        conversion_share=None if share is None else round(share, _SHARE_DECIMALS),
        mean_latency_ms=each.mean_latency_ms,
    )


def _period(asked: Asked) -> tuple[date, date]:
    query: PeriodQuery = asked.query
    if query.since is None:
        raise field_error("since", "Expected the first day.", Refusal.MISSING_FIELD)
    if query.until is None:
        raise field_error("until", "Expected the last day.", Refusal.MISSING_FIELD)
    return query.since, query.until
