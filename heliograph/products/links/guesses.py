"""Who asks for codes that do not exist, and must wait: behind every public address, whatever it leads to.

Addresses are kept in memory alone, and only for as long as there is room; another process counts for
itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from time import monotonic
from typing import Final

from heliograph.flow.lanes import Bucket

__all__ = ["Guesses"]

REMEMBERED_ADDRESSES: Final = 20_000
MISSES_PER_SECOND: Final = 2.0
MISSES_AT_ONCE: Final = 20


class Guesses:
    """Counts misses by address; of IPv6 by what one caller can have many of."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._misses: OrderedDict[str, Bucket] = OrderedDict()

    def exhausted(self, address: str) -> bool:
        """Whether this address has guessed too often to be answered now."""
        misses = self._misses.get(_network(address))
        return misses is not None and misses.available(self._seconds()) < 1

    def missed(self, address: str) -> None:
        """It asked for a code that does not exist."""
        network, now = _network(address), self._seconds()
        bucket = self._misses.get(network)
        if bucket is None:
            burst = MISSES_AT_ONCE / MISSES_PER_SECOND
            bucket = Bucket(MISSES_PER_SECOND, now, burst_seconds=burst)
            self._misses[network] = bucket
            if len(self._misses) > REMEMBERED_ADDRESSES:
                self._misses.popitem(last=False)
        bucket.available(now)
        bucket.take(1)
        self._misses.move_to_end(network)


def _network(address: str) -> str:
    """What one caller can have many of counts as one: of IPv6 the first 64 bits."""
    if ":" not in address:
        return address
    try:
        packed = ip_address(address).packed
    except ValueError:
        return address
    return packed[:8].hex() if len(packed) == 16 and not packed.startswith(bytes(10)) else address
