"""What a simulated SMSC remembers of each submission: who made it, under which id, and how it ended.

Needed to address receipts, to answer query_sm, and to tell under which id the sender knows a message
where that is not the network's. It is bounded, and forgets the oldest first; a receipt whose submission
was forgotten is still sent, without addresses. It must never outlive the process: the network's journal
keeps the debts, not the envelopes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from heliograph.simulator.chaos import ID_FORMATS, IdForm, NetworkSettings
from heliograph.smpp import MessageState

Address = tuple[int, int, str]
"""TON, NPI and the address itself."""

NOWHERE: Final[Address] = (0, 0, "")
_HEXADECIMAL: Final = frozenset({IdForm.HEX, IdForm.HEX_UPPER})
# The SMSC's own ids lie above every id of a network, which go with the clock (2**51 in this century).
_OWN_IDS: Final = 1 << 62


class Booked(msgspec.Struct, gc=False):
    """One submission that was answered."""

    system_id: str
    told: str
    """The id in the response."""
    source: Address
    destination: Address
    at: float
    """When it was submitted, in seconds since the epoch."""
    registered_delivery: int
    text: bytes
    """The first 20 octets."""
    receipt_id: str = ""
    """The id in its receipts; "" for the network's."""
    state: MessageState = MessageState.ENROUTE
    error: int = 0
    done_at: float = 0.0


class Book:
    """Submissions by the id that the network's receipts carry."""

    __slots__ = ("_by_receipt_id", "_by_told", "_last_own", "_most")

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._by_receipt_id: dict[str, Booked] = {}
        # Only those that were told another id than the network's.
        self._by_told: dict[str, Booked] = {}
        self._last_own = 0

    def __len__(self) -> int:
        return len(self._by_receipt_id)

    def own_id(self, settings: NetworkSettings, now: float) -> str:
        """A new id for something that the network does not have yet."""
        self._last_own = max(self._last_own + 1, _OWN_IDS + (int(now * 1000) << 10))
        return format(self._last_own, ID_FORMATS[settings.id_form])

    def add(self, receipt_id: str, booked: Booked) -> None:
        """Remember a submission under the id that the network's receipts for it will carry."""
        entries = self._by_receipt_id
        entries[receipt_id] = booked
        if len(entries) > self._most:
            del entries[next(iter(entries))]

    def add_told(self, booked: Booked) -> None:
        """Remember a submission under the id that its sender was told."""
        self._by_told[booked.told] = booked
        if len(self._by_told) > self._most:
            del self._by_told[next(iter(self._by_told))]

    def by_receipt_id(self, receipt_id: str) -> Booked | None:
        """The submission that a receipt of the network is about."""
        return self._by_receipt_id.get(receipt_id)

    def by_told(self, told: str, settings: NetworkSettings) -> Booked | None:
        """The submission that a sender knows under this id."""
        known = self._by_told.get(told)
        if known is not None:
            return known
        try:
            return self._by_receipt_id.get(as_receipt_id(told, settings))
        except ValueError:
            return None


def as_receipt_id(told: str, settings: NetworkSettings) -> str:
    """An id of a response as the receipts write it. Raises ValueError for what is no id of ours."""
    form = settings.receipt_id_form
    if form is None or form is settings.id_form:
        return told
    base = 16 if settings.id_form in _HEXADECIMAL else 10
    return format(int(told, base), ID_FORMATS[form])


def other_form(message_id: str) -> str:
    """A decimal id in hexadecimal, any other in decimal."""
    if message_id.isdecimal():
        return f"{int(message_id):x}"
    return str(int(message_id, 16))
