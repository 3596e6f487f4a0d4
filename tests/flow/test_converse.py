"""Conversations list both directions, newest first, and nobody else's; lists of opt-outs add up."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from heliograph.flow.configure import Tools
from heliograph.flow.converse import converse
from heliograph.flow.soundness import Known
from heliograph.model.account import Number, OptOut
from heliograph.model.command import Done
from heliograph.model.dialogue import (
    Conversations,
    Dialogue,
    ExportOptOuts,
    ImportOptOuts,
    ListConversations,
    MarkConversationRead,
    OptOutsExported,
    OptOutsImported,
    ReadConversation,
    Talked,
    Talking,
)
from heliograph.model.ids import EPOCH
from heliograph.model.message import Inbound
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Arrival
from tests.flow.conftest import SERVER_KEY, Parts
from tests.flow.working import Works, working

OURS = "8809610000001"
OTHER = "8809610000002"
AMINA, RAFIQ = "8801712345678", "8801812345678"


def _tools(parts: Parts) -> Tools:
    return Tools(
        database=parts.database,
        vault=parts.vault,
        server_key=SERVER_KEY,
        make_id=parts.ids.next,
        now=parts.clock,
        known=Known(check_url=lambda url: None, dialects=frozenset(), carrier_kinds=frozenset()),
    )


async def _ask(parts: Parts, command: Talking, **who: object) -> Talked | Done | Refused:
    return await converse(_tools(parts), parts.principal(**who), command)  # type: ignore[arg-type]


async def _writes(works: Works, handset: str, text: str, number: str = OURS) -> None:
    parts = works.parts
    parts.clock.forward(milliseconds=5)
    await works.receive.arrivals(
        [
            Arrival(
                carrier_id=parts.carrier.id,
                sender=handset,
                recipient=number,
                text=text,
                at=parts.clock(),
            )
        ]
    )


async def _sent(works: Works, handset: str, text: str, sender: str = OURS) -> None:
    works.parts.clock.forward(milliseconds=5)
    await works.parts.accepted(recipient=handset, sender=sender, text=text)


async def _talk(works: Works) -> None:
    for number in (OURS, OTHER):
        await works.parts.insert(Number(account_id=works.parts.account.id, id=0, msisdn=number))
    await _writes(works, AMINA, "one")
    await _sent(works, AMINA, "two")
    await _writes(works, AMINA, "three")
    await _writes(works, RAFIQ, "hello")
    await _writes(works, AMINA, "to another", OTHER)
    await _sent(works, RAFIQ, "hello, Rafiq")
    await _sent(works, AMINA, "unasked", "Heliograph")


async def test_conversations_are_listed_newest_first_with_the_last_word_of_either_side(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        await _talk(works)
    found = await _ask(parts, ListConversations(limit=2))
    assert isinstance(found, Conversations)
    assert found.more
    shown = [(each.handset, each.sender, each.unread, _text(each.last)) for each in found.items]
    assert shown == [(AMINA, OTHER, 1, "to another"), (RAFIQ, OURS, 1, "hello, Rafiq")]
    before = parts.sealed(found.items[-1].newest_id)
    rest = await _ask(parts, ListConversations(before=before))
    assert isinstance(rest, Conversations)
    assert [(each.handset, each.unread, _text(each.last)) for each in rest.items] == [
        (AMINA, 2, "three")
    ]
    assert not rest.more


async def test_both_directions_are_read_together_page_by_page(parts: Parts) -> None:
    async with working(parts) as works:
        await _talk(works)
    ask = ReadConversation(handset=f"+{AMINA}", sender=OURS, limit=2)
    first = await _ask(parts, ask)
    assert isinstance(first, Dialogue)
    assert ([_text(each) for each in first.items], first.more) == (["three", "two"], True)
    last = first.items[-1]
    before = parts.sealed(last.id if isinstance(last, Inbound) else last.message.id)
    rest = await _ask(parts, ReadConversation(handset=AMINA, sender=OURS, before=before))
    assert isinstance(rest, Dialogue)
    assert ([_text(each) for each in rest.items], rest.more) == (["one"], False)
    whole = await _ask(parts, ReadConversation(handset=AMINA))
    assert isinstance(whole, Dialogue)
    assert [_text(each) for each in whole.items] == [
        "unasked", "to another", "three", "two", "one",
    ]  # fmt: skip
    names = await _ask(parts, ReadConversation(handset=AMINA, sender="HELIOGRAPH"))
    assert isinstance(names, Dialogue)
    assert [_text(each) for each in names.items] == ["unasked"]


async def test_what_was_read_is_not_counted_and_nobody_reads_anothers(parts: Parts) -> None:
    other = await parts.add_account("other")
    async with working(parts) as works:
        await _talk(works)
    for command in (ListConversations(), ReadConversation(handset=AMINA)):
        nothing = await _ask(parts, command, account=other)
        assert isinstance(nothing, Conversations | Dialogue)
        assert nothing.items == ()
    await _ask(parts, MarkConversationRead(handset=AMINA), account=other)
    assert await parts.value("select count(*) from inbound where read_at is null") == 4
    assert await _ask(parts, MarkConversationRead(handset=AMINA, sender=OURS)) == Done()
    found = await _ask(parts, ListConversations())
    assert isinstance(found, Conversations)
    assert [each.unread for each in found.items] == [1, 1, 0]


async def test_a_list_is_kept_and_its_lines_add_up(parts: Parts) -> None:
    entries: list[tuple[int, OptOut | Refused]] = [
        (1, _block(AMINA)),
        (2, _block(f"+{AMINA}")),  # the same number
        (3, _block(RAFIQ, "Heliograph")),
        (5, _block("12")),
        (6, Refused(refusal=Refusal.MALFORMED)),
        (7, _block(AMINA, "not a sender!!")),
    ]
    found = await _ask(parts, ImportOptOuts(entries=iter(entries)))
    assert isinstance(found, OptOutsImported)
    assert (found.inserted, found.known, found.wrong) == (2, 1, 3)
    assert [line for line, _ in found.refused] == [5, 6, 7]
    again = await _ask(parts, ImportOptOuts(entries=iter(entries[:3])))
    assert isinstance(again, OptOutsImported)
    assert (again.inserted, again.known, again.wrong) == (0, 3, 0)
    piece = await _ask(parts, ExportOptOuts(limit=1))
    assert isinstance(piece, OptOutsExported)
    assert ([each.msisdn for each in piece.items], piece.more) == ([AMINA], True)
    rest = await _ask(parts, ExportOptOuts(after=AMINA))
    assert isinstance(rest, OptOutsExported)
    assert [(each.msisdn, each.sender, each.source) for each in rest.items] == [
        (RAFIQ, "Heliograph", "import")
    ]


async def test_only_the_operator_acts_for_another_account(parts: Parts) -> None:
    other = await parts.add_account("other")
    for command in (
        ImportOptOuts(entries=iter([(1, _block(AMINA))]), for_account=other.id),
        ExportOptOuts(for_account=other.id),
    ):
        answer = await _ask(parts, command)
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.FORBIDDEN
    assert await parts.value("select count(*) from opt_out") == 0


async def test_a_long_list_is_taken_in_bounded_memory(parts: Parts) -> None:
    def lines() -> Iterator[tuple[int, OptOut | Refused]]:
        for number in range(20_000):
            yield number + 1, _block(f"88017{number:08d}")

    tracemalloc.start()
    try:
        found = await _ask(parts, ImportOptOuts(entries=lines()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, OptOutsImported)
    assert (found.inserted, found.wrong) == (20_000, 0)
    assert peak < 3_000_000


def _block(msisdn: str, sender: str = "") -> OptOut:
    return OptOut(account_id=0, msisdn=msisdn, sender=sender, created_at=EPOCH)


def _text(entry: object) -> str:
    return entry.text if isinstance(entry, Inbound) else entry.message.text  # type: ignore[attr-defined, no-any-return]
