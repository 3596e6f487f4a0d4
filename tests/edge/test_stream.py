import asyncio
import json

from structlog.testing import capture_logs

from heliograph.model import command as c


async def test_events_are_streamed_as_they_happen(house, desk, happening):
    async with house.call("GET", "/v1/events") as reply:
        assert reply.content_type == "text/event-stream"
        await desk.events.put(happening)
        lines = [await reply.content.readline() for _ in range(6)]
    assert lines[:2] == [b"retry: 2000\n", b"\n"]
    assert lines[2].startswith(b"id: evt_")
    assert lines[3] == b"event: message.delivered\n"
    assert json.loads(lines[4].removeprefix(b"data: "))["data"]["status"] == "delivered"
    assert desk.performed == [c.WatchEvents(after=None)]
    await desk.watch_closed.wait()


async def test_a_stream_says_now_and_then_that_it_lives(desk, build, happening):
    house = build(desk, heartbeat_seconds=0.01)
    await house.start()
    async with house.call("GET", "/v1/events") as reply:
        for _ in range(2):
            await reply.content.readline()
        assert await reply.content.readline() == b": still here\n"
        await desk.events.put(happening)
        while not (await reply.content.readline()).startswith(b"id: evt_"):
            pass
    await house.stop()


async def test_a_caller_that_leaves_ends_its_stream(house, desk):
    async with house.call("GET", "/v1/events"):
        await desk.watching.wait()
        assert house.count("heliograph_http_streams") == 1
    await desk.watch_closed.wait()
    async with house.call("GET", "/v1/balance") as reply:
        assert reply.status == 200


async def test_streams_end_when_the_door_closes(house, desk):
    async with house.call("GET", "/v1/events") as reply:
        await desk.watching.wait()
        stopping = asyncio.create_task(house.door.stop())
        assert await reply.content.read() == b"retry: 2000\n\n"
        await stopping
    assert desk.watch_closed.is_set()
    assert house.count("heliograph_http_streams") == 0


async def test_a_stream_that_fails_is_logged_once_and_broken_off(house, desk):
    with capture_logs() as logs:
        async with house.call("GET", "/v1/events") as reply:
            await desk.events.put(RuntimeError("lost the database"))
            broken = False
            try:
                await reply.content.read()
            except Exception as error:  # noqa: BLE001 (whatever the client calls it)
                broken = "payload" in str(error).lower() or "transfer" in str(error).lower()
    assert broken
    assert [each["event"] for each in logs] == ["stream failed"]


async def test_a_stream_needs_the_scope_to_read(house, desk):
    async with house.call("GET", "/v1/events", key="hg_live_wrong") as reply:
        assert reply.status == 401
    assert not desk.watching.is_set()
