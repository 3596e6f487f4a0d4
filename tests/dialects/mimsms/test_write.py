"""Answers and refusals have the vendor's fields, order, texts and HTTP status, as JSON and as XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mimsms import DIALECT, codes
from heliograph.dialects.mimsms.wire import Form, sealed_id, trxn_id
from heliograph.dialects.mimsms.write import write
from heliograph.model.account import Balance
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Claim,
    Done,
    FetchInbound,
    FindByReference,
    GetBalance,
    InboundPage,
    Messages,
)
from heliograph.model.ids import seal
from heliograph.model.message import Inbound
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

KEY = bytes(range(32))
CLAIM = Claim(dialect="mimsms", name="you@example.com", secret="KEY")
BALANCE = Balance(
    account_id=1,
    currency="BDT",
    available_micros=12_812_500_000,
    held_micros=1,
    credit_limit_micros=0,
)
BAD_NUMBER = Refused(refusal=Refusal.INVALID_RECIPIENT, field="recipient", detail="Too short.")


def request_to(path: str = "/api/SmsSending/SMS", *, accept: str | None = None) -> HttpRequest:
    headers = {} if accept is None else {"accept": accept}
    return HttpRequest(method="POST", path=path, query="", headers=headers, id=4711)


def answered(
    form: Form, answer: Answer | Refused, *, key: bytes = KEY, accept: str | None = None
) -> HttpReply:
    ask = Ask(claim=CLAIM, command=GetBalance(), form=form.value)
    return write(request_to(accept=accept), ask, answer, key)


def body_of(reply: HttpReply) -> dict[str, str]:
    body: dict[str, str] = json.loads(reply.body)
    assert all(isinstance(value, str) for value in body.values())
    return body


def item(number: int) -> AcceptedItem:
    return AcceptedItem(
        message_id=number,
        recipient="8801844909020",
        parts=1,
        encoding="gsm7",
        price_micros=1,
        status=Status.QUEUED,
    )


def accepted(*items: AcceptedItem | Refused) -> Accepted:
    return Accepted(submission_id=99, currency="BDT", items=items)


@pytest.mark.parametrize("form", [Form.SEND, Form.DYNAMIC, Form.QUERY, Form.QUERY_LIST])
def test_the_trxn_id_is_the_submissions_sealed_under_the_accounts_key(form: Form) -> None:
    body = body_of(answered(form, accepted(item(99))))
    assert sealed_id(body["trxnId"]) == seal(KEY, 99)
    assert (body["statusCode"], body["status"]) == ("200", "Success")


def test_dsms_counts_the_accepted_messages_behind_its_id() -> None:
    body = body_of(answered(Form.DYNAMIC, accepted(item(1), BAD_NUMBER, item(2))))
    assert body["trxnId"] == trxn_id(KEY, 99) + "_C2"


@pytest.mark.parametrize("form", [Form.SEND, Form.DYNAMIC, Form.QUERY])
def test_a_partly_bad_list_is_a_success(form: Form) -> None:
    body = body_of(answered(form, accepted(item(1), BAD_NUMBER)))
    assert body["responseResult"] == "SMS Send Successfuly"


def test_send_one_to_many_counts_when_some_numbers_fail() -> None:
    body = body_of(answered(Form.QUERY_LIST, accepted(item(1), BAD_NUMBER, item(2))))
    assert body["responseResult"] == "'2' Send Successfuly and Failed '1'"


def test_a_list_of_which_nothing_was_taken_is_refused_by_the_first_check_that_said_no() -> None:
    broke = Refused(refusal=Refusal.INSUFFICIENT_BALANCE)
    body = body_of(answered(Form.SEND, accepted(broke, BAD_NUMBER)))
    assert (body["statusCode"], body["responseResult"]) == ("206", "Invalid Mobile Number")
    assert body_of(answered(Form.SEND, accepted()))["statusCode"] == "500"


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_has_the_vendors_envelope_with_a_fresh_id(
    refusal: Refusal, form: Form
) -> None:
    refused = Refused(refusal=refusal, field="text", detail="Not for the caller's eyes.")
    for key in (KEY, b""):
        reply = answered(form, refused, key=key)
        verdict = codes.verdict_of(refusal)
        body = body_of(reply)
        assert reply.status == verdict.http_status
        assert body["statusCode"] == verdict.code
        assert body["status"] == verdict.status
        assert body["responseResult"] == verdict.text
        assert body["trxnId"] == trxn_id(key, 4711) + ("_C" if form is Form.DYNAMIC else "")


@pytest.mark.parametrize("code", codes.CHECK_ORDER)
def test_every_code_of_the_map_is_reached(code: str) -> None:
    assert code in {
        body_of(answered(Form.SEND, Refused(refusal=refusal)))["statusCode"] for refusal in Refusal
    }


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("/api/SmsSending/SMS", "responseResult"),
        ("/api/SmsSending/Send", "trxnId"),
        ("/api/SmsSending/sendonetomany/", "trxnId"),
        ("/api/SmsSending/None", "responseResult"),
    ],
)
def test_a_refusal_before_any_command_has_the_order_of_its_endpoint(path: str, last: str) -> None:
    reply = DIALECT.refuse(request_to(path), Refused(refusal=Refusal.INTERNAL))
    assert reply.status == 200
    assert list(body_of(reply))[-1] == last
    assert body_of(reply)["responseResult"] == "Internal Server Error"


def test_the_time_to_wait_is_told_in_a_header() -> None:
    refused = Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=3)
    assert DIALECT.refuse(request_to(), refused).headers == (("Retry-After", "3"),)


def test_a_balance_is_a_decimal_in_a_string_and_by_get_without_an_id() -> None:
    assert list(body_of(answered(Form.BALANCE, BALANCE)).items()) == [
        ("statusCode", "200"),
        ("status", "Ok"),
        ("trxnId", ""),
        ("responseResult", "12812.5"),
    ]
    short = body_of(answered(Form.SHORT_BALANCE, BALANCE))
    assert list(short) == ["statusCode", "status", "responseResult"]


def test_a_report_on_an_unknown_id_is_failed_with_http_200() -> None:
    ask = Ask(
        claim=CLAIM, command=FindByReference(submission=5, recipient="1"), form=Form.DLR.value
    )
    reply = write(request_to(), ask, Messages(items=(), more=False), KEY)
    assert reply.status == 200
    assert (body_of(reply)["statusCode"], body_of(reply)["status"]) == ("213", "Failed")


def test_an_answer_that_no_command_of_this_room_has_is_an_internal_error() -> None:
    assert body_of(answered(Form.SEND, Done()))["statusCode"] == "500"
    empty = Messages(items=(), more=False)
    assert body_of(answered(Form.BALANCE, empty))["statusCode"] == "500"


# -- Accept


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("application/json", "application/json"),
        ("application/xml", "application/xml"),
        ("Text/XML", "text/xml"),
        ("text/xml;q=0.9, application/xml", "application/xml"),
        ("application/xml;q=0.5, application/json;q=0.4", "application/xml"),
        ("application/json, application/xml", "application/json"),
        ("application/xml, application/json", "application/xml"),
        ("application/xml;q=0", "application/json"),
        ("application/xml;q=x", "application/json"),
        ("application/xml;q=nan", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("application/xhtml+xml", "application/json"),
        ("application/xml;charset=utf-8;q=0.3", "application/xml"),
    ],
)
def test_the_answer_follows_the_accept_header(accept: str | None, content_type: str) -> None:
    reply = answered(Form.SEND, BAD_NUMBER, accept=accept)
    assert reply.status == 200
    assert reply.content_type == f"{content_type}; charset=utf-8"


@pytest.mark.parametrize("form", list(Form))
def test_xml_has_the_same_fields_in_the_same_order(form: Form) -> None:
    for answer in (accepted(item(1)), BALANCE, BAD_NUMBER):
        root = ET.fromstring(answered(form, answer, accept="application/xml").body)  # noqa: S314
        assert root.tag == "Response"
        assert [(child.tag, child.text or "") for child in root] == list(
            body_of(answered(form, answer)).items()
        )


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_every_inbound_text_is_valid_xml_and_json(text: str) -> None:
    surrogate_free = text.encode("utf-8", "replace").decode()
    inbound = Inbound(
        account_id=1,
        id=5,
        sender="8801844909020",
        recipient="8809601000000",
        text=surrogate_free,
        received_at=datetime(2025, 9, 21, tzinfo=UTC),
    )
    page = InboundPage(items=(inbound,), more=False)
    ask = Ask(claim=CLAIM, command=FetchInbound(take=True), form=Form.PULL.value)
    plain = write(request_to(), ask, page, KEY)
    assert json.loads(plain.body)["message_Text"] == surrogate_free
    shown = ET.fromstring(write(request_to(accept="text/xml"), ask, page, KEY).body)  # noqa: S314
    assert len(shown) == 8
    if surrogate_free.isprintable():
        assert (shown.findtext("message_Text") or "") == surrogate_free
