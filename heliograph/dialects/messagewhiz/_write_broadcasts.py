"""Views of broadcasts, their segments, estimates and reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from heliograph.dialects._shape import Ask
from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz.wire import (
    BroadcastView,
    Conversion,
    Counts,
    Form,
    Report,
    SegmentView,
    Started,
    cents,
    plain_time,
    timestamp,
)
from heliograph.model.campaign import (
    Broadcast,
    BroadcastEstimate,
    BroadcastKind,
    Broadcasts,
    BroadcastStarted,
    BroadcastState,
    EstimateBroadcast,
    EstimatedRecipient,
    Segment,
    SegmentSums,
    TokenUse,
)
from heliograph.model.command import Messages
from heliograph.model.keeping import ReportOf
from heliograph.model.status import Status

_STATUSES: Final[Mapping[str, Status]] = {status.word: status for status in Status}
_TOKENS: Final = (
    "callback",
    "first_name",
    "last_name",
    "url",
    "random_symbol",
    "verification_code",
    "custom",
    "custom1",
    "custom2",
    "custom3",
    "custom4",
    "gender",
    "word_spinner",
    "link",
    "link_list",
    "unsubscription_link",
    "shorten_url",
    "callback_link",
)
"""In the order of the printed answer (facts 3.2)."""
_WITH_PARAMETERS: Final = frozenset(
    {
        "custom",
        "custom1",
        "custom2",
        "custom3",
        "custom4",
        "word_spinner",
        "link",
        "link_list",
        "unsubscription_link",
        "shorten_url",
        "callback_link",
    }
)
_LEGACY_TYPES: Final = 10


def view(
    form: Form, ask: Ask, answer: BroadcastStarted | Segment | Broadcasts | BroadcastEstimate
) -> object:
    """What stands in the envelope."""
    match answer:
        case BroadcastStarted():
            started = Started(answer.broadcast_id, answer.segment_id)
            return [started] if form is Form.COMBINED else started
        case Segment():
            return _segment(answer)
        case Broadcasts():
            return [_broadcast(each, answer.account_name) for each in answer.items]
        case BroadcastEstimate():
            command = ask.command
            text = command.plan.text if isinstance(command, EstimateBroadcast) else ""
            return _estimate(answer, text)


# -- broadcasts and segments --------------------------------------------------------------------------


def _segment(segment: Segment) -> SegmentView:
    sums = segment.sums
    return SegmentView(
        real_price=cents(sums.captured_micros),
        id=segment.id,
        broadcast_id=segment.broadcast_id,
        utc_offset=segment.utc_offset_minutes,
        message_body=segment.text,
        template_id=segment.template_id,
        state=codes.SEGMENT_STATES[segment.state],
        recipient_count=_recipients(segment),
        estimated_price=cents(sums.price_micros),
        send_conditions_id=segment.id,
        created_at=plain_time(segment.created_at),
        send_time=plain_time(segment.send_at or segment.created_at),
        estimated_count=_recipients(segment),
    )


def _recipients(segment: Segment) -> int:
    """Those that it has, or before they are taken those that it was made for."""
    return segment.sums.recipients or segment.size or 0


def type_of(broadcast: Broadcast) -> int:
    """The vendor's number: what the door noted, or that of the kind."""
    word = broadcast.note.partition(":")[0]
    return int(word) if word.isdigit() else codes.TYPES[broadcast.kind]


def _eb_type(broadcast: Broadcast) -> str | None:
    """As it was given; one of another door has the usual words."""
    if broadcast.kind is not BroadcastKind.SMART or type_of(broadcast) < _LEGACY_TYPES:
        return None
    noted = broadcast.note.partition(":")[2]
    return noted or ("manual" if broadcast.ctr_threshold is None else "ctr_threshold")


def _broadcast(broadcast: Broadcast, company: str) -> BroadcastView:
    sums = [segment.sums for segment in broadcast.segments]
    recipients = sum(each.recipients for each in sums) or broadcast.estimated_count
    messages = sum(sum(each.statuses.values()) for each in sums)
    clicked = sum(each.clicked for each in sums)
    counts = _counts(sums)
    # "now" is told as the time it was made, for callers crash at null (facts 31)
    sends_at = broadcast.send_at or broadcast.created_at
    return BroadcastView(
        id=broadcast.id,
        user_id=broadcast.account_id,
        name=broadcast.name,
        type=type_of(broadcast),
        message_body=broadcast.text,
        enabled=0 if broadcast.state is BroadcastState.CANCELLED else 1,
        trigger_id=broadcast.trigger_id,
        send_date=timestamp(sends_at),
        state=codes.STATES[broadcast.state],
        real_price=cents(sum(each.captured_micros for each in sums)),
        estimated_price=cents(sum(each.price_micros for each in sums)),
        create_date=timestamp(broadcast.created_at),
        estimated_count=broadcast.estimated_count,
        utc_offset=broadcast.utc_offset_minutes,
        next_segment_size=broadcast.first_segment_size,
        eb_type=_eb_type(broadcast),
        company_name=company,
        timezone=_zone(broadcast.utc_offset_minutes),
        send_now=broadcast.send_now,
        broadcast_conversion=Conversion(
            unique_clicks=clicked,
            total_clicks=sum(each.clicks for each in sums),
            recipient_count=recipients,
            conversion=f"{100 * clicked / messages if messages else 0:.2f}",
            broadcast_id=broadcast.id,
        ),
        dlr=Counts(**{f"{name}_count": counts.get(name, 0) for name in codes.COUNTERS}),
        recipient_count=recipients,
    )


def _zone(minutes: int) -> str:
    """`GMT +0`; half hours as `GMT +5:30`."""
    offset = timedelta(minutes=abs(minutes))
    hours, rest = divmod(int(offset.total_seconds()) // 60, 60)
    return f"GMT {'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


# -- reports ----------------------------------------------------------------------------------------


def _counts(sums: Iterable[SegmentSums]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for each in sums:
        for word, count in each.statuses.items():
            status = _STATUSES.get(word)
            name = None if status is None else codes.COUNTED.get(status)
            if name is not None:
                found[name] += count
        found["rejected"] += sum(
            count for code, count in each.skipped.items() if code not in codes.NO_RECIPIENTS
        )
    return {name: count for name, count in found.items() if count}


def reports(ask: Ask, answer: Broadcast | Messages) -> list[Report]:
    """One object for each segment of a smart broadcast, else one; none before there is anything to
    count (facts 32)."""
    number = ask.command.id if isinstance(ask.command, ReportOf) else 0
    if isinstance(answer, Messages):  # the one of a one-time code
        found = [
            _counts([SegmentSums(statuses={record.status.word: 1})]) for record in answer.items
        ]
    else:
        segments = answer.segments
        by_segment = answer.kind is BroadcastKind.SMART and type_of(answer) >= _LEGACY_TYPES
        groups = [[each] for each in segments] if by_segment else [list(segments)]
        found = [_counts(segment.sums for segment in group) for group in groups]
    return [Report(broadcast_id=number, **counts) for counts in found if counts]


# -- estimates --------------------------------------------------------------------------------------


def _estimate(answer: BroadcastEstimate, text: str) -> dict[str, object]:
    """As printed in seeds/004; recipients that are told one by one are those of the sample."""
    taken = [each for each in answer.sample if each.refused is None]
    first = taken[0] if taken else None
    return {
        "messages": answer.messages,
        "sum": cents(answer.price_micros),
        "parts": answer.parts,
        "recipient_id_map": [],
        "replacements": {},
        "firstSegmentCount": answer.first_segment,
        "recipient_meta_data_map": [
            [int(each.msisdn), {"phone_number": int(each.msisdn), **each.fields}] for each in taken
        ],
        "recipients": {each.msisdn: _rated(each) for each in taken},
        "messageExpanded": {
            "actions": _actions(answer.tokens),
            "text": text if first is None else first.text,
        },
        "links": {},
        "warnings": [f"{code}: {count}" for code, count in sorted(answer.skipped.items())],
        "estimateHash": answer.hash,
        "batchEstimation": {
            "messages": answer.first_messages,
            "sum": cents(answer.first_price_micros),
            "parts": answer.first_parts,
        },
    }


def _rated(each: EstimatedRecipient) -> dict[str, object]:
    network = f"{each.mcc or ''}{each.mnc or ''}"
    return {
        "rate": cents(each.price_micros or 0),
        "mccMnc": int(network) if network.isdigit() else 0,
    }


def _actions(tokens: Iterable[TokenUse]) -> dict[str, dict[str, object]]:
    used = {each.name: each for each in tokens}
    actions: dict[str, dict[str, object]] = {}
    for name in _TOKENS:
        use = used.get(name)
        action: dict[str, object] = {"replacement": use.replacement if use else ""}
        if name == "callback":
            action["uuid"] = ""
        action["count"] = use.count if use else 0
        if name in _WITH_PARAMETERS:
            action["parameters"] = list(use.parameters) if use else []
        if name == "word_spinner":
            action["isApproximate"] = True
        actions[name] = action
    return actions
