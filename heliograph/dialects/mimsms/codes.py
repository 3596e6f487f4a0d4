"""MiMSMS's codes and our reasons and states, both ways, as total tables.

Source: seeds/000, "Error status code map" and "Operator error status (DLR)"; where a text on the wire
was seen to differ from the printed table (207), the wire counts. Every look-up has an answer: what is
not in a table becomes the row that says least. It must never hold a decision; these are translations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal
from heliograph.model.status import FAILURES, Status

SUCCESS_CODE: Final = "200"
SUCCESS_STATUS: Final = "Success"
OK_STATUS: Final = "Ok"
NO_DATA_STATUS: Final = "Data Not Found"
SENT_TEXT: Final = "SMS Send Successfuly"
"""The vendor's spelling; clients compare it."""
SENT_LIST_TEXT: Final = "SMS Send successfully"
"""What SendOneToMany says when every number was taken."""


class Verdict(NamedTuple):
    """One row of the error map, with the HTTP status that goes with it."""

    code: str
    status: str
    text: str
    http_status: int = 200


_BLACK_LISTED = Verdict("401", "Unauthorized", "IP Black List")
_UNAUTHORIZED = Verdict("401", "Unauthorized", "Invalid UserName & Password")
_CONTENT = Verdict("205", "Failed", "Invalid Message Content")
_MOBILE = Verdict("206", "Failed", "Invalid Mobile Number")
_TRANSACTION_TYPE = Verdict("207", "Failed", "Invalid TransactionType")
_SENDER = Verdict("208", "Failed", "Invalid Sender ID")
_LENGTH = Verdict("209", "Failed", "SMS Length cross the Max level")
_CAMPAIGN = Verdict("210", "Failed", "Invalid CampaignId")
_PARAMETER = Verdict("213", "Failed", "Parameter Mismatch")
_BALANCE = Verdict("216", "Failed", "Insufficient Balance")
_SENDING = Verdict("221", "Failed", "SMS Sending Failed")
_INTERNAL = Verdict("500", "Failed", "Internal Server Error")

NO_SUCH_PATH: Final = Verdict("404", "Failed", "Not Found", 404)
NO_SUCH_METHOD: Final = Verdict("405", "Failed", "Method Not Allowed", 405)
"""These two are not in the vendor's map: there, the web server answers before the API does."""

VERDICTS: Final[Mapping[Refusal, Verdict]] = MappingProxyType(
    {
        Refusal.MALFORMED: _PARAMETER._replace(http_status=400),
        Refusal.MISSING_FIELD: _PARAMETER,
        Refusal.INVALID_FIELD: _PARAMETER,
        Refusal.UNAUTHENTICATED: _UNAUTHORIZED,
        Refusal.ADDRESS_NOT_ALLOWED: _BLACK_LISTED,
        Refusal.FORBIDDEN: _UNAUTHORIZED,
        Refusal.ACCOUNT_SUSPENDED: _UNAUTHORIZED,
        Refusal.INVALID_RECIPIENT: _MOBILE,
        Refusal.INVALID_SENDER: _SENDER,
        Refusal.SENDER_NOT_APPROVED: _SENDER,
        Refusal.CAMPAIGN_NOT_APPROVED: _CAMPAIGN,
        Refusal.TRAFFIC_CLASS_NOT_ALLOWED: _TRANSACTION_TYPE,
        Refusal.EMPTY_TEXT: _CONTENT,
        Refusal.UNENCODABLE_TEXT: _CONTENT,
        Refusal.TEXT_TOO_LONG: _LENGTH,
        Refusal.TOO_MANY_RECIPIENTS: _PARAMETER,
        Refusal.NO_PRICE: _SENDING,
        Refusal.NO_ROUTE: _SENDING,
        Refusal.NO_CHANNEL: _SENDING,
        Refusal.UNKNOWN_TEMPLATE: _CONTENT,
        Refusal.UNKNOWN_LINK: _CONTENT,
        Refusal.SERVICE_INACTIVE: _UNAUTHORIZED,
        Refusal.NOT_ENABLED: _UNAUTHORIZED,
        Refusal.INSUFFICIENT_BALANCE: _BALANCE,
        # The number is a good one, so 206 would be untrue; 221 is the vendor's general "no".
        Refusal.OPTED_OUT: _SENDING,
        Refusal.IDEMPOTENCY_CONFLICT: _PARAMETER,
        Refusal.CONFLICT: _PARAMETER,
        Refusal.NOT_FOUND: _PARAMETER,
        Refusal.NOT_CANCELLABLE: _PARAMETER,
        Refusal.METHOD_NOT_ALLOWED: NO_SUCH_METHOD,
        Refusal.UNSUPPORTED_MEDIA_TYPE: _PARAMETER._replace(http_status=415),
        Refusal.TOO_LARGE: _PARAMETER,
        Refusal.RATE_LIMITED: _SENDING,
        Refusal.UNAVAILABLE: _INTERNAL,
        Refusal.INTERNAL: _INTERNAL,
    }
)

CHECK_ORDER: Final = ("213", "401", "207", "208", "210", "206", "205", "209", "216", "221", "500")
"""Which code wins where several hold: the first. The vendor does not say; it is the house's choice."""


def verdict_of(refusal: Refusal) -> Verdict:
    """What MiMSMS would say to this refusal."""
    return VERDICTS[refusal]


# -- the error map read by a caller of MiMSMS -----------------------------------------------------


class CarrierNo(NamedTuple):
    """What a code means when a carrier gives it to us."""

    refusal: Refusal
    """Our word for the row."""
    reason: Reason


CARRIER_NOES: Final[Mapping[str, CarrierNo]] = MappingProxyType(
    {
        # Our account at the carrier is at fault, not the message: it waits as with any carrier that
        # cannot be used, and another carrier takes over.
        "401": CarrierNo(Refusal.UNAUTHENTICATED, Reason.CARRIER_DOWN),
        "205": CarrierNo(Refusal.UNENCODABLE_TEXT, Reason.DATA_ERROR),
        "206": CarrierNo(Refusal.INVALID_RECIPIENT, Reason.INVALID_DESTINATION),
        "207": CarrierNo(Refusal.TRAFFIC_CLASS_NOT_ALLOWED, Reason.TELESERVICE_NOT_PROVISIONED),
        "208": CarrierNo(Refusal.SENDER_NOT_APPROVED, Reason.INVALID_SOURCE),
        "209": CarrierNo(Refusal.TEXT_TOO_LONG, Reason.DATA_ERROR),
        "210": CarrierNo(Refusal.CAMPAIGN_NOT_APPROVED, Reason.FACILITY_NOT_SUPPORTED),
        "213": CarrierNo(Refusal.INVALID_FIELD, Reason.DATA_MISSING),
        "216": CarrierNo(Refusal.INSUFFICIENT_BALANCE, Reason.CREDIT_LIMIT),
        "221": CarrierNo(Refusal.NO_ROUTE, Reason.SYSTEM_FAILURE),
        "500": CarrierNo(Refusal.INTERNAL, Reason.SMSC_ERROR),
    }
)
_UNKNOWN_NO = CarrierNo(Refusal.INTERNAL, Reason.UNSPECIFIED)


def carrier_no(code: str, text: str = "") -> CarrierNo:
    """A refusal's code and text in our words; a code outside the map has the reason UNSPECIFIED."""
    found = CARRIER_NOES.get(code, _UNKNOWN_NO)
    if code == _BLACK_LISTED.code and text.strip().lower() == _BLACK_LISTED.text.lower():
        return found._replace(refusal=Refusal.ADDRESS_NOT_ALLOWED)
    return found


# -- operator error status (DLR) ------------------------------------------------------------------


class Operator(NamedTuple):
    """One row of the DLR table: the error's name and how often the operator tries again."""

    name: str
    retries: int

    @property
    def dlr_code(self) -> str:
        """DlrApi's `dlrCode`."""
        return str(self.retries)

    @property
    def status(self) -> str:
        """DlrApi's `operatorStatus`."""
        return self.name.upper()


DELIVERED: Final = Operator("Delivered", 0)
ABSENT: Final = Operator("Absent subscriber for SM", 3)
UNDELIVERED: Final = Operator("Undelivered", 0)
BUSY: Final = Operator("Subscriber Busy", 3)
UNIDENTIFIED: Final = Operator("Unidentified subscriber", 0)
BARRED: Final = Operator("Barred subscriber", 0)
ILLEGAL: Final = Operator("Illegal subscriber", 0)
BLOCKED: Final = Operator("SMS Failed", 0)
SYSTEM: Final = Operator("System failure", 3)
LINK: Final = Operator("SMS Failed", 3)
TIMEOUT: Final = Operator("SMSC Timeout-abort", 3)
PENDING: Final = Operator("Pending", 3)
"""Not in the table. With the code of "may be tried again": 0 would look like Delivered."""

OPERATORS: Final[Mapping[Reason, Operator | None]] = MappingProxyType(
    {
        Reason.NONE: None,
        Reason.UNKNOWN_SUBSCRIBER: UNIDENTIFIED,
        Reason.NUMBER_PORTED: UNIDENTIFIED,
        Reason.UNIDENTIFIED_SUBSCRIBER: UNIDENTIFIED,
        Reason.ABSENT_SUBSCRIBER_SM: ABSENT,
        Reason.UNKNOWN_EQUIPMENT: UNDELIVERED,
        Reason.ROAMING_NOT_ALLOWED: BARRED,
        Reason.ILLEGAL_SUBSCRIBER: ILLEGAL,
        Reason.BEARER_NOT_PROVISIONED: BARRED,
        Reason.TELESERVICE_NOT_PROVISIONED: BARRED,
        Reason.ILLEGAL_EQUIPMENT: UNDELIVERED,
        Reason.CALL_BARRED: BARRED,
        Reason.FACILITY_NOT_SUPPORTED: UNDELIVERED,
        Reason.ABSENT_SUBSCRIBER: ABSENT,
        Reason.INCOMPATIBLE_TERMINAL: UNDELIVERED,
        Reason.SUBSCRIBER_BUSY_MT: BUSY,
        Reason.EQUIPMENT_FAILURE: UNDELIVERED,
        Reason.MEMORY_EXCEEDED: UNDELIVERED,
        Reason.SYSTEM_FAILURE: SYSTEM,
        Reason.DATA_MISSING: SYSTEM,
        Reason.DATA_ERROR: SYSTEM,
        Reason.SUBSCRIBER_BUSY: BUSY,
        Reason.SMSC_ERROR: LINK,
        Reason.SMSC_LINK_FAILURE: LINK,
        Reason.GSM_ERROR: SYSTEM,
        Reason.GSM_ERROR_104: SYSTEM,
        Reason.GSM_ERROR_105: SYSTEM,
        Reason.SRI_TIMEOUT: TIMEOUT,
        Reason.SMSC_TIMEOUT: TIMEOUT,
        Reason.DESTINATION_NOT_AVAILABLE: UNDELIVERED,
        Reason.CREDIT_LIMIT: None,
        Reason.FLOOD_PROTECTION: BLOCKED,
        Reason.INVALID_SOURCE: BLOCKED,
        Reason.INVALID_DESTINATION: UNIDENTIFIED,
        Reason.UNKNOWN_DESTINATION: UNIDENTIFIED,
        Reason.NO_ROUTE: LINK,
        Reason.INTERNAL_ROUTING: LINK,
        Reason.EXTERNAL_ROUTING: LINK,
        Reason.OPTED_OUT: BARRED,
        Reason.VALIDITY_EXPIRED: None,
        Reason.CANCELLED_BY_CUSTOMER: None,
        Reason.UPLOAD_ABORTED: None,
        Reason.UNKNOWN_OUTCOME: None,
        Reason.CARRIER_DOWN: LINK,
        Reason.THROTTLED: LINK,
        Reason.UNSPECIFIED: None,
    }
)
"""The row for a reason; None where the reason says nothing that an operator would."""


def operator_of(status: Status, reason: Reason) -> Operator:
    """The DLR row for where a message stands: total over every pair."""
    if status is Status.DELIVERED:
        return DELIVERED
    if status not in FAILURES and status is not Status.CANCELLED:
        return PENDING
    return OPERATORS[reason] or UNDELIVERED


class Outcome(NamedTuple):
    """What a DLR row says in our words."""

    status: Status
    reason: Reason


OUTCOMES: Final[Mapping[Operator, Outcome]] = MappingProxyType(
    {
        DELIVERED: Outcome(Status.DELIVERED, Reason.NONE),
        ABSENT: Outcome(Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER_SM),
        # The table explains it as a full memory, callers take it for any failure: saying less is
        # never untrue.
        UNDELIVERED: Outcome(Status.UNDELIVERED, Reason.UNSPECIFIED),
        BUSY: Outcome(Status.UNDELIVERED, Reason.SUBSCRIBER_BUSY_MT),
        UNIDENTIFIED: Outcome(Status.UNDELIVERED, Reason.UNIDENTIFIED_SUBSCRIBER),
        BARRED: Outcome(Status.UNDELIVERED, Reason.CALL_BARRED),
        ILLEGAL: Outcome(Status.REJECTED, Reason.ILLEGAL_SUBSCRIBER),
        BLOCKED: Outcome(Status.REJECTED, Reason.INVALID_SOURCE),
        SYSTEM: Outcome(Status.UNDELIVERED, Reason.SYSTEM_FAILURE),
        LINK: Outcome(Status.UNDELIVERED, Reason.SMSC_LINK_FAILURE),
        TIMEOUT: Outcome(Status.UNDELIVERED, Reason.SMSC_TIMEOUT),
    }
)

_MARKS = re.compile(r"[^a-z0-9]+")


def _plain(name: str) -> str:
    return _MARKS.sub(" ", name.lower()).strip()


_BY_NAME = {(_plain(row.name), row.dlr_code): outcome for row, outcome in OUTCOMES.items()}
_BY_NAME_ALONE = {_plain(row.name): outcome for row, outcome in OUTCOMES.items() if row != LINK}


def outcome_of(operator_status: str, dlr_code: str) -> Outcome | None:
    """What DlrApi's two fields mean; None for PENDING and for words outside the table.

    The code only tells the two rows named "SMS Failed" apart; that it is the table's count of
    retries is an inference, so a known word counts whatever code stands beside it.
    """
    name = _plain(operator_status)
    return _BY_NAME.get((name, dlr_code.strip())) or _BY_NAME_ALONE.get(name)
