"""The text of a draft, before anything is checked: templates are looked up, variables and links put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from heliograph.flow.directory import Directory
from heliograph.flow.links import Minter
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal, Refused

_NAME: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_EITHER: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}|\$\((\w+)\)")
LONGEST: Final = 80_000
"""Characters of a text, where no account says less."""
_SEPTETS: Final = 160
_LEAST_MOST: Final = 4_000
"""What calls and media messages may have."""
_LINK: Final = "link_"
"""`{{link_5}}` stands for a smart link, never for a variable."""


def compose(
    directory: Directory, account_id: int, draft: Draft, minter: Minter | None
) -> Draft | Refused:
    """The draft with its whole text, or why there is none. Without a minter there are no smart links."""
    merged = _merged(directory, account_id, draft)
    if isinstance(merged, Refused) or not merged.links:
        return merged
    if minter is None:
        return Refused(refusal=Refusal.NOT_ENABLED, field="links")
    return minter.put(account_id, merged)


def _merged(directory: Directory, account_id: int, draft: Draft) -> Draft | Refused:
    most = _most_chars(directory, account_id)
    if draft.template is not None:
        template = directory.template(account_id, draft.template)
        if template is None:
            return Refused(refusal=Refusal.UNKNOWN_TEMPLATE, field="template")
        draft = msgspec.structs.replace(draft, text=template.text)
    if len(draft.text) > most:
        return _too_long(most)
    if draft.lenient:
        merged = fill_lenient(draft.text, draft.variables or {}, most)
    elif draft.variables is None and draft.template is None:
        return draft
    else:
        merged = fill(draft.text, draft.variables or {}, most)
    if isinstance(merged, Refused):
        return merged
    return msgspec.structs.replace(draft, text=merged)


def _most_chars(directory: Directory, account_id: int) -> int:
    """Twice what the account could ever send in one message: nobody measures more than that, which is
    done anew for each of perhaps ten thousand recipients."""
    return 2 * max(_LEAST_MOST, directory.account(account_id).max_parts * _SEPTETS)


def _too_long(most: int) -> Refused:
    detail = f"The text has more than {most} characters."
    return Refused(refusal=Refusal.TEXT_TOO_LONG, field="text", detail=detail)


def fill(text: str, variables: Mapping[str, str], most: int = LONGEST) -> str | Refused:
    """Put a recipient's variables into `{{name}}`; an unknown name is an error, not somebody's SMS.

    So is a text that would become longer than `most` characters.
    """
    missing = [name for name in _NAME.findall(text) if name not in variables and not _link(name)]
    if missing:
        return Refused(
            refusal=Refusal.INVALID_FIELD,
            field="variables",
            detail=f"The text asks for {{{{{missing[0]}}}}}, which this recipient does not have.",
        )
    return _filled(_NAME, text, lambda found: variables.get(found[1], found[0]), most)


def fill_lenient(text: str, variables: Mapping[str, str], most: int = LONGEST) -> str | Refused:
    """The same for doors whose callers write `$(name)` too and leave out what they do not know."""

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return variables.get(name, found[0] if _link(name) else "")

    return _filled(_EITHER, text, put, most)


def _filled(
    places: re.Pattern[str], text: str, put: Callable[[re.Match[str]], str], most: int
) -> str | Refused:
    """`places.sub`, given up as soon as it grows beyond `most`: short texts can name long values often."""
    pieces: list[str] = []
    length = at = 0
    for found in places.finditer(text):
        value = put(found)
        length += found.start() - at + len(value)
        if length > most:
            return _too_long(most)
        pieces += (text[at : found.start()], value)
        at = found.end()
    if length + len(text) - at > most:
        return _too_long(most)
    return "".join((*pieces, text[at:]))


def _link(name: str) -> bool:
    return name.startswith(_LINK)
