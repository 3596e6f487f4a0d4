"""The numbers inside one-octet fields: esm_class, registered_delivery, data_coding, message_state, TON and
NPI (3.4 section 5.2, 5.0 section 4.7, 3GPP TS 23.038 section 4). Bits are tested, never compared whole:
Kannel marks a user data header with 0x43 and receipts with 0x24 were captured. It turns no octets into
characters; that is another library's work.
"""

from enum import Enum, IntEnum
from typing import Final

import msgspec

__all__ = [
    "Alphabet",
    "Coding",
    "EsmClass",
    "MessageState",
    "Npi",
    "RegisteredDelivery",
    "Ton",
    "data_coding",
    "has_udh",
    "is_receipt",
    "read_data_coding",
]


class EsmClass(IntEnum):
    """esm_class: masks and values. The type is one of the values under TYPE_MASK."""

    DATAGRAM = 0x01
    FORWARD = 0x02
    STORE_AND_FORWARD = 0x03
    TYPE_MASK = 0x3C
    DELIVERY_RECEIPT = 0x04
    DELIVERY_ACKNOWLEDGEMENT = 0x08
    USER_ACKNOWLEDGEMENT = 0x10
    CONVERSATION_ABORT = 0x18
    INTERMEDIATE_NOTIFICATION = 0x20
    UDHI = 0x40
    REPLY_PATH = 0x80


class RegisteredDelivery(IntEnum):
    """registered_delivery: the receipt asked for (under RECEIPT_MASK) and its further bits."""

    NONE = 0x00
    FINAL = 0x01
    ON_FAILURE = 0x02
    ON_SUCCESS = 0x03
    RECEIPT_MASK = 0x03
    DELIVERY_ACKNOWLEDGEMENT = 0x04
    USER_ACKNOWLEDGEMENT = 0x08
    INTERMEDIATE = 0x10


class MessageState(IntEnum):
    """message_state; SCHEDULED and SKIPPED came with 5.0."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


class Ton(IntEnum):
    """Type of number."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan indicator."""

    UNKNOWN = 0
    ISDN = 1
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP = 18


class Alphabet(Enum):
    """What the octets of a message are. DEFAULT is whatever the SMSC says, mostly GSM 7-bit unpacked."""

    DEFAULT = "default"
    IA5 = "ia5"
    LATIN1 = "latin1"
    BINARY = "binary"
    JIS = "jis"
    CYRILLIC = "iso-8859-5"
    HEBREW = "iso-8859-8"
    UCS2 = "ucs2"
    PICTOGRAM = "pictogram"
    ISO_2022_JP = "iso-2022-jp"
    EXTENDED_KANJI = "extended-kanji"
    KS_C_5601 = "ks-c-5601"


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """What data_coding says. `message_class` 0 is flash; `waiting` is an indication of waiting messages."""

    alphabet: Alphabet
    message_class: int | None = None
    compressed: bool = False
    waiting: bool = False


_PLAIN: Final[dict[int, Alphabet]] = {
    0x00: Alphabet.DEFAULT,
    0x01: Alphabet.IA5,
    0x02: Alphabet.BINARY,
    0x03: Alphabet.LATIN1,
    0x04: Alphabet.BINARY,
    0x05: Alphabet.JIS,
    0x06: Alphabet.CYRILLIC,
    0x07: Alphabet.HEBREW,
    0x08: Alphabet.UCS2,
    0x09: Alphabet.PICTOGRAM,
    0x0A: Alphabet.ISO_2022_JP,
    0x0D: Alphabet.EXTENDED_KANJI,
    0x0E: Alphabet.KS_C_5601,
}
_GSM: Final = (Alphabet.DEFAULT, Alphabet.BINARY, Alphabet.UCS2)


def _coding(value: int) -> Coding | None:
    if value < 0x10:
        plain = _PLAIN.get(value)
        return None if plain is None else Coding(alphabet=plain)
    message_class = value & 0x03
    if value < 0x40:  # 0x10-0x3F: the general group of TS 23.038, where its class bit is set or not
        if value & 0x0C == 0x0C:
            return None
        return Coding(
            alphabet=_GSM[value >> 2 & 0x03],
            message_class=message_class if value & 0x10 else None,
            compressed=bool(value & 0x20),
        )
    if 0xC0 <= value < 0xF0:
        alphabet = Alphabet.UCS2 if value >= 0xE0 else Alphabet.DEFAULT
        return Coding(alphabet=alphabet, waiting=True)
    if value >= 0xF0:
        return Coding(
            alphabet=Alphabet.BINARY if value & 0x04 else Alphabet.DEFAULT,
            message_class=message_class,
        )
    return None


_CODINGS: Final[tuple[Coding | None, ...]] = tuple(_coding(value) for value in range(256))

_VALUES: Final[dict[Alphabet, int]] = {
    alphabet: value for value, alphabet in reversed(_PLAIN.items())
}


def read_data_coding(value: int) -> Coding | None:
    """What a data_coding means; None for reserved values (answer RINVDCS in 5.0)."""
    return _CODINGS[value & 0xFF]


def data_coding(alphabet: Alphabet, *, flash: bool = False) -> int | None:
    """The data_coding to send; for flash (class 0) the values seen in use, None where there is none."""
    if not flash:
        return 0x04 if alphabet is Alphabet.BINARY else _VALUES[alphabet]
    return {Alphabet.DEFAULT: 0xF0, Alphabet.BINARY: 0xF4, Alphabet.UCS2: 0x18}.get(alphabet)


def has_udh(esm_class: int) -> bool:
    """Whether the message begins with a user data header."""
    return esm_class & EsmClass.UDHI != 0


_RECEIPT: Final = EsmClass.DELIVERY_RECEIPT | EsmClass.INTERMEDIATE_NOTIFICATION


def is_receipt(esm_class: int) -> bool:
    """Whether esm_class says delivery receipt or intermediate notification (0x24 says both)."""
    return bool(esm_class & _RECEIPT) and not esm_class & 0x18
