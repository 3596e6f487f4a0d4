"""The user data header (3GPP TS 23.040, clause 9.2.3.24): information elements to octets and back.
It reads every well-formed header to the octet, so an element it does not know, or one whose values
the standard tells a receiver to ignore, is kept as it came; it must never drop one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from heliograph.text._errors import UdhError


@dataclass(frozen=True, kw_only=True, slots=True)
class Concatenation:
    """Part `sequence` (from 1) of `total`; elements 00, or 08 with a `wide` 16-bit reference."""

    reference: int
    total: int
    sequence: int
    wide: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """Application ports; elements 04 (8-bit), or 05 when `wide` (16-bit)."""

    destination: int
    source: int
    wide: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleShift:
    """Element 24: the national language of the single shift table."""

    language: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LockingShift:
    """Element 25: the national language of the locking shift table."""

    language: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherElement:
    """Any other information element, uninterpreted."""

    identifier: int
    data: bytes


Element = Concatenation | Ports | SingleShift | LockingShift | OtherElement
_Known = TypeVar("_Known", Concatenation, Ports, SingleShift, LockingShift)


@dataclass(frozen=True, kw_only=True, slots=True)
class Udh:
    """A header's elements in their order. Of repeated ones the last counts (TS 23.040)."""

    elements: tuple[Element, ...] = ()

    @property
    def concatenation(self) -> Concatenation | None:
        """Where this part belongs, if it is one of several."""
        return self._last(Concatenation)

    @property
    def ports(self) -> Ports | None:
        """The application the message is for, if it names one."""
        return self._last(Ports)

    @property
    def single(self) -> int:
        """Language identifier of the single shift table, 0 if none."""
        shift = self._last(SingleShift)
        return shift.language if shift else 0

    @property
    def locking(self) -> int:
        """Language identifier of the locking shift table, 0 if none."""
        shift = self._last(LockingShift)
        return shift.language if shift else 0

    def _last(self, kind: type[_Known]) -> _Known | None:
        for element in reversed(self.elements):
            if isinstance(element, kind):
                return element
        return None


def build_udh(elements: Iterable[Element]) -> bytes:
    """The header with its length octet first; no elements, no header (an empty string).

    Raises UdhError when a value does not fit, or the elements exceed 255 octets.
    """
    body = b"".join(map(_build_element, elements))
    if len(body) > 255:
        raise UdhError(f"a header of {len(body)} octets; its length must fit one octet")
    return bytes((len(body),)) + body if body else b""


def _build_element(element: Element) -> bytes:
    match element:
        case Concatenation(reference=reference, total=total, sequence=sequence, wide=wide):
            if not 1 <= sequence <= total <= 255:
                raise UdhError(f"part {sequence} of {total} is not a part")
            number = _integer(reference, 2 if wide else 1, "reference")
            return (b"\x08\x04" if wide else b"\x00\x03") + number + bytes((total, sequence))
        case Ports(destination=destination, source=source, wide=wide):
            width = 2 if wide else 1
            ports = _integer(destination, width, "port") + _integer(source, width, "port")
            return (b"\x05\x04" if wide else b"\x04\x02") + ports
        case SingleShift(language=language):
            return b"\x24\x01" + _integer(language, 1, "language")
        case LockingShift(language=language):
            return b"\x25\x01" + _integer(language, 1, "language")
        case OtherElement(identifier=identifier, data=data):
            head = _integer(identifier, 1, "identifier") + _integer(len(data), 1, "length")
            return head + data


def _integer(value: int, octets: int, what: str) -> bytes:
    if not 0 <= value < 1 << 8 * octets:
        raise UdhError(f"{what} {value} does not fit {octets} octet(s)")
    return value.to_bytes(octets, "big")


def split_udh(user_data: bytes) -> tuple[Udh, bytes]:
    """A short_message that begins with a header (UDHI set): the header, and the octets after it.

    Raises UdhError when the header, or an element in it, runs past the end.
    """
    if not user_data:
        raise UdhError("a header was announced and there is none")
    end = user_data[0] + 1
    if len(user_data) < end:
        raise UdhError(f"the header claims {end} octets of {len(user_data)}")
    elements = []
    at = 1
    while at < end:
        start = at + 2
        if start > end or start + user_data[at + 1] > end:
            raise UdhError(f"the element at octet {at} runs past the header")
        at_next = start + user_data[at + 1]
        elements.append(_read_element(user_data[at], user_data[start:at_next]))
        at = at_next
    return Udh(elements=tuple(elements)), user_data[end:]


def parse_udh(octets: bytes) -> Udh:
    """A header alone, its length octet first; an empty string is a header without elements.

    Raises UdhError as `split_udh` does, and for octets after the header.
    """
    if not octets:
        return Udh()
    udh, rest = split_udh(octets)
    if rest:
        raise UdhError(f"{len(rest)} octets follow the header")
    return udh


def _read_element(identifier: int, data: bytes) -> Element:
    match (identifier, *data):
        case (0x00, reference, total, sequence) if 1 <= sequence <= total:
            return Concatenation(reference=reference, total=total, sequence=sequence)
        case (0x08, high, low, total, sequence) if 1 <= sequence <= total:
            reference = high << 8 | low
            return Concatenation(reference=reference, total=total, sequence=sequence, wide=True)
        case (0x04, destination, source):
            return Ports(destination=destination, source=source, wide=False)
        case (0x05, to_high, to_low, from_high, from_low):
            return Ports(destination=to_high << 8 | to_low, source=from_high << 8 | from_low)
        case (0x24, language):
            return SingleShift(language=language)
        case (0x25, language):
            return LockingShift(language=language)
        case _:
            return OtherElement(identifier=identifier, data=data)
