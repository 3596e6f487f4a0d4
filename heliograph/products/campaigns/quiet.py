"""Quiet hours: when a recipient is left in peace, by the clocks where his number is from.

Zones are those of libphonenumber's public data, by the number's first digits. A mobile number tells only
its country, and some countries have many zones: there the one counts in which most people live, and of
countries that are not in the table below the one in the middle, so that nobody is far off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import parse, timezone
from phonenumbers.phonenumberutil import NumberParseException

from heliograph.model.campaign import QuietHours

__all__ = ["put_off", "zone_of"]

_MAIN: Final = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kiev",
    "US": "America/New_York",
}
_PREFIX_DIGITS: Final = 9
"""No prefix in the data is longer."""
_REMEMBERED: Final = 20_000
_UTC: Final = ZoneInfo("UTC")


def zone_of(msisdn: str, country: str | None) -> ZoneInfo:
    """The zone of a number; UTC where nothing is known of it."""
    return _zone(msisdn[:_PREFIX_DIGITS], len(msisdn), country)


@lru_cache(maxsize=_REMEMBERED)
def _zone(prefix: str, length: int, country: str | None) -> ZoneInfo:
    names: tuple[str, ...] = ()
    try:
        number = parse(f"+{prefix.ljust(length, '0')}")
        names = tuple(timezone.time_zones_for_geographical_number(number))
    except NumberParseException:
        names = ()
    known = [name for name in names if name != timezone.UNKNOWN_TIMEZONE]
    if len(known) != 1 and country in _MAIN:
        known = [_MAIN[country]]
    return _named(known[len(known) // 2]) if known else _UTC


def _named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return _UTC


def put_off(quiet: QuietHours, zone: ZoneInfo, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours that it falls into."""
    if quiet.start == quiet.end:
        return at
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    over_midnight = quiet.start > quiet.end
    if over_midnight:
        is_quiet = clock >= quiet.start or clock < quiet.end
    else:
        is_quiet = quiet.start <= clock < quiet.end
    if not is_quiet:
        return at
    day = local.date()
    if over_midnight and clock >= quiet.start:
        day += timedelta(days=1)
    ended = datetime.combine(day, quiet.end, zone)
    return ended.astimezone(at.tzinfo)
