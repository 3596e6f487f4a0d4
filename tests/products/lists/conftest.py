"""Lists on a real PostgreSQL: two accounts, and whoever performs their commands."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from heliograph.model.account import Account, Credential
from heliograph.model.command import Principal
from heliograph.model.ids import IdMaker, account_key, seal
from heliograph.model.lists import (
    DownloadList,
    Filled,
    FillList,
    FindImport,
    FindList,
    ListDownload,
    ListFile,
    ListImport,
    Numbers,
    RecipientList,
)
from heliograph.model.refusal import Refused
from heliograph.model.secret import Vault
from heliograph.products.lists.imports import Imports
from heliograph.products.lists.keeping import Keeping
from heliograph.store import kept
from heliograph.store.database import Database
from tests.flow.conftest import SERVER_KEY, START, Clock

NUMBERS = tuple(str(8801712000000 + n) for n in range(100))


class Lists:
    """One process: `shop` and `other` are callers."""

    def __init__(self, dsn: str, node: int = 1) -> None:
        self.clock = Clock()
        self.database = Database(dsn, size=4)
        self.ids = IdMaker(node, self.clock.milliseconds)
        self.imports = Imports(
            database=self.database, make_id=self.ids.next, now=self.clock, node=node
        )
        self.keeping = Keeping(
            database=self.database, imports=self.imports, make_id=self.ids.next, now=self.clock
        )

    async def furnish(self) -> None:
        """Two accounts."""
        await self.database.start()
        self.shop, self.other = [await self._account(name) for name in ("shop", "other")]

    async def _account(self, name: str) -> Principal:
        async with self.database.transaction() as link:
            account = await kept.insert(
                link, Vault(SERVER_KEY), Account(id=0, name=name, default_region="BD")
            )
        credential = Credential(
            account_id=account.id, id=1, dialect="native", name="", secret_hash=b"", hint="",
            created_at=START,
        )  # fmt: skip
        return Principal(
            account=account, credential=credential, key=account_key(SERVER_KEY, account.id)
        )

    async def ask(self, command: Any, principal: Principal | None = None) -> Any:
        """The answer to a command of the shop's."""
        return await self.keeping.perform(principal or self.shop, command)

    async def fill(self, *numbers: str, **words: Any) -> Filled:
        """Numbers onto a list; a new one by the name `l` where no list is given."""
        words = ({} if "list" in words else {"name": "l"}) | words
        answer = await self.ask(FillList(source=Numbers(items=numbers), **words))
        assert isinstance(answer, Filled), answer
        return answer

    async def load(
        self, text: str | bytes, *, principal: Principal | None = None, **words: Any
    ) -> ListImport | Refused:
        """A file into a list, to its end; words of `ListFile` go there."""
        octets = text.encode() if isinstance(text, str) else text
        of_file = {name: words.pop(name) for name in list(words) if name in _OF_FILE}
        words = ({} if "list" in words else {"name": "l"}) | {"wait": True} | words
        source = ListFile(file=io.BytesIO(octets), **of_file)
        answer: ListImport | Refused = await self.ask(FillList(source=source, **words), principal)
        return answer

    async def members(self, number: int, **words: Any) -> list[tuple[str, dict[str, str]]]:
        """Everybody on a list, as it is downloaded."""
        answer = await self.ask(DownloadList(list=number, **words))
        assert isinstance(answer, ListDownload), answer
        return [
            (each.msisdn, msgspec.to_builtins(each.fields))
            async for page in answer.pages
            for each in page
        ]

    async def find(self, number: int, **words: Any) -> RecipientList:
        """A list as it is now."""
        answer = await self.ask(FindList(list=number, **words))
        assert isinstance(answer, RecipientList), answer
        return answer

    async def ended(self, number: int) -> ListImport:
        """An import, once it has ended."""
        async with asyncio.timeout(20):
            while True:
                found: ListImport = await self.ask(FindImport(id=self.sealed(number)))
                if found.ended_at is not None:
                    return found

    def sealed(self, number: int, principal: Principal | None = None) -> int:
        """An id as customers see it."""
        return seal((principal or self.shop).key, number)

    async def value(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row."""
        async with self.database.link() as link:
            return await link.fetchval(query, *arguments)

    async def sweep(self) -> None:
        """Until nothing is left to do."""
        while await self.imports.sweep():
            pass


_OF_FILE = ListFile.__struct_fields__


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_dsn: str) -> AsyncIterator[Lists]:
    """See `Lists`."""
    made = Lists(database_dsn)
    await made.furnish()
    yield made
    await made.imports.stop()
    await made.database.stop()


@pytest.fixture
def numbers() -> tuple[str, ...]:
    """A hundred that can be called."""
    return NUMBERS
