"""Visitors get a bare redirect or one sentence, and nothing of what they sent."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from structlog.testing import capture_logs

from heliograph.edge.app import HttpApp
from heliograph.edge.http import HttpDoor
from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.pages import build_pages
from heliograph.edge.public import PATH, Public
from heliograph.products.links.agents import Agent
from heliograph.products.links.redirect import Nowhere, Visit
from tests.edge.conftest import Desk

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
KNOWN = {
    "known1234": "https://shop.example/sale",
    "gone12345": Nowhere.GONE,
    "wait12345": Nowhere.WAIT,
    "evil12345": "https://shop.example/a\r\nset-cookie: x",
}


class House:
    """A door that knows four codes."""

    def __init__(self) -> None:
        self.visits: list[tuple[str, Visit]] = []
        self.registry = CollectorRegistry()
        metrics = RequestMetrics(self.registry)
        public = Public(visited=self, metrics=metrics, trusted_networks=("127.0.0.0/8",))
        pages = build_pages(
            openapi=lambda: b"{}",
            ready=lambda: None,
            measured=self._measured,
            mounts={PATH: public, "/go/to": public},
        )
        app = HttpApp(
            dialects=(),
            desk=Desk(),
            pages=pages,
            next_id=itertools.count(1).__next__,
            metrics=metrics,
        )
        self.door = HttpDoor(app, "127.0.0.1", 0)

    async def _measured(self) -> bytes:
        return generate_latest(self.registry)

    async def visit(self, code: str, visit: Visit) -> str | Nowhere:
        self.visits.append((code, visit))
        if code == "broken123":
            raise OSError("the database is away")
        return KNOWN.get(code, Nowhere.UNKNOWN)

    async def get(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request, whose redirect is not followed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method,
                f"http://127.0.0.1:{self.door.port}{path}",
                headers={"user-agent": IPHONE} | named,
                allow_redirects=False,
            ) as reply,
        ):
            found = {name.lower(): value for name, value in reply.headers.items()}
            del found["date"]
            return reply.status, found, await reply.read()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    await made.door.start()
    yield made
    await made.door.stop()


@pytest.mark.parametrize("path", ["/l/known1234", "/go/to/known1234", "/l/known1234?utm=1"])
async def test_a_visitor_is_sent_on(house: House, path: str) -> None:
    status, headers, body = await house.get(path, x_forwarded_for="198.51.100.7")
    assert (status, body) == (302, b"")
    assert headers == {
        "location": KNOWN["known1234"],
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-content-type-options": "nosniff",
        "content-length": "0",
    }
    assert house.visits == [("known1234", Visit(Agent.IOS, "198.51.100.7", IPHONE))]


async def test_what_looks_without_a_click_is_told_as_that(house: House) -> None:
    for method, headers in (
        ("HEAD", {}),
        ("GET", {"user_agent": "WhatsApp/2.24"}),
        ("GET", {"sec_purpose": "prefetch;prerender"}),
        ("GET", {"x_moz": "prefetch"}),
    ):
        status, found, body = await house.get("/l/known1234", method, **headers)
        assert (status, found["location"], body) == (302, KNOWN["known1234"], b"")
    agents = [visit.agent for _, visit in house.visits]
    assert agents == [Agent.BOT, Agent.PREVIEW, Agent.PREVIEW, Agent.PREVIEW]


async def test_all_that_lead_nowhere_look_alike_and_repeat_nothing(house: House) -> None:
    first = await house.get("/l/unknown12")
    assert first[0] == 404
    for path in ("/l/", "/l/x", "/l/%3Cscript%3E", "/l/a/b/c", "/l/" + "z" * 300):
        assert await house.get(path) == first
    for code, status in (("gone12345", 410), ("wait12345", 429), ("broken123", 503)):
        with capture_logs():
            found, headers, body = await house.get(f"/l/{code}")
        assert found == status
        assert code.encode() not in body
        assert b"database" not in body
        assert headers["cache-control"] == "no-store"


async def test_a_target_cannot_write_headers_and_other_methods_are_none_of_ours(
    house: House,
) -> None:
    status, headers, _ = await house.get("/l/evil12345")
    assert (status, headers.get("set-cookie")) == (503, None)
    status, headers, _ = await house.get("/l/known1234", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert not [code for code, _ in house.visits if code == "known1234"]


async def test_a_storm_of_visitors_is_answered(house: House) -> None:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{house.door.port}") as session:

        async def one() -> int:
            async with session.get("/l/known1234", allow_redirects=False) as reply:
                return reply.status

        assert set(await asyncio.gather(*(one() for _ in range(500)))) == {302}

    assert (
        house.registry.get_sample_value(
            "heliograph_http_requests_total",
            {"dialect": "links", "endpoint": "links", "status": "302"},
        )
        == 500.0
    )
