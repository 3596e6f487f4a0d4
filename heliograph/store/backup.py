"""Backup and restore of a whole database, embedded or external, by PostgreSQL's own programs.

A backup is a pg_dump archive: one consistent snapshot, taken while the system runs. A restore
replaces the content of a database in one transaction: it is all there afterwards, or nothing has
changed. A password must never stand in an argument list, where every local user can read it, and
data must never leave in the clear for a server that we ourselves talk to over TLS.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import asyncpg

from heliograph.store._embedded_programs import Programs, wheel_programs

__all__ = ["BackupError", "DatabaseNotEmptyError", "Progress", "backup", "restore"]

#: Called with the name of each table as its rows begin to be copied.
Progress = Callable[[str], None]

_OLDEST_MAJOR = 16
_ARCHIVE_MAGIC = b"PGDMP"
_TABLE = re.compile(r'dumping contents of table "?([^"]+)"?')
# Debian and Ubuntu keep one directory for each major version here; others put it into the PATH.
_SYSTEM_PROGRAMS = Path("/usr/lib/postgresql")

# Why: a restore into a database with anything in it would mix two systems.
_ANY_RELATION = """
select exists (
  select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
"""

# Why: pg_dump and psql from the wheel cannot speak TLS, so we must know whether we do.
_ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"

# Why: `pg_restore --clean` drops what the archive knows and stumbles over what came later. What an
# extension owns stays; the schema public stays too, because its owner is the database's.
_EMPTY = """
BEGIN;
SET LOCAL client_min_messages = warning;
DO $empty$
DECLARE
  step text;
BEGIN
  FOR step IN
    SELECT format('DROP SCHEMA %I CASCADE', n.nspname) FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass
                      AND d.objid = n.oid AND d.deptype = 'e')
  LOOP EXECUTE step; END LOOP;
  FOR step IN
    SELECT format('DROP %s IF EXISTS %s CASCADE',
                  CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                 WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE'
                                 WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
                  format('public.%I', c.relname))
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relkind = 'S'
  LOOP EXECUTE step; END LOOP;
  FOR step IN
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                      AND d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE step; END LOOP;
  FOR step IN
    SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', t.typname) FROM pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass
                      AND d.objid = t.oid AND d.deptype = 'e')
  LOOP EXECUTE step; END LOOP;
END
$empty$;
"""
_KEEP = b"\nCOMMIT;\nANALYZE;\n"


class BackupError(Exception):
    """A backup or restore did not happen; the text is a sentence with what to do next."""


class DatabaseNotEmptyError(BackupError):
    """The database to restore into holds something, and nobody said to overwrite it."""


@dataclass(frozen=True, kw_only=True)
class _Target:
    """A database as the programs must reach it: `address` has no password in it."""

    address: str
    environment: dict[str, str]
    programs: Programs
    is_empty: bool


async def backup(dsn: str, file: Path, progress: Progress | None = None) -> None:
    """Writes one consistent snapshot of the database at `dsn` to `file` (mode 0600).

    `file` appears when it is complete and on the disk, and replaces what was there. Raises
    BackupError; `file` is untouched then.
    """
    target = await _look_at(dsn)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _make_private(fresh)
        arguments = ("--format=custom", "--compress=1", "--verbose", f"--file={fresh}")
        dump = await _spawn(target, "pg_dump", *arguments, f"--dbname={target.address}")
        try:
            words = await _follow(dump, progress)
        finally:
            await _end(dump)
        if dump.returncode != 0:
            raise BackupError(_sentence("the backup was not made", words))
        fresh.replace(file)
    except OSError as error:
        raise BackupError(
            f"the backup cannot be written to {file} ({error.strerror}): choose another place"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


async def restore(dsn: str, file: Path, *, force: bool = False) -> None:
    """Replaces the content of the database at `dsn` by the backup in `file`, in one transaction.

    Raises DatabaseNotEmptyError when the database holds anything and `force` is not given, and
    BackupError for every other reason; the database is as it was then.
    """
    _check_archive(file)
    target = await _look_at(dsn)
    if not target.is_empty and not force:
        raise DatabaseNotEmptyError(
            "the database to restore into is not empty: make a backup of it, "
            "then restore with --force, which removes everything in it"
        )
    entrance, exit_ = os.pipe()
    with os.fdopen(exit_, "wb", buffering=0) as script:
        script.write(_EMPTY.encode("ascii"))
        try:
            psql = await _spawn(
                target,
                "psql",
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                f"--dbname={target.address}",
                stdin=entrance,
            )
        finally:
            os.close(entrance)
        try:
            hearing = asyncio.create_task(psql.communicate())
            fault = await _feed(target, file, script.fileno())
            if fault is None:
                with suppress(BrokenPipeError):  # then psql has the reason
                    await asyncio.to_thread(script.write, _KEEP)
            script.close()
            _, words = await hearing
        finally:
            await _end(psql)
    if psql.returncode != 0 or fault is not None:
        raise BackupError(_sentence("nothing was restored", words or fault or b""))


async def _feed(target: _Target, file: Path, script: int) -> bytes | None:
    """Lets pg_restore write the archive as SQL into `script`; returns what went wrong, if it did.

    psql sees the end of its input whatever the reason, so the COMMIT is not pg_restore's to write:
    it follows only when the archive was read to its end.
    """
    arguments = ("--no-owner", "--no-privileges", "--file=-", str(file))
    reader = await _spawn(target, "pg_restore", *arguments, stdout=script)
    try:
        _, words = await reader.communicate()
    finally:
        await _end(reader)
    return None if reader.returncode == 0 else words or b"pg_restore failed"


async def _look_at(dsn: str) -> _Target:
    """Connects once to learn the server's version, whether it speaks TLS, and what is there."""
    try:
        connection = await asyncpg.connect(dsn)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise BackupError(
            f"the database does not answer ({error}): check the address, and that it runs"
        ) from error
    try:
        major = connection.get_server_version().major
        encrypted = bool(await connection.fetchval(_ENCRYPTED))
        occupied = bool(await connection.fetchval(_ANY_RELATION))
    finally:
        await connection.close()
    address, password = _parted(dsn)
    environment = {"LC_ALL": "C", "PATH": os.defpath}
    if password is not None:
        environment["PGPASSWORD"] = password
    return _Target(
        address=address,
        environment=environment,
        programs=await asyncio.to_thread(_programs_for, major, encrypted=encrypted),
        is_empty=not occupied,
    )


def _parted(dsn: str) -> tuple[str, str | None]:
    """A connection URI without its password, and the password."""
    parts = urlsplit(dsn)
    password = unquote(parts.password) if parts.password is not None else None
    options = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "password":
            password = value
        else:
            options.append((name, value))
    login, at, place = parts.netloc.rpartition("@")
    netloc = f"{login.partition(':')[0]}{at}{place}"
    query = urlencode(options, quote_via=quote)
    return f"{parts.scheme}://{netloc}{parts.path}?{query}", password


def _programs_for(server_major: int, *, encrypted: bool) -> Programs:
    """Programs that understand a server of this version, and TLS where it is spoken.

    pg_dump refuses a server newer than itself, and the scripts of pg_restore 17 and later set
    `transaction_timeout`, which PostgreSQL 16 does not know.
    """
    if server_major < _OLDEST_MAJOR:
        raise BackupError(
            f"the database server is PostgreSQL {server_major}: "
            f"heliograph works with {_OLDEST_MAJOR} and later, upgrade the server"
        )
    own = wheel_programs(16 if server_major == 16 else 18)
    if server_major <= own.major and not encrypted:
        return own
    fitting = [
        programs
        for programs in _system_programs()
        if programs.major == server_major or (programs.major > server_major > _OLDEST_MAJOR)
    ]
    if fitting:
        return min(fitting, key=lambda programs: programs.major)
    reason = "is reached over TLS" if encrypted else f"is newer than our PostgreSQL {own.major}"
    raise BackupError(
        f"the database server (PostgreSQL {server_major}) {reason}, which the programs that come "
        f"with heliograph do not understand: install postgresql-client-{server_major} and try again"
    )


def _system_programs() -> list[Programs]:
    """Client programs of the system, whatever their version."""
    return [
        Programs(directory=dump.parent, major=int(dump.parent.parent.name))
        for dump in _SYSTEM_PROGRAMS.glob("*/bin/pg_dump")
        if dump.parent.parent.name.isdigit()
    ]


async def _spawn(
    target: _Target, program: str, *arguments: str, stdin: int | None = None,
    stdout: int | None = None,
) -> asyncio.subprocess.Process:  # fmt: skip
    nowhere = asyncio.subprocess.DEVNULL
    extra = () if program == "pg_restore" else ("--no-password",)
    return await asyncio.create_subprocess_exec(
        target.programs.path(program),
        *extra,
        *arguments,
        stdin=nowhere if stdin is None else stdin,
        stdout=nowhere if stdout is None else stdout,
        stderr=asyncio.subprocess.PIPE,
        env=target.environment,
    )


async def _follow(dump: asyncio.subprocess.Process, progress: Progress | None) -> bytes:
    """Reads what pg_dump says while it works; returns its complaints, without the chatter."""
    complaints = []
    if dump.stderr is not None:
        async for line in dump.stderr:
            table = _TABLE.search(line.decode("utf-8", "replace"))
            if table and progress is not None:
                progress(table.group(1).strip())
            if b"error:" in line or b"detail:" in line or b"hint:" in line:
                complaints.append(line)
    await dump.wait()
    return b"".join(complaints)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leaves no process behind when we were interrupted; one that ended well is not touched."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _sentence(outcome: str, words: bytes) -> str:
    said = words.decode("utf-8", "replace").strip()
    if "server version mismatch" in said:
        return f"{outcome}: the programs are older than the server, install a newer client ({said})"
    if "unsupported version" in said:
        return (
            f"{outcome}: the backup is of a newer PostgreSQL than the server here, "
            f"restore it into a server of that version ({said})"
        )
    return f"{outcome}: {said or 'the program ended without a word'}"


def _check_archive(file: Path) -> None:
    try:
        with file.open("rb") as archive:
            magic = archive.read(len(_ARCHIVE_MAGIC))
    except OSError as error:
        raise BackupError(
            f"the backup {file} cannot be read ({error.strerror}): check its name"
        ) from error
    if magic != _ARCHIVE_MAGIC:
        raise BackupError(f"{file} is no backup of heliograph: choose another file")


def _make_private(file: Path) -> None:
    """Makes an empty file only we can read: pg_dump keeps the mode of what it finds."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
