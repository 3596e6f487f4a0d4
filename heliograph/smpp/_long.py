"""Long messages on the wire: where the octets of a message are, which part of which message they are (user
data header with 8 or 16 bit reference, or sar_* TLVs), and how parts of ours say so. Characters and the
sizes of parts are another library's work: parts are joined as octets first and decoded afterwards,
because some clients split an escape from its character.
"""

from enum import Enum
from typing import Final

import msgspec

from heliograph.smpp._coding import has_udh
from heliograph.smpp._errors import AnswerableError, LocalProtocolError
from heliograph.smpp._pdus import DataSm, DeliverSm, ReplaceSm, SubmitMulti, SubmitSm
from heliograph.smpp._status import CommandStatus
from heliograph.smpp._tlvs import Tag, Tlvs, find_tlv, tlv, tlv_int

__all__ = [
    "Part",
    "PartWidth",
    "concatenation_udh",
    "message_octets",
    "read_part",
    "sar_tlvs",
]

_CONCAT_8: Final = 0x00
_CONCAT_16: Final = 0x08
_EMPTY: Final = b""

Carrier = SubmitSm | DeliverSm | SubmitMulti | ReplaceSm | DataSm


class PartWidth(Enum):
    """How a part told its reference; parts of different kinds never belong together."""

    UDH_8 = "udh8"
    UDH_16 = "udh16"
    SAR = "sar"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a long message: `sequence` is 1 to `total`; 0 is a legal `reference`.

    `udh` is the whole user data header with its length octet, b"" without one; `octets` what follows.
    """

    width: PartWidth
    reference: int
    total: int
    sequence: int
    udh: bytes
    octets: bytes


def message_octets(pdu: Carrier) -> bytes:
    """The octets of the message, user data header included, from short_message or message_payload.

    Raises `AnswerableError` RINVMSGLEN when both have some: the specification forbids it and leaves
    open which one counts.
    """
    short = _EMPTY if isinstance(pdu, DataSm) else pdu.short_message
    payload = find_tlv(pdu.tlvs, Tag.MESSAGE_PAYLOAD) if pdu.tlvs else None
    if not payload:
        return short
    if short:
        raise AnswerableError(
            "short_message and message_payload both carry a message",
            command_status=CommandStatus.RINVMSGLEN,
            command_id=pdu.COMMAND_ID,
            sequence_number=pdu.sequence_number,
        )
    return payload


def read_part(pdu: SubmitSm | DeliverSm | SubmitMulti | DataSm) -> Part | None:
    """Which part of a long message this is, or None for a message on its own.

    The user data header is preferred where sar_* TLVs say something too. A header or TLVs that say
    nothing sensible (total 0 or 1, part beyond the total) make a message on its own.
    Raises `AnswerableError` as `message_octets` does, and RINVESMCLASS for a header that is marked but
    longer than the message.
    """
    marked = has_udh(pdu.esm_class)
    if not marked and not pdu.tlvs:
        return None
    octets = message_octets(pdu)
    udh = _EMPTY
    if marked:
        end = octets[0] + 1 if octets else 1
        if end > len(octets):
            raise AnswerableError(
                "the user data header is longer than the message",
                command_status=CommandStatus.RINVESMCLASS,
                command_id=pdu.COMMAND_ID,
                sequence_number=pdu.sequence_number,
            )
        udh, octets = octets[:end], octets[end:]
    numbers = _udh_numbers(udh) or _sar_numbers(pdu.tlvs)
    if numbers is None:
        return None
    width, reference, total, sequence = numbers
    if total < 2 or not 1 <= sequence <= total:
        return None
    return Part(
        width=width, reference=reference, total=total, sequence=sequence, udh=udh, octets=octets
    )


def _udh_numbers(udh: bytes) -> tuple[PartWidth, int, int, int] | None:
    """The concatenation element of a header; the last one counts (3GPP TS 23.040, 9.2.3.24)."""
    found = None
    position = 1
    while position + 2 <= len(udh):
        kind, length = udh[position], udh[position + 1]
        value = udh[position + 2 : position + 2 + length]
        if kind == _CONCAT_8 and length == 3 == len(value):
            found = (PartWidth.UDH_8, value[0], value[1], value[2])
        elif kind == _CONCAT_16 and length == 4 == len(value):
            reference = int.from_bytes(value[:2], "big")
            found = (PartWidth.UDH_16, reference, value[2], value[3])
        position += 2 + length
    return found


def _sar_numbers(tlvs: Tlvs) -> tuple[PartWidth, int, int, int] | None:
    """All three sar_* TLVs, or nothing."""
    reference = tlv_int(tlvs, Tag.SAR_MSG_REF_NUM)
    total = tlv_int(tlvs, Tag.SAR_TOTAL_SEGMENTS)
    sequence = tlv_int(tlvs, Tag.SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or sequence is None:
        return None
    return PartWidth.SAR, reference, total, sequence


def _check(reference: int, total: int, sequence: int, most: int) -> None:
    if not (0 <= reference <= most and 1 <= sequence <= total <= 255):
        raise LocalProtocolError(
            f"no such part: reference {reference}, {sequence} of {total}, width {most:#x}"
        )


def concatenation_udh(*, reference: int, total: int, sequence: int, wide: bool = False) -> bytes:
    """The user data header of one part, 6 octets with an 8 bit reference or 7 with 16 bits if `wide`.

    Set `EsmClass.UDHI` and put it before the part's octets. Raises `LocalProtocolError` out of range.
    """
    _check(reference, total, sequence, 0xFFFF if wide else 0xFF)
    if wide:
        return bytes((6, 8, 4, reference >> 8, reference & 0xFF, total, sequence))
    return bytes((5, 0, 3, reference, total, sequence))


def sar_tlvs(*, reference: int, total: int, sequence: int) -> Tlvs:
    """The three sar_* TLVs of one part. Never together with a user data header: Kannel refuses both."""
    _check(reference, total, sequence, 0xFFFF)
    return (
        tlv(Tag.SAR_MSG_REF_NUM, reference),
        tlv(Tag.SAR_TOTAL_SEGMENTS, total),
        tlv(Tag.SAR_SEGMENT_SEQNUM, sequence),
    )
