"""Who may keep what, what is refused and why, and that no secret is shown twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace

from heliograph.flow.configure import Configuring, Kept, Tools, configure
from heliograph.flow.soundness import Known, invalid
from heliograph.model.account import (
    Account,
    Balance,
    Credential,
    Endpoint,
    Mode,
    Number,
    OptOut,
    Permit,
    Scope,
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
    Principal,
    Rates,
    Remove,
    RemoveOptOut,
    Rotate,
    Save,
    Saved,
    Things,
)
from heliograph.model.ids import EPOCH, IdMaker
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Side, Target
from heliograph.model.secret import Vault, hash_secret
from heliograph.model.signature import decode_secret
from heliograph.store import kept, ledger, things
from heliograph.store.database import Database

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_SERVER_KEY = bytes(range(32))
_KEY = Credential(
    account_id=0, id=0, dialect="native", name="", secret_hash=b"", hint="", created_at=_NOW
)
_CARRIER = Carrier(id=0, name="up", kind="simulated", settings={"password_secret": "pa55"})


def _check_url(url: str) -> Refused | None:
    return None if url.startswith("https://") else invalid("url", "Only https.")


class _Desk:
    """Commands by the operator, by a customer's managing key, and by one that only sends."""

    def __init__(self, tools: Tools, operator: Principal, customer: Principal) -> None:
        self.tools = tools
        self.operator = operator
        self.customer = customer
        sending = replace(customer.credential, scopes=(Scope.SEND,))
        self.sender = replace(customer, credential=sending)

    async def operate(self, command: Configuring) -> Kept:
        return await configure(self.tools, self.operator, command)

    async def ask(self, command: Configuring) -> Kept:
        return await configure(self.tools, self.customer, command)

    async def made(self, thing: kept.Kept) -> kept.Kept:
        saved = await self.operate(Save(thing=thing))
        assert isinstance(saved, Saved), saved
        return saved.thing  # type: ignore[return-value]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database_dsn: str) -> AsyncIterator[_Desk]:
    database = Database(database_dsn)
    await database.start()
    known = Known(
        check_url=_check_url,
        dialects=frozenset({"native", "mimsms"}),
        carrier_kinds=frozenset({"simulated"}),
    )
    tools = Tools(
        database=database,
        vault=Vault(_SERVER_KEY),
        server_key=_SERVER_KEY,
        make_id=IdMaker(1, lambda: int(_NOW.timestamp() * 1000)).next,
        now=lambda: _NOW,
        known=known,
    )
    async with database.transaction() as link:
        await link.execute("select make_partitions(0, 9223372036854775807, 'all')")
        await kept.insert(link, tools.vault, RateCard(id=0, name="default", currency="EUR"))
        house = await kept.insert(link, tools.vault, Account(id=0, name="House"))
        shop = await kept.insert(link, tools.vault, Account(id=0, name="Shop", default_region="BD"))
    operator = replace(_KEY, account_id=house.id, scopes=(Scope.ADMIN,))
    customer = replace(_KEY, account_id=shop.id, scopes=(Scope.SEND, Scope.READ, Scope.MANAGE))
    yield _Desk(
        tools,
        Principal(account=house, credential=operator, key=b""),
        Principal(account=shop, credential=customer, key=b""),
    )
    await database.stop()


def _refusal(answer: Kept) -> Refusal:
    assert isinstance(answer, Refused), answer
    return answer.refusal


def _field(answer: Kept) -> str | None:
    assert isinstance(answer, Refused), answer
    return answer.field


def _saved(answer: Kept) -> Saved:
    assert isinstance(answer, Saved), answer
    return answer


async def _count(desk: _Desk, table: str) -> int:
    async with desk.tools.database.link() as link:
        return int(await link.fetchval(f"select count(*) from {table}"))  # noqa: S608


# -- who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        Save(thing=Account(id=0, name="Mine")),
        Save(thing=_CARRIER),
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
    desk: _Desk, command: Configuring
) -> None:
    assert _refusal(await desk.ask(command)) is Refusal.FORBIDDEN


@pytest.mark.parametrize(
    "command",
    [
        Save(thing=_KEY),
        Save(thing=Endpoint(account_id=0, id=0, url="https://shop.example")),
        Save(thing=Sender(account_id=0, id=0, name="Shop")),
        Remove(kind=Credential, id=1),
        Rotate(id=1),
    ],
)
async def test_a_key_that_only_sends_keeps_nothing(desk: _Desk, command: Configuring) -> None:
    assert _refusal(await configure(desk.tools, desk.sender, command)) is Refusal.FORBIDDEN


async def test_a_customer_saves_for_itself_whatever_the_thing_says(desk: _Desk) -> None:
    sender = Sender(account_id=desk.operator.account.id, id=0, name="Shop")
    saved = _saved(await desk.ask(Save(thing=sender)))
    assert saved.thing == replace(
        sender,
        account_id=desk.customer.account.id,
        id=saved.thing.id,  # type: ignore[union-attr]
    )


async def test_the_operator_acts_for_another_account(desk: _Desk) -> None:
    theirs = desk.customer.account.id
    sender = Sender(account_id=0, id=0, name="Shop", state=SenderState.APPROVED)
    made = _saved(await desk.operate(Save(thing=sender, for_account=theirs))).thing
    assert await desk.ask(List(kind=Sender)) == Things(items=(made,), more=False)
    assert await desk.operate(List(kind=Sender)) == Things(items=(), more=False)


async def test_there_is_no_acting_for_an_account_that_is_not_there(desk: _Desk) -> None:
    for account_id in (404, 2**40):
        sender = Sender(account_id=0, id=0, name="Shop")
        answer = await desk.operate(Save(thing=sender, for_account=account_id))
        assert _refusal(answer) is Refusal.NOT_FOUND


async def test_a_customer_sees_its_own_account_and_the_prices_it_pays(desk: _Desk) -> None:
    account = desk.customer.account
    assert await desk.ask(Find(kind=Account, id=account.id)) == Saved(thing=account)
    assert isinstance(await desk.ask(ListRates(card="default")), Rates)


# -- credentials --------------------------------------------------------------------------------


async def test_a_new_key_is_shown_once_and_known_by_its_hash(desk: _Desk) -> None:
    saved = _saved(await desk.ask(Save(thing=_KEY)))
    assert saved.secret is not None
    assert saved.secret.startswith("hg_live_")
    assert isinstance(saved.thing, Credential)
    assert (saved.thing.hint, saved.thing.secret_hash) == (saved.secret[-4:], b"")
    [listed] = (await desk.ask(List(kind=Credential))).items  # type: ignore[union-attr]
    assert listed == saved.thing
    async with desk.tools.database.link() as link:
        [live] = (await things.load_snapshot(link, desk.tools.vault)).credentials
    assert live.credential.secret_hash == hash_secret(_SERVER_KEY, "native", "", saved.secret)
    assert live.credential.created_at == _NOW


async def test_a_secret_of_ones_own_is_kept_and_taken_only_once(desk: _Desk) -> None:
    mimsms = replace(_KEY, dialect="mimsms", name="shop@example.com")
    assert _saved(await desk.ask(Save(thing=mimsms, secret="s3cret"))).secret is None
    again = replace(mimsms, name="SHOP@example.com")
    assert _refusal(await desk.ask(Save(thing=again, secret="s3cret"))) is Refusal.CONFLICT
    other = replace(mimsms, name="other@example.com")
    assert isinstance(await desk.ask(Save(thing=other, secret="s3cret")), Saved)


@pytest.mark.parametrize("secret", ["abc", " s3cret", "s3cret\n", "x" * 201])
async def test_a_secret_that_no_caller_could_send_is_refused(desk: _Desk, secret: str) -> None:
    mimsms = replace(_KEY, dialect="mimsms", name="shop@example.com")
    assert _field(await desk.ask(Save(thing=mimsms, secret=secret))) == "secret"


async def test_a_key_makes_none_that_may_do_more(desk: _Desk) -> None:
    for scope in (Scope.ADMIN,):
        wish = replace(_KEY, scopes=(Scope.SEND, scope))
        assert _refusal(await desk.ask(Save(thing=wish))) is Refusal.FORBIDDEN
    test_key = replace(desk.customer.credential, mode=Mode.TEST)
    tester = replace(desk.customer, credential=test_key)
    answer = await configure(desk.tools, tester, Save(thing=_KEY))
    assert _refusal(answer) is Refusal.FORBIDDEN
    assert await _count(desk, "credential") == 0


async def test_a_key_that_may_do_more_is_out_of_reach_of_one_that_may_do_less(
    desk: _Desk,
) -> None:
    theirs = desk.customer.account.id
    admin = replace(_KEY, scopes=(Scope.ADMIN,))
    made = _saved(await desk.operate(Save(thing=admin, for_account=theirs))).thing
    assert isinstance(made, Credential)
    for command in (
        Rotate(id=made.id),
        Remove(kind=Credential, id=made.id),
        Save(thing=replace(made, scopes=(Scope.SEND,))),
    ):
        assert _refusal(await desk.ask(command)) is Refusal.FORBIDDEN


async def test_an_update_changes_grants_and_neither_door_nor_secret(desk: _Desk) -> None:
    made = _saved(await desk.ask(Save(thing=_KEY))).thing
    assert isinstance(made, Credential)
    wish = replace(made, label="till", allowed_networks=("192.0.2.0/24",), scopes=(Scope.READ,))
    saved = _saved(await desk.ask(Save(thing=wish)))
    assert (saved.thing, saved.secret) == (wish, None)
    moved = replace(made, dialect="mimsms")
    assert _field(await desk.ask(Save(thing=moved))) == "dialect"


async def test_rotation_keeps_the_old_secret_for_as_long_as_asked(desk: _Desk) -> None:
    made = _saved(await desk.ask(Save(thing=_KEY)))
    assert isinstance(made.thing, Credential)
    rotated = _saved(await desk.ask(Rotate(id=made.thing.id, overlap_seconds=60)))
    assert rotated.secret not in (None, made.secret)
    async with desk.tools.database.link() as link:
        [live] = (await things.load_snapshot(link, desk.tools.vault)).credentials
    assert live.previous_hash == hash_secret(_SERVER_KEY, "native", "", str(made.secret))
    assert live.previous_until == _NOW + timedelta(seconds=60)


async def test_a_revoked_key_stays_listed_and_cannot_come_back(desk: _Desk) -> None:
    made = _saved(await desk.ask(Save(thing=_KEY))).thing
    assert isinstance(made, Credential)
    assert await desk.ask(Remove(kind=Credential, id=made.id)) == Done()
    [listed] = (await desk.ask(List(kind=Credential))).items  # type: ignore[union-attr]
    assert listed == replace(made, revoked_at=_NOW)
    for command in (Rotate(id=made.id), Save(thing=made), Remove(kind=Credential, id=made.id)):
        assert _refusal(await desk.ask(command)) is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (replace(_KEY, dialect="pigeon"), "dialect"),
        (replace(_KEY, name="shop"), "name"),
        (replace(_KEY, allowed_networks=("192.0.2.0/33",)), "allowed_networks"),
        (replace(_KEY, denied_networks=("shop.example",)), "denied_networks"),
        (replace(_KEY, scopes=()), "scopes"),
        (replace(_KEY, expires_at=_NOW), "expires_at"),
        (replace(_KEY, label="a\nb"), "label"),
    ],
)
async def test_a_credential_nobody_could_use_is_refused(
    desk: _Desk, wish: Credential, field: str
) -> None:
    assert _field(await desk.ask(Save(thing=wish))) == field


# -- senders, permits, numbers, endpoints, opt-outs ---------------------------------------------


@pytest.mark.parametrize(
    "wish",
    [
        Sender(account_id=0, id=0, name="Shop", state=SenderState.APPROVED),
        Permit(account_id=0, id=0, code="EID-26", state=SenderState.APPROVED),
    ],
)
async def test_what_needs_approval_waits_for_the_operator(
    desk: _Desk, wish: Sender | Permit
) -> None:
    made = _saved(await desk.ask(Save(thing=wish))).thing
    assert isinstance(made, Sender | Permit)
    assert made.state is SenderState.PENDING
    approved = replace(made, state=SenderState.APPROVED)
    assert _saved(await desk.operate(Save(thing=approved, for_account=made.account_id)))
    assert _saved(await desk.ask(Save(thing=made))).thing == approved
    other = {"name": "Bank"} if isinstance(made, Sender) else {"code": "PUJA"}
    changed = _saved(await desk.ask(Save(thing=replace(approved, **other)))).thing
    assert changed == replace(made, **other)


async def test_names_are_unique_within_an_account_whatever_their_case(desk: _Desk) -> None:
    await desk.ask(Save(thing=Sender(account_id=0, id=0, name="Shop")))
    again = Save(thing=Sender(account_id=0, id=0, name="SHOP"))
    assert _refusal(await desk.ask(again)) is Refusal.CONFLICT
    assert isinstance(await desk.operate(again), Saved)


async def test_numbers_and_senders_are_kept_in_canonical_form(desk: _Desk) -> None:
    theirs = desk.customer.account.id
    number = Number(account_id=0, id=0, msisdn="01844 909020")
    made = _saved(await desk.operate(Save(thing=number, for_account=theirs))).thing
    assert isinstance(made, Number)
    assert (made.msisdn, made.country) == ("8801844909020", "BD")
    sender = Sender(account_id=0, id=0, name="+880 1844-909020")
    kept_sender = _saved(await desk.ask(Save(thing=sender))).thing
    assert isinstance(kept_sender, Sender)
    assert kept_sender.name == "8801844909020"


@pytest.mark.parametrize(
    ("thing", "field"),
    [
        (Sender(account_id=0, id=0, name="far too long a name"), "name"),
        (Sender(account_id=0, id=0, name="Shop", country="bd"), "country"),
        (Permit(account_id=0, id=0, code=""), "code"),
        (Number(account_id=0, id=0, msisdn="Shop"), "msisdn"),
        (Number(account_id=0, id=0, msisdn="8801844909020", country="Z1"), "country"),
        (Endpoint(account_id=0, id=0, url="ftp://shop.example"), "url"),
        (Endpoint(account_id=0, id=0, url="https://x", events=("sms.gone",)), "events"),
        (Endpoint(account_id=0, id=0, url="https://x", dialect="pigeon"), "dialect"),
        (OptOut(account_id=0, msisdn="12", created_at=_NOW), "msisdn"),
        (OptOut(account_id=0, msisdn="8801844909020", sender="!!", created_at=_NOW), "sender"),
    ],
)
async def test_an_unsound_thing_is_refused_by_its_field(
    desk: _Desk, thing: Sender | Permit | Number | Endpoint | OptOut, field: str
) -> None:
    assert _field(await desk.operate(Save(thing=thing))) == field


async def test_an_endpoints_secret_is_shown_once_and_survives_changes(desk: _Desk) -> None:
    wish = Endpoint(account_id=0, id=0, url="https://shop.example/a", events=("*",))
    made = _saved(await desk.ask(Save(thing=wish)))
    assert made.secret is not None
    assert len(decode_secret(made.secret)) == 32
    assert isinstance(made.thing, Endpoint)
    assert made.thing.secret == ""
    moved = replace(made.thing, url="https://shop.example/b")
    assert await desk.ask(Save(thing=moved)) == Saved(thing=moved)
    async with desk.tools.database.link() as link:
        [endpoint] = (await things.load_snapshot(link, desk.tools.vault)).endpoints
    assert endpoint == replace(moved, secret=made.secret)


async def test_an_endpoint_may_bring_its_secret(desk: _Desk) -> None:
    wish = Endpoint(account_id=0, id=0, url="https://shop.example")
    assert _field(await desk.ask(Save(thing=wish, secret="s3cret"))) == "secret"
    brought = "whsec_" + "A" * 32
    assert _saved(await desk.ask(Save(thing=wish, secret=brought))).secret is None
    async with desk.tools.database.link() as link:
        [endpoint] = (await things.load_snapshot(link, desk.tools.vault)).endpoints
    assert endpoint.secret == brought


async def test_opt_outs_are_kept_listed_and_removed_by_number(desk: _Desk) -> None:
    wish = OptOut(account_id=0, msisdn="01844 909020", sender="Shop", created_at=EPOCH)
    answer = await configure(desk.tools, desk.sender, Save(thing=wish))
    made = OptOut(
        account_id=desk.customer.account.id, msisdn="8801844909020", sender="Shop", created_at=_NOW
    )
    assert answer == Saved(thing=made)
    assert await desk.ask(List(kind=OptOut)) == Things(items=(made,), more=False)
    assert await desk.ask(List(kind=OptOut, after=8801844909020)) == Things(items=(), more=False)
    remove = RemoveOptOut(msisdn="+8801844909020", sender="Shop")
    assert await desk.ask(remove) == Done()
    assert _refusal(await desk.ask(remove)) is Refusal.NOT_FOUND


async def test_a_long_list_comes_in_pages(desk: _Desk) -> None:
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


async def test_removal_reaches_only_the_own_account(desk: _Desk) -> None:
    made = await desk.made(Sender(account_id=0, id=0, name="House"))
    assert _refusal(await desk.ask(Remove(kind=Sender, id=made.id))) is Refusal.NOT_FOUND
    assert await desk.operate(Remove(kind=Sender, id=made.id)) == Done()


# -- the operator's -----------------------------------------------------------------------------


async def test_a_carriers_secret_is_never_shown_and_stays_until_it_is_emptied(
    desk: _Desk,
) -> None:
    made = await desk.made(_CARRIER)
    assert isinstance(made, Carrier)
    assert made.settings == {}

    async def stored() -> dict[str, str]:
        async with desk.tools.database.link() as link:
            [carrier] = (await things.load_snapshot(link, desk.tools.vault)).carriers
            return carrier.settings

    await desk.operate(Save(thing=replace(made, settings={"host": "smsc.example"})))
    assert await stored() == {"host": "smsc.example", "password_secret": "pa55"}
    await desk.operate(Save(thing=replace(made, settings={"password_secret": ""})))
    assert await stored() == {}


async def test_a_carrier_that_routes_lead_to_stays_under_its_name(desk: _Desk) -> None:
    made = await desk.made(_CARRIER)
    assert isinstance(made, Carrier)
    route = await desk.made(Route(id=0, name="all", targets=(Target(carrier="up"),)))
    renamed = Save(thing=replace(made, name="down"))
    for command in (renamed, Remove(kind=Carrier, id=made.id)):
        assert _refusal(await desk.operate(command)) is Refusal.CONFLICT
    assert await desk.operate(Remove(kind=Route, id=route.id)) == Done()
    assert await desk.operate(Remove(kind=Carrier, id=made.id)) == Done()


async def test_a_card_that_prices_are_read_from_stays_as_it_is(desk: _Desk) -> None:
    listed = await desk.operate(List(kind=RateCard))
    assert isinstance(listed, Things)
    [card] = listed.items
    assert isinstance(card, RateCard)
    for command in (
        Save(thing=replace(card, currency="USD")),
        Remove(kind=RateCard, id=card.id),
    ):
        answer = await desk.operate(command)
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.CONFLICT
        assert "account House" in answer.sentence


@pytest.mark.parametrize(
    ("thing", "field"),
    [
        (Account(id=0, name=" "), "name"),
        (Account(id=0, name="x", currency="EURO"), "currency"),
        (Account(id=0, name="x", currency="USD"), "rate_card"),
        (Account(id=0, name="x", rate_card="none"), "rate_card"),
        (Account(id=0, name="x", default_region="UK"), "default_region"),
        (Account(id=0, name="x", credit_limit_micros=-1), "credit_limit"),
        (Account(id=0, name="x", max_parts=0), "max_parts"),
        (Account(id=0, name="x", submits_per_second=-1), "submits_per_second"),
        (replace(_CARRIER, kind="pigeon"), "kind"),
        (replace(_CARRIER, rate_card="default"), "rate_card"),
        (replace(_CARRIER, per_second=float("nan")), "per_second"),
        (replace(_CARRIER, settings={"host": "\x00"}), "settings"),
        (Route(id=0, name="r"), "targets"),
        (Route(id=0, name="r", targets=(Target(carrier="none"),)), "targets"),
        (Route(id=0, name="r", mnc="01", targets=()), "mnc"),
        (Route(id=0, name="r", prefix="+880"), "prefix"),
        (Route(id=0, name="r", from_minute=5), "from_minute"),
        (Route(id=0, name="r", account_id=2**40), "account"),
        (RateCard(id=0, name="no blanks", currency="EUR"), "name"),
        (RateCard(id=0, name="x", currency="XX", side=Side.BUY), "currency"),
    ],
)
async def test_what_the_operator_gets_wrong_is_told_by_its_field(
    desk: _Desk, thing: Account | Carrier | Route | RateCard, field: str
) -> None:
    assert _field(await desk.operate(Save(thing=thing))) == field


async def test_an_account_keeps_its_currency(desk: _Desk) -> None:
    await desk.made(RateCard(id=0, name="dollars", currency="USD"))
    moved = replace(desk.customer.account, currency="USD", rate_card="dollars")
    assert _field(await desk.operate(Save(thing=moved))) == "currency"


async def test_only_an_account_without_traces_is_removed(desk: _Desk) -> None:
    fresh = await desk.made(Account(id=0, name="Fresh"))
    shop = desk.customer.account.id
    await desk.operate(Fund(account_id=shop, amount_micros=1, why="gift"))
    assert await desk.operate(Remove(kind=Account, id=fresh.id)) == Done()
    answer = await desk.operate(Remove(kind=Account, id=shop))
    assert _refusal(answer) is Refusal.CONFLICT


async def test_prices_are_imported_whole_or_not_at_all(desk: _Desk) -> None:
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
    assert _refusal(await desk.operate(ListRates(card="none"))) is Refusal.NOT_FOUND


# -- money --------------------------------------------------------------------------------------


async def test_a_payment_is_booked_twice_and_once_per_key(desk: _Desk) -> None:
    shop = desk.customer.account.id
    fund = Fund(account_id=shop, amount_micros=9_000_000, why="Invoice 1", idempotency_key="k")
    balance = await desk.operate(fund)
    assert isinstance(balance, Balance)
    assert balance.available_micros == 9_000_000
    assert await desk.operate(fund) == balance
    other = replace(fund, amount_micros=1)
    assert _refusal(await desk.operate(other)) is Refusal.IDEMPOTENCY_CONFLICT
    async with desk.tools.database.link() as link:
        lines = await ledger.list_entries(link, shop, before=2**62, limit=9)
        assert {line.purse: line.amount_micros for line in lines} == {
            "available": 9_000_000,
            "funding": -9_000_000,
        }
        assert await ledger.audit(link) == []


async def test_a_correction_does_not_pass_the_credit_limit(desk: _Desk) -> None:
    shop = desk.customer.account.id
    take = Fund(account_id=shop, amount_micros=-1, why="correction", idempotency_key="k")
    assert _refusal(await desk.operate(take)) is Refusal.INSUFFICIENT_BALANCE
    assert await _count(desk, "ledger_entry") == 0
    assert await _count(desk, "idempotency") == 0


@pytest.mark.parametrize(
    "fund",
    [
        Fund(account_id=1, amount_micros=0, why="nothing"),
        Fund(account_id=1, amount_micros=10**16, why="much"),
        Fund(account_id=1, amount_micros=1, why=""),
        Fund(account_id=404, amount_micros=1, why="nobody"),
    ],
)
async def test_money_is_not_booked_without_sum_reason_and_owner(desk: _Desk, fund: Fund) -> None:
    assert isinstance(await desk.operate(fund), Refused)
    assert await _count(desk, "ledger_entry") == 0
