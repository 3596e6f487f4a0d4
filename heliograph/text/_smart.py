"""Smart encoding: typographic characters and what a typewriter would have used for them. It changes
looks, never letters or values, so accents and superscripts are not in the table. It must never touch
a character that GSM7 has, and nobody but `choose` decides whether a replacement is worth it.
"""

import re
from typing import Final, NamedTuple


class Replacement(NamedTuple):
    """A character that smart encoding replaced, by what, and how many times."""

    original: str
    replacement: str
    times: int


def _each(originals: str, replacement: str) -> dict[str, str]:
    return dict.fromkeys(originals, replacement)


_FRACTIONS: Final = {
    "¼": "1/4", "½": "1/2", "¾": "3/4", "⅐": "1/7", "⅑": "1/9", "⅒": "1/10", "⅓": "1/3",
    "⅔": "2/3", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6",
    "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip

REPLACEMENTS: Final[dict[str, str]] = {
    **_each("‘’‚‛‹›′`´ʼʹ", "'"),
    **_each("“”„‟«»″〝〞", '"'),
    **_each("‐‑‒–—―−⁃﹘﹣", "-"),
    **_each("•‣▪▫●○◦∙·", "*"),
    **_each("\t\u00a0\u1680\u202f\u205f\u3000", " "),
    **{chr(code): " " for code in range(0x2000, 0x200B)},
    **_each("\u2028\u2029\u0085", "\n"),
    **_each("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
    **{chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(0x5E)},
    "｀": "'",
    **_FRACTIONS,
    "…": "...",
    "‥": "..",
    "⁄": "/",
    "∕": "/",
    "÷": "/",
    "×": "x",
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
    "œ": "oe",
    "Œ": "OE",
    "ĳ": "ij",
    "Ĳ": "IJ",
    "™": "(TM)",
    "©": "(C)",
    "®": "(R)",
    "№": "No.",
}
"""Each typographic character and its plain form; the values are all GSM7."""

_TABLE: Final = str.maketrans(REPLACEMENTS)
_REPLACEABLE: Final = re.compile(f"[{re.escape(''.join(REPLACEMENTS))}]")
_MIXED_NUMBER: Final = re.compile(f"(?<=[0-9])(?=[{''.join(_FRACTIONS)}])")


def plain(text: str) -> str:
    """`text` with every typographic character replaced; 1½ becomes 1 1/2, not 11/2."""
    return _MIXED_NUMBER.sub(" ", text).translate(_TABLE)


def replacements(text: str) -> tuple[Replacement, ...]:
    """What `plain` replaces in `text`, in order of first appearance."""
    counts: dict[str, int] = {}
    for found in _REPLACEABLE.findall(text):
        counts[found] = counts.get(found, 0) + 1
    return tuple(
        Replacement(original, REPLACEMENTS[original], count) for original, count in counts.items()
    )
