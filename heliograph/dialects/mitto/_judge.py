"""The vendor's own checks, in the order of its response codes, before the flow has its say.

The vendor names the first fault by its number (facts 8), the flow looks at a message in another order:
so what can be told from the request alone is told here. Whether a sender is approved, a destination
has a price and the account has money is the flow's to say.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from heliograph.model.message import Encoding
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.text import Encoding as TextEncoding
from heliograph.text import TextError, UdhError, choose, parse_udh

TYPES: Final = {
    "": Encoding.GSM7,
    "gsm": Encoding.GSM7,
    "unicode": Encoding.UCS2,
    "binary": Encoding.BINARY,
    "byte": Encoding.BINARY,
    "auto": Encoding.AUTO,
}
"""By lower-case name. The seed's two tables disagree on Binary and Byte: both are taken."""
_FORCED: Final = {
    Encoding.GSM7: TextEncoding.GSM7,
    Encoding.UCS2: TextEncoding.UCS2,
    Encoding.AUTO: None,
}
_DIGITS: Final = re.compile(r"\+?[0-9]+", re.ASCII)
_NUMERIC: Final = range(3, 15)
_ALPHANUMERIC: Final = range(3, 12)
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII | re.IGNORECASE)


class Content(NamedTuple):
    """What a message says, ready for a draft."""

    encoding: Encoding
    text: str
    body: bytes | None
    udh: bytes

    @property
    def length(self) -> int:
        """textLength: characters, or octets of a binary body."""
        return len(self.text if self.body is None else self.body)


def content_of(kind: str, text: str, udh: str) -> Content | Refused:
    """Codes 2 to 4: the type, a text at all, a text that the type can carry; and the header."""
    encoding = TYPES.get(kind.strip().lower())
    if encoding is None:
        return Refused(refusal=Refusal.INVALID_FIELD, field="type")
    if not text:
        return Refused(refusal=Refusal.EMPTY_TEXT, field="text")
    header = _octets(udh)
    if header is None or not _is_header(header):
        return Refused(refusal=Refusal.INVALID_FIELD, field="udh")
    if encoding is Encoding.BINARY:
        body = _octets(text)
        if body is None:
            return Refused(refusal=Refusal.UNENCODABLE_TEXT, field="text")
        return Content(encoding, "", body, header)
    if not _carries(encoding, text):
        return Refused(refusal=Refusal.UNENCODABLE_TEXT, field="text")
    return Content(encoding, text, None, header)


def sender_fault(sender: str) -> Refused | None:
    """Codes 5 and 6: a sender at all, of a length that the vendor allows."""
    if not sender:
        return Refused(refusal=Refusal.MISSING_FIELD, field="sender")
    numeric = _DIGITS.fullmatch(sender) is not None
    allowed = _NUMERIC if numeric else _ALPHANUMERIC
    if len(sender.removeprefix("+") if numeric else sender) not in allowed:
        return Refused(refusal=Refusal.INVALID_SENDER, field="sender")
    return None


def receivers_fault(receivers: tuple[str, ...]) -> Refused | None:
    """Codes 7 and 8: receivers at all, each of them a number. No answer names the bad one among many."""
    if not any(receivers):
        return Refused(refusal=Refusal.MISSING_FIELD, field="recipient")
    if any(isinstance(parse_msisdn(number), InvalidNumber) for number in receivers):
        return Refused(refusal=Refusal.INVALID_RECIPIENT, field="recipient")
    return None


def _octets(text: str) -> bytes | None:
    """Hexadecimal digits as octets; None for anything else."""
    plain = text.strip()
    if not plain:
        return b""
    return bytes.fromhex(plain) if _HEX.fullmatch(plain) else None


def _is_header(header: bytes) -> bool:
    try:
        parse_udh(header)
    except UdhError:
        return not header
    return True


def _carries(encoding: Encoding, text: str) -> bool:
    if "\x00" in text:
        return False
    try:
        choose(text, force=_FORCED[encoding])
    except TextError:
        return False
    return True
