"""Vendors' calls are kept before they are acknowledged, and nobody else's are looked at."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from structlog.testing import capture_logs

from heliograph.dialects._shape import Heard, HttpReply, HttpRequest
from heliograph.edge.app import HttpApp
from heliograph.edge.hooks import BODY_LIMIT_BYTES, PATH, Hook, Hooks
from heliograph.edge.http import HttpDoor
from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.pages import build_pages
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, OpenId, Receipt
from heliograph.model.status import Status
from tests.edge.conftest import Desk

NOW = datetime(2026, 3, 4, tzinfo=UTC)
TOKEN = "0123456789abcdef"
URL = f"/hooks/7/{TOKEN}"
ACK = HttpReply(status=202, body=b"thanks", content_type="text/x-vendor")


class Ear:
    """Keeps what it hears when it is let."""

    def __init__(self) -> None:
        self.kept: list[Receipt | Arrival] = []
        self.asked = asyncio.Event()
        self.may_keep = asyncio.Event()
        self.may_keep.set()
        self.broken = False

    async def receipts(self, receipts: Sequence[Receipt]) -> None:
        await self._keep(receipts)

    async def arrivals(self, arrivals: Sequence[Arrival]) -> None:
        await self._keep(arrivals)

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        return ()

    async def _keep(self, items: Sequence[Receipt | Arrival]) -> None:
        self.asked.set()
        await self.may_keep.wait()
        if self.broken:
            raise OSError("the database is away")
        self.kept += items


class House:
    """A door with one carrier's hook."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.told: list[str] = []
        self.requests: list[HttpRequest] = []
        self.registry = CollectorRegistry()
        metrics = RequestMetrics(self.registry)
        hooks = Hooks(find=self._find, hear=self.ear, now=lambda: NOW, metrics=metrics)
        pages = build_pages(
            openapi=lambda: b"{}",
            ready=lambda: None,
            measured=self._measured,
            mounts={PATH: hooks},
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

    def _find(self, carrier_id: int) -> Hook | None:
        return Hook(TOKEN, self._hear, self._told) if carrier_id == 7 else None

    def _told(self, carrier_message_ids: Collection[str]) -> None:
        assert self.ear.kept
        self.told += carrier_message_ids

    def _hear(self, request: HttpRequest, at: datetime) -> Heard | HttpReply:
        """The room: a JSON object of a receipt's id, a text, both or none."""
        assert at == NOW
        self.requests.append(request)
        if request.body == b"what?":
            return HttpReply(status=418, body=b"unreadable")
        said = json.loads(request.body or b"{}")
        receipts = tuple(
            Receipt(
                carrier_id=7,
                carrier_message_id=each,
                status=Status.DELIVERED,
                reason=Reason.NONE,
                at=at,
            )
            for each in said.get("ids", ())
        )
        arrivals = tuple(
            Arrival(carrier_id=7, sender="49", recipient="26969", text=each, at=at)
            for each in said.get("texts", ())
        )
        return Heard(receipts=receipts, arrivals=arrivals, reply=ACK)

    async def call(
        self, url: str = URL, body: Any = b"", method: str = "POST"
    ) -> tuple[int, bytes]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.request(method, url, data=io.BytesIO(data)) as reply:
            return reply.status, await reply.read()

    async def start(self) -> None:
        await self.door.start()
        self.session = aiohttp.ClientSession(f"http://127.0.0.1:{self.door.port}")


@pytest.fixture
async def hooked(stopping: list[asyncio.Task[None]]) -> AsyncIterator[House]:
    house = House()
    await house.start()
    yield house
    await house.session.close()
    stopping.append(asyncio.create_task(house.door.stop()))


async def test_what_a_vendor_tells_is_kept_and_answered_as_its_room_wishes(hooked: House) -> None:
    said = {"ids": ["a", "b"], "texts": ["Hi"]}
    assert await hooked.call(body=said) == (202, b"thanks")
    assert [type(each).__name__ for each in hooked.ear.kept] == ["Receipt", "Receipt", "Arrival"]
    assert hooked.told == ["a", "b"]


async def test_the_acknowledgement_comes_after_the_commit(hooked: House) -> None:
    hooked.ear.may_keep.clear()
    calling = asyncio.create_task(hooked.call(body={"ids": ["a"]}))
    await asyncio.wait_for(hooked.ear.asked.wait(), 10)
    assert await hooked.call(body={}) == (202, b"thanks")  # nothing to keep: the door is not stuck
    assert not calling.done()
    hooked.ear.may_keep.set()
    assert await calling == (202, b"thanks")


async def test_what_could_not_be_kept_is_to_be_told_again(hooked: House) -> None:
    hooked.ear.broken = True
    with capture_logs() as said:
        assert await hooked.call(body={"ids": ["a"]}) == (503, b"call again\n")
        assert await hooked.call(body=b"not json") == (503, b"call again\n")
    assert hooked.told == []
    assert TOKEN not in repr([{**each, "exc_info": ""} for each in said])


async def test_the_room_gets_the_call_without_the_url_that_we_gave_out(hooked: House) -> None:
    for method, url, path, query in (
        ("GET", URL, "", ""),
        ("PUT", f"{URL}/mo%20/x?a=1&a=2", "/mo%20/x", "a=1&a=2"),
    ):
        await hooked.call(url, method=method)
        request = hooked.requests[-1]
        assert (request.method, request.path, request.query) == (method, path, query)
        assert request.peer == "127.0.0.1"
        assert TOKEN not in repr(request)


async def test_a_call_that_the_room_cannot_read_gets_the_rooms_own_reply(hooked: House) -> None:
    assert await hooked.call(body=b"what?") == (418, b"unreadable")


@pytest.mark.parametrize(
    "url",
    [
        f"/hooks/7/{TOKEN[:-1]}",
        f"/hooks/7/{TOKEN}0",
        f"/hooks/7/{TOKEN.upper()}",
        f"/hooks/8/{TOKEN}",
        f"/hooks/seven/{TOKEN}",
        f"/hooks/{'7' * 5000}/{TOKEN}",
        "/hooks/8/-",
        "/hooks/7/%C3%A9",
        "/hooks/7",
        "/hooks/",
    ],
)
async def test_a_wrong_url_is_not_there(hooked: House, url: str) -> None:
    assert await hooked.call(url, {"ids": ["a"]}) == (404, b"not found\n")
    assert hooked.requests == []


async def test_a_body_beyond_the_limit_is_refused(hooked: House) -> None:
    status, _ = await hooked.call(body=b"x" * (BODY_LIMIT_BYTES + 1))
    assert (status, hooked.requests) == (413, [])


async def test_calls_are_counted_under_one_label(hooked: House) -> None:
    await hooked.call()
    await hooked.call("/hooks/8/x")
    for status in ("202", "404"):
        labels = {"dialect": "hooks", "endpoint": "hooks", "status": status}
        assert hooked.registry.get_sample_value("heliograph_http_requests_total", labels) == 1
