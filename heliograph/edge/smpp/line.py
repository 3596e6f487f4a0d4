"""All sessions of one credential on this node: how many may bind, how fast they may submit, and the queue of
what they are to be told. What waits goes out in order to whichever session has room; when none is bound
any more it is given back at once, and whoever asked keeps it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

from heliograph.edge.smpp.settings import Terms
from heliograph.flow.calling import Called
from heliograph.flow.lanes import Bucket
from heliograph.smpp import CommandStatus, LossReason, Request, Response, status_name

__all__ = ["Delivery", "Line", "Receiver"]

_OK_STATUS: Final = 200
_BURST_SECONDS: Final = 1.0


@dataclass(slots=True, eq=False)
class Delivery:
    """One PDU to be delivered. `make` writes it for a session's version."""

    make: Callable[[int], Request]
    done: asyncio.Future[Called]
    began_at: float

    def answered(self, response: Response) -> None:
        """The customer answered."""
        taken = response.command_status == CommandStatus.ROK
        self._end(
            _OK_STATUS if taken else None, None if taken else status_name(response.command_status)
        )

    def lost(self, why: LossReason) -> None:
        """No answer will come; one that broke off with its session is as if nobody had been there."""
        self._end(None, f"deliver_sm: {why.value}", absent=why is LossReason.CLOSED)

    def unwritable(self, sentence: str) -> None:
        """It does not fit any PDU."""
        self._end(None, sentence)

    def abandoned(self) -> None:
        """Nobody is bound."""
        self._end(None, "nobody is bound", absent=True)

    def _end(self, status_code: int | None, error: str | None, *, absent: bool = False) -> None:
        if not self.done.done():
            spent_ms = int((monotonic() - self.began_at) * 1000)
            self.done.set_result(
                Called(status_code=status_code, error=error, duration_ms=spent_ms, absent=absent)
            )


class Receiver(Protocol):
    """A session that takes deliveries."""

    @property
    def version(self) -> int:
        """The SMPP version that it speaks."""

    def room(self) -> int:
        """How many more it takes now."""

    def give(self, delivery: Delivery) -> bool:
        """Send it; False when it cannot be sent now."""


class Line:
    """The sessions of one credential."""

    def __init__(self, credential_id: int, terms: Terms) -> None:
        self.credential_id: Final = credential_id
        self.terms = terms
        self.binds = 0
        self.receivers: list[Receiver] = []
        self._waiting: deque[Delivery] = deque()
        self._bucket = Bucket(terms.per_second, monotonic(), burst_seconds=_BURST_SECONDS)

    @property
    def waiting(self) -> int:
        """Deliveries that no session has room for yet."""
        return len(self._waiting)

    @property
    def version(self) -> int:
        """The lowest version among those to be told."""
        return min((receiver.version for receiver in self.receivers), default=0)

    def agree(self, terms: Terms) -> None:
        """The credential's settings as they are now."""
        self.terms = terms
        if terms.per_second != self._bucket.per_second:
            self._bucket = Bucket(terms.per_second, monotonic(), burst_seconds=_BURST_SECONDS)

    def may_submit(self, count: int) -> bool:
        """Whether the credential's throughput allows it; a submit_multi may run into debt once."""
        if not self.terms.per_second:
            return True
        if self._bucket.available(monotonic()) < 1:
            return False
        self._bucket.take(count)
        return True

    def deliver(self, make: Callable[[int], Request]) -> asyncio.Future[Called]:
        """Queue a delivery; its future ends with the customer's answer, or when nobody is bound."""
        delivery = Delivery(make, asyncio.get_running_loop().create_future(), monotonic())
        first = None if self._waiting else self._next()
        if first is None or not first.give(delivery):
            self._waiting.append(delivery)
            self.pump()
        return delivery.done

    def join(self, receiver: Receiver) -> None:
        """A session that takes deliveries is bound."""
        self.receivers.append(receiver)
        self.pump()

    def leave(self, receiver: Receiver) -> None:
        """It is no more."""
        if receiver in self.receivers:
            self.receivers.remove(receiver)
        self.pump()

    def pump(self) -> None:
        """Send what waits while a session has room, each session in its turn."""
        if not self.receivers:
            while self._waiting:
                self._waiting.popleft().abandoned()
            return
        while self._waiting:
            receiver = self._next()
            if receiver is None:
                return
            delivery = self._waiting.popleft()
            if not receiver.give(delivery):
                self._waiting.appendleft(delivery)
                return

    def _next(self) -> Receiver | None:
        for place, receiver in enumerate(self.receivers):
            if receiver.room() > 0:
                if len(self.receivers) > 1:
                    self.receivers.append(self.receivers.pop(place))
                return receiver
        return None
