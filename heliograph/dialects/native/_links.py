"""Smart links and who came by them: their bodies, readers and views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from heliograph.dialects.native._asked import Asked, path_plain, sealed
from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._statistics import PeriodQuery
from heliograph.dialects.native._wire_replies import View
from heliograph.dialects.native._wire_things import Name
from heliograph.dialects.native.codes import field_error
from heliograph.dialects.native.wire import Body, Url
from heliograph.model.command import Command
from heliograph.model.link import GetLinkClicks, LinkReport, MarkLinkConverted, SmartLink
from heliograph.model.refusal import Refusal

_SHARE_DECIMALS: Final = 4
_Target = Annotated[Url, Meta(examples=["https://shop.example/sale"])]
_Id = Annotated[str, Meta(examples=["lnk_5"])]


class LinkBody(Body, frozen=True, kw_only=True):
    """Where a short link leads, by who follows it."""

    name: Name
    url: Annotated[Url, Meta(description="For whom nothing else is given.")]
    enabled: Annotated[
        bool, Meta(description="False: its short links, sent before, lead nowhere.")
    ] = True
    ios_url: Annotated[Url, Meta(description="For iPhone and iPad.")] | None = None
    android_url: Url | None = None
    desktop_url: Annotated[Url, Meta(description="For what is neither.")] | None = None
    bot_redirect: (
        Annotated[Url, Meta(description="For crawlers, scanners and programs.")] | None
    ) = None
    preview_url: Annotated[Url, Meta(description="For messengers that draw a preview.")] | None = (
        None
    )
    code_parameter: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=40,
                description="Query parameter by which the target is told the short link's code, for "
                "`markLinkConverted`.",
            ),
        ]
        | None
    ) = None


class LinkConversionBody(Body, frozen=True, kw_only=True):
    """Which short link, by its code, or by its message: then every link in that."""

    code: Annotated[str, Meta(min_length=1, max_length=40, examples=["7Kq2mVx9T"])] | None = None
    message: Annotated[str, Meta(max_length=40, examples=["msg_3v9k2m8q1r7tc"])] | None = None


class LinkView(View, frozen=True, kw_only=True):
    """A smart link. In texts `{{link_5}}` stands for `lnk_5`."""

    id: _Id
    name: str
    url: _Target
    enabled: bool
    ios_url: _Target | None = None
    android_url: _Target | None = None
    desktop_url: _Target | None = None
    bot_redirect: _Target | None = None
    preview_url: _Target | None = None
    code_parameter: str | None = None


class ClickDayView(View, frozen=True, kw_only=True):
    """Clicks on one UTC day."""

    day: date
    total: int
    unique: Annotated[int, Meta(description="Visitors of a short link who had not come before.")]
    bots: Annotated[int, Meta(description="Bots and previews; in none of the other counts.")]
    conversions: int


class LinkReportView(View, frozen=True, kw_only=True):
    """Clicks on a smart link. The sums are those of the days."""

    link: _Id
    recipients: Annotated[
        int, Meta(description="Messages accepted on these days that have the link.")
    ]
    reached: Annotated[
        int, Meta(description="Those of them by whose short link somebody has come since.")
    ]
    reached_share: Annotated[float | None, Meta(description="Reached of the recipients.")] = None
    total: int
    unique: int
    bots: int
    conversions: int
    days: Annotated[list[ClickDayView], Meta(description="Without those that have nothing.")]


def smart_link(asked: Asked, number: int) -> SmartLink:
    """A smart link."""
    body: LinkBody = asked.body
    return SmartLink(
        account_id=0,
        id=number,
        name=body.name,
        url=body.url,
        enabled=body.enabled,
        ios_url=body.ios_url,
        android_url=body.android_url,
        desktop_url=body.desktop_url,
        bot_redirect=body.bot_redirect,
        preview_url=body.preview_url,
        code_parameter=body.code_parameter,
    )


def link_clicks(asked: Asked) -> Command:
    """GET /v1/links/{id}/clicks."""
    query: PeriodQuery = asked.query
    if query.since is None:
        raise field_error("since", "Expected the first day.", Refusal.MISSING_FIELD)
    if query.until is None:
        raise field_error("until", "Expected the last day.", Refusal.MISSING_FIELD)
    return GetLinkClicks(link=path_plain(asked, "lnk"), since=query.since, until=query.until)


def mark_link_converted(asked: Asked) -> Command:
    """POST /v1/links/conversions."""
    body: LinkConversionBody = asked.body
    if (body.code is None) == (body.message is None):
        raise field_error("/code", "Give `code` or `message`.", Refusal.MISSING_FIELD)
    return MarkLinkConverted(code=body.code, message=sealed(body.message, "msg", "/message"))


def link_view(thing: SmartLink) -> View:
    """A smart link."""
    fields = msgspec.structs.asdict(thing)
    del fields["account_id"]
    return LinkView(**fields | {"id": plain("lnk", thing.id)})


def report_view(answer: LinkReport) -> LinkReportView:
    """Clicks on a smart link."""
    share = answer.reached / answer.recipients if answer.recipients else None
    return LinkReportView(
        link=plain("lnk", answer.link_id),
        recipients=answer.recipients,
        reached=answer.reached,
        reached_share=None if share is None else round(share, _SHARE_DECIMALS),
        total=sum(day.total for day in answer.days),
        unique=sum(day.unique for day in answer.days),
        bots=sum(day.bots for day in answer.days),
        conversions=sum(day.conversions for day in answer.days),
        days=[ClickDayView(**msgspec.structs.asdict(day)) for day in answer.days],
    )


LINK_VIEWS: Final[dict[type[Any], Callable[[Any], View]]] = {SmartLink: link_view}
"""How things of this module are shown."""
