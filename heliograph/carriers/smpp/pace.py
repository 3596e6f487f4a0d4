"""How fast one bind may write: a token bucket, and the silence that a throttling SMSC asked for. It has no
clock of its own.
"""

from __future__ import annotations

from typing import Final

_BURST_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 30.0


class Pace:
    """Times are seconds of one steady clock."""

    __slots__ = ("_at", "_first_pause", "_next_pause", "_paused_until", "_per_second", "_tokens")

    def __init__(self, per_second: float, pause_seconds: float, now: float) -> None:
        """`per_second` 0 means no limit; a tenth of a second's worth may go at once."""
        self._per_second = per_second
        self._tokens = self._burst
        self._at = now
        self._first_pause = self._next_pause = pause_seconds
        self._paused_until = 0.0

    @property
    def _burst(self) -> float:
        return max(1.0, self._per_second * _BURST_SECONDS)

    def available(self, now: float) -> int:
        """How many may go now."""
        if now < self._paused_until:
            return 0
        if not self._per_second:
            return 1 << 30
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return int(self._tokens + 1e-9)

    def take(self) -> None:
        """One went."""
        if self._per_second:
            self._tokens -= 1

    def wait(self, now: float) -> float:
        """Seconds until one may go."""
        if now < self._paused_until:
            return self._paused_until - now
        if not self._per_second or self._tokens >= 1:
            return 0.0
        return (1 - self._tokens) / self._per_second

    def throttled(self, now: float) -> float:
        """The SMSC took too much: pause, longer each time. Returns the seconds of silence from now."""
        if now >= self._paused_until:  # what comes within a pause was written before it
            self._paused_until = now + self._next_pause
            self._next_pause = min(self._next_pause * 2, _LONGEST_PAUSE_SECONDS)
        return self._paused_until - now

    def went_well(self, now: float) -> None:
        """The SMSC took one after the pause: the next pause is a short one again."""
        if now >= self._paused_until:
            self._next_pause = self._first_pause
