"""What the doors say of credentials and endpoints before they are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heliograph.config import Config, ConfigError
from heliograph.doors import (
    ARRIVALS,
    CALLBACKS,
    DIALECTS,
    MANNERS,
    _own_path,
    credential_faults,
    endpoint_faults,
)
from heliograph.model.account import Credential, Endpoint


def test_whoever_is_called_is_a_dialect_and_is_called_about_both() -> None:
    names = {dialect.name for dialect in DIALECTS}
    assert set(CALLBACKS) - set(ARRIVALS) == {"messagewhiz"}  # it has no form for the latter
    assert set(CALLBACKS) | set(MANNERS) <= names


@pytest.mark.parametrize(
    ("url", "dialect", "settings", "plain_http", "count"),
    [
        ("https://shop.example/", "native", {}, False, 0),
        ("http://shop.example/", "native", {}, False, 0),
        ("https://shop.example/", "native", {"a": "b"}, False, 1),
        ("https://shop.example/", "imiconnect", {"signature_secret": "s"}, False, 0),
        ("HTTPS://shop.example/", "imiconnect", {}, False, 0),
        ("http://shop.example/", "imiconnect", {}, False, 1),
        ("http://shop.example/", "imiconnect", {}, True, 0),
        ("http://shop.example/", "imiconnect", {"a": "b"}, False, 2),
        ("http://shop.example/", "messagewhiz", {"t1_minutes": "3"}, False, 1),
    ],
)
def test_an_endpoint_is_sound_by_the_rules_of_its_form(
    url: str, dialect: str, settings: dict[str, str], plain_http: bool, count: int
) -> None:
    endpoint = Endpoint(account_id=1, id=1, url=url, dialect=dialect, settings=settings)
    assert len(endpoint_faults(endpoint, plain_http=plain_http)) == count


def test_a_service_key_has_no_name() -> None:
    def faults(name: str) -> list[str]:
        credential = Credential(
            account_id=1,
            id=1,
            dialect="imiconnect",
            name=name,
            secret_hash=b"",
            hint="",
            created_at=datetime(2026, 5, 1, tzinfo=UTC),
        )
        return credential_faults(credential)

    assert (len(faults("")), len(faults("someone"))) == (0, 1)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("", True),
        ("https://go.example/s", True),
        ("https://go.example/v1", False),
        ("https://go.example/hooks/x", False),
    ],
)
def test_short_links_take_no_other_door_s_path(url: str, fits: bool) -> None:
    try:
        _own_path(Config(link_base_url=url))
    except ConfigError:
        assert not fits
    else:
        assert fits
