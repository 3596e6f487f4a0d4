"""The stock, searching and buying: one buyer for a number, money for it or nothing (promise P4)."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from heliograph.flow.configure import configure
from heliograph.model.account import Mode, Number, Scope, Sender, SenderState, Service
from heliograph.model.command import Done, Remove, Save
from heliograph.model.inventory import (
    BuyOffer,
    ImportOffers,
    ImportRestrictions,
    ListApprovals,
    ListOffers,
    ListRestrictions,
    Offer,
    OfferKind,
    Offers,
    OfferState,
    Rental,
    RentalState,
    Restriction,
    Restrictions,
    WithdrawOffer,
)
from heliograph.model.refusal import Refusal, Refused
from tests.flow.conftest import Parts
from tests.flow.renting import ASKED, NAME, NUMBER, UNIT, a, counter_of, no_of

SHORT = replace(NUMBER, kind=OfferKind.SHORT_CODE, msisdn="16222", features=("sms",))


async def test_a_number_that_is_bought_is_paid_and_is_the_accounts(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    rental = await counter.bought(offer)
    assert (rental.state, rental.months, rental.name) == (RentalState.ACTIVE, 1, NUMBER.msisdn)
    assert await counter.available() == 10 - 3
    rows = await parts.rows(
        "select why, amount_micros from ledger_entry where purse = 3 order by id"
    )
    assert [tuple(row) for row in rows] == [
        ("number 8801844909020 set-up", 2 * UNIT),
        ("number 8801844909020 first month", UNIT),
    ]
    assert await parts.audit() == []
    await parts.reload()
    assert parts.directory.owner("8801844909020") == parts.account.id
    assert parts.directory.sender_approved(parts.account.id, "8801844909020", "BD")
    assert no_of(await counter.ask(BuyOffer(offer=offer.id))) is Refusal.CONFLICT


async def test_of_many_buyers_at_once_one_gets_the_number_and_pays(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    others = [await parts.add_account(f"shop {n}") for n in range(3)]
    there = counter_of(await parts.neighbour())
    answers = await asyncio.gather(
        *(
            desk.ask(BuyOffer(offer=offer.id), account)
            for account in others
            for desk in (counter, there)
        )
    )
    assert sum(isinstance(answer, Rental) for answer in answers) == 1
    refusals = {no_of(answer) for answer in answers if not isinstance(answer, Rental)}
    assert refusals == {Refusal.CONFLICT}
    assert sorted([await counter.available(account) for account in others]) == [7, 10, 10]
    assert await parts.audit() == []


async def test_money_that_is_there_once_buys_one_of_two_at_once(parts: Parts) -> None:
    counter = counter_of(parts)
    offers = await counter.stock(NUMBER, replace(NUMBER, msisdn="8801844909021"))
    poor = await parts.add_account("poor", 3 * UNIT)
    answers = await asyncio.gather(
        *(counter.ask(BuyOffer(offer=offer.id), poor) for offer in offers)
    )
    assert sum(isinstance(answer, Rental) for answer in answers) == 1
    assert Refusal.INSUFFICIENT_BALANCE in {no_of(x) for x in answers if isinstance(x, Refused)}
    assert await counter.available(poor) == 0
    assert await parts.audit() == []


async def test_without_money_nothing_has_changed(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    poor = await parts.add_account("poor", 2 * UNIT)
    answer = await counter.ask(BuyOffer(offer=offer.id), poor)
    assert no_of(answer) is Refusal.INSUFFICIENT_BALANCE
    for table in ("rental", "number"):
        assert await parts.value(f"select count(*) from {table}") == 0  # noqa: S608
    found = a(Offers, await counter.ask(ListOffers(), poor))
    assert [each.id for each in found.items] == [offer.id]
    assert await parts.audit() == []
    credit = await parts.add_account("on credit", 0, credit_limit_micros=3 * UNIT)
    assert (await counter.bought(offer, account=credit)).state is RentalState.ACTIVE


async def test_a_name_is_had_by_anybody_under_one_offer(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NAME)
    other = await parts.add_account("other")
    for account, name in ((None, "Shop"), (other, "Shop"), (other, "Parcels")):
        rental = await counter.bought(offer, name, account)
        assert (rental.name, rental.number_id) == (name, None)
    assert await counter.available(other) == 8
    again = await counter.ask(BuyOffer(offer=offer.id, sender="SHOP"))
    assert no_of(again) is Refusal.CONFLICT
    await parts.reload()
    assert parts.directory.sender_approved(other.id, "Parcels", "DE")
    assert not parts.directory.sender_approved(other.id, "Parcels", "BD")
    assert await parts.audit() == []


async def test_a_number_is_mapped_to_a_service_and_a_name_becomes_its_sender(parts: Parts) -> None:
    counter = counter_of(parts)
    number, name = await counter.stock(NUMBER, NAME)
    service = await parts.insert(Service(account_id=parts.account.id, id=0, name="Orders"))
    await counter.bought(number, service=service.id)
    await counter.bought(name, "Orders", service=service.id)
    assert await parts.value("select service_id from number") == service.id
    assert await parts.value("select sender from service") == "Orders"
    other = await parts.add_account("other")
    wish = BuyOffer(offer=name.id, sender="Orders", service=service.id)
    assert a(Refused, await counter.ask(wish, other)).field == "service"


@pytest.mark.parametrize(
    ("state", "money", "number"), [(SenderState.APPROVED, 7, 1), (SenderState.REFUSED, 10, 0)]
)
async def test_what_needs_approval_begins_with_it_or_gives_the_money_back(
    parts: Parts, state: SenderState, money: int, number: int
) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(replace(NUMBER, approval=True))
    rental = await counter.bought(offer)
    assert (rental.state, rental.paid_until) == (RentalState.PENDING, None)
    assert await counter.available() == 7
    assert await parts.value("select count(*) from number") == 0
    [waiting] = (await counter.operate(ListApprovals())).items  # type: ignore[union-attr]
    assert (waiting.account, waiting.rental) == ("shop", rental)
    await counter.later(days=3)
    for _ in range(2):  # the operator may say it twice
        await counter.decide(waiting.sender, state)
    decided = await counter.rental()
    assert decided.began_at == (parts.clock() if number else None)
    assert await counter.available() == money
    assert await parts.value("select count(*) from number") == number
    assert (await counter.operate(ListApprovals())).items == ()  # type: ignore[union-attr]
    [listed] = a(Offers, await counter.operate(ListOffers(stock=True))).items
    assert listed.state is (OfferState.TAKEN if number else OfferState.FREE)
    assert await parts.audit() == []


async def test_a_country_that_registers_senders_makes_every_sale_wait(parts: Parts) -> None:
    counter = counter_of(parts)
    number, name = await counter.stock(NUMBER, replace(NAME, country="BD"))
    rule = Restriction(country="BD", kinds=(OfferKind.ALPHANUMERIC,), registration=True)
    answer = await counter.operate(ImportRestrictions(restrictions=(rule,)))
    assert a(Restrictions, answer).items == (rule,)
    found = a(Offers, await counter.ask(ListOffers(country="BD")))
    assert [each.id for each in found.items] == [name.id]
    assert (found.items[0].approval, found.restriction) == (True, rule)
    assert (await counter.bought(name, "Shop")).state is RentalState.PENDING
    assert no_of(await counter.ask(BuyOffer(offer=number.id))) is Refusal.NOT_ENABLED
    other = Restriction(country="DE")
    await counter.operate(ImportRestrictions(restrictions=(other,), replace=True))
    assert a(Restrictions, await counter.ask(ListRestrictions())).items == (other,)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ListOffers(), ["8801844909020", "16222", None]),
        (ListOffers(country="DE"), [None]),
        (ListOffers(kind=OfferKind.SHORT_CODE), ["16222"]),
        (ListOffers(feature="two_way"), ["8801844909020"]),
        (ListOffers(contains="622"), ["16222"]),
        (ListOffers(contains="880*20"), ["8801844909020"]),
        (ListOffers(contains="*622"), []),
        (ListOffers(country="BD", limit=1), ["8801844909020"]),
    ],
)
async def test_what_can_be_had_is_found(
    parts: Parts, wanted: ListOffers, found: list[str | None]
) -> None:
    counter = counter_of(parts)
    dollars = replace(NUMBER, msisdn="8801844909029", currency="USD")
    gone = replace(NUMBER, msisdn="8801844909028")
    _, _, _, withdrawn, _ = await counter.stock(NUMBER, SHORT, NAME, dollars, gone)
    assert withdrawn.msisdn == gone.msisdn
    assert await counter.operate(WithdrawOffer(offer=withdrawn.id)) == Done()
    answer = a(Offers, await counter.ask(wanted))
    assert [offer.msisdn for offer in answer.items] == found
    assert answer.more is (wanted.limit == 1)


async def test_an_import_changes_what_is_for_sale_and_nothing_that_is_rented(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    await counter.bought(offer)
    dearer = replace(NUMBER, msisdn="+880 1844-909020", monthly_micros=9 * UNIT)
    [again] = await counter.stock(dearer)
    assert (again.id, again.monthly_micros, again.state) == (offer.id, 9 * UNIT, OfferState.TAKEN)
    assert (await counter.rental()).monthly_micros == UNIT


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (replace(NUMBER, msisdn=None), "number"),
        (replace(NUMBER, msisdn="16222"), "number"),
        (replace(NUMBER, country="DE"), "number"),
        (replace(NUMBER, country="XX"), "country"),
        (replace(NUMBER, currency="EURO"), "currency"),
        (replace(NUMBER, features=("voice",)), "features"),
        (replace(NUMBER, setup_micros=-1), "setup"),
        (replace(NAME, msisdn="8801844909020"), "number"),
        (replace(NAME, features=("sms", "two_way")), "features"),
    ],
)
async def test_an_offer_that_cannot_be_is_refused_with_its_row(
    parts: Parts, offer: Offer, field: str
) -> None:
    counter = counter_of(parts)
    refused = a(Refused, await counter.operate(ImportOffers(offers=(SHORT, offer))))
    assert refused.field == field
    assert refused.sentence.startswith("Row 2: ")
    assert await parts.value("select count(*) from offer") == 0


async def test_a_number_that_was_given_away_is_not_for_sale(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    given = Number(account_id=parts.account.id, id=0, msisdn="8801844909020")
    await parts.insert(given)
    other = await parts.add_account("other")
    assert no_of(await counter.ask(BuyOffer(offer=offer.id), other)) is Refusal.CONFLICT
    assert await counter.available(other) == 10
    refused = await counter.operate(ImportOffers(offers=(NUMBER, SHORT)))
    assert no_of(refused) is Refusal.CONFLICT


@pytest.mark.parametrize(
    ("wish", "name", "refusal"),
    [
        (NAME, None, Refusal.MISSING_FIELD),
        (NAME, "far too long a name", Refusal.INVALID_SENDER),
        (NAME, "8801844909021", Refusal.INVALID_FIELD),
        (NUMBER, "Shop", Refusal.INVALID_FIELD),
        (replace(NUMBER, currency="USD"), None, Refusal.CONFLICT),
    ],
)
async def test_a_wish_that_does_not_fit_its_offer_is_refused(
    parts: Parts, wish: Offer, name: str | None, refusal: Refusal
) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(wish)
    assert no_of(await counter.ask(BuyOffer(offer=offer.id, sender=name))) is refusal
    assert await counter.available() == 10


async def test_who_may_not_buy_or_stock_is_told_so(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    for command in (
        ImportOffers(offers=(NUMBER,)),
        WithdrawOffer(offer=offer.id),
        ImportRestrictions(restrictions=()),
        ListApprovals(),
        ListOffers(stock=True),
    ):
        assert no_of(await counter.ask(command)) is Refusal.FORBIDDEN
    buy = BuyOffer(offer=offer.id)
    assert no_of(await counter.ask(buy, scopes=(Scope.SEND, Scope.READ))) is Refusal.FORBIDDEN
    assert no_of(await counter.ask(buy, mode=Mode.TEST)) is Refusal.FORBIDDEN
    assert no_of(await counter.ask(BuyOffer(offer=2**40))) is Refusal.NOT_FOUND


async def test_what_is_rented_cannot_be_removed_by_the_way(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(NUMBER)
    rental = await counter.bought(offer)
    for kind, number in ((Sender, rental.sender_id), (Number, rental.number_id)):
        assert number is not None
        command = Remove(kind=kind, id=number)
        answer = await configure(counter.tools, counter.operator(), command)
        assert a(Refused, answer).sentence == "It is rented: release it."


async def test_a_sender_that_is_rented_keeps_its_name_and_country(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(ASKED)
    await counter.bought(offer, "Shop")
    [waiting] = (await counter.operate(ListApprovals())).items  # type: ignore[union-attr]
    approved = replace(waiting.sender, state=SenderState.APPROVED)
    for wish in (replace(approved, country=None), replace(approved, name="Bank")):
        for principal in (counter.operator(), parts.principal()):
            answer = await configure(counter.tools, principal, Save(thing=wish))
            assert no_of(answer) is Refusal.CONFLICT
    assert (await counter.rental()).state is RentalState.PENDING
    await counter.decide(waiting.sender, SenderState.APPROVED)
    assert (await counter.rental()).state is RentalState.ACTIVE


async def test_nobody_sees_in_the_approvals_what_is_not_waiting(parts: Parts) -> None:
    counter = counter_of(parts)
    [offer] = await counter.stock(ASKED)
    await counter.bought(offer, "Shop")
    own = Sender(account_id=parts.account.id, id=0, name="Asked", state=SenderState.PENDING)
    await parts.insert(own)
    items = (await counter.operate(ListApprovals())).items  # type: ignore[union-attr]
    assert [(each.sender.name, each.rental is None) for each in items] == [
        ("Shop", False),
        ("Asked", True),
    ]
