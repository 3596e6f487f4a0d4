"""The overview and the state of carriers: their operations, readers and views."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import Asked, account_of, path_plain
from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._wire_replies import Price, View
from heliograph.model.account import Scope
from heliograph.model.carrier import LineState
from heliograph.model.command import Command
from heliograph.model.money import decimal_text
from heliograph.model.overview import (
    CarrierState,
    CarrierStates,
    Fared,
    GetHouseOverview,
    GetOverview,
    ListCarrierStates,
    Observed,
    Overview,
    ProcessState,
    Standing,
    Timing,
)
from heliograph.model.status import Status

_SHARE_DECIMALS: Final = 4
_State = Annotated[
    Standing,
    Meta(
        description="`partly`: not every process or connection of it; `unknown`: no process has said "
        "anything lately."
    ),
]
_Milliseconds = Annotated[int, Meta(description="Milliseconds.")]


class MinuteView(msgspec.Struct, frozen=True, kw_only=True):
    """What happened within one minute, whenever the messages were accepted."""

    at: Annotated[datetime, Meta(description="When it begins.")]
    accepted: int
    sent: int
    delivered: int
    failed: Annotated[int, Meta(description="Undelivered, expired, rejected or failed.")]


class TimingView(msgspec.Struct, frozen=True, kw_only=True):
    """How long a step took. The percentiles are read off a histogram: exact to the width of its buckets,
    which begin at 0, 10, 20, 50, 100, 200 and 500 ms, at 1, 2, 5, 10, 30 and 60 s, at 5, 15 and 60 min."""

    messages: int
    mean_ms: _Milliseconds
    p50_ms: _Milliseconds
    p95_ms: _Milliseconds


class FaredView(View, frozen=True, kw_only=True):
    """What became of messages."""

    sent: Annotated[int, Meta(description="Taken by a carrier.")]
    delivered: int
    failed: Annotated[
        int,
        Meta(description="Undelivered, expired, rejected or failed, and not delivered after all."),
    ]
    delivered_share: Annotated[
        float | None, Meta(description="Delivered of those whose end is known.")
    ] = None
    to_carrier: Annotated[
        TimingView | None,
        Meta(description="From acceptance, or the time asked for, until a carrier took it."),
    ] = None
    to_handset: Annotated[
        TimingView | None, Meta(description="From then until its delivery was told.")
    ] = None


class CarrierFaredView(FaredView, frozen=True, kw_only=True):
    """What became of messages that went by one carrier."""

    carrier: Annotated[
        str | None, Meta(description="Left out where none took it.", examples=["car_1"])
    ] = None


class CountryFaredView(FaredView, frozen=True, kw_only=True):
    """What became of messages to one country."""

    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2.")] = None
    accepted: int


class QueueView(View, frozen=True, kw_only=True):
    """What waits, as measured within the last seconds."""

    waiting: Annotated[int, Meta(description="To be sent now or again, and not with a carrier.")]
    with_carrier: Annotated[int, Meta(description="Submitted, and not answered yet.")]
    oldest_due_at: datetime | None = None
    callbacks: Annotated[int, Meta(description="Notifications that are due.")]
    oldest_callback_at: datetime | None = None


class SpentView(msgspec.Struct, frozen=True, kw_only=True):
    """Held for messages, or earned, and not given back."""

    currency: str
    amount: Price


class CarrierHealthView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a carrier can be sent to."""

    carrier: Annotated[str, Meta(examples=["car_1"])]
    name: str
    state: _State


class OverviewView(View, frozen=True, kw_only=True):
    """How things go. Test messages count nowhere."""

    as_of: Annotated[
        datetime | None,
        Meta(description="Until when all is counted but the queue; about a minute ago."),
    ] = None
    minutes: Annotated[list[MinuteView], Meta(description="60 of them; the last one is not over.")]
    since: Annotated[
        datetime, Meta(description="What follows is of messages accepted from then on.")
    ]
    states: Annotated[dict[str, int], Meta(description="How many have which state now.")]
    by_carrier: list[CarrierFaredView]
    by_country: list[CountryFaredView]
    queue: QueueView
    spent_today: Annotated[list[SpentView], Meta(description="On this UTC day, by currency.")]
    carriers: Annotated[
        list[CarrierHealthView],
        Meta(description="Those that took messages since then; of the whole house all."),
    ]


class LineStateView(View, frozen=True, kw_only=True):
    """One connection: a bind of SMPP, or all calls of an HTTP API. Counts are since it was opened."""

    name: str
    kind: Annotated[str, Meta(examples=["transceiver", "transmitter", "receiver", "http"])]
    up: bool
    since: Annotated[datetime | None, Meta(description="When it came up or went down.")] = None
    window: Annotated[int, Meta(description="Requests that may be unanswered at once.")]
    under_way: Annotated[int, Meta(description="Requests that are.")]
    submitted: Annotated[int, Meta(description="Requests with messages, or parts of them.")]
    submitted_per_second: Annotated[float, Meta(description="Mean of ten seconds.")]
    throttled: Annotated[int, Meta(description="Answers that it was too much.")]
    last_error: str = ""
    last_error_at: datetime | None = None


class ProcessStateView(View, frozen=True, kw_only=True):
    """A carrier as one process has it."""

    process: Annotated[int, Meta(description="Its node number.")]
    at: Annotated[datetime, Meta(description="When it said so.")]
    up: bool
    waiting: Annotated[int, Meta(description="In memory for the carrier.")]
    under_way: Annotated[int, Meta(description="Submitted, and not answered yet.")]
    window: Annotated[int, Meta(description="How many may be.")]
    per_second: Annotated[float, Meta(description="The speed allowed; 0: any.")]
    submitted_per_second: Annotated[float, Meta(description="Mean of ten seconds.")]
    throttled: Annotated[int, Meta(description="Refused as too much, in the last minute.")]
    latency_ms: Annotated[
        int | None, Meta(description="From submission to answer, mean of the last minute.")
    ] = None
    last_error: str = ""
    last_error_at: datetime | None = None
    connections: list[LineStateView]


class CarrierStateView(View, frozen=True, kw_only=True):
    """A carrier in all processes that have it."""

    carrier: Annotated[str, Meta(examples=["car_1"])]
    name: str
    kind: str
    state: _State
    waiting: int
    under_way: int
    window: int
    submitted_per_second: float
    throttled: Annotated[int, Meta(description="In the last minute.")]
    processes: list[ProcessStateView]


class CarrierStatesView(msgspec.Struct, frozen=True, kw_only=True):
    """All carriers, by id."""

    items: list[CarrierStateView]


def get_overview(asked: Asked) -> Command:
    """GET /v1/overview."""
    return GetOverview(for_account=account_of(asked))


def get_house_overview(asked: Asked) -> Command:
    """GET /v1/overview/house."""
    del asked
    return GetHouseOverview()


def list_carrier_states(asked: Asked) -> Command:
    """GET /v1/carriers/states."""
    del asked
    return ListCarrierStates()


def get_carrier_state(asked: Asked) -> Command:
    """GET /v1/carriers/{id}/state."""
    return ListCarrierStates(carrier_id=path_plain(asked, "car"))


def observed_view(answer: Observed) -> OverviewView | CarrierStateView | CarrierStatesView:
    """What is told of how things go."""
    if isinstance(answer, Overview):
        return _overview_view(answer)
    views = [_state_view(each) for each in answer.items]
    return views[0] if answer.one else CarrierStatesView(items=views)


def _overview_view(answer: Overview) -> OverviewView:
    queue = answer.queue
    return OverviewView(
        as_of=answer.as_of,
        minutes=[MinuteView(**msgspec.structs.asdict(each)) for each in answer.minutes],
        since=answer.since,
        states={status.word: answer.states.get(status, 0) for status in Status},
        by_carrier=[
            CarrierFaredView(carrier=_carrier(each.carrier_id), **_fared(each))
            for each in answer.by_carrier
        ],
        by_country=[
            CountryFaredView(country=each.country or None, accepted=each.accepted, **_fared(each))
            for each in answer.by_country
        ],
        queue=QueueView(**msgspec.structs.asdict(queue)),
        spent_today=[
            SpentView(currency=each.currency, amount=decimal_text(each.micros))
            for each in answer.spent_today
        ],
        carriers=[
            CarrierHealthView(
                carrier=plain("car", each.carrier_id), name=each.name, state=each.word
            )
            for each in answer.carriers
        ],
    )


def _carrier(carrier_id: int | None) -> str | None:
    return None if carrier_id is None else plain("car", carrier_id)


def _fared(each: Fared) -> dict[str, Any]:
    share = each.delivered_share
    return {
        "sent": each.sent,
        "delivered": each.delivered,
        "failed": each.failed,
        "delivered_share": None if share is None else round(share, _SHARE_DECIMALS),
        "to_carrier": _timing(each.to_carrier),
        "to_handset": _timing(each.to_handset),
    }


def _timing(each: Timing | None) -> TimingView | None:
    return None if each is None else TimingView(**msgspec.structs.asdict(each))


def _state_view(each: CarrierState) -> CarrierStateView:
    processes = [_process_view(process) for process in each.processes]
    return CarrierStateView(
        carrier=plain("car", each.carrier_id),
        name=each.name,
        kind=each.kind,
        state=each.word,
        waiting=sum(process.waiting for process in processes),
        under_way=sum(process.under_way for process in processes),
        window=sum(process.window for process in processes),
        submitted_per_second=round(sum(p.submitted_per_second for p in processes), 1),
        throttled=sum(process.throttled for process in processes),
        processes=processes,
    )


def _process_view(each: ProcessState) -> ProcessStateView:
    said = msgspec.structs.asdict(each)
    node, lines = said.pop("node"), said.pop("lines")
    return ProcessStateView(process=node, connections=[_line_view(line) for line in lines], **said)


def _line_view(line: LineState) -> LineStateView:
    return LineStateView(**msgspec.structs.asdict(line))


OVERVIEW: Final[tuple[Operation, ...]] = (
    Operation(
        id="getOverview",
        method="GET",
        path="/v1/overview",
        tag="Money",
        summary="How things go: counts, rates, queues, spending",
        description="The last hour by the minute, what became of what was accepted within a day, what waits "
        "now, and what was spent today. Made from sums, so that it may be asked every few seconds. The "
        "operator may ask for another account.",
        scope=Scope.READ,
        read=get_overview,
        query=wire.AccountQuery,
        reply=OverviewView,
    ),
    Operation(
        id="getHouseOverview",
        method="GET",
        path="/v1/overview/house",
        tag="Operator",
        summary="How things go in the whole house",
        description="The same of all accounts together.",
        scope=Scope.ADMIN,
        read=get_house_overview,
        reply=OverviewView,
    ),
    Operation(
        id="listCarrierStates",
        method="GET",
        path="/v1/carriers/states",
        tag="Operator",
        summary="How carriers stand: binds, windows, speed, errors",
        description="Of every process that has them, as it said within the last 30 seconds.",
        scope=Scope.ADMIN,
        read=list_carrier_states,
        reply=CarrierStatesView,
    ),
    Operation(
        id="getCarrierState",
        method="GET",
        path="/v1/carriers/{id}/state",
        id_prefix="car",
        tag="Operator",
        summary="How one carrier stands",
        scope=Scope.ADMIN,
        read=get_carrier_state,
        reply=CarrierStateView,
    ),
)

ANSWERS: Final = (Overview, CarrierStates)
