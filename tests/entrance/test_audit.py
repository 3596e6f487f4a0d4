"""The audit log: every change leaves a line, and no line or log holds a secret."""

from __future__ import annotations

import pytest

from heliograph.model.account import Scope
from heliograph.model.person import Role
from tests.entrance.conftest import PASSWORD, Place

ADDRESS = {"x_forwarded_for": "192.0.2.7"}


async def test_a_change_by_a_person_leaves_who_what_when_and_from_where(place: Place):
    person = await place.person(Role.OWNER)
    browser = await place.signed_in(person)
    made = await browser.call("POST", "/v1/templates", {"name": "code", "text": "Old"}, **ADDRESS)
    url = f"/v1/templates/{made.json['id']}"
    await browser.call("PUT", url, {"name": "code", "text": "New"}, **ADDRESS)
    await browser.call("GET", url)
    await browser.call("DELETE", url, **ADDRESS)
    lines = (await browser.call("GET", "/v1/audit")).json["items"]
    told = [
        (each["operation"], each["target"], {n: each["changes"].get(n) for n in ("name", "text")})
        for each in lines
    ]
    assert told == [
        ("removeTemplate", made.json["id"], {"name": ["code", None], "text": ["New", None]}),
        ("changeTemplate", made.json["id"], {"name": None, "text": ["Old", "New"]}),
        ("createTemplate", made.json["id"], {"name": [None, "code"], "text": [None, "Old"]}),
    ]
    assert {each["actor"] for each in lines} == {person.email}
    assert {each["person"] for each in lines} == {f"per_{person.id}"}
    assert {each["address"] for each in lines} == {"192.0.2.7"}
    assert {each["outcome"] for each in lines} == {"done"}


async def test_a_change_by_a_key_leaves_which_key(place: Place):
    headers = await place.key(Scope.MANAGE, Scope.SEND)
    await place.call("POST", "/v1/services", {"name": "Shop"}, headers)
    (line,) = await place.log(place.shop)
    assert (line["operation"], line["target"]) == ("createService", "svc_1")
    assert line["actor"].startswith("program …")
    assert (line["person_id"], line["credential_id"]) == (None, 1)


async def test_what_is_refused_leaves_a_line_and_has_changed_nothing(place: Place):
    viewer = await place.signed_in(await place.person(Role.VIEWER))
    owner = await place.signed_in(await place.person(Role.OWNER))
    await viewer.call("POST", "/v1/templates", {"name": "a", "text": "b"})
    await owner.call("DELETE", "/v1/templates/tpl_9")
    lines = await place.log(place.shop)
    assert [(each["operation"], each["outcome"]) for each in lines] == [
        ("createTemplate", "forbidden"),
        ("removeTemplate", "not_found"),
    ]
    found = (await owner.call("GET", "/v1/audit?outcome=forbidden")).json["items"]
    assert [each["operation"] for each in found] == ["createTemplate"]


async def test_the_line_of_a_change_is_kept_with_it_or_not_at_all(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER))
    async with place.house.database.transaction() as link:
        await link.execute("alter table audit_entry rename to audit_elsewhere")
    reply = await owner.call("POST", "/v1/templates", {"name": "a", "text": "b"})
    assert reply.status == 500
    assert (await owner.call("GET", "/v1/templates")).json["items"] == []


async def test_sends_of_people_are_on_record_and_those_of_keys_are_their_own(place: Place):
    headers = await place.key(Scope.SEND)
    body = {"to": "+8801712345678", "text": "a text that nobody reads"}
    await place.call("POST", "/v1/messages", body, headers)
    marketer = await place.signed_in(await place.person(Role.MARKETER))
    await marketer.call("POST", "/v1/messages", body)
    await marketer.call("POST", "/v1/estimate", {"messages": [body]})
    (line,) = await place.log(place.shop)
    assert line["operation"] == "sendMessage"
    assert "nobody reads" not in str(line)


async def test_the_operator_sees_what_it_did_to_whom_and_customers_see_their_own(place: Place):
    operator = await place.signed_in(await place.person(Role.OWNER, operator=True))
    theirs = f"?account=acct_{place.shop.id}"
    await operator.call("POST", f"/v1/services{theirs}", {"name": "Theirs"})
    await operator.call(
        "POST", f"/v1/accounts/acct_{place.shop.id}/fund", {"amount": "5", "why": "cash"}
    )
    lines = (await operator.call("GET", "/v1/audit")).json["items"]
    assert [(each["operation"], each["account"]) for each in lines] == [
        ("fund", f"acct_{place.shop.id}"),
        ("createService", f"acct_{place.shop.id}"),
    ]
    assert lines[0]["changes"] == {"amount_micros": 5_000_000, "why": "cash"}
    owner = await place.signed_in(await place.person(Role.OWNER))
    assert (await owner.call("GET", "/v1/audit")).json["items"] == []
    await owner.call("POST", "/v1/services", {"name": "Ours"})
    seen = (await operator.call("GET", f"/v1/audit{theirs}")).json["items"]
    assert [each["operation"] for each in seen] == ["createService"]


async def test_the_log_is_searched_and_paged(place: Place):
    person = await place.person(Role.OWNER)
    browser = await place.signed_in(person)
    for name in "abc":
        await browser.call("POST", "/v1/services", {"name": name})
        await browser.call("POST", "/v1/templates", {"name": name, "text": name})
    first = (await browser.call("GET", "/v1/audit?limit=4")).json
    second = (await browser.call("GET", f"/v1/audit?limit=4&before={first['next']}")).json
    targets = [each["target"] for each in first["items"] + second["items"]]
    assert targets == ["tpl_3", "svc_3", "tpl_2", "svc_2", "tpl_1", "svc_1"]
    assert second["next"] is None
    for query, count in (
        ("operation=createService", 3),
        ("target=tpl_2", 1),
        (f"person=per_{person.id}", 6),
        ("person=per_99", 0),
        ("since=2000-01-01T00:00:00Z", 6),
        ("until=2024-06-01T00:00:00Z", 0),
    ):
        found = (await browser.call("GET", f"/v1/audit?{query}")).json["items"]
        assert len(found) == count, query
    assert (await browser.call("GET", "/v1/audit?before=x")).status == 422


async def test_coming_and_going_is_on_record_also_in_vain(place: Place):
    person = await place.person(Role.OWNER)
    browser = place.browser()
    await browser.sign_in(person.email, "wrong horse battery")
    await place.house.entrance.stop()  # returns when the line behind the answer is written
    await browser.sign_in(person.email)
    await browser.call("DELETE", "/v1/session")
    lines = await place.log(place.shop)
    assert [(each["operation"], each["outcome"]) for each in lines] == [
        ("signIn", "unauthenticated"),
        ("signIn", "done"),
        ("signOut", "done"),
    ]


async def test_no_secret_is_in_the_audit_log_or_in_any_line_of_the_log(
    place: Place, capfd: pytest.CaptureFixture[str]
):
    browser = place.browser()
    person = await place.person(Role.OWNER, operator=True)
    await browser.sign_in(person.email, "wrong horse battery")
    await browser.sign_in(person.email)
    secrets = [PASSWORD, "wrong horse battery", browser.cookie.partition("=")[2], browser.csrf]
    made = (await browser.call("POST", "/v1/credentials", {"scopes": ["send"]})).json
    rotated = (await browser.call("POST", f"/v1/credentials/{made['id']}/rotate")).json
    secrets += [made["secret"], rotated["secret"]]
    carrier = {"name": "up", "kind": "simulated", "settings": {"password_secret": "pa55w0rd"}}
    await browser.call("POST", "/v1/carriers", carrier)
    endpoint = await browser.call("POST", "/v1/endpoints", {"url": "https://shop.example/hook"})
    invited = await browser.call(
        "POST", "/v1/people", {"email": "a@b.example", "name": "A", "role": "viewer"}
    )
    url = "/v1/session/second-factor/begin"
    begun = await browser.call("POST", url, {"password": PASSWORD})
    secrets += ["pa55w0rd", begun.json["secret"], invited.json["link"].partition("#")[2]]
    secrets += [endpoint.json["secret"]] if endpoint.status == 201 else []
    await place.house.entrance.stop()
    lines = await place.log(place.operators)
    assert {"signIn", "createCredential", "rotateCredential", "invitePerson"} <= {
        each["operation"] for each in lines
    }
    written = str([dict(each) for each in lines]) + "".join(capfd.readouterr())
    assert [each for each in secrets if each in written] == []
