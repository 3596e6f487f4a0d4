"""What processes that share the work tell one another: what is to be sent, how much more, whom to tell.

The processes behind the ports accept and hand on to those that have the carriers. Everything said here is in
the database already and leased: a word that is lost costs the time of the lease and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from heliograph.flow.lanes import LANES
from heliograph.flow.outlet import Waiting
from heliograph.model.message import Event, MessageRecord
from heliograph.store.notifications import NotificationKey

Known = Mapping[int, tuple[Event, MessageRecord]]
"""What notifications tell of, by event id."""


class Introduced(msgspec.Struct, frozen=True, tag="introduced", array_like=True):
    """The first word of a process that accepts."""

    node: int
    """In whose name it leases what it hands over."""


class Handed(msgspec.Struct, frozen=True, tag="handed", array_like=True):
    """Messages to be sent."""

    items: list[Waiting]


class Bound(msgspec.Struct, frozen=True, tag="bound", array_like=True):
    """Whom a process that accepts can tell by their sessions, as negative credential ids."""

    sessions: list[int]


class Spare(msgspec.Struct, frozen=True, tag="spare", array_like=True):
    """What a process that carries can do now, for one that accepts."""

    taken: dict[int, int]
    """How many messages it has had from there so far, by lane."""
    free: dict[int, int]
    """How many more of each lane it may hold in memory."""
    up: list[int]
    """Its carriers that can take messages."""


class Telling(msgspec.Struct, frozen=True, tag="telling", array_like=True):
    """Notifications for sessions that are bound where this goes."""

    keys: list[NotificationKey]
    known: dict[int, tuple[Event, MessageRecord]]


ToCarrying = Introduced | Handed | Bound
ToAccepting = Spare | Telling


class Away(Protocol):
    """The processes that carry, as one that accepts sees them."""

    def here(self) -> bool:
        """Whether any of them listens."""

    def up(self, carrier_id: int) -> bool:
        """Whether one of them can send by this carrier now."""

    def room(self, lane: int) -> int:
        """How many more messages of a lane they may be handed."""

    def hand(self, items: Sequence[Waiting]) -> None:
        """Messages leased to this process; those that nobody can take come back when leases end."""


class Afar(Protocol):
    """The processes that accept, as one that carries sees them."""

    def nodes(self) -> Sequence[int]:
        """In whose names there are leases on what was handed over."""

    def sessions(self) -> Collection[int]:
        """Whom they can tell by sessions, as negative credential ids."""

    def tell(self, keys: Sequence[NotificationKey], known: Known) -> None:
        """Notifications for such sessions, leased."""


class Credit:
    """What one process that carries may be handed: what it said last, less what it had not seen then."""

    def __init__(self) -> None:
        self._handed: dict[int, int] = dict.fromkeys(LANES, 0)
        self._said: Spare = Spare({}, {}, [])
        self.up: frozenset[int] = frozenset()

    def said(self, spare: Spare) -> None:
        """It has told of itself."""
        self._said = spare
        self.up = frozenset(spare.up)

    def handed(self, items: Sequence[Waiting]) -> None:
        """These are on their way there."""
        count(self._handed, items)

    def room(self, lane: int) -> int:
        """How many more of a lane."""
        unseen = self._handed[lane] - self._said.taken.get(lane, 0)
        return self._said.free.get(lane, 0) - unseen


def count(by_lane: dict[int, int], items: Sequence[Waiting]) -> None:
    """Add messages to what was counted of each lane."""
    for item in items:
        by_lane[int(item.message.traffic_class)] += 1
