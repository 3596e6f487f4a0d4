"""Steps of one request that are not one transaction: nothing is lost by others' changes, nor by a crash."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.model.campaign import LinkList, SenderList
from heliograph.model.command import Answer, Command, Principal, Save
from heliograph.model.keeping import Amend, Browse, Gather, Gathered, ReadGathered
from heliograph.model.link import SmartLink
from heliograph.model.refusal import Refused
from heliograph.products.partial import PartialKeeping
from tests.products.test_partial import Shop, shop

__all__ = ["shop"]


class KilledError(BaseException):
    """Ends a request where a process would have died."""


async def test_members_that_are_added_at_the_same_time_are_all_on_the_list(shop: Shop) -> None:
    senders = [await shop.sender(f"S{number}") for number in range(6)]
    made = await shop.ask(Gather(kind=SenderList, name="L"))
    adding = [Gather(kind=SenderList, id=made.list.id, members=(each.id,)) for each in senders]
    renaming = Amend(kind=SenderList, id=made.list.id, changes={"name": "M"})
    answers = await asyncio.gather(*(shop.ask(each) for each in (*adding, renaming)))
    assert not [each for each in answers if isinstance(each, Refused)]
    read = await shop.ask(ReadGathered(kind=SenderList, id=made.list.id))
    assert {each.id for each in read.members} == {each.id for each in senders}
    assert read.list.name == "M"


async def test_changes_of_other_parts_at_the_same_time_both_stand(shop: Shop) -> None:
    link = await shop.link("Page", "https://a.example/")
    changes = ({"url": "https://b.example/"}, {"name": "Side"}, {"ios_url": "https://c.example/"})
    await asyncio.gather(
        *(shop.ask(Amend(kind=SmartLink, id=link.id, changes=each)) for each in changes)
    )
    (found,) = (await shop.ask(Browse(kind=SmartLink))).items
    assert (found.url, found.name, found.ios_url) == (
        "https://b.example/",
        "Side",
        "https://c.example/",
    )


@pytest.mark.parametrize("saved", [0, 1, 2, 3])
async def test_a_list_of_new_links_that_broke_off_is_made_by_the_same_request(
    shop: Shop, saved: int
) -> None:
    """Killed after so many of its three saves: two links, then the list with them."""
    wanted = Gather(
        kind=LinkList,
        name="L",
        fresh=(("One", "https://one.example"), ("Two", "https://two.example")),
    )
    left = saved

    async def perform(principal: Principal, command: Command) -> Answer | Refused:
        nonlocal left
        if isinstance(command, Save):
            if not left:
                raise KilledError
            left -= 1
        answer = await shop.product._perform(principal, command)
        if saved == 3 and not left:
            raise KilledError  # the last is committed, and nobody hears of it
        return answer

    dying = PartialKeeping(shop.desk.tools.database, perform, lambda: "")
    with pytest.raises(KilledError):
        await dying.performers[Gather](shop.desk.customer, wanted)
    gathered = await shop.ask(wanted)
    assert isinstance(gathered, Gathered)
    links = (await shop.ask(Browse(kind=SmartLink))).items
    assert sorted(each.name for each in links) == ["One", "Two"]  # none twice
    assert set(gathered.list.link_ids) == {each.id for each in links}
