"""What goes wrong in the simulated network: the command that asks, the one that says, and their answer.

As settings of a simulated carrier they have the same names (`docs/simulator.md`).
"""

from __future__ import annotations

import msgspec

__all__ = ["Faults", "GetFaults", "SetFaults", "Simulated", "Simulating"]


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """How badly the network behaves. Shares are fractions of 1. The default is a quick network that
    delivers everything; None is the simulator's own latency."""

    response_median_ms: float | None = None
    response_p99_ms: float | None = None
    receipt_median_ms: float | None = None
    receipt_p99_ms: float | None = None
    undelivered_share: float = 0.0
    expired_share: float = 0.0
    rejected_share: float = 0.0
    refused_share: float = 0.0
    throttled_share: float = 0.0
    unanswered_share: float = 0.0
    lost_share: float = 0.0
    duplicate_share: float = 0.0
    early_share: float = 0.0
    reverse_share: float = 0.0
    cut_share: float = 0.0
    """Submissions during whose response the connection ends."""
    garbage_share: float = 0.0
    late_share: float = 0.0
    """Responses that come `late_seconds` later."""
    late_seconds: float = 2.0
    wrong_id_share: float = 0.0
    """Receipts whose id is written otherwise than the response wrote it."""
    down: bool = False
    """Nobody is there: no connection can be made."""


class GetFaults(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong now."""


class SetFaults(msgspec.Struct, frozen=True, kw_only=True):
    """Let this go wrong, and nothing else, from the next submission on."""

    faults: Faults


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to both."""

    faults: Faults
    carriers: tuple[str, ...]
    """Names of the simulated carriers, which all behave so."""


Simulating = GetFaults | SetFaults
