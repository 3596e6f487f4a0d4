"""kill -9 between SMPP customers and an SMSC: what got a positive submit_sm_resp ends, and its receipt comes.

The short form of `python -m benchmarks.kill --smpp`, which says what is compared with what.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.killing_smpp import SmppTrial


@pytest.mark.parametrize("apart", [False, True])
async def test_two_kills_lose_no_acknowledged_submit_and_no_receipt(
    tmp_path: Path, apart: bool
) -> None:
    """With a process of its own for the carriers, the second kill is of that process alone."""
    trial = SmppTrial(
        tmp_path / "data",
        kills=2,
        seed=5,
        rest_seconds=(0.3, 0.8),
        submitters=2,
        short=True,
        apart=apart,
    )
    outcome = await trial.run()
    assert outcome.anomalies == []
    assert outcome.kills == 2
    assert outcome.acknowledged > 100
    assert outcome.told >= outcome.acknowledged
