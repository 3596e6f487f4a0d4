"""What moves by one statement stands, costs and tells as if it had gone the long way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from heliograph.flow.advance import Advance, Change, Told, load
from heliograph.model.account import ChargeOn, Endpoint
from heliograph.model.message import EventKind
from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.store.database import Link
from tests.flow.conftest import LEASE_SECONDS, PRICE_MICROS, Parts

_LATER = timedelta(hours=1)
_KEPT = {
    "message": "select * from message where id = $1",
    "event": "select * from event where message_id = $1 order by id",
    "outbox": "select * from outbox where message_id = $1",
    "notification": "select * from notification where message_id = $1 order by event_id, endpoint_id",
}
_USUAL = {Status.SENT: {Status.SCHEDULED, Status.QUEUED}, Status.DELIVERED: {Status.SENT}}


_CASES = ((0, False, 4), (0, False, 0), (1, False, 4), (1, False, 0), (1, True, 4), (2, False, 4))
"""Attempts so far, whether the text is a secret, and the carrier: 0 is that of test credentials."""


def _change(
    parts: Parts, message_id: int, status: Status, attempt: int, carrier_id: int = 4
) -> Change:
    return Change(
        account_id=parts.account.id,
        message_id=message_id,
        kind=EventKind.RECEIPT,
        status=status,
        reason=Reason.NONE,
        vendor_code="000",
        attempt=attempt,
        carrier_id=carrier_id,
        at=parts.clock() - timedelta(seconds=3),
        detail=b'{"raw":"as it came"}',
    )


async def _born(parts: Parts, status: Status, attempts: int, *, secret: bool) -> int:
    """A message that stands so."""
    send_at = parts.clock() + _LATER if status is Status.SCHEDULED else None
    item = await parts.accepted(send_at=send_at, callback="https://example.com/own")
    if secret:
        await parts.rows(
            "update message set extra = '{\"secret\": true}' where id = $1", item.message_id
        )
    change = _change(parts, item.message_id, status, attempts)
    async with parts.database.transaction() as link:
        await _the_long_way(parts.advance, parts, link, [change])
    parts.advance.recent.put((await parts.record(item.message_id)).message)
    return item.message_id


async def _the_long_way(
    advance: Advance, parts: Parts, link: Link, changes: list[Change], **words: Any
) -> Told:
    standings = await load(link, [(c.account_id, c.message_id) for c in changes])
    lease_until = parts.clock() + timedelta(seconds=LEASE_SECONDS)
    return await advance.apply(
        link, standings, changes, now=parts.clock(), lease_until=lease_until, **words
    )


async def _seen(parts: Parts, number: int) -> dict[str, Any]:
    """All that is kept of a message, without its ids."""
    hidden = {"id", "message_id", "event_id"}
    found = {table: await parts.rows(query, number) for table, query in _KEPT.items()}
    return {
        table: [{k: v for k, v in dict(row).items() if k not in hidden} for row in rows]
        for table, rows in found.items()
    }


@pytest.mark.parametrize("keep_texts", [True, False])
@pytest.mark.parametrize("charge_on", ChargeOn)
async def test_both_ways_lead_to_the_same(
    parts: Parts, charge_on: ChargeOn, keep_texts: bool
) -> None:
    parts.account = await parts.add_account("paying", charge_on=charge_on)
    await parts.insert(
        Endpoint(account_id=parts.account.id, id=0, url="https://example.com", events=("*",))
    )
    advance = Advance(parts.directory, parts.ids, keep_texts=keep_texts)
    advance.recent = parts.advance.recent
    moved: dict[tuple[Status, Status], int] = {}
    for before in Status:
        for after in _USUAL:
            for attempts, secret, carrier_id in _CASES:
                pair = [await _born(parts, before, attempts, secret=secret) for _ in "ab"]
                short, long = (_change(parts, number, after, 1, carrier_id) for number in pair)
                balance = await parts.balance()
                async with parts.database.transaction() as link:
                    want = await _the_long_way(advance, parts, link, [long])
                spent = (await parts.balance()).held_micros - balance.held_micros
                async with parts.database.transaction() as link:
                    passed = await advance.pass_on(link, after, [short], now=parts.clock())
                    rest = [c for c in (short,) if c.message_id not in passed.rows]
                    have = await _the_long_way(advance, parts, link, rest, passed=passed)
                named = f"{before.word} to {after.word}, {attempts}, {secret}, {carrier_id}"
                moved[before, after] = moved.get((before, after), 0) + len(passed.rows)
                assert (await parts.balance()).held_micros - balance.held_micros == 2 * spent, named
                assert await _seen(parts, pair[0]) == await _seen(parts, pair[1]), named
                assert _told(have) == _told(want), named
    usual = {(before, after) for after, each in _USUAL.items() for before in each}
    if not keep_texts:  # whoever ends is wiped
        usual -= {(Status.SENT, Status.DELIVERED)}
    assert {pair for pair, count in moved.items() if count} == usual
    assert await parts.audit() == []


def _told(told: Told) -> list[Any]:
    records = [
        (record.status, record.charge, record.attempts, record.carrier_id)
        for _, record in told.known.values()
    ]
    events = [(e.kind, e.status, e.attempt, e.carrier_id, e.vendor_code) for e in told.events]
    return [events, [key.endpoint_id for key in told.ready], records]


async def test_a_batch_of_several_accounts_leaves_the_unusual_for_the_long_way(
    parts: Parts,
) -> None:
    accounts = [await parts.add_account(each, charge_on=each) for each in ChargeOn]
    changes = {}
    for account in accounts:
        parts.account = account
        for before in (Status.QUEUED, Status.SCHEDULED, Status.CANCELLED):
            number = await _born(parts, before, 0, secret=False)
            changes[account.charge_on, before] = _change(parts, number, Status.SENT, 1)
    async with parts.database.transaction() as link:
        passed = await parts.advance.pass_on(
            link, Status.SENT, list(changes.values())[::-1], now=parts.clock()
        )
        told = await _the_long_way(parts.advance, parts, link, [], passed=passed)
    assert [event.message_id for event in told.events] == sorted(
        change.message_id
        for (_, before), change in changes.items()
        if before is not Status.CANCELLED
    )
    assert {event.account_id for event in told.events} == {account.id for account in accounts}
    held = {each.charge_on: (await parts.balance(each)).held_micros for each in accounts}
    assert held == {ChargeOn.SENT: 0, ChargeOn.DELIVERED: 2 * PRICE_MICROS}
    assert await parts.value("select count(*) from outbox") == 0
    assert await parts.audit() == []
