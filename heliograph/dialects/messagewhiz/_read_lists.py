"""Requests about recipient lists and unsubscribe lists, as commands; the two are built alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from heliograph.dialects import _forms
from heliograph.dialects.messagewhiz._fields import Fields, missing, pairs_of_filter, unusable
from heliograph.dialects.messagewhiz._reading import Call, Wanted
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.lists import (
    FIELDS,
    NUMBER,
    ChangeList,
    DownloadList,
    FillList,
    ListFile,
    ListLists,
    Numbers,
    PreviewList,
)

Reader = Callable[[Call], Wanted]
NUMBERS_MAX: Final = 100_000
_NAME_MAX: Final = 200
_COLUMNS_MAX: Final = 1000
PHONE: Final = "phone_number"
_COLUMNS: Final[Mapping[str, str]] = {PHONE: NUMBER, **{name: name for name in FIELDS}}
"""What a mapping may name (seeds/004 the first two; facts 3.3 the rest)."""
_PREVIEW_ROWS: Final = 5


def mapping_of(body: Fields, known: Mapping[str, str]) -> dict[int, str]:
    """`{"0":"phone_number","1":"first_name"}`, as a JSON text or an object → column → our names."""
    value = body.raw("mapping")
    if value is None:
        raise missing("mapping")
    if isinstance(value, str):
        value = _forms.json_value(value.encode())
    if not isinstance(value, dict) or len(value) > _COLUMNS_MAX:
        raise unusable("mapping")
    columns: dict[int, str] = {}
    for place, name in value.items():
        ours = known.get(name.strip().lower()) if isinstance(name, str) else None
        if not (place.isascii() and place.isdigit() and len(place) < 5) or ours is None:
            raise unusable("mapping", "It names a column or a field that there is not.")
        columns[int(place)] = ours
    if len(set(columns.values())) < len(columns):
        raise unusable("mapping", "It names a field twice.")
    return columns


def _file(call: Call) -> ListFile:
    doc = call.need_doc()
    columns = mapping_of(call.body, _COLUMNS)
    if NUMBER not in columns.values():
        raise unusable("mapping", f"It names no column for {PHONE}.")
    return doc.listed(columns, truncate=call.query.flag("truncate") or False)


def _numbers(body: Fields, *, needed: bool = True) -> Numbers | None:
    found = body.texts("numbers", most=NUMBERS_MAX)
    if found is None and needed:
        raise missing("numbers")
    return None if found is None else Numbers(items=found)


def _name(body: Fields) -> str:
    return body.need("name", most=_NAME_MAX).strip()


def _new_name(body: Fields) -> str | None:
    return _name(body) if "name" in body else None


# -- making and filling -------------------------------------------------------------------------------


def import_recipients(call: Call) -> Wanted:
    """POST /api/3/RecipientList, multipart."""
    command = FillList(name=_name(call.body), source=_file(call), wait=True)
    return Wanted(command, Form.IMPORTED)


def replace_recipients(call: Call) -> Wanted:
    """PUT /api/3/RecipientList/{id}, multipart: the file takes the place of everything."""
    command = FillList(
        list=call.id(), name=_new_name(call.body), replace=True, source=_file(call), wait=True
    )
    return Wanted(command, Form.IMPORTED)


def make_recipients(call: Call) -> Wanted:
    """POST /api/3/recipientList/numbers."""
    name, numbers = _name(call.body), _numbers(call.body)
    if numbers is None:
        raise missing("numbers")
    return Wanted(FillList(name=name, source=numbers), Form.FILLED)


def add_recipients(call: Call) -> Wanted:
    """PUT /api/3/recipientList/{id}/numbers: adds numbers, and renames where a name is given."""
    numbers = _numbers(call.body, needed="name" not in call.body)
    command = FillList(
        list=call.id(), name=_new_name(call.body), source=numbers or Numbers(items=())
    )
    return Wanted(command, Form.FILLED)


def make_suppression(call: Call) -> Wanted:
    """POST /api/3/UnsubscribeList: multipart with a file, or JSON with numbers."""
    name = _name(call.body)
    none = Numbers(items=())
    source: ListFile | Numbers
    source = _file(call) if call.doc else _numbers(call.body, needed=False) or none
    command = FillList(suppression=True, name=name, source=source, wait=True)
    return Wanted(command, Form.SUPPRESSION)


def replace_suppression(call: Call) -> Wanted:
    """PUT /api/3/UnsubscribeList/{id}, multipart or with numbers: takes the place of everything."""
    source: ListFile | Numbers | None
    source = _file(call) if call.doc is not None else _numbers(call.body)
    if source is None:
        raise missing("doc")
    command = FillList(
        list=call.id(),
        suppression=True,
        name=_new_name(call.body),
        replace=True,
        source=source,
        wait=True,
    )
    return Wanted(command, Form.SUPPRESSION)


def add_members(call: Call) -> Wanted:
    """POST /api/3/UnsubscribeList/{id}/members."""
    numbers = _numbers(call.body)
    if numbers is None:
        raise missing("numbers")
    command = FillList(list=call.id(), suppression=True, source=numbers)
    return Wanted(command, Form.MEMBERED)


def preview(call: Call) -> Wanted:
    """POST …/preview: the number in the path says nothing (facts 27)."""
    file = call.need_doc().listed(None, truncate=False)
    return Wanted(PreviewList(source=file, rows=_PREVIEW_ROWS), Form.PREVIEW)


# -- looking and changing -----------------------------------------------------------------------------


def browse(*, suppression: bool) -> Reader:
    """GET of the lists: limit, start, enabled, `filter=name=…`."""

    def read(call: Call) -> Wanted:
        given = dict(pairs_of_filter(call.query.text("filter") or ""))
        if not given.keys() <= {"name"}:
            raise unusable("filter", "There is a filter by name.")
        command = ListLists(
            suppression=suppression,
            name=given.get("name"),
            enabled=call.enabled,
            limit=call.limit,
            offset=call.start,
        )
        return Wanted(command, Form.SUPPRESSIONS if suppression else Form.LISTS)

    return read


def whole(form: Form, *, suppression: bool) -> Reader:
    """GET of all members, in one of the forms."""

    def read(call: Call) -> Wanted:
        return Wanted(DownloadList(list=call.id(), suppression=suppression), form)

    return read


def patch(*, suppression: bool) -> Reader:
    """PATCH: `name` of recipient lists, `enabled` of unsubscribe lists; either is taken of both."""

    def read(call: Call) -> Wanted:
        command = ChangeList(
            list=call.id(),
            suppression=suppression,
            name=_new_name(call.body),
            enabled=call.body.flag("enabled"),
        )
        if command.name is None and command.enabled is None:
            raise missing("enabled" if suppression else "name")
        return Wanted(command, Form.SUPPRESSION_PATCHED if suppression else Form.RENAMED)

    return read


def delete(*, suppression: bool) -> Reader:
    """DELETE: it is switched off (facts 3.1); broadcasts that were accepted with it keep it (facts 37)."""

    def read(call: Call) -> Wanted:
        command = ChangeList(list=call.id(), suppression=suppression, enabled=False)
        return Wanted(command, Form.DONE)

    return read
