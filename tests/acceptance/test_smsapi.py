"""smsAPI over real connections: a group from sendsms to sent, a handset's message, a call, no way out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.acceptance.served import Client, Reply, Served, eventually
from tests.acceptance.test_bad_input import NASTY

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NUMBER = "8809610000001"


async def _get(client: Client, served: Served, command: str, **fields: str) -> Any:
    known = served.known["smsapi"]
    login = {"apikey": known["apikey"], "apitoken": known["apitoken"]}
    reply = await client.call("GET", f"/x/smsAPI?{command}&{urlencode(login | fields)}", None, {})
    return _answer(reply)


def _answer(reply: Reply) -> Any:
    assert reply.status == 200, reply
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json


async def test_a_group_is_taken_sent_and_told_of_each_recipient(
    served: Served, client: Client
) -> None:
    known = served.known["smsapi"]
    body = {
        **known,
        "to": "8801712345671;+8801712345672\n8801712345671,bad",
        "text": "Good morning",
    }
    octets = urlencode(body | {"type": "Unicode", "scheduledate": "2019-02-10 13:37:51"}).encode()
    taken = _answer(await client.call("POST", "/smsAPI?sendsms", octets, FORM))
    assert list(taken) == ["request", "status", "group_id", "date"]
    assert (taken["request"], taken["status"]) == ("sendsms", "queued")
    assert taken["group_id"].isdigit()

    async def told() -> Any:
        login = urlencode({"apikey": known["apikey"], "apitoken": known["apitoken"]})
        path = f"/smsAPI&groupstatus&{login}&groupid={taken['group_id']}"
        group = _answer(await client.call("GET", path, None, {}))
        done = all(each["status"] == "sent" for each in group["recipients"])
        return group if done else None

    group = await eventually(told, "groupstatus says sent", within_seconds=15)
    assert list(group) == [
        "request",
        "status",
        "group_id",
        "group_status",
        "recipients",
        "date",
    ]
    assert (group["status"], group["group_status"]) == ("success", "sent")
    assert (group["group_id"], group["date"]) == (taken["group_id"], taken["date"])
    assert [each["to"] for each in group["recipients"]] == ["8801712345671", "8801712345672"]
    screen = (await client.native("GET", "/v1/simulator/handsets/8801712345671")).json
    assert [each["text"] for each in screen["messages"]] == ["Good morning"]


async def test_a_message_from_a_handset_is_unread_once_and_then_among_all(
    served: Served, client: Client
) -> None:
    sent = await client.native(
        "POST",
        "/v1/simulator/handsets/8801811111122/messages",
        {"to": NUMBER, "text": "Good evening"},
    )
    assert sent.status < 300, sent

    async def unread() -> Any:
        inbox = (await _get(client, served, "getinbox"))["inbox"]
        return [each for each in inbox if each["from"] == "8801811111122"]

    (message,) = await eventually(unread, "getinbox has it", within_seconds=15)
    assert (message["message"], message["to"]) == ("Good evening", NUMBER)
    assert list(message) == ["id", "from", "to", "message", "date"]
    assert await unread() == []
    everything = await _get(client, served, "getinbox", list="all")
    assert message in everything["inbox"]


async def test_a_call_rings_on_the_handset_and_is_paid_for(served: Served, client: Client) -> None:
    before = (await _get(client, served, "balance"))["balance"]
    call = {"type": "voice", "from": "Heliograph", "to": "8801712345673", "language": "en"}
    taken = await _get(client, served, "sendsms", **call, text="Your code is 4711", duration="9")
    assert taken["status"] == "queued"

    async def rings() -> Any:
        screen = (await client.native("GET", "/v1/simulator/handsets/8801712345673")).json
        return screen["messages"]

    (shown,) = await eventually(rings, "the handset rings", within_seconds=15)
    assert (shown["channel"], shown["text"]) == ("voice", "Your code is 4711")
    (found,) = (await client.native("GET", "/v1/messages?to=8801712345673")).json["items"]
    kept = {name: found[name] for name in ("channel", "language", "duration_seconds", "parts")}
    assert kept == {"channel": "voice", "language": "en", "duration_seconds": 9, "parts": 1}
    after = (await _get(client, served, "balance"))["balance"]
    assert float(after) < float(before)


async def test_a_native_caller_sends_a_call_that_plays_a_file(client: Client) -> None:
    media = "https://example.com/good-morning.mp3"
    call = {"from": "Heliograph", "to": "+8801712345674", "channel": "voice", "media_url": media}
    sent = await client.native("POST", "/v1/messages", call)
    assert sent.status == 201, sent
    found = await client.delivered(sent.json["id"])
    assert (found["channel"], found["media_url"]) == ("voice", media)
    screen = (await client.native("GET", "/v1/simulator/handsets/8801712345674")).json
    assert [each["media_url"] for each in screen["messages"]] == [media]


async def test_a_credential_has_a_zone_of_its_own_and_a_list_of_addresses(client: Client) -> None:
    made = {"dialect": "smsapi", "secret": "lamp1234", "label": "own_zone"}
    wrong = await client.native(
        "POST", "/v1/credentials", made | {"name": "x", "settings": {"timezone": "Dhaka"}}
    )
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "settings")
    for name, more in (
        ("dhaka", {"settings": {"timezone": "Asia/Dhaka"}}),
        ("elsewhere", {"allowed_networks": ["192.0.2.0/24"]}),
    ):
        reply = await client.native("POST", "/v1/credentials", made | {"name": name} | more)
        assert reply.status == 201, reply

    fields = {"from": "Heliograph", "to": "8801712345677", "text": "x", "apitoken": "lamp1234"}
    tomorrow = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=1)
    later = urlencode(fields | {"apikey": "dhaka", "scheduledate": str(tomorrow)})
    taken = _answer(await client.call("GET", f"/smsAPI?sendsms&{later}", None, {}))
    assert taken["status"] == "queued"
    (found,) = (await client.native("GET", "/v1/messages?to=8801712345677")).json["items"]
    at = tomorrow.replace(tzinfo=UTC) - timedelta(hours=6)
    assert found["status"] == "scheduled"
    assert datetime.fromisoformat(found["send_at"]) == at

    refused = urlencode(fields | {"apikey": "elsewhere"})
    answer = _answer(await client.call("GET", f"/smsAPI?sendsms&{refused}", None, {}))
    assert answer["message"] == "IP address not allowed"


async def test_no_endpoint_can_be_called_in_this_form(client: Client) -> None:
    reply = await client.native(
        "POST", "/v1/endpoints", {"url": "https://shop.example/hook", "dialect": "smsapi"}
    )
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "dialect")


async def test_what_cannot_be_done_is_told_in_the_vendors_words(
    served: Served, client: Client
) -> None:
    sms = {"from": "Heliograph", "to": "8801712345675", "text": "x"}
    for wrong, message in (
        ({"text": ""}, "Message Field Is Empty"),
        ({"from": "NotOurs"}, "Sender ID not allowed"),
        ({"to": "12,nobody"}, "No Valid Recipients Supplied"),
        ({"type": "music"}, "Invalid message type"),
        ({"scheduledate": "2999-01-01"}, "Invalid schedule date"),
        ({"apitoken": "wrong"}, "Invalid user"),
        ({"route": "1"}, "No route to this destination"),
    ):
        answer = await _get(client, served, "sendsms", **(sms | wrong))
        assert answer == {"request": "sendsms", "status": "error", "message": message}
    unknown = await _get(client, served, "groupstatus", groupid="1234")
    assert unknown["message"] == "Group not found"


_CALLS = {
    "sendsms": {
        "type": "voice",
        "from": "Heliograph",
        "to": "8801712345676",
        "text": "fuzz",
        "file": "https://example.com/a.mp3",
        "language": "en",
        "scheduledate": "2027-01-01 00:00:00",
        "duration": "1",
        "route": "0",
    },
    "groupstatus": {"groupid": "1234"},
    "getinbox": {"list": "all"},
    "balance": {},
}


@pytest.mark.parametrize("command", list(_CALLS))
async def test_every_field_holds_nasty_values_without_harm(
    served: Served, client: Client, command: str
) -> None:
    known = served.known["smsapi"]
    whole = {"apikey": known["apikey"], "apitoken": known["apitoken"]} | _CALLS[command]
    for field in whole:
        for value in NASTY:
            word = value if isinstance(value, str) else json.dumps(value)
            pairs = urlencode(whole | {field: word}, errors="surrogatepass")
            answer = _answer(await client.call("POST", f"/smsAPI?{command}", pairs.encode(), FORM))
            assert all(isinstance(each, str | list) for each in answer.values()), answer
            if "balance" not in answer:
                assert answer["status"] in ("queued", "success", "error"), answer


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"sendsms", b"&" * 30_000, b"sendsms&to=" + b"8801," * 50_000, b"x" * 3_000_000],
    ids=["empty", "nul", "bare", "many", "list", "large"],
)
async def test_a_body_that_is_no_request_gets_the_vendors_object(
    client: Client, body: bytes
) -> None:
    answer = _answer(await client.call("POST", "/smsAPI", body, FORM))
    assert list(answer) == ["request", "status", "message"]
    assert answer["status"] == "error"


async def test_none_of_this_left_a_mark(served: Served, client: Client) -> None:
    """Runs last in this file; what was sent above has ended when the next begins."""

    async def still() -> bool:
        found = await client.native("GET", "/v1/messages?status=queued")
        return found.json["items"] == []

    await eventually(still, "nothing waits", within_seconds=15)
    assert "Traceback" not in served.said()
