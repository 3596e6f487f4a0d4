"""Messages, submissions, events: what travels through the flow and what is kept of it."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

import msgspec

from heliograph.model.account import TrafficClass
from heliograph.model.link import ShortLink
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


SMS = "sms"
"""The channel of ordinary messages."""


class Extra(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What most messages do not have; for them its one column is empty."""

    channel: str = SMS
    """`sms`, `voice`, `mms`, `whatsapp`: only carriers that declare the channel get the message."""
    media_url: str | None = None
    """What a voice call plays, or what an MMS or WhatsApp message shows."""
    language: str | None = None
    """In which a voice call speaks the text."""
    duration_seconds: int | None = None
    """How long the caller says the call lasts."""
    protocol_id: int = 0
    """TP-PID (3GPP 23.040) of a short message."""
    route_id: int = 0
    """The only route that may be used, one that is this account's own; 0 leaves it to the rules."""
    words: dict[str, str] = {}
    """The door's own words for this message, given back in its reports."""
    campaign: str | None = None
    """The campaign that it belongs to; handsets can opt out of one."""
    answers: str | None = None
    """`stop`, `start` or `help`: it is our own answer to that word."""
    secret: bool = False
    """The text is a secret (a one-time password): shown to nobody, forgotten once the message ends."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One message as a door has read it: nothing is checked yet."""

    recipient: str
    sender: str | None = None
    may_lack_sender: bool = False
    """Without any sender it is accepted, and fails without an attempt; otherwise that is refused."""
    text: str = ""
    hexadecimal: bool = False
    """`text` is the digits of UTF-16BE where the credential's setting `unicode` is `hex`."""
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
    test: bool = False
    """As if it came by a test credential: nothing leaves the house and nothing costs."""
    flash: bool = False
    priority: int = 0
    """0 normal to 3 highest, within the traffic class."""
    send_at: datetime | None = None
    send_at_local: datetime | None = None
    """The same without a zone: it is in that of the credential's setting `timezone`, else in UTC."""
    validity_seconds: int | None = None
    valid_until: datetime | None = None
    """The same as a time, and before it. A message past it is accepted, and expires without an
    attempt; one that is too far away is brought near."""
    reference: str | None = None
    """The customer's own word for it; given back in reports."""
    callback: str | None = None
    """URL for this message's reports, in the form of the door it came by."""
    callback_statuses: tuple[Status, ...] = ()
    """Which statuses the callback is told of; empty means sent and those that end the message."""
    template: str | None = None
    """Number or name of a template of the account's that gives the text."""
    variables: dict[str, str] | None = None
    """Replaces `{{name}}` in the text."""
    lenient: bool = False
    """Also replaces `$(name)`, and a name without a value by nothing; otherwise that is refused."""
    links: dict[int, int] | None = None
    """Number of a smart link → minutes of its validity, 0 for as long as the message is kept: replaces
    `{{link_<number>}}`."""
    short_links: tuple[ShortLink, ...] = ()
    """What `links` became in the text: the flow's to fill in."""
    extra: Extra | None = None


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
    extra: Extra | None = None
    short_links: tuple[ShortLink, ...] = ()
    """Minted for its text and kept with it; a message that is read back has none here."""

    @property
    def channel(self) -> str:
        """What a carrier must declare to be given this message."""
        return SMS if self.extra is None else self.extra.channel

    @property
    def campaign(self) -> str:
        """The code of its campaign; empty for none."""
        return "" if self.extra is None else self.extra.campaign or ""

    @property
    def secret(self) -> bool:
        """Whether its text is shown to nobody."""
        return self.extra is not None and self.extra.secret

    @property
    def shown(self) -> Message:
        """The message as it may be told of."""
        return msgspec.structs.replace(self, text="") if self.secret else self

    @property
    def owed(self) -> bool:
        """Whether it goes out whatever the recipient opted out of: the answers to STOP and HELP."""
        return self.extra is not None and self.extra.answers in ("stop", "help")


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
    encoding: Encoding = Encoding.AUTO
    """How it came over the air, where the carrier says so."""
    service_id: int | None = None
    """The service that its number or keyword belongs to."""
    keyword: str | None = None
    """The keyword that it began with, where that decided whose it is."""
    kind: str | None = None
    """`stop`, `start` or `help` where it was one of these words."""
    reply_id: int | None = None
    """The message by which we answered it ourselves."""
    reply_refused: str | None = None
    """Why such an answer could not be sent: a refusal's code."""
    carrier_id: int | None = None
    received_at: datetime
    read_at: datetime | None = None


Happening = tuple[Event, MessageRecord] | Inbound
"""What an account's stream tells: an event with its message, or a message from a handset."""
