"""Answers that the recorded vectors do not have: test calls, refusals of the flow, XML."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mitto import DIALECT
from heliograph.dialects.mitto.wire import Form
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Estimate,
    Estimated,
    Estimates,
    GetBalance,
    MarkConverted,
    SendMessages,
    Usage,
    UsageLine,
)
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

KEY = bytes(range(32))
DRAFT = Draft(recipient="+41751231234", sender="MITTO", text="Hello & <bye>")
ITEM = AcceptedItem(
    message_id=5 << 40,
    recipient="41751231234",
    parts=1,
    encoding="gsm7",
    price_micros=1,
    status=Status.QUEUED,
)


def written(
    answer: Answer | Refused, form: Form = Form.SMS, path: str = "/sms", count: int = 1
) -> HttpReply:
    drafts = (DRAFT,) * count
    tests = form in (Form.SMS_TEST, Form.BULK_TEST)
    command = Estimate(drafts=drafts) if tests else SendMessages(drafts=drafts)
    path, _, query = path.partition("?")
    request = HttpRequest(method="POST", path=path, query=query, headers={}, id=77 << 22)
    return DIALECT.write(request, Ask(claim=None, command=command, form=form), answer, KEY)


def body(reply: HttpReply) -> Any:
    return json.loads(reply.body)


def accepted(*items: AcceptedItem | Refused) -> Accepted:
    return Accepted(submission_id=1, currency="EUR", items=items)


def estimates(*refused: Refused, count: int = 1) -> Estimates:
    one = Estimated(
        recipient="41751231234",
        country="CH",
        mcc=None,
        mnc=None,
        encoding="gsm7",
        parts=1,
        chars_left=1,
        non_gsm="",
        replaced={},
        price_micros=1,
        route=None,
        refused=refused,
    )
    return Estimates(currency="EUR", items=(one,) * count, price_micros=1)


# -- sending


def test_codes_and_lengths_are_integers() -> None:
    said = body(written(accepted(ITEM)))
    assert (said["responseCode"], said["textLength"]) == (0, len(DRAFT.text))
    assert "test" not in said


def test_a_test_call_has_no_id_and_says_so() -> None:
    said = body(written(estimates(), Form.SMS_TEST))
    assert said["test"] is True
    assert "id" not in said
    several = body(written(estimates(count=2), Form.BULK_TEST, count=2))
    assert several["test"] is True
    assert [sorted(each) for each in several["messages"]] == [["textLength", "timestamp", "to"]] * 2


def test_a_test_call_is_refused_as_a_live_one_would_be() -> None:
    refused = Refused(refusal=Refusal.SENDER_NOT_APPROVED)
    assert body(written(estimates(refused), Form.SMS_TEST))["responseCode"] == 6


def test_what_the_flow_refuses_has_a_code_and_no_words_of_ours() -> None:
    refused = Refused(refusal=Refusal.SENDER_NOT_APPROVED, detail="Not for CH.")
    for answer in (refused, accepted(refused)):
        said = body(written(answer))
        assert (said["responseCode"], said["responseText"]) == (6, "Invalid sender")
        assert said["textLength"] == 0


def test_a_limit_says_when_to_come_again() -> None:
    reply = written(Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=7))
    assert (reply.status, reply.headers) == (429, (("Retry-After", "7"),))


def test_an_answer_that_no_command_has_is_our_own_failure() -> None:
    request = HttpRequest(method="POST", path="/sms", query="", headers={})
    odd = Ask(claim=None, command=GetBalance(), form="sms")
    assert DIALECT.write(request, odd, accepted(ITEM), KEY).status == 500


@pytest.mark.parametrize("refusal", [Refusal.TOO_LARGE, Refusal.INTERNAL, Refusal.UNAUTHENTICATED])
@pytest.mark.parametrize(
    "path", ["/sms", "/smsbulk", "/sms/converted", "/usage/bycountry", "/sms/x"]
)
def test_the_edge_can_refuse_on_every_path(path: str, refusal: Refusal) -> None:
    request = HttpRequest(method="POST", path=path, query="", headers={})
    reply = DIALECT.refuse(request, Refused(refusal=refusal))
    assert reply.status == {"TOO_LARGE": 413, "INTERNAL": 500}.get(refusal.name, 401)
    assert body(reply)["responseText"]


# -- conversions and usage


def test_a_conversion_that_is_refused_is_a_json_string() -> None:
    request = HttpRequest(
        method="POST",
        path="/sms/converted",
        query="messageId=%22" + "x" * 500,
        headers={},
    )
    ask = Ask(claim=None, command=MarkConverted(message=-1), form="converted")
    unknown = DIALECT.write(request, ask, Refused(refusal=Refusal.NOT_FOUND), KEY)
    assert unknown.status == 404
    assert body(unknown) == 'No convertible message found for id "' + '"' + "x" * 99 + '"'
    disabled = DIALECT.write(request, ask, Refused(refusal=Refusal.NOT_ENABLED), KEY)
    assert disabled.status == 400
    assert body(disabled) == "Conversion rate tracking is not enabled for this customer account"


def test_usage_is_a_list_with_alpha_3_and_a_number() -> None:
    lines = [("BD", 2, 7_000_000), ("XK", 1, 1), ("", 1, 0)]
    items = tuple(
        UsageLine(country=country, messages=count, parts=count, cost_micros=micros)
        for country, count, micros in lines
    )
    assert body(written(Usage(currency="EUR", items=items), Form.USAGE)) == [
        {"country": "BGD", "messagesCount": 2, "cost": 7},
        {"country": "XKX", "messagesCount": 1, "cost": 0.000001},
        {"country": "", "messagesCount": 1, "cost": 0},
    ]
    assert body(written(Usage(currency="EUR", items=()), Form.USAGE)) == []


# -- XML


@pytest.mark.parametrize(
    ("path", "xml"),
    [
        ("/sms.xml", True),
        ("/sms?format=xml", True),
        ("/sms.xml?format=json", True),
        ("/sms.json?format=xml", False),
        ("/sms?format=json", False),
        ("/sms?x=xml", False),
    ],
)
def test_the_format_is_asked_for_by_ending_or_query(path: str, xml: bool) -> None:
    reply = written(accepted(ITEM), path=path)
    assert reply.content_type.startswith("application/xml" if xml else "application/json")


def test_xml_has_the_same_names_in_the_same_order() -> None:
    for form, answer in (
        (Form.SMS, accepted(ITEM)),
        (Form.BULK, accepted(ITEM, ITEM)),
        (Form.SMS_TEST, estimates()),
        (Form.USAGE, Usage(currency="EUR", items=())),
        (Form.SMS, Refused(refusal=Refusal.UNAUTHENTICATED)),
    ):
        plain = body(written(answer, form, count=2 if form is Form.BULK else 1))
        reply = written(answer, form, "/sms.xml", count=2 if form is Form.BULK else 1)
        root = ET.fromstring(reply.body)  # noqa: S314 (our own)
        assert [each.tag for each in root] == list(plain)
    reply = written(accepted(ITEM, ITEM), Form.BULK, "/smsbulk.xml", count=2)
    messages = ET.fromstring(reply.body).find("messages")  # noqa: S314
    assert messages is not None
    assert [each.tag for each in messages] == ["SmsBulkResponseItem"] * 2
