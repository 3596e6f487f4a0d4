"""The operations on sums: what an account used, what was converted, what routes did."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _statistics as statistics
from heliograph.dialects.native._operation import Operation
from heliograph.model.account import Scope

STATISTICS: Final[tuple[Operation, ...]] = (
    Operation(
        id="getUsage",
        method="GET",
        path="/v1/usage",
        tag="Money",
        summary="Messages and money by country",
        description="Of the UTC days `since` to `until`, both included; at most 31.",
        scope=Scope.READ,
        read=statistics.get_usage,
        query=statistics.PeriodQuery,
        reply=statistics.UsageView,
    ),
    Operation(
        id="markConverted",
        method="POST",
        path="/v1/messages/{id}/converted",
        id_prefix="msg",
        tag="Messages",
        summary="Say that the recipient did what the message was for",
        description="Typed the code, say. It counts in the figures of routes; saying it twice changes "
        "nothing. The account needs `conversion_tracking`.",
        scope=Scope.SEND,
        read=statistics.mark_converted,
        status=204,
    ),
    Operation(
        id="routeStatistics",
        method="GET",
        path="/v1/routes/statistics",
        tag="Operator",
        summary="What routes and carriers did, by day and country",
        description="Sums by the UTC day on which the messages were accepted, brought up to date every "
        "minute. At most 366 days.",
        scope=Scope.ADMIN,
        read=statistics.route_statistics,
        query=statistics.PeriodQuery,
        reply=statistics.RouteStatisticsView,
    ),
)
