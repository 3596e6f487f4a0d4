"""The compiled counterpart against itself: what it sends is what it counts."""

import shutil
from collections.abc import AsyncIterator

import pytest

from benchmarks._counterpart import RECIPIENT, Counterpart
from benchmarks._figures import figures_of

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
_COUNT = 500


@pytest.fixture
async def counterpart() -> AsyncIterator[Counterpart]:
    running = await Counterpart.start(_COUNT)
    yield running
    await running.stop()


async def test_http_requests_reach_the_ear_each_once(counterpart: Counterpart) -> None:
    body = f'{{"to":"{RECIPIENT}","status":"delivered"}}'
    request = f"POST /told HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    await counterpart.reset(receipts=True, receipt_after_seconds=0.01, final='"delivered"')
    await counterpart.http(counterpart.ear_port, request.encode(), connections=8, count=_COUNT)
    counts = await counterpart.wait_load(20)
    assert (counts["accepted"], counts["told_distinct"], counts["told_twice"]) == (
        _COUNT,
        _COUNT,
        0,
    )


async def test_a_call_that_is_not_final_is_counted_apart(counterpart: Counterpart) -> None:
    request = f"GET /told?to={RECIPIENT}&type=8 HTTP/1.1\r\nHost: x\r\n\r\n"
    await counterpart.reset(receipts=True, receipt_after_seconds=0.01, final="type=1")
    await counterpart.http(counterpart.ear_port, request.encode(), connections=2, count=10)
    counts = await counterpart.wait_load(20)
    assert (counts["told_distinct"], counts["told_other"]) == (0, 10)


async def test_a_paced_load_asks_at_its_rate(counterpart: Counterpart) -> None:
    request = f"GET /told?to={RECIPIENT} HTTP/1.1\r\nHost: x\r\n\r\n"
    await counterpart.reset(receipts=True, receipt_after_seconds=0.01, final="*")
    await counterpart.http(
        counterpart.ear_port, request.encode(), connections=4, count=101, per_second=500.0
    )
    await counterpart.wait_load(20)
    asked_at = (await counterpart.moments(101)).asked_at
    assert asked_at[100] - asked_at[0] == pytest.approx(0.2)


async def test_submit_sm_come_back_as_receipts_after_the_delay(counterpart: Counterpart) -> None:
    await counterpart.reset(receipts=True, receipt_after_seconds=0.05, final="*")
    await counterpart.smpp(
        counterpart.smpp_port, login=("a", "b"), sessions=2, window=50, count=_COUNT
    )
    await counterpart.wait_load(20)
    counts = await counterpart.settled("told_distinct", _COUNT, idle_seconds=10)
    moments = await counterpart.moments(_COUNT)
    figures = figures_of(
        asked_at=moments.asked_at, answered_at=moments.answered_at, carrier_at=moments.carrier_at,
        told_at=moments.told_at, counts=counts, telling=True,
    )  # fmt: skip
    assert (figures["lost"], figures["duplicated"], figures["untold"]) == (0, 0, 0)
    assert min(t - c for t, c in zip(moments.told_at, moments.carrier_at, strict=True)) >= 0.05
    assert counts["receipts_taken"] == _COUNT
