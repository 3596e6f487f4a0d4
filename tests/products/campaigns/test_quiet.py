"""Quiet hours are those of the recipient's clock, and put off; they never drop."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from heliograph.model.campaign import QuietHours
from heliograph.products.campaigns.quiet import put_off, zone_of

NIGHT = QuietHours(start=time(21), end=time(8))
NOON = QuietHours(start=time(12), end=time(14))


@pytest.mark.parametrize(
    ("msisdn", "country", "zone"),
    [
        ("8801712345678", "BD", "Asia/Dhaka"),
        ("4915112345678", "DE", "Europe/Berlin"),
        ("12125551234", "US", "America/New_York"),
        ("14155551234", "US", "America/Los_Angeles"),
        ("79161234567", "RU", "Europe/Moscow"),
        ("5511987654321", "BR", "America/Sao_Paulo"),
        ("99999", None, "UTC"),
    ],
)
def test_a_number_has_the_zone_of_its_place(msisdn, country, zone):
    assert zone_of(msisdn, country).key == zone


@pytest.mark.parametrize(
    ("quiet", "zone", "at", "becomes"),
    [
        (NIGHT, "UTC", "2026-05-01T20:59", "2026-05-01T20:59"),
        (NIGHT, "UTC", "2026-05-01T21:00", "2026-05-02T08:00"),
        (NIGHT, "UTC", "2026-05-02T07:59", "2026-05-02T08:00"),
        (NIGHT, "UTC", "2026-05-02T08:00", "2026-05-02T08:00"),
        (NOON, "Asia/Dhaka", "2026-05-01T06:30", "2026-05-01T08:00"),
        (NIGHT, "America/New_York", "2026-03-08T04:00", "2026-03-08T12:00"),  # a night of 23 hours
        (QuietHours(start=time(9), end=time(9)), "UTC", "2026-05-01T09:00", "2026-05-01T09:00"),
    ],
)
def test_who_is_asleep_is_written_to_when_he_wakes(quiet, zone, at, becomes):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = put_off(quiet, ZoneInfo(zone), moment)
    assert found == datetime.fromisoformat(becomes).replace(tzinfo=UTC)
