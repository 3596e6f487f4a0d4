"""How much fits in one short message, and where a longer one is cut (3GPP TS 23.040, clauses
9.2.3.16 and 9.2.3.24.1). All figures follow from 140 octets less the header; a cut must never come
between ESC and its code or between two surrogates.
"""

from enum import StrEnum
from functools import cache
from typing import Final

USER_DATA_OCTETS: Final = 140
_SHIFT_ELEMENT_OCTETS: Final = 3
_ESC: Final = 0x1B


class Encoding(StrEnum):
    """How a text travels. The values are the names the API shows."""

    GSM7 = "gsm7"
    GSM7_NATIONAL = "gsm7-national"
    UCS2 = "ucs2"
    BINARY = "binary"


def udh_octets(
    *, concatenated: bool, wide_reference: bool = False, locking: int = 0, single: int = 0
) -> int:
    """Octets of the header a part needs, the length octet included; 0 if it needs none."""
    elements = _SHIFT_ELEMENT_OCTETS * (bool(locking) + bool(single))
    if concatenated:
        elements += 6 if wide_reference else 5
    return elements + 1 if elements else 0


def unit_capacity(encoding: Encoding, header_octets: int) -> int:
    """Units beside a header of that size: septets, UTF-16 code units or octets, by encoding."""
    octets = USER_DATA_OCTETS - header_octets
    match encoding:
        case Encoding.GSM7 | Encoding.GSM7_NATIONAL:
            return octets * 8 // 7
        case Encoding.UCS2:
            return octets // 2
        case Encoding.BINARY:
            return octets


@cache
def limits(encoding: Encoding, wide_reference: bool, locking: int, single: int) -> tuple[int, int]:
    """Units in the only part, and in each of several."""
    alone = udh_octets(concatenated=False, locking=locking, single=single)
    of_several = udh_octets(
        concatenated=True, wide_reference=wide_reference, locking=locking, single=single
    )
    return unit_capacity(encoding, alone), unit_capacity(encoding, of_several)


def cut(body: bytes, encoding: Encoding, alone: int, of_several: int) -> list[int]:
    """Octet positions in `body` where each part ends, the last one included.

    `body` is unpacked GSM octets, UTF-16BE or raw; the limits are in units, as from `limits`.
    """
    width = 2 if encoding is Encoding.UCS2 else 1
    total = len(body)
    if total <= alone * width:
        return [total]
    step = of_several * width
    ends = []
    end = 0
    while total - end > step:
        end += step
        end -= _overhang(body, end, encoding)
        ends.append(end)
    ends.append(total)
    return ends


def _overhang(body: bytes, end: int, encoding: Encoding) -> int:
    """Octets before `end` that belong with the ones after it."""
    match encoding:
        case Encoding.GSM7 | Encoding.GSM7_NATIONAL:
            return 1 if body[end - 1] == _ESC else 0
        case Encoding.UCS2:
            return 2 if 0xD8 <= body[end - 2] <= 0xDB else 0
        case Encoding.BINARY:
            return 0
