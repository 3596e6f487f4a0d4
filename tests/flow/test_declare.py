"""A file becomes what it says, a second time changes nothing, and all its faults are told at once."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace as with_fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from heliograph.flow.changes import Change, PlanError, Sign
from heliograph.flow.declaration import read_declaration
from heliograph.flow.declare import apply
from heliograph.flow.saving import Tools
from heliograph.flow.soundness import Known
from heliograph.flow.wanted import Declaration, Surroundings
from heliograph.model.account import Account, Credential, SenderState
from heliograph.model.ids import IdMaker
from heliograph.model.secret import Vault, hash_secret
from heliograph.store import kept
from heliograph.store.database import Database
from heliograph.store.things import Snapshot, load_snapshot

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_SERVER_KEY = bytes(range(32))
_KNOWN = Known(
    check_url=lambda _: None,
    dialects=frozenset({"native", "mimsms"}),
    carrier_kinds=frozenset({"simulated"}),
)
_EXAMPLES = Path(__file__).parent.parent.parent / "examples"
_LONG_SENDER = (
    "x.toml: account 2 “Bank”: sender 1 “a long, long name”: name: An alphanumeric sender has at"
    " most 11 characters."
)
_BASIS = """
[[rate_card]]
name = "default"
currency = "EUR"
rates = [{ price = "0.05" }, { mcc = "470", price = "0.01" }]
[[carrier]]
name = "up"
kind = "simulated"
settings = { seed = "1", password_secret = "pa55" }
[[route]]
name = "all"
account = "Shop"
targets = [{ carrier = "up" }]
[[account]]
name = "Shop"
[[account.credential]]
label = "till"
[[account.sender]]
name = "Shop"
"""


def _read(
    text: str, variables: dict[str, str] | None = None, files: dict[str, str] | None = None
) -> Declaration | list[str]:
    def read_text(name: str) -> str:
        if name not in (files or {}):
            raise FileNotFoundError(2, "No such file or directory")
        return (files or {})[name]

    around = Surroundings(known=_KNOWN, variable=(variables or {}).get, read_text=read_text)
    return read_declaration(tomllib.loads(text), "x.toml", around)


def _declared(text: str, variables: dict[str, str] | None = None) -> Declaration:
    read = _read(text, variables)
    assert isinstance(read, Declaration), read
    return read


@pytest_asyncio.fixture(loop_scope="session")
async def tools(database_dsn: str) -> AsyncIterator[Tools]:
    database = Database(database_dsn)
    await database.start()
    yield Tools(
        database=database,
        vault=Vault(_SERVER_KEY),
        server_key=_SERVER_KEY,
        make_id=IdMaker(1, lambda: int(_NOW.timestamp() * 1000)).next,
        now=lambda: _NOW,
        known=_KNOWN,
    )
    await database.stop()


async def _snapshot(tools: Tools) -> Snapshot:
    async with tools.database.link() as link:
        return await load_snapshot(link, tools.vault)


def _told(changes: tuple[Change, ...]) -> list[str]:
    return [
        f"{c.sign.value} {c.kind} {c.name}" + "".join(f" [{detail}]" for detail in c.details)
        for c in changes
        if c.sign is not Sign.KEEP
    ]


async def test_the_example_is_applied_whole_and_then_nothing_is_left_to_do(tools: Tools) -> None:
    text = (_EXAMPLES / "heliograph.toml").read_text("utf-8")
    csv = {"upstream-rates.csv": (_EXAMPLES / "upstream-rates.csv").read_text("utf-8")}
    wanted = _read(text, files=csv)
    assert isinstance(wanted, Declaration), wanted
    done = await apply(tools, wanted)
    assert {change.sign for change in done.changes} == {Sign.MAKE}
    assert [(kind, name) for kind, name, _ in done.secrets] == [
        ("credential", "House/native operator"),
        ("credential", "Shop/native checkout"),
        ("credential", "Shop/native checkout tests"),
        ("credential", "Shop/mimsms shop@example.com old till"),
        ("endpoint", "Shop/https://shop.example.com/hooks/sms native"),
    ]
    before = await _snapshot(tools)
    assert [sender.state for sender in before.senders] == [SenderState.APPROVED] * 2
    assert len(before.rates) == 7
    again = await apply(tools, wanted, prune=True)
    assert (_told(again.changes), again.secrets) == ([], ())
    assert await _snapshot(tools) == before


async def test_a_rehearsal_tells_the_changes_and_makes_none(tools: Tools) -> None:
    done = await apply(tools, _declared(_BASIS), rehearse=True)
    assert _told(done.changes) == [
        "+ rate card default [prices: 2 new]",
        "+ carrier up",
        "+ account Shop",
        "+ route all",
        "+ credential Shop/native till",
        "+ sender Shop/shop",
    ]
    assert (await _snapshot(tools)).accounts == ()


async def test_what_differs_is_changed_and_shown_without_secrets(tools: Tools) -> None:
    await apply(tools, _declared(_BASIS))
    other = (
        _BASIS.replace('{ mcc = "470", price = "0.01" }', '{ mcc = "262", price = "0.02" }')
        .replace("0.05", "0.06")
        .replace('seed = "1", password_secret = "pa55"', 'seed = "2", password_secret = "pa56"')
        .replace('account = "Shop"\n', 'prefix = "880"\n')
        .replace('name = "Shop"\n', 'name = "Shop"\ncredit_limit = "2.5"\n', 1)
        .replace('label = "till"\n', 'label = "till"\nscopes = ["read"]\n')
        .replace('[[account.sender]]\nname = "Shop"', '[[account.sender]]\nname = "SHOP"')
    )
    done = await apply(tools, _declared(other))
    assert _told(done.changes) == [
        "~ rate card default [prices: 1 new, 1 changed, 1 removed]",
        "~ carrier up [password_secret: changed] [seed: 1 → 2]",
        "~ account Shop [credit_limit: 0 → 2.5]",
        "~ route all [prefix: none → 880] [account: Shop → none]",
        "~ credential Shop/native till [scopes: send, read → read]",
        "~ sender Shop/shop [name: Shop → SHOP]",
    ]
    snapshot = await _snapshot(tools)
    assert snapshot.carriers[0].settings == {"seed": "2", "password_secret": "pa56"}
    assert snapshot.routes[0].account_id is None
    assert _told((await apply(tools, _declared(other))).changes) == []


_TWO_WAY = """
[[account.service]]
name = "Orders"
[[account.number]]
msisdn = "8801844909020"
service = "orders"
[[account.keyword]]
msisdn = "8801844909020"
word = "JOIN"
service = "Orders"
[[account.template]]
name = "code"
text = "Your code is {{code}}"
"""


async def test_what_points_to_a_service_of_the_file_points_to_it_afterwards(tools: Tools) -> None:
    text = _BASIS.replace('label = "till"\n', 'label = "till"\nservice = "Orders"\n') + _TWO_WAY
    made = await apply(tools, _declared(text))
    assert {"+ service Shop/orders", "+ template Shop/code"} <= set(_told(made.changes))
    snapshot = await _snapshot(tools)
    [service], [number], [keyword] = snapshot.services, snapshot.numbers, snapshot.keywords
    [live] = snapshot.credentials
    assert {number.service_id, keyword.service_id, live.credential.service_id} == {service.id}
    assert _told((await apply(tools, _declared(text), prune=True)).changes) == []
    other = text.replace('service = "orders"', 'service = "Parcels"')
    other += '[[account.service]]\nname = "Parcels"\n'
    changed = await apply(tools, _declared(other))
    assert _told(changed.changes) == [
        "+ service Shop/parcels",
        "~ number Shop/8801844909020 [service: changed]",
    ]
    [number] = (await _snapshot(tools)).numbers
    assert number.service_id not in (None, service.id)
    # What a file does not say of a service stays as it was mapped.
    less = other.replace('service = "Parcels"\n', "")
    assert _told((await apply(tools, _declared(less))).changes) == []


async def test_a_keyword_of_a_file_needs_a_number_that_may_have_it(tools: Tools) -> None:
    text = _BASIS + _TWO_WAY.replace(
        'msisdn = "8801844909020"\nservice', 'msisdn = "16222"\nservice'
    )
    with pytest.raises(PlanError, match="neither the account's nor shared"):
        await apply(tools, _declared(text))
    assert (await _snapshot(tools)).accounts == ()


def test_a_service_that_the_account_has_not_in_the_file_is_told() -> None:
    text = _BASIS + _TWO_WAY.replace('"orders"', '"Parcels"')
    assert _read(text) == [
        "x.toml: account 1 “Shop”: number 1: the account has no service “Parcels” in this file"
    ]


async def test_a_secret_from_the_environment_is_given_and_followed(tools: Tools) -> None:
    text = _BASIS.replace('label = "till"\n', 'label = "till"\nsecret = "env:TILL"\n')
    for secret in ("a-secret-of-twenty-characters", "another-one-of-twenty-characters"):
        done = await apply(tools, _declared(text, {"TILL": secret}))
        assert done.secrets == ()
        assert secret not in str(_told(done.changes))
        [live] = (await _snapshot(tools)).credentials
        assert live.credential.secret_hash == hash_secret(_SERVER_KEY, "native", "", secret)
        assert live.previous_hash is None
    assert "~ credential Shop/native till [secret: changed]" in _told(done.changes)


async def test_what_was_made_otherwise_stays_unless_pruned(tools: Tools) -> None:
    await apply(tools, _declared(_BASIS))
    shop = (await _snapshot(tools)).accounts[0]
    key = Credential(
        account_id=shop.id,
        id=0,
        dialect="native",
        name="",
        secret_hash=b"x",
        hint="",
        created_at=_NOW,
    )
    async with tools.database.transaction() as link:
        await kept.insert(link, tools.vault, key)
        await kept.insert(link, tools.vault, Account(id=0, name="Other"))
    less = _BASIS[: _BASIS.index("[[account.sender]]")].replace('name = "all"', 'name = "new"')
    kept_all = await apply(tools, _declared(less))
    assert _told(kept_all.changes) == ["+ route new"]
    pruned = await apply(tools, _declared(less), prune=True)
    assert _told(pruned.changes) == [
        "- credential Shop/native",
        "- sender Shop/shop",
        "- route all",
    ]
    snapshot = await _snapshot(tools)
    assert [live.credential.label for live in snapshot.credentials] == ["till"]
    assert [account.name for account in snapshot.accounts] == ["Shop", "Other"]


async def test_a_number_moves_to_another_account_when_pruned(tools: Tools) -> None:
    number = '[[account.number]]\nmsisdn = "8801844909020"\n'
    two = _BASIS + '[[account]]\nname = "Bank"\n'
    await apply(tools, _declared(two + number))
    moved = (
        two.replace('[[account]]\nname = "Bank"\n', "") + number + '[[account]]\nname = "Bank"\n'
    )
    with pytest.raises(kept.TakenError):
        await apply(tools, _declared(moved))
    await apply(tools, _declared(moved), prune=True)
    snapshot = await _snapshot(tools)
    owners = {account.id: account.name for account in snapshot.accounts}
    assert [owners[number.account_id] for number in snapshot.numbers] == ["Shop"]


async def test_a_change_that_the_database_refuses_changes_nothing(tools: Tools) -> None:
    await apply(tools, _declared(_BASIS + '[[account.number]]\nmsisdn = "8801844909020"\n'))
    other = """
[[rate_card]]
name = "default"
currency = "EUR"
[[account]]
name = "Thief"
[[account.number]]
msisdn = "8801844909020"
"""
    before = await _snapshot(tools)
    with pytest.raises(kept.TakenError):
        await apply(tools, _declared(other))
    assert await _snapshot(tools) == before


async def test_what_never_changes_is_told_before_anything_is_done(tools: Tools) -> None:
    await apply(tools, _declared(_BASIS))
    other = (
        _BASIS.replace('"EUR"', '"USD"')
        .replace('[[account]]\nname = "Shop"\n', '[[account]]\nname = "Shop"\ncurrency = "USD"\n')
        .replace('label = "till"\n', 'label = "till"\nmode = "test"\n')
    )
    with pytest.raises(PlanError) as caught:
        await apply(tools, _declared(other))
    assert caught.value.faults == (
        "account “Shop” keeps its currency EUR",
        "rate card “default” stays in EUR for selling: name another",
        "credential “Shop/native till” stays a live one: label another",
    )


def test_every_fault_is_told_with_its_place() -> None:
    text = """
rate_card = [5]
[[carrier]]
name = "up"
kind = "pigeon"
colour = "red"
[[carrier]]
kind = "simulated"
[[route]]
name = "all"
account = "Nobody"
traffic_class = "urgent"
[[route]]
name = "all"
account = "Nobody"
targets = [{ carrier = "down" }]
[[account]]
name = "Shop"
max_parts = "three"
[[account]]
name = "Bank"
credit_limit = "much"
[[account.credential]]
secret = "env:MISSING"
expires_at = 2030-01-01T00:00:00
[[account.credential]]
secret = "pa55"
[[account.sender]]
name = "a long, long name"
[[account.endpoint]]
url = "https://x"
secret = "pa55"
"""
    assert _read(text) == [
        "x.toml: rate_card 1 is no table",
        "x.toml: carrier 1 “up”: there is no colour here",
        "x.toml: carrier 2: name is missing",
        "x.toml: account 1 “Shop”: max_parts: expected `int`, got `str`",
        "x.toml: account 2 “Bank”: credit_limit is a decimal, such as 100.00",
        "x.toml: account 2 “Bank”: rate_card: There is no rate card “default” for selling.",
        "x.toml: account 2 “Bank”: credential 1: secret: the environment has no MISSING",
        "x.toml: account 2 “Bank”: credential 1: expires_at: A time has its offset from UTC, such as Z.",
        "x.toml: account 2 “Bank”: credential 2: secret: A secret here has 20 to 200 characters.",
        _LONG_SENDER,
        "x.toml: account 2 “Bank”: endpoint 1: a webhook secret starts with whsec_",
        "x.toml: route 1 “all”: traffic_class: invalid enum value 'urgent'",
        "x.toml: route 2 “all”: there is no account “Nobody” in this file",
        "x.toml: route 2 “all”: targets: There is no carrier “down”.",
        "x.toml: route “all” stands here twice",
    ]


def test_what_stands_twice_is_told() -> None:
    twice = '[[account.sender]]\nname = "SHOP"\n[[account.credential]]\nlabel = "till"\n'
    assert _read(_BASIS + twice) == [
        "x.toml: account 1 “Shop”: credential “native  till” stands here twice",
        "x.toml: account 1 “Shop”: sender “shop None” stands here twice",
    ]


def test_prices_are_read_from_a_csv_file_beside() -> None:
    text = '[[rate_card]]\nname = "default"\ncurrency = "EUR"\ncsv = "prices.csv"\n'
    good = "\ufeffmcc,price,effective_from\n,0.05,\n470,0.01,2027-01-01T00:00:00Z\n"
    read = _read(text, files={"prices.csv": good})
    assert isinstance(read, Declaration)
    prices = [(rate.mcc, rate.price_micros) for rate in read.cards[0].rates or ()]
    assert prices == [(None, 50_000), ("470", 10_000)]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "prices.csv cannot be read: [Errno 2] No such file or directory"),
        ("", "the first line of prices.csv names columns of prefix, mcc, mnc, price"),
        ("mcc;price\n470;1\n", "the first line of prices.csv names columns of"),
        ("mcc,price\n470,cheap\n", "price 1: price is a decimal text"),
        ("mcc,price\n4700,1\n", "price 1: mcc: A mobile country code has three digits."),
        ("price,effective_from\n1,soon\n", "price 1: effective_from: invalid rfc3339"),
        ("price\n1\n1\n", "price “None None None None” stands here twice"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_told(content: str | None, fault: str) -> None:
    text = '[[rate_card]]\nname = "default"\ncurrency = "EUR"\ncsv = "prices.csv"\n'
    read = _read(text, files={} if content is None else {"prices.csv": content})
    assert isinstance(read, list)
    assert len(read) == 1
    assert read[0].startswith(f"x.toml: rate_card 1 “default”: {fault}")


def test_a_column_that_is_wrong_in_every_row_is_told_twenty_times() -> None:
    text = '[[rate_card]]\nname = "default"\ncurrency = "EUR"\ncsv = "prices.csv"\n'
    read = _read(text, files={"prices.csv": "mcc,price\n" + "47,1\n" * 500})
    assert isinstance(read, list)
    assert len(read) == 20


def test_no_fault_shows_a_secret() -> None:
    text = '[[account]]\nname = "S"\n[[account.credential]]\nsecret = "short-pa55"\n'
    read = _read(text)
    assert isinstance(read, list)
    assert "pa55" not in str(read)


def test_a_file_without_things_is_empty() -> None:
    assert _declared("[server]\nport = 1\n") == Declaration(
        cards=(), carriers=(), accounts=(), routes=()
    )


def test_rates_that_are_not_mentioned_are_left_alone() -> None:
    wanted = _declared('[[rate_card]]\nname = "default"\ncurrency = "EUR"\n')
    assert wanted.cards == (with_fields(wanted.cards[0], rates=None),)
