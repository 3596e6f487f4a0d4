"""A stream of messages is accepted whole or comes to nothing, and its sums add up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

from heliograph.flow.upload import PIECE
from heliograph.model.account import Mode
from heliograph.model.command import BulkAccepted, SendBulk
from heliograph.model.ids import id_at
from heliograph.model.message import Draft, Submission
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import messages
from tests.flow.conftest import CREDIT_MICROS, PRICE_MICROS, Parts, draft

_Drafts = Iterator[Draft | Refused]
_UNREADABLE = Refused(refusal=Refusal.MALFORMED, field="to")


class _BrokenOffError(Exception):
    """The customer's connection ended in the middle."""


def _recipient(number: int) -> str:
    return f"88017{number:08d}"


def _many(count: int) -> _Drafts:
    return (draft(recipient=_recipient(number)) for number in range(count))


async def _send(
    parts: Parts,
    drafts: _Drafts,
    *,
    key: str | None = None,
    fingerprint: bytes = b"",
    mode: Mode = Mode.LIVE,
) -> BulkAccepted | Refused:
    command = SendBulk(
        drafts=drafts, reference="list 1", idempotency_key=key, fingerprint=fingerprint
    )
    return await parts.upload.send(parts.principal(mode=mode), command, "native")


async def _submission(parts: Parts, number: int) -> Submission:
    async with parts.database.link() as link:
        found = await messages.find_submission(link, parts.account.id, number)
    assert found is not None
    return found


async def _left_over(parts: Parts) -> list[tuple[int, int]]:
    """Uploads that were begun and never ended."""
    async with parts.database.link() as link:
        return await messages.open_submissions(link, id_at(parts.clock() + timedelta(days=1)))


async def _nothing_is_left(parts: Parts) -> None:
    assert set(await parts.statuses()) <= {Status.CANCELLED}
    assert await parts.value("select count(*) from outbox") == 0
    assert (await parts.balance()).held_micros == 0
    assert await parts.audit() == []


# -- whole --------------------------------------------------------------------------------------


async def test_a_stream_is_released_by_one_commit(parts: Parts) -> None:
    loop = asyncio.get_running_loop()
    pieces_seen: list[int] = []
    outbox: list[asyncio.Task[int]] = []

    def watched() -> _Drafts:
        for number, each in enumerate(_many(1200)):
            if number % PIECE == 0:
                pieces_seen.append(number)
                outbox.append(loop.create_task(parts.value("select count(*) from outbox")))
            yield each

    answer = await _send(parts, watched())
    assert isinstance(answer, BulkAccepted)
    assert (answer.accepted, answer.price_micros) == (1200, 1200 * PRICE_MICROS)
    assert pieces_seen == [0, 500, 1000]
    assert await asyncio.gather(*outbox) == [0, 0, 0]
    assert await parts.value("select count(*) from outbox where leased_by is null") == 1200
    assert not parts.onward.taken
    assert await parts.statuses() == {Status.QUEUED: 1200}
    assert await parts.audit() == []


async def test_scheduled_entries_of_a_stream_wait_for_their_time(parts: Parts) -> None:
    later = parts.clock() + timedelta(hours=1)
    await _send(parts, iter([draft(), draft(send_at=later)]))
    due = await parts.rows("select due_at from outbox order by due_at")
    assert [row[0] for row in due] == [parts.clock(), later]


async def test_the_sums_of_a_stream_add_up(parts: Parts) -> None:
    await parts.opt_out(_recipient(3))
    entries: list[Draft | Refused] = [*_many(6), draft(recipient="12"), _UNREADABLE]
    answer = await _send(parts, iter(entries))
    assert isinstance(answer, BulkAccepted)
    assert answer.accepted == 5
    assert answer.skipped == {"opted_out": 1, "invalid_recipient": 1, "malformed": 1}
    assert [(place, refused.refusal) for place, refused in answer.refused] == [
        (3, Refusal.OPTED_OUT),
        (6, Refusal.INVALID_RECIPIENT),
        (7, Refusal.MALFORMED),
    ]
    kept = await _submission(parts, answer.submission_id)
    assert (kept.accepted, kept.skipped, kept.reference) == (5, answer.skipped, "list 1")
    assert kept.accepted == sum(kept.statuses.values())
    assert kept.closed_at == parts.clock()
    assert answer.accepted + sum(answer.skipped.values()) == len(entries)


@pytest.mark.parametrize("size", [1, PIECE + 1])
async def test_an_opt_out_that_is_alone_in_its_piece_is_skipped_like_any_other(
    parts: Parts, size: int
) -> None:
    await parts.opt_out(_recipient(size - 1))
    answer = await _send(parts, _many(size))
    if size == 1:
        assert answer == Refused(refusal=Refusal.OPTED_OUT, field="recipient")
        return
    assert isinstance(answer, BulkAccepted)
    assert (answer.accepted, answer.skipped) == (PIECE, {"opted_out": 1})


async def test_the_answer_lists_a_thousand_refused_entries_and_counts_all(parts: Parts) -> None:
    entries = (_UNREADABLE if number else draft() for number in range(1_200))
    answer = await _send(parts, entries)
    assert isinstance(answer, BulkAccepted)
    assert len(answer.refused) == 1000
    assert answer.skipped == {"malformed": 1199}


async def test_a_test_stream_costs_nothing(parts: Parts) -> None:
    answer = await _send(parts, _many(3), mode=Mode.TEST)
    assert isinstance(answer, BulkAccepted)
    assert answer.price_micros == 0
    assert (await parts.balance()).available_micros == CREDIT_MICROS


# -- broken off ---------------------------------------------------------------------------------


async def test_a_stream_that_money_does_not_cover_is_cancelled(parts: Parts) -> None:
    await parts.fund(parts.account.id, 1_100 * PRICE_MICROS - CREDIT_MICROS)
    answer = await _send(parts, _many(1200), key="k")
    assert answer == Refused(refusal=Refusal.INSUFFICIENT_BALANCE)
    assert await parts.statuses() == {Status.CANCELLED: 1000}
    reasons = Counter(row[0] for row in await parts.rows("select reason from message"))
    assert reasons == {Reason.UPLOAD_ABORTED: 1000}
    assert (await parts.balance()).available_micros == 1_100 * PRICE_MICROS
    await _nothing_is_left(parts)
    assert await _left_over(parts) == []
    assert await parts.value("select accepted from submission") == 1000
    assert await parts.value("select count(*) from idempotency") == 0


async def test_a_stream_that_is_too_long_is_cancelled(parts: Parts) -> None:
    await parts.fund(parts.account.id, 5_000 * PRICE_MICROS)
    answer = await _send(parts, _many(5_001))
    assert answer == Refused(refusal=Refusal.TOO_MANY_RECIPIENTS)
    await _nothing_is_left(parts)
    assert await _left_over(parts) == []


async def test_a_stream_that_breaks_off_is_cancelled_at_once(parts: Parts) -> None:
    def broken() -> _Drafts:
        yield from _many(700)
        raise _BrokenOffError

    with pytest.raises(_BrokenOffError):
        await _send(parts, broken(), key="k")
    assert (await parts.statuses())[Status.CANCELLED] == PIECE
    await _nothing_is_left(parts)
    assert await parts.value("select count(*) from idempotency") == 0


async def test_what_a_dead_process_left_of_a_stream_is_abandoned(parts: Parts) -> None:
    dying = await parts.neighbour()

    def killed() -> _Drafts:
        yield from _many(3 * PIECE)  # the third is read when the first is stored
        dying.database.pool.terminate()
        yield draft()

    with capture_logs(), pytest.raises(asyncpg.InterfaceError):
        await _send(dying, killed(), key="k")
    assert await parts.statuses() == {Status.QUEUED: 2 * PIECE}
    assert await parts.value("select count(*) from outbox") == 0
    ((account_id, submission_id),) = await _left_over(parts)
    parts.told.clear()
    await parts.upload.abandon(account_id, submission_id)
    assert await parts.statuses() == {Status.CANCELLED: 2 * PIECE}
    charges = {row[0] for row in await parts.rows("select charge from message")}
    assert charges == {Charge.RELEASED}
    await _nothing_is_left(parts)
    assert await _left_over(parts) == []
    assert len([event for told in parts.told for event in told.events]) == 2 * PIECE


async def test_a_stream_that_was_abandoned_meanwhile_does_not_release_anything(
    parts: Parts,
) -> None:
    async def abandon() -> None:
        other = Parts(parts.dsn, parts.clock, node=9)
        await other.database.start()
        for account_id, submission_id in await _left_over(other):
            await other.upload.abandon(account_id, submission_id)
        await other.database.stop()

    def slow() -> _Drafts:
        yield from _many(2 * PIECE)  # the second is read while the first is stored
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, abandon()).result()
        yield draft()

    answer = await _send(parts, slow())
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.UNAVAILABLE
    await _nothing_is_left(parts)


async def test_an_empty_stream_and_a_stream_of_nothing_acceptable_are_refused(
    parts: Parts,
) -> None:
    assert await _send(parts, iter(())) == Refused(refusal=Refusal.MISSING_FIELD, field="messages")
    assert await _send(parts, iter([_UNREADABLE, draft(text="")])) == _UNREADABLE
    assert await _left_over(parts) == []


# -- promise P7 ---------------------------------------------------------------------------------


async def test_the_same_key_gives_the_same_answer_and_no_second_stream(parts: Parts) -> None:
    entries: list[Draft | Refused] = [draft(), _UNREADABLE]
    first = await _send(parts, iter(entries), key="k", fingerprint=b"f")
    again = await _send(parts, iter(entries), key="k", fingerprint=b"f")
    assert isinstance(first, BulkAccepted)
    assert isinstance(again, BulkAccepted)
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.submission_id, again.accepted, again.skipped, again.refused) == (
        first.submission_id,
        first.accepted,
        first.skipped,
        first.refused,
    )
    assert await parts.value("select count(*) from message") == 1
    other = await _send(parts, iter(entries), key="k", fingerprint=b"g")
    assert other == Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)


async def test_a_stream_under_way_keeps_its_key(parts: Parts) -> None:
    first, second = await asyncio.gather(
        _send(parts, _many(1000), key="k", fingerprint=b"f"),
        _send(parts, _many(1000), key="k", fingerprint=b"f"),
    )
    answers = {type(first), type(second)}
    assert answers == {BulkAccepted, Refused}
    refused = first if isinstance(first, Refused) else second
    assert refused == Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=5)
    assert await parts.value("select count(*) from message") == 1000


async def test_a_refused_stream_frees_its_key(parts: Parts) -> None:
    assert isinstance(await _send(parts, iter([_UNREADABLE]), key="k"), Refused)
    assert isinstance(await _send(parts, _many(1), key="k"), BulkAccepted)


async def test_a_test_stream_does_not_answer_for_a_live_one(parts: Parts) -> None:
    await _send(parts, _many(1), key="k", mode=Mode.TEST)
    answer = await _send(parts, _many(1), key="k")
    assert isinstance(answer, BulkAccepted)
    assert not answer.repeated
