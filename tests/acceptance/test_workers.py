"""Several processes behind one port: all take messages, a dead one is replaced, none outlives the first."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import aiohttp

from tests.acceptance.conftest import QUICK
from tests.acceptance.served import Served, eventually

_MESSAGES = 40


def _workers() -> set[int]:
    """Process ids of workers, of any server."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"heliograph._worker" in words:
                found.add(int(entry.name))
    return found


async def _send(served: Served, count: int) -> list[str]:
    """Each on a connection of its own, so that whichever process is awake takes it."""

    async def one(number: int) -> str:
        body = {"from": "Heliograph", "to": f"+88017{12_345_000 + number}", "text": "Hello"}
        headers = {"authorization": f"Bearer {served.api_key}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{served.url}/v1/messages", json=body) as reply,
        ):
            assert reply.status == 201
            return str((await reply.json())["id"])

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def _delivered(served: Served, ids: list[str]) -> bool:
    headers = {"authorization": f"Bearer {served.api_key}"}
    async with (
        aiohttp.ClientSession(served.url, headers=headers) as session,
        session.get("/v1/messages", params={"status": "delivered", "limit": "200"}) as reply,
    ):
        items = (await reply.json())["items"]
    return set(ids) <= {item["id"] for item in items}


async def _metrics(served: Served) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{served.url}/metrics") as reply,
    ):
        assert reply.status == 200
        return await reply.text()


async def _both_measured(served: Served) -> bool:
    text = await _metrics(served)
    return 'worker="0"' in text and 'worker="1"' in text


async def test_workers_share_the_port_are_replaced_and_end_with_the_first(tmp_path: Path) -> None:
    before = _workers()
    served = Served(tmp_path / "data", QUICK | {"workers": "2"})
    try:
        await served.start()
        await eventually(lambda: _both_measured(served), "both measured", within_seconds=30)
        (worker,) = _workers() - before
        ids = await _send(served, _MESSAGES)
        await eventually(lambda: _delivered(served, ids), "all delivered", within_seconds=60)
        os.kill(worker, signal.SIGKILL)
        ids = await _send(served, _MESSAGES)
        await eventually(lambda: _delivered(served, ids), "all delivered", within_seconds=90)
        await eventually(lambda: _both_measured(served), "both measured", within_seconds=60)
        (replaced,) = _workers() - before
        assert replaced != worker
    finally:
        await served.kill()
    await eventually(lambda: _gone(before), "no worker is left", within_seconds=30)


async def _gone(before: set[int]) -> bool:
    return not _workers() - before
