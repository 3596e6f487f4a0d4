"""How the native API writes ids: a prefix that names the kind, then the number.

Small resources carry their plain decimal number (`snd_12`). Everything that grows with traffic carries
the sealed 64-bit id as 13 characters of Crockford's base32 in lower case (`msg_0c5k…`), which has no
letters that people confuse. An id is opaque to customers; reading is strict, so that one thing has
one spelling. This module must never see an unsealed id of a message on its way out.

Source: https://www.crockford.com/base32.html (alphabet; no check symbol).
"""

from __future__ import annotations

import re
from typing import Final

from heliograph.model import ids

__all__ = ["number_of", "plain", "read_plain", "read_sealed", "sealed_text", "sealed_word"]

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_SEALED: Final = re.compile(r"([a-z]{2,4})_([0-9a-f][0-9a-hjkmnp-tv-z]{12})", re.ASCII)
_PLAIN: Final = re.compile(r"([a-z]{2,4})_([1-9][0-9]{0,17})", re.ASCII)


def sealed_word(sealed: int) -> str:
    """13 characters for a 64-bit number; the first is one of 0-f, since 13 times 5 bits are 65."""
    pairs = _PAIRS
    return (
        _ALPHABET[sealed >> 60]
        + pairs[sealed >> 50 & 1023]
        + pairs[sealed >> 40 & 1023]
        + pairs[sealed >> 30 & 1023]
        + pairs[sealed >> 20 & 1023]
        + pairs[sealed >> 10 & 1023]
        + pairs[sealed & 1023]
    )


def sealed_text(prefix: str, number: int, key: bytes) -> str:
    """Our own id as the customer sees it, sealed under the account's key."""
    return f"{prefix}_{sealed_word(ids.seal(key, number))}"


def read_sealed(prefix: str, text: str) -> int | None:
    """The sealed number in `text`; None when it is no id of this kind."""
    match = _SEALED.fullmatch(text)
    if match is None or match[1] != prefix:
        return None
    return number_of(match[2])


def number_of(word: str) -> int:
    """The number that 13 characters of the alphabet stand for."""
    number = 0
    for letter in word:
        number = number << 5 | _VALUES[letter]
    return number


def plain(prefix: str, number: int) -> str:
    """The id of a small resource, e.g. `snd_12`."""
    return f"{prefix}_{number}"


def read_plain(prefix: str, text: str) -> int | None:
    """The number in the id of a small resource; None when it is no id of this kind."""
    match = _PLAIN.fullmatch(text)
    if match is None or match[1] != prefix:
        return None
    return int(match[2])
