"""The one function that changes what is known of a message.

Status, money, outbox, event and notification of a change are written in one transaction, for a batch
of changes at once. Everybody who learns something about messages (deliver, report, tend, cancel)
describes it as a `Change` and brings it here. Needs a transaction; tells nobody before the commit.

Nearly all messages stand where they are expected to: queued when a carrier takes them, sent when their
receipt comes. `pass_on` moves these, and these alone, by one statement; all others go by `load` and
`apply`, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from heliograph.flow.callback import endpoint_of, service_of
from heliograph.flow.directory import Directory
from heliograph.flow.gather import CallbackOf, put_by
from heliograph.flow.recent import Recent
from heliograph.flow.settle import Resolved, settle
from heliograph.flow.standing import (
    Again,
    Change,
    Key,
    Passed,
    Standing,
    Standings,
    Told,
    callbacks,
    event_of,
    load,
)
from heliograph.model.account import ChargeOn, TrafficClass
from heliograph.model.ids import IdMaker
from heliograph.model.message import Event, EventKind, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import reason_of
from heliograph.model.status import FINAL, SETTLED, Status, advance
from heliograph.store import messages, notifications, outbox
from heliograph.store.database import Link, Record
from heliograph.store.notifications import NotificationKey

__all__ = [
    "Advance",
    "Again",
    "Change",
    "Key",
    "Passed",
    "Standing",
    "Standings",
    "Told",
    "delay",
    "lane_of",
    "load",
]

_GOOD_NEWS = frozenset({Status.SENT, Status.DELIVERED})
_IN_OUTBOX = frozenset({Status.SCHEDULED, Status.QUEUED, Status.UNCERTAIN})


class _Step(NamedTuple):
    """How a message that goes the usual way stands before a step."""

    statuses: tuple[Status, ...]
    behind: int
    """How many attempts fewer than the change's it has on record."""
    waits: bool
    """It leaves the outbox."""


_STEPS: Final = {
    Status.SENT: _Step((Status.SCHEDULED, Status.QUEUED), 1, waits=True),
    Status.DELIVERED: _Step((Status.SENT,), 0, waits=False),
}


_NOTHING: Final = Passed()
_PLACE: Final = attrgetter("account_id", "message_id")
"""The order in which messages are locked, as by `load`."""


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
        passed: Passed = _NOTHING,
    ) -> Told:
        """Write changes in their order. `lease_until` is for notifications handed over in memory; `passed`
        is what was moved before, of other messages."""
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
        events = passed.events + events
        ready = await self.notify(
            link,
            events,
            now=now,
            lease_until=lease_until,
            callback_of=callbacks(standings, passed.rows),
        )
        resolved = passed.money + [
            Resolved(key[0], standings[key].submission_id, standings[key].price_micros, charge)
            for key, charge in money.items()
        ]
        if resolved:
            await settle(link, self._ids.next, resolved)
        known = self._known(events, ready, standings, passed.rows, now) if ready else {}
        return Told(events=events, ready=ready, known=known)

    async def pass_on(
        self, link: Link, status: Status, changes: Sequence[Change], *, now: datetime
    ) -> Passed:
        """Move messages to SENT or DELIVERED that stand as usual, and leave the others as they are.

        No two `changes` are of the same message; each proposes `status` and is of a whole message. Means
        for those that it moves what `apply` would; hand the answer to it.
        """
        if not changes or (status in FINAL and not self._keep_texts):
            return Passed()
        step = _STEPS[status]
        ids = self._ids.take(len(changes))
        events = [
            event_of(change, number, EventKind.STATUS, status)
            for number, change in zip(ids, sorted(changes, key=_PLACE), strict=True)
        ]
        becomes = {
            account: self._usual(status, account) for account in {e.account_id for e in events}
        }
        rows = await messages.pass_on(
            link,
            events,
            statuses=step.statuses,
            behind=step.behind,
            charges=[becomes[event.account_id] for event in events],
            wipes=status in SETTLED,
            finished=step.waits,
            at=now,
        )
        passed = Passed(rows={row["id"]: row for row in rows})
        for event in events:
            row = passed.rows.get(event.message_id)
            if row is None:
                continue
            passed.events.append(event)
            charge = becomes[event.account_id]
            if charge is Charge.CAPTURED and row["charge"] == charge:
                passed.money.append(
                    Resolved(event.account_id, row["submission_id"], row["price_micros"], charge)
                )
        return passed

    def _usual(self, status: Status, account_id: int) -> Charge:
        """What a step makes of held money; FREE where by now none is held as a rule."""
        if status is not Status.SENT and self._charge(Status.SENT, account_id) is not Charge.HELD:
            return Charge.FREE
        return self._charge(status, account_id)

    def _known(
        self,
        events: Sequence[Event],
        ready: Sequence[NotificationKey],
        standings: Standings,
        rows: Mapping[int, Record],
        now: datetime,
    ) -> dict[int, tuple[Event, MessageRecord]]:
        """What is to be told of, without asking the database for what has just been written."""
        wanted = {key.event_id for key in ready}
        known = {}
        for event in events:
            message = self.recent.get(event.message_id) if event.id in wanted else None
            if message is None:
                continue
            row = rows.get(event.message_id)
            if row is not None:
                record = _record_passed(message, event, Charge(row["charge"]), now)
            else:
                record = _record(message, standings[event.account_id, event.message_id], now)
            known[event.id] = (event, record)
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
            if standing.charge is Charge.HELD:
                standing.charge = self._charge(standing.status, standing.account_id)
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
        noted = standing.status if follows is not None else (proposed or standing.status)
        return event_of(change, self._ids.next(), kind, noted)

    def _charge(self, status: Status, account_id: int) -> Charge:
        """What becomes of held money with a status (promise P4)."""
        on_sent = self._directory.account(account_id).charge_on is ChargeOn.SENT
        match status:
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

    async def notify(
        self,
        link: Link,
        events: Sequence[Event],
        *,
        now: datetime,
        lease_until: datetime,
        callback_of: CallbackOf = lambda _: None,
    ) -> list[NotificationKey]:
        """Queue the notifications that these events ask for (promise P5)."""
        if self._directory.gathering.endpoints:
            await put_by(link, self._directory, events, callback_of)
        keys: list[NotificationKey] = []
        heard: dict[tuple[int, Status, str | None], list[int]] = {}
        for event in events:
            if event.kind is EventKind.STATUS:
                place = (event.account_id, event.status, callback_of(event))
                endpoints = heard.get(place)
                if endpoints is None:
                    endpoints = heard[place] = self._listening(event, place[2])
                for endpoint_id in endpoints:
                    key = (event.account_id, endpoint_id, event.message_id, event.id)
                    keys.append(NotificationKey(*key))
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

    def _listening(self, event: Event, callback: str | None) -> list[int]:
        """Who is to be told of the event of a message with this callback."""
        service_id = service_of(callback, event.status) if callback else None
        listening = self._directory.listening(event.account_id, event.type, service_id)
        own = endpoint_of(callback, event.status) if callback else None
        return [endpoint.id for endpoint in listening] + ([] if own is None else [own])


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


def _record_passed(message: Message, event: Event, charge: Charge, now: datetime) -> MessageRecord:
    return MessageRecord(
        message=message.shown,
        status=event.status,
        reason=event.reason,
        vendor_code=event.vendor_code,
        charge=charge,
        attempts=event.attempt,
        carrier_id=event.carrier_id or None,
        updated_at=now,
    )


def delay(reason_failures: int, base_seconds: float) -> float:
    """How long to wait before the next try: doubling, at most an hour."""
    return float(min(base_seconds * 2 ** min(reason_failures, 12), 3600.0))


def lane_of(traffic_class: TrafficClass) -> int:
    """The outbox lane of a traffic class; its number is its urgency."""
    return int(traffic_class)
