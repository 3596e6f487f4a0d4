"""Requests are read as the vendor's callers really send them; what cannot be read gets its error object."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.smsapi import DIALECT
from heliograph.dialects.smsapi.read import RECIPIENTS_MAX
from heliograph.model.command import (
    Claim,
    FetchInbound,
    FindByReference,
    GetBalance,
    SendMessages,
)
from heliograph.model.message import Draft, Encoding, Extra
from heliograph.model.refusal import Refusal

FORM = "application/x-www-form-urlencoded"
LOGIN = {"apikey": "KEY", "apitoken": "TOKEN"}
SMS = LOGIN | {"type": "sms", "from": "ABCD", "to": "8801844909020", "text": "Hello"}
CLAIM = Claim(dialect="smsapi", name="KEY", secret="TOKEN")


def get(query: str, path: str = "/smsAPI") -> HttpRequest:
    return HttpRequest(method="GET", path=path, query=query, headers={}, id=7)


def post(body: bytes, query: str = "", content_type: str = FORM) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path="/smsAPI",
        query=query,
        headers={"content-type": content_type},
        body=body,
        id=7,
    )


def asked(request: HttpRequest) -> Ask:
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask), ask
    return ask


def sends(**fields: str) -> Ask:
    return asked(get("sendsms&" + urlencode(SMS | fields)))


def drafts(**fields: str) -> tuple[Draft, ...]:
    ask = sends(**fields)
    assert ask.verdict is None, ask.verdict
    assert isinstance(ask.command, SendMessages)
    return ask.command.drafts


def refused(**fields: str) -> tuple[Refusal, str | None]:
    ask = sends(**fields)
    assert ask.claim == CLAIM
    assert ask.verdict is not None, fields
    return ask.verdict.refusal, ask.verdict.field


# -- where things are -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/smsAPI", "balance"),
        ("/smsAPI/", "balance"),
        ("/a/b/smsapi//", "BALANCE=0"),
        ("/smsAPI/balance", ""),
        ("/smsAPI/balance/", ""),
        ("/smsAPI&balance", ""),
        ("/smsAPI/&balance=1", ""),
        ("/smsAPI", "&&balance&"),
        ("/smsAPI", "%62alance=x"),
        ("/smsAPI", "balance%0A%20=1"),
    ],
)
def test_the_command_is_a_key_wherever_it_stands(path: str, query: str) -> None:
    ask = asked(get(f"{query}&{urlencode(LOGIN)}", path))
    assert (ask.command, ask.claim) == (GetBalance(), CLAIM)


def test_a_query_behind_the_path_may_hold_slashes_and_escapes() -> None:
    rest = "&".join(f"{name}={quote(value, safe='/')}" for name, value in SMS.items())
    ask = asked(get("text=a/b%26c", f"/x/smsAPI&sendsms&{rest}"))
    assert isinstance(ask.command, SendMessages)
    assert ask.command.drafts[0].text == "a/b&c"


@pytest.mark.parametrize(
    "request_",
    [
        get(""),
        get("nothing=1"),
        get("sendsms&text=%FF"),
        get("", "/smsAPI/sms"),
        post(b"sendsms", content_type="multipart/form-data"),
        post(b"sendsms&text=\xff"),
        HttpRequest(method="PUT", path="/smsAPI", query="sendsms", headers={}),
    ],
)
def test_without_a_command_or_with_octets_that_are_no_text_it_is_an_invalid_request(
    request_: HttpRequest,
) -> None:
    reply = DIALECT.read(request_)
    assert isinstance(reply, HttpReply)
    assert reply.status == 200
    assert json.loads(reply.body) == {
        "request": "",
        "status": "error",
        "message": "Invalid request",
    }


def test_of_a_name_that_comes_twice_the_last_one_counts_and_the_body_after_the_query() -> None:
    ask = asked(post(b"text=body", f"sendsms&{urlencode(SMS)}&text=query"))
    assert isinstance(ask.command, SendMessages)
    assert ask.command.drafts[0].text == "body"


def test_a_body_beside_get_and_one_of_another_type_are_not_read() -> None:
    body = urlencode({"text": "other"}).encode()
    for request in (
        HttpRequest(
            method="GET",
            path="/smsAPI",
            query=f"sendsms&{urlencode(SMS)}",
            headers={"content-type": FORM},
            body=body,
        ),
        post(body, f"sendsms&{urlencode(SMS)}", "text/plain"),
    ):
        command = asked(request).command
        assert isinstance(command, SendMessages)
        assert command.drafts[0].text == "Hello"


def test_who_names_nobody_is_asked_about_as_nobody() -> None:
    assert asked(get("balance")).claim == Claim(dialect="smsapi", name="", secret="")
    assert asked(get("balance&apikey=+K+&apitoken=T%0A")).claim == Claim(
        dialect="smsapi", name="K", secret="T"
    )


def test_of_several_commands_the_first_of_the_documented_order_counts() -> None:
    ask = asked(get(f"balance&getinbox&groupstatus&sendsms&{urlencode(SMS)}"))
    assert ask.form == "sendsms"


# -- sendsms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "numbers"),
    [
        ("8801844909020", ["8801844909020"]),
        ("+8801844909020", ["+8801844909020"]),
        ("8801,8802;8803 8804\n8805\r\n8806\t8807", [f"880{n}" for n in range(1, 8)]),
        ("8801+8802+8803", ["8801", "+8802", "+8803"]),
        ("+254711, +254722", ["+254711", "+254722"]),
        (" ,8801,, ;", ["8801"]),
        ("8801,+8801,008801,8802,8801", ["8801", "8802"]),
        ("(880)18-44,8801844", ["(880)18-44"]),
        ("nobody,somebody", ["nobody", "somebody"]),
    ],
)
def test_recipients_are_parted_by_whatever_callers_part_them_with(
    to: str, numbers: list[str]
) -> None:
    assert [draft.recipient for draft in drafts(to=to)] == numbers


@pytest.mark.parametrize(
    ("word", "draft"),
    [
        ("", {}),
        (" SMS ", {}),
        ("Unicode", {"encoding": Encoding.UCS2}),
        ("FLASH", {"flash": True}),
    ],
)
def test_a_type_is_read_in_any_case(word: str, draft: dict[str, Any]) -> None:
    expected = Draft(recipient=SMS["to"], sender="ABCD", text="Hello", **draft)
    assert drafts(type=word) == (expected,)


@pytest.mark.parametrize(
    ("fields", "extra"),
    [
        (
            {"type": "Voice", "text": "", "file": "https://example.com/a.mp3", "duration": "30"},
            Extra(channel="voice", media_url="https://example.com/a.mp3", duration_seconds=30),
        ),
        ({"type": "voice", "language": "en-US"}, Extra(channel="voice", language="en-US")),
        ({"type": "mms", "file": " HTTP://x/y "}, Extra(channel="mms", media_url="HTTP://x/y")),
        ({"type": "WhatsApp"}, Extra(channel="whatsapp")),
        ({"route": "12"}, Extra(route_id=12)),
        ({"type": "voice", "language": "en", "route": "3"},
         Extra(channel="voice", language="en", route_id=3)),
        ({"route": "0", "file": "", "language": "", "duration": ""}, None),
        ({"route": "", "file": "https://x/y", "language": "en", "duration": "soon"}, None),
    ],
)  # fmt: skip
def test_calls_media_and_routes_are_kept_beside_the_text(
    fields: dict[str, str], extra: Extra | None
) -> None:
    assert drafts(**fields)[0].extra == extra


@pytest.mark.parametrize(
    ("fields", "refusal", "field"),
    [
        ({"type": "music"}, Refusal.INVALID_FIELD, "type"),
        ({"text": ""}, Refusal.EMPTY_TEXT, "text"),
        ({"text": "", "from": "", "to": ""}, Refusal.EMPTY_TEXT, "text"),
        ({"from": " ", "to": ""}, Refusal.INVALID_SENDER, "sender"),
        ({"to": " ,; "}, Refusal.INVALID_RECIPIENT, "recipient"),
        ({"to": ",".join(map(str, range(RECIPIENTS_MAX + 1)))},
         Refusal.TOO_MANY_RECIPIENTS, "recipient"),
        ({"type": "voice"}, Refusal.MISSING_FIELD, "language"),
        ({"type": "voice", "text": ""}, Refusal.EMPTY_TEXT, "text"),
        ({"type": "voice", "file": "ftp://x/y"}, Refusal.INVALID_FIELD, "file"),
        ({"type": "mms", "file": "https://x/\x00"}, Refusal.INVALID_FIELD, "file"),
        ({"type": "voice", "language": "en\x00"}, Refusal.MISSING_FIELD, "language"),
        ({"type": "voice", "language": "en", "duration": "-1"}, Refusal.INVALID_FIELD, "duration"),
        ({"route": "default"}, Refusal.INVALID_FIELD, "route"),
        ({"route": "9" * 10}, Refusal.INVALID_FIELD, "route"),
    ],
)  # fmt: skip
def test_what_the_vendor_asks_for_is_told_to_a_known_caller(
    fields: dict[str, str], refusal: Refusal, field: str
) -> None:
    assert refused(**fields) == (refusal, field)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-12-24 13:37:51", datetime(2026, 12, 24, 13, 37, 51)),  # noqa: DTZ001
        ("2026-12-24T13:37", datetime(2026, 12, 24, 13, 37)),  # noqa: DTZ001
        (" 2026-12-24 ", datetime(2026, 12, 24)),  # noqa: DTZ001
        ("", None),
        ("tomorrow", None),
        ("2026-13-24 13:37:51", None),
        ("24/12/2026 13:37", None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_a_date_is_local_and_a_broken_one_means_now(text: str, at: datetime | None) -> None:
    (draft,) = drafts(scheduledate=text)
    assert (draft.send_at, draft.send_at_local) == (None, at)


def test_a_date_that_brings_its_zone_is_a_moment() -> None:
    (draft,) = drafts(scheduledate="2026-12-24T13:37:51+06:00")
    assert draft.send_at == datetime(2026, 12, 24, 7, 37, 51, tzinfo=UTC)
    assert draft.send_at_local is None


# -- looking --------------------------------------------------------------------------------------


def test_a_group_is_asked_for_whole() -> None:
    ask = asked(get(f"groupstatus&groupid=+1234+&{urlencode(LOGIN)}"))
    assert (ask.command, ask.verdict) == (FindByReference(submission=1234, most=10_000), None)


@pytest.mark.parametrize("group", ["", "abc", "-1", str(2**64)])
def test_what_is_no_group_is_not_found(group: str) -> None:
    ask = asked(get(f"groupstatus&groupid={group}&{urlencode(LOGIN)}"))
    assert ask.verdict is not None
    assert ask.verdict.refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("word", "take"), [("", True), ("unread", True), ("UNREAD", True), ("All", False)]
)
def test_the_unread_are_taken_and_all_are_only_shown(word: str, take: bool) -> None:
    ask = asked(get(f"getinbox&list={word}&{urlencode(LOGIN)}"))
    assert ask.command == FetchInbound(take=take, unread_only=take, limit=1000)
    assert ask.verdict is None


def test_another_list_is_refused_and_marks_nothing() -> None:
    ask = asked(get(f"getinbox&list=new&{urlencode(LOGIN)}"))
    assert ask.verdict is not None
    assert ask.verdict.field == "list"
    assert isinstance(ask.command, FetchInbound)
    assert not ask.command.take


# -- whatever comes -------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=40),
    st.binary(max_size=80),
    st.sampled_from([FORM, "multipart/form-data; boundary=x", "application/json", ""]),
    st.sampled_from(["sendsms", "groupstatus", "getinbox", "balance", ""]),
)
def test_reading_never_raises(text: str, body: bytes, content_type: str, command: str) -> None:
    for request in (get(f"{command}&{text}"), post(body, command, content_type)):
        answer = DIALECT.read(request)
        assert isinstance(answer, Ask | HttpReply)
    fields = dict.fromkeys(("to", "scheduledate", "duration", "file", "type", "route"), text)
    quoted = urlencode(SMS | fields, errors="replace")
    assert isinstance(DIALECT.read(get(f"{command}&{quoted}")), Ask | HttpReply)
