"""Money: integer micro-units of the account's currency, and how it is written as a decimal.

One unit of currency is 1,000,000 micros. Nothing here rounds except `parse_micros`, which refuses
more than six decimals instead.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

MICROS = 1_000_000
_DECIMAL = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)


class Charge(IntEnum):
    """What has become of the money of a message. Each hold is resolved exactly once."""

    FREE = 0
    HELD = 1
    CAPTURED = 2
    RELEASED = 3


class Purse(IntEnum):
    """The ledger accounts of double entry, per customer account."""

    AVAILABLE = 1
    """What the customer can spend (may be negative down to the credit limit)."""
    HELD = 2
    """Set aside for accepted messages."""
    REVENUE = 3
    """Earned by the house."""
    FUNDING = 4
    """Where payments come from: the outside world."""


@lru_cache(maxsize=4096)  # prices repeat
def decimal_text(micros: int, *, min_decimals: int = 0) -> str:
    """`12_812_500_000` → `"12812.5"`; trailing zeros go, down to `min_decimals`."""
    sign = "-" if micros < 0 else ""
    whole, rest = divmod(abs(micros), MICROS)
    decimals = f"{rest:06d}".rstrip("0").ljust(min_decimals, "0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def parse_micros(text: str) -> int | None:
    """`"0.0035"` → `3500`; None for anything that is not a decimal of at most six places."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        return None
    sign, whole, decimals = match.groups()
    micros = int(whole) * MICROS + int((decimals or "").ljust(6, "0"))
    return -micros if sign else micros
