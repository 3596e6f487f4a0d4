"""What a PDU body is made of, and how a table of fields becomes a reader and a writer. A field is declared
once, as the annotation of a PDU's attribute; from that one table come both directions and the docs.
Nothing here knows a particular PDU, and nothing raises outside the error tree.

Speed: a body is read as runs. A run is some octets, then C-octet strings each followed by some octets;
it is read with one `index` and one slice per string, and written by one `%` formatting and one Latin-1
encoding, which maps the code points 0-255 onto octets of the same value.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from heliograph.smpp._errors import AnswerableError, LocalProtocolError
from heliograph.smpp._status import CommandStatus

__all__ = [
    "CString",
    "Destination",
    "Destinations",
    "Field",
    "Octet",
    "ShortMessage",
    "Unsuccessful",
    "UnsuccessfulList",
    "body_reader",
    "body_writer",
]

MAX_SHORT_MESSAGE_OCTETS: Final = (
    255  # 5.0; 3.4 says 254, and every peer reads what the length says
)
_LENGTH_ERROR: Final = CommandStatus.RINVCMDLEN


class CString(msgspec.Struct, frozen=True):
    """A C-octet string of at most `size` octets with its NUL, held as Latin-1 text.

    Outgoing text keeps to `size`; incoming text may take `accept` octets, because passwords longer
    than the specification's are in use. `status` answers a longer one.
    """

    size: int
    status: int = CommandStatus.RINVPARLEN
    accept: int = 0


class Octet(msgspec.Struct, frozen=True):
    """One unsigned octet."""


class ShortMessage(msgspec.Struct, frozen=True):
    """sm_length and that many octets of short_message, held as bytes."""


class Destinations(msgspec.Struct, frozen=True):
    """number_of_dests and the destinations of submit_multi."""


class UnsuccessfulList(msgspec.Struct, frozen=True):
    """no_unsuccess and the refused destinations of submit_multi_resp."""


Field = CString | Octet | ShortMessage | Destinations | UnsuccessfulList


class Destination(msgspec.Struct, frozen=True, gc=False):
    """One destination of submit_multi: an SME address, or a distribution list when `dl_name` is set."""

    addr_ton: int = 0
    addr_npi: int = 0
    destination_addr: str = ""
    dl_name: str = ""


class Unsuccessful(msgspec.Struct, frozen=True, gc=False):
    """One destination that submit_multi_resp refuses, with its command_status."""

    addr_ton: int
    addr_npi: int
    destination_addr: str
    error_status_code: int


# octets, the same as Latin-1 text, position, values so far -> position after
_Read = Callable[[bytes, str, int, list[object]], int]
# values of the step's fields -> octets
_Write = Callable[[Sequence[object]], bytes]
Reader = Callable[[bytes, int, list[object]], int]
Writer = Callable[[Sequence[object]], bytes]

_DESTINATION: Final = CString(21, CommandStatus.RINVDSTADR)
_DL_NAME: Final = CString(21, CommandStatus.RINVDLNAME)


def _cut(text: str, position: int, field: CString) -> tuple[str, int]:
    """The C string at `position` and where the next field begins."""
    end = text.find("\0", position)
    if end < 0:
        raise AnswerableError("a C string has no end", command_status=_LENGTH_ERROR)
    if end - position >= (field.accept or field.size):
        raise AnswerableError("a C string is too long", command_status=field.status)
    return text[position:end], end + 1


def _check(value: object, field: CString) -> str:
    if not isinstance(value, str) or len(value) >= field.size or "\0" in value:
        raise LocalProtocolError(
            f"{value!r} is no text without NUL of at most {field.size - 1} octets"
        )
    return value


def _read_run(lead: int, strings: Sequence[tuple[CString, int]]) -> _Read:
    """A reader of `lead` octets, then of C strings each followed by so many octets."""
    plan = [(field.accept or field.size, field, octets) for field, octets in strings]

    def read(octets: bytes, text: str, position: int, values: list[object]) -> int:
        if lead:
            values += octets[position : position + lead]
            position += lead
        for size, field, following in plan:
            # Most strings are empty and need no search.
            if text[position] == "\0":
                values.append("")
                position += 1
            else:
                end = text.find("\0", position)
                if not 0 <= end - position < size:
                    _cut(text, position, field)  # tells which of the two it is
                values.append(text[position:end])
                position = end + 1
            if following:
                end = position + following
                values += octets[position:end]
                position = end
        if position > len(octets):
            raise AnswerableError("the body ends within a field", command_status=_LENGTH_ERROR)
        return position

    return read


def _write_run(
    lead: int, strings: Sequence[tuple[CString, int]], *, with_message: bool = False
) -> _Write:
    """The inverse of `_read_run`: one formatting, then one encoding. `with_message` takes one value more,
    the short_message that ends the body, and formats its length with the rest.
    """
    pattern = "%c" * lead + "".join("%s\0" + "%c" * octets for _, octets in strings)
    checks: list[tuple[int, int, CString]] = []
    index = lead
    for field, octets in strings:
        checks.append((index, field.size, field))
        index += 1 + octets
    empty = ""

    def write(values: Sequence[object]) -> bytes:
        try:
            for place, size, field in checks:
                value = values[place]
                # The empty string is one object, so most strings are checked by identity alone.
                if value is not empty and (len(value) >= size or "\0" in value):  # type: ignore[arg-type,operator]
                    _check(value, field)
            if not with_message:
                return (pattern % values).encode("latin-1")
            message = _short_message(values[-1])
            return (pattern % (*values[:-1], len(message))).encode("latin-1") + message
        except (TypeError, ValueError, OverflowError) as error:
            raise LocalProtocolError(f"a field does not fit: {error}") from error

    if with_message:
        pattern += "%c"
    return write


def _read_short_message(octets: bytes, text: str, position: int, values: list[object]) -> int:
    del text
    if position >= len(octets):
        raise AnswerableError("sm_length is missing", command_status=_LENGTH_ERROR)
    end = position + 1 + octets[position]
    if end > len(octets):
        raise AnswerableError(
            "sm_length is longer than the PDU", command_status=CommandStatus.RINVMSGLEN
        )
    values.append(octets[position + 1 : end])
    return end


def _short_message(message: object) -> bytes:
    if not isinstance(message, bytes) or len(message) > MAX_SHORT_MESSAGE_OCTETS:
        raise LocalProtocolError("short_message is at most 255 octets; use message_payload")
    return message


def _write_short_message(values: Sequence[object]) -> bytes:
    message = _short_message(values[0])
    return bytes((len(message),)) + message


def _octets_at(octets: bytes, position: int, count: int) -> bytes:
    found = octets[position : position + count]
    if len(found) < count:
        raise AnswerableError("the body ends within a list", command_status=_LENGTH_ERROR)
    return found


def _read_destinations(octets: bytes, text: str, position: int, values: list[object]) -> int:
    (count,) = _octets_at(octets, position, 1)
    position += 1
    found: list[Destination] = []
    for _ in range(count):
        (flag,) = _octets_at(octets, position, 1)
        position += 1
        if flag == 1:
            ton, npi = _octets_at(octets, position, 2)
            address, position = _cut(text, position + 2, _DESTINATION)
            found.append(Destination(ton, npi, address))
        elif flag == 2:
            name, position = _cut(text, position, _DL_NAME)
            found.append(Destination(dl_name=name))
        else:
            raise AnswerableError(
                "dest_flag is neither 1 nor 2", command_status=CommandStatus.RINVDESTFLAG
            )
    values.append(tuple(found))
    return position


def _write_destinations(values: Sequence[object]) -> bytes:
    found = values[0]
    if not isinstance(found, tuple) or len(found) > 255:
        raise LocalProtocolError("submit_multi takes at most 255 destinations")
    return bytes((len(found),)) + b"".join([_destination(one) for one in found])


def _destination(one: Destination) -> bytes:
    try:
        if one.dl_name:
            return b"\2" + _check(one.dl_name, _DL_NAME).encode("latin-1") + b"\0"
        address = _check(one.destination_addr, _DESTINATION).encode("latin-1")
        return bytes((1, one.addr_ton, one.addr_npi)) + address + b"\0"
    except ValueError as error:
        raise LocalProtocolError(f"a destination does not fit: {error}") from error


def _read_unsuccessful(octets: bytes, text: str, position: int, values: list[object]) -> int:
    (count,) = _octets_at(octets, position, 1)
    position += 1
    found: list[Unsuccessful] = []
    for _ in range(count):
        ton, npi = _octets_at(octets, position, 2)
        address, position = _cut(text, position + 2, _DESTINATION)
        status = int.from_bytes(_octets_at(octets, position, 4), "big")
        position += 4
        found.append(Unsuccessful(ton, npi, address, status))
    values.append(tuple(found))
    return position


def _write_unsuccessful(values: Sequence[object]) -> bytes:
    found = values[0]
    if not isinstance(found, tuple) or len(found) > 255:
        raise LocalProtocolError("submit_multi_resp takes at most 255 refused destinations")
    return bytes((len(found),)) + b"".join([_unsuccessful(one) for one in found])


def _unsuccessful(one: Unsuccessful) -> bytes:
    address = _check(one.destination_addr, _DESTINATION)
    try:
        head = bytes((one.addr_ton, one.addr_npi)) + address.encode("latin-1")
        return head + struct.pack(">xI", one.error_status_code)
    except (ValueError, struct.error) as error:
        raise LocalProtocolError(f"a refused destination does not fit: {error}") from error


_LISTS: Final[dict[type[Field], tuple[_Read, _Write]]] = {
    ShortMessage: (_read_short_message, _write_short_message),
    Destinations: (_read_destinations, _write_destinations),
    UnsuccessfulList: (_read_unsuccessful, _write_unsuccessful),
}


def _run(fields: Sequence[Field]) -> tuple[int, list[tuple[CString, int]]]:
    """The strings and octets that `fields` begin with: leading octets, and strings with the octets after."""
    lead = 0
    strings: list[tuple[CString, int]] = []
    for field in fields:
        if isinstance(field, CString):
            strings.append((field, 0))
        elif not isinstance(field, Octet):
            break
        elif strings:
            strings[-1] = (strings[-1][0], strings[-1][1] + 1)
        else:
            lead += 1
    return lead, strings


def _steps(fields: Sequence[Field]) -> list[tuple[int, _Read, _Write]]:
    """The table cut into steps: (number of fields, reader, writer)."""
    steps: list[tuple[int, _Read, _Write]] = []
    index = 0
    while index < len(fields):
        kind = type(fields[index])
        if kind in _LISTS:
            steps.append((1, *_LISTS[kind]))
            index += 1
            continue
        lead, strings = _run(fields[index:])
        count = lead + sum(1 + octets for _, octets in strings)
        steps.append((count, _read_run(lead, strings), _write_run(lead, strings)))
        index += count
    return steps


def body_reader(fields: Sequence[Field]) -> Reader:
    """A function (octets, start, values) that appends the values of `fields` and returns the position
    after them. It raises `AnswerableError` (without header) for octets that do not fit the table.
    """
    readers = [read for _, read, _ in _steps(fields)]

    def read_body(octets: bytes, position: int, values: list[object]) -> int:
        text = octets.decode("latin-1")
        try:
            for read in readers:
                position = read(octets, text, position, values)
        except IndexError:
            raise AnswerableError(
                "the body ends before its fields", command_status=_LENGTH_ERROR
            ) from None
        return position

    return read_body


def body_writer(fields: Sequence[Field]) -> Writer:
    """The inverse: from the values of `fields`, a tuple in their order, to a PDU body.

    It raises `LocalProtocolError` for a value that its field cannot carry.
    """
    steps = _steps(fields)
    if len(steps) == 1:
        return steps[0][2]
    if len(steps) == 2 and steps[1][2] is _write_short_message:
        return _write_run(*_run(fields), with_message=True)

    def write_body(values: Sequence[object]) -> bytes:
        start = 0
        parts: list[bytes] = []
        for count, _, write in steps:
            parts.append(write(values[start : start + count]))
            start += count
        return b"".join(parts)

    return write_body
