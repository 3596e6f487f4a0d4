"""Campaigns, what texts are made of, and broadcasts: readers of requests and views of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from heliograph.dialects.native import _wire_campaigns as wire
from heliograph.dialects.native._asked import (
    Asked,
    idempotency_key,
    path_plain,
    plain_id,
    sealed,
    utc,
)
from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._messages import fingerprint_of
from heliograph.dialects.native._wire_replies import View
from heliograph.dialects.native.codes import CLASS_OF
from heliograph.model import campaign as c
from heliograph.model.command import Command
from heliograph.model.money import decimal_text

CAMPAIGN, SENDER_LIST, LINK_LIST, SPINNER, TRIGGER = "cmp", "sdl", "lkl", "spn", "trg"
BROADCAST, SEGMENT = "brd", "seg"
_KINDS: Final = {kind.word: kind for kind in c.BroadcastKind}
_STATES: Final = {state.word: state for state in c.BroadcastState}


# -- readers --------------------------------------------------------------------------------------


def campaign(asked: Asked, number: int) -> c.Campaign:
    """A campaign."""
    body: wire.CampaignBody = asked.body
    return c.Campaign(
        account_id=0,
        id=number,
        name=body.name,
        start_date=utc(body.start_date, "/start_date"),
        end_date=utc(body.end_date, "/end_date"),
        enabled=body.enabled,
    )


def sender_list(asked: Asked, number: int) -> c.SenderList:
    """A list of senders."""
    body: wire.SenderListBody = asked.body
    ids = _ids(body.senders, "snd", "/senders")
    return c.SenderList(
        account_id=0, id=number, name=body.name, sender_ids=ids, enabled=body.enabled
    )


def link_list(asked: Asked, number: int) -> c.LinkList:
    """A list of smart links."""
    body: wire.LinkListBody = asked.body
    ids = _ids(body.links, "lnk", "/links")
    return c.LinkList(account_id=0, id=number, name=body.name, link_ids=ids, enabled=body.enabled)


def spinner(asked: Asked, number: int) -> c.Spinner:
    """Words."""
    body: wire.SpinnerBody = asked.body
    return c.Spinner(
        account_id=0, id=number, name=body.name, words=tuple(body.words), enabled=body.enabled
    )


def trigger(asked: Asked, number: int) -> c.Trigger:
    """A trigger."""
    body: wire.TriggerBody = asked.body
    return c.Trigger(account_id=0, id=number, name=body.name, enabled=body.enabled)


def estimate(asked: Asked) -> Command:
    """POST /v1/broadcasts/estimate."""
    return c.EstimateBroadcast(plan=_plan(asked.body))


def start(asked: Asked) -> Command:
    """POST /v1/broadcasts."""
    key = idempotency_key(asked.request)
    return c.StartBroadcast(
        plan=_plan(asked.body),
        idempotency_key=key,
        fingerprint=b"" if key is None else fingerprint_of(asked.request.path, asked.request.body),
    )


def _plan(body: wire.BroadcastBody) -> c.BroadcastPlan:
    quiet = body.quiet_hours
    return c.BroadcastPlan(
        kind=_KINDS[body.kind],
        name=body.name,
        campaign_id=plain_id(body.campaign, CAMPAIGN, "/campaign"),
        text=body.text,
        template_id=plain_id(body.template, "tpl", "/template"),
        recipients=tuple(
            c.BroadcastRecipient(msisdn=each.to, fields=each.fields) for each in body.recipients
        ),
        list_ids=_ids(body.lists, "lst", "/lists"),
        suppression_ids=_ids(body.suppressions, "sup", "/suppressions"),
        sender=body.sender,
        sender_ids=_ids(body.senders, "snd", "/senders"),
        sender_list_id=plain_id(body.sender_list, SENDER_LIST, "/sender_list"),
        send_at=utc(body.send_at, "/send_at"),
        utc_offset_minutes=body.utc_offset_minutes,
        trigger_id=plain_id(body.trigger, TRIGGER, "/trigger"),
        delay_minutes=body.delay_minutes,
        first_segment_size=body.first_segment_size,
        ctr_threshold=body.ctr_threshold,
        ctr_wait_minutes=body.ctr_wait_minutes,
        quiet_hours=None if quiet is None else c.QuietHours(start=quiet.start, end=quiet.end),
        validity_seconds=body.validity_seconds,
        code_length=body.code_length,
        reference=body.reference,
        callback=body.callback,
        smart_encoding=body.smart_encoding,
        traffic_class=None if body.traffic_class is None else CLASS_OF[body.traffic_class],
        estimate_hash=body.estimate,
    )


def add_segment(asked: Asked) -> Command:
    """POST /v1/broadcasts/{id}/segments."""
    body: wire.SegmentBody = asked.body
    return c.AddSegment(
        broadcast_id=path_plain(asked, BROADCAST),
        size=body.size,
        text=body.text,
        template_id=plain_id(body.template, "tpl", "/template"),
        sender=body.sender,
        sender_ids=_ids(body.senders, "snd", "/senders"),
        sender_list_id=plain_id(body.sender_list, SENDER_LIST, "/sender_list"),
        send_at=utc(body.send_at, "/send_at"),
        utc_offset_minutes=body.utc_offset_minutes,
    )


def on_broadcast(
    kind: type[c.FindBroadcast | c.PauseBroadcast | c.ResumeBroadcast | c.CancelBroadcast],
) -> Callable[[Asked], Command]:
    """What needs nothing but the broadcast in the path."""

    def read(asked: Asked) -> Command:
        return kind(broadcast_id=path_plain(asked, BROADCAST))

    return read


def fire(asked: Asked) -> Command:
    """POST /v1/triggers/{id}/fire."""
    return c.FireTrigger(trigger_id=path_plain(asked, TRIGGER))


def list_broadcasts(asked: Asked) -> Command:
    """GET /v1/broadcasts."""
    query: wire.BroadcastsQuery = asked.query
    campaign_id = plain_id(query.campaign, CAMPAIGN, "campaign")
    return c.ListBroadcasts(
        filter=c.BroadcastFilter(
            name=query.name,
            kinds=() if query.kind is None else (_KINDS[query.kind],),
            states=() if query.state is None else (_STATES[query.state],),
            campaign_ids=() if campaign_id is None else (campaign_id,),
            created_since=utc(query.since, "since"),
            created_until=utc(query.until, "until"),
        ),
        order=c.BroadcastOrder(query.order),
        descending=query.descending,
        start=query.start,
        limit=query.limit,
    )


def export(asked: Asked) -> Command:
    """GET /v1/broadcasts/{id}/export."""
    query: wire.ExportQuery = asked.query
    return c.BroadcastReports(
        broadcast_id=path_plain(asked, BROADCAST),
        after=sealed(query.after, "msg", "after"),
        limit=query.limit,
    )


def _ids(texts: Sequence[str], prefix: str, field: str) -> tuple[int, ...]:
    found = (plain_id(text, prefix, f"{field}/{place}") for place, text in enumerate(texts))
    return tuple(number for number in found if number is not None)


# -- views ----------------------------------------------------------------------------------------


def campaign_view(thing: c.Campaign) -> View:
    """A campaign."""
    return wire.CampaignView(
        id=plain(CAMPAIGN, thing.id),
        name=thing.name,
        start_date=thing.start_date,
        end_date=thing.end_date,
        is_default=thing.is_default,
        enabled=thing.enabled,
    )


def sender_list_view(thing: c.SenderList) -> View:
    """A list of senders."""
    return wire.SenderListView(
        id=plain(SENDER_LIST, thing.id),
        name=thing.name,
        senders=[plain("snd", each) for each in thing.sender_ids],
        enabled=thing.enabled,
    )


def link_list_view(thing: c.LinkList) -> View:
    """A list of smart links."""
    return wire.LinkListView(
        id=plain(LINK_LIST, thing.id),
        name=thing.name,
        links=[plain("lnk", each) for each in thing.link_ids],
        enabled=thing.enabled,
    )


def spinner_view(thing: c.Spinner) -> View:
    """Words."""
    return wire.SpinnerView(
        id=plain(SPINNER, thing.id),
        name=thing.name,
        words=list(thing.words),
        enabled=thing.enabled,
    )


def trigger_view(thing: c.Trigger) -> View:
    """A trigger."""
    return wire.TriggerView(
        id=plain(TRIGGER, thing.id),
        name=thing.name,
        uuid=thing.uuid,
        code=thing.code,
        url=thing.url or None,
        enabled=thing.enabled,
    )


CAMPAIGN_THINGS: Final[dict[type[Any], Callable[[Any], View]]] = {
    c.Campaign: campaign_view,
    c.SenderList: sender_list_view,
    c.LinkList: link_list_view,
    c.Spinner: spinner_view,
    c.Trigger: trigger_view,
}
"""How kept things of this module are shown."""


def segment_view(segment: c.Segment) -> wire.SegmentView:
    """One piece of a broadcast."""
    sums = segment.sums
    return wire.SegmentView(
        id=plain(SEGMENT, segment.id),
        broadcast=plain(BROADCAST, segment.broadcast_id),
        position=segment.position,
        state=segment.state.word,
        pause_reason=segment.pause_reason,
        text=segment.text,
        size=segment.size,
        send_at=segment.send_at,
        created_at=segment.created_at,
        started_at=segment.started_at,
        finished_at=segment.finished_at,
        sums=wire.BroadcastSumsView(
            recipients=sums.recipients,
            skipped=sums.skipped,
            statuses=sums.statuses,
            price=decimal_text(sums.price_micros),
            charged=decimal_text(sums.captured_micros),
            clicked=sums.clicked,
            clicks=sums.clicks,
            converted=sums.converted,
        ),
    )


def broadcast_view(broadcast: c.Broadcast) -> wire.BroadcastView:
    """A broadcast."""
    return wire.BroadcastView(
        id=plain(BROADCAST, broadcast.id),
        name=broadcast.name,
        kind=broadcast.kind.word,
        state=broadcast.state.word,
        campaign=plain(CAMPAIGN, broadcast.campaign_id),
        text=broadcast.text,
        lists=[plain("lst", each) for each in broadcast.list_ids],
        trigger=None if broadcast.trigger_id is None else plain(TRIGGER, broadcast.trigger_id),
        send_at=broadcast.send_at,
        utc_offset_minutes=broadcast.utc_offset_minutes,
        ctr_threshold=broadcast.ctr_threshold,
        recipients=broadcast.estimated_count,
        created_at=broadcast.created_at,
        segments=[segment_view(each) for each in broadcast.segments],
    )
