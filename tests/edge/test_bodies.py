import asyncio
from collections.abc import Iterable

import pytest

from heliograph.edge._bodies import Broken, read_body, read_spool


def receiving(*parts: bytes, gone: bool = False):
    """An ASGI receive that hands these parts out."""
    messages = [
        {"type": "http.request", "body": part, "more_body": gone or index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]
    if gone:
        messages.append({"type": "http.disconnect"})
    waiting: Iterable[dict] = iter(messages)

    async def receive():
        return next(waiting)

    return receive


async def spooled(receive, limit_bytes: int) -> bytes | Broken:
    spool = await read_spool(receive, limit_bytes)
    if isinstance(spool, Broken):
        return spool
    with spool:
        return spool.read()


@pytest.mark.parametrize("read", [read_body, spooled])
@pytest.mark.parametrize(
    ("parts", "limit_bytes", "wanted"),
    [
        ((b"",), 0, b""),
        ((b"abc",), 3, b"abc"),
        ((b"abc",), 2, Broken.TOO_LARGE),
        ((b"ab", b"", b"cd"), 4, b"abcd"),
        ((b"ab", b"cd"), 3, Broken.TOO_LARGE),
        ((b"x" * 300_000, b"y" * 300_000), 600_000, b"x" * 300_000 + b"y" * 300_000),
    ],
)
async def test_a_body_is_kept_up_to_its_limit(read, parts, limit_bytes, wanted):
    assert await read(receiving(*parts), limit_bytes) == wanted


@pytest.mark.parametrize("read", [read_body, spooled])
async def test_a_caller_may_leave_at_any_time(read):
    assert await read(receiving(gone=True), 10) is Broken.GONE
    assert await read(receiving(b"a", gone=True), 10) is Broken.GONE


async def test_what_comes_after_the_limit_is_dropped_only_for_a_while():
    taken = 0

    async def endless():
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 4_000_000, "more_body": True}

    assert await read_body(endless, 10) is Broken.TOO_LARGE
    assert taken < 12


@pytest.mark.parametrize("read", [read_body, read_spool])
async def test_a_part_that_does_not_come_ends_the_waiting(read):
    assert await read(stalling(), 10, part_seconds=0) is Broken.TOO_SLOW


def stalling():
    """An ASGI receive whose second part never comes."""
    messages = iter([{"type": "http.request", "body": b"a", "more_body": True}])

    async def receive():
        for message in messages:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return receive
