"""Backups of real databases, restored into others; and every way in which nothing must change."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from heliograph.store.backup import (
    BackupError,
    DatabaseNotEmptyError,
    _parted,
    _programs_for,
    backup,
    restore,
)
from heliograph.store.embedded import EmbeddedPostgres, attached, wheel_programs

_SCHEMA = """
create type state as enum ('queued', 'sent');
create table message (account_id bigint, id bigint generated always as identity, body text,
                      state state not null, primary key (account_id, id))
    partition by range (account_id);
create table message_low partition of message for values from (0) to (100);
create table message_high partition of message for values from (100) to (maxvalue);
insert into message (account_id, body, state)
    select n, 'text ☀ ' || n, case when n % 2 = 0 then 'sent'::state else 'queued' end
    from generate_series(1, 500) n;
create view recent as select * from message where id > 400;
create function newest() returns bigint language sql as 'select max(id) from message';
create schema archive;
create table archive.old (n int);
"""
_STATE = "select md5(string_agg(m::text, '|' order by id)) from message m"
_names = (f"backup_{number}" for number in count(1))


@pytest_asyncio.fixture(loop_scope="session")
async def empty_dsns(postgres_server: str) -> AsyncIterator[Iterator[str]]:
    """Names as many empty databases as a test asks for; they are made before it runs."""
    maker = await asyncpg.connect(postgres_server)
    made = [next(_names) for _ in range(2)]
    for name in made:
        await maker.execute(f"create database {name} strategy file_copy")
    yield iter([urlsplit(postgres_server)._replace(path=f"/{name}").geturl() for name in made])
    for name in made:
        # An autovacuum worker that is just at it belongs to the superuser and may not be ended by us.
        with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            await maker.execute(f"drop database {name} with (force)")
    await maker.close()


async def _run(dsn: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def _ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_backup_restored_elsewhere_gives_the_same_rows(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    source, goal = empty_dsns
    await _run(source, _SCHEMA)
    seen: list[str] = []
    await backup(source, tmp_path / "it.backup", seen.append)
    await restore(goal, tmp_path / "it.backup")
    assert await _ask(goal, _STATE) == await _ask(source, _STATE)
    assert await _ask(goal, "select newest() + (select count(*) from recent)") == 600
    assert sorted(seen) == ["archive.old", "public.message_high", "public.message_low"]
    # The sequence goes on where it was.
    query = "insert into message (account_id, state) values (1, 'sent') returning id"
    assert await _ask(goal, query) == 501


async def test_a_backup_goes_into_a_fresh_embedded_database(
    empty_dsns: Iterator[str], tmp_path: Path, server_directory: Path
) -> None:
    source = next(empty_dsns)
    await _run(source, _SCHEMA)
    await backup(source, tmp_path / "it.backup")
    fresh = EmbeddedPostgres(server_directory / "fresh", fsync=False)
    await restore(await fresh.start(), tmp_path / "it.backup")
    await fresh.stop()
    async with attached(server_directory / "fresh") as dsn:
        assert await _ask(dsn, _STATE) == await _ask(source, _STATE)


async def test_a_backup_is_readable_by_its_owner_only(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    await backup(next(empty_dsns), tmp_path / "it.backup")
    assert stat.S_IMODE((tmp_path / "it.backup").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["it.backup"]


async def test_a_database_with_anything_in_it_is_not_overwritten_unasked(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    source, goal = empty_dsns
    await _run(source, _SCHEMA)
    await backup(source, tmp_path / "it.backup")
    await _run(goal, "create table mine as select 1 as n")
    with pytest.raises(DatabaseNotEmptyError, match="--force"):
        await restore(goal, tmp_path / "it.backup")
    assert await _ask(goal, "select n from mine") == 1


async def test_a_forced_restore_leaves_nothing_of_what_was_there(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    source, goal = empty_dsns
    await _run(source, _SCHEMA)
    await backup(source, tmp_path / "it.backup")
    await _run(goal, _SCHEMA)
    later = (
        "create table later (account_id bigint, id bigint, n serial,"
        " foreign key (account_id, id) references message);"
        "create domain short as text check (length(value) < 9);"
        "create schema later_schema; create table later_schema.t (n short);"
        "create materialized view later_view as select * from message;"
        "delete from message where id < 300;"
    )
    await _run(goal, later)
    await restore(goal, tmp_path / "it.backup", force=True)
    assert await _ask(goal, _STATE) == await _ask(source, _STATE)
    relations = "select count(*) from pg_class where relnamespace >= 16384 or relname ~ 'later'"
    assert await _ask(goal, relations) == await _ask(source, relations)
    assert await _ask(goal, "select to_regtype('short')") is None


async def test_a_damaged_backup_changes_nothing(empty_dsns: Iterator[str], tmp_path: Path) -> None:
    source, goal = empty_dsns
    await _run(source, _SCHEMA)
    await backup(source, tmp_path / "it.backup")
    whole = (tmp_path / "it.backup").read_bytes()
    (tmp_path / "half.backup").write_bytes(whole[: len(whole) * 3 // 4])
    await _run(goal, "create table mine as select 1 as n")
    with pytest.raises(BackupError, match="nothing was restored"):
        await restore(goal, tmp_path / "half.backup", force=True)
    assert await _ask(goal, "select n from mine") == 1
    assert await _ask(goal, "select to_regclass('message')") is None


async def test_a_restore_that_the_database_refuses_changes_nothing(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    source, goal = empty_dsns
    # A check that leans on the search path holds in the source and fails during any restore.
    await _run(
        source,
        "create table other as select 1 as n;"
        "create function has_other(int) returns boolean language plpgsql"
        " as 'begin return exists (select from other); end';"
        "create table guarded (n int check (has_other(n))); insert into guarded values (1);",
    )
    await backup(source, tmp_path / "it.backup")
    await _run(goal, "create table mine as select 1 as n")
    with pytest.raises(BackupError, match=r"nothing was restored: ERROR: .* \"other\""):
        await restore(goal, tmp_path / "it.backup", force=True)
    assert await _ask(goal, "select n from mine") == 1


async def test_a_file_that_is_no_backup_is_refused_before_anything_is_touched(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    (tmp_path / "letter").write_text("Dear operator")
    with pytest.raises(BackupError, match="no backup of heliograph"):
        await restore(next(empty_dsns), tmp_path / "letter", force=True)
    with pytest.raises(BackupError, match="cannot be read"):
        await restore("postgresql:///unused", tmp_path / "absent")


async def test_a_failed_backup_leaves_the_former_file_alone(
    empty_dsns: Iterator[str], tmp_path: Path
) -> None:
    (tmp_path / "it.backup").write_text("former")
    unreachable = urlsplit(next(empty_dsns))._replace(path="/absent").geturl()
    with pytest.raises(BackupError, match="does not answer"):
        await backup(unreachable, tmp_path / "it.backup")
    assert (tmp_path / "it.backup").read_text() == "former"
    with pytest.raises(BackupError, match="cannot be written"):
        await backup(next(empty_dsns), tmp_path / "no" / "such" / "place")


async def test_an_external_server_of_version_16_is_dumped_and_restored(
    empty_dsns: Iterator[str], tmp_path: Path, server_directory: Path
) -> None:
    server = EmbeddedPostgres(
        server_directory / "sixteen", fsync=False, programs=wheel_programs(16)
    )
    dsn = await server.start()
    await _run(dsn, _SCHEMA)
    expected = await _ask(dsn, _STATE)
    await backup(dsn, tmp_path / "it.backup")
    await restore(dsn, tmp_path / "it.backup", force=True)
    assert await _ask(dsn, _STATE) == expected
    goal = next(empty_dsns)
    await restore(goal, tmp_path / "it.backup")
    assert await _ask(goal, _STATE) == expected
    await backup(goal, tmp_path / "newer.backup")
    with pytest.raises(BackupError, match="of a newer PostgreSQL than the server"):
        await restore(dsn, tmp_path / "newer.backup", force=True)
    assert await _ask(dsn, _STATE) == expected
    await server.stop()


def test_the_password_leaves_the_address_and_nothing_else_does() -> None:
    assert _parted("postgresql://me:p%40ss@db.example:6432/sms?sslmode=require") == (
        "postgresql://me@db.example:6432/sms?sslmode=require",
        "p@ss",
    )
    assert _parted("postgres:///sms?host=%2Frun%2Fpg&password=a%26b&user=me") == (
        "postgres:///sms?host=%2Frun%2Fpg&user=me",
        "a&b",
    )
    assert _parted("postgresql://[::1]:5432/sms") == ("postgresql://[::1]:5432/sms?", None)


def test_a_server_too_old_or_too_new_is_a_sentence() -> None:
    with pytest.raises(BackupError, match="works with 16 and later"):
        _programs_for(15, encrypted=False)
    with pytest.raises(BackupError, match="install postgresql-client-99"):
        _programs_for(99, encrypted=False)
    assert _programs_for(17, encrypted=False).major == 18
