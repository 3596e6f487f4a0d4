"""Requests are read as callers really send them; what cannot be read is told in the vendor's shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.imiconnect import DIALECT, IMIconnect
from heliograph.dialects.imiconnect.wire import note_of
from heliograph.model.account import TrafficClass
from heliograph.model.command import Claim, SendMessages
from heliograph.model.message import Draft, Encoding
from heliograph.model.refusal import Refusal

ROOT = "/resources/v1/messaging"
TO = "8801712345678"


def message(**more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "deliverychannel": "sms",
        "channels": {"sms": {"text": "Hello", "senderid": "DEMOBK"}},
        "destination": [{"msisdn": [TO]}],
    }
    return body | more


def with_sms(**more: Any) -> dict[str, Any]:
    return message(channels={"sms": {"text": "Hello", "senderid": "DEMOBK"} | more})


def post(body: object, **headers: str) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path=ROOT,
        query="",
        headers={"key": "K"} | {name.replace("_", "-"): value for name, value in headers.items()},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        id=7,
    )


def asked(body: object, **headers: str) -> Ask:
    ask = DIALECT.read(post(body, **headers))
    assert isinstance(ask, Ask)
    assert ask.claim == Claim(dialect="imiconnect", name="", secret="K")
    return ask


def drafts(body: object) -> tuple[Draft, ...]:
    ask = asked(body)
    assert ask.verdict is None
    assert isinstance(ask.command, SendMessages)
    return ask.command.drafts


def draft(body: object) -> Draft:
    (only,) = drafts(body)
    return only


def slots(body: object) -> list[tuple[str, str]]:
    """The code and the correlation id of each place."""
    ask = asked(body)
    assert ask.verdict is None
    return [(slot.code, slot.correlation) for slot in note_of(ask.form).slots]


def code_of(body: object) -> str:
    """The code of the only place, for which nothing is sent."""
    assert drafts(body) == ()
    ((code, _),) = slots(body)
    return code


# -- the request as a whole


@pytest.mark.parametrize("headers", [{}, {"key": ""}, {"key": "  "}, {"authorization": "Bearer x"}])
def test_without_a_key_it_says_7002_and_no_more(headers: Mapping[str, str]) -> None:
    request = HttpRequest(method="POST", path=ROOT, query="", headers=headers, body=b"{", id=7)
    reply = DIALECT.read(request)
    assert isinstance(reply, HttpReply)
    assert reply.status == 200
    assert json.loads(reply.body)["response"]["code"] == "7002"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", Refusal.MALFORMED),
        (b"{", Refusal.MALFORMED),
        (b"//Simple SMS\n{}", Refusal.MALFORMED),
        (b"null", Refusal.MALFORMED),
        (b"12", Refusal.MALFORMED),
        (b'"text"', Refusal.MALFORMED),
        (b"\xff\xfe{}", Refusal.MALFORMED),
        (b"[]", Refusal.MISSING_FIELD),
    ],
)
def test_what_is_wrong_with_the_whole_is_told_to_known_callers(
    body: bytes, refusal: Refusal
) -> None:
    ask = asked(body)
    assert ask.verdict is not None
    assert ask.verdict.refusal is refusal
    assert ask.command == SendMessages(drafts=())


@pytest.mark.parametrize(
    "media",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
)
def test_a_form_or_xml_is_no_content_type_for_it(media: str) -> None:
    ask = asked(message(), content_type=media)
    assert ask.verdict is not None
    assert ask.verdict.refusal is Refusal.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize(
    "media", ["application/JSON", "text/plain", "", "application/octet-stream"]
)
def test_json_is_read_under_any_other_name(media: str) -> None:
    assert asked(message(), content_type=media).verdict is None


def test_a_thousand_destinations_are_taken_and_no_more() -> None:
    entries = [{"msisdn": [TO] * 500}, {"msisdn": [TO] * 500}]
    assert len(drafts(message(destination=entries))) == 1000
    assert len(drafts([message()] * 1000)) == 1000
    for body in (message(destination=[*entries, {"msisdn": TO}]), [message()] * 1001, [1] * 1001):
        ask = asked(body)
        assert ask.verdict is not None
        assert ask.verdict.refusal is Refusal.TOO_MANY_RECIPIENTS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ROOT, 405),
        ("PUT", ROOT, 405),
        ("POST", ROOT + "/status/x", 405),
        ("POST", ROOT + "/other", 404),
    ],
)
def test_a_path_or_method_that_is_not_there_has_the_object_too(
    method: str, path: str, status: int
) -> None:
    reply = DIALECT.read(HttpRequest(method=method, path=path, query="", headers={"key": "K"}))
    assert isinstance(reply, HttpReply)
    assert reply.status == status
    assert json.loads(reply.body)["response"]["code"] == "7004"


def test_a_status_request_for_what_is_no_transid_is_told_to_known_callers() -> None:
    request = HttpRequest(
        method="GET", path=ROOT + "/status/12", query="", headers={"key": "K"}, id=7
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is not None
    assert ask.verdict.refusal is Refusal.NOT_FOUND


# -- places


def test_faults_stand_in_their_place_and_the_others_keep_theirs() -> None:
    body = [
        message(destination=[{"msisdn": [TO, TO], "correlationid": "own"}], correlationid="outer"),
        with_sms(text=None) | {"correlationid": "none"},
        7,
        message(destination=[{"customerid": ["c1", "c2"]}, {}, "x", {"msisdn": [TO, {"a": 1}]}]),
    ]
    assert slots(body) == [
        ("", "own"),
        ("", "own"),
        ("7003", "none"),
        ("7000", ""),
        ("7102", ""),
        ("7102", ""),
        ("7003", ""),
        ("7003", ""),
        ("", ""),
        ("7102", ""),
    ]
    places = [found.extra.words["n"] for found in drafts(body) if found.extra is not None]
    assert places == ["0", "1", "8"]


def test_a_destinations_correlation_id_comes_before_the_requests_and_is_the_reference() -> None:
    both = message(correlationid="outer", destination=[{"msisdn": TO, "correlationId": "own"}])
    assert (draft(both).reference, slots(both)) == ("own", [("", "own")])
    assert draft(message(correlationId=12)).reference == "12"
    assert draft(message(correlationid="")).reference is None


@pytest.mark.parametrize(("word", "code"), [("é" * 25, ""), ("é" * 25 + "x", "7004")])
def test_a_correlation_id_has_at_most_fifty_octets(word: str, code: str) -> None:
    body = message(correlationid=word)
    own = message(destination=[{"msisdn": TO, "correlationid": word}])
    assert [slots(body)[0][0], slots(own)[0][0]] == [code, code]


# -- options


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "7003"),
        (message(channels=None), "7003"),
        (message(channels=5), "7004"),
        (message(channels={"sms": 5}), "7004"),
        (message(channels={"smartlinks": []}), "7003"),
        (message(deliverychannel="voice"), "7004"),
        (message(deliverychannel=None, channels={"sms": {"text": "x"}, "push": {}}), "7003"),
        (message(destination=None), "7003"),
        (message(destination=[]), "7003"),
        (message(destination=[{}]), "7003"),
        (message(destination=[{"msisdn": []}]), "7003"),
        (message(destination=[{"customerid": "c"}]), "7102"),
        (message(notifyurl=" https://x.example/"), "7004"),
        (message(notifyurl="https://x.example/ "), "7004"),
        (message(notifyurl="ftp://x.example/"), "7004"),
        (message(notifyurl="https:///x"), "7004"),
        (message(notifyurl="http://x.example/"), "7004"),
        (message(notifyurl="https://["), "7004"),
        (message(expiry="tomorrow"), "7004"),
        (message(expiry="2015-13-12T18:51:19"), "7004"),
        (message(expiry="0001-01-01T00:00:00+14:00"), "7004"),
        (message(priority="4"), "7004"),
        (message(priority="high"), "7004"),
        (message(priority=0), "7004"),
        (message(route="FAST"), "7004"),
        (message(callbackData="x" * 2001), "7004"),
        (message(callbackData="a\x00"), "7004"),
        (message(callbackData={"a": 1}), "7004"),
        (message(correlationid="a\x00"), "7004"),
        (message(message={"template": 1, "parameters": [1]}), "7004"),
        (message(message={"template": 1, "parameters": {"a": []}}), "7004"),
        (with_sms(text=""), "7003"),
        (with_sms(text={"a": 1}), "7004"),
        (with_sms(type=5), "7004"),
        (with_sms(type=3), "7003"),
        (with_sms(type=3, body="0G"), "7004"),
        (message(channels={"sms": {"media-path": "https://x.example/a.png"}}), "7003"),
        (message(channels={"sms": {"text": "x"}, "smartlinks": [{"linkid": 5}]}), "7003"),
        (message(channels={"sms": {"text": "x"}, "smartlinks": [{"validity": 5}]}), "7004"),
        (
            message(channels={"sms": {"text": "x"}, "smartlinks": [{"linkid": 5, "validity": 0}]}),
            "7004",
        ),
    ],
)
def test_a_fault_of_the_only_message_has_its_code(body: object, code: str) -> None:
    assert code_of(body) == code


def test_plain_http_is_told_only_where_the_operator_opens_it() -> None:
    ask = IMIconnect(plain_http=True).read(post(message(notifyurl="http://x.example/")))
    assert isinstance(ask, Ask)
    assert isinstance(ask.command, SendMessages)
    assert [each.callback for each in ask.command.drafts] == ["http://x.example/"]


def test_numbers_and_texts_stand_for_one_another() -> None:
    loose = with_sms(type="1", text=12) | {
        "priority": 3,
        "destination": [{"msisdn": int(TO)}],
        "expiry": "",
        "notifyurl": None,
        "DeliveryChannel": "SMS",
    }
    found = draft(loose)
    assert (found.recipient, found.text, found.priority) == (TO, "12", 2)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-04-12T18:51:19", (18, 51)),
        ("2015-04-12 18:51", (18, 51)),
        ("2015-04-12T18:51:19.456Z", (18, 51)),
        ("2015-04-12t18:51:19z", (18, 51)),
        ("2015-04-12T18:51:19.456+5:30", (13, 21)),
        ("2015-04-12T18:51:19+05:30", (13, 21)),
        ("2015-04-12T18:51:19-0100", (19, 51)),
    ],
)
def test_an_expiry_is_utc_unless_it_says_otherwise(text: str, moment: tuple[int, int]) -> None:
    found = draft(message(expiry=text)).valid_until
    assert found is not None
    assert found.replace(second=0) == datetime(2015, 4, 12, *moment, tzinfo=UTC)


@pytest.mark.parametrize(
    ("route", "traffic_class"),
    [
        ("IMMD", TrafficClass.OTP),
        ("lcgd", TrafficClass.TRANSACTIONAL),
        ("LCBE", TrafficClass.PROMOTIONAL),
        ("", TrafficClass.TRANSACTIONAL),
    ],
)
def test_a_route_chooses_the_lane_and_is_kept(route: str, traffic_class: TrafficClass) -> None:
    found = draft(message(route=route))
    assert found.traffic_class is traffic_class
    assert (found.extra.words["route"] if found.extra else "") == route.upper()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"callbackData": "c", "notifydata": "n"}, "c"),
        ({"callbackData": "", "notifydata": "n"}, "n"),
        ({"callbackData": 12}, "12"),
        ({"callbackData": "x" * 2000}, "x" * 2000),
    ],
)
def test_callback_data_comes_before_notifydata(more: dict[str, Any], said: str) -> None:
    found = draft(message(**more)).extra
    assert found is not None
    assert found.words == {"callbackData": said}


def test_the_conversation_is_kept_with_the_message() -> None:
    found = draft(message(conversationid="c-1")).extra
    assert found is not None
    assert found.words == {"conversationid": "c-1"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"type": 2}, {"flash": True}),
        ({"type": "4"}, {"encoding": Encoding.UCS2}),
        (
            {"type": 3, "body": "00ffA0"},
            {"text": "", "body": b"\x00\xff\xa0", "encoding": Encoding.BINARY},
        ),
        ({"media-path": "https://x.example/a"}, {"text": "Hello https://x.example/a"}),
        ({"senderid": " "}, {"sender": None}),
    ],
)
def test_types_and_media_are_what_they_say(more: dict[str, Any], expected: dict[str, Any]) -> None:
    usual = Draft(recipient=TO, sender="DEMOBK", may_lack_sender=True, text="Hello")
    found = draft(with_sms(**more))
    for name in Draft.__struct_fields__:
        assert getattr(found, name) == expected.get(name, getattr(usual, name)), name


def test_values_come_from_the_destination_then_the_channel_then_the_message() -> None:
    found = draft(
        message(
            message={"parameters": {"a": "message", "b": "message", "c": "message", "d": None}},
            channels={"sms": {"text": "$(a)$(b)$(c)", "parameters": {"a": 1, "b": "channel"}}},
            destination=[{"msisdn": [TO], "a": "own", "parameters": {"e": "inner"}}],
        )
    )
    assert found.variables == {"a": "own", "b": "channel", "c": "message", "d": "", "e": "inner"}
    assert found.lenient is True


def test_a_text_without_a_variable_is_left_as_it_is() -> None:
    found = draft(with_sms(text="{{name}} costs $5"))
    assert (found.variables, found.lenient) == (None, False)


def test_a_template_may_be_a_number_and_takes_no_media_behind_it() -> None:
    found = draft(message(message={"template": 7}, channels={"sms": {}}))
    assert (found.template, found.variables, found.lenient) == ("7", {}, True)
    media = {"sms": {"media-path": "https://x.example/a"}}
    assert code_of(message(message={"template": 7}, channels=media)) == "7004"


def test_smart_links_are_numbers_of_minutes() -> None:
    links = [{"linkid": "5", "validity": "30"}, {"linkid": 6, "validity": 10}]
    found = draft(message(channels={"sms": {"text": "{{link_5}}"}, "smartlinks": links}))
    assert found.links == {5: 30, 6: 10}


# -- never raises

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_FIELDS = st.sampled_from(
    [
        "channels",
        "destination",
        "message",
        "expiry",
        "priority",
        "route",
        "notifyurl",
        "callbackData",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_FIELDS, _JSON, max_size=3), st.dictionaries(st.text(max_size=8), _JSON))
def test_any_value_anywhere_is_read(more: dict[str, Any], sms: dict[str, Any]) -> None:
    for body in (message(**more), [with_sms(**sms), more], more):
        assert isinstance(DIALECT.read(post(body)), Ask)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_octets_are_read(body: bytes) -> None:
    assert isinstance(DIALECT.read(post(body)), Ask)
