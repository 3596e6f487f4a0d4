"""A time without a zone is told by the clock of the credential's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heliograph.flow.zone import moment_of
from heliograph.model.message import Message
from tests.flow.conftest import Parts, draft

LOCAL = datetime(2026, 7, 1, 12)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("local", "zone", "hour"),
    [
        (LOCAL, None, 12),
        (LOCAL, "", 12),
        (LOCAL, "Asia/Dhaka", 6),
        (LOCAL, "Europe/Berlin", 10),
        (LOCAL.replace(month=1), "Europe/Berlin", 11),
        (LOCAL, "Nowhere/Else", 12),
        (LOCAL, "../../etc/passwd", 12),
    ],
)
def test_a_local_time_is_read_in_its_zone(local: datetime, zone: str | None, hour: int) -> None:
    assert moment_of(local, zone) == local.replace(hour=hour, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_ends_of_the_calendar_do_not_raise(zone: str) -> None:
    for local in (datetime.min, datetime.max):  # noqa: DTZ901
        assert moment_of(local, zone).year == local.year


async def test_a_draft_is_scheduled_by_the_credentials_clock(parts: Parts) -> None:
    principal = parts.principal()
    dhaka = msgspec.structs.replace(principal.credential, settings={"timezone": "Asia/Dhaka"})
    local = (parts.clock() + timedelta(hours=8)).replace(tzinfo=None)
    for credential, hours in ((principal.credential, 8), (dhaka, 2)):
        caller = msgspec.structs.replace(principal, credential=credential)
        found = parts.checks.check(caller, draft(send_at_local=local), None, "smsapi")
        assert isinstance(found, Message)
        assert found.send_at == parts.clock() + timedelta(hours=hours)


async def test_a_local_time_that_is_past_means_now(parts: Parts) -> None:
    found = parts.checks.check(
        parts.principal(), draft(send_at_local=LOCAL.replace(year=2020)), None, "x"
    )
    assert isinstance(found, Message)
    assert found.send_at is None
