"""Services, keywords, numbers and endpoints point to one another within an account only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec.structs import replace

from heliograph.model.account import (
    Endpoint,
    Keyword,
    Number,
    Service,
    Template,
)
from heliograph.model.command import Done, Find, Remove, Save
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import kept
from tests.flow.keeping import KEY, Desk, field_of, open_desk, refusal_of, saved_of

SERVICE = Service(account_id=0, id=0, name="Orders")
NUMBER = Number(account_id=0, id=0, msisdn="8801844909020")
KEYWORD = Keyword(account_id=0, id=0, msisdn="8801844909020", word="JOIN")
ENDPOINT = Endpoint(account_id=0, id=0, url="https://shop.example")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database_dsn: str) -> AsyncIterator[Desk]:
    async with open_desk(database_dsn) as desk:
        yield desk


async def given(desk: Desk, number: Number, account_id: int | None = None) -> Number:
    """A number that the operator gives to the customer, or to another."""
    owner = account_id or desk.customer.account.id
    made = saved_of(await desk.operate(Save(thing=number, for_account=owner))).thing
    assert isinstance(made, Number)
    return made


@pytest.mark.parametrize("thing", [KEY, NUMBER, KEYWORD, ENDPOINT])
async def test_a_service_of_another_account_is_none(desk: Desk, thing: kept.Owned) -> None:
    theirs = saved_of(await desk.operate(Save(thing=SERVICE))).thing
    ours = desk.customer.account.id
    if isinstance(thing, Keyword):
        await given(desk, NUMBER)
    assert isinstance(theirs, Service)
    for service_id in (theirs.id, 2**40):
        wish = Save(thing=replace(thing, service_id=service_id), for_account=ours)
        assert field_of(await desk.operate(wish)) == "service"


async def test_a_service_in_use_stays_and_names_its_users(desk: Desk) -> None:
    service = saved_of(await desk.ask(Save(thing=SERVICE))).thing
    assert isinstance(service, Service)
    await given(desk, replace(NUMBER, service_id=service.id))
    await desk.ask(Save(thing=replace(KEYWORD, service_id=service.id)))
    endpoint = saved_of(await desk.ask(Save(thing=replace(ENDPOINT, service_id=service.id)))).thing
    key = saved_of(await desk.ask(Save(thing=replace(KEY, service_id=service.id)))).thing
    assert isinstance(endpoint, Endpoint)
    answer = await desk.ask(Remove(kind=Service, id=service.id))
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.CONFLICT
    for name in ("number 8801844909020", "keyword JOIN", f"ep_{endpoint.id}", f"cred_{key.id}"):  # type: ignore[union-attr]
        assert name in answer.sentence
    other = saved_of(await desk.ask(Save(thing=replace(SERVICE, name="Parcels")))).thing
    assert await desk.ask(Remove(kind=Service, id=other.id)) == Done()  # type: ignore[union-attr]


async def test_a_keyword_is_on_a_number_of_the_account_or_on_a_shared_one(desk: Desk) -> None:
    house = desk.operator.account.id
    assert field_of(await desk.ask(Save(thing=KEYWORD))) == "msisdn"
    theirs = await given(desk, NUMBER, house)
    assert field_of(await desk.ask(Save(thing=KEYWORD))) == "msisdn"
    shared = await given(desk, replace(theirs, shared=True), house)
    made = saved_of(await desk.ask(Save(thing=replace(KEYWORD, msisdn="01844-909020")))).thing
    assert isinstance(made, Keyword)
    assert made.msisdn == NUMBER.msisdn
    taken = Save(thing=replace(KEYWORD, word="join"), for_account=house)
    assert refusal_of(await desk.operate(taken)) is Refusal.CONFLICT
    for command in (
        Save(thing=replace(shared, shared=False)),
        Remove(kind=Number, id=shared.id),
    ):
        assert refusal_of(await desk.operate(command)) is Refusal.CONFLICT


async def test_an_account_maps_its_number_to_a_service_and_changes_nothing_else(
    desk: Desk,
) -> None:
    service = saved_of(await desk.ask(Save(thing=SERVICE))).thing
    assert isinstance(service, Service)
    number = await given(desk, NUMBER)
    mapped = replace(number, service_id=service.id)
    assert saved_of(await desk.ask(Save(thing=mapped))).thing == mapped
    for wish in (
        replace(mapped, shared=True),
        replace(mapped, msisdn="8801844909021"),
        replace(mapped, features=("sms", "voice")),
        replace(NUMBER, msisdn="8801844909021"),
    ):
        assert refusal_of(await desk.ask(Save(thing=wish))) is Refusal.FORBIDDEN
    theirs = await given(desk, replace(NUMBER, msisdn="8801844909022"), desk.operator.account.id)
    assert refusal_of(await desk.ask(Save(thing=theirs))) is Refusal.NOT_FOUND


async def test_a_secret_among_an_endpoints_settings_is_never_shown_and_stays(desk: Desk) -> None:
    wish = replace(ENDPOINT, settings={"method": "GET", "key_secret": "pa55"})
    made = saved_of(await desk.ask(Save(thing=wish))).thing
    assert isinstance(made, Endpoint)
    assert made.settings == {"method": "GET"}

    async def stored() -> dict[str, str]:
        async with desk.tools.database.link() as link:
            found = await kept.find(
                link, desk.tools.vault, Endpoint, desk.customer.account.id, made.id
            )
        assert found is not None
        return found.settings

    await desk.ask(Save(thing=replace(made, settings={"method": "POST"})))
    assert await stored() == {"method": "POST", "key_secret": "pa55"}
    shown = saved_of(await desk.ask(Find(kind=Endpoint, id=made.id))).thing
    assert isinstance(shown, Endpoint)
    assert shown.settings == {"method": "POST"}
    await desk.ask(Save(thing=replace(made, settings={"key_secret": ""})))
    assert await stored() == {}


@pytest.mark.parametrize(
    ("thing", "field"),
    [
        (replace(SERVICE, name=" "), "name"),
        (replace(SERVICE, sender="far too long a name"), "sender"),
        (replace(NUMBER, features=("fax",)), "features"),
        (replace(NUMBER, features=()), "features"),
        (replace(KEYWORD, word="two words"), "word"),
        (replace(KEYWORD, msisdn="Shop"), "msisdn"),
        (replace(ENDPOINT, settings={"a": "\x00"}), "settings"),
        (Template(account_id=0, id=0, name="code", text=""), "text"),
    ],
)
async def test_an_unsound_thing_is_refused_by_its_field(
    desk: Desk, thing: kept.Owned, field: str
) -> None:
    assert field_of(await desk.operate(Save(thing=thing))) == field


async def test_a_key_that_only_sends_keeps_nothing(desk: Desk) -> None:
    desk.customer = desk.sender
    for thing in (SERVICE, KEYWORD, Template(account_id=0, id=0, name="a", text="b"), ENDPOINT):
        assert refusal_of(await desk.ask(Save(thing=thing))) is Refusal.FORBIDDEN
