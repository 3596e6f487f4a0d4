"""What a carrier may be asked for, and what becomes of a long message that was taken in part."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from heliograph.flow.open import Open
from heliograph.model.account import TrafficClass
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.report import Unknown
from heliograph.model.status import Status
from tests.flow.conftest import RECIPIENT, SENDER, START, Parts
from tests.flow.working import RETRY_BASE_SECONDS, Works, outbox_states, working

LONG = "A long text. " * 30
_PARTLY = Unknown(detail="no submit_sm_resp in time", carrier_ids=((1, "part-1"), (3, "part-3")))


async def _open(
    parts: Parts,
    *,
    taken_before: datetime | None = None,
    after: str = "",
    limit: int = 100,
    carrier_id: int | None = None,
) -> list[str]:
    """The ids that are open now."""
    found = await Open(parts.database, parts.clock).ids(
        parts.carrier.id if carrier_id is None else carrier_id,
        taken_before=taken_before or parts.clock() + timedelta(seconds=1),
        after=after,
        limit=limit,
    )
    return [each.carrier_message_id for each in found]


async def _partly(parts: Parts, works: Works) -> int:
    """A promotional message of three parts, of which the second is in doubt."""
    message = await parts.accepted(text=LONG, traffic_class=TrafficClass.PROMOTIONAL)
    (await works.given(1)).answer(0, _PARTLY)
    await works.status(message, Status.UNCERTAIN)
    return message.message_id


async def test_what_was_sent_is_open_until_its_outcome_is_told(parts: Parts) -> None:
    async with working(parts) as works:
        for number in (3, 1, 2):
            await works.sent(f"id-{number}")
        assert await _open(parts) == ["id-1", "id-2", "id-3"]
        await works.hear(Status.DELIVERED, "id-2")
        assert await _open(parts) == ["id-1", "id-3"]
        assert await _open(parts, limit=1) == ["id-1"]
        assert await _open(parts, after="id-1", limit=1) == ["id-3"]
        assert await _open(parts, after="id-3") == []
        assert await _open(parts, carrier_id=parts.carrier.id + 1) == []


async def test_an_open_id_tells_who_sent_to_whom_and_when(parts: Parts) -> None:
    async with working(parts) as works:
        parts.clock.forward(minutes=1)
        await works.sent("id-1")
        before = START + timedelta(minutes=2)
        asked = Open(parts.database, parts.clock).ids
        (found,) = await asked(parts.carrier.id, taken_before=before, after="", limit=9)
        assert (found.sender, found.recipient) == (SENDER, RECIPIENT)
        assert found.taken_at == START + timedelta(minutes=1)
        assert await _open(parts, taken_before=found.taken_at) == []


async def test_what_is_no_longer_valid_is_not_asked_for(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("id-1", validity_seconds=600)
        parts.clock.forward(seconds=599)
        assert await _open(parts) == ["id-1"]
        parts.clock.forward(seconds=1)
        assert await _open(parts) == []


async def test_only_the_newest_attempt_is_open(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.UNDELIVERED, "id-1", reason=Reason.SYSTEM_FAILURE)
        await works.status(message, Status.QUEUED)
        assert await _open(parts) == []
        parts.clock.forward(hours=1)
        assert await works.deliver.claim() == 1
        (await works.given(2)).took(-1, "id-2")
        await works.until(lambda: works.lives(message).count(Status.SENT) == 2)
        assert await _open(parts) == ["id-2"]


async def test_of_a_long_message_the_parts_without_an_outcome_are_open(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("part-1", "part-2", "part-3", text=LONG)
        await works.hear(Status.DELIVERED, "part-2")
        assert await _open(parts) == ["part-1", "part-3"]


async def test_parts_that_were_taken_are_open_although_the_message_is_uncertain(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        number = await _partly(parts, works)
        assert await _open(parts) == ["part-1", "part-3"]
        await works.hear(Status.DELIVERED, "part-1")
        assert await _open(parts) == ["part-3"]
        assert (await parts.record(number)).status is Status.UNCERTAIN


async def test_a_part_that_failed_settles_an_uncertain_message(parts: Parts) -> None:
    async with working(parts) as works:
        number = await _partly(parts, works)
        await works.hear(Status.UNDELIVERED, "part-3", reason=Reason.ABSENT_SUBSCRIBER)
        record = await parts.record(number)
        assert (record.status, record.reason) == (Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER)
        assert record.charge is not Charge.HELD
        assert await _open(parts) == []
        assert await outbox_states(parts) == []
    assert await parts.audit() == []


async def test_parts_that_arrived_do_not_deliver_a_message_of_which_one_is_in_doubt(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        number = await _partly(parts, works)
        await works.hear(Status.DELIVERED, "part-1")
        await works.hear(Status.DELIVERED, "part-3")
        assert (await parts.record(number)).status is Status.UNCERTAIN


async def test_a_partly_taken_message_expires_once(parts: Parts) -> None:
    """It is found twice: by the keys of its parts, and by its row in the outbox."""
    async with working(parts) as works:
        number = await _partly(parts, works)
        record = await parts.record(number)
        parts.clock.now = record.message.valid_until + timedelta(hours=1)
        while await works.tend.end_validity():
            pass
        assert (await parts.record(number)).status is Status.EXPIRED
        assert sum(event.status is Status.EXPIRED for event in await parts.events(number)) == 1
        assert await outbox_states(parts) == []
    assert await parts.audit() == []


async def test_a_receipt_of_a_part_that_came_before_the_doubt_counts(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted(text=LONG, traffic_class=TrafficClass.PROMOTIONAL)
        link = await works.given(1)
        await works.hear(Status.UNDELIVERED, "part-1")
        link.answer(0, _PARTLY)
        await works.status(message, Status.UNDELIVERED)


@pytest.mark.parametrize("traffic_class", [TrafficClass.PROMOTIONAL, TrafficClass.OTP])
async def test_ids_that_come_after_our_patience_are_kept_and_nothing_is_sent_twice(
    parts: Parts, traffic_class: TrafficClass
) -> None:
    async with working(parts) as works:
        message = await parts.accepted(text=LONG, traffic_class=traffic_class)
        link = await works.given(1)
        works.deliver.outlets[parts.carrier.id]._give_up(float("inf"))
        await works.status(message, Status.UNCERTAIN)
        link.answer(0, _PARTLY)
        await works.noted(1)
        keys = await parts.rows("select carrier_message_id, part from receipt_key order by part")
        assert [tuple(row) for row in keys] == [("part-1", 1), ("part-3", 3)]
        assert works.lives(message).count(Status.UNCERTAIN) == 1
        parts.clock.forward(seconds=RETRY_BASE_SECONDS)
        again = traffic_class is TrafficClass.OTP
        assert await works.deliver.claim() == int(again)
        assert await _open(parts) == ([] if again else ["part-1", "part-3"])
