"""What an operator may set for a credential of this door: the zone in which its callers write times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

SETTINGS: Final[Mapping[str, str]] = {
    "timezone": "IANA time zone of `scheduledate`, such as Asia/Dhaka; UTC without it.",
}


def faults(name: str, settings: Mapping[str, str]) -> list[str]:
    """What is wrong with a credential's name (the apikey) and settings, in sentences."""
    found = [] if name.strip() else ["An API key has a name: it is what callers give as apikey."]
    found += [f"This door has no setting {each}." for each in settings if each not in SETTINGS]
    zone = settings.get("timezone")
    if zone is not None and not _is_zone(zone):
        found.append("timezone is an IANA name such as Asia/Dhaka.")
    return found


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no path of that form, no such file, no such zone
        return False
    return True
