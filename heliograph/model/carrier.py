"""What the flow and a carrier expect of each other; carriers import these words, never the flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from heliograph.model.report import Arrival, Dispatch, OpenId, Outcome, Receipt


class Hear(Protocol):
    """Where a carrier brings what it hears. What brings something returns after the commit; only then
    may the carrier acknowledge to its peer (promise P3)."""

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        """Delivery reports, in the order in which they came."""

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        """Messages from handsets."""

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        """Ids that this carrier gave before a moment and whose outcome it has not told: what may be
        asked for. At most `limit`, ordered by id, those greater than `after`; "" begins."""


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


@runtime_checkable
class Narrow(Protocol):
    """A link that can have no more than so many attempts under way, whatever the operator allows."""

    @property
    def most_under_way(self) -> int:
        """What it is given beyond that would but wait in it."""
