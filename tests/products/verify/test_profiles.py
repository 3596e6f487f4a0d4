"""Profiles: kept, found by name and number, and nobody else's."""

from __future__ import annotations

import msgspec
import pytest

from heliograph.model.audit import Deed
from heliograph.model.command import Done
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import (
    FindProfile,
    Guard,
    GuardMode,
    Limits,
    ListProfiles,
    RemoveProfile,
    SaveProfile,
    VerifyProfile,
)
from heliograph.store import audit

BANK = VerifyProfile(
    account_id=0,
    id=0,
    name="bank",
    length=8,
    alphabet="ABCDEF",
    texts={"": "Bank: {{code}}", "pt-BR": "Banco: {{code}}"},
    limits=Limits(account_per_minute=7),
    guard=Guard(mode=GuardMode.BLOCK, last=30, minimum=10),
    allowed_countries=("BD", "XK"),
)


async def test_a_profile_is_kept_changed_listed_and_removed(codes, parts):
    made = await codes.perform(SaveProfile(profile=BANK))
    expected = msgspec.structs.replace(BANK, account_id=parts.account.id, id=made.id)
    assert made == expected == await codes.perform(FindProfile(id=made.id))
    changed = msgspec.structs.replace(made, ttl_seconds=60)
    assert await codes.perform(SaveProfile(profile=changed)) == changed
    page = await codes.perform(ListProfiles(limit=1))
    assert (len(page.items), page.more) == (1, True)
    rest = await codes.perform(ListProfiles(after=page.items[0].id))
    assert (rest.items, rest.more) == ((changed,), False)
    assert await codes.perform(RemoveProfile(id=made.id)) == Done()
    assert (await codes.perform(FindProfile(id=made.id))).refusal is Refusal.NOT_FOUND


async def test_each_change_of_a_profile_is_on_record_with_what_changed(codes, parts):
    async def perform(command, operation, target=""):
        deed = Deed(operation=operation, target=target, prefix="vpf", address="192.0.2.1")
        principal = msgspec.structs.replace(parts.principal(), deed=deed)
        return await codes.verify.perform(principal, command)

    made = await perform(SaveProfile(profile=BANK), "createVerifyProfile")
    name = f"vpf_{made.id}"
    changed = msgspec.structs.replace(made, ttl_seconds=60, guard=Guard())
    await perform(SaveProfile(profile=changed), "changeVerifyProfile", name)
    taken = await perform(SaveProfile(profile=BANK), "createVerifyProfile")
    assert taken.refusal is Refusal.CONFLICT  # the door notes refusals
    await perform(RemoveProfile(id=made.id), "removeVerifyProfile", name)
    async with parts.database.link() as link:
        lines = await audit.list_entries(
            link, parts.account.id, below=1 << 62, since=0, operation=None, person_id=None,
            target=name, outcome=None, limit=9,
        )  # fmt: skip
    gone, changes, first = lines
    assert [each.operation for each in reversed(lines)] == [
        "createVerifyProfile",
        "changeVerifyProfile",
        "removeVerifyProfile",
    ]
    assert changes.changes.keys() == {"ttl_seconds", "guard"}
    assert changes.changes["ttl_seconds"] == [600, 60]
    assert (first.changes["name"], gone.changes["name"]) == ([None, "bank"], ["bank", None])


@pytest.mark.parametrize("named", ["bank", "BANK", "number"])
async def test_a_code_is_made_by_the_profile_that_is_named(codes, named):
    made = await codes.perform(SaveProfile(profile=BANK))
    issued = await codes.issued(profile=str(made.id) if named == "number" else named)
    assert codes.text(issued.message_id).startswith("Bank: ")
    assert len(codes.code(issued)) == 8


async def test_another_account_neither_finds_changes_removes_nor_uses_it(codes, parts):
    made = await codes.perform(SaveProfile(profile=BANK))
    stranger = await parts.add_account("stranger")
    for command in (
        FindProfile(id=made.id),
        RemoveProfile(id=made.id),
        SaveProfile(profile=msgspec.structs.replace(made, name="mine")),
    ):
        answer = await codes.perform(command, stranger)
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.NOT_FOUND
    beyond = await codes.perform(FindProfile(id=made.id, for_account=parts.account.id), stranger)
    assert beyond.refusal is Refusal.FORBIDDEN
    assert await codes.perform(FindProfile(id=made.id)) == made


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name": "default"}, "name"),
        ({"name": "12"}, "name"),
        ({"texts": {"": "no place"}}, "texts"),
        ({"texts": {"not a tag": "{{code}}"}}, "texts"),
        ({"alphabet": "ÄÖ"}, "alphabet"),
        ({"allowed_countries": ("ZZ",)}, "allowed_countries"),
        ({"limits": Limits(number_per_hour=-1)}, "limits/number_per_hour"),
        ({"guard": Guard(last=5, minimum=6)}, "guard/minimum"),
        ({"sender": "not a sender ID!"}, "sender"),
        ({"ttl_seconds": 1}, "ttl_seconds"),
    ],
)
async def test_an_unsound_profile_is_not_kept(codes, words, field):
    answer = await codes.perform(SaveProfile(profile=msgspec.structs.replace(BANK, **words)))
    assert isinstance(answer, Refused)
    assert answer.field == field
    assert len((await codes.perform(ListProfiles())).items) == 1
