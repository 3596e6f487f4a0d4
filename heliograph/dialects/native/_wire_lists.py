"""What requests and replies about lists hold, in the API's own spelling. They must never leave this room."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heliograph.dialects.native._wire_replies import View
from heliograph.dialects.native.wire import Body

NUMBERS_MAX = 100_000
ListName = Annotated[str, Meta(min_length=1, max_length=200, examples=["Customers"])]
NumberText = Annotated[str, Meta(max_length=64, examples=["8801844909020"])]
ListId = Annotated[str, Meta(examples=["lst_12"], description="`lst_…`, or `sup_…`.")]
OverlongWord = Literal["truncate", "refuse", "fail"]


# -- requests ---------------------------------------------------------------------------------------


class ListsQuery(Body, frozen=True, kw_only=True):
    """Which lists."""

    name: Annotated[str, Meta(description="Exactly this name.")] | None = None
    enabled: bool | None = None
    before: Annotated[str, Meta(description="`next` of the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class MembersQuery(Body, frozen=True, kw_only=True):
    """Which members."""

    after: (
        Annotated[str, Meta(pattern="^[0-9]{1,18}$", description="`next` of the page before.")]
        | None
    ) = None
    offset: Annotated[int, Meta(ge=0, le=10_000_000, description="Members to pass over.")] = 0
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000


class FileQuery(Body, frozen=True, kw_only=True):
    """How a file is to be read; in a multipart form these may be fields of the form."""

    name: Annotated[str, Meta(description="The list's name; needed for a new one.")] | None = None
    columns: (
        Annotated[
            str,
            Meta(
                description="The columns in their order, `to` and names of fields, divided by commas; "
                "nothing for one that is passed over. Not given: the heading names them, or the first "
                "has the numbers.",
                examples=["to,first_name,,custom1"],
            ),
        ]
        | None
    ) = None
    header: (
        Annotated[bool, Meta(description="Whether the first line is a heading; seen if not given.")]
        | None
    ) = None
    overlong: Annotated[
        OverlongWord,
        Meta(
            description="A field that is too long (names 50 characters, email and url 255, others 5,000) "
            "is cut, its line is refused, or the whole import fails."
        ),
    ] = "refuse"
    replace: Annotated[bool, Meta(description="The file takes the place of all members.")] = False
    wait: (
        Annotated[
            bool, Meta(description="Answer at the end. Not given: up to 2 MiB, and at once beyond.")
        ]
        | None
    ) = None


class PreviewQuery(Body, frozen=True, kw_only=True):
    """How a file is looked at."""

    header: bool | None = None
    rows: Annotated[int, Meta(ge=0, le=100)] = 5


class ListFileForm(Body, frozen=True, kw_only=True):
    """The file itself, CSV or XLSX, as the body or as a part of a multipart form."""

    file: str


class ListBody(Body, frozen=True, kw_only=True):
    """A new list."""

    name: ListName
    numbers: Annotated[tuple[NumberText, ...], Meta(max_length=NUMBERS_MAX)] = ()


class MembersBody(Body, frozen=True, kw_only=True):
    """Numbers for a list."""

    numbers: Annotated[tuple[NumberText, ...], Meta(max_length=NUMBERS_MAX)]
    replace: Annotated[bool, Meta(description="They take the place of all members.")] = False


class NumbersBody(Body, frozen=True, kw_only=True):
    """Numbers to take off a list."""

    numbers: Annotated[tuple[NumberText, ...], Meta(max_length=NUMBERS_MAX)]


class ListChangeBody(Body, frozen=True, kw_only=True):
    """What is not given stays."""

    name: ListName | None = None
    enabled: bool | None = None


# -- replies ----------------------------------------------------------------------------------------


class ListView(View, frozen=True, kw_only=True):
    """A list."""

    id: ListId
    name: str
    enabled: bool
    count: int
    columns: Annotated[
        tuple[str, ...], Meta(description="The fields that its members may have.")
    ] = ()
    created_at: datetime
    changed_at: datetime


class MemberView(View, frozen=True, kw_only=True):
    """Somebody on a list; what is not known is left out."""

    to: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    url: str = ""
    custom: str = ""
    custom1: str = ""
    custom2: str = ""
    custom3: str = ""
    custom4: str = ""
    gender: str = ""


class RefusedLineView(View, frozen=True, kw_only=True):
    """A line that could not be taken."""

    line: Annotated[int, Meta(description="From 1, as an editor shows it.")]
    reason: Annotated[str, Meta(examples=["not_a_number"])]
    detail: str


class FilledView(View, frozen=True, kw_only=True):
    """What has become of numbers."""

    list: ListView
    total: int
    inserted: int
    duplicate: Annotated[int, Meta(description="Given twice, or on the list already.")]
    wrong: int
    refused: Annotated[tuple[RefusedLineView, ...], Meta(description="The first thousand.")] = ()


class ImportView(View, frozen=True, kw_only=True):
    """How far an import is. The heading counts nowhere."""

    id: Annotated[str, Meta(examples=["imp_3v9k2m8q1r7tc"])]
    state: Literal["waiting", "running", "done", "failed"]
    problem: Annotated[str, Meta(description="Why it failed.")] | None = None
    list: ListId | None = None
    total_bytes: int
    read_bytes: int
    total: int
    inserted: int
    duplicate: int
    wrong: int
    truncated: Annotated[int, Meta(description="Lines of which a field was cut.")]
    started_at: datetime
    ended_at: datetime | None = None


class RemovedView(View, frozen=True, kw_only=True):
    """What has become of numbers that were to go."""

    removed: int
    missing: Annotated[int, Meta(description="They were not on the list.")]
    wrong: int


class PreviewView(View, frozen=True, kw_only=True):
    """What a file looks like; the flags stand for all its lines but the heading, column by column."""

    rows: list[list[str]]
    total: int
    header: bool
    all_numbers: list[bool]
    exceeds_50: list[bool]
    exceeds_255: list[bool]
    exceeds_5000: list[bool]


class MembersView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of members."""

    items: list[MemberView]
    next: Annotated[str, Meta(description="Cursor of the following page.")] | None = None
