"""A queue that becomes long is noticed once, and again when it has become far longer."""

from __future__ import annotations

import pytest

from heliograph.flow import backlog as limits
from heliograph.flow.backlog import LONG, SHORT, Backlog
from heliograph.model.account import Endpoint
from tests.flow.conftest import Parts
from tests.flow.working import lose, working


def test_it_is_noticed_once_until_it_was_short() -> None:
    backlog = Backlog()
    lengths = (0, LONG - 1, LONG, LONG + 1, SHORT, LONG, SHORT - 1, LONG, 9 * LONG, 10 * LONG)
    grown = [backlog.grown(length) for length in lengths]
    assert [length for length, each in zip(lengths, grown, strict=True) if each] == [
        LONG,
        LONG,
        10 * LONG,
    ]


async def _analysed(parts: Parts, table: str) -> bool:
    """Whether the planner was told how many rows there are."""
    return await parts.value("select reltuples > 0 from pg_class where relname = $1", table)


async def test_the_planner_is_told_of_long_queues(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LONG", 1)
    monkeypatch.setattr(limits, "SHORT", 1)
    url = "https://shop.example/hook"
    await parts.insert(Endpoint(account_id=parts.account.id, id=0, url=url, events=("*",)))
    async with working(parts) as works:
        lose(works.notify._load)
        assert not await _analysed(parts, "outbox")
        assert not await _analysed(parts, "notification")
        await parts.accepted()
        await works.deliver.claim()
        await works.notify.claim()
        assert await _analysed(parts, "outbox")
        assert await _analysed(parts, "notification")
