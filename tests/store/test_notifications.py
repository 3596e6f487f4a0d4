"""The queue of notifications: one at a time for a message and endpoint, whatever comes in one batch."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from heliograph.store.database import Link
from heliograph.store.notifications import (
    NotificationKey,
    Told,
    insert_notifications,
    settle,
)

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
LEASE = NOW + timedelta(seconds=30)
FIRST, SECOND, THIRD = (NotificationKey(1, 3, 10, event) for event in (11, 12, 13))
OTHER = NotificationKey(1, 3, 20, 21)
ELSEWHERE = NotificationKey(1, 4, 10, 12)
NEXT_DOOR = NotificationKey(2, 3, 10, 12)


@pytest.fixture
async def link(database_dsn: str) -> AsyncIterator[Link]:
    link = await asyncpg.connect(database_dsn)
    yield link
    await link.close()


async def _queue(link: Link, *keys: NotificationKey) -> set[tuple[int, int]]:
    return await insert_notifications(link, keys, lease_until=LEASE, at=NOW)


async def _waiting(link: Link) -> dict[NotificationKey, datetime]:
    rows = await link.fetch(
        "select account_id, endpoint_id, message_id, event_id, due_at from notification"
    )
    return {NotificationKey(*tuple(row)[:4]): row["due_at"] for row in rows}


def _told(keys: Iterable[NotificationKey], *, finished: bool = True) -> list[Told]:
    return [Told(*key, None, None, None, None, finished) for key in keys]


@pytest.mark.parametrize(
    ("before", "keys", "leased"),
    [
        ([], [FIRST], [FIRST]),
        ([], [FIRST, OTHER, ELSEWHERE, NEXT_DOOR], [FIRST, OTHER, ELSEWHERE, NEXT_DOOR]),
        ([], [THIRD, FIRST, OTHER, SECOND], [FIRST, OTHER]),
        ([FIRST], [SECOND, OTHER], [OTHER]),
        ([SECOND], [FIRST, SECOND], [FIRST]),
        ([FIRST], [FIRST], [FIRST]),
    ],
)
async def test_only_the_earliest_of_a_message_and_endpoint_is_leased(
    link: Link,
    before: list[NotificationKey],
    keys: list[NotificationKey],
    leased: list[NotificationKey],
) -> None:
    if before:
        await _queue(link, *before)
    assert await _queue(link, *keys) == {(key.endpoint_id, key.event_id) for key in leased}
    waiting = await _waiting(link)
    assert {key: waiting[key] for key in keys} == {
        key: LEASE if key in leased else NOW for key in keys
    }


@pytest.mark.parametrize(
    ("ended", "due", "left"),
    [
        ([FIRST], [SECOND, THIRD], [OTHER]),
        ([FIRST, SECOND], [THIRD], [OTHER]),
        ([SECOND, THIRD, OTHER, FIRST], [], []),
        ([OTHER], [], [FIRST, SECOND, THIRD]),
    ],
)
async def test_whoever_waited_behind_what_is_told_is_due(
    link: Link,
    ended: list[NotificationKey],
    due: list[NotificationKey],
    left: list[NotificationKey],
) -> None:
    await _queue(link, FIRST, SECOND, THIRD, OTHER)
    await link.execute("update notification set due_at = $1", LEASE)
    later = NOW + timedelta(seconds=1)
    unfinished = [key for key in (FIRST, OTHER) if key not in ended]
    await settle(link, _told(ended) + _told(unfinished, finished=False), later)
    assert await _waiting(link) == dict.fromkeys(due, later) | dict.fromkeys(left, LEASE)
