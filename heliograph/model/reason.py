"""Why a message ended as it did: one normalised list, the widest published one (Mitto's 0-999).

Vendors map onto these numbers and back; the vendor's own code is always kept beside it. Unknown codes
become UNSPECIFIED and are counted; they never raise. `retries` follows the operator table of MiMSMS
(seed 000): three further attempts where the subscriber or a link may come back, none elsewhere.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property


class Reason(IntEnum):
    """Normalised reason codes; numbers are Mitto's where Mitto has one (seed 003)."""

    NONE = 0
    UNKNOWN_SUBSCRIBER = 1
    NUMBER_PORTED = 2
    UNIDENTIFIED_SUBSCRIBER = 5
    ABSENT_SUBSCRIBER_SM = 6
    UNKNOWN_EQUIPMENT = 7
    ROAMING_NOT_ALLOWED = 8
    ILLEGAL_SUBSCRIBER = 9
    BEARER_NOT_PROVISIONED = 10
    TELESERVICE_NOT_PROVISIONED = 11
    ILLEGAL_EQUIPMENT = 12
    CALL_BARRED = 13
    FACILITY_NOT_SUPPORTED = 21
    ABSENT_SUBSCRIBER = 27
    INCOMPATIBLE_TERMINAL = 28
    SUBSCRIBER_BUSY_MT = 31
    EQUIPMENT_FAILURE = 32
    MEMORY_EXCEEDED = 33
    SYSTEM_FAILURE = 34
    DATA_MISSING = 35
    DATA_ERROR = 36
    SUBSCRIBER_BUSY = 45
    SMSC_ERROR = 100
    SMSC_LINK_FAILURE = 101
    GSM_ERROR = 103
    GSM_ERROR_104 = 104
    GSM_ERROR_105 = 105
    SRI_TIMEOUT = 150
    SMSC_TIMEOUT = 151
    DESTINATION_NOT_AVAILABLE = 600
    CREDIT_LIMIT = 601
    FLOOD_PROTECTION = 602
    INVALID_SOURCE = 603
    INVALID_DESTINATION = 604
    UNKNOWN_DESTINATION = 605
    NO_ROUTE = 606
    INTERNAL_ROUTING = 800
    EXTERNAL_ROUTING = 801
    # Ours: outside Mitto's list, shown to Mitto's customers as 999.
    OPTED_OUT = 901
    VALIDITY_EXPIRED = 902
    CANCELLED_BY_CUSTOMER = 903
    UPLOAD_ABORTED = 904
    UNKNOWN_OUTCOME = 905
    CARRIER_DOWN = 906
    THROTTLED = 907
    UNSPECIFIED = 999

    @cached_property
    def word(self) -> str:
        """The lower-case word used in APIs and metrics."""
        return self.name.lower()


RETRIES: dict[Reason, int] = {
    Reason.ABSENT_SUBSCRIBER: 3,
    Reason.ABSENT_SUBSCRIBER_SM: 3,
    Reason.SUBSCRIBER_BUSY: 3,
    Reason.SUBSCRIBER_BUSY_MT: 3,
    Reason.SYSTEM_FAILURE: 3,
    Reason.SMSC_ERROR: 3,
    Reason.SMSC_LINK_FAILURE: 3,
    Reason.SRI_TIMEOUT: 3,
    Reason.SMSC_TIMEOUT: 3,
    Reason.THROTTLED: 1000,  # bounded by validity: a full window is nobody's failure
    Reason.CARRIER_DOWN: 1000,
}


def retries(reason: Reason) -> int:
    """How many further attempts a failure with this reason is worth."""
    return RETRIES.get(reason, 0)


_BY_NUMBER = {int(reason): reason for reason in Reason}


def reason_of(number: int) -> Reason:
    """The reason with this number; UNSPECIFIED when the list has none."""
    return _BY_NUMBER.get(number, Reason.UNSPECIFIED)
