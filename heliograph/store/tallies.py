"""What is known for good of the messages of segments, and counts of the others. Functions take a link to
the database; each statement stands for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from heliograph.model.money import Charge
from heliograph.model.status import FINAL, Status
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("tallies")
_COUNTS = msgspec.json.Decoder(dict[str, int])
_FINAL = [int(status) for status in FINAL]
_CAPTURED = int(Charge.CAPTURED)


class Tally(NamedTuple):
    """Of a segment's messages with ids up to `upto`."""

    segment_id: int
    upto: int
    counts: Mapping[str, int]
    """Word of a final status → how many have it."""
    captured_micros: int
    """What those were charged."""
    open_ids: tuple[int, ...]
    """All others, the smallest first."""


class Piece(NamedTuple):
    """Messages with one status."""

    status: Status
    messages: int
    captured_micros: int
    upto: int = 0
    """The largest of their ids, where it was asked for."""
    ids: tuple[int, ...] | None = ()
    """Theirs, where the status is not final; None where these are too many."""


async def find_tallies(link: Link, account_id: int, segment_ids: Sequence[int]) -> dict[int, Tally]:
    """Segment id → what is kept of it."""
    rows = await link.fetch(_SQL["find_tallies"], account_id, list(segment_ids))
    return {
        row["segment_id"]: Tally(
            row["segment_id"],
            row["upto"],
            _COUNTS.decode(row["counts"]),
            row["captured_micros"],
            tuple(row["open_ids"]),
        )
        for row in rows
    }


async def put_tally(link: Link, account_id: int, tally: Tally) -> None:
    """Keep it in the place of the one before."""
    await link.execute(
        _SQL["put_tally"],
        account_id,
        tally.segment_id,
        tally.upto,
        msgspec.json.encode(tally.counts).decode(),
        tally.captured_micros,
        list(tally.open_ids),
    )


async def look_at_open(link: Link, account_id: int, ids: Sequence[int]) -> list[Piece]:
    """What has become of these messages."""
    if not ids:
        return []
    rows = await link.fetch(
        _SQL["look_at_open"], account_id, list(ids), min(ids), max(ids), _CAPTURED
    )
    return [
        Piece(Status(row["status"]), row["messages"], row["captured"], ids=tuple(row["ids"]))
        for row in rows
    ]


async def count_piece(
    link: Link, account_id: int, submission_id: int, after: int, *, limit: int, most_open: int
) -> list[Piece]:
    """The next `limit` messages of a submission, by status."""
    rows = await link.fetch(
        _SQL["count_piece"], account_id, submission_id, after, limit, _FINAL, most_open, _CAPTURED
    )
    return [
        Piece(
            Status(row["status"]),
            row["messages"],
            row["captured"],
            row["upto"],
            None if row["ids"] is None else tuple(row["ids"]),
        )
        for row in rows
    ]


async def count_behind(link: Link, account_id: int, submission_id: int, after: int) -> list[Piece]:
    """All messages of a submission with ids above `after`, by status."""
    rows = await link.fetch(_SQL["count_behind"], account_id, submission_id, after, _CAPTURED)
    return [Piece(Status(row["status"]), row["messages"], row["captured"]) for row in rows]
