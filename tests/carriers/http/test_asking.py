"""What a vendor does not tell is asked for: after growing pauses, within a pace, also after a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from heliograph.carriers.http import asking
from heliograph.carriers.http.asking import Asking
from heliograph.dialects._shape import HttpCall, HttpReply
from heliograph.model.report import Taken
from tests.carriers.http.conftest import Serve, Work
from tests.carriers.http.vendor import (
    NOW,
    Room,
    Store,
    dispatch,
    one_after_the_other,
    open_id,
    quiet,
    reply,
)

PENDING = HttpReply(status=200, body=b"pending")
DELIVERED = HttpReply(status=200, body=b"delivered")
Start = Callable[..., Asking]


class Line:
    """Gives the vendor's answers and remembers what was asked, and when."""

    def __init__(self, *answers: HttpReply | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.at: list[float] = []

    async def call(self, call: HttpCall) -> HttpReply | None:
        self.asked.append(call.url.rpartition("/")[2])
        self.at.append(time.monotonic())
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    begun: list[Asking] = []

    def begin(line: Line, store: Store, *, asks: str = "yes", **options: object) -> Asking:
        found = Asking(
            "hill",
            7,
            Room(),
            {"base_url": "http://x", "asks": asks},
            store,
            call=line.call,
            retry_after=lambda answer: 0.1,
            clock=time.monotonic,
            now=lambda: NOW,
            **({"per_second": 1000.0, "pauses_seconds": (0.01, 0.02)} | options),  # type: ignore[arg-type]
        )
        begun.append(found)
        found.start()
        return found

    yield begin
    for each in begun:
        await each.stop()


async def test_what_was_taken_is_asked_for_until_it_has_ended(start: Start) -> None:
    line, store = Line(PENDING, DELIVERED), Store()
    start(line, store).taken([open_id("a")])
    await store.until(lambda: len(store.heard) == 1)
    assert line.asked == ["a", "a"]
    assert (store.heard[0].carrier_message_id, store.heard[0].carrier_id) == ("a", 7)


async def test_what_was_taken_before_a_restart_is_found_and_asked_for_once(start: Start) -> None:
    line, store = Line(DELIVERED), Store(open_id("a", seconds_ago=9000), open_id("b"))
    start(line, store, sweep_seconds=3600.0)
    await store.until(lambda: len(store.heard) == 2)
    assert sorted(line.asked) == ["a", "b"]
    assert store.asked[0] == (NOW, "")
    assert store.asked[-1] == (NOW, "b")


async def test_what_was_taken_just_before_a_restart_is_asked_for_as_often_as_otherwise(
    start: Start,
) -> None:
    line, store = Line(PENDING, DELIVERED), Store(open_id("a"))
    start(line, store, sweep_seconds=3600.0)
    await store.until(lambda: len(store.heard) == 1)
    assert line.asked == ["a", "a"]


async def test_later_sweeps_leave_out_what_is_in_memory_and_ask_less_often_for_the_old(
    start: Start,
) -> None:
    line = Line(PENDING)
    store = Store(open_id("old", seconds_ago=9000), open_id("young", seconds_ago=60))
    start(line, store, sweep_seconds=0.01)
    sweeps = asking._OLD_EVERY + 1
    await store.until(lambda: sum(after == "" for _, after in store.asked) > sweeps)
    before = [moment for moment, after in store.asked if after == ""]
    assert before[:2] == [NOW, NOW - timedelta(seconds=0.03)]
    assert 1 <= line.asked.count("old") <= 2 < line.asked.count("young")


async def test_what_the_vendor_told_by_itself_is_not_asked_for(start: Start) -> None:
    line, store = Line(DELIVERED), Store()
    found = start(line, store, pauses_seconds=(0.05, 0.1))
    found.taken([open_id("told"), open_id("untold")])
    found.told(["told"])
    await store.until(lambda: bool(store.heard))
    assert line.asked == ["untold"]


async def test_once_the_vendor_tells_by_itself_it_is_asked_late(start: Start) -> None:
    line, store = Line(DELIVERED), Store()
    found = start(line, store, pauses_seconds=(0.0, 0.2))
    found.told(["other"])
    begun = time.monotonic()
    found.taken([open_id("a")])
    await store.until(lambda: bool(store.heard))
    assert line.at[0] - begun >= 0.19


async def test_a_receipt_that_was_not_kept_is_asked_for_again(start: Start) -> None:
    line, store = Line(DELIVERED), Store(failures=1)
    with quiet() as said:
        start(line, store).taken([open_id("a")])
        await store.until(lambda: bool(store.heard))
    assert line.asked == ["a", "a"]
    assert [each["event"] for each in said] == ["an answer could not be used"]


async def test_questions_keep_their_pace_and_stop_for_a_vendor_that_has_too_many(
    start: Start,
) -> None:
    busy = HttpReply(status=429, body=b"")
    line, store = Line(busy, DELIVERED), Store()
    start(line, store, per_second=50.0).taken([open_id("a"), open_id("b"), open_id("c")])
    await store.until(lambda: len(store.heard) == 3)
    gaps = [later - earlier for earlier, later in zip(line.at, line.at[1:], strict=False)]
    assert min(gaps) >= 0.015
    assert max(gaps) >= 0.075


async def test_memory_is_bounded_and_what_does_not_fit_is_left_to_the_sweep(start: Start) -> None:
    line, store = Line(DELIVERED), Store()
    start(line, store, most=2).taken([open_id(name) for name in "abc"])
    await store.until(lambda: len(store.heard) == 2)
    assert sorted(line.asked) == ["a", "b"]


async def test_a_vendor_that_cannot_be_asked_is_not_and_its_ids_are_not_held(start: Start) -> None:
    line, store = Line(DELIVERED), Store(open_id("a"), open_id("b"))
    found = start(line, store, asks="no", most=1)
    await asyncio.wait_for(found._tasks[-1], 10)  # the sweep ends
    found.taken([open_id("c")])
    assert (line.asked, found._known, len(store.asked)) == ([], {}, 1)


async def test_a_message_that_was_sent_is_asked_for_over_the_wire(serve: Serve, work: Work) -> None:
    look = one_after_the_other(reply(500), reply(200, b"pending"), reply(200, b"delivered"))
    vendor = await serve(**{"send": reply(200, {"ids": ["a1"]}), "look/a1": look})
    hill = await work(vendor.url, options={"pauses_seconds": (0.01,) * 3}, asks="yes")
    assert await hill.send(dispatch()) == [Taken(carrier_ids=("a1",))]
    await hill.ear.until(lambda: bool(hill.ear.heard))
    assert vendor.count("/look/a1") == 3
