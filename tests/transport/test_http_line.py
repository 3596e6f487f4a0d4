"""Connections that stay at hand between calls: what they read, and to whom they are given up."""

import asyncio

import msgspec
import pytest

from heliograph.transport import CallError, HttpCaller, OutgoingCall
from tests.transport.conftest import LOOPBACK, OK, Answer, Peer, Serve, post, replying

_HEAD = b"HTTP/1.1 200 OK\r\n"
_EMPTY = b"Content-Length: 0\r\n\r\n"


def _once(reply: bytes) -> Answer:
    """Answers one request of a connection and closes it."""

    async def answer(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        writer.write(reply)
        await writer.drain()

    return answer


@pytest.mark.parametrize(
    "reply",
    [
        _HEAD + b"Content-Length: 2\r\n\r\nok",
        _HEAD + b"Connection: close\r\n\r\nuntil the end",
        _HEAD + b"Connection: close\r\nContent-Length: 9\r\n\r\nshort",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\nRetry-After: 9\r\n\r\n",
        _HEAD + b"Retry-After: 1\r\nRetry-After: 2\r\nContent-Type: a/b; c=\xff \r\n" + _EMPTY,
        b"HTTP/1.1 100 Continue\r\nRetry-After: 7\r\n\r\n" + _HEAD + _EMPTY,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 No\r\n" + _EMPTY,
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nold",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        _HEAD + b"X-Odd: \x01\xff\r\n" + _EMPTY,
        _HEAD + b"X-Null: \0\r\n" + _EMPTY,
        _HEAD + b"X: " + b"x" * 8188 + b"\r\n" + _EMPTY,
        _HEAD + b"X: " + b"x" * 8190 + b"\r\n" + _EMPTY,
        _HEAD + b"X: y\r\n" * 127 + _EMPTY,
        _HEAD + b"X: y\r\n" * 128 + _EMPTY,
        _HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        _HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        _HEAD + b"Content-Length: 5000\r\n\r\n" + b"x" * 5000,
        _HEAD + b"Connection: close\r\n\r\n" + b"x" * 5000,
        b"HTTP/1.1 200",
        b"",
    ],
)
async def test_an_answer_means_what_the_whole_client_takes_it_for(
    caller: HttpCaller, serve: Serve, reply: bytes
) -> None:
    ours, theirs = [
        msgspec.structs.replace(
            await caller.call(OutgoingCall(method=method, url=(await serve(_once(reply))).url())),
            duration_seconds=0.0,
        )
        for method in ("POST", "GET")
    ]
    assert ours == theirs


async def test_a_body_that_cannot_be_read_keeps_the_status(
    caller: HttpCaller, serve: Serve
) -> None:
    reply = _HEAD + b"Transfer-Encoding: chunked\r\n\r\nno length\r\nok\r\n"
    result = await caller.call(post((await serve(_once(reply))).url()))
    assert (result.status, result.body, result.error) == (200, b"", CallError.BAD_REPLY)


async def test_a_header_without_end_is_not_gathered(caller: HttpCaller, serve: Serve) -> None:
    hung_up = asyncio.Event()

    async def endless(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        writer.write(_HEAD + b"X: ")
        try:
            while True:
                writer.write(b"x" * 4096)
                await writer.drain()
        except ConnectionError:
            hung_up.set()

    peer = await serve(endless)
    assert (await caller.call(post(peer.url()))).error is CallError.BAD_REPLY
    async with asyncio.timeout(5):
        await hung_up.wait()


async def test_a_connection_that_the_peer_closed_at_rest_is_not_used(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(_once(_HEAD + b"Content-Length: 0\r\n\r\n"))
    for count in (1, 2, 3):
        assert (await caller.call(post(peer.url()))).is_success
        for _ in range(20):  # turns of the loop, in which the end arrives
            await asyncio.sleep(0)
        assert peer.connections == count


async def test_what_comes_behind_an_answer_ends_its_connection(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(replying(_HEAD + b"Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"))
    for count in (1, 2):
        assert (await caller.call(post(peer.url()))).body == b"ok"
        assert peer.connections == count


@pytest.mark.parametrize("limit", [{"connections_per_host": 1}, {"connections": 1}])
async def test_whoever_waits_for_a_connection_gets_the_next_that_is_free(
    serve: Serve, limit: dict[str, int]
) -> None:
    peer, other = await serve(OK), await serve(OK)
    caller = HttpCaller(policy=LOOPBACK, **limit)
    await caller.start()
    try:
        urls = [peer.url(), other.url()] if "connections" in limit else [peer.url()]
        calls = [
            OutgoingCall(method=method, url=url, timeout_seconds=4.0)
            for method in ("POST", "GET", "POST", "POST", "GET")
            for url in urls
        ]
        results = await asyncio.gather(*(caller.call(each) for each in calls))
        assert [result.status for result in results] == [200] * len(calls)
    finally:
        await caller.stop()


async def test_a_connection_serves_both_ways_of_calling(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(OK)
    for method in ("POST", "GET", "POST", "PUT", "POST"):
        assert (await caller.call(OutgoingCall(method=method, url=peer.url()))).body == b"ok"
    assert peer.connections == 1
