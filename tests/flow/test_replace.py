"""A waiting message takes new words while nobody has begun to send it, at no higher a price."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from heliograph.flow.replace import Replace
from heliograph.model.command import AcceptedItem, Done, ReplaceMessage
from heliograph.model.message import Encoding
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from tests.flow.conftest import CREDIT_MICROS, PRICE_MICROS, Parts


def _replace(parts: Parts) -> Replace:
    return Replace(database=parts.database, ids=parts.ids, now=parts.clock)


async def _later(parts: Parts, text: str = "Hello") -> AcceptedItem:
    return await parts.accepted(text=text, send_at=parts.clock.now + timedelta(hours=2))


async def _ask(parts: Parts, item: AcceptedItem, **words: object) -> Done | Refused:
    wanted = msgspec.convert({"message": parts.sealed(item.message_id)} | words, ReplaceMessage)
    return await _replace(parts).message(parts.principal(), wanted)


async def test_a_scheduled_message_goes_out_with_its_new_words(parts: Parts) -> None:
    item = await _later(parts)
    assert await _ask(parts, item, text="Привет", callback="session:1:final") == Done()
    message = (await parts.record(item.message_id)).message
    assert (message.text, message.encoding, message.parts) == ("Привет", Encoding.UCS2, 1)
    assert message.callback == "session:1:final"
    assert (await parts.record(item.message_id)).status is Status.SCHEDULED


async def test_fewer_parts_give_money_back(parts: Parts) -> None:
    item = await _later(parts, "x" * 400)
    assert (await parts.balance()).held_micros == 3 * PRICE_MICROS
    assert await _ask(parts, item, text="short") == Done()
    balance = await parts.balance()
    assert balance.held_micros == PRICE_MICROS
    assert balance.available_micros == CREDIT_MICROS - PRICE_MICROS
    assert (await parts.record(item.message_id)).message.price_micros == PRICE_MICROS
    assert await parts.audit() == []


async def test_more_parts_are_refused_and_nothing_changes(parts: Parts) -> None:
    item = await _later(parts)
    answer = await _ask(parts, item, text="x" * 161)
    assert isinstance(answer, Refused)
    assert (answer.refusal, answer.field) == (Refusal.TEXT_TOO_LONG, "text")
    assert (await parts.record(item.message_id)).message.text == "Hello"


async def test_a_new_time_moves_the_message_and_its_validity(parts: Parts) -> None:
    item = await _later(parts)
    before = (await parts.record(item.message_id)).message
    later = parts.clock.now + timedelta(hours=5)
    assert await _ask(parts, item, send_at=later) == Done()
    message = (await parts.record(item.message_id)).message
    assert (message.send_at, message.text) == (later, "Hello")
    assert message.valid_until - later == before.valid_until - (before.send_at or later)
    assert await parts.value("select due_at from outbox") == later


async def test_validity_counts_from_when_the_message_is_to_be_sent(parts: Parts) -> None:
    item = await _later(parts)
    assert await _ask(parts, item, validity_seconds=60) == Done()
    message = (await parts.record(item.message_id)).message
    assert message.valid_until == (message.send_at or parts.clock.now) + timedelta(seconds=60)
    answer = await _ask(parts, item, validity_seconds=0)
    assert answer == Refused(refusal=Refusal.INVALID_FIELD, field="validity_seconds")


async def test_what_a_process_holds_for_sending_is_not_replaced(parts: Parts) -> None:
    item = await parts.accepted()
    assert await _ask(parts, item, text="too late") == Refused(refusal=Refusal.NOT_CANCELLABLE)
    assert (await parts.record(item.message_id)).message.text == "Hello"


async def test_what_waits_for_room_in_memory_can_be_replaced_but_not_put_off(
    parts: Parts,
) -> None:
    parts.onward.left = {1: 0, 2: 0, 3: 0}
    item = await parts.accepted()
    assert await _ask(parts, item, text="in time") == Done()
    answer = await _ask(parts, item, send_at=parts.clock.now + timedelta(hours=1))
    assert answer == Refused(refusal=Refusal.INVALID_FIELD, field="send_at")
    assert (await parts.record(item.message_id)).message.text == "in time"


async def test_encoded_octets_keep_what_they_are(parts: Parts) -> None:
    item = await parts.accepted(
        text="",
        body=b"\x01",
        encoding=Encoding.BINARY,
        send_at=parts.clock.now + timedelta(hours=2),
    )
    answer = await _ask(parts, item, text="words")
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.INVALID_FIELD


async def test_another_accounts_message_is_not_found(parts: Parts) -> None:
    item = await _later(parts)
    other = parts.principal(await parts.add_account("other"))
    for number in (parts.sealed(item.message_id), item.message_id, -1):
        answer = await _replace(parts).message(other, ReplaceMessage(message=number, text="mine"))
        assert answer == Refused(refusal=Refusal.NOT_FOUND)
