"""From answers and refusals to smsAPI's replies: the right fields in the right order, always HTTP 200.

This module must never let a detail of ours into a refusal: callers show `message` to their users and
compare it with the vendor's texts.
"""

from __future__ import annotations

from typing import Final

import msgspec

from heliograph.dialects._shape import Ask, HttpReply
from heliograph.dialects.smsapi import codes
from heliograph.dialects.smsapi.callback import inbox_entry, recipient_entry
from heliograph.dialects.smsapi.wire import (
    BalanceReply,
    ErrorReply,
    Form,
    InboxReply,
    Reply,
    SendReply,
    StatusReply,
    id_text,
    time_text,
)
from heliograph.model.account import Balance
from heliograph.model.command import Accepted, AcceptedItem, Answer, InboundPage, Messages
from heliograph.model.ids import made_at
from heliograph.model.money import decimal_text
from heliograph.model.refusal import Refusal, Refused

_JSON = msgspec.json.Encoder()
_CONTENT_TYPE: Final = "application/json"
_INTERNAL = Refused(refusal=Refusal.INTERNAL)
_NOT_FOUND = Refused(refusal=Refusal.NOT_FOUND)


def write(ask: Ask, answer: Answer | Refused, key: bytes) -> HttpReply:
    """The reply to a request that was understood; `key` seals the ids in it."""
    form = Form(ask.form)
    match answer:
        case Accepted():
            return _accepted(answer, key)
        case Refused():
            return refusal(form, answer)
        case Balance():
            return _reply(BalanceReply(balance=decimal_text(answer.available_micros)))
        case Messages():
            return _status(answer, key)
        case InboundPage():
            entries = [inbox_entry(each, key) for each in sorted(answer.items, key=lambda i: i.id)]
            return _reply(InboxReply(status=codes.SUCCESS, inbox=entries))
        case _:  # no command of this room has another answer
            return refusal(form, _INTERNAL)


def refusal(form: Form, refused: Refused) -> HttpReply:
    """A "no" in the vendor's error object."""
    body = ErrorReply(request=form.value, status=codes.ERROR, message=codes.text_of(refused))
    seconds = refused.retry_after_seconds
    headers = () if seconds is None else (("Retry-After", str(seconds)),)
    return msgspec.structs.replace(_reply(body, headers), refused=refused)


def _accepted(answer: Accepted, key: bytes) -> HttpReply:
    refusals = [item for item in answer.items if not isinstance(item, AcceptedItem)]
    if len(refusals) == len(answer.items):
        return refusal(Form.SEND, codes.gravest(refusals) or _INTERNAL)
    return _reply(
        SendReply(
            status=codes.QUEUED,
            group_id=id_text(key, answer.submission_id),
            date=time_text(made_at(answer.submission_id)),
        )
    )


def _status(answer: Messages, key: bytes) -> HttpReply:
    """A group with each of its recipients; its date is when it was taken."""
    if not answer.items:
        return refusal(Form.STATUS, _NOT_FOUND)
    first = answer.items[0].message
    group = first.submission_id or first.id
    recipients = [recipient_entry(record, key) for record in answer.items]
    return _reply(
        StatusReply(
            status=codes.SUCCESS,
            group_id=id_text(key, group),
            group_status=codes.group_status_of(each.status for each in recipients),
            recipients=recipients,
            date=time_text(made_at(group)),
        )
    )


def _reply(body: Reply, headers: tuple[tuple[str, str], ...] = ()) -> HttpReply:
    return HttpReply(
        status=200, body=_JSON.encode(body), content_type=_CONTENT_TYPE, headers=headers
    )
