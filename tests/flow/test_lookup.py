"""Questions are answered from what is the asker's own; of anything else they say it is not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from heliograph.flow.advance import Change, load
from heliograph.flow.lookup import Lookup, opened
from heliograph.flow.replay import replay
from heliograph.model.account import Account, Endpoint, Number
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    FetchInbound,
    FindByReference,
    FindMessage,
    FindSubmission,
    ListDeliveries,
    ListLedger,
    ListMessages,
    Messages,
    MessageTrace,
    Principal,
    Replay,
)
from heliograph.model.ids import account_key, seal
from heliograph.model.message import Inbound, Submission
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Receipt
from heliograph.model.status import Status
from heliograph.store import notifications, receipts
from heliograph.store.notifications import Told
from tests.flow.conftest import CREDIT_MICROS, PRICE_MICROS, RECIPIENT, Parts, draft

_NOT_FOUND = Refused(refusal=Refusal.NOT_FOUND)


@pytest_asyncio.fixture(loop_scope="session")
async def lookup(parts: Parts) -> Lookup:
    return Lookup(parts.database, parts.clock)


async def _sent(parts: Parts, *words: dict[str, Any]) -> tuple[int, list[int]]:
    """A submission's id and its messages' ids."""
    answer = await parts.send(*[draft(**each) for each in words])
    assert isinstance(answer, Accepted)
    items = [item for item in answer.items if isinstance(item, AcceptedItem)]
    return answer.submission_id, [item.message_id for item in items]


async def _set(parts: Parts, message_id: int, status: Status) -> None:
    change = Change(
        account_id=parts.account.id, message_id=message_id, status=status, at=parts.clock()
    )
    async with parts.database.transaction() as link:
        standings = await load(link, [(change.account_id, message_id)])
        await parts.advance.apply(
            link, standings, [change], now=parts.clock(), lease_until=parts.clock()
        )


async def _arrive(parts: Parts, account: Account, *texts: str) -> list[int]:
    numbers = [parts.ids.next() for _ in texts]
    arrivals = [
        Inbound(
            account_id=account.id,
            id=number,
            carrier_id=parts.carrier.id,
            sender=RECIPIENT,
            recipient="8801552146283",
            text=text,
            received_at=parts.clock(),
        )
        for number, text in zip(numbers, texts, strict=True)
    ]
    async with parts.database.transaction() as link:
        await receipts.insert_inbound(link, arrivals)
    return numbers


def _ids(page: Messages | Refused) -> list[int]:
    assert isinstance(page, Messages), page
    return [record.message.id for record in page.items]


def _texts(items: tuple[Inbound, ...]) -> list[str]:
    return [item.text for item in items]


# -- promise P6 ---------------------------------------------------------------------------------


async def test_nothing_of_another_account_is_found_by_any_question(
    parts: Parts, lookup: Lookup
) -> None:
    hook = await parts.insert(
        Endpoint(account_id=parts.account.id, id=0, url="https://x", events=("*",))
    )
    submission, (message,) = await _sent(parts, {"reference": "r"})
    await _arrive(parts, parts.account, "hello")
    await _try(parts, hook.id, message)
    thief = parts.principal(await parts.add_account("thief", 0))
    own = await parts.insert(Endpoint(account_id=thief.account.id, id=0, url="https://y"))
    for number in (
        parts.sealed(message),
        parts.sealed(submission),
        message,
        submission,
        seal(thief.key, message),
        seal(thief.key, submission),
    ):
        assert await lookup.message(thief, FindMessage(message=number)) == _NOT_FOUND
        found = await lookup.by_reference(thief, FindByReference(submission=number))
        assert found == _NOT_FOUND
        assert await lookup.submission(thief, FindSubmission(submission=number)) == _NOT_FOUND
        assert _ids(await lookup.list_messages(thief, ListMessages(submission=number))) == []
        for endpoint in (hook.id, own.id):
            told = await _replay(parts, thief, Replay(endpoint=endpoint, message=number))
            assert isinstance(told, Refused)
            assert told.refusal is Refusal.NOT_FOUND
    for command in (ListMessages(), ListMessages(reference="r"), ListMessages(recipient=RECIPIENT)):
        assert _ids(await lookup.list_messages(thief, command)) == []
    assert (await lookup.ledger(thief, ListLedger())).items == ()
    assert (await lookup.inbound(thief, FetchInbound())).items == ()
    assert (await lookup.inbound(thief, FetchInbound(take=True))).items == ()
    assert (await lookup.deliveries(thief, ListDeliveries(endpoint=hook.id))).items == ()
    money = await lookup.balance(thief)
    assert not isinstance(money, Refused)
    assert (money.account_id, money.available_micros) == (thief.account.id, 0)


@given(st.integers(min_value=-(1 << 70), max_value=1 << 70))
def test_any_number_at_all_opens_to_something_the_database_can_be_asked_for(number: int) -> None:
    account = Account(id=1, name="shop")
    principal = Principal(account=account, credential=None, key=account_key(bytes(32), 1))  # type: ignore[arg-type]
    assert 0 <= opened(principal, number) < 1 << 63


async def _replay(parts: Parts, principal: Principal, command: Replay) -> object:
    return await replay(parts.database, parts.directory, parts.clock, principal, command)


async def _try(parts: Parts, endpoint_id: int, message_id: int) -> None:
    (event,) = await parts.events(message_id)
    one = Told(
        account_id=parts.account.id,
        endpoint_id=endpoint_id,
        message_id=message_id,
        event_id=event.id,
        try_id=parts.ids.next(),
        status_code=500,
        duration_ms=12,
        error="no",
        finished=False,
    )
    async with parts.database.link() as link:
        await notifications.settle(link, [one], parts.clock())


# -- messages -----------------------------------------------------------------------------------


async def test_a_message_is_found_with_its_life_and_who_was_told(
    parts: Parts, lookup: Lookup
) -> None:
    hook = await parts.insert(
        Endpoint(account_id=parts.account.id, id=0, url="https://x", events=("*",))
    )
    _, (message,) = await _sent(parts, {})
    await _try(parts, hook.id, message)
    await _set(parts, message, Status.SENT)
    found = await lookup.message(parts.principal(), FindMessage(message=parts.sealed(message)))
    assert isinstance(found, MessageTrace)
    assert (found.record.message.id, found.record.status) == (message, Status.SENT)
    assert [event.type for event in found.events] == ["message.queued", "message.sent"]
    assert [(d.endpoint_id, d.status_code, d.error) for d in found.deliveries] == [
        (hook.id, 500, "no")
    ]
    page = await lookup.deliveries(parts.principal(), ListDeliveries(endpoint=hook.id))
    assert [delivery.message_id for delivery in page.items] == [message]


async def test_messages_are_filtered_by_what_is_asked(parts: Parts, lookup: Lookup) -> None:
    submission, (first, second) = await _sent(parts, {"reference": "r"}, {"text": "b"})
    parts.clock.forward(hours=1)
    _, (third,) = await _sent(parts, {"recipient": "4915112345678", "sender": "HELIOGRAPH"})
    await _set(parts, second, Status.SENT)
    principal = parts.principal()
    now = parts.clock()
    questions: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [third, second, first]),
        ({"recipient": RECIPIENT}, [second, first]),
        ({"recipient": "+880 1712-345678"}, [second, first]),
        ({"recipient": "12"}, []),
        ({"sender": "HELIOGRAPH"}, [third]),
        ({"statuses": (Status.SENT,)}, [second]),
        ({"submission": parts.sealed(submission)}, [second, first]),
        ({"reference": "r"}, [first]),
        ({"since": now}, [third]),
        ({"until": now}, [second, first]),
        ({"since": now - timedelta(hours=1), "until": now, "statuses": (Status.QUEUED,)}, [first]),
        ({"before": parts.sealed(second)}, [first]),
        ({"before": parts.sealed(third), "until": now - timedelta(hours=1)}, []),
    ]
    for words, expected in questions:
        page = await lookup.list_messages(principal, ListMessages(**words))
        assert _ids(page) == expected, words
        assert not page.more


async def test_pages_join_without_gap_or_overlap(parts: Parts, lookup: Lookup) -> None:
    _, numbers = await _sent(parts, *[{}] * 7)
    principal = parts.principal()
    seen: list[int] = []
    before = None
    for _ in range(3):
        page = await lookup.list_messages(principal, ListMessages(before=before, limit=3))
        seen += _ids(page)
        before = parts.sealed(seen[-1])
    assert seen == numbers[::-1]
    assert not page.more


@pytest.mark.parametrize("limit", [-5, 0, 1])
async def test_a_page_has_at_least_one_line(parts: Parts, lookup: Lookup, limit: int) -> None:
    _, numbers = await _sent(parts, {}, {})
    page = await lookup.list_messages(parts.principal(), ListMessages(limit=limit))
    assert (_ids(page), page.more) == ([numbers[1]], True)


async def test_a_submission_is_found_with_its_messages(parts: Parts, lookup: Lookup) -> None:
    submission, numbers = await _sent(parts, {}, {"recipient": "4915112345678"})
    principal, sealed = parts.principal(), parts.sealed(submission)
    found = await lookup.by_reference(principal, FindByReference(submission=sealed))
    assert _ids(found) == numbers
    one = FindByReference(submission=sealed, recipient="+49 151 12345678")
    assert _ids(await lookup.by_reference(principal, one)) == [numbers[1]]
    for nobody in ("4915112345679", "12"):
        none = FindByReference(submission=sealed, recipient=nobody)
        assert await lookup.by_reference(principal, none) == _NOT_FOUND


async def test_a_single_message_is_found_as_its_own_submission(
    parts: Parts, lookup: Lookup
) -> None:
    item = await parts.accepted()
    principal, sealed = parts.principal(), parts.sealed(item.message_id)
    found = await lookup.by_reference(principal, FindByReference(submission=sealed))
    assert _ids(found) == [item.message_id]
    kept = await lookup.submission(principal, FindSubmission(submission=sealed))
    assert isinstance(kept, Submission)
    assert (kept.accepted, kept.statuses) == (1, {"queued": 1})


async def test_the_sums_of_a_submission_follow_its_messages(parts: Parts, lookup: Lookup) -> None:
    submission, numbers = await _sent(parts, *[{}] * 5, {"recipient": "12"})
    for number, status in zip(
        numbers, (Status.SENT, Status.DELIVERED, Status.FAILED, Status.CANCELLED), strict=False
    ):
        await _set(parts, number, status)
    command = FindSubmission(submission=parts.sealed(submission))
    kept = await lookup.submission(parts.principal(), command)
    assert isinstance(kept, Submission)
    assert kept.statuses == dict.fromkeys(("sent", "delivered", "failed", "cancelled", "queued"), 1)
    assert kept.accepted == sum(kept.statuses.values())
    assert kept.skipped == {"invalid_recipient": 1}


# -- money --------------------------------------------------------------------------------------


async def test_the_ledger_is_listed_newest_first_and_adds_up(parts: Parts, lookup: Lookup) -> None:
    _, (number,) = await _sent(parts, {})
    await _set(parts, number, Status.SENT)
    principal = parts.principal()
    page = await lookup.ledger(principal, ListLedger())
    assert [(line.why, line.purse, line.amount_micros) for line in page.items] == [
        ("capture", "revenue", PRICE_MICROS),
        ("capture", "held", -PRICE_MICROS),
        ("hold", "held", PRICE_MICROS),
        ("hold", "available", -PRICE_MICROS),
        ("test", "available", CREDIT_MICROS),
        ("test", "funding", -CREDIT_MICROS),
    ]
    assert page.currency == "EUR"
    rest = ListLedger(before=parts.sealed(page.items[2].id), limit=2)
    piece = await lookup.ledger(principal, rest)
    assert (piece.items, piece.more) == (page.items[3:5], True)
    money = await lookup.balance(principal)
    assert not isinstance(money, Refused)
    assert (money.available_micros, money.held_micros) == (CREDIT_MICROS - PRICE_MICROS, 0)


# -- inbox --------------------------------------------------------------------------------------


async def test_the_inbox_is_listed_newest_first_and_taken_oldest_first(
    parts: Parts, lookup: Lookup
) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn="8801552146283"))
    numbers = await _arrive(parts, parts.account, "one", "two", "three")
    principal = parts.principal()
    assert _texts((await lookup.inbound(principal, FetchInbound())).items) == [
        "three",
        "two",
        "one",
    ]
    page = await lookup.inbound(principal, FetchInbound(before=parts.sealed(numbers[2]), limit=1))
    assert (_texts(page.items), page.more) == (["two"], True)
    taken = await lookup.inbound(principal, FetchInbound(take=True, limit=1))
    assert (_texts(taken.items), taken.items[0].read_at) == (["one"], parts.clock())
    unread = await lookup.inbound(principal, FetchInbound(unread_only=True))
    assert _texts(unread.items) == ["three", "two"]
    rest = await lookup.inbound(principal, FetchInbound(take=True))
    assert _texts(rest.items) == ["two", "three"]
    assert (await lookup.inbound(principal, FetchInbound(take=True))).items == ()


async def test_receipts_without_an_owner_can_be_inspected(parts: Parts, lookup: Lookup) -> None:
    stray = Receipt(
        carrier_id=1,
        carrier_message_id="stray",
        status=Status.DELIVERED,
        reason=Reason.NONE,
        at=parts.clock(),
        raw="id:stray stat:DELIVRD",
    )
    async with parts.database.transaction() as link:
        await receipts.insert_orphans(link, [(parts.ids.next(), stray)])
    assert (await lookup.orphans()).items == (stray,)
