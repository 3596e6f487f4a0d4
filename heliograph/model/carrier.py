"""What the flow and a carrier expect of each other; carriers import these words, never the flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from heliograph.model.report import Arrival, Dispatch, Outcome, Receipt


class Hear(Protocol):
    """Where a carrier brings what it hears. Both calls return after the commit; only then may the
    carrier acknowledge to its peer (promise P3)."""

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        """Delivery reports, in the order in which they came."""

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        """Messages from handsets."""


Settle = Callable[[Dispatch, Outcome], None]
"""Called once for each dispatch, from the event loop, as soon as its outcome is known."""


class CarrierLink(Protocol):
    """One carrier at work."""

    @property
    def up(self) -> bool:
        """Whether it can take messages now."""

    async def start(self, hear: Hear, changed: Callable[[], None]) -> None:
        """Connect. `changed` is called whenever `up` may have changed."""

    async def stop(self) -> None:
        """Idempotent; returns when all is still. Attempts without an outcome settle as Unknown."""

    def submit(self, dispatches: Sequence[Dispatch], settle: Settle) -> None:
        """Take these attempts; they are on record already. Never blocks and never raises."""
