"""What a door refuses is kept for the account that it belongs to, with the reason and without secrets."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import aiohttp
import pytest_asyncio

from heliograph import demo
from heliograph.config import Config
from heliograph.model.account import Credential, Mode, Scope
from heliograph.model.secret import hash_secret, make_key
from heliograph.smpp import (
    BindTransmitter,
    CommandStatus,
    Destination,
    QuerySm,
    Role,
    Session,
    SubmitMulti,
)
from heliograph.store import kept
from heliograph.transport.smpp import SmppConnection, connect
from heliograph.wiring import House
from tests.edge.smpp.conftest import Client

WORDS = "The words of a message 4711"
NOWHERE = "12"
"""No number."""
RIGHT = "8801712345678"


class Call(NamedTuple):
    """A request to one of the doors."""

    method: str
    path: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: Any = None


class Place:
    """A house with one customer, who has credentials for every door."""

    def __init__(self, house: House, known: dict[str, Any], client: aiohttp.ClientSession) -> None:
        self.house = house
        self.known = known
        self.client = client
        self._clients: list[Client] = []

    async def call(self, call: Call) -> int:
        """The HTTP status of the reply."""
        body = call.body
        headers = dict(call.headers)
        if isinstance(body, dict | list):
            body = json.dumps(body)
            headers.setdefault("content-type", "application/json")
        url = self.known["base_url"] + call.path
        async with self.client.request(call.method, url, data=body, headers=headers) as reply:
            await reply.read()
            return reply.status

    async def smpp(self) -> Client:
        """A client that is connected."""
        await connect(
            self._greet,
            self.known["smpp"]["host"],
            self.known["smpp"]["port"],
            session=lambda now: Session(Role.ESME, now, window=50),
        )
        return self._clients[-1]

    def _greet(self, connection: SmppConnection) -> Client:
        self._clients.append(Client(connection))
        return self._clients[-1]

    def bearer(self, name: str = "api_key") -> dict[str, str]:
        return {"authorization": f"Bearer {self.known['native'][name]}"}

    async def refused(self, query: str = "", *, key: str = "api_key") -> list[dict[str, Any]]:
        """What is shown to whoever has the key, oldest first."""
        await self.house.refused.sweep()
        url = f"{self.known['base_url']}/v1/requests/refused{query}"
        async with self.client.get(url, headers=self.bearer(key)) as reply:
            assert reply.status == 200, await reply.read()
            return (await reply.json())["items"][::-1]

    def stop(self) -> None:
        for client in self._clients:
            client.connection.abort("the test is over")


async def _key(house: House, *scopes: Scope) -> str:
    """Of the demo's account."""
    secret = make_key(Mode.LIVE, os.urandom(32))
    async with house.database.transaction() as link:
        account_id = await link.fetchval("select account_id from credential limit 1")
        credential = Credential(
            account_id=account_id,
            id=0,
            dialect="native",
            name="",
            secret_hash=hash_secret(house.key, "native", "", secret),
            hint=secret[-4:],
            scopes=scopes,
            created_at=house.now(),
        )
        await kept.insert(link, house.vault, credential)
    await house.reload()
    return secret


@pytest_asyncio.fixture(loop_scope="session")
async def place(database_dsn: str, tmp_path: Path) -> AsyncIterator[Place]:
    house = House(Config(data=tmp_path, database=database_dsn, port=0, demo=True))
    await house.start()
    try:
        known = await demo.prepare(house)
        known["native"] = {
            "api_key": await _key(house, Scope.SEND, Scope.READ),
            "operator_key": await _key(house, Scope.ADMIN),
        }
        async with aiohttp.ClientSession(headers={"user-agent": "shop/1"}) as client:
            made = Place(house, known, client)
            yield made
            made.stop()
    finally:
        await house.stop()


def _calls(known: dict[str, Any]) -> dict[str, tuple[Call, Call, Call]]:
    """By door: one that is accepted, one with a number that is none, one with a wrong secret."""
    mimsms, smsapi = known["mimsms"], known["smsapi"]
    imi, mitto, whiz = known["imiconnect"], known["mitto"], known["messagewhiz"]
    bearer = {"authorization": f"Bearer {known['native']['api_key']}"}

    def native(to: str, headers: dict[str, str]) -> Call:
        body = {"to": to, "from": "Heliograph", "text": WORDS}
        return Call("POST", "/v1/messages", headers, body)

    def mims(to: str, secret: str) -> Call:
        fields = {
            **mimsms, "Apikey": secret, "MobileNumber": to, "Message": WORDS, "TransactionType": "T",
            "CampaignId": "null",
        }  # fmt: skip
        return Call("POST", "/api/SmsSending/SMS", {}, fields)

    def sms(to: str, secret: str) -> Call:
        fields = {**smsapi, "apitoken": secret, "type": "sms", "to": to, "text": WORDS}
        return Call("GET", f"/smsAPI?sendsms&{urlencode(fields)}")

    def connect_(to: str, secret: str) -> Call:
        body = {
            "deliverychannel": "sms",
            "channels": {"sms": {"senderid": imi["senderid"], "text": WORDS}},
            "destination": [{"msisdn": [to]}],
        }
        return Call("POST", "/resources/v1/messaging", {"key": secret}, body)

    def mit(to: str, secret: str) -> Call:
        body = {"from": mitto["from"], "to": to, "text": WORDS}
        return Call("POST", "/sms", {"X-Mitto-API-Key": secret}, body)

    def wz(to: str, secret: str) -> Call:
        body = {"message_body": WORDS, "sender": whiz["sender"], "recipient": to}
        return Call("POST", "/api/broadcasts/tiny/single", {"apikey": secret}, body)

    def three(make: Any, secret: str) -> tuple[Call, Call, Call]:
        return make(RIGHT, secret), make(NOWHERE, secret), make(RIGHT, "wrong-secret-of-nobody")

    wrong = {"authorization": "Bearer hg_live_wrong-secret-of-nobody"}
    return {
        "native": (native(RIGHT, bearer), native(NOWHERE, bearer), native(RIGHT, wrong)),
        "mimsms": three(mims, mimsms["Apikey"]),
        "smsapi": three(sms, smsapi["apitoken"]),
        "imiconnect": three(connect_, imi["key"]),
        "mitto": three(mit, mitto["X-Mitto-API-Key"]),
        "messagewhiz": three(wz, whiz["apikey"]),
    }


async def test_every_http_door_keeps_what_it_refused_and_nothing_of_what_it_accepted(
    place: Place,
) -> None:
    calls = _calls(place.known)
    for good, _, _ in calls.values():
        assert await place.call(good) < 300
    assert await place.refused() == []
    answered = {door: await place.call(bad) for door, (_, bad, _) in calls.items()}
    found = await place.refused()
    assert [each["dialect"] for each in found] == list(calls)
    for each in found:
        assert each["answered"] == str(answered[each["dialect"]]), each
        assert each["code"] in {"invalid_recipient", "invalid_field"}, each
        assert each["credential"].startswith("cred_")
        assert (each["agent"], each["address"]) == ("shop/1", "127.0.0.1")
    native = found[0]
    assert (native["operation"], native["field"]) == ("sendMessage", "/to")
    assert native["target"] == "POST /v1/messages"
    assert native["octets"] > 0
    smsapi = next(each for each in found if each["dialect"] == "smsapi")
    assert "apitoken=…" in smsapi["target"]


async def test_who_is_not_known_is_shown_to_the_operator_alone(place: Place) -> None:
    calls = _calls(place.known)
    for _, _, stranger in calls.values():
        await place.call(stranger)
    assert await place.refused() == []
    url = f"{place.known['base_url']}/v1/requests/refused?nobody=true"
    async with place.client.get(url, headers=place.bearer()) as reply:
        customer = reply.status
    found = await place.refused("?nobody=true", key="operator_key")
    assert customer == 403
    assert {each["dialect"] for each in found} == set(calls)
    assert {each["code"] for each in found} == {"unauthenticated"}
    named = {each["dialect"]: each.get("caller") for each in found if each.get("caller")}
    assert set(named) >= {"mimsms", "smsapi"}


async def test_neither_secrets_nor_texts_are_kept(place: Place) -> None:
    calls = _calls(place.known)
    for each in calls.values():
        for call in each[1:]:
            await place.call(call)
    token = place.known["smsapi"]["apitoken"]
    await place.call(Call("GET", f"/smsAPI&sendsms&apitoken={token}&text=4711"))
    await place.call(Call("GET", f"/v1/messages/nothing?key={token}&4711"))
    await place.house.refused.sweep()
    async with place.house.database.link() as link:
        whole = await link.fetchval("select string_agg(r::text, ' ') from refused_request r")
    secrets = [value for own in place.known.values() if isinstance(own, dict)
               for name, value in own.items() if "ey" in name.lower() or "token" in name.lower()]  # fmt: skip
    assert len(secrets) > 5
    for secret in [*secrets, "wrong-secret-of-nobody", WORDS, "4711"]:
        if secret not in (place.known["smsapi"]["apikey"],):  # that one is a name
            assert secret not in whole, secret


async def test_what_cannot_be_read_is_ascribed_by_its_secret(place: Place) -> None:
    own, typed = place.known["mimsms"], {"content-type": "application/json"}
    await place.call(Call("POST", "/api/SmsSending/SMS", {}, own))  # no number, no text
    await place.call(Call("POST", "/v1/messages", place.bearer() | typed, "{"))
    await place.call(Call("DELETE", "/v1/messages/export", place.bearer()))
    mimsms, native = await place.refused()
    assert (mimsms["dialect"], mimsms["code"]) == ("mimsms", "missing_field")
    assert (native["code"], native["answered"]) == ("malformed", "400")
    (other,) = await place.refused("?nobody=true", key="operator_key")
    assert other["code"] == "method_not_allowed"  # what leads nowhere is not read any further


async def test_a_request_of_which_a_part_was_refused_tells_how_much(place: Place) -> None:
    body = {"messages": [{"to": to, "from": "Heliograph", "text": "x"} for to in (RIGHT, NOWHERE)]}
    assert await place.call(Call("POST", "/v1/messages/bulk", place.bearer(), body)) == 201
    (found,) = await place.refused()
    assert (found["answered"], found["entries"]) == ("201", 1)
    assert found["code"] == "invalid_recipient"


async def test_binds_and_pdus_that_smpp_refuses_are_kept(place: Place) -> None:
    own = {name: place.known["smpp"][name] for name in ("system_id", "password")}
    stranger = await place.smpp()
    await stranger.bind(BindTransmitter(system_id=own["system_id"], password="wrong"))
    client = await place.smpp()
    await client.bind(BindTransmitter(**own))
    assert (await client.submit(b"fine")).command_status == CommandStatus.ROK
    bad = await client.submit(WORDS.encode(), destination_addr=NOWHERE)
    assert bad.command_status == CommandStatus.RINVDSTADR
    await client.ask(QuerySm(message_id="0123456789abcdef"))
    await client.submit(b"x", schedule_delivery_time="no time")
    some = [Destination(1, 1, RIGHT), Destination(1, 1, NOWHERE)]
    multi = await client.ask(
        SubmitMulti(
            source_addr="Heliograph",
            source_addr_ton=5,
            dest_addresses=tuple(some),
            short_message=b"x",
        )
    )
    assert multi.command_status == CommandStatus.ROK
    found = await place.refused("?dialect=smpp")
    told = [(each["operation"], each["answered"], each["code"]) for each in found]
    assert told == [
        ("submit_sm", "ESME_RINVDSTADR", "invalid_recipient"),
        ("query_sm", "ESME_RINVMSGID", "not_found"),
        ("submit_sm", "ESME_RINVSCHED", "invalid_field"),
        ("submit_multi", "ESME_ROK", "invalid_recipient"),
    ]
    assert [each.get("entries", 0) for each in found] == [0, 0, 0, 1]
    assert WORDS not in json.dumps(found)
    (bind,) = await place.refused("?nobody=true", key="operator_key")
    assert (bind["operation"], bind["answered"]) == ("bind_transmitter", "ESME_RINVPASWD")
    assert bind["caller"] == own["system_id"]
