"""Carriers, routes and rates: what the operator sets up to get messages out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from heliograph.model.account import TrafficClass


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """A way out of the house."""

    id: int
    name: str
    kind: str
    """Which room speaks to it: `simulated`, `smpp`, or the dialect of a vendor that is called by HTTP."""
    enabled: bool = True
    per_second: float = 0.0
    """Messages per second that the carrier allows (token bucket); 0 means no limit."""
    window: int = 500
    """Messages that may be under way at once."""
    channels: tuple[str, ...] = ("sms",)
    settings: dict[str, str] = {}
    """Kind-specific; values under a name that ends in `_secret` are encrypted at rest."""
    rate_card: str | None = None
    """Buy-side rate card."""
    hook_url: str = ""
    """Where it may call us: shown to the operator, never kept. Who knows it can report outcomes."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One carrier of a route. Lower priority goes first; weights share within a priority."""

    carrier: str
    priority: int = 0
    weight: int = 1


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: which messages it is for and which carriers it offers. First match wins."""

    id: int
    name: str
    position: int = 100
    enabled: bool = True
    account_id: int | None = None
    sender: str | None = None
    prefix: str | None = None
    """Digits that the recipient's MSISDN begins with."""
    mcc: str | None = None
    mnc: str | None = None
    traffic_class: TrafficClass | None = None
    from_minute: int | None = None
    """Time window in minutes of the UTC day; may run over midnight."""
    to_minute: int | None = None
    targets: tuple[Target, ...] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A carrier that was considered for a message, and why it was not taken."""

    route: str
    carrier: str
    verdict: str
    """`chosen`, `standby`, `down`, `tried`, `disabled`, `unknown_carrier`, `no_channel`."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message goes, and everything that was considered; kept for its trace."""

    carrier_id: int | None
    route_id: int | None
    candidates: tuple[Candidate, ...] = ()


class Side(StrEnum):
    """Whose price: what customers pay us, or what we pay carriers."""

    SELL = "sell"
    BUY = "buy"


class RateCard(msgspec.Struct, frozen=True, kw_only=True):
    """A named list of prices in one currency."""

    id: int
    name: str
    currency: str
    side: Side = Side.SELL


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Price of one part. The longest prefix, then MCC/MNC, then MCC, then the default applies."""

    card: str
    price_micros: int
    prefix: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    effective_from: datetime | None = None
    """None means from the beginning."""
