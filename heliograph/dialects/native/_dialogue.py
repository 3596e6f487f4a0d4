"""Readers of conversations, of the account's own answers, and of lists of opt-outs.

A list is read line by line while the flow takes it, so that memory stays that of one line however long
it is; a line that cannot be read becomes a refusal in its place. It must never stop the others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from heliograph.dialects._spool import Octets, octets_of
from heliograph.dialects.native import _wire_dialogue as bodies
from heliograph.dialects.native._asked import Asked, account_of, plain_id, refuse_nul
from heliograph.dialects.native._bulk import NDJSON
from heliograph.dialects.native._ids import read_sealed
from heliograph.dialects.native._operation import CSV
from heliograph.dialects.native._views_dialogue import COLUMNS
from heliograph.dialects.native.codes import Unreadable, as_refused, field_error, from_validation
from heliograph.model.account import OptOut, Reply
from heliograph.model.command import Command
from heliograph.model.dialogue import (
    ExportOptOuts,
    ImportOptOuts,
    ListConversations,
    MarkConversationRead,
    ReadConversation,
)
from heliograph.model.ids import EPOCH
from heliograph.model.refusal import Refusal, Refused

_LINE: Final = msgspec.json.Decoder(bodies.ImportLine)
_LONGEST_LINE: Final = 1_000
_LONGEST_HANDSET: Final = 20
_PLAIN_COLUMNS: Final = COLUMNS[:3]
"""Of a list without a heading; what an export has beside them is read over."""

Entries = Iterator[tuple[int, OptOut | Refused]]


def list_conversations(asked: Asked) -> Command:
    """GET /v1/conversations."""
    return ListConversations(before=_cursor(asked.query.before), limit=asked.query.limit)


def read_conversation(asked: Asked) -> Command:
    """GET /v1/conversations/{msisdn}."""
    query: bodies.ConversationQuery = asked.query
    return ReadConversation(
        handset=_handset(asked),
        sender=query.sender,
        before=_cursor(query.before),
        limit=query.limit,
    )


def mark_read(asked: Asked) -> Command:
    """POST /v1/conversations/{msisdn}/read."""
    return MarkConversationRead(handset=_handset(asked), sender=asked.query.sender)


def reply(asked: Asked, number: int) -> Reply:
    """An account's own answer."""
    body: bodies.ReplyBody = asked.body
    return Reply(
        account_id=0,
        id=number,
        kind=body.kind,
        language=body.language,
        service_id=plain_id(body.service, "svc", "/service"),
        enabled=body.enabled,
        text=body.text,
    )


def export_opt_outs(asked: Asked) -> Command:
    """GET /v1/opt-outs/export."""
    query: bodies.ExportQuery = asked.query
    after = query.after or ""
    if not (after.isascii() and len(after) <= 15 and (not after or after.isdigit())):
        raise field_error("after", "Expected the digits of a number.")
    return ExportOptOuts(after=after, limit=query.limit, for_account=account_of(asked))


def import_opt_outs(asked: Asked) -> Command:
    """POST /v1/opt-outs/import."""
    octets = octets_of(asked.request)
    kind = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == CSV:
        entries = _from_csv(octets)
    elif kind == NDJSON:
        entries = ((number, _from_json(line)) for number, line in _lines(octets))
    else:
        raise field_error(
            "Content-Type", f"Expected {CSV} or {NDJSON}.", Refusal.UNSUPPORTED_MEDIA_TYPE
        )
    return ImportOptOuts(entries=entries, for_account=account_of(asked))


def _lines(octets: Octets) -> Iterator[tuple[int, bytes]]:
    """Lines that hold anything, each with its number; of endless ones the beginning."""
    at, number = 0, 0
    while at < len(octets):
        end = octets.find(b"\n", at)
        end = len(octets) if end < 0 else end
        number += 1
        line = octets[at : min(end, at + _LONGEST_LINE + 1)].strip()
        if line:
            yield number, line
        at = end + 1


def _from_json(line: bytes) -> OptOut | Refused:
    try:
        body = _LINE.decode(line)
        if b"\\u0000" in line:
            refuse_nul(body)
    except Unreadable as unreadable:
        return unreadable.refused
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return as_refused(error)
    return _opt_out(body)


def _from_csv(octets: Octets) -> Entries:
    """A heading of our column names may be left out where the first column is the number."""
    lines = _lines(octets)
    columns: Sequence[str] = _PLAIN_COLUMNS
    first = next(lines, None)
    if first is None:
        return iter(())
    heading = _cells(first[1].removeprefix(b"\xef\xbb\xbf"))
    if isinstance(heading, list) and any(cell.replace("_", "").isalpha() for cell in heading[:1]):
        unknown = set(heading) - set(COLUMNS)
        if unknown or "to" not in heading:
            raise field_error("/to", f"The first line names columns of {', '.join(COLUMNS)}.")
        columns = heading
    else:
        lines = _before(first[0], first[1].removeprefix(b"\xef\xbb\xbf"), lines)
    return ((number, _from_row(columns, line)) for number, line in lines)


def _before(
    number: int, line: bytes, others: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield number, line
    yield from others


def _cells(line: bytes) -> list[str] | Refused:
    try:
        row = next(csv.reader([line.decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return Refused(refusal=Refusal.MALFORMED, detail="The line is no CSV in UTF-8.")
    return [cell.strip() for cell in row]


def _from_row(columns: Sequence[str], line: bytes) -> OptOut | Refused:
    cells = _cells(line)
    if isinstance(cells, Refused):
        return cells
    if len(cells) > len(columns):
        return Refused(refusal=Refusal.MALFORMED, detail="The line has more cells than columns.")
    named = dict(zip(columns, cells, strict=False))
    if "\0" in line.decode():
        return Refused(refusal=Refusal.MALFORMED, detail="The line holds U+0000.")
    try:
        body = msgspec.convert(
            {name: named[name] for name in _PLAIN_COLUMNS if named.get(name)}, bodies.ImportLine
        )
    except msgspec.ValidationError as error:
        return from_validation(str(error))
    return _opt_out(body)


def _opt_out(body: bodies.ImportLine) -> OptOut:
    return OptOut(
        account_id=0,
        msisdn=body.to,
        sender=body.sender,
        campaign=body.campaign,
        created_at=EPOCH,
    )


def _handset(asked: Asked) -> str:
    """As messages have it; also names and short codes, which write but cannot be written to."""
    handset = asked.path["msisdn"].strip()
    if not 0 < len(handset) <= _LONGEST_HANDSET:
        raise Unreadable(Refused(refusal=Refusal.NOT_FOUND))
    return handset


def _cursor(text: str | None) -> int | None:
    """A page begins behind a message of either direction."""
    if text is None:
        return None
    for prefix in ("inb", "msg"):
        number = read_sealed(prefix, text)
        if number is not None:
            return number
    raise field_error("before", "Expected the id of a message, inb_ or msg_ and 13 characters.")
