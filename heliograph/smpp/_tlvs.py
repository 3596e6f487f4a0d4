"""The optional parameters (TLVs) of SMPP 3.4 and 5.0: one table of tag, name, shape and version, and the
reading and writing of single values. A PDU keeps its TLVs raw and in order, as (tag, octets) pairs, so
unknown ones survive and nothing is lost; values are read when asked for. A value is never "corrected".
"""

import struct
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

import msgspec

from heliograph.smpp._errors import AnswerableError, LocalProtocolError
from heliograph.smpp._status import CommandStatus

__all__ = [
    "TLV_SHAPES",
    "Tag",
    "Tlv",
    "TlvKind",
    "TlvShape",
    "Tlvs",
    "find_tlv",
    "pack_tlvs",
    "tlv",
    "tlv_int",
    "tlv_text",
    "unpack_tlvs",
]

Tlv = tuple[int, bytes]
Tlvs = tuple[Tlv, ...]

_PADDING: Final = (0, b"")  # four NULs before something unreadable
_HEAD: Final = struct.Struct(">HH")


class Tag(IntEnum):
    """TLV tags; vendors use 0x1400-0x3FFF, which stay plain integers."""

    DEST_ADDR_SUBUNIT = 0x0005
    DEST_NETWORK_TYPE = 0x0006
    DEST_BEARER_TYPE = 0x0007
    DEST_TELEMATICS_ID = 0x0008
    SOURCE_ADDR_SUBUNIT = 0x000D
    SOURCE_NETWORK_TYPE = 0x000E
    SOURCE_BEARER_TYPE = 0x000F
    SOURCE_TELEMATICS_ID = 0x0010
    QOS_TIME_TO_LIVE = 0x0017
    PAYLOAD_TYPE = 0x0019
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    MS_MSG_WAIT_FACILITIES = 0x0030
    PRIVACY_INDICATOR = 0x0201
    SOURCE_SUBADDRESS = 0x0202
    DEST_SUBADDRESS = 0x0203
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    CALLBACK_NUM_PRES_IND = 0x0302
    CALLBACK_NUM_ATAG = 0x0303
    NUMBER_OF_MESSAGES = 0x0304
    CALLBACK_NUM = 0x0381
    DPF_RESULT = 0x0420
    SET_DPF = 0x0421
    MS_AVAILABILITY_STATUS = 0x0422
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    CONGESTION_STATE = 0x0428
    USSD_SERVICE_OP = 0x0501
    BROADCAST_CHANNEL_INDICATOR = 0x0600
    BROADCAST_CONTENT_TYPE = 0x0601
    BROADCAST_CONTENT_TYPE_INFO = 0x0602
    BROADCAST_MESSAGE_CLASS = 0x0603
    BROADCAST_REP_NUM = 0x0604
    BROADCAST_FREQUENCY_INTERVAL = 0x0605
    BROADCAST_AREA_IDENTIFIER = 0x0606
    BROADCAST_ERROR_STATUS = 0x0607
    BROADCAST_AREA_SUCCESS = 0x0608
    BROADCAST_END_TIME = 0x0609
    BROADCAST_SERVICE_GROUP = 0x060A
    BILLING_IDENTIFICATION = 0x060B
    SOURCE_NETWORK_ID = 0x060D
    DEST_NETWORK_ID = 0x060E
    SOURCE_NODE_ID = 0x060F
    DEST_NODE_ID = 0x0610
    DEST_ADDR_NP_RESOLUTION = 0x0611
    DEST_ADDR_NP_INFORMATION = 0x0612
    DEST_ADDR_NP_COUNTRY = 0x0613
    DISPLAY_TIME = 0x1201
    SMS_SIGNAL = 0x1203
    MS_VALIDITY = 0x1204
    ALERT_ON_MESSAGE_DELIVERY = 0x130C
    ITS_REPLY_TYPE = 0x1380
    ITS_SESSION_INFO = 0x1383


class TlvKind(IntEnum):
    """What a TLV's value is made of."""

    INTEGER = 1
    C_STRING = 2
    OCTETS = 3


class TlvShape(msgspec.Struct, frozen=True, kw_only=True):
    """The legal shape of one TLV: `least` to `most` octets (the NUL of a C string counted)."""

    kind: TlvKind
    least: int
    most: int
    since: int = 0x34
    repeatable: bool = False


def _integer(octets: int, *, since: int = 0x34, repeatable: bool = False) -> TlvShape:
    kind = TlvKind.INTEGER
    return TlvShape(kind=kind, least=octets, most=octets, since=since, repeatable=repeatable)


def _text(most: int, *, since: int = 0x34) -> TlvShape:
    return TlvShape(kind=TlvKind.C_STRING, least=1, most=most, since=since)


def _octets(least: int, most: int, *, since: int = 0x34, repeatable: bool = False) -> TlvShape:
    kind = TlvKind.OCTETS
    return TlvShape(kind=kind, least=least, most=most, since=since, repeatable=repeatable)


_ONE: Final = _integer(1)
_TWO: Final = _integer(2)
_FOUR: Final = _integer(4)
_MOST: Final = 0xFFFF

TLV_SHAPES: Final[dict[Tag, TlvShape]] = {
    Tag.DEST_ADDR_SUBUNIT: _ONE,
    Tag.DEST_NETWORK_TYPE: _ONE,
    Tag.DEST_BEARER_TYPE: _ONE,
    Tag.DEST_TELEMATICS_ID: _TWO,
    Tag.SOURCE_ADDR_SUBUNIT: _ONE,
    Tag.SOURCE_NETWORK_TYPE: _ONE,
    Tag.SOURCE_BEARER_TYPE: _ONE,
    # 3.4 says one octet, callers in the field write two: both are read.
    Tag.SOURCE_TELEMATICS_ID: TlvShape(kind=TlvKind.INTEGER, least=1, most=2),
    Tag.QOS_TIME_TO_LIVE: _FOUR,
    Tag.PAYLOAD_TYPE: _ONE,
    Tag.ADDITIONAL_STATUS_INFO_TEXT: _text(256),
    Tag.RECEIPTED_MESSAGE_ID: _text(65),
    Tag.MS_MSG_WAIT_FACILITIES: _ONE,
    Tag.PRIVACY_INDICATOR: _ONE,
    Tag.SOURCE_SUBADDRESS: _octets(2, 23),
    Tag.DEST_SUBADDRESS: _octets(2, 23),
    Tag.USER_MESSAGE_REFERENCE: _TWO,
    Tag.USER_RESPONSE_CODE: _ONE,
    Tag.SOURCE_PORT: _TWO,
    Tag.DESTINATION_PORT: _TWO,
    Tag.SAR_MSG_REF_NUM: _TWO,
    Tag.LANGUAGE_INDICATOR: _ONE,
    Tag.SAR_TOTAL_SEGMENTS: _ONE,
    Tag.SAR_SEGMENT_SEQNUM: _ONE,
    Tag.SC_INTERFACE_VERSION: _ONE,
    Tag.CALLBACK_NUM_PRES_IND: _integer(1, repeatable=True),
    Tag.CALLBACK_NUM_ATAG: _octets(0, 65, repeatable=True),
    Tag.NUMBER_OF_MESSAGES: _ONE,
    Tag.CALLBACK_NUM: _octets(4, 19, repeatable=True),
    Tag.DPF_RESULT: _ONE,
    Tag.SET_DPF: _ONE,
    Tag.MS_AVAILABILITY_STATUS: _ONE,
    Tag.NETWORK_ERROR_CODE: _octets(3, 3),
    Tag.MESSAGE_PAYLOAD: _octets(0, _MOST),
    Tag.DELIVERY_FAILURE_REASON: _ONE,
    Tag.MORE_MESSAGES_TO_SEND: _ONE,
    Tag.MESSAGE_STATE: _ONE,
    Tag.CONGESTION_STATE: _integer(1, since=0x50),
    Tag.USSD_SERVICE_OP: _octets(1, 1),
    Tag.BROADCAST_CHANNEL_INDICATOR: _integer(1, since=0x50),
    Tag.BROADCAST_CONTENT_TYPE: _octets(3, 3, since=0x50),
    Tag.BROADCAST_CONTENT_TYPE_INFO: _octets(1, 255, since=0x50),
    Tag.BROADCAST_MESSAGE_CLASS: _integer(1, since=0x50),
    Tag.BROADCAST_REP_NUM: _integer(2, since=0x50),
    Tag.BROADCAST_FREQUENCY_INTERVAL: _octets(3, 3, since=0x50),
    Tag.BROADCAST_AREA_IDENTIFIER: _octets(1, _MOST, since=0x50, repeatable=True),
    Tag.BROADCAST_ERROR_STATUS: _integer(4, since=0x50, repeatable=True),
    Tag.BROADCAST_AREA_SUCCESS: _integer(1, since=0x50, repeatable=True),
    Tag.BROADCAST_END_TIME: _octets(16, 17, since=0x50),
    Tag.BROADCAST_SERVICE_GROUP: _octets(1, 255, since=0x50),
    Tag.BILLING_IDENTIFICATION: _octets(1, 1024, since=0x50),
    Tag.SOURCE_NETWORK_ID: _text(65, since=0x50),
    Tag.DEST_NETWORK_ID: _text(65, since=0x50),
    Tag.SOURCE_NODE_ID: _octets(6, 6, since=0x50),
    Tag.DEST_NODE_ID: _octets(6, 6, since=0x50),
    Tag.DEST_ADDR_NP_RESOLUTION: _integer(1, since=0x50),
    Tag.DEST_ADDR_NP_INFORMATION: _octets(10, 10, since=0x50),
    Tag.DEST_ADDR_NP_COUNTRY: _octets(1, 5, since=0x50),
    Tag.DISPLAY_TIME: _ONE,
    Tag.SMS_SIGNAL: _TWO,
    Tag.MS_VALIDITY: TlvShape(kind=TlvKind.OCTETS, least=1, most=4),
    Tag.ALERT_ON_MESSAGE_DELIVERY: TlvShape(kind=TlvKind.INTEGER, least=0, most=1),
    Tag.ITS_REPLY_TYPE: _ONE,
    Tag.ITS_SESSION_INFO: _octets(2, 2),
}


def tlv(tag: int, value: int | str | bytes) -> Tlv:
    """One TLV in its strict outgoing shape: integers at full width, text with its NUL.

    Raises `LocalProtocolError` when the value does not fit, or is no octets for a tag not in the table.
    """
    shape = _SHAPES.get(tag)
    if shape is None:
        if isinstance(value, bytes):
            return (tag, value)
        raise LocalProtocolError(f"TLV 0x{tag:04X} is not in the table: give its octets")
    octets = _value_octets(tag, shape, value)
    if not shape.least <= len(octets) <= shape.most:
        raise LocalProtocolError(
            f"TLV 0x{tag:04X} takes {shape.least} to {shape.most} octets, not {len(octets)}"
        )
    return (int(tag), octets)


def _value_octets(tag: int, shape: TlvShape, value: int | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        if isinstance(value, int) and shape.kind is TlvKind.INTEGER:
            return value.to_bytes(shape.most, "big")
        if isinstance(value, str) and shape.kind is TlvKind.C_STRING and "\0" not in value:
            return value.encode("latin-1") + b"\0"
    except (OverflowError, UnicodeEncodeError):
        pass
    raise LocalProtocolError(f"TLV 0x{tag:04X} cannot carry {value!r}")


_SHAPES: Final[dict[int, TlvShape]] = {int(tag): shape for tag, shape in TLV_SHAPES.items()}


def find_tlv(tlvs: Iterable[Tlv], tag: int) -> bytes | None:
    """The octets of the first TLV with this tag, or None."""
    for found, value in tlvs:
        if found == tag:
            return value
    return None


def tlv_int(tlvs: Iterable[Tlv], tag: int) -> int | None:
    """The first TLV with this tag as an unsigned integer of whatever width came; None if absent or empty."""
    value = find_tlv(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def tlv_text(tlvs: Iterable[Tlv], tag: int) -> str | None:
    """The first TLV with this tag as Latin-1 text up to its NUL, which may be missing; None if absent."""
    value = find_tlv(tlvs, tag)
    return None if value is None else value.split(b"\0", 1)[0].decode("latin-1")


def pack_tlvs(tlvs: Iterable[Tlv]) -> bytes:
    """The octets of TLVs in their order. Raises `LocalProtocolError` beyond 65,535 octets or tags."""
    try:
        return b"".join([_HEAD.pack(tag, len(value)) + value for tag, value in tlvs])
    except struct.error as error:
        raise LocalProtocolError("a TLV is a tag and at most 65,535 octets") from error


def unpack_tlvs(octets: bytes, start: int, *, strict: bool) -> Tlvs:
    """All TLVs from `start` to the end. Trailing NULs are ignored (seen after short_message).

    Other octets that are no whole TLV raise `AnswerableError` RINVOPTPARSTREAM when `strict`; else
    what was read so far is returned, for responses, which nobody can answer.
    """
    found: list[Tlv] = []
    end = len(octets.rstrip(b"\0"))
    whole = len(octets)
    while start < end:
        if whole - start < 4:
            break
        tag, length = _HEAD.unpack_from(octets, start)
        after = start + 4 + length
        if after > whole:
            break
        found.append((tag, octets[start + 4 : after]))
        start = after
    if strict and start < end:
        raise AnswerableError(
            "the octets after the body are no TLV", command_status=CommandStatus.RINVOPTPARSTREAM
        )
    while found and found[-1] == _PADDING:
        found.pop()
    return tuple(found)
