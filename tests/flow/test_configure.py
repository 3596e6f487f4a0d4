"""Who may keep what, how it is listed and removed, prices and money."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from heliograph.flow.configure import Configuring, configure
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
    SenderState,
)
from heliograph.model.command import (
    Done,
    Find,
    Fund,
    ImportRates,
    List,
    ListRates,
    Rates,
    Remove,
    RemoveOptOut,
    Rotate,
    Save,
    Saved,
    Things,
)
from heliograph.model.ids import EPOCH
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Target
from heliograph.store import ledger
from tests.flow.keeping import (
    CARRIER,
    KEY,
    NOW,
    Desk,
    count,
    field_of,
    open_desk,
    refusal_of,
    saved_of,
)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database_dsn: str) -> AsyncIterator[Desk]:
    async with open_desk(database_dsn) as desk:
        yield desk


@pytest.mark.parametrize(
    "command",
    [
        Save(thing=Account(id=0, name="Mine")),
        Save(thing=CARRIER),
        Save(thing=Route(id=0, name="r", targets=(Target(carrier="up"),))),
        Save(thing=RateCard(id=0, name="mine", currency="EUR")),
        Save(thing=Number(account_id=0, id=0, msisdn="8801844909020")),
        Save(thing=Sender(account_id=0, id=0, name="Bank"), for_account=1),
        List(kind=Account),
        List(kind=Carrier),
        List(kind=Sender, for_account=1),
        Find(kind=Account, id=1),
        Remove(kind=Carrier, id=1),
        Remove(kind=Number, id=1),
        ImportRates(card="default", rates=()),
        ListRates(card="other"),
        Fund(account_id=2, amount_micros=1, why="gift"),
    ],
)
async def test_what_is_the_operators_is_refused_to_customers(
    desk: Desk, command: Configuring
) -> None:
    assert refusal_of(await desk.ask(command)) is Refusal.FORBIDDEN


@pytest.mark.parametrize(
    "command",
    [
        Save(thing=KEY),
        Save(thing=Endpoint(account_id=0, id=0, url="https://shop.example")),
        Save(thing=Sender(account_id=0, id=0, name="Shop")),
        Remove(kind=Credential, id=1),
        Rotate(id=1),
    ],
)
async def test_a_key_that_only_sends_keeps_nothing(desk: Desk, command: Configuring) -> None:
    assert refusal_of(await configure(desk.tools, desk.sender, command)) is Refusal.FORBIDDEN


async def test_a_customer_saves_for_itself_whatever_the_thing_says(desk: Desk) -> None:
    sender = Sender(account_id=desk.operator.account.id, id=0, name="Shop")
    saved = saved_of(await desk.ask(Save(thing=sender)))
    assert saved.thing == replace(
        sender,
        account_id=desk.customer.account.id,
        id=saved.thing.id,  # type: ignore[union-attr]
    )


async def test_the_operator_acts_for_another_account(desk: Desk) -> None:
    theirs = desk.customer.account.id
    sender = Sender(account_id=0, id=0, name="Shop", state=SenderState.APPROVED)
    made = saved_of(await desk.operate(Save(thing=sender, for_account=theirs))).thing
    assert await desk.ask(List(kind=Sender)) == Things(items=(made,), more=False)
    assert await desk.operate(List(kind=Sender)) == Things(items=(), more=False)


async def test_there_is_no_acting_for_an_account_that_is_not_there(desk: Desk) -> None:
    for account_id in (404, 2**40):
        sender = Sender(account_id=0, id=0, name="Shop")
        answer = await desk.operate(Save(thing=sender, for_account=account_id))
        assert refusal_of(answer) is Refusal.NOT_FOUND


async def test_a_customer_sees_its_own_account_and_the_prices_it_pays(desk: Desk) -> None:
    account = desk.customer.account
    assert await desk.ask(Find(kind=Account, id=account.id)) == Saved(thing=account)
    assert isinstance(await desk.ask(ListRates(card="default")), Rates)


async def test_opt_outs_are_kept_listed_and_removed_by_number(desk: Desk) -> None:
    wish = OptOut(account_id=0, msisdn="01844 909020", sender="Shop", created_at=EPOCH)
    answer = await configure(desk.tools, desk.sender, Save(thing=wish))
    made = OptOut(
        account_id=desk.customer.account.id, msisdn="8801844909020", sender="Shop", created_at=NOW
    )
    assert answer == Saved(thing=made)
    assert await desk.ask(List(kind=OptOut)) == Things(items=(made,), more=False)
    assert await desk.ask(List(kind=OptOut, after=8801844909020)) == Things(items=(), more=False)
    remove = RemoveOptOut(msisdn="+8801844909020", sender="Shop")
    assert await desk.ask(remove) == Done()
    assert refusal_of(await desk.ask(remove)) is Refusal.NOT_FOUND


async def test_the_operator_removes_an_opt_out_of_a_campaign_for_an_account(desk: Desk) -> None:
    wish = OptOut(account_id=0, msisdn="8801844909020", campaign="EID", created_at=EPOCH)
    assert isinstance(await desk.ask(Save(thing=wish)), Saved)
    shop = desk.customer.account.id
    whole = RemoveOptOut(msisdn="01844909020", for_account=shop)
    assert refusal_of(await desk.operate(whole)) is Refusal.NOT_FOUND
    one = RemoveOptOut(msisdn="01844909020", campaign="eid", for_account=shop)
    assert await desk.operate(one) == Done()
    foreign = RemoveOptOut(msisdn="8801844909020", for_account=desk.operator.account.id)
    assert refusal_of(await desk.ask(foreign)) is Refusal.FORBIDDEN


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"kind": "bye"}, "kind"),
        ({"language": "xx"}, "language"),
        ({"text": " "}, "text"),
        ({"service_id": 99}, "service"),
    ],
)
async def test_an_answer_of_the_accounts_own_has_a_known_kind_and_language(
    desk: Desk, words: dict[str, Any], field: str
) -> None:
    given = {"account_id": 0, "id": 0, "kind": "stop", "language": "bn", "text": "Bye"}
    assert field_of(await desk.ask(Save(thing=Reply(**given | words)))) == field
    assert isinstance(await desk.ask(Save(thing=Reply(**given))), Saved)
    assert refusal_of(await desk.ask(Save(thing=Reply(**given)))) is Refusal.CONFLICT


async def test_a_long_list_comes_in_pages(desk: Desk) -> None:
    for code in "abc":
        await desk.ask(Save(thing=Permit(account_id=0, id=0, code=code)))
    first = await desk.ask(List(kind=Permit, limit=2))
    assert isinstance(first, Things)
    assert first.more
    last = first.items[-1]
    assert isinstance(last, Permit)
    rest = await desk.ask(List(kind=Permit, limit=2, after=last.id))
    assert isinstance(rest, Things)
    assert not rest.more
    codes = [item.code for item in first.items + rest.items if isinstance(item, Permit)]
    assert codes == ["a", "b", "c"]


async def test_removal_reaches_only_the_own_account(desk: Desk) -> None:
    made = await desk.made(Sender(account_id=0, id=0, name="House"))
    assert refusal_of(await desk.ask(Remove(kind=Sender, id=made.id))) is Refusal.NOT_FOUND
    assert await desk.operate(Remove(kind=Sender, id=made.id)) == Done()


async def test_only_an_account_without_traces_is_removed(desk: Desk) -> None:
    fresh = await desk.made(Account(id=0, name="Fresh"))
    shop = desk.customer.account.id
    await desk.operate(Fund(account_id=shop, amount_micros=1, why="gift"))
    assert await desk.operate(Remove(kind=Account, id=fresh.id)) == Done()
    answer = await desk.operate(Remove(kind=Account, id=shop))
    assert refusal_of(answer) is Refusal.CONFLICT


async def test_prices_are_imported_whole_or_not_at_all(desk: Desk) -> None:
    good = Rate(card="default", price_micros=5, mcc="470")
    done = await desk.operate(ImportRates(card="default", rates=(good,)))
    assert isinstance(done, Rates)
    assert done.items == (good,)
    for bad in (replace(good, price_micros=-1), replace(good, mcc=None, mnc="01"), good):
        rows = (replace(good, price_micros=9), bad)
        answer = await desk.operate(ImportRates(card="default", rates=rows, replace=True))
        assert isinstance(answer, Refused)
        assert answer.sentence.startswith("Row 2: ")
    assert (await desk.operate(ListRates(card="default"))) == done
    assert refusal_of(await desk.operate(ListRates(card="none"))) is Refusal.NOT_FOUND


async def test_a_payment_is_booked_twice_and_once_per_key(desk: Desk) -> None:
    shop = desk.customer.account.id
    fund = Fund(account_id=shop, amount_micros=9_000_000, why="Invoice 1", idempotency_key="k")
    balance = await desk.operate(fund)
    assert isinstance(balance, Balance)
    assert balance.available_micros == 9_000_000
    assert await desk.operate(fund) == balance
    other = replace(fund, amount_micros=1)
    assert refusal_of(await desk.operate(other)) is Refusal.IDEMPOTENCY_CONFLICT
    async with desk.tools.database.link() as link:
        lines = await ledger.list_entries(link, shop, before=2**62, limit=9)
        assert {line.purse: line.amount_micros for line in lines} == {
            "available": 9_000_000,
            "funding": -9_000_000,
        }
        assert await ledger.audit(link) == []


async def test_a_correction_does_not_pass_the_credit_limit(desk: Desk) -> None:
    shop = desk.customer.account.id
    take = Fund(account_id=shop, amount_micros=-1, why="correction", idempotency_key="k")
    assert refusal_of(await desk.operate(take)) is Refusal.INSUFFICIENT_BALANCE
    assert await count(desk, "ledger_entry") == 0
    assert await count(desk, "idempotency") == 0


@pytest.mark.parametrize(
    "fund",
    [
        Fund(account_id=1, amount_micros=0, why="nothing"),
        Fund(account_id=1, amount_micros=10**16, why="much"),
        Fund(account_id=1, amount_micros=1, why=""),
        Fund(account_id=404, amount_micros=1, why="nobody"),
    ],
)
async def test_money_is_not_booked_without_sum_reason_and_owner(desk: Desk, fund: Fund) -> None:
    assert isinstance(await desk.operate(fund), Refused)
    assert await count(desk, "ledger_entry") == 0
