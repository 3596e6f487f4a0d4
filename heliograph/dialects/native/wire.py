"""What the native API's requests hold, in its own spelling; unknown fields are refused by name.

The structs are also the source of the OpenAPI description: every constraint and every sentence here
is checked and shown by the same declaration. They must never leave this room.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


def exactly(pattern: str) -> str:
    """The pattern for a whole value; `$` alone would let a line feed pass at the end."""
    return rf"^(?:{pattern})(?!\n)$"


ClassWord = Literal["otp", "transactional", "promotional"]
EncodingWord = Literal["auto", "gsm7", "gsm7_national", "ucs2"]
ChannelWord = Literal["sms", "voice", "mms", "whatsapp"]
StatusWord = Literal[
    "scheduled",
    "queued",
    "sent",
    "uncertain",
    "delivered",
    "undelivered",
    "expired",
    "rejected",
    "failed",
    "cancelled",
]
Moment = Annotated[datetime, Meta(tz=True)]
Hex = Annotated[str, Meta(pattern=exactly("(?:[0-9A-Fa-f]{2})+"), max_length=280)]
Url = Annotated[str, Meta(max_length=2048, pattern=exactly("https?://[!-~]+"))]
BULK_MAX = 100_000
ESTIMATE_MAX = 1_000


class Body(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"sender": "from", "traffic_class": "class"},
):
    """A part of a request: a typing error in a field name is told, not passed over."""


# -- messages ---------------------------------------------------------------------------------


class Content(Body, frozen=True, kw_only=True):
    """What a message says and how it is to travel."""

    sender: (
        Annotated[
            str,
            Meta(
                description="Sender ID: up to 11 letters and digits, a short code or a number.",
                examples=["Heliograph"],
            ),
        ]
        | None
    ) = None
    text: Annotated[
        str,
        Meta(
            max_length=40_000,
            description="The text; `{{name}}` is replaced from `variables`.",
            examples=["Your code is 482913"],
        ),
    ] = ""
    template: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=100,
                description="Name of a template whose text is sent; excludes `text`.",
            ),
        ]
        | None
    ) = None
    links: (
        Annotated[
            dict[str, Annotated[int, Meta(ge=0, le=5_256_000)]],
            Meta(
                max_length=20,
                description="Smart links in the text and the minutes for which their short links lead "
                "somewhere, 0 for as long as the message is kept: `{{link_5}}` stands for `lnk_5`.",
                examples=[{"lnk_5": 1440}],
            ),
        ]
        | None
    ) = None
    traffic_class: Annotated[
        ClassWord, Meta(description="What the message is for; also the lane it travels in.")
    ] = "transactional"
    send_at: (
        Annotated[
            Moment,
            Meta(description="RFC 3339 time with zone, up to which the message waits."),
        ]
        | None
    ) = None
    validity_seconds: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=2_592_000,
                description="How long delivery is tried; else the account's default.",
            ),
        ]
        | None
    ) = None
    valid_until: (
        Annotated[
            Moment,
            Meta(
                description="The same as an RFC 3339 time with zone; a message past it is accepted, "
                "and expires. Excludes `validity_seconds`."
            ),
        ]
        | None
    ) = None
    reference: (
        Annotated[
            str,
            Meta(max_length=255, description="Your own word for it, given back in reports."),
        ]
        | None
    ) = None
    callback_url: (
        Annotated[
            Url,
            Meta(description="Where this message's events go, beside the webhook endpoints."),
        ]
        | None
    ) = None
    flash: Annotated[bool, Meta(description="Show at once on the screen, class 0.")] = False
    priority: Annotated[
        int, Meta(ge=0, le=3, description="0 normal to 3 highest, within the class.")
    ] = 0
    encoding: Annotated[
        EncodingWord, Meta(description="`auto` takes the cheapest that holds the text.")
    ] = "auto"
    smart: Annotated[
        bool, Meta(description="Replace typographic characters where that saves parts.")
    ] = False
    campaign: (
        Annotated[str, Meta(max_length=100, description="Code of an approved campaign permit.")]
        | None
    ) = None
    test: Annotated[
        bool,
        Meta(
            description="As with a test key: the simulated network takes the message, no carrier does, "
            "and it costs nothing. A test key's messages are always so."
        ),
    ] = False
    body_hex: (
        Annotated[Hex, Meta(description="Octets of a binary message; excludes `text`.")] | None
    ) = None
    udh_hex: (
        Annotated[Hex, Meta(description="User data header, with its length octet first.")] | None
    ) = None
    channel: Annotated[
        ChannelWord, Meta(description="Other than `sms`: a carrier that declares it is needed.")
    ] = "sms"
    media_url: (
        Annotated[Url, Meta(description="What a call plays, or what MMS and WhatsApp show.")] | None
    ) = None
    language: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=40,
                pattern=exactly("[A-Za-z0-9 _()-]+"),
                description="In which a voice call speaks the text.",
            ),
        ]
        | None
    ) = None
    duration_seconds: (
        Annotated[int, Meta(ge=0, le=999_999, description="How long the call lasts.")] | None
    ) = None


class MessageBody(Content, frozen=True, kw_only=True):
    """One message to be sent."""

    to: Annotated[
        str,
        Meta(max_length=64, description="The recipient's number.", examples=["+8801844909020"]),
    ]
    variables: (
        Annotated[dict[str, str], Meta(description="Values for `{{name}}` in the text.")] | None
    ) = None


class RecipientBody(Body, frozen=True, kw_only=True):
    """One recipient of a text that many get."""

    to: Annotated[str, Meta(max_length=64, examples=["+8801844909020"])]
    variables: dict[str, str] | None = None
    reference: Annotated[str, Meta(max_length=255)] | None = None


class BulkHead(Content, frozen=True, kw_only=True):
    """What stands beside the list in a bulk request."""


class BulkBody(BulkHead, frozen=True, kw_only=True):
    """Many messages: `messages`, each complete, or one text for many `recipients`."""

    messages: Annotated[
        tuple[MessageBody, ...] | None,
        Meta(description="Complete messages; only `reference` may stand beside them."),
    ] = None
    recipients: Annotated[
        tuple[RecipientBody, ...] | None,
        Meta(description="Who gets the text that stands beside the list."),
    ] = None


class EstimateBody(Body, frozen=True, kw_only=True):
    """Messages of which to say what they would do and cost."""

    messages: Annotated[
        tuple[MessageBody, ...], Meta(min_length=1, description="Up to 1,000 messages.")
    ]


class HandsetBody(Body, frozen=True, kw_only=True):
    """A message that a simulated handset sends."""

    to: Annotated[str, Meta(min_length=1, max_length=64, description="One of our numbers.")]
    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


# -- queries ----------------------------------------------------------------------------------

Limit = Annotated[int, Meta(ge=1, le=200, description="Entries on a page.")]
Cursor = (
    Annotated[str, Meta(max_length=40, description="The `next` of the page before this one.")]
    | None
)
Who = (
    Annotated[
        str,
        Meta(
            max_length=30,
            description="The operator may act for another account.",
            examples=["acct_3"],
        ),
    ]
    | None
)


class NoQuery(Body, frozen=True, kw_only=True):
    """No parameters."""


class PageQuery(Body, frozen=True, kw_only=True):
    """A page, newest first."""

    before: Cursor = None
    limit: Limit = 50


class InboundQuery(PageQuery, frozen=True, kw_only=True):
    """Which messages from handsets."""

    unread: Annotated[bool, Meta(description="Only those that were never taken.")] = False


class TakeQuery(Body, frozen=True, kw_only=True):
    """How many to take."""

    limit: Limit = 50


class BulkQuery(Body, frozen=True, kw_only=True):
    """For bodies that have no place for it."""

    reference: (
        Annotated[str, Meta(max_length=255, description="Your word for the whole submission.")]
        | None
    ) = None


class ThingsQuery(Body, frozen=True, kw_only=True):
    """A page, oldest first."""

    after: Cursor = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    account: Who = None


class AccountQuery(Body, frozen=True, kw_only=True):
    """For whom."""

    account: Who = None


class OptOutQuery(Body, frozen=True, kw_only=True):
    """From which sender, in which campaign, of which account."""

    sender: Annotated[str, Meta(max_length=20)] = ""
    campaign: Annotated[str, Meta(max_length=100)] = ""
    account: Who = None


class EventsQuery(Body, frozen=True, kw_only=True):
    """Where to begin."""

    after: (
        Annotated[
            str,
            Meta(
                max_length=40,
                description="Id of the last event seen; `Last-Event-ID` says the same.",
            ),
        ]
        | None
    ) = None
