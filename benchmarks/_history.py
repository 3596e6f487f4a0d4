"""A message table that has grown old: what the product left of some messages, copied through time.

Each block of the history is the same some hundred messages with all their rows, moved back by so many
milliseconds: every id and every time in them is less by as much, so that rows still belong to one another
and lie in the partitions of their time. Recipients and carrier's ids are made anew, none twice. Which columns
there are is read from the database, so a new one is copied as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import asyncpg

from heliograph.model.ids import id_at, made_at
from heliograph.store import partitions

Link: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_IDS: Final = {"id", "message_id", "event_id", "transaction_id", "submission_id"}
_BLOCKS_AT_ONCE: Final = 50
_SHIFT_BITS: Final = 22
_SCATTER: Final = 2_654_435_761
_FIRST_SERIAL: Final = 1 << 31
"""The counterpart scatters 1, 2, 3 … in the same way; history begins so far above that they never meet."""


class HistoryError(Exception):
    """The history cannot be made; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Blocks `first` to `first + count - 1` of the history begin at `from_ms` and every `step_ms` after."""

    first: int
    count: int
    from_ms: float
    step_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What the product left: by table the columns; how many messages, from when and for how long."""

    tables: dict[str, list[tuple[str, str]]]
    messages: int
    rows: dict[str, int]
    began_at: datetime
    began_ms: int
    lasted_ms: int


def stretches(template: Template, blocks: int, weeks: int, days: int) -> tuple[Stretch, Stretch]:
    """Half of the blocks in so many past partitions, half in the present one, evenly. Raises HistoryError."""
    start = partitions.partition_start(template.began_at, days)
    begin = start - timedelta(days=days * weeks)
    end = template.began_at - timedelta(milliseconds=template.lasted_ms)
    half = blocks // 2
    made = []
    for first, count, since, until in (
        (0, half, begin, start),
        (half, blocks - half, start, end),
    ):
        step = (until - since) / timedelta(milliseconds=1) / count
        if step <= template.lasted_ms:
            raise HistoryError(
                f"the partition of now began at {start:%Y-%m-%d %H:%M} UTC, too short a time ago"
            )
        from_ms = (since - template.began_at) / timedelta(milliseconds=1)
        made.append(Stretch(first=first, count=count, from_ms=from_ms, step_ms=step))
    return made[0], made[1]


async def take_template(link: Link, since: datetime, until: datetime) -> Template:
    """What was left since then, all of it by `until`. Raises HistoryError when something is still to do."""
    for queue in ("outbox", "notification"):
        if await link.fetchval(f"select count(*) from {queue}"):  # noqa: S608 - a word of ours
            raise HistoryError(f"something still waits in {queue}")
    found = await link.fetch("select partitioned_tables()::text as name")
    tables: dict[str, list[tuple[str, str]]] = {}
    rows = {}
    for name in ["receipt_key", *(row["name"] for row in found)]:
        columns = await _columns(link, name)
        leading = next((c for c in ("message_id", "id") if c in dict(columns)), None)
        if leading is None:
            continue
        count = await link.fetchval(
            f"select count(*) from {name} where {leading} >= $1",  # noqa: S608 - the catalog's words
            id_at(since),
        )
        if count:
            tables[name], rows[name] = columns, count
    low = await link.fetchval("select min(id) from message where id >= $1", id_at(since))
    return Template(
        tables=tables,
        messages=rows["message"],
        rows=rows,
        began_at=made_at(low),
        began_ms=low >> _SHIFT_BITS,
        lasted_ms=(id_at(until) >> _SHIFT_BITS) - (low >> _SHIFT_BITS) + 1,
    )


async def _columns(link: Link, table: str) -> list[tuple[str, str]]:
    found = await link.fetch(
        "select attname::text, format_type(atttypid, null) as type from pg_attribute"
        " where attrelid = $1::text::regclass and attnum > 0 and not attisdropped"
        " and attgenerated = '' order by attnum",
        table,
    )
    return [(row["attname"], row["type"]) for row in found]


async def prepare(link: Link, template: Template, weeks: int, days: int) -> None:
    """Past partitions, made by the product's own function."""
    for back in range(weeks + 1):
        at = template.began_at - timedelta(days=days * back)
        await partitions.make_partitions(link, at, days=days, ahead=0)


class Writer:
    """One connection that writes blocks; each has its own copy of the template."""

    def __init__(self, link: Link, template: Template) -> None:
        self._link = link
        self._template = template

    async def start(self) -> None:
        """The template, kept apart, so that what is written is not read again."""
        first = self._template.began_ms << _SHIFT_BITS
        await self._link.execute("set synchronous_commit = off")
        for name, columns in self._template.tables.items():
            leading = next(c for c in ("message_id", "id") if c in dict(columns))
            await self._link.execute(
                f"create temp table old_{name} as select *, row_number() over (order by {leading})"  # noqa: S608
                f" as place from {name} where {leading} >= {first}"
            )
            await self._link.execute(f"analyze old_{name}")

    async def write(
        self, stretch: Stretch, first: int, count: int, wrote: Callable[[int], None]
    ) -> None:
        """Some blocks of a stretch, oldest first; `wrote` hears of messages."""
        for start in range(first, first + count, _BLOCKS_AT_ONCE):
            many = min(_BLOCKS_AT_ONCE, first + count - start)
            for name, columns in self._template.tables.items():
                await self._link.execute(
                    _copying(name, columns, self._template.rows["message"]),
                    start, start + many - 1, stretch.from_ms, stretch.step_ms, stretch.first,
                )  # fmt: skip
            wrote(many * self._template.messages)


def _copying(table: str, columns: Sequence[tuple[str, str]], messages: int) -> str:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ", ".join(_value(name, kind, messages) for name, kind in columns)
    # the lateral subquery with its offset keeps blocks the outer side, so that rows come in order of time
    return (
        f"insert into {table} ({names}) select {values}"  # noqa: S608 - the catalog's words
        " from (select n, floor($3::float8 + n * $4::float8)::bigint as ms,"
        " n + $5::bigint as block from generate_series($1::bigint, $2::bigint) n) k"
        f" cross join lateral (select o.*, k.n from old_{table} o order by o.place offset 0) t"
    )


def _value(name: str, kind: str, messages: int) -> str:
    serial = f"(k.block * {messages} + t.place)"
    if name == "carrier_message_id":
        return f"lpad((({_FIRST_SERIAL} + {serial}) * {_SCATTER} % 4294967296)::text, 10, '0')"
    if name == "recipient":
        return f"'88019' || lpad(({serial} * 7919 % 100000000)::text, 8, '0')"
    if kind == "bigint" and name in _IDS:
        return f't."{name}" + k.ms * {1 << _SHIFT_BITS}'
    if kind == "timestamp with time zone":
        return f"t.\"{name}\" + k.ms * interval '1 millisecond'"
    return f't."{name}"'


async def settle(link: Link, tables: Sequence[str]) -> None:
    """As a table is that grew slowly: vacuumed, analyzed, written out."""
    for table in tables:
        await link.execute(f"vacuum (analyze) {table}")
    await link.execute("checkpoint")


async def sizes(link: Link) -> dict[str, Any]:
    """Rows as the planner counts them, and bytes with indexes, by table; and of all."""
    found = await link.fetch(
        "select coalesce(i.inhparent, c.oid)::regclass::text as name,"
        " sum(greatest(c.reltuples, 0))::bigint as rows, sum(pg_total_relation_size(c.oid))::bigint as bytes"
        " from pg_class c left join pg_inherits i on i.inhrelid = c.oid"
        " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1"
        " having sum(pg_total_relation_size(c.oid)) > 1048576 order by bytes desc"
    )
    whole = await link.fetchval("select pg_database_size(current_database())")
    return {
        "database_bytes": whole,
        "tables": {row["name"]: {"rows": row["rows"], "bytes": row["bytes"]} for row in found},
    }
