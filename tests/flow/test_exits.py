"""One outlet per enabled carrier, whatever the configuration does meanwhile."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from heliograph.flow.route import TEST_CARRIER
from heliograph.model.reason import Reason
from heliograph.model.route import Carrier
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import HandLink, working


async def test_every_enabled_carrier_and_the_one_for_tests_are_opened(parts: Parts) -> None:
    async with working(parts) as works:
        assert set(works.deliver.outlets) == {parts.carrier.id, TEST_CARRIER}
        assert works.deliver.up(parts.carrier.id)
    assert works.link.stops == 1


async def test_a_carrier_that_is_disabled_is_closed_and_its_messages_wait(parts: Parts) -> None:
    async with working(parts) as works:
        works.deliver.outlets[parts.carrier.id].bucket.pause(float("inf"))
        await parts.accepted()
        await parts.update(msgspec.structs.replace(parts.carrier, enabled=False))
        await works.exits.follow()
        assert not works.deliver.up(parts.carrier.id)
        assert works.link.stops == 1
        assert works.deliver.room(2) == 100


async def test_other_settings_make_a_new_link_and_other_speeds_do_not(parts: Parts) -> None:
    async with working(parts) as works:
        first = works.link
        await parts.update(msgspec.structs.replace(parts.carrier, window=7, per_second=5.0))
        await works.exits.follow()
        outlet = works.deliver.outlets[parts.carrier.id]
        assert (outlet.window, outlet.bucket.per_second) == (7, 5.0)
        assert works.link is first
        await parts.update(msgspec.structs.replace(parts.carrier, settings={"seed": "2"}))
        await works.exits.follow()
        assert works.link is not first
        assert first.stops == 1


async def test_several_processes_share_what_a_carrier_allows(parts: Parts) -> None:
    async with working(parts) as works:
        works.sharers = 4
        await parts.update(msgspec.structs.replace(parts.carrier, window=10, per_second=100.0))
        await works.exits.follow()
        outlet = works.deliver.outlets[parts.carrier.id]
        assert (outlet.window, outlet.bucket.per_second) == (2, 25.0)


async def test_a_link_that_can_do_less_at_once_is_given_less(parts: Parts) -> None:
    async with working(parts) as works:
        works.link.most_under_way = 3
        for window, given in ((7, 3), (2, 2)):
            await parts.update(msgspec.structs.replace(parts.carrier, window=window))
            await works.exits.follow()
            assert works.deliver.outlets[parts.carrier.id].window == given


async def test_two_changes_at_once_do_not_open_a_carrier_before_its_old_link_let_go(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        first = works.link
        let_go = asyncio.Event()
        original = first.stop

        async def slowly() -> None:
            await let_go.wait()
            await original()

        first.stop = slowly  # type: ignore[method-assign]
        await parts.update(msgspec.structs.replace(parts.carrier, settings={"seed": "2"}))
        both = [asyncio.create_task(works.exits.follow()) for _ in range(2)]
        await asyncio.sleep(0)
        assert works.link is first
        let_go.set()
        await asyncio.gather(*both)
        assert works.link is not first
        assert works.link.up


async def test_a_link_that_does_not_start_is_tried_again_by_the_next_change(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(parts) as works:

        async def broken(self: HandLink, hear: object, changed: object) -> None:
            raise OSError("the journal is held by another process")

        await parts.update(msgspec.structs.replace(parts.carrier, settings={"seed": "2"}))
        with monkeypatch.context() as patch:
            patch.setattr(HandLink, "start", broken)
            with pytest.raises(OSError, match="journal"):
                await works.exits.follow()
        assert not works.deliver.up(parts.carrier.id)
        await works.exits.follow()
        assert works.deliver.up(parts.carrier.id)


async def test_closing_lets_attempts_under_way_end(parts: Parts) -> None:
    async with working(parts) as works:
        works.exits._drain = 5.0
        message = await parts.accepted()
        link = await works.given(1)
        await parts.update(msgspec.structs.replace(parts.carrier, settings={"seed": "2"}))
        following = asyncio.create_task(works.exits.follow())
        await works.until_room(2, 99)
        link.took(0, "id-1")
        await following
        await works.status(message, Status.SENT)
        assert Reason.UNKNOWN_OUTCOME not in {event.reason for event in works.heard}


async def test_a_link_that_takes_other_settings_at_work_stays_until_it_cannot(parts: Parts) -> None:
    taken: list[dict[str, str]] = []

    def adapt(carrier: Carrier) -> bool:
        taken.append(carrier.settings)
        return "wire" not in carrier.settings

    async with working(parts) as works:
        first = works.link
        first.adapt = adapt  # type: ignore[attr-defined]
        for settings, stays in (({"seed": "2"}, True), ({"seed": "2", "wire": "smpp"}, False)):
            await parts.update(msgspec.structs.replace(parts.carrier, settings=settings))
            await works.exits.follow()
            assert (works.link is first) is stays
            await works.exits.follow()  # nothing has changed: nobody is asked again
    assert taken == [{"seed": "2"}, {"seed": "2", "wire": "smpp"}]
