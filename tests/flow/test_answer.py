"""STOP, START and HELP of handsets: what they block, whom they are for, and the one answer they get."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from heliograph.model.account import (
    Account,
    Keyword,
    Number,
    OptOutScope,
    Permit,
    Reply,
    SenderState,
    Service,
)
from heliograph.model.message import Inbound
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.report import Arrival
from heliograph.model.status import Status
from heliograph.store import conversations
from tests.flow.conftest import CREDIT_MICROS, PRICE_MICROS, RECIPIENT, SENDER, Parts, draft
from tests.flow.working import Works, killed, working

OURS = "8809610000001"
OTHER = "8809610000002"


def arrival(parts: Parts, text: str, recipient: str = OURS, sender: str = RECIPIENT) -> Arrival:
    return Arrival(
        carrier_id=parts.carrier.id,
        sender=sender,
        recipient=recipient,
        text=text,
        at=parts.clock(),
    )


async def own(parts: Parts, msisdn: str = OURS, **words: Any) -> Number:
    return await parts.insert(
        Number(account_id=words.pop("account", parts.account).id, id=0, msisdn=msisdn, **words)
    )


async def inbox(parts: Parts, account: Account | None = None) -> list[Inbound]:
    async with parts.database.link() as link:
        return await conversations.inbound_since(link, (account or parts.account).id, 0, 100)


async def said(parts: Parts) -> list[tuple[str, str, str]]:
    """`(sender, recipient, text)` of every message that we accepted, oldest first."""
    rows = await parts.rows("select sender, recipient, text from message order by id")
    return [tuple(row) for row in rows]


async def blocked(parts: Parts, sender: str = OURS, **words: Any) -> bool:
    """Whether a message to the handset is refused for an opt-out."""
    answer = await parts.send(draft(sender=sender, **words))
    return isinstance(answer, Refused) and answer.refusal is Refusal.OPTED_OUT


async def hears(works: Works, *texts: str, recipient: str = OURS) -> None:
    for text in texts:
        await works.receive.arrivals([arrival(works.parts, text, recipient)])


async def test_a_stop_blocks_its_sender_and_is_confirmed_once_from_the_same_number(
    parts: Parts,
) -> None:
    await own(parts)
    async with working(parts) as works:
        await hears(works, "Stop!", "STOP")
        link = await works.given(1)
        link.took(-1, "1")
        await works.until(lambda: any(event.status is Status.SENT for event in works.heard))
        assert await blocked(parts)
        assert not await blocked(parts, SENDER), "another sender of the account is not meant"
    ((sender, recipient, text),) = (await said(parts))[:1]
    assert (sender, recipient) == (OURS, RECIPIENT)
    assert text.startswith(f"You will not receive more messages from {OURS}.")
    first, second = await inbox(parts)
    assert (first.kind, second.kind) == ("stop", "stop")
    assert first.reply_id is not None
    assert (second.reply_id, second.reply_refused) == (None, None)
    assert (await parts.balance()).available_micros == CREDIT_MICROS - 2 * PRICE_MICROS
    assert not await parts.audit()


async def test_start_lifts_what_was_stopped_and_is_an_ordinary_message_otherwise(
    parts: Parts,
) -> None:
    await own(parts)
    async with working(parts) as works:
        await hears(works, "start", "বন্ধ", "START", "yes")
        assert not await blocked(parts)
    texts = [text for _, _, text in await said(parts)]
    assert texts[0].startswith("আপনি ")
    assert texts[1].startswith("You will receive messages")
    assert [each.kind for each in await inbox(parts)] == [None, "stop", "start", None]


async def test_help_is_answered_also_to_who_opted_out_but_not_for_ever(parts: Parts) -> None:
    await own(parts)
    async with working(parts) as works:
        await hears(works, "STOP", *["help"] * 7)
        link = await works.given(6)
    assert [d.message.text[:8] for d, _ in link.given] == ["You will"] + ["Messages"] * 5
    assert [each.reply_refused for each in await inbox(parts)] == [None] * 6 + ["rate_limited"] * 2
    parts.clock.forward(hours=2)
    async with working(parts) as works:
        await hears(works, "HELP")
        await works.given(1)


@pytest.mark.parametrize(
    ("scope", "same", "other_sender", "other_campaign"),
    [
        (OptOutScope.SENDER, True, False, True),
        (OptOutScope.ACCOUNT, True, True, True),
        (OptOutScope.CAMPAIGN, True, True, False),
    ],
)
async def test_the_accounts_scope_says_how_far_a_bare_stop_goes(
    parts: Parts, scope: OptOutScope, same: bool, other_sender: bool, other_campaign: bool
) -> None:
    await own(parts)
    await parts.update(msgspec.structs.replace(parts.account, opt_out_scope=scope))
    async with working(parts) as works:
        await parts.accepted(sender=OURS, campaign="EID-2027")
        await hears(works, "STOP")
        assert await blocked(parts, OURS, campaign="eid-2027") is same
        assert await blocked(parts, SENDER, campaign="EID-2027") is other_sender
        assert await blocked(parts, OURS, campaign="PUJA") is other_campaign
        assert await blocked(parts, OURS) is other_campaign


async def test_a_stop_may_name_a_campaign_or_all(parts: Parts) -> None:
    await own(parts)
    await parts.insert(
        Permit(account_id=parts.account.id, id=0, code="EID-2027", state=SenderState.APPROVED)
    )
    async with working(parts) as works:
        await hears(works, "stop sending me this", "Stop EID-2027.")
        assert await blocked(parts, campaign="EID-2027")
        assert not await blocked(parts)
        await hears(works, "STOP ALL")
        assert await blocked(parts, SENDER)
    assert [each.kind for each in await inbox(parts)] == [None, "stop", "stop"]


async def test_the_answer_to_a_stop_leaves_when_money_or_route_are_missing_the_stop_holds(
    parts: Parts,
) -> None:
    poor = await parts.add_account("poor", 0)
    await own(parts, account=poor)
    async with working(parts) as works:
        await hears(works, "STOP")
    (kept,) = await inbox(parts, poor)
    assert (kept.kind, kept.reply_id, kept.reply_refused) == ("stop", None, "insufficient_balance")
    assert await parts.value("select count(*) from opt_out where account_id = $1", poor.id) == 1
    assert await said(parts) == []


async def test_it_never_answers_machines(parts: Parts) -> None:
    await own(parts)
    await own(parts, OTHER)
    async with working(parts) as works:
        for sender in ("BANK", "16222", OTHER):
            await works.receive.arrivals([arrival(parts, "STOP", sender=sender)])
    assert await said(parts) == []
    assert [each.kind for each in await inbox(parts)] == ["stop"] * 3


async def test_texts_of_the_account_and_its_service_replace_the_houses_or_silence_it(
    parts: Parts,
) -> None:
    service = await parts.insert(
        Service(account_id=parts.account.id, id=0, name="S", sender="Shop")
    )
    await own(parts, service_id=service.id)
    await own(parts, OTHER)

    def reply(kind: str, **words: Any) -> Reply:
        return Reply(account_id=parts.account.id, id=0, kind=kind, **words)

    await parts.insert(reply("stop", text="Bye from {{sender}}"))
    await parts.insert(reply("stop", language="de", service_id=service.id, text="Tschüss"))
    await parts.insert(reply("help", enabled=False))
    async with working(parts) as works:
        await hears(works, "Abmelden", "HELP")
        await hears(works, "STOP", recipient=OTHER)
    assert [text for _, _, text in await said(parts)][:2] == ["Tschüss", f"Bye from {OTHER}"]
    rows = await parts.rows("select sender from opt_out order by sender")
    assert [row[0] for row in rows] == [OURS, OTHER, "Shop"]


async def test_on_a_shared_number_a_bare_stop_is_for_who_wrote_last(parts: Parts) -> None:
    code = "16222"
    await own(parts, code, shared=True)
    pizza = await parts.add_account("pizza")
    taxi = await parts.add_account("taxi")
    for account, word in ((pizza, "PIZZA"), (taxi, "Taxi")):
        await parts.insert(Keyword(account_id=account.id, id=0, msisdn=code, word=word))
    async with working(parts) as works:
        await parts.accepted(account=pizza, sender=code)
        await parts.accepted(account=taxi, sender=code)
        await hears(works, "stop", recipient=code)
        await hears(works, "“pizza”, please", "STOP PIZZA", "Taxi: two", "Hello", recipient=code)
    rows = await parts.rows(
        "select account_id, sender from opt_out order by created_at, account_id"
    )
    assert [tuple(row) for row in rows] == [(pizza.id, code), (taxi.id, code)]
    assert [each.text for each in await inbox(parts, pizza)] == ["“pizza”, please", "STOP PIZZA"]
    assert [each.kind for each in await inbox(parts, taxi)] == ["stop", None]
    assert [each.text for each in await inbox(parts)] == ["Hello"]


async def test_a_keyword_that_is_help_to_us_stays_its_owners(parts: Parts) -> None:
    await own(parts)
    await parts.insert(Keyword(account_id=parts.account.id, id=0, msisdn=OURS, word="INFO"))
    async with working(parts) as works:
        await hears(works, "info")
    (kept,) = await inbox(parts)
    assert (kept.kind, kept.keyword) == (None, "INFO")


async def test_killed_after_the_commit_the_opt_out_and_its_answer_are_there(parts: Parts) -> None:
    await own(parts)
    async with killed(parts) as dead:
        await hears(dead, "STOP")
    assert await blocked(parts)
    parts.clock.forward(seconds=120)  # the dead process's leases are over
    async with working(parts) as works:
        await works.deliver.claim()
        link = await works.given(1)
    assert link.given[0][0].message.text.startswith("You will not receive")


async def test_what_was_accepted_before_the_stop_is_rejected_and_its_money_comes_back(
    parts: Parts,
) -> None:
    await own(parts)
    async with working(parts) as works:
        later = parts.clock.now.replace(hour=14)
        waiting = await parts.accepted(sender=OURS, send_at=later)
        await hears(works, "STOP")
        await works.given(1)  # the confirmation
        parts.clock.forward(hours=3)
        await works.deliver.claim()
        await works.status(waiting, Status.REJECTED)
    record = await parts.record(waiting.message_id)
    assert record.reason is Reason.OPTED_OUT
    assert not await parts.audit()


async def test_another_process_heeds_the_first_opt_out_before_it_has_heard_of_it(
    parts: Parts,
) -> None:
    await own(parts)
    neighbour = await parts.neighbour()
    waiting = await neighbour.accepted(sender=OURS)
    async with working(parts) as works:
        await hears(works, "STOP")
        await works.given(1)
    assert not neighbour.directory.has_opt_outs(parts.account.id)
    assert await blocked(neighbour)
    async with working(neighbour) as works:
        neighbour.clock.forward(seconds=120)
        await works.deliver.claim()
        await works.status(waiting, Status.REJECTED)


async def test_messages_to_a_number_are_its_owners_when_it_is_bought_later(parts: Parts) -> None:
    async with working(parts) as works:
        await hears(works, "Hello", "STOP", recipient=f"+{OURS}")
        assert await works.receive.adopt() == 0
        await own(parts)
        assert await works.receive.adopt() == 2
        assert await works.receive.adopt() == 0
    assert [(each.text, each.kind) for each in await inbox(parts)] == [
        ("Hello", None),
        ("STOP", "stop"),
    ]
    assert await parts.value("select count(*) from orphan_inbound") == 0
    assert await blocked(parts)
    assert await said(parts) == [], "nobody remembers having asked"


async def test_the_answer_to_a_stop_is_no_way_around_other_opt_outs(parts: Parts) -> None:
    """START is answered like any message: a block that the account made itself stays in force."""
    await own(parts)
    await parts.opt_out(RECIPIENT)
    async with working(parts) as works:
        await hears(works, "STOP", "START")
    (text,) = [text for _, _, text in await said(parts)]
    assert text.startswith("You will not receive")
    assert [each.reply_refused for each in await inbox(parts)] == [None, "opted_out"]
