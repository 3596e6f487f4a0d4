"""Stopping is an ordinary thing: nothing under way is left in doubt, and the next start finds everything."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from heliograph.model.status import Status
from heliograph.store import ledger
from heliograph.store.embedded import attached
from tests.acceptance.served import START_SECONDS, Client, Reply, Served, eventually

SLOW = {
    "simulator": "seed=7,response_median_ms=250,response_p99_ms=400,receipt_median_ms=20,receipt_p99_ms=50"
}
"""A network that takes a while to answer, so that there is something under way."""


def _bulk(count: int) -> dict[str, Any]:
    return {
        "messages": [
            {"from": "Heliograph", "to": f"+88017{12_345_000 + n}", "text": f"number {n}"}
            for n in range(count)
        ]
    }


async def _statuses(data: Path) -> dict[str, int]:
    async with attached(data) as dsn:
        link = await asyncpg.connect(dsn)
        try:
            assert await ledger.audit(link) == []
            rows = await link.fetch("select status, count(*) from message group by status")
            uncertain = await link.fetchval(
                "select count(*) from event where status = $1", Status.UNCERTAIN
            )
        finally:
            await link.close()
    assert uncertain == 0
    return {Status(row[0]).word: row[1] for row in rows}


async def test_told_to_stop_it_ends_what_is_under_way_and_the_next_start_finds_everything(
    tmp_path: Path,
) -> None:
    served = Served(tmp_path / "data", SLOW)
    client = Client(served)
    try:
        await _stop_and_start(served, client)
    finally:
        await client.close()
        await served.kill()


async def _stop_and_start(served: Served, client: Client) -> None:
    await served.start()
    key = served.api_key
    answer = (await client.native("POST", "/v1/messages/bulk", _bulk(400))).json
    await _one_is_sent(client, answer["id"])
    running = [asyncio.create_task(_send(client, n)) for n in range(20)]
    await asyncio.sleep(0)  # they are on their way when the signal comes
    assert await served.terminate() == 0
    replies = await asyncio.gather(*running, return_exceptions=True)
    acknowledged = sum(isinstance(r, Reply) and r.status == 201 for r in replies)
    stored = await _statuses(served.data)
    assert "uncertain" not in stored
    assert sum(stored.values()) >= 400 + acknowledged

    await served.start()
    assert served.api_key == key

    async def all_delivered() -> bool:
        found = (await client.native("GET", f"/v1/submissions/{answer['id']}")).json
        return bool(found["sums"]["delivered"] == 400)

    await eventually(all_delivered, "the upload is delivered", within_seconds=20)
    assert await served.terminate() == 0
    assert "Traceback" not in served.said()


async def _one_is_sent(client: Client, submission: str) -> None:
    async def look() -> bool:
        found = (await client.native("GET", f"/v1/submissions/{submission}")).json
        return set(found["statuses"]) != {"queued"}

    await eventually(look, "something is sent", within_seconds=10, every=0.01)


async def _send(client: Client, number: int) -> Reply:
    body = {
        "from": "Heliograph",
        "to": f"+88018{12_345_000 + number}",
        "text": "at the last moment",
    }
    return await client.native("POST", "/v1/messages", body)


async def test_a_second_process_on_the_same_data_is_refused_with_one_sentence(
    served: Served,
) -> None:
    second = await Served(served.data, {}).spawn()
    async with asyncio.timeout(START_SECONDS):
        out, _ = await second.communicate()
    assert second.returncode not in (0, None)
    said = served.said()
    assert "heliograph is already running" in said
    assert "Traceback" not in said
    assert b"listens" not in out


@pytest.mark.parametrize("setting", [{"lease_seconds": "1"}, {"nonsense": "1"}])
async def test_settings_that_cannot_be_used_are_told_and_nothing_is_started(
    tmp_path: Path, setting: dict[str, str]
) -> None:
    wrong = Served(tmp_path / "data", setting)
    process = await wrong.spawn()
    async with asyncio.timeout(START_SECONDS):
        await process.communicate()
    assert process.returncode not in (0, None)
    assert next(iter(setting)) in wrong.said().lower()
    assert "Traceback" not in wrong.said()
    assert not (tmp_path / "data").exists()
