"""From answers and refusals to Mitto's replies: the right fields in the right order, JSON or XML.

A refusal that has a response code comes with HTTP 200, since the vendor's own client reads the code
only then; without a key it is 401, and what no code describes has the HTTP status alone. This module
must never let a detail of ours into a refusal of a message: callers compare `responseText`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import msgspec
import pycountry

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mitto import codes
from heliograph.dialects.mitto.wire import (
    BulkItem,
    BulkReply,
    Form,
    Problem,
    Reply,
    SmsReply,
    UsageError,
    UsageItem,
    message_id,
    timestamp,
)
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Done,
    Estimate,
    Estimates,
    SendMessages,
    Usage,
)
from heliograph.model.ids import made_at
from heliograph.model.message import Draft
from heliograph.model.money import decimal_text
from heliograph.model.refusal import Refusal, Refused

_JSON = msgspec.json.Encoder()
_INTERNAL = Refused(refusal=Refusal.INTERNAL)
_BULK: Final = frozenset({Form.BULK, Form.BULK_TEST})
_SENDING: Final = _BULK | {Form.SMS, Form.SMS_TEST}
_LONGEST_ECHO: Final = 100
Headers = tuple[tuple[str, str], ...]


def write(
    request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes, asked_id: str = ""
) -> HttpReply:
    """The reply to a request that was understood; `asked_id` is the id that it named, if any."""
    form = Form(ask.form)
    match answer, ask.command:
        case Refused(), _:
            return refusal(request, form, answer, asked_id)
        case Accepted(), SendMessages(drafts=drafts):
            return _accepted(request, form, answer, drafts, key)
        case Estimates(), Estimate(drafts=drafts):
            return _tested(request, form, answer, drafts)
        case Usage(), _:
            return _reply(request, _usage(answer))
        case Done(), _:
            return HttpReply(status=200, body=b"OK", content_type="text/plain; charset=utf-8")
        case _:  # no command of this room has another answer
            return refusal(request, form, _INTERNAL)


def refusal(request: HttpRequest, form: Form, refused: Refused, asked_id: str = "") -> HttpReply:
    """A "no" in the endpoint's own shape."""
    return msgspec.structs.replace(_shaped(request, form, refused, asked_id), refused=refused)


def _shaped(request: HttpRequest, form: Form, refused: Refused, asked_id: str) -> HttpReply:
    verdict = codes.verdict_of(refused)
    seconds = refused.retry_after_seconds
    headers: Headers = () if seconds is None else (("Retry-After", str(seconds)),)
    if form is Form.CONVERTED and refused.refusal is Refusal.NOT_FOUND:
        sentence = f'No convertible message found for id "{asked_id[:_LONGEST_ECHO]}"'
        return _sentence(404, sentence)
    if form is Form.CONVERTED and refused.refusal is Refusal.NOT_ENABLED:
        return _sentence(400, codes.NOT_TRACKED_TEXT)
    if form is Form.USAGE and verdict.http_status == 400:
        body = UsageError(error=refused.detail or refused.refusal.sentence)
        return _reply(request, body, http_status=400)
    if verdict.code is None:
        return problem(request, verdict, refused, headers=headers)
    text = codes.RESPONSES[verdict.code]
    if form in _BULK:
        reply: Reply = BulkReply(messages=(), response_code=verdict.code, response_text=text)
    elif form in _SENDING:
        reply = SmsReply(
            timestamp=timestamp(made_at(request.id)),
            response_code=verdict.code,
            text_length=0,
            response_text=text,
        )
    else:
        reply = Problem(response_text=text)
    return _reply(request, reply, http_status=verdict.http_status, headers=headers)


def problem(
    request: HttpRequest, verdict: codes.Verdict, refused: Refused, headers: Headers = ()
) -> HttpReply:
    """What none of the response codes describes."""
    body = Problem(response_text=verdict.text)
    reply = _reply(request, body, http_status=verdict.http_status, headers=headers)
    return msgspec.structs.replace(reply, refused=refused)


def _sentence(status: int, sentence: str) -> HttpReply:
    """A JSON string, as the vendor answers to /sms/converted."""
    return HttpReply(status=status, body=_JSON.encode(sentence.encode(errors="replace").decode()))


# -- sending ----------------------------------------------------------------------------------------


def _length(draft: Draft) -> int:
    return len(draft.text if draft.body is None else draft.body)


def _accepted(
    request: HttpRequest, form: Form, answer: Accepted, drafts: Sequence[Draft], key: bytes
) -> HttpReply:
    taken = [item for item in answer.items if isinstance(item, AcceptedItem)]
    if len(taken) < len(answer.items) or not taken:
        return refusal(request, form, _first(answer.items))
    items = [
        BulkItem(
            id=message_id(key, item.message_id),
            timestamp=timestamp(made_at(item.message_id)),
            to=item.recipient,
            text_length=_length(draft),
        )
        for item, draft in zip(taken, drafts, strict=True)
    ]
    return _sent(request, form, items)


def _tested(
    request: HttpRequest, form: Form, answer: Estimates, drafts: Sequence[Draft]
) -> HttpReply:
    """A test call: everything was checked, nothing was sent, and there is no id (seeds/003)."""
    refused = [item.refused[0] for item in answer.items if item.refused]
    if refused or not answer.items:
        return refusal(request, form, _first(refused))
    items = [
        BulkItem(
            timestamp=timestamp(made_at(request.id)),
            to=item.recipient or draft.recipient,
            text_length=_length(draft),
        )
        for item, draft in zip(answer.items, drafts, strict=True)
    ]
    return _sent(request, form, items, test=True)


def _sent(
    request: HttpRequest, form: Form, items: Sequence[BulkItem], *, test: bool = False
) -> HttpReply:
    text = codes.RESPONSES[codes.SENT]
    if form in _BULK:
        bulk = BulkReply(
            messages=tuple(items),
            response_code=codes.SENT,
            response_text=text,
            test=True if test else msgspec.UNSET,
        )
        return _reply(request, bulk)
    one = items[0]
    reply = SmsReply(
        id=one.id,
        timestamp=one.timestamp,
        to=one.to,
        response_code=codes.SENT,
        text_length=one.text_length,
        response_text=text,
        test=test,
    )
    return _reply(request, reply)


def _first(items: Sequence[object]) -> Refused:
    """One refusal is the answer to all: no code of its own for each exists."""
    return next((item for item in items if isinstance(item, Refused)), _INTERNAL)


# -- usage ------------------------------------------------------------------------------------------


def _usage(answer: Usage) -> tuple[UsageItem, ...]:
    return tuple(
        UsageItem(
            country=_alpha_3(line.country),
            messages_count=line.messages,
            cost=msgspec.Raw(decimal_text(line.cost_micros).encode()),
        )
        for line in answer.items
    )


@cache
def _alpha_3(alpha_2: str) -> str:
    """ISO 3166-1 alpha-3. Kosovo's XK is in no edition of the standard; its users write XKX."""
    if alpha_2 == "XK":
        return "XKX"
    country = pycountry.countries.get(alpha_2=alpha_2) if alpha_2 else None
    return "" if country is None else str(country.alpha_3)


# -- JSON or XML ------------------------------------------------------------------------------------

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_ROOTS: Final[dict[type, str]] = {
    SmsReply: "SmsResponse",
    BulkReply: "SmsBulkResponse",
    Problem: "Error",
    UsageError: "Error",
    tuple: "ArrayOfUsageByCountry",
}


def _reply(
    request: HttpRequest, body: Reply, *, http_status: int = 200, headers: Headers = ()
) -> HttpReply:
    if not _xml_wanted(request):
        return HttpReply(status=http_status, body=_JSON.encode(body), headers=headers)
    return HttpReply(
        status=http_status,
        body=_xml(body),
        content_type="application/xml; charset=utf-8",
        headers=headers,
    )


def _xml_wanted(request: HttpRequest) -> bool:
    """The path's ending counts before `?format=`; JSON where neither says anything."""
    path = request.path.rstrip("/").lower()
    if path.endswith((".json", ".xml")):
        return path.endswith(".xml")
    if "format" not in request.query.lower():
        return False
    pairs = parse_qsl(request.query, errors="replace")
    return any(n.lower() == "format" and value.lower() == "xml" for n, value in pairs)


def _xml(body: Reply) -> bytes:
    """The same names in the same order, below a root that the vendor's descriptions name."""
    plain = msgspec.json.decode(_JSON.encode(body))
    inside = _element(_ROOTS[type(body)], plain)
    return f'<?xml version="1.0" encoding="utf-8"?>{inside}'.encode()


_ENTRIES: Final = {"messages": "SmsBulkResponseItem", "ArrayOfUsageByCountry": "UsageByCountry"}


def _element(name: str, value: object) -> str:
    match value:
        case dict():
            inside = "".join(_element(each, below) for each, below in value.items())
        case list():
            inside = "".join(_element(_ENTRIES[name], below) for below in value)
        case bool():
            inside = str(value).lower()
        case _:
            inside = escape(_NOT_IN_XML.sub(_REPLACEMENT, str(value)))
    return f"<{name}>{inside}</{name}>"
