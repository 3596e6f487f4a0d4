"""From answers and refusals to IMIconnect's replies.

HTTP says 200 to whatever the API itself answers; the verdict is in the body, and its shape tells it
before its code does: `response` is an array where something was queued, an object where the request was
refused (fact 17). In an array each destination has its element, a refused one with its own code in its
place (fact 18). This module must never let a detail of ours into a reply.
Source: seeds/002; facts 2.1 and 2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.imiconnect import codes
from heliograph.dialects.imiconnect.wire import (
    Fault,
    Note,
    Queued,
    Reply,
    Slot,
    Transaction,
    note_of,
    place_of,
    read_transid,
    transid,
    transid_of,
)
from heliograph.model.command import Accepted, AcceptedItem, Answer, Messages, SendMessages
from heliograph.model.ids import made_at
from heliograph.model.message import MessageRecord
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import FAILURES, Status

_JSON: Final = msgspec.json.Encoder()
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)
_INTERNAL: Final = Refused(refusal=Refusal.INTERNAL)
_ENDED_BADLY: Final = FAILURES | {Status.CANCELLED}
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def write(request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes) -> HttpReply:
    """The reply to a request that was understood; `key` seals the ids in it."""
    match answer:
        case Accepted():
            return _accepted(request, note_of(ask.form), answer, key)
        case Refused() if ask.verdict is None and isinstance(ask.command, SendMessages):
            return _refused(request, note_of(ask.form), answer, key)
        case Refused():
            return refusal(request, answer, key)
        case Messages():
            return _status(request, ask.form, answer, key)
        case _:  # no command of this room has another answer
            return refusal(request, _INTERNAL, key)


def refusal(request: HttpRequest, refused: Refused, key: bytes = b"") -> HttpReply:
    """A "no" to the request as a whole."""
    seconds = refused.retry_after_seconds
    return fault(
        request,
        codes.verdict_of(refused.refusal),
        refused,
        key=key,
        headers=() if seconds is None else (("Retry-After", str(seconds)),),
    )


def fault(
    request: HttpRequest,
    verdict: codes.Verdict,
    refused: Refused,
    *,
    key: bytes = b"",
    headers: tuple[tuple[str, str], ...] = (),
) -> HttpReply:
    """The object; its transid is made from the request's own id, and nothing is kept under it."""
    said = Fault(
        code=verdict.code, description=verdict.description, transid=transid(key, request.id)
    )
    return HttpReply(
        status=verdict.http_status,
        body=_JSON.encode(Reply(response=said)),
        headers=headers,
        refused=refused,
    )


# -- sending --------------------------------------------------------------------------------------


def _refused(request: HttpRequest, note: Note, refused: Refused, key: bytes) -> HttpReply:
    """The flow's "no"; where only one of several places was left to it, it belongs there."""
    asked = sum(1 for slot in note.slots if not slot.code)
    if len(note.slots) == 1 or asked != 1 or refused.refusal not in codes.OF_ONE_MESSAGE:
        return refusal(request, refused, key)
    answer = Accepted(submission_id=request.id, currency="", items=(refused,))
    return _accepted(request, note, answer, key)


def _accepted(request: HttpRequest, note: Note, answer: Accepted, key: bytes) -> HttpReply:
    """An element for each place. A single place that was refused is the request refused."""
    elements = tuple(_elements(note, answer, key))
    refused = _first_refused(elements, answer)
    if len(elements) == 1 and refused is not None:
        only = elements[0]
        return fault(request, codes.Verdict(only.code, only.description), refused, key=key)
    return HttpReply(status=200, body=_JSON.encode(Reply(response=elements)), refused=refused)


def _first_refused(elements: Sequence[Queued], answer: Accepted) -> Refused | None:
    """Why the first place was refused that was, by the flow or here."""
    for item in answer.items:
        if isinstance(item, Refused):
            return item
    for each in elements:
        if each.code != codes.QUEUED.code:
            sentence = f"{each.code}: {each.description}"
            return Refused(refusal=Refusal.INVALID_FIELD, detail=sentence)
    return None


def _elements(note: Note, answer: Accepted, key: bytes) -> Iterator[Queued]:
    whole = transid(key, answer.submission_id)
    items = iter(answer.items)
    for place, slot in enumerate(note.slots):
        code, description = _said(slot, items)
        yield Queued(
            code=code,
            description=description,
            transid=f"{whole}_{place}" if place else whole,
            correlationid=slot.correlation,
        )


def _said(slot: Slot, items: Iterator[AcceptedItem | Refused]) -> tuple[str, str]:
    """What this room said to a place, or what the flow said to its message."""
    if slot.code:
        return slot.code, slot.description
    item = next(items, _INTERNAL)
    verdict = codes.verdict_of(item.refusal) if isinstance(item, Refused) else codes.QUEUED
    return verdict.code, verdict.description


# -- looking --------------------------------------------------------------------------------------


def _status(request: HttpRequest, wanted: str, answer: Messages, key: bytes) -> HttpReply:
    """The message of this transid among those of its request."""
    asked = read_transid(wanted)
    if asked is None:
        return refusal(request, _NOT_FOUND, key)
    for record in answer.items:
        message = record.message
        right = (place_of(message) or 0) == asked.place
        if right and transid_of(key, message) == asked.transid:
            transaction = _transaction(record, asked.transid)
            return HttpReply(status=200, body=_JSON.encode((transaction,)))
    return refusal(request, _NOT_FOUND, key)


def _transaction(record: MessageRecord, name: str) -> Transaction:
    message = record.message
    bad = record.status in _ENDED_BADLY
    delivery = codes.delivery_of(record.status, record.reason)
    return Transaction(
        transactionid=name,
        clientid=str(message.account_id),
        sender=message.sender,
        to=message.recipient,
        body=message.text if message.body is None else message.body.hex().upper(),
        status=codes.STATUS_WORDS[record.status],
        date_created=http_date(made_at(message.id)),
        last_updated=http_date(record.updated_at),
        error_code=delivery.code if bad else None,
        error_message=delivery.description if bad else None,
    )


def http_date(at: datetime) -> str:
    """`Mon, 16 Aug 2010 03:45:01 UTC`. Built by hand: strftime's names follow the process's locale."""
    when = at.astimezone(UTC)
    day = f"{_DAYS[when.weekday()]}, {when.day:02} {_MONTHS[when.month - 1]} {when.year:04}"
    return f"{day} {when.hour:02}:{when.minute:02}:{when.second:02} UTC"
