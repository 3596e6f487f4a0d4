"""The page for customers says what the tables say."""

from pathlib import Path

from heliograph.edge.smpp.codes import AT_SUBMIT, STATES
from heliograph.edge.smpp.requests import ANSWERS
from heliograph.edge.smpp.settings import SETTINGS
from heliograph.smpp import status_name

_PAGE = (Path(__file__).parents[3] / "docs" / "smpp-server.md").read_text(encoding="utf-8")


def test_every_setting_is_described_with_its_default() -> None:
    for name, setting in SETTINGS.items():
        (row,) = (line for line in _PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"| `{setting.default}` |" in row
        assert setting.sentence in row


def test_every_refusal_and_every_state_is_in_its_table() -> None:
    for refusal, status in AT_SUBMIT.items():
        assert f"| `{refusal.code}` | `{status_name(status)}` |" in _PAGE
    for status, state in STATES.items():
        assert f"| `{status.word}` | {state.name} |" in _PAGE


def test_every_request_that_is_carried_out_is_named() -> None:
    for request in ANSWERS:
        assert request.NAME in _PAGE
