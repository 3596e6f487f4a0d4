"""smsAPI's words and our refusals, states and kinds of message, both ways, as total tables.

Source: seeds/001 for `Sender ID not allowed`, `Invalid user` and the three states; the texts about the
message, the recipients and the balance were seen in a deployment's own source. For what neither names,
the words are the house's. Every look-up has an answer: what is not in a table becomes the row that
says least. It must never hold a decision; these are translations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heliograph.model.message import SMS, Encoding
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import FAILURES, Status

SUCCESS: Final = "success"
ERROR: Final = "error"
QUEUED: Final = "queued"
SENT: Final = "sent"
FAILED: Final = "failed"

_USER: Final = "Invalid user"
_ADDRESS: Final = "IP address not allowed"
_TYPE: Final = "Invalid message type"
_EMPTY: Final = "Message Field Is Empty"
_TEXT: Final = "Message cannot be sent in this alphabet"
_LONG: Final = "Message is too long"
_SENDER: Final = "Sender ID not allowed"
_RECIPIENTS: Final = "No Valid Recipients Supplied"
_MANY: Final = "Too many recipients"
_CHANNEL: Final = "No route for this message type"
_ROUTE: Final = "No route to this destination"
_PRICE: Final = "No price for this destination"
_BALANCE: Final = "Insufficient Balance"
_REQUEST: Final = "Invalid request"
_GROUP: Final = "Group not found"
_ALLOWED: Final = "Not allowed"
_LATER: Final = "Too many requests, try again later"
_FAILURE: Final = "System error, try again later"

TEXTS: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.MALFORMED: _REQUEST,
        Refusal.MISSING_FIELD: _REQUEST,
        Refusal.INVALID_FIELD: _REQUEST,
        Refusal.UNAUTHENTICATED: _USER,
        Refusal.ADDRESS_NOT_ALLOWED: _ADDRESS,
        Refusal.FORBIDDEN: _USER,
        Refusal.ACCOUNT_SUSPENDED: _USER,
        Refusal.INVALID_RECIPIENT: _RECIPIENTS,
        Refusal.INVALID_SENDER: _SENDER,
        Refusal.SENDER_NOT_APPROVED: _SENDER,
        Refusal.CAMPAIGN_NOT_APPROVED: _ALLOWED,
        Refusal.TRAFFIC_CLASS_NOT_ALLOWED: _ALLOWED,
        Refusal.EMPTY_TEXT: _EMPTY,
        Refusal.UNENCODABLE_TEXT: _TEXT,
        Refusal.TEXT_TOO_LONG: _LONG,
        Refusal.TOO_MANY_RECIPIENTS: _MANY,
        Refusal.NO_PRICE: _PRICE,
        Refusal.NO_ROUTE: _ROUTE,
        Refusal.NO_CHANNEL: _CHANNEL,
        Refusal.UNKNOWN_TEMPLATE: _REQUEST,
        Refusal.UNKNOWN_LINK: _REQUEST,
        Refusal.SERVICE_INACTIVE: _USER,
        Refusal.NOT_ENABLED: _ALLOWED,
        Refusal.INSUFFICIENT_BALANCE: _BALANCE,
        # Whoever opted out is no recipient for this sender; with others in the list they get theirs.
        Refusal.OPTED_OUT: _RECIPIENTS,
        Refusal.IDEMPOTENCY_CONFLICT: _REQUEST,
        Refusal.CONFLICT: _REQUEST,
        Refusal.NOT_FOUND: _GROUP,
        Refusal.NOT_CANCELLABLE: _REQUEST,
        Refusal.METHOD_NOT_ALLOWED: _REQUEST,
        Refusal.UNSUPPORTED_MEDIA_TYPE: _REQUEST,
        Refusal.TOO_LARGE: _MANY,
        Refusal.RATE_LIMITED: _LATER,
        Refusal.UNAVAILABLE: _FAILURE,
        Refusal.INTERNAL: _FAILURE,
    }
)
"""What a refusal says in `message`."""

FIELD_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sender": _SENDER,
        "type": _TYPE,
        "file": "Invalid file URL",
        "language": "Language is required",
        "duration": "Invalid duration",
        "route": "Invalid route",
        "list": "Invalid list",
        "send_at": "Invalid schedule date",
    }
)
"""What it says instead where a field is missing or wrong and it is one of these."""

_BY_FIELD: Final = frozenset({Refusal.MISSING_FIELD, Refusal.INVALID_FIELD})
CHECK_ORDER: Final = (
    _REQUEST,
    *(text for text in FIELD_TEXTS.values() if text != _SENDER),
    _EMPTY,
    _SENDER,
    _ALLOWED,
    _TEXT,
    _LONG,
    _CHANNEL,
    _ROUTE,
    _PRICE,
    _BALANCE,
    _RECIPIENTS,
)
"""Which text is told for a list of which nothing was taken: the first. That a number is bad comes last,
since the others say what is wrong although there are good ones."""
_RANKS: Final = {text: rank for rank, text in enumerate(CHECK_ORDER)}


def text_of(refused: Refused) -> str:
    """What smsAPI would say to this refusal."""
    text = TEXTS[refused.refusal]
    return FIELD_TEXTS.get(refused.field or "", text) if refused.refusal in _BY_FIELD else text


def gravest(refusals: Iterable[Refused]) -> Refused | None:
    """The one "no" for a list of them."""
    return min(refusals, key=lambda each: _RANKS.get(text_of(each), len(_RANKS)), default=None)


# -- kinds of message -----------------------------------------------------------------------------


class Kind(NamedTuple):
    """What a `type` means."""

    channel: str = SMS
    encoding: Encoding = Encoding.AUTO
    flash: bool = False


DEFAULT_TYPE: Final = "sms"
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "sms": Kind(),
        "unicode": Kind(encoding=Encoding.UCS2),
        "flash": Kind(flash=True),
        "voice": Kind(channel="voice"),
        "mms": Kind(channel="mms"),
        "whatsapp": Kind(channel="whatsapp"),
    }
)
"""By the lower-case word."""
_TYPES: Final = {kind: word for word, kind in KINDS.items()}


def type_of(kind: Kind) -> str | None:
    """The word for a kind of message; None where smsAPI has none (flash in Unicode, other channels)."""
    return _TYPES.get(kind)


# -- where a message stands -----------------------------------------------------------------------


def status_of(status: Status) -> str:
    """`sent`, `failed` or `queued`: total over our states."""
    if status in (Status.SENT, Status.DELIVERED):
        return SENT
    return FAILED if status in FAILURES or status is Status.CANCELLED else QUEUED


def group_status_of(statuses: Iterable[str]) -> str:
    """A group is sent as soon as a recipient is, as in the printed answer; else queued while one is."""
    found = frozenset(statuses)
    return next((word for word in (SENT, QUEUED) if word in found), FAILED)


class Outcome(NamedTuple):
    """What a recipient's status says in our words."""

    status: Status
    reason: Reason


OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        # The vendor has no better word: after `sent` it says nothing more.
        SENT: Outcome(Status.DELIVERED, Reason.NONE),
        FAILED: Outcome(Status.UNDELIVERED, Reason.UNSPECIFIED),
    }
)


def outcome_of(status: str) -> Outcome | None:
    """What a recipient's status means; None for `queued` and for words that are not documented."""
    return OUTCOMES.get(status.strip().lower())


# -- errors read by a caller of smsAPI ------------------------------------------------------------

CARRIER_NOES: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        # Our account at the carrier is at fault, not the message: another carrier takes over.
        _USER: Reason.CARRIER_DOWN,
        _ADDRESS: Reason.CARRIER_DOWN,
        _FAILURE: Reason.CARRIER_DOWN,
        _LATER: Reason.THROTTLED,
        _BALANCE: Reason.CREDIT_LIMIT,
        _SENDER: Reason.INVALID_SOURCE,
        "Sender ID was not Request": Reason.INVALID_SOURCE,
        _RECIPIENTS: Reason.INVALID_DESTINATION,
        _EMPTY: Reason.DATA_MISSING,
        _REQUEST: Reason.DATA_ERROR,
        _TEXT: Reason.DATA_ERROR,
        _LONG: Reason.DATA_ERROR,
        "Message Contains Forbidden Words": Reason.FLOOD_PROTECTION,
        _TYPE: Reason.FACILITY_NOT_SUPPORTED,
        _ALLOWED: Reason.FACILITY_NOT_SUPPORTED,
        _CHANNEL: Reason.FACILITY_NOT_SUPPORTED,
        _ROUTE: Reason.NO_ROUTE,
        _PRICE: Reason.DESTINATION_NOT_AVAILABLE,
        _MANY: Reason.DATA_ERROR,
        **{
            text: Reason.DATA_ERROR for text in FIELD_TEXTS.values() if text not in (_SENDER, _TYPE)
        },
    }
)
"""Why a carrier did not take a message, by its `message`."""
_NOES: Final = {text.lower(): reason for text, reason in CARRIER_NOES.items()}


def carrier_no(message: str) -> Reason:
    """The reason in an error's text, in any case; UNSPECIFIED for a text that is not known."""
    return _NOES.get(" ".join(message.lower().split()).rstrip("."), Reason.UNSPECIFIED)
