"""The embedded server as the operating system sees it: who gets in, who owns what, who is left."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import pytest_asyncio

from heliograph.store._embedded_home import Home
from heliograph.store._embedded_programs import runnable_programs
from heliograph.store.embedded import (
    DataDirectoryInUseError,
    DataDirectoryOwnerError,
    EmbeddedError,
    EmbeddedPostgres,
    ProgramsMissingError,
    attached,
    running_dsn,
    wheel_programs,
)

_ROOT = os.geteuid() == 0
_STRANGER = 65534

# Run by a process of its own, under the loop of production, which is then killed.
_CHILD = """
import asyncio, sys
from pathlib import Path
import uvloop
from heliograph.store.embedded import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]), fsync=False)
    await server.start()
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    await asyncio.Event().wait()

uvloop.run(main())
"""


@pytest.fixture(scope="module")
def closed_directory() -> Iterator[Path]:
    """A directory whose parent nobody but us may enter, as /root is."""
    with tempfile.TemporaryDirectory() as outer:
        (Path(outer) / "inner").mkdir(mode=0o755)
        yield Path(outer) / "inner"


def _modes(data: Path) -> list[tuple[Path, int, int, int]]:
    """Mode and owner of whatever a server may be tempted to open: above the data, and the wheel."""
    programs = wheel_programs().directory.parent
    watched = [*data.parents, *programs.parents, programs, *programs.rglob("*")]
    states = [(path, path.lstat()) for path in watched]
    return [(path, state.st_mode, state.st_uid, state.st_gid) for path, state in states]


@pytest.fixture(scope="module")
def modes_before(closed_directory: Path) -> list[tuple[Path, int, int, int]]:
    return _modes(closed_directory / "data")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(
    closed_directory: Path, modes_before: list[tuple[Path, int, int, int]]
) -> AsyncIterator[EmbeddedPostgres]:
    """A server that one test borrows from the next; `modes_before` is from before its first start."""
    server = EmbeddedPostgres(closed_directory / "data", fsync=False)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stopped(server_directory: Path) -> Path:
    """A data directory whose database is made and not running; tests leave it so."""
    server = EmbeddedPostgres(server_directory / "stopped", fsync=False)
    await server.start()
    await server.stop()
    return server.data


def _postmaster(server: EmbeddedPostgres) -> int:
    return int((server.home.cluster / "postmaster.pid").read_text().splitlines()[0])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _socket_of(dsn: str) -> Path:
    options = parse_qs(urlsplit(dsn).query)
    return Path(options["host"][0]) / f".s.PGSQL.{options['port'][0]}"


async def _ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@contextmanager
def _as_stranger() -> Iterator[None]:
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(_STRANGER)
    os.seteuid(_STRANGER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


async def test_the_first_start_makes_a_database_that_asyncpg_opens(
    running: EmbeddedPostgres,
) -> None:
    dsn = running_dsn(running.data)
    assert await _ask(dsn, "select current_database()::text") == "heliograph"
    assert str(await _ask(dsn, "show server_version")).startswith("18")
    assert await _ask(dsn, "show server_encoding") == "UTF8"
    assert await _ask(dsn, "show timezone") == "UTC"
    assert await _ask(dsn, "show synchronous_commit") == "on"
    assert await _ask(dsn, "select lower('ÄÖ') || upper('é')") == "äöÉ"


async def test_the_login_role_is_no_superuser(running: EmbeddedPostgres) -> None:
    query = "select rolsuper from pg_roles where rolname = current_user"
    assert await _ask(running_dsn(running.data), query) is False


async def test_the_server_listens_on_no_network_address(running: EmbeddedPostgres) -> None:
    assert await _ask(running_dsn(running.data), "show listen_addresses") == ""


async def test_a_wrong_password_is_refused_even_to_the_owner(running: EmbeddedPostgres) -> None:
    dsn = running_dsn(running.data)
    password = urlsplit(dsn).password
    assert password is not None
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn.replace(password, "guess"))


async def test_the_superuser_cannot_log_in(running: EmbeddedPostgres) -> None:
    dsn = running_dsn(running.data).replace("//heliograph:", "//postgres:")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(dsn)


async def test_nobody_else_reaches_the_socket_or_the_password(running: EmbeddedPostgres) -> None:
    path = _socket_of(running_dsn(running.data))
    secret = running.home.base / "password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(running.home.cluster.stat().st_mode) == 0o700
    assert "trust" not in (running.home.base / "pg_hba.conf").read_text()
    if _ROOT:
        outer = running.data.parent.parent
        outer.chmod(0o755)  # so that only our own modes stand in the way
        running.data.chmod(0o755)
        try:
            with _as_stranger(), socket.socket(socket.AF_UNIX) as door:
                with pytest.raises(PermissionError):
                    door.connect(str(path))
                with pytest.raises(PermissionError):
                    secret.read_text()
        finally:
            outer.chmod(0o700)
            running.data.chmod(0o700)


async def test_a_second_instance_is_refused_with_a_sentence(running: EmbeddedPostgres) -> None:
    second = EmbeddedPostgres(running.data, fsync=False)
    with pytest.raises(DataDirectoryInUseError, match=r"already running on .*data \(process \d+\)"):
        await second.start()
    assert await _ask(running_dsn(running.data), "select 1") == 1


async def test_a_command_borrows_the_running_server(running: EmbeddedPostgres) -> None:
    before = _postmaster(running)
    async with attached(running.data) as dsn:
        assert await _ask(dsn, "select 1") == 1
    assert _postmaster(running) == before
    assert _is_alive(before)


async def test_nothing_outside_the_data_directory_changes_its_mode_or_owner(
    running: EmbeddedPostgres, modes_before: list[tuple[Path, int, int, int]]
) -> None:
    assert await _ask(running_dsn(running.data), "select 1") == 1
    assert _modes(running.data) == modes_before


async def test_rows_outlive_a_stop_and_a_stop_may_be_repeated(stopped: Path) -> None:
    server = EmbeddedPostgres(stopped, fsync=False)
    connection = await asyncpg.connect(await server.start())
    await connection.execute("create table kept as select 7 as number")
    postmaster = _postmaster(server)
    await server.stop()  # with a client still connected
    await server.stop()
    await server.wait()
    connection.terminate()
    assert not _is_alive(postmaster)
    async with attached(stopped) as dsn:
        assert await _ask(dsn, "select number from kept") == 7


async def test_a_killed_process_leaves_no_server_behind(stopped: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, str(stopped), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"
    server = EmbeddedPostgres(stopped, fsync=False)
    postmaster = _postmaster(server)
    await _ask(running_dsn(stopped), "select 1")
    child.send_signal(signal.SIGKILL)
    await child.wait()
    # The start waits for the lock that every process of the old server holds.
    await server.start()
    assert not _is_alive(postmaster)
    assert _postmaster(server) != postmaster
    await server.stop()


async def test_a_killed_postmaster_is_noticed_and_the_next_start_recovers(stopped: Path) -> None:
    server = EmbeddedPostgres(stopped, fsync=False)
    dsn = await server.start()
    await _ask(dsn, "select 1")
    os.kill(_postmaster(server), signal.SIGKILL)
    await asyncio.wait_for(server.wait(), 20)
    await server.stop()
    # A process id that lives and is not a server's, as after a restart of the machine.
    pid_file = server.home.cluster / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(pid_file.read_text().split()[0], "1", 1))
    assert await _ask(await server.start(), "select 1") == 1
    await server.stop()


async def test_a_long_path_gets_a_short_private_socket_directory(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 25)
    server = EmbeddedPostgres(data, fsync=False)
    dsn = await server.start()
    directory = _socket_of(dsn).parent
    assert len(str(directory)) < 80
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert directory.stat().st_uid == server.home.cluster.stat().st_uid
    assert await _ask(dsn, "select 1") == 1
    await server.stop()
    assert not directory.exists()


async def test_a_lost_password_is_replaced_and_the_data_stays(stopped: Path) -> None:
    server = EmbeddedPostgres(stopped, fsync=False)
    first = await server.start()
    await server.stop()
    (server.home.base / "password").unlink()
    second = await server.start()
    assert second != first
    assert await _ask(second, "select 1") == 1
    await server.stop()


async def test_a_cluster_of_another_version_is_refused_with_a_way_out(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, fsync=False)
    server.home.cluster.mkdir(parents=True)
    (server.home.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL 17 .* brings 18: make a backup"):
        await server.start()


async def test_a_setting_that_stops_the_server_is_quoted(stopped: Path) -> None:
    server = EmbeddedPostgres(stopped, fsync=False)
    (server.home.base / "local.conf").write_text("shared_buffers = 'many'\n")
    (server.home.base / "local.conf").chmod(0o644)
    with pytest.raises(EmbeddedError, match="did not start"):
        await server.start()
    (server.home.base / "local.conf").unlink()
    assert await _ask(await server.start(), "select 1") == 1
    await server.stop()


async def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryOwnerError, match="cannot be used"):
        await EmbeddedPostgres(tmp_path / "file", fsync=False).start()


@pytest.mark.skipif(not _ROOT, reason="only root can give a directory away")
async def test_the_data_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    os.chown(tmp_path / "postgres", 1234, 1234)
    with pytest.raises(DataDirectoryOwnerError, match="belongs to user id 1234"):
        await EmbeddedPostgres(tmp_path, fsync=False).start()


@pytest.mark.skipif(not _ROOT, reason="only root runs the server under another account")
def test_programs_out_of_reach_are_copied_to_a_place_in_reach(closed_directory: Path) -> None:
    own = wheel_programs().directory.parent
    hidden = closed_directory / own.parent.name / own.name
    shutil.copytree(own, hidden, ignore=shutil.ignore_patterns("include", "*.a"))
    shutil.copytree(f"{own.parent}.libs", f"{hidden.parent}.libs")
    out_of_reach = type(wheel_programs())(directory=hidden / "bin", major=18)
    home = Home(closed_directory / "programs")
    home.enter()
    shared = Path(tempfile.mkdtemp())
    try:
        with pytest.raises(ProgramsMissingError, match="run heliograph as an ordinary user"):
            runnable_programs(out_of_reach, home.spawning(), [shared])
        shared.chmod(0o755)
        copy = runnable_programs(out_of_reach, home.spawning(), [shared])
        assert copy.directory.is_relative_to(shared)
        assert runnable_programs(out_of_reach, home.spawning(), [shared]) == copy
    finally:
        home.leave()
        shutil.rmtree(shared)
