"""A stock of numbers and sender IDs on a real PostgreSQL: for the tests of inventory and renting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from msgspec.structs import replace

from heliograph.flow.configure import Tools, configure
from heliograph.flow.inventory import Inventory
from heliograph.flow.soundness import Known
from heliograph.model.account import Account, Scope, Sender, SenderState
from heliograph.model.command import Done, Principal, Save, Saved
from heliograph.model.inventory import (
    BuyOffer,
    Imported,
    ImportOffers,
    ListOffers,
    ListRentals,
    Offer,
    OfferKind,
    Offers,
    Rental,
    Rentals,
    Stocked,
    Stocking,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import partitions
from tests.flow.conftest import SERVER_KEY, Parts

UNIT = 1_000_000
NUMBER = Offer(
    id=0,
    kind=OfferKind.LONG_NUMBER,
    country="BD",
    msisdn="8801844909020",
    features=("sms", "two_way"),
    currency="EUR",
    setup_micros=2 * UNIT,
    monthly_micros=UNIT,
)
NAME = Offer(id=0, kind=OfferKind.ALPHANUMERIC, country="DE", currency="EUR", setup_micros=UNIT)
ASKED = replace(NAME, country="BD", approval=True, monthly_micros=UNIT)
_T = TypeVar("_T")


@dataclass
class Counter:
    """Where an operator and customers stand; `parts` is the house behind it."""

    parts: Parts
    tools: Tools
    inventory: Inventory

    async def ask(
        self, command: Stocking, account: Account | None = None, **credential: object
    ) -> Stocked | Done | Refused:
        """A command by a customer's managing key."""
        principal = self.parts.principal(account)
        changed = replace(principal.credential, **credential)
        return await self.inventory.perform(replace(principal, credential=changed), command)

    def operator(self) -> Principal:
        """The operator, by an account of its own."""
        principal = self.parts.principal()
        return replace(principal, credential=replace(principal.credential, scopes=(Scope.ADMIN,)))

    async def operate(self, command: Stocking) -> Stocked | Done | Refused:
        """A command by the operator."""
        return await self.inventory.perform(self.operator(), command)

    async def stock(self, *offers: Offer) -> tuple[Offer, ...]:
        """Put offers in; they come back with their ids."""
        answer = await self.operate(ImportOffers(offers=offers))
        assert isinstance(answer, Imported), answer
        listed = await self.operate(ListOffers(stock=True))
        assert isinstance(listed, Offers)
        return listed.items[-len(offers) :]

    async def bought(
        self,
        offer: Offer,
        name: str | None = None,
        account: Account | None = None,
        service: int | None = None,
    ) -> Rental:
        """An offer that was bought."""
        wish = BuyOffer(offer=offer.id, sender=name, service=service)
        return a(Rental, await self.ask(wish, account))

    async def rental(self, account: Account | None = None) -> Rental:
        """The account's only rental as it is now."""
        [rental] = a(Rentals, await self.ask(ListRentals(), account)).items
        return rental

    async def decide(self, sender: Sender, state: SenderState) -> None:
        """The operator's answer to a sender."""
        wish = Save(thing=replace(sender, state=state), for_account=sender.account_id)
        answer = await configure(self.tools, self.operator(), wish)
        assert isinstance(answer, Saved), answer

    async def later(self, **span: float) -> None:
        """Time passes; tables are made for it."""
        self.parts.clock.forward(**span)
        async with self.parts.database.transaction() as link:
            await partitions.make_partitions(link, self.parts.clock(), days=7, ahead=1)

    async def sweep(self) -> None:
        """As the sweeper does: again until nothing is due."""
        for _ in range(50):
            if not await self.inventory.renew():
                return
        raise AssertionError("the sweeper never comes to an end")

    async def available(self, account: Account | None = None) -> int:
        """Money, in units."""
        return (await self.parts.balance(account)).available_micros // UNIT


def counter_of(parts: Parts) -> Counter:
    """The counter of a house."""
    tools = Tools(
        database=parts.database,
        vault=parts.vault,
        server_key=SERVER_KEY,
        make_id=parts.ids.next,
        now=parts.clock,
        known=Known(
            check_url=lambda _: None,
            dialects=frozenset({"native"}),
            carrier_kinds=frozenset({"simulated"}),
        ),
    )
    return Counter(parts, tools, Inventory(tools))


def a(kind: type[_T], answer: object) -> _T:
    """An answer of the kind that is expected."""
    assert isinstance(answer, kind), answer
    return answer


def no_of(answer: object) -> Refusal:
    """The reason of a refusal."""
    return a(Refused, answer).refusal
