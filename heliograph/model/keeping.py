"""Keeping things as doors with partial updates and lists of members want it: look through, change a part.

Beside `Save`, `List`, `Find` and `Remove` of `command`, for doors whose callers send only what changes,
number their pages and filter by name. Every one of these is performed by those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from heliograph.model.account import Sender, Template
from heliograph.model.campaign import (
    BroadcastPlan,
    Campaign,
    LinkList,
    SenderList,
    Spinner,
    Trigger,
)
from heliograph.model.link import SmartLink
from heliograph.model.lists import ListFile
from heliograph.model.verify import IssueCode

Named = Campaign | Sender | SenderList | SmartLink | LinkList | Spinner | Template | Trigger
"""Things with a name that can be switched off."""
LARGEST_BATCH: Final = 10_000
"""Members or new links in one call."""


class Browse(msgspec.Struct, frozen=True, kw_only=True):
    """A page of things, newest first. The answer is `Browsed`."""

    kind: type[Named]
    name: str | None = None
    """Exactly, but for its case."""
    url: str | None = None
    """Exactly; of smart links."""
    enabled: bool | None = True
    start: int = 0
    limit: int = 10


class Browsed(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `Browse`."""

    items: tuple[Named, ...]
    clicked: Mapping[int, int] = {}
    """Of link lists: id → messages with one of its links by which somebody has come."""


class Make(msgspec.Struct, frozen=True, kw_only=True):
    """Make a thing, and show it as the other commands here do. The answer is `Saved`."""

    thing: Named


class Amend(msgspec.Struct, frozen=True, kw_only=True):
    """Change a part of a thing. The answer is `Saved`."""

    kind: type[Named]
    id: int
    changes: Mapping[str, object] = {}
    """Our names of its fields → new values."""


class Gather(msgspec.Struct, frozen=True, kw_only=True):
    """Make a sender or link list, add members to one, or take some from it. The answer is `Gathered`.

    Names of sender lists differ; those of link lists need not.
    """

    kind: type[SenderList | LinkList]
    id: int = 0
    """0 makes one."""
    name: str | None = None
    """Needed to make one; otherwise it renames."""
    replace: bool = False
    """The members take the place of those that it has."""
    members: tuple[int, ...] = ()
    """Unknown ones are passed over."""
    fresh: tuple[tuple[str, str], ...] = ()
    """Name and URL of smart links that are made for it; one with the same name and URL is taken."""
    file: ListFile | None = None
    """More of them, of which the mapping says the columns `name` and `url`."""
    drop: tuple[int, ...] = ()
    enabled: bool | None = None


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `Gather` and `ReadGathered`."""

    list: SenderList | LinkList
    members: tuple[Sender | SmartLink, ...] = ()
    """Those that it has now, in their order."""
    added: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    """Those that were passed over."""
    dropped: tuple[int, ...] = ()


class ReadGathered(msgspec.Struct, frozen=True, kw_only=True):
    """A sender or link list with its members."""

    kind: type[SenderList | LinkList]
    id: int


class ConversionOfUrl(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all short links that lead to a URL. Without a scheme it stands for http and https."""

    url: str


class UrlConversion(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ConversionOfUrl`."""

    recipients: int
    """Messages that have such a link."""
    reached: int
    """Those of them by whose short link somebody has come."""
    clicks: int


class IssueNumbered(msgspec.Struct, frozen=True, kw_only=True):
    """Send a one-time code from a sender that is named by its number."""

    issue: IssueCode
    sender_id: int


class NumberedIssued(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `IssueNumbered`."""

    id: int
    """A small number, of the same sequence as those of broadcasts: the message's report is found by it."""


class StartNamed(msgspec.Struct, frozen=True, kw_only=True):
    """Accept a broadcast, and make its sender where there is none of that name. The answer is
    `BroadcastStarted`."""

    plan: BroadcastPlan


class ReportOf(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a broadcast, or of a one-time code by its small number. The answer is the
    `Broadcast`, or `Messages` with the one."""

    id: int


Keeping = (
    Browse
    | Make
    | Amend
    | Gather
    | ReadGathered
    | ConversionOfUrl
    | IssueNumbered
    | StartNamed
    | ReportOf
)
"""The commands of this module."""
Kept = Browsed | Gathered | UrlConversion | NumberedIssued
"""Their answers, beside `Saved`."""
