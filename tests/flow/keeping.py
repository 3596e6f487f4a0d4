"""A desk at which things are kept, on a real PostgreSQL: for the tests of configure and saving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from msgspec.structs import replace

from heliograph.flow.configure import Configuring, Kept, Tools, configure
from heliograph.flow.fields import invalid
from heliograph.flow.soundness import Known
from heliograph.model.account import (
    Account,
    Credential,
    Scope,
)
from heliograph.model.command import (
    Principal,
    Save,
    Saved,
)
from heliograph.model.ids import IdMaker
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, RateCard
from heliograph.model.secret import Vault
from heliograph.store import kept
from heliograph.store.database import Database

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SERVER_KEY = bytes(range(32))
KEY = Credential(
    account_id=0, id=0, dialect="native", name="", secret_hash=b"", hint="", created_at=NOW
)
CARRIER = Carrier(id=0, name="up", kind="simulated", settings={"password_secret": "pa55"})


def _check_url(url: str) -> Refused | None:
    return None if url.startswith("https://") else invalid("url", "Only https.")


class Desk:
    """Commands by the operator, by a customer's managing key, and by one that only sends."""

    def __init__(self, tools: Tools, operator: Principal, customer: Principal) -> None:
        self.tools = tools
        self.operator = operator
        self.customer = customer
        sending = replace(customer.credential, scopes=(Scope.SEND,))
        self.sender = replace(customer, credential=sending)

    async def operate(self, command: Configuring) -> Kept:
        """A command by the operator."""
        return await configure(self.tools, self.operator, command)

    async def ask(self, command: Configuring) -> Kept:
        """A command by the customer."""
        return await configure(self.tools, self.customer, command)

    async def made(self, thing: kept.Kept) -> kept.Kept:
        """A thing of the operator\'s, made."""
        saved = await self.operate(Save(thing=thing))
        assert isinstance(saved, Saved), saved
        return saved.thing  # type: ignore[return-value]


@asynccontextmanager
async def open_desk(database_dsn: str) -> AsyncIterator[Desk]:
    """A desk on an empty database with two accounts and a rate card."""
    database = Database(database_dsn)
    await database.start()
    known = Known(
        check_url=_check_url,
        dialects=frozenset({"native", "mimsms"}),
        carrier_kinds=frozenset({"simulated"}),
    )
    tools = Tools(
        database=database,
        vault=Vault(SERVER_KEY),
        server_key=SERVER_KEY,
        make_id=IdMaker(1, lambda: int(NOW.timestamp() * 1000)).next,
        now=lambda: NOW,
        known=known,
    )
    async with database.transaction() as link:
        await link.execute("select make_partitions(0, 9223372036854775807, 'all')")
        await kept.insert(link, tools.vault, RateCard(id=0, name="default", currency="EUR"))
        house = await kept.insert(link, tools.vault, Account(id=0, name="House"))
        shop = await kept.insert(link, tools.vault, Account(id=0, name="Shop", default_region="BD"))
    operator = replace(KEY, account_id=house.id, scopes=(Scope.ADMIN,))
    customer = replace(KEY, account_id=shop.id, scopes=(Scope.SEND, Scope.READ, Scope.MANAGE))
    yield Desk(
        tools,
        Principal(account=house, credential=operator, key=b""),
        Principal(account=shop, credential=customer, key=b""),
    )
    await database.stop()


def refusal_of(answer: Kept) -> Refusal:
    """The reason of a refusal."""
    assert isinstance(answer, Refused), answer
    return answer.refusal


def field_of(answer: Kept) -> str | None:
    """The field at fault."""
    assert isinstance(answer, Refused), answer
    return answer.field


def saved_of(answer: Kept) -> Saved:
    """The answer to a save that succeeded."""
    assert isinstance(answer, Saved), answer
    return answer


async def count(desk: Desk, table: str) -> int:
    """Rows of a table."""
    async with desk.tools.database.link() as link:
        return int(await link.fetchval(f"select count(*) from {table}"))  # noqa: S608
