"""Broadcasts on a real PostgreSQL: an account with money, lists, and who makes its messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest_asyncio

from heliograph.broadcasting import Broadcasting
from heliograph.config import Config
from heliograph.model.campaign import (
    Broadcast,
    BroadcastKind,
    BroadcastPlan,
    BroadcastStarted,
    Campaign,
    FindBroadcast,
    LinkList,
    SenderList,
    Spinner,
    StartBroadcast,
    Trigger,
)
from heliograph.model.link import SmartLink
from heliograph.model.lists import Fields
from heliograph.model.refusal import Refused
from heliograph.products.campaigns.codes import BeginCodes
from heliograph.store import lists
from tests.flow.conftest import LINK_BASE, SENDER, Clock, Parts, parts

__all__ = ["parts"]

_T = TypeVar("_T", Campaign, SenderList, LinkList, Spinner, Trigger, SmartLink)
BASE = 8_801_712_000_000


def numbers(count: int, first: int = 0) -> list[str]:
    """So many mobile numbers, each another."""
    return [str(BASE + first + each) for each in range(count)]


class _Needed:
    """What `wiring` gives, from the parts."""

    def __init__(self, parts: Parts, config: Config) -> None:
        self.config = config
        self.database, self.directory, self.vault = parts.database, parts.directory, parts.vault
        self.ids, self.checks, self.accept = parts.ids, parts.checks, parts.accept
        self.advance, self.deliver = parts.advance, parts.onward
        self.now, self.node = parts.clock, parts.node


class House:
    """One process. `engine()` is another life of it, which knows only what was committed."""

    def __init__(self, parts: Parts, data: Path) -> None:
        self.parts = parts
        self.clock: Clock = parts.clock
        self._config = Config(data=data, lease_seconds=300.0, max_memory_messages=4_000)
        self.broadcasting = self.engine()

    def engine(
        self, page: int = 10, base: str = LINK_BASE, codes: BeginCodes | None = None
    ) -> Broadcasting:
        """A fresh one, which takes pages of ten."""
        needed, told = _Needed(self.parts, self._config), self.parts.told.append
        made = Broadcasting(needed, told, lambda: base, codes)
        made.expansion._page = page
        return made

    async def ask(self, command: Any) -> Any:
        """The answer to a command."""
        return await self.broadcasting.performers[type(command)](self.parts.principal(), command)

    async def start(self, **words: Any) -> BroadcastStarted:
        """A broadcast that was accepted."""
        answer = await self.ask(StartBroadcast(plan=plan(**words)))
        assert isinstance(answer, BroadcastStarted), answer
        return answer

    async def refused(self, **words: Any) -> Refused:
        """Why a plan was not accepted."""
        answer = await self.ask(StartBroadcast(plan=plan(**words)))
        assert isinstance(answer, Refused), answer
        return answer

    async def pages(self, most: int = 1_000, engine: Broadcasting | None = None) -> int:
        """Take pages until nothing moves, or `most`; returns how many."""
        expansion = (engine or self.broadcasting).expansion
        for turn in range(most):
            expansion.wake()
            if not await expansion.turn():
                return turn
        return most

    async def broadcast(self, broadcast_id: int) -> Broadcast:
        """A broadcast with its sums."""
        found = await self.ask(FindBroadcast(broadcast_id=broadcast_id))
        assert isinstance(found, Broadcast), found
        return found

    async def written(self) -> Counter[str]:
        """Recipient → how many messages he has."""
        rows = await self.parts.rows("select recipient from message")
        return Counter(row["recipient"] for row in rows)

    async def keep(self, thing: _T) -> _T:
        """Keep a thing of the account's."""
        return await self.parts.insert(msgspec.structs.replace(thing, account_id=self.account_id))  # type: ignore[type-var]

    @property
    def account_id(self) -> int:
        """The account's id."""
        return self.parts.account.id

    async def list_of(
        self,
        msisdns: Iterable[str],
        fields: Mapping[str, Fields] | None = None,
        *,
        suppression: bool = False,
    ) -> int:
        """A list with these numbers."""
        account_id, contents_id = self.account_id, self.parts.ids.next()
        members = [
            (each, msgspec.json.encode((fields or {}).get(each, Fields())).decode())
            for each in msisdns
        ]
        async with self.parts.database.transaction() as link:
            list_id = await lists.next_list_id(link)
            made = await lists.make_list(
                link, account_id, list_id, contents_id,
                suppression=suppression, name="l", columns=(), at=self.clock(),
            )  # fmt: skip
            await lists.insert_members(link, account_id, contents_id, 0, members)
            await lists.move_list(
                link, made, contents_id=contents_id, upto=len(members), count=len(members),
                columns=(), name=None, at=self.clock(),
            )  # fmt: skip
        return list_id


def plan(**words: Any) -> BroadcastPlan:
    """A base broadcast, but for the words given."""
    return BroadcastPlan(**{"kind": BroadcastKind.BASE, "text": "Hello", "sender": SENDER} | words)


def total(broadcast: Broadcast) -> int:
    """All recipients of a broadcast's sums: skipped ones and messages (promise P10)."""
    return sum(
        sum(each.sums.skipped.values()) + sum(each.sums.statuses.values())
        for each in broadcast.segments
    )


@pytest_asyncio.fixture(loop_scope="session")
async def house(parts: Parts, tmp_path: Path) -> AsyncIterator[House]:
    """A house with one account that has money."""
    yield House(parts, tmp_path)
