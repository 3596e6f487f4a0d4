"""From requests in smsAPI's form to commands: where the fields are, which command, one function each.

Fields come in the query, in a urlencoded or multipart body, and in the path, and are one set. What the
vendor's rules say of them is put into `Ask.verdict`, so that only a known caller hears it; everything
else is left to the flow. This module must never answer a question that the flow answers: whether a
number, a sender or a text is a good one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.smsapi import codes
from heliograph.dialects.smsapi.wire import Form, sealed_id
from heliograph.dialects.smsapi.write import refusal
from heliograph.model.command import (
    Claim,
    Command,
    FetchInbound,
    FindByReference,
    GetBalance,
    SendMessages,
)
from heliograph.model.message import SMS, Draft, Extra
from heliograph.model.refusal import Refusal, Refused

RECIPIENTS_MAX: Final = 10_000
"""In one call; the vendor names no limit."""
BODY_BYTES: Final = 2 * 1024 * 1024
INBOX_MAX: Final = 1_000
"""Messages in one answer to getinbox."""
METHODS: Final = frozenset({"GET", "POST"})

_PLACE = re.compile(r"/smsapi(?=[/&]|\Z)", re.IGNORECASE)
_COMMANDS: Final = tuple(form for form in Form if form is not Form.NONE)

Fields = Mapping[str, str]
"""Values by lower-case name."""


class Wanted(NamedTuple):
    """What a reader made of the fields."""

    command: Command
    verdict: Refused | None = None


Reader = Callable[[Fields], Wanted]


def read(request: HttpRequest) -> Ask | HttpReply:
    """What the request asks for and by whom, or the vendor's reply to one that cannot be read."""
    fields = _fields(request)
    if fields is None or request.method not in METHODS:
        return refusal(Form.NONE, Refused(refusal=Refusal.MALFORMED))
    form = _form(fields)
    claim = Claim(
        dialect="smsapi",
        name=fields.get("apikey", "").strip(),
        secret=fields.get("apitoken", "").strip(),
    )
    if form is Form.NONE:
        reply = refusal(form, Refused(refusal=Refusal.MALFORMED))
        return msgspec.structs.replace(reply, claim=claim)
    wanted = READERS[form](fields)
    return Ask(claim=claim, command=wanted.command, form=form.value, verdict=wanted.verdict)


def owns(path: str) -> bool:
    """Whether a raw path has the segment `smsAPI`, or one that begins with `smsAPI&`."""
    return _PLACE.search(path) is not None


def form_of(request: HttpRequest) -> Form:
    """The command of a request of which perhaps nothing else can be read."""
    fields = _fields(request)
    return Form.NONE if fields is None else _form(fields)


def _form(fields: Fields) -> Form:
    return next((form for form in _COMMANDS if form.value in fields), Form.NONE)


# -- where the fields are -------------------------------------------------------------------------


def _fields(request: HttpRequest) -> Fields | None:
    """All fields of a request; None for octets that cannot be read."""
    pairs = _forms.query_pairs(f"{_behind(request.path)}&{request.query}")
    body = _body_pairs(request)
    if isinstance(pairs, _forms.Malformed) or isinstance(body, _forms.Malformed):
        return None
    return {name.strip().lower(): value for name, value in (*pairs, *body)}


def _behind(path: str) -> str:
    """What of a path is query: `/smsAPI/sendsms`, `/smsAPI&sendsms&…`, and nothing of `/smsAPI/`."""
    place = _PLACE.search(path)
    if place is None:
        return ""
    command, ampersand, rest = path[place.end() :].partition("&")
    return command.strip("/") + ampersand + rest


def _body_pairs(request: HttpRequest) -> _forms.Pairs | _forms.Malformed:
    """The fields of a form; other bodies stand there from habit, with all fields in the query."""
    if request.method != "POST" or not request.body:
        return []
    content_type = request.headers.get("content-type", "")
    match _forms.media_type(content_type):
        case "application/x-www-form-urlencoded" | "":
            return _forms.urlencoded_pairs(request.body)
        case "multipart/form-data":
            return _forms.multipart_pairs(request.body, content_type)
        case _:
            return []


# -- sending --------------------------------------------------------------------------------------

_NOTHING = SendMessages(drafts=())
"""Stands beside a verdict: it is never performed."""
_NUMBER = re.compile(r"\+?[^+,;\s]+")
_NO_DIGITS = re.compile(r"\D+")
_ROUTE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DURATION = re.compile(r"[0-9]{1,6}", re.ASCII)
_URL = re.compile(r"https?://[!-~]{1,2000}", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z0-9 _()-]{1,40}", re.ASCII)


def _read_send(fields: Fields) -> Wanted:
    """One text, call or media message to one number or to a list of them."""
    kind = codes.KINDS.get(_word(fields, "type").lower() or codes.DEFAULT_TYPE)
    if kind is None:
        return _no(Refusal.INVALID_FIELD, "type")
    text = fields.get("text", "")
    extra = _extra(fields, kind.channel)
    if isinstance(extra, Refused):
        return Wanted(_NOTHING, extra)
    if not text and (extra is None or extra.media_url is None):
        return _no(Refusal.EMPTY_TEXT, "text")
    sender = _word(fields, "from")
    if not sender:
        return _no(Refusal.INVALID_SENDER, "sender")
    recipients = _recipients(fields.get("to", ""))
    if not recipients:
        return _no(Refusal.INVALID_RECIPIENT, "recipient")
    if len(recipients) > RECIPIENTS_MAX:
        return _no(Refusal.TOO_MANY_RECIPIENTS, "recipient")
    at = _moment(_word(fields, "scheduledate"))
    aware = at is not None and at.tzinfo is not None
    drafts = [
        Draft(
            recipient=recipient,
            sender=sender,
            text=text,
            encoding=kind.encoding,
            flash=kind.flash,
            send_at=at if aware else None,
            send_at_local=None if aware else at,
            extra=extra,
        )
        for recipient in recipients
    ]
    return Wanted(SendMessages(drafts=tuple(drafts)))


def _recipients(numbers: str) -> list[str]:
    """The numbers of a list, each once; a plus sign parts two of them or belongs to the next."""
    found: dict[str, str] = {}
    for number in _NUMBER.findall(numbers):
        digits = _NO_DIGITS.sub("", number).removeprefix("00")
        found.setdefault(digits or number, number)
    return list(found.values())


def _extra(fields: Fields, channel: str) -> Extra | Refused | None:
    """What goes beyond a plain short message: its channel with media and language, and the route."""
    route = _word(fields, "route")
    if route and not _ROUTE.fullmatch(route):
        return Refused(refusal=Refusal.INVALID_FIELD, field="route")
    route_id = int(route or 0)
    if channel == SMS:
        return Extra(route_id=route_id) if route_id else None
    media, duration = _word(fields, "file"), _word(fields, "duration")
    if media and not _URL.fullmatch(media):
        return Refused(refusal=Refusal.INVALID_FIELD, field="file")
    if duration and not _DURATION.fullmatch(duration):
        return Refused(refusal=Refusal.INVALID_FIELD, field="duration")
    language = _word(fields, "language")
    spoken = channel == "voice" and not media and fields.get("text", "") != ""
    if (spoken or language) and not _LANGUAGE.fullmatch(language):
        return Refused(refusal=Refusal.MISSING_FIELD, field="language")
    return Extra(
        channel=channel,
        media_url=media or None,
        language=language or None,
        duration_seconds=int(duration) if duration else None,
        route_id=route_id,
    )


def _moment(text: str) -> datetime | None:
    """A `scheduledate`, mostly without a zone; empty and broken ones mean now."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


# -- looking --------------------------------------------------------------------------------------


def _read_status(fields: Fields) -> Wanted:
    sealed = sealed_id(fields.get("groupid", ""))
    if sealed is None:  # not an id of ours: unknown, as one that is
        nowhere = FindByReference(submission=0)
        return Wanted(nowhere, Refused(refusal=Refusal.NOT_FOUND, field="submission"))
    return Wanted(FindByReference(submission=sealed, most=RECIPIENTS_MAX))


def _read_inbox(fields: Fields) -> Wanted:
    match _word(fields, "list").lower():
        case "unread" | "":
            return Wanted(FetchInbound(take=True, unread_only=True, limit=INBOX_MAX))
        case "all":
            return Wanted(FetchInbound(limit=INBOX_MAX))
        case _:  # a guess could mark messages as read that nobody reads
            return Wanted(FetchInbound(), Refused(refusal=Refusal.INVALID_FIELD, field="list"))


def _read_balance(_fields: Fields) -> Wanted:
    return Wanted(GetBalance())


READERS: Final[Mapping[Form, Reader]] = {
    Form.SEND: _read_send,
    Form.STATUS: _read_status,
    Form.INBOX: _read_inbox,
    Form.BALANCE: _read_balance,
}


def _word(fields: Fields, name: str) -> str:
    return fields.get(name, "").strip()


def _no(refusal: Refusal, field: str) -> Wanted:
    return Wanted(_NOTHING, Refused(refusal=refusal, field=field))
