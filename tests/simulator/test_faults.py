"""What goes wrong next: by chance, by script, on request."""

from pathlib import Path

import pytest

from heliograph.simulator.faults import (
    Act,
    FaultDice,
    Faults,
    Stage,
    Step,
    load_faults,
    read_faults,
)


def drawn(faults: Faults, stage: Stage, count: int) -> list[Act | None]:
    dice = FaultDice(faults)
    return [dice.next(stage) for _ in range(count)]


def test_without_faults_nothing_ever_goes_wrong() -> None:
    assert drawn(Faults(), Stage.SUBMIT, 100) == [None] * 100


def test_a_seed_means_the_same_faults_again_and_another_seed_others() -> None:
    shares = {Act.LATE: 0.3, Act.CUT: 0.1}
    first = drawn(Faults(seed=1, shares=shares), Stage.SUBMIT, 500)
    assert first == drawn(Faults(seed=1, shares=shares), Stage.SUBMIT, 500)
    assert first != drawn(Faults(seed=2, shares=shares), Stage.SUBMIT, 500)
    assert 100 < first.count(Act.LATE) < 200
    assert 20 < first.count(Act.CUT) < 90


def test_a_step_hits_what_it_is_for_and_only_at_its_own_stage() -> None:
    faults = Faults(steps=(Step(act=Act.CUT, after=2, times=2), Step(act=Act.BIND_REFUSED)))
    assert drawn(faults, Stage.SUBMIT, 5) == [None, None, Act.CUT, Act.CUT, None]
    assert drawn(faults, Stage.BIND, 2) == [Act.BIND_REFUSED, None]
    assert drawn(faults, Stage.RECEIPT, 2) == [None, None]


def test_what_is_asked_for_comes_before_script_and_chance() -> None:
    dice = FaultDice(Faults(shares={Act.THROTTLED: 1.0}))
    dice.provoke(Act.GARBAGE, 2)
    found = [dice.next(Stage.SUBMIT) for _ in range(3)]
    assert found == [Act.GARBAGE, Act.GARBAGE, Act.THROTTLED]


@pytest.mark.parametrize(
    ("octets", "fault"),
    [
        (b'{"shares": {"late": 1.5}}', "late is 1.5"),
        (b'{"shares": {"late": 0.6, "cut": 0.6}}', "submit are more than 1"),
        (b'{"shares": {"sulk": 0.6}}', "sulk"),
        (b'{"late_seconds": -1}', "late_seconds is -1"),
        (b'{"steps": [{"act": "cut", "times": 0}]}', "times 1 or more"),
        (b'{"speed": 1}', "speed"),
    ],
)
def test_faults_that_cannot_be_are_named(octets: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_faults(octets)


def test_a_script_is_read_from_toml(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text('seed = 7\n[shares]\nlate = 0.5\n[[steps]]\nact = "cut"\nafter = 3\n')
    assert load_faults(file) == Faults(
        seed=7, shares={Act.LATE: 0.5}, steps=(Step(act=Act.CUT, after=3),)
    )
