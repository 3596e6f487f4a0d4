"""`{{verification_code}}`: every recipient's own, good once, kept by nobody, and only with its message."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from heliograph.flow.advance import Change, load
from heliograph.model.campaign import BroadcastState, EstimateBroadcast
from heliograph.model.status import Status
from heliograph.model.verify import CheckCode, Guard, GuardMode, Limits, SaveProfile, VerifyProfile
from heliograph.products.verify import Verify
from heliograph.store import segments, verify_counts
from heliograph.store.database import Link
from heliograph.store.verify_counts import Trip
from tests.products.campaigns.conftest import House, numbers, plan

TEXT = "{{first_name}} code: {{verification_code}}"


@pytest_asyncio.fixture(loop_scope="session")
async def verify(house: House) -> AsyncIterator[Verify]:
    """Makes the codes of the house's broadcasts."""
    parts = house.parts
    made = Verify(
        parts.database,
        parts.checks,
        parts.accept,
        parts.told.append,
        parts.ids.next,
        now=parts.clock,
    )
    house.broadcasting = house.engine(codes=made.in_bulk)
    await made.start()
    yield made
    await made.stop()


async def _profile(house: House, verify: Verify, **words: object) -> None:
    quiet = {"guard": Guard(mode=GuardMode.OFF), "limits": Limits(number_per_hour=0)}
    named = {"account_id": 0, "id": 0, "name": "default"}
    profile = VerifyProfile(**{**named, **quiet, **words})  # type: ignore[arg-type]
    answer = await verify.perform(house.parts.principal(), SaveProfile(profile=profile))
    assert isinstance(answer, VerifyProfile), answer


def _codes(house: House) -> dict[str, str]:
    """Recipient → the code that his handset shows."""
    return {
        claimed.message.recipient: claimed.message.text.rpartition(" ")[2]
        for claimed in house.parts.onward.taken
    }


async def _right(house: House, verify: Verify, msisdn: str, code: str) -> bool:
    answer = await verify.perform(
        house.parts.principal(), CheckCode(code=code, recipient=f"+{msisdn}")
    )
    return bool(answer.valid)  # type: ignore[union-attr]


async def test_everybody_gets_a_code_of_his_own_that_is_good_once(house: House, verify: Verify):
    await house.start(list_ids=(await house.list_of(numbers(25)),), text=TEXT, code_length=4)
    await house.pages()
    codes = _codes(house)
    assert set(codes) == set(numbers(25))
    assert all(re.fullmatch(r"\d{4}", code) for code in codes.values())
    assert len(set(codes.values())) > 15
    one, other = numbers(25)[:2]
    wrong = str((int(codes[one]) + 1) % 10_000).zfill(4)
    assert [
        await _right(house, verify, one, wrong),
        await _right(house, verify, one, codes[one]),
        await _right(house, verify, one, codes[one]),
        await _right(house, verify, other, codes[other]),
    ] == [False, True, False, True]


async def test_a_code_is_kept_as_a_hash_and_its_text_is_wiped_at_the_end(
    house: House, verify: Verify
):
    await house.start(list_ids=(await house.list_of(numbers(1)),), text=TEXT)
    await house.pages()
    (code,) = _codes(house).values()
    assert re.fullmatch(r"\d{6}", code)  # as the house's own profile has it
    (row,) = await house.parts.rows("select * from verification")
    assert code not in str(dict(row))
    assert row["prefix"] == row["text"] == ""  # the guard learns nothing from it
    message_id, now = row["message_id"], house.clock()

    async def end(link: Link) -> None:
        key = (house.account_id, message_id)
        for status in (Status.SENT, Status.DELIVERED):
            change = Change(account_id=key[0], message_id=key[1], status=status, at=now)
            standings = await load(link, [key])
            await house.parts.advance.apply(link, standings, [change], now=now, lease_until=now)

    await house.parts.database.run(end)
    (message,) = await house.parts.rows("select text, extra from message")
    assert message["text"] == ""
    assert '"secret": true' in message["extra"]


async def test_who_may_get_no_code_gets_no_message_and_no_verification(
    house: House, verify: Verify
):
    await _profile(house, verify, limits=Limits(number_per_hour=1), guard=Guard(mode="filter"))
    first = await house.list_of(numbers(3))
    await house.start(list_ids=(first,), text=TEXT)
    await house.pages()
    far = [str(8_801_912_000_000 + each) for each in range(2)]
    closed = Trip(house.account_id, "8801912", "filter", "too fast", None, 1)
    async with house.parts.database.transaction() as link:
        await verify_counts.trip_areas(link, [closed], judged_from=0, at=house.clock())
    await house.parts.opt_out(numbers(5)[4])
    second = await house.list_of([*numbers(5, first=0), *far])
    started = await house.start(list_ids=(second,), text=TEXT)
    await house.pages()
    (segment,) = (await house.broadcast(started.broadcast_id)).segments
    assert segment.sums.skipped == {"rate_limited": 3, "not_enabled": 2, "opted_out": 1}
    assert segment.sums.statuses == {"queued": 1}
    rows = await house.parts.rows("select recipient from verification order by id")
    assert [row["recipient"] for row in rows] == numbers(4)


async def test_countries_that_get_no_codes_get_none_from_a_broadcast(house: House, verify: Verify):
    await _profile(house, verify, allowed_countries=("DE",))
    started = await house.start(list_ids=(await house.list_of(numbers(2)),), text=TEXT)
    await house.pages()
    (segment,) = (await house.broadcast(started.broadcast_id)).segments
    assert segment.sums.skipped == {"not_enabled": 2}


async def test_a_page_that_was_not_committed_leaves_no_code(
    house: House, verify: Verify, monkeypatch: pytest.MonkeyPatch
):
    started = await house.start(list_ids=(await house.list_of(numbers(12)),), text=TEXT)

    async def fail(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:  # the database goes away at the page's last statement
        patched.setattr(segments, "advance", fail)
        house.broadcasting.expansion.wake()
        await house.broadcasting.expansion.turn()
    assert not await house.parts.rows("select 1 from verification")
    house.broadcasting = house.engine(codes=verify.in_bulk)
    await house.pages()
    assert (await house.broadcast(started.broadcast_id)).state is BroadcastState.FINISHED
    rows = await house.parts.rows("select recipient, message_id from verification")
    assert sorted(row["recipient"] for row in rows) == numbers(12)
    for msisdn, code in _codes(house).items():
        assert await _right(house, verify, msisdn, code)


async def test_an_estimate_has_codes_as_long_as_they_will_be(house: House, verify: Verify):
    lists = (await house.list_of(numbers(2)),)
    text = "x" * 154 + "{{verification_code}}"
    for length, parts in ((4, 1), (7, 2)):
        whole = plan(list_ids=lists, text=text, code_length=length)
        answer = await house.ask(EstimateBroadcast(plan=whole))
        assert (answer.messages, answer.parts) == (2, 2 * parts)
    assert not await house.parts.rows("select 1 from verification")
