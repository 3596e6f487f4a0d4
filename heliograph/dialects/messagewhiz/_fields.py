"""The fields of a request: values by lower-case name, read as callers of MessageWhiz really write them.

Ids come as numbers, numeric texts, comma lists and arrays; flags as true, 1 and "1"; 0 and "" are none
(facts 24, 26). What cannot be read raises `UnusableError`, which a reader turns into the vendor's 400.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from heliograph.dialects import _forms
from heliograph.model.refusal import Refusal, Refused

__all__ = ["Fields", "UnusableError", "missing", "moment_of", "pairs_of_filter", "unusable"]

LARGEST_ID: Final = 2**31 - 1
_FLAGS: Final[Mapping[str, bool]] = {
    "0": False,
    "false": False,
    "no": False,
    "1": True,
    "true": True,
    "yes": True,
}
_BETWEEN: Final = re.compile(r"[,;\s]+")


class UnusableError(Exception):
    """A field that is missing or cannot be used."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.field or "")
        self.refused = refused


def missing(name: str) -> UnusableError:
    """A required field is not there."""
    return UnusableError(Refused(refusal=Refusal.MISSING_FIELD, field=name))


def unusable(name: str, detail: str | None = None) -> UnusableError:
    """A field has a value that cannot be used."""
    return UnusableError(Refused(refusal=Refusal.INVALID_FIELD, field=name, detail=detail))


class Fields:
    """The fields of one body or query."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        """Of a name that comes in several cases the last value counts; null is as good as nothing."""
        self._values = {n.lower(): v for n, v in values.items() if v is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str) -> object:
        """The value as JSON had it; None where there is none."""
        return self._values.get(name)

    def text(self, name: str, *, most: int = 5000) -> str | None:
        """A text or a number as text; None where there is none."""
        value = self._values.get(name)
        if value is None:
            return None
        text = _forms.text_of(value)
        if text is None or len(text) > most or "\0" in text:
            raise unusable(name)
        return text

    def need(self, name: str, *, most: int = 5000) -> str:
        """A text that must be there and say something."""
        text = self.text(name, most=most)
        if text is None or not text.strip():
            raise missing(name)
        return text

    def whole(self, name: str, *, least: int = 0, most: int = LARGEST_ID) -> int | None:
        """A whole number, also as text; None where there is none or an empty text."""
        text = (self.text(name) or "").strip()
        if not text:
            return None
        number = whole_of(text)
        if number is None or not least <= number <= most:
            raise unusable(name)
        return number

    def id(self, name: str) -> int | None:
        """An id; 0, "" and null are none."""
        return self.whole(name) or None

    def need_id(self, name: str) -> int:
        """An id that must be there."""
        found = self.id(name)
        if found is None:
            raise missing(name)
        return found

    def ids(self, name: str) -> tuple[int, ...]:
        """Ids in their order, each once: a number, a comma list, or an array of either."""
        value = self._values.get(name)
        if value is None:
            return ()
        found: dict[int, None] = {}
        for item in value if isinstance(value, list) else [value]:
            text = _forms.text_of(item)
            if text is None:
                raise unusable(name)
            for word in _BETWEEN.split(text.strip()):
                number = whole_of(word) if word else 0
                if number is None or not 0 <= number <= LARGEST_ID:
                    raise unusable(name)
                if number:
                    found[number] = None
        return tuple(found)

    def flag(self, name: str) -> bool | None:
        """True or false, in any of the spellings; None where there is none."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        flag = _FLAGS.get((self.text(name) or "").strip().lower())
        if flag is None:
            raise unusable(name)
        return flag

    def moment(self, name: str, *, offset_minutes: int = 0) -> datetime | None:
        """A time in ISO 8601; without a zone it is so many minutes ahead of UTC (facts 36). None where
        there is none or an empty text."""
        text = (self.text(name) or "").strip()
        if not text:
            return None
        found = moment_of(text, offset_minutes=offset_minutes)
        if found is None:
            raise unusable(name)
        return found

    def texts(self, name: str, *, most: int) -> tuple[str, ...] | None:
        """An array of texts or numbers (or just one); None where there is none or an empty text."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        items = value if isinstance(value, list) else [value]
        found = [_forms.text_of(item) for item in items]
        if len(found) > most:
            raise unusable(name, f"There are more than {most} entries.")
        if any(text is None for text in found):
            raise unusable(name)
        return tuple(text for text in found if text is not None)

    def objects(self, name: str, *, most: int) -> tuple[Fields, ...]:
        """An array of objects (or just one)."""
        value = self._values.get(name)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if len(items) > most:
            raise unusable(name, f"There are more than {most} entries.")
        objects = [item for item in items if isinstance(item, dict)]
        if len(objects) < len(items):
            raise unusable(name)
        return tuple(Fields(item) for item in objects)

    def items(self) -> Iterable[tuple[str, object]]:
        """Every field."""
        return self._values.items()


def whole_of(text: str) -> int | None:
    """A whole number of at most 18 digits, with or without a sign."""
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return None
    return -int(digits) if text.startswith("-") else int(digits)


_HUMAN: Final = (
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
)


def moment_of(text: str, *, offset_minutes: int = 0) -> datetime | None:
    """ISO 8601, or `06/01/2021 12:00 AM` as filters have it; where no zone is named it is so many
    minutes ahead of UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    for form in _HUMAN if found is None else ():
        try:
            found = datetime.strptime(text.upper(), form)  # noqa: DTZ007 (UTC is put in below)
            break
        except ValueError:
            continue
    if found is None:
        return None
    try:
        if found.tzinfo is None:
            return found.replace(tzinfo=UTC) - timedelta(minutes=offset_minutes)
        return found.astimezone(UTC)
    except OverflowError:
        return None


def pairs_of_filter(text: str) -> list[tuple[str, str]]:
    """`name=sample,type=2,type=12` → pairs; names in lower case. A comma without a `key=` behind it
    belongs to the value before (names of people and addresses have commas); one at the end is the
    sentence's in which the reference prints a URL."""
    pairs: list[tuple[str, str]] = []
    for part in text.rstrip(", ").split(","):
        key, equals, value = part.partition("=")
        if equals and re.fullmatch(r"\s*[A-Za-z_]+\s*", key):
            pairs.append((key.strip().lower(), value.strip()))
        elif pairs:
            name, before = pairs[-1]
            pairs[-1] = (name, f"{before},{part}")
        elif part.strip():
            raise unusable("filter")
    return pairs
