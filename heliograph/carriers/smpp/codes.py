"""Their codes to ours: command_status, message_state and receipt errors to reasons and states.

Tables only, total over what the protocol defines; what a vendor defines is UNSPECIFIED unless the
carrier's settings say more. The code as it came is always kept beside our reading. It must never raise.
"""

from __future__ import annotations

from typing import Final

from heliograph.carriers.smpp.profile import Profile, error_key
from heliograph.model.reason import Reason
from heliograph.model.report import Declined
from heliograph.model.status import Status
from heliograph.smpp import THROTTLING, CommandStatus, MessageState, Receipt, status_name

_S = CommandStatus

# What the SMSC finds wrong with one field is DATA_ERROR; what we may not do there is EXTERNAL_ROUTING.
STATUS_REASONS: Final[dict[CommandStatus, Reason]] = {
    _S.ROK: Reason.NONE,
    _S.RINVMSGLEN: Reason.DATA_ERROR,
    _S.RINVCMDLEN: Reason.DATA_ERROR,
    _S.RINVCMDID: Reason.FACILITY_NOT_SUPPORTED,
    _S.RINVBNDSTS: Reason.SMSC_LINK_FAILURE,
    _S.RALYBND: Reason.SMSC_LINK_FAILURE,
    _S.RINVPRTFLG: Reason.DATA_ERROR,
    _S.RINVREGDLVFLG: Reason.DATA_ERROR,
    _S.RSYSERR: Reason.SYSTEM_FAILURE,
    _S.RINVSRCADR: Reason.INVALID_SOURCE,
    _S.RINVDSTADR: Reason.INVALID_DESTINATION,
    _S.RINVMSGID: Reason.DATA_ERROR,
    _S.RBINDFAIL: Reason.SMSC_LINK_FAILURE,
    _S.RINVPASWD: Reason.SMSC_LINK_FAILURE,
    _S.RINVSYSID: Reason.SMSC_LINK_FAILURE,
    _S.RCANCELFAIL: Reason.SMSC_ERROR,
    _S.RREPLACEFAIL: Reason.SMSC_ERROR,
    _S.RMSGQFUL: Reason.THROTTLED,
    _S.RINVSERTYP: Reason.DATA_ERROR,
    _S.RINVNUMDESTS: Reason.DATA_ERROR,
    _S.RINVDLNAME: Reason.INVALID_DESTINATION,
    _S.RINVDESTFLAG: Reason.DATA_ERROR,
    _S.RINVSUBREP: Reason.FACILITY_NOT_SUPPORTED,
    _S.RINVESMCLASS: Reason.DATA_ERROR,
    _S.RCNTSUBDL: Reason.FACILITY_NOT_SUPPORTED,
    _S.RSUBMITFAIL: Reason.SMSC_ERROR,
    _S.RINVSRCTON: Reason.INVALID_SOURCE,
    _S.RINVSRCNPI: Reason.INVALID_SOURCE,
    _S.RINVDSTTON: Reason.INVALID_DESTINATION,
    _S.RINVDSTNPI: Reason.INVALID_DESTINATION,
    _S.RINVSYSTYP: Reason.SMSC_LINK_FAILURE,
    _S.RINVREPFLAG: Reason.DATA_ERROR,
    _S.RINVNUMMSGS: Reason.DATA_ERROR,
    _S.RTHROTTLED: Reason.THROTTLED,
    _S.RINVSCHED: Reason.DATA_ERROR,
    _S.RINVEXPIRY: Reason.DATA_ERROR,
    _S.RINVDFTMSGID: Reason.DATA_ERROR,
    _S.RX_T_APPN: Reason.SMSC_ERROR,
    _S.RX_P_APPN: Reason.EXTERNAL_ROUTING,
    _S.RX_R_APPN: Reason.EXTERNAL_ROUTING,
    _S.RQUERYFAIL: Reason.SMSC_ERROR,
    _S.RINVOPTPARSTREAM: Reason.DATA_ERROR,
    _S.ROPTPARNOTALLWD: Reason.DATA_ERROR,
    _S.RINVPARLEN: Reason.DATA_ERROR,
    _S.RMISSINGOPTPARAM: Reason.DATA_MISSING,
    _S.RINVOPTPARAMVAL: Reason.DATA_ERROR,
    _S.RDELIVERYFAILURE: Reason.SMSC_ERROR,
    _S.RUNKNOWNERR: Reason.UNSPECIFIED,
    _S.RSERTYPUNAUTH: Reason.EXTERNAL_ROUTING,
    _S.RPROHIBITED: Reason.EXTERNAL_ROUTING,
    _S.RSERTYPUNAVAIL: Reason.EXTERNAL_ROUTING,
    _S.RSERTYPDENIED: Reason.EXTERNAL_ROUTING,
    _S.RINVDCS: Reason.DATA_ERROR,
    _S.RINVSRCADDRSUBUNIT: Reason.INVALID_SOURCE,
    _S.RINVDSTADDRSUBUNIT: Reason.INVALID_DESTINATION,
    _S.RINVBCASTFREQINT: Reason.DATA_ERROR,
    _S.RINVBCASTALIAS_NAME: Reason.DATA_ERROR,
    _S.RINVBCASTAREAFMT: Reason.DATA_ERROR,
    _S.RINVNUMBCAST_AREAS: Reason.DATA_ERROR,
    _S.RINVBCASTCNTTYPE: Reason.DATA_ERROR,
    _S.RINVBCASTMSGCLASS: Reason.DATA_ERROR,
    _S.RBCASTFAIL: Reason.SMSC_ERROR,
    _S.RBCASTQUERYFAIL: Reason.SMSC_ERROR,
    _S.RBCASTCANCELFAIL: Reason.SMSC_ERROR,
    _S.RINVBCAST_REP: Reason.DATA_ERROR,
    _S.RINVBCASTSRVGRP: Reason.DATA_ERROR,
    _S.RINVBCASTCHANIND: Reason.DATA_ERROR,
}
"""3.4 section 5.1.3 and 5.0 section 4.7.6; the right side is our judgement."""

# ENROUTE, ACCEPTED and UNKNOWN are no outcome: SENT says so and changes nothing.
STATES: Final[dict[MessageState, tuple[Status, Reason]]] = {
    MessageState.SCHEDULED: (Status.SENT, Reason.NONE),
    MessageState.ENROUTE: (Status.SENT, Reason.NONE),
    MessageState.DELIVERED: (Status.DELIVERED, Reason.NONE),
    MessageState.EXPIRED: (Status.EXPIRED, Reason.VALIDITY_EXPIRED),
    MessageState.DELETED: (Status.UNDELIVERED, Reason.UNSPECIFIED),
    MessageState.UNDELIVERABLE: (Status.UNDELIVERED, Reason.UNSPECIFIED),
    MessageState.ACCEPTED: (Status.SENT, Reason.NONE),
    MessageState.UNKNOWN: (Status.SENT, Reason.NONE),
    MessageState.REJECTED: (Status.REJECTED, Reason.UNSPECIFIED),
    MessageState.SKIPPED: (Status.UNDELIVERED, Reason.UNSPECIFIED),
}

# network_error_code, first octet (5.0 section 4.8.4.42).
_NETWORK_GSM: Final = 3
_NETWORK_SMPP: Final = 7
# Our first reasons carry the numbers of MAP errors (3GPP TS 29.002 section 17.6.6), as Mitto's list does.
_MAP_ERRORS: Final[dict[int, Reason]] = {
    int(reason): reason for reason in Reason if 0 < reason <= Reason.SUBSCRIBER_BUSY
}


def is_throttling(status: int) -> bool:
    """Whether the SMSC asks for fewer messages."""
    return status in THROTTLING


def reason_of_status(profile: Profile, status: int) -> Reason:
    """What a command_status means here; the carrier's settings go before the specification."""
    told = profile.status_reasons.get(status)
    if told is not None:
        return told
    return _BY_NUMBER.get(status, Reason.UNSPECIFIED)


_BY_NUMBER: Final[dict[int, Reason]] = {int(s): reason for s, reason in STATUS_REASONS.items()}


def declined(profile: Profile, status: int, retry_after_seconds: float | None = None) -> Declined:
    """The outcome of a submit_sm that was refused with this status."""
    return Declined(
        reason=reason_of_status(profile, status),
        vendor_code=status_name(status),
        retry_after_seconds=retry_after_seconds,
    )


def reading_of(profile: Profile, receipt: Receipt) -> tuple[Status, Reason]:
    """What a receipt says: state and reason. A success has no reason, whatever its error field says."""
    if receipt.is_intermediate:
        return Status.SENT, Reason.NONE
    status, reason = STATES[receipt.state]
    if status in (Status.DELIVERED, Status.SENT):
        return status, reason
    return status, _reason_of_error(profile, receipt) or reason


def _reason_of_error(profile: Profile, receipt: Receipt) -> Reason | None:
    told = profile.error_reasons.get(error_key(receipt.error))
    if told is not None:
        return told
    if receipt.network_error_code is not None:
        network, code = receipt.network_error_code
        if network == _NETWORK_GSM and code in _MAP_ERRORS:
            return _MAP_ERRORS[code]
        if network == _NETWORK_SMPP and code:
            return reason_of_status(profile, code)
    if profile.error_codes == "gsm" and receipt.error.isascii() and receipt.error.isdigit():
        return _MAP_ERRORS.get(int(receipt.error[:9]))
    return None


def vendor_code_of(receipt: Receipt) -> str | None:
    """The carrier's own code: the text's error, else the network's, else the state's word."""
    if receipt.error.strip("0 "):
        return receipt.error[:64]
    if receipt.network_error_code is not None:
        network, code = receipt.network_error_code
        return f"{network}:{code}"
    return receipt.stat[:64] or None
