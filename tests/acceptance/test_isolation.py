"""Promise P6 through the native API: another account's key finds, changes and removes nothing of ours."""

from __future__ import annotations

from typing import Any

from tests.acceptance.served import Client, Reply, eventually

_NUMBER = "8809610000001"
"""Of the demo's account."""
_HANDSET = "8801700000066"
THINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("services", {"name": "isolated"}),
    ("templates", {"name": "isolated", "text": "Hello"}),
    ("keywords", {"number": _NUMBER, "word": "ISOLATED"}),
    ("links", {"name": "isolated", "url": "https://shop.example/"}),
    ("replies", {"kind": "help", "language": "fr", "text": "Bonjour"}),
    ("endpoints", {"url": "https://shop.example/isolated", "events": ["message.received"]}),
    ("credentials", {"label": "isolated", "scopes": ["read"]}),
    ("senders", {"name": "Isolated"}),
    ("lists", {"name": "isolated"}),
    ("suppressions", {"name": "isolated"}),
)
"""What is made for the demo's account, by the collection that it is kept in."""
DEEDS: tuple[tuple[str, str, str, Any], ...] = (
    ("credentials", "POST", "rotate", {}),
    ("endpoints", "GET", "deliveries", None),
    ("endpoints", "POST", "replay", {"message": "msg_0000000000001"}),
    ("links", "GET", "clicks?since=2026-11-01&until=2026-11-02", None),
    ("lists", "GET", "members", None),
    ("lists", "POST", "members", {"numbers": [_HANDSET]}),
    ("lists", "POST", "members/remove", {"numbers": [_HANDSET]}),
    ("suppressions", "POST", "members", {"numbers": [_HANDSET]}),
    ("numbers", "POST", "release", None),
    ("senders", "POST", "release", None),
)
"""What can be done with one of them beside GET, PUT and DELETE."""


async def _stranger(client: Client, name: str) -> dict[str, str]:
    """The headers of another account's managing key."""
    wish = {"name": name, "currency": "EUR"}
    account = (await client.native("POST", "/v1/accounts", wish)).json["id"]
    made = await client.native(
        "POST",
        f"/v1/credentials?account={account}",
        {"label": "stranger", "scopes": ["send", "read", "manage"]},
    )
    return {"Authorization": f"Bearer {made.json['secret']}"}


def _is_nothing(reply: Reply) -> None:
    """As if it were not there at all: a page of what belongs to nothing is empty."""
    if reply.status == 200:
        assert reply.json == {"items": [], "next": None}, reply
        return
    assert reply.status == 404, reply
    assert reply.json["code"] == "not_found", reply


async def test_nothing_of_ours_is_there_for_a_stranger(client: Client) -> None:
    stranger = await _stranger(client, "a stranger")
    ours: dict[str, dict[str, Any]] = {}
    try:
        for kind, body in THINGS:
            made = await client.native("POST", f"/v1/{kind}", body)
            assert made.status == 201, (kind, made)
            ours[kind] = made.json.get("list", made.json)
        numbers = (await client.native("GET", "/v1/numbers")).json["items"]
        ours["numbers"] = next(each for each in numbers if each["msisdn"] == _NUMBER)
        before = {kind: await _kept(client, kind, each["id"]) for kind, each in ours.items()}
        for kind, each in ours.items():
            place = f"/v1/{kind}/{each['id']}"
            change = dict(THINGS).get(kind, {"msisdn": _NUMBER})
            method = "PATCH" if kind in ("lists", "suppressions") else "PUT"
            _is_nothing(await client.call("GET", place, None, stranger))
            changed = await client.call(method, place, change, stranger)
            # Numbers and senders are the operator's to give; a keyword needs a number of one's own.
            assert changed.status in (403, 404, 422), changed
            removed = await client.call("DELETE", place, None, stranger)
            assert removed.status in (403, 404), removed
            listed = await client.call("GET", f"/v1/{kind}", None, stranger)
            assert each["id"] not in [item["id"] for item in listed.json["items"]], kind
            foreign = await client.call("GET", f"/v1/{kind}?account=acct_1", None, stranger)
            assert foreign.status in (403, 422), (kind, foreign)
        for kind, method, deed, body in DEEDS:
            place = f"/v1/{kind}/{ours[kind]['id']}/{deed}"
            _is_nothing(await client.call(method, place, body, stranger))
        after = {kind: await _kept(client, kind, each["id"]) for kind, each in ours.items()}
        assert after == before
    finally:
        for kind, each in reversed(ours.items()):
            if kind != "numbers":
                await client.native("DELETE", f"/v1/{kind}/{each['id']}")


async def _kept(client: Client, kind: str, id_: str) -> dict[str, Any]:
    found = await client.native("GET", f"/v1/{kind}/{id_}")
    assert found.status == 200, (kind, found)
    kept: dict[str, Any] = found.json
    kept.pop("last_used_at", None)
    return kept


async def test_a_stranger_sees_no_talk_and_no_opt_out_of_ours(client: Client) -> None:
    stranger = await _stranger(client, "another stranger")
    path = f"/v1/simulator/handsets/{_HANDSET}/messages"
    for text in ("Hello", "STOP"):
        assert (await client.native("POST", path, {"to": _NUMBER, "text": text})).status == 204
    await _heard(client)
    for place in (f"/v1/conversations/{_HANDSET}", "/v1/conversations", "/v1/opt-outs"):
        assert (await client.native("GET", place)).json["items"], place
        assert (await client.call("GET", place, None, stranger)).json["items"] == [], place
    gone = f"/v1/opt-outs/{_HANDSET}?from={_NUMBER}"
    _is_nothing(await client.call("DELETE", gone, None, stranger))
    read = await client.call("POST", f"/v1/conversations/{_HANDSET}/read", None, stranger)
    assert read.status in (200, 204, 404), read
    talk = (await client.native("GET", "/v1/conversations")).json["items"]
    [ours] = [each for each in talk if each["handset"].endswith(_HANDSET)]
    assert ours["unread"] == 2
    assert (await client.native("DELETE", gone)).status == 204
    await client.native("POST", "/v1/inbound/take")


async def _heard(client: Client) -> None:
    async def look() -> bool:
        found = await client.native("GET", "/v1/opt-outs")
        return any(each["to"].endswith(_HANDSET) for each in found.json["items"])

    await eventually(look, "the opt-out", within_seconds=15)
