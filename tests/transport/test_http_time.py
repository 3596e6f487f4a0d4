"""The pump and time: timeouts, cancelled callers, and stopping while calls are under way."""

import asyncio

import pytest

from heliograph.transport import CallError, CallResult, HttpCaller
from tests.transport.conftest import LOOPBACK, Peer, Serve, post


async def test_a_peer_that_does_not_answer_times_out(caller: HttpCaller, serve: Serve) -> None:
    never = asyncio.Event()

    async def silent(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        await never.wait()

    peer = await serve(silent)
    result = await caller.call(post(peer.url(), timeout_seconds=0.05))
    assert (result.status, result.error) == (None, CallError.TIMEOUT)
    assert not CallError.TIMEOUT.surely_unsent
    assert 0.04 < result.duration_seconds < 3


async def test_a_body_that_does_not_end_in_time_is_a_timeout_with_a_status(
    caller: HttpCaller, serve: Serve
) -> None:
    never = asyncio.Event()

    async def slow(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.receive(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning")
        await never.wait()

    peer = await serve(slow)
    result = await caller.call(post(peer.url(), timeout_seconds=0.05))
    assert (result.status, result.error) == (200, CallError.TIMEOUT)


async def test_a_handshake_that_does_not_end_is_a_connect_timeout(
    caller: HttpCaller, serve: Serve
) -> None:
    never = asyncio.Event()

    async def mute(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()

    peer = await serve(mute)
    result = await caller.call(post(peer.url(scheme="https"), timeout_seconds=0.05))
    assert result.error is CallError.CONNECT_TIMEOUT
    assert result.error.surely_unsent


async def test_waiting_for_a_free_connection_in_vain_is_surely_unsent(serve: Serve) -> None:
    release = asyncio.Event()
    arrived = asyncio.Event()

    async def held(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.receive(reader)
        arrived.set()
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    peer = await serve(held)
    caller = HttpCaller(policy=LOOPBACK, connections_per_host=1)
    await caller.start()
    first = asyncio.create_task(caller.call(post(peer.url())))
    await arrived.wait()
    second = await caller.call(post(peer.url(), timeout_seconds=0.05))
    release.set()
    assert (await first).is_success
    assert second.error is CallError.CONNECT_TIMEOUT
    assert len(peer.requests) == 1
    await caller.stop()


async def test_a_cancelled_caller_is_cancelled(caller: HttpCaller, serve: Serve) -> None:
    arrived, never = asyncio.Event(), asyncio.Event()

    async def silent(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        arrived.set()
        await never.wait()

    peer = await serve(silent)
    task = asyncio.create_task(caller.call(post(peer.url())))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_stop_lets_running_calls_end_and_takes_no_more(serve: Serve) -> None:
    release, arrived = asyncio.Event(), asyncio.Event()

    async def held(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.receive(reader)
        arrived.set()
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    peer = await serve(held)
    caller = HttpCaller(policy=LOOPBACK)
    assert (await caller.call(post(peer.url()))).error is CallError.STOPPED
    await caller.start()
    await caller.start()
    running = asyncio.create_task(caller.call(post(peer.url())))
    await arrived.wait()
    stopping = asyncio.create_task(caller.stop())
    await asyncio.wait([stopping], timeout=0)
    assert (await caller.call(post(peer.url()))).error is CallError.STOPPED
    release.set()
    await stopping
    assert running.done()
    assert (await running).is_success
    await caller.stop()
    await caller.start()
    assert (await caller.call(post(peer.url()))).is_success
    await caller.stop()


async def test_stop_ends_what_outlasts_its_grace(serve: Serve) -> None:
    arrived, never = asyncio.Event(), asyncio.Event()

    async def silent(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        arrived.set()
        await never.wait()

    peer = await serve(silent)
    caller = HttpCaller(policy=LOOPBACK, connections_per_host=1, stop_grace_seconds=0.02)
    await caller.start()
    tasks = [asyncio.create_task(caller.call(post(peer.url()))) for _ in range(2)]
    await arrived.wait()
    await caller.stop()
    assert all(task.done() for task in tasks)
    results: list[CallResult] = await asyncio.gather(*tasks)
    assert {result.error for result in results} == {CallError.DISCONNECTED, CallError.STOPPED}
