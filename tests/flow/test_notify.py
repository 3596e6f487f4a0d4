"""Customers are told: at least once, in order per message, by a schedule, under ids that never change."""

from __future__ import annotations

from datetime import datetime

import pytest

from heliograph.flow.calling import Called
from heliograph.model.account import Endpoint
from heliograph.model.command import AcceptedItem
from heliograph.model.manners import HOUSE_MANNERS
from heliograph.model.status import Status
from tests.flow.conftest import Parts
from tests.flow.working import CURT, Works, killed, lose, working

_DOWN = Called(status_code=503, error=None, duration_ms=1)
_URL = "https://shop.example/hook"


async def _endpoint(parts: Parts, *events: str) -> Endpoint:
    return await parts.insert(
        Endpoint(
            account_id=parts.account.id,
            id=0,
            url=_URL,
            events=events or ("*",),
            secret="whsec_eA==",
        )
    )


async def _due(parts: Parts) -> list[tuple[datetime, int]]:
    return [tuple(r) for r in await parts.rows("select due_at, tries from notification order by 1")]


async def _written(works: Works) -> None:
    """Wait until nothing is held in memory: how the calls went is in the database."""
    await works.notify.stop()
    await works.notify.start()


def _told(works: Works) -> list[Status]:
    return [event.status for _, event, _ in works.calls]


async def _queued(parts: Parts, works: Works) -> AcceptedItem:
    """A message of which nothing but its acceptance is known."""
    message = await parts.accepted()
    await works.given(1)
    await works.until(lambda: works.calls)
    await _written(works)
    return message


async def test_each_event_is_told_once_and_in_order(parts: Parts) -> None:
    await _endpoint(parts)
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.DELIVERED, "id-1")
        for count in (1, 2, 3):
            await works.notify.claim()
            await works.called(count)
            await _written(works)
        assert _told(works) == [Status.QUEUED, Status.SENT, Status.DELIVERED]
        assert [e.id for _, e, _ in works.calls] == [
            event.id for event in await parts.events(message.message_id)
        ]
        assert await _due(parts) == []


async def test_what_an_endpoint_did_not_ask_for_it_is_not_told(parts: Parts) -> None:
    await _endpoint(parts, "message.delivered")
    async with working(parts) as works:
        await works.sent("id-1")
        await works.hear(Status.DELIVERED, "id-1")
        await works.until(lambda: works.calls)
        assert _told(works) == [Status.DELIVERED]


async def test_a_failed_call_is_repeated_by_the_schedule_and_holds_back_what_follows(
    parts: Parts,
) -> None:
    await _endpoint(parts)
    async with working(parts) as works:
        works.answers = [_DOWN]
        message = await _queued(parts, works)
        works.link.took(0, "id-1")
        await works.status(message, Status.SENT)
        await _written(works)
        assert _told(works) == [Status.QUEUED]  # SENT waits behind it
        (due_at,) = [due_at for due_at, tries in await _due(parts) if tries == 1]
        assert 4.0 <= (due_at - parts.clock()).total_seconds() <= 6.0
        parts.clock.forward(seconds=3)
        assert await works.notify.claim() == 0
        parts.clock.forward(seconds=4)
        assert await works.notify.claim() == 1
        await works.until(lambda: len(works.calls) == 2)
        await _written(works)
        assert await works.notify.claim() == 1  # and now SENT
        await works.until(lambda: len(works.calls) == 3)
        assert _told(works) == [Status.QUEUED, Status.QUEUED, Status.SENT]


async def test_after_three_days_of_failures_nobody_is_told_any_more(parts: Parts) -> None:
    await _endpoint(parts, "message.queued")
    async with working(parts) as works:
        works.answers = [_DOWN] * 20
        await parts.accepted()
        for tries, seconds in enumerate((*HOUSE_MANNERS.retry_seconds, 0), start=1):
            await works.called(tries)
            await _written(works)
            parts.clock.forward(seconds=seconds * 1.2 + 1)
            await works.notify.claim()
        assert len(works.calls) == len(HOUSE_MANNERS.retry_seconds) + 1
        assert await _due(parts) == []
        assert await parts.value("select count(*) from notification_try") == len(works.calls)


@pytest.mark.parametrize(
    ("statuses", "calls"), [((503, 503, 503), 3), ((503, 404), 2), ((410,), 1)]
)
async def test_a_form_has_its_own_schedule_and_its_own_answers_after_which_nothing_is_tried(
    parts: Parts, statuses: tuple[int, ...], calls: int
) -> None:
    endpoint = Endpoint(
        account_id=parts.account.id, id=0, url=_URL, dialect=CURT, events=("message.queued",)
    )
    made = await parts.insert(endpoint)
    async with working(parts) as works:
        works.answers = [Called(status_code=n, error=None, duration_ms=1) for n in statuses]
        await parts.accepted()
        for tries in range(1, calls + 1):
            await works.called(tries)
            await _written(works)
            parts.clock.forward(seconds=47)
            assert await works.notify.claim() == 0
            parts.clock.forward(seconds=26)
            assert await works.notify.claim() == (tries < calls)
        assert await _due(parts) == []
        await parts.reload()
        found = parts.directory.endpoint(parts.account.id, made.id)
        assert found is not None
        assert found.disabled_at is None


async def test_the_peers_own_wish_for_a_pause_is_respected_within_an_hour(parts: Parts) -> None:
    await _endpoint(parts, "message.queued")
    async with working(parts) as works:
        works.answers = [
            Called(status_code=429, error=None, duration_ms=1, retry_after_seconds=900.0)
        ]
        await _queued(parts, works)
        ((due_at, _),) = await _due(parts)
        assert (due_at - parts.clock()).total_seconds() == pytest.approx(900)


async def test_an_endpoint_that_is_gone_is_disabled_and_told_nothing_more(parts: Parts) -> None:
    endpoint = await _endpoint(parts)
    async with working(parts) as works:
        works.answers = [Called(status_code=410, error=None, duration_ms=1)]
        message = await _queued(parts, works)
        await parts.reload()
        found = parts.directory.endpoint(parts.account.id, endpoint.id)
        assert found is not None
        assert found.disabled_reason == "The endpoint answered 410 Gone."
        works.link.took(0, "id-1")
        await works.status(message, Status.SENT)
        assert await _due(parts) == []
        assert len(works.calls) == 1


async def test_the_url_that_came_with_a_message_is_told_too(parts: Parts) -> None:
    async with working(parts) as works:
        await works.sent("id-1", callback="https://once.example/")
        await works.until(lambda: works.calls)
        endpoint, event, _ = works.calls[0]
        assert (endpoint.id, endpoint.url) == (0, "https://once.example/")
        assert event.status is Status.SENT


async def test_killed_before_the_call_another_start_makes_it(parts: Parts) -> None:
    await _endpoint(parts, "message.queued")
    async with killed(parts) as dead:
        dead.notify.take = lambda keys, tries=0: None  # type: ignore[method-assign]
        await parts.accepted()
    async with working(parts) as works:
        assert await works.notify.claim() == 0  # still leased
        parts.clock.forward(minutes=1)
        assert await works.notify.claim() == 1
        await works.until(lambda: works.calls)


async def test_killed_after_the_call_and_before_its_row_went_it_is_told_again_under_the_same_id(
    parts: Parts,
) -> None:
    await _endpoint(parts, "message.queued")
    async with killed(parts) as dead:
        lose(dead.notify._results)
        await parts.accepted()
        await dead.until(lambda: dead.calls)
    async with working(parts) as works:
        parts.clock.forward(minutes=1)
        assert await works.notify.claim() == 1
        await works.until(lambda: works.calls)
    assert dead.calls[0][1].id == works.calls[0][1].id


async def test_a_slow_call_is_not_made_twice_when_its_lease_ends(parts: Parts) -> None:
    await _endpoint(parts, "message.queued")
    async with working(parts) as works:
        lose(works.notify._load)
        await parts.accepted()
        assert len(works.notify) == 1
        parts.clock.forward(minutes=1)
        assert await works.notify.claim() == 1  # renews the lease of what is in memory
        assert len(works.notify) == 1
