"""How one connection of a carrier stands, noted as it happens. Pure but for the clock that it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from heliograph.model.carrier import LineState


class Condition:
    """Of a bind, or of the calls of an HTTP API."""

    __slots__ = ("_error", "_error_at", "_now", "_since", "_up", "submitted", "throttled")

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._up = False
        self._since: datetime | None = None
        self._error = ""
        self._error_at: datetime | None = None
        self.submitted = 0
        """Requests with messages."""
        self.throttled = 0
        """Answers that said that it was too much."""

    def turned(self, *, up: bool) -> None:
        """It came up or went down; saying it again changes nothing."""
        if up != self._up or self._since is None:
            self._up, self._since = up, self._now()

    def failed(self, why: str) -> None:
        """Something went wrong; no secret may be in the sentence."""
        self._error, self._error_at = why, self._now()

    def state(self, name: str, kind: str, *, window: int, under_way: int) -> LineState:
        """As it is now."""
        return LineState(
            name=name,
            kind=kind,
            up=self._up,
            since=self._since,
            window=window,
            under_way=under_way,
            submitted=self.submitted,
            throttled=self.throttled,
            last_error=self._error,
            last_error_at=self._error_at,
        )
