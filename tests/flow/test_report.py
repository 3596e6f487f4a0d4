"""Receipts: early, late, twice, for parts, for earlier attempts, for nobody; and death before the ack."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from secrets import token_hex

import pytest
from msgspec.structs import replace

from heliograph.model.account import ChargeOn
from heliograph.model.message import EventKind
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.report import Receipt
from heliograph.model.status import Status
from heliograph.store import receipts
from tests.flow.conftest import Parts
from tests.flow.working import RETRY_BASE_SECONDS, Works, killed, receipt, working

_LONG = "x" * 200
"""Two parts."""


async def _kinds(parts: Parts, message_id: int) -> list[tuple[EventKind, Status]]:
    return [(event.kind, event.status) for event in await parts.events(message_id)]


async def test_a_receipt_delivers_its_message_and_is_kept_as_it_came(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.DELIVERED, "id-1")
    assert (await parts.record(message.message_id)).status is Status.DELIVERED
    last = (await parts.events(message.message_id))[-1]
    assert last.detail is not None
    assert b"as it came" in last.detail


async def test_it_is_durable_when_the_carrier_may_acknowledge_it(parts: Parts) -> None:
    """Killed after the commit and before the ack: the carrier tells it again, and nothing changes."""
    async with killed(parts) as dead:
        message = await dead.sent("id-1")
        await dead.hear(Status.DELIVERED, "id-1")
    async with working(parts) as works:
        assert (await parts.record(message.message_id)).status is Status.DELIVERED
        await works.hear(Status.DELIVERED, "id-1")
    assert (await _kinds(parts, message.message_id))[-2:] == [
        (EventKind.STATUS, Status.DELIVERED),
        (EventKind.RECEIPT, Status.DELIVERED),
    ]
    assert await parts.audit() == []


async def test_what_no_database_takes_is_kept_all_the_same(parts: Parts) -> None:
    """It would be tried for ever otherwise, and never acknowledged."""
    item = receipt(parts, Status.DELIVERED, "id-\x00" + token_hex(4000))
    item = replace(
        item, raw="\x00\ud800", vendor_code="\x00", other_forms=("\x00", token_hex(4000))
    )
    async with working(parts) as works, asyncio.timeout(5):
        await works.report.receipts([item])
    [row] = await parts.rows("select carrier_message_id, raw, vendor_code from orphan_receipt")
    assert tuple(row) == (item.carrier_message_id.replace("\x00", "")[:499], "\ufffd", "")


async def test_a_receipt_that_comes_before_the_response_waits_for_it(parts: Parts) -> None:
    async with working(parts) as works:
        message = await parts.accepted()
        link = await works.given(1)
        await works.hear(Status.DELIVERED, "id-1")
        assert await parts.value("select count(*) from orphan_receipt") == 1
        link.took(0, "id-1")
        await works.status(message, Status.DELIVERED)
        assert await parts.value("select count(*) from orphan_receipt") == 0
    assert works.lives(message) == [Status.QUEUED, Status.SENT, Status.DELIVERED]


async def test_orphans_are_matched_again_when_their_id_has_become_known(parts: Parts) -> None:
    """Receipt and response written at the same moment see nothing of each other."""
    async with working(parts) as works:
        message = await works.sent("id-1")
        row = receipt(parts, Status.DELIVERED, "id-1")
        await _orphan(parts, row)
        assert await works.report.rematch() == 1
        await works.status(message, Status.DELIVERED)
        assert await works.report.rematch() == 0


async def _orphan(parts: Parts, item: Receipt) -> None:
    async with parts.database.transaction() as link:
        await receipts.insert_orphans(link, [(parts.ids.next(), item)])


async def test_another_form_of_an_id_does_not_hit_the_message_that_has_it(parts: Parts) -> None:
    """With sequential ids, "10" read as hexadecimal is the decimal id of a later message."""
    async with working(parts) as works:
        other = await works.sent("16")
        await works.hear(Status.UNDELIVERED, "10", other_forms=("16",), reason=Reason.CALL_BARRED)
        assert await works.report.rematch() == 0
        message = await works.sent("10")
        await works.status(message, Status.UNDELIVERED)
        assert works.lives(other) == [Status.QUEUED, Status.SENT]


async def test_an_id_in_another_form_is_matched_when_its_own_form_has_not_come(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        message = await works.sent("16")
        await works.hear(Status.DELIVERED, "10", other_forms=("16",))
        assert await works.report.rematch() == 0
        parts.clock.forward(seconds=11)
        assert await works.report.rematch() == 1
        await works.status(message, Status.DELIVERED)


async def test_a_receipt_for_nobody_is_kept(parts: Parts) -> None:
    async with working(parts) as works:
        await works.hear(Status.DELIVERED, "id-of-another-house")
        assert await parts.value("select raw from orphan_receipt") == "as it came"


@pytest.mark.parametrize("later", [Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED])
async def test_nothing_takes_a_delivery_back(parts: Parts, later: Status) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.DELIVERED, "id-1")
        await works.hear(later, "id-1", reason=Reason.ABSENT_SUBSCRIBER)
        record = await parts.record(message.message_id)
        assert (record.status, record.reason) == (Status.DELIVERED, Reason.NONE)


async def test_what_expired_may_still_turn_out_to_be_delivered(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.EXPIRED, "id-1", reason=Reason.VALIDITY_EXPIRED)
        await works.hear(Status.DELIVERED, "id-1")
        assert works.lives(message)[-2:] == [Status.EXPIRED, Status.DELIVERED]
    assert await parts.audit() == []


# -- another try --------------------------------------------------------------------------------------


async def test_an_absent_subscriber_is_tried_three_times_more(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        for attempt in range(1, 5):
            await works.hear(Status.UNDELIVERED, f"id-{attempt}", reason=Reason.ABSENT_SUBSCRIBER)
            if attempt < 4:
                await _again(parts, works, attempt)
        assert works.lives(message)[-1] is Status.UNDELIVERED
        assert (await parts.record(message.message_id)).attempts == 4
    assert await parts.audit() == []


async def _again(parts: Parts, works: Works, attempt: int) -> None:
    parts.clock.forward(seconds=RETRY_BASE_SECONDS * 2 ** (attempt - 1))
    assert await works.deliver.claim() == 1
    (await works.given(attempt + 1)).took(-1, f"id-{attempt + 1}")
    await works.until(lambda: [e.status for e in works.heard].count(Status.SENT) == attempt + 1)


async def test_an_unknown_subscriber_is_the_end(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.UNDELIVERED, "id-1", reason=Reason.UNKNOWN_SUBSCRIBER)
        assert works.lives(message)[-1] is Status.UNDELIVERED


async def test_the_same_bad_news_twice_does_not_end_a_message_that_waits_for_its_next_try(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        for _ in range(2):
            await works.hear(Status.UNDELIVERED, "id-1", reason=Reason.ABSENT_SUBSCRIBER)
        assert (await parts.record(message.message_id)).status is Status.QUEUED
        await _again(parts, works, 1)
        await works.hear(Status.UNDELIVERED, "id-1", reason=Reason.ABSENT_SUBSCRIBER)
        assert (await parts.record(message.message_id)).status is Status.SENT
        await works.hear(Status.DELIVERED, "id-2")
        assert works.lives(message)[-1] is Status.DELIVERED


async def test_a_first_attempt_that_arrives_after_all_ends_the_waiting(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1")
        await works.hear(Status.UNDELIVERED, "id-1", reason=Reason.ABSENT_SUBSCRIBER)
        await works.hear(Status.DELIVERED, "id-1")
        assert works.lives(message)[-1] is Status.DELIVERED
        parts.clock.forward(hours=1)
        assert await works.deliver.claim() == 0


async def test_no_try_is_made_after_the_validity(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1", validity_seconds=3)
        await works.hear(Status.UNDELIVERED, "id-1", reason=Reason.ABSENT_SUBSCRIBER)
        assert works.lives(message)[-1] is Status.UNDELIVERED


# -- parts --------------------------------------------------------------------------------------------


async def test_a_message_is_delivered_when_every_part_is(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("a", "b", text=_LONG)
        await works.hear(Status.DELIVERED, "b")
        assert (await parts.record(message.message_id)).status is Status.SENT
        await works.hear(Status.DELIVERED, "a")
        assert works.lives(message)[-1] is Status.DELIVERED


async def test_parts_that_report_in_one_batch_deliver_once(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("a", "b", text=_LONG)
        await works.report.receipts(
            [receipt(parts, Status.DELIVERED, name) for name in ("a", "b", "a")]
        )
        assert works.lives(message).count(Status.DELIVERED) == 1


async def test_one_failed_part_decides_and_is_not_sent_again_when_others_arrived(
    parts: Parts,
) -> None:
    async with working(parts) as works:
        message = await works.sent("a", "b", text=_LONG)
        await works.hear(Status.DELIVERED, "a")
        await works.hear(Status.UNDELIVERED, "b", reason=Reason.ABSENT_SUBSCRIBER)
        record = await parts.record(message.message_id)
        assert (record.status, record.reason) == (Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER)


async def test_the_first_word_on_a_part_counts(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("a", "b", text=_LONG)
        await works.hear(Status.DELIVERED, "a")
        await works.hear(Status.UNDELIVERED, "a", reason=Reason.CALL_BARRED)
        await works.hear(Status.DELIVERED, "b")
        assert works.lives(message)[-1] is Status.DELIVERED


# -- money and validity -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charge_on", "status", "charge"),
    [
        (ChargeOn.SENT, Status.UNDELIVERED, Charge.CAPTURED),
        (ChargeOn.DELIVERED, Status.UNDELIVERED, Charge.RELEASED),
        (ChargeOn.DELIVERED, Status.DELIVERED, Charge.CAPTURED),
        (ChargeOn.DELIVERED, Status.EXPIRED, Charge.RELEASED),
    ],
)
async def test_money_follows_the_outcome(
    parts: Parts, charge_on: ChargeOn, status: Status, charge: Charge
) -> None:
    account = await parts.add_account("second", charge_on=charge_on)
    async with working(parts) as works:
        message = await works.sent("id-1", account=account)
        await works.hear(status, "id-1", reason=Reason.UNKNOWN_SUBSCRIBER)
        assert (await parts.record(message.message_id, account)).charge is charge
    assert await parts.audit() == []


async def test_without_any_receipt_a_message_expires_with_its_validity(parts: Parts) -> None:
    async with working(parts) as works:
        message = await works.sent("id-1", validity_seconds=60)
        parts.clock.forward(seconds=60)
        assert await works.tend.end_validity() == 0  # an outcome may still be on its way
        parts.clock.now += timedelta(minutes=5)
        while await works.tend.end_validity():
            pass
        assert works.lives(message)[-1] is Status.EXPIRED
        await works.hear(Status.DELIVERED, "id-1")
        assert works.lives(message)[-1] is Status.DELIVERED
