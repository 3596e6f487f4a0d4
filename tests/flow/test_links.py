"""Short links are minted into texts and kept with their messages, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from heliograph.flow.links import ALPHABET, CODE_LENGTH, Minter, keep_short_links, make_code
from heliograph.flow.request import Request
from heliograph.model.command import Accepted, BulkAccepted, Estimate, Estimates, SendBulk
from heliograph.model.link import SmartLink
from heliograph.model.message import Draft, Encoding, Message
from heliograph.model.refusal import Refusal, Refused
from tests.flow.conftest import LINK_BASE, Parts, draft

SALE = SmartLink(account_id=0, id=0, name="sale", url="https://shop.example/sale")
_CODE = re.compile(re.escape(LINK_BASE) + f"([{ALPHABET}]{{{CODE_LENGTH}}})")


async def sale(parts: Parts, **words: object) -> SmartLink:
    """A smart link of the first account's."""
    return await parts.insert(msgspec.structs.replace(SALE, account_id=parts.account.id, **words))


def message_of(parts: Parts, **words: object) -> Message:
    """A checked message."""
    found = parts.checks.check(parts.principal(), draft(**words), None, "native")
    assert isinstance(found, Message), found
    return found


def test_codes_are_even_over_the_whole_alphabet() -> None:
    codes = [make_code() for _ in range(20_000)]
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {CODE_LENGTH}
    for place in range(CODE_LENGTH):  # 345 of each are expected; six deviations are 111
        seen = [code[place] for code in codes]
        assert all(234 < seen.count(letter) < 456 for letter in ALPHABET)
    ends = iter([b"\xff" * 8, b"\0" * 8])  # the last numbers would favour some codes
    assert make_code(lambda size: next(ends)) == ALPHABET[0] * CODE_LENGTH


async def test_a_place_becomes_a_short_link_of_its_own_that_is_kept_with_the_message(
    parts: Parts,
) -> None:
    link = await sale(parts)
    place = f"{{{{link_{link.id}}}}}"
    words = {"text": f"Look: {place} {place} {{{{link_99}}}}", "links": {link.id: 60}}
    first, second = await parts.accepted(**words), await parts.accepted(**words)
    kept = {row["message_id"]: row for row in await parts.rows("select * from short_link")}
    assert set(kept) == {first.message_id, second.message_id}
    for item in (first, second):
        row = kept[item.message_id]
        url = LINK_BASE + row["code"]
        text = (await parts.record(item.message_id)).message.text
        assert text == f"Look: {url} {url} {{{{link_99}}}}"
        assert (row["account_id"], row["link_id"]) == (parts.account.id, link.id)
        assert row["valid_until"] == parts.clock() + timedelta(minutes=60)
        assert row["converted_at"] is None
    assert {LINK_BASE in claimed.message.text for claimed in parts.onward.taken} == {True}


@pytest.mark.parametrize(
    ("minutes", "days", "delay"), [(0, 90, 0), (1_000_000, 90, 0), (1440, 1, 3)]
)
async def test_it_is_valid_from_the_time_of_sending_and_no_longer_than_messages_are_kept(
    parts: Parts, minutes: int, days: int, delay: int
) -> None:
    link = await sale(parts)
    send_at = parts.clock() + timedelta(days=delay) if delay else None
    await parts.accepted(text=f"{{{{link_{link.id}}}}}", links={link.id: minutes}, send_at=send_at)
    until = await parts.value("select valid_until from short_link")
    assert until == parts.clock() + timedelta(days=delay + days)


async def test_parts_and_price_are_those_of_the_text_with_its_short_link(parts: Parts) -> None:
    link = await sale(parts)
    place = f"{{{{link_{link.id}}}}}"
    room = 160 - len(LINK_BASE) - CODE_LENGTH
    for filling, count in ((room, 1), (room + 1, 2)):
        found = message_of(parts, text="x" * filling + place, links={link.id: 5})
        assert (found.parts, found.encoding) == (count, Encoding.GSM7)
        assert found.price_micros == count * 3_500


async def test_templates_and_variables_may_have_links(parts: Parts) -> None:
    link = await sale(parts)
    text = f"Hi {{{{name}}}}: {{{{link_{link.id}}}}}"
    for words in ({}, {"lenient": True}):
        found = message_of(parts, text=text, variables={"name": "Ann"}, links={link.id: 5}, **words)
        assert _CODE.sub("*", found.text) == "Hi Ann: *"
    unnamed = message_of(parts, text=text, variables={"name": "Ann"})
    assert unnamed.text == f"Hi Ann: {{{{link_{link.id}}}}}"
    assert unnamed.short_links == ()


async def test_a_link_that_is_unknown_another_s_or_off_is_refused(parts: Parts) -> None:
    other = await parts.add_account("other")
    theirs = await parts.insert(msgspec.structs.replace(SALE, account_id=other.id))
    off = await sale(parts, enabled=False)
    for number in (theirs.id, off.id, 4_711):
        answer = await parts.send(draft(text="no place", links={number: 5}))
        assert isinstance(answer, Refused)
        assert (answer.refusal, answer.field) == (Refusal.UNKNOWN_LINK, "links")


async def test_a_house_that_nobody_can_reach_mints_nothing(parts: Parts) -> None:
    link = await sale(parts)
    words = draft(text=f"{{{{link_{link.id}}}}}", links={link.id: 5})
    hidden = Minter(parts.directory, lambda: "", longest_days=90)
    answer = hidden.put(parts.account.id, words)
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.NOT_ENABLED


async def test_an_estimate_counts_the_short_link_and_keeps_none(parts: Parts) -> None:
    from heliograph.flow.estimate import Estimator

    link = await sale(parts)
    estimator = Estimator(
        database=parts.database,
        directory=parts.directory,
        checks=parts.checks,
        router=parts.router,
        now=parts.clock,
    )
    room = 160 - len(LINK_BASE) - CODE_LENGTH
    words = draft(text="x" * room + f"{{{{link_{link.id}}}}}", links={link.id: 5})
    answer = await estimator.estimate(parts.principal(), Estimate(drafts=(words,)))
    assert isinstance(answer, Estimates)
    assert (answer.items[0].parts, answer.items[0].chars_left) == (1, 0)
    assert await parts.value("select count(*) from short_link") == 0


async def test_a_message_that_is_not_kept_leaves_no_short_link(parts: Parts) -> None:
    link = await sale(parts)
    words = {"text": f"{{{{link_{link.id}}}}}", "links": {link.id: 5}}
    await parts.opt_out("8801712345678")
    good = draft(recipient="8801812345678", **words)
    answer = await parts.send(draft(**words), good)
    assert isinstance(answer, Accepted)
    assert await parts.value("select count(*) from short_link") == 1
    poor = await parts.add_account("poor", micros=0)
    theirs = await parts.insert(msgspec.structs.replace(SALE, account_id=poor.id))
    answer = await parts.send(
        draft(recipient="8801812345678", text=f"{{{{link_{theirs.id}}}}}", links={theirs.id: 5}),
        account=poor,
    )
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.INSUFFICIENT_BALANCE
    assert await parts.value("select count(*) from short_link") == 1


async def test_an_upload_has_a_short_link_for_each_recipient(parts: Parts) -> None:
    link = await sale(parts)

    def drafts() -> Iterator[Draft]:
        for number in range(1_200):
            yield draft(
                recipient=f"88018{number:08}", text=f"{{{{link_{link.id}}}}}", links={link.id: 0}
            )

    answer = await parts.upload.send(parts.principal(), SendBulk(drafts=drafts()), "native")
    assert isinstance(answer, BulkAccepted)
    assert answer.accepted == 1_200
    found = await parts.rows(
        "select m.text, s.code from message m"
        " join short_link s on s.account_id = m.account_id and s.message_id = m.id"
    )
    assert len({row["code"] for row in found}) == 1_200
    assert all(row["text"] == LINK_BASE + row["code"] for row in found)


async def test_a_code_that_is_taken_gives_way_to_another_also_within_a_batch(
    parts: Parts,
) -> None:
    link = await sale(parts)
    bytes_of = [bytes(7) + bytes([n]) for n in (1, 1, 1, 2, 1, 3)]
    numbers = iter(bytes_of)

    def next_bytes(size: int) -> bytes:
        return next(numbers)

    parts.checks._minter = Minter(
        parts.directory, lambda: LINK_BASE, longest_days=90, random_bytes=next_bytes
    )
    words = {"text": f"{{{{link_{link.id}}}}}", "links": {link.id: 5}}
    await parts.accepted(**words)
    request = Request(parts.principal(), [message_of(parts, **words), message_of(parts, **words)])
    async with parts.database.transaction() as transaction:
        await keep_short_links(transaction, [request], parts.clock(), random_bytes=next_bytes)
    codes = [_CODE.fullmatch(message.text) for message in request.messages]
    kept = {row["code"]: row["message_id"] for row in await parts.rows("select * from short_link")}
    assert len(kept) == 3
    for found, message in zip(codes, request.messages, strict=True):
        assert found is not None
        assert kept[found[1]] == message.id
        assert message.short_links[0].code == found[1]
