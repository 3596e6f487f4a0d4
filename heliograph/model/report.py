"""What carriers tell us: outcomes of attempts, receipts, and messages from handsets."""

from __future__ import annotations

from datetime import datetime

import msgspec

from heliograph.model.message import Message
from heliograph.model.reason import Reason
from heliograph.model.status import Status


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt that is on record and may now be handed to a carrier."""

    message: Message
    attempt: int
    """1 for the first."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier took it and named it: one id for the whole message or one for each part."""

    carrier_ids: tuple[str, ...]


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier did not take it."""

    reason: Reason
    vendor_code: str | None = None
    retry_after_seconds: float | None = None
    """The carrier's own wish; None means by our own schedule."""
    next_carrier: bool = True
    """Another carrier may still take it; False when the message itself is at fault."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody knows whether the carrier took it: time-out or broken connection after sending."""

    detail: str


Outcome = Taken | Declined | Unknown


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery report (DLR) as a carrier gave it, with our reading of it."""

    carrier_id: int
    carrier_message_id: str
    status: Status
    reason: Reason
    vendor_code: str | None = None
    at: datetime
    """The carrier's done date, or when it reached us."""
    raw: str = ""
    """As it came, for the trace."""
    other_forms: tuple[str, ...] = ()
    """Other ways in which the carrier may have written the id before, likeliest first."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message from a handset, before its owner is known."""

    carrier_id: int
    sender: str
    recipient: str
    text: str
    body: bytes | None = None
    at: datetime
