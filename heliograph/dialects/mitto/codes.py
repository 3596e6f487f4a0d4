"""Mitto's response codes, delivery statuses and error codes, and ours, both ways, as total tables.

Source: seeds/003 ("Status codes", "Delivery report error codes", "Delivery statuses"). Our reasons have
the numbers of the vendor's error codes. Every look-up has an answer: what is not in a table becomes
the row that says least. It must never hold a decision; these are translations.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

RESPONSES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "SMS sent",
        1: "Internal error",
        2: "Invalid type",
        3: "Empty message",
        4: "Message text is invalid",
        5: "Empty sender",
        6: "Invalid sender",
        7: "Empty receiver",
        8: "Invalid receiver",
    }
)
"""responseText by responseCode."""
SENT: Final = 0
INTERNAL: Final = 1
NO_KEY_TEXT: Final = "Invalid or no API Key specified"
NOT_TRACKED_TEXT: Final = "Conversion rate tracking is not enabled for this customer account"
TOO_LONG_TEXT: Final = "Maximum queryable period is 31 days"


class Verdict(NamedTuple):
    """A "no": one of the response codes, or None where none of them is true; and the HTTP status."""

    code: int | None
    http_status: int = 200
    text: str = ""
    """Where there is no code."""


_TYPE = Verdict(2)
_EMPTY_TEXT = Verdict(3)
_TEXT = Verdict(4)
_EMPTY_SENDER = Verdict(5)
_SENDER = Verdict(6)
_EMPTY_RECEIVER = Verdict(7)
_RECEIVER = Verdict(8)
_INTERNAL = Verdict(INTERNAL)
_BAD_REQUEST = Verdict(None, 400, "Bad Request")
_NO_KEY = Verdict(None, 401, NO_KEY_TEXT)
_FORBIDDEN = Verdict(None, 403, "Forbidden")
_NOT_FOUND = Verdict(None, 404, "Not Found")
NO_SUCH_METHOD: Final = Verdict(None, 405, "Method Not Allowed")
NO_SUCH_PATH: Final = _NOT_FOUND

VERDICTS: Final[Mapping[Refusal, Verdict]] = MappingProxyType(
    {
        Refusal.MALFORMED: _BAD_REQUEST,
        Refusal.MISSING_FIELD: _BAD_REQUEST,
        Refusal.INVALID_FIELD: _BAD_REQUEST,
        Refusal.UNAUTHENTICATED: _NO_KEY,
        Refusal.ADDRESS_NOT_ALLOWED: _FORBIDDEN,
        Refusal.FORBIDDEN: _FORBIDDEN,
        Refusal.ACCOUNT_SUSPENDED: _FORBIDDEN,
        Refusal.SERVICE_INACTIVE: _FORBIDDEN,
        Refusal.INVALID_RECIPIENT: _RECEIVER,
        Refusal.INVALID_SENDER: _SENDER,
        Refusal.SENDER_NOT_APPROVED: _SENDER,
        Refusal.EMPTY_TEXT: _EMPTY_TEXT,
        Refusal.UNENCODABLE_TEXT: _TEXT,
        Refusal.TEXT_TOO_LONG: _TEXT,
        Refusal.UNKNOWN_TEMPLATE: _TEXT,
        Refusal.UNKNOWN_LINK: _TEXT,
        # The vendor takes these and reports them as failed later (600, 601, 606); the house says no
        # at once, and of the codes of a request only the first tells to ask the operator.
        Refusal.CAMPAIGN_NOT_APPROVED: _INTERNAL,
        Refusal.TRAFFIC_CLASS_NOT_ALLOWED: _INTERNAL,
        Refusal.NO_PRICE: _INTERNAL,
        Refusal.NO_ROUTE: _INTERNAL,
        Refusal.NO_CHANNEL: _INTERNAL,
        Refusal.NOT_ENABLED: _INTERNAL,
        Refusal.INSUFFICIENT_BALANCE: _INTERNAL,
        Refusal.OPTED_OUT: _INTERNAL,
        Refusal.TOO_MANY_RECIPIENTS: _BAD_REQUEST,
        Refusal.IDEMPOTENCY_CONFLICT: _INTERNAL,
        Refusal.CONFLICT: _INTERNAL,
        Refusal.NOT_FOUND: _NOT_FOUND,
        Refusal.NOT_CANCELLABLE: _INTERNAL,
        Refusal.METHOD_NOT_ALLOWED: NO_SUCH_METHOD,
        Refusal.UNSUPPORTED_MEDIA_TYPE: Verdict(None, 415, "Unsupported Media Type"),
        Refusal.TOO_LARGE: Verdict(None, 413, "Request Entity Too Large"),
        Refusal.RATE_LIMITED: Verdict(None, 429, "Too many requests"),
        Refusal.UNAVAILABLE: Verdict(INTERNAL, 503),
        Refusal.INTERNAL: Verdict(INTERNAL, 500),
    }
)

_BY_FIELD: Final[Mapping[tuple[Refusal, str], Verdict]] = MappingProxyType(
    {
        (Refusal.INVALID_FIELD, "type"): _TYPE,
        (Refusal.INVALID_FIELD, "udh"): _TEXT,
        (Refusal.INVALID_FIELD, "body"): _TEXT,
        (Refusal.EMPTY_TEXT, "body"): _EMPTY_TEXT,
        (Refusal.MISSING_FIELD, "sender"): _EMPTY_SENDER,
        (Refusal.MISSING_FIELD, "recipient"): _EMPTY_RECEIVER,
    }
)
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"validity_seconds": "validity", "send_at": "validity", "protocol_id": "pid"}
)
"""Our names of fields where the vendor's differ."""


def verdict_of(refused: Refused) -> Verdict:
    """What Mitto would say to this refusal; a field that no code is for is named."""
    found = _BY_FIELD.get((refused.refusal, refused.field or ""), VERDICTS[refused.refusal])
    if found is _BAD_REQUEST and refused.field:
        return found._replace(text=f"{found.text}: {FIELDS.get(refused.field, refused.field)}")
    return found


# -- delivery statuses ------------------------------------------------------------------------------

STATUS_WORDS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.SCHEDULED: "BUFFERED",
        Status.QUEUED: "BUFFERED",
        Status.UNCERTAIN: "BUFFERED",
        Status.SENT: "SENT",
        Status.DELIVERED: "DELIVERED",
        Status.UNDELIVERED: "UNDELIVERED",
        Status.EXPIRED: "EXPIRED",
        Status.REJECTED: "FAILED",
        Status.FAILED: "FAILED",
        Status.CANCELLED: "FAILED",
    }
)
WISHES: Final[Mapping[str, tuple[Status, ...]]] = MappingProxyType(
    {
        "SENT": (Status.SENT,),
        "DELIVERED": (Status.DELIVERED,),
        "UNDELIVERED": (Status.UNDELIVERED,),
        "FAILED": (Status.REJECTED, Status.FAILED, Status.CANCELLED),
        "EXPIRED": (Status.EXPIRED,),
    }
)
"""Words of deliveryStatusesToNotify; BUFFERED has no status of ours that comes after SENT."""
OUTCOMES: Final[Mapping[str, Status | None]] = MappingProxyType(
    {
        "SENT": None,
        "BUFFERED": None,
        "DELIVERED": Status.DELIVERED,
        "UNDELIVERED": Status.UNDELIVERED,
        "FAILED": Status.REJECTED,
        "EXPIRED": Status.EXPIRED,
    }
)
"""What a status means when a carrier gives it to us; None where the end is still to come."""

# -- error codes ------------------------------------------------------------------------------------

ERRORS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "No Error",
        1: "Unknown subscriber",
        2: "Unknown subscriber – NR Changed",
        5: "Unidentified subscriber",
        6: "Absent subscriber for SMS",
        7: "Unknown equipment",
        8: "Roaming not allowed",
        9: "Illegal subscriber",
        10: "Bearer Service not provisioned",
        11: "Teleservice not provisioned",
        12: "Illegal equipment",
        13: "Call barred",
        21: "Facility not supported",
        27: "Absent subscriber",
        28: "Incompatible MS terminal error",
        31: "Subscriber busy for SM MT",
        32: "Equipment failure",
        33: "MS memory capacity exceeded",
        34: "GSM system failure",
        35: "GSM Data Error – data missing",
        36: "GSM Data Error",
        45: "Subscriber busy",
        100: "Internal SMSC error",
        101: "Internal SMSC error",
        103: "Unspecified GSM error",
        104: "Unspecified GSM error",
        105: "Unspecified GSM error",
        150: "Receiver SRI timeout",
        151: "Receiver SM FW timeout",
        600: "Destination not available",
        601: "Credit limit",
        602: "Subscriber flood protection",
        603: "Invalid source address",
        604: "Invalid destination address",
        605: "Unknown destination address",
        606: "No matching prefix found",
        800: "Internal routing error",
        801: "External routing error",
        999: "Unspecified error",
    }
)
"""The vendor's list, whole."""


def error_code(reason: Reason) -> int:
    """errorcode in a callback: the reason's own number, 999 for those that only the house has."""
    number = int(reason)
    return number if number in ERRORS else int(Reason.UNSPECIFIED)


# -- a request's answer read by a caller of Mitto -----------------------------------------------------

CARRIER_NOES: Final[Mapping[int, Reason | None]] = MappingProxyType(
    {
        1: None,  # it may have failed before or after the hand-over
        2: Reason.FACILITY_NOT_SUPPORTED,
        3: Reason.DATA_MISSING,
        4: Reason.DATA_ERROR,
        5: Reason.INVALID_SOURCE,
        6: Reason.INVALID_SOURCE,
        7: Reason.INVALID_DESTINATION,
        8: Reason.INVALID_DESTINATION,
    }
)
"""What a response code means when a carrier gives it to us; None is doubt."""
