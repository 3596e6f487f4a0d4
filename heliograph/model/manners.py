"""How the customers of one door expect to be called about their messages, and called again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from heliograph.model.account import Endpoint

_DAYS: Final = (5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How long reports are gathered before an endpoint is told of them."""

    first_seconds: float
    """From when a message was sent to its first report."""
    later_seconds: float | None = None
    """From that to a second one with what happened since; None: whatever happens after the first is told
    `first_seconds` later."""


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """A door's way of calling back."""

    retry_seconds: tuple[float, ...] = _DAYS
    """Pauses between tries, each varied by a fifth: by default twelve tries over about three days."""
    hopeless: frozenset[int] = frozenset({410})
    """HTTP statuses after which nothing is tried again."""
    timeout_seconds: float | None = None
    """For one call; None means the house's own."""
    gone_disables: bool = True
    """410 Gone disables the endpoint (Standard Webhooks); else it says no more of it than 404."""
    https_only: bool = False
    """Nothing is told over plain HTTP, unless the operator opened private networks for a trial."""
    gathers: Callable[[Endpoint], Waits] | None = None
    """How an endpoint wants its reports gathered; None: each is told at once."""


HOUSE_MANNERS: Final = Manners()
