"""A smart link from its making to its report, as a customer and a recipient have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import aiohttp

from tests.acceptance.served import Client, Served, eventually

_PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36"


async def _follow(url: str, user_agent: str = _PHONE) -> tuple[int, str | None]:
    async with (
        aiohttp.ClientSession(headers={"user-agent": user_agent}) as session,
        session.get(url, allow_redirects=False) as reply,
    ):
        return reply.status, reply.headers.get("location")


async def test_a_short_link_is_followed_counted_and_converted(
    served: Served, client: Client
) -> None:
    body = {
        "name": "sale",
        "url": "https://shop.example/sale",
        "preview_url": "https://shop.example/card",
        "code_parameter": "hg",
    }
    link = (await client.native("POST", "/v1/links", body)).json
    number = link["id"].removeprefix("lnk_")
    bulk = {
        "from": "Heliograph",
        "text": f"Sale: {{{{link_{number}}}}}",
        "links": {link["id"]: 60},
        "recipients": [{"to": "+8801844909020"}, {"to": "+8801844909021"}],
    }
    made = (await client.native("POST", "/v1/messages/bulk", bulk)).json
    assert made["accepted"] == 2
    page = (await client.native("GET", f"/v1/messages?submission={made['id']}")).json["items"]
    urls = [message["text"].removeprefix("Sale: ") for message in page]
    assert len(set(urls)) == 2
    assert all(url.startswith(f"{served.url}/l/") for url in urls)

    code = urls[0].rpartition("/")[2]
    target = f"https://shop.example/sale?hg={code}"
    assert [await _follow(urls[0]) for _ in range(2)] == [(302, target)] * 2
    preview = await _follow(urls[0], "WhatsApp/2.24")
    assert preview == (302, "https://shop.example/card")
    assert await _follow(f"{served.url}/l/zzzzzzzzz") == (404, None)
    conversion = await client.native("POST", "/v1/links/conversions", {"code": code})
    assert conversion.status == 204

    today = datetime.now(UTC).date().isoformat()

    async def report() -> dict[str, Any] | None:
        query = f"/v1/links/{link['id']}/clicks?since={today}&until={today}"
        found: dict[str, Any] = (await client.native("GET", query)).json
        return found if found["total"] and found["bots"] else None

    found = await eventually(report, "the clicks are counted", within_seconds=10)
    assert found["reached_share"] == 0.5
    counts = {"total": 2, "unique": 1, "bots": 1, "conversions": 1}
    assert {name: found[name] for name in counts} == counts
    trace = (await client.native("GET", f"/v1/messages/{page[0]['id']}")).json["links"]
    assert (trace[0]["code"], trace[0]["clicks"]) == (code, 2)
    assert trace[0]["converted_at"] > trace[0]["first_clicked_at"]

    await client.native("DELETE", f"/v1/links/{link['id']}")
    assert await _follow(urls[0]) == (410, None)
    bulk["recipients"] = [{"to": "+8801844909020"}]
    assert (await client.native("POST", "/v1/messages/bulk", bulk)).json["code"] == "unknown_link"


async def test_a_smart_link_of_imiconnect_becomes_a_short_link(client: Client) -> None:
    body = {"name": "gift", "url": "https://shop.example/gift"}
    link = (await client.native("POST", "/v1/links", body)).json
    service = (await client.native("POST", "/v1/services", {"name": "Gifts"})).json["id"]
    credential = {"dialect": "imiconnect", "service": service}
    key = (await client.native("POST", "/v1/credentials", credential)).json["secret"]
    number = int(link["id"].removeprefix("lnk_"))

    def sms(listed: int) -> dict[str, Any]:
        text = f"Get your gift {{{{link_{number}}}}} {{{{link_0}}}}"
        return {
            "channels": {
                "smartlinks": [{"linkid": listed, "validity": "30"}],
                "sms": {"type": 1, "text": text, "senderid": "Heliograph"},
            },
            "destination": [{"msisdn": ["8801844909044"]}],
        }

    path = "/resources/v1/messaging"
    assert (await client.call("POST", path, sms(number), {"key": key})).status == 200
    page = (await client.native("GET", "/v1/messages?to=8801844909044")).json["items"]
    _, _, url = page[0]["text"].removesuffix(" {{link_0}}").rpartition(" ")
    assert await _follow(url) == (302, "https://shop.example/gift")
    unknown = await client.call("POST", path, sms(4_711), {"key": key})
    assert b"7004" in unknown.body
