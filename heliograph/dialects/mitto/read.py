"""From requests in Mitto's form to commands: one table of paths, one function for each kind.

Names of paths and fields are read in any case, with or without `/v2` before a path and `.json` or
`.xml` behind it. Fields come in a JSON body, a form or the query, and those of the body count; unknown
ones are passed over. What the vendor's codes tell of the request itself is put into `Ask.verdict`, so
that only a known caller hears it; everything else is left to the flow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple
from urllib.parse import unquote

from heliograph.dialects import _forms
from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mitto import _judge, codes
from heliograph.dialects.mitto.callback import template_fault
from heliograph.dialects.mitto.wire import DAY_FORMAT, NAME, Form, sealed_id
from heliograph.dialects.mitto.write import problem, refusal
from heliograph.model.command import (
    Claim,
    Command,
    Estimate,
    GetUsage,
    MarkConverted,
    SendMessages,
)
from heliograph.model.message import Draft, Encoding, Extra
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

RECEIVERS_MAX: Final = 10_000
"""In one call; the vendor names no limit."""
SHORT_BODY_BYTES: Final = 256 * 1024
LONG_BODY_BYTES: Final = 2 * 1024 * 1024
USAGE_DAYS_MAX: Final = 31
LONGEST_VALIDITY_MINUTES: Final = 7 * 24 * 60
"""What the house keeps a message for; of two validities the shorter is enforced (seeds/003)."""
_LONGEST_URL: Final = 1000
_LARGEST_PID: Final = 255

Fields = Mapping[str, object]
"""Values by lower-case name; JSON values for JSON bodies, texts otherwise."""


class Wanted(NamedTuple):
    """What a reader made of the fields."""

    command: Command
    form: Form
    verdict: Refused | None = None


class Endpoint(NamedTuple):
    """One row of the table of paths."""

    name: str
    methods: tuple[str, ...]
    form: Form
    read: Callable[[Fields], Wanted]
    body_limit_bytes: int = SHORT_BODY_BYTES


def read(request: HttpRequest) -> Ask | HttpReply:
    """What the request asks for and by whom, or the vendor's reply to one that cannot be read."""
    endpoint = endpoint_at(request.path)
    if endpoint is None:
        return problem(request, codes.NO_SUCH_PATH, Refused(refusal=Refusal.NOT_FOUND))
    if request.method not in endpoint.methods:
        allow = (("Allow", ", ".join(endpoint.methods)),)
        other = Refused(refusal=Refusal.METHOD_NOT_ALLOWED)
        return problem(request, codes.NO_SUCH_METHOD, other, headers=allow)
    secret = request.headers.get("x-mitto-api-key", "").strip()
    if not secret:
        return refusal(request, endpoint.form, Refused(refusal=Refusal.UNAUTHENTICATED))
    claim = Claim(dialect=NAME, name="", secret=secret)
    fields = _fields(request)
    if isinstance(fields, Refusal):
        verdict = Refused(refusal=fields)
        return Ask(claim=claim, command=_NOTHING, form=endpoint.form.value, verdict=verdict)
    wanted = endpoint.read(fields)
    return Ask(claim=claim, command=wanted.command, form=wanted.form.value, verdict=wanted.verdict)


# -- paths ------------------------------------------------------------------------------------------

_PATH: Final = re.compile(r"(?:/v2)?(/sms(?:/.*)?|/smsbulk|/usage(?:/.*)?)", re.ASCII)
_SUFFIX: Final = re.compile(r"\.(?:json|xml)\Z", re.ASCII)


def owns(path: str) -> bool:
    """`/sms`, `/smsbulk`, and all below `/sms/` and `/usage/`; in any case, `/v2` before them or not."""
    return _PATH.fullmatch(_plain_path(path)) is not None


def endpoint_at(path: str) -> Endpoint | None:
    """The endpoint at a raw path."""
    match = _PATH.fullmatch(_plain_path(path))
    return None if match is None else ENDPOINTS.get(match[1])


def _plain_path(path: str) -> str:
    plain = (unquote(path) if "%" in path else path).rstrip("/").lower()
    return _SUFFIX.sub("", plain)


# -- where the fields are ---------------------------------------------------------------------------


def _fields(request: HttpRequest) -> Fields | Refusal:
    """The fields of the query under those of the body; a number of its own for each `to` of a list."""
    pairs = _forms.query_pairs(request.query)
    if isinstance(pairs, _forms.Malformed):
        return Refusal.MALFORMED
    fields = _by_name(pairs)
    body = request.body if request.method != "GET" else b""
    if not body.strip():
        return fields  # all is in the query; a Content-Type may be there from habit
    content_type = request.headers.get("content-type", "")
    media = _forms.media_type(content_type)
    # Command lines send JSON and name it a form, or name nothing.
    if _forms.is_json(media) or body.lstrip().startswith(b"{"):
        members = _forms.json_object(body)
        if isinstance(members, _forms.Malformed):
            return Refusal.MALFORMED
        return fields | {n.lower(): v for n, v in members.items() if v is not None}
    if media == "application/x-www-form-urlencoded":
        pairs = _forms.urlencoded_pairs(body)
    elif media == "multipart/form-data":
        pairs = _forms.multipart_pairs(body, content_type)
    else:
        return Refusal.UNSUPPORTED_MEDIA_TYPE
    if isinstance(pairs, _forms.Malformed):
        return Refusal.MALFORMED
    return fields | _by_name(pairs)


def _by_name(pairs: _forms.Pairs) -> dict[str, object]:
    fields: dict[str, object] = dict(_forms.by_name(pairs))
    receivers = [value for name, value in pairs if name.lower() == "to"]
    if len(receivers) > 1:
        fields["to"] = receivers
    return fields


class _Unusable(Exception):  # noqa: N818 (a "no" on its way out of a reader)
    """A field that no response code is for cannot be used."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.refused = Refused(refusal=Refusal.INVALID_FIELD, field=field)


def _text(fields: Fields, *names: str) -> str:
    """A text or number by its first name that is there; empty when there is none."""
    for name in names:
        if (value := fields.get(name)) is not None:
            text = _forms.text_of(value)
            if text is None:
                raise _Unusable(name)
            return text
    return ""


_FLAGS: Final = {
    "": False,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
}


def _flag(fields: Fields, name: str) -> bool:
    value = fields.get(name)
    if isinstance(value, bool):
        return value
    flag = _FLAGS.get(_text(fields, name).strip().lower())
    if flag is None:
        raise _Unusable(name)
    return flag


def _whole(fields: Fields, name: str, most: int) -> int:
    """A whole number from 0; one above `most` is refused."""
    text = _text(fields, name).strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) > most:
        raise _Unusable(name)
    return int(text)


# -- sending ----------------------------------------------------------------------------------------

_NOTHING = SendMessages(drafts=())
"""Stands beside a verdict: it is never performed."""


def _read_sms(fields: Fields) -> Wanted:
    return _read_send(fields, bulk=False)


def _read_bulk(fields: Fields) -> Wanted:
    return _read_send(fields, bulk=True)


def _read_send(fields: Fields, *, bulk: bool) -> Wanted:
    """One text to one number or to a list of them. The order of checks is that of the codes."""
    form = Form.BULK if bulk else Form.SMS
    try:
        content = _judge.content_of(*(_text(fields, name) for name in ("type", "text", "udh")))
        if isinstance(content, Refused):
            return Wanted(_NOTHING, form, content)
        sender = _text(fields, "from").strip()
        receivers = _receivers(fields, bulk=bulk)
        refused = _judge.sender_fault(sender)
        if refused is None and len(receivers) > RECEIVERS_MAX:  # before each of them is looked at
            refused = Refused(refusal=Refusal.TOO_MANY_RECIPIENTS, field="to")
        refused = refused or _judge.receivers_fault(receivers)
        if refused is not None:
            return Wanted(_NOTHING, form, refused)
        test = _flag(fields, "test")
        drafts = _drafts(fields, content, sender, receivers)
    except _Unusable as unusable:
        return Wanted(_NOTHING, form, unusable.refused)
    if test:
        return Wanted(Estimate(drafts=drafts), Form.BULK_TEST if bulk else Form.SMS_TEST)
    return Wanted(SendMessages(drafts=drafts, whole=True, submission=bulk), form)


def _drafts(
    fields: Fields, content: _judge.Content, sender: str, receivers: tuple[str, ...]
) -> tuple[Draft, ...]:
    minutes = _whole(fields, "validity", 999_999_999)
    pid = _whole(fields, "pid", _LARGEST_PID)
    callback = _callback(fields)
    flash = _flag(fields, "flash")
    reference = _text(fields, "reference", "clientref") or None
    statuses = _statuses(fields)
    extra = Extra(protocol_id=pid) if pid else None
    seconds = min(minutes, LONGEST_VALIDITY_MINUTES) * 60
    return tuple(
        Draft(
            recipient=receiver,
            sender=sender,
            text=content.text,
            hexadecimal=content.encoding is Encoding.UCS2,
            body=content.body,
            udh=content.udh,
            encoding=content.encoding,
            flash=flash,
            validity_seconds=seconds or None,
            reference=reference,
            callback=callback,
            callback_statuses=statuses,
            extra=extra,
        )
        for receiver in receivers
    )


def _receivers(fields: Fields, *, bulk: bool) -> tuple[str, ...]:
    """The numbers as they were written; /smsbulk also takes them between commas. Duplicates stay."""
    given = fields.get("to")
    if isinstance(given, list):
        numbers = tuple(
            text.strip() for each in given if (text := _forms.text_of(each)) is not None
        )
        if len(numbers) < len(given):
            raise _Unusable("to")
        if not bulk and len(numbers) > 1:
            return (",".join(numbers),)  # no number: only /smsbulk takes several
        return numbers
    written = _text(fields, "to")
    if bulk and "," in written:
        return tuple(number for part in written.split(",") if (number := part.strip()))
    return (written.strip(),)


def _callback(fields: Fields) -> str | None:
    url = _text(fields, "callback").strip()
    if not url:
        return None
    if len(url) > _LONGEST_URL or template_fault(url) is not None:
        raise _Unusable("callback")
    return url


def _statuses(fields: Fields) -> tuple[Status, ...]:
    """Status words between commas or in a list; unknown ones are passed over, none means all."""
    name = "deliverystatusestonotify"
    given = fields.get(name)
    words = map(str, given) if isinstance(given, list) else _text(fields, name).split(",")
    wishes = (codes.WISHES.get(word.strip().upper(), ()) for word in words)
    return tuple(dict.fromkeys(status for wish in wishes for status in wish))


# -- the rest ---------------------------------------------------------------------------------------


def converted_id(request: HttpRequest) -> str:
    """The id that a call of /sms/converted named, as it was written."""
    fields = _fields(request)
    text = None if isinstance(fields, Refusal) else _forms.text_of(fields.get("messageid"))
    return text or ""


def _read_converted(fields: Fields) -> Wanted:
    # An id that is none of ours opens to one that does not exist: an account that tracks no
    # conversions is told so before.
    text = _forms.text_of(fields.get("messageid"))
    sealed = None if text is None else sealed_id(text)
    return Wanted(MarkConverted(message=-1 if sealed is None else sealed), Form.CONVERTED)


def _read_usage(fields: Fields) -> Wanted:
    """The account is the key's: `accountName` is passed over."""
    since, until = (_day(fields.get(name)) for name in ("startdate", "enddate"))
    if since is None or until is None:
        field = "startDate" if since is None else "endDate"
        return _no_usage(f"{field} is not a date")
    if until < since:
        return _no_usage("endDate is before startDate")
    if (until - since).days >= USAGE_DAYS_MAX:
        return _no_usage(codes.TOO_LONG_TEXT)
    return Wanted(GetUsage(since=since, until=until), Form.USAGE)


def _no_usage(sentence: str) -> Wanted:
    refused = Refused(refusal=Refusal.INVALID_FIELD, detail=sentence)
    return Wanted(_NOTHING, Form.USAGE, refused)


def _day(value: object) -> date | None:
    """`2020-02-15`, `20200215`, or either with a time behind it, which does not count."""
    day = (_forms.text_of(value) or "").strip().partition("T")[0]
    for form in (DAY_FORMAT, "%Y%m%d"):
        try:
            return datetime.strptime(day, form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


# -- the table --------------------------------------------------------------------------------------

_SENDING: Final = ("GET", "POST")
ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "/sms": Endpoint("sms", _SENDING, Form.SMS, _read_sms),
    "/smsbulk": Endpoint("smsbulk", _SENDING, Form.BULK, _read_bulk, LONG_BODY_BYTES),
    "/sms/converted": Endpoint("sms/converted", ("POST",), Form.CONVERTED, _read_converted),
    "/usage/bycountry": Endpoint("usage/bycountry", ("POST",), Form.USAGE, _read_usage),
}
