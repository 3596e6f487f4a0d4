"""Other people's ESMEs at our SMPP server: the whole product in a process of its own, with its demo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import count
from typing import Any

import pytest

from heliograph.text import decode_gsm7, decode_ucs2
from tests.acceptance.served import Client, Served, eventually
from tests.interop.kannel import kannel
from tests.interop.peer import Peer, Said, npm, python

PEERS: dict[str, Callable[[], Awaitable[Peer]]] = {
    "smpplib 2.2.4": lambda: python("smpplib_client.py"),
    "npm smpp 0.5.1": lambda: npm("npm_client.cjs"),
    "Kannel 1.4.5": kannel,
}
LONG = "Ten chars€" * 40
EMOJI = "Grüße aus Köln 😀🎉 " * 9
PORTS = "06050415811581"
BODY = bytes(range(0, 200, 3)).hex()
SENDER = "Heliograph"
NUMBER = "8809610000001"
THROTTLED = 0x58
_numbers = count(8801711000100)


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    house = Served(tmp_path_factory.mktemp("interop") / "data", {"smpp_port": "0"})
    await house.start()
    try:
        yield house
    finally:
        await house.terminate()


@pytest.fixture
async def api(served: Served) -> AsyncIterator[Client]:
    client = Client(served)
    try:
        yield client
    finally:
        await client.close()


class Customer:
    """A foreign program, bound to our server."""

    def __init__(self, peer: Peer, served: Served, api: Client) -> None:
        self.peer = peer
        self.api = api
        self.login = served.known["smpp"]
        self.to = str(next(_numbers))

    async def bind(self, **login: str) -> Said:
        names = {name: self.login[name] for name in ("port", "system_id", "password")}
        self.peer.tell("bind", **{**names, **login})
        return await self.peer.next("bound")

    async def send(self, text: str, *, parts: int = 1, **options: Any) -> list[Said]:
        self.peer.tell("text", source=SENDER, destination=self.to, text=text, **options)
        answers = await self.peer.several("submitted", parts)
        assert [one["status"] for one in answers] == [0] * parts
        return answers

    async def taken(self, number: int = 1) -> list[dict[str, Any]]:
        """What the platform has for this customer's recipient, in the order of the parts."""

        async def look() -> list[dict[str, Any]] | None:
            reply = await self.api.native("GET", f"/v1/messages?to={self.to}")
            found: list[dict[str, Any]] = reply.json["items"]
            return found if len(found) >= number else None

        found: list[dict[str, Any]] = await eventually(
            look, f"{number} messages to {self.to}", within_seconds=10
        )
        return sorted(found, key=lambda one: (one.get("udh_hex") or "")[-2:])


@pytest.fixture
async def customer(peer: str, served: Served, api: Client) -> AsyncIterator[Customer]:
    process = await PEERS[peer]()
    try:
        yield Customer(process, served, api)
    finally:
        await process.stop()


@pytest.fixture
async def bound(customer: Customer) -> Customer:
    assert (await customer.bind())["status"] == 0
    return customer


def case(name: str) -> pytest.MarkDecorator:
    """This test, for every peer, as a row of the table."""
    return pytest.mark.parametrize(
        "peer",
        [pytest.param(peer, marks=pytest.mark.interop("server", peer, name)) for peer in PEERS],
    )


def joined(parts: Sequence[dict[str, Any]]) -> str:
    """A long text from what the platform keeps of its parts: octets first, characters afterwards."""
    octets = b"".join(bytes.fromhex(part["body_hex"]) for part in parts)
    return decode_ucs2(octets) if parts[0]["encoding"] == "ucs2" else decode_gsm7(octets)


@case("bind")
async def test_only_the_right_password_binds(customer: Customer) -> None:
    assert (await customer.bind(password="wrong"))["status"] != 0
    assert (await customer.bind())["status"] == 0


@case("single")
async def test_a_text_is_taken_as_it_was_written(bound: Customer) -> None:
    await bound.send("Hello @ [€5]")
    (message,) = await bound.taken()
    assert (message["text"], message["from"]) == ("Hello @ [€5]", SENDER)


@case("long GSM")
async def test_the_parts_of_a_long_text_are_taken_with_their_headers(bound: Customer) -> None:
    await bound.send(LONG, parts=3)
    assert joined(await bound.taken(3)) == LONG


@case("long UCS-2, emoji")
async def test_the_parts_of_a_long_text_with_emoji_are_taken(bound: Customer) -> None:
    parts = -(-len(EMOJI.encode("utf-16-be")) // 134)
    await bound.send(EMOJI, parts=parts)
    assert joined(await bound.taken(parts)) == EMOJI


@case("flash")
async def test_a_message_of_class_0_is_flash(bound: Customer) -> None:
    await bound.send("Look", flash=True)
    (message,) = await bound.taken()
    assert (message["text"], message["flash"]) == ("Look", True)


@case("binary with UDH")
async def test_octets_are_taken_under_their_header(bound: Customer) -> None:
    bound.peer.tell("octets", source=SENDER, destination=bound.to, udh=PORTS, body=BODY)
    assert (await bound.peer.next("submitted"))["status"] == 0
    (message,) = await bound.taken()
    assert (message["encoding"], message["udh_hex"], message["body_hex"]) == ("binary", PORTS, BODY)


@case("receipt")
async def test_the_receipt_names_the_message_by_text_and_tlv(bound: Customer) -> None:
    (answer,) = await bound.send("Hello")
    told = await bound.peer.next("deliver", source=bound.to)
    assert told["esm_class"] & 4
    assert told["receipted_message_id"] == answer["id"]
    assert told["message_state"] == 2
    assert f"id:{answer['id']} sub:001 dlvrd:001 " in told["text"]
    assert " stat:DELIVRD err:000 " in told["text"]


@case("inbound")
async def test_a_handsets_message_comes_to_the_customer(bound: Customer) -> None:
    path = f"/v1/simulator/handsets/{bound.to}/messages"
    for text in ("Yes", EMOJI):
        reply = await bound.api.native("POST", path, {"to": NUMBER, "text": text})
        assert reply.status < 300, reply.body
        told = await bound.peer.next("deliver", source=bound.to)
        assert (told["destination"], told["text"]) == (NUMBER, text)


@case("throttle")
async def test_a_customer_over_its_rate_hears_throttled_and_the_session_goes_on(
    customer: Customer,
) -> None:
    secret = "fast1234"
    path = "/v1/credentials"
    name = f"slow{customer.to[-4:]}"
    wanted = {
        "dialect": "smpp",
        "name": name,
        "secret": secret,
        "settings": {"per_second": "1"},
        "scopes": ["send", "read"],
    }
    reply = await customer.api.native("POST", path, wanted)
    assert reply.status < 300, reply.body
    assert (await customer.bind(system_id=name, password=secret))["status"] == 0
    for _ in range(5):
        customer.peer.tell("text", source=SENDER, destination=customer.to, text="Quick")
    statuses = [one["status"] for one in await customer.peer.several("submitted", 5)]
    assert set(statuses) == {0, THROTTLED}


@case("unbind")
async def test_an_unbind_is_answered(bound: Customer) -> None:
    bound.peer.tell("unbind")
    await bound.peer.next("unbound")


@case("reconnect")
async def test_a_receipt_waits_for_a_customer_who_lost_the_connection(bound: Customer) -> None:
    (answer,) = await bound.send("Hello")
    bound.peer.tell("drop")
    await bound.peer.next("closed")
    (message,) = await bound.taken()
    await bound.api.delivered(message["id"])
    assert (await bound.bind())["status"] == 0
    told = await bound.peer.next("deliver", source=bound.to)
    assert told["receipted_message_id"] == answer["id"]
