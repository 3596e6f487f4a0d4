"""From the outbox to a carrier and back: retries, other carriers, doubt, and death at every step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heliograph.model.money import Charge
from heliograph.model.reason import RETRIES, Reason
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import RETRY_BASE_SECONDS, outbox_states, second_carrier, working

# -- the ordinary way -------------------------------------------------------------------------------


async def test_what_a_carrier_takes_is_sent_paid_and_out_of_theoutbox_states(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        record = await parts.record(message.message_id)
        assert (record.status, record.attempts, record.charge) == (Status.SENT, 1, Charge.CAPTURED)
        assert await outbox_states(parts) == []
        assert works.deliver.room(2) == 100
    assert await parts.audit() == []


async def test_the_attempt_is_on_record_before_the_carrier_hears_of_it(parts: Parts) -> None:
    async with working(parts) as works:
        await parts.accepted()
        link = await works.given(1)
        assert await outbox_states(parts) == [(1, 1)]
        assert link.given[0][0].attempt == 1
        link.took(0, "id-1")


async def test_a_scheduled_message_is_claimed_when_its_time_comes(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(send_at=parts.clock() + timedelta(hours=1))
        assert await works.deliver.claim() == 0
        parts.clock.forward(hours=1)
        assert await works.deliver.claim() == 1
        (await works.given(1)).took(0, "id-1")
        await works.status(message, Status.SENT)


async def test_what_was_cancelled_in_memory_is_not_sent_and_leaves_its_room(parts: Parts) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        await parts.accepted()
        assert works.deliver.room(2) == 99
        async with parts.database.transaction() as link:
            await link.execute("delete from outbox")
        outlet.bucket._paused_until = 0.0
        outlet.changed()
        await works.until_room(2, 100)
        assert works.link.given == []


async def test_a_message_that_waits_longer_than_its_lease_is_sent_once(parts: Parts) -> None:
    """Found by the kill trial: behind a paused carrier it was claimed again, and twice in one batch."""
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        message = await parts.accepted()
        parts.clock.forward(minutes=5)
        assert await works.deliver.claim() == 1  # its lease is renewed
        assert works.deliver.room(2) == 99
        outlet.bucket._paused_until = 0.0
        outlet.changed()
        link = await works.given(1)
        link.took(0, "id-1")
        await works.status(message, Status.SENT)
        assert len(link.given) == 1
        assert works.deliver.room(2) == 100


async def test_what_waits_until_its_validity_ends_is_not_sent(parts: Parts) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        message = await parts.accepted(validity_seconds=60)
        parts.clock.forward(seconds=61)
        outlet.bucket._paused_until = 0.0
        outlet.changed()
        await works.status(message, Status.EXPIRED)
        assert works.link.given == []
        assert (await parts.record(message.message_id)).reason is Reason.VALIDITY_EXPIRED


async def test_what_has_expired_or_lacks_a_sender_ends_without_an_attempt_and_without_cost(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        past = await parts.accepted(valid_until=parts.clock() - timedelta(days=1))
        await works.status(past, Status.EXPIRED)
        async with parts.database.transaction() as link:
            await link.execute("delete from sender")
        await parts.reload()
        nobodys = await parts.accepted(sender=None, may_lack_sender=True)
        await works.status(nobodys, Status.FAILED)
        assert works.link.given == []
        for message, reason in (
            (past, Reason.VALIDITY_EXPIRED),
            (nobodys, Reason.INVALID_SOURCE),
        ):
            record = await parts.record(message.message_id)
            assert (record.reason, record.attempts) == (reason, 0)
            assert record.charge is Charge.RELEASED
    assert await parts.audit() == []


# -- declined ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [Reason.ABSENT_SUBSCRIBER, Reason.SYSTEM_FAILURE])
async def test_a_reason_worth_it_is_tried_three_times_more(parts: Parts, reason: Reason) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        for attempt in range(1, 5):
            link = await works.given(attempt)
            link.declined(-1, reason)
            if attempt < 4:
                await works.noted(attempt)
                assert await works.deliver.claim() == 0  # not before its time
                parts.clock.forward(seconds=RETRY_BASE_SECONDS * 2 ** (attempt - 1))
                assert await works.deliver.claim() == 1
        await works.status(message, Status.FAILED)
        record = await parts.record(message.message_id)
        assert (record.attempts, record.reason, record.charge) == (4, reason, Charge.RELEASED)
    assert await parts.audit() == []


@pytest.mark.parametrize(
    "reason",
    [reason for reason in (Reason.UNKNOWN_SUBSCRIBER, Reason.CALL_BARRED) if reason not in RETRIES],
)
async def test_any_other_reason_ends_it_at_once(parts: Parts, reason: Reason) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        (await works.given(1)).declined(0, reason)
        await works.status(message, Status.FAILED)
        assert (await parts.record(message.message_id)).attempts == 1
        assert await outbox_states(parts) == []


async def test_a_refusal_falls_to_the_next_carrier_at_once(parts: Parts) -> None:
    await second_carrier(parts)
    async with working(parts) as works:
        message = await parts.accepted()
        (await works.given(1)).declined(0, Reason.INVALID_SOURCE)
        (await works.given(1, "second")).took(0, "other-1")
        await works.status(message, Status.SENT)
        record = await parts.record(message.message_id)
        assert record.attempts == 2
        assert works.links["second"].given[0][0].attempt == 2


async def test_a_message_at_fault_itself_is_offered_to_nobody_else(parts: Parts) -> None:
    await second_carrier(parts)
    async with working(parts) as works:
        message = await parts.accepted()
        (await works.given(1)).declined(0, Reason.INVALID_DESTINATION, next_carrier=False)
        await works.status(message, Status.FAILED)
        assert works.links["second"].given == []


async def test_exhausted_tries_fall_to_the_next_carrier(parts: Parts) -> None:
    await second_carrier(parts)
    async with working(parts) as works:
        await parts.accepted()
        for attempt in range(1, 5):
            (await works.given(attempt)).declined(-1, Reason.SYSTEM_FAILURE)
            await works.noted(attempt)
            parts.clock.forward(minutes=1)
            await works.deliver.claim()
        link = await works.given(1, "second")
        assert link.given[0][0].attempt == 5
        link.took(0, "other-1")


async def test_a_carrier_that_is_down_is_passed_over(parts: Parts) -> None:
    await second_carrier(parts)
    async with working(parts) as works:
        works.link.turn(up=False)
        await parts.accepted()
        (await works.given(1, "second")).took(0, "other-1")
        assert works.link.given == []


async def test_what_waits_for_a_carrier_that_goes_down_takes_the_other_way(parts: Parts) -> None:
    await second_carrier(parts)
    async with working(parts) as works:
        works.deliver.outlets[parts.carrier.id].bucket.pause(float("inf"))
        await parts.accepted()
        works.link.turn(up=False)
        (await works.given(1, "second")).took(0, "other-1")


async def test_with_every_carrier_down_a_message_waits(parts: Parts) -> None:
    async with working(parts) as works:
        works.link.turn(up=False)
        message = await parts.accepted()
        works.link.turn(up=True)
        await works.deliver._put_back.stop()
        parts.clock.forward(seconds=8)
        assert await works.deliver.claim() == 1
        (await works.given(1)).took(0, "id-1")
        await works.status(message, Status.SENT)
        await works.deliver._put_back.start()


async def test_without_any_rule_left_a_message_fails(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(send_at=parts.clock() + timedelta(minutes=1))
        async with parts.database.transaction() as link:
            await link.execute("delete from route")
        await parts.reload()
        parts.clock.forward(minutes=1)
        await works.deliver.claim()
        await works.status(message, Status.FAILED)
        assert (await parts.record(message.message_id)).reason is Reason.NO_ROUTE


async def test_throttling_pauses_the_carrier_and_is_no_failure(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        (await works.given(1)).declined(0, Reason.THROTTLED, retry_after_seconds=2.0)
        outlet = works.deliver.outlets[parts.carrier.id]
        await works.until(lambda: [e for e in works.heard if e.kind == 3])
        assert 0 < outlet.bucket.wait(outlet.bucket._paused_until - 2.0) <= 2.0
        outlet.bucket._paused_until = 0.0
        parts.clock.forward(seconds=2)
        assert await works.deliver.claim() == 1
        (await works.given(2)).took(-1, "id-1")
        await works.status(message, Status.SENT)


async def test_a_retry_that_would_come_after_the_validity_ends_it_in_time(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(validity_seconds=30)
        (await works.given(1)).declined(0, Reason.ABSENT_SUBSCRIBER, retry_after_seconds=3600.0)
        await works.until(lambda: [e for e in works.heard if e.kind == 3])
        parts.clock.forward(seconds=30)
        assert await works.deliver.claim() == 1
        await works.status(message, Status.EXPIRED)
    assert await parts.audit() == []
