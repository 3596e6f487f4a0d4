"""A customer of MessageWhiz who has changed nothing but the host name: entities and lists."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import openpyxl
import pytest_asyncio

from tests.acceptance.served import Client
from tests.acceptance.whiz import MAPPING, PEOPLE, Whiz, people


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whiz(client: Client) -> Whiz:
    return await Whiz.of_its_own(client, "whiz")


def _workbook(*cells: str) -> bytes:
    """An XLSX file of one row."""
    book, file = openpyxl.Workbook(), BytesIO()
    book.active.append(cells)
    book.save(file)
    return file.getvalue()


# -- entities -----------------------------------------------------------------------------------------


async def test_a_key_is_needed_and_every_no_is_in_the_envelope(whiz: Whiz, client: Client) -> None:
    for headers in ({}, {"apikey": "wrong"}):
        reply = await client.call("GET", "/api/3/campaign", None, headers)
        assert reply.status == 401
        assert (reply.json["errorCode"], reply.json["errorType"]) == (401, "Unauthorized")
        assert reply.json["result"] is None
    for method, path, body, status, kind in (
        ("POST", "/api/3/campaign", {}, 400, "BadRequest"),
        ("POST", "/api/broadcasts/tiny/single", {"sender": "x"}, 400, "BadRequest"),
        ("PUT", "/api/3/campaign/999999", {"name": "x"}, 404, "NotFound"),
        ("GET", "/api/3/nothing", None, 404, "NotFound"),
        ("PATCH", "/api/3/segments", {}, 405, "MethodNotAllowed"),
    ):
        reply = await whiz.call(method, path, body)
        assert (reply.status, reply.json["errorCode"]) == (status, status), reply
        assert reply.json["errorType"] == kind
        assert reply.json["errorMessage"]


async def test_a_campaign_is_made_changed_and_switched_off_and_its_name_is_free_again(
    whiz: Whiz,
) -> None:
    made = await whiz.ask("POST", "/API/3/Campaign/", {"name": "Spring"})
    assert (made["start_date"], made["enabled"], made["is_default"]) == (None, True, 0)
    again = await whiz.call("POST", "/api/3/campaign", {"name": "spring"})
    assert (again.status, again.json["errorType"]) == (409, "Duplicate")
    path = f"/api/3/campaign/{made['id']}"
    put = await whiz.ask("PUT", path, {"end_date": "2031-03-25T21:00:00.000Z"})
    assert (put["name"], put["end_date"]) == ("Spring", "2031-03-25T21:00:00.000Z")
    assert await whiz.ask("PATCH", path, {"enabled": "1"}) == {"id": made["id"], "enabled": 1}
    assert await whiz.ask("DELETE", path) is True
    assert await whiz.ask("GET", "/api/3/campaign?filter=name=Spring") == []
    (off,) = await whiz.ask("GET", "/api/3/campaign?filter=name=Spring&enabled=0")
    assert (off["id"], off["enabled"]) == (made["id"], False)
    other = await whiz.ask("POST", "/api/3/campaign", {"name": "Spring"})
    assert other["id"] != made["id"]
    default = f"/api/3/campaign/{await whiz.campaign_id()}"
    assert (await whiz.call("DELETE", default)).status == 400  # every account has one
    renamed = await whiz.ask("PUT", default, {"name": "Ours"})
    assert (renamed["name"], renamed["is_default"]) == ("Ours", 1)
    await whiz.ask("PUT", default, {"name": "Default campaign"})


async def test_lists_of_things_are_paged_newest_first(whiz: Whiz) -> None:
    for number in range(12):
        await whiz.ask("POST", "/api/3/spinner", {"name": f"s{number}", "words": ["a", "b"]})
    first = await whiz.ask("GET", "/api/3/spinner")
    assert [each["name"] for each in first] == [f"s{number}" for number in range(11, 1, -1)]
    rest = await whiz.ask("GET", "/api/3/spinner?start=10&limit=100")
    assert [each["name"] for each in rest] == ["s1", "s0"]


async def test_senders_and_their_lists(whiz: Whiz) -> None:
    sender = await whiz.sender_id()
    made = await whiz.ask("POST", "/api/3/sender", {"name": "Whizzing"})
    assert made["enabled"] is True
    off = await whiz.ask("PATCH", f"/api/3/sender/{made['id']}", {"enabled": 0})
    assert off == {"id": made["id"], "enabled": False}
    await whiz.ask("PATCH", f"/api/3/sender/{made['id']}", {"enabled": 1})
    group = await whiz.ask(
        "POST", "/api/3/senderList", {"name": "Mine", "senderIds": [sender, 999_999]}
    )
    assert group["count"] == 1
    path = f"/api/3/senderList/{group['id']}"
    assert await whiz.ask("POST", f"{path}/senders", {"ids": [made["id"], 5_000_000]}) == [
        made["id"]
    ]
    held = await whiz.ask("GET", f"{path}/senders")
    assert held == {
        "id": group["id"],
        "senders": [
            {"senderId": sender, "name": whiz.sender_name},
            {"senderId": made["id"], "name": "Whizzing"},
        ],
    }
    assert await whiz.ask("DELETE", f"{path}/senders?id={sender}") is True
    assert (await whiz.call("DELETE", f"{path}/senders?id={sender}")).status == 404
    put = await whiz.ask("PUT", path, {"name": "Both", "senderIds": [sender, made["id"]]})
    assert put == {"id": group["id"], "name": "Both", "enabled": True, "count": 2}


async def test_links_their_lists_and_templates_and_triggers(whiz: Whiz) -> None:
    link = await whiz.ask(
        "POST",
        "/api/3/link",
        {
            "name": "Shop",
            "url": "https://shop.example/a",
            "platform_based_links": {"bot_redirect": "https://bots.example/"},
        },
    )
    assert (link["type"], link["platform_based_links"]) == (
        0,
        {"bot_redirect": "https://bots.example/"},
    )
    (found,) = await whiz.ask("GET", "/api/3/Link?filter=url=https://shop.example/a")
    assert found["id"] == link["id"]
    group = await whiz.ask(
        "POST", "/api/3/LinkList", {"name": "Some", "links": [{"url": "https://x.example/1"}]}
    )
    assert (group["linkListLength"], group["warning"]) == (1, "")
    partly = await whiz.ask("POST", "/api/3/LinkList", {"name": "Partly", "linkIds": ["99999"]})
    assert (partly["linkListLength"], partly["warning"]) == (0, "There are no links 99999")
    path = f"/api/3/LinkList/{group['id']}"
    added = await whiz.ask("POST", f"{path}/links", {"ids": [str(link["id"]), "99999"]})
    assert added == [link["id"]]
    await whiz.ask(
        "POST", f"{path}/links/bulk", {"links": [{"name": "n", "url": "https://y.example"}]}
    )
    (held,) = await whiz.ask("GET", f"{path}/links")
    urls = [each["url"] for each in held["links"]]
    assert urls == ["https://x.example/1", "https://shop.example/a", "https://y.example"]
    assert await whiz.ask("DELETE", f"{path}/links?[id]={link['id']}") is True
    doc = b"name,url\nOne,https://one.example\nTwo,https://two.example\n"
    mapping = '{"0":"name","1":"url"}'
    replaced = await whiz.upload("PUT", path, doc, mapping=mapping, name="Filed")
    assert replaced.json["result"] == {"id": group["id"], "name": "Filed", "enabled": True}
    other = await whiz.upload(
        "POST",
        "/api/3/LinkList",
        _workbook("One", "https://one.example"),
        mapping=mapping,
        name="Filed",
    )
    number = other.json["result"]["id"]
    listed = await whiz.ask("GET", "/api/3/LinkList?filter=name=Filed")
    assert [(each["id"], each["enabled"], each["conversionCount"]) for each in listed] == [
        (number, 1, 0),
        (group["id"], 1, 0),
    ]
    (held,) = await whiz.ask("GET", f"/api/3/LinkList/{number}/links")
    assert [each["url"] for each in held["links"]] == ["https://one.example"]
    conversion = await whiz.ask("POST", "/api/3/details/linkConversion", {"url": "one.example"})
    assert conversion == {"conversion": 0, "totalRecipients": 0, "clicks": 0}
    template = await whiz.ask("POST", "/api/3/template", {"name": "T", "body": "Hi {{first_name}}"})
    put = await whiz.ask("PUT", f"/api/3/template/{template['id']}", {"name": "T2"})
    assert (put["name"], put["body"]) == ("T2", "Hi {{first_name}}")
    trigger = await whiz.ask("POST", "/api/3/trigger", {"name": "Go"})
    assert (UUID(trigger["uuid"]).version, trigger["enabled"], trigger["trigger_type_id"]) == (
        4,
        1,
        1,
    )
    assert trigger["short_url"].startswith("http")
    (listed,) = await whiz.ask("GET", "/api/3/trigger?filter=name=Go")
    assert listed["flight_details.flight_number"] is None


# -- lists of recipients ------------------------------------------------------------------------------


async def test_a_recipient_list_comes_from_a_file_and_goes_back_into_one(whiz: Whiz) -> None:
    number = await people(whiz, "People")
    path = f"/api/3/recipientList/{number}"
    members = await whiz.ask("GET", f"{path}/recipients")
    assert members[0] == {
        "phone_number": 8801712350001,
        "first_name": "Anthony",
        "url": "https://a.example/1",
    }
    assert await whiz.ask("GET", f"{path}/listNumbers") == [
        f"880171235000{number}" for number in (1, 2, 3)
    ]
    download = await whiz.call("GET", f"{path}/download")
    assert download.body == PEOPLE
    added = await whiz.ask(
        "PUT",
        f"{path}/numbers",
        {"name": "More", "numbers": ["8801712350004", "8801712350001", "x"]},
    )
    assert added == {
        "inserted": 1,
        "wrong": 1,
        "duplicate": 1,
        "total": 3,
        "recipient_list_id": number,
        "count": 4,
    }
    (listed,) = await whiz.ask("GET", "/api/3/RecipientList?filter=name=More")
    assert listed == {"id": number, "name": "More", "enabled": 1, "count": 4}
    named = await whiz.ask("PATCH", f"/api/3/RecipientList/{number}", {"name": "Same"})
    assert named == {"name": "Same", "enabled": True, "count": 4}
    long = PEOPLE.replace(b"Bob", b"B" * 60)
    failed = await whiz.upload("PUT", path, long, mapping=MAPPING)
    assert (failed.status, failed.json["errorType"]) == (400, "BadRequest")
    cut = await whiz.upload("PUT", f"{path}?truncate=true", long, mapping=MAPPING)
    assert cut.json["result"]["inserted"] == 3
    preview = await whiz.upload("POST", "/api/3/recipientList/6/preview", long)
    shown = preview.json["result"]
    assert shown["data"][0] == ["phone_number", "first_name", "url"]
    assert (shown["isAllNum"], shown["isExceedLength50"]) == (
        [True, False, False],
        [False, True, False],
    )
    assert await whiz.ask("DELETE", path) is True
    assert await whiz.ask("GET", "/api/3/RecipientList?filter=name=Same") == []
    (off,) = await whiz.ask("GET", "/api/3/RecipientList?filter=name=Same&enabled=false")
    assert (off["id"], off["enabled"]) == (number, 0)
    refused = await whiz.call(
        "POST",
        "/api/broadcasts",
        {
            "campaign_id": await whiz.campaign_id(),
            "recipient_list_ids": number,
            "sender_ids": await whiz.sender_id(),
            "message_body": "to nobody",
        },
    )
    assert (refused.status, refused.json["errorType"]) == (404, "NotFound")
    on = await whiz.ask("PATCH", path, {"enabled": 1})
    assert on == {"name": "Same", "enabled": True, "count": 3}


async def test_an_unsubscribe_list_is_built_alike(whiz: Whiz) -> None:
    made = await whiz.ask(
        "POST", "/api/3/unsubscribeList", {"name": "Out", "numbers": [8801712350002]}
    )
    assert (made["enabled"], made["unsubscribers_amount"]) == (True, 1)
    path = f"/api/3/UnsubscribeList/{made['id']}"
    numbers = ["8801712350002", "8801712350009", "nobody"]
    added = await whiz.ask("POST", f"{path}/members", {"numbers": numbers})
    assert added == {"inserted": 1, "alreadyExists": 1, "notValid": 1}
    members = await whiz.ask("GET", f"{path}/members")
    assert {"phone_number": "8801712350002"} in members
    assert await whiz.ask("PATCH", path, {"enabled": False}) == {"id": made["id"], "enabled": False}
    doc = b"phone_number\n8801712350002\n"
    replaced = await whiz.upload("PUT", path, doc, mapping='{"0":"phone_number"}')
    assert replaced.json["result"]["unsubscribers_amount"] == 1
    assert (await whiz.call("GET", f"{path}/download")).body == b'"phone_number"\n"8801712350002"\n'
