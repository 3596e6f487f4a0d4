"""Clicks are written in batches, again when that fails, and never without bound."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from structlog.testing import capture_logs

from heliograph.model.link import Click
from heliograph.products.links.tally import Tally

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def click(number: int) -> Click:
    return Click(account_id=1, message_id=number, link_id=1, visitor=1, at=NOW)


class Books:
    """Keeps what it is given, unless it is away or the click is bad."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.away = False
        self.bad: int | None = None
        self.tried = asyncio.Event()

    async def write(self, clicks: Sequence[Click]) -> None:
        self.tried.set()
        numbers = [each.message_id for each in clicks]
        if self.away or self.bad in numbers:
            raise OSError("the database is away")
        self.written += numbers


async def test_a_stop_writes_what_waits() -> None:
    books = Books()
    tally = Tally(books.write)
    await tally.start()
    for number in range(2_500):
        tally.add(click(number))
    await tally.stop()
    await tally.stop()
    assert books.written == list(range(2_500))
    assert tally.lost == 0


async def test_what_cannot_be_written_is_tried_again_and_does_not_hold_up_the_others() -> None:
    books = Books()
    books.away = True
    tally = Tally(books.write, again_seconds=0.0)
    with capture_logs() as logs:
        await tally.start()
        for number in range(4):
            tally.add(click(number))
        async with asyncio.timeout(5):
            await books.tried.wait()
        books.away, books.bad = False, 0
        async with asyncio.timeout(5):
            while len(books.written) < 3:
                books.tried.clear()
                await books.tried.wait()
        await tally.stop()
    assert sorted(books.written) == [1, 2, 3]
    assert tally.lost == 1
    assert "clicks are lost" in logs[-1]["event"]


async def test_more_than_memory_allows_is_not_counted() -> None:
    books = Books()
    tally = Tally(books.write, most_waiting=3)
    await tally.start()
    with capture_logs() as logs:
        for number in range(10):
            tally.add(click(number))
    await tally.stop()
    assert (books.written, tally.lost) == ([0, 1, 2], 7)
    assert len(logs) == 1
