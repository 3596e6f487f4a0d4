"""Signing in, what a cookie is good for, and what keeps other sites' pages out."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.flow.reception import LOOKED_AT_EACH
from heliograph.flow.sessions import IDLE, LONGEST
from heliograph.model.account import AccountState, Number, Scope
from heliograph.model.person import Role
from heliograph.model.report import Arrival
from heliograph.store import kept
from tests.entrance.conftest import PASSWORD, Place

TEMPLATE = {"name": "code", "text": "Your code is {{code}}"}


async def test_a_session_begins_is_used_and_ends(place: Place):
    person = await place.person(Role.MARKETER)
    browser = place.browser()
    entered = await browser.sign_in(person.email.upper())
    assert (entered.status, entered.json["state"]) == (200, "signed_in")
    assert entered.json["person"]["role"] == "marketer"
    me = await browser.call("GET", "/v1/session")
    assert me.json["csrf_token"] == entered.json["csrf_token"]
    assert me.json["account_name"] == "Shop"
    assert (await browser.call("POST", "/v1/templates", TEMPLATE)).status == 201
    kept = browser.cookie
    out = await browser.call("DELETE", "/v1/session")
    assert out.status == 204
    assert "Max-Age=0" in out.headers["set-cookie"]
    browser.cookie = kept
    assert (await browser.call("GET", "/v1/session")).status == 401


@pytest.mark.parametrize("secure", [False, True])
async def test_the_cookie_is_for_this_host_alone_and_not_for_scripts(place: Place, secure: bool):
    person = await place.person(Role.VIEWER)
    body = {"email": person.email, "password": PASSWORD}
    headers = {"x-forwarded-proto": "https", "host": "sms.example.com"} if secure else {}
    reply = await place.call("POST", "/v1/session", body, headers)
    name, *attributes = reply.headers["set-cookie"].replace("=", "; ", 1).split("; ")
    assert name == ("__Host-heliograph" if secure else "heliograph_session")
    assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(attributes)
    assert ("Secure" in attributes) is secure
    assert b"heliograph_session" not in reply.body
    token = attributes[0]
    assert token.encode() not in reply.body
    async with place.house.database.link() as link:
        assert token not in str(await link.fetch("select * from session"))


async def test_passwords_are_not_taken_in_clear_from_afar(place: Place):
    person = await place.person(Role.VIEWER)
    body = {"email": person.email, "password": PASSWORD}
    reply = await place.call("POST", "/v1/session", body, {"host": "sms.example.com"})
    assert reply.status == 403
    assert "https" in reply.json["detail"]


async def test_a_session_is_over_after_a_while(place: Place):
    person = await place.person(Role.VIEWER)
    browser = place.browser()
    await browser.sign_in(person.email)
    place.clock.forward(seconds=IDLE.total_seconds() - 60)
    assert (await browser.call("GET", "/v1/session")).status == 200
    place.clock.forward(seconds=IDLE.total_seconds() - 60)
    assert (await browser.call("GET", "/v1/session")).status == 200  # used in between
    place.clock.forward(seconds=IDLE.total_seconds() + 1)
    assert (await browser.call("GET", "/v1/session")).status == 401
    await browser.sign_in(person.email)
    for _ in range(int(LONGEST / IDLE) + 1):
        place.clock.forward(seconds=IDLE.total_seconds() - 60)
        last = await browser.call("GET", "/v1/session")
    assert last.status == 401
    assert await place.house.entrance.sweeper.sweep() > 0
    async with place.house.database.link() as link:
        assert await link.fetchval("select count(*) from session") == 0


async def test_what_changes_something_needs_the_csrf_token_of_this_session(place: Place):
    person = await place.person(Role.OWNER)
    browser, other = place.browser(), place.browser()
    await browser.sign_in(person.email)
    await other.sign_in(person.email)
    for wrong in ("", "0" * 64, other.csrf):
        reply = await browser.call("POST", "/v1/templates", TEMPLATE, csrf=wrong)
        assert (reply.status, reply.json["errors"][0]["field"]) == (403, "X-CSRF-Token")
    assert (await browser.call("GET", "/v1/templates", csrf="")).status == 200
    assert (await browser.call("POST", "/v1/templates", TEMPLATE)).status == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec_fetch_site": "same-origin"}, 204),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "none"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "here"}, 204),
        ({}, 204),
    ],
)
async def test_a_page_of_another_site_can_do_nothing(
    place: Place, headers: dict[str, str], status: int
):
    browser = await place.signed_in(await place.person(Role.VIEWER))
    if headers.get("origin") == "here":
        headers = {"origin": f"http://127.0.0.1:{place.house.door.port}"}
    assert (await browser.call("DELETE", "/v1/sessions", **headers)).status == status
    entering = await place.call("POST", "/v1/session", {"email": "x", "password": "y"},
                                {n.replace("_", "-"): v for n, v in headers.items()})  # fmt: skip
    assert entering.status == (401 if status == 204 else 403)


async def test_a_key_needs_no_csrf_token_and_a_cookie_beside_it_does_not_count(place: Place):
    headers = await place.key(Scope.READ)
    browser = await place.signed_in(await place.person(Role.OWNER))
    headers |= {"cookie": browser.cookie, "x-csrf-token": browser.csrf}
    assert (await place.call("GET", "/v1/templates", None, headers)).status == 200
    assert (await place.call("POST", "/v1/templates", TEMPLATE, headers)).status == 403
    assert (await place.call("GET", "/v1/session", None, headers)).status == 403


async def test_signing_in_again_ends_the_session_that_was_there(place: Place):
    person = await place.person(Role.VIEWER)
    browser = place.browser()
    await browser.sign_in(person.email)
    former = browser.cookie
    await browser.sign_in(person.email)
    assert browser.cookie != former
    browser.cookie = former
    assert (await browser.call("GET", "/v1/session")).status == 401


async def test_sessions_are_listed_and_ended(place: Place):
    person = await place.person(Role.VIEWER)
    here, there = place.browser(), place.browser()
    await there.sign_in(person.email)
    await here.call("POST", "/v1/session", {"email": person.email, "password": PASSWORD},
                    user_agent="Here/1.0", x_forwarded_for="192.0.2.7")  # fmt: skip
    listed = (await here.call("GET", "/v1/sessions")).json["items"]
    assert [each.get("current", False) for each in listed] == [True, False]
    assert (listed[0]["agent"], listed[0]["address"]) == ("Here/1.0", "192.0.2.7")
    stranger = await place.signed_in(await place.person(Role.OWNER))
    assert (await stranger.call("DELETE", f"/v1/sessions/{listed[1]['id']}")).status == 404
    assert (await here.call("DELETE", f"/v1/sessions/{listed[1]['id']}")).status == 204
    assert (await there.call("GET", "/v1/session")).status == 401
    await there.sign_in(person.email)
    assert (await here.call("DELETE", "/v1/sessions")).status == 204
    assert (await there.call("GET", "/v1/session")).status == 401
    assert (await here.call("GET", "/v1/session")).status == 200


async def test_another_password_ends_the_other_sessions_and_turns_this_one(place: Place):
    person = await place.person(Role.VIEWER)
    here, there = place.browser(), place.browser()
    await here.sign_in(person.email)
    await there.sign_in(person.email)
    former = here.cookie
    fresh = "another twelve letters"
    wrong = {"password": "not it at all", "new_password": fresh}
    assert (await here.call("PUT", "/v1/session/password", wrong)).status == 403
    short = {"password": PASSWORD, "new_password": "short"}
    assert (await here.call("PUT", "/v1/session/password", short)).status == 422
    right = {"password": PASSWORD, "new_password": fresh}
    assert (await here.call("PUT", "/v1/session/password", right)).status == 200
    assert here.cookie != former
    assert (await here.call("GET", "/v1/session")).status == 200
    assert (await there.call("GET", "/v1/session")).status == 401
    assert (await place.browser().sign_in(person.email)).status == 401
    assert (await place.browser().sign_in(person.email, fresh)).status == 200


async def test_a_suspended_account_lets_nobody_in(place: Place):
    browser = await place.signed_in(await place.person(Role.OWNER))
    async with place.house.database.transaction() as link:
        await link.execute(
            "update account set state = $2 where id = $1", place.shop.id, AccountState.SUSPENDED
        )
    await place.house.reload()
    reply = await browser.call("GET", "/v1/session")
    assert (reply.status, reply.json["code"]) == (403, "account_suspended")


async def test_a_stream_of_events_ends_with_the_session(place: Place):
    number = Number(account_id=place.shop.id, id=0, msisdn="8801844909020")
    async with place.house.database.transaction() as link:
        await kept.insert(link, place.house.vault, number)
    await place.house.reload()

    async def arrives(text: str) -> None:
        arrival = Arrival(
            carrier_id=1, sender="8801712345678", recipient=number.msisdn, text=text,
            at=place.clock(),
        )  # fmt: skip
        await place.house.ear.arrivals((arrival,))

    browser = await place.signed_in(await place.person(Role.VIEWER))
    headers = {"cookie": browser.cookie}
    async with (
        asyncio.timeout(20),
        place.client.get(f"{place.url}/v1/events", headers=headers) as stream,
    ):
        assert stream.status == 200
        await arrives("the first")
        seen = b""
        while b"the first" not in seen:
            seen += await stream.content.readany()
        await browser.call("DELETE", "/v1/session")
        place.clock.forward(seconds=LOOKED_AT_EACH.total_seconds())
        await arrives("the second")
        assert b"the second" not in await stream.content.read()
