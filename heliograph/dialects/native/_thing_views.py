"""What the native API shows of kept things: senders, credentials, carriers, routes and the rest.

A secret is shown once, in the answer that made it; a carrier's secrets are never shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from heliograph.dialects.native._campaigns import CAMPAIGN_THINGS
from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._links import LINK_VIEWS
from heliograph.dialects.native._views_dialogue import reply_view
from heliograph.dialects.native._views_two_way import (
    TWO_WAY_VIEWS,
    ServiceRef,
    service_ref,
)
from heliograph.dialects.native._wire_replies import Price, View
from heliograph.model.account import (
    Account,
    Balance,
    Credential,
    Endpoint,
    Number,
    OptOut,
    Permit,
    Reply,
    Sender,
)
from heliograph.model.command import Thing
from heliograph.model.money import decimal_text
from heliograph.model.route import Carrier, Rate, RateCard, Route

Secret = Annotated[str, Meta(description="Shown this once; keep it safe.")]


class SenderView(View, frozen=True, kw_only=True):
    """A sender ID."""

    id: Annotated[str, Meta(examples=["snd_12"])]
    name: str
    state: str
    country: str | None = None
    enabled: bool = True
    reason: Annotated[str | None, Meta(description="Why it was refused.")] = None


class PermitView(View, frozen=True, kw_only=True):
    """A promotional campaign and its approval."""

    id: Annotated[str, Meta(examples=["perm_2"])]
    code: str
    state: str


class NumberView(View, frozen=True, kw_only=True):
    """A number on which the account receives messages."""

    id: Annotated[str, Meta(examples=["num_7"])]
    msisdn: str
    country: str | None = None
    service: ServiceRef | None = None
    features: list[str]
    shared: bool


class CredentialView(View, frozen=True, kw_only=True):
    """A way to sign in."""

    id: Annotated[str, Meta(examples=["cred_5"])]
    dialect: str
    name: str
    hint: Annotated[str, Meta(description="The secret's last four characters.")]
    mode: str
    scopes: list[str]
    allowed_networks: list[str]
    denied_networks: list[str]
    label: str
    settings: dict[str, str]
    service: ServiceRef | None = None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    secret: Secret | None = None


class EndpointView(View, frozen=True, kw_only=True):
    """A webhook endpoint; values of settings named `…_secret` are not shown."""

    id: Annotated[str, Meta(examples=["ep_3"])]
    url: str
    dialect: str
    events: list[str]
    service: ServiceRef | None = None
    settings: dict[str, str]
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    secret: Secret | None = None


class OptOutView(View, frozen=True, kw_only=True):
    """A number that must not hear from a sender again."""

    to: str
    sender: str
    campaign: str
    source: str
    created_at: datetime


class AccountView(View, frozen=True, kw_only=True):
    """A customer of the house."""

    id: Annotated[str, Meta(examples=["acct_1"])]
    name: str
    currency: str
    state: str
    rate_card: str
    credit_limit: Price
    charge_on: str
    on_uncertain_otp: str
    on_uncertain_transactional: str
    on_uncertain_promotional: str
    any_sender: bool
    max_parts: int
    default_validity_seconds: int
    default_region: str | None = None
    submits_per_second: int
    opt_out_scope: str
    conversion_tracking: bool


class CarrierView(View, frozen=True, kw_only=True):
    """A way out of the house; values of settings named `…_secret` are not shown."""

    id: Annotated[str, Meta(examples=["car_1"])]
    name: str
    kind: str
    enabled: bool
    per_second: float
    window: int
    channels: list[str]
    settings: dict[str, str]
    rate_card: str | None = None
    hook_url: (
        Annotated[str, Meta(description="Where the vendor may call us; a secret between the two.")]
        | None
    ) = None


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """One carrier of a route."""

    carrier: str
    priority: int
    weight: int


class RouteView(View, frozen=True, kw_only=True):
    """Which messages go to which carriers."""

    id: Annotated[str, Meta(examples=["rte_4"])]
    name: str
    position: int
    enabled: bool
    account: str | None = None
    sender: str | None = None
    prefix: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    traffic_class: str | None = None
    from_minute: int | None = None
    to_minute: int | None = None
    targets: list[TargetView]


class RateCardView(View, frozen=True, kw_only=True):
    """A list of prices."""

    id: Annotated[str, Meta(examples=["card_1"])]
    name: str
    currency: str
    side: str


class RateView(View, frozen=True, kw_only=True):
    """Price of one part."""

    price: Price
    prefix: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    effective_from: datetime | None = None


class RatesView(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of a card."""

    card: RateCardView
    rates: list[RateView]


class BalanceView(msgspec.Struct, frozen=True, kw_only=True):
    """An account's money."""

    currency: str
    available: Price
    held: Price
    credit_limit: Price


def thing_view(thing: Thing, secret: str | None = None) -> View:
    """A thing as the API shows it; `secret` only in the answer that made it."""
    shown = _VIEWS[type(thing)](thing)
    if secret is not None and isinstance(shown, CredentialView | EndpointView):
        return msgspec.structs.replace(shown, secret=secret)
    return shown


def balance_view(balance: Balance) -> BalanceView:
    """An account's money."""
    return BalanceView(
        currency=balance.currency,
        available=decimal_text(balance.available_micros),
        held=decimal_text(balance.held_micros),
        credit_limit=decimal_text(balance.credit_limit_micros),
    )


def rate_view(rate: Rate) -> RateView:
    """Price of one part."""
    return RateView(
        price=decimal_text(rate.price_micros),
        prefix=rate.prefix,
        mcc=rate.mcc,
        mnc=rate.mnc,
        effective_from=rate.effective_from,
    )


def card_view(card: RateCard) -> RateCardView:
    """A list of prices."""
    return RateCardView(
        id=plain("card", card.id), name=card.name, currency=card.currency, side=card.side.value
    )


def _sender(thing: Sender) -> View:
    return SenderView(
        id=plain("snd", thing.id),
        name=thing.name,
        state=thing.state.value,
        country=thing.country,
        enabled=thing.enabled,
        reason=thing.reason or None,
    )


def _permit(thing: Permit) -> View:
    return PermitView(id=plain("perm", thing.id), code=thing.code, state=thing.state.value)


def _number(thing: Number) -> View:
    return NumberView(
        id=plain("num", thing.id),
        msisdn=thing.msisdn,
        country=thing.country,
        service=service_ref(thing.service_id),
        features=list(thing.features),
        shared=thing.shared,
    )


def _credential(thing: Credential) -> View:
    return CredentialView(
        id=plain("cred", thing.id),
        dialect=thing.dialect,
        name=thing.name,
        hint=thing.hint,
        mode=thing.mode.value,
        scopes=[scope.value for scope in thing.scopes],
        allowed_networks=list(thing.allowed_networks),
        denied_networks=list(thing.denied_networks),
        label=thing.label,
        settings=thing.settings,
        service=service_ref(thing.service_id),
        created_at=thing.created_at,
        expires_at=thing.expires_at,
        revoked_at=thing.revoked_at,
    )


def _endpoint(thing: Endpoint) -> View:
    return EndpointView(
        id=plain("ep", thing.id),
        url=thing.url,
        dialect=thing.dialect,
        events=list(thing.events),
        service=service_ref(thing.service_id),
        settings=_public(thing.settings),
        disabled_at=thing.disabled_at,
        disabled_reason=thing.disabled_reason,
    )


def _opt_out(thing: OptOut) -> View:
    return OptOutView(
        to=thing.msisdn,
        sender=thing.sender,
        campaign=thing.campaign,
        source=thing.source,
        created_at=thing.created_at,
    )


def _account(thing: Account) -> View:
    return AccountView(
        id=plain("acct", thing.id),
        name=thing.name,
        currency=thing.currency,
        state=thing.state.value,
        rate_card=thing.rate_card,
        credit_limit=decimal_text(thing.credit_limit_micros),
        charge_on=thing.charge_on.value,
        on_uncertain_otp=thing.on_uncertain_otp.value,
        on_uncertain_transactional=thing.on_uncertain_transactional.value,
        on_uncertain_promotional=thing.on_uncertain_promotional.value,
        any_sender=thing.any_sender,
        max_parts=thing.max_parts,
        default_validity_seconds=thing.default_validity_seconds,
        default_region=thing.default_region,
        submits_per_second=thing.submits_per_second,
        opt_out_scope=thing.opt_out_scope.value,
        conversion_tracking=thing.conversion_tracking,
    )


def _carrier(thing: Carrier) -> View:
    return CarrierView(
        id=plain("car", thing.id),
        name=thing.name,
        kind=thing.kind,
        enabled=thing.enabled,
        per_second=thing.per_second,
        window=thing.window,
        channels=list(thing.channels),
        settings=_public(thing.settings),
        rate_card=thing.rate_card,
        hook_url=thing.hook_url or None,
    )


def _public(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if not name.endswith("_secret")}


def _route(thing: Route) -> View:
    return RouteView(
        id=plain("rte", thing.id),
        name=thing.name,
        position=thing.position,
        enabled=thing.enabled,
        account=None if thing.account_id is None else plain("acct", thing.account_id),
        sender=thing.sender,
        prefix=thing.prefix,
        mcc=thing.mcc,
        mnc=thing.mnc,
        traffic_class=None if thing.traffic_class is None else thing.traffic_class.word,
        from_minute=thing.from_minute,
        to_minute=thing.to_minute,
        targets=[
            TargetView(carrier=each.carrier, priority=each.priority, weight=each.weight)
            for each in thing.targets
        ],
    )


_VIEWS: Final[dict[type[Any], Callable[[Any], View]]] = {
    Sender: _sender,
    Permit: _permit,
    Number: _number,
    Credential: _credential,
    Endpoint: _endpoint,
    OptOut: _opt_out,
    **TWO_WAY_VIEWS,
    Reply: reply_view,
    **LINK_VIEWS,
    **CAMPAIGN_THINGS,
    Account: _account,
    Carrier: _carrier,
    Route: _route,
    RateCard: card_view,
}
