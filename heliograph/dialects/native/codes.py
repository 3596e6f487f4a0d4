"""Every "no" of the house as a problem document (RFC 9457), and the API's words for our enums.

The code of a refusal is the house's own, so the table from reasons to codes is total by construction;
what this room adds is the spelling of fields (`recipient` is `to` on the wire) and clear sentences for
bodies that could not be read. A problem must never repeat a secret or the text of a message.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from heliograph.dialects._shape import HttpReply, HttpRequest
from heliograph.dialects.native._ids import sealed_word
from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

__all__ = [
    "CLASS_OF",
    "ENCODING_OF",
    "STATUS_OF",
    "FieldError",
    "Problem",
    "Unreadable",
    "as_refused",
    "field_error",
    "from_validation",
    "problem_of",
    "refuse",
    "wire_field",
]

PROBLEM_TYPE: Final = "application/problem+json"
CLASS_OF: Final = {each.word: each for each in TrafficClass}
STATUS_OF: Final = {each.word: each for each in Status}
ENCODING_OF: Final = {each.name.lower(): each for each in Encoding}

FIELDS: Final = {
    "recipient": "/to",
    "sender": "/from",
    "text": "/text",
    "body": "/body_hex",
    "udh": "/udh_hex",
    "encoding": "/encoding",
    "traffic_class": "/class",
    "campaign": "/campaign",
    "priority": "/priority",
    "send_at": "/send_at",
    "validity_seconds": "/validity_seconds",
    "valid_until": "/valid_until",
    "reference": "/reference",
    "callback": "/callback_url",
    "variables": "/variables",
    "template": "/template",
    "links": "/links",
    "drafts": "/messages",
    "idempotency_key": "Idempotency-Key",
    "campaign_id": "/campaign",
    "template_id": "/template",
    "recipients": "/recipients",
    "list_ids": "/lists",
    "suppression_ids": "/suppressions",
    "sender_ids": "/senders",
    "sender_list_id": "/sender_list",
    "trigger_id": "/trigger",
    "first_segment_size": "/first_segment_size",
    "estimate_hash": "/estimate",
}
"""Our names of fields as JSON pointers (or header names) of this API."""


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field of the request."""

    field: str
    """JSON pointer into the body, or the name of a header or query parameter."""
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error, as RFC 9457 (Problem Details for HTTP APIs) has it."""

    type: str
    """URI reference that names the kind of problem: /problems/ and the code."""
    title: str
    """The kind of problem in one sentence; the same for every occurrence."""
    status: int
    detail: str
    """What is wrong in this very case."""
    code: str
    """The stable word for programs."""
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""
    instance: str | None = None
    """Names this occurrence; quote it to the operator, whose log has it."""


class Unreadable(Exception):  # noqa: N818 (a "no" on its way out of a reader, not a fault of ours)
    """A request cannot be read; carries the refusal to be given once the caller is known."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.sentence)
        self.refused = refused


def field_error(field: str, detail: str, refusal: Refusal = Refusal.INVALID_FIELD) -> Unreadable:
    """The refusal of one field; `field` is spelled as on the wire."""
    return Unreadable(Refused(refusal=refusal, field=field, detail=detail))


def wire_field(field: str) -> str:
    """A field as this API spells it; names that are on the wire already stay as they are."""
    return FIELDS.get(field, field)


def problem_of(refused: Refused, *, instance: str | None = None) -> Problem:
    """The problem document of a refusal."""
    refusal = refused.refusal
    errors: tuple[FieldError, ...] = ()
    if refused.field is not None:
        field = wire_field(refused.field)
        errors = (FieldError(field=field, code=refusal.code, detail=refused.sentence),)
    return Problem(
        type=f"/problems/{refusal.code}",
        title=refusal.sentence,
        status=refusal.http_status,
        detail=refused.sentence,
        code=refusal.code,
        errors=errors,
        retry_after=retry_after(refused),
        instance=instance,
    )


def retry_after(refused: Refused) -> int | None:
    """Seconds to wait; one where the refusal may pass and nobody said how long."""
    if refused.retry_after_seconds is not None:
        return refused.retry_after_seconds
    return 1 if refused.refusal.http_status in _WAITING else None


_WAITING: Final = frozenset({429, 503})
_CHALLENGE: Final = ("www-authenticate", 'Bearer realm="heliograph"')
_CHALLENGE_INVALID: Final = (
    "www-authenticate",
    'Bearer realm="heliograph", error="invalid_token"',  # RFC 6750, section 3
)


def refuse(
    request: HttpRequest, refused: Refused, headers: tuple[tuple[str, str], ...] = ()
) -> HttpReply:
    """The reply that says no. A failure inside names its occurrence."""
    instance = None
    if refused.refusal is Refusal.INTERNAL and request.id:
        instance = f"/requests/{sealed_word(request.id)}"
    problem = problem_of(refused, instance=instance)
    if refused.refusal is Refusal.UNAUTHENTICATED:
        known = "authorization" in request.headers
        headers += (_CHALLENGE_INVALID if known else _CHALLENGE,)
    if problem.retry_after is not None:
        headers += (("retry-after", str(problem.retry_after)),)
    return HttpReply(
        status=problem.status,
        body=msgspec.json.encode(problem),
        content_type=PROBLEM_TYPE,
        headers=(*headers, ("cache-control", "no-store")),
        refused=refused,
    )


_AT: Final = re.compile(r" - at `(?:key in )?\$(.*)`\Z", re.DOTALL)
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`\Z", re.DOTALL)
_FOREIGN: Final = re.compile(r"Object contains unknown field `(.*)`\Z", re.DOTALL)
_WRONG_TYPE: Final = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")


def from_validation(message: str, *, pointer: bool = True, under: str = "") -> Refused:
    """A sentence of msgspec's as a refusal that names the field.

    `pointer` writes the place as a JSON pointer (bodies), otherwise as a bare name (queries).
    `under` is the pointer of the part of the body that was being read.
    """
    found = _AT.search(message)
    said, place = message, ""
    if found is not None:
        said, place = message[: found.start()], found[1]
    steps = [name or index for name, index in _STEP.findall(place) if index != "..."]
    refusal, detail = Refusal.INVALID_FIELD, f"{said}."
    if (missing := _MISSING.match(said)) is not None:
        steps.append(missing[1])
        refusal, detail = Refusal.MISSING_FIELD, "This field is required."
    elif (foreign := _FOREIGN.match(said)) is not None:
        steps.append(foreign[1][:64])
        detail = "There is no field of this name here."
    elif (wrong := _WRONG_TYPE.match(said)) is not None:
        detail = f"Expected {wrong[1]}, got {wrong[2]}."
    field = under + "".join(f"/{step}" for step in steps) if pointer else ".".join(steps)
    return Refused(refusal=refusal, field=field or None, detail=detail)


def as_refused(error: Exception) -> Refused:
    """What a JSON decoder said, as a refusal."""
    match error:
        case msgspec.ValidationError():
            return from_validation(str(error))
        case UnicodeDecodeError():
            detail = "The JSON is not UTF-8."
        case RecursionError():
            detail = "The JSON nests too deeply."
        case _:
            detail = f"{error}."
    return Refused(refusal=Refusal.MALFORMED, detail=detail)
