"""Requests, and one sample of every answer that the house can give."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from heliograph.dialects._shape import HttpRequest
from heliograph.model import account as a
from heliograph.model import command as c
from heliograph.model import message as m
from heliograph.model import route as r
from heliograph.model.ids import EPOCH
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Receipt
from heliograph.model.status import Status

Make = Callable[..., HttpRequest]
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def key() -> bytes:
    return b"k" * 32


@pytest.fixture
def make() -> Make:
    """make("POST", "/v1/messages", body, header=value)."""

    def made(method: str, path: str, body: bytes = b"", **headers: str) -> HttpRequest:
        path, _, query = path.partition("?")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return HttpRequest(
            method=method,
            path=path,
            query=query,
            headers={"authorization": "Bearer hg_live_secret", **named},
            body=body,
        )

    return made


@pytest.fixture
def message() -> m.Message:
    return m.Message(
        account_id=1,
        id=7 << 50,
        submission_id=None,
        dialect="native",
        sender="Heliograph",
        recipient="8801844909020",
        text="Your code is 482913",
        encoding=m.Encoding.GSM7,
        parts=1,
        traffic_class=a.TrafficClass.OTP,
        price_micros=4_200,
        reference="order-2041",
        valid_until=NOW,
    )


@pytest.fixture
def record(message: m.Message) -> m.MessageRecord:
    return m.MessageRecord(
        message=message,
        status=Status.DELIVERED,
        reason=Reason.NONE,
        vendor_code="000",
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=3,
        updated_at=NOW,
    )


@pytest.fixture
def event(message: m.Message) -> m.Event:
    return m.Event(
        account_id=1,
        message_id=message.id,
        id=9 << 50,
        at=NOW,
        status=Status.DELIVERED,
        attempt=1,
        carrier_id=3,
        detail=b'{"carrier":"sim"}',
    )


@pytest.fixture
def things() -> tuple[c.Thing, ...]:
    return (
        a.Sender(account_id=1, id=12, name="Heliograph", state=a.SenderState.APPROVED),
        a.Permit(account_id=1, id=2, code="EID"),
        a.Number(account_id=1, id=7, msisdn="8809612000000"),
        a.Endpoint(account_id=1, id=3, url="https://shop.example/h", secret=SECRET),
        a.OptOut(account_id=1, msisdn="8801844909020", created_at=NOW),
        a.Credential(
            account_id=1,
            id=5,
            dialect="native",
            name="",
            secret_hash=b"hash",
            hint="wxyz",
            created_at=NOW,
        ),
        a.Account(id=1, name="Shop", credit_limit_micros=1_500_000),
        r.Carrier(
            id=1,
            name="sim",
            kind="simulated",
            settings={"host": "h", "password_secret": "never shown"},
        ),
        r.Route(
            id=4,
            name="all",
            account_id=1,
            traffic_class=a.TrafficClass.OTP,
            targets=(r.Target(carrier="sim"),),
        ),
        r.RateCard(id=1, name="default", currency="EUR"),
    )


@pytest.fixture
def answers(
    record: m.MessageRecord, event: m.Event, things: tuple[c.Thing, ...], message: m.Message
) -> dict[type[Any], Any]:
    """One answer of each type."""
    accepted = c.AcceptedItem(
        message_id=message.id,
        recipient="8801844909020",
        parts=1,
        encoding="GSM7",
        price_micros=4_200,
        status=Status.QUEUED,
    )
    refused = Refused(refusal=Refusal.INVALID_RECIPIENT, field="recipient")
    delivery = c.Delivery(
        id=1,
        endpoint_id=3,
        event_id=event.id,
        message_id=message.id,
        at=NOW,
        status_code=200,
        error=None,
        duration_ms=12,
    )
    estimated = c.Estimated(
        recipient="8801844909020",
        country="BD",
        mcc="470",
        mnc="01",
        encoding="GSM7",
        parts=1,
        chars_left=140,
        non_gsm="",
        replaced={},
        price_micros=4_200,
        route=r.Decision(carrier_id=3, route_id=4),
        refused=(refused,),
    )
    line = c.LedgerLine(
        id=1,
        transaction_id=2,
        purse="HELD",
        amount_micros=-4_200,
        why="accept",
        submission_id=3,
        at=NOW,
    )
    inbound = m.Inbound(
        account_id=1, id=8, sender="8801844909020", recipient="880961", text="STOP", received_at=NOW
    )
    stray = Receipt(
        carrier_id=1,
        carrier_message_id="77",
        status=Status.DELIVERED,
        reason=Reason.NONE,
        at=NOW,
        raw="id:77 stat:DELIVRD",
    )
    seen = c.HandsetMessage(sender="Heliograph", recipient="8801", text="hi", at=NOW)
    rate = r.Rate(card="default", price_micros=4_200, prefix="880", effective_from=EPOCH)
    given = (
        c.Accepted(submission_id=message.id, currency="EUR", items=(accepted,)),
        c.BulkAccepted(
            submission_id=5,
            currency="EUR",
            accepted=2,
            price_micros=8_400,
            skipped={"invalid_recipient": 1},
            refused=((1, refused),),
        ),
        c.Estimates(currency="EUR", items=(estimated,), price_micros=4_200),
        c.MessageTrace(record=record, events=(event,), deliveries=(delivery,)),
        c.Messages(items=(record,), more=True),
        m.Submission(
            account_id=1,
            id=5,
            dialect="native",
            reference=None,
            created_at=NOW,
            closed_at=NOW,
            accepted=10,
            skipped={},
            statuses={"delivered": 4, "failed": 1, "expired": 1, "sent": 3, "cancelled": 1},
        ),
        a.Balance(
            account_id=1,
            currency="EUR",
            available_micros=12_500_000,
            held_micros=4_200,
            credit_limit_micros=0,
        ),
        c.LedgerPage(currency="EUR", items=(line,), more=False),
        c.InboundPage(items=(inbound,), more=False),
        c.Saved(thing=things[5], secret="hg_live_new"),
        c.Things(items=things[:1], more=True),
        c.Rates(card=r.RateCard(id=1, name="default", currency="EUR"), items=(rate,)),
        c.Deliveries(items=(delivery,), more=False),
        c.Replayed(count=3),
        c.Handset(msisdn="8801", messages=(seen,)),
        c.Orphans(items=(stray,)),
        c.Done(),
    )
    return {type(each): each for each in given}
