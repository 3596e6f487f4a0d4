"""Slows down whoever guesses: a token bucket for each e-mail address, network address or session.

In memory and bounded: the names that were quiet longest are forgotten first, so that a flood of names
costs no more memory than a few. Each process counts by itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic
from typing import Final

from heliograph.flow.lanes import Bucket
from heliograph.model.refusal import Refusal, Refused

__all__ = ["Throttle", "network_of"]

REMEMBERED: Final = 20_000
_IPV6_HOST_BITS: Final = 64


class Throttle:
    """So many tries at once for each name, and then one in so many seconds."""

    def __init__(
        self, *, at_once: int, seconds_each: float, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._at_once = at_once
        self._per_second = 1 / seconds_each
        self._seconds = seconds
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str) -> Refused | None:
        """Count a try before it is made; a refusal that says when to come again when there is none left."""
        now = self._seconds()
        bucket = self._buckets.get(name)
        if bucket is None:
            burst = self._at_once / self._per_second
            bucket = self._buckets[name] = Bucket(self._per_second, now, burst_seconds=burst)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        if bucket.available(now) < 1:
            wait = max(1, ceil(bucket.wait(now)))
            return Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=wait)
        bucket.take(1)
        return None

    def forgive(self, name: str) -> None:
        """It was no guess: this try does not count."""
        bucket = self._buckets.get(name)
        if bucket is not None:
            bucket.take(-1)

    def forget(self, name: str) -> None:
        """None of its tries counts any more."""
        self._buckets.pop(name, None)


def network_of(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one customer has of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> _IPV6_HOST_BITS:x}::/64"
