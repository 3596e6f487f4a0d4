"""What is accepted is stored, paid for and told once; what is not leaves no trace."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import asyncpg
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from heliograph.flow.request import Request
from heliograph.model.account import Account, Endpoint, Mode, TrafficClass
from heliograph.model.command import Accepted, AcceptedItem, SendMessages
from heliograph.model.message import Draft, Message
from heliograph.model.money import Charge
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from tests.flow.conftest import CREDIT_MICROS, LEASE_SECONDS, PRICE_MICROS, Parts, draft

_MONEY = Refused(refusal=Refusal.INSUFFICIENT_BALANCE)
_WORDLESS = Refused(refusal=Refusal.EMPTY_TEXT, field="text")
_OPTED_OUT = Refused(refusal=Refusal.OPTED_OUT, field="recipient")


def _recipient(number: int) -> str:
    return f"88017{number:08d}"


def _items(answer: Accepted | Refused) -> list[AcceptedItem]:
    assert isinstance(answer, Accepted), answer
    items = [item for item in answer.items if isinstance(item, AcceptedItem)]
    assert len(items) == len(answer.items)
    return items


async def _blocked(parts: Parts) -> None:
    """Returns when a statement of the house waits for a lock."""
    async with asyncio.timeout(10):
        while not await parts.value(
            "select count(*) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        ):
            pass


# -- promise P1 ---------------------------------------------------------------------------------


async def test_everything_is_committed_when_the_answer_comes(parts: Parts) -> None:
    await parts.insert(Endpoint(account_id=parts.account.id, id=0, url="https://x", events=("*",)))
    link = await asyncpg.connect(parts.dsn)
    answer = await parts.send(draft(reference="order 7"), draft(text="Again"))
    tables = ("submission", "message", "outbox", "event", "notification")
    counts = [await link.fetchval(f"select count(*) from {table}") for table in tables]  # noqa: S608
    assert counts == [1, 2, 2, 2, 2]
    held = await link.fetchval("select held_micros from balance")
    assert held == sum(item.price_micros for item in _items(answer)) == 2 * PRICE_MICROS
    assert await parts.audit() == []
    await link.close()


async def test_there_is_no_answer_while_the_commit_is_held_up(parts: Parts) -> None:
    link = await asyncpg.connect(parts.dsn)
    async with link.transaction():
        await link.execute("select from balance for update")
        sending = asyncio.create_task(parts.send(draft()))
        await _blocked(parts)
        assert not sending.done()
        assert not parts.onward.taken
        assert not parts.told
        assert await parts.value("select count(*) from message") == 0
    assert _items(await sending)
    await link.close()


async def test_concurrent_requests_share_few_transactions(parts: Parts) -> None:
    answers = await asyncio.gather(
        *[parts.send(draft(recipient=_recipient(number))) for number in range(200)]
    )
    assert len({item.message_id for answer in answers for item in _items(answer)}) == 200
    assert await parts.value("select count(distinct xmin::text) from message") <= 3
    assert await parts.value("select count(*) from ledger_entry where why = 'hold'") <= 6
    assert await parts.audit() == []


async def test_stopping_commits_what_is_waiting(parts: Parts) -> None:
    sending = asyncio.gather(*[parts.send(draft()) for _ in range(5)])
    await parts.accept.stop()
    assert [len(_items(answer)) for answer in await sending] == [1] * 5
    await parts.accept.stop()


async def test_an_item_that_cannot_be_stored_fails_alone(parts: Parts) -> None:
    principal = parts.principal()
    poison = parts.checks.check(principal, draft(), None, "native")
    assert isinstance(poison, Message)
    poison = replace(poison, text="\x00")
    request = Request(principal, [poison], layout=[0], answer_id=poison.id)
    with capture_logs() as logged:
        outcomes = await asyncio.gather(
            parts.send(draft()),
            parts.accept.store(request),
            parts.send(draft()),
            return_exceptions=True,
        )
    assert [entry["items"] for entry in logged] == [3, 1]
    assert isinstance(outcomes[1], asyncpg.PostgresError)
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[2], Accepted)
    assert await parts.value("select count(*) from message") == 2
    assert await parts.audit() == []


# -- what is stored -----------------------------------------------------------------------------


async def test_a_due_message_is_leased_and_handed_on_after_the_commit(parts: Parts) -> None:
    item = await parts.accepted()
    (row,) = await parts.rows("select * from outbox")
    until = parts.clock() + timedelta(seconds=LEASE_SECONDS)
    assert (row["leased_by"], row["due_at"], row["state"]) == (parts.node, until, 0)
    assert [claimed.message.id for claimed in parts.onward.taken] == [item.message_id]
    assert parts.onward.taken[0].message == (await parts.record(item.message_id)).message


async def test_what_memory_has_no_room_for_waits_in_the_outbox(parts: Parts) -> None:
    parts.onward.left = {1: 1, 2: 1, 3: 0}
    answer = await parts.send(
        draft(),
        draft(),
        draft(traffic_class=TrafficClass.OTP),
        draft(traffic_class=TrafficClass.PROMOTIONAL),
    )
    numbers = [item.message_id for item in _items(answer)]
    assert [claimed.message.id for claimed in parts.onward.taken] == [numbers[0], numbers[2]]
    rows = await parts.rows("select * from outbox where leased_by is null order by message_id")
    assert [(row["message_id"], row["due_at"]) for row in rows] == [
        (numbers[1], parts.clock()),
        (numbers[3], parts.clock()),
    ]


async def test_a_scheduled_message_waits_for_its_time(parts: Parts) -> None:
    later = parts.clock() + timedelta(hours=3)
    item = await parts.accepted(send_at=later)
    assert item.status is Status.SCHEDULED
    assert parts.onward.taken == []
    (row,) = await parts.rows("select * from outbox")
    assert (row["due_at"], row["leased_by"]) == (later, None)
    assert [event.type for event in await parts.events(item.message_id)] == ["message.scheduled"]
    assert (await parts.balance()).held_micros == PRICE_MICROS


async def test_a_schedule_in_the_past_is_now(parts: Parts) -> None:
    item = await parts.accepted(send_at=parts.clock() - timedelta(minutes=1))
    assert item.status is Status.QUEUED
    assert len(parts.onward.taken) == 1


async def test_a_test_message_costs_nothing_and_needs_neither_price_nor_money(
    parts: Parts,
) -> None:
    poor = await parts.add_account("poor", 0, rate_card="none")
    principal = parts.principal(poor, mode=Mode.TEST)
    answer = await parts.accept.send(principal, SendMessages(drafts=(draft(),)), "native")
    (item,) = _items(answer)
    record = await parts.record(item.message_id, poor)
    assert record.message.test
    assert (record.charge, item.price_micros) == (Charge.FREE, 0)
    assert await parts.value("select count(*) from ledger_entry where why = 'hold'") == 0


async def test_the_answer_names_every_message_in_order(parts: Parts) -> None:
    answer = await parts.send(
        draft(recipient=_recipient(1)),
        draft(recipient="12"),
        draft(recipient=_recipient(2), text="x" * 200),
        draft(recipient=_recipient(3), text="ж"),
    )
    assert isinstance(answer, Accepted)
    assert answer.currency == "EUR"
    first, second, third, fourth = answer.items
    assert isinstance(second, Refused)
    assert second.refusal is Refusal.INVALID_RECIPIENT
    assert isinstance(first, AcceptedItem)
    assert isinstance(third, AcceptedItem)
    assert isinstance(fourth, AcceptedItem)
    assert (first.recipient, first.parts, first.encoding) == (_recipient(1), 1, "gsm7")
    assert (third.parts, third.price_micros) == (2, 2 * PRICE_MICROS)
    assert fourth.encoding == "ucs2"
    (head,) = await parts.rows("select * from submission")
    assert (head["id"], head["accepted"]) == (answer.submission_id, 3)
    assert head["skipped"] == '{"invalid_recipient": 1}'


async def test_a_single_message_is_its_own_submission(parts: Parts) -> None:
    answer = await parts.send(draft(), submission=False)
    assert isinstance(answer, Accepted)
    assert [item.message_id for item in _items(answer)] == [answer.submission_id]
    assert await parts.value("select count(*) from submission") == 0


async def test_who_does_not_wait_is_told_what_who_waits_is(parts: Parts) -> None:
    poor = await parts.add_account("poor", PRICE_MICROS)

    async def soon(one: Draft, owner: Account | None = None) -> Accepted | Refused | None:
        heard: asyncio.Future[Accepted | Refused | None] = asyncio.Future()
        command = SendMessages(drafts=(one,), submission=False)
        parts.accept.soon(parts.principal(owner), command, "native", heard.set_result)
        return await heard

    answer = await soon(draft(), poor)
    assert isinstance(answer, Accepted)
    assert [item.message_id for item in _items(answer)] == [answer.submission_id]
    assert await parts.value("select count(*) from outbox") == 1
    assert await soon(draft(), poor) == _MONEY == await parts.send(draft(), account=poor)
    wordless = draft(text="")
    assert await soon(wordless) == await parts.send(wordless, submission=False) == _WORDLESS
    assert await parts.audit() == []


# -- whole or in part ---------------------------------------------------------------------------


async def test_a_whole_request_is_refused_with_its_first_fault_and_stores_nothing(
    parts: Parts,
) -> None:
    answer = await parts.send(draft(), draft(text=""), whole=True)
    assert answer == Refused(refusal=Refusal.EMPTY_TEXT, field="text")
    assert await parts.value("select count(*) from message") == 0


async def test_a_whole_request_is_refused_for_one_opt_out(parts: Parts) -> None:
    await parts.opt_out(_recipient(1))
    answer = await parts.send(draft(recipient=_recipient(1)), draft(), whole=True)
    assert answer == _OPTED_OUT
    assert await parts.value("select count(*) from message") == 0
    assert (await parts.balance()).held_micros == 0


# -- promise P9 ---------------------------------------------------------------------------------


async def test_who_opted_out_is_refused_and_the_others_are_accepted(parts: Parts) -> None:
    await parts.opt_out(_recipient(1))
    answer = await parts.send(draft(recipient=_recipient(1)), draft(recipient=_recipient(2)))
    assert isinstance(answer, Accepted)
    assert answer.items[0] == _OPTED_OUT
    assert isinstance(answer.items[1], AcceptedItem)
    assert await parts.value("select recipient from message") == _recipient(2)
    head = await parts.value("select skipped from submission")
    assert head == '{"opted_out": 1}'
    assert (await parts.balance()).held_micros == PRICE_MICROS


async def test_an_opt_out_of_one_sender_is_heeded_in_any_case_of_letters(parts: Parts) -> None:
    shop = await parts.add_account("any", any_sender=True)
    await parts.opt_out(_recipient(1), "ShopNews", account_id=shop.id)
    for name in ("SHOPNEWS", "ShopNews"):
        refused = await parts.send(draft(recipient=_recipient(1), sender=name), account=shop)
        assert refused == _OPTED_OUT
    assert _items(await parts.send(draft(recipient=_recipient(1), sender="Other"), account=shop))


async def test_an_opt_out_holds_for_its_account_only(parts: Parts) -> None:
    await parts.opt_out(_recipient(1))
    other = await parts.add_account("other")
    assert _items(await parts.send(draft(recipient=_recipient(1)), account=other))


async def test_an_opt_out_holds_for_scheduled_messages_and_test_messages(parts: Parts) -> None:
    await parts.opt_out(_recipient(1))
    later = parts.clock() + timedelta(hours=1)
    assert await parts.send(draft(recipient=_recipient(1), send_at=later)) == _OPTED_OUT
    command = SendMessages(drafts=(draft(recipient=_recipient(1)),))
    tested = await parts.accept.send(parts.principal(mode=Mode.TEST), command, "native")
    assert tested == _OPTED_OUT


# -- promise P4 ---------------------------------------------------------------------------------


async def test_a_request_that_the_balance_does_not_cover_is_refused_whole(parts: Parts) -> None:
    poor = await parts.add_account("poor", 2 * PRICE_MICROS)
    assert await parts.send(draft(), draft(), draft(), account=poor) == _MONEY
    assert await parts.value("select count(*) from message") == 0
    assert _items(await parts.send(draft(), draft(), account=poor))
    assert await parts.send(draft(), account=poor) == _MONEY
    assert await parts.audit() == []


async def test_credit_is_spent_to_its_limit_and_not_beyond(parts: Parts) -> None:
    poor = await parts.add_account("poor", 0, credit_limit_micros=PRICE_MICROS + 1)
    assert _items(await parts.send(draft(), account=poor))
    assert await parts.send(draft(), account=poor) == _MONEY
    assert (await parts.balance(poor)).available_micros == -PRICE_MICROS


async def test_requests_of_one_batch_are_served_in_order_while_money_lasts(parts: Parts) -> None:
    poor = await parts.add_account("poor", 10 * PRICE_MICROS)
    rich = parts.send(*[draft()] * 5)
    sizes = (4, 4, 4, 2, 1)
    *answers, of_rich = await asyncio.gather(
        *[parts.send(*[draft()] * size, account=poor) for size in sizes], rich
    )
    assert [isinstance(answer, Accepted) for answer in answers] == [True, True, False, True, False]
    assert answers[2] == answers[4] == _MONEY
    assert len(_items(of_rich)) == 5
    assert (await parts.balance(poor)).available_micros == 0
    assert await parts.audit() == []


@pytest.mark.parametrize("seed", range(3))
async def test_concurrent_sends_from_two_processes_never_pass_the_credit_limit(
    parts: Parts, seed: int
) -> None:
    chance = random.Random(seed)
    limit = 40 * PRICE_MICROS
    poor = await parts.add_account("poor", 20 * PRICE_MICROS, credit_limit_micros=limit)
    other = await parts.neighbour()
    await parts.opt_out(_recipient(0), account_id=poor.id)
    await other.reload()
    requests = [
        chance.choice((parts, other)).send(
            *[
                draft(recipient=_recipient(chance.randrange(4)), text="x" * chance.choice((5, 170)))
                for _ in range(chance.randint(1, 4))
            ],
            account=chance.choice((poor, poor, poor, parts.account)),
            whole=chance.random() < 0.3,
        )
        for _ in range(60)
    ]
    answers = await asyncio.gather(*requests)
    accepted = [
        item
        for answer in answers
        if isinstance(answer, Accepted)
        for item in answer.items
        if isinstance(item, AcceptedItem)
    ]
    stored = await parts.rows("select id, price_micros from message")
    assert {(r["id"], r["price_micros"]) for r in stored} == {
        (item.message_id, item.price_micros) for item in accepted
    }
    assert _MONEY in answers
    left = await parts.balance(poor)
    assert 0 <= left.available_micros + limit < 8 * PRICE_MICROS
    assert await parts.audit() == []
    assert await parts.value("select sum(amount_micros) from ledger_entry") == 0


# -- all together -------------------------------------------------------------------------------


async def test_what_is_held_is_what_the_accepted_messages_cost(parts: Parts) -> None:
    answer = await parts.send(*[draft(text="x" * length) for length in (1, 161, 400)])
    price = sum(item.price_micros for item in _items(answer))
    balance = await parts.balance()
    assert (balance.held_micros, balance.available_micros) == (price, CREDIT_MICROS - price)
