"""Request lines as callers write them that encode nothing."""

import asyncio
import json

import pytest

from heliograph.edge._sloppy import put_right


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (b"GET /a?t=hi HTTP/1.1\r", b"GET /a?t=hi HTTP/1.1\r"),
        (b"GET /a?t=a b  c HTTP/1.1\r", b"GET /a?t=a%20b%20%20c HTTP/1.1\r"),
        ("GET /a?t=é+হ HTTP/1.0".encode(), b"GET /a?t=%C3%A9+%E0%A6%B9 HTTP/1.0"),
        (b"POST /a?t=1\xff HTTP/1.1\r", b"POST /a?t=1%FF HTTP/1.1\r"),
        (b"GET /a?t=\x00\x1f HTTP/1.1\r", b"GET /a?t=%00%1F HTTP/1.1\r"),
        (b"\xff\xfe\x00\x01", b"\xff\xfe\x00\x01"),
        (b"GET /a b HTTP/2\r", b"GET /a b HTTP/2\r"),
        (b'{"text": "a b c"}', b'{"text": "a b c"}'),
    ],
)
def test_only_what_no_url_may_have_is_changed(line, right):
    assert put_right(line) == right


async def _exchange(house, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_text_in_a_url_reaches_the_dialect_as_it_was_meant(house, desk):
    line = "GET /v1/messages?reference=Zoë und হ HTTP/1.1\r\n".encode()
    head = b"Host: x\r\nAuthorization: Bearer hg_live_read\r\n\r\n"
    whole = line + head
    cut = len(line) // 2
    for pieces in ((whole,), (whole[:cut], whole[cut:])):
        await _exchange(house, *pieces)
    assert [command.reference for command in desk.performed] == ["Zoë und হ"] * 2


async def test_a_body_is_never_touched(house, desk):
    text = "GET /x y HTTP/1.1\r\n ä" * 3
    body = json.dumps(
        {"to": "+8801844909020", "from": "Heliograph", "text": text}, ensure_ascii=False
    )
    body = body.encode()
    head = (
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hg_live_all\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    reply = await _exchange(house, head + body[:70], body[70:])
    assert reply.split(b" ")[1] == b"201"
    assert desk.performed[0].drafts[0].text == text


async def test_noise_is_refused_as_before(house):
    reply = await _exchange(house, b"\x16\x03\x01\x02 \x00\r\n\r\n")
    assert reply.split(b" ")[1] == b"400"
