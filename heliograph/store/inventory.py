"""The stock of numbers and sender IDs, what countries ask for, and rentals. Writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from heliograph.model.account import Number, Sender
from heliograph.model.inventory import (
    Approval,
    ListOffers,
    Offer,
    OfferKind,
    OfferState,
    Rental,
    Restriction,
)
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record
from heliograph.store.kept import LARGEST_ID

_SQL = queries("inventory")


class Held(NamedTuple):
    """An offer that is locked for a buyer."""

    offer: Offer
    available: bool
    works: bool
    """Whether senders of its kind work in its country."""


# -- offers -----------------------------------------------------------------------------------


async def put_offers(link: Link, offers: Sequence[Offer]) -> None:
    """Put offers into the stock, or change them. None may come twice."""
    for query, chosen in (
        ("put_numbers", [each for each in offers if each.msisdn is not None]),
        ("put_names", [each for each in offers if each.msisdn is None]),
    ):
        if chosen:
            await link.execute(
                _SQL[query],
                [offer.kind.value for offer in chosen],
                [offer.country for offer in chosen],
                [offer.msisdn for offer in chosen],
                [" ".join(offer.features) for offer in chosen],
                [offer.currency for offer in chosen],
                [offer.setup_micros for offer in chosen],
                [offer.monthly_micros for offer in chosen],
                [offer.approval for offer in chosen],
            )


async def numbers_given(link: Link, msisdns: Sequence[str]) -> tuple[str, ...]:
    """The first few of these numbers that accounts have by other ways than buying."""
    rows = await link.fetch(_SQL["numbers_given"], list(msisdns))
    return tuple(row["msisdn"] for row in rows)


async def search_offers(
    link: Link, wanted: ListOffers, *, account_id: int, currency: str, now: datetime
) -> list[Offer]:
    """What an account can have now, `limit` of them."""
    who = (account_id, now, min(wanted.after, LARGEST_ID), currency)
    rows = await link.fetch(_SQL["search_offers"], *who, *_conditions(wanted), wanted.limit)
    return [_offer(row) for row in rows]


async def list_stock(link: Link, wanted: ListOffers, *, now: datetime) -> list[Offer]:
    """Everything in the stock, `limit` of it."""
    after = min(wanted.after, LARGEST_ID)
    rows = await link.fetch(_SQL["list_stock"], now, after, *_conditions(wanted), wanted.limit)
    return [_offer(row) for row in rows]


async def hold_offer(link: Link, offer_id: int, account_id: int, now: datetime) -> Held | None:
    """An offer, locked until the transaction ends."""
    if offer_id > LARGEST_ID:
        return None
    row = await link.fetchrow(_SQL["hold_offer"], offer_id, account_id, now)
    return None if row is None else Held(_offer(row), row["available"], row["works"])


async def take_offer(link: Link, offer_id: int, account_id: int) -> None:
    """It is rented; only for a number that is held and available."""
    await link.execute(_SQL["take_offer"], offer_id, account_id)


async def free_offer(
    link: Link, offer_id: int, account_id: int, free_from: datetime | None
) -> None:
    """It is in stock again; others may have it from then on (None: now)."""
    await link.execute(_SQL["free_offer"], offer_id, account_id, free_from)


async def withdraw_offer(link: Link, offer_id: int) -> bool:
    """Whether there was such an offer; it is sold no more."""
    if offer_id > LARGEST_ID:
        return False
    return await link.fetchval(_SQL["withdraw_offer"], offer_id) is not None


# -- restrictions -----------------------------------------------------------------------------


async def put_restrictions(
    link: Link, restrictions: Sequence[Restriction], *, replace: bool
) -> None:
    """Each instead of the former one of its country; `replace` forgets all others."""
    if replace:
        await link.execute(_SQL["clear_restrictions"])
    rows = [
        (r.country, " ".join(r.kinds), r.registration, r.two_way, r.content, r.hours, r.note)
        for r in restrictions
    ]
    if rows:
        await link.execute(_SQL["put_restrictions"], *_columns(rows))


async def list_restrictions(link: Link, country: str | None = None) -> tuple[Restriction, ...]:
    """Of all countries, or of one."""
    rows = await link.fetch(_SQL["list_restrictions"], country)
    return tuple(msgspec.convert(dict(row), Restriction) for row in rows)


# -- rentals -----------------------------------------------------------------------------------


async def insert_rental(link: Link, rental: Rental) -> Rental:
    """A new rental; its id is given by the database."""
    row = await link.fetchrow(
        _SQL["insert_rental"],
        rental.account_id,
        rental.offer_id,
        rental.kind.value,
        rental.country,
        rental.name,
        rental.features,
        rental.state.value,
        rental.sender_id,
        rental.number_id,
        rental.service_id,
        rental.currency,
        rental.setup_micros,
        rental.monthly_micros,
        rental.bought_at,
        rental.began_at,
        rental.months,
        rental.paid_until,
        rental.due_at,
    )
    if row is None:
        raise LookupError("an insert returned no row")
    return _rental(row)


async def lock_rental(
    link: Link,
    account_id: int,
    *,
    id_: int | None = None,
    number_id: int | None = None,
    sender_id: int | None = None,
) -> Rental | None:
    """The account's rental that has not ended, by one of three; locked until the transaction ends."""
    row = await link.fetchrow(_SQL["lock_rental"], account_id, id_, number_id, sender_id)
    return None if row is None else _rental(row)


async def update_rental(link: Link, rental: Rental) -> Rental:
    """Write what can change of a rental."""
    row = await link.fetchrow(
        _SQL["update_rental"],
        rental.account_id,
        rental.id,
        rental.state.value,
        rental.reason,
        rental.number_id,
        rental.began_at,
        rental.months,
        rental.paid_until,
        rental.due_at,
        rental.ended_at,
    )
    if row is None:
        raise LookupError("a rental that was locked is gone")
    return _rental(row)


async def list_rentals(link: Link, account_id: int, *, after: int, limit: int) -> list[Rental]:
    """The account's rentals, oldest first."""
    rows = await link.fetch(_SQL["list_rentals"], account_id, after, limit)
    return [_rental(row) for row in rows]


async def due_rentals(link: Link, now: datetime, limit: int) -> list[tuple[int, int]]:
    """`(account_id, id)` of rentals whose next month is to be booked."""
    rows = await link.fetch(_SQL["due_rentals"], now, limit)
    return [(row["account_id"], row["id"]) for row in rows]


async def rented(link: Link) -> set[tuple[type[Sender | Number], int, int]]:
    """`(kind, account_id, id)` of the senders and numbers of all accounts that are rented."""
    rows = await link.fetch(_SQL["rented"])
    found: set[tuple[type[Sender | Number], int, int]] = set()
    for row in rows:
        found.add((Sender, row["account_id"], row["sender_id"]))
        if row["number_id"] is not None:
            found.add((Number, row["account_id"], row["number_id"]))
    return found


async def drop_keywords(link: Link, msisdn: str) -> None:
    """A number's keywords go with it."""
    await link.execute(_SQL["drop_keywords"], msisdn)


async def forget_sender(link: Link, account_id: int, name: str) -> None:
    """The account's services use this sender no more."""
    await link.execute(_SQL["forget_sender"], account_id, name)


async def pending_senders(link: Link, *, after: int, limit: int) -> list[Approval]:
    """Senders of all accounts that wait for the operator, with their rentals."""
    rows = await link.fetch(_SQL["pending_senders"], after, limit)
    keys = [(row["account_id"], row["rental_id"]) for row in rows if row["rental_id"] is not None]
    found = await link.fetch(_SQL["rentals_by_id"], *_columns(keys)) if keys else []
    rentals = {rental.sender_id: rental for rental in map(_rental, found)}
    return [
        Approval(
            account_id=row["account_id"],
            account=row["account"],
            sender=msgspec.convert(dict(row), Sender),
            rental=rentals.get(row["id"]),
        )
        for row in rows
    ]


def _conditions(wanted: ListOffers) -> tuple[str | None, ...]:
    kind = None if wanted.kind is None else wanted.kind.value
    return wanted.country, kind, wanted.feature, _pattern(wanted.contains)


def _pattern(contains: str | None) -> str | None:
    """Digits and stars as SQL has them; a pattern never holds anything else."""
    if contains is None:
        return None
    return contains.replace("*", "%") if "*" in contains else f"%{contains}%"


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _offer(row: Record) -> Offer:
    if row["withdrawn"]:
        state = OfferState.WITHDRAWN
    elif row["taken_by"] is not None:
        state = OfferState.TAKEN
    else:
        state = OfferState.RESTING if row["resting"] else OfferState.FREE
    return Offer(
        id=row["id"],
        kind=OfferKind(row["kind"]),
        country=row["country"],
        msisdn=row["msisdn"],
        features=tuple(row["features"]),
        currency=row["currency"],
        setup_micros=row["setup_micros"],
        monthly_micros=row["monthly_micros"],
        approval=row["asked"],
        state=state,
        free_from=row["free_from"],
        taken_by=row["taken_by"],
    )


def _rental(row: Record) -> Rental:
    return msgspec.convert(dict(row), Rental)
