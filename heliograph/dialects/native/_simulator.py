"""The simulated network's faults: their bodies, readers and views. Each is a setting of the simulated
carriers as well, by the same name."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from heliograph.dialects.native._asked import Asked
from heliograph.dialects.native.wire import Body
from heliograph.model.command import Command
from heliograph.model.simulation import Faults, GetFaults, SetFaults, Simulated

_HOUR_MS = 3_600_000


def _share(says: str) -> Meta:
    return Meta(ge=0, le=1, description=says)


Milliseconds = Annotated[float, Meta(ge=0, le=_HOUR_MS)]


class FaultsBody(Body, frozen=True, kw_only=True):
    """What goes wrong, as fractions of 1; what is left out does not. The shares of what becomes of a
    submission (refused, throttled, unanswered) are 1 together at most, and so are those of how a message
    ends (undelivered, expired, rejected), and those of the wire (cut, garbage, late)."""

    response_median_ms: Annotated[
        Milliseconds | None,
        Meta(description="From a submission to its response: half are quicker."),
    ] = None
    response_p99_ms: Annotated[
        Milliseconds | None,
        Meta(
            description="One in a hundred is slower; three times the median where it is left out."
        ),
    ] = None
    receipt_median_ms: Annotated[
        Milliseconds | None, Meta(description="From the response to the receipt.")
    ] = None
    receipt_p99_ms: Milliseconds | None = None
    undelivered_share: Annotated[float, _share("Messages that end undelivered.")] = 0.0
    expired_share: Annotated[float, _share("Messages that end expired.")] = 0.0
    rejected_share: Annotated[float, _share("Messages that the network takes and rejects.")] = 0.0
    refused_share: Annotated[float, _share("Submissions that are declined for good.")] = 0.0
    throttled_share: Annotated[float, _share("Submissions declined as too many.")] = 0.0
    unanswered_share: Annotated[float, _share("Submissions without a response.")] = 0.0
    lost_share: Annotated[float, _share("Messages whose receipt never comes.")] = 0.0
    duplicate_share: Annotated[float, _share("Messages whose receipts come twice.")] = 0.0
    early_share: Annotated[
        float, _share("Messages whose receipt comes before the response to the submission.")
    ] = 0.0
    reverse_share: Annotated[
        float, _share("Messages of several parts that report last to first.")
    ] = 0.0
    cut_share: Annotated[
        float, _share("By SMPP: submissions during whose response the connection ends.")
    ] = 0.0
    garbage_share: Annotated[
        float, _share("By SMPP: responses before which octets come that are no PDU.")
    ] = 0.0
    late_share: Annotated[float, _share("By SMPP: responses that come `late_seconds` later.")] = 0.0
    late_seconds: Annotated[float, Meta(ge=0, le=3599)] = 2.0
    wrong_id_share: Annotated[
        float, _share("By SMPP: receipts whose id is in hexadecimal where it was decimal.")
    ] = 0.0
    down: Annotated[bool, Meta(description="No connection can be made; messages wait.")] = False


class FaultsView(FaultsBody, frozen=True, kw_only=True):
    """What goes wrong now."""

    carriers: Annotated[
        list[str], Meta(description="The simulated carriers, all of which behave so.")
    ]


def get_faults(asked: Asked) -> Command:
    """GET /v1/simulator/faults."""
    del asked
    return GetFaults()


def set_faults(asked: Asked) -> Command:
    """PUT /v1/simulator/faults."""
    fields = msgspec.structs.asdict(asked.body)
    for name in ("response", "receipt"):
        median, p99 = fields[f"{name}_median_ms"], fields[f"{name}_p99_ms"]
        if p99 is None and median is not None:
            fields[f"{name}_p99_ms"] = 3 * median
        elif median is None and p99 is not None:
            fields[f"{name}_median_ms"] = p99 / 3
    return SetFaults(faults=Faults(**fields))


def faults_view(answer: Simulated) -> FaultsView:
    """What goes wrong now."""
    return FaultsView(**msgspec.structs.asdict(answer.faults), carriers=list(answer.carriers))
