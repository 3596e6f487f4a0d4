"""MessageWhiz's statuses and delivery states, and ours, both ways, as total tables.

Source: seeds/004 ("Response Error Messages", "DLR to webhook"). The vendor documents five errors; what
the house has to say beyond them has its own HTTP status in the same envelope. Every look-up has an
answer. It must never hold a decision; these are translations.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heliograph.model.campaign import BroadcastKind, BroadcastState
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status


class Verdict(NamedTuple):
    """A "no": the HTTP status, which is also the `errorCode`, and the `errorType`."""

    http_status: int
    error_type: str
    sentence: str
    """The vendor's meaning of the status, for a refusal that says nothing more exact."""


_BAD_REQUEST = Verdict(400, "BadRequest", "Invalid parameters specified")
_UNAUTHORIZED = Verdict(401, "Unauthorized", "API key is missing or invalid")
_FORBIDDEN = Verdict(
    403, "Forbidden", "User/company is either disabled or doesn't have enough permissions"
)
NO_SUCH_ENTITY: Final = Verdict(404, "NotFound", "An entity is not found")
_DUPLICATE = Verdict(409, "Duplicate", "Duplicate entry")
NO_SUCH_METHOD: Final = Verdict(405, "MethodNotAllowed", "Method Not Allowed")

VERDICTS: Final[Mapping[Refusal, Verdict]] = MappingProxyType(
    {
        Refusal.MALFORMED: _BAD_REQUEST,
        Refusal.MISSING_FIELD: _BAD_REQUEST,
        Refusal.INVALID_FIELD: _BAD_REQUEST,
        Refusal.UNAUTHENTICATED: _UNAUTHORIZED,
        Refusal.ADDRESS_NOT_ALLOWED: _FORBIDDEN,
        Refusal.FORBIDDEN: _FORBIDDEN,
        Refusal.ACCOUNT_SUSPENDED: _FORBIDDEN,
        Refusal.SERVICE_INACTIVE: _FORBIDDEN,
        Refusal.NOT_ENABLED: _FORBIDDEN,
        Refusal.INVALID_RECIPIENT: _BAD_REQUEST,
        Refusal.INVALID_SENDER: _BAD_REQUEST,
        Refusal.SENDER_NOT_APPROVED: _FORBIDDEN,
        Refusal.CAMPAIGN_NOT_APPROVED: _FORBIDDEN,
        Refusal.TRAFFIC_CLASS_NOT_ALLOWED: _FORBIDDEN,
        Refusal.EMPTY_TEXT: _BAD_REQUEST,
        Refusal.UNENCODABLE_TEXT: _BAD_REQUEST,
        Refusal.TEXT_TOO_LONG: _BAD_REQUEST,
        Refusal.TOO_MANY_RECIPIENTS: _BAD_REQUEST,
        Refusal.UNKNOWN_TEMPLATE: NO_SUCH_ENTITY,
        Refusal.UNKNOWN_LINK: NO_SUCH_ENTITY,
        Refusal.NO_PRICE: _FORBIDDEN,
        Refusal.NO_ROUTE: _FORBIDDEN,
        Refusal.NO_CHANNEL: _FORBIDDEN,
        Refusal.INSUFFICIENT_BALANCE: _FORBIDDEN,
        Refusal.OPTED_OUT: _FORBIDDEN,
        Refusal.IDEMPOTENCY_CONFLICT: _DUPLICATE,
        Refusal.CONFLICT: _DUPLICATE,
        Refusal.NOT_FOUND: NO_SUCH_ENTITY,
        Refusal.NOT_CANCELLABLE: _DUPLICATE,
        Refusal.METHOD_NOT_ALLOWED: NO_SUCH_METHOD,
        Refusal.UNSUPPORTED_MEDIA_TYPE: Verdict(
            415, "UnsupportedMediaType", "Unsupported Media Type"
        ),
        Refusal.TOO_LARGE: Verdict(413, "PayloadTooLarge", "Payload Too Large"),
        Refusal.RATE_LIMITED: Verdict(429, "TooManyRequests", "Too Many Requests"),
        Refusal.UNAVAILABLE: Verdict(503, "Unavailable", "Service Unavailable"),
        Refusal.INTERNAL: Verdict(500, "Internal", "Internal Server Error"),
    }
)
_PLAIN: Final = frozenset({Refusal.UNAUTHENTICATED, Refusal.INTERNAL})
"""Told in the vendor's words alone."""
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "message_body",
        "body": "message_body",
        "variables": "message_body",
        "links": "message_body",
        "send_at": "send_date",
        "campaign": "campaign_id",
        "list_ids": "recipient_list_ids",
        "suppression_ids": "unsubscriber_list_ids",
        "delay_minutes": "delay",
        "utc_offset_minutes": "utc_offset",
        "ctr_wait_minutes": "ctr_wait",
        "estimate_hash": "estimateHash",
        "reference": "client_ref",
        "size": "segment_size",
        "link_ids": "linkIds",
        "sender_id": "sender_id",
        "file": "doc",
        "code": "verification_code",
    }
)
"""Our names of fields where the vendor's differ."""
TEMPLATE_FIELDS: Final[Mapping[str, str]] = MappingProxyType({"text": "body"})
"""The same of a template."""


def verdict_of(refused: Refused, names: Mapping[str, str] = FIELDS) -> Verdict:
    """What MessageWhiz would say to this refusal, with the field and what is wrong with it. `names` are
    those by which the caller knows our fields."""
    found = VERDICTS.get(refused.refusal, VERDICTS[Refusal.INTERNAL])
    unnamed = refused.refusal is Refusal.NOT_FOUND and refused.detail is None
    if refused.refusal in _PLAIN or unnamed:
        return found
    words = [found.sentence]
    if refused.field:
        words.append(names.get(refused.field, refused.field))
    words.append(refused.sentence)
    return found._replace(sentence=": ".join(words))


# -- delivery states --------------------------------------------------------------------------------

SENT: Final = 0
TASK_STATES: Final[Mapping[Status, int]] = MappingProxyType(
    {
        Status.SCHEDULED: SENT,
        Status.QUEUED: SENT,
        Status.UNCERTAIN: SENT,
        Status.SENT: SENT,
        Status.DELIVERED: 2,
        Status.EXPIRED: 3,
        Status.UNDELIVERED: 5,
        Status.REJECTED: 8,
        Status.FAILED: 9,
        Status.CANCELLED: 9,
    }
)
"""task_state in a call to the customer's webhook."""
COUNTED: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.SENT: "sent",
        Status.UNCERTAIN: "sent",
        Status.DELIVERED: "delivered",
        Status.UNDELIVERED: "undelivered",
        Status.REJECTED: "rejected",
        Status.EXPIRED: "expired",
        Status.FAILED: "failed",
        Status.CANCELLED: "failed",
    }
)
"""Under which name of a delivery report a status is counted; what is still to be sent is under none."""
OUTCOMES: Final[Mapping[int, tuple[Status, Reason] | None]] = MappingProxyType(
    {
        0: None,
        2: (Status.DELIVERED, Reason.NONE),
        3: (Status.EXPIRED, Reason.UNSPECIFIED),
        5: (Status.UNDELIVERED, Reason.UNSPECIFIED),
        8: (Status.REJECTED, Reason.UNSPECIFIED),
        9: (Status.FAILED, Reason.UNSPECIFIED),
    }
)
"""What a task_state means when a carrier gives it to us; None where the end is still to come."""
REPORT_NAMES: Final[Mapping[str, int]] = MappingProxyType(
    {"delivered": 2, "expired": 3, "undelivered": 5, "rejected": 8, "failed": 9}
)
"""Names of a delivery report that say how a message ended, with the task_state of each."""

# -- a request's answer read by a caller of MessageWhiz ------------------------------------------------

CARRIER_NOES: Final[Mapping[int, Reason | None]] = MappingProxyType(
    {
        400: Reason.DATA_ERROR,
        401: Reason.CARRIER_DOWN,
        403: Reason.CARRIER_DOWN,
        404: Reason.CARRIER_DOWN,
        407: Reason.CARRIER_DOWN,
        408: None,
        409: None,  # of a message that is there already
        429: Reason.THROTTLED,
        503: Reason.CARRIER_DOWN,
    }
)
"""What an HTTP status or errorCode means when a carrier gives it to us; None is doubt."""

# -- broadcasts -------------------------------------------------------------------------------------

SINGLE: Final = 10
BASE: Final = 11
SMART: Final = 12
LEGACY_SINGLE: Final = 0
LEGACY_BASE: Final = 1
LEGACY_SMART: Final = 2
KINDS: Final[Mapping[int, BroadcastKind]] = MappingProxyType(
    {
        LEGACY_SINGLE: BroadcastKind.SINGLE,
        LEGACY_BASE: BroadcastKind.BASE,
        LEGACY_SMART: BroadcastKind.SMART,
        SINGLE: BroadcastKind.SINGLE,
        BASE: BroadcastKind.BASE,
        SMART: BroadcastKind.SMART,
    }
)
"""`type` and `broadcast_type`: below ten those of the previous approach (facts 33)."""
TYPES: Final[Mapping[BroadcastKind, int]] = MappingProxyType(
    {BroadcastKind.SINGLE: SINGLE, BroadcastKind.BASE: BASE, BroadcastKind.SMART: SMART}
)
"""The type of a broadcast that came by another door."""
STATES: Final[Mapping[BroadcastState, int]] = MappingProxyType(
    {
        BroadcastState.WAITING: 2,
        BroadcastState.RUNNING: 1,
        BroadcastState.PAUSED: 0,
        BroadcastState.OPEN: 1,
        BroadcastState.FINISHED: 3,
        BroadcastState.CANCELLED: 0,
    }
)
"""`state`: 0 draft, 1 sending, 2 waiting, 3 finished (facts 33); callers take 0 and 2 for not sent."""
SEGMENT_STATES: Final[Mapping[BroadcastState, int]] = MappingProxyType(
    {**STATES, BroadcastState.WAITING: 0}
)
"""`state` of a segment: the reference prints 0 for one that was just made."""
CODE_LENGTH: Final = 4
"""Digits of a one-time code: as many as the reference's sample has (facts 35)."""
NO_RECIPIENTS: Final = frozenset({"suppressed", "duplicate"})
"""Why somebody on a list is no recipient of the broadcast; whoever is skipped else was rejected."""
COUNTERS: Final = ("sent", "delivered", "undelivered", "rejected", "expired", "failed")
