"""Commands and answers of the talk with handsets: conversations, and lists of who does not want any.

As in `command`, ids in commands are sealed and ids in answers are ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from heliograph.model.account import OptOut
from heliograph.model.message import Inbound, MessageRecord
from heliograph.model.refusal import Refused

Entry = Inbound | MessageRecord
"""One message of a conversation: from the handset, or to it."""


class ListConversations(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the account talks with: handsets that wrote, by the number they wrote to, newest first."""

    before: int | None = None
    """Sealed id of the newest message from the last handset of the previous page."""
    limit: int = 50


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One handset and one of our numbers."""

    handset: str
    sender: str
    """Our number or short code."""
    newest_id: int
    """Of the newest message from the handset, by which conversations are ordered."""
    last: Entry
    """The newest message of both directions."""
    unread: int


class Conversations(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListConversations`."""

    items: tuple[Conversation, ...]
    more: bool


class ReadConversation(msgspec.Struct, frozen=True, kw_only=True):
    """What went between a handset and one sender (None: any), both ways, newest first."""

    handset: str
    sender: str | None = None
    before: int | None = None
    """Sealed id of the last message of the previous page."""
    limit: int = 50


class Dialogue(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ReadConversation`."""

    items: tuple[Entry, ...]
    more: bool


class MarkConversationRead(msgspec.Struct, frozen=True, kw_only=True):
    """What a handset wrote to one of our numbers (None: any) has been read."""

    handset: str
    sender: str | None = None


class ImportOptOuts(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a list of opt-outs, however long; those that are known already stay as they are."""

    entries: Iterator[tuple[int, OptOut | Refused]]
    """Each with the number of its line, from 1; Refused stands for one that could not be read."""
    for_account: int | None = None


class OptOutsImported(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ImportOptOuts`."""

    inserted: int
    known: int
    wrong: int
    refused: tuple[tuple[int, Refused], ...]
    """The first wrong lines; the count has them all."""


class ExportOptOuts(msgspec.Struct, frozen=True, kw_only=True):
    """A long piece of the account's opt-outs, in the order of numbers, behind the number `after`."""

    after: str = ""
    limit: int = 100_000
    for_account: int | None = None


class OptOutsExported(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ExportOptOuts`."""

    items: tuple[OptOut, ...]
    more: bool


Talking = (
    ListConversations | ReadConversation | MarkConversationRead | ImportOptOuts | ExportOptOuts
)
"""The commands of this module."""
Talked = Conversations | Dialogue | OptOutsImported | OptOutsExported
"""Their answers, beside `Done`."""
