"""Reports that are gathered: some forms tell of many messages in one call, some minutes after they were sent.

A message's first report is due so long after it was sent, its second so long after that, and whatever
happens later as long again after it happened; every report says what the message is by then. A report
that is due is a notification like every other (promise P5): its row is written with the event and goes
when the call was answered, so a kill in between means one call again. Rows of one message are told in
their order, or as one where several are due.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from heliograph.flow.callback import service_of
from heliograph.flow.calling import Called
from heliograph.flow.directory import Directory
from heliograph.model.account import Endpoint
from heliograph.model.ids import IdMaker
from heliograph.model.manners import HOUSE_MANNERS, Manners
from heliograph.model.message import Event, EventKind, MessageRecord
from heliograph.store import gathered, messages, notifications
from heliograph.store.database import Database, Link
from heliograph.store.gathered import Late
from heliograph.store.notifications import NotificationKey

__all__ = ["GatheredCaller", "Gatherer", "put_by"]

MOST: Final = 1_000
"""Reports in one call."""
_MOST_CALLS: Final = 20
"""To one endpoint in one sweep."""
_AT_ONCE: Final = 16
_GONE: Final = 410
_log = structlog.get_logger()

GatheredCaller = Callable[[Endpoint, Sequence[tuple[Event, MessageRecord]]], Awaitable[Called]]
"""Renders the last events of messages in the endpoint's form and calls it; never raises for the peer."""
CallbackOf = Callable[[Event], str | None]


async def put_by(
    link: Link, directory: Directory, events: Sequence[Event], callback_of: CallbackOf
) -> None:
    """Queue what endpoints that gather are to be told of these events, in the transaction that writes
    them."""
    late: list[Late] = []
    for event in events:
        if event.kind is not EventKind.STATUS:
            continue
        callback = callback_of(event)
        service_id = service_of(callback, event.status) if callback else None
        for endpoint, waits in directory.gathering.wanting(
            event.account_id, event.type, service_id
        ):
            key = NotificationKey(event.account_id, endpoint.id, event.message_id, event.id)
            late.append(Late(*key, event.at, waits.first_seconds, waits.later_seconds))
    if late:
        await gathered.insert_gathered(link, late)


class Gatherer:
    """Makes the calls. A sweep does everything, so there is nothing to start or stop."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        caller: GatheredCaller,
        ids: IdMaker,
        now: Callable[[], datetime],
        lease_seconds: float,
        manners: Mapping[str, Manners],
        most: int = MOST,
    ) -> None:
        self._database = database
        self._directory = directory
        self._caller = caller
        self._ids = ids
        self._now = now
        self._lease = timedelta(seconds=lease_seconds)
        self._manners = manners
        self._most = most
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def sweep(self) -> int:
        """Tell whoever is to be told now; returns how many calls were made."""
        endpoints = self._directory.gathering.endpoints
        if not endpoints:
            return 0
        keys = [(each.account_id, each.id) for each in endpoints]
        async with self._database.link() as link:
            due = await gathered.due_gathered(link, keys, self._now())
        served = await asyncio.gather(
            *(self._serve(each) for each in endpoints if (each.account_id, each.id) in due)
        )
        return sum(served)

    async def _serve(self, endpoint: Endpoint) -> int:
        async with self._turns:
            for calls in range(_MOST_CALLS):
                try:
                    called = await self._tell(endpoint)
                except Exception:  # noqa: BLE001 - the top of a call: its lease ends, and it is made again
                    _log.exception("reports could not be told", endpoint=endpoint.id)
                    return calls
                if called is None or not called.ok:
                    return calls
            return _MOST_CALLS

    async def _tell(self, endpoint: Endpoint) -> Called | None:
        """One call with what is due; None where nothing is."""
        now = self._now()

        async def claim(link: Link) -> list[tuple[NotificationKey, int]]:
            return await gathered.claim_gathered(
                link,
                (endpoint.account_id, endpoint.id),
                at=now,
                limit=self._most,
                lease_until=now + self._lease,
            )

        claimed = await self._database.run(claim)
        if not claimed:
            return None
        keys = [key for key, _ in claimed]
        items = await self._read(keys)
        called = Called(status_code=200, error=None, duration_ms=0)
        if items:
            called = await self._caller(endpoint, items)
        told = {event.id for event, _ in items}
        tries = max(tries for _, tries in claimed)
        await self._database.run(
            lambda link: self._write(link, endpoint, keys, (told, tries), called)
        )
        return called

    async def _read(self, keys: Sequence[NotificationKey]) -> list[tuple[Event, MessageRecord]]:
        """The last event of each message that is still there."""
        async with self._database.link() as link:
            events = await messages.find_events(
                link, [(key.account_id, key.message_id, key.event_id) for key in keys]
            )
            records = await messages.find_messages(
                link, list({(key.account_id, key.message_id) for key in keys})
            )
        by_message = {record.message.id: record for record in records}
        last = {event.message_id: event for event in sorted(events, key=lambda each: each.id)}
        return [
            (event, by_message[number]) for number, event in last.items() if number in by_message
        ]

    async def _write(
        self,
        link: Link,
        endpoint: Endpoint,
        keys: Sequence[NotificationKey],
        how: tuple[set[int], int],
        called: Called,
    ) -> None:
        told, tries = how
        manners = self._manners.get(endpoint.dialect, HOUSE_MANNERS)
        again = self._again(manners, tries, called)
        if again is not None:
            rows = [(key, again, tries + 1) for key in keys]
            await notifications.delay_notifications(link, rows)
        await gathered.settle_gathered(
            link,
            keys,
            [self._ids.next() if key.event_id in told else None for key in keys],
            status_code=called.status_code,
            duration_ms=called.duration_ms,
            error=called.error,
            finished=again is None,
        )
        if called.status_code == _GONE and manners.gone_disables:
            await notifications.disable_endpoint(
                link,
                endpoint.account_id,
                endpoint.id,
                self._now(),
                "The endpoint answered 410 Gone.",
            )

    def _again(self, manners: Manners, tries: int, called: Called) -> datetime | None:
        pauses = manners.retry_seconds
        if called.ok or called.status_code in manners.hopeless or tries >= len(pauses):
            return None
        seconds = pauses[tries] * self._jitter.uniform(0.8, 1.2)
        if called.retry_after_seconds is not None:
            seconds = max(seconds, min(called.retry_after_seconds, 3600.0))
        return self._now() + timedelta(seconds=seconds)
