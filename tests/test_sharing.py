"""The socket between processes that share the work: found again after its other end, and a fault of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from heliograph.sharing import Carrying, Handing


def _carrying(place: Path) -> Carrying:
    return Carrying(place, 1, receive=lambda _: None, room=lambda _: 10, up=lambda: [7])


async def _until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not fact():  # noqa: ASYNC110 - no signal tells of it
            await asyncio.sleep(0.01)


async def test_who_carries_is_found_again_although_nothing_could_be_taken_back() -> None:
    lost: list[int] = []

    async def fail() -> None:
        lost.append(1)
        raise RuntimeError("no database")

    with TemporaryDirectory() as folder:
        place = Path(folder)
        handing = Handing(place, [1], node=3, bound=lambda: [-5], told=lambda *_: None, lost=fail)
        await handing.start()
        try:
            for turn in range(2):
                carrying = _carrying(place)
                await carrying.start()
                await _until(lambda: handing.up(7))
                assert handing.room(1) == 10
                await _until(lambda: carrying.sessions() == {-5})  # noqa: B023
                assert carrying.nodes() == [3]
                await carrying.stop()
                await _until(lambda: not handing.here())
                await _until(lambda: len(lost) > turn)  # noqa: B023
        finally:
            await handing.stop()
