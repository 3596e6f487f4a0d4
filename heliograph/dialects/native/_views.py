"""How our nouns become what the native API shows of messages.

Every 64-bit id is sealed here under the account's key. An unsealed id of anything that grows with
traffic must never pass.
"""

from __future__ import annotations

import msgspec

from heliograph.dialects.native._ids import plain, sealed_text, sealed_word
from heliograph.dialects.native._views_received import check_view, received_view
from heliograph.dialects.native._wire_replies import (
    BulkView,
    CreatedView,
    DeliveryView,
    EstimatesView,
    EstimateView,
    EventView,
    HandsetMessageView,
    HandsetView,
    InboundView,
    LedgerView,
    LinkClicksView,
    MessageView,
    OrphansView,
    OrphanView,
    RefusedEntryView,
    SubmissionView,
    SumsView,
    TraceView,
)
from heliograph.dialects.native.codes import wire_field
from heliograph.model import ids
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    BulkAccepted,
    Delivery,
    Estimated,
    Estimates,
    Handset,
    LedgerLine,
    MessageTrace,
    Orphans,
)
from heliograph.model.link import LinkClicks
from heliograph.model.message import Event, EventKind, Extra, Inbound, MessageRecord, Submission
from heliograph.model.money import Charge, decimal_text
from heliograph.model.refusal import Refused
from heliograph.model.report import without_text
from heliograph.model.status import FAILURES, Status

_FAILED = frozenset(status.word for status in FAILURES)
_CHARGES = {charge: charge.name.lower() for charge in Charge}
_NO_EXTRA = Extra()


def created_view(accepted: Accepted, item: AcceptedItem, key: bytes) -> CreatedView:
    """The first answer about a message; one seal, since it is its own submission."""
    word = sealed_word(ids.seal(key, item.message_id))
    return CreatedView(
        id=f"msg_{word}",
        submission=f"sub_{word}",
        to=item.recipient,
        status=item.status.word,
        parts=item.parts,
        encoding=item.encoding.lower(),
        price=decimal_text(item.price_micros),
        currency=accepted.currency,
    )


def message_fields(record: MessageRecord, key: bytes) -> dict[str, object]:
    """The fields of a message by the names of `MessageView`."""
    message, reason = record.message, record.reason
    extra = message.extra or _NO_EXTRA
    word = sealed_word(ids.seal(key, message.id))
    submission = message.submission_id
    return {
        "id": f"msg_{word}",
        "submission": sealed_text("sub", submission, key) if submission else f"sub_{word}",
        "sender": message.sender,
        "to": message.recipient,
        "text": message.text if message.body is None else None,
        "body_hex": None if message.body is None else message.body.hex(),
        "udh_hex": message.udh.hex() or None,
        "traffic_class": message.traffic_class.word,
        "encoding": message.encoding.name.lower(),
        "parts": message.parts,
        "status": record.status.word,
        "reason": reason.word if reason else None,
        "reason_code": int(reason) or None,
        "vendor_code": record.vendor_code,
        "price": decimal_text(message.price_micros),
        "charge": _CHARGES[record.charge],
        "test": message.test,
        "flash": message.flash,
        "channel": extra.channel,
        "media_url": extra.media_url,
        "language": extra.language,
        "duration_seconds": extra.duration_seconds,
        "priority": message.priority,
        "country": message.country,
        "mcc": message.mcc,
        "mnc": message.mnc,
        "reference": message.reference,
        "dialect": message.dialect,
        "carrier": carrier_id(record.carrier_id),
        "attempts": record.attempts,
        "created_at": ids.made_at(message.id),
        "send_at": message.send_at,
        "valid_until": message.valid_until,
        "updated_at": record.updated_at,
    }


def message_view(record: MessageRecord, key: bytes) -> MessageView:
    """A message as the API shows it."""
    return MessageView(**message_fields(record, key))  # type: ignore[arg-type]


def trace_view(trace: MessageTrace, key: bytes) -> TraceView:
    """A message with its events and the tries to tell of them."""
    return TraceView(
        **message_fields(trace.record, key),  # type: ignore[arg-type]
        request=None if trace.received is None else received_view(trace.received, key),
        checks=[check_view(each) for each in trace.checks],
        trace=[event_view(each, key) for each in trace.events],
        deliveries=[delivery_view(each, key) for each in trace.deliveries],
        links=[_link_clicks_view(each) for each in trace.links],
    )


def _link_clicks_view(each: LinkClicks) -> LinkClicksView:
    return LinkClicksView(
        link=plain("lnk", each.link_id),
        code=each.code,
        clicks=each.clicks,
        visitors=each.visitors,
        first_clicked_at=each.first_at,
        last_clicked_at=each.last_at,
        converted_at=each.converted_at,
    )


def carrier_id(number: int | None) -> str | None:
    """A carrier's id as text."""
    return None if number is None else plain("car", number)


def event_view(event: Event, key: bytes) -> EventView:
    """One entry of a trace."""
    return EventView(
        id=sealed_text("evt", event.id, key),
        type=event.type,
        kind=EventKind(event.kind).name.lower(),
        at=event.at,
        status=event.status.word,
        reason=event.reason.word if event.reason else None,
        attempt=event.attempt,
        part=event.part,
        carrier=carrier_id(event.carrier_id),
        vendor_code=event.vendor_code,
        detail=msgspec.Raw(event.detail) if event.detail else msgspec.UNSET,
    )


def delivery_view(delivery: Delivery, key: bytes) -> DeliveryView:
    """One try to reach an endpoint."""
    return DeliveryView(
        id=sealed_text("dlv", delivery.id, key),
        endpoint=plain("ep", delivery.endpoint_id),
        event=sealed_text("evt", delivery.event_id, key),
        message=sealed_text("msg", delivery.message_id, key),
        at=delivery.at,
        status_code=delivery.status_code,
        error=delivery.error,
        duration_ms=delivery.duration_ms,
    )


def refused_entry(index: int, refused: Refused) -> RefusedEntryView:
    """An entry of a list that was not accepted."""
    return RefusedEntryView(
        index=index,
        code=refused.refusal.code,
        detail=refused.sentence,
        field=None if refused.field is None else wire_field(refused.field),
    )


def bulk_view(answer: BulkAccepted, key: bytes) -> BulkView:
    """The first answer about a submission."""
    return BulkView(
        id=sealed_text("sub", answer.submission_id, key),
        accepted=answer.accepted,
        skipped=answer.skipped,
        price=decimal_text(answer.price_micros),
        currency=answer.currency,
        errors=[refused_entry(index, refused) for index, refused in answer.refused],
    )


def submission_view(submission: Submission, key: bytes) -> SubmissionView:
    """A submission with its sums, made so that the four always sum to `accepted` (promise P10)."""
    statuses = submission.statuses
    delivered = statuses.get(Status.DELIVERED.word, 0)
    cancelled = statuses.get(Status.CANCELLED.word, 0)
    failed = sum(count for word, count in statuses.items() if word in _FAILED)
    return SubmissionView(
        id=sealed_text("sub", submission.id, key),
        dialect=submission.dialect,
        reference=submission.reference,
        created_at=submission.created_at,
        closed_at=submission.closed_at,
        accepted=submission.accepted,
        skipped=submission.skipped,
        sums=SumsView(
            delivered=delivered,
            failed=failed,
            cancelled=cancelled,
            pending=submission.accepted - delivered - failed - cancelled,
        ),
        statuses=statuses,
    )


def estimates_view(answer: Estimates) -> EstimatesView:
    """What the messages would do and cost."""
    return EstimatesView(
        items=[_estimate_view(index, each) for index, each in enumerate(answer.items)],
        price=decimal_text(answer.price_micros),
        currency=answer.currency,
    )


def _estimate_view(index: int, each: Estimated) -> EstimateView:
    return EstimateView(
        to=each.recipient,
        country=each.country,
        mcc=each.mcc,
        mnc=each.mnc,
        encoding=None if each.encoding is None else each.encoding.lower(),
        parts=each.parts,
        chars_left=each.chars_left,
        non_gsm=each.non_gsm,
        replaced=each.replaced,
        price=None if each.price_micros is None else decimal_text(each.price_micros),
        carrier=None if each.route is None else carrier_id(each.route.carrier_id),
        errors=[refused_entry(index, refused) for refused in each.refused],
    )


def ledger_view(line: LedgerLine, currency: str, key: bytes) -> LedgerView:
    """One entry of the ledger."""
    submission = line.submission_id
    return LedgerView(
        id=sealed_text("led", line.id, key),
        transaction=sealed_text("txn", line.transaction_id, key),
        purse=line.purse.lower(),
        amount=decimal_text(line.amount_micros),
        currency=currency,
        why=line.why,
        submission=None if submission is None else sealed_text("sub", submission, key),
        at=line.at,
    )


def inbound_view(inbound: Inbound, key: bytes) -> InboundView:
    """A message from a handset."""
    return InboundView(
        id=sealed_text("inb", inbound.id, key),
        sender=inbound.sender,
        to=inbound.recipient,
        text=inbound.text,
        body_hex=None if inbound.body is None else inbound.body.hex(),
        received_at=inbound.received_at,
        read_at=inbound.read_at,
        keyword=inbound.keyword,
        kind=inbound.kind,
        answer=None if inbound.reply_id is None else sealed_text("msg", inbound.reply_id, key),
        answer_refused=inbound.reply_refused,
    )


def handset_view(handset: Handset) -> HandsetView:
    """What a simulated handset shows."""
    return HandsetView(
        msisdn=handset.msisdn,
        messages=[
            HandsetMessageView(
                sender=each.sender,
                to=each.recipient,
                text=each.text,
                at=each.at,
                channel=each.channel,
                media_url=each.media_url,
            )
            for each in handset.messages
        ],
    )


def orphans_view(orphans: Orphans) -> OrphansView:
    """Receipts without an owner."""
    return OrphansView(
        items=[
            OrphanView(
                carrier=f"car_{each.carrier_id}",
                carrier_message_id=each.carrier_message_id,
                status=each.status.word,
                reason=each.reason.word if each.reason else None,
                vendor_code=each.vendor_code,
                at=each.at,
                raw=without_text(each.raw),  # it may be of a one-time password
            )
            for each in orphans.items
        ]
    )
