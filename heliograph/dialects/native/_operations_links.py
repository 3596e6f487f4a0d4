"""The operations on smart links and who came by them."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _links as links
from heliograph.dialects.native import _statistics as statistics
from heliograph.dialects.native import _things as things
from heliograph.dialects.native import wire
from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Scope
from heliograph.model.link import SmartLink

LINKS: Final[tuple[Operation, ...]] = (
    Operation(
        id="listLinks",
        method="GET",
        path="/v1/links",
        tag="Links",
        summary="Smart links",
        scope=Scope.READ,
        read=things.list_things(SmartLink, "lnk"),
        query=wire.ThingsQuery,
        reply=Page[links.LinkView],
    ),
    Operation(
        id="createLink",
        method="POST",
        path="/v1/links",
        tag="Links",
        summary="Make a smart link",
        description="A message that names it in `links` gets a short link of its own wherever its text "
        "has `{{link_<number>}}`.",
        scope=Scope.MANAGE,
        read=things.save_thing(links.smart_link),
        query=wire.AccountQuery,
        body=links.LinkBody,
        status=201,
        reply=links.LinkView,
        examples={"link": {"name": "sale", "url": "https://shop.example/sale"}},
    ),
    Operation(
        id="findLink",
        method="GET",
        path="/v1/links/{id}",
        id_prefix="lnk",
        tag="Links",
        summary="One smart link",
        scope=Scope.READ,
        read=things.find_thing(SmartLink, "lnk"),
        query=wire.AccountQuery,
        reply=links.LinkView,
    ),
    Operation(
        id="changeLink",
        method="PUT",
        path="/v1/links/{id}",
        id_prefix="lnk",
        tag="Links",
        summary="Change where a smart link leads",
        description="Also for short links that were sent before.",
        scope=Scope.MANAGE,
        read=things.save_thing(links.smart_link, "lnk"),
        query=wire.AccountQuery,
        body=links.LinkBody,
        reply=links.LinkView,
    ),
    Operation(
        id="removeLink",
        method="DELETE",
        path="/v1/links/{id}",
        id_prefix="lnk",
        tag="Links",
        summary="Take a smart link away; its short links lead nowhere",
        scope=Scope.MANAGE,
        read=things.remove_thing(SmartLink, "lnk"),
        query=wire.AccountQuery,
        status=204,
    ),
    Operation(
        id="getLinkClicks",
        method="GET",
        path="/v1/links/{id}/clicks",
        id_prefix="lnk",
        tag="Links",
        summary="Clicks on a smart link, by day",
        description="Of the UTC days `since` to `until`, both included; at most 366.",
        scope=Scope.READ,
        read=links.link_clicks,
        query=statistics.PeriodQuery,
        reply=links.LinkReportView,
    ),
    Operation(
        id="markLinkConverted",
        method="POST",
        path="/v1/links/conversions",
        tag="Links",
        summary="Say that who came by a short link did what it was for",
        description="Bought something, say. Saying it twice changes nothing. Where the account has "
        "`conversion_tracking`, the message counts as converted too.",
        scope=Scope.SEND,
        read=links.mark_link_converted,
        body=links.LinkConversionBody,
        status=204,
        examples={"code": {"code": "7Kq2mVx9T"}},
    ),
)
