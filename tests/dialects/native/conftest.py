"""Requests, and one sample of every answer that the house can give."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from heliograph.dialects._shape import HttpRequest
from heliograph.model import account as a
from heliograph.model import campaign as g
from heliograph.model import command as c
from heliograph.model import dialogue as d
from heliograph.model import inventory as i
from heliograph.model import link as k
from heliograph.model import lists as x
from heliograph.model import message as m
from heliograph.model import refused as f
from heliograph.model import route as r
from heliograph.model import verify as v
from heliograph.model.ids import EPOCH
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Receipt
from heliograph.model.simulation import Faults, Simulated
from heliograph.model.statistics import RouteStatistic, RouteStatistics
from heliograph.model.status import Status
from tests.dialects.native import people
from tests.dialects.native.observed import observed

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
            headers={"host": "localhost", "authorization": "Bearer hg_live_secret", **named},
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
        a.Endpoint(
            account_id=1,
            id=3,
            url="https://shop.example/h",
            service_id=3,
            settings={"key_secret": "never shown"},
            secret=SECRET,
        ),
        a.OptOut(account_id=1, msisdn="8801844909020", created_at=NOW),
        a.Service(account_id=1, id=3, name="Shop"),
        a.Keyword(account_id=1, id=4, msisdn="16222", word="JOIN", service_id=3),
        a.Template(account_id=1, id=2, name="code", text="Your code is {{code}}"),
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
        a.Reply(account_id=1, id=2, kind="stop", text="Bye"),
        k.SmartLink(account_id=1, id=5, name="sale", url="https://shop.example/sale"),
        g.Campaign(account_id=1, id=1, name="Spring", start_date=NOW),
        g.SenderList(account_id=1, id=1, name="shops", sender_ids=(12,)),
        g.LinkList(account_id=1, id=2, name="pages", link_ids=(5,)),
        g.Spinner(account_id=1, id=3, name="hi", words=("Hi",)),
        g.Trigger(account_id=1, id=4, name="landed", uuid="u", code="c"),
    )


def _broadcasts(record: m.MessageRecord) -> tuple[Any, ...]:
    segment = g.Segment(
        account_id=1,
        id=9,
        broadcast_id=8,
        position=1,
        state=g.BroadcastState.RUNNING,
        text="Hi",
        submission_id=record.message.id,
        send_at=NOW,
        created_at=NOW,
        sums=g.SegmentSums(recipients=2, skipped={"suppressed": 1}, statuses={"sent": 1}),
    )
    broadcast = g.Broadcast(
        account_id=1,
        id=8,
        name="b",
        kind=g.BroadcastKind.SMART,
        state=g.BroadcastState.RUNNING,
        dialect="native",
        campaign_id=1,
        text="Hi",
        list_ids=(7,),
        created_at=NOW,
        segments=(segment,),
    )
    estimated = g.EstimatedRecipient(
        msisdn="8801",
        fields={"first_name": "Zoë"},
        mcc="470",
        mnc="01",
        country="BD",
        sender="Heliograph",
        text="Hi",
        parts=1,
        encoding="gsm7",
        price_micros=4_200,
        refused=None,
    )
    return (
        segment,
        broadcast,
        g.Broadcasts(items=(broadcast,), more=True),
        g.BroadcastStarted(broadcast_id=8, segment_id=9),
        g.TriggerFired(released=1),
        g.BroadcastReportPage(
            items=(g.BroadcastReport(broadcast_id=8, segment_id=9, record=record, clicks=1),),
            more=True,
        ),
        g.BroadcastEstimate(
            currency="EUR",
            recipients=1,
            messages=1,
            parts=1,
            price_micros=4_200,
            exact=True,
            looked_at=1,
            skipped={},
            first_segment=1,
            first_messages=1,
            first_parts=1,
            first_price_micros=4_200,
            tokens=(g.TokenUse(name="link", count=1, parameters=(5,), replacement="x"),),
            sample=(estimated,),
            hash="0" * 128,
        ),
    )


def _codes(message: m.Message) -> tuple[Any, ...]:
    kept = v.Verification(
        account_id=1,
        id=message.id,
        message_id=message.id,
        profile_id=2,
        recipient="8801844909020",
        sender="Heliograph",
        channel="sms",
        country="BD",
        prefix="8801844",
        code_hash=b"never shown",
        length=6,
        alphabet=v.DIGITS,
        text="never shown {{code}}",
        limit_key="never shown",
        expires_at=NOW,
        sent_at=NOW,
        most_sends=4,
        resend_seconds=30,
        max_attempts=5,
    )
    profile = v.VerifyProfile(account_id=1, id=2, name="default", texts={"": "{{code}}"})
    area = v.GuardArea(area="8801844", asked=9, issued=6, verified=2, mode=v.GuardMode.FILTER)
    return (
        v.CodeIssued(
            verification_id=kept.id,
            message_id=kept.id,
            recipient=kept.recipient,
            expires_at=NOW,
            resend_after=NOW,
            resends_left=3,
            attempts_left=5,
        ),
        v.CodeChecked(valid=False, status=v.VerifyStatus.MAX_ATTEMPTS),
        v.VerificationFound(verification=kept, status=v.VerifyStatus.PENDING),
        v.GuardReport(items=(area,)),
        profile,
        v.Profiles(items=(profile,), more=True),
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
    offer = i.Offer(
        id=4, kind=i.OfferKind.LONG_NUMBER, country="BD", msisdn="8801844909020", currency="EUR"
    )
    rental = i.Rental(
        account_id=1,
        id=5,
        offer_id=4,
        kind=offer.kind,
        country="BD",
        name="8801844909020",
        features=("sms",),
        state=i.RentalState.ACTIVE,
        sender_id=12,
        number_id=7,
        currency="EUR",
        setup_micros=5_000_000,
        monthly_micros=2_500_000,
        bought_at=NOW,
        began_at=NOW,
        paid_until=i.month_after(NOW, 1),
    )
    waiting = a.Sender(account_id=1, id=12, name="Shop", country="BD")
    kept = x.RecipientList(
        account_id=1, id=12, name="all", count=1, columns=("email",), created_at=NOW, changed_at=NOW
    )
    member = x.Recipient(position=7, msisdn="8801844909020", fields=x.Fields(email='"a,b"@x'))
    line_refused = x.RefusedLine(line=4, reason="too_short", detail="Too short.")

    async def pages() -> AsyncIterator[tuple[x.Recipient, ...]]:
        yield (member,)

    async def exported() -> AsyncIterator[tuple[m.MessageRecord, ...]]:
        yield (record,)

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
        c.MessageTrace(
            record=record,
            events=(event,),
            deliveries=(delivery,),
            links=(k.LinkClicks(link_id=5, code="7Kq2mVx9T", clicks=2, visitors=1, first_at=NOW),),
        ),
        c.Messages(items=(record,), more=True),
        c.MessagesExported(currency="EUR", pages=exported()),
        f.RefusedRequests(
            items=(
                f.RefusedRequest(
                    account_id=1,
                    id=1 << 50,
                    credential_id=3,
                    dialect="native",
                    operation="sendMessage",
                    answered="422",
                    code="invalid_recipient",
                    detail="Too short.",
                    field="recipient",
                ),
            ),
            more=True,
        ),
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
        c.Saved(thing=things[8], secret="hg_live_new"),
        c.Things(items=things[:1], more=True),
        c.Rates(card=r.RateCard(id=1, name="default", currency="EUR"), items=(rate,)),
        c.Deliveries(items=(delivery,), more=False),
        c.Replayed(count=3),
        c.Handset(msisdn="8801", messages=(seen,)),
        c.Orphans(items=(stray,)),
        Simulated(faults=Faults(lost_share=0.5, down=True), carriers=("simulated",)),
        i.Offers(items=(offer,), more=True, restriction=i.Restriction(country="BD")),
        i.Imported(count=2),
        rental,
        i.Rentals(items=(rental,), more=False),
        i.Restrictions(items=(i.Restriction(country="BD", registration=True, note="a, b"),)),
        i.Approvals(
            items=(i.Approval(account_id=1, account="Shop", sender=waiting, rental=rental),),
            more=False,
        ),
        c.Usage(
            currency="EUR",
            items=(c.UsageLine(country="BD", messages=2, parts=3, cost_micros=12_600),),
        ),
        RouteStatistics(
            items=(RouteStatistic(day=NOW.date(), route_id=1, carrier_id=3, sent=3, converted=1),)
        ),
        *observed(),
        *_broadcasts(record),
        k.LinkReport(
            link_id=5,
            recipients=4,
            reached=1,
            days=(k.ClickDay(day=NOW.date(), total=3, unique=2, bots=1),),
        ),
        d.Conversations(
            items=(
                d.Conversation(
                    handset=inbound.sender,
                    sender=inbound.recipient,
                    newest_id=inbound.id,
                    last=record,
                    unread=1,
                ),
            ),
            more=True,
        ),
        d.Dialogue(items=(record, inbound), more=False),
        x.Filled(list=kept, total=3, inserted=1, duplicate=1, wrong=1, refused=(line_refused,)),
        x.ListImport(
            id=message.id,
            state=x.ImportState.DONE,
            list=12,
            total_bytes=9,
            read_bytes=9,
            total=1,
            inserted=1,
            started_at=NOW,
            ended_at=NOW,
        ),
        x.RefusedLines(items=(line_refused,)),
        x.Preview(
            rows=(("to",), ("8801844909020",)),
            total=1,
            header=True,
            all_numbers=(True,),
            exceeds_50=(False,),
            exceeds_255=(False,),
            exceeds_5000=(False,),
        ),
        kept,
        x.Lists(items=(kept,), more=True),
        x.Members(list=kept, items=(member,), more=True),
        x.MembersRemoved(removed=1, missing=2, wrong=0),
        *_codes(message),
        x.ListDownload(list=kept, pages=pages()),
        d.OptOutsImported(inserted=1, known=2, wrong=1, refused=((4, refused),)),
        d.OptOutsExported(items=(things[4],), more=True),  # type: ignore[arg-type]
        c.Done(),
    )
    return {type(each): each for each in given} | people.ANSWERS
