"""The embedded database: a PostgreSQL server of our own below `DATA/postgres`.

It listens on a Unix socket in a directory nobody else can enter, asks for a SCRAM password all the
same, and runs exactly as long as this process: a watch made of /bin/sh holds the other end of a
pipe, and when that pipe closes (an orderly stop, kill -9, the OOM killer) it shuts the server down.
It must never listen on TCP, never trust a connection, never touch a mode or an owner outside
`DATA/postgres`, and never start a second server on the same directory.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg

from heliograph.store._embedded_home import (
    DATABASE,
    PORT,
    ROLE,
    DataDirectoryInUseError,
    DataDirectoryOwnerError,
    Home,
    named_account,
    running_dsn,
)
from heliograph.store._embedded_programs import (
    EmbeddedError,
    Programs,
    ProgramsMissingError,
    runnable_programs,
    wheel_programs,
)
from heliograph.store._embedded_settings import AUTHENTICATION, SETTINGS

__all__ = [
    "DataDirectoryInUseError",
    "DataDirectoryOwnerError",
    "EmbeddedError",
    "EmbeddedPostgres",
    "Programs",
    "ProgramsMissingError",
    "ServerFailedError",
    "attached",
    "running_dsn",
    "wheel_programs",
]

# The superuser has no password and pg_hba.conf does not name it: nobody can log in with it.
_SUPERUSER = "postgres"
_READY_POLL_SECONDS = 0.02
# Recovery after a crash replays at most max_wal_size, which a slow disk does in minutes.
_START_SECONDS = 600.0
_STOP_SECONDS = 120.0
_QUIT_SECONDS = 10.0

# Two processes: one waits for the server and ends with its status, one waits for the pipe. The
# signal is repeated because a postmaster in its first milliseconds still ignores it.
_WATCH = """
trap '' HUP INT TERM
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{
  read -r never <&3
  while kill -INT "$server" 2>/dev/null; do sleep 0.1; done
} &
watch=$!
exec 3<&-
wait "$server"
status=$?
kill -KILL "$watch" 2>/dev/null
exit "$status"
"""


class ServerFailedError(EmbeddedError):
    """The server, or the making of its cluster, ended with an error; the text quotes it."""


class EmbeddedPostgres:
    """A PostgreSQL server in `data`/postgres, alive from `start` to `stop` and no longer.

    `fsync=False` is for tests: it gives up durability. `programs` chooses another installation
    than the wheel's PostgreSQL 18.
    """

    def __init__(self, data: Path, *, fsync: bool = True, programs: Programs | None = None) -> None:
        self.data = data
        self.programs = programs or wheel_programs()
        self.home = Home(data)
        self._fsync = fsync
        self._watch: subprocess.Popen[bytes] | None = None
        self._gone = asyncio.Event()

    async def start(self) -> str:
        """Starts the server and returns the DSN of its database, for asyncpg and libpq alike.

        The first start makes the cluster, the role and the database. Raises a kind of
        EmbeddedError; nothing is left running then.
        """
        if self._watch is not None:
            return running_dsn(self.data)
        await asyncio.to_thread(self.home.enter)
        try:
            runnable = await asyncio.to_thread(self._prepare)
            self._launch(runnable)
            await self._ready()
        except BaseException:
            await self.stop()
            raise
        return running_dsn(self.data)

    async def stop(self) -> None:
        """Shuts the server down (fast: open transactions are rolled back) and waits for its end."""
        watch, self._watch = self._watch, None
        if watch is None:
            self.home.leave()
            return
        if watch.stdin is not None:
            watch.stdin.close()
        try:
            await self._end_within(_STOP_SECONDS)
        finally:
            self.home.close_socket_directory()
            self.home.leave()

    async def wait(self) -> None:
        """Returns when the server has ended, be it by `stop` or by a fault of its own."""
        await self._gone.wait()

    def _prepare(self) -> Programs:
        """Makes the cluster unless there is one, and writes what this start needs."""
        home = self.home
        runnable = runnable_programs(self.programs, home.spawning())
        home.make_directory(home.log)
        if not home.cluster.exists():
            self._make_cluster(runnable)
        self._check_version()
        if home.password() is None:
            password = secrets.token_urlsafe(32)
            home.give(home.cluster, named_account(home.account))
            self._administer(
                runnable, "cluster", [f"ALTER ROLE {ROLE} PASSWORD '{password}'"], password
            )
            home.give(home.cluster)
            home.keep_password(password)
        settings = SETTINGS.format(
            port=PORT,
            sockets=home.open_socket_directory(),
            hba=home.server_path("pg_hba.conf"),
            fsync="on" if self._fsync else "off",
            log=home.server_path("log"),
            local=home.server_path("local.conf"),
        )
        home.write("postgresql.conf", settings)
        home.write("pg_hba.conf", AUTHENTICATION)
        return runnable

    def _check_version(self) -> None:
        found = (self.home.cluster / "PG_VERSION").read_text("ascii").strip()
        if found != str(self.programs.major):
            raise EmbeddedError(
                f"the database in {self.home.cluster} is of PostgreSQL {found} and this release "
                f"brings {self.programs.major}: make a backup with the former release, and "
                "restore it into a fresh data directory"
            )

    def _make_cluster(self, runnable: Programs) -> None:
        """initdb beside the final place, then a rename: a crash leaves no half-made cluster."""
        home = self.home
        fresh = home.base / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        account = named_account(home.account)
        home.give(fresh, account)
        locale = ["--locale=C", "--encoding=UTF8"]
        if runnable.major >= 17:
            # Unicode rules for upper and lower case, and the same order on every machine.
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [
            runnable.path("initdb"), "--pgdata", home.server_path("cluster.new"),
            "--username", _SUPERUSER, "--auth", "reject", "--data-checksums", *locale,
            *([] if self._fsync else ["--no-sync"]),
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 (our own program, no shell)
            command, capture_output=True, check=False, **home.spawning(account)
        )
        _check("initdb", done)
        password = home.password() or secrets.token_urlsafe(32)
        # Not a superuser: a fault in our SQL must not become a shell on the machine.
        statements = [
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'",
            f"GRANT pg_monitor, pg_checkpoint TO {ROLE}",
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        ]
        self._administer(runnable, fresh.name, statements, password)
        home.keep_password(password)
        home.give(fresh)
        fresh.rename(home.cluster)
        directory = os.open(home.base, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def _administer(
        self, runnable: Programs, cluster: str, statements: Sequence[str], secret: str
    ) -> None:
        """Runs statements as superuser in single-user mode: no socket, no login."""
        command = [
            runnable.path("postgres"), "--single", "-D", self.home.server_path(cluster),
            "-c", f"fsync={'on' if self._fsync else 'off'}",
            "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic",
            "-c", "log_checkpoints=off", "postgres",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 (our own program, no shell)
            command,
            input="".join(f"{statement}\n" for statement in statements).encode("ascii"),
            capture_output=True,
            check=False,
            **self.home.spawning(named_account(self.home.account)),
        )
        done.stderr = done.stderr.replace(secret.encode("ascii"), b"***")
        _check("postgres --single", done)

    def _launch(self, runnable: Programs) -> None:
        home = self.home
        command = [
            "/bin/sh", "-c", _WATCH, "heliograph-watch",
            runnable.path("postgres"), "-D", home.server_path("cluster"),
            "-c", f"config_file={home.server_path('postgresql.conf')}",
        ]  # fmt: skip
        log = home.base / "start.log"
        log.touch(mode=0o600)
        with log.open("wb") as errors:
            # A session of its own: Ctrl-C in a terminal must reach us only, we stop the server.
            watch = subprocess.Popen(  # noqa: S603 (a constant script, arguments quoted by "$@")
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                **home.spawning(),
            )
        self._watch = watch
        self._gone = asyncio.Event()
        descriptor = os.pidfd_open(watch.pid)
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, self._ended, loop, descriptor, watch, self._gone)

    @staticmethod
    def _ended(
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        watch: subprocess.Popen[bytes],
        gone: asyncio.Event,
    ) -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        watch.wait()  # reaps it; the descriptor says that it has ended
        if watch.stdin is not None:
            watch.stdin.close()
        gone.set()

    async def _ready(self) -> None:
        """Waits for the postmaster's own word, then proves that the DSN opens the database."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_SECONDS
        while self._status() != "ready":
            if self._gone.is_set():
                raise ServerFailedError(
                    f"the embedded database did not start: {self._last_words()}"
                )
            if loop.time() > deadline:
                raise ServerFailedError(
                    f"the embedded database was not ready after {_START_SECONDS:.0f} seconds: "
                    f"see {self.home.log}, and start again"
                )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), _READY_POLL_SECONDS)
        try:
            connection = await asyncpg.connect(running_dsn(self.data))
        except (asyncpg.PostgresError, OSError) as error:
            raise ServerFailedError(
                f"the embedded database refuses its own password or database ({error}): remove "
                f"{self.home.base / 'password'} to have a new one made, and start again"
            ) from error
        await connection.close()

    def _status(self) -> str:
        """The eighth line of postmaster.pid, where the server writes `starting` and `ready`."""
        try:
            lines = (self.home.cluster / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def _last_words(self) -> str:
        words = ""
        logs = sorted(self.home.log.glob("*.log"), key=lambda log: log.stat().st_mtime)
        for file in (self.home.base / "start.log", *logs[-1:]):
            words += file.read_text("utf-8", "replace")[-1500:]
        faults = [line for line in words.splitlines() if "FATAL" in line or "PANIC" in line]
        return " / ".join(faults[-3:]) or words.strip() or f"see {self.home.log}"

    async def _end_within(self, seconds: float) -> None:
        """Waits for the end of a fast shutdown; then insists without the last checkpoint."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), seconds)
            return
        with suppress(OSError, ValueError, IndexError):
            lines = (self.home.cluster / "postmaster.pid").read_text("utf-8").splitlines()
            os.kill(int(lines[0]), signal.SIGQUIT)
        try:
            await asyncio.wait_for(self._gone.wait(), _QUIT_SECONDS)
        except TimeoutError:
            raise ServerFailedError(
                f"the embedded database in {self.home.cluster} does not stop: "
                f"see {self.home.log}, and end the process named in postmaster.pid"
            ) from None


@asynccontextmanager
async def attached(data: Path) -> AsyncIterator[str]:
    """Yields a DSN of the embedded database in `data`, whether heliograph runs there or not.

    The running server is used when there is one; otherwise one is started for the block.
    """
    server = EmbeddedPostgres(data)
    try:
        dsn = await server.start()
    except DataDirectoryInUseError:
        yield running_dsn(data)
        return
    try:
        yield dsn
    finally:
        await server.stop()


def _check(program: str, done: subprocess.CompletedProcess[bytes]) -> None:
    """Raises ServerFailedError when a program failed; single-user mode may only say ERROR."""
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0 or "ERROR:" in said or "FATAL:" in said:
        words = said.strip() or f"status {done.returncode}"
        raise ServerFailedError(f"the embedded database could not be made, {program} says: {words}")
