"""Hexadecimal digits are a text where the credential says so, and themselves everywhere else."""

from __future__ import annotations

import msgspec
import pytest

from heliograph.flow.digits import spelled
from heliograph.model.command import Command, Estimate, GetBalance, Principal, SendMessages
from heliograph.model.refusal import Refusal, Refused
from tests.flow.conftest import Parts, draft

DIGITS = "00480069D83DDE00"


def caller(parts: Parts, **settings: str) -> Principal:
    principal = parts.principal()
    credential = msgspec.structs.replace(principal.credential, settings=settings)
    return msgspec.structs.replace(principal, credential=credential)


def text_of(found: Command | Refused) -> str:
    assert isinstance(found, SendMessages | Estimate), found
    assert not found.drafts[0].hexadecimal
    return found.drafts[0].text


@pytest.mark.parametrize("kind", [SendMessages, Estimate])
async def test_digits_become_the_text_where_the_credential_says_so(
    parts: Parts, kind: type[SendMessages | Estimate]
) -> None:
    command = kind(drafts=(draft(text=DIGITS, hexadecimal=True),))
    assert text_of(spelled(caller(parts, unicode="hex"), command)) == "Hi\N{GRINNING FACE}"
    for settings in ({}, {"unicode": "plain"}):
        assert text_of(spelled(caller(parts, **settings), command)) == DIGITS


async def test_other_texts_and_commands_stay_as_they_are(parts: Parts) -> None:
    for command in (SendMessages(drafts=(draft(text=DIGITS),)), GetBalance()):
        assert spelled(caller(parts, unicode="hex"), command) is command


@pytest.mark.parametrize("text", ["Hello", "004", "00 48", "D83D0048", "٠٠٤٨", "0048\n"])
async def test_what_is_no_utf_16_is_refused(parts: Parts, text: str) -> None:
    command = SendMessages(
        drafts=(draft(text="0048", hexadecimal=True), draft(text=text, hexadecimal=True))
    )
    assert spelled(caller(parts, unicode="hex"), command) == Refused(
        refusal=Refusal.UNENCODABLE_TEXT, field="text"
    )
