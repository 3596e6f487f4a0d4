"""Who may send what, and when: leases, attempts on record, holds and repetitions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from heliograph.model.account import Account, AccountState, TrafficClass
from heliograph.model.ids import IdMaker
from heliograph.model.message import Encoding, Message
from heliograph.model.money import Charge
from heliograph.model.secret import Vault
from heliograph.model.status import Status
from heliograph.store import acceptance, kept, outbox, partitions
from heliograph.store.database import Database, Link, Record
from heliograph.store.outbox import Attempt, Claimed, OutboxRow, Requeue
from heliograph.store.rows import NewMessage

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_LEASE = _NOW + timedelta(seconds=30)
_IDS = IdMaker(1, lambda: int(_NOW.timestamp() * 1000))
_LANES = (1, 2, 3)


class _Store:
    """A database with one account, and messages in its outbox."""

    def __init__(self, database: Database, account_id: int) -> None:
        self.database = database
        self.account_id = account_id

    async def queue(
        self,
        due_at: datetime = _NOW,
        *,
        lane: TrafficClass = TrafficClass.TRANSACTIONAL,
        leased_by: int | None = None,
        account_id: int | None = None,
    ) -> int:
        message = Message(
            account_id=account_id or self.account_id,
            id=_IDS.next(),
            submission_id=None,
            dialect="native",
            sender="Shop",
            recipient="8801712345678",
            text="Hello",
            encoding=Encoding.GSM7,
            parts=1,
            traffic_class=lane,
            valid_until=_NOW + timedelta(days=1),
        )
        async with self.database.transaction() as link:
            row = NewMessage(message, Status.QUEUED, Charge.FREE)
            queued = OutboxRow(message.account_id, message.id, due_at, int(lane), leased_by)
            await acceptance.store(link, [row], [], [queued], [], at=_NOW, sums={})
        return message.id

    async def claim(
        self,
        *,
        at: datetime = _NOW,
        limit: int = 100,
        node: int = 1,
        lanes: Sequence[int] = _LANES,
        link: Link | None = None,
    ) -> list[Claimed]:
        if link is None:
            async with self.database.transaction() as own:
                return await self.claim(at=at, limit=limit, node=node, lanes=lanes, link=own)
        return await outbox.claim_due_messages(
            link, self.account_id, lanes=lanes, at=at, limit=limit, lease_until=_LEASE, node=node
        )

    async def mark(self, message_id: int, attempt: int = 1, node: int = 1) -> bool:
        one = Attempt(self.account_id, message_id, attempt, 7)
        async with self.database.transaction() as link:
            marked = await outbox.mark_sending(link, [one], node=node, lease_until=_LEASE)
        return marked == {(self.account_id, message_id)}

    async def row(self, message_id: int) -> Record | None:
        async with self.database.link() as link:
            return await link.fetchrow("select * from outbox where message_id = $1", message_id)

    async def due(self, at: datetime = _NOW, lanes: Sequence[int] = _LANES) -> list[int]:
        async with self.database.link() as link:
            return await outbox.due_accounts(link, lanes, at)


def _ids(claimed: Sequence[Claimed]) -> list[int]:
    return [each.message.id for each in claimed]


@pytest_asyncio.fixture(loop_scope="session")
async def store(database_dsn: str) -> AsyncIterator[_Store]:
    database = Database(database_dsn, size=6)
    await database.start()
    async with database.transaction() as link:
        await partitions.make_partitions(link, _NOW, days=7, ahead=0)
        account = await kept.insert(link, Vault(bytes(32)), Account(id=0, name="shop"))
    yield _Store(database, account.id)
    await database.stop()


# -- claims -------------------------------------------------------------------------------------


async def test_what_is_due_is_claimed_once_the_urgent_first(store: _Store) -> None:
    slow = await store.queue(_NOW - timedelta(hours=1), lane=TrafficClass.PROMOTIONAL)
    late = await store.queue(_NOW)
    early = await store.queue(_NOW - timedelta(minutes=1))
    urgent = await store.queue(lane=TrafficClass.OTP)
    await store.queue(_NOW + timedelta(seconds=1))
    assert _ids(await store.claim(limit=1)) == [urgent]
    assert _ids(await store.claim(limit=1)) == [early]
    assert sorted(_ids(await store.claim())) == sorted([slow, late])
    assert await store.claim() == []
    row = await store.row(urgent)
    assert row is not None
    assert (row["leased_by"], row["due_at"], row["state"]) == (1, _LEASE, 0)


async def test_a_claim_brings_the_message_and_what_was_tried(store: _Store) -> None:
    number = await store.queue()
    async with store.database.transaction() as link:
        again = Requeue(store.account_id, number, _NOW, 2, 4, 2, (5, 9))
        await outbox.requeue_outbox(link, [again])
    (claimed,) = await store.claim()
    assert (claimed.attempt, claimed.failures, claimed.tried) == (4, 2, (5, 9))
    assert (claimed.message.id, claimed.message.text) == (number, "Hello")


async def test_two_nodes_claim_different_messages_without_waiting(store: _Store) -> None:
    numbers = {await store.queue() for _ in range(10)}
    async with store.database.transaction() as first, store.database.transaction() as second:
        one = await store.claim(limit=6, link=first)
        two = await asyncio.wait_for(store.claim(node=2, link=second), 10)
    assert len(one) == 6
    assert set(_ids(one)) | set(_ids(two)) == numbers
    assert len(two) == 4


async def test_only_the_lanes_asked_for_are_claimed(store: _Store) -> None:
    number = await store.queue(lane=TrafficClass.PROMOTIONAL)
    assert await store.claim(lanes=(1, 2)) == []
    assert await store.due(lanes=(1, 2)) == []
    assert await store.due(lanes=(2, 3)) == [store.account_id]
    assert _ids(await store.claim(lanes=(3,))) == [number]


async def test_an_expired_lease_may_be_claimed_by_anybody(store: _Store) -> None:
    number = await store.queue()
    await store.claim(node=1)
    assert await store.claim(node=2) == []
    assert await store.due() == []
    assert await store.due(_LEASE) == [store.account_id]
    assert _ids(await store.claim(node=2, at=_LEASE)) == [number]


async def test_a_suspended_account_has_nothing_due(store: _Store) -> None:
    await store.queue()
    async with store.database.transaction() as link:
        suspended = Account(id=store.account_id, name="shop", state=AccountState.SUSPENDED)
        await kept.update(link, Vault(bytes(32)), suspended)
    assert await store.due() == []


# -- attempts (promise P2) ----------------------------------------------------------------------


async def test_a_lease_that_lasts_is_left_as_it_is(store: _Store) -> None:
    number = await store.queue(leased_by=1, due_at=_LEASE)
    for lasting_until, due_at in ((_LEASE, _LEASE), (_LEASE + timedelta(1), _LEASE + timedelta(2))):
        async with store.database.transaction() as link:
            await link.execute("update outbox set state = 0, attempt = 0")
            await outbox.mark_sending(
                link,
                [Attempt(store.account_id, number, 1, 7)],
                node=1,
                lease_until=_LEASE + timedelta(2),
                lasting_until=lasting_until,
            )
        row = await store.row(number)
        assert row is not None
        assert (row["due_at"], row["state"]) == (due_at, 1)


async def test_an_attempt_is_put_on_record_once(store: _Store) -> None:
    number = await store.queue(_LEASE, leased_by=1)
    assert await store.mark(number)
    row = await store.row(number)
    assert row is not None
    assert (row["state"], row["attempt"], row["carrier_id"]) == (1, 1, 7)
    assert not await store.mark(number)
    assert not await store.mark(number, attempt=2)
    assert await store.claim(at=_LEASE + timedelta(days=1)) == []


async def test_another_node_that_took_over_stops_the_first_from_sending(store: _Store) -> None:
    number = await store.queue(_LEASE, leased_by=1)
    assert _ids(await store.claim(at=_LEASE, node=2)) == [number]
    assert not await store.mark(number, node=1)
    assert await store.mark(number, node=2)


async def test_an_attempt_must_follow_the_last_one(store: _Store) -> None:
    number = await store.queue()
    assert not await store.mark(number, attempt=2)
    assert await store.mark(number, attempt=1)


async def test_cancelling_takes_out_what_nobody_sends_and_nothing_else(store: _Store) -> None:
    waiting, sending = await store.queue(), await store.queue()
    await store.mark(sending)
    async with store.database.transaction() as link:
        assert await outbox.take_unsent(link, store.account_id, waiting)
        assert not await outbox.take_unsent(link, store.account_id, waiting)
        assert not await outbox.take_unsent(link, store.account_id, sending)
        assert not await outbox.take_unsent(link, store.account_id + 1, sending)
    assert await store.row(waiting) is None
    assert await store.row(sending) is not None


async def test_lost_attempts_are_those_past_their_lease_and_those_of_a_dead_node(
    store: _Store,
) -> None:
    mine, theirs = await store.queue(), await store.queue()
    await store.queue()
    await store.mark(mine, node=1)
    await store.mark(theirs, node=2)

    async def lost(at: datetime, dead: int | None) -> list[int]:
        async with store.database.transaction() as link:
            found = await outbox.lost_attempts(link, at, dead_node=dead, limit=10)
        assert all((each.attempt, each.carrier_id) == (1, 7) for each in found)
        return [each.message_id for each in found]

    assert await lost(_NOW, None) == []
    assert await lost(_NOW, 2) == [theirs]
    assert await lost(_LEASE, None) == []
    assert await lost(_LEASE + timedelta(seconds=1), None) == [mine, theirs]


# -- afterwards ---------------------------------------------------------------------------------


async def test_finished_messages_leave_the_outbox(store: _Store) -> None:
    gone, stays = await store.queue(), await store.queue()
    async with store.database.transaction() as link:
        await outbox.finish_outbox(link, [(store.account_id, gone), (store.account_id + 1, stays)])
    assert await store.row(gone) is None
    assert await store.row(stays) is not None


async def test_a_held_message_is_neither_claimed_nor_lost_until_its_validity_ends(
    store: _Store,
) -> None:
    number = await store.queue()
    await store.mark(number)
    until = _NOW + timedelta(days=1)
    async with store.database.transaction() as link:
        await outbox.hold_outbox(link, [(store.account_id, number, until)])
        assert await outbox.lost_attempts(link, until, dead_node=1, limit=10) == []
        assert await outbox.held_too_long(link, until - timedelta(seconds=1), 10) == []
        assert await outbox.held_too_long(link, until, 10) == [(store.account_id, number)]
        assert not await outbox.take_unsent(link, store.account_id, number)
    assert await store.claim(at=until) == []


async def test_a_message_is_sent_again_whether_its_row_is_there_or_gone(store: _Store) -> None:
    there, gone = await store.queue(), await store.queue()
    await store.mark(there)
    async with store.database.transaction() as link:
        await outbox.finish_outbox(link, [(store.account_id, gone)])
        again = [
            Requeue(store.account_id, there, _NOW, 2, 1, 1, ()),
            Requeue(store.account_id, gone, _NOW, 2, 3, 0, (7,)),
        ]
        await outbox.requeue_outbox(link, again)
    claimed = {each.message.id: each for each in await store.claim()}
    assert (claimed[there].attempt, claimed[there].tried) == (1, ())
    assert (claimed[gone].attempt, claimed[gone].tried) == (3, (7,))
    assert await store.mark(gone, attempt=4)


async def test_a_lease_is_given_back_only_by_its_holder_and_only_unsent(store: _Store) -> None:
    mine, sending, theirs = [await store.queue(_LEASE, leased_by=node) for node in (1, 1, 2)]
    await store.mark(sending)
    async with store.database.transaction() as link:
        rows = [(store.account_id, number, _NOW) for number in (mine, sending, theirs)]
        await outbox.unlease_outbox(link, rows, nodes=[1])
    assert _ids(await store.claim()) == [mine]


async def test_a_new_process_frees_what_its_dead_predecessor_had_not_sent(store: _Store) -> None:
    mine, sending, theirs = [await store.queue(_LEASE, leased_by=node) for node in (1, 1, 2)]
    later = await store.queue(_NOW + timedelta(hours=1))
    await store.mark(sending)
    async with store.database.transaction() as link:
        await outbox.release_node(link, 1, _NOW)
    assert _ids(await store.claim()) == [mine]
    for number in (theirs, later):
        row = await store.row(number)
        assert row is not None
        assert row["due_at"] > _NOW


async def test_the_depth_counts_what_is_due_and_what_is_under_way(store: _Store) -> None:
    await store.queue(_NOW - timedelta(seconds=9))
    await store.queue()
    await store.queue(_NOW + timedelta(hours=1))
    sending = await store.queue(lane=TrafficClass.OTP)
    await store.mark(sending)
    async with store.database.link() as link:
        depths = await outbox.outbox_depth(link, _NOW)
    found = {(each.lane, each.sending): each for each in depths}
    assert set(found) == {(1, True), (2, False)}
    assert (found[1, True].messages, found[2, False].messages) == (1, 2)
    assert found[2, False].oldest_due_at == _NOW - timedelta(seconds=9)
    assert {each.held for each in depths} == {False}
