"""What is learnt about messages, where they stand, and what a committed batch leaves to be done.

The shapes that `advance` takes and gives; whoever brings changes has them from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from heliograph.flow.gather import CallbackOf
from heliograph.flow.settle import Resolved
from heliograph.model.message import Event, EventKind, Inbound, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.store import messages
from heliograph.store.database import Link, Record
from heliograph.store.notifications import NotificationKey

Key = tuple[int, int]
"""`(account_id, message_id)`."""


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """When and how a message is to be sent again."""

    due_at: datetime
    failures: int = 0
    tried: tuple[int, ...] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was learnt about a message."""

    account_id: int
    message_id: int
    kind: EventKind = EventKind.STATUS
    """What to note when the status does not change: a RECEIPT or an ATTEMPT; STATUS notes nothing."""
    status: Status | None
    """The proposed status; None leaves it."""
    reason: Reason = Reason.NONE
    vendor_code: str | None = None
    attempt: int = 0
    """The attempt this is about; 0 for none."""
    carrier_id: int | None = None
    part: int = 0
    at: datetime
    detail: bytes | None = None
    again: Again | None = None
    """Set for a message that is to be sent again."""


@dataclass(slots=True)
class Standing:
    """Where a message stands while a batch of changes passes over it."""

    account_id: int
    id: int
    status: Status
    reason: int
    charge: Charge
    price_micros: int
    attempts: int
    parts: int
    traffic_class: int
    valid_until: datetime
    test: bool
    submission_id: int | None
    carrier_id: int | None
    vendor_code: str | None
    callback: str | None
    secret: bool = False
    touched: bool = False


@dataclass(slots=True)
class Told:
    """What a committed batch leaves to be done in memory."""

    events: list[Event] = field(default_factory=list)
    ready: list[NotificationKey] = field(default_factory=list)
    """Notifications leased to this process that may go out at once."""
    known: dict[int, tuple[Event, MessageRecord]] = field(default_factory=dict)
    """What they tell of, by event id, as far as it is in memory."""
    arrived: list[Inbound] = field(default_factory=list)
    """Messages from handsets."""

    def add(self, other: Told) -> None:
        """Take over what another batch in the same transaction left."""
        self.events += other.events
        self.ready += other.ready
        self.known |= other.known
        self.arrived += other.arrived


@dataclass(slots=True)
class Passed:
    """What `Advance.pass_on` moved; `apply` tells of it and settles its money."""

    events: list[Event] = field(default_factory=list)
    rows: dict[int, Record] = field(default_factory=dict)
    """By message id: what is told of it, and its money."""
    money: list[Resolved] = field(default_factory=list)
    """What was held and is captured."""


Standings = dict[Key, Standing]


async def load(link: Link, keys: Iterable[Key]) -> Standings:
    """Lock messages and say where they stand; unknown ones are missing from the answer."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    rows = await messages.lock_messages(link, wanted)
    return {
        (row["account_id"], row["id"]): Standing(
            account_id=row["account_id"],
            id=row["id"],
            status=Status(row["status"]),
            reason=row["reason"],
            charge=Charge(row["charge"]),
            price_micros=row["price_micros"],
            attempts=row["attempts"],
            parts=row["parts"],
            traffic_class=row["traffic_class"],
            valid_until=row["valid_until"],
            test=row["test"],
            submission_id=row["submission_id"],
            carrier_id=row["carrier_id"],
            vendor_code=row["vendor_code"],
            callback=row["callback"],
            secret=row["secret"],
        )
        for row in rows
    }


def event_of(change: Change, number: int, kind: EventKind, status: Status) -> Event:
    """A change as the event with this id."""
    return Event(
        account_id=change.account_id,
        message_id=change.message_id,
        id=number,
        kind=kind,
        at=change.at,
        status=status,
        reason=change.reason,
        attempt=change.attempt,
        carrier_id=change.carrier_id,
        vendor_code=change.vendor_code,
        part=change.part,
        detail=change.detail,
    )


def callbacks(standings: Standings, rows: Mapping[int, Record]) -> CallbackOf:
    """Where the callback of an event's message is found."""

    def callback_of(event: Event) -> str | None:
        row = rows.get(event.message_id)
        if row is not None:
            callback: str | None = row["callback"]
            return callback
        return standings[event.account_id, event.message_id].callback

    return callback_of
