"""The same customer's webhook: reports are gathered for T1 and T2, and survive a kill -9."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from heliograph.store.embedded import running_dsn
from tests.acceptance.conftest import QUICK
from tests.acceptance.served import Client, Served, eventually
from tests.acceptance.whiz import Whiz, people

EVENTS = ["message.sent", "message.delivered", "message.undelivered"]


class Caught:
    """A customer's web server: remembers the bodies that it was sent."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.url = ""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/dlr"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
        self.bodies.append(json.loads(await reader.readexactly(int(length[1]) if length else 0)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def caught() -> AsyncIterator[Caught]:
    server = Caught()
    await server.start()
    yield server
    await server.stop()


async def _pass(served: Served, account: str, endpoint: str) -> int:
    """As if the time had come at which an endpoint is told; returns how many reports waited for it."""
    link = await asyncpg.connect(running_dsn(served.data))
    try:
        place = int(account.removeprefix("acct_")), int(endpoint.removeprefix("ep_"))
        done = await link.execute(
            "update notification set due_at = now() where account_id = $1 and endpoint_id = $2"
            " and due_at > now() + interval '1 minute'",
            *place,
        )
    finally:
        await link.close()
    return int(done.rpartition(" ")[2])


async def test_reports_wait_for_t1_outlive_a_kill_and_are_told_in_one_call(
    tmp_path: Path, caught: Caught
) -> None:
    served = Served(tmp_path / "data", QUICK)
    client = Client(served)
    await served.start()
    try:
        whiz = await Whiz.of_its_own(client, "gathered")
        body = {"url": caught.url, "dialect": "messagewhiz", "events": EVENTS}
        made = await client.native(
            "POST",
            f"/v1/endpoints?account={whiz.account}",
            body | {"settings": {"t1_minutes": "3", "t2_minutes": "3"}},
        )
        assert made.status == 201, made
        sent = await whiz.ask(
            "POST",
            "/api/3/Broadcast",
            {
                "broadcast_type": 11,
                "campaign_id": await whiz.campaign_id(),
                "sender_ids": await whiz.sender_id(),
                "recipient_list_ids": await people(whiz, "Gathered"),
                "message_body": "told",
                "client_ref": "mine",
            },
        )
        await whiz.report(sent["broadcastID"], delivered=3)
        await served.kill()
        await served.start()
        assert caught.bodies == []
        assert await _pass(served, whiz.account, made.json["id"]) == 6  # sent and delivered, each

        async def told() -> Any:
            return caught.bodies

        ((*reports,),) = await eventually(told, "the webhook is called", within_seconds=20)
    finally:
        await client.close()
        await served.kill()
    assert sorted(one["recipient"] for one in reports) == [
        "8801712350001",
        "8801712350002",
        "8801712350003",
    ]
    for one in reports:
        assert (one["broadcast_id"], one["segment_id"]) == (sent["broadcastID"], sent["segmentID"])
        assert (one["task_state"], one["client_ref"]) == (2, "mine")
        assert re.fullmatch(r"[0-9a-f]{24}", one["_id"])
        assert one["price"] == 0.35
        assert one["updated"] > 1_600_000_000_000
    assert "Traceback" not in served.said()


@pytest.mark.parametrize(
    "wrong",
    [
        {"settings": {"t1_minutes": "2"}},
        {"settings": {"t2_minutes": "x"}},
        {"settings": {"other": "1"}},
        {"events": ["message.received"]},
        {"events": []},
    ],
)
async def test_a_webhook_that_the_vendor_would_not_set_up_is_refused(
    client: Client, wrong: dict[str, object]
) -> None:
    fields = {
        "url": "http://127.0.0.1:9/",
        "dialect": "messagewhiz",
        "events": ["message.delivered"],
    }
    assert (await client.native("POST", "/v1/endpoints", fields | wrong)).status == 422
