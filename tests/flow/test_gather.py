"""Gathered reports: due by when a message was sent, told together, once each, and never out of order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from heliograph.flow.advance import Change, load
from heliograph.flow.calling import Called
from heliograph.flow.gather import Gatherer
from heliograph.model.account import Endpoint
from heliograph.model.message import Event, MessageRecord
from heliograph.model.status import Status
from heliograph.store.database import Link
from tests.flow.conftest import FORMS, GATHERS, LEASE_SECONDS, Parts
from tests.flow.working import OK, working


class KilledError(BaseException):
    """Ends a task where a process would have died."""


_EVENTS = ("message.sent", "message.delivered", "message.expired")
_DOWN = Called(status_code=503, error=None, duration_ms=1)


class Customer:
    """Who is told, and what he answers."""

    def __init__(self, parts: Parts, most: int = 1_000) -> None:
        self.parts = parts
        self.calls: list[list[tuple[int, Status]]] = []
        self.answers: list[Called | BaseException] = []
        self.gatherer = Gatherer(
            database=parts.database,
            directory=parts.directory,
            caller=self._call,
            ids=parts.ids,
            now=parts.clock,
            lease_seconds=LEASE_SECONDS,
            manners=FORMS,
            most=most,
        )

    async def _call(
        self, endpoint: Endpoint, items: Sequence[tuple[Event, MessageRecord]]
    ) -> Called:
        assert all(record.message.id == event.message_id for event, record in items)
        self.calls.append([(event.message_id, event.status) for event, _ in items])
        answer = self.answers.pop(0) if self.answers else OK
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def listens(self, seconds: str) -> Endpoint:
        """For so long reports are gathered."""
        return await self.parts.insert(
            Endpoint(
                account_id=self.parts.account.id,
                id=0,
                url="https://shop.example/dlr",
                dialect=GATHERS,
                events=_EVENTS,
                settings={"seconds": seconds},
                secret="whsec_eA==",
            )
        )

    async def after(self, seconds: float) -> list[list[tuple[int, Status]]]:
        """What is told when so much time has passed."""
        self.parts.clock.forward(seconds=seconds)
        self.calls = []
        await self.gatherer.sweep()
        return self.calls


async def _become(parts: Parts, ids: Sequence[int], status: Status) -> None:
    now = parts.clock()

    async def work(link: Link) -> None:
        standings = await load(link, [(parts.account.id, each) for each in ids])
        changes = [
            Change(account_id=parts.account.id, message_id=each, status=status, at=now)
            for each in ids
        ]
        told = await parts.advance.apply(link, standings, changes, now=now, lease_until=now)
        assert told.ready == []  # nothing goes at once

    await parts.database.run(work)


async def _sent(parts: Parts, count: int) -> list[int]:
    ids = [(await parts.accepted()).message_id for _ in range(count)]
    await _become(parts, ids, Status.SENT)
    return ids


async def test_messages_are_told_together_after_a_time_each_once_as_it_is_by_then(parts: Parts):
    customer = Customer(parts)
    await customer.listens("180")
    one, two = await _sent(parts, 2)
    parts.clock.forward(seconds=100)
    await _become(parts, [one], Status.DELIVERED)
    assert await customer.after(79) == []
    assert await customer.after(1) == [[(one, Status.DELIVERED), (two, Status.SENT)]]
    assert await customer.after(10_000) == []


@pytest.mark.parametrize(
    ("seconds", "waits"), [("180", (180, 0)), ("180 600", (590, 0)), ("180 240", (230, 10))]
)
async def test_what_comes_later_is_told_later(parts: Parts, seconds: str, waits: tuple[int, int]):
    customer = Customer(parts)
    await customer.listens(seconds)
    (one,) = await _sent(parts, 1)
    assert await customer.after(180) == [[(one, Status.SENT)]]
    parts.clock.forward(seconds=10)
    await _become(parts, [one], Status.EXPIRED)
    assert await customer.after(waits[0] - 1) == []
    assert await customer.after(16) == [[(one, Status.EXPIRED)]]
    await _become(parts, [one], Status.DELIVERED)
    later = float(seconds.rpartition(" ")[2])
    assert await customer.after(later - 1) == []
    assert await customer.after(16) == [[(one, Status.DELIVERED)]]


async def test_what_was_not_taken_is_told_again_and_nothing_passes_it(parts: Parts):
    customer = Customer(parts)
    endpoint = await customer.listens("60")
    (one,) = await _sent(parts, 1)
    customer.answers = [_DOWN]
    assert len(await customer.after(60)) == 1
    assert await customer.after(30) == []  # the next try is in about a minute
    await _become(parts, [one], Status.DELIVERED)
    assert await customer.after(45) == [[(one, Status.SENT)]]
    assert await customer.after(30) == [[(one, Status.DELIVERED)]]
    tries = await parts.rows("select status_code, endpoint_id from notification_try order by id")
    assert [row["status_code"] for row in tries] == [503, 200, 200]
    assert {row["endpoint_id"] for row in tries} == {endpoint.id}
    (two,) = await _sent(parts, 1)
    customer.answers = [_DOWN, _DOWN, _DOWN]
    assert [len(await customer.after(80)) for _ in range(4)] == [1, 1, 1, 0]  # given up
    assert not await parts.rows("select 1 from notification where message_id = $1", two)


async def test_a_process_that_dies_after_the_call_tells_it_again(parts: Parts):
    customer = Customer(parts)
    await customer.listens("60")
    (one,) = await _sent(parts, 1)
    customer.answers = [KilledError()]
    with pytest.raises(KilledError):
        await customer.after(60)
    other = Customer(await parts.neighbour())
    assert await other.after(LEASE_SECONDS - 1) == []
    assert await other.after(1) == [[(one, Status.SENT)]]
    assert await other.after(600) == []


async def test_many_go_in_several_calls_and_one_alone_claims_at_a_time(parts: Parts):
    customer = Customer(parts, most=4)
    await customer.listens("60")
    ids = await _sent(parts, 10)
    await _become(parts, ids, Status.DELIVERED)
    calls = await customer.after(60)
    last = {number: status for call in calls for number, status in call}
    assert last == dict.fromkeys(ids, Status.DELIVERED)
    assert len(calls) <= 6
    assert not await parts.rows("select 1 from notification")


async def test_others_are_told_at_once_and_those_who_gather_only_so(parts: Parts):
    customer = Customer(parts)
    await customer.listens("60")
    async with working(parts) as works:
        await works.sent("id-1")
        parts.clock.forward(seconds=61)
        assert await works.notify.claim() == 0
        assert works.calls == []
    assert [len(call) for call in await customer.after(0)] == [1]


async def test_an_endpoint_that_is_gone_is_told_no_more(parts: Parts):
    customer = Customer(parts)
    await customer.listens("60")
    await _sent(parts, 2)
    customer.answers = [Called(status_code=410, error=None, duration_ms=1)]
    assert len(await customer.after(60)) == 1
    await parts.reload()
    await _sent(parts, 1)
    assert await customer.after(600) == []
    assert not await parts.rows("select 1 from notification")
