"""MessageWhiz as a carrier: what it cannot say is declined, and every reply has a reading."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heliograph.dialects._shape import Heard, HttpCall, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz.client import UPSTREAM
from heliograph.model.account import TrafficClass
from heliograph.model.ids import id_at
from heliograph.model.message import Encoding, Extra, Message
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, OpenId, Taken, Unknown
from heliograph.model.status import Status

SETTINGS = {"api_key_secret": "key"}
NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
MESSAGE = Message(
    account_id=1,
    id=id_at(NOW) + 7,
    submission_id=None,
    dialect="native",
    sender="Heliograph",
    recipient="2605876689",
    text="Grüße €",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.OTP,
    valid_until=NOW + timedelta(hours=1),
)
SENT = OpenId(carrier_message_id="331", sender="S", recipient="1", taken_at=NOW)


def test_a_message_becomes_a_tiny_single() -> None:
    call = UPSTREAM.send(SETTINGS | {"base_url": "http://v.example/"}, MESSAGE, "")
    assert isinstance(call, HttpCall)
    assert call.url == "http://v.example/api/broadcasts/tiny/single"
    assert ("apikey", "key") in call.headers
    assert json.loads(call.body) == {
        "recipient": "2605876689",
        "sender": "Heliograph",
        "message_body": "Grüße €",
    }


@pytest.mark.parametrize(
    ("settings", "path", "body"),
    [
        (
            {"submit": "single", "campaign_id": "12", "sender_id": "23"},
            "/api/3/Broadcast",
            {
                "campaign_id": 12,
                "sender_id": 23,
                "recipient": "2605876689",
                "message_body": "Grüße €",
                "broadcast_type": 10,
                "unsubscriber_list_ids": "",
            },
        ),
        (
            {"submit": "combined"},
            "/api/3/Broadcast/combinedsubmit",
            {
                "message_body": "Grüße €",
                "sender": "Heliograph",
                "recipients": [{"phone_number": 2605876689}],
            },
        ),
    ],
)
def test_a_message_becomes_what_the_operator_chose(
    settings: dict[str, str], path: str, body: dict[str, object]
) -> None:
    assert UPSTREAM.fault(SETTINGS | settings) is None
    call = UPSTREAM.send(SETTINGS | settings, MESSAGE, "")
    assert isinstance(call, HttpCall)
    assert call.url.endswith(path)
    assert json.loads(call.body) == body


@pytest.mark.parametrize(
    "settings",
    [
        {"submit": "other"},
        {"submit": "single"},
        {"submit": "single", "campaign_id": "x", "sender_id": "1"},
    ],
)
def test_a_way_of_sending_that_cannot_be_used_is_told(settings: dict[str, str]) -> None:
    assert UPSTREAM.fault(SETTINGS | settings)


@pytest.mark.parametrize("result", ['{"broadcastID":7,"segmentID":9}', '[{"broadcastID":7}]'])
def test_the_number_of_a_broadcast_is_the_carriers_id(result: str) -> None:
    body = f'{{"errorCode":0,"result":{result}}}'.encode()
    assert UPSTREAM.outcome(HttpReply(status=200, body=body)) == Taken(carrier_ids=("7",))


@pytest.mark.parametrize(
    "others",
    [
        {"flash": True},
        {"udh": b"\x05\x00\x03\x01\x02\x01"},
        {"encoding": Encoding.BINARY, "body": b"\x01", "text": ""},
        {"text": ""},
        {"text": "Dear {{first_name}}"},
        {"text": "See {{ link:5 }}"},
        {"extra": Extra(channel="voice")},
    ],
)
def test_what_would_come_out_as_something_else_is_declined(others: dict[str, object]) -> None:
    message = msgspec.structs.replace(MESSAGE, **others)
    declined = UPSTREAM.send(SETTINGS, message, "")
    assert isinstance(declined, Declined)
    assert declined.next_carrier


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"id": 331}, Taken(carrier_ids=("331",))),
        (200, {"id": "331"}, Taken(carrier_ids=("331",))),
        (200, {"errorCode": 400}, Declined(reason=Reason.DATA_ERROR, vendor_code="http 400")),
        (400, {"errorCode": 400}, Declined(reason=Reason.DATA_ERROR, vendor_code="http 400")),
        (401, {}, Declined(reason=Reason.CARRIER_DOWN, vendor_code="http 401")),
        (403, {}, Declined(reason=Reason.CARRIER_DOWN, vendor_code="http 403")),
        (429, {}, Declined(reason=Reason.THROTTLED, vendor_code="http 429")),
    ],
)
def test_an_answer_takes_or_declines(status: int, body: object, outcome: object) -> None:
    assert UPSTREAM.outcome(HttpReply(status=status, body=json.dumps(body).encode())) == outcome


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b""), (200, b'{"id":0}'), (201, b'{"id":1}'), (500, b"{}"), (409, b"")],
)
def test_doubt_is_unknown(status: int, body: bytes) -> None:
    assert isinstance(UPSTREAM.outcome(HttpReply(status=status, body=body)), Unknown)


def test_the_report_is_asked_for_by_the_number_and_says_the_end() -> None:
    call = UPSTREAM.look(SETTINGS, SENT)
    assert call is not None
    assert (call.url.endswith("/api/3/DeliveryReport"), call.body) == (True, b'{"bid":331}')

    def looked(**counts: int) -> list[Status]:
        body = json.dumps({"errorCode": 0, "result": [{"broadcast_id": 331} | counts]}).encode()
        reply = HttpReply(status=200, body=body)
        return [each.status for each in UPSTREAM.looked(reply, SENT, carrier_id=7, at=NOW)]

    assert looked(sent=1, delivered=0) == []
    assert looked(sent=0, delivered=1) == [Status.DELIVERED]
    assert looked(expired=1) == [Status.EXPIRED]
    empty = HttpReply(status=200, body=b'{"result":[]}')
    assert UPSTREAM.looked(empty, SENT, carrier_id=7, at=NOW) == ()


PRINTED = (
    b'[{"segment_id":100001,"_id":"611f9cdf8d0a4976d8d8462aaaac","broadcast_id":1100001,'
    b'"recipient":"3801100001","price":11.8,"task_state":2,"updated":1629461739834},'
    b'{"segment_id":100002,"broadcast_id":1100002,"task_state":0,"updated":1629461739834},'
    b'{"segment_id":100003,"broadcast_id":1100003,"task_state":9,"updated":"soon"}]'
)


def heard(body: bytes) -> Heard | HttpReply:
    request = HttpRequest(method="POST", path="", query="", headers={}, body=body)
    return UPSTREAM.hear(SETTINGS, request, carrier_id=7, at=NOW)


def test_the_printed_reports_are_heard_and_those_on_their_way_passed_over() -> None:
    found = heard(PRINTED)
    assert isinstance(found, Heard)
    assert [(each.carrier_message_id, each.status) for each in found.receipts] == [
        ("1100001", Status.DELIVERED),
        ("1100003", Status.FAILED),
    ]
    assert found.receipts[0].at == datetime(2021, 8, 20, 12, 15, 39, 834_000, tzinfo=UTC)
    assert found.receipts[1].at == NOW


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'["x"]', b'{"task_state":2}', b"\xff"])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    answer = heard(body)
    assert isinstance(answer, HttpReply)
    assert answer.status == 400
