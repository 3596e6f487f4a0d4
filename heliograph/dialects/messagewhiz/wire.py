"""Replies of MessageWhiz as they stand on the wire, in the vendor's own spelling, order and types.

The order of attributes is the order of the printed answers. Ids are JSON integers of 32 bits; `enabled`
is a boolean here and the integer 1 there, as each entity has it (facts 3.1), for typed clients depend
on it. Nothing here leaves the room. Source: seeds/004; facts 3.1 to 3.3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec

NAME: Final = "messagewhiz"
_MICROS_PER_CENT: Final = 10_000


class Form(StrEnum):
    """How an endpoint answers: the room's note in `Ask.form`."""

    NONE = "none"
    LEGACY = "legacy"
    """`{"id": 123}` without an envelope."""
    STARTED = "started"
    COMBINED = "combined"
    ESTIMATE = "estimate"
    SEGMENT = "segment"
    BROADCASTS = "broadcasts"
    REPORT = "report"
    VERIFIED = "verified"
    DONE = "done"
    THING = "thing"
    """One entity, made or put."""
    PATCHED = "patched"
    THINGS = "things"
    IMPORTED = "imported"
    FILLED = "filled"
    MEMBERED = "membered"
    RENAMED = "renamed"
    LISTS = "lists"
    SUPPRESSION = "suppression"
    SUPPRESSIONS = "suppressions"
    SUPPRESSION_PATCHED = "suppression_patched"
    PREVIEW = "preview"
    RECIPIENTS = "recipients"
    NUMBERS = "numbers"
    PHONES = "phones"
    DOWNLOAD = "download"
    IDS = "ids"
    SENDERS = "senders"
    LINKS = "links"
    LINKS_ADDED = "links_added"
    LINK_MADE = "link_made"
    LINKS_IMPORTED = "links_imported"
    CONVERSION = "conversion"
    TRIGGER_PUT = "trigger_put"


# -- times and money --------------------------------------------------------------------------------


def timestamp(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, as JavaScript prints it: `2020-07-22T21:00:00.000Z`."""
    if at is None:
        return None
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def plain_time(at: datetime | None) -> str | None:
    """`2021-06-25 14:02:50`, UTC, as segments have it."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def cents(micros: int) -> int | float:
    """An amount in hundredths of the account's currency; a JSON number, whole where it is (facts 31)."""
    whole, rest = divmod(micros, _MICROS_PER_CENT)
    return whole if rest == 0 else micros / _MICROS_PER_CENT


# -- the envelope -----------------------------------------------------------------------------------


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every answer below /api/3 is in, and every refusal on any path."""

    error_code: int = 0
    error_message: str = ""
    error_type: str = ""
    execution_time: float = 0.0
    """Seconds."""
    result: msgspec.Raw


class LegacyId(msgspec.Struct, frozen=True):
    """Answer of the previous approach's paths."""

    id: int


class Valid(msgspec.Struct, frozen=True):
    """Answer to a verification."""

    valid: bool


# -- broadcasts -------------------------------------------------------------------------------------


class Started(
    msgspec.Struct, frozen=True, rename={"broadcast_id": "broadcastID", "segment_id": "segmentID"}
):
    """A broadcast that was accepted."""

    broadcast_id: int
    segment_id: int


class SegmentView(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to /Segments."""

    real_price: int | float
    id: int
    broadcast_id: int
    utc_offset: int
    message_body: str
    template_id: int | None
    batch_index: None = None
    state: int
    recipient_count: int
    estimated_price: int | float
    send_conditions_id: int
    enabled: bool = True
    created_at: str | None
    send_time: str | None
    estimated_count: int


class Conversion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Clicks in an item of the list of broadcasts."""

    unique_clicks: int
    total_clicks: int
    recipient_count: int
    conversion: str
    """Percent with two decimals, as text."""
    broadcast_id: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`dlr` in an item of the list of broadcasts: seen by callers, not in the reference (facts 3.3)."""

    sent_count: int
    delivered_count: int
    undelivered_count: int
    rejected_count: int
    expired_count: int
    failed_count: int
    read_count: int = 0
    """SMS tells nobody that it was read."""


class BroadcastView(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the list of broadcasts."""

    id: int
    user_id: int
    name: str
    type: int
    message_body: str
    enabled: int
    trigger_id: int | None
    send_date: str | None
    state: int
    parent_id: None = None
    real_price: int | float
    estimated_price: int | float
    create_date: str | None
    estimated_count: int
    utc_offset: int
    next_segment_size: int | None
    eb_type: str | None
    company_name: str
    timezone: str
    send_now: bool
    broadcast_conversion: Conversion = msgspec.field(name="broadcastConversion")
    dlr: Counts
    recipient_count: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One segment's counts in a delivery report."""

    broadcast_id: int
    sent: int = 0
    delivered: int = 0
    undelivered: int = 0
    rejected: int = 0
    expired: int = 0
    failed: int = 0


# -- the webhook ------------------------------------------------------------------------------------


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a message."""

    segment_id: int
    id: str = msgspec.field(name="_id")
    broadcast_id: int
    recipient: str
    price: int | float
    task_state: int
    updated: int
    """Milliseconds since 1970."""
    client_ref: str | msgspec.UnsetType = msgspec.UNSET
    """Where the message had one (facts 3.3)."""


# -- requests, as our carrier face makes them -------------------------------------------------------


class TinyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /api/broadcasts/tiny/single."""

    recipient: str
    sender: str
    message_body: str


class SingleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /api/3/Broadcast, type 10."""

    campaign_id: int
    sender_id: int
    recipient: str
    message_body: str
    broadcast_type: int = 10
    unsubscriber_list_ids: str = ""


class CombinedRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """One of the recipients of a combinedsubmit; texts come whole, so there are no other fields."""

    phone_number: int


class CombinedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /api/3/Broadcast/combinedsubmit."""

    message_body: str
    sender: str
    recipients: tuple[CombinedRecipient, ...]


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /api/3/DeliveryReport."""

    bid: int
