"""One Heliograph as the customer of another, once in every dialect that a vendor can be called by.

native → A → (vendor's client) HTTP (vendor's server) → B → simulated network, and back: the receipt by the
vendor's callback or look-up, and an answer from the handset by its callback or pull. `pytest -s` prints
a line for each dialect.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from time import monotonic
from types import MappingProxyType
from typing import Any, NamedTuple

import asyncpg
import pytest
import pytest_asyncio

from heliograph.links import UPSTREAMS
from heliograph.store.embedded import running_dsn
from tests.acceptance.conftest import QUICK
from tests.acceptance.served import Client, Served, eventually

SECONDS = 40.0
ENDS = [f"message.{word}" for word in ("delivered", "undelivered", "expired", "rejected", "failed")]
PATIENCE = {"pull_seconds": "0.2", "looks_per_second": "50"}


class Vendor(NamedTuple):
    """How B is called in one dialect."""

    dialect: str
    number: int
    name: str = ""
    """Of the credential at B, where the door has names."""
    settings: Mapping[str, str] = MappingProxyType({})
    """Of the carrier at A, besides `base_url`, with `{secret}` for the credential's."""
    base_path: str = ""
    brings: bool = True
    """B calls A about messages from handsets; else A takes them."""
    signed: bool = False
    """The endpoint's secret is agreed upon: everything is told by it, signed."""
    slow: bool = False
    """B's network reports after seconds."""
    answers: bool = True
    """The vendor has a way for messages from handsets."""

    @property
    def title(self) -> str:
        """What the test is called."""
        told = "-told" * (self.brings and not self.answers)
        submit = f"-{self.settings['submit']}" if "submit" in self.settings else ""
        return self.dialect + submit + "-signed" * self.signed + "-slow" * self.slow + told


VENDORS = (
    Vendor("native", 1, settings={"api_key_secret": "{secret}"}),
    Vendor("native", 2, settings={"api_key_secret": "{secret}"}, signed=True),
    Vendor(
        "mimsms",
        3,
        name="a@heliograph.example",
        settings={"user_name": "a@heliograph.example", "apikey_secret": "{secret}"},
        brings=False,
    ),
    Vendor(
        "smsapi",
        4,
        name="a",
        settings={"apikey": "a", "apitoken_secret": "{secret}"},
        base_path="/smsAPI",
        brings=False,
    ),
    Vendor("imiconnect", 5, settings={"service_key_secret": "{secret}"}),
    Vendor("mitto", 6, settings={"api_key_secret": "{secret}"}),
    Vendor("messagewhiz", 8, settings={"api_key_secret": "{secret}"}, answers=False),
    Vendor("messagewhiz", 9, settings={"api_key_secret": "{secret}"}, answers=False, brings=False),
    Vendor(
        "messagewhiz",
        0,
        settings={"api_key_secret": "{secret}", "submit": "combined"},
        answers=False,
        brings=False,
    ),
)


class Pair(NamedTuple):
    """The customer and the vendor."""

    ours: Client
    theirs: Client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two instances that know nothing of each other."""
    # A demo lets webhooks call this machine, which is where both are.
    both = [Served(tmp_path_factory.mktemp(name) / "data", QUICK) for name in ("ours", "theirs")]
    clients = [Client(each) for each in both]
    try:
        for each in both:
            await each.start()
        yield Pair(*clients)
    finally:
        for client in clients:
            await client.close()
        for each in both:
            await each.terminate()


async def made(client: Client, path: str, **fields: Any) -> dict[str, Any]:
    """The thing that a POST made."""
    reply = await client.native("POST", path, fields)
    assert reply.status in (200, 201), reply.body
    found: dict[str, Any] = reply.json
    return found


class Line:
    """One vendor's line between the two, from the credential at B to the route at A."""

    def __init__(self, pair: Pair, vendor: Vendor) -> None:
        self.ours, self.theirs = pair
        self.vendor = vendor
        self.number = f"88096100010{vendor.number:02}"
        self.handset = f"88017{vendor.number}0000000"
        self.stranger = f"88017{vendor.number}0000002"
        """A number that the network does not know."""
        self.carrier: dict[str, Any] = {}
        self.secret = ""

    async def lay(self) -> None:
        """An account at B and its number there; a carrier, a route and the same number at A."""
        vendor = self.vendor
        account = await made(self.theirs, "/v1/accounts", name=vendor.title, any_sender=True)
        at = f"?account={account['id']}"
        path = f"/v1/accounts/{account['id']}/fund"
        await made(self.theirs, path, amount="100", why="acceptance")
        credential = await made(
            self.theirs, f"/v1/credentials{at}", dialect=vendor.dialect, name=vendor.name
        )
        self.secret = credential["secret"]
        await made(self.theirs, f"/v1/numbers{at}", msisdn=self.number)
        settings = {n: word.format(secret=self.secret) for n, word in vendor.settings.items()}
        settings |= {"base_url": self.theirs.served.url + vendor.base_path} | PATIENCE
        self.carrier = await made(
            self.ours, "/v1/carriers", name=vendor.title, kind=vendor.dialect, settings=settings
        )
        await made(
            self.ours,
            "/v1/routes",
            name=vendor.title,
            position=vendor.number,
            prefix=self.handset[:6],
            targets=[{"carrier": vendor.title}],
        )
        await made(self.ours, "/v1/numbers", msisdn=self.number)
        if vendor.slow:
            delays = {"receipt_median_ms": "3000", "receipt_p99_ms": "3001"}
            await made(self.theirs, "/v1/carriers", name="slow", kind="simulated", settings=delays)
            await made(
                self.theirs,
                "/v1/routes",
                name="slow",
                position=1,
                prefix=self.handset[:6],
                targets=[{"carrier": "slow"}],
            )
        if vendor.brings:
            await self._be_called(at)

    async def _be_called(self, at: str) -> None:
        """B's endpoint calls A's hook."""
        vendor = self.vendor
        endpoint = await made(
            self.theirs,
            f"/v1/endpoints{at}",
            url=self.carrier["hook_url"],
            dialect=vendor.dialect,
            events=[] if vendor.signed else ["message.received"] if vendor.answers else ENDS,
        )
        if vendor.signed:
            self.secret = endpoint["secret"]
            fields = {n: self.carrier[n] for n in ("name", "kind", "settings")}
            fields["settings"] |= {"webhook_secret": self.secret}
            path = f"/v1/carriers/{self.carrier['id']}"
            reply = await self.ours.native("PUT", path, fields)
            assert reply.status == 200, reply.body

    async def send(self) -> dict[str, Any]:
        """A message through the line, once it is delivered here and there."""
        text = f"Grüße by {self.vendor.title}"
        body = {"from": "Heliograph", "to": f"+{self.handset}", "text": text}
        reply = await self.ours.native("POST", "/v1/messages", body)
        assert reply.status == 201, reply.body
        found = await self.ours.delivered(reply.json["id"], within_seconds=SECONDS)
        screen = (await self.theirs.native("GET", f"/v1/simulator/handsets/{self.handset}")).json
        assert [each["text"] for each in screen["messages"]] == [text]
        here = (await self.ours.native("GET", f"/v1/simulator/handsets/{self.handset}")).json
        assert here["messages"] == []
        return found

    async def send_in_vain(self) -> dict[str, Any]:
        """A message to nobody, once its end is known here."""
        body = {"from": "Heliograph", "to": f"+{self.stranger}", "text": "Is anybody there?"}
        path = "/v1/messages/" + (await made(self.ours, "/v1/messages", **body))["id"]

        async def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.ours.native("GET", path)).json
            return found if found["status"] not in ("queued", "sent") else None

        found: dict[str, Any] = await eventually(ended, "its end", within_seconds=SECONDS)
        return found

    async def send_and_restart(self) -> dict[str, Any]:
        """A message of which we know no outcome when we are killed, once it is delivered."""
        body = {"from": "Heliograph", "to": f"+{self.handset}", "text": "Still there?"}
        number = (await made(self.ours, "/v1/messages", **body))["id"]

        async def sent() -> bool:
            found = (await self.ours.native("GET", f"/v1/messages/{number}")).json
            return bool(found["status"] == "sent")

        await eventually(sent, "sent", within_seconds=SECONDS)
        await self.ours.served.kill()
        await self.ours.served.start()
        return await self.ours.delivered(number, within_seconds=SECONDS)

    async def answer(self) -> dict[str, Any]:
        """The handset's answer, once it is in A's inbox."""
        text = f"Danke für {self.vendor.title}"
        path = f"/v1/simulator/handsets/{self.handset}/messages"
        reply = await self.theirs.native("POST", path, {"to": self.number, "text": text})
        assert reply.status in (200, 201, 202, 204), reply.body

        async def come() -> list[dict[str, Any]]:
            inbox = (await self.ours.native("GET", "/v1/inbound?limit=100")).json["items"]
            return [each for each in inbox if each["to"] == self.number]

        found = await eventually(come, "the answer came", within_seconds=SECONDS)
        assert [(each["from"], each["text"]) for each in found] == [(self.handset, text)]
        arrived: dict[str, Any] = found[0]
        return arrived


@pytest.mark.parametrize("vendor", VENDORS, ids=[each.title for each in VENDORS])
async def test_a_message_goes_by_the_vendors_dialect_and_its_receipt_and_answer_come_back(
    pair: Pair, vendor: Vendor
) -> None:
    line = Line(pair, vendor)
    await line.lay()
    begun = monotonic()
    message = await line.send()
    delivered = monotonic() - begun
    assert (message["carrier"], message["attempts"]) == (line.carrier["id"], 1)
    assert [event["type"] for event in message["trace"]][-2:] == [
        "message.sent",
        "message.delivered",
    ]
    lost = await line.send_in_vain()
    assert lost["status"] in ("undelivered", "rejected"), lost
    assert (lost["carrier"], lost["attempts"]) == (line.carrier["id"], 1)
    begun = monotonic()
    answered = "has no way back"
    if vendor.answers:
        await line.answer()
        answered = f"after {monotonic() - begun:.1f} s"
    sys.stdout.write(
        f"\n{vendor.title:<16} sent, delivered after {delivered:.1f} s,"
        f" inbound {answered}; in vain: {lost['status']} ({lost['reason']})\n"
    )
    await secrets_are_sealed(line)


async def secrets_are_sealed(line: Line) -> None:
    """Neither what the carrier signs in with nor what calls are signed with is readable at rest."""
    served = line.ours.served
    shown = (await line.ours.native("GET", "/v1/carriers")).body.decode()
    link = await asyncpg.connect(running_dsn(served.data))
    try:
        kept = await link.fetchval(
            "select settings from carrier where name = $1", line.vendor.title
        )
    finally:
        await link.close()
    for name in line.vendor.settings:
        assert (f'"{name}": "sealed:' in kept.replace('":"', '": "')) == name.endswith("_secret")
    assert line.secret not in kept + shown
    assert line.carrier["hook_url"] in shown
    token = line.carrier["hook_url"].rpartition("/")[2]
    assert token not in served.said()


def test_every_vendor_that_can_be_a_carrier_is_tried() -> None:
    assert {vendor.dialect for vendor in VENDORS} == set(UPSTREAMS)


async def test_a_hook_without_its_token_is_not_there(pair: Pair) -> None:
    for path in ("/hooks/1/0", "/hooks/x/y", "/hooks/999/" + "0" * 32, "/hooks/1"):
        assert (await pair.ours.call("POST", path, b"{}", {})).status == 404


async def test_a_carrier_without_what_its_kind_needs_is_refused(pair: Pair) -> None:
    for settings, sentence in (
        ({}, "apikey_secret is missing"),
        ({"user_name": "a", "apikey_secret": "b", "timeout_seconds": "25"}, "submit_timeout"),
    ):
        body = {"name": "wrong", "kind": "mimsms", "settings": settings}
        reply = await pair.ours.native("POST", "/v1/carriers", body)
        assert reply.status == 422, reply.body
        assert sentence in reply.body.decode()


async def test_after_a_kill_what_is_still_open_is_asked_for(pair: Pair) -> None:
    signs_in = {"user_name": "b@heliograph.example", "apikey_secret": "{secret}"}
    name = signs_in["user_name"]
    vendor = Vendor("mimsms", 7, name=name, settings=signs_in, brings=False, slow=True)
    line = Line(pair, vendor)
    await line.lay()
    found = await line.send_and_restart()
    assert found["attempts"] == 1
