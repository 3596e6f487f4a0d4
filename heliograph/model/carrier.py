"""What the flow and a carrier expect of each other; carriers import these words, never the flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from heliograph.model.report import Arrival, Dispatch, OpenId, Outcome, Receipt
from heliograph.model.route import Carrier


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


@runtime_checkable
class Pliable(Protocol):
    """A link that can take other settings while it is at work."""

    def adapt(self, carrier: Carrier) -> bool:
        """Work by these settings from now on; False, and nothing has changed, where they need a new link."""


class LineState(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a carrier: an SMPP bind, or the calls of an HTTP API. Counts are since it began."""

    name: str
    kind: str
    """`transceiver`, `transmitter` or `receiver`; `http`."""
    up: bool
    since: datetime | None = None
    """When it came up or went down; None before the first time."""
    window: int
    """Requests that may be without an answer at once."""
    under_way: int
    """Requests that are."""
    submitted: int = 0
    """Requests with messages, of all parts."""
    throttled: int = 0
    """Answers that said that it was too much."""
    last_error: str = ""
    """A sentence without any secret."""
    last_error_at: datetime | None = None
    submitted_per_second: float = 0.0
    """Of the last ten seconds, worked out by whoever asks again and again."""


@runtime_checkable
class Lined(Protocol):
    """A link that can say how its connections stand."""

    def lines(self) -> Sequence[LineState]:
        """Each of them, always in the same order."""
