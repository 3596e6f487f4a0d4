"""What is refused of each kind and why, what changes keep, and that no secret is shown twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace

from heliograph.flow.configure import configure
from heliograph.model.account import (
    Account,
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
    List,
    Remove,
    Rotate,
    Save,
    Saved,
    Things,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, RateCard, Route, Side, Target
from heliograph.model.secret import hash_secret
from heliograph.model.signature import decode_secret
from heliograph.store import things
from tests.flow.keeping import (
    CARRIER,
    KEY,
    NOW,
    SERVER_KEY,
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


async def test_a_new_key_is_shown_once_and_known_by_its_hash(desk: Desk) -> None:
    saved = saved_of(await desk.ask(Save(thing=KEY)))
    assert saved.secret is not None
    assert saved.secret.startswith("hg_live_")
    assert isinstance(saved.thing, Credential)
    assert (saved.thing.hint, saved.thing.secret_hash) == (saved.secret[-4:], b"")
    [listed] = (await desk.ask(List(kind=Credential))).items  # type: ignore[union-attr]
    assert listed == saved.thing
    async with desk.tools.database.link() as link:
        [live] = (await things.load_snapshot(link, desk.tools.vault)).credentials
    assert live.credential.secret_hash == hash_secret(SERVER_KEY, "native", "", saved.secret)
    assert live.credential.created_at == NOW


async def test_a_secret_of_ones_own_is_kept_and_taken_only_once(desk: Desk) -> None:
    mimsms = replace(KEY, dialect="mimsms", name="shop@example.com")
    assert saved_of(await desk.ask(Save(thing=mimsms, secret="s3cret"))).secret is None
    again = replace(mimsms, name="SHOP@example.com")
    assert refusal_of(await desk.ask(Save(thing=again, secret="s3cret"))) is Refusal.CONFLICT
    other = replace(mimsms, name="other@example.com")
    assert isinstance(await desk.ask(Save(thing=other, secret="s3cret")), Saved)


@pytest.mark.parametrize("secret", ["abc", " s3cret", "s3cret\n", "x" * 201])
async def test_a_secret_that_no_caller_could_send_is_refused(desk: Desk, secret: str) -> None:
    mimsms = replace(KEY, dialect="mimsms", name="shop@example.com")
    assert field_of(await desk.ask(Save(thing=mimsms, secret=secret))) == "secret"


async def test_a_key_makes_none_that_may_do_more(desk: Desk) -> None:
    for scope in (Scope.ADMIN,):
        wish = replace(KEY, scopes=(Scope.SEND, scope))
        assert refusal_of(await desk.ask(Save(thing=wish))) is Refusal.FORBIDDEN
    test_key = replace(desk.customer.credential, mode=Mode.TEST)
    tester = replace(desk.customer, credential=test_key)
    answer = await configure(desk.tools, tester, Save(thing=KEY))
    assert refusal_of(answer) is Refusal.FORBIDDEN
    assert await count(desk, "credential") == 0


async def test_a_key_that_may_do_more_is_out_of_reach_of_one_that_may_do_less(
    desk: Desk,
) -> None:
    theirs = desk.customer.account.id
    admin = replace(KEY, scopes=(Scope.ADMIN,))
    made = saved_of(await desk.operate(Save(thing=admin, for_account=theirs))).thing
    assert isinstance(made, Credential)
    for command in (
        Rotate(id=made.id),
        Remove(kind=Credential, id=made.id),
        Save(thing=replace(made, scopes=(Scope.SEND,))),
    ):
        assert refusal_of(await desk.ask(command)) is Refusal.FORBIDDEN


async def test_an_update_changes_grants_and_neither_door_nor_secret(desk: Desk) -> None:
    made = saved_of(await desk.ask(Save(thing=KEY))).thing
    assert isinstance(made, Credential)
    wish = replace(made, label="till", allowed_networks=("192.0.2.0/24",), scopes=(Scope.READ,))
    saved = saved_of(await desk.ask(Save(thing=wish)))
    assert (saved.thing, saved.secret) == (wish, None)
    moved = replace(made, dialect="mimsms")
    assert field_of(await desk.ask(Save(thing=moved))) == "dialect"


async def test_rotation_keeps_the_old_secret_for_as_long_as_asked(desk: Desk) -> None:
    made = saved_of(await desk.ask(Save(thing=KEY)))
    assert isinstance(made.thing, Credential)
    rotated = saved_of(await desk.ask(Rotate(id=made.thing.id, overlap_seconds=60)))
    assert rotated.secret not in (None, made.secret)
    async with desk.tools.database.link() as link:
        [live] = (await things.load_snapshot(link, desk.tools.vault)).credentials
    assert live.previous_hash == hash_secret(SERVER_KEY, "native", "", str(made.secret))
    assert live.previous_until == NOW + timedelta(seconds=60)


async def test_a_revoked_key_stays_listed_and_cannot_come_back(desk: Desk) -> None:
    made = saved_of(await desk.ask(Save(thing=KEY))).thing
    assert isinstance(made, Credential)
    assert await desk.ask(Remove(kind=Credential, id=made.id)) == Done()
    [listed] = (await desk.ask(List(kind=Credential))).items  # type: ignore[union-attr]
    assert listed == replace(made, revoked_at=NOW)
    for command in (Rotate(id=made.id), Save(thing=made), Remove(kind=Credential, id=made.id)):
        assert refusal_of(await desk.ask(command)) is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (replace(KEY, dialect="pigeon"), "dialect"),
        (replace(KEY, name="shop"), "name"),
        (replace(KEY, allowed_networks=("192.0.2.0/33",)), "allowed_networks"),
        (replace(KEY, denied_networks=("shop.example",)), "denied_networks"),
        (replace(KEY, scopes=()), "scopes"),
        (replace(KEY, expires_at=NOW), "expires_at"),
        (replace(KEY, label="a\nb"), "label"),
    ],
)
async def test_a_credential_nobody_could_use_is_refused(
    desk: Desk, wish: Credential, field: str
) -> None:
    assert field_of(await desk.ask(Save(thing=wish))) == field


@pytest.mark.parametrize(
    "wish",
    [
        Sender(account_id=0, id=0, name="Shop", state=SenderState.APPROVED),
        Permit(account_id=0, id=0, code="EID-26", state=SenderState.APPROVED),
    ],
)
async def test_what_needs_approval_waits_for_the_operator(
    desk: Desk, wish: Sender | Permit
) -> None:
    made = saved_of(await desk.ask(Save(thing=wish))).thing
    assert isinstance(made, Sender | Permit)
    assert made.state is SenderState.PENDING
    approved = replace(made, state=SenderState.APPROVED)
    assert saved_of(await desk.operate(Save(thing=approved, for_account=made.account_id)))
    assert saved_of(await desk.ask(Save(thing=made))).thing == approved
    other = {"name": "Bank"} if isinstance(made, Sender) else {"code": "PUJA"}
    changed = saved_of(await desk.ask(Save(thing=replace(approved, **other)))).thing
    assert changed == replace(made, **other)


async def test_why_a_sender_was_refused_is_told_and_goes_when_it_is_asked_for_again(
    desk: Desk,
) -> None:
    wish = Sender(account_id=0, id=0, name="Shop", reason="Mine")
    made = saved_of(await desk.ask(Save(thing=wish))).thing
    assert isinstance(made, Sender)
    assert made.reason == ""
    refused = replace(made, state=SenderState.REFUSED, reason="Send us the trade licence.")
    told = Save(thing=refused, for_account=made.account_id)
    assert saved_of(await desk.operate(told)).thing == refused
    off = replace(made, enabled=False)
    assert saved_of(await desk.ask(Save(thing=off))).thing == replace(refused, enabled=False)
    anew = saved_of(await desk.ask(Save(thing=replace(refused, name="Shops")))).thing
    assert anew == replace(made, name="Shops")
    approved = replace(refused, state=SenderState.APPROVED)
    approval = Save(thing=approved, for_account=made.account_id)
    assert saved_of(await desk.operate(approval)).thing == replace(approved, reason="")
    assert field_of(await desk.operate(Save(thing=replace(refused, reason="x" * 501)))) == "reason"


async def test_names_are_unique_within_an_account_whatever_their_case(desk: Desk) -> None:
    await desk.ask(Save(thing=Sender(account_id=0, id=0, name="Shop")))
    again = Save(thing=Sender(account_id=0, id=0, name="SHOP"))
    assert refusal_of(await desk.ask(again)) is Refusal.CONFLICT
    assert isinstance(await desk.operate(again), Saved)


async def test_numbers_and_senders_are_kept_in_canonical_form(desk: Desk) -> None:
    theirs = desk.customer.account.id
    number = Number(account_id=0, id=0, msisdn="01844 909020")
    made = saved_of(await desk.operate(Save(thing=number, for_account=theirs))).thing
    assert isinstance(made, Number)
    assert (made.msisdn, made.country) == ("8801844909020", "BD")
    sender = Sender(account_id=0, id=0, name="+880 1844-909020")
    kept_sender = saved_of(await desk.ask(Save(thing=sender))).thing
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
        (Endpoint(account_id=0, id=0, url="https://x", dialect="mimsms"), "dialect"),
        (OptOut(account_id=0, msisdn="12", created_at=NOW), "msisdn"),
        (OptOut(account_id=0, msisdn="8801844909020", sender="!!", created_at=NOW), "sender"),
    ],
)
async def test_an_unsound_thing_is_refused_by_its_field(
    desk: Desk, thing: Sender | Permit | Number | Endpoint | OptOut, field: str
) -> None:
    assert field_of(await desk.operate(Save(thing=thing))) == field


async def test_an_endpoints_secret_is_shown_once_and_survives_changes(desk: Desk) -> None:
    wish = Endpoint(account_id=0, id=0, url="https://shop.example/a", events=("*",))
    made = saved_of(await desk.ask(Save(thing=wish)))
    assert made.secret is not None
    assert len(decode_secret(made.secret)) == 32
    assert isinstance(made.thing, Endpoint)
    assert made.thing.secret == ""
    moved = replace(made.thing, url="https://shop.example/b")
    assert await desk.ask(Save(thing=moved)) == Saved(thing=moved)
    async with desk.tools.database.link() as link:
        [endpoint] = (await things.load_snapshot(link, desk.tools.vault)).endpoints
    assert endpoint == replace(moved, secret=made.secret)


async def test_an_endpoint_may_bring_its_secret(desk: Desk) -> None:
    wish = Endpoint(account_id=0, id=0, url="https://shop.example")
    assert field_of(await desk.ask(Save(thing=wish, secret="s3cret"))) == "secret"
    brought = "whsec_" + "A" * 32
    assert saved_of(await desk.ask(Save(thing=wish, secret=brought))).secret is None
    async with desk.tools.database.link() as link:
        [endpoint] = (await things.load_snapshot(link, desk.tools.vault)).endpoints
    assert endpoint.secret == brought


async def test_a_carriers_secret_is_never_shown_and_stays_until_it_is_emptied(
    desk: Desk,
) -> None:
    made = await desk.made(CARRIER)
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


async def test_a_carrier_that_routes_lead_to_stays_under_its_name(desk: Desk) -> None:
    made = await desk.made(CARRIER)
    assert isinstance(made, Carrier)
    route = await desk.made(Route(id=0, name="all", targets=(Target(carrier="up"),)))
    renamed = Save(thing=replace(made, name="down"))
    for command in (renamed, Remove(kind=Carrier, id=made.id)):
        assert refusal_of(await desk.operate(command)) is Refusal.CONFLICT
    assert await desk.operate(Remove(kind=Route, id=route.id)) == Done()
    assert await desk.operate(Remove(kind=Carrier, id=made.id)) == Done()


async def test_a_card_that_prices_are_read_from_stays_as_it_is(desk: Desk) -> None:
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
        (replace(CARRIER, kind="pigeon"), "kind"),
        (replace(CARRIER, rate_card="default"), "rate_card"),
        (replace(CARRIER, per_second=float("nan")), "per_second"),
        (replace(CARRIER, settings={"host": "\x00"}), "settings"),
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
    desk: Desk, thing: Account | Carrier | Route | RateCard, field: str
) -> None:
    assert field_of(await desk.operate(Save(thing=thing))) == field


async def test_an_account_keeps_its_currency(desk: Desk) -> None:
    await desk.made(RateCard(id=0, name="dollars", currency="USD"))
    moved = replace(desk.customer.account, currency="USD", rate_card="dollars")
    assert field_of(await desk.operate(Save(thing=moved))) == "currency"
