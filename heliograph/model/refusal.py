"""Every "no" that a caller can be told before a message is accepted: one table of reasons.

A refusal is a value, not an exception. Doors translate it by total tables into their own words and
codes; a test proves each table total.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import msgspec


class Fault(Enum):
    """Who can do something about it."""

    CALLER = "caller"
    ACCOUNT = "account"
    HOUSE = "house"


class _Entry(NamedTuple):
    code: str
    sentence: str
    fault: Fault
    http_status: int
    retry: bool


class Refusal(Enum):
    """The reason codes. `http_status` is what the native API answers; other doors have their own."""

    MALFORMED = _Entry(
        "malformed", "The request could not be read.", Fault.CALLER, 400, retry=False
    )
    MISSING_FIELD = _Entry(
        "missing_field", "A required field is missing.", Fault.CALLER, 422, retry=False
    )
    INVALID_FIELD = _Entry(
        "invalid_field", "A field has a value that cannot be used.", Fault.CALLER, 422, retry=False
    )
    UNAUTHENTICATED = _Entry(
        "unauthenticated", "The credentials are not valid.", Fault.CALLER, 401, retry=False
    )
    ADDRESS_NOT_ALLOWED = _Entry(
        "address_not_allowed",
        "Calls from this network address are not allowed.",
        Fault.ACCOUNT,
        403,
        retry=False,
    )
    FORBIDDEN = _Entry(
        "forbidden", "These credentials may not do this.", Fault.ACCOUNT, 403, retry=False
    )
    ACCOUNT_SUSPENDED = _Entry(
        "account_suspended", "The account is suspended.", Fault.ACCOUNT, 403, retry=False
    )
    INVALID_RECIPIENT = _Entry(
        "invalid_recipient",
        "The recipient is not a valid phone number.",
        Fault.CALLER,
        422,
        retry=False,
    )
    INVALID_SENDER = _Entry(
        "invalid_sender", "The sender is not a valid sender ID.", Fault.CALLER, 422, retry=False
    )
    SENDER_NOT_APPROVED = _Entry(
        "sender_not_approved",
        "The sender is not registered and approved for this account.",
        Fault.ACCOUNT,
        422,
        retry=False,
    )
    CAMPAIGN_NOT_APPROVED = _Entry(
        "campaign_not_approved",
        "Promotional traffic needs an approved campaign.",
        Fault.ACCOUNT,
        422,
        retry=False,
    )
    TRAFFIC_CLASS_NOT_ALLOWED = _Entry(
        "traffic_class_not_allowed",
        "This traffic class is not allowed here.",
        Fault.CALLER,
        422,
        retry=False,
    )
    EMPTY_TEXT = _Entry("empty_text", "The message has no text.", Fault.CALLER, 422, retry=False)
    UNENCODABLE_TEXT = _Entry(
        "unencodable_text",
        "The text has characters that SMS cannot carry in this encoding.",
        Fault.CALLER,
        422,
        retry=False,
    )
    TEXT_TOO_LONG = _Entry(
        "text_too_long",
        "The text needs more parts than are allowed.",
        Fault.CALLER,
        422,
        retry=False,
    )
    TOO_MANY_RECIPIENTS = _Entry(
        "too_many_recipients",
        "The request has more recipients than are allowed in one call.",
        Fault.CALLER,
        422,
        retry=False,
    )
    NO_PRICE = _Entry(
        "no_price",
        "The account's rate card has no price for this destination.",
        Fault.ACCOUNT,
        422,
        retry=False,
    )
    NO_ROUTE = _Entry(
        "no_route", "No route leads to this destination.", Fault.HOUSE, 422, retry=False
    )
    NO_CHANNEL = _Entry(
        "no_channel",
        "No route to this destination has a carrier for this kind of message.",
        Fault.HOUSE,
        422,
        retry=False,
    )
    UNKNOWN_TEMPLATE = _Entry(
        "unknown_template", "There is no such template.", Fault.CALLER, 422, retry=False
    )
    UNKNOWN_LINK = _Entry(
        "unknown_link", "There is no such smart link.", Fault.CALLER, 422, retry=False
    )
    SERVICE_INACTIVE = _Entry(
        "service_inactive", "The service is not active.", Fault.ACCOUNT, 403, retry=False
    )
    NOT_ENABLED = _Entry(
        "not_enabled", "This is not enabled for the account.", Fault.ACCOUNT, 403, retry=False
    )
    INSUFFICIENT_BALANCE = _Entry(
        "insufficient_balance",
        "The balance and credit do not cover the price.",
        Fault.ACCOUNT,
        402,
        retry=False,
    )
    OPTED_OUT = _Entry(
        "opted_out", "The recipient has opted out of this sender.", Fault.CALLER, 422, retry=False
    )
    IDEMPOTENCY_CONFLICT = _Entry(
        "idempotency_conflict",
        "The idempotency key was used with other content.",
        Fault.CALLER,
        409,
        retry=False,
    )
    CONFLICT = _Entry(
        "conflict", "The thing already exists or has changed.", Fault.CALLER, 409, retry=False
    )
    NOT_FOUND = _Entry("not_found", "There is no such thing here.", Fault.CALLER, 404, retry=False)
    NOT_CANCELLABLE = _Entry(
        "not_cancellable",
        "The message is already with a carrier or has ended.",
        Fault.CALLER,
        409,
        retry=False,
    )
    METHOD_NOT_ALLOWED = _Entry(
        "method_not_allowed",
        "This path does not answer to this method.",
        Fault.CALLER,
        405,
        retry=False,
    )
    UNSUPPORTED_MEDIA_TYPE = _Entry(
        "unsupported_media_type",
        "The Content-Type cannot be read here.",
        Fault.CALLER,
        415,
        retry=False,
    )
    TOO_LARGE = _Entry(
        "too_large", "The request body is larger than allowed.", Fault.CALLER, 413, retry=False
    )
    RATE_LIMITED = _Entry(
        "rate_limited", "Too many requests; try again later.", Fault.CALLER, 429, retry=True
    )
    UNAVAILABLE = _Entry(
        "unavailable",
        "The service cannot take this now; try again.",
        Fault.HOUSE,
        503,
        retry=True,
    )
    INTERNAL = _Entry("internal", "Something failed on our side.", Fault.HOUSE, 500, retry=True)

    @property
    def code(self) -> str:
        """The stable word for programs."""
        return self.value.code

    @property
    def sentence(self) -> str:
        """The sentence for people."""
        return self.value.sentence

    @property
    def fault(self) -> Fault:
        """Who can mend it."""
        return self.value.fault

    @property
    def http_status(self) -> int:
        """The native API's HTTP status."""
        return self.value.http_status

    @property
    def retry(self) -> bool:
        """Whether the same request may succeed later."""
        return self.value.retry


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A "no" to one request or to one message of it."""

    refusal: Refusal
    field: str | None = None
    """The field at fault, in our own names (`recipient`, `sender`, `text`, …)."""
    detail: str | None = None
    """What exactly is wrong with it, for people. Never holds a secret or a message text."""
    retry_after_seconds: int | None = None

    @property
    def sentence(self) -> str:
        """The whole sentence for people."""
        return self.detail or self.refusal.sentence
