"""The pump against peers on loopback: what it sends, what it makes of every kind of misbehaviour."""

import asyncio
import socket

import pytest

from heliograph.transport import CallError, HttpCaller, OutgoingCall
from tests.transport.conftest import LOOPBACK, OK, Peer, ScriptedNames, Serve, post, replying


async def test_the_request_arrives_as_it_was_given(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(OK)
    result = await caller.call(post(peer.url("/hook?text=a%20b+c%2B&x=%7E")))
    assert (result.status, result.body, result.error) == (200, b"ok", None)
    assert result.is_success
    assert result.duration_seconds > 0
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    request_line, *fields = head.split(b"\r\n")
    assert request_line == b"POST /hook?text=a%20b+c%2B&x=%7E HTTP/1.1"
    assert {field.lower() for field in fields} == {
        b"host: 127.0.0.1:%d" % peer.port,
        b"content-type: application/json",
        b"content-length: 28",
        b"user-agent: heliograph",
        b"accept: */*",
        b"accept-encoding: identity",
    }
    assert body == b'{"type":"message.delivered"}'


async def test_calls_one_after_the_other_share_a_connection(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(OK)
    for _ in range(3):
        assert (await caller.call(post(peer.url()))).is_success
    assert peer.connections == 1


async def test_an_answer_somewhat_over_the_limit_is_cut_and_keeps_the_connection(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(replying(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b"x" * 10000))
    for _ in range(2):
        result = await caller.call(post(peer.url()))
        assert (result.status, result.body, result.error) == (200, b"x" * 4096, None)
        assert result.body_truncated
    assert peer.connections == 1


async def test_a_chunked_answer_of_exactly_the_limit_is_whole(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(
        replying(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n"
        )
    )
    result = await caller.call(post(peer.url(), body_limit_bytes=8))
    assert (result.body, result.body_truncated) == (b"abcdefgh", False)


async def test_an_endless_answer_is_cut_and_its_connection_closed(
    caller: HttpCaller, serve: Serve
) -> None:
    hung_up = asyncio.Event()

    async def endless(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            hung_up.set()

    peer = await serve(endless)
    result = await caller.call(post(peer.url()))
    assert (result.status, len(result.body), result.body_truncated) == (200, 4096, True)
    assert result.is_success
    async with asyncio.timeout(5):
        await hung_up.wait()


async def test_a_body_needed_whole_is_an_error_when_it_is_too_large(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(replying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnine-long"))
    result = await caller.call(
        OutgoingCall(method="GET", url=peer.url(), body_limit_bytes=8, needs_whole_body=True)
    )
    assert (result.status, result.error) == (200, CallError.TOO_LARGE)
    assert not result.is_success


@pytest.mark.parametrize(
    "headers",
    [b"X-Long: " + b"x" * 20_000 + b"\r\n", b"".join(b"X-%d: y\r\n" % n for n in range(500))],
    ids=["one long line", "many lines"],
)
async def test_huge_headers_are_refused(caller: HttpCaller, serve: Serve, headers: bytes) -> None:
    peer = await serve(replying(b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 0\r\n\r\n"))
    result = await caller.call(post(peer.url()))
    assert (result.status, result.error) == (None, CallError.BAD_REPLY)


async def test_what_is_not_http_is_a_bad_reply(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(replying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))
    result = await caller.call(post(peer.url()))
    assert (result.status, result.error) == (None, CallError.BAD_REPLY)


async def test_an_unasked_change_of_protocol_ends_the_call(
    caller: HttpCaller, serve: Serve
) -> None:
    peer = await serve(
        replying(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nbytes"
        )
    )
    result = await caller.call(post(peer.url()))
    assert not result.is_success
    assert result.body == b""


async def test_a_connection_closed_before_the_answer_is_disconnected(
    caller: HttpCaller, serve: Serve
) -> None:
    async def close(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.receive(reader)

    peer = await serve(close)
    result = await caller.call(post(peer.url()))
    assert (result.status, result.error) == (None, CallError.DISCONNECTED)
    assert not CallError.DISCONNECTED.surely_unsent


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 100", b"Transfer-Encoding: chunked"], ids=["length", "chunked"]
)
async def test_a_connection_reset_within_the_body_keeps_the_status(
    caller: HttpCaller, serve: Serve, framing: bytes
) -> None:
    async def reset(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.receive(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n32\r\npart")
        await writer.drain()
        writer.transport.abort()

    peer = await serve(reset)
    result = await caller.call(post(peer.url()))
    assert (result.status, result.error) == (200, CallError.DISCONNECTED)
    assert not result.is_success


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_request_is_never_sent_twice_even_when_a_kept_connection_breaks(
    caller: HttpCaller, serve: Serve, method: str
) -> None:
    async def answer_once(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await peer.receive(reader)
        if len(peer.requests) == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await peer.receive(reader)

    peer = await serve(answer_once)
    request = OutgoingCall(method=method, url=peer.url("/send?to=1"))
    assert (await caller.call(request)).is_success
    assert (await caller.call(request)).error is CallError.DISCONNECTED
    assert len(peer.requests) == 2


async def test_what_comes_unasked_does_not_answer_the_next_call(
    caller: HttpCaller, serve: Serve
) -> None:
    first_is_told, stray_is_out = asyncio.Event(), asyncio.Event()

    async def chatty(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        number = peer.connections
        await peer.receive(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)
        await first_is_told.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray")
        await writer.drain()
        stray_is_out.set()
        await reader.read()

    peer = await serve(chatty)
    assert (await caller.call(post(peer.url()))).body == b"1"
    first_is_told.set()
    await stray_is_out.wait()
    for _ in range(20):  # turns of the loop, in which it arrives
        await asyncio.sleep(0)
    assert (await caller.call(post(peer.url()))).body == b"2"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(caller: HttpCaller, serve: Serve, status: int) -> None:
    peer = await serve(
        replying(b"HTTP/1.1 %d Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" % status)
    )
    result = await caller.call(post(peer.url()))
    assert (result.status, result.headers) == (status, {"location": "/other"})
    assert not result.is_success
    assert len(peer.requests) == 1


async def test_gone_is_told_by_its_status(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(replying(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"))
    result = await caller.call(post(peer.url()))
    assert (result.status, result.error, result.is_success) == (410, None, False)


async def test_retry_after_is_handed_on(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(
        replying(
            b"HTTP/1.1 503 Busy\r\nretry-AFTER: 120\r\nX-Other: 1\r\nContent-Length: 0\r\n\r\n"
        )
    )
    result = await caller.call(post(peer.url()))
    assert (result.status, result.headers) == (503, {"retry-after": "120"})


async def test_an_answer_without_a_body_is_whole(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(replying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    for _ in range(2):
        result = await caller.call(post(peer.url()))
        assert (result.status, result.body, result.is_success) == (204, b"", True)
    assert peer.connections == 1


async def test_cookies_are_not_kept(serve: Serve) -> None:
    peer = await serve(replying(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"))
    # By name, because cookie jars do not keep what comes from a bare address anyway.
    caller = HttpCaller(policy=LOOPBACK, names=ScriptedNames(hook_example=[["127.0.0.1"]]))
    await caller.start()
    for _ in range(2):
        assert (await caller.call(post(peer.url(host="hook.example")))).is_success
    await caller.stop()
    assert b"cookie" not in peer.requests[1].lower()


async def test_a_compressed_answer_is_not_unpacked(caller: HttpCaller, serve: Serve) -> None:
    peer = await serve(
        replying(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\0"
        )
    )
    assert (await caller.call(post(peer.url()))).body == b"\x1f\x8b\x08\0"


async def test_proxies_from_the_environment_are_not_used(
    caller: HttpCaller, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, proxy = await serve(OK), await serve(OK)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    assert (await caller.call(post(peer.url()))).is_success
    assert (len(peer.requests), proxy.connections) == (1, 0)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"X-Tag": "a\r\nX-Injected: b"}),
        ("POST", {"X-Tag\r\nX-Injected": "b"}),
        ("POST", {"X-Tag": "nul\0"}),
        ("POST", {"Host": "other.example"}),
        ("POST", {"transfer-encoding": "chunked"}),
        ("POST", {"Content-Length": "0"}),
        ("GET / HTTP/1.1\r\nX:", {}),
        ("", {}),
    ],
)
async def test_what_is_not_a_header_is_not_sent(
    caller: HttpCaller, serve: Serve, method: str, headers: dict[str, str]
) -> None:
    peer = await serve(OK)
    result = await caller.call(OutgoingCall(method=method, url=peer.url(), headers=headers))
    assert result.error is CallError.BAD_REQUEST
    assert result.error.surely_unsent
    assert peer.connections == 0


async def test_a_closed_port_is_refused(caller: HttpCaller) -> None:
    with socket.socket() as bound:  # bound and not listening: nobody else gets the port
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        result = await caller.call(post(f"http://127.0.0.1:{port}/"))
    assert (result.status, result.error) == (None, CallError.REFUSED)
    assert result.error is not None
    assert result.error.surely_unsent
    assert result.sentence == "127.0.0.1 refused the connection."


def test_a_call_without_time_or_with_too_large_a_limit_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="timeout_seconds"):
        OutgoingCall(method="GET", url="http://hook.example/", timeout_seconds=0)
    with pytest.raises(ValueError, match="body_limit_bytes"):
        OutgoingCall(method="GET", url="http://hook.example/", body_limit_bytes=1_048_577)
