"""How a carrier has done lately: what was handed over, how it answered, and how long that took.

Counting is a few additions on the path of a message; rates are worked out by whoever looks at the counts
now and again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Outcome, Unknown

RATE_SECONDS: Final = 10.0
"""Over how long a rate is the mean."""
RECENT_SECONDS: Final = 60.0
"""What "lately" means for everything else."""
_NO_FAULTS: Final = frozenset({Reason.OPTED_OUT, Reason.VALIDITY_EXPIRED})
"""Reasons of ours, which say nothing about a carrier. Nor do refusals for which the message is at fault."""


class Performance:
    """Counts of one carrier since it was opened."""

    __slots__ = (
        "_now", "answered", "last_error", "last_error_at", "seconds", "submitted", "throttled",
    )  # fmt: skip

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.submitted = 0
        self.answered = 0
        self.seconds = 0.0
        """From handing over to the answer, summed over `answered`."""
        self.throttled = 0
        self.last_error = ""
        self.last_error_at: datetime | None = None

    def settled(self, outcome: Outcome, seconds: float | None) -> None:
        """An attempt has an outcome; `seconds` is None where nobody knows when it began."""
        if seconds is not None:
            self.answered += 1
            self.seconds += seconds
        if (
            isinstance(outcome, Declined)
            and outcome.next_carrier
            and outcome.reason not in _NO_FAULTS
        ):
            self.throttled += outcome.reason is Reason.THROTTLED
            code = f" ({outcome.vendor_code})" if outcome.vendor_code else ""
            self._failed(outcome.reason.word + code)
        elif isinstance(outcome, Unknown):
            self._failed(outcome.detail)

    def counts(self) -> dict[str, float]:
        """Everything that only grows, by name."""
        return {
            "submitted": self.submitted,
            "answered": self.answered,
            "seconds": self.seconds,
            "throttled": self.throttled,
        }

    def _failed(self, why: str) -> None:
        self.last_error = why
        self.last_error_at = self._now()


class Recent:
    """Counts that only grow, looked at now and again: by how much they grew lately."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, Mapping[str, float]]] = deque()

    def look(self, at: float, counts: Mapping[str, float]) -> None:
        """What the counts are at a moment (monotonic seconds)."""
        if self._looks and any(
            counts.get(name, 0) < was for name, was in self._looks[-1][1].items()
        ):
            self._looks.clear()  # something began anew
        self._looks.append((at, dict(counts)))
        while len(self._looks) > 2 and self._looks[1][0] <= at - RECENT_SECONDS:
            self._looks.popleft()

    def grown(self, name: str, within_seconds: float) -> float:
        """By how much a count grew since the last look that is so old, or the first there is."""
        return self._since(name, within_seconds)[0]

    def per_second(self, name: str) -> float:
        """The mean of the last `RATE_SECONDS`."""
        grown, seconds = self._since(name, RATE_SECONDS)
        return grown / seconds if seconds else 0.0

    def _since(self, name: str, within_seconds: float) -> tuple[float, float]:
        if not self._looks:
            return 0.0, 0.0
        at, counts = self._looks[-1]
        then, former = self._looks[0]
        for moment, each in self._looks:
            if moment > at - within_seconds:
                break
            then, former = moment, each
        return counts.get(name, 0) - former.get(name, 0), at - then
