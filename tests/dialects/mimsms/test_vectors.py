"""The vendor's printed requests lead to the vendor's printed answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.mimsms import DIALECT
from heliograph.dialects.mimsms.wire import sealed_id, trxn_id_of_sealed
from heliograph.model.account import Balance, TrafficClass
from heliograph.model.command import Accepted, AcceptedItem, Answer, InboundPage, Messages
from heliograph.model.ids import unseal
from heliograph.model.message import Encoding, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

VECTORS = Path(__file__).parents[2] / "vectors" / "mimsms"
KEY = bytes(range(32))
SUBMISSION = 0x0123_4567_89AB_CDEF
NOW = datetime(2025, 9, 21, 7, 37, 12, tzinfo=UTC)


def recorded(name: str) -> HttpRequest:
    head, _, body = (VECTORS / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    method, target, _version = line.split(" ")
    path, _, query = target.partition("?")
    split = (header.split(": ", 1) for header in headers if ": " in header)
    return HttpRequest(
        method=method,
        path=path,
        query=query,
        headers={key.lower(): value for key, value in split},
        body=body,
        id=77 << 22,
    )


def taken(count: int) -> Accepted:
    item = AcceptedItem(
        message_id=SUBMISSION,
        recipient="8801844909020",
        parts=1,
        encoding="gsm7",
        price_micros=350_000,
        status=Status.QUEUED,
    )
    return Accepted(submission_id=SUBMISSION, currency="BDT", items=(item,) * count)


def holds(available_micros: int) -> Balance:
    return Balance(
        account_id=1,
        currency="BDT",
        available_micros=available_micros,
        held_micros=0,
        credit_limit_micros=0,
    )


DELIVERED = MessageRecord(
    message=Message(
        account_id=1,
        id=SUBMISSION,
        submission_id=SUBMISSION,
        dialect="mimsms",
        sender="MiM SMS",
        recipient="8801844909020",
        text="x",
        encoding=Encoding.GSM7,
        parts=1,
        traffic_class=TrafficClass.TRANSACTIONAL,
        valid_until=NOW,
    ),
    status=Status.DELIVERED,
    reason=Reason.NONE,
    vendor_code=None,
    charge=Charge.CAPTURED,
    attempts=1,
    carrier_id=1,
    updated_at=NOW,
)
HEARD = Inbound(
    account_id=1,
    id=unseal(KEY, 188),
    sender="8801844909020",
    recipient="8809601000000",
    text="STOP",
    received_at=NOW,
)
ANSWERS: dict[str, Answer | Refused] = {
    "sms_first": taken(1),
    "sms": taken(1),
    "one_to_many": taken(3),
    "dsms": taken(2),
    "dsms_refused": Refused(refusal=Refusal.SENDER_NOT_APPROVED),
    "send": taken(1),
    "send_post": taken(1),
    "send_one_to_many": taken(2),
    "balance": holds(999_540_000),
    "balance_check": holds(999_080_000),
    "dlr": Messages(items=(DELIVERED,), more=False),
    "pull": InboundPage(items=(HEARD,), more=True),
    "pull_empty": InboundPage(items=(), more=False),
}
_IDS = ("trxnId", "trxt_Id")


def test_every_recorded_vector_has_an_answer_here() -> None:
    assert {path.name.removesuffix(".http") for path in VECTORS.glob("*.http")} == set(ANSWERS)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_printed_request_gets_the_printed_answer_but_for_the_id(name: str) -> None:
    request = recorded(name)
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is None
    reply = DIALECT.write(request, ask, ANSWERS[name], KEY)
    assert reply.status == 200
    assert reply.content_type == "application/json; charset=utf-8"

    given: list[tuple[str, str]] = list(json.loads(reply.body).items())
    printed = list(json.loads((VECTORS / f"{name}.reply.json").read_text()).items())
    assert [field for field, _ in given] == [field for field, _ in printed]
    for (field, value), (_, expected) in zip(given, printed, strict=True):
        if field not in _IDS or not expected:
            assert value == expected
        else:
            assert sealed_id(value) is not None
            # two printed ids of DSMS have a suffix, one printed id is of the time of numeric ids
            assert ("_C" in value) == ("_C" in expected)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_printed_request_names_its_caller_without_the_printed_blanks(name: str) -> None:
    ask = DIALECT.read(recorded(name))
    assert isinstance(ask, Ask)
    assert ask.claim is not None
    assert "@" in ask.claim.name
    assert ask.claim.name == ask.claim.name.strip()
    assert set(ask.claim.secret) <= set("XKJFUAT9CL")


def test_the_id_in_a_recorded_report_is_the_one_that_was_asked_for_in_our_digits() -> None:
    request = recorded("dlr")
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    reply = DIALECT.write(request, ask, ANSWERS["dlr"], KEY)
    asked = sealed_id("1OSY3FSZ7H4IHOU")
    assert asked is not None
    assert json.loads(reply.body)["trxnId"] == trxn_id_of_sealed(KEY, asked)
