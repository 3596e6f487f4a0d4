"""Messages, submissions, events: what travels through the flow and what is kept of it."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

import msgspec

from heliograph.model.account import TrafficClass
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import Status


class Encoding(IntEnum):
    """How the text goes on the air; numbers are stored."""

    AUTO = 0
    GSM7 = 1
    GSM7_NATIONAL = 2
    UCS2 = 3
    BINARY = 4


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One message as a door has read it: nothing is checked yet."""

    recipient: str
    sender: str | None = None
    text: str = ""
    body: bytes | None = None
    """Octets as they go on the air, when the caller encoded them: binary, or by `encoding` unpacked
    GSM 03.38 or UTF-16BE. `text` is ignored then."""
    udh: bytes = b""
    """User data header that the caller made, with its length octet."""
    encoding: Encoding = Encoding.AUTO
    smart: bool = False
    """Replace typographic characters where that saves parts."""
    traffic_class: TrafficClass = TrafficClass.TRANSACTIONAL
    campaign: str | None = None
    """Approved campaign code, for doors that ask for one."""
    needs_campaign: bool = False
    """The door requires an approved campaign for this message."""
    flash: bool = False
    priority: int = 0
    """0 normal to 3 highest, within the traffic class."""
    send_at: datetime | None = None
    validity_seconds: int | None = None
    reference: str | None = None
    """The customer's own word for it; given back in reports."""
    callback: str | None = None
    """URL for this message's reports, in the form of the door it came by."""
    variables: dict[str, str] | None = None
    """Replaces `{{name}}` in the text."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted message on its way out."""

    account_id: int
    id: int
    submission_id: int | None
    dialect: str
    sender: str
    recipient: str
    """MSISDN: digits without plus."""
    text: str
    body: bytes | None = None
    udh: bytes = b""
    encoding: Encoding
    parts: int
    traffic_class: TrafficClass
    priority: int = 0
    flash: bool = False
    test: bool = False
    country: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    price_micros: int = 0
    reference: str | None = None
    callback: str | None = None
    send_at: datetime | None = None
    valid_until: datetime


class MessageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A message and where it stands, as the store knows it."""

    message: Message
    status: Status
    reason: Reason
    vendor_code: str | None
    charge: Charge
    attempts: int
    carrier_id: int | None
    updated_at: datetime


class EventKind(IntEnum):
    """What an entry in a message's life says; numbers are stored."""

    STATUS = 1
    """The status changed; customers are told."""
    RECEIPT = 2
    """A receipt came that changed nothing (late, duplicate, of one part, of an earlier attempt)."""
    ATTEMPT = 3
    """An attempt came to nothing and another will follow; the status is what it was."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry in the life of a message. Entries of kind STATUS are what customers are told."""

    account_id: int
    message_id: int
    id: int
    kind: EventKind = EventKind.STATUS
    at: datetime
    status: Status
    reason: Reason = Reason.NONE
    attempt: int = 0
    carrier_id: int | None = None
    vendor_code: str | None = None
    part: int = 0
    """Which part a receipt was for; 0 means the whole message."""
    detail: bytes | None = None
    """JSON for the trace: route decision, carrier ids, raw receipt."""

    @property
    def type(self) -> str:
        """The event's name in webhooks and streams, e.g. `message.delivered`."""
        return f"message.{self.status.word}"


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One request with many messages and what has become of them (promise P10)."""

    account_id: int
    id: int
    dialect: str
    reference: str | None
    created_at: datetime
    closed_at: datetime | None
    """When the last message of the request was stored; None while it is being received."""
    accepted: int
    skipped: dict[str, int]
    """Refusal code → how many messages of the request were not accepted for it."""
    statuses: dict[str, int] = {}
    """Status word → how many of the accepted messages stand there now."""


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """A message from a handset to a number of ours (MO)."""

    account_id: int
    id: int
    sender: str
    recipient: str
    text: str
    body: bytes | None = None
    carrier_id: int | None = None
    received_at: datetime
    read_at: datetime | None = None
