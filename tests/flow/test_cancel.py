"""A message that no carrier has can be stopped, by its owner and by nobody else."""

from __future__ import annotations

from heliograph.flow.cancel import Cancel
from heliograph.model.command import CancelMessage, Done
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import outbox
from tests.flow.conftest import CREDIT_MICROS, Parts


def _cancel(parts: Parts) -> Cancel:
    return Cancel(
        database=parts.database,
        advance=parts.advance,
        told=parts.told.append,
        now=parts.clock,
    )


async def _mark_sending(parts: Parts, message_id: int) -> set[tuple[int, int]]:
    attempt = outbox.Attempt(parts.account.id, message_id, 1, parts.carrier.id)
    async with parts.database.transaction() as link:
        return await outbox.mark_sending(
            link, [attempt], node=parts.node, lease_until=parts.clock()
        )


async def test_a_waiting_message_is_cancelled_and_its_money_released(parts: Parts) -> None:
    item = await parts.accepted()
    command = CancelMessage(message=parts.sealed(item.message_id))
    parts.told.clear()
    assert await _cancel(parts).message(parts.principal(), command) == Done()
    record = await parts.record(item.message_id)
    assert (record.status, record.reason, record.charge) == (
        Status.CANCELLED,
        Reason.CANCELLED_BY_CUSTOMER,
        Charge.RELEASED,
    )
    assert (await parts.balance()).available_micros == CREDIT_MICROS
    assert await parts.value("select count(*) from outbox") == 0
    assert await parts.audit() == []
    assert [event.type for told in parts.told for event in told.events] == ["message.cancelled"]


async def test_a_scheduled_message_can_be_cancelled(parts: Parts) -> None:
    item = await parts.accepted(send_at=parts.clock.now.replace(hour=20))
    command = CancelMessage(message=parts.sealed(item.message_id))
    assert await _cancel(parts).message(parts.principal(), command) == Done()


async def test_a_cancelled_message_is_not_sent_by_the_process_that_has_it_in_memory(
    parts: Parts,
) -> None:
    item = await parts.accepted()
    assert [claimed.message.id for claimed in parts.onward.taken] == [item.message_id]
    command = CancelMessage(message=parts.sealed(item.message_id))
    await _cancel(parts).message(parts.principal(), command)
    assert await _mark_sending(parts, item.message_id) == set()


async def test_a_message_with_an_attempt_on_record_cannot_be_cancelled(parts: Parts) -> None:
    item = await parts.accepted()
    assert await _mark_sending(parts, item.message_id)
    command = CancelMessage(message=parts.sealed(item.message_id))
    answer = await _cancel(parts).message(parts.principal(), command)
    assert answer == Refused(refusal=Refusal.NOT_CANCELLABLE)
    assert (await parts.record(item.message_id)).status is Status.QUEUED


async def test_a_message_is_cancelled_once(parts: Parts) -> None:
    item = await parts.accepted()
    command = CancelMessage(message=parts.sealed(item.message_id))
    await _cancel(parts).message(parts.principal(), command)
    answer = await _cancel(parts).message(parts.principal(), command)
    assert answer == Refused(refusal=Refusal.NOT_CANCELLABLE)
    assert await parts.audit() == []


async def test_another_accounts_message_is_not_found(parts: Parts) -> None:
    item = await parts.accepted()
    other = parts.principal(await parts.add_account("other"))
    for number in (parts.sealed(item.message_id), item.message_id):
        answer = await _cancel(parts).message(other, CancelMessage(message=number))
        assert answer == Refused(refusal=Refusal.NOT_FOUND)
    stolen = CancelMessage(message=parts.sealed(item.message_id, other.account))
    assert await _cancel(parts).message(other, stolen) == Refused(refusal=Refusal.NOT_FOUND)
    assert (await parts.record(item.message_id)).status is Status.QUEUED


async def test_a_number_of_no_message_is_not_found(parts: Parts) -> None:
    for number in (0, -1, 1 << 64, (1 << 64) - 1):
        answer = await _cancel(parts).message(parts.principal(), CancelMessage(message=number))
        assert answer == Refused(refusal=Refusal.NOT_FOUND)
