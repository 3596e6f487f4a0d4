"""The parts of a house on a real PostgreSQL: what `wiring` builds, without doors, carriers and sweepers.

`parts` is a house with one account that has money, senders, a rate card, one carrier and one route to
it. Tests put more in with `insert`, `fund` and `reload`, move time with `clock`, and look at what was
handed on in `onward` and `told`. A second process on the same database is `parts.neighbour()`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest_asyncio

from heliograph.flow.accept import Accept
from heliograph.flow.advance import Advance, Told
from heliograph.flow.checks import Checks
from heliograph.flow.directory import Directory
from heliograph.flow.links import Minter
from heliograph.flow.route import Router
from heliograph.flow.upload import Upload
from heliograph.model.account import (
    Account,
    Balance,
    Credential,
    Endpoint,
    Mode,
    Number,
    OptOut,
    Permit,
    Scope,
    Sender,
    SenderState,
)
from heliograph.model.command import Accepted, AcceptedItem, Principal, SendMessages
from heliograph.model.ids import IdMaker, seal
from heliograph.model.link import SmartLink
from heliograph.model.manners import Manners, Waits
from heliograph.model.message import Draft, Event, MessageRecord
from heliograph.model.refusal import Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Target
from heliograph.model.secret import Vault, hash_secret
from heliograph.model.status import Status
from heliograph.store import kept, ledger, messages, opt_outs, partitions, rates
from heliograph.store.database import Database, Record
from heliograph.store.outbox import Claimed
from heliograph.store.things import load_snapshot

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
SERVER_KEY = bytes(range(32))
SENDER = "Heliograph"
RECIPIENT = "8801712345678"
LINK_BASE = "https://go.example/l/"
PRICE_MICROS = 3_500
CREDIT_MICROS = 10_000_000
LEASE_SECONDS = 30.0
_T = TypeVar(
    "_T", Account, Credential, Sender, Permit, Number, Endpoint, Carrier, Route, RateCard, SmartLink
)


def _waits(endpoint: Endpoint) -> Waits:
    first, _, later = endpoint.settings["seconds"].partition(" ")
    return Waits(first_seconds=float(first), later_seconds=float(later) if later else None)


GATHERS = "gathers"
FORMS = {GATHERS: Manners(gathers=_waits, retry_seconds=(60.0, 60.0))}
"""A form whose reports are gathered for as many seconds as an endpoint's setting says."""


class Clock:
    """A clock that stands still until a test moves it. Call it for the time."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        """Move on by a timedelta's arguments (`seconds=5`); returns the new time."""
        self.now += timedelta(**span)
        return self.now

    def milliseconds(self) -> int:
        """Unix time in milliseconds, for IdMaker."""
        return int(self.now.timestamp() * 1000)


class RecordingOnward:
    """Keeps what acceptance hands on. `left` limits the room of a lane in memory."""

    def __init__(self) -> None:
        self.left: dict[int, int] = {1: 1 << 30, 2: 1 << 30, 3: 1 << 30}
        self.taken: list[Claimed] = []

    def room(self, lane: int) -> int:
        """As many as the test allows."""
        return self.left[lane]

    def take(self, claimed: Sequence[Claimed]) -> None:
        """Remember them."""
        self.taken += claimed


class Parts:
    """Everything on one database; `node` tells processes apart."""

    def __init__(self, dsn: str, clock: Clock, node: int = 1) -> None:
        self.dsn = dsn
        self.clock = clock
        self.node = node
        self.database = Database(dsn, size=6)
        self.ids = IdMaker(node, clock.milliseconds)
        self.vault = Vault(SERVER_KEY)
        self.directory = Directory(SERVER_KEY, clock, manners=FORMS)
        self.down: set[int] = set()
        """Carriers that are down."""
        self.router = Router(self.directory, lambda carrier_id: carrier_id not in self.down)
        minter = Minter(self.directory, lambda: LINK_BASE, longest_days=90)
        self.checks = Checks(self.directory, self.router, self.ids, clock, minter)
        self.advance = Advance(self.directory, self.ids)
        self.onward = RecordingOnward()
        self.told: list[Told] = []
        self.accept = Accept(
            database=self.database,
            directory=self.directory,
            checks=self.checks,
            advance=self.advance,
            onward=self.onward,
            told=self.told.append,
            ids=self.ids,
            now=clock,
            node=node,
            lease_seconds=LEASE_SECONDS,
        )
        self.upload = Upload(
            database=self.database,
            accept=self.accept,
            checks=self.checks,
            advance=self.advance,
            told=self.told.append,
            ids=self.ids,
            now=clock,
            most=5_000,
        )
        self.account = Account(id=0, name="")
        self.carrier = Carrier(id=0, name="", kind="simulated")
        self._neighbours: list[Parts] = []

    async def start(self) -> None:
        """Run the database's pool and the accepting writer."""
        await self.database.start()
        await self.accept.start()

    async def stop(self) -> None:
        """Stop what was started, neighbours first."""
        for neighbour in self._neighbours:
            await neighbour.stop()
        await self.accept.stop()
        await self.database.stop()

    async def neighbour(self) -> Parts:
        """Another process on the same database, with its own directory and node."""
        other = Parts(self.dsn, self.clock, self.node + len(self._neighbours) + 1)
        other.account, other.carrier = self.account, self.carrier
        self._neighbours.append(other)
        await other.start()
        await other.reload()
        return other

    async def furnish(self) -> None:
        """Partitions, a rate card, a carrier, a route for everything, and the account."""
        async with self.database.transaction() as link:
            await partitions.make_partitions(link, self.clock(), days=7, ahead=1)
            card = await kept.insert(
                link, self.vault, RateCard(id=0, name="default", currency="EUR")
            )
            price = Rate(card="default", price_micros=PRICE_MICROS)
            await rates.put_rates(link, card, [price], replace=True)
            self.carrier = await kept.insert(
                link, self.vault, Carrier(id=0, name="first", kind="simulated")
            )
            target = Target(carrier=self.carrier.name)
            everything = Route(id=0, name="everything", position=1000, targets=(target,))
            await kept.insert(link, self.vault, everything)
        self.account = await self.add_account("shop")

    async def insert(self, thing: _T) -> _T:
        """Keep a thing; the directory knows it at once."""
        async with self.database.transaction() as link:
            made = await kept.insert(link, self.vault, thing)
        await self.reload()
        return made

    async def update(self, thing: _T) -> _T:
        """Change a thing; the directory knows it at once."""
        async with self.database.transaction() as link:
            changed = await kept.update(link, self.vault, thing)
        assert changed is not None
        await self.reload()
        return changed

    async def add_account(self, name: str, micros: int = CREDIT_MICROS, **settings: Any) -> Account:
        """An account with money and an approved sender `Heliograph`."""
        async with self.database.transaction() as link:
            account = await kept.insert(link, self.vault, Account(id=0, name=name, **settings))
            sender = Sender(account_id=account.id, id=0, name=SENDER, state=SenderState.APPROVED)
            await kept.insert(link, self.vault, sender)
        await self.fund(account.id, micros)
        await self.reload()
        return account

    async def fund(self, account_id: int, micros: int) -> None:
        """Book a payment, or a correction when negative."""
        if micros:
            async with self.database.transaction() as link:
                await ledger.fund(link, self.ids.next, account_id, micros, "test")

    async def opt_out(self, msisdn: str, sender: str = "", account_id: int | None = None) -> None:
        """A number that does not want to hear from a sender again; empty means all of them."""
        each = OptOut(
            account_id=account_id or self.account.id,
            msisdn=msisdn,
            sender=sender,
            created_at=self.clock(),
        )
        async with self.database.transaction() as link:
            await opt_outs.insert_opt_outs(link, [each])
        await self.reload()

    async def reload(self) -> None:
        """Let the directory know what is in the database."""
        async with self.database.link() as link:
            self.directory.replace(await load_snapshot(link, self.vault))

    def principal(self, account: Account | None = None, *, mode: Mode = Mode.LIVE) -> Principal:
        """A caller of the account (the first one), with every scope of a customer's."""
        owner = self.directory.account((account or self.account).id)
        credential = Credential(
            account_id=owner.id,
            id=1,
            dialect="native",
            name="",
            secret_hash=hash_secret(SERVER_KEY, "native", "", "secret"),
            hint="",
            mode=mode,
            scopes=(Scope.SEND, Scope.READ, Scope.MANAGE),
            created_at=START,
        )
        return Principal(account=owner, credential=credential, key=self.directory.key(owner.id))

    def sealed(self, number: int, account: Account | None = None) -> int:
        """An id as the account's customers see it."""
        return seal(self.directory.key((account or self.account).id), number)

    async def send(
        self, *drafts: Draft, account: Account | None = None, **command: Any
    ) -> Accepted | Refused:
        """Accept drafts in one request; `command` is the rest of SendMessages."""
        wanted = SendMessages(drafts=drafts, **command)
        return await self.accept.send(self.principal(account), wanted, "native")

    async def accepted(self, account: Account | None = None, **words: Any) -> AcceptedItem:
        """One message that was accepted. `words` are the Draft's."""
        answer = await self.send(draft(**words), account=account, submission=False)
        assert isinstance(answer, Accepted), answer
        item = answer.items[0]
        assert isinstance(item, AcceptedItem), item
        return item

    async def rows(self, query: str, *arguments: Any) -> list[Record]:
        """What the database answers, on a connection that saw nothing of the test's transactions."""
        async with self.database.link() as link:
            return await link.fetch(query, *arguments)

    async def value(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row."""
        async with self.database.link() as link:
            return await link.fetchval(query, *arguments)

    async def record(self, message_id: int, account: Account | None = None) -> MessageRecord:
        """A message as it is stored now."""
        key = ((account or self.account).id, message_id)
        async with self.database.link() as link:
            (found,) = await messages.find_messages(link, [key])
        return found

    async def events(self, message_id: int, account: Account | None = None) -> list[Event]:
        """A message's life as it is stored now."""
        async with self.database.link() as link:
            return await messages.message_events(link, (account or self.account).id, message_id)

    async def statuses(self) -> Counter[Status]:
        """How many messages of any account stand where."""
        found = await self.rows("select status, count(*) from message group by status")
        return Counter({Status(row[0]): row[1] for row in found})

    async def balance(self, account: Account | None = None) -> Balance:
        """The account's money now."""
        async with self.database.link() as link:
            found = await ledger.find_balance(link, (account or self.account).id)
        assert found is not None
        return found

    async def audit(self) -> list[dict[str, Any]]:
        """Accounts whose books do not agree: empty when promise P4 holds."""
        async with self.database.link() as link:
            return [dict(row) for row in await ledger.audit(link)]


def draft(**words: Any) -> Draft:
    """A message that can be accepted, but for the words given."""
    return Draft(**{"recipient": RECIPIENT, "sender": SENDER, "text": "Hello"} | words)


@pytest_asyncio.fixture(loop_scope="session")
async def parts(database_dsn: str) -> AsyncIterator[Parts]:
    """A furnished house that accepts: see the module's docstring."""
    made = Parts(database_dsn, Clock())
    await made.start()
    await made.furnish()
    yield made
    await made.stop()
