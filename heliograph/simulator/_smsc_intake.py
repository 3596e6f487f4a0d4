"""Submissions on their way into a simulated network: asked of the network, and what to answer when.

A client that waits for each response before it sends the next part of a long message is answered after a
moment with an id of the SMSC's own, and the receipt names that id; so is whoever schedules a message.
Nothing here touches a connection: answers go out as values with the time at which they are due.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from heliograph.model.message import Message
from heliograph.model.report import Declined, Dispatch, Outcome, Taken
from heliograph.simulator._smsc_book import Address, Book, Booked, as_receipt_id
from heliograph.simulator._smsc_bundle import Asked, Bundle, Bundler, Submission
from heliograph.simulator.faults import Act, FaultDice, Stage
from heliograph.simulator.network import Network
from heliograph.smpp import (
    AnswerableError,
    CommandStatus,
    DataSm,
    MessageState,
    Response,
    SubmitMulti,
    SubmitMultiResp,
    Unsuccessful,
    parse_time,
)

_REFUSALS: Final[dict[Act, CommandStatus]] = {
    Act.THROTTLED: CommandStatus.RTHROTTLED,
    Act.QUEUE_FULL: CommandStatus.RMSGQFUL,
    Act.SYSTEM_ERROR: CommandStatus.RSYSERR,
}
_OK: Final = 0

_log = structlog.get_logger(__name__)


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A response and when it is due, in seconds since the epoch."""

    due: float
    asked: Asked
    response: Response


class Intake:
    """Takes requests, asks the network, and tells what to answer when."""

    def __init__(self, network: Network, book: Book, dice: FaultDice) -> None:
        self._network = network
        self._book = book
        self.dice = dice
        self._bundler = Bundler(network)
        self._scheduled: list[tuple[float, Bundle]] = []
        self._ended: list[Booked] = []

    @property
    def next_deadline(self) -> float | None:
        """When `tick` is due next; None when nothing waits."""
        waiting = self._bundler.next_deadline
        if not self._scheduled:
            return waiting
        first = self._scheduled[0][0]
        return first if waiting is None else min(first, waiting)

    def take(self, requests: Iterable[Asked], now: float) -> list[Answer]:
        """Take requests. Those not answered here are answered by a later call, or never."""
        answers: list[Answer] = []
        bundles: list[Bundle] = []
        for asked in requests:
            asked.act = act = self.dice.next(Stage.SUBMIT)
            if act in _REFUSALS:
                answers.append(_refused(asked, _REFUSALS[act], now))
                continue
            try:
                at = _time_of(asked.pdu, now)
                bundle = self._bundler.bundle(asked, now)
            except AnswerableError as error:
                answers.append(_refused(asked, error.command_status, now))
                continue
            if bundle is None:
                continue  # waits for its other parts
            if at is None:
                bundles.append(bundle)
            else:
                answers += self._schedule(bundle, at, now)
        if bundles:
            answers += self._submit(bundles, now)
        return answers

    def tick(self, now: float) -> list[Answer]:
        """Answer parts that have waited long enough, submit what was scheduled, forget half messages."""
        answers = [self._answer_alone(asked, now) for asked in self._bundler.late(now)]
        due: list[Bundle] = []
        while self._scheduled and self._scheduled[0][0] <= now:
            due.append(self._scheduled.pop(0)[1])
        if due:
            answers += self._submit(due, now)
        for given_up in self._bundler.given_up(now):
            _log.info("parts never came", total=given_up.key.total, had=len(given_up.parts))
        return answers

    def take_ended(self) -> list[Booked]:
        """Messages that were answered and ended before the network had them, once."""
        ended, self._ended = self._ended, []
        return ended

    def cancel(self, booked: Booked) -> bool:
        """Withdraw a scheduled message; False when it is on its way already."""
        for index, (_, bundle) in enumerate(self._scheduled):
            if bundle.asked[0].told == booked.told:
                del self._scheduled[index]
                return True
        return False

    # -- answering --

    def _submit(self, bundles: Sequence[Bundle], now: float) -> list[Answer]:
        dispatches = [one for bundle in bundles for one in bundle.dispatches]
        outcomes = iter(self._network.submit(dispatches, now))
        answers: list[Answer] = []
        for bundle in bundles:
            if len(bundle.dispatches) == 1:
                due, _, outcome = next(outcomes)
                self._answer(bundle, due, outcome, now, answers)
            else:
                results = [next(outcomes) for _ in bundle.dispatches]
                answers += self._answer_several(bundle, results, now)
        return answers

    def _answer(
        self, bundle: Bundle, due: float, outcome: Outcome, now: float, answers: list[Answer]
    ) -> None:
        """Every request of one message."""
        if isinstance(outcome, Taken):
            for asked, carrier_id in zip(bundle.asked, outcome.carrier_ids, strict=True):
                told = asked.told or carrier_id
                self._book_taken(asked, carrier_id, told, bundle.dispatches[0].message, now)
                if not asked.answered:
                    asked.answered = True
                    answers.append(Answer(due, asked, _positive(asked.pdu, told)))
            return
        for asked in bundle.asked:
            if isinstance(outcome, Declined):
                if asked.answered:
                    self._end(asked.told, outcome, now)
                else:
                    answers.append(_refused(asked, _status_of(outcome), due))
            asked.answered = True

    def _answer_several(
        self, bundle: Bundle, results: Sequence[tuple[float, Dispatch, Outcome]], now: float
    ) -> list[Answer]:
        """One submit_multi: its id is the first destination's, refused ones are listed."""
        asked = bundle.asked[0]
        refused: list[Unsuccessful] = []
        due, unanswered = now, False
        for at, dispatch, outcome in results:
            due = max(due, at)
            if isinstance(outcome, Taken):
                asked.told = asked.told or outcome.carrier_ids[0]
                self._book_taken(asked, outcome.carrier_ids[0], asked.told, dispatch.message, now)
            elif isinstance(outcome, Declined):
                refused.append(
                    Unsuccessful(
                        addr_ton=1,
                        addr_npi=1,
                        destination_addr=dispatch.message.recipient,
                        error_status_code=_status_of(outcome),
                    )
                )
            else:
                unanswered = True
        asked.answered = True
        if unanswered:
            return []
        if not asked.told:
            return [_refused(asked, CommandStatus.RSUBMITFAIL, due)]
        response = SubmitMultiResp(message_id=asked.told, no_unsuccess=tuple(refused))
        return [Answer(due, asked, response)]

    def _answer_alone(self, asked: Asked, now: float) -> Answer:
        """Answer something that the network does not have yet."""
        asked.answered = True
        asked.told = self._book.own_id(self._network.settings, now)
        pdu = asked.pdu
        to = "" if isinstance(pdu, SubmitMulti) else pdu.destination_addr
        self._book.add_told(_booked(asked, asked.told, to, now))
        return Answer(now, asked, _positive(pdu, asked.told))

    def _schedule(self, bundle: Bundle, at: float, now: float) -> list[Answer]:
        """Keep a message until its time."""
        answers = [self._answer_alone(one, now) for one in bundle.asked if not one.answered]
        insort(self._scheduled, (at, bundle), key=_due_first)
        return answers

    def _book_taken(
        self, asked: Asked, carrier_id: str, told: str, message: Message, now: float
    ) -> None:
        settings = self._network.settings
        booked = self._book.by_told(told, settings) if asked.told else None
        if booked is None or booked.destination[2].lstrip("+") != message.recipient:
            booked = _booked(asked, told, message.recipient, now)
        if asked.told:
            booked.receipt_id = as_receipt_id(told, settings)
        self._book.add(as_receipt_id(carrier_id, settings), booked)

    def _end(self, told: str, outcome: Declined, now: float) -> None:
        """What was answered before the network refused it: its sender hears by a receipt."""
        booked = self._book.by_told(told, self._network.settings)
        if booked is not None:
            booked.state, booked.error, booked.done_at = (
                MessageState.REJECTED,
                int(outcome.reason),
                now,
            )
            self._ended.append(booked)


def _time_of(pdu: Submission, now: float) -> float | None:
    """When a message is to go, if that is not now. Raises `AnswerableError` for what is no time."""
    if isinstance(pdu, DataSm) or not (pdu.schedule_delivery_time or pdu.validity_period):
        return None
    moment = datetime.fromtimestamp(now, UTC)
    parse_time(pdu.validity_period, moment, fault=CommandStatus.RINVEXPIRY)
    at = parse_time(pdu.schedule_delivery_time, moment)
    return None if at is None or at <= moment else at.timestamp()


def _booked(asked: Asked, told: str, destination: str, now: float) -> Booked:
    pdu = asked.pdu
    to: Address = (1, 1, destination)
    if not isinstance(pdu, SubmitMulti):
        to = (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr)
    return Booked(
        asked.system_id,
        told,
        (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
        to,
        now,
        pdu.registered_delivery,
        b"" if isinstance(pdu, DataSm) else pdu.short_message[:20],
    )


def _positive(pdu: Submission, message_id: str) -> Response:
    return type(pdu).RESPONSE(0, _OK, (), False, message_id)  # type: ignore[misc,call-arg]


def _refused(asked: Asked, status: int, due: float) -> Answer:
    asked.answered = True
    kind = type(asked.pdu).RESPONSE
    return Answer(due, asked, kind(command_status=status))  # type: ignore[misc]


def _status_of(outcome: Declined) -> int:
    return int(outcome.vendor_code or "0x45", 16)


def _due_first(waiting: tuple[float, Bundle]) -> float:
    return waiting[0]
