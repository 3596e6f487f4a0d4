"""A text or octets to the parts that travel, and the parts back. A part is complete in itself: its
header, and a body that ends on a character. Joining puts octets together before reading them, because
other senders cut through ESC pairs and surrogates; it must never decode part by part.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from heliograph.text._capacity import Encoding, cut, limits
from heliograph.text._choice import Choice
from heliograph.text._errors import TextError, TooManyPartsError
from heliograph.text._gsm7 import decode_gsm7, encode_gsm7
from heliograph.text._smart import plain
from heliograph.text._ucs2 import decode_ucs2, encode_ucs2
from heliograph.text._udh import (
    Concatenation,
    Element,
    LockingShift,
    SingleShift,
    build_udh,
    parse_udh,
    split_udh,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One short message: `udh` with its length octet (or empty), `body` in `encoding`.

    The body is unpacked GSM octets, UTF-16BE or raw octets. `index` counts from 1 to `total`.
    """

    udh: bytes
    body: bytes
    encoding: Encoding
    index: int
    total: int

    @property
    def user_data(self) -> bytes:
        """What goes into short_message, with UDHI set if there is a `udh`."""
        return self.udh + self.body


def segment(
    content: str | bytes, choice: Choice, *, reference: int, wide_reference: bool = False
) -> list[Segment]:
    """`content` cut into parts as `choice` says.

    `reference` is 0 to 255, or 0 to 65535 with `wide_reference`, and is used only if there are
    several parts. Raises UnencodableError if the choice was made for another text, TextError if it
    was made for the other type, TooManyPartsError above 255 parts, UdhError for the reference.
    """
    body = _encoded(content, choice)
    alone, of_several = limits(choice.encoding, wide_reference, choice.locking, choice.single)
    ends = cut(body, choice.encoding, alone, of_several)
    total = len(ends)
    if total > 255:
        raise TooManyPartsError(total)
    shifts = _shifts(choice)
    if total == 1:
        return [_part(build_udh(shifts) if shifts else b"", body, choice.encoding, 1, 1)]
    first = Concatenation(reference=reference, total=total, sequence=1, wide=wide_reference)
    header = bytearray(build_udh((first, *shifts)))
    sequence_at = 6 if wide_reference else 5
    parts = []
    start = 0
    for index, end in enumerate(ends, 1):
        header[sequence_at] = index
        parts.append(_part(bytes(header), body[start:end], choice.encoding, index, total))
        start = end
    return parts


def _part(udh: bytes, body: bytes, encoding: Encoding, index: int, total: int) -> Segment:
    return Segment(udh=udh, body=body, encoding=encoding, index=index, total=total)


def _encoded(content: str | bytes, choice: Choice) -> bytes:
    if isinstance(content, bytes):
        if choice.encoding is not Encoding.BINARY:
            raise TextError(f"octets cannot be sent as {choice.encoding}")
        return content
    if choice.encoding is Encoding.BINARY:
        raise TextError("a text cannot be sent as binary")
    text = plain(content) if choice.replaced else content
    if choice.encoding is Encoding.UCS2:
        return encode_ucs2(text)
    return encode_gsm7(text, locking=choice.locking, single=choice.single)


def _shifts(choice: Choice) -> tuple[Element, ...]:
    elements: list[Element] = []
    if choice.single:
        elements.append(SingleShift(language=choice.single))
    if choice.locking:
        elements.append(LockingShift(language=choice.locking))
    return tuple(elements)


def read_segment(user_data: bytes, encoding: Encoding, *, has_udh: bool) -> Segment:
    """A received short_message as a segment; `has_udh` is the UDHI bit.

    GSM7 with a shift element becomes `gsm7-national`. Raises UdhError for a broken header.
    """
    if not has_udh:
        return _part(b"", user_data, encoding, 1, 1)
    udh, body = split_udh(user_data)
    if encoding is Encoding.GSM7 and (udh.locking or udh.single):
        encoding = Encoding.GSM7_NATIONAL
    place = udh.concatenation
    header = user_data[: len(user_data) - len(body)]
    if place is None:
        return _part(header, body, encoding, 1, 1)
    return _part(header, body, encoding, place.sequence, place.total)


def join(segments: Iterable[Segment]) -> str | bytes:
    """The whole message from all its parts, in any order; a repeated part counts once.

    Octets for binary, else text, read tolerantly. Raises TextError when a part is missing or the
    parts are not of one message, UdhError for a broken header.
    """
    parts = {part.index: part for part in segments}
    ordered = [parts[index] for index in sorted(parts)]
    if not ordered or len({part.total for part in ordered}) > 1:
        raise TextError("the parts are not of one message")
    missing = sorted(set(range(1, ordered[0].total + 1)) - set(parts))
    if missing or len(ordered) > ordered[0].total:
        raise TextError(f"{len(ordered)} parts of {ordered[0].total}, missing {missing}")
    binary = [part.encoding is Encoding.BINARY for part in ordered]
    if any(binary):
        if not all(binary):
            raise TextError("a message cannot be partly text and partly binary")
        return b"".join(part.body for part in ordered)
    return "".join(
        _decoded(b"".join(part.body for part in run), alphabet)
        for alphabet, run in groupby(ordered, _reading)
    )


def _reading(part: Segment) -> tuple[bool, int, int]:
    """How a body reads: as UCS2 or not, and the shift tables. Neighbours that agree are joined."""
    if part.encoding is not Encoding.GSM7_NATIONAL:
        return part.encoding is Encoding.UCS2, 0, 0
    udh = parse_udh(part.udh)
    return False, udh.locking, udh.single


def _decoded(octets: bytes, reading: tuple[bool, int, int]) -> str:
    ucs2, locking, single = reading
    if ucs2:
        return decode_ucs2(octets, tolerant=True)
    return decode_gsm7(octets, locking=locking, single=single)
