"""Accounts and what belongs to them: credentials, senders, campaign permits, numbers, endpoints."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property

import msgspec


class TrafficClass(IntEnum):
    """What a message is for; also the lane it travels in, most urgent first."""

    OTP = 1
    TRANSACTIONAL = 2
    PROMOTIONAL = 3

    @cached_property
    def word(self) -> str:
        """The lower-case word used in APIs."""
        return self.name.lower()


class OnUncertain(StrEnum):
    """What to do when nobody knows whether a carrier took a message (promise P2)."""

    HOLD = "hold"
    """Wait for a receipt until validity ends."""
    RESEND = "resend"
    """Send again: better twice than never."""


class ChargeOn(StrEnum):
    """When held money is captured."""

    SENT = "sent"
    """When a carrier takes the message."""
    DELIVERED = "delivered"
    """Only when the handset has it; any other end releases the money."""


class OptOutScope(StrEnum):
    """What a handset's bare STOP ends."""

    SENDER = "sender"
    """Messages from the number that it was sent to."""
    ACCOUNT = "account"
    """Every message of the account."""
    CAMPAIGN = "campaign"
    """The campaign of the last message from that number; where it had none, the sender."""


class AccountState(StrEnum):
    """Whether an account may send."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of the house. Money lives in the ledger, not here."""

    id: int
    name: str
    currency: str = "EUR"
    state: AccountState = AccountState.ACTIVE
    rate_card: str = "default"
    """Name of the sell-side rate card."""
    credit_limit_micros: int = 0
    charge_on: ChargeOn = ChargeOn.SENT
    on_uncertain_otp: OnUncertain = OnUncertain.RESEND
    on_uncertain_transactional: OnUncertain = OnUncertain.RESEND
    on_uncertain_promotional: OnUncertain = OnUncertain.HOLD
    any_sender: bool = False
    """True lets the account use sender IDs that were never registered (in-house gateways)."""
    max_parts: int = 10
    default_validity_seconds: int = 172_800
    default_region: str | None = None
    """ISO 3166-1 alpha-2; national numbers are read as this country's."""
    submits_per_second: int = 0
    """Messages per second accepted at the doors; 0 means no limit."""
    opt_out_scope: OptOutScope = OptOutScope.SENDER
    conversion_tracking: bool = False
    """True lets the account mark messages as converted, which routing statistics count."""

    def on_uncertain(self, traffic_class: TrafficClass) -> OnUncertain:
        """The account's policy for this kind of traffic."""
        match traffic_class:
            case TrafficClass.OTP:
                return self.on_uncertain_otp
            case TrafficClass.TRANSACTIONAL:
                return self.on_uncertain_transactional
            case TrafficClass.PROMOTIONAL:
                return self.on_uncertain_promotional


class Mode(StrEnum):
    """Test credentials never reach a carrier and never cost money."""

    LIVE = "live"
    TEST = "test"


class Scope(StrEnum):
    """What a native key may do. `ADMIN` is the operator's: accounts, carriers, routes, rates."""

    SEND = "send"
    READ = "read"
    MANAGE = "manage"
    """Senders, numbers, credentials, webhook endpoints of the own account."""
    ADMIN = "admin"


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """One way to sign in to one door. The secret itself is kept only as a keyed hash."""

    account_id: int
    id: int
    dialect: str
    name: str
    """What the caller names: e-mail for MiMSMS, empty where the key alone identifies."""
    secret_hash: bytes
    hint: str
    """Last four characters of the secret, so that people can tell keys apart."""
    mode: Mode = Mode.LIVE
    scopes: tuple[Scope, ...] = (Scope.SEND, Scope.READ)
    allowed_networks: tuple[str, ...] = ()
    """Networks in CIDR form that may call; empty means all."""
    denied_networks: tuple[str, ...] = ()
    label: str = ""
    settings: dict[str, str] = {}
    """What a door lets the operator choose per credential, e.g. SMPP's window and id form."""
    service_id: int | None = None
    """The service that it works for; None means the account as a whole."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class SenderState(StrEnum):
    """Approval of a sender ID or campaign."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A sender ID that the account may use (alphanumeric, short code or number)."""

    account_id: int
    id: int
    name: str
    state: SenderState = SenderState.PENDING
    country: str | None = None
    """ISO 3166-1 alpha-2 where the approval holds; None means everywhere."""
    enabled: bool = True
    """False: no message may use it, and its name is free."""
    reason: str = ""
    """Why the operator refused it, for the customer to read; empty in any other state."""

    @property
    def usable(self) -> bool:
        """Whether messages may use it, as far as it says itself."""
        return self.enabled and self.state is SenderState.APPROVED


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """A promotional campaign that the regulator has approved (MiMSMS CampaignId and its like)."""

    account_id: int
    id: int
    code: str
    state: SenderState = SenderState.PENDING


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace within an account: credentials, endpoints, numbers and keywords point to it.

    Messages sent by its credentials are told to its endpoints, and so are messages from handsets to
    its numbers and keywords.
    """

    account_id: int
    id: int
    name: str
    description: str = ""
    active: bool = True
    """Credentials of an inactive service may not send."""
    sender: str | None = None
    """Used when a caller names none."""


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number on which the account receives messages."""

    account_id: int
    id: int
    msisdn: str
    country: str | None = None
    service_id: int | None = None
    """Whose messages to this number are."""
    features: tuple[str, ...] = ("sms",)
    """What it can do: `sms`, `voice`, `mms`, `two_way`."""
    shared: bool = False
    """True lets other accounts have keywords on it (short codes of the operator)."""


class Keyword(msgspec.Struct, frozen=True, kw_only=True):
    """A first word by which messages to one number are told apart."""

    account_id: int
    id: int
    msisdn: str
    """The number or short code; of the account itself, or a shared one."""
    word: str
    """Compared without regard to case."""
    service_id: int | None = None


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A text with `{{name}}` in it, named by callers instead of sent by them."""

    account_id: int
    id: int
    name: str
    text: str
    enabled: bool = True
    """False: it is kept, and no message may use it."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A URL of the customer's that is told of events (Standard Webhooks 1.0)."""

    account_id: int
    id: int
    url: str
    dialect: str = "native"
    """In whose form the call is made."""
    events: tuple[str, ...] = ()
    """Event types wanted, e.g. `message.delivered`; `*` means all; empty means those that end a
    message, and `message.received`; for a service's endpoint also `message.sent`."""
    service_id: int | None = None
    """Told only of what is this service's; None means everything of the account."""
    settings: dict[str, str] = {}
    """What the form lets the customer choose, e.g. the HTTP method."""
    secret: str = ""
    """`whsec_…`; encrypted at rest."""
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


class OptOut(msgspec.Struct, frozen=True, kw_only=True):
    """A number that must not hear from a sender again."""

    account_id: int
    msisdn: str
    sender: str = ""
    """Empty means every sender of the account."""
    campaign: str = ""
    """The campaign's code; empty means every campaign."""
    source: str = "api"
    """Who asked for it: `api`, `import`, or `handset`."""
    created_at: datetime


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The account's own answer to STOP, START or HELP, instead of the house's."""

    account_id: int
    id: int
    kind: str
    """`stop`, `start` or `help`."""
    language: str = ""
    """ISO 639-1 of the word that was sent; empty serves every language."""
    service_id: int | None = None
    """The service whose number or keyword it was; None serves all."""
    enabled: bool = True
    """False answers nothing; the opt-out holds all the same."""
    text: str = ""
    """May have `{{sender}}` in it."""


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says of an account now, in micro-units."""

    account_id: int
    currency: str
    available_micros: int
    held_micros: int
    credit_limit_micros: int
