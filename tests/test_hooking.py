"""Where carriers are told to call us."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from heliograph.config import Config
from heliograph.dialects._shape import HttpReply, HttpRequest
from heliograph.flow.directory import Directory
from heliograph.hooking import Hooking
from heliograph.links import KINDS, UPSTREAMS, Links, carrier_fault
from heliograph.model.route import Carrier
from heliograph.model.secret import hook_token

KEY = bytes(range(32))
NOW = datetime(2026, 3, 4, tzinfo=UTC)
TOKEN = hook_token(KEY, 7)
CARRIER = Carrier(
    id=7,
    name="mim",
    kind="mimsms",
    enabled=False,
    settings={"user_name": "a", "apikey_secret": "b", "pull_seconds": "1"},
)


def hooking(tmp_path: Path, port: int = 8080, **settings: object) -> Hooking:
    directory = Directory(KEY, lambda: NOW)
    links = Links(tmp_path, 30.0)
    directory._carriers = {7: CARRIER, 8: Carrier(id=8, name="sim", kind="simulated")}
    config = Config(**settings)  # type: ignore[arg-type]
    return Hooking(config, KEY, directory, links, port=lambda: port)


@pytest.mark.parametrize(
    ("settings", "port", "base"),
    [
        ({}, 8080, None),
        ({"public_url": "https://sms.example/x/"}, 8080, "https://sms.example/x"),
        ({"demo": True}, 8080, "http://127.0.0.1:8080"),
        ({"demo": True}, 0, None),
        ({"demo": True, "public_url": "https://a"}, 0, "https://a"),
    ],
)
def test_a_carriers_url_is_below_the_public_one(
    tmp_path: Path, settings: dict[str, object], port: int, base: str | None
) -> None:
    url = hooking(tmp_path, port, **settings).url(7)
    assert url == (f"{base}/hooks/7/{TOKEN}" if base else "")


def test_a_token_is_of_one_carrier_and_one_house() -> None:
    others = {hook_token(KEY, 8), hook_token(KEY[::-1], 7)}
    assert len(TOKEN) == 32
    assert TOKEN not in others


def test_only_kinds_that_are_called_by_http_have_a_hook(tmp_path: Path) -> None:
    found = hooking(tmp_path, public_url="https://a")
    assert found.url_of(CARRIER) == f"https://a/hooks/7/{TOKEN}"
    assert found.url_of(Carrier(id=8, name="sim", kind="simulated")) == ""
    assert found.find(8) is None
    assert found.find(9) is None


def test_a_disabled_carrier_is_still_heard_by_its_room(tmp_path: Path) -> None:
    hook = hooking(tmp_path).find(7)
    assert hook is not None
    assert hook.token == TOKEN
    request = HttpRequest(method="POST", path="", query="", headers={}, body=b"")
    reply = hook.hear(request, NOW)
    assert isinstance(reply, HttpReply)
    assert reply.status == 404


def test_every_vendor_is_a_kind_whose_settings_are_looked_at() -> None:
    assert set(UPSTREAMS) < KINDS
    for kind in UPSTREAMS:
        carrier = Carrier(id=1, name="x", kind=kind, settings={"nonsense": "hush"})
        fault = carrier_fault(carrier, 30.0)
        assert fault is not None
        assert "nonsense" in fault
        assert "hush" not in fault


def test_a_carrier_must_not_be_more_patient_than_the_server() -> None:
    assert carrier_fault(CARRIER, 30.0) is None
    fault = carrier_fault(CARRIER, 25.0)
    assert fault is not None
    assert "submit_timeout_seconds" in fault
