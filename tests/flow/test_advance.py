"""Every change of a message brings its money, its place in the outbox, its event and its notifications."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from heliograph.flow.advance import Advance, Again, Change, Told, delay, lane_of, load
from heliograph.model.account import ChargeOn, Endpoint, TrafficClass
from heliograph.model.message import EventKind
from heliograph.model.money import Charge, Purse
from heliograph.model.reason import Reason
from heliograph.model.status import FINAL, TRANSITIONS, Status
from tests.flow.conftest import CREDIT_MICROS, PRICE_MICROS, Parts

_BORN = (Status.SCHEDULED, Status.QUEUED)
_PAIRS = [(before, after) for before in Status for after in Status]
_RELEASING = dict.fromkeys(
    (Status.EXPIRED, Status.REJECTED, Status.FAILED, Status.CANCELLED), Charge.RELEASED
)
_RESOLVES = {
    ChargeOn.SENT: _RELEASING
    | dict.fromkeys((Status.SENT, Status.DELIVERED, Status.UNDELIVERED), Charge.CAPTURED),
    ChargeOn.DELIVERED: _RELEASING
    | {Status.DELIVERED: Charge.CAPTURED, Status.UNDELIVERED: Charge.RELEASED},
}


def _charge_after(charge_on: ChargeOn, path: Sequence[Status]) -> Charge:
    """The first status that resolves the hold decides."""
    found = [_RESOLVES[charge_on][status] for status in path if status in _RESOLVES[charge_on]]
    return found[0] if found else Charge.HELD


def _change(parts: Parts, message_id: int, status: Status | None, **words: object) -> Change:
    change = Change(
        account_id=parts.account.id, message_id=message_id, status=status, at=parts.clock()
    )
    return Change(**{name: getattr(change, name) for name in change.__struct_fields__} | words)


async def _apply(parts: Parts, *changes: Change, advance: Advance | None = None) -> Told:
    async with parts.database.transaction() as link:
        standings = await load(link, [(c.account_id, c.message_id) for c in changes])
        return await (advance or parts.advance).apply(
            link,
            standings,
            changes,
            now=parts.clock(),
            lease_until=parts.clock() + timedelta(seconds=30),
        )


async def _notified(parts: Parts, message_id: int) -> list[tuple[int, int]]:
    rows = await parts.rows(
        "select endpoint_id, event_id from notification where message_id = $1"
        " order by event_id, endpoint_id",
        message_id,
    )
    return [(row[0], row[1]) for row in rows]


# -- the whole table ----------------------------------------------------------------------------


@pytest.mark.parametrize("charge_on", ChargeOn)
async def test_every_pair_of_statuses_does_what_the_table_says(
    parts: Parts, charge_on: ChargeOn
) -> None:
    parts.account = await parts.add_account(charge_on, charge_on=charge_on)
    hook = await parts.insert(
        Endpoint(account_id=parts.account.id, id=0, url="https://example.com", events=("*",))
    )
    later = parts.clock() + timedelta(hours=1)
    again = Again(due_at=parts.clock() + timedelta(minutes=7), failures=2, tried=(5, 6))
    ids = {
        (before, after): (
            await parts.accepted(send_at=later if before is Status.SCHEDULED else None)
        ).message_id
        for before, after in _PAIRS
    }
    await _apply(parts, *[_change(parts, ids[p], p[0]) for p in _PAIRS if p[0] not in _BORN])
    told = await _apply(
        parts,
        *[
            _change(
                parts,
                ids[before, after],
                after,
                reason=Reason.SYSTEM_FAILURE,
                vendor_code="x",
                carrier_id=4,
                attempt=3,
                again=again if after is Status.QUEUED else None,
            )
            for before, after in _PAIRS
        ],
    )
    rows = {row["message_id"]: row for row in await parts.rows("select * from outbox")}
    for before, after in _PAIRS:
        number = ids[before, after]
        follows = after in TRANSITIONS[before]
        path = [before, after] if follows else [before]
        record = await parts.record(number)
        named = f"{before.word} to {after.word}"
        assert record.status is path[-1], named
        assert record.charge is _charge_after(charge_on, path), named
        if follows:
            assert (record.reason, record.vendor_code) == (Reason.SYSTEM_FAILURE, "x"), named
            assert record.carrier_id == 4, named
        assert record.attempts == 3, named
        waits = path[-1] in {*_BORN, Status.UNCERTAIN}
        assert (number in rows) is waits, named
        events = await parts.events(number)
        expected = ([] if before in _BORN else [Status.QUEUED]) + path
        assert [event.status for event in events] == expected, named
        assert [event.id for event in events if event in told.events] == (
            [events[-1].id] if follows else []
        ), named
        assert await _notified(parts, number) == [(hook.id, event.id) for event in events], named
    held = rows[ids[Status.SENT, Status.QUEUED]]
    assert (held["due_at"], held["failures"], held["tried"]) == (again.due_at, 2, [5, 6])
    assert (held["state"], held["attempt"], held["leased_by"]) == (0, 3, None)
    unsure = rows[ids[Status.QUEUED, Status.UNCERTAIN]]
    validity = (await parts.record(unsure["message_id"])).message.valid_until
    assert (unsure["state"], unsure["due_at"], unsure["leased_by"]) == (2, validity, None)
    assert await parts.audit() == []


async def test_a_late_receipt_does_not_reopen_a_failed_message(parts: Parts) -> None:
    item = await parts.accepted()
    await _apply(parts, _change(parts, item.message_id, Status.FAILED, reason=Reason.NO_ROUTE))
    late = _change(
        parts, item.message_id, Status.DELIVERED, kind=EventKind.RECEIPT, detail=b'{"raw":"stat"}'
    )
    told = await _apply(parts, late)
    record = await parts.record(item.message_id)
    assert (record.status, record.reason) == (Status.FAILED, Reason.NO_ROUTE)
    assert record.charge is Charge.RELEASED
    kept = (await parts.events(item.message_id))[-1]
    assert (kept.kind, kept.status, kept.detail) == (
        EventKind.RECEIPT,
        Status.DELIVERED,
        b'{"raw":"stat"}',
    )
    assert told.ready == []
    assert await parts.audit() == []


async def test_an_expired_message_that_was_delivered_after_all_is_delivered_and_free(
    parts: Parts,
) -> None:
    item = await parts.accepted()
    await _apply(parts, _change(parts, item.message_id, Status.UNCERTAIN))
    await _apply(parts, _change(parts, item.message_id, Status.EXPIRED))
    await _apply(parts, _change(parts, item.message_id, Status.DELIVERED))
    record = await parts.record(item.message_id)
    assert (record.status, record.charge) == (Status.DELIVERED, Charge.RELEASED)
    assert (await parts.balance()).available_micros == CREDIT_MICROS
    assert await parts.audit() == []


# -- several changes at once --------------------------------------------------------------------


async def test_changes_of_one_message_in_one_batch_are_taken_in_order(parts: Parts) -> None:
    item = await parts.accepted()
    told = await _apply(
        parts,
        _change(parts, item.message_id, Status.SENT, attempt=1, carrier_id=2),
        _change(parts, item.message_id, Status.DELIVERED),
        _change(parts, item.message_id, Status.SENT, attempt=1, carrier_id=2),
    )
    assert [event.status for event in told.events] == [Status.SENT, Status.DELIVERED]
    record = await parts.record(item.message_id)
    assert (record.status, record.carrier_id, record.attempts) == (Status.DELIVERED, 2, 1)
    captured = "select amount_micros from ledger_entry where purse = $1"
    assert await parts.value(captured, Purse.REVENUE) == PRICE_MICROS
    assert await parts.audit() == []


async def test_an_uncertain_message_that_is_sent_again_waits_in_the_outbox(parts: Parts) -> None:
    item = await parts.accepted()
    due_at = parts.clock() + timedelta(minutes=1)
    await _apply(
        parts,
        _change(parts, item.message_id, Status.UNCERTAIN, attempt=1),
        _change(parts, item.message_id, Status.QUEUED, again=Again(due_at=due_at)),
    )
    (row,) = await parts.rows("select state, due_at, attempt from outbox")
    assert tuple(row) == (0, due_at, 1)


async def test_an_uncertain_message_whose_receipt_was_there_already_needs_no_sending(
    parts: Parts,
) -> None:
    item = await parts.accepted()
    await _apply(
        parts,
        _change(parts, item.message_id, Status.UNCERTAIN),
        _change(parts, item.message_id, Status.DELIVERED),
    )
    assert await parts.value("select count(*) from outbox") == 0


async def test_a_receipt_overtakes_a_repetition_of_the_same_batch(parts: Parts) -> None:
    item = await parts.accepted()
    again = Again(due_at=parts.clock())
    await _apply(
        parts,
        _change(parts, item.message_id, Status.QUEUED, kind=EventKind.ATTEMPT, again=again),
        _change(parts, item.message_id, Status.DELIVERED),
    )
    assert await parts.value("select count(*) from outbox") == 0
    assert (await parts.record(item.message_id)).status is Status.DELIVERED


async def test_a_repetition_that_comes_after_the_end_is_forgotten(parts: Parts) -> None:
    item = await parts.accepted()
    await _apply(parts, _change(parts, item.message_id, Status.CANCELLED))
    again = Again(due_at=parts.clock())
    await _apply(parts, _change(parts, item.message_id, Status.QUEUED, again=again))
    assert await parts.value("select count(*) from outbox") == 0


async def test_a_failed_attempt_is_noted_without_a_change_of_status_and_nobody_is_told(
    parts: Parts,
) -> None:
    await parts.insert(
        Endpoint(account_id=parts.account.id, id=0, url="https://example.com", events=("*",))
    )
    item = await parts.accepted()
    before = await _notified(parts, item.message_id)
    again = Again(due_at=parts.clock() + timedelta(seconds=9), failures=1)
    told = await _apply(
        parts,
        _change(
            parts,
            item.message_id,
            Status.QUEUED,
            kind=EventKind.ATTEMPT,
            reason=Reason.ABSENT_SUBSCRIBER,
            attempt=1,
            again=again,
        ),
    )
    (event,) = told.events
    assert (event.kind, event.status, event.attempt) == (EventKind.ATTEMPT, Status.QUEUED, 1)
    assert await _notified(parts, item.message_id) == before
    (row,) = await parts.rows("select due_at, attempt, failures from outbox")
    assert tuple(row) == (again.due_at, 1, 1)


async def test_changes_of_unknown_messages_are_passed_over(parts: Parts) -> None:
    item = await parts.accepted()
    told = await _apply(
        parts, _change(parts, 12345, Status.SENT), _change(parts, item.message_id, Status.SENT)
    )
    assert [event.message_id for event in told.events] == [item.message_id]


async def test_one_batch_over_several_accounts_is_one_balance_change_each(parts: Parts) -> None:
    other = await parts.add_account("other")
    mine = [(await parts.accepted()).message_id for _ in range(3)]
    theirs = (await parts.accepted(other)).message_id
    await _apply(
        parts,
        *[_change(parts, number, Status.SENT) for number in mine[:2]],
        _change(parts, mine[2], Status.FAILED),
        _change(parts, theirs, Status.SENT, account_id=other.id),
    )
    rows = await parts.rows(
        "select why, count(distinct transaction_id) from ledger_entry where why <> 'test'"
        " and why <> 'hold' group by account_id, why order by account_id, why"
    )
    assert [tuple(row) for row in rows] == [("capture", 1), ("release", 1), ("capture", 1)]
    assert await parts.audit() == []


# -- promise P4 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_sequence_of_changes_each_hold_is_resolved_at_most_once(
    parts: Parts, seed: int
) -> None:
    chance = random.Random(seed)
    accounts = [await parts.add_account(word, charge_on=word) for word in ChargeOn]
    owners = {
        (await parts.accepted(owner, text="x" * chance.choice((9, 300)))).message_id: owner.id
        for owner in accounts
        for _ in range(8)
    }
    resolved: dict[int, Charge] = {}
    for _ in range(12):
        changes = [
            _change(
                parts,
                number,
                status,
                account_id=owners[number],
                kind=chance.choice(list(EventKind)),
                again=Again(due_at=parts.clock()) if status is Status.QUEUED else None,
            )
            for number in chance.choices(list(owners), k=9)
            for status in [chance.choice([*Status, None])]
        ]
        await _apply(parts, *changes)
        rows = await parts.rows("select id, charge, status, price_micros from message")
        for row in rows:
            charge = Charge(row["charge"])
            assert resolved.get(row["id"], charge) is charge
            if charge is not Charge.HELD:
                resolved[row["id"]] = charge
            assert charge is not Charge.HELD or row["status"] not in FINAL
        assert await parts.audit() == []
        earned = sum(r["price_micros"] for r in rows if r["charge"] == Charge.CAPTURED)
        revenue = "select coalesce(sum(amount_micros), 0) from ledger_entry where purse = $1"
        assert await parts.value(revenue, Purse.REVENUE) == earned
    waiting = await parts.rows("select message_id from outbox")
    open_ones = await parts.rows("select id from message where status = any($1)", [2, 3, 6])
    assert {row[0] for row in waiting} == {row[0] for row in open_ones}


# -- promise P5 ---------------------------------------------------------------------------------


async def test_an_endpoint_that_names_no_events_is_told_of_ends_only(parts: Parts) -> None:
    hook = await parts.insert(Endpoint(account_id=parts.account.id, id=0, url="https://x"))
    item = await parts.accepted()
    await _apply(parts, _change(parts, item.message_id, Status.SENT))
    assert await _notified(parts, item.message_id) == []
    told = await _apply(parts, _change(parts, item.message_id, Status.DELIVERED))
    assert await _notified(parts, item.message_id) == [(hook.id, told.events[0].id)]


async def test_a_message_with_its_own_callback_is_told_there(parts: Parts) -> None:
    item = await parts.accepted(callback="https://example.com/dlr")
    told = await _apply(parts, _change(parts, item.message_id, Status.DELIVERED))
    assert await _notified(parts, item.message_id) == [(0, told.events[0].id)]


async def test_a_disabled_endpoint_and_another_accounts_endpoint_are_not_told(
    parts: Parts,
) -> None:
    other = await parts.add_account("other")
    await parts.insert(Endpoint(account_id=other.id, id=0, url="https://x", events=("*",)))
    await parts.insert(
        Endpoint(
            account_id=parts.account.id,
            id=0,
            url="https://y",
            events=("*",),
            disabled_at=parts.clock(),
        )
    )
    item = await parts.accepted()
    await _apply(parts, _change(parts, item.message_id, Status.DELIVERED))
    assert await _notified(parts, item.message_id) == []


async def test_only_the_first_notification_of_a_message_may_go_out_at_once(parts: Parts) -> None:
    await parts.insert(Endpoint(account_id=parts.account.id, id=0, url="https://x", events=("*",)))
    item = await parts.accepted()
    (accepted,) = parts.told[-1].ready
    told = await _apply(parts, _change(parts, item.message_id, Status.SENT))
    assert told.ready == []
    assert len(await _notified(parts, item.message_id)) == 2
    assert accepted.event_id < told.events[0].id
    due = await parts.value("select max(due_at) from notification")
    assert due == parts.clock() + timedelta(seconds=30)


# -- texts --------------------------------------------------------------------------------------


async def test_texts_are_forgotten_at_the_end_where_they_are_not_kept(parts: Parts) -> None:
    forgetful = Advance(parts.directory, parts.ids, keep_texts=False)
    sent, ended, kept = [(await parts.accepted()).message_id for _ in range(3)]
    await _apply(
        parts,
        _change(parts, sent, Status.SENT),
        _change(parts, ended, Status.DELIVERED),
        advance=forgetful,
    )
    await _apply(parts, _change(parts, kept, Status.DELIVERED))
    texts = [(await parts.record(number)).message.text for number in (sent, ended, kept)]
    assert texts == ["Hello", "", "Hello"]


def test_delays_double_and_end_at_an_hour() -> None:
    assert [delay(failures, 2.0) for failures in (0, 1, 2, 3)] == [2.0, 4.0, 8.0, 16.0]
    assert delay(11, 2.0) == delay(1000, 2.0) == 3600.0


def test_lanes_are_traffic_classes() -> None:
    assert [lane_of(each) for each in TrafficClass] == [1, 2, 3]
