"""Texts that some callers write as hexadecimal digits of UTF-16: whether, their credential says."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from heliograph.model.command import Command, Estimate, Principal, SendMessages
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal, Refused

UNICODE = "unicode"
"""The credential's setting: `plain`, which is meant without it, or `hex`."""
_HEX: Final = "hex"
_UNITS: Final = re.compile(r"(?:[0-9a-f]{4})+", re.ASCII | re.IGNORECASE)


def spelled(principal: Principal, command: Command) -> Command | Refused:
    """The command with the texts that are meant; a text that is not digits refuses it whole."""
    if not isinstance(command, SendMessages | Estimate):
        return command
    if not any(draft.hexadecimal for draft in command.drafts):
        return command
    means_digits = principal.credential.settings.get(UNICODE) == _HEX
    drafts = []
    for draft in command.drafts:
        text = _read(draft.text) if means_digits and draft.hexadecimal else draft.text
        if text is None:
            return Refused(refusal=Refusal.UNENCODABLE_TEXT, field="text")
        drafts.append(_plain(draft, text))
    return msgspec.structs.replace(command, drafts=tuple(drafts))


def _plain(draft: Draft, text: str) -> Draft:
    return msgspec.structs.replace(draft, text=text, hexadecimal=False)


def _read(digits: str) -> str | None:
    """Four digits for each code unit of UTF-16, big-endian; None for anything else."""
    if not _UNITS.fullmatch(digits):
        return None
    try:
        return bytes.fromhex(digits).decode("utf-16-be")
    except UnicodeDecodeError:  # half of a pair
        return None
