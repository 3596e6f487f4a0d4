"""Every operation of the native API, asked by every role: the real door answers as the table says."""

from __future__ import annotations

import re

import pytest

from heliograph.dialects.native._duties import DUTIES
from heliograph.dialects.native._operations import BY_ID, OPERATIONS
from heliograph.model.account import Scope
from heliograph.model.person import AREAS, OTHERWISE, Duty, Role, permitted_roles
from tests.entrance.conftest import Place

CLOSED = [each for each in OPERATIONS if not each.open]
WORD = "0" * 13


def _path(template: str, prefix: str) -> str:
    """A path of something that does not exist; whether it can be read comes after the role."""
    path = template.replace("{id}", f"{prefix}_999999")
    return re.sub(r"\{\w+\}", "999999", path)


@pytest.mark.parametrize("operator", [False, True], ids=["customer", "operator"])
@pytest.mark.parametrize("role", list(Role))
async def test_every_operation_answers_every_role_as_the_table_says(
    place: Place, role: Role, operator: bool
):
    person = await place.person(role, operator=operator)
    wrong = []
    for operation in CLOSED:
        browser = await place.signed_in(person)  # some of them end it
        reply = await browser.call(operation.method, _path(operation.path, operation.id_prefix))
        refused = reply.status == 403 and "Your role" in reply.json["detail"]
        may = role in permitted_roles(DUTIES[operation.id])
        may = may and (operator or operation.scope is not Scope.ADMIN)
        if reply.status in (401, 500) or refused is may:
            wrong.append((operation.id, reply.status, reply.body[:200]))
    assert wrong == []


def test_the_table_says_what_people_expect():
    """A few by hand, so that the table above is not its own judge."""

    def may(operation: str) -> set[str]:
        return {role.value for role in permitted_roles(DUTIES[operation])}

    everybody = {role.value for role in Role}
    assert may("getSession") == may("getBalance") == everybody
    assert may("sendMessage") == {"owner", "admin", "developer", "marketer"}
    assert may("findMessage") == everybody - {"finance"}
    assert may("createCredential") == {"owner", "admin", "developer"}
    assert may("invitePerson") == may("listAudit") == {"owner", "admin"}
    assert may("createCarrier") == {"owner", "admin"}
    assert may("fund") == {"owner", "admin", "finance"}
    assert may("estimate") == everybody - {"finance"}


def test_every_area_and_every_exception_is_known():
    """An operation with a tag of its own is for owners and admins until somebody says otherwise here."""
    assert {operation.tag for operation in OPERATIONS} - set(AREAS) == set()
    new = Duty(operation="new", area="New", changes=False, scope=Scope.READ)
    assert permitted_roles(new) == {Role.OWNER, Role.ADMIN}
    assert set(OTHERWISE) <= set(BY_ID)


async def test_what_goes_beyond_the_own_account_is_the_operators(place: Place):
    other = f"?account=acct_{place.operators.id}"
    owner = await place.signed_in(await place.person(Role.OWNER))
    for path in ("/v1/senders", "/v1/people", "/v1/audit"):
        assert (await owner.call("GET", path)).status == 200
        assert (await owner.call("GET", path + other)).status == 403
    approved = {"name": "Heliograph", "state": "approved"}
    assert (await owner.call("POST", "/v1/senders", approved)).status == 403
    theirs = f"?account=acct_{place.shop.id}"
    looking = await place.signed_in(await place.person(Role.VIEWER, operator=True))
    assert (await looking.call("GET", "/v1/senders" + theirs)).status == 200
    writing = await place.signed_in(await place.person(Role.MARKETER, operator=True))
    named = {"name": "Heliograph"}
    assert (await writing.call("POST", "/v1/senders", named)).status == 201
    assert (await writing.call("POST", "/v1/senders" + theirs, named)).status == 403


async def test_keys_of_a_developer_can_do_no_more_than_the_developer(place: Place):
    developer = await place.signed_in(await place.person(Role.DEVELOPER, operator=True))
    made = await developer.call("POST", "/v1/credentials", {"scopes": ["send", "read", "manage"]})
    assert made.status == 201
    more = await developer.call("POST", "/v1/credentials", {"scopes": ["admin"]})
    assert more.status == 403


async def test_may_lists_what_the_role_allows(place: Place):
    viewer = await place.signed_in(await place.person(Role.VIEWER))
    may = (await viewer.call("GET", "/v1/session")).json["may"]
    assert "listMessages" in may
    assert not {"sendMessage", "listCarriers", "listPeople"} & set(may)
