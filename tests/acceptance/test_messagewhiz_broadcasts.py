"""The same customer's broadcasts, links, triggers and one-time codes."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest_asyncio

from tests.acceptance.served import Client, eventually
from tests.acceptance.whiz import Whiz, people


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whiz(client: Client) -> Whiz:
    return await Whiz.of_its_own(client, "whiz broadcasts")


# -- broadcasts ---------------------------------------------------------------------------------------


async def test_a_single_message_by_every_path_is_delivered_and_reported(whiz: Whiz) -> None:
    campaign, sender = await whiz.campaign_id(), await whiz.sender_id()
    single = {
        "campaign_id": campaign,
        "sender_id": str(sender),
        "recipient": "8801712360001",
        "unsubscriber_list_ids": "",
        "trigger_id": 0,
        "delay": 0,
        "template_id": 0,
    }
    tiny = {"recipient": "8801712360001", "sender": whiz.sender_name}
    started = await whiz.ask(
        "POST", "/api/3/Broadcast", single | {"broadcast_type": 10, "message_body": "one"}
    )
    numbers = [started["broadcastID"]]
    assert started["segmentID"] > 0
    tinied = await whiz.ask("POST", "/api/3/Broadcast/tiny", tiny | {"message_body": "two"})
    numbers.append(tinied["broadcastID"])
    for path, body in (
        ("/api/broadcasts/single", single | {"message_body": "three"}),
        ("/api/broadcasts/tiny/single/", tiny | {"message_body": "four"}),
        ("/api/2/broadcasts/tiny/single", tiny | {"message_body": "five"}),
    ):
        reply = await whiz.call("POST", path, body)
        assert (reply.status, list(reply.json)) == (200, ["id"])
        numbers.append(reply.json["id"])
    for number in numbers:
        assert 0 < number < 2**31
        report = await whiz.report(number, delivered=1)
        assert report == [
            {
                "broadcast_id": number,
                "sent": 0,
                "delivered": 1,
                "undelivered": 0,
                "rejected": 0,
                "expired": 0,
                "failed": 0,
            }
        ]
    assert sorted(await whiz.screen("8801712360001")) == sorted(
        ["one", "two", "three", "four", "five"]
    )
    listed = await whiz.ask("GET", "/api/3/Broadcast/List?limit=5")
    assert [each["id"] for each in listed] == numbers[::-1]
    assert [each["type"] for each in listed] == [0, 0, 0, 10, 10]
    assert all("T" in each["send_date"] and each["dlr"]["delivered_count"] == 1 for each in listed)


async def test_a_broadcast_to_a_list_with_tokens_leaves_out_who_unsubscribed(whiz: Whiz) -> None:
    campaign, sender = await whiz.campaign_id(), await whiz.sender_id()
    number = await people(whiz, "Cast")
    out = await whiz.ask(
        "POST", "/api/3/unsubscribeList", {"name": "Cast out", "numbers": ["8801712350003"]}
    )
    body = {
        "broadcast_type": 11,
        "campaign_id": campaign,
        "name": "Cast, with a comma",
        "sender_ids": str(sender),
        "recipient_list_ids": str(number),
        "unsubscriber_list_ids": str(out["id"]),
        "message_body": "Dear {{first_name}}",
    }
    estimate = await whiz.ask("POST", "/api/3/Broadcast/estimate", body)
    assert estimate["messages"] == 2
    assert estimate["messageExpanded"]["actions"]["first_name"]["count"] == 1
    assert re.fullmatch(r"[0-9a-f]{128}", estimate["estimateHash"])
    assert set(estimate["recipients"]) == {"8801712350001", "8801712350002"}
    started = await whiz.ask("POST", "/api/3/Broadcast", body)
    for path in (f"recipientList/{number}", f"unsubscribeList/{out['id']}"):
        assert await whiz.ask("DELETE", f"/api/3/{path}") is True  # it was accepted as it was
    await whiz.report(started["broadcastID"], delivered=2)
    assert "Dear Bob" in await whiz.screen("8801712350002")
    assert not any("Dear" in text for text in await whiz.screen("8801712350003"))
    (listed,) = await whiz.ask("GET", "/api/3/Broadcast/List?filter=name=with a comma,type=11")
    assert (listed["id"], listed["type"], listed["recipient_count"]) == (
        started["broadcastID"],
        11,
        3,
    )
    assert listed["company_name"]


async def test_a_smart_broadcast_goes_on_with_its_next_segment(whiz: Whiz) -> None:
    campaign, sender = await whiz.campaign_id(), await whiz.sender_id()
    number = await people(whiz, "Smart")
    body = {
        "broadcast_type": 12,
        "campaign_id": campaign,
        "sender_ids": sender,
        "recipient_list_ids": number,
        "message_body": "Smart {{first_name}}",
        "eb_type": "manual",
        "first_segment_size": "1",
    }
    started = await whiz.ask("POST", "/api/3/Broadcast", body)
    broadcast = started["broadcastID"]
    await whiz.report(broadcast, delivered=1)

    async def went_on() -> Any:
        fields = {
            "broadcast_id": broadcast,
            "message_body": "And {{first_name}}",
            "segment_size": 2,
        }
        reply = await whiz.call("POST", "/api/3/Segments", fields | {"send_now": True})
        return reply.json["result"] if reply.status == 200 else None

    segment = await eventually(went_on, "the next segment", within_seconds=15)
    assert (segment["broadcast_id"], segment["enabled"]) == (broadcast, True)

    async def both() -> Any:
        found = await whiz.ask("POST", "/api/3/DeliveryReport", {"bid": broadcast})
        return [each["delivered"] for each in found] == [1, 2]

    await eventually(both, "a report for each segment", within_seconds=30)
    assert "And Bob" in await whiz.screen("8801712350002")
    (listed,) = await whiz.ask("GET", f"/api/3/Broadcast/List?filter=id={broadcast}")
    assert (listed["type"], listed["eb_type"]) == (12, "manual")


async def test_one_request_with_its_recipients(whiz: Whiz) -> None:
    body = {
        "message_body": "hello {{first_name}} here is {{custom2}}!!",
        "sender": whiz.sender_name,
        "recipients": [
            {"phone_number": 8801712370001, "first_name": "John", "custom2": "Mine"},
            {"phone_number": "8801712370002", "first_name": "Bob", "custom2": "Yours"},
        ],
    }
    (started,) = await whiz.ask("POST", "/api/3/Broadcast/combinedsubmit", body)
    await whiz.report(started["broadcastID"], delivered=2)
    assert await whiz.screen("8801712370002") == ["hello Bob here is Yours!!"]


async def test_a_one_time_code_is_sent_and_checked_once(whiz: Whiz) -> None:
    campaign, sender = await whiz.campaign_id(), await whiz.sender_id()
    phone = "8801712380001"
    body = {
        "campaign_id": campaign,
        "sender_id": str(sender),
        "message_body": "verification code: {{verification_code}}",
        "recipient": phone,
        "verification": True,
    }
    reply = await whiz.call("POST", "/api/broadcasts/single?otp=true", body)
    assert (reply.status, list(reply.json)) == (200, ["id"]), reply
    await whiz.report(reply.json["id"], delivered=1)
    (text,) = await whiz.screen(phone)
    code = text.removeprefix("verification code: ")
    assert re.fullmatch(r"\d{4}", code)
    path = f"/api/recipients/{phone}/verification"
    wrong = {"verification_code": str((int(code) + 1) % 10_000).zfill(4)}
    assert (await whiz.call("POST", path, wrong)).json == {"valid": False}
    assert (await whiz.call("POST", path, {"verification_code": int(code)})).json == {"valid": True}
    assert (await whiz.call("POST", path, {"verification_code": code})).json == {"valid": False}


async def test_every_recipient_of_a_broadcast_gets_a_code_of_his_own(
    whiz: Whiz, client: Client
) -> None:
    sent = await whiz.ask(
        "POST",
        "/api/3/Broadcast",
        {
            "broadcast_type": 11,
            "campaign_id": await whiz.campaign_id(),
            "sender_ids": await whiz.sender_id(),
            "recipient_list_ids": await people(whiz, "Coded"),
            "message_body": "{{first_name}}, your code: {{verification_code}}",
        },
    )
    await whiz.report(sent["broadcastID"], delivered=3)
    phones = ("8801712350001", "8801712350002", "8801712350003")
    codes = [(await whiz.screen(phone))[-1].rpartition(" ")[2] for phone in phones]
    assert all(re.fullmatch(r"\d{4}", code) for code in codes)
    for phone, code in zip(phones[:2], codes, strict=False):
        path = f"/api/recipients/{phone}/verification"
        wrong = {"verification_code": (int(code) + 1) % 10_000}
        assert (await whiz.call("POST", path, wrong)).json == {"valid": False}
        right = {"verification_code": int(code)}
        assert (await whiz.call("POST", path, right)).json == {"valid": True}
        assert (await whiz.call("POST", path, right)).json == {"valid": False}
    key = await client.native(
        "POST", f"/v1/credentials?account={whiz.account}", {"dialect": "native", "scopes": ["send"]}
    )
    bearer = {"Authorization": f"Bearer {key.json['secret']}"}
    asked = {"to": phones[2], "code": codes[2]}
    assert (await client.call("POST", "/v1/verify/check", asked, bearer)).json["valid"] is True


async def test_a_trigger_holds_a_message_until_its_url_is_called(
    whiz: Whiz, client: Client
) -> None:
    campaign, sender = await whiz.campaign_id(), await whiz.sender_id()
    trigger = await whiz.ask("POST", "/api/3/trigger", {"name": "When ready"})
    body = {
        "broadcast_type": 10,
        "campaign_id": campaign,
        "sender_id": sender,
        "recipient": "8801712365001",
        "message_body": "released",
        "trigger_id": trigger["id"],
    }
    started = await whiz.ask("POST", "/api/3/Broadcast", body)
    (listed,) = await whiz.ask("GET", f"/api/3/Broadcast/List?filter=id={started['broadcastID']}")
    assert (listed["trigger_id"], listed["state"]) == (trigger["id"], 2)
    report = {"bid": started["broadcastID"]}
    assert await whiz.ask("POST", "/api/3/DeliveryReport", report) == []
    path = trigger["short_url"].removeprefix(whiz.client.served.url)
    assert (await client.call("GET", path, None, {})).status == 200
    await whiz.report(started["broadcastID"], delivered=1)
    assert await whiz.screen("8801712365001") == ["released"]


async def test_a_click_on_a_link_in_a_message_is_its_conversion(whiz: Whiz, client: Client) -> None:
    link = {"name": "Clicked", "url": "https://clicked.example/page"}
    number = (await whiz.ask("POST", "/api/3/link", link))["id"]
    body = {
        "recipient": "8801712366001",
        "sender": whiz.sender_name,
        "message_body": f"See {{{{link:{number}}}}}",
    }
    sent = await whiz.ask("POST", "/api/3/Broadcast/tiny", body)
    await whiz.report(sent["broadcastID"], delivered=1)
    (text,) = await whiz.screen("8801712366001")
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/125.0 Mobile Safari/537.36"}
    async with (
        aiohttp.ClientSession(headers=agent) as session,
        session.get(text.removeprefix("See "), allow_redirects=False) as visit,
    ):
        assert visit.headers["Location"] == "https://clicked.example/page"

    async def counted() -> Any:
        asked = {"url": "clicked.example/page"}
        found = await whiz.ask("POST", "/api/3/details/linkConversion", asked)
        return found if found["clicks"] else None

    found = await eventually(counted, "the click is counted", within_seconds=15)
    assert found == {"conversion": 100, "totalRecipients": 1, "clicks": 1}
    (listed,) = await whiz.ask("GET", f"/api/3/Broadcast/List?filter=id={sent['broadcastID']}")
    assert listed["broadcastConversion"]["conversion"] == "100.00"
