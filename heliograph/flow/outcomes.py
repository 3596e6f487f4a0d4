"""What the outcome of an attempt says of its message: changes, carriers' ids, and the words of the trace.

Pure: a table's worth of decisions without a database; `deliver` writes what comes of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from heliograph.flow.advance import Again, Change, Standing
from heliograph.flow.outlet import Waiting
from heliograph.model.message import EventKind
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Outcome, Taken, Unknown
from heliograph.model.status import Status
from heliograph.store.messages import PartKey
from heliograph.store.receipts import ReceiptKey


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt's outcome on its way into the database."""

    waiting: Waiting
    carrier_id: int
    outcome: Outcome


def overtaken(result: Result, standing: Standing) -> bool:
    """Whether other words on this message count more than that this attempt came to nothing."""
    if result.waiting.late:
        if isinstance(result.outcome, Unknown):
            return True  # it was called uncertain already; only its ids are new
        newest = standing.attempts == result.waiting.attempt + 1
        return standing.status is not Status.UNCERTAIN or not newest
    return standing.status not in (Status.SCHEDULED, Status.QUEUED, Status.UNCERTAIN)


def change_of(
    result: Result,
    status: Status | None,
    now: datetime,
    *,
    declined: Declined | None = None,
    detail: bytes | None = None,
    again: Again | None = None,
    attempt: int | None = None,
) -> Change:
    message = result.waiting.message
    made = result.carrier_id != 0 or message.test
    return Change(
        account_id=message.account_id,
        message_id=message.id,
        kind=EventKind.ATTEMPT if status is None else EventKind.STATUS,
        status=Status.QUEUED if status is None and again is not None else status,
        reason=declined.reason if declined else Reason.NONE,
        vendor_code=declined.vendor_code if declined else None,
        attempt=(result.waiting.attempt + 1 if made else 0) if attempt is None else attempt,
        carrier_id=result.carrier_id if made else None,
        at=now,
        detail=detail,
        again=again,
    )


def sent(result: Result, carrier_ids: tuple[str, ...], now: datetime) -> Change:
    """What it says of a message that a carrier took it."""
    detail = detail_of(result, carrier_ids=list(carrier_ids))
    return change_of(result, Status.SENT, now, detail=detail)


def taken(results: Sequence[Result], now: datetime) -> list[Change]:
    """Of messages that a carrier took as usual, and that have no other result here."""
    counts = Counter(result.waiting.message.id for result in results)
    return [
        sent(result, result.outcome.carrier_ids, now)
        for result in results
        if isinstance(result.outcome, Taken)
        and result.carrier_id
        and not result.waiting.late
        and counts[result.waiting.message.id] == 1
    ]


class _Detail(msgspec.Struct, omit_defaults=True):
    """What the trace keeps of an attempt."""

    route: int | None = None
    candidates: tuple[object, ...] = ()
    carrier_ids: list[str] = []
    why: str | None = None


def detail_of(
    result: Result, carrier_ids: list[str] | None = None, why: str | None = None
) -> bytes:
    decision = result.waiting.decision
    return msgspec.json.encode(
        _Detail(decision.route_id, decision.candidates, carrier_ids or [], why)
    )


def _places(outcome: Outcome) -> tuple[tuple[int, str], ...]:
    """Parts and their ids. One id names the whole message (part 0), several name its parts in order; of
    an unknown outcome those that are known."""
    match outcome:
        case Taken(carrier_ids=(one,)):
            return ((0, one),)
        case Taken(carrier_ids=several):
            return tuple(enumerate(several, start=1))
        case Unknown(carrier_ids=known):
            return known
        case _:
            return ()


def keys_of(
    result: Result, keys: list[ReceiptKey], parts: list[PartKey], part_ids: list[str]
) -> None:
    """Adds the ids that the carrier gave, and the parts that have one."""
    message, attempt = result.waiting.message, result.waiting.attempt + 1
    for part, carrier_id in _places(result.outcome):
        keys.append(
            ReceiptKey(
                result.carrier_id,
                carrier_id,
                message.account_id,
                message.id,
                attempt,
                part,
                message.valid_until,
            )
        )
        if part:
            parts.append(PartKey(message.account_id, message.id, attempt, part))
            part_ids.append(carrier_id)
