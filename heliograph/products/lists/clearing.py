"""What lists leave behind: imports that died, contents that nobody needs, members that were taken off.

Every process does all of it, a piece at a time; two at the same piece do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from heliograph.store import list_imports, lists
from heliograph.store.database import Database

__all__ = ["DIED", "clear", "sweep"]

DIED: Final = "The process that read the file ended before it was through."
_PATIENCE: Final = timedelta(minutes=2)
_REPORTS_KEPT: Final = timedelta(days=30)
_AT_ONCE: Final = 10_000


async def clear(
    database: Database, now: Callable[[], datetime], left: tuple[int, int, int, int]
) -> None:
    """Delete what an import left: account, import, contents, and its first position there. Until this
    is done nobody else may add to the list."""
    account_id, import_id, contents_id, base = left
    dropped = _AT_ONCE
    while dropped:
        async with database.transaction() as link:
            dropped = await lists.drop_members(link, account_id, contents_id, base, _AT_ONCE)
    async with database.transaction() as link:
        await list_imports.end_import(
            link,
            account_id,
            import_id,
            was="clearing",
            becomes="failed",
            problem=None,
            at=now(),
        )


async def sweep(
    database: Database, now: Callable[[], datetime], node: int, running: Sequence[int]
) -> int:
    """Everything once; returns how much was done. `running` are the imports of this process."""
    at = now()
    async with database.transaction() as link:
        await list_imports.beat(link, node, running, at)
        await lists.drop_expired_holds(link, at)
        done = await list_imports.give_up(link, at - _PATIENCE, DIED)
        clearing = await list_imports.find_clearing(link)
    for left in clearing:
        await clear(database, now, left)
    async with database.transaction() as link:
        done += await list_imports.drop_old_imports(link, at - _REPORTS_KEPT)
    async with database.transaction() as link:
        done += await lists.drop_removed(link, _AT_ONCE)
    return done + len(clearing) + await _drop_unused(database)


async def _drop_unused(database: Database) -> int:
    async with database.transaction() as link:
        unused = await lists.find_unused_contents(link)
        if unused is None:
            return 0
        account_id, contents_id, _ = unused
        dropped = await lists.drop_members(link, account_id, contents_id, 0, _AT_ONCE)
        if not dropped:
            await lists.drop_contents(link, account_id, contents_id)
    return max(1, dropped)
