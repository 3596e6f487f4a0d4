"""Messages that this process has just had in its hands, so that telling of them needs no second look.

Only a memory: what it has forgotten is read from the database. It must never be asked where a message
stands, which the database alone knows.
"""

from __future__ import annotations

from heliograph.model.message import Message


class Recent:
    """The newest messages by their ids; the oldest are forgotten beyond `most`."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._messages: dict[int, Message] = {}

    def put(self, message: Message) -> None:
        """Remember a message, also in place of what it was before."""
        held = self._messages
        held[message.id] = message
        if len(held) > self._most:
            del held[next(iter(held))]

    def get(self, message_id: int) -> Message | None:
        """The message, if it is remembered."""
        return self._messages.get(message_id)
