"""Telling customers: at least once, with a stable id, in order per message, for days (promise P5).

A notification's row is written with the event; this module makes the call and writes how it went.
Fresh ones come in memory, leased; failed ones and the leftovers of a dead process are claimed.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
import structlog

from heliograph.flow.backlog import Backlog
from heliograph.flow.batch import LINGER, Batcher
from heliograph.flow.callback import url_of
from heliograph.flow.calling import Called, Calling
from heliograph.flow.directory import Directory
from heliograph.flow.handing import Afar
from heliograph.model.account import Endpoint
from heliograph.model.ids import IdMaker
from heliograph.model.manners import HOUSE_MANNERS, Manners
from heliograph.model.message import Event, Inbound, MessageRecord
from heliograph.store import messages, notifications, receipts
from heliograph.store.database import Database, Link
from heliograph.store.notifications import NotificationKey

_log = structlog.get_logger()
_LINGER: Final = 0.05
"""Seconds that a result waits to be written: nobody waits for it, and a kill means one call again."""
_MOST_PER_SESSIONS: Final = 500
_MOST_BEYOND: Final = 2
_GONE: Final = 410
SESSION: Final = "session"
"""The form in which bound sessions are told; their endpoint ids are negative credential ids."""


_ABSENT: Final = Called(status_code=None, error="nobody is bound", duration_ms=0, absent=True)
Caller = Callable[[Endpoint, Event, MessageRecord], Awaitable[Called]]
"""Renders the event in the endpoint's form and calls it; never raises for what the peer did."""


InboundCaller = Callable[[Endpoint, Inbound], Awaitable[Called]]
"""The same for a message from a handset."""


class _Job(msgspec.Struct, frozen=True):
    key: NotificationKey
    tries: int


class _Done(msgspec.Struct, frozen=True):
    job: _Job
    called: Called | None
    """None when nobody is there to be told."""
    due_at: datetime | None
    """When to try again; None for never."""


class Notify:
    """Makes the calls. `start` and `stop` run the workers and the writer of results."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        caller: Caller,
        inbound_caller: InboundCaller | None = None,
        ids: IdMaker,
        now: Callable[[], datetime],
        lease_seconds: float,
        sessions: Callable[[], Collection[int]] = tuple,
        manners: Mapping[str, Manners] | None = None,
        most_in_memory: int = 20_000,
    ) -> None:
        self._database = database
        self._directory = directory
        self._caller = caller
        self._inbound_caller = inbound_caller
        self._ids = ids
        self._now = now
        self._lease = timedelta(seconds=lease_seconds)
        self._sessions = sessions
        self._manners = manners or {}
        self._most = most_in_memory
        self.afar: Afar | None = None
        """Processes that have sessions of their own, to be told by them."""
        self._held: set[NotificationKey] = set()
        self._backlog = Backlog()
        self._calling: Calling[tuple[_Job, Endpoint]] = Calling(self._ended)
        self._load: Batcher[_Job, None] = Batcher(
            "notifications", self._prepare, most=200, again_seconds=0.5, linger_seconds=LINGER
        )
        self._results: Batcher[_Done, None] = Batcher(
            "notified", self._write_results, again_seconds=0.5, linger_seconds=_LINGER
        )
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def start(self) -> None:
        """Begin to call."""
        await self._load.start()
        await self._results.start()

    async def stop(self) -> None:
        """Finish the calls that are under way, write how they went, then stop."""
        await self._load.stop()
        await self._calling.stop(20)
        await self._results.stop()

    def __len__(self) -> int:
        """How many are held in memory."""
        return len(self._held)

    def room(self) -> int:
        """How many more may be handed over in memory."""
        return self._most - len(self._held)

    def take(
        self,
        keys: Sequence[NotificationKey],
        tries: int = 0,
        known: Mapping[int, tuple[Event, MessageRecord]] | None = None,
    ) -> None:
        """Notifications that are leased to this process. Whoever leased them looked for `room` before the
        commit, and others did at the same time: so there is some beyond it, past which they wait for the
        end of their lease.

        `known` has by event id what they tell of; what is not in it is read from the database."""
        known = known or {}
        if self.afar is not None:
            keys = self._tell_afar(self.afar, keys, known)
        for key in keys:
            if key in self._held or len(self._held) >= _MOST_BEYOND * self._most:
                continue
            self._held.add(key)
            job = _Job(key, tries)
            if key.endpoint_id < 0 and key.endpoint_id not in self._sessions():
                self._results.leave(_Done(job, _ABSENT, self._now()))
            elif key.event_id in known:
                event, record = known[key.event_id]
                self._begin(job, event, record)
            else:
                self._load.leave(job)

    def _tell_afar(
        self,
        afar: Afar,
        keys: Sequence[NotificationKey],
        known: Mapping[int, tuple[Event, MessageRecord]],
    ) -> Sequence[NotificationKey]:
        """Those for sessions of other processes are theirs; returns the rest."""
        bound = afar.sessions()
        theirs = {key for key in keys if key.endpoint_id < 0 and key.endpoint_id in bound}
        if not theirs:
            return keys
        told = {key.event_id: known[key.event_id] for key in theirs if key.event_id in known}
        afar.tell([key for key in keys if key in theirs], told)
        return [key for key in keys if key not in theirs]

    async def claim(self) -> int:
        """Lease what is due, account by account; returns how many."""
        now, total = self._now(), 0
        gathered = [each.id for each in self._directory.gathering.endpoints]
        if self._backlog.grown(len(self._held)):
            async with self._database.link() as link:
                await notifications.weigh(link)
        if len(self._held) > self._most // 2:
            return 0
        here = list(self._sessions())
        async with self._database.link() as link:
            for account_id in await notifications.due_accounts(link, now, here, gathered):
                claimed = await notifications.claim_notifications(
                    link,
                    account_id,
                    at=now,
                    limit=500,
                    lease_until=now + self._lease,
                    sessions=here,
                    gathered=gathered,
                )
                for key, tries in claimed:
                    self.take([key], tries)
                total += len(claimed)
        return total

    async def _prepare(self, jobs: Sequence[_Job]) -> list[None]:
        """Read what the calls need in two statements, then make them."""
        keys = [job.key for job in jobs]
        async with self._database.link() as link:
            events = await messages.find_events(
                link, [(k.account_id, k.message_id, k.event_id) for k in keys]
            )
            records = await messages.find_messages(
                link, list({(k.account_id, k.message_id) for k in keys})
            )
            inbound = await receipts.find_inbound(
                link, [(k.account_id, k.message_id) for k in keys if k.message_id == k.event_id]
            )
        by_event = {event.id: event for event in events}
        by_message = {record.message.id: record for record in records}
        by_arrival = {item.id: item for item in inbound}
        for job in jobs:
            happening = by_event.get(job.key.event_id) or by_arrival.get(job.key.event_id)
            self._begin(job, happening, by_message.get(job.key.message_id))
        return [None] * len(jobs)

    def _begin(
        self, job: _Job, happening: Event | Inbound | None, record: MessageRecord | None
    ) -> None:
        endpoint = self._endpoint(job.key, record)
        call = self._call_for(endpoint, happening, record)
        if endpoint is None or call is None:
            self._results.leave(_Done(job, None, None))
            return
        self._calling.put(
            (endpoint.account_id, endpoint.id),
            (job, endpoint),
            call,
            fixed_width=_MOST_PER_SESSIONS if endpoint.id < 0 else 0,
        )

    def _call_for(
        self,
        endpoint: Endpoint | None,
        happening: Event | Inbound | None,
        record: MessageRecord | None,
    ) -> Callable[[], Awaitable[Called]] | None:
        """The call to make; None when what is to be told, or who, is no longer there."""
        match happening:
            case Event() if endpoint is not None and record is not None:
                return partial(self._caller, endpoint, happening, record)
            case Inbound() if endpoint is not None and self._inbound_caller is not None:
                return partial(self._inbound_caller, endpoint, happening)
        return None

    def _endpoint(self, key: NotificationKey, record: MessageRecord | None) -> Endpoint | None:
        """The registered endpoint, the URL that came with the message (0), or sessions (negative)."""
        if key.endpoint_id < 0:
            return Endpoint(account_id=key.account_id, id=key.endpoint_id, url="", dialect=SESSION)
        if key.endpoint_id:
            endpoint = self._directory.endpoint(key.account_id, key.endpoint_id)
            return endpoint if endpoint is not None and endpoint.disabled_at is None else None
        if record is None or record.message.callback is None:
            return None
        return Endpoint(
            account_id=key.account_id,
            id=0,
            url=url_of(record.message.callback),
            dialect=record.message.dialect,
        )

    def _ended(self, done: tuple[_Job, Endpoint], called: Called) -> None:
        job, endpoint = done
        self._results.leave(_Done(job, called, self._next(job.tries, called, endpoint)))

    def _next(self, tries: int, called: Called, endpoint: Endpoint) -> datetime | None:
        if called.absent:
            return self._now()
        manners = self._manners.get(endpoint.dialect, HOUSE_MANNERS)
        pauses = manners.retry_seconds
        if called.ok or called.status_code in manners.hopeless or tries >= len(pauses):
            return None
        seconds = pauses[tries] * self._jitter.uniform(0.8, 1.2)
        if called.retry_after_seconds is not None:
            seconds = max(seconds, min(called.retry_after_seconds, 3600.0))
        return self._now() + timedelta(seconds=seconds)

    async def _write_results(self, items: Sequence[_Done]) -> list[None]:
        told = [self._told(item) for item in items]
        if all(item.finished for item in told) and not any(_is_gone(item) for item in items):
            await self._database.run_one(lambda link: notifications.settle(link, told, self._now()))
        else:
            await self._database.run(lambda link: self._write(link, items, told))
        self._held.difference_update(item.job.key for item in items)
        return [None] * len(items)

    def _told(self, item: _Done) -> notifications.Told:
        called = item.called
        if called is None or called.absent:
            return notifications.Told(*item.job.key, None, None, None, None, item.due_at is None)
        return notifications.Told(
            *item.job.key,
            self._ids.next(),
            called.status_code,
            called.duration_ms,
            called.error,
            item.due_at is None,
        )

    async def _write(
        self, link: Link, items: Sequence[_Done], told: Sequence[notifications.Told]
    ) -> None:
        delayed = [
            (item.job.key, item.due_at, item.job.tries + _counts(item))
            for item in items
            if item.due_at
        ]
        if delayed:
            await notifications.delay_notifications(link, delayed)
        await notifications.settle(link, told, self._now())
        gone = {
            (item.job.key.account_id, item.job.key.endpoint_id)
            for item in items
            if _is_gone(item) and self._disables(item.job.key)
        }
        for account_id, endpoint_id in sorted(gone):
            await notifications.disable_endpoint(
                link, account_id, endpoint_id, self._now(), "The endpoint answered 410 Gone."
            )

    def _disables(self, key: NotificationKey) -> bool:
        endpoint = self._directory.endpoint(key.account_id, key.endpoint_id)
        form = "" if endpoint is None else endpoint.dialect
        return self._manners.get(form, HOUSE_MANNERS).gone_disables


def _counts(item: _Done) -> int:
    """Whether this was a try: 1, or 0 when nobody was there."""
    return 0 if item.called is not None and item.called.absent else 1


def _is_gone(item: _Done) -> bool:
    return item.called is not None and item.called.status_code == _GONE
