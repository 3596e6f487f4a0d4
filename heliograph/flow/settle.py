"""Holds that are resolved: captured or given back, once each (promise P4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from heliograph.model.money import Charge, Purse
from heliograph.store import ledger
from heliograph.store.database import Link


class Resolved(NamedTuple):
    """What was held for one message, and what has become of it."""

    account_id: int
    submission_id: int | None
    micros: int
    charge: Charge


async def settle(link: Link, make_id: Callable[[], int], resolved: Sequence[Resolved]) -> None:
    """One balance update and at most two ledger transactions per account.

    Comes last in a transaction: the balance's row stays locked until the commit, and other batches wait
    for it.
    """
    sums: dict[int, tuple[int, int]] = {}
    owners: dict[int, set[int | None]] = {}
    for account_id, submission_id, micros, charge in resolved:
        captured, released = sums.get(account_id, (0, 0))
        if charge is Charge.CAPTURED:
            sums[account_id] = (captured + micros, released)
        else:
            sums[account_id] = (captured, released + micros)
        owners.setdefault(account_id, set()).add(submission_id)
    moves = []
    for account_id, (captured, released) in sums.items():
        (owner,) = owners[account_id] if len(owners[account_id]) == 1 else (None,)
        moves += [
            ledger.Move(account_id, captured, Purse.HELD, Purse.REVENUE, "capture", owner),
            ledger.Move(account_id, released, Purse.HELD, Purse.AVAILABLE, "release", owner),
        ]
    await ledger.resolve(link, sums, ledger.entries_of(make_id, moves))
