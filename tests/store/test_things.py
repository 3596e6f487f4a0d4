"""What is kept comes back as it was, is announced, and is read whole in one moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio
from msgspec.structs import replace

from heliograph.model.account import (
    Account,
    AccountState,
    ChargeOn,
    Credential,
    Endpoint,
    Mode,
    Number,
    OnUncertain,
    OptOut,
    Permit,
    Scope,
    Sender,
    SenderState,
    TrafficClass,
)
from heliograph.model.prefixes import Network, PrefixTable
from heliograph.model.route import Carrier, Rate, RateCard, Route, Side, Target
from heliograph.model.secret import SealError, Vault
from heliograph.store import kept, opt_outs, rates, things
from heliograph.store.database import CHANGED, Database, Link

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_VAULT = Vault(bytes(32))


@pytest_asyncio.fixture(loop_scope="session")
async def link(database_dsn: str) -> AsyncIterator[Link]:
    database = Database(database_dsn)
    await database.start()
    async with database.link() as link:
        yield link
    await database.stop()


async def _account(link: Link, name: str = "Shop") -> Account:
    return await kept.insert(link, _VAULT, Account(id=0, name=name))


def _credential(account_id: int, secret_hash: bytes = b"h" * 32) -> Credential:
    return Credential(
        account_id=account_id,
        id=0,
        dialect="mimsms",
        name="shop@example.com",
        secret_hash=secret_hash,
        hint="cret",
        mode=Mode.TEST,
        scopes=(Scope.SEND, Scope.MANAGE),
        allowed_networks=("192.0.2.0/24",),
        denied_networks=("192.0.2.7/32",),
        label="till",
        created_at=_NOW,
        expires_at=_NOW + timedelta(days=1),
    )


def _examples(account_id: int) -> list[kept.Kept]:
    return [
        Account(
            id=0,
            name="Bank",
            currency="BDT",
            state=AccountState.SUSPENDED,
            rate_card="asia",
            credit_limit_micros=5_000_000,
            charge_on=ChargeOn.DELIVERED,
            on_uncertain_otp=OnUncertain.HOLD,
            any_sender=True,
            max_parts=3,
            default_validity_seconds=60,
            default_region="BD",
            submits_per_second=9,
            conversion_tracking=True,
        ),
        _credential(account_id),
        Sender(account_id=account_id, id=0, name="Shop", state=SenderState.APPROVED, country="BD"),
        Permit(account_id=account_id, id=0, code="EID-26", state=SenderState.REFUSED),
        Number(account_id=account_id, id=0, msisdn="8801844909020", country="BD"),
        Endpoint(
            account_id=account_id,
            id=0,
            url="https://shop.example/hook",
            dialect="native",
            events=("message.delivered",),
            secret="whsec_abc",
            disabled_at=_NOW,
            disabled_reason="gone",
        ),
        Carrier(
            id=0,
            name="upstream",
            kind="smpp",
            enabled=False,
            per_second=12.5,
            window=10,
            channels=("sms", "rcs"),
            settings={"host": "smsc.example", "password_secret": "pa55"},
            rate_card="buy",
        ),
        Route(
            id=0,
            name="night",
            position=7,
            enabled=False,
            account_id=account_id,
            sender="Shop",
            prefix="880",
            mcc="470",
            mnc="01",
            traffic_class=TrafficClass.PROMOTIONAL,
            from_minute=1320,
            to_minute=360,
            targets=(Target(carrier="upstream", priority=1, weight=3),),
        ),
        RateCard(id=0, name="buy", currency="USD", side=Side.BUY),
    ]


async def test_every_kind_comes_back_as_it_was(link: Link) -> None:
    account = await _account(link)
    for thing in _examples(account.id):
        made = await kept.insert(link, _VAULT, thing)
        assert made.id > 0
        assert replace(made, id=0) == thing
        assert await kept.find(link, _VAULT, type(made), account.id, made.id) == made
        assert made in await kept.page(link, _VAULT, type(made), account.id, after=0, limit=9)


async def test_every_kind_is_changed_in_every_column(link: Link) -> None:
    account = await _account(link)
    plain: list[kept.Kept] = [
        Account(id=0, name="Plain"),
        Sender(account_id=account.id, id=0, name="x"),
        Permit(account_id=account.id, id=0, code="x"),
        Number(account_id=account.id, id=0, msisdn="1"),
        Endpoint(account_id=account.id, id=0, url="x"),
        Carrier(id=0, name="x", kind="simulated"),
        Route(id=0, name="x"),
        RateCard(id=0, name="x", currency="EUR"),
    ]
    wanted = {type(thing): thing for thing in _examples(account.id)}
    for thing in plain:
        made = await kept.insert(link, _VAULT, thing)
        other = replace(wanted[type(made)], id=made.id)
        assert await kept.update(link, _VAULT, other) == other
        assert await kept.find(link, _VAULT, type(made), account.id, made.id) == other


async def test_what_was_removed_is_gone_and_cannot_be_changed(link: Link) -> None:
    account = await _account(link)
    for thing in _examples(account.id):
        if isinstance(thing, Credential):
            continue
        made = await kept.insert(link, _VAULT, thing)
        assert await kept.remove(link, type(made), account.id, made.id)
        assert not await kept.remove(link, type(made), account.id, made.id)
        assert await kept.update(link, _VAULT, made) is None
        assert await kept.find(link, _VAULT, type(made), account.id, made.id) is None


async def test_a_thing_of_another_account_is_not_there(link: Link) -> None:
    mine, theirs = await _account(link, "Mine"), await _account(link, "Theirs")
    sender = await kept.insert(link, _VAULT, Sender(account_id=theirs.id, id=0, name="Bank"))
    assert await kept.find(link, _VAULT, Sender, mine.id, sender.id) is None
    assert await kept.update(link, _VAULT, replace(sender, account_id=mine.id)) is None
    assert not await kept.remove(link, Sender, mine.id, sender.id)
    assert await kept.page(link, _VAULT, Sender, mine.id, after=0, limit=9) == []


async def test_an_id_beyond_all_ids_is_not_there(link: Link) -> None:
    assert await kept.find(link, _VAULT, Carrier, 0, 2**40) is None
    assert await kept.page(link, _VAULT, Carrier, 0, after=2**70, limit=9) == []
    huge = Carrier(id=2**40, name="x", kind="simulated")
    assert await kept.update(link, _VAULT, huge) is None


async def test_secrets_lie_sealed_in_the_database(link: Link) -> None:
    account = await _account(link)
    for thing in _examples(account.id):
        await kept.insert(link, _VAULT, thing)
    rows = "select e::text || c::text from endpoint e, carrier c"
    text = await link.fetchval(rows)
    assert "smsc.example" in text
    assert "pa55" not in text
    assert "whsec" not in text
    with pytest.raises(SealError):
        await things.load_snapshot(link, Vault(b"k" * 32))


async def test_the_same_secret_is_taken_until_it_is_revoked(link: Link) -> None:
    account = await _account(link)
    first = await kept.insert(link, _VAULT, _credential(account.id))
    with pytest.raises(kept.TakenError), kept.rules():
        await kept.insert(link, _VAULT, _credential(account.id))
    assert await kept.revoke(link, account.id, first.id, _NOW)
    assert not await kept.revoke(link, account.id, first.id, _NOW)
    again = await kept.insert(link, _VAULT, _credential(account.id))
    assert again.id != first.id


async def test_a_credential_keeps_what_an_update_may_not_touch(link: Link) -> None:
    account = await _account(link)
    made = await kept.insert(link, _VAULT, _credential(account.id))
    wish = replace(made, secret_hash=b"other", name="other", label="new", scopes=(Scope.READ,))
    changed = await kept.update(link, _VAULT, wish)
    assert changed == replace(made, label="new", scopes=(Scope.READ,))


async def test_a_rotated_credential_has_its_former_secret_for_a_while(link: Link) -> None:
    account = await _account(link)
    made = await kept.insert(link, _VAULT, _credential(account.id))
    until = _NOW + timedelta(hours=1)
    await kept.rotate(
        link, account.id, made.id, secret_hash=b"n" * 32, hint="", previous_until=until
    )
    [live] = (await things.load_snapshot(link, _VAULT)).credentials
    assert (live.credential.secret_hash, live.previous_hash) == (b"n" * 32, b"h" * 32)
    assert live.previous_until == until
    await kept.rotate(
        link, account.id, made.id, secret_hash=b"m" * 32, hint="", previous_until=None
    )
    [live] = (await things.load_snapshot(link, _VAULT)).credentials
    assert (live.previous_hash, live.previous_until) == (None, None)


async def test_an_unknown_account_owns_nothing(link: Link) -> None:
    with pytest.raises(kept.UnknownOwnerError), kept.rules():
        await kept.insert(link, _VAULT, Sender(account_id=404, id=0, name="x"))


async def test_a_credit_limit_that_is_used_up_cannot_go(link: Link) -> None:
    account = await kept.insert(link, _VAULT, Account(id=0, name="Shop", credit_limit_micros=5_000))
    await link.execute("update balance set available_micros = -4000")
    with pytest.raises(kept.BeyondCreditError), kept.rules():
        await kept.update(link, _VAULT, replace(account, credit_limit_micros=3_999))


async def test_an_account_with_money_on_its_books_stays(link: Link) -> None:
    account = await _account(link)
    await link.execute("select make_partitions(0, 9223372036854775807, 'all')")
    await link.execute(
        "insert into ledger_entry (account_id, id, transaction_id, amount_micros, purse, why)"
        " values ($1, 1, 1, 5, 1, 'paid')",
        account.id,
    )
    assert not await kept.remove(link, Account, 0, account.id)


async def test_every_write_is_announced_once_it_is_committed(link: Link, database_dsn: str) -> None:
    listener = await asyncpg.connect(database_dsn)
    heard: asyncio.Queue[str] = asyncio.Queue()
    await listener.add_listener(CHANGED, lambda *_: heard.put_nowait("changed"))
    account = await _account(link)
    await asyncio.wait_for(heard.get(), 5)
    async with link.transaction():
        await kept.insert(link, _VAULT, Sender(account_id=account.id, id=0, name="One"))
        await kept.insert(link, _VAULT, Sender(account_id=account.id, id=0, name="Two"))
        assert heard.empty()
    await asyncio.wait_for(heard.get(), 5)
    await listener.close()


async def test_the_first_opt_out_of_an_account_is_announced_and_the_next_is_not(
    link: Link, database_dsn: str
) -> None:
    account = await _account(link)
    listener = await asyncpg.connect(database_dsn)
    heard: list[str] = []
    await listener.add_listener(CHANGED, lambda *_: heard.append("changed"))
    for msisdn in ("8801844909020", "8801844909021"):
        opt_out = OptOut(account_id=account.id, msisdn=msisdn, created_at=_NOW)
        await opt_outs.insert_opt_outs(link, [opt_out, opt_out])
    await listener.execute("select 1")
    assert heard == ["changed"]
    await listener.close()


async def test_a_snapshot_has_everything_open_and_in_order(link: Link) -> None:
    account = await _account(link)
    made = [await kept.insert(link, _VAULT, thing) for thing in _examples(account.id)]
    bank, credential, sender, permit, number, endpoint, carrier, route, card = made
    first = await kept.insert(link, _VAULT, Route(id=0, name="first", position=1))
    revoked = await kept.insert(link, _VAULT, _credential(account.id, b"r" * 32))
    await kept.revoke(link, account.id, revoked.id, _NOW)
    await opt_outs.insert_opt_outs(
        link, [OptOut(account_id=account.id, msisdn="8801844909020", created_at=_NOW)]
    )
    snapshot = await things.load_snapshot(link, _VAULT)
    assert snapshot.accounts == (account, bank)
    assert [live.credential for live in snapshot.credentials] == [credential]
    assert (snapshot.senders, snapshot.permits) == ((sender,), (permit,))
    assert (snapshot.numbers, snapshot.endpoints) == ((number,), (endpoint,))
    assert (snapshot.carriers, snapshot.routes) == ((carrier,), (first, route))
    assert (snapshot.rate_cards, snapshot.rates, snapshot.prefixes) == ((card,), (), ())
    assert snapshot.opted_out_accounts == {account.id}


async def test_an_opt_out_holds_for_its_sender_in_any_case_or_for_all(link: Link) -> None:
    shop, bank = await _account(link, "Shop"), await _account(link, "Bank")
    await opt_outs.insert_opt_outs(
        link,
        [
            OptOut(account_id=shop.id, msisdn="8801", sender="Shop", created_at=_NOW),
            OptOut(account_id=shop.id, msisdn="8802", created_at=_NOW),
            OptOut(account_id=shop.id, msisdn="8803", campaign="EID", created_at=_NOW),
        ],
    )
    asked = [
        (account.id, msisdn, sender, campaign)
        for account in (shop, bank)
        for msisdn in ("8801", "8802", "8803")
        for sender in ("SHOP", "Other")
        for campaign in ("", "eid")
    ]
    assert await things.opted_out(link, asked) == {
        (shop.id, "8801", "SHOP", ""),
        (shop.id, "8801", "SHOP", "eid"),
        (shop.id, "8802", "SHOP", ""),
        (shop.id, "8802", "SHOP", "eid"),
        (shop.id, "8802", "Other", ""),
        (shop.id, "8802", "Other", "eid"),
        (shop.id, "8803", "SHOP", "eid"),
        (shop.id, "8803", "Other", "eid"),
    }


async def test_an_opt_out_is_removed_for_exactly_its_sender(link: Link) -> None:
    account = await _account(link)
    opt_out = OptOut(account_id=account.id, msisdn="8801", sender="Shop", created_at=_NOW)
    await opt_outs.insert_opt_outs(link, [opt_out])
    assert not await opt_outs.remove_opt_out(link, account.id, "8801", "")
    assert await opt_outs.remove_opt_out(link, account.id, "8801", "shop")
    assert await things.opted_out(link, [(account.id, "8801", "Shop", "")]) == set()


async def test_pages_of_opt_outs_have_each_number_whole(link: Link) -> None:
    account = await _account(link)
    keys = [("8801", "A"), ("8802", "A"), ("8802", "B"), ("8802", "C"), ("8803", "A")]
    all_ = [
        OptOut(account_id=account.id, msisdn=msisdn, sender=sender, created_at=_NOW)
        for msisdn, sender in keys
    ]
    await opt_outs.insert_opt_outs(link, all_)
    for limit in (1, 2, 3, 4, 5):
        seen: list[OptOut] = []
        more = True
        while more:
            after = seen[-1].msisdn if seen else ""
            items, more = await opt_outs.list_opt_outs(link, account.id, after=after, limit=limit)
            seen += items
        assert sorted(seen, key=lambda o: (o.msisdn, o.sender)) == all_


async def test_prices_are_added_changed_and_replaced(link: Link) -> None:
    card = await kept.insert(link, _VAULT, RateCard(id=0, name="default", currency="EUR"))
    anywhere = Rate(card="default", price_micros=50_000)
    later = Rate(card="default", price_micros=60_000, effective_from=_NOW)
    network = Rate(card="default", price_micros=4_200, mcc="470", mnc="01")
    await rates.put_rates(link, card, [anywhere, later, network], replace=False)
    await rates.put_rates(link, card, [replace(network, price_micros=1)], replace=False)
    assert await rates.list_rates(link, card) == (
        anywhere,
        later,
        replace(network, price_micros=1),
    )
    prefix = Rate(card="default", price_micros=7, prefix="88018")
    await rates.put_rates(link, card, [prefix], replace=True)
    assert (await things.load_snapshot(link, _VAULT)).rates == (prefix,)


async def test_a_numbering_table_comes_back_as_it_was(link: Link) -> None:
    rows = (
        ("880", Network(country="BD", mcc="470", mnc=None, name=None)),
        ("88018", Network(country="BD", mcc="470", mnc="02", name="Robi")),
    )
    await rates.replace_prefixes(link, PrefixTable(rows))
    assert await rates.all_prefixes(link) == rows
    await rates.replace_prefixes(link, PrefixTable(()))
    assert await rates.all_prefixes(link) == ()
