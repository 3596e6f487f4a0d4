"""Sums are those of all messages at every moment, though only a few are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from heliograph.flow.advance import Change, load
from heliograph.model.campaign import SegmentSums
from heliograph.model.status import FINAL, Status
from heliograph.products.campaigns.sums import Sums, keep
from heliograph.store import broadcasts
from tests.flow.conftest import PRICE_MICROS
from tests.products.campaigns.conftest import House, numbers


async def _become(house: House, ids: Sequence[int], status: Status) -> None:
    parts, now = house.parts, house.clock()

    async def work(link: object) -> None:
        standings = await load(link, [(house.account_id, each) for each in ids])  # type: ignore[arg-type]
        changes = [
            Change(account_id=house.account_id, message_id=each, status=status, at=now)
            for each in ids
        ]
        await parts.advance.apply(link, standings, changes, now=now, lease_until=now)  # type: ignore[arg-type]

    await parts.database.run(work)


async def _sums(house: House, sums: Sums, broadcast_id: int) -> SegmentSums:
    async with house.parts.database.link() as link:
        found = await broadcasts.find_segments(link, house.account_id, [broadcast_id])
        answer, learnt = await sums.of(link, house.account_id, found)
    await keep(house.parts.database, house.account_id, learnt)
    return next(iter(answer.values()))


async def _truth(house: House) -> tuple[dict[str, int], int]:
    rows = await house.parts.rows("select status, charge, price_micros from message")
    counts = Counter(Status(row["status"]).word for row in rows)
    return dict(counts), sum(row["price_micros"] for row in rows if row["charge"] == 2)


async def _ids(house: House) -> list[int]:
    return [row["id"] for row in await house.parts.rows("select id from message order by id")]


@pytest.mark.parametrize("piece", [10, 100])
async def test_sums_are_exact_whatever_happens_between_two_looks(house: House, piece: int):
    started = await house.start(list_ids=(await house.list_of(numbers(45)),))
    await house.pages()
    sums = Sums(now=house.clock, small=5, piece=piece, rest=0)
    ids = await _ids(house)
    steps = (
        ((), Status.SENT),
        (ids[:30], Status.SENT),
        (ids[:12], Status.DELIVERED),
        ([*ids[12:20], ids[23]], Status.DELIVERED),
        (ids[20:22], Status.EXPIRED),
        (ids[30:], Status.SENT),
        (ids[30:44], Status.UNDELIVERED),
        (ids[20:21], Status.DELIVERED),  # late receipts
        (ids[22:30], Status.DELIVERED),
        (ids[44:], Status.FAILED),
    )
    for moved, status in steps:
        await _become(house, moved, status)
        found = await _sums(house, sums, started.broadcast_id)
        assert (found.statuses, found.captured_micros) == await _truth(house)
        assert sum(found.statuses.values()) == found.recipients == 45
    (kept,) = await house.parts.rows("select * from segment_tally") if piece < 45 else (None,)
    if kept is not None:
        assert kept["upto"] >= ids[39]
        assert kept["open_ids"] == [ids[21]]  # all that can still change


async def test_what_is_settled_is_not_counted_again(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(30)),))
    await house.pages()
    sums, ids = Sums(now=house.clock, small=5, piece=10, rest=0), await _ids(house)
    await _become(house, ids, Status.SENT)
    await _become(house, ids, Status.DELIVERED)
    await _sums(house, sums, started.broadcast_id)
    house.clock.forward(days=2)
    await house.parts.rows("delete from message returning id")  # retention
    found = await _sums(house, sums, started.broadcast_id)
    assert found.statuses == {"delivered": 30}
    assert found.captured_micros == 30 * PRICE_MICROS
    assert Status.DELIVERED in FINAL


async def test_a_message_with_a_smaller_id_than_those_that_were_counted_is_found(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(30)),))
    await house.pages(most=2)
    sums, ids = Sums(now=house.clock, small=5, piece=10, rest=0), await _ids(house)
    await _become(house, ids, Status.SENT)
    await _become(house, ids, Status.DELIVERED)
    assert (await _sums(house, sums, started.broadcast_id)).statuses == {"delivered": 20}
    await house.parts.rows(  # the next page is made by somebody whose clock is behind
        "update segment_tally set upto = upto + (1::bigint << 40) returning upto"
    )
    await house.pages()
    found = await _sums(house, sums, started.broadcast_id)
    assert found.statuses == {"delivered": 20, "queued": 10}


async def test_recipients_and_messages_are_those_of_one_moment(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(30)),))
    await house.pages(most=1)
    for small in (5, 1_000):
        async with house.parts.database.snapshot() as link:
            found = await broadcasts.find_segments(link, house.account_id, [started.broadcast_id])
            await house.pages(most=1)  # meanwhile more are made
            sums = Sums(now=house.clock, small=small, piece=10, rest=0)
            (answer,) = (await sums.of(link, house.account_id, found)).sums.values()
        assert sum(answer.statuses.values()) == answer.recipients
