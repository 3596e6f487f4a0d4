"""How a reply leaves: whole with its length, or piece by piece without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from heliograph.dialects._shape import HttpReply
from heliograph.edge._replies import send_whole


async def sent(reply: HttpReply) -> list[MutableMapping[str, Any]]:
    said: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    await send_whole(send, reply)
    return said


async def test_a_whole_reply_tells_its_length() -> None:
    start, body = await sent(HttpReply(status=200, body=b"whole"))
    assert (b"content-length", b"5") in start["headers"]
    assert body["body"] == b"whole"


async def test_pieces_follow_the_body_and_none_of_them_is_the_last_before_the_end() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"two"
        yield b"three"

    start, *parts = await sent(HttpReply(status=200, body=b"one", pieces=pieces()))
    assert not any(name == b"content-length" for name, _ in start["headers"])
    assert [part["body"] for part in parts] == [b"one", b"two", b"three", b""]
    assert [part["more_body"] for part in parts] == [True, True, True, False]


async def test_what_breaks_on_the_way_is_not_ended_as_if_it_were_whole() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"two"
        raise OSError("gone")

    said: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    with pytest.raises(OSError, match="gone"):
        await send_whole(send, HttpReply(status=200, body=b"one", pieces=pieces()))
    assert said[-1]["more_body"] is True


async def test_no_more_pieces_are_made_once_the_caller_is_gone() -> None:
    gone, made = asyncio.Event(), []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(100):
            made.append(number)
            if number == 3:
                gone.set()
                await asyncio.sleep(0)
            yield b""  # also where there is nothing to send

    async def receive() -> MutableMapping[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0)

    reply = HttpReply(status=200, body=b"one", pieces=pieces())
    await asyncio.wait_for(send_whole(send, reply, receive=receive), 5)
    assert len(made) < 10


async def test_whoever_asks_for_the_head_alone_has_no_pieces_made() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("made")
        yield b""

    async def send(message: MutableMapping[str, Any]) -> None:
        del message

    await send_whole(send, HttpReply(status=200, body=b"", pieces=pieces()), head=True)
