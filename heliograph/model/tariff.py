"""Prices in memory: the longest prefix, then MCC and MNC, then MCC, then the card's default."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from heliograph.model.route import Rate

_ALWAYS = datetime.min.replace(tzinfo=UTC)


class Tariff:
    """One rate card ready for look-ups; each takes about a microsecond."""

    __slots__ = ("_by_network", "_by_prefix", "_lengths", "_names")

    def __init__(self, rates: Iterable[Rate]) -> None:
        by_prefix: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
        by_network: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
        for rate in rates:
            entry = (rate.effective_from or _ALWAYS, rate.price_micros)
            if rate.prefix:
                by_prefix[rate.prefix].append(entry)
            else:
                by_network[rate.mcc or "", rate.mnc or ""].append(entry)
        for entries in (*by_prefix.values(), *by_network.values()):
            entries.sort(reverse=True)
        self._by_prefix = dict(by_prefix)
        self._by_network = dict(by_network)
        self._names = {key: "-".join(filter(None, key)) for key in by_network}
        self._lengths = sorted({len(prefix) for prefix in by_prefix}, reverse=True)

    def price(self, msisdn: str, mcc: str | None, mnc: str | None, at: datetime) -> int | None:
        """Micro-units per part at that moment; None where the card has no price."""
        found = self.rate(msisdn, mcc, mnc, at)
        return None if found is None else found[1]

    def rate(
        self, msisdn: str, mcc: str | None, mnc: str | None, at: datetime
    ) -> tuple[str, int] | None:
        """The same with what the line of the card is for: a prefix, `MCC-MNC`, an MCC, or empty."""
        for length in self._lengths:
            found = _effective(self._by_prefix.get(msisdn[:length]), at)
            if found is not None:
                return msisdn[:length], found
        for key in ((mcc or "", mnc or ""), (mcc or "", ""), ("", "")):
            found = _effective(self._by_network.get(key), at)
            if found is not None:
                return self._names[key], found
        return None


def _effective(entries: list[tuple[datetime, int]] | None, at: datetime) -> int | None:
    for since, price in entries or ():
        if since <= at:
            return price
    return None
