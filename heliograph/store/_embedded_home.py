"""The directory `DATA/postgres`: who owns what in it, who may enter, and who holds it.

    lock              held (flock) by the one heliograph process that uses the directory
    server.lock       held by every process of the server, so free means: the server is gone
    password          of the login role; 0600, ours
    socket-directory  where the socket is, when its path here would be too long
    postgresql.conf   pg_hba.conf: written at each start, readable by the server
    local.conf        settings of the operator, never touched by us
    cluster/ log/ run/    the server's own

PostgreSQL refuses to run as root. As root the server therefore runs under a user id that belongs
to nobody else, and reaches its files through an inherited descriptor of this directory
(`/proc/self/fd/N/…`), which needs no permission on any parent. So this module never has a reason
to change the mode or the owner of anything outside `DATA/postgres`, and must never do so.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from heliograph.store._embedded_programs import EmbeddedError

ROLE = "heliograph"
DATABASE = "heliograph"
PORT = 5432

# Sixteen-bit ids that neither Debian policy 9.2.2 nor systemd (UIDS-GIDS) gives to anybody; they
# exist in containers with 65,536 mapped ids as well.
_FREE_IDS = range(65520, 65534)
# unix(7): sun_path holds 108 bytes with its NUL.
_LONGEST_SOCKET_PATH_BYTES = 107
_PREVIOUS_SERVER_SECONDS = 60.0


class DataDirectoryInUseError(EmbeddedError):
    """Another heliograph process, or a server of a former one, holds the data directory."""


class DataDirectoryOwnerError(EmbeddedError):
    """The data directory belongs to another user, or this process may not give it to one."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The user and group id the server runs under when we are root."""

    uid: int
    gid: int


class Home:
    """`DATA/postgres`, entered: locks held, account known, directories in place.

    Construction is `enter`; `leave` gives everything back and may be called more than once.
    """

    def __init__(self, data: Path) -> None:
        self.base = data.resolve() / "postgres"
        self.cluster = self.base / "cluster"
        self.log = self.base / "log"
        self.account: Account | None = None
        self._descriptors: list[int] = []
        self._base_descriptor = -1
        self._server_lock = -1

    def enter(self) -> None:
        """Takes the directory. Raises DataDirectoryInUseError or DataDirectoryOwnerError."""
        try:
            self.base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.base.mkdir(mode=0o700, exist_ok=True)
            self._check_owner()
            self._take()
            self._await_previous_server()
            self._assign()
        except OSError as error:
            self.leave()
            raise DataDirectoryOwnerError(
                f"the data directory {self.base.parent} cannot be used ({error.strerror}): "
                "give this user a directory of its own, on a disk with room"
            ) from error
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Gives the locks back. A server still alive keeps `server.lock`."""
        while self._descriptors:
            os.close(self._descriptors.pop())

    def server_path(self, name: str) -> str:
        """The path of `name` in this directory as the server has to spell it."""
        if self.account is None:
            return str(self.base / name)
        return f"/proc/self/fd/{self._base_descriptor}/{name}"

    def spawning(self, account: Account | None = None) -> dict[str, Any]:
        """Keyword arguments for subprocess that make a process one of the server's."""
        become = account or self.account
        arguments: dict[str, Any] = {
            "cwd": "/",
            "env": {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            "umask": 0o077,
            "pass_fds": (self._base_descriptor, self._server_lock),
        }
        if become is not None:
            arguments |= {"user": become.uid, "group": become.gid, "extra_groups": []}
        return arguments

    def give(self, path: Path, account: Account | None = None) -> None:
        """Makes the server's account, or another, the owner of `path` and all below it."""
        owner = account or self.account
        if owner is None:
            return
        for directory, _, names in os.walk(path):
            for each in (directory, *(os.path.join(directory, name) for name in names)):
                os.chown(each, owner.uid, owner.gid, follow_symlinks=False)

    def make_directory(self, path: Path) -> None:
        """Makes a directory that only the server (and root) can enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        if path.lstat().st_uid == os.geteuid():  # else the server's already, with links of its own
            self.give(path)

    def write(self, name: str, text: str) -> None:
        """Writes a file of ours that the server may read and not change."""
        fresh = self.base / f".{name}.new"
        fresh.unlink(missing_ok=True)
        _write_private(fresh, text)
        if self.account is not None:
            os.chown(fresh, 0, self.account.gid)
            fresh.chmod(0o640)
        fresh.replace(self.base / name)

    def password(self) -> str | None:
        """The login role's password, or None when there is none on record."""
        try:
            return (self.base / "password").read_text("ascii").strip()
        except FileNotFoundError:
            return None

    def keep_password(self, password: str) -> None:
        """Records the password, once the role has it. Not for the server to read."""
        fresh = self.base / ".password.new"
        fresh.unlink(missing_ok=True)
        _write_private(fresh, password)
        fresh.replace(self.base / "password")

    def open_socket_directory(self) -> str:
        """Chooses the directory of the socket, and returns it as the server has to spell it."""
        self.close_socket_directory()
        if _fits(self.base / "run"):
            self.make_directory(self.base / "run")
            return self.server_path("run")
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 (mkdtemp makes it 0700, ours)
            if not _fits(Path(parent) / "heliograph-12345678"):
                continue
            directory = Path(tempfile.mkdtemp(prefix="heliograph-", dir=parent))
            self.make_directory(directory)
            self.write("socket-directory", str(directory))
            return str(directory)
        raise EmbeddedError(
            f"the path {self.base} is too long for a database socket: "
            "choose a data directory with a path under 80 bytes"
        )

    def close_socket_directory(self) -> None:
        """Removes the socket directory that a long path made necessary, if there is one."""
        record = self.base / "socket-directory"
        with suppress(FileNotFoundError):
            shutil.rmtree(record.read_text("utf-8"), ignore_errors=True)
            record.unlink()

    def _check_owner(self) -> None:
        for path in (self.base, self.cluster):
            try:
                owner = path.lstat().st_uid
            except FileNotFoundError:
                return
            if owner != os.geteuid() and not (path == self.cluster and os.geteuid() == 0):
                raise DataDirectoryOwnerError(
                    f"{path} belongs to user id {owner} and this process runs as user id "
                    f"{os.geteuid()}: start heliograph as that user, "
                    "or choose another data directory"
                )

    def _take(self) -> None:
        lock = self._open("lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise DataDirectoryInUseError(
                f"heliograph is already running on {self.base.parent} (process {holder}): "
                "stop it first, or give this one another data directory"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
        self._server_lock = self._open("server.lock", os.O_RDWR | os.O_CREAT)
        self._base_descriptor = self._open(".", os.O_PATH | os.O_DIRECTORY)

    def _await_previous_server(self) -> None:
        """Waits for the server of a killed process, which its watch is shutting down.

        Every process of a server inherits the lock, so that this needs no guess about process
        ids, and holds for a server in another container as well.
        """
        deadline = time.monotonic() + _PREVIOUS_SERVER_SECONDS
        while True:
            try:
                fcntl.flock(self._server_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DataDirectoryInUseError(
                        f"a former database server still uses {self.cluster} after "
                        f"{_PREVIOUS_SERVER_SECONDS:.0f} seconds: stop the process named in "
                        f"{self.cluster / 'postmaster.pid'} and start again"
                    ) from None
                time.sleep(0.02)
            else:
                # A stale one may name a process id that somebody else has by now.
                (self.cluster / "postmaster.pid").unlink(missing_ok=True)
                return

    def _assign(self) -> None:
        """Sets who owns what. As root: chooses the account, or keeps the cluster's owner."""
        if os.geteuid() != 0:
            self.base.chmod(0o700)
            return
        self.account = self._chosen_account()
        try:
            os.chown(self.base, 0, self.account.gid)
            subprocess.run(["/bin/true"], check=True, **self.spawning())
        except OSError as error:
            raise DataDirectoryOwnerError(
                f"root cannot run the database under user id {self.account.uid} here ({error}): "
                "run heliograph as an ordinary user, or use your own server with --database"
            ) from error
        self.base.chmod(0o710)
        if self.cluster.exists() and self.cluster.lstat().st_uid != self.account.uid:
            self.give(self.cluster)

    def _chosen_account(self) -> Account:
        if self.cluster.exists():
            state = self.cluster.lstat()
            if state.st_uid != 0:
                return Account(uid=state.st_uid, gid=state.st_gid)
        taken = {entry.pw_uid for entry in pwd.getpwall()}
        for number in _FREE_IDS:
            if number not in taken:
                return Account(uid=number, gid=number)
        raise DataDirectoryOwnerError(
            f"no user id from {_FREE_IDS[0]} to {_FREE_IDS[-1]} is free for the database server: "
            "run heliograph as an ordinary user, or use your own server with --database"
        )

    def _open(self, name: str, flags: int) -> int:
        descriptor = os.open(self.base / name, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._descriptors.append(descriptor)
        return descriptor


def running_dsn(data: Path) -> str:
    """The DSN of the server that runs on `data`, for asyncpg and libpq alike.

    Raises EmbeddedError when there is none or when its password is not ours to read.
    """
    base = data.resolve() / "postgres"
    try:
        password = (base / "password").read_text("ascii").strip()
        record = base / "socket-directory"
        directory = record.read_text("utf-8") if record.exists() else str(base / "run")
    except OSError as error:
        raise EmbeddedError(
            f"the embedded database in {data} is not open to this user ({error.strerror}): "
            "start heliograph there once, and use the same user"
        ) from error
    place = urlencode({"host": directory, "port": PORT}, quote_via=quote)
    return f"postgresql://{ROLE}:{quote(password)}@/{DATABASE}?{place}"


def named_account(server: Account | None) -> Account | None:
    """The account to make or mend a cluster with, when the server runs as `server`.

    initdb and single-user mode insist on a user id with a name, which the server itself does not.
    The group is the server's, without which nobody enters `DATA/postgres`.
    """
    if server is None:
        _check_name(os.geteuid())
        return None
    named = sorted(
        (entry for entry in pwd.getpwall() if entry.pw_uid != 0),
        key=lambda entry: entry.pw_name != "nobody",
    )
    if not named:
        raise DataDirectoryOwnerError(
            "/etc/passwd names nobody but root, and initdb needs an ordinary account: "
            "add one, or use your own server with --database"
        )
    return Account(uid=named[0].pw_uid, gid=server.gid)


def _check_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise DataDirectoryOwnerError(
            f"user id {uid} has no name, and initdb wants one: add it to /etc/passwd, "
            "run heliograph as a user with a name, or use your own server with --database"
        ) from None


def _fits(directory: Path) -> bool:
    socket = os.fsencode(directory / f".s.PGSQL.{PORT}")
    return len(socket) <= _LONGEST_SOCKET_PATH_BYTES


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
