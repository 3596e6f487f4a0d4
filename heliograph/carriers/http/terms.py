"""How a vendor is called, whoever it is: the settings that every carrier called by HTTP has beside the
vendor's own. Secrets are never among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force."""

    timeout_seconds: float = 15.0
    connections: float = 32.0
    looks_per_second: float = 10.0
    pull_seconds: float = 5.0


class Term(NamedTuple):
    """One setting: the sentence on it, and the numbers that it takes."""

    sentence: str
    least: float
    most: float


TERMS: Final[Mapping[str, Term]] = MappingProxyType(
    {
        "timeout_seconds": Term(
            "A call that has not been answered by then may or may not have been heard: the message "
            "becomes uncertain. Ten seconds more must be less than the server's "
            "`submit_timeout_seconds`.",
            0.1,
            120,
        ),
        "connections": Term("Calls under way at once; others wait in memory.", 1, 500),
        "looks_per_second": Term(
            "Questions about messages whose outcome is not known.", 0.01, 1000
        ),
        "pull_seconds": Term(
            "Pause before asking again for messages from handsets, where none came.", 0.05, 3600
        ),
    }
)


def terms_of(settings: Mapping[str, str]) -> tuple[Terms, dict[str, str]]:
    """The terms in a carrier's settings, and the other settings, which are the vendor's.

    Raises ValueError with a sentence for every fault.
    """
    found: dict[str, float] = {}
    faults = []
    for name, term in TERMS.items():
        word = settings.get(name)
        if word is None:
            continue
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if not term.least <= value <= term.most:
            faults.append(f"{name} takes {term.least:g} to {term.most:g}")
        found[name] = value
    if faults:
        raise ValueError("; ".join(faults))
    return Terms(**found), {n: word for n, word in settings.items() if n not in TERMS}
