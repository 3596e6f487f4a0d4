"""The first five minutes of a new user: every line that the banner offers does what it says."""

from __future__ import annotations

import asyncio
import json
import shlex
import stat
from typing import Any

import pytest

from tests.acceptance.served import Client, Served, eventually

RECIPIENT = "8801712345678"


async def _run(line: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *shlex.split(line), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, line
    return json.loads(out)


def _curl(served: Served, path: str) -> str:
    (line,) = (line for line in served.banner if line.strip().startswith("curl") and path in line)
    return line


def test_demo_json_holds_what_every_door_wants_and_only_its_owner_reads_it(served: Served) -> None:
    file = served.data / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    known = served.known
    doors = {"native", "mimsms", "smsapi", "imiconnect", "mitto", "messagewhiz", "smpp"}
    assert set(known) == {"base_url", "console"} | doors
    assert known["base_url"].startswith("http://127.0.0.1:")
    assert known["native"]["api_key"].startswith("hg_live_")
    assert known["native"]["test_api_key"].startswith("hg_test_")
    assert set(known["mimsms"]) == {"UserName", "Apikey", "SenderName", "CampaignId"}


def test_the_banner_has_a_line_for_every_http_door(served: Served) -> None:
    lines = [line for line in served.banner if line.strip().startswith("curl")]
    assert len(lines) == len(served.known.keys() - {"base_url", "smpp", "console"})
    assert all(served.url in line for line in lines)


async def test_the_native_line_sends_a_message_that_is_delivered_and_seen_on_the_handset(
    served: Served, client: Client
) -> None:
    answer = await _run(_curl(served, "/v1/messages"))
    assert answer["to"] == RECIPIENT
    found = await client.delivered(answer["id"])
    assert (found["status"], found["attempts"]) == ("delivered", 1)
    assert [event["type"] for event in found["trace"]][-2:] == [
        "message.sent",
        "message.delivered",
    ]
    screen = (await client.native("GET", f"/v1/simulator/handsets/{RECIPIENT}")).json
    assert "Hello from Heliograph" in [message["text"] for message in screen["messages"]]


async def test_the_mimsms_line_sends_a_message_and_dlr_api_tells_delivered(
    served: Served, client: Client
) -> None:
    answer = await _run(_curl(served, "/api/SmsSending/SMS"))
    assert (answer["statusCode"], answer["status"]) == ("200", "Success")

    async def told() -> Any:
        reply = await client.mimsms(
            "/api/SmsSending/DlrApi", MobileNumber=RECIPIENT, trxnId=answer["trxnId"]
        )
        return reply.json if reply.json["operatorStatus"] == "DELIVERED" else None

    report = await eventually(told, "DlrApi says delivered", within_seconds=15)
    assert (report["statusCode"], report["trxnId"]) == ("200", answer["trxnId"])
    assert report["receiverMobile"] == RECIPIENT


async def test_the_smsapi_line_sends_a_message_and_groupstatus_tells_sent(
    served: Served, client: Client
) -> None:
    answer = await _run(_curl(served, "/smsAPI?sendsms"))
    assert (answer["request"], answer["status"]) == ("sendsms", "queued")
    known = served.known["smsapi"]
    query = f"apikey={known['apikey']}&apitoken={known['apitoken']}&groupid={answer['group_id']}"

    async def told() -> Any:
        group = (await client.call("GET", f"/smsAPI?groupstatus&{query}", None, {})).json
        return group if group["group_status"] == "sent" else None

    group = await eventually(told, "groupstatus says sent", within_seconds=15)
    assert [each["to"] for each in group["recipients"]] == [RECIPIENT]


async def test_the_mitto_line_sends_a_message(served: Served) -> None:
    answer = await _run(_curl(served, f"{served.url}/sms "))
    assert (answer["responseCode"], answer["to"]) == (0, RECIPIENT)


async def test_the_messagewhiz_line_sends_a_message_and_its_report_says_delivered(
    served: Served, client: Client
) -> None:
    answer = await _run(_curl(served, "/api/broadcasts/tiny/single"))
    key = {"apikey": served.known["messagewhiz"]["apikey"]}

    async def told() -> Any:
        reply = await client.call("POST", "/api/3/DeliveryReport", {"bid": answer["id"]}, key)
        return reply.json["result"]

    async def delivered() -> Any:
        found = await told()
        return found if found and found[0]["delivered"] else None

    (report,) = await eventually(delivered, "the report says delivered", within_seconds=15)
    assert report["broadcast_id"] == answer["id"]


async def test_the_imiconnect_line_sends_a_message_and_its_status_is_delivered(
    served: Served, client: Client
) -> None:
    answer = await _run(_curl(served, "/resources/v1/messaging"))
    (element,) = answer["response"]
    assert (element["code"], element["correlationid"]) == ("1001", "")
    path = f"/resources/v1/messaging/status/{element['transid']}"
    key = {"key": served.known["imiconnect"]["key"]}

    async def told() -> Any:
        (found,) = (await client.call("GET", path, None, key)).json
        return found if found["status"] == "delivered" else None

    found = await eventually(told, "the status is delivered", within_seconds=15)
    assert (found["to"], found["body"]) == (RECIPIENT, "Hello from IMIconnect")


async def test_a_message_from_a_handset_is_pulled_once(client: Client) -> None:
    reply = await client.native(
        "POST",
        "/v1/simulator/handsets/8801811111111/messages",
        {"to": "8809610000001", "text": "Good morning"},
    )
    assert reply.status in (200, 201, 202, 204), reply

    async def pulled() -> Any:
        found = (await client.mimsms("/api/IncomingApi/PullSMS")).json
        return found if found.get("message_Text") else None

    found = await eventually(pulled, "PullSMS has it", within_seconds=15)
    assert (found["message_Text"], found["sender"]) == ("Good morning", "8801811111111")
    again = (await client.mimsms("/api/IncomingApi/PullSMS")).json
    assert "message_Text" not in again


async def test_a_test_key_costs_nothing_and_is_delivered_all_the_same(
    served: Served, client: Client
) -> None:
    before = (await client.native("GET", "/v1/balance")).json
    key = served.known["native"]["test_api_key"]
    reply = await client.call(
        "POST",
        "/v1/messages",
        {"from": "Heliograph", "to": "+8801799999999", "text": "Only a test"},
        {"Authorization": f"Bearer {key}"},
    )
    assert reply.status == 201, reply
    found = await client.delivered(reply.json["id"])
    assert found["test"] is True
    assert (await client.native("GET", "/v1/balance")).json == before


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/docs", "/openapi.json"])
async def test_the_pages_of_the_banner_are_there(client: Client, path: str) -> None:
    assert (await client.call("GET", path, None, {})).status == 200
