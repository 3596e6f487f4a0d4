"""One carrier's way out: its window, its pace, its patience; and nothing without its record."""

from __future__ import annotations

import msgspec

from heliograph.model.reason import Reason
from heliograph.model.report import Unknown
from heliograph.model.status import Status
from tests.flow.conftest import Parts, draft
from tests.flow.working import working


async def test_no_more_is_under_way_than_the_window_allows(parts: Parts) -> None:
    await parts.update(msgspec.structs.replace(parts.carrier, window=3))
    async with working(parts) as works:
        await parts.send(*(draft(text=f"{n}") for n in range(5)))
        link = await works.given(3)
        outlet = works.deliver.outlets[parts.carrier.id]
        assert (outlet.under_way, len(outlet)) == (3, 2)
        link.took(0, "id-0")
        await works.given(4)
        for place in (1, 2, 3):
            link.took(place, f"id-{place}")
        (await works.given(5)).took(4, "id-4")


async def test_the_pace_bounds_what_goes_at_once(parts: Parts) -> None:
    await parts.update(msgspec.structs.replace(parts.carrier, per_second=20.0))
    async with working(parts) as works:
        await parts.send(*(draft(text=f"{n}") for n in range(4)))
        link = await works.given(2)  # a tenth of a second's worth
        assert len(link.given) == 2
        link = await works.given(4)
        for place in range(4):
            link.took(place, f"id-{place}")


async def test_urgent_messages_go_ahead_within_their_class(parts: Parts) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        await parts.send(draft(text="late"), draft(text="soon", priority=3))
        outlet.bucket._paused_until = 0.0
        outlet.changed()
        link = await works.given(2)
        assert [dispatch.message.text for dispatch, _ in link.given] == ["soon", "late"]
        link.took(0, "id-0")
        link.took(1, "id-1")


async def test_who_does_not_answer_in_time_is_waited_for_no_longer(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        link = await works.given(1)
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet._give_up(float("inf"))
        await works.status(message, Status.UNCERTAIN)
        assert outlet.under_way == 0
        link.answer(0, Unknown(detail="later than that"))  # says nothing new
        await works.deliver.stop()
        assert works.lives(message).count(Status.UNCERTAIN) == 1


async def test_a_database_that_fails_sends_nothing_and_leaks_nothing(parts: Parts) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        message = await parts.accepted()
        async with parts.database.transaction() as link:
            await link.execute("alter table outbox rename to elsewhere")
        outlet.bucket._paused_until = 0.0
        outlet.changed()
        await works.until_room(2, 100)
        assert works.link.given == []
        async with parts.database.transaction() as link:
            await link.execute("alter table elsewhere rename to outbox")
        parts.clock.forward(minutes=5)
        assert await works.deliver.claim() == 1
        (await works.given(1)).took(0, "id-1")
        await works.status(message, Status.SENT)


async def test_a_carrier_that_asks_for_silence_gets_it(parts: Parts) -> None:
    async with working(parts) as works:
        await parts.accepted()
        (await works.given(1)).declined(0, Reason.THROTTLED, retry_after_seconds=60.0)
        await parts.accepted(text="waits")
        outlet = works.deliver.outlets[parts.carrier.id]
        assert outlet.bucket.available(outlet.bucket._paused_until - 1) == 0
        assert len(works.link.given) == 1


async def test_what_is_on_record_is_sent_although_the_rest_could_not_be_looked_at_again(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        outlet.bucket.pause(float("inf"))
        first = (await parts.accepted()).message_id
        second = (await parts.accepted(text="two")).message_id
        await parts.value("delete from outbox where message_id = $1 returning 1", second)

        async def failing(*_: object) -> set[tuple[int, int]]:
            raise OSError

        outlet._opted_out = failing
        outlet.bucket._paused_until = 0.0
        outlet.changed()
        link = await works.given(1)
        assert [dispatch.message.id for dispatch, _ in link.given] == [first]
        link.took(0, "id-0")
        await works.until(lambda: not outlet.under_way)
        await works.until_room(2, 100)
