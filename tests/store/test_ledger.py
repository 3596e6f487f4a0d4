"""Holds are all or nothing per account, entries sum to zero, keys have one owner."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from heliograph.model.account import Account
from heliograph.model.ids import IdMaker
from heliograph.model.money import Purse
from heliograph.model.secret import Vault
from heliograph.store import kept, ledger, partitions
from heliograph.store.database import Database
from heliograph.store.ledger import Key, Move

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_IDS = IdMaker(1, lambda: int(_NOW.timestamp() * 1000))
_NEWEST = (1 << 63) - 1


@pytest_asyncio.fixture(loop_scope="session")
async def database(database_dsn: str) -> AsyncIterator[Database]:
    made = Database(database_dsn, size=6)
    await made.start()
    async with made.transaction() as link:
        await partitions.make_partitions(link, _NOW, days=7, ahead=0)
    yield made
    await made.stop()


async def _account(database: Database, name: str, micros: int = 0, credit: int = 0) -> int:
    async with database.transaction() as link:
        account = Account(id=0, name=name, credit_limit_micros=credit)
        made = await kept.insert(link, Vault(bytes(32)), account)
        await ledger.fund(link, _IDS.next, made.id, micros, "payment")
    return made.id


async def _hold(database: Database, sums: dict[int, int]) -> set[int]:
    async with database.transaction() as link:
        covered = await ledger.hold(link, sums)
        moves = [Move(a, sums[a], Purse.AVAILABLE, Purse.HELD, "hold", None) for a in covered]
        await ledger.book(link, _IDS.next, moves)
    return covered


async def _money(database: Database, account_id: int) -> tuple[int, int]:
    async with database.link() as link:
        found = await ledger.find_balance(link, account_id)
    assert found is not None
    return found.available_micros, found.held_micros


# -- money --------------------------------------------------------------------------------------


async def test_a_payment_is_booked_against_the_outside_world(database: Database) -> None:
    account = await _account(database, "shop", 500)
    async with database.transaction() as link:
        assert await ledger.fund(link, _IDS.next, account, -200, "correction") == 300
        lines = await ledger.list_entries(link, account, before=_NEWEST, limit=10)
    assert [(line.purse, line.amount_micros, line.why) for line in lines] == [
        ("available", -200, "correction"),
        ("funding", 200, "correction"),
        ("available", 500, "payment"),
        ("funding", -500, "payment"),
    ]
    assert lines[0].transaction_id == lines[1].transaction_id != lines[2].transaction_id
    assert lines[0].at == _NOW


async def test_a_correction_cannot_pass_the_credit_limit(database: Database) -> None:
    account = await _account(database, "shop", 100, credit=50)
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction() as link:
            await ledger.fund(link, _IDS.next, account, -151, "correction")
    assert await _money(database, account) == (100, 0)
    async with database.transaction() as link:
        assert await ledger.fund(link, _IDS.next, account, -150, "correction") == -50


async def test_a_hold_is_all_or_nothing_for_each_account(database: Database) -> None:
    rich, poor, credited = (
        await _account(database, "rich", 1_000),
        await _account(database, "poor", 99),
        await _account(database, "credited", 0, credit=100),
    )
    sums = {rich: 1_000, poor: 100, credited: 100}
    assert await _hold(database, sums) == {rich, credited}
    assert [await _money(database, each) for each in sums] == [(0, 1_000), (99, 0), (-100, 100)]
    assert await _hold(database, {rich: 1, credited: 1, 12345: 1}) == set()


async def test_what_is_spendable_includes_credit_and_is_locked(database: Database) -> None:
    account = await _account(database, "shop", 70, credit=30)
    skipping = "select from balance where account_id = $1 for update skip locked"
    async with database.transaction() as link, database.link() as other:
        assert await ledger.spendable(link, account) == 100
        assert await other.fetch(skipping, account) == []
        assert await ledger.spendable(link, 12345) == 0


async def test_resolving_captures_and_releases_at_once(database: Database) -> None:
    first, second = await _account(database, "a", 100), await _account(database, "b", 100)
    await _hold(database, {first: 60, second: 50})
    async with database.transaction() as link:
        await ledger.resolve(link, {first: (10, 20), second: (50, 0)})
    assert await _money(database, first) == (60, 30)
    assert await _money(database, second) == (50, 0)


async def test_more_than_is_held_cannot_be_resolved(database: Database) -> None:
    account = await _account(database, "shop", 100)
    await _hold(database, {account: 60})
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction() as link:
            await ledger.resolve(link, {account: (40, 21)})


async def test_concurrent_holds_in_any_order_neither_deadlock_nor_overdraw(
    database: Database,
) -> None:
    chance = random.Random(7)
    accounts = [await _account(database, f"a{n}", 1_000, credit=100) for n in range(4)]

    async def one() -> dict[int, int]:
        chosen = chance.sample(accounts, chance.randint(1, 4))
        sums = {account: chance.randint(1, 200) for account in chosen}
        return {account: sums[account] for account in await _hold(database, sums)}

    held = await asyncio.gather(*[one() for _ in range(60)])
    for account in accounts:
        total = sum(sums.get(account, 0) for sums in held)
        assert await _money(database, account) == (1_000 - total, total)
        assert 900 <= total <= 1_100


async def test_moves_of_nothing_are_not_written(database: Database) -> None:
    account = await _account(database, "shop")
    async with database.transaction() as link:
        nothing = Move(account, 0, Purse.HELD, Purse.REVENUE, "capture", None)
        await ledger.book(link, _IDS.next, [nothing])
        await ledger.book(link, _IDS.next, [])
        assert await link.fetchval("select count(*) from ledger_entry") == 0


@pytest.mark.parametrize(
    "harm",
    [
        "update balance set available_micros = available_micros + 1 where account_id = $1",
        "update balance set held_micros = held_micros + 1 where account_id = $1",
        "update ledger_entry set amount_micros = 1 where purse = 4 and account_id = $1",
        "delete from ledger_entry where purse = 1 and account_id = $1",
    ],
)
async def test_the_audit_finds_the_account_whose_books_do_not_agree(
    database: Database, harm: str
) -> None:
    account = await _account(database, "shop", 100)
    await _account(database, "untouched", 100)
    async with database.link() as link:
        assert await ledger.audit(link) == []
        await link.execute(harm, account)
        assert [row["account_id"] for row in await ledger.audit(link)] == [account]


async def test_a_hold_without_a_message_is_found_by_the_audit(database: Database) -> None:
    account = await _account(database, "shop", 100)
    await _hold(database, {account: 10})
    async with database.link() as link:
        (row,) = await ledger.audit(link)
    assert (row["account_id"], row["held_micros"], row["message_held"]) == (account, 10, 0)


async def test_the_ledger_is_paged_by_id(database: Database) -> None:
    account = await _account(database, "shop", 1)
    other = await _account(database, "other", 1)
    async with database.transaction() as link:
        for _ in range(3):
            await ledger.fund(link, _IDS.next, account, 1, "payment")
        first = await ledger.list_entries(link, account, before=_NEWEST, limit=5)
        rest = await ledger.list_entries(link, account, before=first[-1].id, limit=5)
        theirs = await ledger.list_entries(link, other, before=_NEWEST, limit=5)
    numbers = [line.id for line in first + rest]
    assert (len(first), len(rest), len(theirs)) == (5, 3, 2)
    assert numbers == sorted(set(numbers), reverse=True)


# -- idempotency keys ---------------------------------------------------------------------------


async def test_the_first_to_bring_a_key_owns_it(database: Database) -> None:
    async with database.transaction() as link:
        keys = [Key(1, "a", _NOW, b"f"), Key(2, "a", _NOW, b"f"), Key(1, "b", _NOW, b"f")]
        assert await ledger.insert_keys(link, keys) == {(1, "a"), (2, "a"), (1, "b")}
        again = [Key(1, "a", _NOW, b"g"), Key(1, "c", _NOW, b"g")]
        assert await ledger.insert_keys(link, again) == {(1, "c")}
        assert await ledger.find_key(link, 1, "a") == (b"f", None)
        await ledger.answer_keys(link, [(1, "a", b"yes"), (9, "a", b"no")])
        assert await ledger.find_key(link, 1, "a") == (b"f", b"yes")
        assert await ledger.find_key(link, 2, "a") == (b"f", None)
        await ledger.drop_key(link, 1, "a")
        assert await ledger.find_key(link, 1, "a") is None


@pytest.mark.parametrize("commits", [True, False])
async def test_a_key_waits_for_its_owner_to_commit_or_give_up(
    database: Database, commits: bool
) -> None:
    key = Key(1, "a", _NOW, b"f")

    async def second() -> set[tuple[int, str]]:
        async with database.transaction() as link:
            return await ledger.insert_keys(link, [key])

    async with database.link() as link:
        transaction = link.transaction()
        await transaction.start()
        await ledger.insert_keys(link, [key])
        waiting = asyncio.create_task(second())
        async with asyncio.timeout(10):
            while not await link.fetchval(
                "select count(*) from pg_locks where not granted and locktype = 'transactionid'"
            ):
                pass
        assert not waiting.done()
        await (transaction.commit() if commits else transaction.rollback())
    assert await waiting == (set() if commits else {(1, "a")})


async def test_old_keys_are_forgotten(database: Database) -> None:
    async with database.transaction() as link:
        await ledger.insert_keys(
            link, [Key(1, "old", _NOW - timedelta(seconds=1), b""), Key(1, "new", _NOW, b"")]
        )
        await ledger.drop_old_keys(link, _NOW)
        assert await ledger.find_key(link, 1, "old") is None
        assert await ledger.find_key(link, 1, "new") is not None
