"""The room offers what the edge expects of a dialect; ids and times have the vendor's form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects import mitto
from heliograph.dialects._shape import Dialect
from heliograph.dialects.mitto import DIALECT, codes
from heliograph.dialects.mitto.coverage import COVERAGE
from heliograph.dialects.mitto.wire import message_id, sealed_id, timestamp
from heliograph.model.ids import unseal

KIB = 1024
IDS = st.integers(min_value=0, max_value=2**63 - 1)


def test_the_public_names_are_these() -> None:
    assert set(mitto.__all__) == {"DIALECT", "Mitto", "faults"}
    dialect: Dialect = mitto.Mitto()
    assert dialect.name == DIALECT.name == "mitto"


@pytest.mark.parametrize(("path", "kib"), [("/sms", 256), ("/v2/smsbulk.json", 2048), ("/x", 256)])
def test_bodies_are_limited_by_what_the_endpoint_takes(path: str, kib: int) -> None:
    assert DIALECT.body_limit("POST", path) == kib * KIB
    assert DIALECT.spools("POST", path) is False


@given(number=IDS)
def test_an_id_is_32_digits_and_leads_back_in_every_spelling(number: int) -> None:
    key = bytes(range(32))
    text = message_id(key, number)
    assert len(text) == 32
    assert set(text) <= set("0123456789abcdef")
    dashed = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    for spelling in (text, dashed, dashed.upper(), f" {{{dashed}}} "):
        sealed = sealed_id(spelling)
        assert sealed is not None
        assert unseal(key, sealed) == number


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "g" * 32, "٠" * 32])
def test_other_texts_are_no_ids(text: str) -> None:
    assert sealed_id(text) is None


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, 0),
        ({"unicode": "plain"}, 0),
        ({"unicode": "hex"}, 0),
        ({"unicode": "HEX"}, 1),
        ({"timezone": "UTC", "unicode": ""}, 2),
    ],
)
def test_a_credential_says_how_unicode_is_written(settings: dict[str, str], count: int) -> None:
    assert len(mitto.faults(settings)) == count


def test_a_time_has_seven_decimals() -> None:
    at = datetime(2019, 4, 13, 17, 51, 6, 309118, tzinfo=UTC)
    assert timestamp(at) == "2019-04-13T17:51:06.3091180Z"


def test_the_coverage_has_every_code_once() -> None:
    items = [(each.section, each.item) for each in COVERAGE]
    assert len(set(items)) == len(items)
    assert sum(each.section == "Delivery report error codes" for each in COVERAGE) == len(
        codes.ERRORS
    )
