"""Views of recipient lists and unsubscribe lists, and their members as JSON or CSV, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from heliograph.dialects._shape import HttpReply
from heliograph.dialects.messagewhiz._read_lists import PHONE
from heliograph.dialects.messagewhiz._wire_things import (
    FilledView,
    Imported,
    MembersAdded,
    PatchedBool,
    Phone,
    PreviewView,
    RecipientListItem,
    RenamedList,
    UnsubscribeListItem,
    UnsubscribeListView,
)
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.lists import (
    Filled,
    ImportState,
    ListDownload,
    ListImport,
    Lists,
    Preview,
    Recipient,
    RecipientList,
)
from heliograph.model.refusal import Refusal, Refused

_JSON: Final = msgspec.json.Encoder()
_INTERNAL: Final = Refused(refusal=Refusal.INTERNAL)
_HEAD: Final = b'{"errorCode":0,"errorMessage":"","errorType":"","executionTime":0.0,"result":['


def failure(answer: ListImport | Filled) -> Refused | None:
    """Why an import came to nothing; None where it did not."""
    if isinstance(answer, Filled) or answer.state is not ImportState.FAILED:
        return None
    detail = f"An error while loading occurs: {answer.problem or 'the file could not be read.'}"
    return Refused(refusal=Refusal.INVALID_FIELD, field="doc", detail=detail)


def view(form: Form, answer: ListImport | Filled | Lists | Preview | RecipientList) -> object:
    """What stands in the envelope."""
    match answer:
        case ListImport():
            return _imported(form, answer)
        case Filled():
            return _filled(form, answer)
        case Lists():
            return [_item(form, each) for each in answer.items]
        case Preview():
            return PreviewView(
                data=answer.rows,
                is_all_num=answer.all_numbers,
                is_exceed_length_50=answer.exceeds_50,
                is_exceed_length_255=answer.exceeds_255,
                is_exceed_length_5000=answer.exceeds_5000,
            )
        case RecipientList() if form is Form.DONE:
            return True
        case RecipientList() if form is Form.SUPPRESSION_PATCHED:
            return PatchedBool(id=answer.id, enabled=answer.enabled)
        case RecipientList():
            return RenamedList(name=answer.name, enabled=answer.enabled, count=answer.count)


def _imported(form: Form, answer: ListImport) -> object:
    if form is Form.SUPPRESSION:
        return _INTERNAL if answer.made is None else _suppression(answer.made)
    return Imported(
        inserted=answer.inserted,
        total=answer.total,
        wrong=answer.wrong,
        duplicate=answer.duplicate,
        recipient_list_id=answer.list or 0,
    )


def _filled(form: Form, answer: Filled) -> object:
    match form:
        case Form.SUPPRESSION:
            return _suppression(answer.list)
        case Form.MEMBERED:
            return MembersAdded(
                inserted=answer.inserted,
                already_exists=answer.duplicate,
                not_valid=answer.wrong,
            )
        case _:
            return FilledView(
                inserted=answer.inserted,
                wrong=answer.wrong,
                duplicate=answer.duplicate,
                total=answer.total,
                recipient_list_id=answer.list.id,
                count=answer.list.count,
            )


def _suppression(kept: RecipientList) -> UnsubscribeListView:
    return UnsubscribeListView(
        enabled=kept.enabled,
        id=kept.id,
        name=kept.name,
        company_id=kept.account_id,
        unsubscribers_amount=kept.count,
        user_id=kept.account_id,
    )


def _item(form: Form, kept: RecipientList) -> RecipientListItem | UnsubscribeListItem:
    if form is Form.SUPPRESSIONS:
        return UnsubscribeListItem(
            id=kept.id, name=kept.name, enabled=int(kept.enabled), unsubscribers_amount=kept.count
        )
    return RecipientListItem(
        id=kept.id, name=kept.name, enabled=int(kept.enabled), count=kept.count
    )


# -- members ----------------------------------------------------------------------------------------


def download(form: Form, answer: ListDownload) -> HttpReply:
    """Every member: an array in the envelope, or CSV without one. `executionTime` is 0, because the
    end is not known when the beginning is sent."""
    if form is Form.DOWNLOAD:
        columns = answer.list.columns
        return HttpReply(
            status=200,
            body=_line((PHONE, *columns)),
            content_type="text/csv; charset=utf-8",
            headers=(("content-disposition", f'attachment; filename="{answer.list.id}.csv"'),),
            pieces=_csv(answer, columns),
        )
    return HttpReply(status=200, body=_HEAD, pieces=_json(form, answer))


async def _csv(answer: ListDownload, columns: tuple[str, ...]) -> AsyncIterator[bytes]:
    async for page in answer.pages:
        yield b"".join(
            _line((each.msisdn, *(getattr(each.fields, name) for name in columns))) for each in page
        )


def _line(cells: tuple[str, ...]) -> bytes:
    quoted = ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    return f"{quoted}\n".encode(errors="replace")


async def _json(form: Form, answer: ListDownload) -> AsyncIterator[bytes]:
    comma = b""
    async for page in answer.pages:
        if page:
            yield comma + b",".join(_JSON.encode(_member(form, each)) for each in page)
            comma = b","
    yield b"]}"


def _member(form: Form, each: Recipient) -> object:
    """Only the fields that it has (facts 3.3); numbers of recipients are integers, others texts."""
    match form:
        case Form.RECIPIENTS:
            fields = msgspec.structs.asdict(each.fields)
            return {PHONE: int(each.msisdn), **{n: text for n, text in fields.items() if text}}
        case Form.PHONES:
            return Phone(each.msisdn)
        case _:
            return each.msisdn
