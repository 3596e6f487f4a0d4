"""Heliograph started as a user would, its keys and its native API; and a word to whoever looks on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import aiohttp

_STOP_SECONDS: Final = 120.0
QUICK_SIMULATOR: Final = (
    "magic=false,response_median_ms=1,response_p99_ms=3,receipt_median_ms=50,receipt_p99_ms=200"
)


@dataclass(slots=True, kw_only=True)
class Server:
    """Heliograph, running."""

    process: asyncio.subprocess.Process
    known: dict[str, Any]

    def session(self) -> aiohttp.ClientSession:
        """The native API with the demo's key, and /metrics."""
        headers = {"authorization": f"Bearer {self.known['native']['api_key']}"}
        return aiohttp.ClientSession(self.known["base_url"], headers=headers)

    async def stop(self) -> None:
        """Ask it to stop and wait until it has; who does not stop for so long is made to."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self.process.kill()  # its database ends with it
            await self.process.wait()


async def start_server(
    data: Path,
    *options: str,
    errors: IO[bytes] | None = None,
    simulator: str = QUICK_SIMULATOR,
    checkout: Path | None = None,
) -> Server:
    """Heliograph with demo and embedded database, all settings their defaults but the quick simulator.

    `checkout` is another source tree to run it from. Raises AssertionError when it ends before it listens.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "heliograph", "serve", "--demo", "--data", str(data),
        "--port", "0", *options,
        stdout=subprocess.PIPE, stderr=errors, cwd=checkout,
        env=dict(os.environ, HELIOGRAPH_SIMULATOR=simulator),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if b"Ctrl-C" in line:
                return Server(process=process, known=json.loads((data / "demo.json").read_text()))
    except asyncio.CancelledError:  # nobody else knows it yet
        await Server(process=process, known={}).stop()
        raise
    raise AssertionError("Heliograph ended before it listened")


async def post(session: aiohttp.ClientSession, path: str, body: Mapping[str, object]) -> None:
    """Make a thing by the native API."""
    async with session.post(path, json=body) as answer:
        assert answer.status < 300, await answer.text()


async def metric(session: aiohttp.ClientSession, name: str, *labels: str) -> float:
    """The sum of a metric's lines that have these labels."""
    async with session.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in lines
        if line.startswith((name + "{", name + " ")) and all(label in line for label in labels)
    )


async def lead_to(
    session: aiohttp.ClientSession, port: int, *, binds: int, window: int, id_form: str = "as_is"
) -> None:
    """Make the SMSC at this port the carrier of everything, and wait until it is up."""
    settings = {
        "host": "127.0.0.1",
        "port": str(port),
        "system_id": "heliograph",
        "binds": str(binds),
        "window": str(window),
        "id_form": id_form,
    }
    carrier = {"name": "sink", "kind": "smpp", "window": binds * window, "settings": settings}
    await post(session, "/v1/carriers", carrier)
    route = {"name": "all to the sink", "position": 1, "targets": [{"carrier": "sink"}]}
    await post(session, "/v1/routes", route)
    async with asyncio.timeout(10):
        while not await metric(session, "heliograph_carrier_up", 'carrier="sink"'):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)  # the other binds


async def allow_smpp(session: aiohttp.ClientSession, login: tuple[str, str]) -> None:
    """A credential for SMPP customers who take receipts in a window of 100."""
    credential = {
        "dialect": "smpp",
        "name": login[0],
        "secret": login[1],
        "settings": {"delivery_window": "100"},
    }
    await post(session, "/v1/credentials", credential)


def say(line: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def end_in_order() -> None:
    """At the first SIGTERM what runs is stopped; another one, of the whole group, changes nothing."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    asked = [task.cancel]

    def end() -> None:
        with suppress(IndexError):
            asked.pop()()

    loop.add_signal_handler(signal.SIGTERM, end)
