"""Characters to GSM 7-bit codes and back (3GPP TS 23.038, clause 6.2.1), one code per octet as SMPP
carries them, under any pair of national shift tables. Decoding is total: whatever a sender wrote is
shown. Encoding must never substitute: a character that is not there is an error with its place.

One 256-entry character map serves both tables: the low half is the default or locking table, the
high half the extension or single shift table. One C call then tells whether a text fits, and an
ASCII result tells that it has no escapes. That form is called *compact* here and never leaves the
room. Code 0 moves to the unused place of ESC, since CPython builds its fast map only when entry 0 is
NUL.
"""

import codecs
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from heliograph.text._errors import TextError, UnencodableError
from heliograph.text._national import DEFAULT, ESC, EXTENSION, GAP, LOCKING, SINGLE

if TYPE_CHECKING:
    from _codecs import _EncodingMap

_UNKNOWN: Final = "\ufffd"
_ESCAPED: Final = re.compile(rb"\x1b(.?)", re.DOTALL)
_SHIFTED: Final = re.compile(rb"[\x80-\xff]")
_ONE_SEPTET: Final = bytes(range(128))
_PAIRS: Final = tuple(bytes((ESC, code)) for code in range(128))


@dataclass(frozen=True, kw_only=True, slots=True)
class Alphabet:
    """A base table and a shift table, prepared for both directions."""

    name: str
    compact: "dict[int, int] | _EncodingMap"
    base: str
    shifted: tuple[str, ...]


@cache
def alphabet(locking: int, single: int) -> Alphabet:
    """The alphabet of two national language identifiers, 0 meaning the default table.

    Raises TextError for an identifier that has no such table.
    """
    if locking and locking not in LOCKING:
        raise TextError(f"there is no locking shift table for language {locking}")
    if single and single not in SINGLE:
        raise TextError(f"there is no single shift table for language {single}")
    base = LOCKING[locking] if locking else DEFAULT
    shift = SINGLE[single] if single else EXTENSION
    return Alphabet(
        name=f"GSM7 (locking {locking}, single {single})" if locking or single else "GSM7",
        compact=codecs.charmap_build(_compact_table(base, shift)),
        base=base.replace(GAP, _UNKNOWN) + _UNKNOWN * 128,
        shifted=_shift_display(base, shift),
    )


def _compact_table(base: str, shift: str) -> str:
    """256 characters, each one once: where both tables have it, the base table is shorter."""
    low = "\0" + base[1:ESC] + base[0] + base[ESC + 1 :]
    seen = set(low)
    high = []
    for character in shift:
        high.append(GAP if character in seen else character)
        seen.add(character)
    return low + "".join(high)


def _shift_display(base: str, shift: str) -> tuple[str, ...]:
    """What each octet after an ESC shows.

    Clause 6.2.1.1: a code without a character shows the one of the base table, and ESC ESC, reserved
    for another table, shows a space.
    """
    shown = [s if s != GAP else b for s, b in zip(shift, base, strict=True)]
    shown[ESC] = " "
    return tuple(c.replace(GAP, _UNKNOWN) for c in shown) + (_UNKNOWN,) * 128


DEFAULT_ALPHABET: Final = alphabet(0, 0)


def attempt(text: str, letters: Alphabet) -> bytes | int:
    """The compact form: one octet per character, the high bit set where it needs ESC.

    Or the position of the first character that is not there: most texts outside GSM7 are found out
    here, where building our own exception would cost more than the look.
    """
    try:
        coded = codecs.charmap_encode(text, "strict", letters.compact)[0]
    except UnicodeEncodeError as error:
        return min(error.start, text.find("\0") % (len(text) + 1))
    return coded.index(0) if 0 in coded else coded


def compact(text: str, letters: Alphabet) -> bytes:
    """The compact form. Raises UnencodableError."""
    coded = attempt(text, letters)
    if isinstance(coded, int):
        raise UnencodableError(text[coded], coded, letters.name)
    return coded


def septets(coded: bytes) -> int:
    """The length of the compact form once expanded."""
    if coded.isascii():
        return len(coded)
    return len(coded) + len(coded.translate(None, _ONE_SEPTET))


def expand(coded: bytes) -> bytes:
    """The compact form as codes: code 0 back in its place, and ESC pairs written out."""
    octets = coded.replace(b"\x1b", b"\0")
    if octets.isascii():
        return octets
    return _SHIFTED.sub(lambda found: _PAIRS[found[0][0] & 0x7F], octets)


def encode_gsm7(text: str, *, locking: int = 0, single: int = 0) -> bytes:
    """`text` as unpacked GSM 7-bit octets (values 0 to 127, an extension character as ESC and code).

    `locking` and `single` are national language identifiers, 0 for the default tables. Raises
    UnencodableError with the first offending character and its position, TextError for a language
    without such a table.
    """
    return expand(compact(text, alphabet(locking, single)))


def decode_gsm7(octets: bytes, *, locking: int = 0, single: int = 0) -> str:
    """The text of unpacked GSM 7-bit octets; never raises.

    A language without a table reads as the default one. An unknown ESC pair shows the
    base table's character, a lone ESC at the end a space, and a code that stands for nothing, or an
    octet above 7F, U+FFFD.
    """
    letters = alphabet(
        locking if locking in LOCKING else 0,
        single if single in SINGLE else 0,
    )
    if ESC not in octets:
        return codecs.charmap_decode(octets, "strict", letters.base)[0]
    pieces = []
    plain = True
    for piece in _ESCAPED.split(octets):
        if plain:
            pieces.append(codecs.charmap_decode(piece, "strict", letters.base)[0])
        else:
            pieces.append(letters.shifted[piece[0]] if piece else " ")
        plain = not plain
    return "".join(pieces)


_NON_GSM: Final = re.compile(
    f"[^{re.escape(DEFAULT.replace(GAP, '') + EXTENSION.replace(GAP, ''))}]"
)


def non_gsm_characters(text: str, *, limit: int = 10) -> tuple[str, ...]:
    """The distinct characters that keep `text` out of plain GSM7, in order, at most `limit`."""
    found: dict[str, None] = {}
    for match in _NON_GSM.finditer(text):
        found[match[0]] = None
        if len(found) >= limit:
            break
    return tuple(found)
