"""SMPP times (3.4 section 7.1.1): absolute `YYMMDDhhmmsstnnp` with quarter hours from UTC, and relative
`YYMMDDhhmmss000R`. The present is an argument; aware datetimes go in and come out, UTC.
"""

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from heliograph.smpp._errors import AnswerableError, LocalProtocolError
from heliograph.smpp._status import CommandStatus

__all__ = ["format_absolute_time", "format_relative_time", "parse_time"]

_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])", re.ASCII)
_LONGEST_RELATIVE: Final = timedelta(days=99)


def parse_time(
    text: str, now: datetime, *, fault: int = CommandStatus.RINVSCHED
) -> datetime | None:
    """The instant a time field means, in UTC; None when it is empty.

    Relative times count from `now`, and may say tenths or month 00. Raises `AnswerableError` with the
    status `fault` (RINVEXPIRY suits validity_period) for what is no time.
    """
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise AnswerableError(f"{text!r} is no SMPP time", command_status=fault)
    year, month, day, hour, minute, second, tenth, quarters = (
        int(digits) for digits in found.groups()[:8]
    )
    sign = found[9]
    micros = tenth * 100_000
    try:
        if sign == "R":
            span = timedelta(
                days=day, hours=hour, minutes=minute, seconds=second, microseconds=micros
            )
            return _months_later(now.astimezone(UTC), 12 * year + month) + span
        offset = timedelta(minutes=15 * (quarters if sign == "+" else -quarters))
        zone = timezone(offset)
        moment = datetime(2000 + year, month, day, hour, minute, second, micros, tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise AnswerableError(f"{text!r} is no SMPP time", command_status=fault) from error


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day."""
    if not months:
        return moment
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def format_absolute_time(moment: datetime) -> str:
    """`YYMMDDhhmmss` and tenths in UTC, always with `+`: one simulator knows no other sign."""
    if moment.tzinfo is None or not 2000 <= moment.astimezone(UTC).year <= 2099:
        raise LocalProtocolError("an SMPP time is aware and within 2000 to 2099")
    utc = moment.astimezone(UTC)
    return f"{utc:%y%m%d%H%M%S}{utc.microsecond // 100_000}00+"


def format_relative_time(span: timedelta) -> str:
    """`0000DDhhmmss000R`: days, not months, and no tenths, which some readers cannot take."""
    if not timedelta(0) <= span <= _LONGEST_RELATIVE:
        raise LocalProtocolError("a relative SMPP time is within 0 to 99 days")
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"0000{span.days:02}{hours:02}{minutes:02}{seconds:02}000R"
