"""Whatever comes in at the door is answered clearly, in the dialect's own shape, and breaks nothing.

First by table, then by thousands of seeded random requests over raw connections. Afterwards the same
process must still accept, count no 5xx, have no traceback in its log, and its books must agree.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import asyncpg
import pytest

from heliograph.store import ledger
from heliograph.store.embedded import running_dsn
from tests.acceptance.served import Client, Reply, Served

NASTY: tuple[Any, ...] = (
    "'; drop table message; --",
    "\r\nX-Injected: yes",
    "a\nb\rc",
    "\x00",
    "\ud800",
    "\u202e\ufeff",
    "%00%0a",
    "../../../etc/passwd",
    "x" * 5000,
    "",
    " ",
    None,
    True,
    -1,
    2**70,
    1e308,
    [],
    {},
    [[[[]]]],
    {"$gt": ""},
    "١٢٣٤٥٦٧٨٩",
)
_NATIVE = {
    "from": "Heliograph",
    "to": "+8801712345678",
    "text": "fuzz",
    "class": "transactional",
    "send_at": "2027-01-01T00:00:00Z",
    "validity_seconds": 3600,
    "reference": "r",
    "callback_url": "http://127.0.0.1:9/",
    "flash": False,
    "priority": 0,
    "encoding": "auto",
    "smart": False,
    "campaign": "DEMO-2026",
    "variables": {"a": "b"},
}
_MIMSMS = {
    "MobileNumber": "8801712345678",
    "CampaignId": "null",
    "SenderName": "Heliograph",
    "TransactionType": "T",
    "Message": "fuzz",
}
_MIMSMS_PATHS = {
    "/api/SmsSending/SMS": _MIMSMS,
    "/api/SmsSending/OneToMany": _MIMSMS,
    "/api/SmsSending/balanceCheck": {},
    "/api/SmsSending/DlrApi": {"MobileNumber": "8801712345678", "trxnId": "A" * 15},
    "/api/IncomingApi/PullSMS": {},
}
_MITTO = {
    "from": "Heliograph",
    "to": "8801712345678",
    "text": "fuzz",
    "type": "auto",
    "reference": "r",
    "deliveryStatusesToNotify": "DELIVERED",
    "udh": "",
    "validity": 60,
    "pid": 0,
    "flash": False,
    "test": False,
    "callback": "http://127.0.0.1:9/<status>",
}
_MITTO_PATHS = {
    "/sms": _MITTO,
    "/smsbulk": _MITTO | {"to": ["8801712345678"]},
    "/sms/converted": {"messageId": "0" * 32},
    "/usage/bycountry": {"startDate": "2026-01-01", "endDate": "2026-01-31", "accountName": "x"},
}


def _octets(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _is_problem(reply: Reply) -> None:
    """A refusal of the native API: a problem document (RFC 9457)."""
    assert 400 <= reply.status < 500, reply
    kind = reply.headers.get("Content-Type", reply.headers.get("content-type", ""))
    assert kind.startswith("application/problem+json"), reply
    problem = json.loads(reply.body)
    assert problem["status"] == reply.status
    assert problem["code"]
    assert problem["title"]


def _is_envelope(reply: Reply) -> None:
    """A refusal of MiMSMS: strings only, and a code that is not 200."""
    assert reply.status in (200, 400, 404, 405, 415), reply
    answer = json.loads(reply.body)
    assert all(isinstance(value, str) for value in answer.values()), answer
    assert answer["statusCode"] != "200", answer
    assert answer["status"]


# -- by table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"\xff\xfe{}", 400),
        (b'{"to": "\xc3\x28", "from": "Heliograph", "text": "x"}', 400),
        (b'{"from": "Heliograph", "text": "x"}', 422),
        (b'{"to": 8801712345678, "from": "Heliograph", "text": "x"}', 422),
        (b'{"to": "+8801712345678", "from": "Heliograph", "text": "x", "txet": 1}', 422),
        (b"[" * 100_000, 400),
        (b'{"to": "' + b"1" * 200_000 + b'"}', None),
    ],
)
async def test_a_body_that_is_no_message_is_a_problem(
    client: Client, body: bytes, status: int | None
) -> None:
    reply = await client.native("POST", "/v1/messages", body)
    _is_problem(reply)
    assert status is None or reply.status in (400, 422), (reply, status)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1", 404),
        ("DELETE", "/v1/messages", 405),
        ("PATCH", "/v1/balance", 405),
        ("GET", "/v1/messages/msg_0000000000000", 404),
        ("GET", "/v1/messages/%00", 404),
        ("GET", "/v1/messages/%ff", 404),
        ("GET", "/v1/messages?limit=nonsense", 422),
        ("GET", "/v1/messages?before=';--", 422),
        ("POST", "/v1/messages/msg_0000000000000/cancel", 404),
        ("GET", "/v1/submissions/sub_0000000000000", 404),
        ("GET", "/v1/endpoints/ep_999999999", 404),
    ],
)
async def test_a_path_or_method_that_is_not_there_is_a_problem(
    client: Client, method: str, path: str, status: int
) -> None:
    reply = await client.native(method, path)
    _is_problem(reply)
    assert reply.status in (status, 400), reply


async def test_ten_megabytes_are_refused_without_being_read_whole(client: Client) -> None:
    body = b'{"to": "' + b"1" * 10_000_000 + b'"}'
    reply = await client.native("POST", "/v1/messages", body)
    _is_problem(reply)
    assert reply.status == 413
    reply = await client.call("POST", "/api/SmsSending/SMS", body, {})
    assert reply.status < 500, reply
    _is_envelope(reply)


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer ", "Bearer hg_live_", "Basic YTpi", "x" * 5000]
)
async def test_who_has_no_key_is_told_so_and_no_more(client: Client, key: str) -> None:
    headers = {"Authorization": key} if key else {}
    reply = await client.call("POST", "/v1/messages", {"to": "1"}, headers)
    _is_problem(reply)
    assert reply.status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"UserName": {"a": 1}}', b"[" * 100_000, b"12"],
)
@pytest.mark.parametrize("path", list(_MIMSMS_PATHS))
async def test_a_body_that_is_no_mimsms_request_gets_the_vendors_envelope(
    client: Client, path: str, body: bytes
) -> None:
    _is_envelope(await client.call("POST", path, body, {}))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/SmsSending/SMS"),
        ("GET", "/api/SmsSending/Nothing"),
        ("GET", "/api/SmsSending"),
    ],
)
async def test_a_mimsms_path_or_method_that_is_not_there_gets_the_vendors_envelope(
    client: Client, method: str, path: str
) -> None:
    _is_envelope(await client.call(method, path, None, {}))


@pytest.mark.parametrize("field", ["UserName", "Apikey", *_MIMSMS])
async def test_a_mimsms_field_that_is_missing_is_refused(
    served: Served, client: Client, field: str
) -> None:
    known = served.known["mimsms"]
    whole = {"UserName": known["UserName"], "Apikey": known["Apikey"]} | _MIMSMS
    if field == "CampaignId":
        whole["TransactionType"] = "P"
    del whole[field]
    _is_envelope(await client.call("POST", "/api/SmsSending/SMS", whole, {}))


async def test_another_accounts_message_is_not_there(served: Served, client: Client) -> None:
    """Promise P6, through every way of asking."""
    account = (
        await client.native("POST", "/v1/accounts", {"name": "other", "currency": "EUR"})
    ).json
    made = await client.native(
        "POST",
        f"/v1/credentials?account={account['id']}",
        {"label": "other", "scopes": ["send", "read", "manage"]},
    )
    assert made.status == 201, made
    theirs = {"Authorization": f"Bearer {made.json['secret']}"}
    mine = (await client.native("POST", "/v1/messages", _message("mine"))).json
    for method, path, body in (
        ("GET", f"/v1/messages/{mine['id']}", None),
        ("POST", f"/v1/messages/{mine['id']}/cancel", None),
        ("GET", f"/v1/submissions/{mine['submission']}", None),
    ):
        reply = await client.call(method, path, body, theirs)
        _is_problem(reply)
        assert reply.status == 404, (path, reply)
    assert (await client.call("GET", "/v1/messages", None, theirs)).json["items"] == []
    assert (await client.call("GET", "/v1/inbound", None, theirs)).json["items"] == []
    foreign = await client.call("GET", "/v1/messages?account=acct_1", None, theirs)
    assert foreign.status in (400, 403, 422), foreign


def _message(text: str) -> dict[str, str]:
    return {"from": "Heliograph", "to": "+8801712345678", "text": text}


@pytest.mark.parametrize("field", list(_NATIVE))
async def test_every_native_field_holds_nasty_values_without_harm(
    client: Client, field: str
) -> None:
    for value in NASTY:
        body = {k: v for k, v in _NATIVE.items() if k != "send_at"} | {field: value}
        reply = await client.native("POST", "/v1/messages", _octets(body))
        assert "X-Injected" not in reply.headers
        if reply.status != 201:
            _is_problem(reply)


@pytest.mark.parametrize("field", ["UserName", "Apikey", *_MIMSMS])
async def test_every_mimsms_field_holds_nasty_values_without_harm(
    served: Served, client: Client, field: str
) -> None:
    known = served.known["mimsms"]
    login = {"UserName": known["UserName"], "Apikey": known["Apikey"]}
    for value in NASTY:
        body = _octets(login | _MIMSMS | {field: value})
        reply = await client.call("POST", "/api/SmsSending/SMS", body, {})
        assert "X-Injected" not in reply.headers
        if reply.status != 200 or reply.json["statusCode"] != "200":
            _is_envelope(reply)


def _is_mittos(reply: Reply) -> None:
    """An answer of Mitto: a code from 0 to 8, or the words of a status that no code is for."""
    assert reply.status in (200, 400, 404, 413, 415), reply
    answer = json.loads(reply.body) if reply.body != b"OK" else {"responseCode": 0}
    if isinstance(answer, dict) and "error" not in answer:
        assert answer.get("responseCode", 0) in range(9), reply
        assert "responseCode" in answer or answer["responseText"], reply


@pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, own in _MITTO_PATHS.items() for field in own]
)
async def test_every_mitto_field_holds_nasty_values_without_harm(
    served: Served, client: Client, path: str, field: str
) -> None:
    headers = {"X-Mitto-API-Key": served.known["mitto"]["X-Mitto-API-Key"]}
    for value in NASTY:
        body = _octets(_MITTO_PATHS[path] | {field: value})
        reply = await client.call("POST", path, body, headers)
        assert "X-Injected" not in reply.headers
        _is_mittos(reply)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"12"])
@pytest.mark.parametrize("path", list(_MITTO_PATHS))
async def test_a_body_that_is_no_mitto_request_gets_the_vendors_answer(
    served: Served, client: Client, path: str, body: bytes
) -> None:
    headers = {"X-Mitto-API-Key": served.known["mitto"]["X-Mitto-API-Key"]}
    _is_mittos(await client.call("POST", path, body, headers))


_WHIZ_PATHS: dict[str, dict[str, object]] = {
    "/api/broadcasts/tiny/single": {
        "recipient": "8801712345678",
        "sender": "x",
        "message_body": "m",
    },
    "/api/3/Broadcast": {
        "campaign_id": 1,
        "broadcast_type": 10,
        "sender_id": "1",
        "recipient": "8801712345678",
        "message_body": "m",
        "send_date": "2031-01-05T13:35:18.837Z",
        "utc_offset": 120,
        "template_id": 0,
    },
    "/api/3/Broadcast/combinedsubmit": {"message_body": "m", "sender": "x", "recipients": []},
    "/api/3/campaign": {"name": "x", "start_date": "2031-01-05", "end_date": "2031-01-06"},
    "/api/3/link": {"name": "x", "url": "https://x.example", "platform_based_links": {}},
    "/api/3/spinner": {"name": "x", "words": ["a"]},
    "/api/3/unsubscribeList": {"name": "x", "numbers": ["8801712345678"]},
    "/api/3/DeliveryReport": {"bid": 1},
    "/api/recipients/8801712345678/verification": {"verification_code": "1"},
}


def _is_whizs(reply: Reply) -> None:
    """A success, or a refusal in the envelope whose number is the status."""
    assert reply.status in (200, 400, 403, 404, 409, 413), reply
    if reply.status != 200:
        assert reply.json["errorCode"] == reply.status
        assert (bool(reply.json["errorMessage"]), reply.json["result"]) == (True, None)


@pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, own in _WHIZ_PATHS.items() for field in own]
)
async def test_every_messagewhiz_field_holds_nasty_values_without_harm(
    served: Served, client: Client, path: str, field: str
) -> None:
    headers = {"apikey": served.known["messagewhiz"]["apikey"]}
    for value in NASTY:
        body = _octets(_WHIZ_PATHS[path] | {field: value})
        reply = await client.call("POST", path, body, headers)
        assert "X-Injected" not in reply.headers
        _is_whizs(reply)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"12"])
@pytest.mark.parametrize("path", list(_WHIZ_PATHS))
async def test_a_body_that_is_no_messagewhiz_request_gets_the_vendors_answer(
    served: Served, client: Client, path: str, body: bytes
) -> None:
    headers = {"apikey": served.known["messagewhiz"]["apikey"]}
    _is_whizs(await client.call("POST", path, body, headers))


# -- by chance --------------------------------------------------------------------------------------


class _Raw(NamedTuple):
    path: str
    octets: bytes


_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REQUESTS = 2400
_PIPES = 8


def _random_request(random: Random, served: Served) -> _Raw:
    native = random.random() < 0.5
    if native:
        fields: dict[str, Any] = dict(_NATIVE)
        path = random.choice(("/v1/messages", "/v1/messages", "/v1/estimate", "/v1/messages/bulk"))
    else:
        known = served.known["mimsms"]
        path, own = random.choice(list(_MIMSMS_PATHS.items()))
        fields = {"UserName": known["UserName"], "Apikey": known["Apikey"]} | own
    for name in random.sample(list(fields), k=min(len(fields), random.randint(0, 4))):
        if random.random() < 0.3:
            del fields[name]
        else:
            fields[name] = random.choice(NASTY)
    if random.random() < 0.1:
        fields[random.choice(("txet", "account_id", "__proto__", "\u0000"))] = random.choice(NASTY)
    body = _octets({"messages": [fields]} if path.endswith(("bulk", "estimate")) else fields)
    return _Raw(path, _mangled(random, body))


def _mangled(random: Random, body: bytes) -> bytes:
    turn = random.random()
    if turn < 0.1:
        return body[: random.randrange(len(body) + 1)]
    if turn < 0.2:
        at = random.randrange(len(body) + 1)
        return body[:at] + random.randbytes(random.randint(1, 8)) + body[at:]
    if turn < 0.25:
        return random.randbytes(random.randint(0, 300))
    return body


async def _pipe(served: Served, requests: Sequence[_Raw]) -> list[tuple[_Raw, int, bytes]]:
    """One connection; requests one after the other."""
    host, port = served.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answers = []
    for request in requests:
        writer.write(
            b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
            % (
                request.path.encode(),
                served.api_key.encode(),
                len(request.octets),
                request.octets,
            )
        )
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = _STATUS.match(head), _LENGTH.search(head)
        assert status is not None, head
        assert length is not None, head
        answers.append((request, int(status[1]), await reader.readexactly(int(length[1]))))
    writer.close()
    await writer.wait_closed()
    return answers


async def test_thousands_of_random_requests_break_nothing(served: Served, client: Client) -> None:
    random = Random(20260501)
    requests = [_random_request(random, served) for _ in range(_REQUESTS)]
    async with asyncio.timeout(60):
        piped = await asyncio.gather(
            *(_pipe(served, requests[start::_PIPES]) for start in range(_PIPES))
        )
    answers = [answer for pipe in piped for answer in pipe]
    assert len(answers) == _REQUESTS
    for request, status, body in answers:
        assert status < 500, (request, body)
        answer = json.loads(body)
        if request.path.startswith("/v1"):
            assert status < 300 or answer["code"], (request, body)
        else:
            assert "statusCode" in answer, (request, body)


async def test_afterwards_it_still_accepts_and_nothing_was_lost(
    served: Served, client: Client
) -> None:
    """Runs last in this file: what the tests above have done must have left no mark."""
    sent = (await client.native("POST", "/v1/messages", _message("still here"))).json
    await client.delivered(sent["id"])
    metrics = (await client.call("GET", "/metrics", None, {})).body.decode()
    counted = re.findall(r'heliograph_http_requests_total\{.*status="(\d+)"\}', metrics)
    assert counted
    assert [status for status in counted if status.startswith("5")] == []
    said = served.said()
    assert "Traceback" not in said
    assert "[error" not in said
    link = await asyncpg.connect(running_dsn(served.data))
    try:
        assert await ledger.audit(link) == []
        assert await link.fetchval("select count(*) from message where sender ~ '[\\r\\n]'") == 0
    finally:
        await link.close()
