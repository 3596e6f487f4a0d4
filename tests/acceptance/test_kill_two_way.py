"""kill -9 while handsets send STOP: each is heeded, answered by one message, and the books agree.

That an accepted message is sent whatever happens is the business of `test_kill`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import aiohttp
import asyncpg

from heliograph.store import ledger
from heliograph.store.embedded import running_dsn
from tests.acceptance.conftest import QUICK
from tests.acceptance.served import Client, Served, eventually

_NUMBER = "8809610000001"
_KILLS = 2
_STOPS = 60


async def _stop(client: Client, handset: str) -> bool:
    """Whether the network has it: from then on it may not be lost."""
    try:
        path = f"/v1/simulator/handsets/{handset}/messages"
        reply = await client.native("POST", path, {"to": _NUMBER, "text": "STOP"})
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
    return reply.status == 204


async def test_a_stop_survives_every_kill_with_its_answer_and_its_money(tmp_path: Path) -> None:
    random, served = Random(20261121), Served(tmp_path / "data", QUICK)
    client = Client(served)
    taken: set[str] = set()
    try:
        for turn in range(_KILLS):
            await served.start()
            handsets = [f"88017{turn:02d}{number:06d}" for number in range(_STOPS)]
            asked = [asyncio.create_task(_stop(client, each)) for each in handsets]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(asked, timeout=random.random() / 4)
            await served.kill()
            heard = await asyncio.gather(*asked)
            taken |= {each for each, was_heard in zip(handsets, heard, strict=True) if was_heard}
        assert taken
        await served.start()
        link = await asyncpg.connect(running_dsn(served.data))
        try:
            await eventually(lambda: _kept(link, taken), "every STOP kept", within_seconds=30)
            twice = "select recipient from message group by recipient having count(*) > 1"
            stopped = {row["msisdn"] for row in await link.fetch("select msisdn from opt_out")}
            told = {row["recipient"] for row in await link.fetch("select recipient from message")}
            assert await link.fetch(twice) == []
            assert taken <= stopped == told, "an opt-out without its answer, or the reverse"
            assert await ledger.audit(link) == []
        finally:
            await link.close()
    finally:
        await client.close()
        await served.terminate()


async def _kept(link: asyncpg.Connection[asyncpg.Record], taken: set[str]) -> bool:
    return taken <= {row["sender"] for row in await link.fetch("select sender from inbound")}
