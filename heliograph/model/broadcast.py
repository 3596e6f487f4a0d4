"""Broadcasts: what shall be sent to whom, and how far that is.

Ids are small (32 bits) and not sealed.
"""

from __future__ import annotations

from datetime import datetime, time
from enum import IntEnum, StrEnum
from typing import Final, Literal

import msgspec

from heliograph.model.account import TrafficClass

StateWord = Literal["waiting", "running", "paused", "open", "finished", "cancelled"]


class BroadcastKind(IntEnum):
    """Numbers are stored."""

    SINGLE = 1
    """To the recipients that the plan itself names."""
    BASE = 2
    """To all recipients of lists."""
    SMART = 3
    """To a first segment of the lists' recipients; further segments follow one by one."""

    @property
    def word(self) -> Literal["single", "base", "smart"]:
        """The lower-case word used in APIs."""
        return _KIND_WORDS[self]


class BroadcastState(IntEnum):
    """Where a broadcast, or a segment of one, stands; numbers are stored."""

    WAITING = 1
    """For its time, or for its trigger."""
    RUNNING = 2
    """Its messages are being made."""
    PAUSED = 3
    """By the customer, or because of `PauseReason`; it goes on where it stopped."""
    OPEN = 4
    """A smart broadcast between two segments: recipients are left. Never of a segment."""
    FINISHED = 5
    """Every message was made; what becomes of them is told by the sums."""
    CANCELLED = 6

    @property
    def word(self) -> StateWord:
        """The lower-case word used in APIs."""
        return _STATE_WORDS[self]


_KIND_WORDS: Final[dict[BroadcastKind, Literal["single", "base", "smart"]]] = {
    BroadcastKind.SINGLE: "single",
    BroadcastKind.BASE: "base",
    BroadcastKind.SMART: "smart",
}
_STATE_WORDS: Final[dict[BroadcastState, StateWord]] = {
    BroadcastState.WAITING: "waiting",
    BroadcastState.RUNNING: "running",
    BroadcastState.PAUSED: "paused",
    BroadcastState.OPEN: "open",
    BroadcastState.FINISHED: "finished",
    BroadcastState.CANCELLED: "cancelled",
}


class PauseReason(StrEnum):
    """Why a segment is paused."""

    CUSTOMER = "customer"
    NO_MONEY = "insufficient_balance"
    SUSPENDED = "account_suspended"


class BroadcastRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient that a plan names itself."""

    msisdn: str
    fields: dict[str, str] = {}
    """Values of tokens, by their names: those of `model/lists.FIELDS`."""


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """When recipients are left in peace, by the clocks where their numbers are from. Messages that
    would leave then are put off until `end`, never dropped."""

    start: time
    end: time
    """Before `start` where the quiet hours have midnight in them."""


class BroadcastPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be sent to whom, and when."""

    kind: BroadcastKind
    name: str = ""
    campaign_id: int | None = None
    """None means the account's default campaign."""
    text: str = ""
    """May have tokens in it. Empty where `template_id` is given."""
    template_id: int | None = None
    recipients: tuple[BroadcastRecipient, ...] = ()
    list_ids: tuple[int, ...] = ()
    """Recipient lists; whoever is in several of them is written to once."""
    suppression_ids: tuple[int, ...] = ()
    """Suppression lists; who is in one of them is skipped."""
    sender: str | None = None
    """By name."""
    sender_ids: tuple[int, ...] = ()
    """Of several, each recipient gets one at random."""
    sender_list_id: int | None = None
    send_at: datetime | None = None
    """None means now. With an offset or UTC: see `utc_offset_minutes`."""
    utc_offset_minutes: int = 0
    """The customer's clock; kept for display, it moves nothing."""
    trigger_id: int | None = None
    """It waits until this trigger is fired."""
    delay_minutes: int = 0
    """Added to `send_at`, or to the time at which the trigger is fired."""
    first_segment_size: int | None = None
    """For SMART: recipients of the first segment."""
    ctr_threshold: float | None = None
    """For SMART: percent (0 to 100) of a segment's recipients who must have clicked before the next
    segment of the same size is sent by itself. None: segments are added by hand."""
    ctr_wait_minutes: int = 60
    """How long after a segment its clicks are looked at."""
    quiet_hours: QuietHours | None = None
    validity_seconds: int | None = None
    code_length: int | None = None
    """Digits of verification codes in the text; None means as the account's default profile has them."""
    reference: str | None = None
    """The customer's own word, given back in the reports of every message."""
    callback: str | None = None
    """URL for the messages' reports, in the form of the door."""
    smart_encoding: bool = False
    """Replace typographic characters where that saves parts."""
    traffic_class: TrafficClass | None = None
    """None: transactional for SINGLE, promotional otherwise."""
    note: str = ""
    """The door's own word for it, given back with the broadcast."""
    estimate_hash: str | None = None
    """From an estimate: refused when text, lists or prices are others by now."""


class SegmentSums(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a segment's recipients (promise P10): `recipients` = sum of `skipped` + sum of
    `statuses`."""

    recipients: int = 0
    """Looked at so far."""
    skipped: dict[str, int] = {}
    """Refusal code, `suppressed`, or `duplicate` → how many got no message for it."""
    statuses: dict[str, int] = {}
    """Status word → how many of the messages stand there now."""
    price_micros: int = 0
    """Of the messages, when they were accepted."""
    captured_micros: int = 0
    """What was charged so far."""
    clicked: int = 0
    """Messages by whose short links somebody has come."""
    clicks: int = 0
    converted: int = 0
    """Messages that were reported as converted, themselves or by one of their short links."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of a broadcast: single and base broadcasts have just one."""

    account_id: int
    id: int
    broadcast_id: int
    position: int
    """1 for the first."""
    state: BroadcastState
    pause_reason: str | None = None
    text: str
    template_id: int | None = None
    size: int | None = None
    """Recipients at most; None means all that are left."""
    submission_id: int
    """Under which its messages stand."""
    send_at: datetime | None
    """None while it waits for a trigger."""
    utc_offset_minutes: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    sums: SegmentSums = SegmentSums()


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast that was accepted. Nothing that is changed or removed later changes it."""

    account_id: int
    id: int
    name: str
    kind: BroadcastKind
    state: BroadcastState
    dialect: str
    campaign_id: int
    text: str
    template_id: int | None = None
    trigger_id: int | None = None
    list_ids: tuple[int, ...] = ()
    send_at: datetime | None = None
    """Of the first segment; None while it waits for a trigger."""
    send_now: bool = True
    utc_offset_minutes: int = 0
    ctr_threshold: float | None = None
    first_segment_size: int | None = None
    estimated_count: int = 0
    """Recipients of the plan and of its lists, before duplicates and suppression."""
    created_at: datetime
    note: str = ""
    """The door's own word for it, as its plan had it."""
    segments: tuple[Segment, ...] = ()
