"""Numbers and sender IDs: the operator's stock, what countries ask for, buying, rerenting, renewing.

Customers see only what they can have and what they rent. Each command is one transaction; a refusal
has changed nothing. The life of a rental is `renting`; an approval is given by saving the sender.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from heliograph.flow.fields import invalid
from heliograph.flow.renting import begin, end, give_back, pay, renew
from heliograph.flow.saving import Tools, no
from heliograph.flow.stock import canonical_msisdn, offer_faults, restriction_faults
from heliograph.model.account import Scope, Sender, SenderState
from heliograph.model.command import Done, Principal
from heliograph.model.inventory import (
    Approvals,
    BuyOffer,
    Imported,
    ImportOffers,
    ImportRestrictions,
    ListApprovals,
    ListOffers,
    ListRentals,
    ListRestrictions,
    Offer,
    Offers,
    ReleaseRental,
    Rental,
    Rentals,
    RentalState,
    Restriction,
    Restrictions,
    Stocked,
    Stocking,
    WithdrawOffer,
)
from heliograph.model.number import InvalidSender, SenderKind, classify_sender
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import inventory, kept
from heliograph.store.database import Link

_log = structlog.get_logger()
_LARGEST_PAGE: Final = 1000
_DUE_AT_ONCE: Final = 100


class Inventory:
    """Performs the commands about the stock, and books the months of what is rented."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def perform(self, principal: Principal, command: Stocking) -> Stocked | Done | Refused:
        """Perform one command in one transaction."""
        refused = _forbidden(principal, command)
        if refused is not None:
            return refused
        try:
            with kept.rules():
                answer = await self._tools.database.run(
                    lambda link: self._perform(link, principal, command)
                )
        except kept.TakenError:
            sentence = "The account has a sender of that name, or the number is given already."
            return no(Refusal.CONFLICT, detail=sentence)
        except kept.BeyondCreditError:
            return no(Refusal.INSUFFICIENT_BALANCE)
        if isinstance(answer, Rental):
            _told(answer)
        return answer

    async def renew(self) -> int:
        """Book every month that is due, each rental in its own transaction; returns how many were."""
        tools = self._tools
        async with tools.database.link() as link:
            due = await inventory.due_rentals(link, tools.now(), _DUE_AT_ONCE)
        for account_id, rental_id in due:
            rental = await tools.database.run(
                lambda link, a=account_id, i=rental_id: renew(tools, link, a, i)  # type: ignore[misc]
            )
            if rental is not None:
                _told(rental)
        return len(due)

    async def _perform(
        self, link: Link, principal: Principal, command: Stocking
    ) -> Stocked | Done | Refused:
        match command:
            case BuyOffer():
                return await self._buy(link, principal, command)
            case ReleaseRental():
                return await self._release(link, principal, command)
            case ImportOffers(offers=offers):
                return await _import_offers(link, offers)
            case ImportRestrictions(restrictions=restrictions, replace=replace):
                return await _import_restrictions(link, restrictions, replace)
            case WithdrawOffer(offer=offer):
                gone = await inventory.withdraw_offer(link, offer)
                return Done() if gone else no(Refusal.NOT_FOUND)
            case ListOffers():
                return await self._list_offers(link, principal, command)
            case _:
                return await _list(link, principal, command)

    # -- buying ---------------------------------------------------------------------------------

    async def _buy(self, link: Link, principal: Principal, command: BuyOffer) -> Rental | Refused:
        """Promise P4: number or sender, rental and money in one transaction, the balance last."""
        tools, account = self._tools, principal.account
        held = await inventory.hold_offer(link, command.offer, account.id, tools.now())
        if held is None:
            return no(Refusal.NOT_FOUND)
        refused = _unfit(held, account.currency)
        name = _name(held.offer, command.sender)
        if refused is not None or isinstance(name, Refused):
            return refused or name  # type: ignore[return-value]
        service = command.service
        if service is not None and not await kept.hold_service(link, account.id, service):
            return invalid("service", "The account has no such service.")
        offer = held.offer
        state = SenderState.PENDING if offer.approval else SenderState.APPROVED
        country = offer.country if offer.msisdn is None else None
        sender = Sender(account_id=account.id, id=0, name=name, state=state, country=country)
        sender = await kept.insert(link, tools.vault, sender)
        if offer.msisdn is not None:
            await inventory.take_offer(link, offer.id, account.id)
        rental = Rental(
            account_id=account.id,
            id=0,
            offer_id=offer.id,
            kind=offer.kind,
            country=offer.country,
            name=name,
            features=offer.features,
            state=RentalState.PENDING,
            sender_id=sender.id,
            service_id=service,
            currency=offer.currency,
            setup_micros=offer.setup_micros,
            monthly_micros=offer.monthly_micros,
            bought_at=tools.now(),
        )
        if not offer.approval:
            rental = await begin(tools, link, rental)
        rental = await inventory.insert_rental(link, rental)
        if not await pay(tools, link, rental):
            raise kept.BeyondCreditError("balance")
        return rental

    async def _release(
        self, link: Link, principal: Principal, command: ReleaseRental
    ) -> Rental | Refused:
        owner = command.for_account or principal.account.id
        rental = await inventory.lock_rental(
            link, owner, id_=command.rental, number_id=command.number, sender_id=command.sender
        )
        if rental is None:
            return no(Refusal.NOT_FOUND)
        if rental.state is RentalState.PENDING:
            given_back = await give_back(self._tools, link, rental, "released")
            await kept.remove(link, Sender, owner, rental.sender_id)
            return given_back
        if rental.number_id is not None:
            words = await kept.keywords_on_number(link, rental.name)
            if words:
                return no(Refusal.CONFLICT, detail=f"Keywords are on it: {', '.join(words)}.")
        return await end(self._tools, link, rental, "released")

    # -- looking --------------------------------------------------------------------------------

    async def _list_offers(self, link: Link, principal: Principal, command: ListOffers) -> Offers:
        limit, now = _limited(command.limit), self._tools.now()
        wanted = msgspec.structs.replace(command, limit=limit + 1)
        account = principal.account
        if command.stock:
            found = await inventory.list_stock(link, wanted, now=now)
        else:
            found = await inventory.search_offers(
                link, wanted, account_id=account.id, currency=account.currency, now=now
            )
        asked = command.country
        told = await inventory.list_restrictions(link, asked) if asked is not None else ()
        return Offers(
            items=tuple(found[:limit]),
            more=len(found) > limit,
            restriction=told[0] if told else None,
        )


async def _list(
    link: Link, principal: Principal, command: ListRentals | ListRestrictions | ListApprovals
) -> Stocked:
    match command:
        case ListRestrictions(country=country):
            return Restrictions(items=await inventory.list_restrictions(link, country))
        case ListRentals(after=after):
            owner, limit = command.for_account or principal.account.id, _limited(command.limit)
            rentals = await inventory.list_rentals(link, owner, after=after, limit=limit + 1)
            return Rentals(items=tuple(rentals[:limit]), more=len(rentals) > limit)
        case ListApprovals(after=after):
            limit = _limited(command.limit)
            waiting = await inventory.pending_senders(link, after=after, limit=limit + 1)
            return Approvals(items=tuple(waiting[:limit]), more=len(waiting) > limit)


def _forbidden(principal: Principal, command: Stocking) -> Refused | None:
    """Who may do what. Looked at here as well as at the door."""
    if isinstance(command, BuyOffer | ReleaseRental) and principal.test:
        return no(Refusal.FORBIDDEN, detail="A test key buys and releases nothing.")
    if principal.may(Scope.ADMIN):
        return None
    match command:
        case ImportOffers() | WithdrawOffer() | ImportRestrictions() | ListApprovals():
            allowed = False
        case ListOffers(stock=True):
            allowed = False
        case ReleaseRental(for_account=other) | ListRentals(for_account=other):
            mine = other in (None, principal.account.id)
            allowed = mine and (isinstance(command, ListRentals) or principal.may(Scope.MANAGE))
        case BuyOffer():
            allowed = principal.may(Scope.MANAGE)
        case _:
            allowed = True
    return None if allowed else no(Refusal.FORBIDDEN)


def _unfit(held: inventory.Held, currency: str) -> Refused | None:
    """Why an offer cannot be had by an account of this currency."""
    if not held.available:
        return no(Refusal.CONFLICT, detail="This offer is taken.")
    if not held.works:
        sentence = f"Senders of this kind do not work in {held.offer.country}."
        return no(Refusal.NOT_ENABLED, detail=sentence)
    if held.offer.currency != currency:
        sentence = f"Its price is in {held.offer.currency}, the account in {currency}."
        return no(Refusal.CONFLICT, detail=sentence)
    return None


def _name(offer: Offer, wanted: str | None) -> str | Refused:
    """The sender ID that an offer is bought for."""
    if offer.msisdn is not None:
        return (
            offer.msisdn if wanted is None else invalid("name", "A number has no name to choose.")
        )
    if wanted is None:
        return no(Refusal.MISSING_FIELD, "name", "Name the sender ID that you want.")
    found = classify_sender(wanted)
    if isinstance(found, InvalidSender):
        return no(Refusal.INVALID_SENDER, "name", found.sentence)
    if found.kind is not SenderKind.ALPHANUMERIC:
        return invalid("name", "This offer is for names, not for numbers.")
    return found.text


async def _import_offers(link: Link, offers: Sequence[Offer]) -> Imported | Refused:
    sound: dict[tuple[str, ...], Offer] = {}
    for position, offer in enumerate(offers, start=1):
        for fault in offer_faults(offer):
            return msgspec.structs.replace(fault, detail=f"Row {position}: {fault.sentence}")
        msisdn = canonical_msisdn(offer)
        key = (offer.country, offer.currency) if msisdn is None else (msisdn,)
        if key in sound:
            return invalid("offers", f"Row {position}: it came before.")
        sound[key] = msgspec.structs.replace(offer, msisdn=msisdn)
    msisdns = [each.msisdn for each in sound.values() if each.msisdn is not None]
    given = await inventory.numbers_given(link, msisdns)
    if given:
        sentence = f"These belong to accounts by other ways: {', '.join(given)}."
        return no(Refusal.CONFLICT, "offers", sentence)
    await inventory.put_offers(link, list(sound.values()))
    return Imported(count=len(sound))


async def _import_restrictions(
    link: Link, restrictions: Sequence[Restriction], replace: bool
) -> Restrictions | Refused:
    countries = set()
    for position, each in enumerate(restrictions, start=1):
        for fault in restriction_faults(each):
            return msgspec.structs.replace(fault, detail=f"Row {position}: {fault.sentence}")
        if each.country in countries:
            return invalid("restrictions", f"Row {position}: {each.country} came before.")
        countries.add(each.country)
    await inventory.put_restrictions(link, restrictions, replace=replace)
    return Restrictions(items=await inventory.list_restrictions(link))


def _limited(limit: int) -> int:
    return max(1, min(limit, _LARGEST_PAGE))


def _told(rental: Rental) -> None:
    _log.info(
        "rental",
        account_id=rental.account_id,
        rental_id=rental.id,
        kind=rental.kind.value,
        state=rental.state.value,
        reason=rental.reason,
        paid_until=None if rental.paid_until is None else rental.paid_until.isoformat(),
    )
