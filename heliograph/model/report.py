"""What carriers tell us: outcomes of attempts, receipts, and messages from handsets."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from heliograph.model.message import Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.status import Status

_TEXT: Final = re.compile(r"""\b(?:text|message|msg|body|content)\b["']?\s*[:=].*""", re.I | re.S)


def without_text(raw: str) -> str:
    """A receipt as it came up to where it repeats the message: SMPP's has its first 20 characters at the
    end (SMPP 3.4, appendix B), which for a one-time password is all that matters."""
    return _TEXT.sub("(the text is a secret)", raw)


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
    carrier_ids: tuple[tuple[int, str], ...] = ()
    """Parts, counted from 1, that it did take, each with the id that it gave."""


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
    encoding: Encoding = Encoding.AUTO
    at: datetime


class OpenId(msgspec.Struct, frozen=True, kw_only=True):
    """An id that a carrier gave for a message, or for a part of one, whose outcome it has not told."""

    carrier_message_id: str
    """In the form in which the carrier gave it, or the one that its `Taken` named."""
    sender: str
    """As the message names it; how it travelled is the carrier's to know."""
    recipient: str
    taken_at: datetime
    """When the message was sent."""
