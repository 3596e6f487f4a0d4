"""Messages from handsets that a vendor keeps are taken and kept before the next ones are taken."""

from __future__ import annotations

import asyncio

from aiohttp import web

from tests.carriers.http.conftest import Serve, Work
from tests.carriers.http.vendor import Store, never, one_after_the_other, quiet, reply


async def test_what_waits_is_pulled_until_nothing_is_left(serve: Serve, work: Work) -> None:
    vendor = await serve(
        pull=one_after_the_other(reply(200, b"one two"), reply(200, b"three"), reply(200))
    )
    hill = await work(vendor.url, pulls="yes", pull_seconds="3600")
    await hill.ear.until(lambda: len(hill.ear.arrived) == 3)
    await vendor.until(lambda: vendor.count("/pull") == 3)
    assert [each.text for each in hill.ear.arrived] == ["one", "two", "three"]
    assert {each.carrier_id for each in hill.ear.arrived} == {7}


async def test_what_was_pulled_is_kept_before_the_next_pull(serve: Serve, work: Work) -> None:
    store = Store(failures=2)
    kept_at_pull: list[int] = []

    async def pull(request: web.Request) -> web.StreamResponse:
        kept_at_pull.append(len(store.arrived))
        return await reply(200, b"one" if len(kept_at_pull) == 1 else b"")(request)

    vendor = await serve(pull=pull)
    with quiet() as said:
        await work(vendor.url, ear=store, pulls="yes", pull_seconds="3600")
        await vendor.until(lambda: vendor.count("/pull") == 2)
        await store.until(lambda: len(kept_at_pull) == 2)
    assert kept_at_pull == [0, 1]
    assert [each["event"] for each in said] == ["pulled messages not kept, will be told again"] * 2


async def test_an_empty_or_bad_answer_is_asked_for_again(serve: Serve, work: Work) -> None:
    vendor = await serve(pull=one_after_the_other(reply(500), reply(200), reply(200, b"late")))
    hill = await work(vendor.url, pulls="yes", pull_seconds="0.05")
    await hill.ear.until(lambda: bool(hill.ear.arrived))
    assert vendor.count("/pull") >= 3


async def test_what_is_on_its_way_when_we_stop_is_still_kept(serve: Serve, work: Work) -> None:
    go_on = asyncio.Event()

    async def pull(request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return await reply(200, b"last")(request)

    vendor = await serve(pull=pull)
    hill = await work(vendor.url, pulls="yes")
    await vendor.until(lambda: vendor.running == 1)
    stopping = asyncio.create_task(hill.link.stop())
    go_on.set()
    await stopping
    assert [each.text for each in hill.ear.arrived] == ["last"]
    assert vendor.count("/pull") == 1


async def test_a_vendor_that_brings_them_is_not_asked(serve: Serve, work: Work) -> None:
    vendor = await serve(pull=never)
    hill = await work(vendor.url)
    await hill.link.stop()
    assert vendor.requests == []
