"""What is looked after: a dead predecessor's leavings, validity, partitions; and the sweeping."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from heliograph.flow.tend import Sweeper
from heliograph.model.account import TrafficClass
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import PATIENCE_SECONDS, killed, working


async def test_a_start_frees_at_once_what_the_node_held_before(parts: Parts) -> None:
    async with killed(parts) as dead:
        dead.deliver.outlets[parts.carrier.id].bucket.pause(float("inf"))
        await parts.accepted()
        other = await parts.neighbour()
        async with working(other) as works:
            assert await works.deliver.claim() == 0  # it is leased, and its node lives
    async with working(parts) as works:
        assert await works.deliver.claim() == 1
        (await works.given(1)).took(0, "id-1")


async def test_an_attempt_under_way_elsewhere_is_left_alone_while_its_lease_lasts(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        link = await works.given(1)
        async with working(await parts.neighbour()) as neighbour:
            assert await neighbour.tend.settle_lost() == 0
        link.took(0, "id-1")
        await works.status(message, Status.SENT)


async def test_a_lost_attempt_is_settled_once(parts: Parts) -> None:
    async with killed(parts) as dead:
        message = await parts.accepted(traffic_class=TrafficClass.PROMOTIONAL)
        await dead.given(1)
    async with working(parts) as works:
        assert works.lives(message) == [Status.UNCERTAIN]
        parts.clock.forward(minutes=10)
        assert await works.tend.settle_lost() == 0


async def test_validity_ends_what_was_sent_without_a_word_and_nothing_else(parts: Parts) -> None:
    async with working(parts) as works:
        silent = await works.sent("id-1", validity_seconds=60)
        told = await works.sent("id-2", validity_seconds=60)
        longer = await works.sent("id-3", validity_seconds=86_400)
        await works.hear(Status.DELIVERED, "id-2")
        parts.clock.forward(hours=1)
        for _ in range(3):
            await works.tend.end_validity()
        assert works.lives(silent)[-1] is Status.EXPIRED
        assert works.lives(told)[-1] is Status.DELIVERED
        assert works.lives(longer)[-1] is Status.SENT
    assert await parts.audit() == []


async def test_partitions_are_made_ahead_and_dropped_with_what_is_in_them(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("id-1")
        await works.tend.retain()
        assert await parts.value("select count(*) from message") == 1
        parts.clock.now += timedelta(days=120)
        await works.tend.retain()
        assert await parts.value("select count(*) from message") == 0
        assert await parts.value("select count(*) from receipt_key") == 0
        await parts.accepted()


async def test_a_sweep_that_finds_something_is_made_again_at_once_and_a_fault_ends_nothing(
    parts: Parts,
) -> None:
    turns: list[int] = []
    enough = asyncio.Event()

    async def sweep() -> int:
        turns.append(len(turns))
        if len(turns) == 4:
            enough.set()
        if len(turns) == 1:
            raise RuntimeError("only once")
        return 1 if len(turns) < 4 else 0

    async with working(parts) as works:
        sweeper = Sweeper("test", 0.01, sweep)
        task = asyncio.create_task(works.tend._run(sweeper))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await enough.wait()
        await works.tend.stop()
        await task
    assert len(turns) >= 4
