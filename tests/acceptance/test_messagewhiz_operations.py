"""What every operation of the MessageWhiz door answers alike, asked of the running product: who has no
key, whose key may not, what is not there, what is there already; and the type of `enabled`, entity by
entity."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio

from tests.acceptance.served import Client, Reply
from tests.acceptance.whiz import Whiz
from tests.dialects.messagewhiz.operations import OPERATIONS, VARIANTS, Operation
from tests.dialects.messagewhiz.test_operations import multipart

NOBODY = "2147483000"
"""A number that no thing has."""
EVERY = [*OPERATIONS, *VARIANTS]
TYPES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Duplicate",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whiz(client: Client) -> Whiz:
    return await Whiz.of_its_own(client, "whiz operations")


async def ask(
    whiz: Whiz, operation: Operation, key: str | None, number: object = NOBODY, **body: object
) -> Reply:
    fields = {**operation.body, **body}
    octets, kind = json.dumps(fields).encode(), "application/json"
    if operation.doc:
        octets, kind = multipart(fields), "multipart/form-data; boundary=x"
    headers = {"Content-Type": kind} | ({} if key is None else {"APIKEY": key})
    path = operation.path.replace("{}", str(number)).title()
    path = f"{path}?{operation.query}" if operation.query else path
    data = None if operation.method in ("GET", "DELETE") else octets
    return await whiz.client.call(operation.method, path, data, headers)


def entity_of(operation: Operation) -> str:
    """What its path is about, behind `/api/3/` or `/api/`."""
    return operation.path.removeprefix("/api/").removeprefix("3/").partition("/")[0]


def is_no(reply: Reply, status: int) -> None:
    """The envelope of an error, in the printed order, with the status as a number."""
    assert reply.status == status, reply
    assert reply.headers["Content-Type"].startswith("application/json")
    answer = reply.json
    names = ["errorCode", "errorMessage", "errorType", "executionTime", "result"]
    assert list(answer) == names
    assert (answer["errorCode"], answer["errorType"]) == (status, TYPES[status])
    assert answer["errorMessage"]
    assert isinstance(answer["executionTime"], float)
    assert answer["result"] is None


async def key_with(whiz: Whiz, *scopes: str) -> str:
    body = {"dialect": "messagewhiz", "scopes": list(scopes)}
    path = f"/v1/credentials?account={whiz.account}"
    reply = await whiz.client.native("POST", path, body)
    assert reply.status == 201, reply
    return str(reply.json["secret"])


async def test_nobody_gets_in_without_a_key_or_with_a_wrong_one(whiz: Whiz) -> None:
    for operation in EVERY:
        for key in (None, "", "0123456789abcdef0123456789abcdef"):
            is_no(await ask(whiz, operation, key), 401)


async def test_a_key_that_may_only_look_changes_and_sends_nothing(whiz: Whiz) -> None:
    reader = await key_with(whiz, "read")
    made = {"recipients": "8801712350001"}
    for operation in OPERATIONS:
        if (
            operation.method == "POST"
            and operation.path.count("/") == 3
            and "name" in operation.body
        ):
            reply = await ask(whiz, operation, whiz.key, name="looked at")
            result = reply.json["result"]
            made[entity_of(operation)] = result.get("id") or result["recipient_list_id"]
    allowed = []
    for operation in EVERY:
        number = made.get(entity_of(operation), NOBODY)
        reply = await ask(whiz, operation, reader, number=number)
        looks = not operation.changes or "preview" in operation.path
        if (reply.status == 403) is looks:
            allowed.append((operation.method, operation.path, reply.status))
    assert allowed == []


async def test_a_change_of_what_is_kept_is_put_on_record_once(client: Client) -> None:
    whiz = await Whiz.of_its_own(client, "whiz recorded")
    made = await whiz.ask("POST", "/api/3/campaign", {"name": "Recorded"})
    await whiz.ask("DELETE", f"/api/3/campaign/{made['id']}")
    links = {"name": "Recorded", "links": [{"name": "One", "url": "https://recorded.example"}]}
    group = await whiz.ask("POST", "/api/3/LinkList", links)
    people = {"name": "Recorded", "numbers": ["8801712350001"]}
    listed = await whiz.ask("POST", "/api/3/recipientList/numbers", people)
    assert (await whiz.call("PUT", "/api/3/sender/999999", {"name": "Nobody"})).status == 404
    log = (await client.native("GET", f"/v1/audit?account={whiz.account}")).json["items"]
    told = [(each["operation"], each.get("target", ""), each["outcome"]) for each in reversed(log)]
    (link,) = await whiz.ask("GET", "/api/3/link?filter=name=One")
    assert told == [
        ("createCampaign", f"cmp_{made['id']}", "done"),
        ("changeCampaign", f"cmp_{made['id']}", "done"),
        ("createLink", f"lnk_{link['id']}", "done"),
        ("createLinkList", f"lkl_{group['id']}", "done"),
        ("createRecipientList", f"lst_{listed['recipient_list_id']}", "done"),
        ("changeSender", "snd_999999", "not_found"),
    ]


async def test_a_suspended_account_is_forbidden_whatever_it_asks(client: Client) -> None:
    whiz = await Whiz.of_its_own(client, "whiz suspended")
    found = (await client.native("GET", f"/v1/accounts/{whiz.account}")).json
    for name in ("id", "created_at", "balance"):
        found.pop(name, None)
    put = await client.native(
        "PUT", f"/v1/accounts/{whiz.account}", {**found, "state": "suspended"}
    )
    assert put.status == 200, put
    for operation in EVERY:
        is_no(await ask(whiz, operation, whiz.key), 403)


async def test_what_is_not_there_is_not_found(whiz: Whiz) -> None:
    for operation in EVERY:
        if "{}" not in operation.path or "preview" in operation.path or "verif" in operation.path:
            continue
        is_no(await ask(whiz, operation, whiz.key), 404)
    named = (
        ("/api/3/deliveryreport", {"bid": NOBODY}),
        ("/api/3/segments", {"broadcast_id": NOBODY}),
        ("/api/3/broadcast", {"campaign_id": NOBODY}),
        ("/api/3/broadcast/estimate", {"recipient_list_ids": NOBODY}),
        ("/api/broadcasts", {"recipient_list_ids": NOBODY}),
        ("/api/broadcasts/single", {"sender_id": NOBODY}),
    )
    for path, body in named:
        for operation in EVERY:
            if operation.path == path and operation.body.keys() >= body.keys():
                is_no(await ask(whiz, operation, whiz.key, **body), 404)


async def test_names_are_taken_once_but_for_lists(whiz: Whiz) -> None:
    for operation in OPERATIONS:
        name = operation.path.rpartition("/")[2]
        if operation.method != "POST" or "name" not in operation.body or "{}" in operation.path:
            continue
        url = {"url": f"https://{name}.example"} if "url" in operation.body else {}
        first = await ask(whiz, operation, whiz.key, name="Only Once", **url)
        assert first.status == 200, first
        again = await ask(whiz, operation, whiz.key, name="only ONCE", **url)
        if name in ("recipientlist", "numbers", "unsubscribelist", "linklist"):
            assert again.status == 200, again
        else:
            is_no(again, 409)


# -- enabled ----------------------------------------------------------------------------------------

ENABLED: dict[str, tuple[Any, Any, Any, Any]] = {
    # made, put, listed, patched (facts 3.1): None where the answer has none
    "campaign": (True, True, True, 1),
    "sender": (True, True, True, True),
    "senderList": (True, True, True, 1),
    "UnsubscribeList": (True, True, 1, True),
    "link": (True, True, True, True),
    "LinkList": (True, True, 1, 1),
    "spinner": (True, True, True, 1),
    "template": (True, True, True, True),
    "trigger": (1, 1, 1, 1),
    "RecipientList": (None, None, 1, True),
}
_BODIES: dict[str, dict[str, object]] = {
    "link": {"url": "https://enabled.example"},
    "spinner": {"words": ["a"]},
    "template": {"body": "b"},
}


@pytest.mark.parametrize("name", ENABLED)
async def test_enabled_has_the_entitys_own_type(whiz: Whiz, name: str) -> None:
    def exact(answer: dict[str, Any], wanted: object) -> None:
        found = answer.get("enabled")
        assert (type(found), found) == (type(wanted), wanted), answer

    made, put, listed, patched = ENABLED[name]
    path = f"/api/3/{name}"
    if name == "RecipientList":
        body = {"name": f"e {name}", "numbers": ["8801712350001"]}
        first = await whiz.ask("POST", f"{path}/numbers", body)
        number = first["recipient_list_id"]
    else:
        first = await whiz.ask("POST", path, {"name": f"e {name}", **_BODIES.get(name, {})})
        number = first["id"]
    exact(first, made)
    change: dict[str, object] = {"name": f"f {name}"}
    if name == "RecipientList":
        changed = await whiz.ask("PUT", f"{path}/{number}/numbers", change)
    elif name == "UnsubscribeList":
        changed = await whiz.ask("PUT", f"{path}/{number}", {**change, "numbers": []})
    else:
        changed = await whiz.ask("PUT", f"{path}/{number}", change)
    exact(changed, put)
    (one,) = await whiz.ask("GET", f"{path}?filter=name=f {name}")
    exact(one, listed)
    on = await whiz.ask("PATCH", f"{path}/{number}", {"enabled": "1"})
    exact(on, patched)
    off = await whiz.ask("PATCH", f"{path}/{number}", {"enabled": False})
    exact(off, type(patched)(0))
    assert await whiz.ask("GET", f"{path}?filter=name=f {name}") == []
    (one,) = await whiz.ask("GET", f"{path}?filter=name=f {name}&enabled=0")
    exact(one, type(listed)(0))
    assert await whiz.ask("DELETE", f"{path}/{number}") is True
    assert await whiz.ask("DELETE", f"{path}/{number}") is True
