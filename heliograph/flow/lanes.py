"""Who is next: priority lanes, fair share between accounts within a lane, and the pace of a carrier.

Pure: no clock of its own, no task. Promise P8: one tenant's million does not delay another's OTP.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")
LANES = (1, 2, 3)
"""Urgency: one-time passwords, transactional, promotional."""


class FairQueue(Generic[T]):
    """Items by lane and account. `pop` takes the most urgent lane and serves its accounts in turn."""

    __slots__ = ("_lanes", "_size")

    def __init__(self) -> None:
        self._lanes: dict[int, dict[int, deque[T]]] = {lane: {} for lane in LANES}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def push(self, lane: int, account_id: int, item: T, *, ahead: bool = False) -> None:
        """Queue an item behind its account's others, or ahead of them."""
        accounts = self._lanes[lane]
        queue = accounts.get(account_id)
        if queue is None:
            queue = accounts[account_id] = deque()
        if ahead:
            queue.appendleft(item)
        else:
            queue.append(item)
        self._size += 1

    def pop(self, most: int) -> list[T]:
        """Up to `most` items."""
        taken: list[T] = []
        for accounts in self._lanes.values():
            while accounts and (left := most - len(taken)):
                share = max(1, left // len(accounts))
                for account_id in list(islice(accounts, left)):
                    queue = accounts.pop(account_id)
                    taken.extend(queue.popleft() for _ in range(min(share, len(queue))))
                    if queue:  # its turn is over: it queues up behind the others
                        accounts[account_id] = queue
        self._size -= len(taken)
        return taken


class Bucket:
    """A token bucket. `per_second` 0 means no limit. Times are seconds of any steady clock."""

    __slots__ = ("_at", "_burst", "_paused_until", "_tokens", "per_second")

    def __init__(self, per_second: float, now: float, *, burst_seconds: float = 0.1) -> None:
        """By default a tenth of a second's worth may go at once: even, yet no wake-up per message."""
        self.per_second = per_second
        self._burst = max(1.0, per_second * burst_seconds)
        self._tokens = self._burst
        self._at = now
        self._paused_until = 0.0

    def available(self, now: float) -> int:
        """How many may go now."""
        if now < self._paused_until:
            return 0
        if not self.per_second:
            return 1 << 30
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        return int(self._tokens)

    def take(self, count: int) -> None:
        """So many went."""
        if self.per_second:
            self._tokens -= count

    def wait(self, now: float) -> float:
        """Seconds until one may go."""
        if now < self._paused_until:
            return self._paused_until - now
        if not self.per_second or self._tokens >= 1:
            return 0.0
        return (1 - self._tokens) / self.per_second

    def pause(self, until: float) -> None:
        """The carrier asked for silence."""
        self._paused_until = max(self._paused_until, until)
