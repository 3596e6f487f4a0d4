"""The room's door, and who opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from heliograph.carriers import smpp
from heliograph.links import KINDS, Links
from heliograph.model.route import Carrier
from tests.carriers.smpp.smsc import noun


def test_what_is_public_is_there() -> None:
    assert all(hasattr(smpp, name) for name in smpp.__all__)


def test_a_carrier_of_this_kind_is_made_by_its_settings(tmp_path: Path) -> None:
    assert "smpp" in KINDS
    assert isinstance(Links(tmp_path, 30.0).make(noun(2775)), smpp.SmppCarrier)


def test_a_carrier_more_patient_than_the_server_stays_closed(tmp_path: Path) -> None:
    with pytest.raises(
        LookupError, match="longer than twice the carrier's queue_seconds, which is 10"
    ):
        Links(tmp_path, 20.0).make(noun(2775))
    assert Links(tmp_path, 20.0).make(noun(2775, queue_seconds="9"))


def test_settings_that_cannot_be_used_keep_one_carrier_closed(tmp_path: Path) -> None:
    broken = Carrier(id=1, name="broken", kind="smpp", settings={"host": "localhost"})
    with pytest.raises(LookupError, match="system_id is missing"):
        Links(tmp_path, 30.0).make(broken)
