"""A door on a free port with a desk behind it that the tests can see into."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from heliograph.dialects.native import DIALECT, openapi_json
from heliograph.edge.app import HttpApp
from heliograph.edge.http import HttpDoor
from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.pages import build_pages
from heliograph.model import command as c
from heliograph.model.account import Account, Balance, Credential, Scope, TrafficClass
from heliograph.model.message import Encoding, Event, Happening, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEYS: dict[str, tuple[Scope, ...]] = {
    "hg_live_all": (Scope.SEND, Scope.READ, Scope.MANAGE),
    "hg_live_read": (Scope.READ,),
    "hg_live_admin": (Scope.ADMIN,),
}


class Desk:
    """Accepts whatever can be read and remembers it; `on_perform` may do something else."""

    def __init__(self) -> None:
        self.performed: list[c.Command] = []
        self.peers: list[str] = []
        self.noted: list[Any] = []
        self.on_perform: Callable[[c.Command], Awaitable[Any]] | None = None
        self.events: asyncio.Queue[Happening | Exception] = asyncio.Queue()
        self.watching = asyncio.Event()
        self.watch_closed = asyncio.Event()
        self.rate = 0
        self._ids = itertools.count(1 << 50)

    def authenticate(self, claim: c.Claim, peer: str) -> c.Principal | Refused:
        self.peers.append(peer)
        scopes = KEYS.get(claim.secret)
        if scopes is None:
            return Refused(refusal=Refusal.UNAUTHENTICATED)
        return c.Principal(
            account=Account(id=1, name="Shop", submits_per_second=self.rate),
            credential=Credential(
                account_id=1,
                id=1,
                dialect="native",
                name="",
                secret_hash=b"",
                hint="",
                scopes=scopes,
                created_at=NOW,
            ),
            key=b"k" * 32,
        )

    async def perform(self, principal: c.Principal, command: c.Command) -> c.Answer | Refused:
        self.performed.append(command)
        if self.on_perform is not None:
            return await self.on_perform(command)
        match command:
            case c.SendMessages(drafts=(draft,)):
                return self._accepted(draft.recipient)
            case c.SendBulk(drafts=drafts):
                kinds = [isinstance(each, Refused) for each in drafts]
                return c.BulkAccepted(
                    submission_id=next(self._ids),
                    currency="EUR",
                    accepted=kinds.count(False),
                    price_micros=0,
                    skipped={"refused": kinds.count(True)} if any(kinds) else {},
                    refused=(),
                )
            case c.GetBalance():
                return Balance(
                    account_id=principal.account.id,
                    currency="EUR",
                    available_micros=1,
                    held_micros=0,
                    credit_limit_micros=0,
                )
        return Refused(refusal=Refusal.NOT_FOUND)

    def _accepted(self, recipient: str) -> c.Accepted:
        number = next(self._ids)
        item = c.AcceptedItem(
            message_id=number,
            recipient=recipient,
            parts=1,
            encoding="GSM7",
            price_micros=4_200,
            status=Status.QUEUED,
        )
        return c.Accepted(submission_id=number, currency="EUR", items=(item,))

    async def watch(
        self, principal: c.Principal, command: c.WatchEvents
    ) -> AsyncIterator[Happening]:
        self.performed.append(command)
        self.watching.set()
        try:
            while True:
                happening = await self.events.get()
                if isinstance(happening, Exception):
                    raise happening
                yield happening
        finally:
            self.watch_closed.set()

    async def note(
        self, principal: c.Principal, command: c.Command, answer: c.Answer | Refused
    ) -> None:
        assert isinstance(answer, Refused)
        self.noted.append((principal.deed, answer.refusal))

    def allowance(self, principal: c.Principal) -> c.Allowance | None:
        rate = principal.account.submits_per_second
        return c.Allowance(limit=rate, window_seconds=1, remaining=rate - 1, reset_seconds=1)


class House:
    """A running door."""

    def __init__(self, desk: Desk, **settings: Any) -> None:
        self.desk = desk
        self.registry = CollectorRegistry()
        self.not_ready: str | None = None
        self.metrics_token: str | None = settings.pop("metrics_token", None)
        self.app = HttpApp(
            dialects=(DIALECT,),
            desk=desk,
            pages=build_pages(
                openapi=lambda: openapi_json("0"),
                ready=lambda: self.not_ready,
                measured=self._measured,
                metrics_token=self.metrics_token,
            ),
            next_id=itertools.count(1).__next__,
            metrics=RequestMetrics(self.registry),
            **settings,
        )
        self.door = HttpDoor(self.app, "127.0.0.1", 0)

    async def _measured(self) -> bytes:
        return generate_latest(self.registry)

    async def start(self) -> None:
        await self.door.start()
        self.session = aiohttp.ClientSession(f"http://127.0.0.1:{self.door.port}")

    async def stop(self) -> None:
        await self.session.close()
        await self.door.stop()

    def call(
        self, method: str, path: str, *, key: str | None = "hg_live_all", **options: Any
    ) -> Any:
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return self.session.request(method, path, headers=headers, **options)

    async def raw(self, octets: bytes) -> bytes:
        """What comes back for these octets until the door closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        writer.write(octets)
        whole = await reader.read()
        writer.close()
        await writer.wait_closed()
        return whole

    def count(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def build() -> type[House]:
    """A house with other settings, which the test starts and stops."""
    return House


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="session")
async def stopping() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Doors on their way to stillness; a fifth of a second each, so no test waits for its own."""
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    await asyncio.gather(*tasks)


@pytest.fixture
async def house(desk: Desk, stopping: list[asyncio.Task[None]]) -> AsyncIterator[House]:
    house = House(desk)
    await house.start()
    yield house
    stopping.append(asyncio.create_task(house.stop()))


@pytest.fixture
def happening() -> Happening:
    message = Message(
        account_id=1,
        id=7 << 50,
        submission_id=None,
        dialect="native",
        sender="Heliograph",
        recipient="8801844909020",
        text="Hi",
        encoding=Encoding.GSM7,
        parts=1,
        traffic_class=TrafficClass.OTP,
        valid_until=NOW,
    )
    record = MessageRecord(
        message=message,
        status=Status.DELIVERED,
        reason=Reason.NONE,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=3,
        updated_at=NOW,
    )
    event = Event(account_id=1, message_id=message.id, id=9 << 50, at=NOW, status=Status.DELIVERED)
    return event, record
