"""The same for the other doors, and for every operation of the native one: nonsense is answered, quickly.

What is asked here is nobody's request. The house must stay on its feet: no 5xx, no traceback, no pause.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.served import Client, Reply, Served
from tests.acceptance.test_bad_input import NASTY

SMSAPI: Mapping[str, Mapping[str, str]] = {
    "sendsms": {
        "type": "voice",
        "from": "Heliograph",
        "to": "8801712345678, 8801712345679",
        "text": "fuzz",
        "file": "https://media.example/a.mp3",
        "language": "en-GB",
        "scheduledate": "2027-01-01 00:00:00",
        "duration": "10",
        "route": "0",
    },
    "groupstatus": {"groupid": "1234"},
    "getinbox": {"list": "all"},
    "balance": {},
}
IMICONNECT: Mapping[str, Any] = {
    "deliverychannel": "sms",
    "channels": {"sms": {"text": "fuzz", "senderid": "Heliograph"}, "smartlinks": []},
    "message": {"template": "1", "parameters": {"a": "b"}},
    "destination": [{"msisdn": ["8801712345678"], "correlationid": "c"}],
    "correlationid": "c",
    "conversationid": "c",
    "notifyurl": "https://shop.example/",
    "callbackData": "d",
    "expiry": "2027-01-01T00:00:00",
    "priority": "2",
    "route": "LCGD",
}
_UNTOUCHED = re.compile(
    r"accounts|credentials|carriers|routes|senders/|numbers/|session|people|events"
)
"""What the tests after this one, and the caller himself, stand on; and the stream, which has no end."""
_QUICK_SECONDS = 5.0


def _spelled(value: object) -> bytes:
    return ("" if value is None else str(value)).encode("utf-8", "surrogatepass")


def _query(fields: Mapping[str, object]) -> bytes:
    return "&".join(f"{name}={quote(_spelled(value))}" for name, value in fields.items()).encode()


def _multipart(fields: Mapping[str, object]) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    return b"".join(head % (n.encode(), _spelled(v)) for n, v in fields.items()) + b"--x--\r\n"


def _is_smsapis(reply: Reply, command: str) -> None:
    """Always HTTP 200 with the vendor's object; a body that cannot be read has no command either."""
    assert reply.status == 200, reply
    assert "X-Injected" not in reply.headers
    answer = reply.json
    if "balance" not in answer:
        assert answer["request"] in (command, ""), reply
        assert answer["status"] in ("queued", "success", "error"), reply
        assert answer["status"] != "error" or answer["message"], reply


@pytest.mark.parametrize(
    ("command", "field"),
    [(c, field) for c, own in SMSAPI.items() for field in ("apikey", "apitoken", *own)],
)
async def test_every_smsapi_field_holds_nasty_values_without_harm(
    served: Served, client: Client, command: str, field: str
) -> None:
    known = served.known["smsapi"]
    login = {"apikey": known["apikey"], "apitoken": known["apitoken"]}
    for value in NASTY:
        fields = login | dict(SMSAPI[command]) | {field: value}
        for body, kind in (
            (_query(fields), "application/x-www-form-urlencoded"),
            (_multipart(fields), "multipart/form-data; boundary=x"),
        ):
            path = f"/smsAPI?{command}"
            _is_smsapis(await client.call("POST", path, body, {"Content-Type": kind}), command)


def _is_imiconnects(reply: Reply) -> None:
    """Always HTTP 200: an array of places, or one object for the request."""
    assert reply.status == 200, reply
    answer = reply.json["response"]
    for each in answer if isinstance(answer, list) else [answer]:
        assert re.fullmatch("1001|7[0-9]{3}", each["code"]), reply
        assert each["description"], reply


@pytest.mark.parametrize("field", list(IMICONNECT))
async def test_every_imiconnect_field_holds_nasty_values_without_harm(
    served: Served, client: Client, field: str
) -> None:
    headers = {"key": served.known["imiconnect"]["key"]}
    for value in (*NASTY, {"sms": None}, [None], [{}], [[{}]], {"sms": {"text": {}}}):
        body = json.dumps(IMICONNECT | {field: value}).encode()
        for each in (body, b"[%b,%b]" % (body, body)):
            _is_imiconnects(await client.call("POST", "/resources/v1/messaging", each, headers))


async def test_every_native_operation_answers_nonsense_clearly(client: Client) -> None:
    """Every operation of the API's own description, with ids, queries and bodies that mean nothing."""
    random = Random(20261121)
    described = (await client.call("GET", "/openapi.json", None, {})).json
    operations = [
        (method.upper(), path, each)
        for path, methods in described["paths"].items()
        for method, each in methods.items()
        if method in ("get", "post", "put", "patch", "delete") and not _UNTOUCHED.search(path)
    ]
    assert len(operations) > 80
    for method, path, operation in operations:
        for _ in range(6):
            target = re.sub(r"\{\w+\}", lambda _: quote(_spelled(random.choice(NASTY[:9]))), path)
            named = [
                each["name"] for each in operation.get("parameters", []) if each["in"] == "query"
            ]
            query = _query({name: random.choice(NASTY) for name in named if random.random() < 0.5})
            body = _body(random, described, operation)
            target = f"{target}?{query.decode()}"[:60_000]
            reply = await client.native(method, target, body)
            assert reply.status < 500, (method, target, body, reply)
            assert "X-Injected" not in reply.headers
            if reply.status >= 400:
                assert reply.json["code"], (method, target, body, reply)


def _body(
    random: Random, described: Mapping[str, Any], operation: Mapping[str, Any]
) -> bytes | None:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return None
    schema = content.get("application/json", {}).get("schema", {})
    schema = described["components"]["schemas"].get(schema.get("$ref", "/").split("/")[-1], schema)
    names = [*schema.get("properties", ["x"]), "txet"]
    fields = {name: random.choice(NASTY) for name in names if random.random() < 0.7}
    return json.dumps(random.choice((fields, fields, fields, [fields], None))).encode()


@pytest.mark.parametrize(
    "path", ["/v1/messages", "/sms", "/smsbulk", "/resources/v1/messaging", "/api/SmsSending/SMS"]
)
@pytest.mark.parametrize("octets", [b"[", b'{"a":', b'[{"a":['])
async def test_five_megabytes_of_nesting_are_refused_at_once(
    served: Served, client: Client, path: str, octets: bytes
) -> None:
    for body in (octets * (5_000_000 // len(octets)), octets * (200_000 // len(octets))):
        async with asyncio.timeout(_QUICK_SECONDS):
            reply = await client.call("POST", path, body, _keys(served))
        assert reply.status < 500, reply
        assert b"1001" not in reply.body


def _keys(served: Served) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {served.api_key}",
        "X-Mitto-API-Key": served.known["mitto"]["X-Mitto-API-Key"],
        "key": served.known["imiconnect"]["key"],
    }


@pytest.mark.parametrize(
    "sms",
    [
        {"text": "$(a)" * 20_000, "parameters": {"a": "y" * 100_000}},
        {"text": "ä" * 500_000},
    ],
)
async def test_a_text_without_end_to_a_thousand_numbers_holds_up_nobody(
    served: Served, client: Client, sms: Mapping[str, object]
) -> None:
    message = {
        "deliverychannel": "sms",
        "channels": {"sms": {"senderid": "Heliograph"} | dict(sms)},
        "destination": [{"msisdn": ["8801712345678"] * 1000}],
    }
    async with asyncio.timeout(_QUICK_SECONDS):
        reply = await client.call("POST", "/resources/v1/messaging", message, _keys(served))
    assert {each["code"] for each in reply.json["response"]} == {"7107"}


async def test_a_vendors_call_that_no_database_takes_is_kept_all_the_same(client: Client) -> None:
    made = await client.native(
        "POST",
        "/v1/carriers",
        {"name": "hooked", "kind": "mitto", "settings": {"api_key_secret": "x"}},
    )
    assert made.status == 201, made
    hook = "/hooks/" + made.json["hook_url"].partition("/hooks/")[2]
    calls = (
        f"sender=8801700000009&receiver=%00{'9' * 5000}&msgid=1&content=a%00b",
        f"msgid=%00{'z' * 5000}&status=DELIVERED&errorcode=0",
    )
    for query in calls:
        async with asyncio.timeout(_QUICK_SECONDS):
            reply = await client.call("GET", f"{hook}?{query}", None, {})
        assert (reply.status, reply.body) == (200, b"OK"), reply
    await client.native("DELETE", f"/v1/carriers/{made.json['id']}")


async def test_a_handset_writes_to_no_address_that_the_wire_has_no_room_for(client: Client) -> None:
    for to in ("9" * 21, "", "a b", "é"):
        body = {"to": to, "text": "x"}
        reply = await client.native("POST", "/v1/simulator/handsets/8801700000009/messages", body)
        assert reply.status == 422, reply


async def test_afterwards_no_door_has_failed(served: Served, client: Client) -> None:
    """Runs last in this file."""
    sent = (
        await client.native(
            "POST", "/v1/messages", {"from": "Heliograph", "to": "+8801712345678", "text": "here"}
        )
    ).json
    await client.delivered(sent["id"])
    metrics = (await client.call("GET", "/metrics", None, {})).body.decode()
    counted = re.findall(r'heliograph_http_requests_total\{.*status="(\d+)"\}', metrics)
    assert [status for status in counted if status.startswith("5")] == []
    assert "Traceback" not in served.said()
