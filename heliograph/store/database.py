"""The pool of connections to PostgreSQL, transactions, and the lock that gives a process its node.

Connections come back without a reset round trip: nothing in the house changes session state.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import asyncpg

from heliograph.model.ids import NODES
from heliograph.store._driver import spare_elements

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Record = asyncpg.Record
Link: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
"""A connection, inside a transaction where a function's docstring says so."""

NODE_LOCK = 0x48474E44  # "HGND": the class of our advisory locks, one object per node number
CHANGED = "heliograph_changed"
"""The channel on which a change of configuration is announced."""
_RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_T = TypeVar("_T")


class DatabaseError(Exception):
    """The database cannot be used as it is; the sentence says what to do."""


_UNREACHABLE: Final = (OSError, asyncpg.PostgresError, TimeoutError)


def unreachable(fault: Exception) -> DatabaseError:
    """What to say when a connection cannot be made."""
    return DatabaseError(
        f"cannot connect to the database: {fault}. Check --database and that the server runs"
    )


async def connect(dsn: str) -> asyncpg.Connection[asyncpg.Record]:
    """A connection beside the pool; the caller closes it. Raises DatabaseError with a sentence."""
    try:
        return await asyncpg.connect(dsn)
    except _UNREACHABLE as fault:
        raise unreachable(fault) from fault


async def _no_reset(link: Any) -> None:
    """Nothing to undo: see the module's docstring."""


class Database:
    """A pool. `start` before use, `stop` after; both idempotent."""

    def __init__(self, dsn: str, *, size: int = 12) -> None:
        self.dsn = dsn
        self._size = size
        self._pool: asyncpg.Pool[Any] | None = None
        self._node_link: asyncpg.Connection[Any] | None = None

    async def start(self) -> None:
        """Connect, or raise DatabaseError with a sentence for the operator."""
        if self._pool is not None:
            return
        spare_elements()
        try:
            self._pool = await asyncpg.create_pool(
                self.dsn,
                min_size=2,
                max_size=self._size,
                reset=_no_reset,
                statement_cache_size=400,
                max_cached_statement_lifetime=0,
                max_inactive_connection_lifetime=0,
                command_timeout=60,
                server_settings={
                    "application_name": "heliograph",
                    "jit": "off",
                    # Statements come with arrays of every length, so the planner would think that a
                    # plan for these very values is worth making, every time. It never is.
                    "plan_cache_mode": "force_generic_plan",
                },
            )
        except _UNREACHABLE as fault:
            raise unreachable(fault) from fault

    async def stop(self) -> None:
        """Close every connection; waits for running statements, at most ten seconds."""
        pool, self._pool = self._pool, None
        node, self._node_link = self._node_link, None
        if node is not None:
            await node.close()
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), 10)
            except TimeoutError:
                pool.terminate()

    @property
    def pool(self) -> asyncpg.Pool[Any]:
        """The pool while started."""
        if self._pool is None:
            raise DatabaseError("the database is not started")
        return self._pool

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """A connection; each statement is its own transaction."""
        async with self.pool.acquire() as link:
            yield link

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Link]:
        """A connection inside a transaction; commits at the end, rolls back on an exception."""
        async with self.pool.acquire() as link, link.transaction():
            yield link

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Link]:
        """A connection whose statements all see the database as it was at the first of them; it only
        reads."""
        async with (
            self.pool.acquire() as link,
            link.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield link

    async def run(self, work: Callable[[Link], Awaitable[_T]], *, tries: int = 5) -> _T:
        """`work` in one transaction, again from the start when it met a deadlock.

        `work` must have no effect outside the database until it has returned.
        """
        for turn in range(tries):
            try:
                async with self.transaction() as link:
                    return await work(link)
            except _RETRIED:
                if turn == tries - 1:
                    raise
        raise AssertionError("unreachable")

    async def run_one(self, work: Callable[[Link], Awaitable[_T]], *, tries: int = 5) -> _T:
        """As `run`, for `work` that is a single statement: that is a transaction by itself."""
        for turn in range(tries):
            try:
                async with self.pool.acquire() as link:
                    return await work(link)
            except _RETRIED:
                if turn == tries - 1:
                    raise
        raise AssertionError("unreachable")

    async def take_node(self, wanted: int | None = None) -> int:
        """Take a free node number for as long as this process lives (an advisory lock).

        Whoever held the number before is dead, so its leases may be ended at once.
        """
        link = await asyncpg.connect(
            self.dsn, server_settings={"application_name": "heliograph node"}
        )
        for node in range(NODES) if wanted is None else (wanted,):
            if await link.fetchval("select pg_try_advisory_lock($1, $2)", NODE_LOCK, node):
                self._node_link = link
                return node
        await link.close()
        raise DatabaseError(f"node {wanted} is taken by another running process")

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever the configuration was changed by anyone."""
        if self._node_link is None:
            raise DatabaseError("take_node comes before listen")
        await self._node_link.add_listener(CHANGED, lambda *_: heard())
