"""How a call to a customer is made: by the manners of its form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp import web

from heliograph.dialects._shape import HttpCall
from heliograph.flow.calling import Called
from heliograph.model.account import Endpoint
from heliograph.model.manners import Manners
from heliograph.model.message import Inbound
from heliograph.telling import Telling
from heliograph.transport import AddressPolicy, HttpCaller

NOW = datetime(2026, 5, 1, tzinfo=UTC)
INBOUND = Inbound(account_id=1, id=1, sender="1", recipient="2", text="x", received_at=NOW)


def _render(endpoint: Endpoint, inbound: Inbound, key: bytes, now: datetime) -> HttpCall:
    return HttpCall(method="POST", url=endpoint.url, body=inbound.text.encode() + key)


async def _told(*, plain_http: bool, https_only: bool) -> tuple[Called, list[bytes]]:
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    caller = HttpCaller(policy=AddressPolicy(allow_all_private=True))
    await caller.start()
    telling = Telling(
        caller=caller,
        callbacks={},
        arrivals={"careful": _render},
        key=lambda account_id: b"%d" % account_id,
        now=lambda: NOW,
        timeout_seconds=5,
        sessions=_nobody,
        manners={"careful": Manners(https_only=https_only)},
        plain_http=plain_http,
    )
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    endpoint = Endpoint(account_id=1, id=0, url=url, dialect="careful")
    try:
        return await telling.of_arrival(endpoint, INBOUND), bodies
    finally:
        await caller.stop()
        await runner.cleanup()


def _nobody() -> None:
    raise AssertionError("no session is asked")


@pytest.mark.parametrize(
    ("plain_http", "https_only", "called"),
    [(False, True, False), (True, True, True), (False, False, True)],
)
async def test_plain_http_is_called_only_where_the_form_or_the_operator_allows_it(
    plain_http: bool, https_only: bool, called: bool
) -> None:
    answer, bodies = await _told(plain_http=plain_http, https_only=https_only)
    assert (answer.status_code, bodies) == ((200, [b"x1"]) if called else (None, []))
    assert (answer.error is None) is called
