"""What an operator may set for a credential of this door: how its callers write Unicode texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SETTINGS: Final[Mapping[str, str]] = {
    "unicode": "`plain`: the text of type Unicode stands as it is, and so without it; `hex`: it is the "
    "hexadecimal digits of UTF-16BE, as the vendor's C# client sends it.",
}
_SPELLINGS: Final = ("plain", "hex")


def faults(settings: Mapping[str, str]) -> list[str]:
    """What is wrong with a credential's settings, in sentences."""
    found = [f"This door has no setting {name}." for name in settings if name not in SETTINGS]
    if settings.get("unicode", "plain") not in _SPELLINGS:
        found.append("unicode is plain or hex.")
    return found
