"""A mobile network behind an SMSC, simulated: takes submissions, owes receipts, knows its handsets.

The network is passive. Whoever drives it says what time it is, asks what is due and acknowledges what
has been heard; so a test turns the clock by hand, and a carrier by timers. What it owes it owes until it
is acknowledged, over restarts too when it has a journal. It must never start a task, sleep, read a
clock, or keep more than its bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Dispatch, Outcome, Receipt, Taken, Unknown
from heliograph.model.status import Status
from heliograph.simulator.chaos import ID_FORMATS, Dice, NetworkSettings
from heliograph.simulator.fate import (
    DELIVERED,
    REPLY_SECONDS,
    Fate,
    PartReport,
    Plan,
    refusal,
    reports_of,
    response_of,
)
from heliograph.simulator.handset import Handsets, Parcel
from heliograph.simulator.journal import ArrivalToCome, ReceiptToCome, Submitted, Uttered
from heliograph.simulator.magic import magic_of, plan_of
from heliograph.simulator.memory import COMPACT_BYTES, Memory

# The stat field of a delivery receipt (SMPP 3.4, appendix B).
_STAT: Final[dict[Status, str]] = {
    Status.DELIVERED: "DELIVRD",
    Status.UNDELIVERED: "UNDELIV",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTD",
}
_CODES: Final[dict[Reason, str]] = {reason: f"{reason:03d}" for reason in Reason}
_FULL: Final = Plan(refusal=refusal(Reason.THROTTLED))


class Network:
    """One seeded network, as one carrier sees it. Times are seconds since the epoch."""

    def __init__(
        self,
        *,
        carrier_id: int,
        settings: NetworkSettings | None = None,
        handsets: Handsets | None = None,
        journal: Path | None = None,
        most_remembered: int = 200_000,
        most_pending: int = 1_000_000,
        compact_bytes: int = COMPACT_BYTES,
    ) -> None:
        """`most_remembered` messages and recipients are counted; with `most_pending` receipts owed
        the network throttles; a journal above `compact_bytes` is compacted when it is first
        opened. Handsets may be shared with other networks; a journal may not."""
        self._carrier_id = carrier_id
        self.handsets = handsets if handsets is not None else Handsets()
        self._memory = Memory(
            handsets=self.handsets,
            journal=journal,
            most_remembered=most_remembered,
            compact_bytes=compact_bytes,
        )
        self._most_pending = most_pending
        self.configure(settings or NetworkSettings())

    @property
    def settings(self) -> NetworkSettings:
        """How it behaves now."""
        return self._settings

    @property
    def pending(self) -> int:
        """Receipts and arrivals that are not acknowledged yet, due or not."""
        return len(self._memory.receipts) + len(self._memory.arrivals)

    def configure(self, settings: NetworkSettings) -> None:
        """Behave like this from the next submission on."""
        self._settings = settings
        self._dice = Dice(settings)
        self._id_format = ID_FORMATS[settings.id_form]
        self._receipt_id_format = ID_FORMATS[settings.receipt_id_form or settings.id_form]

    def submissions_of(self, message_id: int) -> int:
        """How often the network has seen a message, whatever it answered."""
        return self._memory.messages.count(message_id)

    def open(self) -> None:
        """Take up the journal, if there is one. Raises JournalError; idempotent; may take seconds."""
        self._memory.open()

    def close(self) -> None:
        """Let go of the journal; what is owed stays owed. Idempotent."""
        self._memory.close()

    def submit(
        self, dispatches: Sequence[Dispatch], now: float
    ) -> Sequence[tuple[float, Dispatch, Outcome]]:
        """Take attempts. For each, in their order: when its outcome is to be told, and the outcome.

        An outcome of Unknown is due when the submitter's patience ends. Never raises: a network
        that cannot write its journal declines.
        """
        memory = self._memory
        # Ids go with the clock, so that those of a network without a journal never come back.
        memory.last_id = max(memory.last_id, int(now * 1000) << 10)
        answers: list[tuple[float, Dispatch, Outcome]] = []
        entries: list[Submitted] = []
        for dispatch in dispatches:
            due, outcome, entry = self._take(dispatch, now)
            answers.append((due, dispatch, outcome))
            entries.append(entry)
        if not memory.write(entries):
            no = refusal(Reason.SYSTEM_FAILURE)
            return [(now, dispatch, no) for dispatch in dispatches]
        for entry in entries:
            memory.owe(entry.receipts, entry.arrivals)
        return answers

    def send_inbound(
        self, sender: str, recipient: str, text: str, *, now: float, body: bytes | None = None
    ) -> bool:
        """A handset sends a message to a number of ours; False when the journal cannot be written."""
        arrival = ArrivalToCome(now, self._memory.number(), sender, recipient, text, body)
        if not self._memory.write((Uttered(arrival),)):
            return False
        self._memory.owe((), (arrival,))
        return True

    def receipts_due(self) -> float | None:
        """When the next receipt is due; None when none waits."""
        return self._memory.receipts.due()

    def arrivals_due(self) -> float | None:
        """When the next message from a handset is due; None when none waits."""
        return self._memory.arrivals.due()

    def take_receipts(self, now: float, most: int) -> tuple[Sequence[int], Sequence[Receipt]]:
        """Up to `most` receipts that are due, in order, and the numbers to acknowledge them by."""
        numbers: list[int] = []
        receipts: list[Receipt] = []
        unheard: list[int] = []
        for item in self._memory.receipts.take(now, most):
            at = datetime.fromtimestamp(item.due, UTC)
            if item.parcel is not None:
                self.handsets.land(item.parcel, at)
            if item.heard:
                numbers.append(item.number)
                receipts.append(self._receipt(item, at))
            else:
                unheard.append(item.number)
        if unheard:
            self._memory.acknowledge(unheard)
        return numbers, receipts

    def take_arrivals(self, now: float, most: int) -> tuple[Sequence[int], Sequence[Arrival]]:
        """Up to `most` messages from handsets that are due, and the numbers to acknowledge them by."""
        items = self._memory.arrivals.take(now, most)
        arrivals = [
            Arrival(
                carrier_id=self._carrier_id,
                sender=item.sender,
                recipient=item.recipient,
                text=item.text,
                body=item.body,
                at=datetime.fromtimestamp(item.due, UTC),
            )
            for item in items
        ]
        return [item.number for item in items], arrivals

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """These have been heard; they are owed no more."""
        self._memory.acknowledge(numbers)

    def _take(self, dispatch: Dispatch, now: float) -> tuple[float, Outcome, Submitted]:
        message, memory = dispatch.message, self._memory
        seen = memory.messages.add(message.id)
        nth = memory.recipients.add(message.recipient)
        fate = self._fate(message.recipient, seen, nth)
        first = memory.last_id + 1
        due, outcome = self._answer(fate, message.parts, now)
        receipts: list[ReceiptToCome] = []
        arrivals: list[ArrivalToCome] = []
        for report in reports_of(fate, message.parts):
            parcel = _parcel(dispatch) if report.lands else None
            receipts.append(self._to_come(report, now, first, parcel))
            if parcel is not None:
                arrivals += self._replies(fate.plan, parcel, now + report.seconds)
        entry = Submitted(message.id, message.recipient, memory.last_id, receipts, arrivals)
        return due, outcome, entry

    def _fate(self, recipient: str, seen: int, nth: int) -> Fate:
        magic = magic_of(recipient) if self._settings.magic else None
        plan = plan_of(magic, seen) if magic else None
        if len(self._memory.receipts) >= self._most_pending:
            plan = _FULL
        return self._dice.cast(recipient, nth, plan)

    def _answer(self, fate: Fate, parts: int, now: float) -> tuple[float, Outcome]:
        """When the submitter learns what. Ids are used up even where nobody learns them."""
        if fate.plan.refusal is not None:
            return now + fate.response_seconds, fate.plan.refusal
        first = self._memory.last_id + 1
        self._memory.last_id += parts
        if not fate.plan.answered:
            seconds = self._settings.response_timeout_ms / 1000
            return now + seconds, Unknown(detail=f"no submit response within {seconds:g} s")
        form = self._id_format
        ids = tuple([format(number, form) for number in range(first, first + parts)])
        return now + response_of(fate), Taken(carrier_ids=ids)

    def _to_come(
        self, report: PartReport, now: float, first: int, parcel: Parcel | None
    ) -> ReceiptToCome:
        number = first + report.part
        if report.part < 0:  # a stray id: used up, told to nobody
            number = self._memory.last_id = self._memory.last_id + 1
        return ReceiptToCome(
            now + report.seconds,
            self._memory.number(),
            format(number, self._receipt_id_format),
            report.status,
            report.reason,
            report.heard,
            parcel,
        )

    def _replies(self, plan: Plan, parcel: Parcel, landed: float) -> list[ArrivalToCome]:
        text = parcel.text if plan.echo else plan.reply
        if plan is DELIVERED or text is None or not parcel.sender.isdecimal():
            return []  # nobody can reply to an alphanumeric sender
        body = parcel.body if plan.echo else None
        number, due = self._memory.number(), landed + REPLY_SECONDS
        return [ArrivalToCome(due, number, parcel.recipient, parcel.sender, text, body)]

    def _receipt(self, item: ReceiptToCome, at: datetime) -> Receipt:
        code = _CODES[item.reason]
        delivered = "001" if item.status is Status.DELIVERED else "000"
        name = item.carrier_message_id
        return Receipt(
            carrier_id=self._carrier_id,
            carrier_message_id=name,
            status=item.status,
            reason=item.reason,
            vendor_code=code,
            at=at,
            raw=f"id:{name} sub:001 dlvrd:{delivered} stat:{_STAT[item.status]} err:{code}",
        )


def _parcel(dispatch: Dispatch) -> Parcel:
    message = dispatch.message
    return Parcel(
        message_id=message.id,
        attempt=dispatch.attempt,
        sender=message.sender,
        recipient=message.recipient,
        text=message.text,
        body=message.body,
        parts=message.parts,
        channel=message.channel,
        media_url=None if message.extra is None else message.extra.media_url,
    )
