"""MiMSMS as a carrier: what we send is what our own door reads, and every reply has a reading."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpCall, HttpReply, HttpRequest
from heliograph.dialects.mimsms import DIALECT, client
from heliograph.dialects.mimsms.wire import Login, trxn_id
from heliograph.model.account import Balance, TrafficClass
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Claim,
    FetchInbound,
    FindByReference,
    GetBalance,
    InboundPage,
    Messages,
    SendMessages,
)
from heliograph.model.ids import seal
from heliograph.model.message import Draft, Encoding, Extra, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Arrival, Declined, OpenId, Receipt, Taken, Unknown
from heliograph.model.status import Status

BASE = "https://api.mimsms.com/"
KEY = bytes(range(32))
LOGIN = Login(user_name="you@example.com", apikey="K&Y =+")
CLAIM = Claim(dialect="mimsms", name="you@example.com", secret="K&Y =+")
NOW = datetime(2025, 9, 21, 7, 37, 12, tzinfo=UTC)
MESSAGE = Message(
    account_id=1,
    id=5,
    submission_id=None,
    dialect="native",
    sender="MiM SMS",
    recipient="8801844909020",
    text=' "হ্যালো" \n',
    encoding=Encoding.UCS2,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    valid_until=NOW,
)


def at_our_door(call: HttpCall | Declined | None) -> tuple[HttpRequest, Ask]:
    assert isinstance(call, HttpCall)
    target = urlsplit(call.url)
    assert target.netloc == "api.mimsms.com"
    request = HttpRequest(
        method=call.method,
        path=target.path,
        query=target.query,
        headers=dict(call.headers),
        body=call.body,
        id=4711,
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.claim == CLAIM
    assert ask.verdict is None
    return request, ask


def answer_to(call: HttpCall | Declined | None, answer: Answer | Refused) -> HttpReply:
    request, ask = at_our_door(call)
    return DIALECT.write(request, ask, answer, KEY)


def reply(status: int, body: object, **headers: str) -> HttpReply:
    return HttpReply(
        status=status,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
    )


TAKEN = Accepted(
    submission_id=99,
    currency="BDT",
    items=(
        AcceptedItem(
            message_id=99,
            recipient=MESSAGE.recipient,
            parts=1,
            encoding="ucs2",
            price_micros=1,
            status=Status.QUEUED,
        ),
    ),
)

# -- sending


@pytest.mark.parametrize("traffic_class", [TrafficClass.OTP, TrafficClass.TRANSACTIONAL])
def test_a_message_arrives_at_our_own_door_as_it_was(traffic_class: TrafficClass) -> None:
    message = msgspec.structs.replace(MESSAGE, traffic_class=traffic_class)
    _, ask = at_our_door(client.send_call(BASE, LOGIN, message, campaign="C-1"))
    assert ask.command == SendMessages(
        drafts=(Draft(recipient=MESSAGE.recipient, sender="MiM SMS", text=MESSAGE.text),),
        submission=False,
    )


def test_a_promotional_message_carries_the_carriers_campaign() -> None:
    message = msgspec.structs.replace(MESSAGE, traffic_class=TrafficClass.PROMOTIONAL)
    _, ask = at_our_door(client.send_call(BASE, LOGIN, message, campaign="C-1"))
    assert isinstance(ask.command, SendMessages)
    draft = ask.command.drafts[0]
    assert (draft.traffic_class, draft.campaign) == (TrafficClass.PROMOTIONAL, "C-1")


def test_the_call_has_the_vendors_fields_in_the_printed_order() -> None:
    call = client.send_call(BASE, LOGIN, MESSAGE)
    assert isinstance(call, HttpCall)
    assert call.url == "https://api.mimsms.com/api/SmsSending/SMS"
    assert list(json.loads(call.body)) == [
        "UserName",
        "Apikey",
        "MobileNumber",
        "CampaignId",
        "SenderName",
        "TransactionType",
        "Message",
    ]


@pytest.mark.parametrize(
    "message",
    [
        msgspec.structs.replace(MESSAGE, body=b"\0"),
        msgspec.structs.replace(MESSAGE, udh=b"\x01\x00"),
        msgspec.structs.replace(MESSAGE, flash=True),
        msgspec.structs.replace(MESSAGE, traffic_class=TrafficClass.PROMOTIONAL),
    ],
)
def test_what_mimsms_cannot_say_is_left_to_another_carrier(message: Message) -> None:
    declined = client.send_call(BASE, LOGIN, message)
    assert declined == Declined(reason=Reason.FACILITY_NOT_SUPPORTED)


def test_our_doors_success_is_taken_under_its_trxn_id() -> None:
    call = client.send_call(BASE, LOGIN, MESSAGE)
    outcome = client.send_outcome(answer_to(call, TAKEN))
    assert outcome == Taken(carrier_ids=(trxn_id(KEY, 99),))


@pytest.mark.parametrize("refusal", list(Refusal))
def test_our_doors_every_refusal_is_declined_or_nobody_knows(refusal: Refusal) -> None:
    refused = Refused(refusal=refusal)
    answer = answer_to(client.send_call(BASE, LOGIN, MESSAGE), refused)
    outcome = client.send_outcome(answer)
    code = json.loads(answer.body)["statusCode"]
    if code == "500":
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, Declined)
        assert outcome.vendor_code == code
        assert outcome.next_carrier


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"statusCode": "200", "status": "Success", "trxnId": "A1"}, ("A1",)),
        (
            {"statusCode": 200, "status": "SUCCESS", "TrxnId": 133611051403609881},
            ("133611051403609881",),
        ),
        ({"statusCode": "Success", "status": "200", "trxnId": "A1"}, ("A1",)),
        ({"statusCode": "200", "trxnId": " A1 "}, ("A1",)),
        ({"statusCode": "200", "status": "Success", "trxnId": ""}, ()),
        ({"statusCode": "200", "status": "Success"}, ()),
    ],
)
def test_recorded_and_sloppy_successes_are_taken(body: object, ids: tuple[str, ...]) -> None:
    assert client.send_outcome(reply(200, body)) == Taken(carrier_ids=ids)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, {"status": "Success"}),
        (200, {"statusCode": "200", "status": "Failed"}),
        (200, {"statusCode": "500", "status": "Failed"}),
        (500, b"x"),
        (502, b""),
        (504, b""),
        (408, b""),
        (100, b""),
        (0, b""),
    ],
)
def test_where_the_message_may_be_over_there_nobody_knows(status: int, body: object) -> None:
    assert isinstance(client.send_outcome(reply(status, body)), Unknown)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, Reason.DATA_ERROR),
        (400, Reason.DATA_ERROR),
        (401, Reason.CARRIER_DOWN),
        (403, Reason.CARRIER_DOWN),
        (404, Reason.CARRIER_DOWN),
        (415, Reason.DATA_ERROR),
        (429, Reason.THROTTLED),
        (503, Reason.CARRIER_DOWN),
    ],
)
def test_without_an_envelope_the_http_status_counts(status: int, reason: Reason) -> None:
    outcome = client.send_outcome(reply(status, b"x", Retry_After="7"))
    assert outcome == Declined(reason=reason, vendor_code=f"http {status}", retry_after_seconds=7.0)


@pytest.mark.parametrize("value", ["", "soon", "-1", "٣"])
def test_a_time_to_wait_that_is_no_number_is_none(value: str) -> None:
    outcome = client.send_outcome(reply(429, b"", retry_after=value))
    assert isinstance(outcome, Declined)
    assert outcome.retry_after_seconds is None


def test_a_code_outside_the_map_is_declined_and_kept() -> None:
    outcome = client.send_outcome(reply(200, {"statusCode": "299", "status": "Failed"}))
    assert outcome == Declined(reason=Reason.UNSPECIFIED, vendor_code="299")


# -- looking


def record(status: Status, reason: Reason) -> MessageRecord:
    return MessageRecord(
        message=MESSAGE,
        status=status,
        reason=reason,
        vendor_code=None,
        charge=Charge.HELD,
        attempts=1,
        carrier_id=1,
        updated_at=NOW,
    )


@pytest.mark.parametrize(
    ("status", "reason", "seen"),
    [
        (Status.DELIVERED, Reason.NONE, Status.DELIVERED),
        (Status.SENT, Reason.NONE, None),
        (Status.UNCERTAIN, Reason.UNKNOWN_OUTCOME, None),
        (Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER_SM, Status.UNDELIVERED),
        (Status.UNDELIVERED, Reason.SMSC_LINK_FAILURE, Status.UNDELIVERED),
        (Status.REJECTED, Reason.INVALID_SOURCE, Status.REJECTED),
    ],
)
def test_a_report_from_our_own_door_says_what_is_true(
    status: Status, reason: Reason, seen: Status | None
) -> None:
    call = client.dlr_call(BASE, LOGIN, trxn_id=trxn_id(KEY, 5), recipient=MESSAGE.recipient)
    _, ask = at_our_door(call)
    assert ask.command == FindByReference(submission=seal(KEY, 5), recipient=MESSAGE.recipient)
    answer = answer_to(call, Messages(items=(record(status, reason),), more=False))
    assert json.loads(answer.body)["trxnId"] == trxn_id(KEY, 5)
    fields = client.dlr_fields(answer)
    assert fields.status is seen
    assert fields.reason is (Reason.NONE if seen is None else reason)
    assert fields.vendor_code == json.loads(answer.body)["operatorStatus"]
    assert fields.raw == answer.body.decode()


def test_a_word_outside_the_table_is_kept_and_ends_nothing() -> None:
    fields = client.dlr_fields(reply(200, {"operatorStatus": "ACCEPTD", "dlrCode": 1}))
    assert (fields.status, fields.vendor_code) == (None, "ACCEPTD")


def test_a_refused_look_up_ends_nothing_and_keeps_the_code() -> None:
    fields = client.dlr_fields(reply(200, {"statusCode": "401", "status": "Unauthorized"}))
    assert (fields.status, fields.vendor_code) == (None, "401")
    assert client.dlr_fields(reply(502, b"\xff")).vendor_code is None


def test_the_balance_of_the_carrier_account_is_read() -> None:
    call = client.balance_call(BASE, LOGIN)
    assert at_our_door(call)[1].command == GetBalance()
    balance = Balance(
        account_id=1,
        currency="BDT",
        available_micros=-5_500_000,
        held_micros=0,
        credit_limit_micros=0,
    )
    assert client.balance_micros(answer_to(call, balance)) == -5_500_000
    refused = Refused(refusal=Refusal.UNAUTHENTICATED)
    assert client.balance_micros(answer_to(call, refused)) is None


def test_a_message_from_a_handset_is_pulled_through_our_own_door() -> None:
    call = client.pull_call(BASE, LOGIN)
    assert isinstance(at_our_door(call)[1].command, FetchInbound)
    inbound = Inbound(
        account_id=1,
        id=7,
        sender="8801844909020",
        recipient="8809601",
        text=" hi ",
        received_at=NOW,
    )
    answer = answer_to(call, InboundPage(items=(inbound,), more=False))
    assert client.pulled(answer, carrier_id=3, at=NOW) == Arrival(
        carrier_id=3, sender="8801844909020", recipient="8809601", text=" hi ", at=NOW
    )
    nothing = answer_to(call, InboundPage(items=(), more=False))
    assert client.pulled(nothing, carrier_id=3, at=NOW) is None


_BODIES = st.binary(max_size=40) | st.dictionaries(
    st.sampled_from(
        [
            "statusCode",
            "status",
            "trxnId",
            "operatorStatus",
            "dlrCode",
            "sender",
            "receiver",
            "message_time",
            "responseResult",
        ]
    ),
    st.sampled_from(["200", "500", "206", "Success", "DELIVERED"])
    | st.none()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.lists(st.integers(), max_size=1),
).map(lambda body: json.dumps(body).encode())


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 599), _BODIES, st.text(max_size=5))
def test_every_reply_has_a_reading(status: int, body: bytes, wait: str) -> None:
    given_reply = reply(status, body, retry_after=wait)
    assert isinstance(client.send_outcome(given_reply), Taken | Declined | Unknown)
    assert isinstance(client.dlr_fields(given_reply), client.DlrFields)
    assert isinstance(client.balance_micros(given_reply), int | None)
    assert isinstance(client.pulled(given_reply, carrier_id=1, at=NOW), Arrival | None)


# -- as a carrier

SETTINGS = {"user_name": "you@example.com", "apikey_secret": "K&Y =+"}
SENT = OpenId(
    carrier_message_id=trxn_id(KEY, 5), sender="a", recipient=MESSAGE.recipient, taken_at=NOW
)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({}, None),
        ({"base_url": "http://10.0.0.1:8080/x", "campaign": "C-1", "inbound": "none"}, None),
        ({"apikey_secret": ""}, "apikey_secret is missing"),
        ({"base_url": "api.mimsms.com"}, "base_url is an address such as https://api.example.com"),
        ({"inbound": "no"}, "inbound is none or left out"),
        ({"apikey": "hush"}, "there is no setting apikey"),
    ],
)
def test_settings_that_cannot_be_used_are_told(more: dict[str, str], fault: str | None) -> None:
    assert client.UPSTREAM.fault(SETTINGS | more) == fault


def test_the_carrier_makes_the_calls_of_its_settings() -> None:
    up = client.UPSTREAM
    assert up.send(SETTINGS, MESSAGE, "https://us/h") == client.send_call(BASE, LOGIN, MESSAGE)
    asked = client.dlr_call(BASE, LOGIN, trxn_id=trxn_id(KEY, 5), recipient=MESSAGE.recipient)
    assert up.look(SETTINGS, SENT) == asked
    assert up.pull(SETTINGS) == client.pull_call(BASE, LOGIN)
    assert up.pull(SETTINGS | {"inbound": "none"}) is None
    promotional = msgspec.structs.replace(MESSAGE, traffic_class=TrafficClass.PROMOTIONAL)
    assert isinstance(up.send(SETTINGS | {"campaign": "C-1"}, promotional, ""), HttpCall)


@pytest.mark.parametrize("extra", [Extra(channel="voice"), Extra(protocol_id=65)])
def test_an_extra_that_mimsms_cannot_say_is_left_to_another_carrier(extra: Extra) -> None:
    declined = client.UPSTREAM.send(SETTINGS, msgspec.structs.replace(MESSAGE, extra=extra), "")
    assert declined == Declined(reason=Reason.FACILITY_NOT_SUPPORTED)


def test_a_report_that_ends_the_message_is_its_receipt() -> None:
    answer = answer_to(
        client.UPSTREAM.look(SETTINGS, SENT),
        Messages(items=(record(Status.DELIVERED, Reason.NONE),), more=False),
    )
    (receipt,) = client.UPSTREAM.looked(answer, SENT, carrier_id=7, at=NOW)
    assert receipt == Receipt(
        carrier_id=7,
        carrier_message_id=trxn_id(KEY, 5),
        status=Status.DELIVERED,
        reason=Reason.NONE,
        vendor_code="DELIVERED",
        at=NOW,
        raw=answer.body.decode(),
    )
    pending = reply(200, {"operatorStatus": "PENDING", "dlrCode": "3"})
    assert client.UPSTREAM.looked(pending, SENT, carrier_id=7, at=NOW) == ()


def test_a_call_to_our_hook_is_none_of_the_vendors() -> None:
    request = HttpRequest(method="POST", path="", query="", headers={}, body=b"{}")
    refused = client.UPSTREAM.hear(SETTINGS, request, carrier_id=7, at=NOW)
    assert isinstance(refused, HttpReply)
    assert refused.status == 404
