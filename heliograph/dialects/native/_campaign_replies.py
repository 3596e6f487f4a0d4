"""Replies about broadcasts."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from heliograph.dialects._shape import HttpReply
from heliograph.dialects.native import _wire_campaigns as wire
from heliograph.dialects.native._campaigns import BROADCAST, SEGMENT, broadcast_view, segment_view
from heliograph.dialects.native._ids import plain, sealed_text
from heliograph.dialects.native._operation import CSV, JSON, Operation
from heliograph.dialects.native._tables import to_csv
from heliograph.model import campaign as c
from heliograph.model.money import decimal_text

__all__ = ["CAMPAIGN_ANSWERS", "campaign_reply"]

CAMPAIGN_ANSWERS: Final[tuple[type[Any], ...]] = (
    c.BroadcastEstimate,
    c.BroadcastStarted,
    c.Segment,
    c.Broadcast,
    c.Broadcasts,
    c.TriggerFired,
    c.BroadcastReportPage,
)
"""What is replied to here."""
_COLUMNS: Final = (
    "id", "segment", "to", "from", "status", "reason", "parts", "price", "clicks", "updated_at",
)  # fmt: skip
_encode: Final = msgspec.json.Encoder().encode
_HEADERS: Final = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


def campaign_reply(operation: Operation, answer: Any, key: bytes) -> HttpReply:
    """The reply to an answer of `CAMPAIGN_ANSWERS`."""
    match answer:
        case c.BroadcastReportPage():
            return _export(operation, answer, key)
        case c.BroadcastStarted():
            place = f"/v1/broadcasts/{plain(BROADCAST, answer.broadcast_id)}"
            headers: tuple[tuple[str, str], ...] = (*_HEADERS, ("location", place))
            if answer.repeated:
                headers += (("idempotency-replayed", "true"),)
            view: Any = wire.StartedView(
                id=plain(BROADCAST, answer.broadcast_id), segment=plain(SEGMENT, answer.segment_id)
            )
            return _json(operation, view, headers)
        case c.BroadcastEstimate():
            view = _estimate_view(answer)
        case c.Segment():
            view = segment_view(answer)
        case c.Broadcast():
            view = broadcast_view(answer)
        case c.Broadcasts():
            items = [broadcast_view(each) for each in answer.items]
            view = wire.BroadcastsView(items=items, more=answer.more)
        case _:
            view = wire.TriggerFiredView(released=answer.released)
    return _json(operation, view, _HEADERS)


def _json(operation: Operation, view: Any, headers: tuple[tuple[str, str], ...]) -> HttpReply:
    return HttpReply(
        status=operation.status, body=_encode(view), content_type=JSON, headers=headers
    )


def _export(operation: Operation, page: c.BroadcastReportPage, key: bytes) -> HttpReply:
    rows = []
    for each in page.items:
        message = each.record.message
        rows.append(
            {
                "id": sealed_text("msg", message.id, key),
                "segment": plain(SEGMENT, each.segment_id),
                "to": message.recipient,
                "from": message.sender,
                "status": each.record.status.word,
                "reason": each.record.reason.name.lower(),
                "parts": str(message.parts),
                "price": decimal_text(message.price_micros),
                "clicks": str(each.clicks),
                "updated_at": each.record.updated_at.isoformat(),
            }
        )
    headers: tuple[tuple[str, str], ...] = _HEADERS
    if page.more and rows:
        place = f"/v1/broadcasts/{plain(BROADCAST, page.items[0].broadcast_id)}/export"
        headers += (("link", f'<{place}?after={rows[-1]["id"]}>; rel="next"'),)
    return HttpReply(
        status=operation.status,
        body=to_csv(_COLUMNS, rows),
        content_type=f"{CSV}; charset=utf-8",
        headers=headers,
    )


def _estimate_view(answer: c.BroadcastEstimate) -> wire.BroadcastEstimateView:
    return wire.BroadcastEstimateView(
        currency=answer.currency,
        recipients=answer.recipients,
        messages=answer.messages,
        parts=answer.parts,
        price=decimal_text(answer.price_micros),
        exact=answer.exact,
        looked_at=answer.looked_at,
        skipped=answer.skipped,
        first_segment=answer.first_segment,
        first_messages=answer.first_messages,
        first_parts=answer.first_parts,
        first_price=decimal_text(answer.first_price_micros),
        tokens=[
            wire.TokenView(
                name=each.name,
                count=each.count,
                parameters=list(each.parameters),
                replacement=each.replacement,
            )
            for each in answer.tokens
        ],
        sample=[
            wire.EstimatedRecipientView(
                to=each.msisdn,
                text=each.text,
                sender=each.sender,
                parts=each.parts,
                encoding=each.encoding,
                country=each.country,
                mcc=each.mcc,
                mnc=each.mnc,
                price=None if each.price_micros is None else decimal_text(each.price_micros),
                skipped=each.refused,
            )
            for each in answer.sample
        ],
        shares=[
            wire.EstimatedShareView(
                country=each.country,
                parts=each.parts,
                messages=each.messages,
                price=decimal_text(each.price_micros),
            )
            for each in answer.shares
        ],
        estimate=answer.hash,
    )
