"""IMIconnect's codes and our reasons and states, both ways, as total tables.

Source: seeds/002 (1001, 7500), facts 2.1 to 2.3 for the other codes and their texts. Every look-up has an
answer: what is not in a table becomes the row that says least. It must never hold a decision; these
are translations.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal
from heliograph.model.status import Status

# -- answers --------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """One row of the table of answers, with the HTTP status that goes with it."""

    code: str
    description: str
    http_status: int = 200


QUEUED: Final = Verdict("1001", "Queued")
INVALID_JSON: Final = Verdict("7000", "Invalid JSON")
AUTHENTICATION: Final = Verdict("7001", "Authentication failed.")
KEY_MISSING: Final = Verdict("7002", "Service Key Missing")
MANDATORY: Final = Verdict("7003", "Mandatory parameter missing")
NO_TEXT: Final = MANDATORY._replace(description="param 'text' missing for channel sms")
NO_BODY: Final = MANDATORY._replace(description="param 'body' missing for channel sms")
NO_SMS: Final = MANDATORY._replace(description="param 'sms' missing for channel sms")
NO_CHANNEL: Final = MANDATORY._replace(description="param 'deliverychannel' missing")
NO_VALIDITY: Final = MANDATORY._replace(description="param 'validity' missing for smartlinks")
NO_DESTINATION: Final = MANDATORY._replace(
    description="any one of [customerid,msisdn] is mandatory"
)
INVALID: Final = Verdict("7004", "Invalid parameters")
EXPIRED: Final = Verdict("7005", "Request expired")
"""Read, never written: a request that is past its expiry is queued and reported as 7208 (fact 22)."""
INTERNAL: Final = Verdict("7006", "Internal error occurred")
INACTIVE: Final = Verdict("7007", "Service inactive")
TOO_MANY: Final = Verdict("7009", "Max number of destinations exceeded")
LIMIT: Final = Verdict("7020", "Transaction limit exceeded")
TOO_LARGE: Final = Verdict("7022", "JSON size exceeded")
SENDER: Final = Verdict("7101", "Invalid Sender ID")
DESTINATION: Final = Verdict("7102", "Invalid destination")
LENGTH: Final = Verdict("7107", "Message Length Exceeded")
TEMPLATE: Final = Verdict("7108", "Invalid template id")
DND: Final = Verdict("7109", "User in DnD")
CONTENT_TYPE: Final = Verdict("7126", "Invalid content type")
ADDRESS: Final = Verdict("7127", "Source IP not allowed")
NO_SUCH_PATH: Final = INVALID._replace(http_status=404)
NO_SUCH_METHOD: Final = INVALID._replace(http_status=405)
"""There, the web server answers these two; the object is ours, so that a caller's reader holds."""

VERDICTS: Final[Mapping[Refusal, Verdict]] = MappingProxyType(
    {
        Refusal.MALFORMED: INVALID_JSON,
        Refusal.MISSING_FIELD: MANDATORY,
        Refusal.INVALID_FIELD: INVALID,
        Refusal.UNAUTHENTICATED: AUTHENTICATION,
        Refusal.ADDRESS_NOT_ALLOWED: ADDRESS,
        Refusal.FORBIDDEN: AUTHENTICATION,
        Refusal.ACCOUNT_SUSPENDED: INACTIVE,
        Refusal.INVALID_RECIPIENT: DESTINATION,
        Refusal.INVALID_SENDER: SENDER,
        Refusal.SENDER_NOT_APPROVED: SENDER,
        Refusal.CAMPAIGN_NOT_APPROVED: INVALID,
        Refusal.TRAFFIC_CLASS_NOT_ALLOWED: INVALID,
        Refusal.EMPTY_TEXT: NO_TEXT,
        Refusal.UNENCODABLE_TEXT: INVALID,
        Refusal.TEXT_TOO_LONG: LENGTH,
        Refusal.TOO_MANY_RECIPIENTS: TOO_MANY,
        # Nothing of the caller's is wrong, but sending it again will not help: so not 7006.
        Refusal.NO_PRICE: DESTINATION,
        Refusal.NO_ROUTE: DESTINATION,
        Refusal.NO_CHANNEL: INVALID,
        Refusal.UNKNOWN_TEMPLATE: TEMPLATE,
        Refusal.UNKNOWN_LINK: INVALID,
        Refusal.SERVICE_INACTIVE: INACTIVE,
        Refusal.NOT_ENABLED: INVALID,
        Refusal.INSUFFICIENT_BALANCE: LIMIT,
        Refusal.OPTED_OUT: DND,
        Refusal.IDEMPOTENCY_CONFLICT: INVALID,
        Refusal.CONFLICT: INVALID,
        Refusal.NOT_FOUND: INVALID,
        Refusal.NOT_CANCELLABLE: INVALID,
        Refusal.METHOD_NOT_ALLOWED: NO_SUCH_METHOD,
        Refusal.UNSUPPORTED_MEDIA_TYPE: CONTENT_TYPE,
        Refusal.TOO_LARGE: TOO_LARGE,
        Refusal.RATE_LIMITED: LIMIT,
        Refusal.UNAVAILABLE: INTERNAL,
        Refusal.INTERNAL: INTERNAL,
    }
)

OF_ONE_MESSAGE: Final = frozenset(
    {
        Refusal.MISSING_FIELD,
        Refusal.INVALID_FIELD,
        Refusal.INVALID_RECIPIENT,
        Refusal.INVALID_SENDER,
        Refusal.SENDER_NOT_APPROVED,
        Refusal.CAMPAIGN_NOT_APPROVED,
        Refusal.EMPTY_TEXT,
        Refusal.UNENCODABLE_TEXT,
        Refusal.TEXT_TOO_LONG,
        Refusal.NO_PRICE,
        Refusal.NO_ROUTE,
        Refusal.NO_CHANNEL,
        Refusal.UNKNOWN_TEMPLATE,
        Refusal.UNKNOWN_LINK,
        Refusal.NOT_ENABLED,  # smart links, where short ones would lead nowhere
        Refusal.OPTED_OUT,
    }
)
"""Told in their place in a batch; anything else refuses the request as a whole."""


def verdict_of(refusal: Refusal) -> Verdict:
    """What IMIconnect would say to this refusal."""
    return VERDICTS[refusal]


# -- answers read by a caller of IMIconnect -------------------------------------------------------


CARRIER_NOES: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "7000": Reason.DATA_ERROR,
        # Our account at the carrier is at fault, not the message: it waits as with any carrier that
        # cannot be used, and another carrier takes over.
        "7001": Reason.CARRIER_DOWN,
        "7002": Reason.CARRIER_DOWN,
        "7003": Reason.DATA_MISSING,
        "7004": Reason.DATA_ERROR,
        "7005": Reason.VALIDITY_EXPIRED,
        "7007": Reason.CARRIER_DOWN,
        "7009": Reason.DATA_ERROR,
        "7010": Reason.CARRIER_DOWN,
        "7020": Reason.THROTTLED,
        "7022": Reason.DATA_ERROR,
        "7101": Reason.INVALID_SOURCE,
        "7102": Reason.INVALID_DESTINATION,
        "7107": Reason.DATA_ERROR,
        "7108": Reason.DATA_ERROR,
        "7109": Reason.CALL_BARRED,
        "7126": Reason.DATA_ERROR,
        "7127": Reason.CARRIER_DOWN,
    }
)
"""What a code means when a carrier gives it to us. 7006 is missing: it may come after the hand-over."""


def carrier_no(code: str) -> Reason:
    """A refusal's code in our words; a code outside the table has the reason UNSPECIFIED."""
    return CARRIER_NOES.get(code, Reason.UNSPECIFIED)


# -- delivery notifications -----------------------------------------------------------------------


class Delivery(NamedTuple):
    """One row of the table of delivery codes."""

    code: str
    description: str
    word: str = "Failed"
    """`deliveryStatus`."""


DELIVERED: Final = Delivery("7500", "Delivered", "Delivered")
SUBMITTED: Final = Delivery("7501", "Submitted", "Submitted")
INVALID_VALUES: Final = Delivery("7004", "Invalid parameters/Values")
SERVER_ERROR: Final = Delivery("7006", "Internal server error")
INVALID_SENDER: Final = Delivery("7101", "Invalid Sender ID")
INVALID_ADDRESS: Final = Delivery("7102", "Invalid address")
TOO_LONG: Final = Delivery("7107", "Message Length Exceeded")
IN_DND: Final = Delivery("7109", "User in DnD")
AT_OPERATOR: Final = Delivery("7201", "Failed at operator")
AT_PLATFORM: Final = Delivery("7202", "Failed at platform")
UNKNOWN_SUBSCRIBER: Final = Delivery("7203", "Unknown subscriber")
NO_CREDIT: Final = Delivery("7204", "Insufficient credits in subscriber account")
BINARY_ERROR: Final = Delivery("7205", "Error in binary message")
SIM_FULL: Final = Delivery("7206", "SIM full")
OUT_OF_COVERAGE: Final = Delivery("7207", "Out of coverage")
MESSAGE_EXPIRED: Final = Delivery("7208", "Message expired", "Un-Delivered")
MULTIPART: Final = Delivery("7209", "Multipart message undeliverable")
BILLING_CONFIGURATION: Final = Delivery("7210", "Billing configuration")
BILLING_ERROR: Final = Delivery("7211", "Billing error at operator")

DELIVERIES: Final[Mapping[Reason, Delivery | None]] = MappingProxyType(
    {
        Reason.NONE: None,
        Reason.UNKNOWN_SUBSCRIBER: UNKNOWN_SUBSCRIBER,
        Reason.NUMBER_PORTED: UNKNOWN_SUBSCRIBER,
        Reason.UNIDENTIFIED_SUBSCRIBER: UNKNOWN_SUBSCRIBER,
        Reason.ABSENT_SUBSCRIBER_SM: OUT_OF_COVERAGE,
        Reason.UNKNOWN_EQUIPMENT: AT_OPERATOR,
        Reason.ROAMING_NOT_ALLOWED: AT_OPERATOR,
        Reason.ILLEGAL_SUBSCRIBER: AT_OPERATOR,
        Reason.BEARER_NOT_PROVISIONED: AT_OPERATOR,
        Reason.TELESERVICE_NOT_PROVISIONED: AT_OPERATOR,
        Reason.ILLEGAL_EQUIPMENT: AT_OPERATOR,
        Reason.CALL_BARRED: AT_OPERATOR,
        Reason.FACILITY_NOT_SUPPORTED: AT_OPERATOR,
        Reason.ABSENT_SUBSCRIBER: OUT_OF_COVERAGE,
        Reason.INCOMPATIBLE_TERMINAL: AT_OPERATOR,
        Reason.SUBSCRIBER_BUSY_MT: AT_OPERATOR,
        Reason.EQUIPMENT_FAILURE: AT_OPERATOR,
        Reason.MEMORY_EXCEEDED: SIM_FULL,
        Reason.SYSTEM_FAILURE: AT_OPERATOR,
        Reason.DATA_MISSING: AT_OPERATOR,
        Reason.DATA_ERROR: AT_OPERATOR,
        Reason.SUBSCRIBER_BUSY: AT_OPERATOR,
        Reason.SMSC_ERROR: AT_OPERATOR,
        Reason.SMSC_LINK_FAILURE: AT_OPERATOR,
        Reason.GSM_ERROR: AT_OPERATOR,
        Reason.GSM_ERROR_104: AT_OPERATOR,
        Reason.GSM_ERROR_105: AT_OPERATOR,
        Reason.SRI_TIMEOUT: AT_OPERATOR,
        Reason.SMSC_TIMEOUT: AT_OPERATOR,
        Reason.DESTINATION_NOT_AVAILABLE: AT_PLATFORM,
        Reason.CREDIT_LIMIT: AT_PLATFORM,
        Reason.FLOOD_PROTECTION: AT_PLATFORM,
        Reason.INVALID_SOURCE: INVALID_SENDER,
        Reason.INVALID_DESTINATION: INVALID_ADDRESS,
        Reason.UNKNOWN_DESTINATION: INVALID_ADDRESS,
        Reason.NO_ROUTE: AT_PLATFORM,
        Reason.INTERNAL_ROUTING: AT_PLATFORM,
        Reason.EXTERNAL_ROUTING: AT_OPERATOR,
        Reason.OPTED_OUT: IN_DND,
        Reason.VALIDITY_EXPIRED: MESSAGE_EXPIRED,
        Reason.CANCELLED_BY_CUSTOMER: AT_PLATFORM,
        Reason.UPLOAD_ABORTED: AT_PLATFORM,
        Reason.UNKNOWN_OUTCOME: AT_PLATFORM,
        Reason.CARRIER_DOWN: AT_PLATFORM,
        Reason.THROTTLED: AT_PLATFORM,
        Reason.UNSPECIFIED: None,
    }
)
"""The row for the reason of a failure; None where it says nothing that the status does not."""
_BY_STATUS: Final[Mapping[Status, Delivery | None]] = MappingProxyType(
    {
        # Endpoints of this form are never told of the first four (see `callback.endpoint_faults`).
        Status.SCHEDULED: SUBMITTED,
        Status.QUEUED: SUBMITTED,
        Status.UNCERTAIN: SUBMITTED,
        Status.SENT: SUBMITTED,
        Status.DELIVERED: DELIVERED,
        Status.EXPIRED: MESSAGE_EXPIRED,
        Status.UNDELIVERED: None,
        Status.REJECTED: None,
        Status.FAILED: None,
        Status.CANCELLED: None,
    }
)
"""The row for a status; None where the reason says more."""
_ENDED_HERE: Final = frozenset({Status.FAILED, Status.CANCELLED})


def delivery_of(status: Status, reason: Reason) -> Delivery:
    """The row for where a message stands: total over every pair."""
    usual = AT_PLATFORM if status in _ENDED_HERE else AT_OPERATOR
    return _BY_STATUS[status] or DELIVERIES[reason] or usual


class Outcome(NamedTuple):
    """What a delivery code says in our words."""

    status: Status
    reason: Reason


def _failed(reason: Reason) -> Outcome:
    return Outcome(Status.UNDELIVERED, reason)


OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        DELIVERED.code: Outcome(Status.DELIVERED, Reason.NONE),
        SUBMITTED.code: Outcome(Status.SENT, Reason.NONE),
        INVALID_VALUES.code: Outcome(Status.REJECTED, Reason.DATA_ERROR),
        SERVER_ERROR.code: Outcome(Status.REJECTED, Reason.EXTERNAL_ROUTING),
        INVALID_SENDER.code: Outcome(Status.REJECTED, Reason.INVALID_SOURCE),
        INVALID_ADDRESS.code: Outcome(Status.REJECTED, Reason.INVALID_DESTINATION),
        TOO_LONG.code: Outcome(Status.REJECTED, Reason.DATA_ERROR),
        IN_DND.code: Outcome(Status.REJECTED, Reason.CALL_BARRED),
        AT_OPERATOR.code: _failed(Reason.UNSPECIFIED),
        AT_PLATFORM.code: _failed(Reason.EXTERNAL_ROUTING),
        UNKNOWN_SUBSCRIBER.code: _failed(Reason.UNKNOWN_SUBSCRIBER),
        NO_CREDIT.code: _failed(Reason.CREDIT_LIMIT),
        BINARY_ERROR.code: _failed(Reason.DATA_ERROR),
        SIM_FULL.code: _failed(Reason.MEMORY_EXCEEDED),
        OUT_OF_COVERAGE.code: _failed(Reason.ABSENT_SUBSCRIBER),
        MESSAGE_EXPIRED.code: Outcome(Status.EXPIRED, Reason.VALIDITY_EXPIRED),
        MULTIPART.code: _failed(Reason.UNSPECIFIED),
        BILLING_CONFIGURATION.code: _failed(Reason.CREDIT_LIMIT),
        BILLING_ERROR.code: _failed(Reason.CREDIT_LIMIT),
        # Told in the United States and Canada alone.
        "7111": Outcome(Status.REJECTED, Reason.FLOOD_PROTECTION),
        "7280": _failed(Reason.UNSPECIFIED),
        "7281": Outcome(Status.REJECTED, Reason.FACILITY_NOT_SUPPORTED),
        "7282": _failed(Reason.EXTERNAL_ROUTING),
        "7283": _failed(Reason.TELESERVICE_NOT_PROVISIONED),
        "7284": Outcome(Status.REJECTED, Reason.FLOOD_PROTECTION),
        "7302": Outcome(Status.REJECTED, Reason.THROTTLED),
        "7513": _failed(Reason.UNKNOWN_EQUIPMENT),
        "7518": _failed(Reason.UNSPECIFIED),
        "7607": _failed(Reason.FACILITY_NOT_SUPPORTED),
        "7720": Outcome(Status.REJECTED, Reason.CALL_BARRED),
    }
)
_BY_WORD: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "delivered": Outcome(Status.DELIVERED, Reason.NONE),
        "submitted": Outcome(Status.SENT, Reason.NONE),
        "sent": Outcome(Status.SENT, Reason.NONE),
        "failed": _failed(Reason.UNSPECIFIED),
        "undelivered": _failed(Reason.UNSPECIFIED),
        "expired": Outcome(Status.EXPIRED, Reason.VALIDITY_EXPIRED),
    }
)


def outcome_of(code: str, word: str) -> Outcome | None:
    """What a notification's code and `deliveryStatus` mean; None for codes and words of no table.

    The code counts; a code that nobody knows leaves the word, which one table of the vendor's spells
    `Un-Delivered` and another `Undelivered`.
    """
    return OUTCOMES.get(code.strip()) or _BY_WORD.get(word.strip().lower().replace("-", ""))


# -- status/{transid} -----------------------------------------------------------------------------

STATUS_WORDS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.SCHEDULED: "queued",
        Status.QUEUED: "queued",
        Status.UNCERTAIN: "queued",
        Status.SENT: "sent",
        Status.DELIVERED: "delivered",
        Status.UNDELIVERED: "failed",
        Status.EXPIRED: "expired",
        Status.REJECTED: "failed",
        Status.FAILED: "failed",
        Status.CANCELLED: "failed",
    }
)
"""What the status request says."""
