"""Requests are read as the vendor's callers really send them; what cannot be read gets its envelope."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mimsms import DIALECT
from heliograph.dialects.mimsms.read import ENDPOINTS, RECIPIENTS_MAX
from heliograph.dialects.mimsms.wire import sealed_id, trxn_id
from heliograph.model.account import TrafficClass
from heliograph.model.command import (
    Claim,
    FetchInbound,
    FindByReference,
    GetBalance,
    SendMessages,
)
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal

ROOT = "/api/SmsSending/"
SMS: dict[str, object] = {
    "UserName": "you@example.com",
    "Apikey": "KEY",
    "MobileNumber": "8801844909020",
    "CampaignId": "null",
    "SenderName": "MiM SMS",
    "TransactionType": "T",
    "Message": "Hello",
}
DSMS: dict[str, object] = {
    "UserName": "you@example.com",
    "Apikey": "KEY",
    "SenderName": "MiM SMS",
    "TransactionType": "D",
    "SmsData": [
        {"MobNumber": "8801844909020", "Message": "Hello A"},
        {"MobNumber": "8801844909021", "Message": "Hello B"},
    ],
}
LOGIN: dict[str, object] = {"UserName": "you@example.com", "Apikey": "KEY"}
CLAIM = Claim(dialect="mimsms", name="you@example.com", secret="KEY")
FORM = "application/x-www-form-urlencoded"


def post(
    name: str,
    body: object,
    *,
    query: str = "",
    content_type: str | None = "application/json",
    headers: Mapping[str, str] = {},
) -> HttpRequest:
    named = {} if content_type is None else {"content-type": content_type}
    return HttpRequest(
        method="POST",
        path=ROOT + name,
        query=query,
        headers={**named, **headers},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        id=7,
    )


def get(path: str, fields: Mapping[str, object]) -> HttpRequest:
    return HttpRequest(method="GET", path=path, query=urlencode(fields), headers={}, id=7)


def asked(request: HttpRequest) -> Ask:
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    return ask


def drafts(request: HttpRequest) -> tuple[Draft, ...]:
    ask = asked(request)
    assert ask.verdict is None
    assert isinstance(ask.command, SendMessages)
    assert ask.command.whole is False
    assert ask.command.idempotency_key is None
    assert ask.command.submission == (len(ask.command.drafts) > 1)
    return ask.command.drafts


def refused(request: HttpRequest) -> tuple[int, str]:
    """HTTP status and code of an envelope that is complete and in order."""
    reply = DIALECT.read(request)
    assert isinstance(reply, HttpReply)
    body = json.loads(reply.body)
    assert set(body) == {"statusCode", "status", "trxnId", "responseResult"}
    assert sealed_id(body["trxnId"]) is not None
    if body["statusCode"] == "213":
        assert body["responseResult"] == "Parameter Mismatch"
    return reply.status, body["statusCode"]


def verdict(request: HttpRequest) -> Refusal:
    ask = asked(request)
    assert ask.claim == CLAIM
    assert ask.verdict is not None
    return ask.verdict.refusal


# -- where the fields are and how they are spelled


def test_an_sms_becomes_one_draft_with_its_caller() -> None:
    request = post("SMS", SMS)
    assert asked(request).claim == CLAIM
    assert drafts(request) == (Draft(recipient="8801844909020", sender="MiM SMS", text="Hello"),)


@pytest.mark.parametrize(
    "path",
    [
        "/api/SmsSending/SMS",
        "/API/smssending/sms/",
        "/api/SMSSENDING/SMS//",
        "/api/SmsSending/S%4dS",
    ],
)
def test_a_path_is_known_in_any_case_and_with_a_slash_behind(path: str) -> None:
    request = post("SMS", SMS)
    reached = HttpRequest(
        method="POST", path=path, query="", headers=request.headers, body=request.body
    )
    assert len(drafts(reached)) == 1
    assert DIALECT.owns(path)
    assert DIALECT.label("POST", path) == "SMS"


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase])
@pytest.mark.parametrize("name", ["SMS", "Send"])
def test_field_names_count_in_any_case(spell: type[str], name: str) -> None:
    fields = {spell(field): value for field, value in SMS.items()}
    assert drafts(post(name, fields)) == drafts(post(name, SMS))
    assert drafts(get(ROOT + "Send", fields)) == drafts(post("SMS", SMS))


def test_fields_of_older_clients_and_unknown_ones_are_passed_over() -> None:
    more: dict[str, object] = {
        "CampaignName": "",
        "MessageId": "",
        "SmsData": None,
        "Telco": "",
        "x": [{}],
    }
    assert drafts(post("SMS", SMS | more)) == drafts(post("SMS", SMS))


def test_blanks_around_the_callers_name_and_key_are_not_theirs() -> None:
    fields = SMS | {"UserName": " you@example.com \n", "Apikey": " KEY"}
    assert asked(post("SMS", fields)).claim == CLAIM


def test_the_text_is_taken_as_it_is() -> None:
    text = "  ' OR 1=1; --\r\n<b>হ্যালো</b>\t😀 "
    assert drafts(post("SMS", SMS | {"Message": text}))[0].text == text
    assert drafts(get(ROOT + "Send", SMS | {"Message": text}))[0].text == text


def test_line_breaks_in_a_sender_are_only_data() -> None:
    sender = "A\r\nX-Header: 1"
    assert drafts(post("SMS", SMS | {"SenderName": sender}))[0].sender == sender


@pytest.mark.parametrize("number", [8801844909020, 8801844909020.0, " 8801844909020 "])
def test_numbers_may_come_as_json_numbers(number: object) -> None:
    fields = SMS | {"MobileNumber": number, "Message": 1234, "Apikey": 99}
    request = post("SMS", fields)
    assert drafts(request)[0].recipient == "8801844909020"
    assert drafts(request)[0].text == "1234"
    assert asked(request).claim == Claim(dialect="mimsms", name="you@example.com", secret="99")


@pytest.mark.parametrize("number", ["+880 1844-909020", "01844 909020", "abc", ""])
def test_whether_a_number_is_a_good_one_is_left_to_the_flow(number: str) -> None:
    assert drafts(post("SMS", SMS | {"MobileNumber": number}))[0].recipient == number


def test_a_plus_that_was_not_escaped_leaves_the_digits() -> None:
    request = HttpRequest(
        method="GET",
        path=ROOT + "Send",
        query="UserName=u&Apikey=k&MobileNumber=+8801844909020&SenderName=s&TransactionType=T"
        "&Message=a+b",
        headers={},
    )
    assert drafts(request) == (Draft(recipient="8801844909020", sender="s", text="a b"),)


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON;charset=UTF-8", "text/json", "a/b+json"],
)
def test_json_is_known_by_its_content_type(content_type: str) -> None:
    assert len(drafts(post("SMS", SMS, content_type=content_type))) == 1


def test_a_byte_order_mark_is_passed_over() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(SMS, ensure_ascii=False).encode()
    assert drafts(post("SMS", body)) == drafts(post("SMS", SMS))


def without_caller(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name not in LOGIN}


@pytest.mark.parametrize("name", ["SMS", "Send"])
def test_the_caller_may_stand_in_the_query_or_in_the_basic_header(name: str) -> None:
    fields = without_caller(SMS) | {"Apikey": None}
    assert asked(post(name, fields, query=urlencode(LOGIN))).claim == CLAIM
    basic = "Basic " + base64.b64encode(b"you@example.com:KEY").decode()
    assert asked(post(name, fields, headers={"authorization": basic})).claim == CLAIM


def test_the_body_comes_before_the_query_and_the_header() -> None:
    basic = "basic " + base64.b64encode(b"other:OTHER").decode()
    query = "username=other&apikey=other"
    assert asked(post("SMS", SMS, query=query, headers={"authorization": basic})).claim == CLAIM


def test_an_empty_bearer_header_is_passed_over() -> None:
    assert asked(post("SMS", SMS, headers={"authorization": "bearer"})).claim == CLAIM


def test_send_takes_query_form_multipart_and_json_by_post() -> None:
    expected = drafts(post("SMS", SMS))
    multipart = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in SMS.items()
    )
    requests = [
        post("Send", b"", query=urlencode(SMS), content_type=None),
        post("Send", b"", query=urlencode(SMS), content_type="application/json"),
        post("Send", urlencode(SMS).encode(), content_type=FORM),
        post("Send", f"{multipart}--b--".encode(), content_type="multipart/form-data; boundary=b"),
        post("Send", SMS),
        post("Send", without_caller(SMS), query=urlencode(LOGIN | {"Message": "not this"})),
    ]
    assert [drafts(request) for request in requests] == [expected] * 6


def test_of_a_query_field_that_comes_twice_the_first_counts() -> None:
    request = post("Send", b"", query=urlencode(SMS) + "&Message=Second", content_type=None)
    assert drafts(request)[0].text == "Hello"


def test_a_query_beside_a_json_call_holds_the_caller_and_nothing_else() -> None:
    fields = {name: value for name, value in SMS.items() if name not in {"Message", "UserName"}}
    assert refused(post("SMS", fields, query=urlencode(SMS))) == (200, "213")


# -- transaction types, lists, campaigns


@pytest.mark.parametrize(
    ("name", "kind", "allowed"),
    [
        ("SMS", "T", True),
        ("SMS", "P", True),
        ("SMS", "D", True),
        ("Send", "D", True),
        ("OneToMany", "T", True),
        ("OneToMany", "P", True),
        ("OneToMany", "D", False),
        ("SendOneToMany", "P", True),
        ("SendOneToMany", "D", False),
        ("SMS", "t", False),
        ("SMS", "", False),
        ("SMS", "X", False),
        ("SMS", " T ", True),
    ],
)
def test_the_matrix_of_transaction_types_is_a_verdict_for_known_callers(
    name: str, kind: str, allowed: bool
) -> None:
    request = post(name, SMS | {"TransactionType": kind})
    if allowed:
        promotional = drafts(request)[0].traffic_class is TrafficClass.PROMOTIONAL
        assert promotional == (kind == "P")
    else:
        assert verdict(request) is Refusal.TRAFFIC_CLASS_NOT_ALLOWED


@pytest.mark.parametrize(
    ("kind", "allowed"), [("D", True), ("T", False), ("P", False), ("d", False)]
)
def test_dsms_takes_d_alone(kind: str, allowed: bool) -> None:
    request = post("DSMS", DSMS | {"TransactionType": kind})
    if allowed:
        assert [(draft.recipient, draft.text) for draft in drafts(request)] == [
            ("8801844909020", "Hello A"),
            ("8801844909021", "Hello B"),
        ]
    else:
        assert verdict(request) is Refusal.TRAFFIC_CLASS_NOT_ALLOWED


def test_promotional_messages_need_a_campaign_and_others_do_not() -> None:
    promotional = drafts(post("SMS", SMS | {"TransactionType": "P", "CampaignId": " C-1 "}))[0]
    assert promotional.traffic_class is TrafficClass.PROMOTIONAL
    assert (promotional.needs_campaign, promotional.campaign) == (True, "C-1")
    plain = drafts(post("SMS", SMS | {"CampaignId": "C-1"}))[0]
    assert plain.traffic_class is TrafficClass.TRANSACTIONAL
    assert (plain.needs_campaign, plain.campaign) == (False, None)


@pytest.mark.parametrize("spelling", ["null", "NULL", None, "", "  "])
def test_every_spelling_of_no_campaign_is_none(spelling: object) -> None:
    fields = SMS | {"TransactionType": "P", "CampaignId": spelling}
    assert drafts(post("SMS", fields))[0].campaign is None
    del fields["CampaignId"]
    assert drafts(post("SMS", fields))[0].campaign is None


@pytest.mark.parametrize("name", ["OneToMany", "SendOneToMany"])
def test_a_list_is_one_draft_for_each_number(name: str) -> None:
    fields = SMS | {"MobileNumber": "8801844909020, +8801713000000,,8801844909020, "}
    assert [draft.recipient for draft in drafts(post(name, fields))] == [
        "8801844909020",
        "+8801713000000",
        "8801844909020",
    ]


@pytest.mark.parametrize(("kind", "count"), [("T", 1), ("D", 1), ("P", 2)])
def test_a_list_on_sms_is_split_for_promotional_messages_alone(kind: str, count: int) -> None:
    fields = SMS | {"MobileNumber": "8801844909020,8801713000000", "TransactionType": kind}
    found = drafts(post("SMS", fields))
    assert len(found) == count
    assert ("," in found[0].recipient) == (count == 1)  # the flow refuses it: it is no number


def test_a_comma_behind_a_single_number_makes_no_list() -> None:
    fields = SMS | {"MobileNumber": "8801844909020,"}
    assert drafts(post("SMS", fields))[0].recipient == "8801844909020"


@pytest.mark.parametrize("name", ["SMS", "DSMS"])
def test_an_empty_sender_is_refused_once_the_caller_is_known(name: str) -> None:
    fields = (SMS if name == "SMS" else DSMS) | {"SenderName": " "}
    assert verdict(post(name, fields)) is Refusal.INVALID_SENDER


def test_an_empty_text_is_left_to_the_flow() -> None:
    assert drafts(post("SMS", SMS | {"Message": ""}))[0].text == ""


def test_a_list_may_have_ten_thousand_entries_and_no_more() -> None:
    most = ",".join(["8801844909020"] * RECIPIENTS_MAX)
    assert len(drafts(post("OneToMany", SMS | {"MobileNumber": most}))) == RECIPIENTS_MAX
    assert refused(post("OneToMany", SMS | {"MobileNumber": most + ",1"})) == (200, "213")
    entries = [{"MobNumber": "1", "Message": "x"}] * (RECIPIENTS_MAX + 1)
    assert refused(post("DSMS", DSMS | {"SmsData": entries})) == (200, "213")


def test_dsms_entries_are_read_in_any_case_and_with_numbers() -> None:
    entries = [{"mobnumber": 8801844909020, "MESSAGE": 1}]
    assert drafts(post("DSMS", DSMS | {"SmsData": entries})) == (
        Draft(recipient="8801844909020", sender="MiM SMS", text="1"),
    )


# -- looking


@pytest.mark.parametrize("name", ["Balance", "balanceCheck", "BALANCECHECK"])
def test_a_balance_is_asked_for_by_get_and_post(name: str) -> None:
    requests = [
        post(name, LOGIN),
        post(name, urlencode(LOGIN).encode(), content_type=FORM),
        post(name, b"", query=urlencode(LOGIN), content_type=None),
        get(ROOT + name, LOGIN),
    ]
    for request in requests:
        ask = asked(request)
        assert (ask.claim, ask.command) == (CLAIM, GetBalance())


@pytest.mark.parametrize("suffix", ["", "_C2"])
def test_a_report_is_asked_for_by_trxn_id_and_number(suffix: str) -> None:
    trxn = trxn_id(b"k", 99)
    fields = LOGIN | {"MobileNumber": "+880 1844-909020", "trxnId": trxn.lower() + suffix}
    ask = asked(post("DlrApi", fields))
    sealed = sealed_id(trxn)
    assert sealed is not None
    assert ask.verdict is None
    assert ask.command == FindByReference(submission=sealed, recipient="8801844909020")


def test_a_trxn_id_that_is_not_ours_is_unknown_once_the_caller_is_known() -> None:
    fields = LOGIN | {"MobileNumber": "01844909020", "trxnId": "133611051403609881"}
    assert verdict(post("DlrApi", fields)) is Refusal.NOT_FOUND


@pytest.mark.parametrize("missing", ["MobileNumber", "trxnId", "UserName"])
def test_a_report_needs_its_fields(missing: str) -> None:
    fields = LOGIN | {"MobileNumber": "8801844909020", "trxnId": trxn_id(b"k", 99)}
    del fields[missing]
    assert refused(post("DlrApi", fields)) == (200, "213")


def test_pull_takes_one_unread_message() -> None:
    ask = asked(get("/api/IncomingApi/PullSMS", LOGIN))
    assert ask.command == FetchInbound(take=True, unread_only=True, limit=1)
    assert ask.claim == CLAIM


# -- what cannot be read


@pytest.mark.parametrize("missing", [name for name in SMS if name != "CampaignId"])
@pytest.mark.parametrize("name", ["SMS", "OneToMany", "Send", "SendOneToMany"])
def test_an_absent_or_null_field_is_213(name: str, missing: str) -> None:
    fields = {field: value for field, value in SMS.items() if field != missing}
    assert refused(post(name, fields)) == (200, "213")
    assert refused(post(name, SMS | {missing: None})) == (200, "213")
    if name.startswith("Send"):
        assert refused(get(ROOT + name, fields)) == (200, "213")


@pytest.mark.parametrize("field", list(SMS))
@pytest.mark.parametrize("value", [{}, ["a"], True])
def test_a_field_of_the_wrong_type_is_213(field: str, value: object) -> None:
    assert refused(post("SMS", SMS | {field: value})) == (200, "213")


@pytest.mark.parametrize(
    "entries",
    [
        None,
        [],
        {},
        "x",
        [1],
        [{}],
        [{"MobNumber": "1"}],
        [{"Message": "x"}],
        [{"MobNumber": {}, "Message": "x"}],
        [{"MobNumber": "1", "Message": None}],
    ],
)
def test_dsms_entries_that_cannot_be_read_are_213(entries: object) -> None:
    assert refused(post("DSMS", DSMS | {"SmsData": entries})) == (200, "213")


@pytest.mark.parametrize("missing", ["SenderName", "TransactionType", "SmsData", "Apikey"])
def test_dsms_needs_its_fields(missing: str) -> None:
    fields = {name: value for name, value in DSMS.items() if name != missing}
    assert refused(post("DSMS", fields)) == (200, "213")


@pytest.mark.parametrize("body", [b" ", b"{", b"[]", b"1", b'"a"', b"null", b'{"Message":"\xff"}'])
@pytest.mark.parametrize("name", ["SMS", "DSMS", "Send", "Balance", "DlrApi"])
def test_a_body_that_is_no_json_object_is_400(name: str, body: bytes) -> None:
    assert refused(post(name, body)) == (400, "213")


@pytest.mark.parametrize(("name", "status"), [("SMS", 400), ("DlrApi", 400), ("Send", 200)])
def test_an_empty_body_is_malformed_where_the_fields_cannot_stand_elsewhere(
    name: str, status: int
) -> None:
    assert refused(post(name, b"")) == (status, "213")


def test_a_query_or_form_that_is_not_utf8_is_400() -> None:
    query = urlencode(SMS) + "&x=%FF"
    assert refused(post("Send", b"", query=query, content_type=None)) == (400, "213")
    assert refused(post("Send", query.encode(), content_type=FORM)) == (400, "213")


@pytest.mark.parametrize("content_type", [None, "", "text/plain", FORM, "application/xml", "json"])
@pytest.mark.parametrize("name", ["SMS", "OneToMany", "DSMS", "DlrApi"])
def test_a_json_call_of_another_or_no_content_type_is_415(
    name: str, content_type: str | None
) -> None:
    assert refused(post(name, SMS, content_type=content_type)) == (415, "213")


@pytest.mark.parametrize("content_type", [None, "text/plain"])
def test_a_body_of_unknown_type_is_415_where_forms_are_taken(content_type: str | None) -> None:
    assert refused(post("Send", SMS, content_type=content_type)) == (415, "213")


@pytest.mark.parametrize(
    "path", ["/api/SmsSending", "/api/SmsSending/", "/api/smssending/Sms/x", "/api/IncomingApi/No"]
)
def test_an_unknown_path_below_the_roots_is_404_in_the_envelope(path: str) -> None:
    assert DIALECT.owns(path)
    assert DIALECT.label("GET", path) == "unknown"
    assert refused(get(path, SMS)) == (404, "404")


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/SmsSendingX/SMS", "/api/V2/SMS", "", "/smsAPI"]
)
def test_other_paths_are_others(path: str) -> None:
    assert not DIALECT.owns(path)


@pytest.mark.parametrize(
    ("method", "name", "allow"),
    [
        ("GET", "SMS", "POST"),
        ("PUT", "Send", "GET, POST"),
        ("HEAD", "balanceCheck", "GET, POST"),
        ("GET", "DlrApi", "POST"),
        ("get", "Send", "GET, POST"),
    ],
)
def test_a_wrong_method_is_405_and_told_the_right_ones(method: str, name: str, allow: str) -> None:
    request = HttpRequest(method=method, path=ROOT + name, query="", headers={})
    assert refused(request) == (405, "405")
    reply = DIALECT.read(request)
    assert isinstance(reply, HttpReply)
    assert reply.headers == (("Allow", allow),)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["MobNumber", "Message"]), inner)
    ),
    max_leaves=6,
)
_BODIES = st.binary(max_size=60) | st.dictionaries(
    st.sampled_from([*SMS, "SmsData", "trxnId"]), _JSON
).map(lambda fields: json.dumps(SMS | fields).encode())
_TYPES = st.sampled_from(["application/json", FORM, "multipart/form-data; boundary=b", ""])
_REQUESTS = st.builds(
    HttpRequest,
    method=st.sampled_from(["GET", "POST", "DELETE", ""]),
    path=st.sampled_from(sorted(ENDPOINTS)) | st.text(max_size=30),
    query=st.text(max_size=60) | st.just(urlencode(SMS)),
    headers=st.fixed_dictionaries(
        {"content-type": _TYPES, "authorization": st.text(max_size=30), "accept": st.text()}
    ),
    body=_BODIES,
    spool=st.none(),
    peer=st.just(""),
    id=st.integers(0, 2**63 - 1),
)


@settings(max_examples=150, deadline=None)
@given(_REQUESTS)
def test_reading_never_raises(request: HttpRequest) -> None:
    assert isinstance(DIALECT.read(request), Ask | HttpReply)
    assert isinstance(DIALECT.owns(request.path), bool)
    assert DIALECT.label(request.method, request.path)


def test_a_field_may_hold_every_escaped_character() -> None:
    text = "".join(map(chr, range(0x100)))
    query = "&".join(
        f"{name}={quote(str(value))}" for name, value in (SMS | {"Message": text}).items()
    )
    assert drafts(post("Send", b"", query=query, content_type=None))[0].text == text
