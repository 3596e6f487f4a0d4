"""A customer of Mitto who has changed nothing but the host name: send, be told, answer, convert, count."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio

from tests.acceptance.served import Client, Reply, Served, eventually

RECIPIENT = "8801712340001"
NAMES = (
    "msgid",
    "sendtime",
    "status",
    "receiver",
    "mcc",
    "mnc",
    "cost",
    "errorcode",
    "sendtimestamp",
    "reference",
)


class Caught:
    """A customer's web server: remembers what it was called with, and answers 200."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        """Method, path, query, form."""
        self.url = ""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1]) if length else 0)
        method, target, _ = head.split("\r\n")[0].split(" ")
        url = urlsplit(target)
        query, form = (
            dict(parse_qsl(t, keep_blank_values=True)) for t in (url.query, body.decode())
        )
        self.calls.append((method, url.path, query, form))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def told(self, path: str, count: int) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """What came to a path, once so many calls have come to it."""

        async def look() -> list[tuple[str, dict[str, str], dict[str, str]]]:
            found = [(m, query, form) for m, place, query, form in self.calls if place == path]
            return found if len(found) >= count else []

        what = f"{count} calls of {path}"
        found: list[Any] = await eventually(look, what, within_seconds=15)
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def caught() -> AsyncIterator[Caught]:
    server = Caught()
    await server.start()
    yield server
    await server.stop()


async def call(served: Served, client: Client, path: str, body: object = None) -> Reply:
    key = served.known["mitto"]["X-Mitto-API-Key"]
    method = "GET" if body is None else "POST"
    return await client.call(method, path, body, {"X-Mitto-API-Key": key})


def message(**fields: object) -> dict[str, object]:
    return {"from": "Heliograph", "to": RECIPIENT, "text": "Your code is 482913"} | fields


async def test_a_message_is_reported_with_all_ten_names(
    served: Served, client: Client, caught: Caught
) -> None:
    template = caught.url + "/dlr?" + "&".join(f"{name}=<{name}>" for name in NAMES)
    began = datetime.now(UTC) - timedelta(seconds=1)
    reply = await call(
        served, client, "/sms", message(reference="Spring & campaign", callback=template)
    )
    sent = reply.json
    assert (sent["responseCode"], sent["responseText"]) == (0, "SMS sent")
    told = await caught.told("/dlr", 2)
    assert [method for method, _, _ in told] == ["GET", "GET"]
    assert [query["status"] for _, query, _ in told] == ["SENT", "DELIVERED"]
    for _, query, _ in told:
        assert set(query) == set(NAMES)
        assert (query["msgid"], query["receiver"]) == (sent["id"], RECIPIENT)
        assert (query["reference"], query["errorcode"]) == ("Spring & campaign", "0")
        assert (query["cost"], query["mcc"]) == ("0.35", "470")
        assert query["mnc"].isdigit()
        at = datetime.strptime(query["sendtime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert began - timedelta(seconds=1) <= at <= datetime.now(UTC)
        # A carrier's receipt names its time to the minute.
        seconds = int(query["sendtimestamp"])
        assert began.timestamp() - 60 <= seconds <= datetime.now(UTC).timestamp()


async def test_a_credential_may_write_unicode_in_hexadecimal(
    served: Served, client: Client
) -> None:
    """As the vendor's C# client does (facts 1.2)."""
    made = await client.native(
        "POST",
        "/v1/credentials",
        {"label": "C#", "dialect": "mitto", "settings": {"unicode": "hex"}},
    )
    assert made.status == 201, made
    key = {"X-Mitto-API-Key": made.json["secret"]}
    to = "8801712340077"
    fields = message(to=to, type="Unicode", text="017D00200026")
    sent = await client.call("POST", "/sms", fields, key)
    assert (sent.json["responseCode"], sent.json["textLength"]) == (0, 3), sent
    tested = await client.call("POST", "/sms", fields | {"test": True}, key)
    assert (tested.json["responseCode"], tested.json["textLength"]) == (0, 3), tested
    refused = await client.call("POST", "/sms", fields | {"text": "Hello"}, key)
    assert (refused.json["responseCode"], refused.json["textLength"]) == (4, 0), refused

    async def shown() -> list[str]:
        screen = (await client.native("GET", f"/v1/simulator/handsets/{to}")).json
        return [each["text"] for each in screen["messages"]]

    assert await eventually(shown, "the text on the handset", within_seconds=15) == ["Ž &"]


async def test_only_the_statuses_that_were_asked_for_are_told(
    served: Served, client: Client, caught: Caught
) -> None:
    fields = message(callback=f"{caught.url}/$status$/x", deliveryStatusesToNotify="DELIVERED")
    await call(served, client, "/v2/sms.json", fields)
    await caught.told("/DELIVERED/x", 1)
    assert [path for _, path, _, _ in caught.calls] == ["/DELIVERED/x"]


async def test_the_accounts_url_is_told_by_post_and_of_messages_from_handsets(
    served: Served, client: Client, caught: Caught
) -> None:
    made = await client.native(
        "POST",
        "/v1/endpoints",
        {
            "url": caught.url + "/account/<msgid>",
            "dialect": "mitto",
            "settings": {"method": "POST"},
            "events": ["message.delivered"],
        },
    )
    assert made.status == 201, made
    arrivals = await client.native(
        "POST",
        "/v1/endpoints",
        {"url": caught.url + "/mo", "dialect": "mitto", "events": ["message.received"]},
    )
    assert arrivals.status == 201, arrivals
    try:
        sent = (await call(served, client, "/sms", message())).json
        ((method, query, form),) = await caught.told(f"/account/{sent['id']}", 1)
        assert (method, query) == ("POST", {})
        assert (form["status"], form["msgid"], set(form)) == ("DELIVERED", sent["id"], set(NAMES))
        await client.native(
            "POST",
            "/v1/simulator/handsets/8801811111111/messages",
            {"to": "8809610000001", "text": "Yes & no"},
        )
        ((method, query, _),) = await caught.told("/mo", 1)
        assert (method, query["coding"], query["content"]) == ("GET", "GSM", "Yes & no")
        assert (query["sender"], query["receiver"]) == ("8801811111111", "8809610000001")
        assert re.fullmatch(r"[0-9a-f]{32}", query["msgid"])
    finally:
        for each in (made, arrivals):
            await client.native("DELETE", f"/v1/endpoints/{each.json['id']}")
        await client.native("POST", "/v1/inbound/take")


async def test_a_url_of_this_machine_in_disguise_or_without_a_host_is_refused(
    client: Client,
) -> None:
    for url in ("http://169.254.169.254/<msgid>", "https://<msgid>.example/", "https://$mcc$/"):
        reply = await client.native("POST", "/v1/endpoints", {"url": url, "dialect": "mitto"})
        assert reply.status == 422, (url, reply)


async def test_a_bulk_call_gives_an_id_to_each(served: Served, client: Client) -> None:
    fields = message(to=[RECIPIENT, "+8801712340002", RECIPIENT])
    said = (await call(served, client, "/smsbulk?format=json", fields)).json
    assert [each["to"] for each in said["messages"]] == [RECIPIENT, "8801712340002", RECIPIENT]
    assert len({each["id"] for each in said["messages"]}) == 3


async def test_a_test_call_sends_nothing_and_has_no_id(served: Served, client: Client) -> None:
    lonely = "8801712340099"
    said = (await call(served, client, "/sms", message(to=lonely, test=True))).json
    assert (said["responseCode"], said["test"], "id" in said) == (0, True, False)
    found = (await client.native("GET", f"/v1/messages?to={lonely}")).json
    assert found["items"] == []


async def test_a_conversion_is_marked_and_counted(served: Served, client: Client) -> None:
    sent = (await call(served, client, "/sms", message())).json
    for _ in range(2):
        said = await call(served, client, "/sms/converted", {"messageId": sent["id"]})
        assert (said.status, said.body) == (200, b"OK")
    unknown = "8d19cf53-a264-4cc6-800c-95600aeb9141"
    said = await call(served, client, "/sms/converted", {"messageId": unknown})
    assert (said.status, said.json) == (404, f'No convertible message found for id "{unknown}"')


async def test_usage_is_told_by_country(served: Served, client: Client) -> None:
    await call(served, client, "/sms", message())
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    period = {"startDate": today, "endDate": today, "accountName": "demo"}
    said = await call(served, client, "/usage/bycountry", period)
    assert said.status == 200, said
    found = {line["country"]: line for line in said.json}
    assert found["BGD"]["messagesCount"] >= 1
    assert found["BGD"]["cost"] > 0
    long = period | {"startDate": "2020-01-01"}
    refused = await call(served, client, "/usage/bycountry", long)
    assert (refused.status, refused.json) == (
        400,
        {"error": "Maximum queryable period is 31 days"},
    )
    native = (await client.native("GET", f"/v1/usage?since={today}&until={today}")).json
    assert "BD" in [line["country"] for line in native["items"]]


async def test_fields_may_come_by_query_and_answers_in_xml(served: Served, client: Client) -> None:
    query = f"from=Heliograph&to={RECIPIENT}&text=Hi&type=Unicode"
    said = await call(served, client, f"/sms.xml?{query}")
    assert said.headers["Content-Type"].startswith("application/xml")
    assert b"<responseCode>0</responseCode>" in said.body


async def test_the_figures_of_routes_are_there_for_the_operator_alone(client: Client) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    path = f"/v1/routes/statistics?since={today}&until={today}"
    assert "items" in (await client.native("GET", path)).json
    assert (await client.call("GET", path, None, {})).status == 401


@pytest.mark.parametrize("key", ["", "x", "x" * 5000])
async def test_without_the_key_nothing_is_said(client: Client, key: str) -> None:
    said = await client.call("POST", "/sms", {}, {"X-Mitto-API-Key": key} if key else {})
    assert (said.status, said.json) == (401, {"responseText": "Invalid or no API Key specified"})


async def test_as_a_carrier_it_takes_messages_and_tells_what_became_of_them(
    served: Served, client: Client
) -> None:
    """The vendor is an account of the same house: its door on one side, its carrier face on the other."""
    vendor = (
        await client.native(
            "POST", "/v1/accounts", {"name": "vendor", "credit_limit": "100", "any_sender": True}
        )
    ).json
    key = "vendors-key-0123456789"
    made = await client.native(
        "POST",
        f"/v1/credentials?account={vendor['id']}",
        {"dialect": "mitto", "secret": key, "scopes": ["send", "read"]},
    )
    assert made.status == 201, made
    settings = {"base_url": served.url, "api_key_secret": key}
    carrier = {"name": "by-mitto", "kind": "mitto", "settings": settings}
    assert (await client.native("POST", "/v1/carriers", carrier)).status == 201
    accounts = (await client.native("GET", "/v1/accounts")).json["items"]
    (demo,) = (each["id"] for each in accounts if each["name"] == "demo")
    route = await client.native(
        "POST",
        "/v1/routes",
        {
            "name": "by mitto",
            "position": 5,
            "account": demo,
            "prefix": "41",
            "targets": [{"carrier": "by-mitto"}],
        },
    )
    assert route.status == 201, route
    try:
        sent = await client.native(
            "POST", "/v1/messages", {"from": "Heliograph", "to": "+41751231234", "text": "Grüezi"}
        )
        found = await client.delivered(sent.json["id"])
    finally:
        await client.native("DELETE", f"/v1/routes/{route.json['id']}")
    (taken,) = (event for event in found["trace"] if event["type"] == "message.sent")
    assert re.fullmatch(r"[0-9a-f]{32}", taken["detail"]["carrier_ids"][0])
    (last,) = (event for event in found["trace"] if event["type"] == "message.delivered")
    assert (last["vendor_code"], last["carrier"]) == ("DELIVERED:0", taken["carrier"])
