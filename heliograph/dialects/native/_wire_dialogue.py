"""What is asked of conversations and opt-outs, and the account's own answers to STOP, START and HELP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heliograph.dialects.native._wire_things import ServiceId
from heliograph.dialects.native.wire import Body, Cursor, Limit, Who, exactly

EXPORT_MAX = 100_000
_OurSender = Annotated[
    str, Meta(max_length=20, description="Our sender or number; all of them if left out.")
]


class ConversationsQuery(Body, frozen=True, kw_only=True):
    """A page of conversations."""

    before: Cursor = None
    limit: Limit = 50


class ConversationQuery(Body, frozen=True, kw_only=True):
    """With which of our senders, and a page of it."""

    sender: _OurSender | None = msgspec.field(default=None, name="sender")
    before: Cursor = None
    limit: Limit = 50


class MarkReadQuery(Body, frozen=True, kw_only=True):
    """With which of our numbers."""

    sender: _OurSender | None = msgspec.field(default=None, name="sender")


class ExportQuery(Body, frozen=True, kw_only=True):
    """How long a piece, and whose."""

    after: Cursor = None
    limit: Annotated[int, Meta(ge=1, le=EXPORT_MAX, description="Numbers in one piece.")] = (
        EXPORT_MAX
    )
    account: Who = None


class ImportLine(Body, frozen=True, kw_only=True):
    """One opt-out of a list."""

    to: Annotated[str, Meta(max_length=64)]
    sender: Annotated[str, Meta(max_length=20)] = ""
    campaign: Annotated[str, Meta(max_length=100)] = ""


class ReplyBody(Body, frozen=True, kw_only=True):
    """What handsets that send STOP, START or HELP are answered instead of the house's own text."""

    kind: Literal["stop", "start", "help"]
    text: Annotated[
        str,
        Meta(
            max_length=640,
            description="`{{sender}}` stands for whom the messages come from.",
            examples=["{{sender}}: you get no more messages from us. START brings them back."],
        ),
    ] = ""
    language: Annotated[
        str,
        Meta(
            pattern=exactly("([a-z]{2})?"),
            max_length=2,
            description="For words of this language (ISO 639-1); for all if left out.",
        ),
    ] = ""
    service: ServiceId = None
    enabled: Annotated[
        bool, Meta(description="False answers nothing; an opt-out holds all the same.")
    ] = True
