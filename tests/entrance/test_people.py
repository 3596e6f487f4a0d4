"""Who is invited, changed, shut out and let in again; and by whom."""

from __future__ import annotations

from heliograph.flow.one_time import INVITATION, RESET
from heliograph.model.account import Scope
from heliograph.model.person import Role
from heliograph.store import people
from tests.entrance.conftest import PASSWORD, Browser, Place

ADA = {"email": "ada@shop.example", "name": "Ada", "role": "developer"}
CHOSEN = "a password of my own"


def _token(reply) -> str:
    return reply.json["link"].partition("#")[2]


async def _use(place: Place, token: str, password: str = CHOSEN) -> tuple[int, Browser]:
    browser = place.browser()
    body = {"token": token, "password": password}
    return (await browser.call("POST", "/v1/session/password", body)).status, browser


async def test_an_invitation_is_looked_at_and_used_once(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    invited = await owner.call("POST", "/v1/people", ADA)
    assert invited.status == 201
    assert invited.json["person"]["state"] == "invited"
    base = f"http://127.0.0.1:{place.house.door.port}/console/join#"
    assert invited.json["link"].startswith(base)
    token = _token(invited)
    looked = await place.call("POST", "/v1/session/link", {"token": token})
    assert (looked.json["purpose"], looked.json["email"]) == ("invitation", ADA["email"])
    assert (await _use(place, token, "too short"))[0] == 422
    assert (await _use(place, token, "ADA@shop.example"))[0] == 422
    status, browser = await _use(place, token)
    assert status == 200
    assert (await browser.call("GET", "/v1/session")).json["person"]["role"] == "developer"
    assert (await _use(place, token))[0] == 404
    assert (await place.call("POST", "/v1/session/link", {"token": token})).status == 404
    assert (await place.browser().sign_in(ADA["email"], CHOSEN)).status == 200
    listed = (await owner.call("GET", "/v1/people")).json["items"]
    assert [(each["email"], each["state"]) for each in listed][1] == (ADA["email"], "active")
    async with place.house.database.link() as link:
        assert token not in str(await link.fetch("select * from one_time_link"))


async def test_a_link_is_over_after_its_time_and_with_the_next_one(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    first = await owner.call("POST", "/v1/people", ADA)
    url = f"/v1/people/{first.json['person']['id']}"
    second = await owner.call("POST", f"{url}/reset")
    assert (await _use(place, _token(first)))[0] == 404
    place.clock.forward(seconds=INVITATION.total_seconds())
    assert (await _use(place, _token(second)))[0] == 404
    owner = await place.signed_in(await place.person(Role.OWNER, email="other@shop.example"))
    third = await owner.call("POST", f"{url}/reset")
    assert third.json["expires_at"] > second.json["expires_at"]
    assert (await _use(place, _token(third)))[0] == 200


async def test_a_reset_ends_password_and_sessions_at_once(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    person = await place.person(Role.VIEWER)
    theirs = place.browser()
    await theirs.sign_in(person.email)
    reset = await owner.call("POST", f"/v1/people/per_{person.id}/reset")
    assert "/console/reset#" in reset.json["link"]
    assert (await theirs.call("GET", "/v1/session")).status == 401
    assert (await place.browser().sign_in(person.email)).status == 401
    place.clock.forward(seconds=RESET.total_seconds() - 1)
    assert (await _use(place, _token(reset)))[0] == 200


async def test_whoever_is_disabled_is_out_until_enabled(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    person = await place.person(Role.VIEWER)
    theirs = place.browser()
    await theirs.sign_in(person.email)
    url = f"/v1/people/per_{person.id}"
    assert (await owner.call("PUT", url, {"state": "disabled"})).json["state"] == "disabled"
    assert (await theirs.call("GET", "/v1/session")).status == 401
    assert (await place.browser().sign_in(person.email)).status == 401
    assert (await owner.call("POST", f"{url}/reset")).status == 409
    assert (await owner.call("PUT", url, {"state": "active"})).json["state"] == "active"
    assert (await place.browser().sign_in(person.email)).status == 200


async def test_another_role_counts_at_once(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    person = await place.person(Role.DEVELOPER)
    theirs = await place.signed_in(person)
    assert (await theirs.call("GET", "/v1/credentials")).status == 200
    changed = await owner.call("PUT", f"/v1/people/per_{person.id}", {"role": "viewer"})
    assert changed.json["role"] == "viewer"
    assert (await theirs.call("GET", "/v1/credentials")).status == 401
    theirs = place.browser()
    await theirs.sign_in(person.email)
    assert (await theirs.call("GET", "/v1/credentials")).status == 403


async def test_only_owners_touch_owners_and_nobody_themselves(place: Place):
    owner, admin = await place.person(Role.OWNER), await place.person(Role.ADMIN)
    first, second = await place.signed_in(owner), await place.signed_in(admin)
    to_owner, to_admin = f"/v1/people/per_{owner.id}", f"/v1/people/per_{admin.id}"
    for method, path, body in (
        ("PUT", to_owner, {"role": "viewer"}),
        ("PUT", to_owner, {"state": "disabled"}),
        ("POST", f"{to_owner}/reset", None),
        ("POST", "/v1/people", ADA | {"role": "owner"}),
    ):
        assert (await second.call(method, path, body)).status == 403, (method, path)
    assert (await second.call("PUT", to_admin, {"role": "owner"})).status == 409
    assert (await first.call("PUT", to_owner, {"role": "viewer"})).status == 409
    promoted = await first.call("PUT", to_admin, {"role": "owner"})
    assert promoted.json["role"] == "owner"


async def test_the_last_owner_stays(place: Place):
    owner = await place.person(Role.OWNER)
    operator = await place.signed_in(await place.person(Role.OWNER, operator=True))
    url = f"/v1/people/per_{owner.id}?account=acct_{place.shop.id}"
    for body in ({"role": "viewer"}, {"state": "disabled"}):
        reply = await operator.call("PUT", url, body)
        assert (reply.status, reply.json["code"]) == (409, "conflict")
    await place.person(Role.OWNER, email="second@shop.example")
    assert (await operator.call("PUT", url, {"role": "viewer"})).status == 200


async def test_the_operators_people_are_made_and_touched_by_the_operator_alone(place: Place):
    house = await place.person(Role.ADMIN, operator=True)
    operator = await place.signed_in(house)
    made = await operator.call("POST", "/v1/people", ADA | {"operator": True})
    assert (made.status, made.json["person"]["operator"]) == (201, True)
    elsewhere = f"/v1/people?account=acct_{place.shop.id}"
    bob = {"email": "bob@shop.example", "name": "Bob", "role": "owner"}
    assert (await operator.call("POST", elsewhere, bob | {"operator": True})).status == 422
    assert (await operator.call("POST", elsewhere, bob)).status == 201
    plain = await place.person(Role.OWNER, email="plain@house.example")
    async with place.house.database.transaction() as link:
        await link.execute(
            "update person set account_id = $2 where id = $1", plain.id, place.operators.id
        )
    async with place.house.database.link() as link:
        moved = await people.find_person(link, place.operators.id, plain.id)
    assert moved is not None
    customer = await place.signed_in(moved)
    assert (await customer.call("POST", f"/v1/people/per_{house.id}/reset")).status == 403
    carol = {"email": "carol@house.example", "name": "Carol", "role": "viewer", "operator": True}
    assert (await customer.call("POST", "/v1/people", carol)).status == 403


async def test_a_key_touches_people_only_where_it_is_the_operators(place: Place):
    managing = await place.key(Scope.SEND, Scope.READ, Scope.MANAGE)
    assert (await place.call("POST", "/v1/people", ADA, managing)).status == 403
    assert (await place.call("GET", "/v1/people", None, managing)).status == 403
    operating = await place.key(Scope.ADMIN, account=place.operators)
    url = f"/v1/people?account=acct_{place.shop.id}"
    assert (await place.call("POST", url, ADA | {"role": "owner"}, operating)).status == 201
    assert (await place.call("GET", "/v1/people?account=acct_999", None, operating)).json == {
        "items": [],
        "next": None,
    }
    nowhere = await place.call("POST", "/v1/people?account=acct_999",
                               ADA | {"email": "x@y.example"}, operating)  # fmt: skip
    assert nowhere.status == 404


async def test_an_e_mail_address_is_of_one_person_in_the_house(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    await place.person(Role.VIEWER, operator=True, email="ada@SHOP.example")
    reply = await owner.call("POST", "/v1/people", ADA)
    assert (reply.status, reply.json["errors"][0]["field"]) == (409, "email")


async def test_whoever_keeps_a_second_factor_is_asked_for_it_after_a_reset(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    person = await place.person(Role.VIEWER)
    async with place.house.database.transaction() as link:
        await link.execute(
            "update person set totp_since = now(), totp_sealed = $2 where id = $1",
            person.id,
            place.house.vault.seal(b"JBSWY3DPEHPK3PXP"),
        )
    url = f"/v1/people/per_{person.id}/reset"
    for body, state in ((None, "second_factor"), ({"second_factor": True}, "signed_in")):
        token = _token(await owner.call("POST", url, body))
        used = await place.call(
            "POST", "/v1/session/password", {"token": token, "password": CHOSEN}
        )
        assert used.json["state"] == state


async def test_the_first_owner_comes_by_the_link_of_the_first_start(place: Place):
    link = await place.house.entrance.first_link()
    assert link is not None
    first = link.partition("#")[2]
    link = await place.house.entrance.first_link()  # the next start
    assert link is not None
    token = link.partition("#")[2]
    body = {"token": token, "email": "me@house.example", "name": "Me", "account": "Our house"}
    body |= {"password": PASSWORD}
    looked = await place.call("POST", "/v1/session/link", {"token": token})
    assert looked.json == {"purpose": "set_up"}
    browser = place.browser()
    url = "/v1/session/set-up"
    assert (await browser.call("POST", url, body | {"token": first})).status == 404
    assert (await browser.call("POST", url, body | {"currency": "XXQ"})).status == 422
    done = await browser.call("POST", url, body)
    assert (done.status, done.json["account_name"]) == (200, "Our house")
    assert done.json["person"] | {"created_at": 0, "signed_in_at": 0} == {
        "id": "per_1", "account": "acct_3", "email": "me@house.example", "name": "Me",
        "role": "owner", "operator": True, "state": "active", "created_at": 0, "signed_in_at": 0,
    }  # fmt: skip
    assert (await browser.call("GET", "/v1/accounts")).status == 200
    assert (await browser.call("POST", url, body)).status == 404
    assert await place.house.entrance.first_link() is None
