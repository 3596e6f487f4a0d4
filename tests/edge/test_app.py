import asyncio
import io
import json

import pytest
from structlog.testing import capture_logs

from heliograph.model import command as c
from heliograph.model.refusal import Refusal, Refused

MESSAGE = {"to": "+8801844909020", "from": "Heliograph", "text": "Hi"}


async def test_a_message_goes_all_the_way_and_back(house, desk):
    async with house.call("POST", "/v1/messages", json=MESSAGE) as reply:
        said = await reply.json()
    assert reply.status == 201
    assert reply.content_type == "application/json"
    assert said["to"] == MESSAGE["to"]
    assert reply.headers["location"] == f"/v1/messages/{said['id']}"
    assert "server" not in reply.headers
    assert isinstance(desk.performed[0], c.SendMessages)
    assert desk.peers == ["127.0.0.1"]


async def test_many_requests_share_a_connection(house):
    for _ in range(3):
        async with house.call("POST", "/v1/messages", json=MESSAGE) as reply:
            assert reply.status == 201
            await reply.read()
    counted = house.count(
        "heliograph_http_requests_total", dialect="native", endpoint="sendMessage", status="201"
    )
    assert counted == 3
    assert house.count("heliograph_http_request_seconds_count", dialect="native") == 3


async def test_a_stranger_is_refused_before_anything_is_said_of_the_request(house, desk):
    async with house.call("POST", "/v1/messages", key="hg_live_wrong", data=b"{") as reply:
        problem = await reply.json()
    assert (reply.status, problem["code"]) == (401, "unauthenticated")
    async with house.call("POST", "/v1/messages", key=None, data=b"{") as reply:
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == 'Bearer realm="heliograph"'
    assert not desk.performed


async def test_a_key_without_the_scope_may_not(house, desk):
    async with house.call("POST", "/v1/messages", key="hg_live_read", data=b"{") as reply:
        assert reply.status == 403
        assert "scope send" in (await reply.json())["detail"]
    async with house.call("GET", "/v1/accounts") as reply:
        assert reply.status == 403
    async with house.call("GET", "/v1/accounts", key="hg_live_admin") as reply:
        assert reply.status == 404  # performed, and this desk has none
    assert len(desk.performed) == 1


async def test_what_cannot_be_read_is_told_and_not_performed(house, desk):
    async with house.call("POST", "/v1/messages", json={"to": 1}) as reply:
        problem = await reply.json(content_type="application/problem+json")
    assert reply.status == 422
    assert problem["errors"] == [
        {"field": "/to", "code": "invalid_field", "detail": "Expected str, got int."}
    ]
    assert not desk.performed


async def test_a_refusal_of_the_desk_is_written(house, desk):
    async def refuse(command):
        return Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=3)

    desk.on_perform = refuse
    async with house.call("POST", "/v1/messages", json=MESSAGE) as reply:
        assert (reply.status, reply.headers["retry-after"]) == (429, "3")


async def test_a_failure_is_logged_once_and_told_without_a_trace(house, desk):
    async def fail(command):
        raise RuntimeError("hg_live_secret in here")

    desk.on_perform = fail
    with capture_logs() as logs:
        async with house.call("POST", "/v1/messages", json=MESSAGE) as reply:
            problem = await reply.json()
    assert (reply.status, problem["code"]) == (500, "internal")
    assert "secret" not in json.dumps(problem)
    assert problem["instance"] == "/requests/0000000000001"
    assert [(each["event"], each["request"], each["endpoint"]) for each in logs] == [
        ("request failed", "1", "sendMessage")
    ]


async def test_a_large_body_is_refused_and_the_refusal_can_be_read(house, desk):
    async with house.call("POST", "/v1/messages", data=io.BytesIO(b"x" * 10_000_000)) as reply:
        assert reply.status == 413
        assert reply.headers["connection"] == "close"
        assert (await reply.json())["code"] == "too_large"

    async def endless():
        for _ in range(20):
            yield b"x" * 100_000

    async with house.call("POST", "/v1/messages", data=endless()) as reply:
        assert reply.status == 413
    assert not desk.performed


async def test_a_bulk_request_is_spooled_and_streams_to_the_desk(house, desk):
    lines = b'{"to":"1","text":"' + b"x" * 400 + b'"}\n'
    headers = {"content-type": "application/x-ndjson"}
    body = io.BytesIO(lines * 5_000 + b"broken\n")
    async with house.call("POST", "/v1/messages/bulk", data=body, headers=headers) as reply:
        said = await reply.json()
    assert reply.status == 201
    assert (said["accepted"], said["skipped"]) == (5_000, {"refused": 1})
    assert isinstance(desk.performed[0], c.SendBulk)


async def test_head_is_get_without_a_body(house):
    async with house.call("HEAD", "/v1/balance") as reply:
        assert reply.status == 200
        assert int(reply.headers["content-length"]) > 0
        assert await reply.read() == b""


async def test_options_tells_the_methods_and_allows_no_other_origin(house):
    headers = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    async with house.call("OPTIONS", "/v1/messages", key=None, headers=headers) as reply:
        assert (reply.status, reply.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["/nothing", "/v1x", "/v2/messages", "/%00", "/..%2f..%2fetc"])
async def test_a_path_outside_every_dialect_is_a_problem_too(house, path):
    reply = await house.raw(
        b"GET %b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % path.encode()
    )
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "not_found"


async def test_what_is_left_of_the_limit_is_told(house, desk):
    desk.rate = 50
    async with house.call("POST", "/v1/messages", json=MESSAGE) as reply:
        assert reply.headers["ratelimit"] == '"account";r=49;t=1'
        assert reply.headers["ratelimit-policy"] == '"account";q=50;w=1'


async def test_a_caller_that_leaves_while_sending_is_no_failure(house, desk):
    _, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    await writer.drain()
    with capture_logs() as logs:
        writer.close()
        await writer.wait_closed()
        await house.stop()
    assert logs == []
    assert not desk.performed
    given_up = house.count(
        "heliograph_http_requests_total", dialect="native", endpoint="sendMessage", status="499"
    )
    assert given_up == 1


async def test_a_caller_that_leaves_while_it_is_performed_breaks_nothing(house, desk):
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait(command):
        begun.set()
        await go_on.wait()
        finished.set()
        return c.Done()

    desk.on_perform = wait
    calling = asyncio.ensure_future(house.call("DELETE", "/v1/senders/snd_1").__aenter__())
    await begun.wait()
    calling.cancel()
    go_on.set()
    await finished.wait()
    desk.on_perform = None
    async with house.call("GET", "/v1/balance") as reply:
        assert reply.status == 200


async def test_only_a_trusted_proxy_may_name_the_caller(house, desk, build):
    forwarded = {"x-forwarded-for": "203.0.113.9"}
    async with house.call("GET", "/v1/balance", headers=forwarded) as reply:
        assert reply.status == 200
    behind = build(desk, trusted_networks=("127.0.0.0/8",))
    await behind.start()
    async with behind.call("GET", "/v1/balance", headers=forwarded) as reply:
        assert reply.status == 200
    await behind.stop()
    assert desk.peers == ["127.0.0.1", "203.0.113.9"]


ODD = [
    b"GET /v1/messages?limit=%zz HTTP/1.1\r\n",
    b"GET /v1/messages/\xff\xfe HTTP/1.1\r\n",
    b"GET /v1/messages?to=\xff HTTP/1.1\r\n",
    b"BREW /v1/messages HTTP/1.1\r\n",
    b"TRACE /v1/messages HTTP/1.1\r\n",
    b"GET /v1/" + b"a" * 20_000 + b" HTTP/1.1\r\n",
    b"GET http://other.example/v1/balance HTTP/1.1\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"GET /v1/balance HTTP/1.1\r\nidempotency-key: \xff\xfe\r\n",
    b"GET /v1/events HTTP/1.1\r\nlast-event-id: ';--\r\n",
    b"POST /v1/messages HTTP/1.1\r\ncontent-length: -1\r\n",
    b"POST /v1/messages HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n",
    b"POST /v1/messages HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"GET /v1/balance HTTP/1.1\r\nupgrade: websocket\r\n",
]


@pytest.mark.parametrize("head", ODD)
async def test_odd_requests_are_answered_and_never_with_500(house, head):
    key = b"authorization: Bearer hg_live_all\r\n"
    line, _, rest = head.partition(b"\r\n")
    reply = await house.raw(
        line + b"\r\n" + key + b"host: x\r\nconnection: close\r\n" + rest + b"\r\n"
    )
    status = int(reply.split(b" ")[1])
    assert 200 <= status < 500


BODIES = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"{" * 60_000,
    b"[" * 60_000 + b"]" * 60_000,
    b'{"to":NaN}',
    b'{"to":' + b"9" * 100_000 + b"}",
    b'{"to":"1","to":["2"]}',
    b'{"to":"\\u0000"}',
    b'{"__proto__":{}}',
    b'{"rates":[{}]}',
    b'{"messages":[{"to":"1"}],"messages":1}',
]
PLACES = [
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/bulk"),
    ("POST", "/v1/estimate"),
    ("POST", "/v1/senders"),
    ("POST", "/v1/credentials"),
    ("PUT", "/v1/routes/rte_1"),
    ("PUT", "/v1/rate-cards/a/rates"),
    ("POST", "/v1/accounts/acct_1/fund"),
    ("POST", "/v1/endpoints/ep_1/replay"),
    ("POST", "/v1/simulator/handsets/8801/messages"),
    ("GET", "/v1/messages"),
]


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "text/csv"])
async def test_no_body_makes_any_operation_fail(house, kind):
    for method, path in PLACES:
        for body in BODIES:
            async with house.call(
                method, path, key="hg_live_admin", data=body, headers={"content-type": kind}
            ) as reply:
                assert reply.status < 500, (path, body[:40])
                if reply.status >= 400:
                    problem = await reply.json(content_type="application/problem+json")
                    assert problem["status"] == reply.status
