"""Requests about lists of recipients and suppression lists, as commands. Both are built alike."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects._multipart import parts_of
from heliograph.dialects._spool import octets_of
from heliograph.dialects.native import _wire_lists as bodies
from heliograph.dialects.native._asked import Asked, path_plain, path_sealed, plain_id
from heliograph.dialects.native._operation import CSV
from heliograph.dialects.native.codes import Unreadable, field_error, from_validation
from heliograph.model.command import Command
from heliograph.model.lists import (
    FIELDS,
    NUMBER,
    ChangeList,
    DownloadList,
    FillList,
    FindImport,
    FindList,
    FindRefusedLines,
    ListFile,
    ListLists,
    ListMembers,
    Numbers,
    Overlong,
    PreviewList,
    RemoveList,
    RemoveMembers,
)
from heliograph.model.refusal import Refusal, Refused

Reader = Callable[[Asked], Command]
MULTIPART: Final = "multipart/form-data"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PREFIX: Final = {False: "lst", True: "sup"}
TO: Final = "to"
_COLUMNS_MAX: Final = 256


def list_lists(*, suppression: bool) -> Reader:
    """GET /v1/lists."""

    def read(asked: Asked) -> Command:
        query: bodies.ListsQuery = asked.query
        return ListLists(
            suppression=suppression,
            name=query.name,
            enabled=query.enabled,
            before=plain_id(query.before, PREFIX[suppression], "before"),
            limit=query.limit,
        )

    return read


def make_list(*, suppression: bool) -> Reader:
    """POST /v1/lists."""

    def read(asked: Asked) -> Command:
        body: bodies.ListBody = asked.body
        source = Numbers(items=body.numbers)
        return FillList(suppression=suppression, name=body.name, source=source)

    return read


def change_list(*, suppression: bool) -> Reader:
    """PATCH /v1/lists/{id}."""

    def read(asked: Asked) -> Command:
        body: bodies.ListChangeBody = asked.body
        return ChangeList(
            list=path_plain(asked, PREFIX[suppression]),
            suppression=suppression,
            name=body.name,
            enabled=body.enabled,
        )

    return read


def on_list(kind: type[FindList | RemoveList | DownloadList], *, suppression: bool) -> Reader:
    """What needs nothing but the list in the path."""

    def read(asked: Asked) -> Command:
        return kind(list=path_plain(asked, PREFIX[suppression]), suppression=suppression)

    return read


def list_members(*, suppression: bool) -> Reader:
    """GET /v1/lists/{id}/members."""

    def read(asked: Asked) -> Command:
        query: bodies.MembersQuery = asked.query
        return ListMembers(
            list=path_plain(asked, PREFIX[suppression]),
            suppression=suppression,
            after=int(query.after or 0),
            offset=query.offset,
            limit=query.limit,
        )

    return read


def add_members(*, suppression: bool) -> Reader:
    """POST /v1/lists/{id}/members."""

    def read(asked: Asked) -> Command:
        body: bodies.MembersBody = asked.body
        return FillList(
            list=path_plain(asked, PREFIX[suppression]),
            suppression=suppression,
            replace=body.replace,
            source=Numbers(items=body.numbers),
        )

    return read


def remove_members(*, suppression: bool) -> Reader:
    """POST /v1/lists/{id}/members/remove."""

    def read(asked: Asked) -> Command:
        body: bodies.NumbersBody = asked.body
        return RemoveMembers(
            list=path_plain(asked, PREFIX[suppression]),
            suppression=suppression,
            numbers=body.numbers,
        )

    return read


def find_import(asked: Asked) -> Command:
    """GET /v1/lists/imports/{id}."""
    return FindImport(id=path_sealed(asked, "imp"))


def find_refused(asked: Asked) -> Command:
    """GET /v1/lists/imports/{id}/refused."""
    return FindRefusedLines(id=path_sealed(asked, "imp"))


# -- files ------------------------------------------------------------------------------------------


def import_file(*, suppression: bool) -> Reader:
    """POST /v1/lists/import and /v1/lists/{id}/import."""

    def read(asked: Asked) -> Command:
        number = path_plain(asked, PREFIX[suppression]) if "id" in asked.path else None
        file, query = _file(asked, bodies.FileQuery)
        source = msgspec.structs.replace(
            file,
            mapping=None if query.columns is None else _mapping(query.columns),
            header=query.header,
            overlong=Overlong(query.overlong),
        )
        return FillList(
            list=number,
            suppression=suppression,
            name=query.name,
            replace=query.replace,
            source=source,
            wait=query.wait,
        )

    return read


def preview(asked: Asked) -> Command:
    """POST /v1/lists/preview."""
    file, query = _file(asked, bodies.PreviewQuery)
    return PreviewList(source=msgspec.structs.replace(file, header=query.header), rows=query.rows)


def _file(asked: Asked, kind: type[Any]) -> tuple[ListFile, Any]:
    """The file, and the query with what a form says beside it."""
    request = asked.request
    file = request.spool or BytesIO(request.body)
    content_type = request.headers.get("content-type", "")
    media = _forms.media_type(content_type)
    if _forms.is_json(media):
        raise field_error(
            "Content-Type", f"Expected {MULTIPART}, {CSV} or XLSX.", Refusal.UNSUPPORTED_MEDIA_TYPE
        )
    if media != MULTIPART:
        return ListFile(file=file), asked.query
    parts = parts_of(octets_of(request), content_type, files=("file",))
    if isinstance(parts, _forms.Malformed):
        raise Unreadable(Refused(refusal=Refusal.MALFORMED, detail=parts.what))
    part = parts.files.get("file") or next(iter(parts.files.values()), None)
    if part is None:
        raise field_error("/file", "The form has no file.", Refusal.MISSING_FIELD)
    if any("\0" in text for text in parts.fields.values()):
        raise field_error("/file", "A text cannot hold the character U+0000.")
    given = {
        name: value
        for name, value in msgspec.structs.asdict(asked.query).items()
        if value != getattr(kind(), name)
    }
    try:
        query = msgspec.convert(given | parts.fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable(from_validation(str(error))) from None
    return ListFile(file=file, start=part.start, end=part.end), query


def _mapping(columns: str) -> dict[int, str]:
    names = [name.strip().lower() for name in columns.split(",", _COLUMNS_MAX)]
    unknown = [name for name in names if name and name not in {TO, *FIELDS}]
    if unknown or names.count(TO) != 1:
        raise field_error("columns", f"Expected `to` once, and {', '.join(FIELDS)}.")
    return {place: NUMBER if name == TO else name for place, name in enumerate(names) if name}
