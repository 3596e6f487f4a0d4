"""Reads a bulk request without ever holding its messages: one pass to check, one to hand out.

The first pass walks the whole body with two expressions that cannot backtrack and settles everything
that must be known before anything is accepted: that the body is whole, how many entries it has, what
stands beside the list, the fingerprint. The second decodes entry by entry while the flow takes them,
so that memory stays that of one message however many there are. An entry that cannot be read becomes
a refusal in its place; it must never stop the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from heliograph.dialects._spool import Octets, octets_of
from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import Asked, idempotency_key, refuse_nul
from heliograph.dialects.native._messages import draft_of
from heliograph.dialects.native.codes import Unreadable, as_refused, field_error
from heliograph.model.command import Command, SendBulk
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal, Refused

NDJSON: Final = "application/x-ndjson"
_MESSAGE: Final = msgspec.json.Decoder(wire.MessageBody)
_RECIPIENT: Final = msgspec.json.Decoder(wire.RecipientBody)
_HEAD: Final = msgspec.json.Decoder(wire.BulkHead)

_STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'
_FLAT: Final = rb"\{(?:[^\"{}]++|" + _STRING + rb")*+\}"
# An entry: an object whose values nest once more at most (`variables`), or anything that is no
# container, which will be refused in its place.
_ENTRY: Final = re.compile(
    rb"\s*+(\{(?:[^\"{}]++|" + _STRING + rb"|" + _FLAT + rb")*+\}|"
    rb"\[[^\[\]{}\"]*+\]|" + _STRING + rb"|[^\s\"{}\[\],]++)\s*+([,\]])",
    re.DOTALL,
)
_MEMBER: Final = re.compile(rb"\s*+(" + _STRING + rb")\s*+:\s*+", re.DOTALL)
# What stands beside the list: no container but `links`.
_VALUE: Final = re.compile(rb"(" + _FLAT + rb"|" + _STRING + rb"|[^\s\"{}\[\],]++)", re.DOTALL)
_EMPTY: Final = re.compile(rb"\[\s*+\]")
_NEXT: Final = re.compile(rb"\s*+([,}])")
_BLANK: Final = re.compile(rb"\s*+\Z")
_LINE: Final = re.compile(rb"[^\n]++")


def send_bulk(asked: Asked) -> Command:
    """POST /v1/messages/bulk."""
    request = asked.request
    key = idempotency_key(request)
    octets = octets_of(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == NDJSON:
        drafts, reference = _lines(octets), asked.query.reference
    else:
        drafts, reference = _json(octets, asked.query.reference)
    fingerprint = b""
    if key is not None:
        digest = blake2b(f"{request.path}?{request.query}\0".encode(), digest_size=16)
        digest.update(octets)
        fingerprint = digest.digest()
    return SendBulk(
        drafts=drafts, reference=reference, idempotency_key=key, fingerprint=fingerprint
    )


# -- lines ------------------------------------------------------------------------------------


def _lines(octets: Octets) -> Iterator[Draft | Refused]:
    count = sum(1 for line in _LINE.finditer(octets) if not line[0].isspace())
    _check_count(count)
    return (
        _draft(_MESSAGE, line[0], None) for line in _LINE.finditer(octets) if not line[0].isspace()
    )


# -- one document -----------------------------------------------------------------------------


def _json(octets: Octets, reference: str | None) -> tuple[Iterator[Draft | Refused], str | None]:
    members, name, start = _walk(octets)
    try:
        head = _HEAD.decode(b"{" + b",".join(members) + b"}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(as_refused(error)) from None
    refuse_nul(head)
    own = head.reference or reference
    if name == "recipients":
        draft_of(head, "", None)  # what is wrong with the common part is wrong with the request
        template = msgspec.structs.replace(head, reference=None)
        return _entries(octets, start, template), own
    if head != wire.BulkHead(reference=head.reference):
        raise field_error("/messages", "Beside `messages` only `reference` may stand.")
    return _entries(octets, start, None), own


def _walk(octets: Octets) -> tuple[list[bytes], str, int]:
    """The members beside the list, the list's name, and where its first entry begins."""
    opening = re.compile(rb"\s*+\{").match(octets)
    if opening is None:
        raise _malformed(0, "Expected an object")
    members: list[bytes] = []
    name, start, at = "", -1, opening.end()
    while True:
        member = _MEMBER.match(octets, at)
        if member is None:
            raise _malformed(at, "Expected the name of a member")
        if (
            member[1] in {b'"messages"', b'"recipients"'}
            and octets[member.end() : member.end() + 1] == b"["
        ):
            if name:
                raise field_error(f"/{name}", "Give one list, once.")
            name, start = member[1][1:-1].decode(), member.end() + 1
            at = _past_list(octets, member.end())
        else:
            value = _VALUE.match(octets, member.end())
            if value is None:
                raise _malformed(member.end(), "Expected a string, number, boolean or flat object")
            members.append(member[1] + b":" + value[1])
            at = value.end()
        after = _NEXT.match(octets, at)
        if after is None:
            raise _malformed(at, "Expected a comma or the end of the object")
        at = after.end()
        if after[1] == b"}":
            break
    if _BLANK.match(octets, at) is None:
        raise _malformed(at, "Expected the end")
    if not name:
        raise field_error("/messages", "This field is required.", Refusal.MISSING_FIELD)
    return members, name, start


def _past_list(octets: Octets, at: int) -> int:
    """Where the list that begins at `at` has ended; counts its entries."""
    empty = _EMPTY.match(octets, at)
    if empty is not None:
        _check_count(0)
    at, count = at + 1, 0
    while True:
        entry = _ENTRY.match(octets, at)
        if entry is None:
            raise _malformed(at, f"Entry {count} of the list cannot be read")
        at, count = entry.end(), count + 1
        _check_count(count)
        if entry[2] == b"]":
            return at


def _entries(octets: Octets, at: int, template: wire.BulkHead | None) -> Iterator[Draft | Refused]:
    decoder = _MESSAGE if template is None else _RECIPIENT
    while (entry := _ENTRY.match(octets, at)) is not None:
        yield _draft(decoder, entry[1], template)
        if entry[2] == b"]":
            return
        at = entry.end()


def _draft(
    decoder: msgspec.json.Decoder[wire.MessageBody] | msgspec.json.Decoder[wire.RecipientBody],
    octets: bytes,
    template: wire.BulkHead | None,
) -> Draft | Refused:
    try:
        body = decoder.decode(octets)
        if b"\\u0000" in octets:
            refuse_nul(body)
        if isinstance(body, wire.MessageBody):
            return draft_of(body, body.to, body.variables)
        if template is None:
            raise RuntimeError("a recipient without the text that all of them get")
        content = msgspec.structs.replace(template, reference=body.reference)
        return draft_of(content, body.to, body.variables)
    except Unreadable as unreadable:
        return unreadable.refused
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return as_refused(error)


def _check_count(count: int) -> None:
    if count == 0:
        raise field_error("/messages", "The list is empty.")
    if count > wire.BULK_MAX:
        raise field_error(
            "/messages",
            f"At most {wire.BULK_MAX:,} messages in one request.",
            Refusal.TOO_MANY_RECIPIENTS,
        )


def _malformed(at: int, what: str) -> Unreadable:
    return Unreadable(Refused(refusal=Refusal.MALFORMED, detail=f"{what} at octet {at}."))
