"""Months are booked once each, whoever sweeps; without money grace, then the end; and rerenting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from heliograph.flow.changes import Sign
from heliograph.flow.configure import configure
from heliograph.flow.declaration import read_declaration
from heliograph.flow.declare import apply
from heliograph.flow.renting import GRACE, QUARANTINE, renew
from heliograph.flow.wanted import Declaration, Surroundings
from heliograph.model.account import Account, Keyword, SenderState, Service
from heliograph.model.command import Done, Remove
from heliograph.model.inventory import (
    BuyOffer,
    ListApprovals,
    ListOffers,
    ListRentals,
    Offers,
    ReleaseRental,
    Rental,
    Rentals,
    RentalState,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import inventory
from heliograph.store.database import Link
from tests.flow.conftest import Parts
from tests.flow.renting import ASKED, NAME, NUMBER, UNIT, a, counter_of, no_of


async def test_a_month_is_booked_once_however_many_sweep(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    await counter.bought(offer)
    there = counter_of(await parts.neighbour())
    await counter.sweep()
    assert await counter.available() == 7
    await counter.later(days=31)
    await asyncio.gather(*(desk.inventory.renew() for desk in (counter, there) for _ in range(3)))
    rental = await counter.rental()
    assert (rental.months, rental.paid_until) == (2, datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert await counter.available() == 6
    whys = await parts.rows("select why from ledger_entry where purse = 3 order by id desc limit 1")
    assert whys[0]["why"] == "number 8801844909020 month to 2026-07-01"
    assert await parts.audit() == []


async def test_months_that_nobody_booked_are_booked_one_by_one(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    await counter.bought(offer)
    await counter.later(days=100)
    await counter.sweep()
    assert (await counter.rental()).months == 4
    assert await counter.available() == 4
    assert await parts.audit() == []


async def test_a_sweep_that_dies_before_its_commit_has_booked_nothing(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    rental = await counter.bought(offer)
    await counter.later(days=31)

    async def killed(link: Link) -> None:
        await renew(counter.tools, link, rental.account_id, rental.id)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await parts.database.run(killed)
    assert (await counter.rental(), await counter.available()) == (rental, 7)
    await counter.sweep()
    assert ((await counter.rental()).months, await counter.available()) == (2, 6)


async def test_without_money_there_is_grace_and_money_in_time_saves_it(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    poor = await parts.add_account("poor", 3 * UNIT)
    bought = await counter.bought(offer, account=poor)
    await counter.later(days=31)
    await counter.sweep()
    rental = await counter.rental(poor)
    assert (rental.state, rental.paid_until) == (RentalState.OVERDUE, bought.paid_until)
    await parts.reload()
    assert parts.directory.owner("8801844909020") == poor.id
    await parts.fund(poor.id, UNIT)
    await counter.later(hours=1)
    await counter.sweep()
    rental = await counter.rental(poor)
    assert (rental.state, rental.paid_until) == (
        RentalState.ACTIVE,
        datetime(2026, 7, 1, 12, tzinfo=UTC),
    )
    assert await parts.audit() == []


async def test_after_the_grace_it_is_gone_and_rests_before_others_have_it(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    poor = await parts.add_account("poor", 3 * UNIT)
    await counter.bought(offer, account=poor)
    keyword = Keyword(account_id=poor.id, id=0, msisdn="8801844909020", word="JOIN")
    await parts.insert(keyword)
    await counter.later(days=31)
    await counter.sweep()
    await counter.later(days=GRACE.days)
    await counter.sweep()
    rental = await counter.rental(poor)
    assert (rental.state, rental.reason) == (RentalState.ENDED, "unpaid")
    for table in ("number", "keyword"):
        assert await parts.value(f"select count(*) from {table}") == 0  # noqa: S608
    await parts.reload()
    assert not parts.directory.sender_approved(poor.id, "8801844909020", "BD")
    assert no_of(await counter.ask(BuyOffer(offer=offer.id))) is Refusal.CONFLICT
    assert a(Offers, await counter.ask(ListOffers())).items == ()
    await parts.fund(poor.id, 3 * UNIT)
    [own] = a(Offers, await counter.ask(ListOffers(), poor)).items
    assert own.id == offer.id
    await counter.later(days=QUARANTINE.days)
    assert (await counter.bought(offer)).state is RentalState.ACTIVE
    assert await parts.audit() == []


async def test_a_release_ends_it_without_money_back(parts: Parts) -> None:
    counter = counter_of(parts)
    number, name = await counter.stock(NUMBER, NAME)
    service = await parts.insert(Service(account_id=parts.account.id, id=0, name="Orders"))
    first = await counter.bought(number)
    second = await counter.bought(name, "Orders", service=service.id)
    keyword = Keyword(account_id=parts.account.id, id=0, msisdn="8801844909020", word="JOIN")
    await parts.insert(keyword)
    refused = a(Refused, await counter.ask(ReleaseRental(number=first.number_id)))
    assert (refused.refusal, "JOIN" in refused.sentence) == (Refusal.CONFLICT, True)
    async with parts.database.transaction() as link:
        await inventory.drop_keywords(link, keyword.msisdn)
    ended = a(Rental, await counter.ask(ReleaseRental(number=first.number_id)))
    assert (ended.state, ended.reason) == (RentalState.ENDED, "released")
    assert a(Rental, await counter.ask(ReleaseRental(sender=second.sender_id)))
    assert no_of(await counter.ask(ReleaseRental(sender=second.sender_id))) is Refusal.NOT_FOUND
    assert await parts.value("select sender from service") is None
    assert await counter.available() == 10 - 3 - 1
    await counter.later(days=40)
    await counter.sweep()
    assert await counter.available() == 6
    assert await parts.audit() == []


async def test_who_waits_for_approval_may_give_up_and_has_the_money_back(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(ASKED)
    rental = await counter.bought(offer, "Shop")
    await counter.later(days=60)
    await counter.sweep()
    assert (await counter.rental()).months == 0
    assert a(Rental, await counter.ask(ReleaseRental(sender=rental.sender_id))).reason == "released"
    assert await counter.available() == 10
    assert (await counter.operate(ListApprovals())).items == ()  # type: ignore[union-attr]
    assert (await counter.bought(offer, "Shop")).state is RentalState.PENDING
    assert await parts.audit() == []


async def test_a_release_and_a_refusal_at_once_give_the_money_back_once(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(ASKED)
    rental = await counter.bought(offer, "Shop")
    [waiting] = (await counter.operate(ListApprovals())).items  # type: ignore[union-attr]
    await asyncio.gather(
        counter.ask(ReleaseRental(rental=rental.id)),
        counter.decide(waiting.sender, SenderState.REFUSED),
        return_exceptions=True,
    )
    assert await counter.available() == 10
    assert await parts.audit() == []


async def test_a_configuration_file_approves_what_is_rented_and_takes_nothing_of_it(
    parts: Parts,
) -> None:
    counter = counter_of(parts)
    number, name = await counter.stock(NUMBER, ASKED)
    await counter.bought(number)
    waiting = await counter.bought(name, "Shop")
    file = {
        "rate_card": [{"name": "default", "currency": "EUR"}],
        "carrier": [{"name": "first", "kind": "simulated"}],
        "account": [{"name": "shop", "sender": [{"name": "Shop", "country": "BD"}]}],
        "route": [{"name": "everything", "position": 1000, "targets": [{"carrier": "first"}]}],
    }
    around = Surroundings(known=counter.tools.known, variable=lambda _: None, read_text=str)
    wanted = read_declaration(file, "x.toml", around)
    assert isinstance(wanted, Declaration), wanted
    done = await apply(counter.tools, wanted, prune=True)
    removed = [change.name for change in done.changes if change.sign is Sign.REMOVE]
    assert removed == ["shop/heliograph"]
    states = {r.id: r.state for r in a(Rentals, await counter.ask(ListRentals())).items}
    assert (len(states), set(states.values())) == (2, {RentalState.ACTIVE})
    assert waiting.state is RentalState.PENDING
    assert await parts.value("select count(*) from number") == 1


async def test_an_account_that_rents_something_for_nothing_cannot_be_removed(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(replace(NUMBER, setup_micros=0, monthly_micros=0))
    idle = await parts.add_account("idle", 0)
    await counter.bought(offer, account=idle)
    remove = Remove(kind=Account, id=idle.id)
    assert no_of(await configure(counter.tools, counter.operator(), remove)) is Refusal.CONFLICT
    await counter.later(days=31)
    await counter.sweep()
    assert (await counter.rental(idle)).months == 2
    rental = await counter.rental(idle)
    await counter.ask(ReleaseRental(rental=rental.id), idle)
    assert await configure(counter.tools, counter.operator(), remove) == Done()


async def test_nothing_of_another_account_is_seen_or_released(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    rental = await counter.bought(offer)
    other = await parts.add_account("other")
    assert a(Rentals, await counter.ask(ListRentals(), other)).items == ()
    for command in (
        ReleaseRental(rental=rental.id),
        ReleaseRental(number=rental.number_id),
        ReleaseRental(sender=rental.sender_id),
    ):
        assert no_of(await counter.ask(command, other)) is Refusal.NOT_FOUND
        theirs = replace(command, for_account=parts.account.id)
        assert no_of(await counter.ask(theirs, other)) is Refusal.FORBIDDEN
    listing = ListRentals(for_account=parts.account.id)
    assert no_of(await counter.ask(listing, other)) is Refusal.FORBIDDEN
    assert (await counter.rental()).state is RentalState.ACTIVE
    released = await counter.operate(ReleaseRental(rental=rental.id, for_account=parts.account.id))
    assert a(Rental, released).state is RentalState.ENDED
