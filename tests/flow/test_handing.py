"""Handing messages to the processes that carry: how many, which, and what is done with them there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from heliograph.flow.handing import Credit, Known, Spare
from heliograph.flow.outlet import Waiting
from heliograph.model.route import Decision
from heliograph.model.status import Status
from heliograph.store.notifications import NotificationKey
from heliograph.store.outbox import Claimed
from tests.flow.conftest import Parts
from tests.flow.working import Works, working


class _Away:
    """Processes that carry, with room for two messages."""

    def __init__(self, *, here: bool) -> None:
        self.handed: list[Waiting] = []
        self._here = here

    def here(self) -> bool:
        return self._here

    def up(self, carrier_id: int) -> bool:
        return self._here

    def room(self, lane: int) -> int:
        return 2 - len(self.handed)

    def hand(self, items: Sequence[Waiting]) -> None:
        self.handed += items


class _Afar:
    """A process that accepts, where one credential has a session."""

    def __init__(self, *, node: int) -> None:
        self._node = node
        self.told: list[NotificationKey] = []
        self.known: list[int] = []

    def nodes(self) -> Sequence[int]:
        return [self._node]

    def sessions(self) -> Collection[int]:
        return {-5}

    def tell(self, keys: Sequence[NotificationKey], known: Known) -> None:
        self.told += keys
        self.known += known


def _waiting(claimed: Claimed, carrier_id: int | None = None) -> Waiting:
    return Waiting(
        message=claimed.message,
        attempt=claimed.attempt,
        failures=claimed.failures,
        tried=claimed.tried,
        decision=Decision(carrier_id=carrier_id, route_id=None),
    )


async def _due(parts: Parts) -> set[int]:
    rows = await parts.rows("select message_id from outbox where due_at <= $1", parts.clock())
    return {row["message_id"] for row in rows}


def _without_carriers(works: Works, away: _Away) -> None:
    works.deliver.away = away
    works.deliver.elsewhere.update(works.deliver.outlets)
    works.deliver.outlets.clear()


async def test_what_others_carry_is_handed_over_while_there_is_room(parts: Parts) -> None:
    async with working(parts) as works:
        away = _Away(here=True)
        outlets = dict(works.deliver.outlets)
        _without_carriers(works, away)
        ids = [(await parts.accepted()).message_id for _ in range(3)]
        assert [each.message.id for each in away.handed] == ids[:2]
        assert {each.decision.carrier_id for each in away.handed} == {parts.carrier.id}
        assert await _due(parts) == {ids[2]}
        await works.deliver.regain()  # they have ended
        assert await _due(parts) == set(ids)
        works.deliver.outlets.update(outlets)  # for the end of the test


async def test_without_anybody_to_carry_nothing_is_leased(parts: Parts) -> None:
    async with working(parts) as works:
        away = _Away(here=False)
        outlets = dict(works.deliver.outlets)
        _without_carriers(works, away)
        item = await parts.accepted()
        assert away.handed == []
        assert await _due(parts) == {item.message_id}
        works.deliver.outlets.update(outlets)


@pytest.mark.parametrize("routed", [False, True])
async def test_what_was_handed_over_is_sent_once_under_the_other_ones_lease(
    parts: Parts, routed: bool
) -> None:
    item = await parts.accepted()
    (claimed,) = parts.onward.taken
    async with working(await parts.neighbour()) as works:
        works.deliver.afar = _Afar(node=parts.node)
        handed = _waiting(claimed, parts.carrier.id if routed else None)
        works.deliver.receive([handed, handed])
        works.deliver.receive([handed])
        (await works.given(1)).took(-1, "a")
        await works.status(item, Status.SENT)
        assert await parts.value("select count(*) from outbox") == 0


async def test_sessions_of_another_process_are_told_there(parts: Parts) -> None:
    async with working(parts) as works:
        works.notify.afar = afar = _Afar(node=77)
        theirs, nobodys = NotificationKey(1, -5, 2, 3), NotificationKey(1, -6, 2, 4)
        works.notify.take([theirs, nobodys])
        assert afar.told == [theirs]
        assert len(works.notify) == 1


async def test_those_who_saw_room_at_the_same_time_are_all_taken(parts: Parts) -> None:
    async with working(parts) as works:
        works.notify._most = 1
        assert works.notify.room() == 1
        for number in (3, 4, 5):
            works.notify.take([NotificationKey(parts.account.id, 7, 2, number)])
        assert len(works.notify) == 2  # the third waits for the end of its lease


async def test_room_is_what_was_said_less_what_was_not_seen_by_then(parts: Parts) -> None:
    await parts.accepted()
    waiting = _waiting(parts.onward.taken[0])
    credit, lane = Credit(), int(waiting.message.traffic_class)
    assert credit.room(lane) == 0
    credit.said(Spare({lane: 0}, {lane: 10}, [3]))
    credit.handed([waiting] * 4)
    assert (credit.room(lane), credit.up) == (6, {3})
    credit.said(Spare({lane: 4}, {lane: 7}, []))
    assert (credit.room(lane), credit.up) == (7, frozenset())
