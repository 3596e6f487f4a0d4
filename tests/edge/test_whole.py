"""Requests that come whole take a short way: what comes of it is the same as on the server's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from heliograph.dialects._shape import HttpReply
from heliograph.edge._replies import rendered
from heliograph.edge._whole import WholeHttp
from heliograph.model.refusal import Refusal, Refused

BODY = json.dumps({"to": "+8801844909020", "from": "Heliograph", "text": "Zoë"}).encode()
KEY = b"authorization: Bearer hg_live_all\r\n"
CASES = {
    "sent": (b"POST /v1/messages", KEY, BODY),
    "query": (b"POST /v1/messages?a=b%20c&d", KEY, BODY),
    "stranger": (b"POST /v1/messages", b"", BODY),
    "unreadable": (b"POST /v1/messages", KEY, b"{"),
    "too large": (b"POST /v1/messages", KEY, b"x" * 200_000),
    "empty": (b"POST /v1/messages", KEY, b""),
    "looked for": (b"GET /v1/balance", KEY, b""),
    "unknown": (b"GET /v1/nothing", KEY, b""),
    "absolute": (b"GET http://other.example/v1/balance", KEY, b""),
    "fragment": (b"GET /v1/balance#x", KEY, b""),
    "slashes": (b"GET //v1/balance", KEY, b""),
    "head": (b"HEAD /v1/balance", KEY, b""),
    "twice": (b"GET /v1/balance", KEY + b"x-a: 1\r\nx-a: 2\r\n", b""),
    "file": (b"POST /v1/messages/bulk", KEY + b"content-type: application/x-ndjson\r\n", b"{}\n"),
    "page": (b"GET /healthz", b"", b""),
    "close": (b"POST /v1/messages", KEY + b"connection: close\r\n", BODY),
    "expects": (b"POST /v1/messages", KEY + b"expect: 100-continue\r\n", BODY),
}
SHORT = frozenset(CASES) - {"absolute", "slashes", "head", "file", "page", "expects"}


def _octets(line: bytes, headers: bytes, body: bytes, version: bytes = b"1.1") -> bytes:
    length = b"content-length: %d\r\n" % len(body) if body else b""
    return b"%b HTTP/%b\r\nhost: x\r\n%b%b\r\n%b" % (line, version, headers, length, body)


async def _answer(house, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)  # so that the pieces arrive one by one
    writer.write(_octets(b"GET /v1/last", b"connection: close\r\n", b""))
    whole = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return _timeless(whole)


async def _until(so: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not so():  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.001)


def _timeless(answer: bytes) -> bytes:
    answer = re.sub(rb"date: [^\r]*", b"date", answer)
    answer = re.sub(rb"(msg|sub)_[0-9a-z]{13}", b"ID", answer)
    return re.sub(rb"/requests/[0-9a-z]{13}", b"REQUEST", answer)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that took the short way."""
    paths: list[str] = []
    short_way = WholeHttp._short_way

    def look(self):
        found = short_way(self)
        if found is not None:
            paths.append(found[1][0])
        return found

    monkeypatch.setattr(WholeHttp, "_short_way", look)
    return paths


@pytest.mark.parametrize("case", CASES)
async def test_whole_and_in_pieces_are_answered_alike(house, desk, case, taken, monkeypatch):
    octets = _octets(*CASES[case])
    whole = await _answer(house, octets)
    performed = list(desk.performed)
    assert any(path != "/v1/last" for path in taken) == (case in SHORT)
    end = octets.find(b"\r\n\r\n") + 4
    cut = end + 1 if len(octets) > end else 10
    assert await _answer(house, octets[:cut], octets[cut:]) == whole
    monkeypatch.setattr(WholeHttp, "_short_way", lambda self: None)
    assert await _answer(house, octets) == whole
    if case != "file":  # a stream of drafts equals no other
        assert desk.performed == performed * 3


async def test_old_callers_go_the_servers_way(house, taken):
    answer = await house.raw(_octets(b"GET /v1/balance", KEY, b"", b"1.0"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert taken == []


async def test_many_at_once_are_answered_in_their_order(house, desk):
    """Pipelined requests: the first goes the short way, the others wait for it."""
    gate = asyncio.Event()

    async def wait(command):
        await gate.wait()
        return Refused(refusal=Refusal.NOT_FOUND)

    desk.on_perform = wait
    first = _octets(b"GET /v1/balance", KEY, b"")
    second = _octets(b"GET /v1/nothing", KEY, b"")
    third = _octets(b"GET /v1/last", b"connection: close\r\n", b"")
    reader, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    writer.write(first + second + third)
    await _until(lambda: desk.performed)
    gate.set()
    whole = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert [each[:3] for each in whole.split(b"HTTP/1.1 ")[1:]] == [b"404", b"404", b"404"]
    assert whole.count(b"connection: close") == 1


async def test_a_stream_is_followed_and_ends_with_its_caller(house, desk, happening, taken):
    async with house.call("GET", "/v1/events") as reply:
        await asyncio.wait_for(desk.watching.wait(), 10)
        desk.events.put_nowait(happening)
        said = b""
        while b"message.delivered" not in said:
            said += await asyncio.wait_for(reply.content.readany(), 10)
    await asyncio.wait_for(desk.watch_closed.wait(), 10)
    assert taken == ["/v1/events"]


async def test_an_answer_that_would_be_cut_in_two_is_none(house, monkeypatch):
    """What no header may hold breaks the connection's answer, not the next one."""
    reply = HttpReply(status=200, body=b"x", headers=(("location", "/a\r\nset-cookie: b"),))
    with pytest.raises(RuntimeError):
        rendered(reply, b"", closing=False)
    with pytest.raises(RuntimeError):
        rendered(HttpReply(status=200, body=b"", headers=(("a b", "c"),)), b"", closing=False)
    monkeypatch.setattr("heliograph.edge._whole.rendered", _unable)
    answer = await house.raw(_octets(b"GET /v1/balance", KEY, b""))
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"connection: close" in answer


def _unable(*_, **__):
    raise RuntimeError("no")


async def test_who_says_nothing_for_long_is_let_go(build, desk, monkeypatch):
    """One timer serves all requests of a connection, and runs from the last answer."""
    monkeypatch.setattr("heliograph.edge.http._KEEP_ALIVE_SECONDS", 0.3)
    house = build(desk)
    await house.start()
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    for _ in range(3):
        await asyncio.sleep(0.15)
        writer.write(_octets(b"GET /v1/balance", KEY, b""))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))
    answered = loop.time()
    assert await asyncio.wait_for(reader.read(), 10) == b""
    assert 0.2 < loop.time() - answered < 5
    writer.close()
    await house.stop()


async def test_a_caller_that_left_is_not_written_to(house, desk):
    """Whatever was begun is finished: it may be a message."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(command):
        begun.set()
        await go_on.wait()
        return Refused(refusal=Refusal.NOT_FOUND)

    desk.on_perform = wait
    _, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    writer.write(_octets(b"GET /v1/balance", KEY, b""))
    await asyncio.wait_for(begun.wait(), 10)
    with capture_logs() as logs:
        writer.transport.abort()
        server = house.door._server.server_state
        await _until(lambda: not server.connections)
        go_on.set()
        await _until(lambda: not server.tasks)
    assert logs == []
