"""JSON as the vendor's own reference prints it: with slips that no parser takes.

Several printed requests have a comma behind the last member, none between two, a closing brace too
many, or typographic quotation marks (seeds/004); callers paste them. Only a body that is no JSON comes
here. It is taken apart into texts, marks and words and put together again with the commas where they
belong; whatever else is wrong with it stays wrong. It must never change what stands in a text.
"""

from __future__ import annotations

import re
from typing import Final

from heliograph.dialects import _forms

__all__ = ["json_object"]

_TOKEN: Final = re.compile(
    r'\s*+(?:(?P<text>"(?:[^"\\]|\\.)*+")|(?P<typed>[“”"][^“”"\\\n]*+[“”"])'
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<colon>:)|(?P<word>[^\s\[\]{},:\"“”]++))",
    re.DOTALL,
)
_LONGEST: Final = 64 * 1024
"""Characters; printed examples are short, and a long body deserves a real encoder."""
_ENDS_VALUE: Final = frozenset({"text", "typed", "close", "word"})
_BEGINS_VALUE: Final = frozenset({"text", "typed", "open", "word"})


def json_object(body: bytes) -> dict[str, object] | _forms.Malformed:
    """The members of a JSON body that is an object, or was meant to be one; without any body none."""
    if not body.strip():
        return {}
    value = _forms.json_object(body)
    if isinstance(value, dict) or len(body) > _LONGEST:
        return value
    try:
        mended = _mended(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return value
    if mended is None:
        return value
    found = _forms.json_object(mended.encode())
    return found if isinstance(found, dict) else value


def _mended(text: str) -> str | None:
    """The same with commas between members and nowhere else, up to the end of the first value."""
    pieces: list[str] = []
    depth, at, before, comma = 0, 0, "", False
    while match := _TOKEN.match(text, at):
        at, kind = match.end(), match.lastgroup or ""
        if kind == "comma":
            comma = before in _ENDS_VALUE
            continue
        if before in _ENDS_VALUE and kind in _BEGINS_VALUE:
            if not comma and "\n" not in match[0]:
                return None  # two values in one line without a comma: nobody knows what was meant
            pieces.append(",")
        comma = False
        depth += {"open": 1, "close": -1}.get(kind, 0)
        piece = match[kind]
        pieces.append(f'"{piece[1:-1]}"' if kind == "typed" else piece)
        before = kind
        if depth == 0:
            rest = text[at:].strip()
            return "".join(pieces) if set(rest) <= {"}"} else None
    return None
