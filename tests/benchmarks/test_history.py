"""A history is the product's own rows, moved through time: complete, distinct, in its partitions."""

from datetime import UTC, datetime, timedelta

import asyncpg

from benchmarks import _history
from heliograph.model.ids import IdMaker, id_at, made_at
from heliograph.store import partitions

_DAYS = 7
_AT = partitions.partition_start(datetime(2026, 11, 20, tzinfo=UTC), _DAYS) + timedelta(days=4)


async def _leave(link: _history.Link, count: int) -> None:
    """A few rows as the product leaves them, three events a message."""
    ids = IdMaker(1, lambda: int(_AT.timestamp() * 1000))
    for n in range(count):
        message_id = ids.next()
        await link.execute(
            "insert into message (account_id, id, price_micros, valid_until, updated_at, status, charge,"
            " encoding, parts, traffic_class, priority, flash, test, dialect, sender, recipient, text)"
            " values (1, $1, 5, $2, $3, 7, 2, 1, 1, 2, 0, false, false, 'native', 'a', $4, 'x')",
            message_id, _AT + timedelta(days=2), _AT, f"8801711{n:06d}",
        )  # fmt: skip
        for _ in range(3):
            await link.execute(
                "insert into event (account_id, message_id, id, at, kind, status, reason, attempt, part)"
                " values (1, $1, $2, $3, 1, 3, 0, 1, 0)",
                message_id, ids.next(), _AT,
            )  # fmt: skip
        await link.execute(
            "insert into receipt_key values (1, $1, 1, $2, 1, 0, $3)",
            f"{n:010d}", message_id, _AT + timedelta(days=2),
        )  # fmt: skip


async def test_blocks_are_whole_distinct_and_lie_in_past_partitions(database_dsn: str) -> None:
    link = await asyncpg.connect(database_dsn)
    try:
        await partitions.make_partitions(link, _AT, days=_DAYS)
        await _leave(link, 5)
        template = await _history.take_template(link, _AT, _AT + timedelta(seconds=5))
        assert template.rows == {"receipt_key": 5, "message": 5, "event": 15}
        past, present = _history.stretches(template, 40, weeks=3, days=_DAYS)
        await _history.prepare(link, template, 3, _DAYS)
        heard: list[int] = []
        writer = _history.Writer(link, template)
        await writer.start()
        for stretch in (past, present):
            await writer.write(stretch, 0, stretch.count, heard.append)
        assert sum(heard) == 200
        found = await link.fetch(
            "select m.id, m.recipient, m.updated_at, m.tableoid::regclass::text as partition, k.valid_until,"
            " (select count(*) from event e where e.account_id = m.account_id and e.message_id = m.id"
            "  and e.at = m.updated_at) as events"
            " from message m join receipt_key k on k.message_id = m.id where m.id < $1",
            id_at(_AT),
        )
    finally:
        await link.close()
    assert {row["events"] for row in found} == {3}
    assert len({row["recipient"] for row in found}) == len({row["id"] for row in found}) == 200
    assert {row["valid_until"] - row["updated_at"] for row in found} == {timedelta(days=2)}
    assert all(made_at(row["id"]) == row["updated_at"] for row in found)
    partitions_of = [row["partition"] for row in found]
    assert len(set(partitions_of)) == 4
    assert partitions_of.count(f"message_{_AT - timedelta(days=4):%Y%m%d}") == 100
