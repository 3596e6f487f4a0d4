"""Lists as they are asked for: files as bodies and in forms, columns by name, and the replies."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from heliograph.dialects._shape import Ask
from heliograph.dialects.native._operations import BY_ID
from heliograph.dialects.native.read import read
from heliograph.dialects.native.write import write
from heliograph.model.account import Scope
from heliograph.model.command import GetBalance
from heliograph.model.lists import (
    NUMBER,
    ChangeList,
    FillList,
    ImportState,
    ListDownload,
    ListFile,
    ListImport,
    ListLists,
    ListMembers,
    Numbers,
    Overlong,
    PreviewList,
)
from heliograph.model.refusal import Refusal

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CSV = b"to,first_name\r\n8801844909020,Bob\r\n"
FORM = "multipart/form-data; boundary=x1"


def form(*parts: tuple[str, str, bytes]) -> bytes:
    """A multipart body of name, what else stands in the disposition, and content."""
    body = b"".join(
        b'--x1\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), more.encode(), content)
        for name, more, content in parts
    )
    return body + b"--x1--\r\n"


@pytest.fixture
def asked(make):
    """asked("POST", path, body, content_type=…) as a command; a body is spooled where that is done."""

    def made(method: str, path: str, body: bytes = b"", spooled: bool = False, **headers: str):
        request = make(method, path, b"" if spooled else body, **headers)
        if spooled:
            request = msgspec.structs.replace(request, spool=io.BytesIO(body))
        found = read(request)
        assert isinstance(found, Ask)
        return found

    return made


def octets_of(source: ListFile) -> bytes:
    source.file.seek(source.start)
    return source.file.read(-1 if source.end is None else source.end - source.start)


@pytest.mark.parametrize("spooled", [False, True])
@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("?name=l&columns=to,,%20Custom1&overlong=fail&replace=true&wait=false", CSV, "text/csv"),
        (
            "?columns=to,,custom1",
            form(
                ("name", "", b"l"), ("file", '; filename="a.csv"', CSV), ("wait", "", b"0"),
                ("overlong", "", b"fail"), ("replace", "", b"true"),
            ),
            FORM,
        ),
        ("?columns=to,,custom1&overlong=fail&wait=false&replace=1&name=l", form(("file", "", CSV)), FORM),
    ],
)  # fmt: skip
def test_a_file_comes_as_the_body_or_in_a_form(asked, spooled, path, body, kind) -> None:
    ask = asked("POST", f"/v1/suppressions/sup_7/import{path}", body, spooled, content_type=kind)
    assert ask.scope is Scope.MANAGE
    command: Any = ask.command
    assert isinstance(command, FillList), ask.verdict
    assert octets_of(command.source) == CSV
    source = msgspec.structs.replace(command.source, file=io.BytesIO(), start=0, end=None)
    assert msgspec.structs.astuple(source)[3:] == (
        {0: NUMBER, 2: "custom1"}, None, Overlong.FAIL,
    )  # fmt: skip
    assert (command.list, command.suppression, command.name) == (7, True, "l")
    assert (command.replace, command.wait) == (True, False)


@pytest.mark.parametrize(
    ("path", "body", "kind", "refusal"),
    [
        ("?columns=first_name", CSV, "text/csv", Refusal.INVALID_FIELD),
        ("?columns=to,to", CSV, "text/csv", Refusal.INVALID_FIELD),
        ("?columns=to,city", CSV, "text/csv", Refusal.INVALID_FIELD),
        ("?overlong=maybe", CSV, "text/csv", Refusal.INVALID_FIELD),
        ("", form(("name", "", b"l")), FORM, Refusal.MISSING_FIELD),
        ("", form(("file", "", CSV), ("wait", "", b"soon")), FORM, Refusal.INVALID_FIELD),
        ("", form(("file", "", CSV), ("city", "", b"x")), FORM, Refusal.INVALID_FIELD),
        ("", form(("file", "", CSV), ("name", "", b"\0")), FORM, Refusal.INVALID_FIELD),
        ("", form(("file", "", CSV))[:-9], FORM, Refusal.MALFORMED),
        ("", CSV, "multipart/form-data", Refusal.MALFORMED),
        ("", CSV, "application/json", Refusal.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_is_no_such_file_is_refused(asked, path, body, kind, refusal) -> None:
    ask = asked("POST", f"/v1/lists/import{path}", body, content_type=kind)
    assert ask.verdict is not None
    assert ask.verdict.refusal is refusal


def test_everything_else_about_lists_is_read(asked) -> None:
    number = "8801844909020"
    cases = [
        ("GET", "/v1/lists?name=a&enabled=false&before=lst_9&limit=5", None,
         ListLists(name="a", enabled=False, before=9, limit=5)),
        ("GET", "/v1/suppressions", None, ListLists(suppression=True, limit=100)),
        ("POST", "/v1/lists", {"name": "a", "numbers": [number]},
         FillList(name="a", source=Numbers(items=(number,)))),
        ("POST", "/v1/lists/lst_3/members", {"numbers": [], "replace": True},
         FillList(list=3, replace=True, source=Numbers(items=()))),
        ("GET", "/v1/lists/lst_3/members?after=4&offset=5&limit=6", None,
         ListMembers(list=3, after=4, offset=5, limit=6)),
        ("PATCH", "/v1/suppressions/sup_3", {"enabled": False},
         ChangeList(list=3, suppression=True, enabled=False)),
    ]  # fmt: skip
    for method, path, body, wanted in cases:
        ask = asked(method, path, b"" if body is None else json.dumps(body).encode())
        assert ask.command == wanted, (path, ask.verdict)
    assert asked("GET", "/v1/lists/sup_3").verdict.refusal is Refusal.NOT_FOUND
    looked = asked("POST", "/v1/lists/preview?rows=3", CSV, content_type="text/csv").command
    assert isinstance(looked, PreviewList)
    assert looked.rows == 3


@pytest.mark.parametrize(
    ("form_id", "state", "status"),
    [
        ("importRecipientList", ImportState.DONE, 200),
        ("importRecipientList", ImportState.RUNNING, 202),
        ("importRecipientList", ImportState.FAILED, 422),
        ("findListImport", ImportState.FAILED, 200),
    ],
)
def test_an_import_says_where_it_is_watched_and_whether_it_has_failed(
    make, key, form_id, state, status
) -> None:
    ended = None if state is ImportState.RUNNING else NOW
    answer = ListImport(
        id=1 << 50, state=state, problem="No.", total_bytes=1, started_at=NOW, ended_at=ended
    )
    operation = BY_ID[form_id]
    ask = Ask(claim=None, command=GetBalance(), form=form_id)
    said = write(make(operation.method, operation.path), ask, answer, key)
    assert said.status == status
    if operation.begins:
        assert dict(said.headers)["location"].startswith("/v1/lists/imports/imp_")


async def test_a_download_has_a_heading_and_is_quoted_as_csv(make, key, answers) -> None:
    ask = Ask(claim=None, command=GetBalance(), form="downloadRecipientList")
    said = write(make("GET", "/v1/lists/lst_12/download"), ask, answers[ListDownload], key)
    assert said.body == b"to,email\r\n"
    assert said.pieces is not None
    assert [each async for each in said.pieces] == [b'8801844909020,"""a,b""@x"\r\n']
