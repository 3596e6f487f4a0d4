"""What the simulated handsets have received, in bounded memory.

Three bounds hold at once: messages per handset, handsets, and messages in all; what falls out is the
oldest message of a handset, or the whole handset that has heard nothing for longest. It must never
grow with traffic.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

import msgspec

from heliograph.model.message import SMS


class Parcel(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A message inside the network, on its way to a handset."""

    message_id: int
    attempt: int
    """Which attempt of ours brought it."""
    sender: str
    recipient: str
    text: str
    body: bytes | None = None
    parts: int = 1
    channel: str = SMS
    media_url: str | None = None


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message on a handset's display."""

    message_id: int
    attempt: int
    """Which attempt of ours brought it; the same message twice means a handset that heard it twice."""
    sender: str
    text: str
    body: bytes | None
    parts: int
    at: datetime
    channel: str = SMS
    """What it is: a short message, a call with the text that was spoken, a message with media."""
    media_url: str | None = None
    """What was played or shown."""


class Handsets:
    """The handsets of one or more simulated networks."""

    __slots__ = ("_held", "_most_handsets", "_most_held", "_most_per_handset", "_shelves")

    def __init__(
        self,
        *,
        most_handsets: int = 100_000,
        most_per_handset: int = 100,
        most_held: int = 300_000,
    ) -> None:
        self._most_handsets = most_handsets
        self._most_per_handset = most_per_handset
        self._most_held = most_held
        self._held = 0
        # Plain lists, not deques: an empty deque already takes a whole block of 64 entries.
        self._shelves: OrderedDict[str, list[Received]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._shelves)

    @property
    def held(self) -> int:
        """Messages remembered on all handsets."""
        return self._held

    def of(self, msisdn: str) -> tuple[Received, ...]:
        """What a handset has received, oldest first; empty for one that never did."""
        return tuple(self._shelves.get(msisdn, ()))

    def land(self, parcel: Parcel, at: datetime) -> None:
        """Show a message on its handset."""
        shelf = self._shelves.get(parcel.recipient)
        if shelf is None:
            shelf = self._shelves[parcel.recipient] = []
        else:
            self._shelves.move_to_end(parcel.recipient)
        shelf.append(
            Received(
                message_id=parcel.message_id,
                attempt=parcel.attempt,
                sender=parcel.sender,
                text=parcel.text,
                body=parcel.body,
                parts=parcel.parts,
                at=at,
                channel=parcel.channel,
                media_url=parcel.media_url,
            )
        )
        self._held += 1
        if len(shelf) > self._most_per_handset:
            del shelf[0]
            self._held -= 1
        while len(self._shelves) > self._most_handsets or self._held > self._most_held:
            _, oldest = self._shelves.popitem(last=False)
            self._held -= len(oldest)
