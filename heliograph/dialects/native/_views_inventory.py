"""What the native API shows of the inventory."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._thing_views import SenderView, thing_view
from heliograph.dialects.native._views_two_way import ServiceRef, service_ref
from heliograph.dialects.native._wire_replies import Page, Price, View
from heliograph.model.inventory import Approval, Offer, Rental, Restriction
from heliograph.model.money import decimal_text


class OfferView(View, frozen=True, kw_only=True):
    """A number that can be had, or the right to a name in a country."""

    id: Annotated[str, Meta(examples=["ofr_4"])]
    kind: str
    country: str
    number: str | None = None
    features: list[str]
    currency: str
    setup: Price
    monthly: Price
    approval: Annotated[bool, Meta(description="Whether the operator must approve.")]
    state: Annotated[str, Meta(description="`free`, `taken`, `resting` or `withdrawn`.")]
    account: Annotated[str, Meta(description="Who rents it; for the operator.")] | None = None


class RestrictionView(View, frozen=True, kw_only=True):
    """What a country asks of senders."""

    country: str
    kinds: list[str]
    registration: bool
    two_way: bool
    content: str
    hours: str
    note: str


class OffersView(Page[OfferView], frozen=True, kw_only=True):
    """A page of offers, and what the country asks for that was searched."""

    restriction: RestrictionView | None = None


class ImportedView(View, frozen=True, kw_only=True):
    """How many offers were put in or changed."""

    count: int


class RentalView(View, frozen=True, kw_only=True, rename="lower"):
    """A number or sender ID that the account rents."""

    id: Annotated[str, Meta(examples=["rnt_5"])]
    offer: str
    kind: str
    country: str
    name: Annotated[str, Meta(description="The number's digits, or the sender ID.")]
    features: list[str]
    state: Annotated[str, Meta(description="`pending`, `active`, `overdue` or `ended`.")]
    reason: Annotated[str, Meta(description="`released`, `refused` or `unpaid`.")] | None = None
    sender: Annotated[str, Meta(examples=["snd_12"])]
    number: Annotated[str, Meta(examples=["num_7"])] | None = None
    service: ServiceRef | None = None
    currency: str
    setup: Price
    monthly: Price
    bought_at: datetime
    began_at: datetime | None = None
    paid_until: datetime | None = None
    ended_at: datetime | None = None


class ApprovalView(View, frozen=True, kw_only=True, rename="lower"):
    """A sender ID that waits for the operator: approve or refuse it by `PUT /v1/senders/{id}`."""

    id: Annotated[str, Meta(examples=["snd_12"])]
    account: Annotated[str, Meta(examples=["acct_3"])]
    account_name: str
    sender: SenderView
    rental: RentalView | None = None


class RestrictionsView(msgspec.Struct, frozen=True, kw_only=True):
    """What countries ask of senders."""

    items: list[RestrictionView]


def offer_view(offer: Offer) -> OfferView:
    """An offer. Customers are only ever told of those that nobody has."""
    who = offer.taken_by
    return OfferView(
        id=plain("ofr", offer.id),
        kind=offer.kind.value,
        country=offer.country,
        number=offer.msisdn,
        features=list(offer.features),
        currency=offer.currency,
        setup=decimal_text(offer.setup_micros),
        monthly=decimal_text(offer.monthly_micros),
        approval=offer.approval,
        state=offer.state.value,
        account=None if who is None else plain("acct", who),
    )


def restriction_view(restriction: Restriction) -> RestrictionView:
    """What a country asks for."""
    return RestrictionView(
        country=restriction.country,
        kinds=[kind.value for kind in restriction.kinds],
        registration=restriction.registration,
        two_way=restriction.two_way,
        content=restriction.content,
        hours=restriction.hours,
        note=restriction.note,
    )


def rental_view(rental: Rental) -> RentalView:
    """A rental."""
    return RentalView(
        id=plain("rnt", rental.id),
        offer=plain("ofr", rental.offer_id),
        kind=rental.kind.value,
        country=rental.country,
        name=rental.name,
        features=list(rental.features),
        state=rental.state.value,
        reason=rental.reason,
        sender=plain("snd", rental.sender_id),
        number=None if rental.number_id is None else plain("num", rental.number_id),
        service=service_ref(rental.service_id),
        currency=rental.currency,
        setup=decimal_text(rental.setup_micros),
        monthly=decimal_text(rental.monthly_micros),
        bought_at=rental.bought_at,
        began_at=rental.began_at,
        paid_until=rental.paid_until,
        ended_at=rental.ended_at,
    )


def approval_view(approval: Approval) -> ApprovalView:
    """A sender that waits."""
    sender = thing_view(approval.sender)
    if not isinstance(sender, SenderView):
        raise TypeError("a sender is shown as one")
    return ApprovalView(
        id=sender.id,
        account=plain("acct", approval.account_id),
        account_name=approval.account,
        sender=sender,
        rental=None if approval.rental is None else rental_view(approval.rental),
    )
