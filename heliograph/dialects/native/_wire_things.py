"""What is sent to make or change the things that an account or the operator keeps.

Same rules as in `wire`: what is declared here is checked, and is what the OpenAPI description shows.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heliograph.dialects.native.wire import Body, ClassWord, Moment, Url, exactly

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Country = Annotated[str, Meta(pattern=exactly("[A-Z]{2}"), max_length=2)]
Currency = Annotated[str, Meta(pattern=exactly("[A-Z]{3}"), max_length=3)]
Decimal = Annotated[str, Meta(pattern=exactly(r"-?\d{1,12}(\.\d{1,6})?"), max_length=20)]
Networks = Annotated[tuple[Annotated[str, Meta(max_length=49)], ...], Meta(max_length=100)]
StateWord = Literal["pending", "approved", "refused"]
FeatureWord = Literal["sms", "voice", "mms", "two_way"]
ServiceId = Annotated[str, Meta(max_length=40, examples=["svc_3"])] | None


# -- things -----------------------------------------------------------------------------------


class SenderBody(Body, frozen=True, kw_only=True):
    """A sender ID. Only the operator may set another state than `pending`."""

    name: Annotated[str, Meta(min_length=1, max_length=20, examples=["Heliograph"])]
    country: (
        Annotated[Country, Meta(description="Where it holds; everywhere if left out.")] | None
    ) = None
    state: StateWord = "pending"
    enabled: bool = True
    reason: Annotated[
        str,
        Meta(
            max_length=500, description="Of the operator: why it is refused; the customer reads it."
        ),
    ] = ""


class PermitBody(Body, frozen=True, kw_only=True):
    """A promotional campaign and its approval by the regulator."""

    code: Name
    state: StateWord = "pending"


class NumberBody(Body, frozen=True, kw_only=True):
    """A number on which the account receives messages."""

    msisdn: Annotated[str, Meta(max_length=64, examples=["8801844909020"])]
    country: Country | None = None
    service: Annotated[ServiceId, Meta(description="Whose messages to it are.")] = None
    features: Annotated[tuple[FeatureWord, ...], Meta(min_length=1, max_length=4)] = ("sms",)
    shared: Annotated[bool, Meta(description="Lets other accounts have keywords on it.")] = False


class CredentialBody(Body, frozen=True, kw_only=True):
    """A way to sign in: a native key, or a user of one of the vendor APIs or SMPP."""

    dialect: Annotated[
        str, Meta(pattern=exactly("[a-z0-9_]{1,20}"), description="The door it opens.")
    ] = "native"
    name: Annotated[
        str, Meta(max_length=100, description="The user name where the door has one.")
    ] = ""
    secret: (
        Annotated[
            str,
            Meta(
                min_length=4,
                max_length=200,
                description="Keep a secret that an integration uses already. Not for native keys.",
            ),
        ]
        | None
    ) = None
    mode: Literal["live", "test"] = "live"
    scopes: Annotated[
        tuple[Literal["send", "read", "manage", "admin"], ...], Meta(min_length=1)
    ] = ("send", "read")
    allowed_networks: Annotated[
        Networks, Meta(description="CIDR networks that may call; all if empty.")
    ] = ()
    denied_networks: Networks = ()
    label: Annotated[str, Meta(max_length=100)] = ""
    settings: Annotated[
        dict[str, str],
        Meta(max_length=20, description="What the door offers, e.g. for SMPP `window`, `id_form`."),
    ] = msgspec.field(default_factory=dict)
    service: Annotated[ServiceId, Meta(description="The service that it works for.")] = None
    expires_at: Moment | None = None


class RotateBody(Body, frozen=True, kw_only=True):
    """How long the old secret goes on working."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=2_592_000)] = 0


class EndpointBody(Body, frozen=True, kw_only=True):
    """A URL that is told of events by Standard Webhooks."""

    url: Annotated[Url, Meta(examples=["https://shop.example/hooks/sms"])]
    events: Annotated[
        tuple[Annotated[str, Meta(pattern=exactly(r"\*|[a-z]+([._][a-z]+)*"), max_length=40)], ...],
        Meta(
            max_length=20,
            description="Types wanted; `*` for all. Empty: those that end a message, "
            "and `message.received`.",
            examples=[["message.delivered"]],
        ),
    ] = ()
    dialect: Annotated[
        str, Meta(pattern=exactly("[a-z0-9_]{1,20}"), description="In whose form it is called.")
    ] = "native"
    service: Annotated[
        ServiceId, Meta(description="Told of this service's only; of everything if left out.")
    ] = None
    settings: Annotated[
        dict[str, str],
        Meta(
            max_length=20,
            description="What the form lets you choose. Values of names ending in `_secret` are "
            "never shown; left out they stay as they are.",
        ),
    ] = msgspec.field(default_factory=dict)


class ReplayBody(Body, frozen=True, kw_only=True):
    """What an endpoint is to be told again."""

    message: Annotated[str, Meta(max_length=40, examples=["msg_3v9k2m8q1r7tc"])]
    event: (
        Annotated[
            str, Meta(max_length=40, description="One event; all of the message if left out.")
        ]
        | None
    ) = None


class OptOutBody(Body, frozen=True, kw_only=True):
    """A number that must not hear from a sender again."""

    to: Annotated[str, Meta(max_length=64, examples=["+8801844909020"])]
    sender: Annotated[
        str, Meta(max_length=20, description="Every sender of the account if left out.")
    ] = ""
    campaign: Annotated[
        str, Meta(max_length=100, description="Only of this campaign; of all if left out.")
    ] = ""


# -- the operator's ---------------------------------------------------------------------------


class AccountBody(Body, frozen=True, kw_only=True):
    """A customer of the house."""

    name: Name
    currency: Currency = "EUR"
    state: Literal["active", "suspended"] = "active"
    rate_card: Name = "default"
    credit_limit: Annotated[Decimal, Meta(description="How far below zero it may go.")] = "0"
    charge_on: Literal["sent", "delivered"] = "sent"
    on_uncertain_otp: Literal["hold", "resend"] = "resend"
    on_uncertain_transactional: Literal["hold", "resend"] = "resend"
    on_uncertain_promotional: Literal["hold", "resend"] = "hold"
    any_sender: bool = False
    max_parts: Annotated[int, Meta(ge=1, le=255)] = 10
    default_validity_seconds: Annotated[int, Meta(ge=1, le=2_592_000)] = 172_800
    default_region: Country | None = None
    submits_per_second: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    opt_out_scope: Annotated[
        Literal["sender", "account", "campaign"],
        Meta(description="What a handset's bare STOP ends."),
    ] = "sender"
    conversion_tracking: Annotated[
        bool, Meta(description="Whether messages may be marked as converted.")
    ] = False


class FundBody(Body, frozen=True, kw_only=True):
    """A payment, or a correction where it is negative."""

    amount: Annotated[Decimal, Meta(examples=["250.00"])]
    why: Annotated[str, Meta(min_length=1, max_length=200, examples=["Invoice 2041"])]


class CarrierBody(Body, frozen=True, kw_only=True):
    """A way out of the house. Secrets that are left out of `settings` keep their value."""

    name: Name
    kind: Annotated[str, Meta(pattern=exactly("[a-z0-9_]{1,20}"), examples=["smpp"])]
    enabled: bool = True
    per_second: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0
    window: Annotated[int, Meta(ge=1, le=100_000)] = 500
    channels: tuple[Name, ...] = ("sms",)
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    rate_card: Name | None = None


class TargetBody(Body, frozen=True, kw_only=True):
    """One carrier of a route."""

    carrier: Name
    priority: Annotated[int, Meta(ge=0, le=1_000)] = 0
    weight: Annotated[int, Meta(ge=1, le=1_000)] = 1


class RouteBody(Body, frozen=True, kw_only=True):
    """Which messages go to which carriers. The first matching route wins."""

    name: Name
    position: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    enabled: bool = True
    account: Annotated[str, Meta(max_length=30)] | None = None
    sender: Annotated[str, Meta(max_length=20)] | None = None
    prefix: Annotated[str, Meta(pattern=exactly("[0-9]{1,15}"))] | None = None
    mcc: Annotated[str, Meta(pattern=exactly("[0-9]{3}"))] | None = None
    mnc: Annotated[str, Meta(pattern=exactly("[0-9]{2,3}"))] | None = None
    traffic_class: ClassWord | None = None
    from_minute: Annotated[int, Meta(ge=0, le=1_439)] | None = None
    to_minute: Annotated[int, Meta(ge=0, le=1_439)] | None = None
    targets: Annotated[tuple[TargetBody, ...], Meta(max_length=50)] = ()


class RateCardBody(Body, frozen=True, kw_only=True):
    """A named list of prices in one currency."""

    name: Annotated[str, Meta(pattern=exactly("[A-Za-z0-9._-]{1,60}"), examples=["default"])]
    currency: Currency = "EUR"
    side: Literal["sell", "buy"] = "sell"


class RateBody(Body, frozen=True, kw_only=True):
    """Price of one part to a prefix, a network, a country, or (nothing given) anywhere."""

    price: Annotated[Decimal, Meta(examples=["0.0042"])]
    prefix: Annotated[str, Meta(pattern=exactly("[0-9]{1,15}"))] | None = None
    mcc: Annotated[str, Meta(pattern=exactly("[0-9]{3}"))] | None = None
    mnc: Annotated[str, Meta(pattern=exactly("[0-9]{2,3}"))] | None = None
    effective_from: Moment | None = None


class RatesBody(Body, frozen=True, kw_only=True):
    """The prices of a card."""

    rates: Annotated[tuple[RateBody, ...], Meta(max_length=200_000)]
