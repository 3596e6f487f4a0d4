"""Lists are made, named, switched, read and removed; members come and go; broadcasts see none of it."""

from __future__ import annotations

import io

import pytest

from heliograph.model.command import Done
from heliograph.model.lists import (
    ChangeList,
    DownloadList,
    FillList,
    FindList,
    ListFile,
    ListLists,
    ListMembers,
    Numbers,
    PreviewList,
    RemoveList,
    RemoveMembers,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import lists
from tests.products.lists.conftest import NUMBERS, Lists


async def read(house: Lists, snapshot, limit: int = 2) -> list[str]:
    """Every member of a snapshot, page by page."""
    found: list[str] = []
    after = 0
    async with house.database.link() as link:
        while page := await lists.page_after(link, house.shop.account.id, snapshot, after, limit):
            found += [each.msisdn for each in page]
            after = page[-1].position
    return found


async def hold(house: Lists, number: int, holder: int = 77):
    async with house.database.transaction() as link:
        return await lists.hold(link, house.shop.account.id, number, holder)


async def test_numbers_are_counted(house: Lists):
    done = await house.fill(NUMBERS[0], "01712 000001", "x", "123", NUMBERS[0], NUMBERS[1])
    assert (done.total, done.inserted, done.duplicate, done.wrong) == (6, 2, 2, 2)
    assert [(each.line, each.reason) for each in done.refused] == [
        (3, "not_a_number"), (4, "too_short"),
    ]  # fmt: skip
    added = await house.fill(NUMBERS[1], NUMBERS[2], list=done.list.id, name="renamed")
    assert (added.total, added.inserted, added.duplicate, added.list.count) == (2, 1, 1, 3)
    assert added.list.name == "renamed"
    replaced = await house.fill(NUMBERS[9], list=done.list.id, replace=True)
    assert (replaced.inserted, replaced.list.count) == (1, 1)
    assert await house.members(done.list.id) == [(NUMBERS[9], {})]


async def test_members_go_and_come_again(house: Lists):
    made = (await house.fill(*NUMBERS[:4])).list.id
    gone = await house.ask(RemoveMembers(list=made, numbers=(NUMBERS[1], NUMBERS[50], "x")))
    assert (gone.removed, gone.missing, gone.wrong) == (1, 1, 1)
    assert (await house.find(made)).count == 3
    again = await house.fill(NUMBERS[1], list=made)
    assert (again.inserted, again.list.count) == (1, 4)
    assert [each for each, _ in await house.members(made)] == [
        NUMBERS[0], NUMBERS[2], NUMBERS[3], NUMBERS[1],
    ]  # fmt: skip


async def test_pages_go_by_cursor_and_by_offset(house: Lists):
    made = (await house.fill(*NUMBERS[:5])).list.id
    first = await house.ask(ListMembers(list=made, limit=2))
    assert first.more
    second = await house.ask(ListMembers(list=made, limit=9, after=first.items[-1].position))
    assert [each.msisdn for each in (*first.items, *second.items)] == list(NUMBERS[:5])
    assert not second.more
    third = await house.ask(ListMembers(list=made, limit=1, offset=3))
    assert [each.msisdn for each in third.items] == [NUMBERS[3]]


async def test_lists_are_found_by_exact_name_and_state_newest_first(house: Lists):
    ids = [(await house.fill(name=name)).list.id for name in ("a", "A", "a")]
    other = (await house.fill(name="a", suppression=True)).list.id
    await house.ask(ChangeList(list=ids[0], enabled=False))
    cases = [
        (ListLists(), ids[::-1]),
        (ListLists(name="a"), [ids[2], ids[0]]),
        (ListLists(name="a", enabled=True), [ids[2]]),
        (ListLists(limit=1, offset=1), [ids[1]]),
        (ListLists(before=ids[1]), [ids[0]]),
        (ListLists(suppression=True), [other]),
    ]
    for command, wanted in cases:
        assert [each.id for each in (await house.ask(command)).items] == wanted, command
    assert (await house.ask(ListLists(limit=2))).more


async def test_a_broadcast_reads_the_list_as_it_was_whatever_becomes_of_it(house: Lists):
    made = (await house.fill(*NUMBERS[:5])).list.id
    snapshot = await hold(house, made)
    assert snapshot.count == 5
    await house.ask(RemoveMembers(list=made, numbers=NUMBERS[1:3]))
    await house.fill(NUMBERS[1], NUMBERS[60], list=made)
    later = await hold(house, made, 78)
    await house.load("\n".join(NUMBERS[70:73]), list=made)
    await house.sweep()
    assert await read(house, snapshot) == list(NUMBERS[:5])
    assert sorted(await read(house, later)) == sorted(
        (NUMBERS[0], NUMBERS[3], NUMBERS[4], NUMBERS[1], NUMBERS[60])
    )
    await house.load(NUMBERS[80], list=made, replace=True)
    await house.ask(ChangeList(list=made, enabled=False))
    assert await house.ask(RemoveList(list=made)) == Done()
    await house.sweep()
    assert isinstance(await house.ask(FindList(list=made)), Refused)
    assert await hold(house, made) is None
    assert await read(house, snapshot) == list(NUMBERS[:5])
    async with house.database.transaction() as link:
        await lists.release(link, house.shop.account.id, 77)
    await house.sweep()
    assert len(await read(house, later)) == 5
    async with house.database.transaction() as link:
        await lists.release(link, house.shop.account.id, 78)
    await house.sweep()
    left = await house.value(
        "select count(*) + (select count(*) from recipient_list) + (select count(*) from list_hold)"
        " + (select count(*) from list_contents) from recipient"
    )
    assert left == 0


async def test_a_download_is_whole_although_the_list_is_replaced_meanwhile(house: Lists):
    made = (await house.fill(*NUMBERS)).list.id
    download = await house.ask(DownloadList(list=made))
    pages = download.pages
    seen = [each.msisdn for each in await anext(pages)]
    await house.fill(list=made, replace=True)
    await house.sweep()
    seen += [each.msisdn async for page in pages for each in page]
    assert seen == list(NUMBERS)
    await house.sweep()
    assert await house.value("select count(*) from recipient") == 0


async def test_suppression_is_looked_up_as_the_lists_are_now(house: Lists):
    one = (await house.fill(*NUMBERS[:2], suppression=True)).list.id
    two = (await house.fill(*NUMBERS[2:4], suppression=True)).list.id
    recipients = (await house.fill(NUMBERS[4])).list.id

    async def suppressed(*ids: int, account: int = house.shop.account.id) -> set[str]:
        async with house.database.link() as link:
            return await lists.suppressed(link, account, ids, NUMBERS[:10])

    assert await suppressed(one, two, recipients) == set(NUMBERS[:4])
    assert await suppressed(two) == set(NUMBERS[2:4])
    assert await suppressed() == set()
    assert await suppressed(one, account=house.other.account.id) == set()
    await house.fill(NUMBERS[5], list=two, suppression=True)
    await house.ask(RemoveMembers(list=two, suppression=True, numbers=(NUMBERS[2],)))
    assert await suppressed(two) == {NUMBERS[3], NUMBERS[5]}
    async with house.database.transaction() as link:
        await lists.hold(link, house.shop.account.id, two, 9, suppression=True)
    await house.fill(NUMBERS[6], list=two, suppression=True, replace=True)
    await house.ask(RemoveList(list=two, suppression=True))
    await house.sweep()
    assert await suppressed(two) == {NUMBERS[6]}
    async with house.database.transaction() as link:
        await lists.release(link, house.shop.account.id, 9)
    await house.sweep()
    assert await suppressed(two) == set()


async def test_a_file_is_looked_at_before_it_is_imported(house: Lists):
    text = f"phone;name;url\n{NUMBERS[0]};{'n' * 51};{'u' * 256}\n+880 1712;;{'v' * 5001}\n"
    source = ListFile(file=io.BytesIO(text.encode()))
    seen = await house.ask(PreviewList(source=source, rows=2))
    assert [row[0] for row in seen.rows] == ["phone", NUMBERS[0]]
    assert (seen.total, seen.header) == (2, True)
    assert seen.all_numbers == (True, False, False)
    assert seen.exceeds_50 == (False, True, True)
    assert seen.exceeds_255 == (False, False, True)
    assert seen.exceeds_5000 == (False, False, True)
    broken = await house.ask(PreviewList(source=ListFile(file=io.BytesIO(b"PK\x03\x04"))))
    assert broken.field == "file"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (FillList(source=Numbers(items=())), Refusal.MISSING_FIELD),
        (FillList(name=" ", source=Numbers(items=())), Refusal.INVALID_FIELD),
        (FillList(name="a\nb", source=Numbers(items=())), Refusal.INVALID_FIELD),
        (FillList(name="l", source=Numbers(items=("1",) * 100_001)), Refusal.INVALID_FIELD),
        (FillList(list=1 << 63, source=Numbers(items=())), Refusal.NOT_FOUND),
        (FillList(list=9, source=Numbers(items=())), Refusal.NOT_FOUND),
        (FillList(name="l", source=ListFile(file=io.BytesIO())), Refusal.MISSING_FIELD),
        (
            FillList(name="l", source=ListFile(file=io.BytesIO(b"1"), mapping={})),
            Refusal.INVALID_FIELD,
        ),
    ],
)
async def test_what_cannot_be_is_refused(house: Lists, command, refusal):
    answer = await house.ask(command)
    assert isinstance(answer, Refused)
    assert answer.refusal is refusal


async def test_no_account_sees_or_changes_anothers_list_nor_one_of_the_other_kind(house: Lists):
    made = (await house.fill(*NUMBERS[:3])).list
    for words, principal in (({}, house.other), ({"suppression": True}, house.shop)):
        for command in (
            FindList(list=made.id, **words),
            DownloadList(list=made.id, **words),
            ListMembers(list=made.id, **words),
            ChangeList(list=made.id, name="x", **words),
            RemoveMembers(list=made.id, numbers=NUMBERS[:1], **words),
            RemoveList(list=made.id, **words),
            FillList(list=made.id, source=Numbers(items=NUMBERS[5:6]), **words),
        ):
            answer = await house.ask(command, principal)
            assert isinstance(answer, Refused), command
            assert answer.refusal is Refusal.NOT_FOUND
        assert (await house.ask(ListLists(**words), principal)).items == ()
    assert await house.find(made.id) == made
