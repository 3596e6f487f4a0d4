"""kill -9 in the middle of a broadcast: it goes on exactly where it stopped, and its sums add up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg

from heliograph.simulator import Network
from heliograph.store import ledger
from heliograph.store.embedded import running_dsn
from tests.acceptance.served import Client, Reply, Served, eventually

COUNT = 6_000
SETTINGS = {
    "lease_seconds": "5",
    "submit_timeout_seconds": "2",
    "max_memory_messages": "1000",
    "simulator": "seed=7,magic=false,response_median_ms=5,response_p99_ms=20,receipt_median_ms=20,"
    "receipt_p99_ms=50",
}
NUMBERS = [str(8_801_712_000_000 + each) for each in range(COUNT)]
OPEN = {"queued", "sent", "uncertain", "scheduled"}


async def test_a_broadcast_that_is_killed_twice_writes_to_everybody_once(tmp_path: Path) -> None:
    served = Served(tmp_path / "data", SETTINGS)
    client = Client(served)
    await served.start()
    try:
        await _run(served, client)
    finally:
        await client.close()
        await served.kill()


async def _run(served: Served, client: Client) -> None:
    # What a carrier is given twice by a crash is the account's choice; here everything is held.
    link = _made(
        await client.native("POST", "/v1/links", {"name": "s", "url": "https://a.example"})
    )
    fields = {"name": "all", "numbers": NUMBERS}
    kept = _made(await client.native("POST", "/v1/lists", fields))
    plan = {
        "lists": [kept["list"]["id"]],
        "from": "Heliograph",
        "text": "Hello {{first_name}} {{random_symbol}} {{verification_code}} {{link:"
        + link["id"][4:]
        + "}}",
    }
    broadcast = _made(
        await client.native("POST", "/v1/broadcasts", plan, Idempotency_Key="one"), 202
    )
    path = f"/v1/broadcasts/{broadcast['id']}"
    for part in (1, 3):
        await _until(client, path, lambda found, part=part: _looked(found) >= part * COUNT // 5)
        await served.kill()
        await served.start()
    again = await client.native("POST", "/v1/broadcasts", plan, Idempotency_Key="one")
    assert (again.status, again.json) == (202, broadcast)
    found = await _until(
        client, path, lambda found: found["state"] == "finished" and not _open(found)
    )
    (segment,) = found["segments"]
    assert segment["sums"]["recipients"] == COUNT
    assert segment["sums"]["skipped"] == {}
    assert sum(segment["sums"]["statuses"].values()) == COUNT
    await _judge(served)


async def _judge(served: Served) -> None:
    link = await asyncpg.connect(running_dsn(served.data))
    try:
        rows = await link.fetch("select id, recipient, attempts from message")
        codes = await link.fetchval("select count(distinct message_id) from short_link")
        verified = await link.fetch("select recipient from verification")
        assert await ledger.audit(link) == []
    finally:
        await link.close()
    assert await served.terminate() == 0
    assert Counter(row["recipient"] for row in rows) == dict.fromkeys(NUMBERS, 1)
    assert codes == COUNT
    assert Counter(row["recipient"] for row in verified) == dict.fromkeys(NUMBERS, 1)
    network = Network(carrier_id=1, journal=served.data / "simulator" / "1.journal")
    network.open()
    try:
        assert all(network.submissions_of(row["id"]) <= row["attempts"] for row in rows)
    finally:
        network.close()
    assert "Traceback" not in served.said()


def _made(reply: Reply, status: int = 201) -> Any:
    assert reply.status == status, reply
    return reply.json


def _looked(found: dict[str, Any]) -> int:
    return int(found["segments"][0]["sums"]["recipients"])


def _open(found: dict[str, Any]) -> int:
    statuses = found["segments"][0]["sums"]["statuses"]
    return sum(count for word, count in statuses.items() if word in OPEN - {"uncertain"})


async def _until(client: Client, path: str, when: Any) -> Any:
    async def look() -> Any:
        reply = await client.native("GET", path)
        assert reply.status == 200, reply
        return reply.json if when(reply.json) else None

    return await eventually(look, path, within_seconds=60)


async def test_a_broadcast_by_the_native_api_from_estimate_to_export(
    served: Served, client: Client
) -> None:
    async def make(path: str, body: dict[str, Any]) -> str:
        return str(_made(await client.native("POST", path, body))["id"])

    sender = (await client.native("GET", "/v1/senders")).json["items"][0]["id"]
    link = await make("/v1/links", {"name": "broadcast", "url": "https://a.example/x"})
    spinner = await make("/v1/spinners", {"name": "hi", "words": ["Hi", "Hey"]})
    links = await make("/v1/link-lists", {"name": "l", "links": [link]})
    plan = {
        "kind": "smart",
        "first_segment_size": 2,
        "name": "Native",
        "campaign": await make("/v1/campaigns", {"name": "Spring"}),
        "lists": [
            _made(await client.native("POST", "/v1/lists", {"name": "b", "numbers": NUMBERS[:3]}))[
                "list"
            ]["id"]
        ],
        "sender_list": await make("/v1/sender-lists", {"name": "one", "senders": [sender]}),
        "text": f"{{{{word_spinner:{spinner[4:]}}}}} {{{{link_list:{links[4:]}}}}}"
        " {{unsubscription_link}}",
    }
    trigger = _made(await client.native("POST", "/v1/triggers", {"name": "landed"}))
    estimated = await client.native("POST", "/v1/broadcasts/estimate", plan)
    assert estimated.status == 200, estimated
    assert (estimated.json["messages"], estimated.json["exact"]) == (3, True)
    plan |= {"estimate": estimated.json["estimate"]}
    path = f"/v1/broadcasts/{_made(await client.native('POST', '/v1/broadcasts', plan), 202)['id']}"
    found = await _until(client, path, lambda found: found["state"] == "open")
    assert found["segments"][0]["sums"]["recipients"] == 2
    _made(await client.native("POST", f"{path}/segments", {"size": 5}))
    await _until(client, path, lambda found: found["state"] == "finished")
    export = await client.native("GET", f"{path}/export?limit=2")
    lines = export.body.decode().splitlines()
    assert [line.split(",")[2] for line in lines] == ["to", *NUMBERS[:2]]
    rest = export.headers["Link"].partition(">")[0].lstrip("<")
    assert len((await client.native("GET", rest)).body.splitlines()) == 2
    message = lines[1].partition(",")[0]
    text = (await client.native("GET", f"/v1/messages/{message}")).json["text"]
    way_out = "/l/u/" + text.rpartition("/")[2]
    assert (await client.call("GET", way_out, None, {})).status == 200
    assert (await client.call("POST", way_out, None, {})).status == 200
    opted = (await client.native("GET", "/v1/opt-outs")).json["items"]
    assert NUMBERS[0] in [each["to"] for each in opted]
    del plan["estimate"], plan["first_segment_size"]
    waiting = plan | {"kind": "base", "trigger": trigger["id"]}
    path = (
        f"/v1/broadcasts/{_made(await client.native('POST', '/v1/broadcasts', waiting), 202)['id']}"
    )
    assert (await client.native("GET", path)).json["state"] == "waiting"
    assert (await client.native("POST", f"{path}/pause")).status == 204
    assert (await client.native("POST", f"{path}/resume")).status == 204
    assert trigger["url"] == f"{served.url}/l/t/{trigger['code']}"
    released = trigger["url"].removeprefix(served.url)
    assert (await client.call("GET", released, None, {})).status == 200
    found = await _until(client, path, lambda found: found["state"] == "finished")
    assert found["segments"][0]["sums"]["skipped"] == {"opted_out": 1}
    assert (await client.native("POST", f"{path}/cancel")).status == 204
    assert (await client.native("POST", f"{path}/cancel")).status == 409
    listed = (await client.native("GET", "/v1/broadcasts?name=NAT&order=id")).json["items"]
    assert [each["name"] for each in listed] == ["Native", "Native"]
