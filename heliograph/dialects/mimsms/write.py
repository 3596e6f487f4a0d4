"""From answers and refusals to MiMSMS's replies: the right fields in the right order, JSON or XML.

A verdict is told in the body and HTTP says 200, also for 401 and 500; only what the web server itself
would refuse (malformed 400, path 404, method 405, media type 415) has another status. Every reply
carries a trxnId where the vendor's has one. This module must never let a detail of ours into a
refusal: callers compare `responseResult` with the vendor's texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

import msgspec

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mimsms import callback, codes
from heliograph.dialects.mimsms.wire import (
    Form,
    QueryReply,
    Reply,
    SendReply,
    ShortBalanceReply,
    trxn_id,
    trxn_id_of_sealed,
)
from heliograph.model.account import Balance
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    FindByReference,
    InboundPage,
    Messages,
)
from heliograph.model.money import decimal_text
from heliograph.model.refusal import Refusal, Refused

_JSON = msgspec.json.Encoder()
_NOT_FOUND = Refused(refusal=Refusal.NOT_FOUND)
_INTERNAL = Refused(refusal=Refusal.INTERNAL)
_QUERY_FORMS: Final = frozenset({Form.QUERY, Form.QUERY_LIST})
_RANKS: Final = {code: rank for rank, code in enumerate(codes.CHECK_ORDER)}


def write(request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes) -> HttpReply:
    """The reply to a request that was understood; `key` seals the ids in it."""
    form = Form(ask.form)
    match answer:
        case Accepted():
            return _accepted(request, form, answer, key)
        case Refused():
            return refusal(request, form, answer, key)
        case Balance():
            return _reply(request, _balance(form, answer))
        case Messages() if isinstance(ask.command, FindByReference):
            return _report(request, ask.command, answer, key)
        case InboundPage():
            return _pulled(request, answer, key)
        case _:  # no command of this room has another answer
            return refusal(request, form, _INTERNAL, key)


def refusal(request: HttpRequest, form: Form, refused: Refused, key: bytes = b"") -> HttpReply:
    """A "no" in the vendor's envelope; the trxnId is made from the request's own id."""
    seconds = refused.retry_after_seconds
    return envelope(
        request,
        form,
        codes.verdict_of(refused.refusal),
        key=key,
        headers=() if seconds is None else (("Retry-After", str(seconds)),),
        refused=refused,
    )


def envelope(
    request: HttpRequest,
    form: Form,
    verdict: codes.Verdict,
    *,
    key: bytes = b"",
    headers: tuple[tuple[str, str], ...] = (),
    refused: Refused,
) -> HttpReply:
    """The vendor's error object. DSMS's has a bare `_C` behind the id, as in the printed example."""
    suffix = "_C" if form is Form.DYNAMIC else ""
    body = _send_reply(
        form, verdict.code, verdict.status, trxn_id(key, request.id) + suffix, verdict.text
    )
    reply = _reply(request, body, http_status=verdict.http_status, headers=headers)
    return msgspec.structs.replace(reply, refused=refused)


def _send_reply(
    form: Form, code: str, status: str, trxn: str, result: str
) -> SendReply | QueryReply:
    layout = QueryReply if form in _QUERY_FORMS else SendReply
    return layout(status_code=code, status=status, trxn_id=trxn, response_result=result)


def _accepted(request: HttpRequest, form: Form, answer: Accepted, key: bytes) -> HttpReply:
    refusals = [item for item in answer.items if not isinstance(item, AcceptedItem)]
    taken = len(answer.items) - len(refusals)
    if not taken:
        return refusal(request, form, _gravest(refusals), key)
    trxn = trxn_id(key, answer.submission_id)
    if form is Form.DYNAMIC:
        trxn = f"{trxn}_C{taken}"
    text = codes.SENT_TEXT if form is not Form.QUERY_LIST else _list_text(taken, len(refusals))
    return _reply(request, _send_reply(form, codes.SUCCESS_CODE, codes.SUCCESS_STATUS, trxn, text))


def _list_text(taken: int, failed: int) -> str:
    if not failed:
        return codes.SENT_LIST_TEXT
    return f"'{taken}' Send Successfuly and Failed '{failed}'"


def _gravest(refusals: Sequence[Refused]) -> Refused:
    """The one "no" for a list of which nothing was taken: the first in the order of checks."""
    return min(
        refusals,
        key=lambda refused: _RANKS.get(codes.verdict_of(refused.refusal).code, len(_RANKS)),
        default=_INTERNAL,
    )


def _balance(form: Form, balance: Balance) -> Reply:
    amount = decimal_text(balance.available_micros)
    if form is Form.SHORT_BALANCE:
        return ShortBalanceReply(
            status_code=codes.SUCCESS_CODE, status=codes.OK_STATUS, response_result=amount
        )
    return _send_reply(form, codes.SUCCESS_CODE, codes.OK_STATUS, "", amount)


def _report(
    request: HttpRequest, command: FindByReference, answer: Messages, key: bytes
) -> HttpReply:
    if not answer.items:
        return refusal(request, Form.DLR, _NOT_FOUND, key)
    trxn = trxn_id_of_sealed(key, command.submission)
    return _reply(request, callback.report_body(answer.items[0], trxn))


def _pulled(request: HttpRequest, page: InboundPage, key: bytes) -> HttpReply:
    trxn = trxn_id(key, request.id)
    if not page.items:
        return _reply(request, callback.nothing_body(trxn))
    return _reply(request, callback.inbound_body(page.items[0], key, trxn))


# -- JSON or XML ----------------------------------------------------------------------------------

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_XML_MEDIA: Final = frozenset({"application/xml", "text/xml"})
_KNOWN_MEDIA: Final = _XML_MEDIA | {"application/json", "text/json"}


class _Wish(NamedTuple):
    quality: float
    media: str


def _reply(
    request: HttpRequest,
    body: Reply,
    *,
    http_status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
) -> HttpReply:
    accept = request.headers.get("accept", "")
    media = _xml_wanted(accept) if "xml" in accept.lower() else None
    if media is None:
        return HttpReply(status=http_status, body=_JSON.encode(body), headers=headers)
    return HttpReply(
        status=http_status,
        body=_xml(body),
        content_type=f"{media}; charset=utf-8",
        headers=headers,
    )


def _xml_wanted(accept: str) -> str | None:
    """The XML media type that an Accept header asks for before JSON; None means JSON.

    A header that takes everything (`*/*`) is a browser's or a library's own and means JSON.
    """
    best = _Wish(0.0, "")
    for entry in accept.lower().split(","):
        media, _, parameters = entry.partition(";")
        media = media.strip()
        if media == "*/*":
            return None
        quality = _quality(parameters)
        if media in _KNOWN_MEDIA and quality > best.quality:
            best = _Wish(quality, media)
    return best.media if best.media in _XML_MEDIA else None


def _quality(parameters: str) -> float:
    """The weight of a media range (RFC 9110, 12.4.2); one that is written wrongly weighs nothing."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _WEIGHT.fullmatch(value) else 0.0
    return 1.0


def _xml(body: Reply) -> bytes:
    """The same fields in the same order; characters that XML 1.0 cannot hold become U+FFFD."""
    fields: dict[str, str] = msgspec.to_builtins(body)
    inside = "".join(
        f"<{name}>{escape(_NOT_IN_XML.sub(_REPLACEMENT, value))}</{name}>"
        for name, value in fields.items()
    )
    return f'<?xml version="1.0" encoding="utf-8"?><Response>{inside}</Response>'.encode()
