"""A handset says STOP, is told so once, hears nothing more by any door, and START brings it all back."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

from tests.acceptance.served import Client, Served, eventually

OURS = "8809610000001"
HANDSET = "8801755500111"
_BIND_TRANSCEIVER, _SUBMIT_SM = 0x09, 0x04
_RESPONSE = 0x80000000
_ESME_ROK, _ESME_RSUBMITFAIL = 0x00, 0x45


async def _native(client: Client) -> Any:
    body = {"from": OURS, "to": HANDSET, "text": "Offer of the day"}
    return await client.native("POST", "/v1/messages", body)


async def _mimsms(client: Client) -> str:
    reply = await client.mimsms(
        "/api/SmsSending/SMS",
        MobileNumber=HANDSET,
        CampaignId="null",
        SenderName=OURS,
        TransactionType="T",
        Message="Offer of the day",
    )
    return str(reply.json["statusCode"])


async def _smpp(served: Served) -> int:
    """The command_status of a submit_sm_resp."""
    known = served.known["smpp"]
    reader, writer = await asyncio.open_connection(known["host"], known["port"])
    try:
        names = f"{known['system_id']}\0{known['password']}\0\0".encode()
        status = await _call(reader, writer, _BIND_TRANSCEIVER, 1, names + b"\x34\0\0\0")
        assert status == _ESME_ROK
        text = b"Offer of the day"
        addresses = b"\0\1\1%b\0\1\1%b\0" % (OURS.encode(), HANDSET.encode())
        body = addresses + bytes(9) + bytes([len(text)]) + text
        return await _call(reader, writer, _SUBMIT_SM, 2, body)
    finally:
        writer.close()


async def _call(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    command: int,
    number: int,
    body: bytes,
) -> int:
    writer.write(struct.pack(">IIII", 16 + len(body), command, 0, number) + body)
    async with asyncio.timeout(10):
        while True:
            length, found, status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
            await reader.readexactly(length - 16)
            if (found, sequence) == (command | _RESPONSE, number):
                return int(status)


async def _say(client: Client, text: str) -> None:
    path = f"/v1/simulator/handsets/{HANDSET}/messages"
    reply = await client.native("POST", path, {"to": OURS, "text": text})
    assert reply.status < 300, reply


async def _heard(client: Client, beginning: str, count: int = 1) -> list[str]:
    """What the handset shows, once so many texts begin like this."""

    async def look() -> list[str] | None:
        screen = (await client.native("GET", f"/v1/simulator/handsets/{HANDSET}")).json
        texts = [each["text"] for each in screen["messages"] if each["to"] == HANDSET]
        return texts if sum(text.startswith(beginning) for text in texts) >= count else None

    found: list[str] = await eventually(look, f"{count} × {beginning}", within_seconds=15)
    return found


async def test_stop_is_heeded_on_every_door_and_start_ends_it(
    served: Served, client: Client
) -> None:
    sent = await _native(client)
    assert sent.status == 201, sent
    await _heard(client, "Offer")

    await _say(client, "Stop.")
    await _heard(client, f"You will not receive more messages from {OURS}")
    refused = await _native(client)
    assert (refused.status, refused.json["code"]) == (422, "opted_out")
    assert await _mimsms(client) != "200"
    assert await _smpp(served) == _ESME_RSUBMITFAIL
    listed = (await client.native("GET", "/v1/opt-outs/export")).body.decode()
    assert f"\r\n{HANDSET},{OURS},,handset," in listed

    await _say(client, "HELP")
    await _heard(client, "Messages from")

    await _say(client, "start")
    await _heard(client, "You will receive messages")
    assert (await _native(client)).status == 201
    assert await _mimsms(client) == "200"
    assert await _smpp(served) == _ESME_ROK
    texts = await _heard(client, "Offer", 4)
    assert sum(text.startswith("You will not") for text in texts) == 1

    talks = (await client.native("GET", "/v1/conversations")).json["items"]
    (talk,) = (each for each in talks if each["handset"] == HANDSET)
    assert (talk["number"], talk["unread"]) == (OURS, 3)
    path = f"/v1/conversations/{HANDSET}"
    said = (await client.native("GET", f"{path}?sender={OURS}")).json["items"]
    shown = [(each["direction"], each["text"][:12]) for each in reversed(said)]
    assert shown[:7] == [
        ("out", "Offer of the"),
        ("in", "Stop."),
        ("out", "You will not"),
        ("in", "HELP"),
        ("out", "Messages fro"),
        ("in", "start"),
        ("out", "You will rec"),
    ]
    assert [each.get("kind") for each in said if each["direction"] == "in"] == [
        "start", "help", "stop",
    ]  # fmt: skip
    assert (await client.native("POST", f"{path}/read?sender={OURS}")).status == 204
    talks = (await client.native("GET", "/v1/conversations")).json["items"]
    assert [each["unread"] for each in talks if each["handset"] == HANDSET] == [0]
