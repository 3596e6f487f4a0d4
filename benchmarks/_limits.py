"""What the counterpart can do by itself: the load and the SMSC must not be what is measured."""

from __future__ import annotations

from typing import Final

from benchmarks._counterpart import RECIPIENT, Counterpart, Moments
from benchmarks._figures import rate

_SESSIONS, _WINDOW, _CONNECTIONS = 4, 250, 64
_PATIENCE_SECONDS: Final = 60.0


async def limits_of_the_counterpart(count: int) -> dict[str, float]:
    """Per second: `http` requests asked and answered, `smpp` submit_sm asked and answered, `receipts` sent
    by the SMSC 50 ms later and answered. Both ends are in its one thread, as in every run, so each end
    by itself can do more."""
    counterpart = await Counterpart.start(count)
    try:
        found = {"http": _answered(await _http(counterpart, count))}
        for name, receipts in (("smpp", False), ("receipts", True)):
            moments = await _smpp(counterpart, count, receipts=receipts)
            since = min(moments.asked_at)
            found[name] = rate(moments.told_at, since) if receipts else _answered(moments)
        return {name: round(value) for name, value in found.items()}
    finally:
        await counterpart.stop()


def _answered(moments: Moments) -> float:
    return rate(moments.answered_at, min(moments.asked_at))


async def _http(counterpart: Counterpart, count: int) -> Moments:
    body = f'{{"to":"{RECIPIENT}"}}'
    request = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    await counterpart.reset(receipts=False, receipt_after_seconds=0.0, final="*")
    await counterpart.http(counterpart.ear_port, request, connections=_CONNECTIONS, count=count)
    await counterpart.wait_load(_PATIENCE_SECONDS)
    return await counterpart.moments(count)


async def _smpp(counterpart: Counterpart, count: int, *, receipts: bool) -> Moments:
    await counterpart.reset(receipts=receipts, receipt_after_seconds=0.05, final="*")
    await counterpart.smpp(
        counterpart.smpp_port, login=("a", "b"), sessions=_SESSIONS, window=_WINDOW, count=count
    )
    await counterpart.wait_load(_PATIENCE_SECONDS)
    if receipts:
        await counterpart.settled("told_distinct", count, idle_seconds=5)
    return await counterpart.moments(count)
