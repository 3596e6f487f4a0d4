"""Seven-bit codes packed into octets (3GPP TS 23.038, clause 6.1.2.1) and back, for peers that want
TP-User-Data rather than SMPP's one code per octet. It knows bits only: it must never look at what a
code means.
"""

from typing import Final

from heliograph.text._errors import TextError

_BITS: Final = tuple(f"{code:07b}" for code in range(128))


def fill_bits(udh_octets: int) -> int:
    """Zero bits between a header of that many octets (its length octet too) and the first code."""
    return -udh_octets * 8 % 7


def pack_septets(octets: bytes, *, fill_bits: int = 0) -> bytes:
    """Unpacked codes (0 to 127 each) as packed octets, after `fill_bits` zero bits.

    Raises TextError for an octet above 7F.
    """
    if not octets.isascii():
        raise TextError("an octet above 7F is not a 7-bit code")
    if not octets:
        return b""
    value = int("".join(map(_BITS.__getitem__, reversed(octets))), 2)
    octet_count = (len(octets) * 7 + fill_bits + 7) // 8
    return (value << fill_bits).to_bytes(octet_count, "little")


def unpack_septets(packed: bytes, *, septets: int | None = None, fill_bits: int = 0) -> bytes:
    """Packed octets as unpacked codes, skipping `fill_bits`.

    `septets` is the number of codes, which the octets alone do not tell when seven bits are left
    over; without it all that fit are read. Raises TextError when there are fewer.
    """
    available = max(0, (len(packed) * 8 - fill_bits) // 7)
    count = available if septets is None else septets
    if not 0 <= count <= available:
        raise TextError(f"{len(packed)} octets hold {available} septets, not {count}")
    if not count:
        return b""
    bits = f"{int.from_bytes(packed, 'little') >> fill_bits:0{count * 7}b}"
    end = len(bits)
    return bytes(int(bits[end - 7 * n - 7 : end - 7 * n], 2) for n in range(count))
