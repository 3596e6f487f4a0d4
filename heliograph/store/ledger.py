"""The ledger: double entry in micro-units, holds, captures and releases; and idempotency keys.

The entries of one transaction sum to zero; `balance` is their running sum per account. Every function
needs a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from heliograph.model.account import Balance
from heliograph.model.command import LedgerLine
from heliograph.model.ids import made_at
from heliograph.model.money import Purse
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record

_SQL = queries("ledger")
MakeId = Callable[[], int]
Entries = Sequence[Sequence[object]]
NO_ENTRIES: Entries = ((),) * 7


class Move(NamedTuple):
    """Money from one purse to another, as one transaction of two entries."""

    account_id: int
    micros: int
    source: Purse
    target: Purse
    why: str
    submission_id: int | None


async def book(link: Link, make_id: MakeId, moves: Sequence[Move]) -> None:
    """Write moves as entries. Moves of nothing are left out."""
    entries = entries_of(make_id, moves)
    if entries[0]:
        await link.execute(_SQL["insert_entries"], *entries)


def entries_of(make_id: MakeId, moves: Sequence[Move]) -> Entries:
    """The columns of the moves' entries."""
    rows = []
    for move in moves:
        if move.micros:
            transaction = make_id()
            for purse, micros in ((move.source, -move.micros), (move.target, move.micros)):
                owner = (move.submission_id, int(purse), move.why)
                rows.append((move.account_id, make_id(), transaction, micros, *owner))
    return tuple(zip(*rows, strict=True)) or NO_ENTRIES


async def hold(link: Link, sums: dict[int, int], entries: Entries = NO_ENTRIES) -> set[int]:
    """Set sums aside, `{account_id: micros}`; returns the accounts that could cover theirs.

    `entries` are written in the same statement, whoever can pay: with entries the transaction must not
    stand unless all accounts are returned.
    """
    rows = await link.fetch(_SQL["hold"], list(sums), list(sums.values()), *entries)
    return {row["account_id"] for row in rows}


async def spendable(link: Link, account_id: int) -> int:
    """What an account can spend now, credit included; its balance is locked."""
    return int(await link.fetchval(_SQL["lock_balance"], account_id) or 0)


async def resolve(
    link: Link, sums: dict[int, tuple[int, int]], entries: Entries = NO_ENTRIES
) -> None:
    """Resolve holds: `{account_id: (captured, released)}`. `entries` are written in the same statement."""
    await link.execute(
        _SQL["resolve"],
        list(sums),
        [captured for captured, _ in sums.values()],
        [released for _, released in sums.values()],
        *entries,
    )


async def fund(link: Link, make_id: MakeId, account_id: int, amount_micros: int, why: str) -> int:
    """Book a payment or a correction; returns what is available afterwards.

    Raises asyncpg.CheckViolationError when a correction would pass the credit limit.
    """
    available = int(await link.fetchval(_SQL["fund"], account_id, amount_micros))
    move = Move(account_id, amount_micros, Purse.FUNDING, Purse.AVAILABLE, why, None)
    await book(link, make_id, [move])
    return available


async def charge(
    link: Link, make_id: MakeId, account_id: int, items: Sequence[tuple[int, str]]
) -> bool:
    """Book sums `(micros, why)` that are earned at once; False, and nothing booked, when balance and
    credit do not cover them all."""
    total = sum(micros for micros, _ in items)
    if await link.fetchval(_SQL["charge"], account_id, total) is None:
        return False
    available, revenue = Purse.AVAILABLE, Purse.REVENUE
    moves = [Move(account_id, micros, available, revenue, why, None) for micros, why in items]
    await book(link, make_id, moves)
    return True


async def refund(link: Link, make_id: MakeId, account_id: int, micros: int, why: str) -> None:
    """Give back what was earned by `charge`."""
    await link.execute(_SQL["charge"], account_id, -micros)
    await book(link, make_id, [Move(account_id, micros, Purse.REVENUE, Purse.AVAILABLE, why, None)])


async def find_balance(link: Link, account_id: int) -> Balance | None:
    """An account's money now."""
    row = await link.fetchrow(_SQL["find_balance"], account_id)
    return Balance(**dict(row)) if row else None


async def list_entries(link: Link, account_id: int, *, before: int, limit: int) -> list[LedgerLine]:
    """The ledger, newest first."""
    rows = await link.fetch(_SQL["list_entries"], account_id, before, limit)
    return [
        LedgerLine(
            id=row["id"],
            transaction_id=row["transaction_id"],
            purse=Purse(row["purse"]).name.lower(),
            amount_micros=row["amount_micros"],
            why=row["why"],
            submission_id=row["submission_id"],
            at=made_at(row["id"]),
        )
        for row in rows
    ]


async def audit(link: Link) -> list[Record]:
    """Accounts whose books do not agree; empty when all is well."""
    return await link.fetch(_SQL["audit"])


class Key(NamedTuple):
    """An idempotency key with the hash of the request that brought it."""

    account_id: int
    key: str
    at: datetime
    fingerprint: bytes


async def insert_keys(link: Link, keys: Sequence[Key]) -> set[tuple[int, str]]:
    """Claim keys; returns those that were free. Waits for a concurrent owner to commit or give up."""
    rows = await link.fetch(_SQL["insert_key"], *zip(*keys, strict=True))
    return {(row["account_id"], row["key"]) for row in rows}


async def find_key(link: Link, account_id: int, key: str) -> tuple[bytes, bytes | None] | None:
    """`(fingerprint, answer)` of a key that was used."""
    row = await link.fetchrow(_SQL["find_key"], account_id, key)
    return (row["fingerprint"], row["answer"]) if row else None


async def answer_keys(link: Link, answers: Sequence[tuple[int, str, bytes]]) -> None:
    """Keep `(account_id, key, answer)` for when the key comes again."""
    await link.execute(_SQL["answer_keys"], *zip(*answers, strict=True))


async def drop_key(link: Link, account_id: int, key: str) -> None:
    """The request was refused: its key is free again."""
    await link.execute(_SQL["drop_key"], account_id, key)


async def drop_old_keys(link: Link, before: datetime) -> None:
    """Forget keys older than that."""
    await link.execute(_SQL["drop_old_keys"], before)


async def drop_unanswered_keys(link: Link, before: datetime) -> None:
    """Free the keys of uploads that were begun before that and never finished."""
    await link.execute(_SQL["drop_unanswered_keys"], before)
