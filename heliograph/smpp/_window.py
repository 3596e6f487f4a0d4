"""The requests of one session that wait for a response: their sequence numbers, how many there may be and
when each has waited too long. It knows no states and writes nothing; time comes in as seconds.
"""

from typing import Final

from heliograph.smpp._events import Outstanding
from heliograph.smpp._framing import MAX_SEQUENCE_NUMBER
from heliograph.smpp._pdus import GenericNack, Request

__all__ = ["Window"]


class Window:
    """Requests in flight, oldest first."""

    def __init__(self, size: int, timeout_seconds: float, first_sequence_number: int) -> None:
        self.size: Final = size
        self._timeout_seconds: Final = timeout_seconds
        self._next = first_sequence_number
        self._waiting: dict[int, Outstanding] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def next_sequence_number(self) -> int:
        """1 to 0x7FFFFFFF and round again, passing over numbers still waiting."""
        number = self._next
        while number in self._waiting:
            number = number % MAX_SEQUENCE_NUMBER + 1
        self._next = number % MAX_SEQUENCE_NUMBER + 1
        return number

    def add(self, request: Request, sequence_number: int, now: float, context: object) -> None:
        """Remember a request that was written."""
        self._waiting[sequence_number] = Outstanding(
            request=request, sequence_number=sequence_number, sent_at=now, context=context
        )

    def take(self, sequence_number: int, response_id: int) -> Outstanding | None:
        """The request that a response with this number and command_id answers, removed; or None."""
        waiting = self._waiting.get(sequence_number)
        if waiting is None:
            return None
        expected = waiting.request.RESPONSE
        if expected is None or response_id not in (expected.COMMAND_ID, GenericNack.COMMAND_ID):
            return None
        return self._waiting.pop(sequence_number)

    def expired(self, now: float) -> list[Outstanding]:
        """Those that waited too long, removed, oldest first."""
        found: list[Outstanding] = []
        for waiting in self._waiting.values():
            if waiting.sent_at + self._timeout_seconds > now:
                break
            found.append(waiting)
        for waiting in found:
            del self._waiting[waiting.sequence_number]
        return found

    def next_deadline(self) -> float | None:
        """When the oldest will have waited too long."""
        for waiting in self._waiting.values():
            return waiting.sent_at + self._timeout_seconds
        return None

    def all(self) -> tuple[Outstanding, ...]:
        """Everything in flight, oldest first."""
        return tuple(self._waiting.values())

    def clear(self) -> tuple[Outstanding, ...]:
        """Everything in flight, oldest first, removed."""
        found = self.all()
        self._waiting.clear()
        return found
