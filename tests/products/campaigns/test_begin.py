"""A broadcast is accepted by one small commit, or refused with the reason."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from heliograph.model.account import Sender, SenderState, Template
from heliograph.model.campaign import (
    BroadcastEstimate,
    BroadcastFilter,
    BroadcastKind,
    BroadcastRecipient,
    BroadcastReports,
    BroadcastStarted,
    Campaign,
    EstimateBroadcast,
    LinkList,
    ListBroadcasts,
    SenderList,
    Spinner,
    StartBroadcast,
)
from heliograph.model.link import SmartLink
from heliograph.model.lists import Fields
from heliograph.model.received import Received
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.campaigns import estimate
from heliograph.store import kept
from tests.flow.conftest import PRICE_MICROS, SENDER, START
from tests.products.campaigns.conftest import House, numbers, plan

ONE = (BroadcastRecipient(msisdn="8801712345678"),)
SINGLE = {"kind": BroadcastKind.SINGLE, "recipients": ONE}
SMART = {"kind": BroadcastKind.SMART, "list_ids": (1,)}


@pytest.mark.parametrize(
    ("words", "field", "refusal"),
    [
        ({}, "list_ids", Refusal.MISSING_FIELD),
        ({"list_ids": (99,)}, "list_ids", Refusal.NOT_FOUND),
        ({"list_ids": (1,), "recipients": ONE}, "recipients", Refusal.INVALID_FIELD),
        ({"kind": BroadcastKind.SINGLE}, "recipients", Refusal.MISSING_FIELD),
        (SINGLE | {"list_ids": (1,)}, "list_ids", Refusal.INVALID_FIELD),
        (SINGLE | {"text": ""}, "text", Refusal.EMPTY_TEXT),
        (SINGLE | {"text": "{{nonsense}}"}, "text", Refusal.INVALID_FIELD),
        (SINGLE | {"text": "{{link:9}}"}, "text", Refusal.UNKNOWN_LINK),
        (SINGLE | {"text": "{{link_list:9}}"}, "text", Refusal.NOT_FOUND),
        (SINGLE | {"text": "{{word_spinner:9}}"}, "text", Refusal.NOT_FOUND),
        (SINGLE | {"text": "{{verification_code}}"}, "text", Refusal.NOT_ENABLED),
        (SINGLE | {"text": "", "template_id": 9}, "template_id", Refusal.UNKNOWN_TEMPLATE),
        (SINGLE | {"template_id": 9}, "template_id", Refusal.INVALID_FIELD),
        (SINGLE | {"campaign_id": 9}, "campaign_id", Refusal.NOT_FOUND),
        (SINGLE | {"trigger_id": 9}, "trigger_id", Refusal.NOT_FOUND),
        (SINGLE | {"sender": "Nobody"}, "sender", Refusal.SENDER_NOT_APPROVED),
        (SINGLE | {"sender_ids": (99,)}, "sender_ids", Refusal.NOT_FOUND),
        (SINGLE | {"sender_list_id": 99}, "sender_list_id", Refusal.NOT_FOUND),
        (SINGLE | {"suppression_ids": (9,)}, "suppression_ids", Refusal.NOT_FOUND),
        (SINGLE | {"send_at": START + timedelta(days=400)}, "send_at", Refusal.INVALID_FIELD),
        (SINGLE | {"send_at": datetime(2027, 1, 1)}, "send_at", Refusal.INVALID_FIELD),  # noqa: DTZ001
        (SINGLE | {"estimate_hash": "0" * 128}, "estimate_hash", Refusal.CONFLICT),
        (SINGLE | {"recipients": (BroadcastRecipient(msisdn="12"),)}, "recipient", Refusal.INVALID_RECIPIENT),
        (
            SINGLE | {"recipients": (BroadcastRecipient(msisdn="8801712345678", fields={"age": "3"}),)},
            "recipients", Refusal.INVALID_FIELD,
        ),
        (SMART, "first_segment_size", Refusal.MISSING_FIELD),
        (SMART | {"first_segment_size": 5, "ctr_threshold": 101.0}, "ctr_threshold", Refusal.INVALID_FIELD),
        ({"list_ids": (1,), "first_segment_size": 5}, "first_segment_size", Refusal.INVALID_FIELD),
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_refused_at_once(
    house: House, words: dict[str, Any], field: str, refusal: Refusal
):
    await house.list_of(numbers(3))
    refused = await house.refused(**words)
    assert (refused.field, refused.refusal) == (field, refusal)
    assert await house.parts.value("select count(*) from broadcast") == 0
    assert await house.parts.value("select count(*) from list_hold") == 0


async def test_who_has_no_money_for_one_message_is_told(house: House):
    await house.parts.fund(house.account_id, -10_000_000)
    assert (await house.refused(**SINGLE)).refusal is Refusal.INSUFFICIENT_BALANCE


async def test_links_need_an_address(house: House):
    sale = await house.keep(SmartLink(account_id=0, id=0, name="sale", url="https://a.example"))
    house.broadcasting = house.engine(base="")
    refused = await house.refused(**SINGLE | {"text": f"{{{{link:{sale.id}}}}}"})
    assert refused.refusal is Refusal.NOT_ENABLED


async def test_the_same_key_is_the_same_broadcast(house: House):
    asked = StartBroadcast(plan=plan(**SINGLE), idempotency_key="k", fingerprint=b"1")
    first = await house.ask(asked)
    assert isinstance(first, BroadcastStarted)
    assert await house.ask(asked) == msgspec.structs.replace(first, repeated=True)
    other = await house.ask(msgspec.structs.replace(asked, fingerprint=b"2"))
    assert isinstance(other, Refused)
    assert other.refusal is Refusal.IDEMPOTENCY_CONFLICT
    await house.pages()
    assert len(await house.written()) == 1


async def test_what_is_removed_later_changes_nothing(house: House):
    parts = house.parts
    second = await parts.insert(
        Sender(account_id=house.account_id, id=0, name="Second", state=SenderState.APPROVED)
    )
    listed = await house.keep(SenderList(account_id=0, id=0, name="l", sender_ids=(second.id, 99)))
    async with parts.database.transaction() as link:
        template = await kept.insert(
            link,
            parts.vault,
            Template(account_id=house.account_id, id=0, name="t", text="Was here"),
        )
    await house.start(
        list_ids=(await house.list_of(numbers(3)),), sender=None, sender_list_id=listed.id,
        text="", template_id=template.id,
    )  # fmt: skip
    async with parts.database.transaction() as link:
        for thing in (second, listed, template):
            assert await kept.remove(link, type(thing), house.account_id, thing.id)
    await parts.reload()
    await house.pages()
    rows = await parts.rows("select distinct sender, text from message")
    assert [tuple(row) for row in rows] == [("Second", "Was here")]


async def test_links_campaign_and_spinner_that_go_later_stop_no_message(house: House):
    parts = house.parts
    link = await house.keep(SmartLink(account_id=0, id=0, name="l", url="https://a.example"))
    other = await house.keep(SmartLink(account_id=0, id=0, name="m", url="https://b.example"))
    links = await house.keep(LinkList(account_id=0, id=0, name="ll", link_ids=(other.id,)))
    spinner = await house.keep(Spinner(account_id=0, id=0, name="s", words=("Hi",)))
    campaign = await house.keep(Campaign(account_id=0, id=0, name="c"))
    text = f"{{{{word_spinner:{spinner.id}}}}} {{{{link:{link.id}}}}} {{{{link_list:{links.id}}}}}"
    listed = (await house.list_of(numbers(3)),)
    started = await house.start(list_ids=listed, text=text, campaign_id=campaign.id)
    async with parts.database.transaction() as database:
        for thing in (link, other, links, spinner, campaign):
            assert await kept.remove(database, type(thing), house.account_id, thing.id)
    await parts.reload()
    await house.pages()
    rows = await parts.rows("select text from message")
    assert len(rows) == 3
    assert all(re.fullmatch(r"Hi https://\S+/l/\w+ https://\S+/l/\w+", r["text"]) for r in rows)
    assert await parts.value("select count(*) from short_link") == 6
    assert (await house.broadcast(started.broadcast_id)).campaign_id == campaign.id


async def test_who_is_meant_is_named_where_no_sender_and_no_link_is_left(house: House):
    pending = await house.parts.insert(Sender(account_id=house.account_id, id=0, name="New"))
    senders = SenderList(account_id=0, id=0, name="l", sender_ids=(pending.id, 98))
    links = await house.keep(LinkList(account_id=0, id=0, name="ll", link_ids=(97,)))
    listed = (await house.list_of(numbers(1)),)
    plans = (
        ({"sender_ids": (99,), "sender": None}, Refusal.NOT_FOUND, "99"),
        ({"sender_ids": (pending.id,), "sender": None}, Refusal.SENDER_NOT_APPROVED, "approved"),
        (
            {"sender_list_id": (await house.keep(senders)).id, "sender": None},
            Refusal.SENDER_NOT_APPROVED,
            f"{pending.id}, 98",
        ),
        ({"text": f"{{{{link_list:{links.id}}}}}"}, Refusal.UNKNOWN_LINK, "97"),
    )
    for words, refusal, named in plans:
        refused = await house.refused(list_ids=listed, **words)
        assert (refused.refusal, named in (refused.detail or "")) == (refusal, True), refused
    assert not await house.parts.rows("select 1 from broadcast")


async def test_recipients_that_the_plan_names_have_their_own_words(house: House):
    recipients = (
        BroadcastRecipient(msisdn="+880 1712 000001", fields={"first_name": "Zoë"}),
        BroadcastRecipient(msisdn="8801712000002"),
        BroadcastRecipient(msisdn="8801712000001"),
        BroadcastRecipient(msisdn="12"),
    )
    started = await house.start(
        kind=BroadcastKind.SINGLE, recipients=recipients, text="Hi {{first_name}}!"
    )
    await house.pages()
    rows = await house.parts.rows("select recipient, text from message order by recipient")
    assert [tuple(row) for row in rows] == [
        ("8801712000001", "Hi Zoë!"),
        ("8801712000002", "Hi !"),
    ]
    (segment,) = (await house.broadcast(started.broadcast_id)).segments
    assert segment.sums.skipped == {"duplicate": 1, "invalid_recipient": 1}
    assert await house.parts.value("select count(*) from broadcast_recipient") == 0


async def test_an_estimate_says_what_will_happen(house: House):
    fields = {each: Fields(first_name="Zoë" * 60) for each in numbers(2)}
    words = {
        "list_ids": (await house.list_of(numbers(10), fields),),
        "suppression_ids": (await house.list_of(numbers(1, first=5), suppression=True),),
        "text": "Hi {{first_name}}",
    }
    await house.parts.opt_out(numbers(1, first=6)[0])
    found = await house.ask(EstimateBroadcast(plan=plan(**words), sample=3))
    assert isinstance(found, BroadcastEstimate)
    assert found.exact
    assert (found.recipients, found.messages, found.parts) == (10, 8, 12)
    assert found.skipped == {"suppressed": 1, "opted_out": 1}
    assert len(found.sample) == 3
    shares = [(each.country, each.parts, each.messages, each.price_micros) for each in found.shares]
    assert shares == [("BD", 1, 6, 6 * PRICE_MICROS), ("BD", 3, 2, 6 * PRICE_MICROS)]
    assert (found.tokens[0].name, found.tokens[0].count) == ("first_name", 1)
    started = await house.start(**words, estimate_hash=found.hash)
    await house.pages()
    (segment,) = (await house.broadcast(started.broadcast_id)).segments
    assert segment.sums.price_micros == found.price_micros == 12 * PRICE_MICROS
    other = await house.refused(**words | {"text": "Hello"}, estimate_hash=found.hash)
    assert other.field == "estimate_hash"
    assert await house.parts.value("select count(*) from message") == 8


async def test_an_estimate_of_many_is_reckoned_from_some(house: House, monkeypatch):
    monkeypatch.setattr(estimate, "EXACT", 40)
    listed = await house.list_of(numbers(400))
    found = await house.ask(EstimateBroadcast(plan=plan(list_ids=(listed,))))
    assert isinstance(found, BroadcastEstimate)
    assert not found.exact
    assert found.looked_at == 40
    assert (found.messages, found.price_micros) == (400, 400 * PRICE_MICROS)
    assert [each.messages for each in found.shares] == [400]


async def test_broadcasts_are_found_and_told_message_by_message(house: House):
    first = await house.start(**SINGLE, name="Spring sale")
    second = await house.start(list_ids=(await house.list_of(numbers(5)),), name="Winter")
    await house.pages()

    async def names(**words: Any) -> list[str]:
        found = await house.ask(ListBroadcasts(**words))
        return [each.name for each in found.items]

    assert await names() == ["Winter", "Spring sale"]
    assert await names(descending=False, limit=1) == ["Spring sale"]
    assert await names(filter=BroadcastFilter(name="SPRING")) == ["Spring sale"]
    assert await names(filter=BroadcastFilter(kinds=(BroadcastKind.BASE,))) == ["Winter"]
    assert await names(filter=BroadcastFilter(ids=(first.broadcast_id,))) == ["Spring sale"]
    page = await house.ask(BroadcastReports(broadcast_id=second.broadcast_id, limit=3))
    last = house.parts.sealed(page.items[-1].record.message.id)
    rest = await house.ask(BroadcastReports(broadcast_id=second.broadcast_id, after=last, limit=3))
    told = [each.record.message.recipient for each in (*page.items, *rest.items)]
    assert (told, page.more, rest.more) == (numbers(5), True, False)
    assert page.items[0].segment_id == second.segment_id
    assert page.items[0].record.message.sender == SENDER
    changes = await house.broadcasting.reports.since(
        house.account_id, "native", after=0, until=house.clock() + timedelta(seconds=1)
    )
    assert len(changes) == 6
    assert [each.event_id for each in changes] == sorted(each.event_id for each in changes)
    again = await house.broadcasting.reports.since(
        house.account_id, "native", after=changes[-1].event_id,
        until=house.clock() + timedelta(seconds=1),
    )  # fmt: skip
    assert again == []


async def test_another_account_has_none_of_it(house: House):
    started = await house.start(**SINGLE)
    other = await house.parts.add_account("other")
    for kind in (BroadcastReports,):
        perform = house.broadcasting.performers[kind]
        answer = await perform(
            house.parts.principal(other), kind(broadcast_id=started.broadcast_id)
        )
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize("single", [True, False])
async def test_of_a_broadcast_to_lists_the_head_of_its_request_is_kept(
    house: House, single: bool
) -> None:
    words = SINGLE if single else {"list_ids": (await house.list_of(numbers(3)),)}
    octets = b'{"message_body": "Hello", "token": "abc"}'
    asked = Received(method="POST", path="/api/3/Broadcast", body=octets, secret="swordfish")
    principal = msgspec.structs.replace(house.parts.principal(), received=asked)
    perform = house.broadcasting.performers[StartBroadcast]
    assert isinstance(
        await perform(principal, StartBroadcast(plan=plan(**words))), BroadcastStarted
    )
    await house.pages()
    found = await house.parts.rows(
        "select r.whole, r.body, count(m.id) as messages from received_request r"
        " join message m on m.account_id = r.account_id and m.submission_id = r.id group by r.id, 1, 2"
    )
    body = '{"message_body": "Hello", "token": "•••"}' if single else None
    assert [tuple(row) for row in found] == [(single, body, 1 if single else 3)]
