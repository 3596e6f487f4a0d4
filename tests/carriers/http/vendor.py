"""A vendor with an HTTP API of its own: its room, and a server whose answers the test decides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiohttp import web

from heliograph.carriers.http.link import HttpCarrier
from heliograph.dialects._shape import Heard, HttpCall, HttpReply, HttpRequest, settings_fault
from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.report import (
    Arrival,
    Declined,
    Dispatch,
    OpenId,
    Outcome,
    Receipt,
    Taken,
    Unknown,
)
from heliograph.model.route import Carrier
from heliograph.model.status import Status
from tests.carriers.test_simulated import Desk, Ear

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HOOK = "https://us.example/hooks/7/token"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Room:
    """A `dialects._shape.Upstream` whose words are JSON."""

    name = "vendor"
    settings: Mapping[str, str] = {
        "base_url": "Where it stands.",
        "key_secret": "The key.",
        "asks": "yes if it can be asked for outcomes.",
        "pulls": "yes if messages from handsets are pulled.",
    }

    def fault(self, settings: Mapping[str, str]) -> str | None:
        return settings_fault(settings, self.settings, ("base_url",))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        if message.text == "unspeakable":
            return Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
        if message.text == "a broken room":
            raise KeyError(message.text)
        headers = (("x-sender", message.sender),)
        body = json.dumps({"id": message.id, "text": message.text, "report": report_url}).encode()
        return HttpCall(
            method="POST", url=f"{settings['base_url']}/send", headers=headers, body=body
        )

    def outcome(self, reply: HttpReply) -> Outcome:
        if reply.status == 200:
            return Taken(carrier_ids=tuple(json.loads(reply.body)["ids"]))
        if reply.status >= 500:
            return Unknown(detail=f"HTTP {reply.status}")
        reason = Reason.THROTTLED if reply.status == 429 else Reason.DATA_ERROR
        return Declined(reason=reason, vendor_code=str(reply.status))

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        if settings.get("asks") != "yes":
            return None
        return HttpCall(method="GET", url=f"{settings['base_url']}/look/{sent.carrier_message_id}")

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        if reply.body != b"delivered":
            return ()
        return (
            Receipt(
                carrier_id=carrier_id,
                carrier_message_id=sent.carrier_message_id,
                status=Status.DELIVERED,
                reason=Reason.NONE,
                at=at,
            ),
        )

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        if settings.get("pulls") != "yes":
            return None
        return HttpCall(method="GET", url=f"{settings['base_url']}/pull")

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        return tuple(
            Arrival(carrier_id=carrier_id, sender="49170", recipient="26969", text=text, at=at)
            for text in reply.body.decode().split()
        )

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        raise NotImplementedError


class Vendor:
    """The server. `answers` maps a path to what is done; every request is remembered."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.requests: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.running = 0
        self.most_running = 0
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._news = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, path: str) -> int:
        return sum(request[0] == path for request in self.requests)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(true)

    async def start(self) -> None:
        """Listen; on the same port again after a stop."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, await request.read(), dict(request.headers)))
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        async with self._news:
            self._news.notify_all()
        try:
            answer = self.answers.get(request.path) or self.answers.get("*")
            return web.Response(status=404) if answer is None else await answer(request)
        finally:
            self.running -= 1


def reply(status: int, body: bytes | object = b"", **headers: str) -> Answer:
    """An answer that is always the same."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=octets, headers=named)

    return answer


def one_after_the_other(*answers: Answer) -> Answer:
    """Each answer once, the last one for ever."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """The connection ends instead of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never(request: web.Request) -> web.StreamResponse:
    """No answer."""
    await asyncio.Event().wait()
    return web.Response()


class Hill:
    """A carrier of that vendor at work, with somebody who hears it."""

    def __init__(
        self,
        base_url: str,
        ear: Ear | None = None,
        options: Mapping[str, Any] | None = None,
        **settings: str,
    ) -> None:
        """`options` are the link's own, `settings` the carrier's."""
        self.ear = ear or Ear()
        self.desk = Desk()
        self.ups: list[bool] = []
        self.changed = asyncio.Event()
        settings = {"base_url": base_url, "timeout_seconds": "5"} | settings
        self.link = HttpCarrier(
            Carrier(id=7, name="hill", kind="vendor", settings=settings),
            Room(),
            report_url=lambda carrier_id: HOOK if carrier_id == 7 else "",
            now=lambda: NOW,
            **(options or {}),
        )

    async def start(self) -> None:
        await self.link.start(self.ear, self._note)

    def _note(self) -> None:
        self.ups.append(self.link.up)
        self.changed.set()

    async def send(self, *dispatches: Dispatch) -> list[Outcome]:
        """Submit and wait for all outcomes so far."""
        expected = len(self.desk.outcomes) + len(dispatches)
        self.link.submit(dispatches, self.desk.settle)
        return (await self.desk.wait(expected))[-len(dispatches) :]


def dispatch(
    number: int = 1,
    text: str = "Hello",
    *,
    sender: str = "26969",
    traffic_class: TrafficClass = TrafficClass.TRANSACTIONAL,
    valid_seconds: float = 3600,
) -> Dispatch:
    """An attempt."""
    return Dispatch(
        message=Message(
            account_id=1,
            id=number,
            submission_id=None,
            dialect="native",
            sender=sender,
            recipient="4917012345",
            text=text,
            encoding=Encoding.GSM7,
            parts=1,
            traffic_class=traffic_class,
            valid_until=NOW + timedelta(seconds=valid_seconds),
        ),
        attempt=1,
    )


def open_id(name: str, *, seconds_ago: float = 0) -> OpenId:
    """An id that the vendor gave."""
    taken_at = NOW - timedelta(seconds=seconds_ago)
    return OpenId(carrier_message_id=name, sender="26969", recipient="49170", taken_at=taken_at)


class Store(Ear):
    """Hears, and knows which ids are open."""

    def __init__(self, *ids: OpenId, failures: int = 0) -> None:
        super().__init__(failures)
        self.ids = ids
        self.asked: list[tuple[datetime, str]] = []

    async def open_ids(
        self, carrier_id: int, *, taken_before: datetime, after: str, limit: int
    ) -> Sequence[OpenId]:
        assert carrier_id == 7
        self.asked.append((taken_before, after))
        found = [each for each in self.ids if each.carrier_message_id > after]
        await self.tell()
        return found[:limit]


quiet = structlog.testing.capture_logs
"""What is logged is kept for the test instead of shown."""
