"""From requests in every form that callers use to commands; every fault under its own code."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mitto import DIALECT, read
from heliograph.model.command import Estimate, GetUsage, MarkConverted, SendMessages
from heliograph.model.message import Draft, Encoding
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

WHOLE: dict[str, Any] = {"from": "MITTO SMS", "to": "41751231234", "text": "Hello"}
KEY_HEADER = {"x-mitto-api-key": "key"}


def made(path: str, fields: object = None, *, method: str = "POST", **headers: str) -> HttpRequest:
    path, _, query = path.partition("?")
    body = fields if isinstance(fields, bytes) else b"" if fields is None else _json(fields)
    typed = {"content-type": "application/json"} if body else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(
        method=method,
        path=path,
        query=query,
        headers=KEY_HEADER | typed | named,
        body=body,
        id=77 << 22,
    )


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def asked(request: HttpRequest) -> Ask:
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    return ask


def drafts(request: HttpRequest) -> tuple[Draft, ...]:
    ask = asked(request)
    assert ask.verdict is None, ask.verdict
    assert isinstance(ask.command, SendMessages | Estimate)
    return ask.command.drafts


def answer(request: HttpRequest) -> tuple[int, Any]:
    """Status and body of what the room itself says no to."""
    ask = DIALECT.read(request)
    if isinstance(ask, Ask):
        assert ask.verdict is not None
        ask = DIALECT.write(request, ask, ask.verdict, b"k" * 32)
    return ask.status, json.loads(ask.body)


# -- paths


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/sms", "sms"),
        ("/SMS/", "sms"),
        ("/sms.json", "sms"),
        ("/sms.xml", "sms"),
        ("/v2/sms.json", "sms"),
        ("/smsbulk", "smsbulk"),
        ("/v2/smsbulk.XML", "smsbulk"),
        ("/sms/converted", "sms/converted"),
        ("/%73ms/converted.json", "sms/converted"),
        ("/v2/usage/bycountry", "usage/bycountry"),
        ("/sms/other", "unknown"),
        ("/usage/bynetwork", "unknown"),
    ],
)
def test_a_path_is_known_in_every_spelling(path: str, name: str) -> None:
    assert DIALECT.owns(path)
    assert DIALECT.label("POST", path) == name


@pytest.mark.parametrize(
    "path", ["/", "/smsapi", "/smsAPI", "/v1/sms", "/usages", "/api/sms", "/v2", "/smsbulk2"]
)
def test_paths_of_others_are_left_alone(path: str) -> None:
    assert not DIALECT.owns(path)


def test_an_unknown_path_and_another_method_are_answered_as_such() -> None:
    assert answer(made("/sms/other", WHOLE)) == (404, {"responseText": "Not Found"})
    request = made("/usage/bycountry", method="GET")
    reply = DIALECT.read(request)
    assert isinstance(reply, HttpReply)
    assert (reply.status, reply.headers) == (405, (("Allow", "POST"),))


# -- the key


def test_without_a_key_nothing_else_is_said() -> None:
    reply = answer(made("/sms", WHOLE | {"text": ""}, x_mitto_api_key=" "))
    assert reply == (401, {"responseText": "Invalid or no API Key specified"})


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff{}", b"[" * 9999])
def test_a_body_that_cannot_be_read_is_told_to_known_callers_alone(body: bytes) -> None:
    ask = asked(made("/sms", body))
    assert ask.verdict == Refused(refusal=Refusal.MALFORMED)
    assert answer(made("/sms", body)) == (400, {"responseText": "Bad Request"})


def test_other_media_are_refused() -> None:
    status, _ = answer(made("/sms", b"<sms/>", content_type="application/xml"))
    assert status == 415


# -- where the fields are


def test_names_are_read_in_any_case_and_the_body_counts_before_the_query() -> None:
    request = made(
        "/sms?TO=41751231235&Reference=q&Text=query", {"From": "MITTO", "TEXT": "body", "to": None}
    )
    (draft,) = drafts(request)
    assert (draft.recipient, draft.sender, draft.text) == ("41751231235", "MITTO", "body")
    assert draft.reference == "q"


def test_multipart_is_a_form_too() -> None:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in WHOLE.items()
    )
    body = f"{parts}--x--\r\n".encode()
    (draft,) = drafts(made("/sms", body, content_type="multipart/form-data; boundary=x"))
    assert draft.text == "Hello"


def test_several_receivers_of_a_query_are_a_list() -> None:
    request = made("/smsbulk?from=MITTO&text=x&to=41751231234&to=41751231235", method="GET")
    assert [draft.recipient for draft in drafts(request)] == ["41751231234", "41751231235"]


@pytest.mark.parametrize("value", [True, 1, "1", "true", "TRUE", "on"])
def test_a_flag_is_set_in_many_ways(value: object) -> None:
    (draft,) = drafts(made("/sms", WHOLE | {"flash": value}))
    assert draft.flash
    assert isinstance(asked(made("/sms", WHOLE | {"test": value})).command, Estimate)


@pytest.mark.parametrize("value", [False, 0, "0", "false", "", None])
def test_and_not_set_in_as_many(value: object) -> None:
    (draft,) = drafts(made("/sms", WHOLE | {"flash": value}))
    assert not draft.flash


# -- codes, in their order


def code(**fields: object) -> int | None:
    status, body = answer(made("/sms", WHOLE | fields))
    assert status == (200 if "responseCode" in body else 400), body
    if "responseCode" in body:
        assert body["textLength"] == 0
        assert "id" not in body
    found: int | None = body.get("responseCode")
    return found


FAULTS: list[tuple[int, dict[str, object]]] = [
    (2, {"type": "ascii"}),
    (3, {"text": ""}),
    (4, {"text": "Привет"}),
    (5, {"from": " "}),
    (6, {"from": "x" * 12}),
    (7, {"to": ""}),
    (8, {"to": "12"}),
]


@pytest.mark.parametrize("place", range(len(FAULTS)))
def test_of_several_faults_the_lowest_code_is_told(place: int) -> None:
    """3 and 4 exclude each other: a text is either missing or wrong."""
    rest: dict[str, object] = {}
    for _, fields in reversed(FAULTS[place:]):
        rest |= fields
    assert code(**rest) == FAULTS[place][0]


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (2, {"type": "GSM7"}),
        (3, {"text": None}),
        (4, {"text": "Grüße, Žofie", "type": "GSM"}),
        (4, {"text": "a\x00b"}),
        (4, {"text": "012", "type": "Binary"}),
        (4, {"text": "xyz!", "type": "byte"}),
        (4, {"udh": "0605"}),
        (4, {"udh": "zz"}),
        (5, {"from": None}),
        (6, {"from": "ab"}),
        (6, {"from": "12"}),
        (6, {"from": "123456789012345"}),
        (7, {"to": []}),
        (7, {"to": None}),
        (8, {"to": ["41751231234", "41751231235"]}),
        (8, {"to": "41751231234,41751231235"}),
        (8, {"to": "nobody"}),
    ],
)
def test_every_fault_of_the_vendors_table(wanted: int, fields: dict[str, object]) -> None:
    assert code(**fields) == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("validity", "soon"),
        ("validity", -1),
        ("pid", 256),
        ("flash", "perhaps"),
        ("test", {}),
        ("callback", "ftp://a.example/"),
        ("callback", "https://<msgid>.example/"),
        ("callback", "https://a.example/" + "x" * 1000),
        ("reference", {}),
        ("text", {}),
        ("to", {}),
    ],
)
def test_what_has_no_code_is_named(field: str, value: object) -> None:
    assert answer(made("/sms", WHOLE | {field: value})) == (
        400,
        {"responseText": f"Bad Request: {field}"},
    )


@pytest.mark.parametrize(
    "sender", ["abc", "MITTO SMS", "x" * 11, "123", "+41751231234", "41751231234567"]
)
def test_senders_of_every_length_that_is_allowed(sender: str) -> None:
    (draft,) = drafts(made("/sms", WHOLE | {"from": sender}))
    assert draft.sender == sender


def test_one_bad_receiver_refuses_the_whole_list_and_duplicates_stay() -> None:
    status, body = answer(made("/smsbulk", WHOLE | {"to": ["41751231234", "12"]}))
    assert (status, body) == (
        200,
        {"messages": [], "responseCode": 8, "responseText": "Invalid receiver"},
    )
    ask = asked(made("/smsbulk", WHOLE | {"to": ["41751231234"] * 3}))
    assert isinstance(ask.command, SendMessages)
    assert (len(ask.command.drafts), ask.command.whole) == (3, True)


def test_a_list_has_an_end() -> None:
    many = ["41751231234"] * (read.RECEIVERS_MAX + 1)
    assert answer(made("/smsbulk", WHOLE | {"to": many}))[0] == 400


# -- parameters


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        ("", Encoding.GSM7),
        ("gsm", Encoding.GSM7),
        ("UNICODE", Encoding.UCS2),
        ("Auto", Encoding.AUTO),
    ],
)
def test_types_of_text(kind: str, encoding: Encoding) -> None:
    (draft,) = drafts(made("/sms", WHOLE | {"type": kind}))
    assert (draft.encoding, draft.text, draft.body) == (encoding, "Hello", None)


@pytest.mark.parametrize("kind", ["Binary", "byte"])
def test_binary_is_hexadecimal(kind: str) -> None:
    (draft,) = drafts(made("/sms", WHOLE | {"type": kind, "text": "00fF"}))
    assert (draft.encoding, draft.body) == (Encoding.BINARY, b"\x00\xff")


def test_a_validity_beyond_the_houses_is_cut_and_none_is_the_accounts() -> None:
    cut, none = (
        drafts(made("/sms", WHOLE | {"validity": value}))[0].validity_seconds
        for value in ("99999999", 0)
    )
    assert (cut, none) == (7 * 86_400, None)


@pytest.mark.parametrize(
    "wish", ["delivered, FAILED,buffered,whatever", ["DELIVERED", "failed", 7, None]]
)
def test_statuses_to_notify_and_a_callback_template(wish: object) -> None:
    url = "https://a.example/cb?id=<msgid>"
    (draft,) = drafts(made("/sms", WHOLE | {"deliveryStatusesToNotify": wish, "callback": url}))
    assert draft.callback == url
    assert set(draft.callback_statuses) == {
        Status.DELIVERED,
        Status.REJECTED,
        Status.FAILED,
        Status.CANCELLED,
    }


# -- conversions and usage


@pytest.mark.parametrize("text", ["", "x", "069d0e82", None, {}])
def test_an_id_that_is_none_of_ours_names_nothing(text: object) -> None:
    ask = asked(made("/sms/converted", {"messageId": text}))
    assert (ask.command, ask.verdict) == (MarkConverted(message=-1), None)


@pytest.mark.parametrize("day", ["2020-02-15", "20200215", "2020-02-15T10:00:00Z", 20200215])
def test_days_are_read_in_both_forms(day: object) -> None:
    ask = asked(made("/usage/bycountry", {"startDate": day, "endDate": "2020-03-16"}))
    assert ask.command == GetUsage(since=date(2020, 2, 15), until=date(2020, 3, 16))


@pytest.mark.parametrize(
    ("since", "until", "error"),
    [
        ("2020-02-15", "2020-03-17", "Maximum queryable period is 31 days"),
        ("2020-02-15", "2020-02-14", "endDate is before startDate"),
        ("2020-02-30", "2020-02-14", "startDate is not a date"),
        ("2020-02-15", None, "endDate is not a date"),
        ({}, "2020-02-15", "startDate is not a date"),
    ],
)
def test_other_days_are_an_error(since: object, until: object, error: str) -> None:
    fields = {"startDate": since, "endDate": until, "accountName": "x"}
    assert answer(made("/usage/bycountry", fields)) == (400, {"error": error})


# -- by chance


@given(
    path=st.sampled_from(["/sms", "/smsbulk.xml", "/sms/converted", "/usage/bycountry"]),
    body=st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from(
            [*WHOLE, "type", "udh", "validity", "pid", "test", "messageId", "startDate"]
        ),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    ).map(_json),
    query=st.text(alphabet="totextfrm=&%+1\u00ff", max_size=60),
)
def test_whatever_comes_is_a_command_or_an_answer(path: str, body: bytes, query: str) -> None:
    request = made(f"{path}?{query}", body)
    ask = DIALECT.read(request)
    if isinstance(ask, Ask) and ask.verdict is not None:
        ask = DIALECT.write(request, ask, ask.verdict, b"k" * 32)
    assert isinstance(ask, Ask) or ask.status < 500
