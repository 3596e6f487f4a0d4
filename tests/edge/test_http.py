import asyncio
import signal

import pytest

from heliograph.edge.http import HttpDoor
from heliograph.model import command as c


async def test_a_stopped_door_finishes_what_runs_and_accepts_nothing_more(house, desk):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(command):
        begun.set()
        await go_on.wait()
        return c.Done()

    desk.on_perform = wait
    calling = asyncio.create_task(_status(house.call("DELETE", "/v1/senders/snd_1")))
    await begun.wait()
    stopping = asyncio.create_task(house.door.stop())
    while await _accepts(house.door.port):
        pass
    go_on.set()
    assert await calling == 204
    await stopping


async def _status(call) -> int:
    async with call as reply:
        return reply.status


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_stopping_twice_or_before_starting_is_nothing(house, desk, build):
    await house.door.stop()
    await house.door.stop()
    await build(desk).door.stop()


async def test_a_taken_port_is_told_to_who_starts_the_door(house):
    other = HttpDoor(house.app, "127.0.0.1", house.door.port)
    with pytest.raises(OSError, match="in use"):
        await other.start()
    await other.stop()


async def test_the_door_leaves_the_process_its_signals(desk, build):
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    house = build(desk)
    await house.start()
    assert [signal.getsignal(number) for number in numbers] == before
    await house.stop()
