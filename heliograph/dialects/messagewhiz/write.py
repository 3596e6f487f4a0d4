"""From answers and refusals to MessageWhiz's replies: the envelope, and which view stands in it.

Success is always HTTP 200 (facts 3.1); a refusal has its status in the envelope's `errorCode` too, on
every path, for callers read `errorMessage` and `errorCode` whatever the path (facts 23).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz import _write_broadcasts, _write_lists, _write_things, codes
from heliograph.dialects.messagewhiz.wire import Envelope, Form, LegacyId, Valid
from heliograph.model.account import Template
from heliograph.model.campaign import (
    Broadcast,
    BroadcastEstimate,
    Broadcasts,
    BroadcastStarted,
    Segment,
)
from heliograph.model.command import Answer, Done, Messages, Saved
from heliograph.model.keeping import (
    Amend,
    Browsed,
    Gathered,
    Make,
    NumberedIssued,
    UrlConversion,
)
from heliograph.model.lists import (
    Filled,
    ListDownload,
    ListImport,
    Lists,
    Preview,
    RecipientList,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import CodeChecked

_JSON: Final = msgspec.json.Encoder()
_INTERNAL: Final = Refused(refusal=Refusal.INTERNAL)
Headers = tuple[tuple[str, str], ...]


def write(request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes) -> HttpReply:
    """The reply to a request that was understood."""
    del key  # every id at this door is small and the account's own
    if isinstance(answer, Refused):
        return refusal(request, answer, _names(ask, answer))
    form = Form(ask.form)
    match answer:
        case BroadcastStarted(broadcast_id=number) | NumberedIssued(id=number) if (
            form is Form.LEGACY
        ):
            return HttpReply(status=200, body=_JSON.encode(LegacyId(id=number)))
        case CodeChecked(valid=valid):
            return HttpReply(status=200, body=_JSON.encode(Valid(valid=valid)))
        case ListDownload():
            return _write_lists.download(form, answer)
        case ListImport() | Filled() if (failed := _write_lists.failure(answer)) is not None:
            return refusal(request, failed)
    view = _view(form, ask, answer)
    if isinstance(view, Refused):
        return refusal(request, view)
    return enveloped(request, view)


def _view(form: Form, ask: Ask, answer: Answer) -> object:
    """What stands in the envelope as `result`."""
    match answer:
        case BroadcastStarted() | Segment() | Broadcasts() | BroadcastEstimate():
            return _write_broadcasts.view(form, ask, answer)
        case Broadcast() | Messages():
            return _write_broadcasts.reports(ask, answer)
        case Saved() | Gathered() | Browsed() | UrlConversion():
            return _write_things.view(form, answer)
        case ListImport() | Filled() | Lists() | Preview() | RecipientList():
            return _write_lists.view(form, answer)
        case Done():
            return True
        case _:  # no command of this room has another answer
            return _INTERNAL


def enveloped(request: HttpRequest, result: object) -> HttpReply:
    """A success."""
    body = Envelope(
        execution_time=round(request.elapsed(), 9), result=msgspec.Raw(_JSON.encode(result))
    )
    return HttpReply(status=200, body=_JSON.encode(body))


def _names(ask: Ask, refused: Refused) -> Mapping[str, str]:
    """How a refusal's field is called by the caller: what the room itself refuses has its name already."""
    if refused == ask.verdict:
        return {}
    match ask.command:
        case Make(thing=Template()):
            return codes.TEMPLATE_FIELDS
        case Amend(kind=kind) if kind is Template:
            return codes.TEMPLATE_FIELDS
    return codes.FIELDS


def refusal(
    request: HttpRequest, refused: Refused, names: Mapping[str, str] = codes.FIELDS
) -> HttpReply:
    """A "no", whatever the path."""
    seconds = refused.retry_after_seconds
    headers: Headers = () if seconds is None else (("Retry-After", str(seconds)),)
    return problem(request, codes.verdict_of(refused, names), refused, headers)


def problem(
    request: HttpRequest, verdict: codes.Verdict, refused: Refused, headers: Headers = ()
) -> HttpReply:
    """The same from a verdict."""
    body = Envelope(
        error_code=verdict.http_status,
        error_message=verdict.sentence.encode(errors="replace").decode(),
        error_type=verdict.error_type,
        execution_time=round(request.elapsed(), 9),
        result=msgspec.Raw(b"null"),
    )
    return HttpReply(
        status=verdict.http_status, body=_JSON.encode(body), headers=headers, refused=refused
    )
