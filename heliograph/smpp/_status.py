"""Every command_status of SMPP 3.4 (section 5.1.3) and 5.0 (section 4.7.6) with its name and meaning.
Vendor values (0x400-0x4FF) and reserved ones stay plain integers: `status_name` can always print one.
"""

from enum import IntEnum
from typing import Final

__all__ = ["THROTTLING", "CommandStatus", "status_meaning", "status_name"]


class CommandStatus(IntEnum):
    """command_status; the specification's names carry the prefix ESME_ (see `status_name`)."""

    ROK = 0x000
    RINVMSGLEN = 0x001
    RINVCMDLEN = 0x002
    RINVCMDID = 0x003
    RINVBNDSTS = 0x004
    RALYBND = 0x005
    RINVPRTFLG = 0x006
    RINVREGDLVFLG = 0x007
    RSYSERR = 0x008
    RINVSRCADR = 0x00A
    RINVDSTADR = 0x00B
    RINVMSGID = 0x00C
    RBINDFAIL = 0x00D
    RINVPASWD = 0x00E
    RINVSYSID = 0x00F
    RCANCELFAIL = 0x011
    RREPLACEFAIL = 0x013
    RMSGQFUL = 0x014
    RINVSERTYP = 0x015
    RINVNUMDESTS = 0x033
    RINVDLNAME = 0x034
    RINVDESTFLAG = 0x040
    RINVSUBREP = 0x042
    RINVESMCLASS = 0x043
    RCNTSUBDL = 0x044
    RSUBMITFAIL = 0x045
    RINVSRCTON = 0x048
    RINVSRCNPI = 0x049
    RINVDSTTON = 0x050
    RINVDSTNPI = 0x051
    RINVSYSTYP = 0x053
    RINVREPFLAG = 0x054
    RINVNUMMSGS = 0x055
    RTHROTTLED = 0x058
    RINVSCHED = 0x061
    RINVEXPIRY = 0x062
    RINVDFTMSGID = 0x063
    RX_T_APPN = 0x064
    RX_P_APPN = 0x065
    RX_R_APPN = 0x066
    RQUERYFAIL = 0x067
    RINVOPTPARSTREAM = 0x0C0
    ROPTPARNOTALLWD = 0x0C1
    RINVPARLEN = 0x0C2
    RMISSINGOPTPARAM = 0x0C3
    RINVOPTPARAMVAL = 0x0C4
    RDELIVERYFAILURE = 0x0FE
    RUNKNOWNERR = 0x0FF
    RSERTYPUNAUTH = 0x100
    RPROHIBITED = 0x101
    RSERTYPUNAVAIL = 0x102
    RSERTYPDENIED = 0x103
    RINVDCS = 0x104
    RINVSRCADDRSUBUNIT = 0x105
    RINVDSTADDRSUBUNIT = 0x106
    RINVBCASTFREQINT = 0x107
    RINVBCASTALIAS_NAME = 0x108
    RINVBCASTAREAFMT = 0x109
    RINVNUMBCAST_AREAS = 0x10A
    RINVBCASTCNTTYPE = 0x10B
    RINVBCASTMSGCLASS = 0x10C
    RBCASTFAIL = 0x10D
    RBCASTQUERYFAIL = 0x10E
    RBCASTCANCELFAIL = 0x10F
    RINVBCAST_REP = 0x110
    RINVBCASTSRVGRP = 0x111
    RINVBCASTCHANIND = 0x112


# Clients back off on either: a rate exceeded, or a queue full (the same set as in aiosmpplib).
THROTTLING: Final = frozenset({CommandStatus.RTHROTTLED, CommandStatus.RMSGQFUL})

_S = CommandStatus
_MEANINGS: Final[dict[CommandStatus, str]] = {
    _S.ROK: "no error",
    _S.RINVMSGLEN: "message length is invalid",
    _S.RINVCMDLEN: "command length is invalid",
    _S.RINVCMDID: "command id is invalid",
    _S.RINVBNDSTS: "command not allowed in this bind state",
    _S.RALYBND: "already bound",
    _S.RINVPRTFLG: "priority flag is invalid",
    _S.RINVREGDLVFLG: "registered delivery flag is invalid",
    _S.RSYSERR: "system error",
    _S.RINVSRCADR: "source address is invalid",
    _S.RINVDSTADR: "destination address is invalid",
    _S.RINVMSGID: "message id is invalid",
    _S.RBINDFAIL: "bind failed",
    _S.RINVPASWD: "password is invalid",
    _S.RINVSYSID: "system id is invalid",
    _S.RCANCELFAIL: "cancel_sm failed",
    _S.RREPLACEFAIL: "replace_sm failed",
    _S.RMSGQFUL: "message queue is full",
    _S.RINVSERTYP: "service type is invalid",
    _S.RINVNUMDESTS: "number of destinations is invalid",
    _S.RINVDLNAME: "distribution list name is invalid",
    _S.RINVDESTFLAG: "destination flag is invalid",
    _S.RINVSUBREP: "submit with replace is not supported or not allowed",
    _S.RINVESMCLASS: "esm_class is invalid",
    _S.RCNTSUBDL: "cannot submit to a distribution list",
    _S.RSUBMITFAIL: "submit failed",
    _S.RINVSRCTON: "source type of number is invalid",
    _S.RINVSRCNPI: "source numbering plan is invalid",
    _S.RINVDSTTON: "destination type of number is invalid",
    _S.RINVDSTNPI: "destination numbering plan is invalid",
    _S.RINVSYSTYP: "system type is invalid",
    _S.RINVREPFLAG: "replace_if_present flag is invalid",
    _S.RINVNUMMSGS: "number of messages is invalid",
    _S.RTHROTTLED: "rate exceeded",
    _S.RINVSCHED: "scheduled delivery time is invalid",
    _S.RINVEXPIRY: "validity period is invalid",
    _S.RINVDFTMSGID: "predefined message id is invalid",
    _S.RX_T_APPN: "receiver: temporary application error",
    _S.RX_P_APPN: "receiver: permanent application error",
    _S.RX_R_APPN: "receiver: message rejected by the application",
    _S.RQUERYFAIL: "query_sm failed",
    _S.RINVOPTPARSTREAM: "optional part of the PDU cannot be read",
    _S.ROPTPARNOTALLWD: "TLV is not allowed",
    _S.RINVPARLEN: "parameter length is invalid",
    _S.RMISSINGOPTPARAM: "an expected TLV is missing",
    _S.RINVOPTPARAMVAL: "TLV value is invalid",
    _S.RDELIVERYFAILURE: "delivery failed (data_sm_resp)",
    _S.RUNKNOWNERR: "unknown error",
    _S.RSERTYPUNAUTH: "service type is not authorised",
    _S.RPROHIBITED: "operation is prohibited",
    _S.RSERTYPUNAVAIL: "service type is not available",
    _S.RSERTYPDENIED: "service type is denied",
    _S.RINVDCS: "data coding is invalid",
    _S.RINVSRCADDRSUBUNIT: "source subunit is invalid",
    _S.RINVDSTADDRSUBUNIT: "destination subunit is invalid",
    _S.RINVBCASTFREQINT: "broadcast frequency interval is invalid",
    _S.RINVBCASTALIAS_NAME: "broadcast alias name is invalid",
    _S.RINVBCASTAREAFMT: "broadcast area format is invalid",
    _S.RINVNUMBCAST_AREAS: "number of broadcast areas is invalid",
    _S.RINVBCASTCNTTYPE: "broadcast content type is invalid",
    _S.RINVBCASTMSGCLASS: "broadcast message class is invalid",
    _S.RBCASTFAIL: "broadcast_sm failed",
    _S.RBCASTQUERYFAIL: "query_broadcast_sm failed",
    _S.RBCASTCANCELFAIL: "cancel_broadcast_sm failed",
    _S.RINVBCAST_REP: "number of repeated broadcasts is invalid",
    _S.RINVBCASTSRVGRP: "broadcast service group is invalid",
    _S.RINVBCASTCHANIND: "broadcast channel indicator is invalid",
}


def status_name(status: int) -> str:
    """`ESME_RTHROTTLED` for 0x58; a value without a name is told by number, vendors' ones as such."""
    if status in _MEANINGS:
        return f"ESME_{CommandStatus(status).name}"
    kind = "vendor" if 0x400 <= status <= 0x4FF else "reserved"
    return f"0x{status:08X} ({kind})"


def status_meaning(status: int) -> str:
    """A short English phrase for the status, also for one this library does not know."""
    if status in _MEANINGS:
        return _MEANINGS[CommandStatus(status)]
    return "defined by the vendor" if 0x400 <= status <= 0x4FF else "not defined"
