"""From requests in IMIconnect's form to commands: who calls, what is asked, and the request as a whole.

Faults of the request as a whole become `Ask.verdict`, so that only a known caller hears them; a
missing key is told at once. Faults of single messages and destinations stand in their place in the
room's note (`wire.Note`), beside the messages that go on. What a message says is read by `_reading`.
This module must never answer a question that the flow answers: whether a number, a sender or a text is
a good one. Source: seeds/002, part 3; facts 2.1, 2.2 and 17 to 24.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.imiconnect import codes
from heliograph.dialects.imiconnect._reading import (
    DESTINATIONS_MAX,
    Meant,
    correlation_of,
    read_message,
)
from heliograph.dialects.imiconnect.wire import (
    NAME,
    PLACE,
    Note,
    Slot,
    form_of,
    read_transid,
)
from heliograph.dialects.imiconnect.write import fault
from heliograph.model.command import Claim, Command, FindByReference, SendMessages
from heliograph.model.message import Draft, Extra
from heliograph.model.refusal import Refusal, Refused

ROOT: Final = "/resources/v1/messaging"
STATUS_ROOT: Final = ROOT + "/status/"
BODY_BYTES: Final = 4 * 1024 * 1024
"""A thousand messages of a thousand characters, each with its envelope and escapes."""
SHORT_BODY_BYTES: Final = 64 * 1024
_FOREIGN_MEDIA: Final = frozenset(
    {"application/x-www-form-urlencoded", "application/xml", "text/xml", "text/html"}
)
"""JSON under no name or under another one is read; what calls itself something else is not."""


class Endpoint(NamedTuple):
    """One row of the table of paths."""

    name: str
    path: str
    method: str


MESSAGING: Final = Endpoint("messaging", ROOT, "POST")
STATUS: Final = Endpoint("status", STATUS_ROOT + "{transid}", "GET")
ENDPOINTS: Final = (MESSAGING, STATUS)


class _Wanted(NamedTuple):
    command: Command
    form: str = ""
    verdict: Refused | None = None


def read(request: HttpRequest, *, plain_http: bool) -> Ask | HttpReply:
    """What the request asks for and by whom, or the reply to one that cannot be read."""
    endpoint = endpoint_at(request.path)
    if endpoint is None:
        return fault(request, codes.NO_SUCH_PATH, Refused(refusal=Refusal.NOT_FOUND))
    if request.method != endpoint.method:
        other = Refused(refusal=Refusal.METHOD_NOT_ALLOWED)
        return fault(request, codes.NO_SUCH_METHOD, other, headers=(("Allow", endpoint.method),))
    key = request.headers.get("key", "").strip()
    if not key:
        return fault(request, codes.KEY_MISSING, Refused(refusal=Refusal.UNAUTHENTICATED))
    wanted = _read_wanted(request, endpoint, plain_http=plain_http)
    return Ask(
        claim=Claim(dialect=NAME, name="", secret=key),
        command=wanted.command,
        form=wanted.form,
        verdict=wanted.verdict,
    )


def _read_wanted(request: HttpRequest, endpoint: Endpoint, *, plain_http: bool) -> _Wanted:
    if endpoint is STATUS:
        return _read_status(request)
    return _read_sending(request, plain_http=plain_http)


def owns(path: str) -> bool:
    """Whether a raw path lies at or below the API's root."""
    plain = _plain_path(path)
    return plain == ROOT or plain.startswith(ROOT + "/")


def endpoint_at(path: str) -> Endpoint | None:
    """The endpoint at a raw path, with or without a slash at its end."""
    plain = _plain_path(path)
    if plain == ROOT:
        return MESSAGING
    rest = plain.removeprefix(STATUS_ROOT)
    return STATUS if rest != plain and rest and "/" not in rest else None


def _plain_path(path: str) -> str:
    return (unquote(path) if "%" in path else path).rstrip("/")


# -- looking --------------------------------------------------------------------------------------


def _read_status(request: HttpRequest) -> _Wanted:
    asked = read_transid(_plain_path(request.path).removeprefix(STATUS_ROOT))
    if asked is None:  # not an id of ours: unknown, as one that is
        return _Wanted(FindByReference(submission=0), verdict=Refused(refusal=Refusal.NOT_FOUND))
    return _Wanted(FindByReference(submission=asked.sealed), asked.transid)


# -- sending --------------------------------------------------------------------------------------


def _read_sending(request: HttpRequest, *, plain_http: bool) -> _Wanted:
    media = _forms.media_type(request.headers.get("content-type", ""))
    if media in _FOREIGN_MEDIA or media.startswith("multipart/"):
        return _no(Refusal.UNSUPPORTED_MEDIA_TYPE)
    value = _forms.json_value(request.body)
    if not isinstance(value, dict | list):
        return _no(Refusal.MALFORMED)
    entries = value if isinstance(value, list) else [value]
    if not entries:
        return _no(Refusal.MISSING_FIELD)
    slots: list[Slot] = []
    drafts: list[Draft] = []
    for entry in entries:
        meant = read_message(entry, plain_http=plain_http)
        if isinstance(meant, codes.Verdict):
            slots.append(Slot(correlation_of(entry), meant.code, meant.description))
        else:
            _take(meant, slots, drafts)
        if len(slots) > DESTINATIONS_MAX:
            return _no(Refusal.TOO_MANY_RECIPIENTS)
    return _Wanted(
        SendMessages(drafts=_placed(drafts, slots), submission=len(drafts) > 1),
        form_of(Note(tuple(slots))),
    )


def _no(why: Refusal) -> _Wanted:
    """A request of which nothing is performed."""
    return _Wanted(SendMessages(drafts=()), verdict=Refused(refusal=why))


def _take(meant: Meant, slots: list[Slot], drafts: list[Draft]) -> None:
    """A draft for each destination that can be written to, a place for each of them all."""
    for destination in meant.destinations:
        verdict = destination.verdict
        if verdict is not None:
            slots.append(Slot(destination.correlation, verdict.code, verdict.description))
            continue
        slots.append(Slot(destination.correlation))
        variables = meant.draft.variables
        if variables is not None and destination.values:
            variables = {**variables, **destination.values}
        drafts.append(
            msgspec.structs.replace(
                meant.draft,
                recipient=destination.msisdn,
                reference=destination.correlation or None,
                variables=variables,
            )
        )


def _placed(drafts: list[Draft], slots: list[Slot]) -> tuple[Draft, ...]:
    """Each draft with its place among the destinations, which its transid tells; one alone has none."""
    if len(slots) == 1:
        return tuple(drafts)
    places = (place for place, slot in enumerate(slots) if not slot.code)
    return tuple(
        msgspec.structs.replace(draft, extra=_at(place, draft.extra))
        for place, draft in zip(places, drafts, strict=True)
    )


def _at(place: int, extra: Extra | None) -> Extra:
    words = {} if extra is None else extra.words
    return Extra(words={PLACE: str(place)} | words)
