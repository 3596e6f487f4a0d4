"""The states of a message and the only table that says which may follow which.

`advance` is the one place that decides; `heliograph.flow.advance` is the one place that writes what it
decided. Numbers are stored and must never be given a new meaning.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property


class Status(IntEnum):
    """Where a message stands.

    A message is born by its accepting commit, SCHEDULED or QUEUED. That an attempt is under way is a
    fact of the outbox (its row's state), not a status: it would be written twice for nothing.
    """

    SCHEDULED = 2
    """To be sent later."""
    QUEUED = 3
    """To be sent now, or again after a temporary refusal."""
    SENT = 5
    """A carrier has taken it; a receipt is awaited."""
    UNCERTAIN = 6
    """An attempt was made and nobody knows whether the carrier took it."""
    DELIVERED = 7
    UNDELIVERED = 8
    """The network tried and gave up."""
    EXPIRED = 9
    """Validity ended before an outcome was known; a late receipt may still say more."""
    REJECTED = 10
    """The network refused it, or a rule of ours did after acceptance (opt-out before sending)."""
    FAILED = 11
    """No carrier took it."""
    CANCELLED = 12

    @cached_property
    def word(self) -> str:
        """The lower-case word used in APIs, metrics and the console."""
        return self.name.lower()


FINAL = frozenset(
    {Status.DELIVERED, Status.UNDELIVERED, Status.REJECTED, Status.FAILED, Status.CANCELLED}
)
"""Nothing follows these."""
SETTLED = FINAL | {Status.EXPIRED}
"""What a customer may treat as the end; only a late receipt moves EXPIRED on."""
FAILURES = frozenset({Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED, Status.FAILED})

_OUTCOMES = frozenset(
    {Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED, Status.FAILED}
)
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset(
        {Status.QUEUED, Status.SENT, Status.UNCERTAIN, Status.CANCELLED} | _OUTCOMES
    ),
    # A receipt of an earlier attempt may settle a message that waits for its next one.
    Status.QUEUED: frozenset({Status.SENT, Status.UNCERTAIN, Status.CANCELLED} | _OUTCOMES),
    Status.SENT: frozenset({Status.QUEUED} | _OUTCOMES),
    Status.UNCERTAIN: frozenset({Status.QUEUED, Status.SENT} | _OUTCOMES),
    Status.EXPIRED: frozenset({Status.DELIVERED, Status.UNDELIVERED, Status.REJECTED}),
    Status.DELIVERED: frozenset(),
    Status.UNDELIVERED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}


def advance(current: Status, proposed: Status) -> Status | None:
    """The state to write, or None when the proposal comes too late or says nothing new."""
    return proposed if proposed in TRANSITIONS[current] else None
