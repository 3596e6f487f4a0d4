"""What people see first: what happens, what became of messages, what waits, and how carriers stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec

from heliograph.model.carrier import LineState
from heliograph.model.status import Status

HOUSE: Final = 0
"""The `account_id` of sums over all accounts."""
BUCKETS_FROM_MS: Final = (
    0, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
)  # fmt: skip
"""Where buckets of lengths begin. Their numbers, from 1 on, are stored: never give one a new meaning."""
Standing = Literal["up", "partly", "down", "disabled", "unknown"]
UNTIMED: Final = 0
"""The bucket of what has no length."""


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """What happened within one minute, whenever the messages were accepted."""

    at: datetime
    """When it begins."""
    accepted: int = 0
    sent: int = 0
    """Taken by a carrier."""
    delivered: int = 0
    failed: int = 0
    """Undelivered, expired, rejected or failed. A receipt that comes after all takes nothing back here."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a step took for those who took it. The percentiles are read off a histogram and are exact to
    the width of its buckets."""

    messages: int
    mean_ms: int
    p50_ms: int
    p95_ms: int


class Fared(msgspec.Struct, frozen=True, kw_only=True):
    """What became of messages that went by one carrier, or to one country."""

    carrier_id: int | None = None
    country: str = ""
    """ISO 3166-1 alpha-2."""
    accepted: int = 0
    """Told by country only: a message has no carrier when it is accepted."""
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    """Undelivered, expired, rejected or failed, without those that were delivered after all."""
    to_carrier: Timing | None = None
    """From acceptance, or the time that was asked for, until a carrier took it."""
    to_handset: Timing | None = None
    """From then until its delivery was told: a receipt's own time is often of whole minutes."""

    @property
    def delivered_share(self) -> float | None:
        """Delivered of those whose end is known; None while none is."""
        ended = self.delivered + self.failed
        return self.delivered / ended if ended else None


class QueueDepth(msgspec.Struct, frozen=True, kw_only=True):
    """What waits now."""

    waiting: int = 0
    """Messages that are to be sent now, or again, and are not with a carrier."""
    with_carrier: int = 0
    """Attempts that have no answer yet."""
    oldest_due_at: datetime | None = None
    """Since when the oldest has waited: accepted, or asked for, then."""
    callbacks: int = 0
    """Notifications that are due."""
    oldest_callback_at: datetime | None = None


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Money that is held for messages, or earned, and was not given back."""

    currency: str
    micros: int


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """How a carrier stands in one process of the house."""

    node: int = 0
    """The number of the process."""
    at: datetime
    """When it said so."""
    up: bool
    """Whether it can take messages."""
    waiting: int
    """In memory for it."""
    under_way: int
    """With it, without an answer yet."""
    window: int
    """How many may be under way."""
    per_second: float
    """The speed that the operator allows; 0 means any."""
    submitted_per_second: float
    """Of the last ten seconds."""
    throttled: int
    """How often it said that it was too much, within the last minute."""
    latency_ms: int | None = None
    """From handing over to its answer, the mean of the last minute; None without any."""
    last_error: str = ""
    last_error_at: datetime | None = None
    lines: tuple[LineState, ...] = ()
    """Its connections."""


class CarrierState(msgspec.Struct, frozen=True, kw_only=True):
    """How a carrier stands in the whole house."""

    carrier_id: int
    name: str
    kind: str
    enabled: bool
    processes: tuple[ProcessState, ...] = ()
    """Those that have it and spoke within the last seconds."""

    @property
    def word(self) -> Standing:
        """`up`, `partly` (not every process or connection), `down`, `disabled`, or `unknown` while no
        process has said anything."""
        if not self.enabled:
            return "disabled"
        if not self.processes:
            return "unknown"
        ups = [process.up for process in self.processes]
        if not any(ups):
            return "down"
        whole = all(ups) and all(line.up for process in self.processes for line in process.lines)
        return "up" if whole else "partly"


class GetOverview(msgspec.Struct, frozen=True, kw_only=True):
    """An account's overview."""

    for_account: int | None = None
    """The account when the operator asks for another; None means the caller's own."""


class GetHouseOverview(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's: that of all accounts together."""


class ListCarrierStates(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's look at one carrier, or at all."""

    carrier_id: int | None = None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `GetOverview` and `GetHouseOverview`. Test messages count nowhere."""

    as_of: datetime | None
    """Until when everything is counted, but the queue, which is of now; None before the first count."""
    minutes: tuple[Minute, ...]
    """The 60 minutes up to `as_of`, the last one unfinished."""
    since: datetime
    """The rest is of messages accepted from this full hour on, a day before now."""
    states: Mapping[Status, int]
    """How many stand where; what is not there is 0."""
    by_carrier: tuple[Fared, ...]
    by_country: tuple[Fared, ...]
    queue: QueueDepth
    spent_today: tuple[Spent, ...]
    """By currency, of this UTC day."""
    carriers: tuple[CarrierState, ...]
    """Those that carried something since then; for the house all."""


class CarrierStates(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListCarrierStates`, by id."""

    items: tuple[CarrierState, ...]
    one: bool = False
    """Whether one was asked for by its id."""


Observing = GetOverview | GetHouseOverview | ListCarrierStates
"""What is asked about how things go."""
Observed = Overview | CarrierStates
"""What is answered."""


def timing(buckets: Mapping[int, int], sum_ms: int) -> Timing | None:
    """Of a histogram: how many there are by the number of the bucket. None for an empty one."""
    timed = {number: count for number, count in buckets.items() if number and count > 0}
    messages = sum(timed.values())
    if not messages:
        return None
    return Timing(
        messages=messages,
        mean_ms=max(0, sum_ms) // messages,
        p50_ms=_quantile(timed, messages, 0.5),
        p95_ms=_quantile(timed, messages, 0.95),
    )


def _quantile(buckets: Mapping[int, int], messages: int, share: float) -> int:
    """Evenly spread within the bucket; what is in the last one is taken for its beginning."""
    rank, passed = share * messages, 0
    for number in sorted(buckets):
        count = buckets[number]
        if passed + count >= rank:
            first = BUCKETS_FROM_MS[number - 1]
            until = BUCKETS_FROM_MS[min(number, len(BUCKETS_FROM_MS) - 1)]
            return round(first + (until - first) * (rank - passed) / count)
        passed += count
    raise AssertionError("unreachable: the ranks go up to the sum")
