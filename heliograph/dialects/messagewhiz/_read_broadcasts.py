"""Requests that send, estimate or look at broadcasts, as commands.

The previous approach's paths and those below /api/3 lead to the same plans; which of them it was stands
in the plan's `note`, with the vendor's number of the type, so that the list of broadcasts can say it.
"""

from __future__ import annotations

import re
from typing import Final

from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz._fields import (
    Fields,
    missing,
    unusable,
)
from heliograph.dialects.messagewhiz._reading import Call, Wanted
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.campaign import (
    AddSegment,
    BroadcastKind,
    BroadcastPlan,
    BroadcastRecipient,
    EstimateBroadcast,
    StartBroadcast,
)
from heliograph.model.keeping import ReportOf, StartNamed
from heliograph.model.lists import FIELDS

RECIPIENTS_MAX: Final = 10_000
"""In one combinedsubmit; the vendor names no limit."""
_JOINED_MAX: Final = 100
_SAMPLE: Final = 100
_NAME_MAX: Final = 200
_DAY_MINUTES: Final = 24 * 60
_YEAR_MINUTES: Final = 366 * _DAY_MINUTES
_CODE: Final = "verification_code"
_MANUAL: Final = "manual"
_THRESHOLDS: Final = ("ctr_threshold", "threshold", "ctr")
"""The vendor's own name for it is lost (facts 29)."""
_WAITS: Final = ("ctr_wait", "wait_time", "time_interval")
_CTR_WAIT_MINUTES: Final = 60
_PERCENT: Final = 100.0
_APART: Final = re.compile(r"[,;\s]+")


# -- what plans have in common ------------------------------------------------------------------------


def _text(body: Fields) -> tuple[str, int | None]:
    """The text, or the template that gives it."""
    template_id = body.id("template_id")
    text = body.text("message_body") or ""
    if not text.strip() and template_id is None:
        raise missing("message_body")
    return text, template_id


def _times(body: Fields) -> dict[str, object]:
    offset = body.whole("utc_offset", least=-_DAY_MINUTES, most=_DAY_MINUTES) or 0
    now = body.flag("is_now") or body.flag("send_now") or False
    return {
        "send_at": None if now else body.moment("send_date", offset_minutes=offset),
        "utc_offset_minutes": offset,
    }


def _plan(body: Fields, kind: BroadcastKind, note: str, **others: object) -> BroadcastPlan:
    text, template_id = _text(body)
    may_have_code = template_id is not None or _CODE in text
    fields = {
        "kind": kind,
        "note": note,
        "name": (body.text("name", most=_NAME_MAX) or "").strip(),
        "campaign_id": body.id("campaign_id"),
        "text": text,
        "template_id": template_id,
        "suppression_ids": body.ids("unsubscriber_list_ids"),
        "trigger_id": body.id("trigger_id"),
        "delay_minutes": body.whole("delay", most=_YEAR_MINUTES) or 0,
        "code_length": codes.CODE_LENGTH if may_have_code else None,
        "reference": body.text("client_ref", most=160) or None,
        "estimate_hash": body.text("estimateHash".lower(), most=200) or None,
        **_times(body),
        **others,
    }
    return BroadcastPlan(**fields)  # type: ignore[arg-type]


def _one(body: Fields) -> tuple[BroadcastRecipient, ...]:
    """The recipient of a single message; callers join several with commas (facts 3.3)."""
    numbers = [each for each in _APART.split(body.need("recipient").strip()) if each]
    if not numbers:
        raise missing("recipient")
    if len(numbers) > _JOINED_MAX:
        raise unusable("recipient", f"There are more than {_JOINED_MAX} numbers.")
    return tuple(BroadcastRecipient(msisdn=number) for number in numbers)


def _senders(body: Fields) -> dict[str, object]:
    """Senders by their ids, or a sender list."""
    ids = body.ids("sender_ids") or body.ids("sender_id")
    lists = body.ids("sender_list_id") or body.ids("sender_list_ids")
    if not ids and not lists:
        raise missing("sender_ids")
    return {"sender_ids": ids, "sender_list_id": lists[0] if lists else None}


def _lists(body: Fields) -> tuple[int, ...]:
    ids = body.ids("recipient_list_ids")
    if not ids:
        raise missing("recipient_list_ids")
    return ids


# -- sending ----------------------------------------------------------------------------------------


def _single(body: Fields, note: str, **others: object) -> BroadcastPlan:
    body.need_id("campaign_id")
    if not body.ids("sender_id"):
        raise missing("sender_id")
    return _plan(
        body,
        BroadcastKind.SINGLE,
        note,
        recipients=_one(body),
        sender_ids=body.ids("sender_id"),
        **others,
    )


def _base(body: Fields, note: str) -> BroadcastPlan:
    body.need_id("campaign_id")
    return _plan(body, BroadcastKind.BASE, note, list_ids=_lists(body), **_senders(body))


def _smart(body: Fields) -> BroadcastPlan:
    body.need_id("campaign_id")
    eb_type = body.need("eb_type", most=40).strip()
    first = body.whole("first_segment_size")
    if not first:
        raise missing("first_segment_size")
    others: dict[str, object] = {}
    if eb_type.lower() != _MANUAL:
        others["ctr_threshold"] = _threshold(body)
        wait = next((body.whole(n) for n in _WAITS if n in body), None)
        others["ctr_wait_minutes"] = wait or _CTR_WAIT_MINUTES
    return _plan(
        body,
        BroadcastKind.SMART,
        f"{codes.SMART}:{eb_type}",
        list_ids=_lists(body),
        first_segment_size=first,
        **_senders(body),
        **others,
    )


def _threshold(body: Fields) -> float:
    for name in _THRESHOLDS:
        if name in body:
            try:
                percent = float((body.text(name) or "").strip().removesuffix("%"))
            except ValueError:
                raise unusable(name) from None
            if not 0 <= percent <= _PERCENT:
                raise unusable(name)
            return percent
    raise missing(_THRESHOLDS[0])


def read_broadcast(call: Call) -> Wanted:
    """POST /api/3/Broadcast: `broadcast_type` says which."""
    body = call.body
    match body.whole("broadcast_type"):
        case None:
            raise missing("broadcast_type")
        case codes.SINGLE:
            plan = _single(body, str(codes.SINGLE))
        case codes.BASE:
            plan = _base(body, str(codes.BASE))
        case codes.SMART:
            plan = _smart(body)
        case _:
            raise unusable("broadcast_type")
    return Wanted(StartBroadcast(plan=plan), Form.STARTED)


def read_combined(call: Call) -> Wanted:
    """POST /api/3/Broadcast/combinedsubmit: a text to recipients that the request itself names."""
    body = call.body
    sender = body.need("sender", most=50).strip()
    recipients = tuple(
        BroadcastRecipient(msisdn=each.need("phone_number").strip(), fields=_fields(each))
        for each in body.objects("recipients", most=RECIPIENTS_MAX)
    )
    if not recipients:
        raise missing("recipients")
    note = str(codes.BASE)
    plan = _plan(body, BroadcastKind.SINGLE, note, recipients=recipients, sender=sender)
    return Wanted(StartNamed(plan=plan), Form.COMBINED)


def _fields(recipient: Fields) -> dict[str, str]:
    found = ((name, recipient.text(name)) for name in FIELDS)
    return {name: text for name, text in found if text}


def read_tiny(call: Call) -> Wanted:
    """POST /api/3/Broadcast/tiny."""
    return Wanted(StartBroadcast(plan=_tiny(call.body, str(codes.SINGLE))), Form.STARTED)


def read_legacy_tiny(call: Call) -> Wanted:
    """POST /api/broadcasts/tiny/single and /api/2/broadcasts/tiny/single."""
    plan = _tiny(call.body, str(codes.LEGACY_SINGLE))
    return Wanted(StartBroadcast(plan=plan), Form.LEGACY)


def _tiny(body: Fields, note: str) -> BroadcastPlan:
    sender = body.need("sender", most=50).strip()
    return _plan(body, BroadcastKind.SINGLE, note, recipients=_one(body), sender=sender)


def read_legacy_single(call: Call) -> Wanted:
    """POST /api/broadcasts/single."""
    plan = _single(call.body, str(codes.LEGACY_SINGLE))
    return Wanted(StartBroadcast(plan=plan), Form.LEGACY)


def read_legacy_base(call: Call) -> Wanted:
    """POST /api/broadcasts."""
    return Wanted(StartBroadcast(plan=_base(call.body, str(codes.LEGACY_BASE))), Form.LEGACY)


def read_legacy_smart(call: Call) -> Wanted:
    """POST /api/broadcasts/smart: `recipients_count` is the size of its first segment."""
    body = call.body
    body.need_id("campaign_id")
    first = body.whole("recipients_count")
    if not first:
        raise missing("recipients_count")
    plan = _plan(
        body,
        BroadcastKind.SMART,
        str(codes.LEGACY_SMART),
        list_ids=_lists(body),
        first_segment_size=first,
        **_senders(body),
    )
    return Wanted(StartBroadcast(plan=plan), Form.LEGACY)


def read_segment(call: Call) -> Wanted:
    """POST /api/3/Segments."""
    body = call.body
    text, template_id = _text(body)
    broadcast_id = body.need_id("broadcast_id")
    size = body.whole("segment_size")
    if not size:
        raise missing("segment_size")
    times = _times(body)
    command = AddSegment(
        broadcast_id=broadcast_id,
        size=size,
        text=text,
        template_id=template_id,
        sender_ids=body.ids("sender_ids"),
        **times,  # type: ignore[arg-type]
    )
    return Wanted(command, Form.SEGMENT)


# -- looking ----------------------------------------------------------------------------------------


def read_estimate(call: Call) -> Wanted:
    """POST /api/3/Broadcast/estimate: what is missing of a plan is left out of the estimate."""
    body = call.body
    number = body.whole("broadcast_type")
    if number is None:
        raise missing("broadcast_type")
    kind = codes.KINDS.get(number)
    if kind is None:
        raise unusable("broadcast_type")
    lists = body.ids("recipient_list_ids")
    recipients = _one(body) if "recipient" in body else ()
    if not lists and not recipients:
        raise missing("recipient_list_ids")
    first = body.whole("first_segment_size") or body.whole("recipients_count")
    plan = _plan(
        body,
        kind if lists or kind is BroadcastKind.SINGLE else BroadcastKind.SINGLE,
        str(number),
        list_ids=lists,
        recipients=recipients,
        sender=body.text("sender", most=50) or None,
        sender_ids=body.ids("sender_ids") or body.ids("sender_id"),
        first_segment_size=first if kind is BroadcastKind.SMART else None,
    )
    return Wanted(EstimateBroadcast(plan=plan, sample=_SAMPLE), Form.ESTIMATE)


def read_report(call: Call) -> Wanted:
    """POST /api/3/DeliveryReport."""
    return Wanted(ReportOf(id=call.body.need_id("bid")), Form.REPORT)
