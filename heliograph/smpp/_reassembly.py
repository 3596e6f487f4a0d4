"""Parts to whole messages: out of order, in duplicate, over several sessions. It keeps what is incomplete in
bounded memory, reports what it gives up, and never joins parts of different accounts or addresses. Time
is an argument, in seconds.

A set that was completed is forgotten at once. So a part repeated after its set was complete begins a new
set, which times out with a report; the other choice, to remember, would swallow a second message of the
same text and reference, and a message lost is worse than a report too many.
"""

from enum import Enum
from typing import Final, Generic, TypeVar

import msgspec

from heliograph.smpp._long import Part, PartWidth

__all__ = ["Complete", "GivenUp", "GivenUpReason", "Held", "PartKey", "Reassembler"]

DEFAULT_TIMEOUT_SECONDS: Final = 1800.0  # 30 minutes, as one provider documents
DEFAULT_MAX_SETS: Final = 100_000
DEFAULT_MAX_OCTETS: Final = 64 * 1024 * 1024

Item = TypeVar("Item")


class PartKey(msgspec.Struct, frozen=True, kw_only=True):
    """What parts of one message have in common; nothing of a session is in it."""

    account: str | int
    source: str
    destination: str
    width: PartWidth
    reference: int
    total: int

    @classmethod
    def of(cls, part: Part, *, account: str | int, source: str, destination: str) -> "PartKey":
        """The key of a part that was read from a PDU."""
        return cls(
            account=account,
            source=source,
            destination=destination,
            width=part.width,
            reference=part.reference,
            total=part.total,
        )


class GivenUpReason(Enum):
    """Why a set will never be complete."""

    TIMED_OUT = "timed out"
    REFERENCE_REUSED = "another message used the same reference"
    TOO_MUCH = "too many incomplete sets, or too many octets in them"


class GivenUp(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """An incomplete set that is no longer kept: its parts and the items that came with them, in order."""

    key: PartKey
    reason: GivenUpReason
    parts: tuple[tuple[Part, Item], ...]


class Complete(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A whole message: `octets` joined in order, without user data headers, and each part with its item."""

    key: PartKey
    octets: bytes
    parts: tuple[tuple[Part, Item], ...]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The part waits for others; `is_duplicate` if it was here already and this copy was not kept."""

    is_duplicate: bool


class _Set(Generic[Item]):
    """The parts of one message so far."""

    __slots__ = ("began_at", "parts")

    def __init__(self, began_at: float) -> None:
        self.began_at = began_at
        self.parts: dict[int, tuple[Part, Item]] = {}

    def in_order(self) -> tuple[tuple[Part, Item], ...]:
        return tuple(self.parts[sequence] for sequence in sorted(self.parts))


class Reassembler(Generic[Item]):
    """Collects parts, each with an item of the owner's (a request to answer, a row to mark)."""

    def __init__(
        self,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        max_sets: int = DEFAULT_MAX_SETS,
        max_octets: int = DEFAULT_MAX_OCTETS,
    ) -> None:
        """A set lives `timeout_seconds` from its first part; beyond `max_sets`, or `max_octets` in all
        their parts, the oldest are given up.
        """
        self._timeout_seconds: Final = timeout_seconds
        self._max_sets: Final = max_sets
        self._max_octets: Final = max_octets
        self._octets = 0
        self._sets: dict[PartKey, _Set[Item]] = {}  # oldest first

    def __len__(self) -> int:
        return len(self._sets)

    def add(
        self, key: PartKey, part: Part, item: Item, now: float
    ) -> tuple[Complete[Item] | Held, tuple[GivenUp[Item], ...]]:
        """Take a part: the whole message or the wait for it, and the sets given up because of it.

        The same part with the same octets again is a duplicate; with other octets it is the begin of
        another message under the same reference, and the set so far is given up.
        """
        given_up: list[GivenUp[Item]] = []
        known = self._sets.get(key)
        if known is not None and part.sequence in known.parts:
            if known.parts[part.sequence][0].octets == part.octets:
                return Held(is_duplicate=True), ()
            given_up.append(self._give_up(key, GivenUpReason.REFERENCE_REUSED))
            known = None
        given_up += self._make_room(len(part.octets), is_new=known is None)
        known = self._sets.setdefault(key, _Set(now))
        known.parts[part.sequence] = (part, item)
        self._octets += len(part.octets)
        if len(known.parts) < key.total:
            return Held(is_duplicate=False), tuple(given_up)
        parts = self._remove(key)
        octets = b"".join([one.octets for one, _ in parts])
        return Complete(key=key, octets=octets, parts=parts), tuple(given_up)

    def tick(self, now: float) -> list[GivenUp[Item]]:
        """Give up the sets that waited too long, oldest first."""
        late: list[PartKey] = []
        for key, known in self._sets.items():
            if known.began_at + self._timeout_seconds > now:
                break
            late.append(key)
        return [self._give_up(key, GivenUpReason.TIMED_OUT) for key in late]

    @property
    def next_deadline(self) -> float | None:
        """When the oldest set will have waited too long."""
        for known in self._sets.values():
            return known.began_at + self._timeout_seconds
        return None

    def _make_room(self, octets: int, *, is_new: bool) -> list[GivenUp[Item]]:
        """Give up the oldest sets until so many octets, and a set if it is new, may be added."""
        given_up: list[GivenUp[Item]] = []
        most = self._max_sets - is_new
        while self._sets and (len(self._sets) > most or self._octets + octets > self._max_octets):
            given_up.append(self._give_up(next(iter(self._sets)), GivenUpReason.TOO_MUCH))
        return given_up

    def _give_up(self, key: PartKey, reason: GivenUpReason) -> GivenUp[Item]:
        return GivenUp(key=key, reason=reason, parts=self._remove(key))

    def _remove(self, key: PartKey) -> tuple[tuple[Part, Item], ...]:
        parts = self._sets.pop(key).in_order()
        self._octets -= sum(len(part.octets) for part, _ in parts)
        return parts
