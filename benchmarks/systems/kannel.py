"""Kannel: bearerbox and smsbox of the Debian package, once with its spools, once with what is fastest.

A message is a call of the sendsms page; where callbacks are wanted it carries `dlr-mask` 3 (delivered, not
delivered) and a `dlr-url` with the recipient. With spools each message, and each receipt that is waited for,
is a file of its own; otherwise messages are in one file that is appended to, and receipts in memory.
"""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import aiohttp

from benchmarks._counterpart import RECIPIENT, Counterpart
from benchmarks.systems._system import (
    BINDS,
    SENDER,
    TEXT,
    WINDOW,
    Missing,
    Ready,
    end,
    free_ports,
    run,
    until_listening,
)

_CONF = Path(__file__).with_name("kannel.conf")


_SPOOLS = """\
store-type = spool
store-location = {folder}/store
dlr-storage = spool
dlr-spool = {folder}/receipts"""
_MEMORY = """\
store-type = file
store-location = {folder}/kannel.store
dlr-storage = internal"""


class Kannel:
    """Two processes."""

    def __init__(self, *, in_memory: bool = False) -> None:
        self._storage = _MEMORY if in_memory else _SPOOLS
        self._processes: list[Process] = []
        if in_memory:
            self.name = "Kannel (memory)"
            self.promise = (
                "A file store that is never synced, and receipts in memory: a crash of Kannel loses every"
                " receipt and callback to come, one of the machine messages too."
            )
        else:
            self.name = "Kannel"
            self.promise = (
                "Spools that are never synced: accepted messages and receipts to come survive a crash of"
                " Kannel, not one of the machine. A callback under way is in memory."
            )

    async def start(self, folder: Path, counterpart: Counterpart, *, telling: bool) -> Ready:
        """bearerbox first; ready when all its binds are online and smsbox is with it."""
        programs = [
            shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("bearerbox", "smsbox")
        ]
        if not all(programs):
            raise Missing("Kannel is not installed (Debian: apt-get install kannel)")
        admin, smsbox, sendsms = free_ports(3)
        for spool in ("store", "receipts"):
            (folder / spool).mkdir()
        conf = folder / "kannel.conf"
        conf.write_text(
            _CONF.read_text().format(
                folder=folder,
                storage=self._storage.format(folder=folder),
                admin_port=admin,
                smsbox_port=smsbox,
                sendsms_port=sendsms,
                smpp_port=counterpart.smpp_port,
                binds=BINDS,
                window=WINDOW,
            )
        )
        for program, port in zip(programs, (smsbox, sendsms), strict=True):
            assert program is not None
            self._processes.append(await run(program, "-v", "4", str(conf), folder=folder))
            await until_listening(port, self._processes[-1])
        await _online(admin)
        return Ready(
            roots=[process.pid for process in self._processes],
            port=sendsms,
            request=_request(sendsms, counterpart.ear_port if telling else None),
            final="type=1",
        )

    async def stop(self) -> None:
        """smsbox first."""
        await end(self._processes)


def _request(port: int, ear_port: int | None) -> bytes:
    target = f"/cgi-bin/sendsms?username=user&password=user&from={SENDER}&to={RECIPIENT}&text={quote(TEXT)}"
    if ear_port is not None:
        url = quote(f"http://127.0.0.1:{ear_port}/told?type=%d&to={RECIPIENT}", safe="@")
        target += f"&dlr-mask=3&dlr-url={url}"
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


async def _online(port: int) -> None:
    url = f"http://127.0.0.1:{port}/status.txt?password=admin"
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(url) as answer:
                    text = await answer.text()
                if text.count("(online ") >= BINDS and "smsbox" in text:
                    return
            await asyncio.sleep(0.1)
