"""A stream of an account's events: each once, those of other processes too, and from where one left off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from heliograph.model.account import Number
from heliograph.model.command import WatchEvents
from heliograph.model.message import Event, Happening, Inbound
from heliograph.model.report import Arrival
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import PATIENCE_SECONDS, Works, working

_Stream = AsyncIterator[Happening]


def _follow(parts: Parts, works: Works, after: int | None = None) -> _Stream:
    sealed = None if after is None else parts.sealed(after)
    return works.watch.follow(parts.principal(), WatchEvents(after=sealed))


async def _next(stream: _Stream, count: int) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found) < count:
            happening = await anext(stream)
            assert not isinstance(happening, Inbound)
            found.append(happening[0])
    return found


async def _more(stream: _Stream) -> bool:
    """Whether anything follows within one look."""
    try:
        async with asyncio.timeout(0.05):
            await anext(stream)
    except TimeoutError:
        return False
    return True


async def test_each_event_is_seen_once_as_it_happens(parts: Parts) -> None:
    async with working(parts) as works:
        stream = _follow(parts, works)
        first = asyncio.create_task(_next(stream, 2))
        await asyncio.sleep(0)
        parts.clock.forward(milliseconds=5)
        await works.sent("id-1")
        assert [event.status for event in await first] == [Status.QUEUED, Status.SENT]
        await works.hear(Status.DELIVERED, "id-1")
        assert [event.status for event in await _next(stream, 1)] == [Status.DELIVERED]
        assert not await _more(stream)


async def test_it_goes_on_behind_the_event_that_was_seen_last(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.DELIVERED, "id-1")
        events = await parts.events(message.message_id)
        stream = _follow(parts, works, after=events[0].id)
        assert [event.id for event in await _next(stream, 2)] == [e.id for e in events[1:]]


async def test_events_of_another_process_are_seen(parts: Parts) -> None:
    other = await parts.neighbour()
    async with working(parts) as works:
        message = await works.sent("id-1")
        before = (await parts.events(message.message_id))[0].id - 1
        async with working(other) as works_there:
            stream = _follow(other, works_there, after=before)
            assert len(await _next(stream, 2)) == 2


async def test_another_accounts_events_are_not_seen(parts: Parts) -> None:
    account = await parts.add_account("second")
    async with working(parts) as works:
        message = await works.sent("id-1", account=account)
        assert await parts.events(message.message_id, account)
        assert not await _more(_follow(parts, works, after=1))


async def test_messages_from_handsets_are_in_the_stream_between_the_events(parts: Parts) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn="8809610000001"))
    arrival = Arrival(
        carrier_id=parts.carrier.id,
        sender="8801712345678",
        recipient="8809610000001",
        text="Hello",
        at=parts.clock(),
    )
    async with working(parts) as works:
        message = await works.sent("id-1")
        start = (await parts.events(message.message_id))[0].id
        parts.clock.forward(milliseconds=5)
        await works.receive.arrivals([arrival])
        parts.clock.forward(milliseconds=5)
        await works.hear(Status.DELIVERED, "id-1")
        stream = _follow(parts, works, after=start)
        async with asyncio.timeout(PATIENCE_SECONDS):
            seen = [await anext(stream) for _ in range(3)]
        assert [each.text if isinstance(each, Inbound) else each[0].status for each in seen] == [
            Status.SENT,
            "Hello",
            Status.DELIVERED,
        ]
        assert not await _more(stream)
