"""Lists of recipients, and lists of numbers that broadcasts leave out (suppression lists): the same
structure, kept apart by `suppression`.

Ids of lists are small (32 bits) and not sealed; those of imports are sealed. As in `command`, what a
caller asks for is a command and what he is told is an answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Final

import msgspec

# -- what is kept -----------------------------------------------------------------------------------


class RecipientList(msgspec.Struct, frozen=True, kw_only=True):
    """A list and how many are on it. Names need not differ."""

    account_id: int
    id: int
    name: str
    enabled: bool = True
    suppression: bool = False
    count: int = 0
    columns: tuple[str, ...] = ()
    """The fields that its members may have, as their import named them."""
    created_at: datetime
    changed_at: datetime


class Fields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known of a recipient beside the number; empty where it is not. Tokens of texts."""

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


FIELDS: Final = Fields.__struct_fields__
LONGEST: Final[Mapping[str, int]] = dict.fromkeys(FIELDS, 5000) | {
    "first_name": 50,
    "last_name": 50,
    "email": 255,
    "url": 255,
}
"""Characters in each field (seed 004, "Create a Recipient List")."""
NUMBER: Final = "msisdn"
"""What a mapping calls the column that has the number."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member of a list."""

    position: int
    """Orders the members, with gaps; the cursor of pages."""
    msisdn: str
    fields: Fields


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was at one moment, for a broadcast that holds it: whatever becomes of the list, these
    members stay."""

    list_id: int
    contents_id: int
    upto: int
    """Members up to this position count, but for those removed until then."""
    count: int


# -- sources and commands ---------------------------------------------------------------------------


class Overlong(StrEnum):
    """What becomes of a field that is longer than `LONGEST` allows."""

    TRUNCATE = "truncate"
    """It is cut; the count is told."""
    REFUSE = "refuse"
    """Its line is refused."""
    FAIL = "fail"
    """The whole import comes to nothing (what MessageWhiz does unless `truncate` is asked for)."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers as the caller wrote them, at most 100,000."""

    items: tuple[str, ...]


class ListFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, CSV or XLSX, and how its columns are to be read."""

    file: BinaryIO
    """It may have a number (`fileno`): then it is read by places and need not fit into memory."""
    start: int = 0
    """Where the file's octets begin and end in `file` (parts of a multipart body)."""
    end: int | None = None
    mapping: Mapping[int, str] | None = None
    """Column, counted from 0, to `NUMBER` or one of `FIELDS`. None: the first line names the columns, or
    the first column has the numbers."""
    header: bool | None = None
    """Whether the first line is a heading. None: it is when the cell in the number's place is none."""
    overlong: Overlong = Overlong.REFUSE


class FillList(msgspec.Struct, frozen=True, kw_only=True):
    """Make a list (its `list` is None), add to one, or put others in the place of its members.

    A file answers with `ListImport`, numbers with `Filled`.
    """

    list: int | None = None
    suppression: bool = False
    name: str | None = None
    """Needed to make one; otherwise it renames."""
    replace: bool = False
    source: Numbers | ListFile
    wait: bool | None = None
    """Whether the answer comes at the end of the import. None: it does for small files."""


class PreviewList(msgspec.Struct, frozen=True, kw_only=True):
    """Look at a file before it is imported; nothing is kept."""

    source: ListFile
    rows: int = 5
    """Rows to show, the heading among them."""


class FindImport(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is. `id` is sealed."""

    id: int


class FindRefusedLines(msgspec.Struct, frozen=True, kw_only=True):
    """The first 10,000 lines that an import refused. `id` is sealed."""

    id: int


class ListLists(msgspec.Struct, frozen=True, kw_only=True):
    """Lists, newest first."""

    suppression: bool = False
    name: str | None = None
    """Exactly."""
    enabled: bool | None = None
    limit: int = 50
    offset: int = 0
    before: int | None = None
    """The last id of the page before."""


class FindList(msgspec.Struct, frozen=True, kw_only=True):
    """One list."""

    list: int
    suppression: bool = False


class ChangeList(msgspec.Struct, frozen=True, kw_only=True):
    """Another name, or switched on or off. A list that is off keeps its members; None leaves as it is."""

    list: int
    suppression: bool = False
    name: str | None = None
    enabled: bool | None = None


class RemoveList(msgspec.Struct, frozen=True, kw_only=True):
    """Take a list away for good. Broadcasts that were accepted with it keep it until they have ended."""

    list: int
    suppression: bool = False


class ListMembers(msgspec.Struct, frozen=True, kw_only=True):
    """Members in their order, behind a position; `offset` skips further ones."""

    list: int
    suppression: bool = False
    after: int = 0
    offset: int = 0
    limit: int = 100


class RemoveMembers(msgspec.Struct, frozen=True, kw_only=True):
    """Take numbers off a list."""

    list: int
    suppression: bool = False
    numbers: tuple[str, ...]


class DownloadList(msgspec.Struct, frozen=True, kw_only=True):
    """Every member of a list."""

    list: int
    suppression: bool = False


# -- answers ----------------------------------------------------------------------------------------


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that could not be taken, counted from 1 (of numbers: the place in the request)."""

    line: int
    reason: str
    """A word of `model.number.NumberFault`, `field_too_long`, or `unreadable`."""
    detail: str
    """What is wrong, without the content of any cell."""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `FillList` with numbers; it comes after the commit."""

    list: RecipientList
    total: int
    inserted: int
    duplicate: int
    """Given twice, or on the list already."""
    wrong: int
    refused: tuple[RefusedLine, ...]
    """The first thousand."""


class ImportState(StrEnum):
    """How far an import is. What failed has left the list as it was."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ListImport(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `FillList` with a file, and to `FindImport`. The heading counts nowhere."""

    id: int
    state: ImportState
    problem: str | None = None
    """Why it failed, in a sentence."""
    list: int | None = None
    """None where the list is made by this import and it is not done."""
    made: RecipientList | None = None
    """The list as it is now, once the import is done."""
    suppression: bool = False
    total_bytes: int
    read_bytes: int = 0
    total: int = 0
    inserted: int = 0
    duplicate: int = 0
    wrong: int = 0
    truncated: int = 0
    """Lines of which a field was cut; they are among the inserted or the duplicate."""
    started_at: datetime
    ended_at: datetime | None = None


class RefusedLines(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `FindRefusedLines`."""

    items: tuple[RefusedLine, ...]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a file looks like. The flags stand for every line of it but the heading, column by column."""

    rows: tuple[tuple[str, ...], ...]
    total: int
    """Lines without the heading."""
    header: bool
    all_numbers: tuple[bool, ...]
    exceeds_50: tuple[bool, ...]
    exceeds_255: tuple[bool, ...]
    exceeds_5000: tuple[bool, ...]


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListLists`."""

    items: tuple[RecipientList, ...]
    more: bool


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListMembers`."""

    list: RecipientList
    items: tuple[Recipient, ...]
    more: bool


class MembersRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `RemoveMembers`."""

    removed: int
    missing: int
    """Not on the list."""
    wrong: int


class ListDownload(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `DownloadList`: the members as they were when it began, piece by piece."""

    list: RecipientList
    pages: AsyncIterator[tuple[Recipient, ...]]


Listing = (
    FillList
    | PreviewList
    | FindImport
    | FindRefusedLines
    | ListLists
    | FindList
    | ChangeList
    | RemoveList
    | ListMembers
    | RemoveMembers
    | DownloadList
)
"""The commands of this module."""
Listed = (
    Filled
    | ListImport
    | RefusedLines
    | Preview
    | RecipientList
    | Lists
    | Members
    | MembersRemoved
    | ListDownload
)
"""Its answers; beside them `Done`."""
