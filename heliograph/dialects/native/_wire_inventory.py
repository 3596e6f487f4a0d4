"""What is sent about the inventory: the operator's imports, the customer's search and purchase."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from heliograph.dialects.native._wire_things import (
    Country,
    Currency,
    Decimal,
    FeatureWord,
    ServiceId,
)
from heliograph.dialects.native.wire import Body, Cursor, exactly

KindWord = Literal["long_number", "short_code", "toll_free", "alphanumeric"]
_Words = Annotated[str, Meta(max_length=2_000)]


class OfferBody(Body, frozen=True, kw_only=True):
    """A number for sale, or the right to names in a country."""

    kind: KindWord
    country: Country
    number: (
        Annotated[
            str,
            Meta(
                max_length=64,
                description="Its digits; left out for `alphanumeric`.",
                examples=["8801844909020"],
            ),
        ]
        | None
    ) = None
    features: Annotated[tuple[FeatureWord, ...], Meta(min_length=1, max_length=4)] = ("sms",)
    currency: Currency = "EUR"
    setup: Annotated[Decimal, Meta(description="Once.")] = "0"
    monthly: Annotated[Decimal, Meta(description="Each calendar month.")] = "0"
    approval: Annotated[bool, Meta(description="The operator must approve every sale.")] = False


class OffersBody(Body, frozen=True, kw_only=True):
    """Offers to put into the stock."""

    offers: Annotated[tuple[OfferBody, ...], Meta(min_length=1, max_length=100_000)]


class RestrictionBody(Body, frozen=True, kw_only=True):
    """What a country asks of senders."""

    country: Country
    kinds: Annotated[
        tuple[KindWord, ...],
        Meta(max_length=4, description="The kinds of senders that work there."),
    ] = ("long_number", "short_code", "toll_free", "alphanumeric")
    registration: Annotated[
        bool, Meta(description="Every sender ID is registered first: sales need approval.")
    ] = False
    two_way: Annotated[bool, Meta(description="Whether handsets can answer.")] = True
    content: Annotated[_Words, Meta(description="What may not be sent.")] = ""
    hours: Annotated[_Words, Meta(description="When it may be sent.")] = ""
    note: _Words = ""


class RestrictionsBody(Body, frozen=True, kw_only=True):
    """Restrictions by country."""

    restrictions: Annotated[tuple[RestrictionBody, ...], Meta(max_length=1_000)]


class BuyBody(Body, frozen=True, kw_only=True):
    """How the offer is to be used."""

    name: (
        Annotated[
            str,
            Meta(
                max_length=20,
                description="The sender ID wanted, for an `alphanumeric` offer.",
                examples=["Shop"],
            ),
        ]
        | None
    ) = None
    service: Annotated[
        ServiceId,
        Meta(description="The number is mapped to it; a name becomes its sender."),
    ] = None


class OffersQuery(Body, frozen=True, kw_only=True):
    """What to search for; conditions add up."""

    country: Country | None = None
    kind: KindWord | None = None
    feature: FeatureWord | None = None
    contains: (
        Annotated[
            str,
            Meta(
                pattern=exactly("[0-9*]{1,20}"),
                max_length=20,
                description="Digits anywhere in the number; with `*` for any digits, all of it.",
                examples=["880*77"],
            ),
        ]
        | None
    ) = None
    stock: Annotated[bool, Meta(description="Everything in every state, for the operator.")] = False
    after: Cursor = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class RestrictionsQuery(Body, frozen=True, kw_only=True):
    """Of which country; of all if left out."""

    country: Country | None = None


class ApprovalsQuery(Body, frozen=True, kw_only=True):
    """A page, oldest first."""

    after: Cursor = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
