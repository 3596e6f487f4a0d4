"""Telling again: the same events under the same ids, one of them or all."""

from __future__ import annotations

from heliograph.flow.replay import replay
from heliograph.model.account import Endpoint
from heliograph.model.command import AcceptedItem, Replay, Replayed
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import Works, working


async def _endpoint(parts: Parts) -> Endpoint:
    return await parts.insert(
        Endpoint(
            account_id=parts.account.id,
            id=0,
            url="https://shop.example/",
            events=("message.delivered",),
            secret="whsec_eA==",
        )
    )


async def _replay(
    parts: Parts, endpoint: int, message_id: int, event_id: int | None = None
) -> Replayed | Refused:
    command = Replay(
        endpoint=endpoint,
        message=parts.sealed(message_id),
        event=None if event_id is None else parts.sealed(event_id),
    )
    return await replay(parts.database, parts.directory, parts.clock, parts.principal(), command)


async def _delivered(works: Works) -> AcceptedItem:
    message = await works.sent("id-1")
    await works.hear(Status.DELIVERED, "id-1")
    await works.until(lambda: works.calls)
    await works.notify.stop()
    await works.notify.start()
    return message


async def test_a_whole_message_is_told_again_in_order_under_the_same_ids(parts: Parts) -> None:
    endpoint = await _endpoint(parts)
    async with working(parts) as works:
        message = await _delivered(works)
        assert await _replay(parts, endpoint.id, message.message_id) == Replayed(count=3)
        for count in (2, 3, 4):
            assert await works.notify.claim() == 1
            await works.called(count)
            await works.notify.stop()
            await works.notify.start()
        told = [event.id for _, event, _ in works.calls]
        assert told[1:] == [event.id for event in await parts.events(message.message_id)]
        assert told[0] == told[3]


async def test_one_event_is_told_again(parts: Parts) -> None:
    endpoint = await _endpoint(parts)
    async with working(parts) as works:
        message = await _delivered(works)
        wanted = works.calls[0][1].id
        assert await _replay(parts, endpoint.id, message.message_id, wanted) == Replayed(count=1)
        assert await works.notify.claim() == 1
        await works.until(lambda: len(works.calls) == 2)
        assert works.calls[1][1].id == wanted


async def test_what_is_not_there_cannot_be_told_again(parts: Parts) -> None:
    endpoint = await _endpoint(parts)
    async with working(parts) as works:
        message = await _delivered(works)
        for answer in (
            await _replay(parts, endpoint.id + 1, message.message_id),
            await _replay(parts, endpoint.id, message.message_id + 1),
            await _replay(parts, endpoint.id, message.message_id, 12345),
        ):
            assert isinstance(answer, Refused)
            assert answer.refusal is Refusal.NOT_FOUND
