"""A foreign program in a process of its own, spoken to by JSON lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

INSTALLED = Path(os.environ.get("HELIOGRAPH_INTEROP") or ".")
PEERS = Path(__file__).parent / "peers"
PATIENCE_SECONDS = 10.0
_NET_SMPP = Path("/usr/share/perl5/Net/SMPP.pm").exists()
_NPM_SMPP = (INSTALLED / "node" / "node_modules" / "smpp").is_dir()
_SMPPLIB = any((INSTALLED / "venv").glob("lib/python*/site-packages/smpplib"))
Said = dict[str, Any]


class Peer:
    """One process. Events that were waited past are kept in `passed`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._said: asyncio.Queue[Said] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], **environment: str) -> Peer:
        """Start a driver; skips the test where its interpreter or library is not installed."""
        if shutil.which(command[0]) is None:
            pytest.skip(f"{Path(command[0]).name} is not installed")
        return cls(
            await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env={**os.environ, **environment}
            )
        )

    async def next(self, event: str, **fields: object) -> Said:
        """The next event of this name with these values; others before it are passed over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                said = await self._said.get()
                if said.get("event") == "failed":
                    raise AssertionError(f"{said}")
                if said.get("event") == event and fields.items() <= said.items():
                    return said

    async def several(self, event: str, count: int) -> list[Said]:
        """The next so many events of this name."""
        return [await self.next(event) for _ in range(count)]

    def tell(self, do: str, **fields: object) -> None:
        """Give a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **fields}).encode() + b"\n")

    async def stop(self) -> None:
        """End this one process."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.startswith(b"{"):
                self._said.put_nowait(json.loads(line))


async def npm(script: str) -> Peer:
    """A driver for npm `smpp`."""
    modules = INSTALLED / "node" / "node_modules"
    if not _NPM_SMPP:
        pytest.skip("npm package smpp could not be installed")
    return await Peer.start(("node", str(PEERS / script)), NODE_PATH=str(modules))


async def perl(script: str) -> Peer:
    """A driver for Perl's Net::SMPP."""
    if not _NET_SMPP:
        pytest.skip("Debian package libnet-smpp-perl could not be installed")
    return await Peer.start(("perl", str(PEERS / script)))


async def python(script: str) -> Peer:
    """A driver for PyPI smpplib, in its own virtual environment."""
    interpreter = INSTALLED / "venv" / "bin" / "python"
    if not _SMPPLIB:
        pytest.skip("PyPI package smpplib could not be installed")
    return await Peer.start((str(interpreter), str(PEERS / script)))
