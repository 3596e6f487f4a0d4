"""What is sent to make campaigns, what texts are made of, and broadcasts; and what is shown of them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heliograph.dialects.native._wire_replies import Price, View
from heliograph.dialects.native._wire_things import Name
from heliograph.dialects.native.wire import Body, ClassWord, Limit, Moment, Url

KindWord = Literal["single", "base", "smart"]
StateWord = Literal["waiting", "running", "paused", "open", "finished", "cancelled"]
OrderWord = Literal["created_at", "name", "send_at", "state", "kind", "id"]
_SenderId = Annotated[str, Meta(max_length=40, examples=["snd_12"])]
_LinkId = Annotated[str, Meta(max_length=40, examples=["lnk_5"])]
_ListId = Annotated[str, Meta(max_length=40, examples=["lst_7"])]
_Id = Annotated[str, Meta(max_length=40)]
_Text = Annotated[
    str,
    Meta(
        max_length=4_000,
        description="May have tokens: `{{first_name}}` and the like, `{{link:5}}`, `{{link_list:2}}`, "
        "`{{word_spinner:3}}`, `{{shorten_url}}`, `{{unsubscription_link}}`, `{{random_symbol}}`, "
        "`{{callback}}`, `{{callback_link:5}}`, `{{verification_code}}`.",
        examples=["Hi {{first_name}}: {{link:5}}"],
    ),
]
_Clock = Annotated[time, Meta(tz=False, examples=["21:00:00"])]


class CampaignBody(Body, frozen=True, kw_only=True):
    """What broadcasts are gathered under."""

    name: Name
    start_date: Moment | None = None
    end_date: Moment | None = None
    enabled: bool = True


class SenderListBody(Body, frozen=True, kw_only=True):
    """Senders of which each recipient gets one at random."""

    name: Name
    senders: Annotated[tuple[_SenderId, ...], Meta(max_length=10_000)] = ()
    enabled: bool = True


class LinkListBody(Body, frozen=True, kw_only=True):
    """Smart links that are spread evenly over recipients."""

    name: Name
    links: Annotated[tuple[_LinkId, ...], Meta(max_length=10_000)] = ()
    enabled: bool = True


class SpinnerBody(Body, frozen=True, kw_only=True):
    """Words of which each recipient gets one at random."""

    name: Name
    words: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=1_000)]
    enabled: bool = True


class TriggerBody(Body, frozen=True, kw_only=True):
    """Something that broadcasts can wait for."""

    name: Name
    enabled: bool = True


class BroadcastRecipientBody(Body, frozen=True, kw_only=True):
    """One recipient with what his tokens stand for."""

    to: Annotated[str, Meta(min_length=1, max_length=64, examples=["+8801844909020"])]
    fields: dict[str, Annotated[str, Meta(max_length=5_000)]] = msgspec.field(default_factory=dict)


class QuietHoursBody(Body, frozen=True, kw_only=True):
    """When nothing is sent, by the recipients' clocks; messages are put off until `end`."""

    start: _Clock
    end: _Clock


class BroadcastBody(Body, frozen=True, kw_only=True):
    """What shall be sent to whom, and when."""

    kind: KindWord = "base"
    name: Annotated[str, Meta(max_length=200)] = ""
    campaign: _Id | None = None
    text: _Text = ""
    template: _Id | None = None
    recipients: Annotated[tuple[BroadcastRecipientBody, ...], Meta(max_length=10_000)] = ()
    lists: Annotated[tuple[_ListId, ...], Meta(max_length=100)] = ()
    suppressions: Annotated[tuple[_Id, ...], Meta(max_length=100)] = ()
    sender: Annotated[str, Meta(max_length=64)] | None = None
    senders: Annotated[tuple[_SenderId, ...], Meta(max_length=1_000)] = ()
    sender_list: _Id | None = None
    send_at: Moment | None = None
    utc_offset_minutes: Annotated[int, Meta(ge=-840, le=840)] = 0
    trigger: _Id | None = None
    delay_minutes: Annotated[int, Meta(ge=0, le=527_040)] = 0
    first_segment_size: (
        Annotated[int, Meta(ge=1, description="For `smart`: recipients of the first segment.")]
        | None
    ) = None
    ctr_threshold: (
        Annotated[
            float,
            Meta(
                ge=0,
                le=100,
                description="For `smart`: percent of a segment's messages whose links must have been "
                "followed for the next one to be sent by itself.",
            ),
        ]
        | None
    ) = None
    ctr_wait_minutes: Annotated[int, Meta(ge=1, le=527_040)] = 60
    quiet_hours: QuietHoursBody | None = None
    validity_seconds: Annotated[int, Meta(ge=1, le=604_800)] | None = None
    code_length: (
        Annotated[
            int,
            Meta(
                ge=4,
                le=12,
                description="Digits of `{{verification_code}}`; else as the default profile has them.",
            ),
        ]
        | None
    ) = None
    reference: Annotated[str, Meta(max_length=255)] | None = None
    callback: Url | None = None
    smart_encoding: bool = False
    traffic_class: ClassWord | None = None
    estimate: (
        Annotated[
            str,
            Meta(
                max_length=128,
                description="From an estimate: refused when text, lists or prices are others by now.",
            ),
        ]
        | None
    ) = None


class SegmentBody(Body, frozen=True, kw_only=True):
    """The next piece of a smart broadcast; what is left out is as in the piece before."""

    size: Annotated[int, Meta(ge=1, description="All that are left, if not given.")] | None = None
    text: _Text = ""
    template: _Id | None = None
    sender: Annotated[str, Meta(max_length=64)] | None = None
    senders: Annotated[tuple[_SenderId, ...], Meta(max_length=1_000)] = ()
    sender_list: _Id | None = None
    send_at: Moment | None = None
    utc_offset_minutes: Annotated[int, Meta(ge=-840, le=840)] = 0


class BroadcastsQuery(Body, frozen=True, kw_only=True):
    """Which broadcasts, and in which order."""

    name: Annotated[str, Meta(max_length=200, description="A part of the name.")] | None = None
    kind: KindWord | None = None
    state: StateWord | None = None
    campaign: _Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    order: OrderWord = "created_at"
    descending: bool = True
    start: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    limit: Limit = 50


class ExportQuery(Body, frozen=True, kw_only=True):
    """Which piece of the export."""

    after: Annotated[str, Meta(max_length=40)] | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 10_000


# -- shown ----------------------------------------------------------------------------------------


class CampaignView(View, frozen=True, kw_only=True):
    """A campaign."""

    id: Annotated[str, Meta(examples=["cmp_1"])]
    name: str
    start_date: datetime | None = None
    end_date: datetime | None = None
    is_default: bool = False
    enabled: bool


class SenderListView(View, frozen=True, kw_only=True):
    """A list of senders."""

    id: Annotated[str, Meta(examples=["sdl_1"])]
    name: str
    senders: list[str]
    enabled: bool


class LinkListView(View, frozen=True, kw_only=True):
    """A list of smart links."""

    id: Annotated[str, Meta(examples=["lkl_2"])]
    name: str
    links: list[str]
    enabled: bool


class SpinnerView(View, frozen=True, kw_only=True):
    """Words."""

    id: Annotated[str, Meta(examples=["spn_3"])]
    name: str
    words: list[str]
    enabled: bool


class TriggerView(View, frozen=True, kw_only=True):
    """A trigger."""

    id: Annotated[str, Meta(examples=["trg_4"])]
    name: str
    uuid: str
    code: Annotated[
        str,
        Meta(description="Its public address is that of short links, with `t/` before this code."),
    ]
    url: Annotated[
        str | None,
        Meta(
            description="That address: whoever calls it releases the broadcasts that wait for it."
        ),
    ] = None
    enabled: bool


class BroadcastSumsView(View, frozen=True, kw_only=True):
    """Every recipient is in `skipped` or in `statuses`."""

    recipients: int
    skipped: dict[str, int]
    statuses: dict[str, int]
    price: Price
    charged: Price
    clicked: Annotated[int, Meta(description="Messages whose links were followed.")]
    clicks: int
    converted: Annotated[int, Meta(description="Messages that led to what they were sent for.")]


class SegmentView(View, frozen=True, kw_only=True):
    """One piece of a broadcast."""

    id: Annotated[str, Meta(examples=["seg_9"])]
    broadcast: Annotated[str, Meta(examples=["brd_8"])]
    position: int
    state: StateWord
    pause_reason: str | None = None
    text: str
    size: int | None = None
    send_at: datetime | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    sums: BroadcastSumsView


class BroadcastView(View, frozen=True, kw_only=True):
    """A broadcast."""

    id: Annotated[str, Meta(examples=["brd_8"])]
    name: str
    kind: KindWord
    state: StateWord
    campaign: str
    text: str
    lists: list[str]
    trigger: str | None = None
    send_at: datetime | None = None
    utc_offset_minutes: int = 0
    ctr_threshold: float | None = None
    recipients: Annotated[int, Meta(description="Before duplicates and suppression.")]
    created_at: datetime
    segments: list[SegmentView]


class BroadcastsView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of broadcasts."""

    items: list[BroadcastView]
    more: bool


class StartedView(View, frozen=True, kw_only=True):
    """A broadcast that was accepted."""

    id: Annotated[str, Meta(examples=["brd_8"])]
    segment: Annotated[str, Meta(examples=["seg_9"])]


class TriggerFiredView(msgspec.Struct, frozen=True, kw_only=True):
    """What firing did."""

    released: Annotated[int, Meta(description="Broadcasts that waited for it.")]


class EstimatedRecipientView(View, frozen=True, kw_only=True):
    """One recipient of an estimate."""

    to: str
    text: str
    sender: str | None = None
    parts: int
    encoding: str | None = None
    country: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    price: Price | None = None
    skipped: Annotated[str | None, Meta(description="Why there would be no message.")] = None


class TokenView(View, frozen=True, kw_only=True):
    """One token of the text."""

    name: str
    count: int
    parameters: list[int]
    replacement: Annotated[str, Meta(description="For the first recipient.")]


class EstimatedShareView(View, frozen=True, kw_only=True):
    """Messages to one country with as many parts."""

    country: str | None = None
    parts: Annotated[int, Meta(description="Of each message.")]
    messages: int
    price: Annotated[Price, Meta(description="Of all of them.")]


class BroadcastEstimateView(View, frozen=True, kw_only=True):
    """What a broadcast would do and cost."""

    currency: str
    recipients: int
    messages: int
    parts: int
    price: Price
    exact: Annotated[
        bool,
        Meta(description="False: reckoned from `looked_at` recipients, spread over the lists."),
    ]
    looked_at: int
    skipped: dict[str, int]
    first_segment: int
    first_messages: int
    first_parts: int
    first_price: Price
    tokens: list[TokenView]
    sample: list[EstimatedRecipientView]
    shares: Annotated[
        list[EstimatedShareView], Meta(description="All messages, by country and parts.")
    ]
    estimate: Annotated[str, Meta(description="What `estimate` of a start may quote.")]
