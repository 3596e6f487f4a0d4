"""Calls to an endpoint: no more at once than it bears, and nobody waits for somebody else's endpoint."""

from __future__ import annotations

import asyncio
from functools import partial

from heliograph.flow.calling import AT_FIRST, AT_LEAST, AT_MOST, Called, Calling

_OK = Called(status_code=200, error=None, duration_ms=1)
_BUSY = Called(status_code=503, error=None, duration_ms=1)
_SLOW = Called(status_code=200, error=None, duration_ms=2_000)
_NO = Called(status_code=404, error=None, duration_ms=1)


class _Peer:
    """Counts who is with it at once."""

    def __init__(self, answer: Called) -> None:
        self.answer = answer
        self.now = self.most = self.calls = 0

    async def call(self) -> Called:
        self.now += 1
        self.calls += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return self.answer


async def _called(peer: _Peer, count: int, **words: int) -> int:
    """Calls so often; returns how many were with it at once at the end."""
    ended: list[int] = []
    calling: Calling[int] = Calling(lambda job, called: ended.append(job))
    for number in range(count):
        calling.put((1, 1), number, peer.call, **words)
    await calling.stop(10)
    assert sorted(ended) == list(range(count))
    return peer.most


async def test_an_endpoint_that_answers_soon_gets_more_at_once() -> None:
    assert await _called(_Peer(_OK), AT_FIRST) == AT_FIRST
    assert await _called(_Peer(_OK), 5_000) == AT_MOST


async def test_one_that_is_slow_or_says_no_gets_no_more() -> None:
    assert await _called(_Peer(_SLOW), 1_000) == AT_FIRST
    assert await _called(_Peer(_NO), 1_000) == AT_MOST
    assert await _called(_Peer(_OK), 1_000, fixed_width=3) == 3


async def test_one_that_fails_gets_fewer() -> None:
    peer, ended = _Peer(_BUSY), 0

    def end(job: int, called: Called) -> None:
        nonlocal ended
        ended += 1
        if ended == 500:
            peer.most = 0

    calling: Calling[int] = Calling(end)
    for number in range(1_000):
        calling.put((1, 1), number, peer.call)
    await calling.stop(10)
    assert (ended, peer.most) == (1_000, AT_LEAST)


async def test_a_silent_endpoint_holds_up_nobody_else() -> None:
    silence, told = asyncio.Event(), asyncio.Event()

    async def wait(signal: asyncio.Event) -> Called:
        await signal.wait()
        return _OK

    calling: Calling[str] = Calling(lambda job, called: told.set() if job == "b" else None)
    for _ in range(AT_FIRST * 2):
        calling.put((1, 1), "a", partial(wait, silence))
    calling.put((1, 2), "b", _Peer(_OK).call)
    await asyncio.wait_for(told.wait(), 5)
    silence.set()
    await calling.stop(10)
