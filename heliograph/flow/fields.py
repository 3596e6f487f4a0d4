"""What single fields of kept things must be like: names, times, countries, senders, numbers.

Each function ending in `_faults` yields a refusal for what is wrong with the value of the field named
first, and nothing where it may stay. What whole things must be like is `soundness`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import pycountry

from heliograph.model.number import InvalidSender, SenderKind, classify_sender
from heliograph.model.refusal import Refusal, Refused

LONGEST_NAME: Final = 100
FEATURES: Final = frozenset({"sms", "voice", "mms", "two_way"})
# Not in ISO 3166-1, but what libphonenumber says of numbers under +383.
_KOSOVO: Final = "XK"


def invalid(name: str, sentence: str) -> Refused:
    """A field that has a value that cannot be used."""
    return Refused(refusal=Refusal.INVALID_FIELD, field=name, detail=sentence)


def name_faults(name: str, text: str) -> Iterator[Refused]:
    """A name that people read."""
    if not 1 <= len(text) <= LONGEST_NAME or text != text.strip() or not text.isprintable():
        yield invalid(name, f"It has 1 to {LONGEST_NAME} printable characters, no blanks around.")


def moment_faults(name: str, moment: datetime | None) -> Iterator[Refused]:
    """A time."""
    if moment is not None and moment.tzinfo is None:
        yield invalid(name, "A time has its offset from UTC, such as Z.")


def between_faults(name: str, value: int, least: int, most: int) -> Iterator[Refused]:
    """A count, from `least` to `most`, both included."""
    if not least <= value <= most:
        yield invalid(name, f"It is between {least} and {most}, not {value}.")


def currency_faults(code: str) -> Iterator[Refused]:
    """A currency of ISO 4217."""
    if pycountry.currencies.get(alpha_3=code) is None or not code.isupper():
        yield invalid("currency", f"“{code}” is no currency of ISO 4217.")


def country_faults(name: str, code: str | None) -> Iterator[Refused]:
    """A country of ISO 3166-1 alpha-2, or none."""
    if code is None or code == _KOSOVO:
        return
    if pycountry.countries.get(alpha_2=code) is None or not code.isupper():
        yield invalid(name, f"“{code}” is no country of ISO 3166-1 alpha-2.")


def features_faults(features: Sequence[str]) -> Iterator[Refused]:
    """What a number or a sender ID can do."""
    if not features or set(features) - FEATURES:
        yield invalid("features", f"Features are some of: {', '.join(sorted(FEATURES))}.")


def sender_faults(name: str, text: str) -> Iterator[Refused]:
    """A sender ID."""
    found = classify_sender(text)
    if isinstance(found, InvalidSender):
        yield Refused(refusal=Refusal.INVALID_SENDER, field=name, detail=found.sentence)


def sender_text(text: str) -> str:
    """A sender ID in its canonical form; what is none stays as it is."""
    found = classify_sender(text)
    return text if isinstance(found, InvalidSender) else found.text


def receiving(text: str, default_region: str | None) -> str:
    """The canonical digits of a number or short code; empty when it is neither."""
    found = classify_sender(text, default_region=default_region)
    if isinstance(found, InvalidSender) or found.kind is SenderKind.ALPHANUMERIC:
        return ""
    return found.text


def is_network(text: str) -> bool:
    """Whether a text is a network in CIDR form."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text in UTF-8."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
