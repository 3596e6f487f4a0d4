"""Times without a zone, as some doors take them: whose clock they are told by."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from heliograph.model.command import Principal
from heliograph.model.message import Draft

TIMEZONE = "timezone"
"""The credential's setting: an IANA name; UTC without it."""


def placed(principal: Principal, draft: Draft) -> Draft:
    """The draft with its local time as a moment."""
    if draft.send_at_local is None:
        return draft
    at = moment_of(draft.send_at_local, principal.credential.settings.get(TIMEZONE))
    return msgspec.structs.replace(draft, send_at=at, send_at_local=None)


def moment_of(local: datetime, zone: str | None) -> datetime:
    """A local time in UTC. Of an hour that a clock shows twice it is the first; a zone that this
    machine does not know counts as UTC, as do the first and last day that a calendar holds."""
    if zone:
        try:
            return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        except (ValueError, OSError, LookupError, OverflowError):
            pass
    return local.replace(tzinfo=UTC)
