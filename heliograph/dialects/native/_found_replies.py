"""Replies about what was searched for: messages, a page or all of them as CSV, and refused requests."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

import msgspec

from heliograph.dialects._shape import HttpReply
from heliograph.dialects.native._ids import plain, sealed_text, sealed_word
from heliograph.dialects.native._operation import CSV, JSON, Operation
from heliograph.dialects.native._views import message_view
from heliograph.dialects.native._wire_replies import MessageView, Page
from heliograph.dialects.native._wire_search import MessagesView, RefusedRequestView
from heliograph.dialects.native.codes import wire_field
from heliograph.model import ids
from heliograph.model.command import Messages, MessagesExported
from heliograph.model.refused import RefusedRequest, RefusedRequests

__all__ = ["FOUND_ANSWERS", "found_reply"]

FOUND_ANSWERS: Final[tuple[type[Any], ...]] = (Messages, MessagesExported, RefusedRequests)
"""What is replied to here."""
_COLUMNS: Final = (
    "id", "created_at", "from", "to", "status", "reason", "class", "encoding", "parts", "price",
    "currency", "charge", "country", "mcc", "mnc", "dialect", "carrier", "reference", "submission",
    "text", "updated_at",
)  # fmt: skip
_NAMED_OTHERWISE: Final = {"from": "sender", "class": "traffic_class"}
_FORMULA: Final = re.compile(r"\s*[=+\-@]|[\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_encode: Final = msgspec.json.Encoder().encode
_HEADERS: Final = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
_FILE: Final = ("content-disposition", 'attachment; filename="messages.csv"')


def found_reply(operation: Operation, answer: Any, key: bytes) -> HttpReply:
    """The reply to an answer of `FOUND_ANSWERS`."""
    view: Any
    match answer:
        case MessagesExported():
            return HttpReply(
                status=operation.status,
                body=_table([_COLUMNS]),
                content_type=f"{CSV}; charset=utf-8",
                headers=(*_HEADERS, _FILE),
                pieces=_export_lines(answer, key),
            )
        case Messages():
            view = _messages_view(answer, key)
        case _:
            view = _refused_view(answer, key)
    return HttpReply(
        status=operation.status, body=_encode(view), content_type=JSON, headers=_HEADERS
    )


def _refused_view(answer: RefusedRequests, key: bytes) -> Page[RefusedRequestView]:
    items = [_refused_request_view(each, key) for each in answer.items]
    return Page(items=items, next=items[-1].id if answer.more and items else None)


def _refused_request_view(each: RefusedRequest, key: bytes) -> RefusedRequestView:
    field = each.field
    if field is not None and each.dialect == "native":
        field = wire_field(field)
    return RefusedRequestView(
        id=sealed_text("req", each.id, key),
        at=ids.made_at(each.id),
        dialect=each.dialect,
        operation=each.operation,
        target=each.target,
        answered=each.answered,
        code=each.code,
        detail=each.detail,
        field=field,
        entries=each.entries,
        credential=None if each.credential_id is None else plain("cred", each.credential_id),
        caller=each.caller,
        address=each.address,
        agent=each.agent,
        media_type=each.media_type,
        octets=each.octets,
        left_out=each.left_out,
        request=sealed_word(each.id),
    )


def _messages_view(answer: Messages, key: bytes) -> MessagesView:
    """A page; where the search stopped it goes on behind the last message that was looked at."""
    items = [message_view(each, key) for each in answer.items]
    if answer.stopped_at is not None:
        return MessagesView(
            items=items,
            next=sealed_text("msg", answer.stopped_at, key),
            searched_to=ids.made_at(answer.stopped_at),
        )
    return MessagesView(items=items, next=items[-1].id if answer.more and items else None)


async def _export_lines(answer: MessagesExported, key: bytes) -> AsyncIterator[bytes]:
    """The other lines."""
    async for page in answer.pages:
        yield _table(_cells(message_view(each, key), answer.currency) for each in page)


def _safe(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _cells(view: MessageView, currency: str) -> list[str]:
    return [
        currency if name == "currency" else _cell(getattr(view, _NAMED_OTHERWISE.get(name, name)))
        for name in _COLUMNS
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).replace("+00:00", "Z")
    return _safe(str(value))


def _table(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(errors="replace")
