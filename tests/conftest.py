"""A real PostgreSQL for every test that asks for one: one server per process, one database per test."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from heliograph.store.embedded import EmbeddedPostgres

# Copying a database costs 0.01 s in memory and up to 0.2 s on a busy disk. A container often has
# 64 MB there, which is not enough.
_MEMORY = Path("/dev/shm")  # noqa: S108 (a directory of our own in it, 0700)
_ROOM_BYTES = 2 << 30
_TEMPLATE = "template_migrated"
_numbers = count(1)


def _with_database(dsn: str, name: str) -> str:
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


@pytest.fixture(scope="session")
def server_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory of this test process (each xdist worker is one), in memory where there is room."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM_BYTES:
        yield tmp_path_factory.mktemp("server")
        return
    for left in _MEMORY.glob("heliograph-tests-*"):  # by runs that were killed
        if not _is_alive(int(left.name.rpartition("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    directory = _MEMORY / f"heliograph-tests-{os.getpid()}"
    directory.mkdir(mode=0o700)
    yield directory
    shutil.rmtree(directory)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server(server_directory: Path) -> AsyncIterator[str]:
    """The DSN of a server of this test process, without fsync."""
    server = EmbeddedPostgres(server_directory, fsync=False)
    try:
        yield await server.start()
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_maker(postgres_server: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to make databases with, once the migrated template is there."""
    from heliograph.store.migrate import migrate

    maker = await asyncpg.connect(postgres_server)
    try:
        await maker.execute(f"create database {_TEMPLATE}")
        await migrate(_with_database(postgres_server, _TEMPLATE))
        yield maker
    finally:
        await maker.close()


@pytest_asyncio.fixture(loop_scope="session")
async def database_dsn(
    postgres_server: str, database_maker: asyncpg.Connection[asyncpg.Record]
) -> AsyncIterator[str]:
    """The DSN of a migrated, empty database that belongs to one test and goes with it."""
    name = f"test_{next(_numbers)}"
    await database_maker.execute(f"create database {name} template {_TEMPLATE} strategy file_copy")
    yield _with_database(postgres_server, name)
    # An autovacuum worker that is just at it belongs to the superuser and may not be ended by us.
    with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
        await database_maker.execute(f"drop database {name} with (force)")
