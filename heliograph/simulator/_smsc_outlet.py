"""What a simulated SMSC brings to its clients: receipts and handsets' messages, as deliver_sm.

Each goes to any session of the system_id that may receive, within its window; one that is not answered,
or whose session ends, goes out again. Only a deliver_sm_resp, or a rejection for good, strikes it off
what the network owes. It must never make a task or a timer: it says when it wants to be asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec

from heliograph.model.report import Arrival, Receipt
from heliograph.model.status import Status
from heliograph.simulator._smsc_book import NOWHERE, Book, Booked, other_form
from heliograph.simulator._smsc_text import STATES, inbound_pdus, receipt_pdu
from heliograph.simulator.faults import Act, FaultDice, Stage
from heliograph.simulator.network import Network
from heliograph.smpp import (
    CommandStatus,
    DeliverSm,
    Refusal,
    RegisteredDelivery,
    Request,
    Response,
)

BATCH: Final = 500
"""Receipts or arrivals taken from the network at once."""
RETRY_SECONDS: Final = 1.0
"""Pause before what a client could not take goes out again."""
# A client that answers so wants it never again (3.4, 5.1.3).
_FOR_GOOD: Final = frozenset({CommandStatus.RX_P_APPN, CommandStatus.RX_R_APPN})
_RECEIPT_BITS: Final = int(RegisteredDelivery.RECEIPT_MASK)


class Receiver(Protocol):
    """A session that may be sent deliver_sm."""

    @property
    def room(self) -> int:
        """How many it takes now."""

    @property
    def allows_tlvs(self) -> bool:
        """Whether its peer knows TLVs."""

    def send(self, request: Request, context: object) -> int | Refusal:
        """Write it; a refusal means that nothing was written."""


class Item:
    """One deliver_sm to be brought, and what it is a part of."""

    __slots__ = ("debt", "pdu")

    def __init__(self, debt: _Debt, pdu: DeliverSm) -> None:
        self.debt = debt
        self.pdu = pdu


class _Debt:
    """Something owed to a client: struck off when all its deliver_sm were answered."""

    __slots__ = ("left", "number", "system_id")

    def __init__(self, number: int, system_id: str, left: int) -> None:
        self.number = number
        """As the network counts it; 0 for what it knows nothing of."""
        self.system_id = system_id
        self.left = left


class Outlet:
    """Brings what is due to who may receive it."""

    def __init__(self, network: Network, book: Book, dice: FaultDice, home: str) -> None:
        """`home` is the system_id that hears what cannot be told whose it is."""
        self._network = network
        self._book = book
        self.dice = dice
        self._home = home
        self._queues: dict[str, deque[Item]] = {}
        self._receivers: dict[str, list[Receiver]] = {}
        self._retries: deque[tuple[float, Item]] = deque()
        self._done: list[int] = []
        self._reference = 0
        self.receipted: list[str] = []
        """Ids whose receipts were sent; whoever reads them empties the list."""
        self.watching = False
        """Whether anybody reads `receipted`."""

    # -- who receives --

    def add(self, system_id: str, receiver: Receiver) -> None:
        """A session was bound that may receive."""
        self._receivers.setdefault(system_id, []).append(receiver)

    def remove(self, system_id: str, receiver: Receiver, unanswered: Sequence[object]) -> None:
        """A session is gone; what it did not answer goes to another, first of all."""
        known = self._receivers.get(system_id, [])
        if receiver in known:
            known.remove(receiver)
        queue = self._queues.setdefault(system_id, deque())
        queue.extendleft(item for item in reversed(unanswered) if isinstance(item, Item))

    # -- what is brought --

    def next_deadline(self) -> float | None:
        """When `turn` is due next, in seconds since the epoch."""
        known = [
            due
            for due in (
                self._network.receipts_due(),
                self._network.arrivals_due(),
                self._retries[0][0] if self._retries else None,
            )
            if due is not None
        ]
        return min(known) if known else None

    def turn(self, now: float) -> None:
        """Take what is due from the network and bring all that there is room for."""
        while self._retries and self._retries[0][0] <= now:
            item = self._retries.popleft()[1]
            self._queue_of(item.debt.system_id).appendleft(item)
        full = BATCH
        while full == BATCH:
            numbers, receipts = self._network.take_receipts(now, BATCH)
            for number, receipt in zip(numbers, receipts, strict=True):
                self._put_receipt(number, receipt)
            full = len(receipts)
        numbers, arrivals = self._network.take_arrivals(now, BATCH)
        for number, arrival in zip(numbers, arrivals, strict=True):
            self._put_arrival(number, arrival)
        for system_id in self._queues:
            self.bring(system_id)
        self.settle()

    def put_final(self, booked: Booked) -> None:
        """A receipt of the SMSC's own, for what never reached the network."""
        if not _wanted(booked.registered_delivery, delivered=False):
            return
        pdu = receipt_pdu(
            booked,
            message_id=booked.told,
            state=booked.state,
            done_at=datetime.fromtimestamp(booked.done_at, UTC),
            error=booked.error,
        )
        self._queue_of(booked.system_id).append(Item(_Debt(0, booked.system_id, 1), pdu))

    def bring(self, system_id: str) -> None:
        """Send what waits for a system_id, as far as there is room."""
        queue = self._queues.get(system_id)
        receivers = self._receivers.get(system_id)
        if not queue or not receivers:
            return
        for receiver in tuple(receivers):
            for _ in range(min(receiver.room, len(queue))):
                item = queue.popleft()
                pdu = item.pdu
                if pdu.tlvs and not receiver.allows_tlvs:
                    pdu = msgspec.structs.replace(pdu, tlvs=())
                if isinstance(receiver.send(pdu, item), Refusal):
                    queue.appendleft(item)
                    break
        receivers.append(receivers.pop(0))

    def answered(self, item: Item, response: Response, now: float) -> None:
        """A client answered a deliver_sm; `settle` tells the network."""
        status = response.command_status
        if status and status not in _FOR_GOOD:
            self._retries.append((now + RETRY_SECONDS, item))
            return
        debt = item.debt
        debt.left -= 1
        if debt.left == 0 and debt.number:
            self._done.append(debt.number)

    def lost(self, item: Item, now: float) -> None:
        """A deliver_sm was not answered in time."""
        self._retries.append((now + RETRY_SECONDS, item))

    def settle(self) -> None:
        """Tell the network what has been heard."""
        if self._done:
            done, self._done = self._done, []
            self._network.acknowledge(done)

    def _queue_of(self, system_id: str) -> deque[Item]:
        queue = self._queues.get(system_id)
        if queue is None:
            queue = self._queues[system_id] = deque()
        return queue

    def _put_receipt(self, number: int, receipt: Receipt) -> None:
        told = receipt.carrier_message_id
        booked = self._book.by_receipt_id(told)
        if booked is None:
            at = receipt.at.timestamp()
            booked = Booked(self._home, told, NOWHERE, NOWHERE, at, 1, b"")
        else:
            booked.state, booked.error = STATES[receipt.status], int(receipt.reason)
            booked.done_at = receipt.at.timestamp()
            told = booked.receipt_id or told
        if self.watching:
            self.receipted.append(booked.told)
        act = self.dice.next(Stage.RECEIPT)
        delivered = receipt.status is Status.DELIVERED
        if act is Act.RECEIPT_LOST or not _wanted(booked.registered_delivery, delivered=delivered):
            self._done.append(number)
            return
        pdu = receipt_pdu(
            booked,
            message_id=other_form(told) if act is Act.RECEIPT_WRONG_ID else told,
            state=STATES[receipt.status],
            done_at=receipt.at,
            error=int(receipt.reason),
        )
        copies = 2 if act is Act.RECEIPT_TWICE else 1
        debt = _Debt(number, booked.system_id, copies)
        queue = self._queue_of(booked.system_id)
        for _ in range(copies):
            queue.append(Item(debt, pdu))

    def _put_arrival(self, number: int, arrival: Arrival) -> None:
        self._reference = self._reference % 255 + 1
        pdus = inbound_pdus(
            arrival.sender,
            arrival.recipient,
            arrival.text,
            arrival.body,
            reference=self._reference,
        )
        debt = _Debt(number, self._home, len(pdus))
        queue = self._queue_of(self._home)
        queue.extend([Item(debt, pdu) for pdu in pdus])


def _wanted(registered_delivery: int, *, delivered: bool) -> bool:
    """Whether the submitter asked for this receipt."""
    asked = registered_delivery & _RECEIPT_BITS
    if asked == RegisteredDelivery.ON_FAILURE:
        return not delivered
    if asked == RegisteredDelivery.ON_SUCCESS:
        return delivered
    return asked == RegisteredDelivery.FINAL
