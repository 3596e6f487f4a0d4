"""What callers ask for (commands) and what they are told (answers), in our own words.

Doors turn wire requests into commands and answers into wire replies. Ids in commands are the sealed
numbers that customers see; ids in answers are ours, and the door seals them under the account's key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime

import msgspec

from heliograph.model.account import (
    Account,
    Balance,
    Credential,
    Endpoint,
    Keyword,
    Mode,
    Number,
    OptOut,
    Permit,
    Reply,
    Scope,
    Sender,
    Service,
    Template,
)
from heliograph.model.audit import AuditPage, Deed, ListAudit
from heliograph.model.campaign import (
    Campaign,
    Campaigned,
    Campaigning,
    LinkList,
    SenderList,
    Spinner,
    Trigger,
)
from heliograph.model.dialogue import Talked, Talking
from heliograph.model.inventory import Stocked, Stocking
from heliograph.model.keeping import Keeping, Kept
from heliograph.model.link import LinkClicks, Linking, LinkReport, SmartLink
from heliograph.model.lists import Listed, Listing
from heliograph.model.message import SMS, Draft, Event, Inbound, MessageRecord, Submission
from heliograph.model.overview import Observed, Observing
from heliograph.model.person import Person
from heliograph.model.received import Check, Received, ReceivedRequest
from heliograph.model.refusal import Refused
from heliograph.model.refused import ListRefusedRequests, RefusedRequests
from heliograph.model.report import Receipt
from heliograph.model.route import Carrier, Decision, Rate, RateCard, Route
from heliograph.model.session import Entering, Peopled, Peopling, Session
from heliograph.model.simulation import Simulated, Simulating
from heliograph.model.statistics import ListRouteStatistics, RouteStatistics
from heliograph.model.status import Status
from heliograph.model.verify import Verified, Verifying


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who a caller says it is. `name` is empty where the secret alone identifies."""

    dialect: str
    name: str
    secret: str
    csrf: str | None = None
    """What a browser's page sent beside the cookie, where it must send something; else None."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who a caller is, once that was checked."""

    account: Account
    credential: Credential
    key: bytes
    """Seals and opens the ids of this account."""
    person: Person | None = None
    """Who is signed in, where it is a person and no key."""
    session: Session | None = None
    deed: Deed | None = None
    """What this request does, where that leaves a line in the audit log."""
    received: Received | None = None
    """The request itself, where it sends messages: it is kept with them, without its secrets."""

    @property
    def test(self) -> bool:
        """True for test credentials: nothing leaves the house and nothing costs."""
        return self.credential.mode is Mode.TEST

    def may(self, scope: Scope) -> bool:
        """Whether the credential has the scope; the operator's ADMIN has every scope."""
        return scope in self.credential.scopes or Scope.ADMIN in self.credential.scopes


# -- sending ------------------------------------------------------------------------------------


class SendMessages(msgspec.Struct, frozen=True, kw_only=True):
    """Accept these messages in one commit."""

    drafts: tuple[Draft, ...]
    whole: bool = False
    """True refuses all when one is refused; False accepts the good ones."""
    idempotency_key: str | None = None
    fingerprint: bytes = b""
    """Hash of the request's content, compared when the key comes again."""
    submission: bool = True
    """False for a single message that is its own submission."""


class SendBulk(msgspec.Struct, frozen=True, kw_only=True):
    """Accept a stream of up to 100,000 messages: all of them are released by one commit."""

    drafts: Iterator[Draft | Refused]
    """Refused stands for an entry of the stream that could not be read."""
    reference: str | None = None
    idempotency_key: str | None = None
    fingerprint: bytes = b""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Say what sending these would do and cost; send nothing."""

    drafts: tuple[Draft, ...]


class AcceptedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One message that was accepted."""

    message_id: int
    recipient: str
    parts: int
    encoding: str
    price_micros: int
    status: Status


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The positive answer; it is given after the commit (promise P1)."""

    submission_id: int
    currency: str
    items: tuple[AcceptedItem | Refused, ...]
    """In the order of the request."""
    repeated: bool = False
    """The idempotency key was known: this is the first answer again."""


class BulkAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The positive answer to a stream."""

    submission_id: int
    currency: str
    accepted: int
    price_micros: int
    skipped: dict[str, int]
    refused: tuple[tuple[int, Refused], ...]
    """The first refused entries with their positions, counted from 0."""
    repeated: bool = False


class Estimated(msgspec.Struct, frozen=True, kw_only=True):
    """What one message would be."""

    recipient: str | None
    country: str | None
    mcc: str | None
    mnc: str | None
    encoding: str | None
    parts: int
    chars_left: int
    non_gsm: str
    """The characters that force UCS-2."""
    replaced: dict[str, str]
    price_micros: int | None
    route: Decision | None
    refused: tuple[Refused, ...]
    """Why it would not be accepted: the first reason of the message itself, opt-out, balance."""


class Estimates(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `Estimate`."""

    currency: str
    items: tuple[Estimated, ...]
    price_micros: int


# -- looking ------------------------------------------------------------------------------------


class FindMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message with its trace."""

    message: int
    """Sealed."""


class MessageTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A message, its life, and who was told of it."""

    record: MessageRecord
    events: tuple[Event, ...]
    deliveries: tuple[Delivery, ...] = ()
    links: tuple[LinkClicks, ...] = ()
    """The short links in its text, and who came by them."""
    received: ReceivedRequest | None = None
    """The request by which it came, where that is kept."""
    checks: tuple[Check, ...] = ()
    """What was checked at its acceptance."""


class FindByReference(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a submission (sealed), or only the one to a recipient (MiMSMS DlrApi)."""

    submission: int
    recipient: str | None = None
    most: int = 1_000
    """Messages to return, at most."""


class ListMessages(msgspec.Struct, frozen=True, kw_only=True):
    """Search, newest first."""

    recipient: str | None = None
    sender: str | None = None
    statuses: tuple[Status, ...] = ()
    """Any of these; empty for all."""
    submission: int | None = None
    """Sealed."""
    reference: str | None = None
    carrier: int | None = None
    dialect: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    text: str | None = None
    """A part of the text, whatever its case; of texts that are kept and no secret."""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Sealed id of the last message of the previous page, or of where a search stopped."""
    limit: int = 50


class ExportMessages(msgspec.Struct, frozen=True, kw_only=True):
    """All messages that a search would find; its `limit` does not count."""

    search: ListMessages


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """A page of messages."""

    items: tuple[MessageRecord, ...]
    more: bool
    stopped_at: int | None = None
    """The last message that a search looked at, where it stopped for having looked at so many."""


class MessagesExported(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ExportMessages`: newest first, a page at a time, read as they are asked for."""

    currency: str
    pages: AsyncIterator[tuple[MessageRecord, ...]]


class CancelMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Stop a message that no carrier has yet."""

    message: int


class ReplaceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Give a message that no carrier has yet other words or times; its id stays, its price cannot rise."""

    message: int
    """Sealed."""
    text: str | None = None
    """None keeps the text."""
    send_at: datetime | None = None
    """None keeps the time; only a scheduled message can be given another."""
    validity_seconds: int | None = None
    callback: str | None = None
    """None keeps it."""


class FindSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """One submission with its sums."""

    submission: int


class GetBalance(msgspec.Struct, frozen=True, kw_only=True):
    """The account's money."""


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the ledger; the entries of a transaction sum to zero."""

    id: int
    transaction_id: int
    purse: str
    amount_micros: int
    why: str
    submission_id: int | None
    at: datetime


class ListLedger(msgspec.Struct, frozen=True, kw_only=True):
    """The account's ledger, newest first. `before` is a sealed id."""

    before: int | None = None
    limit: int = 50


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListLedger`."""

    currency: str
    items: tuple[LedgerLine, ...]
    more: bool


class FetchInbound(msgspec.Struct, frozen=True, kw_only=True):
    """Messages from handsets; `take` marks them as read (MiMSMS PullSMS takes one)."""

    take: bool = False
    unread_only: bool = False
    before: int | None = None
    limit: int = 50


class InboundPage(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `FetchInbound`."""

    items: tuple[Inbound, ...]
    more: bool


class GetUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages and money by country, of the UTC days `since` to `until`, both included."""

    since: date
    until: date


class UsageLine(msgspec.Struct, frozen=True, kw_only=True):
    """What went to one country."""

    country: str
    """ISO 3166-1 alpha-2; empty where it is not known."""
    messages: int
    parts: int
    cost_micros: int
    """Held or captured; what was released costs nothing."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `GetUsage`, by country."""

    currency: str
    items: tuple[UsageLine, ...]


class MarkConverted(msgspec.Struct, frozen=True, kw_only=True):
    """The recipient did what the message was for (typed its code, say): feedback for routing."""

    message: int
    """Sealed."""


class WatchEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Follow the account's events as they happen (a stream; no single answer)."""

    after: int | None = None
    """Sealed id of the last event seen."""


# -- keeping ------------------------------------------------------------------------------------

Owned = (
    Sender
    | Permit
    | Number
    | Endpoint
    | OptOut
    | Credential
    | Service
    | Keyword
    | Template
    | Reply
    | SmartLink
    | Campaign
    | SenderList
    | LinkList
    | Spinner
    | Trigger
)
"""Things that belong to an account."""
Operated = Account | Carrier | Route | RateCard
"""Things that belong to the operator."""
Thing = Owned | Operated


FORMER = "former"
"""The field of a `Save` that came too late."""


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """Make a thing (its id is 0) or change one. Names are unique within their kind and account."""

    thing: Thing
    for_account: int | None = None
    """The operator may act for another account."""
    secret: str | None = None
    """A credential's secret of the customer's own choosing, so that an integration can move here
    with the one it has; None makes a new one."""
    former: Thing | None = None
    """What it must still be, without secrets; where it is not, the answer is CONFLICT of `FORMER`."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The thing as it is now; `secret` is shown this once (credentials, endpoints)."""

    thing: Thing
    secret: str | None = None


class List(msgspec.Struct, frozen=True, kw_only=True):
    """All things of a kind, oldest first. `after` is the last id of the page before."""

    kind: type[Thing]
    after: int = 0
    limit: int = 100
    for_account: int | None = None


class Things(msgspec.Struct, frozen=True, kw_only=True):
    """A page of things."""

    items: tuple[Thing, ...]
    more: bool


class Find(msgspec.Struct, frozen=True, kw_only=True):
    """One thing by its id."""

    kind: type[Thing]
    id: int
    for_account: int | None = None


class Remove(msgspec.Struct, frozen=True, kw_only=True):
    """Take a thing away. Credentials are revoked, not deleted."""

    kind: type[Thing]
    id: int
    for_account: int | None = None


class RemoveOptOut(msgspec.Struct, frozen=True, kw_only=True):
    """Let a number be written to again."""

    msisdn: str
    sender: str = ""
    campaign: str = ""
    for_account: int | None = None


class Rotate(msgspec.Struct, frozen=True, kw_only=True):
    """Give a credential a new secret; the old one works for `overlap_seconds` more."""

    id: int
    overlap_seconds: int = 0
    for_account: int | None = None


class ImportRates(msgspec.Struct, frozen=True, kw_only=True):
    """Replace or extend a rate card from rows."""

    card: str
    rates: tuple[Rate, ...]
    replace: bool = False


class ListRates(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of a card."""

    card: str


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListRates` and `ImportRates`."""

    card: RateCard
    items: tuple[Rate, ...]


class Fund(msgspec.Struct, frozen=True, kw_only=True):
    """Book a payment (positive) or a correction (negative) to an account."""

    account_id: int
    amount_micros: int
    why: str
    idempotency_key: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One try to tell a customer's endpoint of an event."""

    id: int
    endpoint_id: int
    event_id: int
    message_id: int
    at: datetime
    status_code: int | None
    error: str | None
    duration_ms: int


class ListDeliveries(msgspec.Struct, frozen=True, kw_only=True):
    """Tries to reach an endpoint, newest first."""

    endpoint: int
    before: int | None = None
    limit: int = 50


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListDeliveries`."""

    items: tuple[Delivery, ...]
    more: bool


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Tell an endpoint again: one event of a message, or all events of a message."""

    endpoint: int
    message: int
    """Sealed."""
    event: int | None = None
    """Sealed."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """How many notifications were queued again."""

    count: int


class ReadHandset(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulated handset shows on its screen."""

    msisdn: str


class SendFromHandset(msgspec.Struct, frozen=True, kw_only=True):
    """Let a simulated handset send a message to one of our numbers."""

    msisdn: str
    recipient: str
    text: str


class HandsetMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in a simulated handset: received when `recipient` is the handset, else sent."""

    sender: str
    recipient: str
    text: str
    at: datetime
    channel: str = SMS
    media_url: str | None = None


class Handset(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ReadHandset`, oldest message first."""

    msisdn: str
    messages: tuple[HandsetMessage, ...]


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of an account's rate limit."""

    limit: int
    """Requests or messages in one window."""
    window_seconds: int
    remaining: int
    reset_seconds: int
    """Until the allowance is full again."""


class ListOrphans(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's look at receipts whose message is not known (promise P3)."""


class Orphans(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListOrphans`, newest first."""

    items: tuple[Receipt, ...]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing more to say."""


Command = (
    SendMessages
    | SendBulk
    | Estimate
    | FindMessage
    | FindByReference
    | ListMessages
    | ExportMessages
    | CancelMessage
    | ReplaceMessage
    | FindSubmission
    | GetBalance
    | ListLedger
    | FetchInbound
    | GetUsage
    | MarkConverted
    | ListRouteStatistics
    | WatchEvents
    | Save
    | List
    | Find
    | Remove
    | RemoveOptOut
    | Rotate
    | ImportRates
    | ListRates
    | Fund
    | ListDeliveries
    | ListOrphans
    | Replay
    | ReadHandset
    | SendFromHandset
    | Stocking
    | Talking
    | Linking
    | Listing
    | Verifying
    | Campaigning
    | Keeping
    | Entering
    | Peopling
    | ListAudit
    | ListRefusedRequests
    | Simulating
    | Observing
)
Answer = (
    Accepted
    | BulkAccepted
    | Estimates
    | MessageTrace
    | Messages
    | MessagesExported
    | Submission
    | Balance
    | LedgerPage
    | InboundPage
    | Usage
    | RouteStatistics
    | Saved
    | Things
    | Rates
    | Deliveries
    | Replayed
    | Handset
    | Orphans
    | Stocked
    | Talked
    | LinkReport
    | Listed
    | Verified
    | Campaigned
    | Kept
    | Done
    | Peopled
    | AuditPage
    | RefusedRequests
    | Simulated
    | Observed
)
