"""What fails the program: what was lost, twice or broken; never a time."""

from typing import Any

import pytest

from benchmarks.compare import faults_of


def _run(system: str, **figures: float) -> dict[str, Any]:
    known = {"lost": 0.0, "duplicated": 0.0, "carrier_per_s": 0.5, "accept_p99_ms": 90_000.0}
    return {"system": system, "workload": "smpp", "figures": known | figures}


@pytest.mark.parametrize(
    ("run", "wrong"),
    [
        (_run("Heliograph"), False),
        (_run("Jasmin", untold=3.0), False),
        (_run("Heliograph", untold=3.0), True),
        (_run("Heliograph", refused=1.0), True),
        (_run("Jasmin", lost=1.0), True),
        (_run("Kannel", duplicated=1.0), True),
        (_run("Kannel", carrier_per_s=0.0), True),
        ({"system": "Kannel", "workload": "smpp", "fault": "TimeoutError()"}, True),
    ],
)
def test_a_run_is_wrong_when_messages_are(run: dict[str, Any], wrong: bool) -> None:
    assert bool(faults_of(run)) is wrong
