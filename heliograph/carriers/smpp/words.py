"""Readers of settings: each makes a value of an operator's word, or raises ValueError, and says in words what
it takes. They know no setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Reader = tuple[Callable[[str], Any], str]
"""What reads a word, and what it takes."""


def text(most: int, least: int = 0) -> Reader:
    """Printable ASCII of so many characters."""

    def read(word: str) -> str:
        if not (least <= len(word) <= most and word.isascii() and word.isprintable()):
            raise ValueError
        return word

    return read, f"{least} to {most} printable ASCII characters"


def number(least: int, most: int) -> Reader:
    """A whole number, decimal or with 0x hexadecimal."""

    def read(word: str) -> int:
        if re.fullmatch(r"-?(?:0x[0-9a-f]{1,8}|\d{1,9})", word, re.IGNORECASE | re.ASCII) is None:
            raise ValueError
        value = int(word, 16 if "x" in word.lower() else 10)
        if not least <= value <= most:
            raise ValueError
        return value

    return read, f"a number from {least} to {most}"


def amount(least: float, most: float) -> Reader:
    """A number that may have a fraction."""

    def read(word: str) -> float:
        if re.fullmatch(r"\d{0,9}(?:\.\d{0,9})?", word, re.ASCII) is None:
            raise ValueError
        value = float(word)
        if not least <= value <= most:
            raise ValueError
        return value

    return read, f"{least:g} to {most:g}"


def one_of(**values: Any) -> Reader:
    """One of these words, each with what it stands for."""

    def read(word: str) -> Any:
        if word not in values:
            raise ValueError
        return values[word]

    return read, "one of " + ", ".join(word or "nothing" for word in values)


def words(*words: str) -> Reader:
    """One of these words."""
    return one_of(**{word: word for word in words})


def either(first: Reader, second: Reader) -> Reader:
    """What the first reads, else the second."""

    def read(word: str) -> Any:
        try:
            return first[0](word)
        except ValueError:
            return second[0](word)

    return read, f"{first[1]}, or {second[1]}"
