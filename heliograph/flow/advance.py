"""The one function that changes what is known of a message.

Status, money, outbox, event and notification of a change are written in one transaction, for a batch
of changes at once. Everybody who learns something about messages (deliver, report, tend, cancel)
describes it as a `Change` and brings it here. Needs a transaction; tells nobody before the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from heliograph.flow.callback import endpoint_of, service_of
from heliograph.flow.directory import Directory
from heliograph.flow.gather import put_by
from heliograph.flow.recent import Recent
from heliograph.model.account import ChargeOn, TrafficClass
from heliograph.model.ids import IdMaker
from heliograph.model.message import Event, EventKind, Inbound, Message, MessageRecord
from heliograph.model.money import Charge, Purse
from heliograph.model.reason import Reason, reason_of
from heliograph.model.status import FINAL, SETTLED, Status, advance
from heliograph.store import ledger, messages, notifications, outbox
from heliograph.store.database import Link
from heliograph.store.notifications import NotificationKey

_GOOD_NEWS = frozenset({Status.SENT, Status.DELIVERED})
_IN_OUTBOX = frozenset({Status.SCHEDULED, Status.QUEUED, Status.UNCERTAIN})
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


class Advance:
    """Writes changes. One instance serves the process; all it keeps is a memory of `recent` messages."""

    def __init__(
        self,
        directory: Directory,
        ids: IdMaker,
        *,
        keep_texts: bool = True,
        room: Callable[[], int] | None = None,
    ) -> None:
        """`room`: how many more notifications may be handed over in memory."""
        self._directory = directory
        self._room = room
        self._ids = ids
        self._keep_texts = keep_texts
        self.recent = Recent()

    async def apply(
        self,
        link: Link,
        standings: Standings,
        changes: Sequence[Change],
        *,
        now: datetime,
        lease_until: datetime,
    ) -> Told:
        """Write changes in their order. `lease_until` is for notifications handed over in memory."""
        events: list[Event] = []
        done: set[Key] = set()
        held: dict[Key, datetime] = {}
        again: dict[Key, outbox.Requeue] = {}
        money: dict[Key, Charge] = {}
        for change in changes:
            standing = standings.get((change.account_id, change.message_id))
            if standing is not None:
                before = standing.charge
                event = self._step(standing, change, done, again)
                if event is not None and event.kind is EventKind.STATUS:
                    held.pop((standing.account_id, standing.id), None)
                    if standing.status is Status.UNCERTAIN:
                        held[standing.account_id, standing.id] = standing.valid_until
                if standing.charge is not before:
                    money[standing.account_id, standing.id] = standing.charge
                if event is not None:
                    events.append(event)
        await self._write(link, standings, now)
        if held:
            await outbox.hold_outbox(link, [(*key, until) for key, until in held.items()])
        if again:
            await outbox.requeue_outbox(link, list(again.values()))
        if events:  # and without one nothing is done
            await messages.insert_events(link, events, done - held.keys())
        ready = await self.notify(
            link, events, now=now, lease_until=lease_until, standings=standings
        )
        if money:
            await self._settle(link, standings, money)
        return Told(events=events, ready=ready, known=self._known(events, ready, standings, now))

    def _known(
        self,
        events: Sequence[Event],
        ready: Sequence[NotificationKey],
        standings: Standings,
        now: datetime,
    ) -> dict[int, tuple[Event, MessageRecord]]:
        """What is to be told of, without asking the database for what has just been written."""
        wanted = {key.event_id for key in ready}
        known = {}
        for event in events:
            message = self.recent.get(event.message_id) if event.id in wanted else None
            if message is not None:
                standing = standings[event.account_id, event.message_id]
                known[event.id] = (event, _record(message, standing, now))
        return known

    def _step(
        self,
        standing: Standing,
        change: Change,
        done: set[Key],
        again: dict[Key, outbox.Requeue],
    ) -> Event | None:
        """Take one change; returns the event to be written."""
        proposed = change.status
        if 0 < change.attempt < standing.attempts and proposed not in _GOOD_NEWS:
            proposed = None  # an earlier attempt came to nothing; a later one is under way
        before = standing.status
        follows = advance(standing.status, proposed) if proposed is not None else None
        stays = proposed is not None and proposed is standing.status
        key = (standing.account_id, standing.id)
        if change.attempt > standing.attempts:
            standing.attempts, standing.touched = change.attempt, True
        if follows is not None and proposed is not None:
            standing.status, standing.touched = follows, True
            standing.reason, standing.vendor_code = int(change.reason), change.vendor_code
            standing.carrier_id = change.carrier_id or standing.carrier_id
            standing.charge = self._charge(standing)
        kind = EventKind.STATUS if follows is not None else change.kind
        if change.again is not None and (follows is not None or stays):
            done.discard(key)
            again[key] = outbox.Requeue(
                standing.account_id,
                standing.id,
                change.again.due_at,
                standing.traffic_class,
                standing.attempts,
                change.again.failures,
                change.again.tried,
            )
        elif follows is not None:
            if before in _IN_OUTBOX:
                done.add(key)
            again.pop(key, None)
        if follows is None and change.kind is EventKind.STATUS:
            return None
        return Event(
            account_id=standing.account_id,
            message_id=standing.id,
            id=self._ids.next(),
            kind=kind,
            at=change.at,
            status=standing.status if follows is not None else (proposed or standing.status),
            reason=change.reason,
            attempt=change.attempt,
            carrier_id=change.carrier_id,
            vendor_code=change.vendor_code,
            part=change.part,
            detail=change.detail,
        )

    def _charge(self, standing: Standing) -> Charge:
        """What becomes of held money now that the status is what it is (promise P4)."""
        if standing.charge is not Charge.HELD:
            return standing.charge
        on_sent = self._directory.account(standing.account_id).charge_on is ChargeOn.SENT
        match standing.status:
            case Status.DELIVERED:
                return Charge.CAPTURED
            case Status.SENT:
                return Charge.CAPTURED if on_sent else Charge.HELD
            case Status.UNDELIVERED:
                return Charge.CAPTURED if on_sent else Charge.RELEASED
            case Status.EXPIRED | Status.REJECTED | Status.FAILED | Status.CANCELLED:
                return Charge.RELEASED
            case _:
                return Charge.HELD

    async def _write(self, link: Link, standings: Standings, now: datetime) -> None:
        rows = [
            messages.Standing(
                s.account_id,
                s.id,
                s.status,
                s.reason,
                s.charge,
                s.attempts,
                s.carrier_id,
                s.vendor_code,
                s.status in SETTLED if s.secret else s.status in FINAL and not self._keep_texts,
            )
            for s in standings.values()
            if s.touched
        ]
        for standing in standings.values():
            standing.touched = False
        if rows:
            await messages.set_statuses(link, rows, now)

    async def _settle(self, link: Link, standings: Standings, money: dict[Key, Charge]) -> None:
        """One balance update and at most two ledger transactions per account.

        The balance comes last: its row stays locked until the commit, and other batches wait for it.
        """
        sums: dict[int, tuple[int, int]] = {}
        for key, charge in money.items():
            captured, released = sums.get(key[0], (0, 0))
            price = standings[key].price_micros
            if charge is Charge.CAPTURED:
                sums[key[0]] = (captured + price, released)
            else:
                sums[key[0]] = (captured, released + price)
        moves = []
        for account_id, (captured, released) in sums.items():
            owners = {standings[key].submission_id for key in money if key[0] == account_id}
            owner = owners.pop() if len(owners) == 1 else None
            moves += [
                ledger.Move(account_id, captured, Purse.HELD, Purse.REVENUE, "capture", owner),
                ledger.Move(account_id, released, Purse.HELD, Purse.AVAILABLE, "release", owner),
            ]
        await ledger.resolve(link, sums, ledger.entries_of(self._ids.next, moves))

    async def notify(
        self,
        link: Link,
        events: Sequence[Event],
        *,
        now: datetime,
        lease_until: datetime,
        standings: Standings | None = None,
    ) -> list[NotificationKey]:
        """Queue the notifications that these events ask for (promise P5)."""
        if self._directory.gathering.endpoints:

            def callback_of(event: Event) -> str | None:
                return standings[event.account_id, event.message_id].callback if standings else None

            await put_by(link, self._directory, events, callback_of)
        keys = []
        for event in events:
            if event.kind is not EventKind.STATUS:
                continue
            callback = standings and standings[event.account_id, event.message_id].callback
            service_id = service_of(callback, event.status) if callback else None
            keys += [
                NotificationKey(event.account_id, endpoint.id, event.message_id, event.id)
                for endpoint in self._directory.listening(event.account_id, event.type, service_id)
            ]
            if callback:
                endpoint_id = endpoint_of(callback, event.status)
                if endpoint_id is not None:
                    keys.append(
                        NotificationKey(event.account_id, endpoint_id, event.message_id, event.id)
                    )
        if not keys:
            return []
        if self._room is not None and self._room() < len(keys):
            # Nobody here can tell them now. Due at once, they are claimed as soon as there is room;
            # a lease would have to run out first.
            await notifications.insert_notifications(link, keys, lease_until=now, at=now)
            return []
        first = await notifications.insert_notifications(
            link, keys, lease_until=lease_until, at=now
        )
        return [key for key in keys if (key.endpoint_id, key.event_id) in first]


def _record(message: Message, standing: Standing, now: datetime) -> MessageRecord:
    return MessageRecord(
        message=message.shown,
        status=standing.status,
        reason=reason_of(standing.reason),
        vendor_code=standing.vendor_code,
        charge=standing.charge,
        attempts=standing.attempts,
        carrier_id=standing.carrier_id,
        updated_at=now,
    )


def delay(reason_failures: int, base_seconds: float) -> float:
    """How long to wait before the next try: doubling, at most an hour."""
    return float(min(base_seconds * 2 ** min(reason_failures, 12), 3600.0))


def lane_of(traffic_class: TrafficClass) -> int:
    """The outbox lane of a traffic class; its number is its urgency."""
    return int(traffic_class)
