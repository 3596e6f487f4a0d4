"""Checking codes: tries are counted before they are compared, and a code is good once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from heliograph.model.account import Mode
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import (
    CancelVerification,
    CheckCode,
    CodeChecked,
    FindVerification,
    IssueCode,
    ResendCode,
    VerificationFound,
    VerifyStatus,
)
from tests.flow.conftest import RECIPIENT
from tests.products.verify.conftest import sealed_for

WRONG = "none"


async def test_the_right_code_is_good_once(codes):
    issued = await codes.issued()
    code = codes.code(issued)
    assert await codes.check(issued, f" {code} ") == CodeChecked(
        valid=True, status=VerifyStatus.APPROVED
    )
    assert await codes.check(issued, code) == CodeChecked(valid=False, status=VerifyStatus.APPROVED)


async def test_wrong_codes_are_counted_down_and_then_even_the_right_one_is_wrong(codes):
    await codes.profile(max_attempts=2)
    issued = await codes.issued()
    first, second = [await codes.check(issued, WRONG) for _ in range(2)]
    assert (first.valid, first.status, first.attempts_left) == (False, VerifyStatus.PENDING, 1)
    assert (second.status, second.attempts_left) == (VerifyStatus.MAX_ATTEMPTS, 0)
    last = await codes.check(issued, codes.code(issued))
    assert (last.valid, last.status) == (False, VerifyStatus.MAX_ATTEMPTS)


async def test_concurrent_guesses_in_two_processes_never_exceed_the_attempts(codes, parts):
    await codes.profile(max_attempts=3)
    issued = await codes.issued()
    other = type(codes)(await parts.neighbour())
    tries = await asyncio.gather(
        *((codes, other)[place % 2].check(issued, WRONG) for place in range(30))
    )
    told = Counter((each.status, each.attempts_left) for each in tries)
    assert told[VerifyStatus.PENDING, 2] == told[VerifyStatus.PENDING, 1] == 1
    assert told[VerifyStatus.MAX_ATTEMPTS, 0] == 28
    assert await parts.value("select attempts from verification") == 3


async def test_of_concurrent_right_guesses_one_is_good(codes, parts):
    await codes.profile(max_attempts=20)
    issued = await codes.issued()
    other = type(codes)(await parts.neighbour())
    code = codes.code(issued)
    tries = await asyncio.gather(
        *((codes, other)[place % 2].check(issued, code) for place in range(10))
    )
    assert sum(each.valid for each in tries) == 1
    assert {each.status for each in tries} == {VerifyStatus.APPROVED}


async def test_a_code_expires(codes, parts):
    issued = await codes.issued(ttl_seconds=60)
    parts.clock.forward(seconds=60)
    assert (await codes.check(issued, codes.code(issued))).status is VerifyStatus.EXPIRED
    again = await codes.again(issued)
    assert isinstance(again, Refused)
    assert again.refusal is Refusal.CONFLICT


async def test_by_its_recipient_the_newest_pending_one_is_meant(codes, parts):
    first = await codes.issued()
    parts.clock.forward(seconds=1)
    second = await codes.issued()

    async def tried(code: str, recipient: str = f"+{RECIPIENT}") -> CodeChecked:
        return await codes.perform(CheckCode(recipient=recipient, code=code))

    assert (await tried(codes.code(first))).status is VerifyStatus.PENDING
    assert (await tried(codes.code(second))).valid
    assert (await tried(codes.code(first))).valid  # the second is not pending any more
    assert (await tried("4711")).status is VerifyStatus.APPROVED


async def test_whoever_asks_about_nothing_hears_what_is_heard_of_the_expired(codes, parts):
    issued = await codes.issued()
    stranger = await parts.add_account("stranger")
    parts.clock.forward(hours=1)
    expired = await codes.check(issued, WRONG)
    number = issued.verification_id
    for answer in (
        await codes.perform(CheckCode(verification=12345, code=WRONG)),
        await codes.perform(CheckCode(recipient="+8801999999999", code=WRONG)),
        await codes.perform(
            CheckCode(verification=sealed_for(parts, stranger, number), code=WRONG), stranger
        ),
    ):
        assert answer == expired


@pytest.mark.parametrize("command", [FindVerification, CancelVerification, ResendCode])
async def test_another_account_finds_cancels_and_resends_nothing(codes, parts, command):
    issued = await codes.issued()
    stranger = await parts.add_account("stranger")
    for sealed in (
        codes.sealed(issued.verification_id),
        sealed_for(parts, stranger, issued.verification_id),
    ):
        answer = await codes.perform(command(verification=sealed), stranger)
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.NOT_FOUND
    assert (await codes.check(issued, codes.code(issued))).valid


async def test_a_cancelled_code_is_dead_and_an_approved_one_stays_approved(codes):
    issued, done = await codes.issued(), await codes.issued("8801712345679")
    assert (await codes.check(done, codes.code(done))).valid
    for each, status in ((issued, VerifyStatus.CANCELED), (done, VerifyStatus.APPROVED)):
        sealed = codes.sealed(each.verification_id)
        for command in (CancelVerification, FindVerification):
            found = await codes.perform(command(verification=sealed))
            assert isinstance(found, VerificationFound)
            assert found.status is status
        assert not (await codes.check(each, codes.code(each))).valid


async def test_letters_may_be_typed_in_small_where_all_are_large(codes):
    issued = await codes.issued(alphabet="ABCDEFGH", length=6)
    assert (await codes.check(issued, codes.code(issued).lower())).valid


async def test_a_code_that_was_typed_back_converts_its_last_message_once(codes, parts):
    issued = await codes.issued()
    parts.clock.forward(seconds=31)
    again = await codes.again(issued)
    await codes.check(issued, codes.code(issued))
    converted = await parts.rows("select message_id from conversion")
    assert [row["message_id"] for row in converted] == [again.message_id]


async def test_test_traffic_is_neither_counted_nor_converted(codes, parts):
    answer = await codes.perform(IssueCode(recipient=RECIPIENT), mode=Mode.TEST)
    assert (await codes.check(answer, codes.code(answer))).valid
    assert await parts.value("select count(*) from verify_count") == 0
    assert await parts.value("select count(*) from conversion") == 0
