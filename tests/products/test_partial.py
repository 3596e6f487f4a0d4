"""Things that are kept part by part: what changes, what stays, who is passed over, what is not half done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio

from heliograph.flow.configure import Configuring, configure
from heliograph.model.account import Scope, Sender, SenderState
from heliograph.model.campaign import LinkList, SenderList, Trigger
from heliograph.model.command import Answer, Command, Principal, Remove, Save, Saved
from heliograph.model.keeping import (
    Amend,
    Browse,
    Browsed,
    ConversionOfUrl,
    Gather,
    Gathered,
    Make,
    ReadGathered,
    UrlConversion,
)
from heliograph.model.link import SmartLink
from heliograph.model.lists import ListFile
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.partial import PartialKeeping
from tests.flow.keeping import Desk, open_desk


class Shop:
    """A customer's managing key, and the product over the desk's own commands."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

        async def perform(principal: Principal, command: Command) -> Answer | Refused:
            assert isinstance(command, Configuring)
            return await configure(desk.tools, principal, command)

        self.product = PartialKeeping(desk.tools.database, perform, lambda: "https://go.example/l/")

    async def ask(self, command: Any, principal: Principal | None = None) -> Any:
        who = principal or self.desk.customer
        return await self.product.performers[type(command)](who, command)

    async def sender(self, name: str) -> Sender:
        """An approved sender of the shop's."""
        account_id = self.desk.customer.account.id
        thing = Sender(account_id=account_id, id=0, name=name, state=SenderState.APPROVED)
        saved = await self.desk.operate(Save(thing=thing, for_account=account_id))
        assert isinstance(saved, Saved)
        assert isinstance(saved.thing, Sender)
        return saved.thing

    async def link(self, name: str, url: str) -> SmartLink:
        saved = await self.ask(Make(thing=SmartLink(account_id=0, id=0, name=name, url=url)))
        assert isinstance(saved.thing, SmartLink)
        return saved.thing


@pytest_asyncio.fixture
async def shop(database_dsn: str) -> AsyncIterator[Shop]:
    async with open_desk(database_dsn) as desk:
        yield Shop(desk)


async def test_a_change_leaves_the_rest_and_off_and_on_keeps_the_approval(shop: Shop) -> None:
    sender = await shop.sender("Shop")
    off = await shop.ask(Amend(kind=Sender, id=sender.id, changes={"enabled": False}))
    assert (off.thing.enabled, off.thing.state) == (False, SenderState.APPROVED)
    on = await shop.ask(Amend(kind=Sender, id=sender.id, changes={"enabled": True}))
    assert (on.thing.usable, on.thing.name) == (True, "Shop")
    renamed = await shop.ask(Amend(kind=Sender, id=sender.id, changes={"name": "Other"}))
    assert renamed.thing.state is SenderState.PENDING
    assert (await shop.ask(Amend(kind=Sender, id=999))).refusal is Refusal.NOT_FOUND


async def test_the_name_of_what_is_off_is_free(shop: Shop) -> None:
    first = await shop.link("Sale", "https://a.example/")
    taken = await shop.ask(
        Make(thing=SmartLink(account_id=0, id=0, name="SALE", url="https://b.example/"))
    )
    assert taken.refusal is Refusal.CONFLICT
    await shop.ask(Amend(kind=SmartLink, id=first.id, changes={"enabled": False}))
    second = await shop.link("Sale", "https://b.example/")
    assert second.id != first.id


async def test_pages_are_newest_first_and_filtered_by_name_url_and_whether_on(shop: Shop) -> None:
    made = [await shop.link(f"n{number}", f"https://x.example/{number}") for number in range(4)]
    await shop.ask(Amend(kind=SmartLink, id=made[3].id, changes={"enabled": False}))

    async def names(**wanted: Any) -> list[str]:
        found = await shop.ask(Browse(kind=SmartLink, **wanted))
        assert isinstance(found, Browsed)
        return [each.name for each in found.items]

    assert await names() == ["n2", "n1", "n0"]
    assert await names(start=1, limit=1) == ["n1"]
    assert await names(enabled=False) == ["n3"]
    assert await names(name="N1") == ["n1"]
    assert await names(url="https://x.example/0") == ["n0"]


async def test_a_list_takes_those_that_there_are_once_and_in_their_order(shop: Shop) -> None:
    one, two = await shop.sender("One"), await shop.sender("Two")
    made = await shop.ask(Gather(kind=SenderList, name="L", members=(two.id, 777, two.id)))
    assert (made.list.sender_ids, made.added, made.unknown) == ((two.id,), (two.id,), (777,))
    more = await shop.ask(Gather(kind=SenderList, id=made.list.id, members=(one.id, two.id)))
    assert (more.list.sender_ids, more.added) == ((two.id, one.id), (one.id,))
    read = await shop.ask(ReadGathered(kind=SenderList, id=made.list.id))
    assert isinstance(read, Gathered)
    assert [each.name for each in read.members] == ["Two", "One"]
    less = await shop.ask(Gather(kind=SenderList, id=made.list.id, drop=(two.id, 777)))
    assert (less.list.sender_ids, less.dropped) == ((one.id,), (two.id,))
    other = await shop.ask(
        Gather(kind=SenderList, id=made.list.id, name="M", replace=True, members=(two.id,))
    )
    assert (other.list.name, other.list.sender_ids) == ("M", (two.id,))


async def test_links_are_made_for_a_list_and_one_that_is_there_is_taken(shop: Shop) -> None:
    there = await shop.link("Old", "https://old.example/")
    fresh = (("old", "https://old.example/"), ("New", "https://new.example/"))
    made = await shop.ask(Gather(kind=LinkList, name="L", fresh=fresh))
    assert made.list.link_ids[0] == there.id
    assert len(made.list.link_ids) == 2
    again = await shop.ask(Gather(kind=LinkList, name="l"))
    assert again.list.id != made.list.id  # names need not differ


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
async def test_links_come_from_a_file_in_any_encoding(shop: Shop, encoding: str) -> None:
    doc = "url;name\nhttps://e.example/1;Café\nhttps://e.example/2;\n;no url\n".encode(encoding)
    file = ListFile(file=BytesIO(doc), mapping={0: "url", 1: "name"})
    made = await shop.ask(Gather(kind=LinkList, name="Filed", file=file))
    held = await shop.ask(ReadGathered(kind=LinkList, id=made.list.id))
    assert [(each.name, each.url) for each in held.members] == [
        ("Café", "https://e.example/1"),
        ("https://e.example/2", "https://e.example/2"),
    ]


async def test_a_file_that_cannot_be_read_makes_nothing(shop: Shop) -> None:
    fresh = (("Before", "https://before.example"),)
    for octets, mapping in ((b"PK\x03\x04no workbook", {0: "url"}), (b"a,b\n", {0: "name"})):
        file = ListFile(file=BytesIO(octets), mapping=mapping)
        refused = await shop.ask(Gather(kind=LinkList, name="Filed", fresh=fresh, file=file))
        assert refused.refusal is Refusal.INVALID_FIELD
    assert (await shop.ask(Browse(kind=LinkList))).items == ()
    assert (await shop.ask(Browse(kind=SmartLink))).items == ()


async def test_a_list_names_members_that_there_are_but_may_keep_those_that_have_gone(
    shop: Shop,
) -> None:
    link = await shop.link("One", "https://one.example")
    others = [
        (LinkList(account_id=0, id=0, name="l", link_ids=(link.id, 999_999)), "link_ids"),
        (SenderList(account_id=0, id=0, name="s", sender_ids=(999_999,)), "sender_ids"),
    ]
    for thing, field in others:
        refused = await shop.ask(Make(thing=thing))
        assert (refused.refusal, refused.field) == (Refusal.INVALID_FIELD, field)
        assert "999999" in refused.detail
    made = await shop.ask(Gather(kind=LinkList, name="l", members=(link.id,)))
    owner = shop.desk.customer.account.id
    await shop.desk.operate(Remove(kind=SmartLink, id=link.id, for_account=owner))
    off = await shop.ask(Amend(kind=LinkList, id=made.list.id, changes={"enabled": False}))
    assert (off.thing.enabled, off.thing.link_ids) == (False, (link.id,))


async def test_a_trigger_is_shown_with_its_url(shop: Shop) -> None:
    made = await shop.ask(Make(thing=Trigger(account_id=0, id=0, name="Go")))
    assert made.thing.url == f"https://go.example/l/t/{made.thing.code}"
    assert made.thing.code
    found = await shop.ask(Browse(kind=Trigger))
    assert found.items[0].url == made.thing.url


async def test_conversion_is_of_every_short_link_to_a_url_with_or_without_scheme(
    shop: Shop,
) -> None:
    link = await shop.link("Page", "https://page.example/a/")
    account_id = shop.desk.customer.account.id
    async with shop.desk.tools.database.transaction() as db:
        await db.execute(
            "insert into short_link (code, account_id, message_id, link_id, valid_until, target)"
            " values ('a', $1, 1, $2, now(), null), ('b', $1, 2, 0, now(), 'https://page.example/a'),"
            " ('c', $1, 3, 0, now(), 'https://other.example/')",
            account_id,
            link.id,
        )
        await db.execute(
            "insert into click (account_id, message_id, link_id, visitor, clicks, first_at, last_at)"
            " values ($1, 1, $2, 7, 2, now(), now()), ($1, 1, $2, 8, 1, now(), now())",
            account_id,
            link.id,
        )
    for url in ("page.example/a", "https://page.example/a/"):
        found = await shop.ask(ConversionOfUrl(url=url))
        assert found == UrlConversion(recipients=2, reached=1, clicks=3)
    other = await shop.ask(ConversionOfUrl(url="http://page.example/a"))
    assert other == UrlConversion(recipients=0, reached=0, clicks=0)


async def test_a_key_that_may_not_keep_things_changes_nothing(shop: Shop) -> None:
    sender = await shop.sender("Shop")
    assert Scope.MANAGE not in shop.desk.sender.credential.scopes
    for command in (
        Amend(kind=Sender, id=sender.id, changes={"name": "Mine"}),
        Gather(kind=SenderList, name="L", members=(sender.id,)),
    ):
        refused = await shop.ask(command, shop.desk.sender)
        assert refused.refusal is Refusal.FORBIDDEN
