"""The driver's look at elements of arrays is ours: shorter, and of the same mind."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from asyncpg.protocol import protocol

from heliograph.store._driver import CONTAINERS, spare_elements


def test_the_driver_has_the_variable_and_nothing_but_arrays_ask_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert protocol.IterableABC in {Iterable, CONTAINERS}
    monkeypatch.setattr(protocol, "IterableABC", Iterable)
    spare_elements()
    assert protocol.IterableABC is CONTAINERS
    assert protocol.SizedABC is Sized


@pytest.mark.parametrize(
    "given",
    [
        [1, 2, None],
        (1, 2),
        {1: None, 2: None}.keys(),
        {1: 1}.values(),
        range(3),
        [[1, 2], [3, 4]],
        [],
    ],
)
async def test_arrays_are_written_as_before(database_dsn: str, given: Any) -> None:
    spare_elements()
    link = await asyncpg.connect(database_dsn)
    try:
        found = await link.fetchval("select $1::bigint[]", given)
        assert found == [list(x) if isinstance(x, list) else x for x in given]
        words = await link.fetchval("select $1::text[]", ["a", "", None])
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        assert words == ["a", "", None]
        assert await link.fetchval("select $1::timestamptz[]", (moment,)) == [moment]
        for wrong in (SimpleNamespace(a=1), [(1, 2), (3, 4)], [[1], [2, 3]], "12"):
            with pytest.raises(asyncpg.DataError):
                await link.fetchval("select $1::bigint[]", wrong)
    finally:
        await link.close()
