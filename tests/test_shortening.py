"""Where short links lead to: a name of the operator's, or this machine for trials."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heliograph.config import Config, ConfigError, read_config
from heliograph.flow.directory import Directory
from heliograph.shortening import Shortening
from heliograph.store.database import Database

KEY = bytes(range(32))
NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "port", "base"),
    [
        ({}, 8080, ""),
        ({"public_url": "https://sms.example/x/"}, 8080, "https://sms.example/x/l/"),
        (
            {"link_base_url": "https://go.example/s", "public_url": "https://a"},
            80,
            "https://go.example/s/",
        ),
        ({"demo": True}, 8080, "http://127.0.0.1:8080/l/"),
        ({"demo": True}, 0, ""),
    ],
)
def test_a_short_link_is_below_a_name_that_leads_here(
    settings: dict[str, object], port: int, base: str
) -> None:
    config = Config(**settings)  # type: ignore[arg-type]
    directory = Directory(KEY, lambda: NOW)
    made = Shortening(
        config, KEY, directory, Database("postgresql://unused"), now=lambda: NOW, port=lambda: port
    )
    assert made.base() == base


@pytest.mark.parametrize("url", ["https://go.example", "https://go.example/", "go.example/l"])
def test_a_name_without_a_path_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        read_config(environment={"HELIOGRAPH_LINK_BASE_URL": url})
