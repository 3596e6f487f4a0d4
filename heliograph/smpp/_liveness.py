"""Whether the peer is still there: when it was last heard, which enquire_links it owes an answer, and how
long no message has travelled. It writes nothing; the session asks it what is due.
"""

from enum import Enum
from typing import Final

__all__ = ["Due", "Liveness"]


class Due(Enum):
    """What silence asks for."""

    NOTHING = "nothing"
    ENQUIRE = "send an enquire_link"
    PEER_SILENT = "give the peer up"
    INACTIVE = "end a session without messages"


class Liveness:
    """The silence of one peer. Any PDU heard proves it alive: some clients never answer enquire_link."""

    def __init__(
        self, now: float, *, enquire_seconds: float, attempts: int, inactivity_seconds: float | None
    ) -> None:
        self._enquire_seconds: Final = enquire_seconds
        self._attempts: Final = attempts
        self._inactivity_seconds: Final = inactivity_seconds
        self._enquired_at = now
        self._enquiries: set[int] = set()
        self.heard_at = now
        self.message_at = now

    def begin(self) -> None:
        """The session is bound: what counts is what happens from now on."""
        self._enquired_at = self.message_at = self.heard_at

    def enquired(self, sequence_number: int, now: float) -> None:
        """An enquire_link was written."""
        if self.heard_at >= self._enquired_at:
            self._enquiries.clear()
        self._enquiries.add(sequence_number)
        self._enquired_at = now

    def answers(self, sequence_number: int) -> bool:
        """Whether a response is that of an enquire_link of ours; if so, none is owed any more."""
        if sequence_number not in self._enquiries:
            return False
        self._enquiries.clear()
        return True

    def due(self, now: float) -> Due:
        """What `now` asks for."""
        idle = self._inactivity_seconds
        if idle is not None and now >= self.message_at + idle:
            return Due.INACTIVE
        if now < self._enquire_deadline():
            return Due.NOTHING
        owed = 0 if self.heard_at >= self._enquired_at else len(self._enquiries)
        return Due.PEER_SILENT if owed >= self._attempts else Due.ENQUIRE

    def next_deadline(self) -> float:
        """When `due` will ask for something, if nothing is heard."""
        deadline = self._enquire_deadline()
        if self._inactivity_seconds is None:
            return deadline
        return min(deadline, self.message_at + self._inactivity_seconds)

    def _enquire_deadline(self) -> float:
        return max(self.heard_at, self._enquired_at) + self._enquire_seconds
