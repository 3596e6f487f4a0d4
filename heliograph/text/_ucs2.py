"""UCS-2 as phones read it today: UTF-16, big-endian, without a byte order mark. What UTF-16 cannot
carry, a lone surrogate, must never be sent.
"""

from heliograph.text._errors import TextError, UnencodableError


def encode_ucs2(text: str) -> bytes:
    """`text` as UTF-16BE octets. Raises UnencodableError for a lone surrogate."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise UnencodableError(text[error.start], error.start, "UCS2") from None


def decode_ucs2(octets: bytes, *, tolerant: bool = False) -> str:
    """The text of UTF-16BE octets.

    Lone surrogates and an odd last octet raise TextError, or when `tolerant` read as U+FFFD.
    """
    try:
        return octets.decode("utf-16-be", "replace" if tolerant else "strict")
    except UnicodeDecodeError as error:
        raise TextError(f"not UTF-16BE at octet {error.start}: {error.reason}") from None
