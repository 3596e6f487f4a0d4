"""Octets to PDUs and back: the header of four integers, the cutting of a stream into whole PDUs, and the
choice of reader and writer by command_id. It never keeps more octets than one PDU of the largest length
allowed plus what was handed in last, and it never raises outside the error tree.
"""

import struct
from collections.abc import Callable
from typing import Final

import msgspec

from heliograph.smpp._errors import (
    AnswerableError,
    FatalError,
    LocalProtocolError,
    RemoteProtocolError,
)
from heliograph.smpp._fields import CString, Reader, Writer, body_reader, body_writer
from heliograph.smpp._pdus import PDUS, Pdu, Response, field_table
from heliograph.smpp._status import CommandStatus
from heliograph.smpp._tlvs import Tlvs, pack_tlvs, unpack_tlvs

__all__ = ["DEFAULT_MAX_PDU_OCTETS", "HEADER_OCTETS", "FrameReader", "decode", "encode"]

HEADER_OCTETS: Final = 16
# npm smpp takes 16,384 and calls anything larger a dead stream; a message_payload may hold 64 K octets.
DEFAULT_MAX_PDU_OCTETS: Final = 16_384 + 65_536
MAX_SEQUENCE_NUMBER: Final = 0x7FFFFFFF

_HEADER: Final = struct.Struct(">IIII")
_LENGTH: Final = struct.Struct(">I")
_NO_TLVS: Final[Tlvs] = ()

_Decode = Callable[[bytes, int, int], Pdu]


def _decoder(kind: type[Pdu]) -> _Decode:
    """The reader of one PDU class: (whole PDU, sequence number, status) -> PDU."""
    fields = tuple(field_table(kind).values())
    read_body: Reader = body_reader(fields)
    build: Callable[..., Pdu] = kind
    if not issubclass(kind, Response):

        def decode_request(octets: bytes, sequence_number: int, status: int) -> Pdu:
            values: list[object] = [sequence_number, status, _NO_TLVS]
            end = read_body(octets, HEADER_OCTETS, values)
            if end != len(octets):
                values[2] = unpack_tlvs(octets, end, strict=True)
            return build(*values)

        return decode_request
    # A response of text only can be empty; one with numbers cannot, unless it tells an error.
    may_be_bare = all(isinstance(field, CString) for field in fields)

    def decode_response(octets: bytes, sequence_number: int, status: int) -> Pdu:
        if len(octets) == HEADER_OCTETS and (status or may_be_bare):
            return build(sequence_number, status, _NO_TLVS, bool(fields))
        values: list[object] = [sequence_number, status, _NO_TLVS, False]
        try:
            end = read_body(octets, HEADER_OCTETS, values)
        except AnswerableError:
            if not status:
                raise
            # Refusals with one NUL or half a body are common; the status is all that counts.
            return build(sequence_number, status)
        if end != len(octets):
            values[2] = unpack_tlvs(octets, end, strict=False)
        return build(*values)

    return decode_response


_DECODERS: Final[dict[int, _Decode]] = {number: _decoder(kind) for number, kind in PDUS.items()}
_WRITERS: Final[dict[type[Pdu], tuple[int, int, Writer | None]]] = {
    kind: (
        number,
        4 if issubclass(kind, Response) else 3,
        body_writer(tuple(field_table(kind).values())) if field_table(kind) else None,
    )
    for number, kind in PDUS.items()
}
_values = msgspec.structs.astuple


def decode(octets: bytes) -> Pdu:
    """One PDU from exactly its octets, header included.

    Raises `FatalError` when command_length is not the number of octets given, and `AnswerableError`,
    carrying the header, when the command is unknown or its body cannot be read.
    """
    if len(octets) < HEADER_OCTETS:
        raise FatalError("no whole header", command_status=CommandStatus.RINVCMDLEN)
    length, command_id, status, sequence_number = _HEADER.unpack_from(octets)
    if length != len(octets):
        raise FatalError(
            f"command_length {length} for {len(octets)} octets",
            command_status=CommandStatus.RINVCMDLEN,
            command_id=command_id,
            sequence_number=sequence_number,
        )
    try:
        return _DECODERS.get(command_id, _unknown)(octets, sequence_number, status)
    except AnswerableError as error:
        error.command_id, error.sequence_number = command_id, sequence_number
        raise


def _unknown(octets: bytes, sequence_number: int, status: int) -> Pdu:
    del sequence_number, status
    raise AnswerableError(
        f"command_id 0x{octets[4:8].hex()} is not known", command_status=CommandStatus.RINVCMDID
    )


def encode(pdu: Pdu, sequence_number: int | None = None, *, bare: bool = False) -> bytes:
    """The octets of a PDU, with another sequence number if one is given; only its header if `bare`.

    Raises `LocalProtocolError` for a value that does not fit its field.
    """
    command_id, skipped, write = _WRITERS[type(pdu)]
    values = _values(pdu)
    body = b""
    if not (bare or (skipped == 4 and values[3])):
        if write is not None:
            body = write(values[skipped:])
        if values[2]:
            body += pack_tlvs(values[2])
    number = values[0] if sequence_number is None else sequence_number
    try:
        return _HEADER.pack(HEADER_OCTETS + len(body), command_id, values[1], number) + body
    except struct.error as error:
        raise LocalProtocolError(f"a header field does not fit: {error}") from error


class FrameReader:
    """Cuts a stream of octets into PDUs, wherever the network cut it."""

    def __init__(self, max_pdu_octets: int = DEFAULT_MAX_PDU_OCTETS) -> None:
        """`max_pdu_octets` caps command_length, and with it the memory of this reader."""
        self._max = max_pdu_octets
        self._rest = b""

    @property
    def waiting_octets(self) -> int:
        """How many octets of a PDU not yet whole are kept."""
        return len(self._rest)

    def feed(self, octets: bytes) -> list[Pdu | RemoteProtocolError]:
        """What became whole with these octets, in order: PDUs, and the errors standing in their places.

        A `FatalError` is the last of the list; what follows it is dropped.
        """
        data = self._rest + octets if self._rest else octets
        found: list[Pdu | RemoteProtocolError] = []
        start, whole = 0, len(data)
        while whole - start >= 4:
            (length,) = _LENGTH.unpack_from(data, start)
            if not HEADER_OCTETS <= length <= self._max:
                found.append(self._lost(data[start : start + HEADER_OCTETS], length))
                return found
            if whole - start < length:
                break
            try:
                found.append(decode(data[start : start + length]))
            except AnswerableError as error:
                found.append(error)
            start += length
        self._rest = data[start:]
        return found

    def _lost(self, header: bytes, length: int) -> FatalError:
        """What is said when command_length is impossible: HTTP spoken to this port reads as 0x47455420."""
        self._rest = b""
        command_id = sequence_number = 0
        if len(header) == HEADER_OCTETS and length > 0:
            _, command_id, _, sequence_number = _HEADER.unpack(header)
        return FatalError(
            f"command_length {length} is outside {HEADER_OCTETS} to {self._max}",
            command_status=CommandStatus.RINVCMDLEN,
            command_id=command_id,
            sequence_number=sequence_number if sequence_number <= MAX_SEQUENCE_NUMBER else 0,
        )
