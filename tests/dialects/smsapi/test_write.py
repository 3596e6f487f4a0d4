"""Answers and refusals have the vendor's fields, order and texts, and always HTTP 200."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heliograph.dialects._shape import Ask, HttpReply
from heliograph.dialects.smsapi.wire import Form, id_text
from heliograph.dialects.smsapi.write import refusal, write
from heliograph.model.account import Balance
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Claim,
    Done,
    GetBalance,
    InboundPage,
    Messages,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

KEY = bytes(range(32))
CLAIM = Claim(dialect="smsapi", name="KEY", secret="TOKEN")
ITEM = AcceptedItem(
    message_id=100,
    recipient="8801844909020",
    parts=1,
    encoding="gsm7",
    price_micros=1,
    status=Status.SCHEDULED,
)
BAD = Refused(refusal=Refusal.INVALID_RECIPIENT, field="recipient", detail="Too short.")
POOR = Refused(refusal=Refusal.INSUFFICIENT_BALANCE)


def answered(form: Form, answer: Answer | Refused) -> Any:
    reply = write(Ask(claim=CLAIM, command=GetBalance(), form=form.value), answer, KEY)
    return body_of(reply)


def body_of(reply: HttpReply) -> Any:
    assert (reply.status, reply.content_type) == (200, "application/json")
    return json.loads(reply.body)


def taken(*items: AcceptedItem | Refused) -> Accepted:
    return Accepted(submission_id=99, currency="BDT", items=items)


def test_a_list_of_which_one_was_taken_is_queued_under_the_id_of_the_group() -> None:
    body = answered(Form.SEND, taken(BAD, ITEM))
    assert list(body) == ["request", "status", "group_id", "date"]
    assert (body["status"], body["group_id"]) == ("queued", id_text(KEY, 99))


def test_a_list_of_which_nothing_was_taken_is_refused_for_the_gravest_reason() -> None:
    body = answered(Form.SEND, taken(BAD, POOR))
    assert body == {"request": "sendsms", "status": "error", "message": "Insufficient Balance"}


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.NONE])
@pytest.mark.parametrize("why", list(Refusal))
def test_every_refusal_is_the_error_object_without_a_detail_of_ours(
    form: Form, why: Refusal
) -> None:
    body = answered(form, Refused(refusal=why, detail="ours"))
    assert list(body) == ["request", "status", "message"]
    assert (body["request"], body["status"]) == (form.value, "error")
    assert body["message"] not in ("", "ours")


def test_who_must_wait_is_told_how_long() -> None:
    reply = refusal(Form.SEND, Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=2))
    assert reply.headers == (("Retry-After", "2"),)


def test_a_balance_stands_alone_and_is_a_string() -> None:
    balance = Balance(
        account_id=1,
        currency="BDT",
        available_micros=-12_500_000,
        held_micros=5,
        credit_limit_micros=20_000_000,
    )
    assert answered(Form.BALANCE, balance) == {"balance": "-12.5"}


def test_an_empty_inbox_is_a_success_and_an_empty_group_is_none() -> None:
    empty = answered(Form.INBOX, InboundPage(items=(), more=False))
    assert empty == {"request": "getinbox", "status": "success", "inbox": []}
    body = answered(Form.STATUS, Messages(items=(), more=False))
    assert body["message"] == "Group not found"


def test_an_answer_that_no_command_here_has_is_an_error() -> None:
    assert answered(Form.SEND, Done())["status"] == "error"
