"""kill -9 at random instants: what was acknowledged is there once, ends, is paid for and told of.

The short form of `python -m benchmarks.kill`, which says what is compared with what.
"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.killing import Trial


async def test_three_kills_lose_nothing_double_nothing_and_everyone_is_told(tmp_path: Path) -> None:
    trial = Trial(tmp_path / "data", kills=3, seed=3, rest_seconds=(0.3, 1.2), short=True)
    outcome = await trial.run()
    assert outcome.anomalies == []
    assert outcome.kills == 3
    assert outcome.acknowledged > 100
    assert outcome.events > outcome.acknowledged
