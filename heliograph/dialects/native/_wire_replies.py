"""What the native API's replies about messages hold, in its own spelling.

Also the source of their OpenAPI description. Times are UTC and written with Z, money is decimal text.
They must never leave this room.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")
MessageId = Annotated[str, Meta(examples=["msg_3v9k2m8q1r7tc"])]
SubmissionId = Annotated[str, Meta(examples=["sub_3v9k2m8q1r7tc"])]
Price = Annotated[str, Meta(description="Decimal text.", examples=["0.0042"])]


class View(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    rename={"sender": "from", "traffic_class": "class"},
):
    """A reply; what is not known is left out."""


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list."""

    items: list[T]
    next: Annotated[str, Meta(description="Cursor of the following page.")] | None = None


class CreatedView(View, frozen=True, kw_only=True):
    """A message that was accepted; it is stored for good."""

    id: MessageId
    submission: SubmissionId
    to: str
    status: str
    parts: int
    encoding: str
    price: Price
    currency: str


class MessageView(View, frozen=True, kw_only=True):
    """A message and where it stands."""

    id: MessageId
    submission: SubmissionId
    sender: str
    to: str
    text: str | None = None
    body_hex: str | None = None
    udh_hex: str | None = None
    traffic_class: str
    encoding: str
    parts: int
    status: str
    reason: Annotated[str, Meta(description="Why it ended so.")] | None = None
    reason_code: int | None = None
    vendor_code: Annotated[str, Meta(description="The carrier's own code.")] | None = None
    price: Price
    charge: Annotated[str, Meta(description="free, held, captured or released")]
    test: bool = False
    flash: bool = False
    channel: Annotated[str, Meta(description="sms, voice, mms or whatsapp")] = "sms"
    media_url: str | None = None
    language: str | None = None
    duration_seconds: int | None = None
    priority: int = 0
    country: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    reference: str | None = None
    dialect: Annotated[str, Meta(description="The API that it came by.")] = "native"
    carrier: str | None = None
    attempts: int = 0
    created_at: datetime
    send_at: datetime | None = None
    valid_until: datetime
    updated_at: datetime


class EventView(View, frozen=True, kw_only=True):
    """One entry in the life of a message."""

    id: Annotated[str, Meta(examples=["evt_5q0w8zk3n1x4d"])]
    type: Annotated[str, Meta(examples=["message.delivered"])]
    kind: Annotated[str, Meta(description="`status`: it changed; `receipt`: one came in vain.")]
    at: datetime
    status: str
    reason: str | None = None
    attempt: int = 0
    part: int = 0
    carrier: str | None = None
    vendor_code: str | None = None
    detail: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """Route decision, carrier ids, receipt."""


class DeliveryView(View, frozen=True, kw_only=True):
    """One try to tell a webhook endpoint of an event."""

    id: str
    endpoint: str
    event: str
    message: MessageId
    at: datetime
    status_code: int | None = None
    error: str | None = None
    duration_ms: int


class LinkClicksView(View, frozen=True, kw_only=True):
    """A short link in the text, and who came by it."""

    link: Annotated[str, Meta(examples=["lnk_5"])]
    code: Annotated[str, Meta(examples=["7Kq2mVx9T"])]
    clicks: Annotated[int, Meta(description="By people; bots and previews are not counted.")] = 0
    visitors: int = 0
    first_clicked_at: datetime | None = None
    last_clicked_at: datetime | None = None
    converted_at: datetime | None = None


class ReceivedView(View, frozen=True, kw_only=True):
    """The request by which a message came, without its secrets."""

    id: Annotated[str, Meta(examples=["req_3v9k2m8q1r7tc"])] | None = None
    at: datetime
    method: Annotated[str, Meta(description="HTTP method, or the PDU.", examples=["POST"])]
    path: str = ""
    query: Annotated[str, Meta(description="As it came; secrets are masked.")] | None = None
    body: (
        Annotated[str, Meta(description="As it came, or the fields of a PDU; secrets are masked.")]
        | None
    ) = None
    body_hex: Annotated[str, Meta(description="Instead, where it is no text.")] | None = None
    cut: Annotated[bool, Meta(description="The body was longer than what is kept.")] = False
    head_only: Annotated[bool, Meta(description="Nothing of query and body is kept.")] = False
    octets: Annotated[int, Meta(description="Length of the body.")] | None = None
    entries: Annotated[int, Meta(description="How many messages it asked for.")] | None = None
    media_type: str | None = None
    agent: Annotated[str, Meta(description="The User-Agent header.")] | None = None
    address: Annotated[str, Meta(description="From where it came.")] = ""
    credential: Annotated[str, Meta(examples=["cred_3"])] | None = None
    person: Annotated[str, Meta(examples=["per_2"])] | None = None


class CheckView(View, frozen=True, kw_only=True):
    """Something that was checked when the message was accepted, and how it passed."""

    name: Annotated[
        str,
        Meta(
            description="`recipient`, `sender`, `text`, `class`, `consent`, `limits`, `times` or `money`."
        ),
    ]
    result: Annotated[str, Meta(description="How it passed.", examples=["approved"])]
    facts: Annotated[dict[str, str | int], Meta(description="What it was found to be.")] = {}


class TraceView(MessageView, frozen=True, kw_only=True):
    """A message with its whole life."""

    request: ReceivedView | None = None
    checks: list[CheckView] = []
    trace: list[EventView]
    deliveries: list[DeliveryView]
    links: list[LinkClicksView] = []


class RefusedEntryView(View, frozen=True, kw_only=True):
    """An entry of a bulk request that was not accepted."""

    index: Annotated[int, Meta(description="Position in the request, from 0.")]
    code: str
    detail: str
    field: str | None = None


class BulkView(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that was accepted."""

    id: SubmissionId
    accepted: int
    skipped: Annotated[dict[str, int], Meta(description="Problem code: how many entries.")]
    price: Price
    currency: str
    errors: Annotated[list[RefusedEntryView], Meta(description="The first refused entries.")]


class SumsView(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted messages by outcome; the four sum to `accepted`."""

    delivered: int
    failed: int
    cancelled: int
    pending: int


class SubmissionView(msgspec.Struct, frozen=True, kw_only=True):
    """A submission and what has become of its messages."""

    id: SubmissionId
    dialect: str
    reference: str | None
    created_at: datetime
    closed_at: datetime | None
    accepted: int
    skipped: dict[str, int]
    sums: SumsView
    statuses: dict[str, int]


class EstimateView(View, frozen=True, kw_only=True):
    """What one message would be."""

    to: str | None = None
    country: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    encoding: str | None = None
    parts: int
    chars_left: int
    non_gsm: Annotated[str, Meta(description="Characters that force UCS-2.")]
    replaced: dict[str, str]
    price: Price | None = None
    carrier: str | None = None
    errors: Annotated[list[RefusedEntryView], Meta(description="Why it would be refused.")]


class EstimatesView(msgspec.Struct, frozen=True, kw_only=True):
    """What the messages would be and cost together."""

    items: list[EstimateView]
    price: Price
    currency: str


class LedgerView(View, frozen=True, kw_only=True):
    """One entry of the ledger."""

    id: str
    transaction: str
    purse: str
    amount: Price
    currency: str
    why: str
    submission: SubmissionId | None = None
    at: datetime


class InboundView(View, frozen=True, kw_only=True):
    """A message from a handset."""

    id: Annotated[str, Meta(examples=["inb_3v9k2m8q1r7tc"])]
    sender: str
    to: str
    text: str
    body_hex: str | None = None
    received_at: datetime
    read_at: datetime | None = None
    keyword: Annotated[str, Meta(description="By which it was found whose it is.")] | None = None
    kind: (
        Annotated[str, Meta(description="`stop`, `start` or `help` where it was such a word.")]
        | None
    ) = None
    answer: Annotated[str, Meta(description="The message by which it was answered.")] | None = None
    answer_refused: (
        Annotated[str, Meta(description="Why it could not be answered: a problem's code.")] | None
    ) = None


class OrphanView(View, frozen=True, kw_only=True):
    """A receipt whose message is not known."""

    carrier: str
    carrier_message_id: str
    status: str
    reason: str | None = None
    vendor_code: str | None = None
    at: datetime
    raw: str


class OrphansView(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts whose messages are not known, newest first."""

    items: list[OrphanView]


class HandsetMessageView(View, frozen=True, kw_only=True):
    """A message on a simulated handset."""

    sender: str
    to: str
    text: str
    at: datetime
    channel: Annotated[str, Meta(description="`voice` is a call that said or played this.")] = "sms"
    media_url: str | None = None


class HandsetView(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated handset."""

    msisdn: str
    messages: list[HandsetMessageView]


class ReplayedView(msgspec.Struct, frozen=True, kw_only=True):
    """What will be told again."""

    count: Annotated[int, Meta(description="Notifications that were queued.")]
