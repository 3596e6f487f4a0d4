"""A room's two faces understand each other: what its client sends, its server reads as it was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, Heard, HttpCall, HttpReply
from heliograph.doors import ARRIVALS, CALLBACKS
from heliograph.links import UPSTREAMS
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.campaign import StartBroadcast
from heliograph.model.command import Command, SendMessages
from heliograph.model.ids import id_at
from heliograph.model.message import Encoding, Event, Extra, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, OpenId, Receipt, Taken, Unknown
from heliograph.model.status import SETTLED, Status
from tests.conformance.rooms import KEY, ROOMS, SETTINGS, recorded, turned_round

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOOK = "https://us.example/hooks/7/token"
REPORT_URL = HOOK
TEXTS = ("Your code is 482913", "Grüße & 100% = {x}", "নমস্কার, কেমন আছেন?", 'a+b c&d=e;f\n"g" <h>')
ROOM_NAMES = list(UPSTREAMS)
TELLING = [name for name in ROOM_NAMES if name in CALLBACKS]
_SENT = OpenId(carrier_message_id="1", sender="S", recipient="8801712345678", taken_at=AT)


def message(text: str, **others: object) -> Message:
    number = id_at(AT) | 1 << 12
    fields = {
        "account_id": 1,
        "id": number,
        "submission_id": None,
        "dialect": "native",
        "sender": "Heliograph",
        "recipient": "8801712345678",
        "text": text,
        "encoding": Encoding.GSM7 if text.isascii() else Encoding.UCS2,
        "parts": 1,
        "traffic_class": TrafficClass.TRANSACTIONAL,
        "country": "BD",
        "mcc": "470",
        "mnc": "01",
        "price_micros": 14_000,
        "valid_until": AT + timedelta(hours=1),
    }
    return Message(**(fields | others))


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_settings_that_can_be_used_have_no_fault_and_none_have(room):
    upstream = UPSTREAMS[room]
    assert upstream.fault(SETTINGS[room]) is None
    assert upstream.fault({**SETTINGS[room], "nonsense": "1"})
    for name, sentence in upstream.settings.items():
        assert sentence, name
    for name, value in SETTINGS[room].items():
        if name.endswith("_secret"):
            fault = upstream.fault({n: v for n, v in SETTINGS[room].items() if n != name})
            assert fault is not None
            assert value not in fault


@pytest.mark.parametrize("room", ROOM_NAMES)
@pytest.mark.parametrize("text", TEXTS)
def test_the_server_reads_the_message_that_the_client_sent(room, text):
    upstream = UPSTREAMS[room]
    call = upstream.send(SETTINGS[room], message(text), REPORT_URL)
    assert isinstance(call, HttpCall), call
    asked = ROOMS[room].read(turned_round(call))
    assert isinstance(asked, Ask), asked
    assert asked.verdict is None
    assert asked.claim is not None
    assert _content(asked.command) == ("Heliograph", "8801712345678", text)


def _content(command: Command) -> tuple[str | None, str, str]:
    """Sender, recipient and text of the one message that a command asks for."""
    if isinstance(command, StartBroadcast):
        (recipient,) = command.plan.recipients
        return command.plan.sender, recipient.msisdn.lstrip("+"), command.plan.text
    assert isinstance(command, SendMessages)
    (draft,) = command.drafts
    return draft.sender, draft.recipient.lstrip("+"), draft.text


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_what_the_vendor_cannot_say_is_declined_and_never_sent_as_something_else(room):
    upstream = UPSTREAMS[room]
    odd = message(
        "", body=b"\x01\x02\xff", udh=b"\x06\x05\x04\x15\x81\x15\x81", encoding=Encoding.BINARY
    )
    call = upstream.send(SETTINGS[room], odd, REPORT_URL)
    if isinstance(call, Declined):
        return
    asked = ROOMS[room].read(turned_round(call))
    assert isinstance(asked, Ask)
    assert isinstance(asked.command, SendMessages)
    (draft,) = asked.command.drafts
    assert (draft.body, draft.udh) == (odd.body, odd.udh)


@settings(max_examples=300, deadline=None)
@given(
    room=st.sampled_from(ROOM_NAMES),
    status=st.sampled_from(
        [200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503]
    ),
    body=st.one_of(
        st.binary(max_size=80),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(
                        [
                            "id",
                            "responseCode",
                            "response",
                            "status",
                            "statusCode",
                            "group_id",
                            "code",
                            "transid",
                            "trxnId",
                            "responseResult",
                            "recipients",
                            "inbox",
                            "messages",
                        ]
                    ),
                    inner,
                    max_size=4,
                ),
            ),
            max_leaves=8,
        ).map(msgspec.json.encode),
    ),
)
def test_every_reply_of_a_vendor_has_a_meaning(room, status, body):
    upstream = UPSTREAMS[room]
    reply = HttpReply(status=status, body=body)
    outcome = upstream.outcome(reply)
    assert isinstance(outcome, Taken | Declined | Unknown)
    if isinstance(outcome, Taken):
        assert status < 300
        assert all(outcome.carrier_ids)
    assert all(
        isinstance(each, Receipt) for each in upstream.looked(reply, _SENT, carrier_id=7, at=AT)
    )
    upstream.pulled(reply, carrier_id=7, at=AT)


@pytest.mark.parametrize("room", TELLING)
@pytest.mark.parametrize("status", sorted(SETTLED - {Status.CANCELLED}))
def test_the_client_hears_what_the_server_tells_of_a_message(room, status):
    words = Extra(words={"broadcast": "331", "segment": "493"})
    told = message("Hello", dialect=room, callback=HOOK, reference="r 1", extra=words)
    reason = Reason.NONE if status is Status.DELIVERED else Reason.ABSENT_SUBSCRIBER
    event = Event(
        account_id=1, message_id=told.id, id=told.id + 1, at=AT, status=status, reason=reason
    )
    record = MessageRecord(
        message=told,
        status=status,
        reason=reason,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=3,
        updated_at=AT,
    )
    endpoint = Endpoint(account_id=1, id=0, url=HOOK, dialect=room)
    call = CALLBACKS[room](endpoint, event, record, KEY, AT)
    heard = UPSTREAMS[room].hear(
        SETTINGS[room], turned_round(call, below="/hooks/7/token"), carrier_id=7, at=AT
    )
    assert isinstance(heard, Heard), heard
    (receipt,) = heard.receipts
    assert receipt.carrier_message_id
    if status is Status.DELIVERED:
        assert receipt.status is Status.DELIVERED
    else:
        assert receipt.status in SETTLED - {Status.DELIVERED}


@pytest.mark.parametrize("room", [name for name in ROOM_NAMES if name in ARRIVALS])
@pytest.mark.parametrize("text", TEXTS)
def test_the_client_hears_what_a_handset_said(room, text):
    inbound = Inbound(
        account_id=1,
        id=id_at(AT) | 5,
        sender="8801712345678",
        recipient="8809610000001",
        text=text,
        received_at=AT,
    )
    endpoint = Endpoint(account_id=1, id=4, url=HOOK, dialect=room)
    call = ARRIVALS[room](endpoint, inbound, KEY, AT)
    heard = UPSTREAMS[room].hear(
        SETTINGS[room], turned_round(call, below="/hooks/7/token"), carrier_id=7, at=AT
    )
    assert isinstance(heard, Heard), heard
    (arrival,) = heard.arrivals
    assert (arrival.sender, arrival.recipient, arrival.text) == (
        inbound.sender,
        inbound.recipient,
        text,
    )


@settings(max_examples=200, deadline=None)
@given(room=st.sampled_from(ROOM_NAMES), body=st.binary(max_size=120), query=st.text(max_size=40))
def test_noise_on_a_hook_is_refused_or_passed_over(room, body, query):
    noise = next(iter(recorded("mitto")))[1]
    request = msgspec.structs.replace(noise, path="", query=query, body=body)
    answer = UPSTREAMS[room].hear(SETTINGS[room], request, carrier_id=7, at=AT)
    if isinstance(answer, HttpReply):
        assert answer.status < 500
    else:
        assert answer.reply.status < 300
