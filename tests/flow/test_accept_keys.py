"""Promise P7: the same key gives the same answer and one message, in one process and in several."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from heliograph.flow.request import freeze, thaw
from heliograph.model.account import Mode
from heliograph.model.command import Accepted, AcceptedItem, SendMessages
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import ledger
from tests.flow.conftest import PRICE_MICROS, Parts, draft

_MONEY = Refused(refusal=Refusal.INSUFFICIENT_BALANCE)
_OPTED_OUT = Refused(refusal=Refusal.OPTED_OUT, field="recipient")
_CONFLICT = Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)


def _recipient(number: int) -> str:
    return f"88017{number:08d}"


def _items(answer: Accepted | Refused) -> list[AcceptedItem]:
    assert isinstance(answer, Accepted), answer
    items = [item for item in answer.items if isinstance(item, AcceptedItem)]
    assert len(items) == len(answer.items)
    return items


async def test_the_same_key_and_content_give_the_same_answer_and_no_second_message(
    parts: Parts,
) -> None:
    await parts.opt_out(_recipient(1))
    drafts = (draft(), draft(recipient=_recipient(1)), draft(recipient="12"))
    first = await parts.send(*drafts, idempotency_key="k", fingerprint=b"f")
    again = await parts.send(*drafts, idempotency_key="k", fingerprint=b"f")
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.repeated
    assert not first.repeated
    assert replace(again, repeated=False) == first
    assert await parts.value("select count(*) from message") == 1


async def test_the_same_key_with_other_content_is_refused(parts: Parts) -> None:
    await parts.send(draft(), idempotency_key="k", fingerprint=b"f")
    assert await parts.send(draft(), idempotency_key="k", fingerprint=b"g") == _CONFLICT
    again = await parts.send(draft(), idempotency_key="k", fingerprint=b"f")
    assert isinstance(again, Accepted)
    assert await parts.value("select count(*) from message") == 1


async def test_twins_in_one_batch_are_one_message(parts: Parts) -> None:
    answers = await asyncio.gather(
        *[parts.send(draft(), idempotency_key="k", fingerprint=b"f") for _ in range(4)],
        parts.send(draft(), idempotency_key="k", fingerprint=b"g"),
    )
    *twins, other = answers
    assert other == _CONFLICT
    assert len({_items(answer)[0].message_id for answer in twins}) == 1
    assert [isinstance(twin, Accepted) and twin.repeated for twin in twins] == [
        False,
        True,
        True,
        True,
    ]
    assert await parts.value("select count(*) from message") == 1
    assert await parts.audit() == []


async def test_twins_that_are_refused_are_all_refused_and_free_the_key(parts: Parts) -> None:
    poor = await parts.add_account("poor", 0)
    answers = await asyncio.gather(
        *[parts.send(draft(), account=poor, idempotency_key="k") for _ in range(3)]
    )
    assert answers == [_MONEY] * 3
    await parts.fund(poor.id, PRICE_MICROS)
    assert _items(await parts.send(draft(), account=poor, idempotency_key="k"))


async def test_two_processes_with_the_same_keys_make_one_message_each(parts: Parts) -> None:
    other = await parts.neighbour()
    answers = await asyncio.gather(
        *[
            house.send(draft(), idempotency_key=f"k{number}", fingerprint=b"f")
            for number in range(20)
            for house in (parts, other)
        ]
    )
    assert len({_items(answer)[0].message_id for answer in answers}) == 20
    assert await parts.value("select count(*) from message") == 20
    assert await parts.audit() == []


async def test_accounts_do_not_share_keys(parts: Parts) -> None:
    other = await parts.add_account("other")
    first = await parts.send(draft(), idempotency_key="k")
    second = await parts.send(draft(), account=other, idempotency_key="k", fingerprint=b"g")
    assert _items(first) != _items(second)


async def test_a_test_request_does_not_answer_for_a_live_one(parts: Parts) -> None:
    command = SendMessages(drafts=(draft(),), idempotency_key="k", fingerprint=b"f")
    await parts.accept.send(parts.principal(mode=Mode.TEST), command, "native")
    live = await parts.accept.send(parts.principal(), command, "native")
    (item,) = _items(live)
    assert not (await parts.record(item.message_id)).message.test


async def test_a_repeated_request_is_answered_as_before_even_if_it_would_be_refused_now(
    parts: Parts,
) -> None:
    later = parts.clock() + timedelta(days=366)
    drafts = (draft(send_at=later), draft())
    whole: dict[str, Any] = {"whole": True, "idempotency_key": "k", "fingerprint": b"f"}
    first = await parts.send(*drafts, **whole)
    parts.directory.routes = ()
    again = await parts.send(*drafts, **whole)
    assert isinstance(first, Accepted)
    assert again == replace(first, repeated=True)
    other = await parts.send(*drafts, **(whole | {"fingerprint": b"g"}))
    assert other == Refused(refusal=Refusal.NO_ROUTE, field="recipient")


async def test_a_key_under_which_something_is_still_going_on_is_to_be_tried_again(
    parts: Parts,
) -> None:
    async with parts.database.transaction() as link:
        await ledger.insert_keys(link, [ledger.Key(parts.account.id, "k", parts.clock(), b"f")])
    answer = await parts.send(draft(), idempotency_key="k", fingerprint=b"f")
    assert answer == Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=1)
    assert await parts.value("select count(*) from idempotency") == 1


async def test_a_refused_request_frees_its_key(parts: Parts) -> None:
    await parts.opt_out(_recipient(1))
    refused = await parts.send(draft(recipient=_recipient(1)), idempotency_key="k")
    assert refused == _OPTED_OUT
    assert await parts.value("select count(*) from idempotency") == 0
    assert _items(await parts.send(draft(), idempotency_key="k", fingerprint=b"g"))


async def test_a_key_is_forgotten_after_a_day(parts: Parts) -> None:
    first = await parts.send(draft(), idempotency_key="k", fingerprint=b"f")
    parts.clock.forward(hours=24, seconds=1)
    async with parts.database.transaction() as link:
        await ledger.drop_old_keys(link, parts.clock() - timedelta(days=1))
    second = await parts.send(draft(), idempotency_key="k", fingerprint=b"g")
    assert _items(first) != _items(second)


async def test_an_answer_is_thawed_as_it_was_frozen() -> None:
    item = AcceptedItem(
        message_id=1,
        recipient=_recipient(1),
        parts=2,
        encoding="ucs2",
        price_micros=7,
        status=Status.SCHEDULED,
    )
    refused = Refused(refusal=Refusal.NO_PRICE, field="recipient", detail="No price.")
    answer = Accepted(submission_id=9, currency="BDT", items=(refused, item, refused))
    assert thaw(freeze(answer)) == replace(answer, repeated=True)
