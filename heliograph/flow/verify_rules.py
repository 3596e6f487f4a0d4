"""What a profile of one-time passwords must be like, kept or put together for one request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from heliograph.flow.fields import (
    between_faults,
    country_faults,
    invalid,
    name_faults,
    sender_faults,
    storable,
)
from heliograph.model.refusal import Refused
from heliograph.model.verify import (
    LONGEST_CODE,
    LONGEST_TTL_SECONDS,
    MOST_ATTEMPTS,
    SHORTEST_CODE,
    Guard,
    Limits,
    VerifyProfile,
)

PLACE: Final = re.compile(r"\{\{\s*(?:code|verification_code)\s*\}\}")
"""Where the code goes."""
LONGEST_TEXT: Final = 1_000
_ALPHABET: Final = re.compile(r"[A-Za-z0-9]{2,62}", re.ASCII)
_FEWEST_CODES: Final = 10_000
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_MOST_TEXTS: Final = 100
_MOST: Final = 1_000_000_000
_DAY: Final = 86_400


def profile_faults(profile: VerifyProfile) -> Iterator[Refused]:
    """Everything that is wrong with it."""
    yield from name_faults("name", profile.name)
    if profile.name.isdigit():
        yield invalid("name", "A name is no number: by its number a profile is found too.")
    if profile.sender is not None:
        yield from sender_faults("sender", profile.sender)
    yield from code_faults(profile)
    for tag, text in profile.texts.items():
        if tag and not _LOCALE.fullmatch(tag):
            yield invalid("texts", f"“{tag[:40]}” is no language tag such as en or pt-BR.")
        for fault in text_faults(text):
            yield invalid("texts", f"{tag or 'default'}: {fault.detail}")
    if len(profile.texts) > _MOST_TEXTS:
        yield invalid("texts", f"At most {_MOST_TEXTS} texts.")
    for country in profile.allowed_countries:
        yield from country_faults("allowed_countries", country)
    yield from _limit_faults(profile.limits)
    yield from _guard_faults(profile.guard)


def code_faults(profile: VerifyProfile) -> Iterator[Refused]:
    """What one request may choose too: how codes look and live."""
    yield from between_faults("length", profile.length, SHORTEST_CODE, LONGEST_CODE)
    letters = profile.alphabet
    if not _ALPHABET.fullmatch(letters) or len(set(letters)) != len(letters):
        yield invalid("alphabet", "An alphabet has 2 to 62 letters or digits, all different.")
    elif len(letters) ** min(max(profile.length, 1), LONGEST_CODE) < _FEWEST_CODES:
        yield invalid("length", f"There must be {_FEWEST_CODES} codes of this length at least.")
    yield from between_faults("ttl_seconds", profile.ttl_seconds, 30, LONGEST_TTL_SECONDS)
    yield from between_faults("max_attempts", profile.max_attempts, 1, MOST_ATTEMPTS)
    yield from between_faults("resend_seconds", profile.resend_seconds, 0, _DAY)
    yield from between_faults("resend_limit", profile.resend_limit, 0, 20)


def text_faults(text: str) -> Iterator[Refused]:
    """A text with a place for the code."""
    if len(text) > LONGEST_TEXT or not storable(text):
        yield invalid("text", f"A text has at most {LONGEST_TEXT} characters, none of them NUL.")
    if not PLACE.search(text):
        yield invalid("text", "The text has no {{code}} in it.")


def _limit_faults(limits: Limits) -> Iterator[Refused]:
    for name in limits.__struct_fields__:
        yield from between_faults(f"limits/{name}", getattr(limits, name), 0, _MOST)


def _guard_faults(guard: Guard) -> Iterator[Refused]:
    yield from between_faults("guard/prefix_digits", guard.prefix_digits, 1, 15)
    yield from between_faults("guard/share_percent", guard.share_percent, 0, 100)
    yield from between_faults("guard/last", guard.last, 1, 1_000)
    yield from between_faults("guard/minimum", guard.minimum, 1, guard.last)
    yield from between_faults("guard/grace_seconds", guard.grace_seconds, 0, _DAY)
    yield from between_faults("guard/prefix_per_hour", guard.prefix_per_hour, 0, _MOST)
    yield from between_faults("guard/country_per_hour", guard.country_per_hour, 0, _MOST)
    yield from between_faults("guard/floor_per_hour", guard.floor_per_hour, 1, _MOST)
    yield from between_faults("guard/cooldown_seconds", guard.cooldown_seconds, 1, _DAY)
