"""Readers of the operations on the inventory: offers, restrictions, rentals, approvals."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _wire_inventory as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import Asked, account_of, path_plain, plain_id
from heliograph.dialects.native._tables import from_csv
from heliograph.dialects.native.codes import field_error
from heliograph.model.command import Command
from heliograph.model.inventory import (
    BuyOffer,
    ImportOffers,
    ImportRestrictions,
    ListApprovals,
    ListOffers,
    ListRentals,
    ListRestrictions,
    Offer,
    OfferKind,
    ReleaseRental,
    Restriction,
    WithdrawOffer,
)
from heliograph.model.money import parse_micros

OFFER_COLUMNS: Final = (
    "kind", "country", "number", "features[]", "currency", "setup", "monthly", "approval",
)  # fmt: skip
RESTRICTION_COLUMNS: Final = (
    "country", "kinds[]", "registration", "two_way", "content", "hours", "note",
)  # fmt: skip


def offers_from_csv(body: bytes) -> bodies.OffersBody:
    """The stock as a table."""
    return from_csv(body, OFFER_COLUMNS, "offers", bodies.OffersBody)


def restrictions_from_csv(body: bytes) -> bodies.RestrictionsBody:
    """The restrictions as a table."""
    return from_csv(body, RESTRICTION_COLUMNS, "restrictions", bodies.RestrictionsBody)


def list_offers(asked: Asked) -> Command:
    """GET /v1/offers."""
    query: bodies.OffersQuery = asked.query
    return ListOffers(
        country=query.country,
        kind=None if query.kind is None else OfferKind(query.kind),
        feature=query.feature,
        contains=query.contains,
        stock=query.stock,
        after=plain_id(query.after, "ofr", "after") or 0,
        limit=query.limit,
    )


def import_offers(asked: Asked) -> Command:
    """POST /v1/offers."""
    body: bodies.OffersBody = asked.body
    return ImportOffers(
        offers=tuple([_offer(index, each) for index, each in enumerate(body.offers)])
    )


def _offer(index: int, body: bodies.OfferBody) -> Offer:
    place = f"/offers/{index}"
    return Offer(
        id=0,
        kind=OfferKind(body.kind),
        country=body.country,
        msisdn=body.number,
        features=body.features,
        currency=body.currency,
        setup_micros=_price(body.setup, f"{place}/setup"),
        monthly_micros=_price(body.monthly, f"{place}/monthly"),
        approval=body.approval,
    )


def _price(text: str, field: str) -> int:
    micros = parse_micros(text)
    if micros is None or micros < 0:
        raise field_error(field, "Expected a decimal of at most six places that is not negative.")
    return micros


def withdraw_offer(asked: Asked) -> Command:
    """DELETE /v1/offers/{id}."""
    return WithdrawOffer(offer=path_plain(asked, "ofr"))


def buy_offer(asked: Asked) -> Command:
    """POST /v1/offers/{id}/buy."""
    body: bodies.BuyBody = asked.body
    return BuyOffer(
        offer=path_plain(asked, "ofr"),
        sender=body.name,
        service=plain_id(body.service, "svc", "/service"),
    )


def release_number(asked: Asked) -> Command:
    """POST /v1/numbers/{id}/release."""
    return ReleaseRental(number=path_plain(asked, "num"), for_account=account_of(asked))


def release_sender(asked: Asked) -> Command:
    """POST /v1/senders/{id}/release."""
    return ReleaseRental(sender=path_plain(asked, "snd"), for_account=account_of(asked))


def list_rentals(asked: Asked) -> Command:
    """GET /v1/rentals."""
    query: wire.ThingsQuery = asked.query
    after = plain_id(query.after, "rnt", "after") or 0
    return ListRentals(after=after, limit=query.limit, for_account=account_of(asked))


def list_restrictions(asked: Asked) -> Command:
    """GET /v1/restrictions."""
    return ListRestrictions(country=asked.query.country)


def put_restrictions(asked: Asked) -> Command:
    """PUT /v1/restrictions: these and no others."""
    return ImportRestrictions(restrictions=_restrictions(asked), replace=True)


def add_restrictions(asked: Asked) -> Command:
    """POST /v1/restrictions: these beside or instead of the ones of the same countries."""
    return ImportRestrictions(restrictions=_restrictions(asked))


def _restrictions(asked: Asked) -> tuple[Restriction, ...]:
    body: bodies.RestrictionsBody = asked.body
    return tuple(
        [
            Restriction(
                country=each.country,
                kinds=tuple(map(OfferKind, each.kinds)),
                registration=each.registration,
                two_way=each.two_way,
                content=each.content,
                hours=each.hours,
                note=each.note,
            )
            for each in body.restrictions
        ]
    )


def list_approvals(asked: Asked) -> Command:
    """GET /v1/approvals."""
    after = plain_id(asked.query.after, "snd", "after") or 0
    return ListApprovals(after=after, limit=asked.query.limit)
