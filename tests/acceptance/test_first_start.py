"""The first start of a house without a demo: one link, one owner, no password that anybody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.plain import LINK, Plain
from tests.acceptance.served import Client, Served

PASSWORD = "correct horse battery staple"


async def _post(client: aiohttp.ClientSession, url: str, body: Any) -> tuple[int, Any]:
    async with client.post(url, json=body) as reply:
        return reply.status, await reply.json()


async def test_the_first_start_prints_a_link_that_makes_the_owner_once(tmp_path: Path):
    house = Plain(tmp_path / "data")
    first = LINK.search(await house.start())
    await house.stop()
    assert first is not None
    second = LINK.search(await house.start())
    assert second is not None
    assert second[2] != first[2]
    base, url = second[1], f"{second[1]}/v1/session/set-up"
    body = {"email": "me@house.example", "name": "Me", "account": "House", "password": PASSWORD}
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            assert (await _post(client, url, body | {"token": first[2]}))[0] == 404
            status, me = await _post(client, url, body | {"token": second[2]})
            assert (status, me["person"]["role"]) == (200, "owner")
            assert (await _post(client, url, body | {"token": second[2]}))[0] == 404
            async with client.get(f"{base}/v1/carriers") as reply:
                assert reply.status == 200
    finally:
        await house.stop()
    assert "set-up" not in await house.start()
    await house.stop()


async def test_the_demo_has_an_owner_whose_password_is_of_this_demo_alone(
    served: Served, client: Client
):
    known = served.known["console"]
    assert any(known["password"] in line for line in served.banner)
    assert not any("set-up" in line for line in served.banner)
    reply = await client.call("POST", "/v1/session", known, {})
    assert (reply.status, reply.json["person"]["operator"]) == (200, True)
    page = await client.call("GET", "/console/", None, {})
    assert page.status == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
