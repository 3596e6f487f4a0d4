"""A broadcast as JSON is read into a plan, whole."""

from __future__ import annotations

from datetime import UTC, datetime, time

import msgspec
import pytest

from heliograph.dialects.native import DIALECT
from heliograph.model.account import TrafficClass
from heliograph.model.campaign import (
    AddSegment,
    BroadcastFilter,
    BroadcastKind,
    BroadcastOrder,
    BroadcastPlan,
    BroadcastRecipient,
    BroadcastReports,
    BroadcastState,
    CancelBroadcast,
    FireTrigger,
    ListBroadcasts,
    QuietHours,
    StartBroadcast,
    Trigger,
)
from heliograph.model.command import Save

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_everything_that_a_plan_can_say_is_read(make):
    body = {
        "kind": "smart", "name": "b", "campaign": "cmp_1", "text": "Hi", "template": "tpl_2",
        "recipients": [{"to": "+8801", "fields": {"first_name": "Zoë"}}], "lists": ["lst_7"],
        "suppressions": ["sup_2"], "from": "Heliograph", "senders": ["snd_12"], "sender_list": "sdl_1",
        "send_at": "2026-05-01T14:00:00+02:00", "utc_offset_minutes": 120, "trigger": "trg_4",
        "delay_minutes": 5, "first_segment_size": 3, "ctr_threshold": 2.5, "ctr_wait_minutes": 9,
        "quiet_hours": {"start": "21:00:00", "end": "09:00:00"}, "validity_seconds": 60,
        "reference": "r", "callback": "https://a.example", "smart_encoding": True,
        "class": "promotional", "estimate": "00",
    }  # fmt: skip
    ask = DIALECT.read(
        make("POST", "/v1/broadcasts", msgspec.json.encode(body), idempotency_key="k")
    )
    assert isinstance(ask.command, StartBroadcast)
    assert ask.command.idempotency_key == "k"
    assert ask.command.fingerprint
    plan = BroadcastPlan(
        kind=BroadcastKind.SMART, name="b", campaign_id=1, text="Hi", template_id=2,
        recipients=(BroadcastRecipient(msisdn="+8801", fields={"first_name": "Zoë"}),), list_ids=(7,),
        suppression_ids=(2,), sender="Heliograph", sender_ids=(12,), sender_list_id=1, send_at=AT,
        utc_offset_minutes=120, trigger_id=4, delay_minutes=5, first_segment_size=3, ctr_threshold=2.5,
        ctr_wait_minutes=9, quiet_hours=QuietHours(start=time(21), end=time(9)), validity_seconds=60,
        reference="r", callback="https://a.example", smart_encoding=True,
        traffic_class=TrafficClass.PROMOTIONAL, estimate_hash="00",
    )  # fmt: skip
    assert ask.command.plan == plan


@pytest.mark.parametrize(
    ("method", "path", "body", "command"),
    [
        (
            "POST", "/v1/broadcasts/brd_8/segments", {"size": 5, "senders": ["snd_1"]},
            AddSegment(broadcast_id=8, size=5, sender_ids=(1,)),
        ),
        ("POST", "/v1/broadcasts/brd_8/cancel", None, CancelBroadcast(broadcast_id=8)),
        ("POST", "/v1/triggers/trg_4/fire", None, FireTrigger(trigger_id=4)),
        (
            "GET", "/v1/broadcasts?name=x&kind=base&state=open&order=name&descending=false&start=5&limit=7",
            None,
            ListBroadcasts(
                filter=BroadcastFilter(
                    name="x", kinds=(BroadcastKind.BASE,), states=(BroadcastState.OPEN,)
                ),
                order=BroadcastOrder.NAME, descending=False, start=5, limit=7,
            ),
        ),
        (
            "GET", "/v1/broadcasts/brd_8/export?limit=9", None,
            BroadcastReports(broadcast_id=8, limit=9),
        ),
        (
            "PUT", "/v1/triggers/trg_4", {"name": "n", "enabled": False},
            Save(thing=Trigger(account_id=0, id=4, name="n", enabled=False)),
        ),
    ],
)  # fmt: skip
def test_requests_about_broadcasts_are_read(make, method, path, body, command):
    octets = b"" if body is None else msgspec.json.encode(body)
    assert DIALECT.read(make(method, path, octets)).command == command


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lists": ["sup_1"], "text": "x"}, "/lists/0"),
        ({"lists": ["lst_1"], "kind": "huge"}, "/kind"),
        ({"lists": ["lst_1"], "nonsense": 1}, "/nonsense"),
        ({"quiet_hours": {"start": "25:00:00", "end": "09:00:00"}}, "/quiet_hours/start"),
    ],
)
def test_what_cannot_be_read_is_named(make, body, field):
    ask = DIALECT.read(make("POST", "/v1/broadcasts", msgspec.json.encode(body)))
    assert ask.verdict is not None
    assert field in (ask.verdict.field or "")
