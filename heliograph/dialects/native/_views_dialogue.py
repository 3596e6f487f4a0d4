"""What the native API shows of conversations and of lists of opt-outs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from heliograph.dialects.native._ids import plain, sealed_text
from heliograph.dialects.native._views_two_way import ServiceRef, service_ref
from heliograph.dialects.native._wire_replies import View
from heliograph.dialects.native.codes import wire_field
from heliograph.model import ids
from heliograph.model.account import OptOut, Reply
from heliograph.model.dialogue import Conversation, Entry, OptOutsImported
from heliograph.model.message import Inbound

COLUMNS: Final = ("to", "from", "campaign", "source", "created_at")
"""Of a list of opt-outs as CSV."""


class EntryView(View, frozen=True, kw_only=True):
    """One message of a conversation."""

    id: Annotated[str, Meta(examples=["inb_3v9k2m8q1r7tc"])]
    direction: Annotated[Literal["in", "out"], Meta(description="`in` came from the handset.")]
    sender: str
    to: str
    text: str
    at: datetime
    status: Annotated[str, Meta(description="Of a message that went out.")] | None = None
    kind: (
        Annotated[str, Meta(description="`stop`, `start` or `help` where it was such a word.")]
        | None
    ) = None
    answers: (
        Annotated[str, Meta(description="To which of these words it is our own answer.")] | None
    ) = None
    read_at: datetime | None = None


class ConversationView(View, frozen=True, kw_only=True):
    """A handset and one of our numbers."""

    id: Annotated[str, Meta(description="Of the newest message from the handset.")]
    handset: str
    number: Annotated[str, Meta(description="Ours; `sender` of the conversation.")]
    last: EntryView
    unread: int


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list that was not taken."""

    line: Annotated[int, Meta(description="Counted from 1.")]
    code: str
    detail: str
    field: str | None


class ImportedView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a list of opt-outs."""

    inserted: int
    known: Annotated[int, Meta(description="Lines that were opt-outs already.")]
    wrong: int
    errors: Annotated[list[LineView], Meta(description="The first 1,000 wrong lines.")]


class ReplyView(View, frozen=True, kw_only=True):
    """An account's own answer to STOP, START or HELP."""

    id: Annotated[str, Meta(examples=["rep_2"])]
    kind: str
    language: str
    text: str
    enabled: bool
    service: ServiceRef | None = None


def entry_view(entry: Entry, key: bytes) -> EntryView:
    """One message of a conversation."""
    if isinstance(entry, Inbound):
        return EntryView(
            id=sealed_text("inb", entry.id, key),
            direction="in",
            sender=entry.sender,
            to=entry.recipient,
            text=entry.text,
            at=entry.received_at,
            kind=entry.kind,
            read_at=entry.read_at,
        )
    message = entry.message
    return EntryView(
        id=sealed_text("msg", message.id, key),
        direction="out",
        sender=message.sender,
        to=message.recipient,
        text=message.text,
        at=ids.made_at(message.id),
        status=entry.status.word,
        answers=None if message.extra is None else message.extra.answers,
    )


def conversation_view(conversation: Conversation, key: bytes) -> ConversationView:
    """A handset and one of our numbers."""
    return ConversationView(
        id=sealed_text("inb", conversation.newest_id, key),
        handset=conversation.handset,
        number=conversation.sender,
        last=entry_view(conversation.last, key),
        unread=conversation.unread,
    )


def imported_view(answer: OptOutsImported) -> ImportedView:
    """What became of a list."""
    return ImportedView(
        inserted=answer.inserted,
        known=answer.known,
        wrong=answer.wrong,
        errors=[
            LineView(
                line=line,
                code=refused.refusal.code,
                detail=refused.sentence,
                field=None if refused.field is None else wire_field(refused.field),
            )
            for line, refused in answer.refused
        ],
    )


def reply_view(thing: Reply) -> View:
    """An answer of the account's own."""
    return ReplyView(
        id=plain("rep", thing.id),
        kind=thing.kind,
        language=thing.language,
        text=thing.text,
        enabled=thing.enabled,
        service=service_ref(thing.service_id),
    )


def opt_outs_to_csv(items: Iterable[OptOut]) -> bytes:
    """A list that can be imported as it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in items:
        at = each.created_at.isoformat()
        writer.writerow((each.msisdn, each.sender, each.campaign, each.source, at))
    return out.getvalue().encode()
