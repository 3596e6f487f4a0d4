"""A house without a demo, as its operator starts it for the first time."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

from tests.acceptance.served import ROOT, START_SECONDS

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/console/set-up#([\w-]{43})")


class Plain:
    """`heliograph serve` without `--demo`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start; returns what it said."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HELIOGRAPH_")}
        command = ("-m", "heliograph", "serve", "--data", str(self._data), "--port", "0")
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
        )
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            said = await process.stdout.readuntil(b"Ctrl-C stops.")
        return said.decode()

    async def stop(self) -> None:
        """Ask it to stop."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_SECONDS):
            await self._process.communicate()
