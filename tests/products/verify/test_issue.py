"""Issuing codes: what goes out, what is kept, what is refused."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from heliograph.flow.advance import Change, load
from heliograph.flow.lookup import Lookup
from heliograph.flow.replace import Replace
from heliograph.model.account import Endpoint
from heliograph.model.command import FindMessage, MessageTrace, ReplaceMessage
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.model.verify import CodeIssued, Limits, SaveProfile, VerifyProfile
from heliograph.products.verify.texts import TEXTS
from tests.flow.conftest import RECIPIENT
from tests.flow.working import receipt, working
from tests.products.verify.conftest import Codes


async def test_a_code_goes_out_as_an_otp_that_nobody_is_shown(codes, parts):
    issued = await codes.issued(reference="sign-in 7")
    code = codes.code(issued)
    assert len(code) == 6
    assert code.isdigit()
    record = await parts.record(issued.message_id)
    assert (record.message.traffic_class.word, record.message.reference) == ("otp", "sign-in 7")
    assert record.message.text == ""
    kept = await parts.rows("select v::text as row from verification v")
    assert len(kept) == 1
    assert code not in kept[0]["row"].replace(str(issued.verification_id), "")


@pytest.mark.parametrize(
    "status", [Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.FAILED]
)
async def test_the_text_is_forgotten_once_the_message_ends_whatever_is_kept_of_others(
    codes, parts, status
):
    issued, other = await codes.issued(), await parts.accepted()
    keys = [(parts.account.id, issued.message_id), (parts.account.id, other.message_id)]
    stored = "select text from message where id = $1"
    assert codes.code(issued) in await parts.value(stored, issued.message_id)
    async with parts.database.transaction() as link:
        changes = [
            Change(account_id=key[0], message_id=key[1], status=status, at=parts.clock())
            for key in keys
        ]
        told = await parts.advance.apply(
            link, await load(link, keys), changes, now=parts.clock(), lease_until=parts.clock()
        )
    assert len(told.events) == 2
    assert await parts.value(stored, issued.message_id) == ""
    assert await parts.value(stored, other.message_id) == "Hello"


async def test_what_is_told_of_an_otp_in_memory_has_no_text_either(codes, parts):
    issued = await codes.issued()
    message = next(c.message for c in parts.onward.taken if c.message.id == issued.message_id)
    assert message.text
    assert message.shown.text == ""


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ({"locale": "de-AT"}, TEXTS["de"].split("{{")[0]),
        ({"locale": "sw"}, TEXTS[""].split("{{")[0]),
        ({"text": "Shop: {{ verification_code }}"}, "Shop: "),
        ({"text": "Shop: {{code}}", "code": "AB-12"}, "Shop: AB-12"),
    ],
)
async def test_texts(codes, words, begins):
    await codes.perform(SaveProfile(profile=VerifyProfile(account_id=0, id=0, name="plain")))
    issued = await codes.issued(profile="plain", **words)
    assert codes.text(issued.message_id).startswith(begins)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"text": "no place"}, "text"),
        ({"text": "{{code}} {{first_name}}"}, "variables"),
        ({"text": "{{code}} {{link_5}}"}, "text"),
        ({"code": "12"}, "code"),
        ({"code": "12 34 ä"}, "code"),
        ({"length": 3}, "length"),
        ({"alphabet": "0011"}, "alphabet"),
        ({"alphabet": "01", "length": 4}, "length"),
        ({"ttl_seconds": 5}, "ttl_seconds"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"limit_key": ""}, "limit_key"),
        ({"profile": "nobody's"}, "profile"),
        ({"recipient": "12"}, "recipient"),
        ({"sender": "Stranger"}, "sender"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_leaves_nothing(codes, parts, words, field):
    answer = await codes.issue(**words)
    assert isinstance(answer, Refused)
    assert answer.field == field
    assert await parts.value("select count(*) from verification") == 0


async def test_money_message_and_verification_are_one(codes, parts):
    balance = await parts.balance()
    await parts.fund(parts.account.id, -balance.available_micros)
    answer = await codes.issue()
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.INSUFFICIENT_BALANCE
    assert await parts.value("select count(*) from message") == 0
    assert await parts.value("select count(*) from verification") == 0
    assert await parts.audit() == []


async def test_an_opted_out_number_gets_no_code(codes, parts):
    await parts.opt_out(RECIPIENT)
    answer = await codes.issue()
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.OPTED_OUT


async def test_the_same_key_sends_once_and_other_content_with_it_is_refused(codes, parts):
    words = {"idempotency_key": "k", "fingerprint": b"one"}
    both = await asyncio.gather(*(codes.issue(**words) for _ in range(3)))
    later = await codes.issue(**words)
    assert {each.verification_id for each in (*both, later)} == {both[0].verification_id}
    assert sorted(each.repeated for each in (*both, later)) == [False, True, True, True]
    assert await parts.value("select count(*) from message") == 1
    other = await codes.issue(idempotency_key="k", fingerprint=b"two")
    assert isinstance(other, Refused)
    assert other.refusal is Refusal.IDEMPOTENCY_CONFLICT


async def test_a_resend_says_the_same_code_after_a_while_and_so_many_times(codes, parts):
    await codes.profile(resend_seconds=30, resend_limit=2)
    issued = await codes.issued()
    early = await codes.again(issued)
    assert isinstance(early, Refused)
    assert (early.refusal, early.retry_after_seconds) == (Refusal.RATE_LIMITED, 30)
    for left in (1, 0):
        parts.clock.forward(seconds=30)
        again = await codes.again(issued)
        assert isinstance(again, CodeIssued)
        assert (again.verification_id, again.resends_left) == (issued.verification_id, left)
        assert again.message_id != issued.message_id
        assert codes.code(again) == codes.code(issued)
        assert again.expires_at == issued.expires_at
    parts.clock.forward(seconds=30)
    done = await codes.again(issued)
    assert isinstance(done, Refused)
    assert done.refusal is Refusal.CONFLICT


async def test_concurrent_resends_send_one_message(codes, parts):
    issued = await codes.issued()
    parts.clock.forward(seconds=31)
    answers = await asyncio.gather(*(codes.again(issued) for _ in range(4)))
    assert sum(isinstance(each, CodeIssued) for each in answers) == 1
    assert await parts.value("select count(*) from message") == 2


async def test_a_code_of_the_callers_own_has_to_be_given_again(codes, parts):
    issued = await codes.issued(code="open-sesame")
    parts.clock.forward(seconds=31)
    missing = await codes.again(issued)
    assert isinstance(missing, Refused)
    assert (missing.refusal, missing.field) == (Refusal.MISSING_FIELD, "code")
    again = await codes.again(issued, code="open-sesame")
    assert isinstance(again, CodeIssued)
    assert (await codes.check(issued, "open-sesame")).valid


@pytest.mark.parametrize(
    "case",
    [
        (Limits(number_per_hour=2), {}, {"recipient": "8801712345679"}, 3600),
        (Limits(key_per_hour=2), {"limit_key": "ip"}, {"limit_key": "ip 2"}, 3600),
        (Limits(prefix_per_minute=2), {}, {"recipient": "8801912345679"}, 60),
    ],
    ids=["number", "key", "prefix"],
)
async def test_limits_hold_for_what_they_count_and_slide(codes, parts, case):
    limits, same, other, seconds = case
    await codes.profile(limits=limits)
    parts.clock.now = parts.clock.now.replace(minute=0, second=0)
    assert all([isinstance(await codes.issue(**same), CodeIssued) for _ in range(2)])
    refused = await codes.issue(**same)
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.RATE_LIMITED
    assert refused.retry_after_seconds
    assert isinstance(await codes.issue(**other), CodeIssued)
    parts.clock.forward(seconds=seconds)  # the window before reaches in still
    assert isinstance(await codes.issue(**same), Refused)
    parts.clock.forward(seconds=seconds)
    assert isinstance(await codes.issue(**same), CodeIssued)


async def test_the_accounts_limit_holds_over_processes_and_for_who_asks_at_once(codes, parts):
    await codes.profile(limits=Limits(number_per_hour=0, account_per_minute=5))
    other = type(codes)(await parts.neighbour())
    await other.verify.start()
    numbers = [f"88017123456{place:02d}" for place in range(20)]
    answers = await asyncio.gather(
        *((codes, other)[place % 2].issue(number) for place, number in enumerate(numbers))
    )
    await other.verify.stop()
    assert sum(isinstance(each, CodeIssued) for each in answers) == 5
    assert await parts.value("select count(*) from message") == 5


async def test_counts_that_nobody_looks_at_any_more_go(codes, parts):
    await codes.profile(limits=Limits())
    await codes.issued()
    assert await parts.value("select count(*) from verify_count") > 0
    parts.clock.forward(days=9)
    assert await codes.verify.retain() == 0
    assert await parts.value("select count(*) from verify_count") == 0


async def test_the_code_reaches_the_carrier_and_no_event_trace_or_webhook(parts):
    hook = Endpoint(account_id=parts.account.id, id=0, url="https://x.example", events=("*",))
    await parts.insert(hook)
    async with working(parts) as works:
        codes = Codes(parts, works._told)
        await codes.verify.start()
        issued = await codes.issued(text="{{code}} is it", code="SECRET-1")
        link = await works.given(1)
        assert link.given[0][0].message.text == "SECRET-1 is it"
        link.took(-1, "c1")
        await works.until(lambda: any(e.status is Status.SENT for e in works.heard))
        raw = "id:c1 sub:001 stat:DELIVRD err:000 Text:SECRET-1 is it"
        told = msgspec.structs.replace(receipt(parts, Status.DELIVERED, "c1"), raw=raw)
        await works.report.receipts([told])
        await works.called(2)
        await codes.verify.stop()
    found = await Lookup(parts.database, parts.clock).message(
        parts.principal(), FindMessage(message=codes.sealed(issued.message_id))
    )
    assert isinstance(found, MessageTrace)
    assert "DELIVRD" in repr(found.events)
    for shown in (found, works.calls, await parts.rows("select e::text from event e")):
        assert "SECRET-1" not in repr(shown)


async def test_the_text_of_a_waiting_code_cannot_be_replaced(codes, parts):
    parts.onward.left[1] = 0  # it waits in the outbox
    issued = await codes.issued()
    stored = "select text from message where id = $1"
    before = await parts.value(stored, issued.message_id)
    replacing = Replace(database=parts.database, ids=parts.ids, now=parts.clock)
    for words in ({"text": "pwned"}, {"validity_seconds": 60}):
        command = ReplaceMessage(message=codes.sealed(issued.message_id), **words)
        answer = await replacing.message(parts.principal(), command)
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.NOT_CANCELLABLE
    assert before
    assert await parts.value(stored, issued.message_id) == before
