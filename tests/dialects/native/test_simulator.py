"""The simulated network's faults, as they are asked for."""

from __future__ import annotations

import json

import pytest

from heliograph.dialects._shape import Ask
from heliograph.dialects.native.read import read
from heliograph.model.simulation import Faults, SetFaults

PATH = "/v1/simulator/faults"


def asked(request) -> Ask:
    found = read(request)
    assert isinstance(found, Ask)
    return found


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, Faults()),
        ({"lost_share": 0.2, "down": True}, Faults(lost_share=0.2, down=True)),
        ({"receipt_median_ms": 5}, Faults(receipt_median_ms=5, receipt_p99_ms=15)),
        ({"response_p99_ms": 9}, Faults(response_median_ms=3, response_p99_ms=9)),
        (
            {"receipt_median_ms": 5, "receipt_p99_ms": 6},
            Faults(receipt_median_ms=5, receipt_p99_ms=6),
        ),
    ],
)
def test_what_is_left_out_does_not_go_wrong(make, body, faults):
    ask = asked(make("PUT", PATH, json.dumps(body).encode()))
    assert (ask.verdict, ask.command) == (None, SetFaults(faults=faults))


def test_a_share_is_at_most_the_whole(make):
    verdict = asked(make("PUT", PATH, b'{"lost_share": 1.01}')).verdict
    assert verdict is not None
    assert verdict.field == "/lost_share"
