"""The simulated network is told how to behave while it runs; messages for trying things out never meet it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.acceptance.served import Client, eventually

HOW = "/v1/simulator/faults"
QUICK = {"receipt_median_ms": 20}


@pytest.fixture(autouse=True)
async def calm(client: Client) -> AsyncIterator[None]:
    """The network is left as it was: the house is everybody's."""
    before = (await client.native("GET", HOW)).json
    del before["carriers"]
    yield
    assert (await client.native("PUT", HOW, before)).status == 200


async def _sent(client: Client, to: str, **fields: object) -> str:
    body = {"from": "Heliograph", "to": to, "text": "What becomes of it?", **fields}
    made = await client.native("POST", "/v1/messages", body)
    assert made.status == 201, made.body
    return str(made.json["id"])


async def _ends(client: Client, message: str, status: str) -> dict[str, object]:
    async def look() -> dict[str, object] | None:
        found: dict[str, object] = (await client.native("GET", f"/v1/messages/{message}")).json
        return found if found["status"] == status else None

    found: dict[str, object] = await eventually(look, f"{message} {status}", within_seconds=15)
    return found


async def _told(client: Client, **faults: object) -> None:
    reply = await client.native("PUT", HOW, QUICK | faults)
    assert (reply.status, reply.json["carriers"]) == (200, ["simulated", "simulated-voice"])


async def test_faults_hold_from_the_next_message_on_until_they_are_taken_back(client: Client):
    await _told(client, rejected_share=1)
    await _ends(client, await _sent(client, "+8801711000301"), "rejected")
    assert (await client.native("GET", HOW)).json["rejected_share"] == 1
    tried = await _ends(client, await _sent(client, "+8801711000302", test=True), "delivered")
    assert (tried["test"], tried["price"], "carrier" in tried) == (True, "0", False)
    await _told(client)
    await _ends(client, await _sent(client, "+8801711000303"), "delivered")


async def test_messages_wait_while_the_network_is_down(client: Client):
    await _told(client, down=True)
    waiting = await _sent(client, "+8801711000304")
    await _ends(client, waiting, "queued")
    await _told(client)
    await _ends(client, waiting, "delivered")


async def test_faults_that_cannot_be_are_named_and_change_nothing(client: Client):
    before = (await client.native("GET", HOW)).json
    for body in (
        {"lost_share": 1.5},
        {"sulk_share": 0.1},
        {"undelivered_share": 0.6, "expired_share": 0.6},
        {"receipt_median_ms": 5, "receipt_p99_ms": 1},
    ):
        reply = await client.native("PUT", HOW, body)
        assert (reply.status, reply.json["code"]) == (422, "invalid_field"), (body, reply.body)
    assert (await client.native("GET", HOW)).json == before


async def test_a_bulk_request_tries_out_what_it_marks(client: Client):
    recipients = [{"to": "+8801711000305"}, {"to": "+8801711000306"}]
    body = {"from": "Heliograph", "text": "Try", "test": True, "recipients": recipients}
    estimate = {"from": "Heliograph", "to": "+8801711000305", "text": "Try", "test": True}
    assert (await client.native("POST", "/v1/estimate", estimate)).json["price"] == "0"
    made = await client.native("POST", "/v1/messages/bulk", body)
    assert (made.status, made.json["accepted"], made.json["price"]) == (201, 2, "0")
    found = await client.native("GET", f"/v1/messages?submission={made.json['id']}")
    assert [each["test"] for each in found.json["items"]] == [True, True]
