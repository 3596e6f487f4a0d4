"""Kannel as a customer: a bearerbox bound to our server, a smsbox before it, and their ears on HTTP.

It speaks the language of the other drivers: `tell` becomes calls of Kannel's sendsms page, and what Kannel
calls us about (receipts, messages from handsets) becomes events. Everything listens on loopback, and
both processes are ended by their own ids.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from yarl import URL

from tests.interop.peer import PATIENCE_SECONDS, PEERS, Peer, Said

_LINE = re.compile(r"DEBUG:\s+(\w+): +(?:\"(.*)\"|(-?\d+)(?: = 0x\w+)?)$")
_NAME = re.compile(r"DEBUG: +type_name: (\w+)")
_DATA = re.compile(r"DEBUG: +data: ((?:[0-9a-f]{2} ){1,16})")
_END = "SMPP PDU dump ends"


async def kannel() -> Peer:
    """A Kannel that waits to be told where to bind."""
    if shutil.which("bearerbox") is None:
        pytest.skip("Debian package kannel could not be installed")
    return await Kannel.begin()


class Kannel(Peer):
    """bearerbox and smsbox, and an HTTP listener for what they tell."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[Said] = asyncio.Queue()
        self._folder = Path(tempfile.mkdtemp(prefix="kannel"))
        self._processes: list[Process] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ports: dict[str, int] = {}
        self._session = aiohttp.ClientSession()
        self._following_task: asyncio.Task[None] | None = None
        self._delivered: asyncio.Queue[Said] = asyncio.Queue()

    @classmethod
    async def begin(cls) -> Kannel:
        """Listen for what Kannel will tell."""
        self = cls()
        self._ear = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        names = ("admin_port", "smsbox_port", "sendsms_port")
        self._ports = dict(zip(names, _free_ports(len(names)), strict=True))
        self._ports["ear_port"] = self._ear.sockets[0].getsockname()[1]
        return self

    def tell(self, do: str, **fields: object) -> None:
        """Do it in a task of its own; what goes wrong becomes an event."""
        acts: dict[str, Callable[..., Awaitable[None]]] = {
            "bind": self._bind,
            "text": self._text,
            "octets": self._octets,
            "unbind": self._unbind,
            "drop": self._drop,
        }
        task = asyncio.create_task(self._try(acts[do](**fields)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End both processes and the listener."""
        await self._end()
        self._ear.close()
        await self._ear.wait_closed()
        await self._session.close()
        shutil.rmtree(self._folder)

    async def _try(self, doing: Awaitable[None]) -> None:
        try:
            await doing
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            self._said.put_nowait({"event": "failed", "error": repr(error)})

    # -- processes --

    async def _bind(self, port: int, system_id: str, password: str) -> None:
        await self._end()
        file = self._folder / "kannel.conf"
        template = (PEERS / "kannel.conf").read_text("utf-8")
        values = self._ports | {"port": port, "system_id": system_id, "password": password}
        file.write_text(template.format(folder=self._folder, **values), "utf-8")
        self._tail = _Tail(self._folder / "bearerbox.log")
        await self._run("bearerbox", file)
        answer = await self._dumped("bind_transceiver_resp")
        if answer["command_status"] == 0:
            await self._run("smsbox", file)
            await self._answering()
            self._follow()
        self._said.put_nowait({"event": "bound", "status": answer["command_status"]})

    async def _run(self, program: str, file: Path) -> None:
        self._processes.append(
            await asyncio.create_subprocess_exec(
                shutil.which(program) or program,
                "-v",
                "4",
                str(file),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                cwd=self._folder,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        )

    async def _dumped(self, name: str) -> Said:
        """The next PDU of this name in bearerbox's log."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for pdu in self._tail.read():
                    if pdu["type_name"] == name:
                        return pdu
                await asyncio.sleep(0.05)

    def _follow(self) -> None:
        """Tell of PDUs as they are logged."""
        task = asyncio.create_task(self._following(self._tail))
        self._tasks.add(task)
        self._following_task = task

    async def _following(self, tail: _Tail) -> None:
        while True:
            for pdu in tail.read():
                name = pdu["type_name"]
                if name == "submit_sm_resp":
                    self._said.put_nowait(
                        {
                            "event": "submitted",
                            "status": pdu["command_status"],
                            "id": pdu.get("message_id", ""),
                        }
                    )
                elif name == "deliver_sm":
                    self._delivered.put_nowait(pdu)
                elif name == "unbind_resp":
                    self._said.put_nowait({"event": "unbound"})
            await asyncio.sleep(0.05)

    async def _answering(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with self._session.get(self._status_url) as reply:
                        if "smsbox" in await reply.text():
                            return
                await asyncio.sleep(0.05)

    async def _end(self) -> None:
        task, self._following_task = self._following_task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        processes, self._processes = self._processes, []
        for process in reversed(processes):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    @property
    def _status_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['admin_port']}/status.txt?password=admin"

    # -- what Kannel is asked for --

    async def _text(self, source: str, destination: str, text: str, flash: bool = False) -> None:
        in_ucs2 = any(ord(character) > 0x7F and character not in "€£" for character in text)
        fields = {"text": text, "charset": "UTF-8", "coding": "2" if in_ucs2 else "0"}
        if flash:
            fields["mclass"] = "0"
        await self._send(source, destination, fields)

    async def _octets(self, source: str, destination: str, udh: str, body: str) -> None:
        octets, header = (bytes.fromhex(word).decode("latin-1") for word in (body, udh))
        await self._send(source, destination, {"text": octets, "udh": header, "coding": "1"})

    async def _send(self, source: str, destination: str, fields: dict[str, str]) -> None:
        ear = f"http://127.0.0.1:{self._ports['ear_port']}/dlr?source=%p&id=%F&type=%d"
        login = {"username": "user", "password": "user", "dlr-mask": "3", "dlr-url": ear}
        charset = "utf-8" if "charset" in fields else "latin-1"
        query = urlencode(login | {"from": source, "to": destination} | fields, encoding=charset)
        url = f"http://127.0.0.1:{self._ports['sendsms_port']}/cgi-bin/sendsms?{query}"
        async with self._session.get(URL(url, encoded=True)) as reply:
            if reply.status != 202:
                self._said.put_nowait({"event": "failed", "error": await reply.text()})

    async def _unbind(self) -> None:
        url = f"http://127.0.0.1:{self._ports['admin_port']}/stop-smsc?password=admin&smsc=ours"
        async with self._session.get(url) as reply:
            await reply.read()

    async def _drop(self) -> None:
        await self._end()
        self._said.put_nowait({"event": "closed"})

    # -- what Kannel tells --

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            target = urlsplit(head.split(" ")[1])
            said = _query(target.query)
            if target.path == "/inbound":
                self._said.put_nowait({"event": "deliver", "esm_class": 0, **said})
            elif said["type"] in {"1", "2"}:
                await self._tell_receipt(said)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    async def _tell_receipt(self, said: dict[str, str]) -> None:
        """Kannel knew whose receipt it was; the PDU itself is in its log."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            pdu = await self._delivered.get()
        self._said.put_nowait(
            {
                "event": "deliver",
                "source": pdu["source_addr"],
                "destination": pdu["destination_addr"],
                "esm_class": pdu["esm_class"],
                "text": bytes.fromhex(pdu["data"]).decode("latin-1"),
                "receipted_message_id": said["id"],
                "message_state": pdu.get("message_state"),
            }
        )


class _Tail:
    """The PDUs in bearerbox's log since the last look."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._at = log.stat().st_size if log.exists() else 0
        self._pdu: Said = {}

    def read(self) -> list[Said]:
        """Whole PDUs, each field by its name, the message's octets as `data` in hexadecimal."""
        if not self._log.exists():
            return []
        with self._log.open("rb") as lines:
            lines.seek(self._at)
            fresh = lines.read()
        whole = fresh.rfind(b"\n") + 1
        self._at += whole
        found: list[Said] = []
        for line in fresh[:whole].decode("utf-8", "replace").splitlines():
            self._take(line, found)
        return found

    def _take(self, line: str, found: list[Said]) -> None:
        if name := _NAME.search(line):
            self._pdu = {"type_name": name[1], "data": ""}
        elif _END in line:
            found.append(self._pdu)
        elif octets := _DATA.search(line):
            self._pdu["data"] = self._pdu.get("data", "") + octets[1].replace(" ", "")
        elif field := _LINE.search(line):
            self._pdu[field[1]] = int(field[3]) if field[3] else field[2]


def _query(query: str) -> dict[str, str]:
    """What Kannel tells: the text in octets by its coding, numbers with a plus where international."""
    said = {name: values[0] for name, values in parse_qs(query, encoding="latin-1").items()}
    text = said.pop("text", "").encode("latin-1")
    in_ucs2 = said.pop("coding", "") == "2"
    plain = {name: value.removeprefix("+") for name, value in said.items()}
    return {**plain, "text": text.decode("utf-16-be" if in_ucs2 else "utf-8")}


def _free_ports(count: int) -> list[int]:
    """Ports that are free now; Kannel cannot choose its own."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
