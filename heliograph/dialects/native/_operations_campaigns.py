"""The operations on campaigns, on what texts are made of, and on broadcasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from heliograph.dialects.native import _campaigns as campaigns
from heliograph.dialects.native import _things as things
from heliograph.dialects.native import _wire_campaigns as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import Asked
from heliograph.dialects.native._operation import CSV, MEBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model import campaign as c
from heliograph.model.account import Scope
from heliograph.model.command import Thing

_TAG: Final = "Broadcasts"
_PLAN_BYTES: Final = 8 * MEBIBYTE
_BROADCAST: Final[dict[str, Any]] = {
    "broadcast": {
        "lists": ["lst_7"],
        "from": "Heliograph",
        "text": "Hi {{first_name}}: {{link:5}}",
        "quiet_hours": {"start": "21:00:00", "end": "09:00:00"},
    }
}


class _Kind(NamedTuple):
    """One kind of things that are kept."""

    kind: type[Thing]
    prefix: str
    path: str
    noun: str
    words: str
    made: Callable[[Asked, int], Thing]
    body: Any
    view: Any
    page: Any
    example: dict[str, Any]


_KINDS: Final = (
    _Kind(
        c.Campaign, campaigns.CAMPAIGN, "/v1/campaigns", "Campaign", "campaign",
        campaigns.campaign, bodies.CampaignBody, bodies.CampaignView, Page[bodies.CampaignView],
        {"name": "Spring"},
    ),
    _Kind(
        c.SenderList, campaigns.SENDER_LIST, "/v1/sender-lists", "SenderList", "sender list",
        campaigns.sender_list, bodies.SenderListBody, bodies.SenderListView, Page[bodies.SenderListView],
        {"name": "Shops", "senders": ["snd_12", "snd_13"]},
    ),
    _Kind(
        c.LinkList, campaigns.LINK_LIST, "/v1/link-lists", "LinkList", "link list",
        campaigns.link_list, bodies.LinkListBody, bodies.LinkListView, Page[bodies.LinkListView],
        {"name": "Pages", "links": ["lnk_5", "lnk_6"]},
    ),
    _Kind(
        c.Spinner, campaigns.SPINNER, "/v1/spinners", "Spinner", "spinner",
        campaigns.spinner, bodies.SpinnerBody, bodies.SpinnerView, Page[bodies.SpinnerView],
        {"name": "Greeting", "words": ["Hi", "Hello"]},
    ),
    _Kind(
        c.Trigger, campaigns.TRIGGER, "/v1/triggers", "Trigger", "trigger",
        campaigns.trigger, bodies.TriggerBody, bodies.TriggerView, Page[bodies.TriggerView],
        {"name": "Landed"},
    ),
)  # fmt: skip


def _kept(each: _Kind) -> tuple[Operation, ...]:
    one, prefix = f"{each.path}/{{id}}", each.prefix
    return (
        Operation(
            id=f"list{each.noun}s",
            method="GET",
            path=each.path,
            tag=_TAG,
            summary=f"Every {each.words}",
            scope=Scope.READ,
            read=things.list_things(each.kind, prefix),
            query=wire.ThingsQuery,
            reply=each.page,
        ),
        Operation(
            id=f"create{each.noun}",
            method="POST",
            path=each.path,
            tag=_TAG,
            summary=f"Make a {each.words}",
            scope=Scope.MANAGE,
            read=things.save_thing(each.made),
            query=wire.AccountQuery,
            body=each.body,
            status=201,
            reply=each.view,
            examples={"it": each.example},
        ),
        Operation(
            id=f"find{each.noun}",
            method="GET",
            path=one,
            id_prefix=prefix,
            tag=_TAG,
            summary=f"One {each.words}",
            scope=Scope.READ,
            read=things.find_thing(each.kind, prefix),
            query=wire.AccountQuery,
            reply=each.view,
        ),
        Operation(
            id=f"change{each.noun}",
            method="PUT",
            path=one,
            id_prefix=prefix,
            tag=_TAG,
            summary=f"Change a {each.words}",
            description="Broadcasts that were accepted stay as they are.",
            scope=Scope.MANAGE,
            read=things.save_thing(each.made, prefix),
            query=wire.AccountQuery,
            body=each.body,
            reply=each.view,
        ),
        Operation(
            id=f"remove{each.noun}",
            method="DELETE",
            path=one,
            id_prefix=prefix,
            tag=_TAG,
            summary=f"Take a {each.words} away",
            description="Broadcasts that were accepted stay as they are.",
            scope=Scope.MANAGE,
            read=things.remove_thing(each.kind, prefix),
            query=wire.AccountQuery,
            status=204,
        ),
    )


def _steering(word: str, kind: Any, summary: str, description: str) -> Operation:
    return Operation(
        id=f"{word}Broadcast",
        method="POST",
        path=f"/v1/broadcasts/{{id}}/{word}",
        id_prefix=campaigns.BROADCAST,
        tag=_TAG,
        summary=summary,
        description=description,
        scope=Scope.SEND,
        read=campaigns.on_broadcast(kind),
        status=204,
    )


CAMPAIGNS: Final[tuple[Operation, ...]] = (
    Operation(
        id="listBroadcasts",
        method="GET",
        path="/v1/broadcasts",
        tag=_TAG,
        summary="Broadcasts with their segments and sums",
        scope=Scope.READ,
        read=campaigns.list_broadcasts,
        query=bodies.BroadcastsQuery,
        reply=bodies.BroadcastsView,
    ),
    Operation(
        id="startBroadcast",
        method="POST",
        path="/v1/broadcasts",
        tag=_TAG,
        summary="Send one text to many recipients, each with words and links of his own",
        description="Accepted before the recipients are looked at, whatever their number. Lists, texts, "
        "links and senders are taken as they are now; what is changed or removed later changes nothing.",
        scope=Scope.SEND,
        read=campaigns.start,
        body=bodies.BroadcastBody,
        body_limit_bytes=_PLAN_BYTES,
        idempotent=True,
        status=202,
        reply=bodies.StartedView,
        examples=_BROADCAST,
    ),
    Operation(
        id="estimateBroadcast",
        method="POST",
        path="/v1/broadcasts/estimate",
        tag=_TAG,
        summary="What a broadcast would do and cost",
        description="Exact up to 5,000 recipients; of more, so many are looked at, spread over the lists.",
        scope=Scope.READ,
        read=campaigns.estimate,
        body=bodies.BroadcastBody,
        body_limit_bytes=_PLAN_BYTES,
        dry=True,
        reply=bodies.BroadcastEstimateView,
        examples=_BROADCAST,
    ),
    Operation(
        id="findBroadcast",
        method="GET",
        path="/v1/broadcasts/{id}",
        id_prefix=campaigns.BROADCAST,
        tag=_TAG,
        summary="One broadcast with its segments and sums",
        scope=Scope.READ,
        read=campaigns.on_broadcast(c.FindBroadcast),
        reply=bodies.BroadcastView,
    ),
    Operation(
        id="addSegment",
        method="POST",
        path="/v1/broadcasts/{id}/segments",
        id_prefix=campaigns.BROADCAST,
        tag=_TAG,
        summary="Go on with a smart broadcast",
        scope=Scope.SEND,
        read=campaigns.add_segment,
        body=bodies.SegmentBody,
        status=201,
        reply=bodies.SegmentView,
        examples={"segment": {"size": 1000}},
    ),
    _steering(
        "pause", c.PauseBroadcast, "Make no more messages of it for now", "What was made goes out."
    ),
    _steering("resume", c.ResumeBroadcast, "Go on where it was paused", ""),
    _steering(
        "cancel",
        c.CancelBroadcast,
        "Make no more messages of it, and take back what was not sent",
        "What a carrier has stays there. What is taken back is released and costs nothing.",
    ),
    Operation(
        id="exportBroadcast",
        method="GET",
        path="/v1/broadcasts/{id}/export",
        id_prefix=campaigns.BROADCAST,
        tag=_TAG,
        summary="What became of each message, as CSV",
        description="In pieces: `Link` leads to the next.",
        scope=Scope.READ,
        read=campaigns.export,
        query=bodies.ExportQuery,
        reply=str,
        reply_media=(CSV,),
        reply_example="id,segment,to,from,status,reason,parts,price,clicks,updated_at\n",
    ),
    Operation(
        id="fireTrigger",
        method="POST",
        path="/v1/triggers/{id}/fire",
        id_prefix=campaigns.TRIGGER,
        tag=_TAG,
        summary="Release what waits for a trigger",
        scope=Scope.SEND,
        read=campaigns.fire,
        reply=bodies.TriggerFiredView,
    ),
    *(operation for each in _KINDS for operation in _kept(each)),
)
