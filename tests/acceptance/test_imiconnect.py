"""IMIconnect over real connections: signed reports, batches, messages from handsets, keywords."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from aiohttp import web

from tests.acceptance.served import Client, Reply, Served, eventually
from tests.acceptance.test_bad_input import NASTY

PATH = "/resources/v1/messaging"
TO = "8801712345678"
SECRET = "shared with the receiver"
NUMBER = "8809610000077"
SHORT_CODE = "16277"


class Call(NamedTuple):
    """One call to the service's URLs."""

    path: str
    signature: str
    body: bytes

    @property
    def said(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class Shop:
    """A service of the demo account, and the server that its URLs lead to."""

    def __init__(self, client: Client, url: str) -> None:
        self.client = client
        self.url = url
        self.calls: list[Call] = []
        self.service = ""
        self.key = ""

    async def made(self, path: str, **body: Any) -> Any:
        """Something that the native API makes."""
        reply = await self.client.native("POST", path, body)
        assert reply.status == 201, reply
        return reply.json

    async def set_up(self) -> None:
        """The service with its key, its two URLs, its number and its keyword."""
        self.service = (await self.made("/v1/services", name="Shop of IMIconnect"))["id"]
        credential = {"dialect": "imiconnect", "service": self.service}
        self.key = (await self.made("/v1/credentials", **credential))["secret"]
        endpoint = {"dialect": "imiconnect", "service": self.service}
        await self.made(
            "/v1/endpoints",
            **endpoint,
            url=f"{self.url}/dr",
            events=["message.sent", "message.delivered", "message.expired", "message.failed"],
            settings={"signature_secret": SECRET, "signature_algorithm": "sha512"},
        )
        mo = {"url": f"{self.url}/mo", "events": ["message.received"]}
        await self.made("/v1/endpoints", **endpoint, **mo)
        await self.made("/v1/numbers", msisdn=NUMBER, service=self.service)
        await self.made("/v1/numbers", msisdn=SHORT_CODE, country="BD")
        await self.made("/v1/keywords", number=SHORT_CODE, word="JOIN", service=self.service)

    async def send(self, body: object, key: str | None = None) -> Reply:
        """POST /resources/v1/messaging."""
        return await self.client.call("POST", PATH, body, {"key": key or self.key})

    async def status(self, transid: str) -> Any:
        """GET …/status/{transid}."""
        reply = await self.client.call("GET", f"{PATH}/status/{transid}", None, {"key": self.key})
        assert reply.status == 200, reply
        return reply.json

    async def told(self, path: str, transid: str, count: int) -> list[Call]:
        """So many reports on a message, in their order."""

        async def look() -> list[Call] | None:
            found = [call for call in self.calls if call.path == path and transid == _id(call)]
            return found if len(found) >= count else None

        found: list[Call] = await eventually(look, f"{path} is told of it", within_seconds=15)
        return found


def _id(call: Call) -> str:
    return str(call.said.get("deliveryInfoNotification", {}).get("transid", ""))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(client: Client) -> AsyncIterator[Shop]:
    """A customer who has moved here from IMIconnect."""

    async def take(request: web.Request) -> web.Response:
        signature = request.headers.get("x-hub-signature", "")
        found.calls.append(Call(request.path, signature, await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    found = Shop(client, f"http://127.0.0.1:{port}")
    await found.set_up()
    yield found
    await runner.cleanup()
    await client.native("POST", "/v1/inbound/take")  # others look into the same inbox


def _message(**more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "deliverychannel": "sms",
        "channels": {"sms": {"text": "Hello $(name)", "senderid": "Heliograph"}},
        "destination": [{"msisdn": [TO], "name": "Ada"}],
    }
    return body | more


async def test_a_message_is_queued_reported_signed_and_its_status_told(shop: Shop) -> None:
    reply = await shop.send(_message(correlationid="cid", callbackData="back"))
    assert reply.status == 200
    ((element),) = reply.json["response"]
    assert (element["code"], element["description"], element["correlationid"]) == (
        "1001",
        "Queued",
        "cid",
    )
    calls = await shop.told("/dr", element["transid"], 2)
    reports = [call.said["deliveryInfoNotification"] for call in calls]
    assert [report["deliveryInfo"]["code"] for report in reports] == ["7501", "7500"]
    for call, report in zip(calls, reports, strict=True):
        expected = hmac.new(SECRET.encode(), call.body, hashlib.sha512).hexdigest()
        assert call.signature == expected
        assert (report["correlationid"], report["callbackData"]) == ("cid", "back")
        assert report["deliveryInfo"]["destination"] == TO
    (status,) = await shop.status(element["transid"])
    assert (status["status"], status["body"], status["to"]) == ("delivered", "Hello Ada", TO)


async def test_a_batch_with_a_bad_element_is_reported_to_its_own_url_by_its_transids(
    shop: Shop,
) -> None:
    own = {"notifyurl": f"{shop.url}/own"}
    bad = _message(**own, channels={"sms": {}})
    two = _message(**own, destination=[{"msisdn": [TO, "8801712345679"]}])
    elements = (await shop.send([two, bad, _message(**own)])).json["response"]
    assert [element["code"] for element in elements] == ["1001", "1001", "7003", "1001"]
    whole = elements[0]["transid"]
    names = [whole, f"{whole}_1", f"{whole}_2", f"{whole}_3"]
    assert [element["transid"] for element in elements] == names
    for place in (0, 1, 3):
        calls = await shop.told("/own", names[place], 2)
        assert {call.signature for call in calls} == {""}
        (status,) = await shop.status(names[place])
        assert (status["transactionid"], status["status"]) == (names[place], "delivered")
    assert (await shop.status(names[2]))["response"]["code"] == "7004"
    assert not [call for call in shop.calls if call.path == "/dr" and _id(call) in names]


@pytest.mark.parametrize(
    ("more", "code", "word"),
    [
        ({"expiry": "2015-04-12T18:51:19"}, "7208", "Un-Delivered"),
        ({"channels": {"sms": {"text": "No sender"}}}, "7101", "Failed"),
    ],
)
async def test_what_cannot_be_attempted_is_queued_and_reported(
    shop: Shop, more: dict[str, Any], code: str, word: str
) -> None:
    (element,) = (await shop.send(_message(**more))).json["response"]
    assert element["code"] == "1001"
    (call,) = await shop.told("/dr", element["transid"], 1)
    info = call.said["deliveryInfoNotification"]["deliveryInfo"]
    assert (info["code"], info["deliveryStatus"]) == (code, word)
    (status,) = await shop.status(element["transid"])
    assert (status["error_code"], status["status"]) == (
        code,
        "expired" if code == "7208" else "failed",
    )


async def test_messages_from_handsets_reach_the_service_by_its_number_and_its_keyword(
    shop: Shop, client: Client
) -> None:
    handset = "8801811111177"
    for number, text in (
        (NUMBER, "Good morning"),
        (SHORT_CODE, "JUST a word"),
        (SHORT_CODE, "join us"),
    ):
        path = f"/v1/simulator/handsets/{handset}/messages"
        reply = await client.native("POST", path, {"to": number, "text": text})
        assert reply.status < 300, reply

    async def look() -> list[Any] | None:
        found = [call.said for call in shop.calls if call.path == "/mo"]
        return found if len(found) >= 2 else None

    found = await eventually(look, "the MO URL is told", within_seconds=15)
    assert {(each["da"], each["message"]) for each in found} == {
        (NUMBER, "Good morning"),
        (SHORT_CODE, "join us"),
    }
    for each in found:
        keys = ["userId", "channel", "da", "oa", "message", "tid", "datetime", "ts"]
        assert list(each) == keys
        assert (each["oa"], each["channel"], each["userId"]) == (handset, "SMS", "")


async def test_keys_decide_who_is_heard(shop: Shop, client: Client) -> None:
    assert (await shop.send(_message(), key="wrong")).json["response"]["code"] == "7001"
    reply = await client.call("POST", PATH, _message(), {})
    assert reply.json["response"]["code"] == "7002"
    asleep = (await shop.made("/v1/services", name="Asleep", active=False))["id"]
    made = await shop.made("/v1/credentials", dialect="imiconnect", service=asleep)
    assert (await shop.send(_message(), key=made["secret"])).json["response"]["code"] == "7007"
    far = await shop.made(
        "/v1/credentials", dialect="imiconnect", allowed_networks=["192.0.2.0/24"]
    )
    assert (await shop.send(_message(), key=far["secret"])).json["response"]["code"] == "7127"


async def test_an_endpoint_that_cannot_be_told_in_this_form_is_refused(client: Client) -> None:
    wish = {"url": "https://shop.example/dr", "dialect": "imiconnect"}
    for more in (
        {"events": ["*"]},
        {"settings": {"signature_algorithm": "md5"}},
        {"settings": {"method": "GET"}},
        {"dialect": "mimsms"},
    ):
        reply = await client.native("POST", "/v1/endpoints", wish | more)
        assert reply.status == 422, (more, reply)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"12", b"\xff\xfe", b"[" * 100_000])
async def test_a_body_that_is_no_request_gets_the_object(shop: Shop, body: bytes) -> None:
    _is_fault(await shop.client.call("POST", PATH, body, {"key": shop.key}))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 405),
        ("POST", PATH + "/nothing", 404),
        ("GET", PATH + "/status/nonsense", 200),
        ("GET", PATH + "/status/%00", 200),
        ("GET", PATH + "/status/f9793c83-f0b7-4200-99d9-20111c507baf", 200),
    ],
)
async def test_what_is_not_there_gets_the_object(
    shop: Shop, method: str, path: str, status: int
) -> None:
    reply = await shop.client.call(method, path, None, {"key": shop.key})
    assert reply.status == status
    assert reply.json["response"]["code"] == "7004"


@pytest.mark.parametrize(
    "field",
    [
        *("correlationid", "conversationid", "callbackData", "notifydata", "notifyurl", "route"),
        *("expiry", "priority", "deliverychannel", "message", "channels", "destination"),
        *("sms.text", "sms.senderid", "sms.type", "sms.body", "sms.media-path", "sms.parameters"),
        *("to.msisdn", "to.customerid", "to.correlationid", "to.name", "smartlinks", "template"),
    ],
)
async def test_every_field_holds_nasty_values_without_harm(shop: Shop, field: str) -> None:
    for value in NASTY:
        body = _nasty(field, value)
        octets = json.dumps([body, body]).encode("utf-8", "surrogatepass")
        for sent in (octets, octets[1 : len(octets) // 2] + b"}"):
            reply = await shop.client.call("POST", PATH, sent, {"key": shop.key})
            assert "X-Injected" not in reply.headers
            assert reply.status == 200, (value, reply)
            response = reply.json["response"]
            elements = response if isinstance(response, list) else [response]
            assert {element["code"] for element in elements} <= _CODES, (value, reply)


_CODES = {"1001", "7000", "7003", "7004", "7009", "7101", "7102", "7107", "7108"}


def _nasty(field: str, value: Any) -> dict[str, Any]:
    body = _message()
    place, _, name = field.partition(".")
    if place == "sms":
        body["channels"]["sms"] |= {name: value} | ({"type": 3} if name == "body" else {})
    elif place == "to":
        body["destination"][0] |= {name: value}
    elif place == "smartlinks":
        body["channels"]["smartlinks"] = [{"linkid": value, "validity": 5}, value]
    elif place == "template":
        body["message"] = {"template": value, "parameters": {"a": value}}
    else:
        body[field] = value
    return body


def _is_fault(reply: Reply) -> None:
    assert reply.status == 200, reply
    assert list(reply.json["response"]) == ["code", "description", "transid"]
    assert reply.json["response"]["code"] in ("7000", "7003")


async def test_afterwards_nothing_has_failed_inside(served: Served, shop: Shop) -> None:
    """Runs last in this file."""
    assert (await shop.send(_message())).json["response"][0]["code"] == "1001"
    assert "Traceback" not in served.said()
