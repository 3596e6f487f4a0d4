"""The page about SMPP is what the tables say."""

from pathlib import Path

from heliograph.smpp import _pdus, smpp_markdown

PAGE = Path(__file__).parent.parent.parent / "docs" / "smpp.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == smpp_markdown(), "write smpp_markdown() to docs/smpp.md"


def test_every_pdu_has_its_table_of_fields() -> None:
    page = smpp_markdown()
    for pdu in _pdus.PDUS.values():
        assert f"### {pdu.NAME}\n" in page
        for name in _pdus.field_table(pdu):
            assert f"| {name} |" in page
