"""One attempt on its way: its parts, what was said of each, and the one outcome that follows.

The rule is promise P2: what may have been taken is never called declined. `Declined` needs every part to
be surely untaken: refused by the SMSC, or never written. As soon as one part was taken, or written and
not answered, an outcome that is not `Taken` is `Unknown`. It settles once, and never talks to a socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.carrier import Settle
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch, Outcome, Taken, Unknown
from heliograph.smpp import SubmitSm

MOST_RETRIES: Final = 5
"""How often parts that were throttled follow those of their message that were taken."""
UNNAMED: Final = "unnamed:"
"""How the ids begin that we made up for what the SMSC took without naming it."""

_DOWN: Final = Declined(reason=Reason.CARRIER_DOWN)


class Pending:
    """A dispatch between `submit` and its outcome."""

    __slots__ = (
        "_ids",
        "_lost",
        "_open",
        "_refused",
        "_retries",
        "_settle",
        "dispatch",
        "parts",
        "since",
    )

    def __init__(self, dispatch: Dispatch, settle: Settle, since: float) -> None:
        """`since` is when it was submitted, in seconds of the link's clock."""
        self.dispatch: Final = dispatch
        self.since: Final = since
        self.parts: Sequence[SubmitSm] = ()
        self._settle = settle
        self._ids: dict[int, str] = {}
        self._refused: dict[int, Declined] = {}
        self._lost: str | None = None
        self._open = 0
        self._retries = 0

    def begin(self, parts: Sequence[SubmitSm]) -> None:
        """Its parts are to be written; each is answered, refused, lost or left unwritten once."""
        self.parts = parts
        self._open = len(parts)

    def taken(self, index: int, carrier_id: str) -> tuple[int, ...]:
        """The SMSC took a part. Returns the parts to be written again, here and below."""
        self._ids[index] = carrier_id
        return self._closed()

    def refused(self, index: int, declined: Declined) -> tuple[int, ...]:
        """A part was surely not taken: refused, or never written because it cannot be."""
        self._refused[index] = declined
        return self._closed()

    def follow_no_more(self) -> None:
        """From now on a throttled part is not tried again."""
        self._retries = MOST_RETRIES

    def unwritten(self, index: int) -> tuple[int, ...]:
        """The bind ended before a part was written."""
        return self.refused(index, _DOWN)

    def lost(self, why: str) -> tuple[int, ...]:
        """A part was written and will have no answer."""
        self._lost = why
        return self._closed()

    def end(self, outcome: Outcome) -> None:
        """Settle before anything was written."""
        self._settle(self.dispatch, outcome)

    def _closed(self) -> tuple[int, ...]:
        self._open -= 1
        if self._open:
            return ()
        if self._is_worth_a_retry():
            again = tuple(sorted(self._refused))
            self._refused.clear()
            self._retries += 1
            self._open = len(again)
            return again
        self._settle(self.dispatch, self._outcome())
        return ()

    def _is_worth_a_retry(self) -> bool:
        """Half a message is of no use: parts that were throttled follow the others."""
        return (
            bool(self._ids and self._refused)
            and self._lost is None
            and self._retries < MOST_RETRIES
            and all(one.reason is Reason.THROTTLED for one in self._refused.values())
        )

    def _outcome(self) -> Outcome:
        if self._lost is not None:
            return Unknown(detail=self._lost, carrier_ids=self._known())
        if not self._refused:
            return Taken(carrier_ids=self._named())
        index, declined = min(self._refused.items())
        if not self._ids:
            return declined
        told = declined.vendor_code or declined.reason.word
        return Unknown(
            detail=f"{len(self._ids)} of {len(self.parts)} parts were taken; part {index + 1}: {told}",
            carrier_ids=self._known(),
        )

    def _known(self) -> tuple[tuple[int, str], ...]:
        """What was taken of a message whose other parts are in doubt. The same id for several names
        none of them."""
        if len(set(self._ids.values())) < len(self._ids):
            return ()
        return tuple((index + 1, one) for index, one in sorted(self._ids.items()) if one)

    def _named(self) -> tuple[str, ...]:
        """One id per part in order; one for all where the SMSC gave them the same.

        A part without an id gets one that no SMSC gives, because the others are known by their places.
        """
        ids = self._ids
        if len(ids) == 1:
            return (ids[0] or self._made_up(0),)
        if len(set(ids.values())) == 1 and ids[0]:
            return (ids[0],)
        return tuple(ids[index] or self._made_up(index) for index in range(len(self.parts)))

    def _made_up(self, index: int) -> str:
        return f"{UNNAMED}{self.dispatch.message.id}:{self.dispatch.attempt}:{index + 1}"
