"""Messages that this process has just had in its hands, so that telling of them needs no second look.

Only a memory: what it has forgotten is read from the database. It must never be asked where a message
stands, which the database alone knows.
"""

from __future__ import annotations

from heliograph.model.message import Message


class Recent:
    """The newest messages by their ids: at least `most`, at most twice as many."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._new: dict[int, Message] = {}
        self._old: dict[int, Message] = {}

    def put(self, message: Message) -> None:
        """Remember a message, also in place of what it was before."""
        new = self._new
        new[message.id] = message
        if len(new) >= self._most:  # deleting one by one from the front of a dict is slow
            self._old, self._new = new, {}

    def get(self, message_id: int) -> Message | None:
        """The message, if it is remembered."""
        return self._new.get(message_id) or self._old.get(message_id)
