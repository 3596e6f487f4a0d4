"""Answers about how things go, for the tests of what is written of them."""

from __future__ import annotations

from datetime import UTC, datetime

from heliograph.model import overview as o
from heliograph.model.carrier import LineState
from heliograph.model.status import Status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMING = o.Timing(messages=2, mean_ms=15, p50_ms=12, p95_ms=19)
LINE = LineState(
    name="sim transceiver 1",
    kind="transceiver",
    up=False,
    since=NOW,
    window=10,
    under_way=0,
    submitted=40,
    throttled=1,
    last_error="bind refused: ESME_RINVPASWD",
    last_error_at=NOW,
)
PROCESS = o.ProcessState(
    node=4,
    at=NOW,
    up=True,
    waiting=1,
    under_way=2,
    window=20,
    per_second=50.0,
    submitted_per_second=12.5,
    throttled=3,
    latency_ms=31,
    lines=(LINE,),
)
CARRIER = o.CarrierState(
    carrier_id=3, name="sim", kind="smpp", enabled=True, processes=(PROCESS, PROCESS)
)
OVERVIEW = o.Overview(
    as_of=NOW,
    minutes=(o.Minute(at=NOW, accepted=3, sent=2, delivered=1),),
    since=NOW,
    states={Status.SENT: 1, Status.DELIVERED: 1},
    by_carrier=(
        o.Fared(carrier_id=3, sent=2, delivered=2, failed=1, to_carrier=TIMING, to_handset=TIMING),
    ),
    by_country=(o.Fared(country="BD", accepted=3, sent=2, delivered=1), o.Fared(accepted=1)),
    queue=o.QueueDepth(waiting=1, oldest_due_at=NOW),
    spent_today=(o.Spent(currency="EUR", micros=12_600),),
    carriers=(CARRIER,),
)


def observed() -> tuple[o.Observed, ...]:
    """One answer of each kind."""
    return OVERVIEW, o.CarrierStates(items=(CARRIER,))
