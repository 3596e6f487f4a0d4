"""The product as its users meet it: a real process that is started, called, killed and started again.

Only what a user has is used: the command line, the banner, `demo.json`, HTTP, signals. The receiver
stands for a customer's webhook and lives in the process of the test, so it outlives every kill.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import aiohttp

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 60.0
_LAST_LINE = "Ctrl-C stops."


class Reply(NamedTuple):
    """An HTTP reply."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class Served:
    """One data directory, and the process that serves it while there is one."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are those of `HELIOGRAPH_…`, by their names in lower case."""
        self.data = data
        self.log = data.with_name(data.name + ".log")
        self.banner: list[str] = []
        self.known: dict[str, Any] = {}
        chosen = {"smpp_port": "0"} | dict(settings or {})
        self._settings = {f"HELIOGRAPH_{n.upper()}": v for n, v in chosen.items()}
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.known["base_url"])

    @property
    def api_key(self) -> str:
        """The demo's native key."""
        return str(self.known["native"]["api_key"])

    async def spawn(self) -> Process:
        """Start the process, without waiting for anything."""
        command = ("-m", "heliograph", "serve", "--demo", "--data", str(self.data), "--port", "0")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HELIOGRAPH_")}
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=log,
                cwd=ROOT,
                env=environment | self._settings,
            )

    async def start(self) -> None:
        """Start, and wait until the banner is complete: from then on it takes messages."""
        self._process = process = await self.spawn()
        self.banner = []
        async with asyncio.timeout(START_SECONDS):
            while _LAST_LINE not in (line := await _line(process)):
                if not line:
                    raise RuntimeError(f"it did not start:\n{self.said()}")
                self.banner.append(line)
        self._reader = asyncio.create_task(_drain(process))
        self.known = json.loads((self.data / "demo.json").read_text("utf-8"))

    async def kill(self) -> None:
        """kill -9, of this one process."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """Ask it to stop; returns its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            process.send_signal(number)
        async with asyncio.timeout(START_SECONDS):
            code = await process.wait()
        if self._reader is not None:
            await self._reader
        return code

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def workers(self) -> set[int]:
        """Process ids of the processes beside the first."""
        if self._process is None:
            return set()
        return {each for each in _children(self._process.pid) if _is_worker(each)}

    def said(self) -> str:
        """Its log, of all its lives."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_worker(pid: int) -> bool:
    try:
        return b"heliograph._worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return False


async def _line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def _drain(process: Process) -> None:
    while await _line(process):
        pass


class Client:
    """Calls the process of the moment; raises aiohttp.ClientError or TimeoutError while there is none."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def native(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """A call of the native API with the demo's key."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call(
            method, path, body, {"Authorization": f"Bearer {self.served.api_key}", **named}
        )

    async def mimsms(self, path: str, **fields: object) -> Reply:
        """A call of the MiMSMS API with the demo's credentials."""
        known = self.served.known["mimsms"]
        login = {"UserName": known["UserName"], "Apikey": known["Apikey"]}
        return await self.call("POST", path, login | fields, {})

    async def call(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Reply:
        """One request; `body` is sent as JSON unless it is octets."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        typed = {"Content-Type": "application/json"} if data is not None else {}
        stream = io.BytesIO(data) if data is not None else None
        async with self._session.request(
            method, self.served.url + path, data=stream, headers=typed | dict(headers)
        ) as reply:
            return Reply(reply.status, dict(reply.headers), await reply.read())

    async def delivered(self, message_id: str, *, within_seconds: float = 15) -> dict[str, Any]:
        """The message, once it is delivered."""

        async def look() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.native("GET", f"/v1/messages/{message_id}")).json
            return found if found["status"] == "delivered" else None

        what = f"{message_id} delivered"
        found: dict[str, Any] = await eventually(look, what, within_seconds=within_seconds)
        return found


async def eventually(
    look: Callable[[], Awaitable[Any]], what: str, *, within_seconds: float, every: float = 0.05
) -> Any:
    """What `look` finds, as soon as it finds something; fails when that takes too long."""
    deadline = monotonic() + within_seconds
    while True:
        found = await look()
        if found:
            return found
        if monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds:g} s: {what}")
        await asyncio.sleep(every)


class Told(NamedTuple):
    """One call that the receiver got."""

    webhook_id: str
    body: dict[str, Any]


class Receiver:
    """A customer's webhook. `grumble` makes it answer 503 to one new id in so many, once."""

    def __init__(self, grumble: int = 0) -> None:
        self.told: list[Told] = []
        self.url = ""
        self._grumble = grumble
        self._heard: set[str] = set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen on a port of this machine."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/hook"

    async def stop(self) -> None:
        """Close every connection."""
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._take(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the caller was killed
        finally:
            self._open.discard(writer)
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        name = headers["webhook-id"]
        is_new = name not in self._heard
        self._heard.add(name)
        if is_new and self._grumble and len(self._heard) % self._grumble == 0:
            writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
        else:
            self.told.append(Told(name, json.loads(body)))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        return True
