"""The sums of segments (promise P10), without counting all their messages each time.

Nothing follows a final status, so of messages that have one it is enough to know how many there are. A
tally keeps that for a segment's messages up to some id, with the ids of the few among them that are open;
whoever asks looks at those again, goes on with the tally as far as it can go, and counts what is behind it.
Sums are exact whenever they are counted. Where that takes long (a carrier without receipts, whose messages
stay open) what was found serves ten times as long as it took, ten seconds at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final, NamedTuple

from heliograph.model.campaign import SegmentSums
from heliograph.model.status import FINAL
from heliograph.store import broadcasts, tallies
from heliograph.store.broadcasts import KeptSegment
from heliograph.store.database import Database, Link
from heliograph.store.tallies import Piece, Tally

__all__ = ["Summed", "Sums", "keep"]

SMALL: Final = 2_000
"""Messages of a segment that are counted each time."""
PIECE: Final = 10_000
_MOST_OPEN: Final = 10_000
"""Ids that a tally keeps."""
_OPEN_SHARE: Final = 4
"""A piece of which more than one in so many is open is not taken into the tally."""
_LONG_SECONDS: Final = 0.02
REST: Final = 10
"""What took long serves ten times as long, within bounds."""
_LONGEST_REST_SECONDS: Final = 10.0
_MOST_RESTING: Final = 1_000
_LATE: Final = timedelta(days=1)
"""So long after a segment's end its messages are compared with what was accepted; then they get old."""


class Summed(NamedTuple):
    """What was found."""

    sums: dict[int, SegmentSums]
    """By segment id."""
    learnt: tuple[Tally, ...]
    """What need not be counted again: to be kept by `keep`."""


@dataclass(slots=True)
class _Sum:
    """While it is made."""

    counts: Counter[str] = field(default_factory=Counter)
    captured_micros: int = 0

    def add(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self.counts[piece.status.word] += piece.messages
            self.captured_micros += piece.captured_micros


@dataclass(kw_only=True)
class Sums:
    """Counts. One instance serves the process."""

    now: Callable[[], datetime]
    small: int = SMALL
    piece: int = PIECE
    rest: float = REST
    _resting: dict[tuple[int, int], tuple[float, SegmentSums]] = field(default_factory=dict)

    async def of(self, link: Link, account_id: int, segments: Sequence[KeptSegment]) -> Summed:
        """The sums of segments that were read by the same link; what was learnt is to be kept after it.
        Where all its statements see one moment, recipients, skipped and statuses add up."""
        learnt: list[Tally] = []
        found: dict[int, SegmentSums] = {}
        fresh: list[KeptSegment] = []
        for each in segments:
            until, sums = self._resting.get((account_id, each.segment.id), (0.0, SegmentSums()))
            if until > monotonic():
                found[each.segment.id] = sums
            else:
                fresh.append(each)
        small = [each for each in fresh if each.accepted <= self.small]
        begun = monotonic()
        followed = await broadcasts.followed_of(link, account_id, fresh)
        clicks_seconds = monotonic() - begun
        stands = await broadcasts.statuses_of(link, account_id, small)
        large = [each for each in fresh if each.accepted > self.small]
        known = await tallies.find_tallies(link, account_id, [each.segment.id for each in large])
        for each in fresh:
            number, begun = each.segment.id, monotonic()
            if number not in stands:
                stands[number], tally = await self._large(link, account_id, each, known.get(number))
                learnt += [] if tally is None else [tally]
            statuses, captured = stands[number]
            found[number] = SegmentSums(
                recipients=each.looked_at,
                skipped=each.skipped,
                statuses=statuses,
                price_micros=each.price_micros,
                captured_micros=captured,
                clicked=followed[number].clicked,
                clicks=followed[number].clicks,
                converted=followed[number].converted,
            )
            if each.accepted > self.small:
                seconds = clicks_seconds + monotonic() - begun
                self._rest((account_id, number), seconds, found[number])
        return Summed(found, tuple(learnt))

    def _rest(self, key: tuple[int, int], seconds: float, sums: SegmentSums) -> None:
        """Counting it again at once would take as long again."""
        if seconds > _LONG_SECONDS:
            if len(self._resting) >= _MOST_RESTING:
                self._resting.clear()
            until = monotonic() + min(seconds * self.rest, _LONGEST_REST_SECONDS)
            self._resting[key] = (until, sums)

    async def _large(
        self, link: Link, account_id: int, segment: KeptSegment, tally: Tally | None
    ) -> tuple[tuple[dict[str, int], int], Tally | None]:
        """Statuses and money, and the tally if it is another than before."""
        number = segment.segment.id
        begin = Tally(number, broadcasts.oldest_of([segment.segment.submission_id]), {}, 0, ())
        before = tally or begin
        after, total = await self._counted(link, account_id, segment, before)
        if total.counts.total() < segment.accepted and self._young(segment):
            # somebody whose clock is behind made messages with smaller ids: all are counted again
            after, total = await self._counted(link, account_id, segment, begin)
        return (dict(total.counts), total.captured_micros), None if after == before else after

    def _young(self, segment: KeptSegment) -> bool:
        finished = segment.segment.finished_at
        return finished is None or self.now() - finished < _LATE

    async def _counted(
        self, link: Link, account_id: int, segment: KeptSegment, tally: Tally
    ) -> tuple[Tally, _Sum]:
        """The tally as far as it can go now, and everything."""
        final = _Sum(Counter(tally.counts), tally.captured_micros)
        opened = await tallies.look_at_open(link, account_id, tally.open_ids)
        final.add(piece for piece in opened if piece.status in FINAL)
        still = [piece for piece in opened if piece.status not in FINAL]
        submission_id, upto = segment.segment.submission_id, tally.upto
        behind: list[Piece] = []
        while True:
            pieces = await tallies.count_piece(
                link,
                account_id,
                submission_id,
                upto,
                limit=self.piece,
                most_open=self.piece // _OPEN_SHARE,
            )
            left = [piece for piece in pieces if piece.status not in FINAL]
            if not self._settled(pieces, left, still):
                last = sum(piece.messages for piece in pieces) < self.piece
                behind = pieces
                if not last:
                    behind = await tallies.count_behind(link, account_id, submission_id, upto)
                break
            final.add(piece for piece in pieces if piece.status in FINAL)
            still += left
            upto = max(piece.upto for piece in pieces)
        open_ids = tuple(sorted(number for piece in still for number in piece.ids or ()))
        after = Tally(tally.segment_id, upto, dict(final.counts), final.captured_micros, open_ids)
        final.add(still)
        final.add(behind)
        return after, final

    def _settled(
        self, pieces: Sequence[Piece], left: Sequence[Piece], still: Sequence[Piece]
    ) -> bool:
        """Whether a piece is whole, and few enough of it are open."""
        if sum(piece.messages for piece in pieces) < self.piece:
            return False
        if any(piece.ids is None for piece in left):
            return False
        waiting = sum(piece.messages for piece in left)
        before = sum(piece.messages for piece in still)
        return waiting * _OPEN_SHARE <= self.piece and waiting + before <= _MOST_OPEN


async def keep(database: Database, account_id: int, learnt: Iterable[Tally]) -> None:
    """What was learnt helps whoever asks next; where it is lost, he counts again."""
    for tally in learnt:
        await database.run_one(partial(tallies.put_tally, account_id=account_id, tally=tally))
