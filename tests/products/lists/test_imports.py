"""Files become lists whole or not at all, whatever happens on the way; and they tell what they refused."""

from __future__ import annotations

import contextlib
import io

import pytest

from heliograph.model.lists import (
    FillList,
    FindImport,
    FindRefusedLines,
    ImportState,
    ListFile,
    Numbers,
    Overlong,
    RemoveList,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.lists import imports
from heliograph.store import lists
from tests.products.lists.conftest import NUMBERS, Lists
from tests.products.lists.test_sheets import workbook


def file(*numbers: str) -> str:
    """A file with a name for each number."""
    return "to,first_name\n" + "".join(f"{each},N{each[-3:]}\n" for each in numbers)


async def test_a_file_is_counted_line_by_line(house: Lists):
    text = file(*NUMBERS[:5]) + f"{NUMBERS[0]},again\n123,x\n\n"
    done = await house.load(text)
    assert (done.state, done.total, done.inserted, done.duplicate, done.wrong) == (
        ImportState.DONE, 7, 5, 1, 1,
    )  # fmt: skip
    assert done.read_bytes == done.total_bytes == len(text)
    assert await house.members(done.list) == [
        (each, {"first_name": f"N{each[-3:]}"}) for each in NUMBERS[:5]
    ]
    refused = await house.ask(FindRefusedLines(id=house.sealed(done.id)))
    assert [(each.line, each.reason) for each in refused.items] == [(8, "too_short")]
    kept = await house.find(done.list)
    assert (kept.name, kept.count, kept.columns) == ("l", 5, ("first_name",))


async def test_a_workbook_becomes_a_list_with_the_columns_that_were_named(house: Lists):
    octets = workbook(["Bob", int(NUMBERS[0])], ["x" * 60, int(NUMBERS[1])], ["", "none"])
    done = await house.load(
        octets, mapping={1: "msisdn", 0: "last_name"}, overlong=Overlong.TRUNCATE
    )
    assert (done.inserted, done.truncated, done.wrong) == (2, 1, 1)
    assert await house.members(done.list) == [
        (NUMBERS[0], {"last_name": "Bob"}), (NUMBERS[1], {"last_name": "x" * 50}),
    ]  # fmt: skip


async def test_adding_counts_what_was_there_and_replacing_forgets_it(house: Lists):
    made = (await house.fill(*NUMBERS[:3])).list.id
    added = await house.load(file(*NUMBERS[2:6]), list=made)
    assert (added.inserted, added.duplicate) == (3, 1)
    assert (await house.find(made)).count == 6
    replaced = await house.load(file(*NUMBERS[5:7]), list=made, replace=True, name="new")
    assert (replaced.inserted, replaced.duplicate, replaced.list) == (2, 0, made)
    assert [msisdn for msisdn, _ in await house.members(made)] == list(NUMBERS[5:7])
    assert (await house.find(made)).name == "new"
    await house.sweep()
    assert await house.value("select count(*) from recipient") == 2


async def test_a_download_can_be_brought_again(house: Lists):
    done = await house.load('to,custom,email\n8801712000001,"a;b ""c""\nd",é@x\n8801712000002,,\n')
    members = await house.members(done.list)
    text = "msisdn;custom;email\n" + "".join(
        ";".join(f'"{each}"' for each in (m, f.get("custom", "").replace('"', '""'), f.get("email", "")))
        + "\n"
        for m, f in members
    )  # fmt: skip
    again = await house.load(text, name="again")
    assert await house.members(again.list) == members


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        (file(NUMBERS[50]) + NUMBERS[51] + "," + "x" * 51, {"overlong": Overlong.FAIL}, "Line 3"),
        ("PK\x03\x04", {}, "workbook"),
        ("name,city\na,b", {}, "No column"),
        ("12\n34\n", {"replace": True}, "No line"),
    ],
)
@pytest.mark.parametrize("replace", [True, False])
async def test_what_fails_leaves_the_list_as_it_was(house: Lists, text, words, sentence, replace):
    words = {"replace": replace} | words
    made = (await house.fill(*NUMBERS[:3])).list
    failed = await house.load(text, list=made.id, **words)
    assert failed.state is ImportState.FAILED
    assert sentence in failed.problem
    assert await house.find(made.id) == made
    assert (await house.load(file(NUMBERS[9]), list=made.id)).state is ImportState.DONE
    assert (await house.find(made.id)).count == 4


class _Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("how", ["create", "add", "replace"])
async def test_a_kill_leaves_the_old_list_or_the_new_one(
    house: Lists, database_dsn: str, monkeypatch, how: str, after: int
):
    """Three pieces: the process dies before the n-th of their commits, or before the last that publishes."""
    monkeypatch.setattr(imports, "PIECE", 4)
    old = (await house.fill(*NUMBERS[:3], name="old")).list
    doomed = Lists(database_dsn, node=2)
    await doomed.database.start()
    commits = 0
    run = doomed.database.run

    async def counted(work, **words):
        nonlocal commits
        commits += 1
        if commits == 2 + after:  # the first one opens the import
            raise _Killed
        return await run(work, **words)

    doomed.database.run = counted  # type: ignore[method-assign] # the process's end, not its work
    words = {"name": "new"} if how == "create" else {"list": old.id, "replace": how == "replace"}
    source = ListFile(file=io.BytesIO(file(*NUMBERS[2:12]).encode()))
    with contextlib.suppress(_Killed):
        await doomed.keeping.perform(house.shop, FillList(source=source, wait=True, **words))
    await doomed.database.stop()
    number = await house.value("select id from list_import")
    half = await house.ask(FindImport(id=house.sealed(number)))
    assert half.state is ImportState.RUNNING
    assert half.total == min(4 * after, 10)
    assert await house.find(old.id) == old
    assert [msisdn for msisdn, _ in await house.members(old.id)] == list(NUMBERS[:3])
    house.clock.forward(minutes=5)
    await house.sweep()
    ended = await house.ask(FindImport(id=house.sealed(number)))
    assert ended.state is ImportState.FAILED
    assert await house.value("select count(*) from recipient") == 3
    again = await house.load(file(*NUMBERS[2:12]), **words)
    expected = {"create": 10, "add": 12, "replace": 10}
    assert (await house.find(again.list)).count == expected[how]


async def test_numbers_that_come_one_by_one_during_an_import_stay(house: Lists, monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 1)
    for replace in (False, True):
        made = (await house.fill(NUMBERS[0], suppression=True)).list.id
        text = file(*NUMBERS[1:50])
        source = ListFile(file=io.BytesIO(text.encode()))
        begun = await house.ask(
            FillList(list=made, suppression=True, replace=replace, source=source, wait=False)
        )
        meanwhile = await house.ask(
            FillList(list=made, suppression=True, source=Numbers(items=(NUMBERS[7], NUMBERS[77])))
        )
        found = await house.ended(begun.id)
        assert (found.state, found.suppression) == (ImportState.DONE, True)
        members = {msisdn for msisdn, _ in await house.members(made, suppression=True)}
        wanted = {*NUMBERS[1:50], NUMBERS[77]} | (set() if replace else {NUMBERS[0]})
        assert members - {NUMBERS[0]} == wanted - {NUMBERS[0]}
        assert (await house.find(made, suppression=True)).count == len(members)
        assert meanwhile.total == 2


async def test_what_an_import_that_dies_had_brought_first_is_not_lost(house: Lists):
    made = (await house.fill(NUMBERS[0])).list
    async with house.database.transaction() as link:  # an import that got as far as this
        contents = await link.fetchval("select contents_id from recipient_list")
        await lists.insert_members(
            link, made.account_id, contents, lists.import_base(1), [(n, "{}") for n in NUMBERS[1:4]]
        )
    added = await house.fill(NUMBERS[2], NUMBERS[5], NUMBERS[2], list=made.id)
    assert (added.inserted, added.duplicate, added.list.count) == (2, 1, 3)
    assert {m for m, _ in await house.members(made.id)} == {NUMBERS[0], NUMBERS[2], NUMBERS[5]}


async def test_one_import_at_a_time_adds_to_a_list(house: Lists, monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 1)
    made = (await house.fill(NUMBERS[0])).list.id
    begun = await house.load(file(*NUMBERS), list=made, wait=False)
    refused = await house.load(file(*NUMBERS), list=made)
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.CONFLICT
    assert (await house.ended(begun.id)).state is ImportState.DONE
    assert (await house.load(file(*NUMBERS), list=made)).duplicate == 100


async def test_an_import_can_be_watched_and_stopped(house: Lists, monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 1)
    source = ListFile(file=io.BytesIO(file(*NUMBERS).encode()))
    begun = await house.ask(FillList(name="slow", source=source, wait=False))
    assert begun.state in {ImportState.WAITING, ImportState.RUNNING}
    assert begun.list is None
    await house.imports.stop()
    await house.sweep()
    ended = await house.ask(FindImport(id=house.sealed(begun.id)))
    assert (ended.state, ended.list) == (ImportState.FAILED, None)
    assert await house.value("select count(*) from recipient") == 0


async def test_a_list_that_is_removed_meanwhile_stays_removed(house: Lists, monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 1)
    made = (await house.fill(NUMBERS[0])).list.id
    source = ListFile(file=io.BytesIO(file(*NUMBERS).encode()))
    begun = await house.ask(FillList(list=made, source=source, wait=False))
    await house.ask(RemoveList(list=made))
    found = await house.ended(begun.id)
    assert (found.state, found.problem) == (ImportState.FAILED, "The list was removed meanwhile.")
    await house.sweep()
    assert await house.value("select count(*) from recipient") == 0
    assert await house.value("select count(*) from recipient_list") == 0


async def test_the_report_of_refused_lines_is_bounded(house: Lists, monkeypatch):
    monkeypatch.setattr(imports, "LINES_KEPT", 3)
    monkeypatch.setattr(imports, "PIECE", 2)
    done = await house.load("1\n2\n3\n4\n5\n" + NUMBERS[0])
    assert done.wrong == 5
    refused = await house.ask(FindRefusedLines(id=house.sealed(done.id)))
    assert [each.line for each in refused.items] == [1, 2, 3]


async def test_another_account_sees_no_import_and_fills_no_list(house: Lists):
    done = await house.load(file(*NUMBERS[:3]))
    for command in (FindImport, FindRefusedLines):
        answer = await house.ask(
            command(id=house.sealed(done.id, house.other)), principal=house.other
        )
        assert isinstance(answer, Refused)
    stranger = await house.load(file(NUMBERS[9]), list=done.list, principal=house.other)
    assert isinstance(stranger, Refused)
    assert stranger.refusal is Refusal.NOT_FOUND
    assert (await house.find(done.list)).count == 3
