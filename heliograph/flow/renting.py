"""The life of a rental: it begins, its months are booked, it ends. Every function needs a transaction.

What is bought is paid at once, set-up and first month. Where approval is awaited the first month begins
with it, and a refusal gives everything back. A month is booked once: its count stands on the rental, in
the transaction that books it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from msgspec.structs import replace

from heliograph.flow.fields import sender_text
from heliograph.flow.saving import Tools
from heliograph.model.account import Number, Sender, SenderState, Service
from heliograph.model.inventory import OfferKind, Rental, RentalState, month_after
from heliograph.store import inventory, kept, ledger
from heliograph.store.database import Link

_log = structlog.get_logger()
GRACE: Final = timedelta(days=7)
"""How long a month may stay unpaid before the rental ends."""
QUARANTINE: Final = timedelta(days=30)
"""How long others must wait for a number that was released."""
RETRY: Final = timedelta(hours=1)


def called(rental: Rental) -> str:
    """What a rental is called in the ledger."""
    if rental.kind is OfferKind.ALPHANUMERIC:
        return f"sender {rental.name} {rental.country}"
    return f"number {rental.name}"


async def pay(tools: Tools, link: Link, rental: Rental) -> bool:
    """Book set-up and first month; False when balance and credit do not cover them."""
    items = [
        (rental.setup_micros, f"{called(rental)} set-up"),
        (rental.monthly_micros, f"{called(rental)} first month"),
    ]
    return await ledger.charge(link, tools.make_id, rental.account_id, items)


async def begin(tools: Tools, link: Link, rental: Rental) -> Rental:
    """The rental as it is from now on, not yet written; its number is made, and mapped if that is wished."""
    now = tools.now()
    service_id = rental.service_id
    if service_id is not None and not await kept.hold_service(link, rental.account_id, service_id):
        service_id = None
    number_id = None
    if rental.kind is OfferKind.ALPHANUMERIC:
        await _name_service(tools, link, rental, service_id)
    else:
        number = Number(
            account_id=rental.account_id,
            id=0,
            msisdn=rental.name,
            country=rental.country,
            service_id=service_id,
            features=rental.features,
        )
        number_id = (await kept.insert(link, tools.vault, number)).id
    until = month_after(now, 1)
    return replace(
        rental,
        state=RentalState.ACTIVE,
        number_id=number_id,
        began_at=now,
        months=1,
        paid_until=until,
        due_at=until,
    )


async def _name_service(tools: Tools, link: Link, rental: Rental, service_id: int | None) -> None:
    if service_id is None:
        return
    service = await kept.find(link, tools.vault, Service, rental.account_id, service_id)
    if service is not None:
        await kept.update(link, tools.vault, replace(service, sender=rental.name))


async def renamed(link: Link, account_id: int, sender: Sender) -> bool:
    """Whether this would make another sender of one that is rented."""
    if not sender.id:
        return False
    rental = await inventory.lock_rental(link, account_id, sender_id=sender.id)
    if rental is None:
        return False
    country = rental.country if rental.kind is OfferKind.ALPHANUMERIC else None
    return sender_text(sender.name).lower() != rental.name.lower() or sender.country != country


async def decided(tools: Tools, link: Link, sender: Sender) -> None:
    """The operator has approved or refused a sender: a rental that waited for it begins or ends."""
    if sender.state is SenderState.PENDING:
        return
    rental = await inventory.lock_rental(link, sender.account_id, sender_id=sender.id)
    if rental is None or rental.state is not RentalState.PENDING:
        return
    if sender.state is SenderState.APPROVED:
        await inventory.update_rental(link, await begin(tools, link, rental))
    else:
        await give_back(tools, link, rental, "refused")


async def give_back(tools: Tools, link: Link, rental: Rental, reason: str) -> Rental:
    """End a rental that waited for approval: the money returns, and the number is free at once."""
    paid = rental.setup_micros + rental.monthly_micros
    await ledger.refund(
        link, tools.make_id, rental.account_id, paid, f"{called(rental)} {reason}, given back"
    )
    await inventory.free_offer(link, rental.offer_id, rental.account_id, None)
    return await _ended(tools, link, rental, reason)


async def end(tools: Tools, link: Link, rental: Rental, reason: str) -> Rental:
    """End a rental that was in use: number, its keywords and sender go, the number rests."""
    if rental.number_id is not None:
        await inventory.drop_keywords(link, rental.name)
        await kept.remove(link, Number, rental.account_id, rental.number_id)
    await inventory.forget_sender(link, rental.account_id, rental.name)
    await kept.remove(link, Sender, rental.account_id, rental.sender_id)
    free_from = tools.now() + QUARANTINE
    await inventory.free_offer(link, rental.offer_id, rental.account_id, free_from)
    return await _ended(tools, link, rental, reason)


async def _ended(tools: Tools, link: Link, rental: Rental, reason: str) -> Rental:
    now = tools.now()
    ended = replace(rental, state=RentalState.ENDED, reason=reason, due_at=None, ended_at=now)
    return await inventory.update_rental(link, ended)


async def renew(tools: Tools, link: Link, account_id: int, rental_id: int) -> Rental | None:
    """Book the next month if it is due; without money the days of grace run, and then it ends.

    None when there was nothing to do: another process was faster.
    """
    now = tools.now()
    rental = await inventory.lock_rental(link, account_id, id_=rental_id)
    if rental is None or rental.due_at is None or rental.due_at > now:
        return None
    if rental.began_at is None or rental.paid_until is None:
        return None
    until = month_after(rental.began_at, rental.months + 1)
    why = f"{called(rental)} month to {until:%Y-%m-%d}"
    if await ledger.charge(link, tools.make_id, account_id, [(rental.monthly_micros, why)]):
        state, months = RentalState.ACTIVE, rental.months + 1
        paid = replace(rental, state=state, months=months, paid_until=until, due_at=until)
        return await inventory.update_rental(link, paid)
    last = rental.paid_until + GRACE
    if now >= last:
        return await end(tools, link, rental, "unpaid")
    overdue = replace(rental, state=RentalState.OVERDUE, due_at=min(now + RETRY, last))
    return await inventory.update_rental(link, overdue)
