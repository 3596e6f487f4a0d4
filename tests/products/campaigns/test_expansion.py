"""Each recipient of a broadcast gets one message or one reason why not, whatever happens in between."""

from __future__ import annotations

from datetime import UTC, datetime, time

import msgspec
import pytest

from heliograph.flow.accept import Accept
from heliograph.model.account import AccountState, OptOut
from heliograph.model.campaign import (
    AddSegment,
    BroadcastKind,
    BroadcastRecipient,
    BroadcastState,
    CancelBroadcast,
    FireTrigger,
    LinkList,
    PauseBroadcast,
    QuietHours,
    ResumeBroadcast,
    Segment,
    Spinner,
    Trigger,
    TriggerFired,
)
from heliograph.model.command import Done
from heliograph.model.link import SmartLink
from heliograph.model.lists import Fields
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.products.campaigns.pages import Pages
from heliograph.products.campaigns.taking import Taking
from heliograph.store import lists, messages
from tests.flow.conftest import LINK_BASE, PRICE_MICROS
from tests.products.campaigns.conftest import House, numbers, total


class KilledError(BaseException):
    """Ends a task where a process would have died."""


async def test_everybody_on_the_lists_is_written_to_once_and_the_sums_add_up(house: House):
    first = await house.list_of(numbers(25))
    second = await house.list_of(numbers(25, first=15))
    left_out = await house.list_of(numbers(3, first=5), suppression=True)
    await house.parts.opt_out(numbers(1, first=30)[0])
    started = await house.start(list_ids=(first, second), suppression_ids=(left_out,))
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    (segment,) = found.segments
    assert found.state is segment.state is BroadcastState.FINISHED
    assert segment.sums.skipped == {"suppressed": 3, "duplicate": 10, "opted_out": 1}
    assert segment.sums.statuses == {"queued": 36}
    assert segment.sums.recipients == total(found) == found.estimated_count == 50
    written = await house.written()
    assert set(written) == set(numbers(40)) - set(numbers(3, first=5)) - set(numbers(1, first=30))
    assert set(written.values()) == {1}
    assert segment.sums.price_micros == 36 * PRICE_MICROS
    async with house.parts.database.link() as link:
        head = await messages.find_submission(link, house.account_id, segment.submission_id)
    assert head is not None
    assert (head.accepted, head.skipped, head.statuses) == (
        36,
        segment.sums.skipped,
        {"queued": 36},
    )
    assert await house.parts.audit() == []


async def test_the_lists_go_on_as_they_were_when_it_was_accepted(house: House):
    list_id = await house.list_of(numbers(25))
    await house.start(list_ids=(list_id,))
    await house.pages(most=1)
    async with house.parts.database.transaction() as link:
        kept = await lists.find_list(link, house.account_id, list_id, suppression=False, lock=True)
        assert kept is not None
        assert await lists.remove_members(link, kept, numbers(5, first=20)) == 5
        await lists.remove_list(
            link, house.account_id, list_id, suppression=False, at=house.clock()
        )
    await house.pages()
    assert len(await house.written()) == 25
    async with house.parts.database.transaction() as link:
        assert await lists.find_unused_contents(link) is not None  # nobody holds it any more


@pytest.mark.parametrize("where", ["before", "within", "after"])
async def test_who_is_killed_goes_on_where_the_last_commit_was(house, monkeypatch, where):
    started = await house.start(list_ids=(await house.list_of(numbers(35)),))
    await house.pages(most=1)

    async def dies(*_: object, **__: object) -> None:
        raise KilledError

    async def dies_after(self: Accept, *arguments: object, **words: object) -> None:
        await within(self, *arguments, **words)
        raise KilledError

    within, commit = Accept.within, Pages.commit

    async def dies_committed(self: Pages, *arguments: object) -> None:
        await commit(self, *arguments)
        raise KilledError

    with monkeypatch.context() as patch:
        match where:
            case "before":
                patch.setattr(Pages, "commit", dies)
            case "within":
                patch.setattr(Accept, "within", dies_after)
            case "after":
                patch.setattr(Pages, "commit", dies_committed)
        with pytest.raises(KilledError):
            await house.pages(most=1)
    assert len(await house.written()) == (20 if where == "after" else 10)
    await house.pages(engine=house.engine())
    found = await house.broadcast(started.broadcast_id)
    assert found.state is BroadcastState.FINISHED
    assert (await house.written()) == dict.fromkeys(numbers(35), 1)
    assert found.segments[0].sums.statuses == {"queued": 35}
    assert found.segments[0].sums.recipients == total(found) == 35
    assert await house.parts.audit() == []


async def test_one_that_fails_does_not_hold_up_the_others(house: House, monkeypatch):
    bad = await house.start(list_ids=(await house.list_of(numbers(5)),))
    await house.start(list_ids=(await house.list_of(numbers(15, first=100)),))
    make = Pages.make

    async def fails(self: Pages, taking: Taking, *arguments: object) -> object:
        if taking.kept.broadcast.id == bad.broadcast_id:
            raise ValueError("a page that cannot be made")
        return await make(self, taking, *arguments)

    monkeypatch.setattr(Pages, "make", fails)
    await house.pages()
    assert set(await house.written()) == set(numbers(15, first=100))


async def test_two_processes_do_not_take_the_same_page(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(45)),))
    mine, other = house.broadcasting, house.engine()
    await house.pages(most=1, engine=mine)
    await house.pages(most=1, engine=other)  # the same node comes back: the first is stale now
    await house.pages(most=2, engine=mine)
    await house.pages(engine=other)
    assert await house.written() == dict.fromkeys(numbers(45), 1)
    assert total(await house.broadcast(started.broadcast_id)) == 45


async def test_another_node_waits_until_the_lease_is_over(house: House):
    await house.start(list_ids=(await house.list_of(numbers(30)),))
    await house.pages(most=1)
    neighbour = House(await house.parts.neighbour(), house._config.data)
    assert await neighbour.pages() == 0
    house.clock.forward(seconds=301)
    assert await neighbour.pages() > 0
    assert await house.written() == dict.fromkeys(numbers(30), 1)


async def test_pause_resume_and_cancel(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(45)),))
    number = started.broadcast_id
    await house.pages(most=1)
    assert await house.ask(PauseBroadcast(broadcast_id=number)) == Done()
    await house.pages()
    assert len(await house.written()) == 10
    assert (await house.broadcast(number)).state is BroadcastState.PAUSED
    assert await house.ask(ResumeBroadcast(broadcast_id=number)) == Done()
    await house.pages(most=1)
    assert len(await house.written()) == 20
    assert await house.ask(CancelBroadcast(broadcast_id=number)) == Done()
    await house.pages()
    found = await house.broadcast(number)
    assert found.state is found.segments[0].state is BroadcastState.CANCELLED
    assert found.segments[0].sums.statuses == {"cancelled": 20}
    assert await house.parts.value("select count(*) from outbox") == 0
    assert (await house.parts.balance()).held_micros == 0
    assert await house.parts.audit() == []
    for command in (PauseBroadcast, ResumeBroadcast, CancelBroadcast):
        answer = await house.ask(command(broadcast_id=number))
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.CONFLICT


async def test_cancelling_leaves_what_a_carrier_has(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(8)),))
    await house.pages()
    await house.parts.rows(
        "update outbox set state = 1 where message_id = (select min(id) from message)"
    )
    await house.ask(CancelBroadcast(broadcast_id=started.broadcast_id))
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    assert found.segments[0].sums.statuses == {"cancelled": 7, "queued": 1}


async def test_when_money_runs_out_it_waits_and_has_spent_all_that_there_was(house: House):
    await house.parts.fund(house.account_id, 17 * PRICE_MICROS - 10_000_000)
    started = await house.start(list_ids=(await house.list_of(numbers(30)),))
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    assert found.state is BroadcastState.PAUSED
    assert found.segments[0].pause_reason == "insufficient_balance"
    assert len(await house.written()) == 17
    await house.parts.fund(house.account_id, 1_000_000)
    await house.ask(ResumeBroadcast(broadcast_id=started.broadcast_id))
    await house.pages()
    assert await house.written() == dict.fromkeys(numbers(30), 1)
    assert await house.parts.audit() == []


async def test_a_suspended_account_waits(house: House):
    started = await house.start(list_ids=(await house.list_of(numbers(15)),))
    account = house.parts.directory.account(house.account_id)
    await house.parts.update(msgspec.structs.replace(account, state=AccountState.SUSPENDED))
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    assert found.segments[0].pause_reason == "account_suspended"
    assert await house.written() == {}


async def test_it_stays_only_so_far_ahead_of_the_carriers(house: House):
    await house.start(list_ids=(await house.list_of(numbers(30)),))
    house.parts.onward.left[3] = 2_000  # half of what may be in memory
    assert await house.pages() == 0
    house.parts.onward.left[3] = 2_001
    assert await house.pages(most=1) == 1


async def test_each_recipient_has_his_own_words_and_links(house: House):
    sale = await house.keep(SmartLink(account_id=0, id=0, name="sale", url="https://a.example"))
    other = await house.keep(SmartLink(account_id=0, id=0, name="other", url="https://b.example"))
    spread = await house.keep(
        LinkList(account_id=0, id=0, name="both", link_ids=(sale.id, other.id))
    )
    words = await house.keep(Spinner(account_id=0, id=0, name="hi", words=("Hi", "Hey")))
    fields = {each: Fields(first_name=f"N{each[-2:]}") for each in numbers(20)}
    await house.start(
        list_ids=(await house.list_of(numbers(20), fields),),
        text=f"{{{{word_spinner:{words.id}}}}} {{{{first_name}}}} {{{{link_list:{spread.id}}}}}",
    )
    await house.pages()
    rows = await house.parts.rows("select id, recipient, text from message")
    codes = {
        row["message_id"]: (row["code"], row["link_id"])
        for row in await house.parts.rows("select code, message_id, link_id from short_link")
    }
    for row in rows:
        greeting, name, url = row["text"].split(" ")
        assert greeting in ("Hi", "Hey")
        assert name == f"N{row['recipient'][-2:]}"
        assert url == LINK_BASE + codes[row["id"]][0]
    links = [link_id for _, link_id in codes.values()]
    assert links.count(sale.id) == links.count(other.id) == 10
    assert len({code for code, _ in codes.values()}) == 20


async def test_quiet_hours_put_off_by_the_recipients_clock(house: House):
    house.clock.now = datetime(2026, 5, 1, 12, tzinfo=UTC)  # 18:00 in Dhaka, 13:00 in London
    await house.start(
        kind=BroadcastKind.SINGLE,
        recipients=(
            BroadcastRecipient(msisdn="8801712345678"),
            BroadcastRecipient(msisdn="447400123456"),
        ),
        quiet_hours=QuietHours(start=time(17), end=time(9, 30)),
    )
    await house.pages()
    rows = {
        row["recipient"]: (Status(row["status"]), row["send_at"])
        for row in await house.parts.rows("select recipient, status, send_at from message")
    }
    assert rows["447400123456"] == (Status.QUEUED, None)
    assert rows["8801712345678"] == (
        Status.SCHEDULED,
        datetime(2026, 5, 2, 3, 30, tzinfo=UTC),
    )


async def test_a_scheduled_broadcast_waits_for_its_time(house: House):
    at = house.clock().replace(hour=15)
    started = await house.start(
        list_ids=(await house.list_of(numbers(5)),), send_at=at, delay_minutes=30
    )
    await house.pages()
    assert await house.written() == {}
    assert (await house.broadcast(started.broadcast_id)).state is BroadcastState.WAITING
    house.clock.forward(hours=3.5)
    await house.pages()
    assert len(await house.written()) == 5


async def test_a_trigger_releases_what_waits_for_it(house: House):
    trigger = await house.keep(Trigger(account_id=0, id=0, name="landed"))
    await house.start(list_ids=(await house.list_of(numbers(5)),), trigger_id=trigger.id)
    await house.pages()
    assert await house.written() == {}
    assert not await house.broadcasting.steer.fire_code("nonsense")
    assert await house.broadcasting.steer.fire_code(trigger.code)
    await house.pages()
    assert len(await house.written()) == 5
    assert await house.ask(FireTrigger(trigger_id=trigger.id)) == TriggerFired(released=0)


async def test_a_smart_broadcast_goes_on_by_segments(house: House):
    started = await house.start(
        kind=BroadcastKind.SMART, list_ids=(await house.list_of(numbers(30)),),
        first_segment_size=12,
    )  # fmt: skip
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    assert found.state is BroadcastState.OPEN
    assert found.segments[0].sums.recipients == len(await house.written()) == 12
    added = await house.ask(AddSegment(broadcast_id=found.id, size=5, text="Still here?"))
    assert isinstance(added, Segment)
    again = await house.ask(AddSegment(broadcast_id=found.id, size=5))
    assert isinstance(again, Refused)
    assert again.refusal is Refusal.CONFLICT
    await house.pages()
    await house.ask(AddSegment(broadcast_id=found.id))
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    assert found.state is BroadcastState.FINISHED
    assert [each.sums.recipients for each in found.segments] == [12, 5, 13]
    assert [each.text for each in found.segments] == ["Hello", "Still here?", "Still here?"]
    assert await house.written() == dict.fromkeys(numbers(30), 1)


@pytest.mark.parametrize(("clicked", "segments"), [(1, 1), (2, 2)])
async def test_enough_clicks_send_the_next_segment(house: House, clicked: int, segments: int):
    sale = await house.keep(SmartLink(account_id=0, id=0, name="sale", url="https://a.example"))
    started = await house.start(
        kind=BroadcastKind.SMART, list_ids=(await house.list_of(numbers(20)),),
        text=f"{{{{link:{sale.id}}}}}", first_segment_size=10, ctr_threshold=20.0, ctr_wait_minutes=5,
    )  # fmt: skip
    await house.pages()
    await house.parts.rows(
        "insert into click select account_id, message_id, link_id, 1, 1, $1, $1 from short_link"
        " order by message_id limit $2",
        house.clock(), clicked,
    )  # fmt: skip
    house.clock.forward(minutes=6)
    await house.pages()
    found = await house.broadcast(started.broadcast_id)
    assert len(found.segments) == segments
    assert found.segments[0].sums.clicked == clicked
    assert len(await house.written()) == segments * 10


async def test_a_message_is_converted_once_by_itself_or_by_its_links(house: House):
    sale = await house.keep(SmartLink(account_id=0, id=0, name="sale", url="https://a.example"))
    lists = (await house.list_of(numbers(4)),)
    text = f"{{{{link:{sale.id}}}}} {{{{link:{sale.id}}}}}"
    for _ in range(2):  # of which the second shall count nothing
        started = await house.start(list_ids=lists, text=text)
        await house.pages()
    first = started.broadcast_id - 1
    await house.parts.rows(
        "with early as (select id, account_id from message order by id limit 2), linked as ("
        " update short_link s set converted_at = $1 from early where s.message_id = early.id)"
        " insert into conversion (account_id, message_id, at)"
        " (select account_id, id, $1 from early order by id limit 1) union all"
        " (select account_id, id, $1 from message order by id offset 3 limit 1)",
        house.clock(),
    )
    sums = [(await house.broadcast(each)).segments[0].sums for each in (first, first + 1)]
    assert [each.converted for each in sums] == [3, 0]


@pytest.mark.parametrize(
    ("most", "seconds", "following"),
    [
        (500, 0.01, 500),
        (500, 0.2, 250),
        (120, 0.2, 100),
        (100, 0.2, 100),
        (100, 0.01, 200),
        (1, 0.2, 2),  # after money ran short
        (80, 0.2, 100),
    ],
)
async def test_pages_that_take_long_get_smaller_and_grow_again(
    house: House, most: int, seconds: float, following: int
):
    assert house.engine(page=500).expansion._sized(most, seconds) == following


async def test_an_opt_out_that_comes_meanwhile_is_heeded(house: House):
    await house.start(list_ids=(await house.list_of(numbers(15)),))
    await house.pages(most=1)
    late = OptOut(
        account_id=house.account_id, msisdn=numbers(1, first=12)[0], created_at=house.clock()
    )
    await house.parts.opt_out(late.msisdn)
    await house.pages()
    assert late.msisdn not in await house.written()
