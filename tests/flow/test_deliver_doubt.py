"""When nobody knows whether a carrier took a message: policies, late words, and death at every step."""

from __future__ import annotations

import pytest

from heliograph.flow.verdicts import MOST_RESENDS
from heliograph.model.account import OnUncertain, TrafficClass
from heliograph.model.command import AcceptedItem
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.report import Unknown
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import (
    RETRY_BASE_SECONDS,
    Works,
    killed,
    lose,
    outbox_states,
    second_carrier,
    working,
)

_UNSURE = Unknown(detail="no response in time")

# -- in doubt -----------------------------------------------------------------------------------------


async def test_in_doubt_an_otp_is_sent_again(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(traffic_class=TrafficClass.OTP)
        (await works.given(1)).answer(0, _UNSURE)
        await works.status(message, Status.UNCERTAIN)
        parts.clock.forward(seconds=RETRY_BASE_SECONDS)
        assert await works.deliver.claim() == 1
        link = await works.given(2)
        assert link.given[1][0].attempt == 2
        link.took(1, "id-2")
        await works.status(message, Status.SENT)
    assert works.lives(message) == [Status.QUEUED, Status.UNCERTAIN, Status.QUEUED, Status.SENT]


async def test_in_doubt_a_promotion_is_held_until_its_validity_ends(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(
            traffic_class=TrafficClass.PROMOTIONAL, validity_seconds=3600
        )
        (await works.given(1)).answer(0, _UNSURE)
        await works.status(message, Status.UNCERTAIN)
        parts.clock.forward(minutes=59)
        assert await works.deliver.claim() == 0
        assert await works.tend.end_validity() == 0
        parts.clock.forward(minutes=1)
        assert await works.tend.end_validity() == 1
        await works.status(message, Status.EXPIRED)
        record = await parts.record(message.message_id)
        assert (record.attempts, record.charge) == (1, Charge.RELEASED)
        assert await works.tend.end_validity() == 0
        assert await outbox_states(parts) == []
    assert await parts.audit() == []


async def test_an_account_may_choose_to_hold_what_others_send_again(parts: Parts) -> None:
    account = await parts.add_account("careful", on_uncertain_otp=OnUncertain.HOLD)
    async with working(parts) as works:
        message = await parts.accepted(account, traffic_class=TrafficClass.OTP)
        (await works.given(1)).answer(0, _UNSURE)
        await works.status(message, Status.UNCERTAIN)
        assert await outbox_states(parts) == [(2, 1)]


async def _doubted(works: Works, message: AcceptedItem, times: int) -> None:
    await works.until(lambda: works.lives(message).count(Status.UNCERTAIN) == times)


async def test_doubt_that_never_ends_is_held_at_last(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        for attempt in range(1, MOST_RESENDS + 2):
            (await works.given(attempt)).answer(-1, _UNSURE)
            await _doubted(works, message, attempt)
            parts.clock.forward(hours=1)
            await works.deliver.claim()
        assert await outbox_states(parts) == [(2, MOST_RESENDS + 1)]
        assert len(works.link.given) == MOST_RESENDS + 1


async def test_a_late_yes_ends_the_doubt_and_nothing_is_sent_again(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(traffic_class=TrafficClass.OTP)
        link = await works.given(1)
        works.deliver.outlets[parts.carrier.id]._give_up(float("inf"))
        await works.status(message, Status.UNCERTAIN)
        link.took(0, "id-1")
        await works.status(message, Status.SENT)
        parts.clock.forward(hours=1)
        assert await works.deliver.claim() == 0
        assert works.deliver.room(1) == 100


async def test_a_late_no_says_that_a_held_message_may_be_sent_again(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(traffic_class=TrafficClass.PROMOTIONAL)
        link = await works.given(1)
        works.deliver.outlets[parts.carrier.id]._give_up(float("inf"))
        await works.status(message, Status.UNCERTAIN)
        link.declined(0, Reason.SYSTEM_FAILURE)
        await works.until(lambda: works.lives(message)[-1] is Status.QUEUED)
        parts.clock.forward(hours=1)
        assert await works.deliver.claim() == 1
        (await works.given(2)).took(-1, "id-2")


@pytest.mark.parametrize("late", ["no", "unknown"])
async def test_a_late_word_does_not_disturb_the_attempt_after_it(parts: Parts, late: str) -> None:
    """A late word on attempt 1 must neither requeue nor fail a message that attempt 2 has sent."""
    async with working(parts) as works:
        message = await parts.accepted(traffic_class=TrafficClass.OTP)
        link = await works.given(1)
        works.deliver.outlets[parts.carrier.id]._give_up(float("inf"))
        await works.status(message, Status.UNCERTAIN)
        parts.clock.forward(hours=1)
        await works.deliver.claim()
        await works.given(2)
        if late == "no":
            link.declined(0, Reason.SYSTEM_FAILURE)
        else:
            link.answer(0, _UNSURE)
        link.took(1, "id-2")
        await works.status(message, Status.SENT)
        if late == "no":
            link.declined(0, Reason.SYSTEM_FAILURE)
        else:
            link.answer(0, _UNSURE)
        await works.deliver.stop()
        await works.deliver.start()
        assert (await parts.record(message.message_id)).status is Status.SENT
        assert await outbox_states(parts) == []
        assert works.deliver.room(1) == 100


# -- death between an effect and its commit -----------------------------------------------------------


async def test_killed_before_the_attempt_was_on_record_it_is_simply_sent(parts: Parts) -> None:
    async with killed(parts) as dead:
        dead.deliver.outlets[parts.carrier.id].bucket.pause(float("inf"))
        message = await parts.accepted()
    async with working(parts) as works:
        assert await works.deliver.claim() == 1
        link = await works.given(1)
        assert link.given[0][0].attempt == 1
        link.took(0, "id-1")
        await works.status(message, Status.SENT)
    assert works.lives(message) == [Status.SENT]


async def test_killed_with_the_attempt_on_record_it_is_in_doubt_and_sent_again(
    parts: Parts,
) -> None:
    async with killed(parts) as dead:
        message = await parts.accepted()
        await dead.given(1)
    async with working(parts) as works:
        assert works.lives(message) == [Status.UNCERTAIN, Status.QUEUED]
        parts.clock.forward(seconds=RETRY_BASE_SECONDS)
        assert await works.deliver.claim() == 1
        assert (await works.given(1)).given[0][0].attempt == 2
        works.link.took(0, "id-2")
        await works.status(message, Status.SENT)


async def test_killed_with_a_promotion_on_record_it_is_held(parts: Parts) -> None:
    async with killed(parts) as dead:
        message = await parts.accepted(traffic_class=TrafficClass.PROMOTIONAL)
        await dead.given(1)
    async with working(parts) as works:
        assert works.lives(message) == [Status.UNCERTAIN]
        parts.clock.forward(hours=1)
        assert await works.deliver.claim() == 0


async def test_killed_after_the_carrier_took_it_the_receipt_waits_among_the_orphans(
    parts: Parts,
) -> None:
    async with killed(parts) as dead:
        message = await parts.accepted()
        await dead.given(1)
        lose(dead.deliver._results)
        dead.link.took(0, "id-1")
    async with working(parts) as works:
        assert works.lives(message)[0] is Status.UNCERTAIN
        await works.hear(Status.DELIVERED, "id-1")
        assert await parts.value("select count(*) from orphan_receipt") == 1
        assert await works.report.rematch() == 0


async def test_killed_between_two_carriers_the_refusal_is_remembered(parts: Parts) -> None:
    second = await second_carrier(parts)
    async with killed(parts) as dead:
        message = await parts.accepted()
        (await dead.given(1)).declined(0, Reason.INVALID_SOURCE)
        await dead.given(1, "second")
    async with working(parts) as works:
        assert works.lives(message) == [Status.UNCERTAIN, Status.QUEUED]
        parts.clock.forward(hours=1)
        await works.deliver.claim()
        link = await works.given(1, "second")
        assert link.given[0][0].attempt == 3
        assert link.carrier.id == second.id
        assert works.link.given == []


async def test_an_expired_lease_is_taken_by_another_node(parts: Parts) -> None:
    async with killed(parts) as dead:
        dead.deliver.outlets[parts.carrier.id].bucket.pause(float("inf"))
        waiting = await parts.accepted(text="waits")
    async with killed(parts) as dead:
        await dead.deliver.claim()
        await dead.given(1)  # the same message, now with its attempt on record
    other = await parts.neighbour()
    async with working(other) as works:
        assert await works.deliver.claim() == 0
        assert await works.tend.settle_lost() == 0
        parts.clock.forward(minutes=2)
        assert await works.tend.settle_lost() == 1
        assert works.lives(waiting) == [Status.UNCERTAIN, Status.QUEUED]
        parts.clock.forward(minutes=2)
        assert await works.deliver.claim() == 1
        (await works.given(1)).took(0, "id-2")
        await works.status(waiting, Status.SENT)


async def test_a_process_that_was_robbed_of_its_lease_does_not_send(parts: Parts) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        message = await parts.accepted()
        parts.clock.forward(minutes=2)
        other = await parts.neighbour()
        async with working(other) as thief:
            assert await thief.deliver.claim() == 1
            link = await thief.given(1)
            outlet.bucket._paused_until = 0.0
            outlet.changed()
            await works.until_room(2, 100)
            assert works.link.given == []
            link.took(0, "id-1")
            await thief.status(message, Status.SENT)


async def test_stopping_gives_back_what_was_not_sent(parts: Parts) -> None:
    async with working(parts) as works:
        works.deliver.outlets[parts.carrier.id].bucket.pause(float("inf"))
        await parts.accepted()
    async with working(await parts.neighbour()) as works:
        assert await works.deliver.claim() in (0, 1)
        parts.clock.forward(seconds=8)
        await works.deliver.claim()
        assert len((await works.given(1)).given) == 1
