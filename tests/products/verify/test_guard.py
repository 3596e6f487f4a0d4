"""The guard against pumping: when it acts, on whom, and how it is lifted."""

from __future__ import annotations

import pytest

from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import CodeIssued, Guard, GuardMode

PUMPED = "4479121{:05d}"
PEOPLE = "88017123{:05d}"


def guard(mode: GuardMode = GuardMode.FILTER, **words: int) -> Guard:
    """Judges ten of the last ten at once; no speed is too fast."""
    quick = {
        "last": 10,
        "minimum": 10,
        "grace_seconds": 0,
        "prefix_per_hour": 10_000,
        "country_per_hour": 10_000,
        "cooldown_seconds": 600,
    }
    return Guard(mode=mode, **quick | words)


async def pump(codes, count: int, *, first: int = 0) -> list[CodeIssued | Refused]:
    """Codes to numbers that nobody holds, a second apart."""
    answers = []
    for number in range(first, first + count):
        codes.parts.clock.forward(seconds=1)
        answers.append(await codes.issue(PUMPED.format(number)))
    return answers


async def people(codes, count: int, *, first: int = 0) -> None:
    """Codes that are typed back."""
    for number in range(first, first + count):
        codes.parts.clock.forward(seconds=1)
        issued = await codes.issued(PEOPLE.format(number))
        assert (await codes.check(issued, codes.code(issued))).valid


def passed(answers: list[CodeIssued | Refused]) -> int:
    return sum(isinstance(each, CodeIssued) for each in answers)


async def test_a_prefix_whose_codes_nobody_types_is_filtered_for_a_while(codes, parts):
    await codes.profile(guard=guard())
    answers = await pump(codes, 15)
    assert passed(answers) == 10
    last = answers[-1]
    assert isinstance(last, Refused)
    assert (last.refusal, last.field) == (Refusal.RATE_LIMITED, "recipient")
    assert 590 <= (last.retry_after_seconds or 0) <= 600
    await people(codes, 12)
    area = (await codes.areas())["4479121"]
    assert (area.asked, area.issued, area.verified) == (15, 10, 0)
    assert (area.mode, area.trips) == (GuardMode.FILTER, 1)
    assert area.why == "0 of the last 10 codes were typed back"
    assert (await codes.areas())["8801712"].verified == 12


async def test_after_the_cool_down_it_is_judged_anew_and_closed_for_longer(codes, parts):
    await codes.profile(guard=guard())
    await pump(codes, 11)
    parts.clock.forward(seconds=600)
    assert (await codes.areas())["4479121"].mode is GuardMode.OFF
    answers = await pump(codes, 12, first=100)
    assert passed(answers) == 10
    area = (await codes.areas())["4479121"]
    assert area.trips == 2
    assert (area.until - area.tripped_at).total_seconds() == 1200


async def test_a_released_area_begins_anew(codes):
    await codes.profile(guard=guard())
    await pump(codes, 11)
    assert not isinstance(await codes.release("4479121"), Refused)
    assert (await codes.areas())["4479121"].mode is GuardMode.OFF
    assert passed(await pump(codes, 12, first=50)) == 10
    unknown = await codes.release("1")
    assert isinstance(unknown, Refused)
    assert unknown.refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("mode", "through", "refusal"),
    [
        (GuardMode.OFF, 15, None),
        (GuardMode.MONITOR, 15, None),
        (GuardMode.FILTER, 10, Refusal.RATE_LIMITED),
        (GuardMode.BLOCK, 10, Refusal.NOT_ENABLED),
    ],
)
async def test_modes(codes, mode, through, refusal):
    await codes.profile(guard=guard(mode))
    answers = await pump(codes, 15)
    assert passed(answers) == through
    assert {each.refusal for each in answers if isinstance(each, Refused)} == (
        {refusal} if refusal else set()
    )
    closed = {"4479121", "GB"} if mode is GuardMode.BLOCK else {"4479121"}
    areas = (await codes.areas()).values()
    assert {a.area for a in areas if a.mode is not GuardMode.OFF} == (
        set() if mode is GuardMode.OFF else closed
    )
    assert {a.mode for a in areas if a.area in closed} <= {mode}
    elsewhere = await codes.issue("447400123456")  # another prefix of the same country
    assert isinstance(elsewhere, Refused) == (mode is GuardMode.BLOCK)
    if mode is GuardMode.BLOCK:
        codes.parts.clock.forward(days=5)
        assert isinstance(await codes.issue("447400123456"), Refused)
        await codes.release("GB")
        assert isinstance(await codes.issue("447400123456"), CodeIssued)


@pytest.mark.parametrize(
    ("words", "through", "why"),
    [
        ({"prefix_per_hour": 4}, 4, "more than 4 codes within an hour"),
        ({"country_per_hour": 6}, 6, "more than 6 codes within an hour"),
        ({"prefix_per_hour": 0, "floor_per_hour": 8}, 8, "more than 8 codes within an hour"),
    ],
)
async def test_what_comes_too_fast_is_closed_before_anybody_could_type(
    codes, parts, words, through, why
):
    parts.clock.now = parts.clock.now.replace(minute=0, second=0)
    await codes.profile(guard=guard(grace_seconds=3600, **words))
    assert passed(await pump(codes, 12)) == through
    assert why in {area.why for area in (await codes.areas()).values()}


async def test_what_was_typed_back_teaches_what_is_usual_and_nothing_else_does(codes, parts):
    parts.clock.now = parts.clock.now.replace(minute=0, second=0)
    await codes.profile(guard=guard(prefix_per_hour=0, floor_per_hour=4))
    await people(codes, 4)
    parts.clock.forward(hours=3)
    await people(codes, 12, first=20)  # five times the four of the hour before, at most
    assert passed(await pump(codes, 6)) == 4


async def test_codes_that_people_still_may_type_are_not_held_against_a_prefix(codes, parts):
    await codes.profile(guard=guard(grace_seconds=120))
    assert passed(await pump(codes, 30)) == 30
    parts.clock.forward(seconds=130)
    assert passed(await pump(codes, 1, first=100)) == 0


async def test_countries_that_are_not_on_the_list_get_no_code_in_any_mode(codes):
    await codes.profile(allowed_countries=("BD",))
    refused = await codes.issue(PUMPED.format(1))
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.NOT_ENABLED
    assert "GB" in refused.sentence
    assert isinstance(await codes.issue(), CodeIssued)


async def test_one_accounts_guard_says_nothing_to_another(codes, parts):
    await codes.profile(guard=guard())
    await pump(codes, 11)
    stranger = await parts.add_account("stranger")
    assert (await codes.perform(type(codes).LIST(), stranger)).items == ()
    released = await codes.perform(type(codes).RELEASE(area="4479121"), stranger)
    assert isinstance(released, Refused)
