"""What the runner asks of a system, and how one starts and ends the processes of others."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from benchmarks._counterpart import Counterpart

BINDS: Final = 4
WINDOW: Final = 250
"""To the SMSC, of every system: binds, and submit_sm in flight on each."""
TEXT: Final = "Your code is 493817"
SENDER: Final = "Heliograph"
_STOP_SECONDS: Final = 20.0


class Missing(Exception):  # noqa: N818 - not an error of ours
    """The system is not installed; the sentence says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A system that accepts messages."""

    roots: Sequence[int]
    """Ids of its processes; what they have started counts too."""
    port: int
    request: bytes
    """A whole HTTP request, with `RECIPIENT` where the recipient goes."""
    final: str = "*"
    """By this a final callback is known."""
    smpp_port: int | None = None
    login: tuple[str, str] = ("", "")
    bulk_path: str | None = None
    key: str = ""


class System(Protocol):
    """One start and one stop; a fresh one for each run."""

    name: str
    promise: str
    """What of an accepted message survives a crash, in words."""

    async def start(self, folder: Path, counterpart: Counterpart, *, telling: bool) -> Ready:
        """Up to accepting messages for the counterpart's SMSC; `telling` with receipts and one final
        callback per message to its ear. Raises Missing."""

    async def stop(self) -> None:
        """Nothing of it runs afterwards; after a failed start too."""


def free_ports(count: int) -> list[int]:
    """Ports that are free now, for programs that cannot choose their own."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def until_listening(port: int, process: Process, limit_seconds: float = 60.0) -> None:
    """Until somebody accepts connections there. Raises RuntimeError when the process has ended."""
    async with asyncio.timeout(limit_seconds):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"a process of the system ended with {process.returncode}")
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)


async def run(*command: str, folder: Path, environment: Mapping[str, str] | None = None) -> Process:
    """A program that stays, silent, in a process group of its own."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )


async def end(processes: list[Process]) -> None:
    """The last first: asked by SIGTERM, then made to, with whatever they have started."""
    while processes:
        process = processes.pop()
        try:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
