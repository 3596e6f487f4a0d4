"""Who does what, how much of it, and whether it fits."""

import pytest

from benchmarks._plan import SYSTEMS, Wish, expected_seconds, one_round, within


def _works(system: str, wish: Wish) -> set[str]:
    turns = one_round(wish, 10.0)
    return {work.key for turn in turns if turn.system == system for work, _ in turn.works}


def test_each_system_does_what_it_has_a_door_for() -> None:
    http = {f"http-{n}{told}" for n in (1, 32, 64) for told in ("", "-told")} | {
        "http-64-told-half"
    }
    assert _works("kannel", Wish()) == _works("slice", Wish()) == http
    assert _works("jasmin", Wish()) == http | {"smpp", "smpp-quiet"}
    assert _works("heliograph", Wish()) == http | {
        "smpp", "smpp-quiet", "bulk", "bulk-told", "broadcast", "broadcast-told",
    }  # fmt: skip


def test_systems_take_turns_within_a_group_and_half_comes_after_its_whole() -> None:
    turns = one_round(Wish(works=frozenset({"http-64-told-half", "http-1"})), 10.0)
    assert [turn.system for turn in turns] == [*SYSTEMS, *SYSTEMS]
    assert [work.key for work, _ in turns[-1].works] == ["http-64-told", "http-64-told-half"]
    assert [turn.telling for turn in turns[4:6]] == [False, True]


@pytest.mark.parametrize("minutes", [35, 60])
def test_three_rounds_of_everything_fit_into_what_is_given(minutes: int) -> None:
    rounds = within(Wish(), 3, 60.0 * minutes)
    assert 0.8 * minutes < sum(map(expected_seconds, rounds)) / 60 <= 1.001 * minutes
    assert all("http-64-told" in {w.key for t in each for w, _ in t.works} for each in rounds)


def test_a_slow_system_gets_fewer_messages() -> None:
    counts = {
        turn.system: count
        for turn in one_round(Wish(works=frozenset({"http-64-told"})), 10.0)
        for _, count in turn.works
    }
    assert counts["jasmin"] < counts["kannel"] < counts["heliograph"]
