"""Settings as words, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from heliograph.carriers.smpp import SETTINGS, profile_of, settings_markdown
from heliograph.model.reason import Reason
from tests.carriers.smpp.smsc import NEEDED, profile

DOCS = Path(__file__).parents[3] / "docs" / "adding-an-smpp-carrier.md"


def fault_of(**settings: str) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        profile_of({**NEEDED, **settings})
    return str(caught.value)


def test_what_is_not_set_has_its_default() -> None:
    found = profile()
    assert (found.port, found.bind, found.window, found.version) == (2775, "transceiver", 10, 0x34)
    assert found.password == "s3cret"
    assert found.registered_delivery == 1
    assert found.priority == 0


def test_every_fault_is_told_at_once_and_no_secret_with_it() -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        profile_of({"port": "none", "password_secret": "much-too-long", "color": "red"})
    told = str(caught.value)
    for name in ("host", "system_id", "port", "password_secret", "'color'"):
        assert name in told
    assert "much-too-long" not in told


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("port", "0"),
        ("port", "65536"),
        ("port", "２７７５"),
        ("binds", "-1"),
        ("window", "1.5"),
        ("version", "3.3"),
        ("tls", "maybe"),
        ("enquire_link_seconds", "nan"),
        ("enquire_link_seconds", "inf"),
        ("enquire_link_seconds", "0"),
        ("per_second", "-1"),
        ("alphabet", "utf8"),
        ("system_id", "sixteen-octets-x"),
        ("system_type", "naïve"),
        ("priority", "4"),
        ("registered_delivery", "32"),
        ("number_prefix", "000"),
        ("tlv.14000", "00"),
        ("tlv.1400", "zz"),
        ("status.xyz", "throttled"),
        ("status.400", "no_such_reason"),
        ("error.a b", "throttled"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, word: str) -> None:
    assert name in fault_of(**{name: word})


def test_words_and_numbers_are_both_taken() -> None:
    found = profile(registered_delivery="0x11", priority="message", utc_offset_minutes="-120")
    assert found.registered_delivery == 17
    assert found.priority is None
    assert found.utc_offset_minutes == -120
    assert profile(registered_delivery="intermediate").registered_delivery == 17


def test_settings_with_a_number_in_their_name_become_tables() -> None:
    names = {
        "tlv.0x1400": "00ff",
        "tlv.1401": "",
        "status.0x410": "credit_limit",
        "status.58": "6",
        "error.007": "absent_subscriber",
    }
    found = profile(**names)
    assert found.tlvs == ((0x1400, b"\x00\xff"), (0x1401, b""))
    assert found.status_reasons == {0x410: Reason.CREDIT_LIMIT, 0x58: Reason.ABSENT_SUBSCRIBER_SM}
    assert found.error_reasons == {"7": Reason.ABSENT_SUBSCRIBER}


def test_every_default_can_be_read() -> None:
    for name, setting in SETTINGS.items():
        if setting.default is not None:
            setting.read(setting.default)
        assert setting.sentence.endswith("."), name


def test_the_documentation_has_the_table_of_settings() -> None:
    assert settings_markdown() in DOCS.read_text("utf-8")
