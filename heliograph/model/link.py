"""Smart links: what a customer keeps, the short links that stand for them in texts, and who came by them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import msgspec


class SmartLink(msgspec.Struct, frozen=True, kw_only=True):
    """Where a short link leads, by who follows it. `{{link_<id>}}` in a text is replaced by a short link.

    A change counts for short links that were sent before, because they know only its id.
    """

    account_id: int
    id: int
    name: str
    url: str
    """Where everybody goes for whom nothing else is given."""
    enabled: bool = True
    """False: no message may use it, and its short links lead nowhere."""
    ios_url: str | None = None
    android_url: str | None = None
    desktop_url: str | None = None
    """For what is neither iOS nor Android."""
    bot_redirect: str | None = None
    """Where crawlers, scanners and programs go."""
    preview_url: str | None = None
    """What messengers and networks look at to draw a preview."""
    code_parameter: str | None = None
    """Name of the query parameter by which the target is told a person's code, so that it can report a
    conversion."""


OWN_LINK: Final = 0
"""Stands where a short link leads to a target of this one message, and to no smart link."""
OPT_OUT_LINK: Final = -1
"""Stands where a short link is the recipient's way out: it leads to the page where he opts out."""


class ShortLink(msgspec.Struct, frozen=True, kw_only=True):
    """One link in one message, as it was minted: it is kept in the transaction that accepts the message."""

    code: str
    link_id: int
    """Of a smart link, `OWN_LINK` or `OPT_OUT_LINK`."""
    lifetime_seconds: int
    """From the time at which the message is to be sent."""
    target: str | None = None
    """Where an `OWN_LINK` leads."""


class KeptShortLink(msgspec.Struct, frozen=True, kw_only=True):
    """A short link as the store knows it."""

    code: str
    account_id: int
    message_id: int
    link_id: int
    valid_until: datetime
    target: str | None = None


class Click(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody followed a short link, or something did."""

    account_id: int
    message_id: int
    link_id: int
    visitor: int
    """Keyed hash of short link, address and user agent, 64 bits, signed; 0 where there were so many
    that they are not told apart any more."""
    at: datetime
    bot: bool = False
    """A crawler, a preview, a program: counted apart."""


class LinkClicks(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one link in one message."""

    link_id: int
    code: str
    clicks: int
    visitors: int
    first_at: datetime | None = None
    last_at: datetime | None = None
    converted_at: datetime | None = None


class ClickDay(msgspec.Struct, frozen=True, kw_only=True):
    """Clicks on one smart link on one UTC day."""

    day: date
    total: int = 0
    unique: int = 0
    """Visitors who came by a short link for the first time; the days add up."""
    bots: int = 0
    """Neither in `total` nor in `unique`."""
    conversions: int = 0


class GetLinkClicks(msgspec.Struct, frozen=True, kw_only=True):
    """Clicks on a smart link on the UTC days `since` to `until`, both included."""

    link: int
    since: date
    until: date


class LinkReport(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `GetLinkClicks`."""

    link_id: int
    recipients: int
    """Messages accepted on these days that have the link."""
    reached: int
    """Those of them by whose short link somebody has come, whenever."""
    days: tuple[ClickDay, ...]
    """Days on which nothing happened are left out."""


class MarkLinkConverted(msgspec.Struct, frozen=True, kw_only=True):
    """Who came by a short link did what it was for: given is its code, or the message (sealed), which
    means every link in it."""

    code: str | None = None
    message: int | None = None


Linking = GetLinkClicks | MarkLinkConverted
"""The commands of this module."""
