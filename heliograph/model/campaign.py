"""Campaigns and broadcasts: one text to many recipients, each with words and links of his own.

The ids of everything here are small (32 bits) and are not sealed. As in `command`, what a caller asks
for is a command and what he is told is an answer.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from heliograph.model.broadcast import (
    Broadcast,
    BroadcastKind,
    BroadcastPlan,
    BroadcastRecipient,
    BroadcastState,
    PauseReason,
    QuietHours,
    Segment,
    SegmentSums,
)
from heliograph.model.message import MessageRecord

__all__ = [
    "DEFAULT_CAMPAIGN",
    "AddSegment",
    "Broadcast",
    "BroadcastEstimate",
    "BroadcastFilter",
    "BroadcastKind",
    "BroadcastOrder",
    "BroadcastPlan",
    "BroadcastRecipient",
    "BroadcastReport",
    "BroadcastReportPage",
    "BroadcastReports",
    "BroadcastStarted",
    "BroadcastState",
    "Broadcasts",
    "Campaign",
    "Campaigned",
    "Campaigning",
    "CancelBroadcast",
    "EstimateBroadcast",
    "EstimatedRecipient",
    "EstimatedShare",
    "FindBroadcast",
    "FireTrigger",
    "LinkList",
    "ListBroadcasts",
    "PauseBroadcast",
    "PauseReason",
    "QuietHours",
    "ResumeBroadcast",
    "Segment",
    "SegmentSums",
    "SenderList",
    "Spinner",
    "StartBroadcast",
    "TokenUse",
    "Trigger",
    "TriggerFired",
]

# -- what is kept -----------------------------------------------------------------------------------


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """What broadcasts are gathered under. Every account has one by the name of `DEFAULT_CAMPAIGN`."""

    account_id: int
    id: int
    name: str
    start_date: datetime | None = None
    end_date: datetime | None = None
    """Not before `start_date`. Both are the customer's own remarks: nothing is held up by them."""
    is_default: bool = False
    """True for the one that is taken when none is named; the house's to set."""
    enabled: bool = True


DEFAULT_CAMPAIGN = "Default campaign"


class SenderList(msgspec.Struct, frozen=True, kw_only=True):
    """Senders of which each recipient of a broadcast gets one at random."""

    account_id: int
    id: int
    name: str
    sender_ids: tuple[int, ...] = ()
    enabled: bool = True


class LinkList(msgspec.Struct, frozen=True, kw_only=True):
    """Smart links that `{{link_list:ID}}` spreads evenly over the recipients."""

    account_id: int
    id: int
    name: str
    link_ids: tuple[int, ...] = ()
    enabled: bool = True


class Spinner(msgspec.Struct, frozen=True, kw_only=True):
    """Words of which `{{word_spinner:ID}}` takes one at random for each recipient."""

    account_id: int
    id: int
    name: str
    words: tuple[str, ...] = ()
    enabled: bool = True


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever calls its URL releases the broadcasts that wait for it."""

    account_id: int
    id: int
    name: str
    uuid: str = ""
    """A GUID; given by the house when it is empty."""
    code: str = ""
    """What stands behind `/t/` in its public URL: nobody can guess it. Given by the house."""
    enabled: bool = True
    url: str = ""
    """Its public URL, where it is shown; empty where the house does not know its own address."""


# -- commands and answers ---------------------------------------------------------------------------


class EstimateBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Say what a broadcast would do and cost; send nothing."""

    plan: BroadcastPlan
    sample: int = 10
    """Recipients that are told one by one, at most 100."""


class EstimatedRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of an estimate."""

    msisdn: str
    fields: dict[str, str]
    mcc: str | None
    mnc: str | None
    country: str | None
    sender: str | None
    text: str
    """As it would be sent; codes of links are others each time."""
    parts: int
    encoding: str | None
    price_micros: int | None
    refused: str | None
    """Why he would get no message: a refusal code, `suppressed`, `duplicate`."""


class TokenUse(msgspec.Struct, frozen=True, kw_only=True):
    """One token of the text."""

    name: str
    count: int
    parameters: tuple[int, ...] = ()
    replacement: str = ""
    """In the first recipient's text."""


class EstimatedShare(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of an estimate that have as many parts and go to the same country."""

    country: str | None
    parts: int
    """Of each."""
    messages: int
    price_micros: int
    """Of all."""


class BroadcastEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `EstimateBroadcast`."""

    currency: str
    recipients: int
    """Of the plan and of its lists, before duplicates, suppression and refusals."""
    messages: int
    parts: int
    price_micros: int
    exact: bool
    """False: the three above were reckoned from `looked_at` recipients, spread over the lists."""
    looked_at: int
    skipped: dict[str, int]
    """As far as was looked at."""
    first_segment: int
    """Recipients of the first segment."""
    first_messages: int
    first_parts: int
    first_price_micros: int
    tokens: tuple[TokenUse, ...]
    sample: tuple[EstimatedRecipient, ...]
    shares: tuple[EstimatedShare, ...] = ()
    """Of all messages, by country and parts; reckoned like the sums."""
    hash: str
    """128 hexadecimal digits over plan, text, and the lists' versions."""


class StartBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Accept a broadcast; it answers before the recipients are looked at."""

    plan: BroadcastPlan
    idempotency_key: str | None = None
    fingerprint: bytes = b""


class BroadcastStarted(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `StartBroadcast`, after the commit."""

    broadcast_id: int
    segment_id: int
    repeated: bool = False


class AddSegment(msgspec.Struct, frozen=True, kw_only=True):
    """Go on with a smart broadcast that is open. The answer is the segment."""

    broadcast_id: int
    size: int | None = None
    """None means all recipients that are left."""
    text: str = ""
    """Empty and no template: the text of the segment before."""
    template_id: int | None = None
    sender: str | None = None
    sender_ids: tuple[int, ...] = ()
    sender_list_id: int | None = None
    """No sender at all: those of the segment before."""
    send_at: datetime | None = None
    utc_offset_minutes: int = 0


class PauseBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Make no more messages of it for now. What was made goes out."""

    broadcast_id: int


class ResumeBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Go on where it was paused."""

    broadcast_id: int


class CancelBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Make no more messages of it, and take back what was not sent yet."""

    broadcast_id: int


class FireTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """Release what waits for the account's trigger. (Its public URL does the same for everybody.)"""

    trigger_id: int


class TriggerFired(msgspec.Struct, frozen=True, kw_only=True):
    """How many broadcasts that released."""

    released: int


class FindBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """One broadcast with the sums of its segments. The answer is the `Broadcast`."""

    broadcast_id: int


class BroadcastFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which broadcasts; what is empty does not filter."""

    name: str | None = None
    """A part of the name, whatever its case."""
    kinds: tuple[BroadcastKind, ...] = ()
    states: tuple[BroadcastState, ...] = ()
    dialects: tuple[str, ...] = ()
    campaign_ids: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    created_since: datetime | None = None
    created_until: datetime | None = None
    notes: tuple[str, ...] = ()
    """Those whose note is one of these, or begins with one and a colon, and those without any."""


class BroadcastOrder(StrEnum):
    """By what broadcasts are sorted."""

    CREATED = "created_at"
    NAME = "name"
    SEND = "send_at"
    STATE = "state"
    KIND = "kind"
    ID = "id"


class ListBroadcasts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of broadcasts with their segments and sums."""

    filter: BroadcastFilter = BroadcastFilter()
    order: BroadcastOrder = BroadcastOrder.CREATED
    descending: bool = True
    start: int = 0
    limit: int = 10


class Broadcasts(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListBroadcasts`."""

    items: tuple[Broadcast, ...]
    more: bool
    account_name: str = ""


class BroadcastReports(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a broadcast, oldest first, for export and for reports to the customer."""

    broadcast_id: int
    after: int | None = None
    """Sealed id of the last message of the previous page."""
    limit: int = 1_000


class BroadcastReport(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a broadcast."""

    broadcast_id: int
    segment_id: int
    record: MessageRecord
    clicks: int = 0


class BroadcastReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `BroadcastReports`."""

    items: tuple[BroadcastReport, ...]
    more: bool


Campaigning = (
    EstimateBroadcast
    | StartBroadcast
    | AddSegment
    | PauseBroadcast
    | ResumeBroadcast
    | CancelBroadcast
    | FireTrigger
    | FindBroadcast
    | ListBroadcasts
    | BroadcastReports
)
"""The commands of this module. Campaigns, sender lists, link lists, spinners and triggers are kept by
`Save`, `List`, `Find` and `Remove`."""
Campaigned = (
    BroadcastEstimate
    | BroadcastStarted
    | Segment
    | Broadcast
    | Broadcasts
    | TriggerFired
    | BroadcastReportPage
)
"""Their answers, beside `Done` (pause, resume, cancel)."""
