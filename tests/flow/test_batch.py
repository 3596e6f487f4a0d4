"""What arrives while one batch is written becomes the next; nothing is lost and one bad item harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from structlog.typing import EventDict

from heliograph.flow.batch import Batcher

_POISON = -1


class _PoisonError(Exception):
    """The writer cannot write this."""


class _Writer:
    """Writes when the test lets it; keeps its batches. Poison fails until `cured`."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.entered = asyncio.Event()
        self.cured = False
        self.open.set()

    async def flush(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.entered.set()
        await self.open.wait()
        if _POISON in items and not self.cured:
            raise _PoisonError
        return [item * 10 for item in items]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What the batcher says of failures."""
    with capture_logs() as entries:
        yield entries


@pytest_asyncio.fixture(loop_scope="session")
async def writer() -> _Writer:
    return _Writer()


@pytest_asyncio.fixture(loop_scope="session")
async def batcher(writer: _Writer) -> AsyncIterator[Batcher[int, int]]:
    made: Batcher[int, int] = Batcher("test", writer.flush, most=100)
    await made.start()
    yield made
    writer.open.set()
    await made.stop()


async def test_a_lone_item_is_written_at_once(writer: _Writer, batcher: Batcher[int, int]) -> None:
    assert await batcher.put(7) == 70
    assert writer.batches == [[7]]


async def test_a_batch_grows_while_another_is_written(
    writer: _Writer, batcher: Batcher[int, int]
) -> None:
    writer.open.clear()
    first = batcher.put(0)
    await writer.entered.wait()
    others = [batcher.put(number) for number in range(1, 251)]
    assert len(batcher) == 250
    writer.open.set()
    assert await asyncio.gather(first, *others) == [number * 10 for number in range(251)]
    assert [len(batch) for batch in writer.batches] == [1, 100, 100, 50]
    assert [item for batch in writer.batches for item in batch] == list(range(251))


async def test_several_workers_write_at_the_same_time(writer: _Writer) -> None:
    two: Batcher[int, int] = Batcher("two", writer.flush, most=1, workers=2)
    await two.start()
    writer.open.clear()
    futures = [two.put(1), two.put(2), two.put(3)]
    stopping = asyncio.create_task(two.stop())
    while len(writer.batches) < 2:
        await writer.entered.wait()
        writer.entered.clear()
    assert writer.batches == [[1], [2]]
    writer.open.set()
    await stopping
    assert [future.result() for future in futures] == [10, 20, 30]


async def test_an_item_that_cannot_be_written_fails_alone(
    batcher: Batcher[int, int], logged: list[EventDict]
) -> None:
    outcomes = await asyncio.gather(
        batcher.put(1), batcher.put(_POISON), batcher.put(2), return_exceptions=True
    )
    assert [outcomes[0], outcomes[2]] == [10, 20]
    assert isinstance(outcomes[1], _PoisonError)
    assert await batcher.put(3) == 30
    assert [(entry["batch"], entry["items"]) for entry in logged] == [("test", 3), ("test", 1)]


async def test_who_does_not_wait_hears_the_end_of_an_item_and_disturbs_nobody(
    batcher: Batcher[int, int], logged: list[EventDict]
) -> None:
    heard: list[int | Exception] = []

    def hear(result: int | Exception) -> None:
        heard.append(result)
        raise RuntimeError("no ear for that")

    for item in (1, _POISON):
        batcher.hand(item, hear)
    assert await batcher.put(2) == 20
    assert (await asyncio.gather(batcher.put(3), batcher.put(4))) == [30, 40]
    assert heard[0] == 10
    assert isinstance(heard[1], _PoisonError)
    assert sum("could not be told" in entry["event"] for entry in logged) == 2


async def test_stopping_writes_what_waits_and_may_be_repeated(
    writer: _Writer, batcher: Batcher[int, int]
) -> None:
    writer.open.clear()
    futures = [batcher.put(0)]
    await writer.entered.wait()
    futures += [batcher.put(1), batcher.put(2)]
    stopping = asyncio.create_task(batcher.stop())
    writer.open.set()
    await stopping
    assert [future.result() for future in futures] == [0, 10, 20]
    await batcher.stop()


async def test_a_stopped_batcher_can_be_started_again(
    writer: _Writer, batcher: Batcher[int, int]
) -> None:
    await batcher.stop()
    late = batcher.put(1)
    await batcher.start()
    assert await late == 10


async def test_a_caller_who_went_away_does_not_disturb_the_others(
    writer: _Writer, batcher: Batcher[int, int]
) -> None:
    writer.open.clear()
    gone, stays = batcher.put(1), batcher.put(2)
    await writer.entered.wait()
    gone.cancel()
    writer.open.set()
    assert await stays == 20


async def test_a_failed_item_is_tried_again_until_it_can_be_written(writer: _Writer) -> None:
    patient: Batcher[int, int] = Batcher("patient", writer.flush, again_seconds=0.001)
    await patient.start()
    future = patient.put(_POISON)
    await writer.entered.wait()
    writer.cured = True
    async with asyncio.timeout(5):
        assert await future == -10
    await patient.stop()


async def test_stopping_does_not_forget_what_waits_to_be_tried_again(writer: _Writer) -> None:
    patient: Batcher[int, int] = Batcher("patient", writer.flush, again_seconds=3_600)
    await patient.start()
    failing, good = patient.put(_POISON), patient.put(1)
    assert await good == 10
    writer.cured = True
    await patient.stop()
    assert failing.done()
    assert failing.result() == -10


async def test_stopping_ends_what_still_cannot_be_written(writer: _Writer) -> None:
    patient: Batcher[int, int] = Batcher("patient", writer.flush, again_seconds=3_600)
    await patient.start()
    failing, good = patient.put(_POISON), patient.put(1)
    assert await good == 10
    await patient.stop()
    with pytest.raises(_PoisonError):
        failing.result()


async def test_a_writer_lingers_only_while_another_item_is_on_its_way(writer: _Writer) -> None:
    slow: Batcher[int, int] = Batcher("slow", writer.flush, workers=2, linger_seconds=0.01)
    await slow.start()
    assert [await slow.put(number) for number in (1, 2)] == [10, 20]  # one after the other
    writer.open.clear()
    writer.entered.clear()
    first = slow.put(3)
    await writer.entered.wait()
    second = slow.put(4)
    await asyncio.sleep(0)  # the second worker has it, and lingers
    others = [slow.put(number) for number in (5, 6)]
    writer.open.set()
    async with asyncio.timeout(5):
        assert await asyncio.gather(first, second, *others) == [30, 40, 50, 60]
    assert writer.batches == [[1], [2], [3], [4, 5, 6]]
    await slow.stop()


async def test_stopping_does_not_wait_for_those_who_linger_without_end(writer: _Writer) -> None:
    slow: Batcher[int, int] = Batcher("slow", writer.flush, most=2, workers=2, linger_seconds=0.01)
    await slow.start()
    writer.open.clear()
    futures = [slow.put(1)]
    await writer.entered.wait()
    futures += [slow.put(number) for number in (2, 3, 4, 5)]
    await asyncio.sleep(0)
    stopping = asyncio.create_task(slow.stop())
    writer.open.set()
    async with asyncio.timeout(5):
        await stopping
    assert [future.result() for future in futures] == [10, 20, 30, 40, 50]
