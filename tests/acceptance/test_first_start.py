"""The first start of a house without a demo: one link, one owner, no password that anybody knows."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.served import ROOT, START_SECONDS, Client, Served

PASSWORD = "correct horse battery staple"
_LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/console/set-up#([\w-]{43})")


class _Plain:
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


async def _post(client: aiohttp.ClientSession, url: str, body: Any) -> tuple[int, Any]:
    async with client.post(url, json=body) as reply:
        return reply.status, await reply.json()


async def test_the_first_start_prints_a_link_that_makes_the_owner_once(tmp_path: Path):
    house = _Plain(tmp_path / "data")
    first = _LINK.search(await house.start())
    await house.stop()
    assert first is not None
    second = _LINK.search(await house.start())
    assert second is not None
    assert second[2] != first[2]
    base, url = second[1], f"{second[1]}/v1/session/set-up"
    body = {"email": "me@house.example", "name": "Me", "account": "House", "password": PASSWORD}
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            assert (await _post(client, url, body | {"token": first[2]}))[0] == 404
            status, me = await _post(client, url, body | {"token": second[2]})
            assert (status, me["person"]["role"]) == (200, "owner")
            assert (await _post(client, url, body | {"token": second[2]}))[0] == 404
            async with client.get(f"{base}/v1/carriers") as reply:
                assert reply.status == 200
    finally:
        await house.stop()
    assert "set-up" not in await house.start()
    await house.stop()


async def test_the_demo_has_an_owner_whose_password_is_of_this_demo_alone(
    served: Served, client: Client
):
    known = served.known["console"]
    assert any(known["password"] in line for line in served.banner)
    assert not any("set-up" in line for line in served.banner)
    reply = await client.call("POST", "/v1/session", known, {})
    assert (reply.status, reply.json["person"]["operator"]) == (200, True)
    page = await client.call("GET", "/console/", None, {})
    assert page.status == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
