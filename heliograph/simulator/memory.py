"""What a simulated network remembers: whom it has seen how often, and what it still owes to whom.

With a journal the same survives the process: opening it plays the past back, lands on the handsets what
had landed, and owes again whatever was not acknowledged. It must never forget a debt while it lives,
and never remember more messages and recipients than it was told to.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from heliograph.simulator.handset import Handsets
from heliograph.simulator.journal import (
    Acknowledged,
    ArrivalToCome,
    Compacted,
    Entry,
    Journal,
    JournalError,
    ReceiptToCome,
    Submitted,
    Uttered,
)

COMPACT_BYTES: Final = 64 << 20
"""A journal larger than this is compacted when it is first opened."""

_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item", ReceiptToCome, ArrivalToCome)


class Tally(Generic[_Key]):
    """Counts per key; the keys that came first fall out when there are too many."""

    __slots__ = ("_counts", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[_Key, int] = {}

    def add(self, key: _Key, times: int = 1) -> int:
        """Count a key; returns its new count."""
        counts = self._counts
        count = counts[key] = counts.get(key, 0) + times
        if len(counts) > self._most:
            del counts[next(iter(counts))]
        return count

    def count(self, key: _Key) -> int:
        """How often a key was counted; 0 for one that was never, or has fallen out."""
        return self._counts.get(key, 0)

    def items(self) -> list[tuple[_Key, int]]:
        """Every key with its count, first come first."""
        return list(self._counts.items())


class Owed(Generic[_Item]):
    """Things due at some time, in the order of time and number."""

    __slots__ = ("_handed", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, _Item]] = []
        self._handed: dict[int, _Item] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._handed)

    def add(self, item: _Item) -> None:
        """Owe something more."""
        heapq.heappush(self._waiting, (item.due, item.number, item))

    def due(self) -> float | None:
        """When the next one is due; None when nothing waits."""
        return self._waiting[0][0] if self._waiting else None

    def take(self, now: float, most: int) -> list[_Item]:
        """Hand out up to `most` that are due; they stay owed until they are done with."""
        waiting, handed = self._waiting, self._handed
        taken: list[_Item] = []
        while waiting and waiting[0][0] <= now and len(taken) < most:
            item = heapq.heappop(waiting)[2]
            handed[item.number] = item
            taken.append(item)
        return taken

    def done(self, number: int) -> bool:
        """Owe it no more; False when this number was not handed out."""
        return self._handed.pop(number, None) is not None

    def take_back(self) -> list[_Item]:
        """Everything handed out and not done with, which is not owed any more after this."""
        items = list(self._handed.values())
        self._handed.clear()
        return items

    def items(self) -> list[_Item]:
        """All that is owed."""
        return [item for _, _, item in self._waiting] + list(self._handed.values())


class Memory:
    """Counts and debts of one network, on disk too when it has a journal."""

    def __init__(
        self, *, handsets: Handsets, journal: Path | None, most_remembered: int, compact_bytes: int
    ) -> None:
        self._compact_bytes = compact_bytes
        self._handsets = handsets
        self._journal = Journal(journal) if journal else None
        self._recalled = journal is None
        self.messages: Tally[int] = Tally(most_remembered)
        self.recipients: Tally[str] = Tally(most_remembered)
        self.receipts: Owed[ReceiptToCome] = Owed()
        self.arrivals: Owed[ArrivalToCome] = Owed()
        self.last_id = 0
        self._last_number = 0

    def number(self) -> int:
        """A new number to acknowledge something by."""
        self._last_number += 1
        return self._last_number

    def open(self) -> None:
        """Take up the journal; the first time, play it back. Raises JournalError; idempotent."""
        if self._journal is None:
            return
        self._journal.open()
        if self._recalled:
            return
        try:
            self._recall(self._journal)
        except JournalError:
            self._journal.close()
            raise
        self._recalled = True

    def close(self) -> None:
        """Let go of the journal; what was handed out is owed again. Idempotent."""
        for receipt in self.receipts.take_back():
            # It has landed already; only a new process lands it again, on new handsets.
            self.receipts.add(msgspec.structs.replace(receipt, parcel=None))
        for arrival in self.arrivals.take_back():
            self.arrivals.add(arrival)
        if self._journal is not None:
            self._journal.close()

    def write(self, entries: Sequence[Entry]) -> bool:
        """Put a batch on record; False when it could not be written."""
        if self._journal is None:
            return True
        try:
            self._journal.append(entries)
        except JournalError:
            return False
        return True

    def owe(self, receipts: Sequence[ReceiptToCome], arrivals: Sequence[ArrivalToCome]) -> None:
        """Owe these from now on."""
        for receipt in receipts:
            self.receipts.add(receipt)
        for arrival in arrivals:
            self.arrivals.add(arrival)

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Owe these no more. Numbers that are not handed out are passed over."""
        for number in numbers:
            if not self.receipts.done(number):
                self.arrivals.done(number)
        # A journal that cannot be written costs a duplicate after the next start, no more.
        self.write((Acknowledged(numbers),))

    def _recall(self, journal: Journal) -> None:
        pending: dict[int, ReceiptToCome | ArrivalToCome] = {}
        for entry in journal.replay():
            self._recall_entry(entry, pending)
        for item in pending.values():
            self._last_number = max(self._last_number, item.number)
            if isinstance(item, ReceiptToCome):
                self.receipts.add(item)
            else:
                self.arrivals.add(item)
        if journal.size_bytes > self._compact_bytes:
            journal.rewrite((self._compacted(),))

    def _recall_entry(
        self, entry: Entry, pending: dict[int, ReceiptToCome | ArrivalToCome]
    ) -> None:
        match entry:
            case Submitted():
                self.messages.add(entry.message_id)
                self.recipients.add(entry.recipient)
                self.last_id = entry.last_id
                pending.update((item.number, item) for item in entry.receipts)
                pending.update((item.number, item) for item in entry.arrivals)
            case Uttered():
                pending[entry.arrival.number] = entry.arrival
            case Acknowledged():
                for number in entry.numbers:
                    self._last_number = max(self._last_number, number)
                    item = pending.pop(number, None)
                    if isinstance(item, ReceiptToCome) and item.parcel is not None:
                        self._handsets.land(item.parcel, datetime.fromtimestamp(item.due, UTC))
            case Compacted():
                for message_id, count in entry.messages:
                    self.messages.add(message_id, count)
                for recipient, count in entry.recipients:
                    self.recipients.add(recipient, count)
                self.last_id, self._last_number = entry.last_id, entry.last_number
                pending.update((item.number, item) for item in entry.receipts)
                pending.update((item.number, item) for item in entry.arrivals)

    def _compacted(self) -> Compacted:
        return Compacted(
            self.last_id,
            self._last_number,
            self.messages.items(),
            self.recipients.items(),
            self.receipts.items(),
            self.arrivals.items(),
        )
