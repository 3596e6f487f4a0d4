"""What holds of every operation alike: spelling of paths and headers, needed fields, forms of ids and flags,
methods."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import msgspec
import pytest

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz import DIALECT
from heliograph.dialects.messagewhiz.read import ENDPOINTS
from heliograph.model.command import Command
from heliograph.model.keeping import Amend, Gather
from heliograph.model.lists import ChangeList
from heliograph.model.refusal import Refusal
from tests.dialects.messagewhiz.operations import OPERATIONS, VARIANTS, Operation

KEY = {"apikey": "k"}
EVERY = [*OPERATIONS, *VARIANTS]
NAMES = [f"{each.method} {each.path} {number}" for number, each in enumerate(EVERY)]
DOC = b"8801712350001\n"


def multipart(fields: dict[str, Any], doc: bytes = DOC) -> bytes:
    head = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    parts = [head.format("doc", '; filename="a.csv"').encode() + doc + b"\r\n"]
    parts += [head.format(n, "").encode() + f"{v}\r\n".encode() for n, v in fields.items()]
    return b"".join(parts) + b"--x--\r\n"


def request_of(operation: Operation, sent: dict[str, Any], **changes: Any) -> HttpRequest:
    octets = multipart(sent) if operation.doc else json.dumps(sent).encode()
    kind = "multipart/form-data; boundary=x" if operation.doc else "application/json"
    fields = {
        "method": operation.method,
        "path": operation.path.replace("{}", "7"),
        "query": operation.query,
        "headers": {**KEY, "content-type": kind},
        "body": octets,
        "id": 1,
    }
    return HttpRequest(**(fields | changes))  # type: ignore[arg-type]


def asked(request: HttpRequest) -> Ask:
    found = DIALECT.read(request)
    assert isinstance(found, Ask), found
    return found


def command(operation: Operation, **body: Any) -> Command:
    found = asked(request_of(operation, {**operation.body, **body}))
    assert found.verdict is None, found.verdict
    return found.command


def test_the_table_has_every_operation_of_the_door_once() -> None:
    known = [(each.method, each.path) for each in OPERATIONS]
    assert sorted(known) == sorted((m, path) for path, rows in ENDPOINTS.items() for m in rows)


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_a_sound_request_is_understood_in_any_spelling_of_its_path(operation: Operation) -> None:
    plain = asked(request_of(operation, dict(operation.body)))
    assert plain.verdict is None, plain.verdict
    path = operation.path.replace("{}", "7")
    for spelled in (path.upper(), path.title() + "/", path.replace("s", "%73", 1)):
        request = request_of(operation, dict(operation.body), path=spelled)
        other = asked(request)
        assert other.verdict is None
        assert DIALECT.owns(spelled)
        assert DIALECT.label(operation.method, spelled) == DIALECT.label(operation.method, path)
        assert (type(other.command), other.form) == (type(plain.command), plain.form)


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_each_needed_field_is_named_when_it_is_missing_empty_or_null(operation: Operation) -> None:
    for name in operation.needed:
        for value in (None, "", ...):
            body = {n: v for n, v in operation.body.items() if n != name}
            if value is not ... and not operation.doc:
                body[name] = value
            found = asked(request_of(operation, body)).verdict
            assert found is not None, (name, value)
            if value is ...:
                assert (found.refusal, found.field) == (Refusal.MISSING_FIELD, name)
            assert found.field == name
            request = request_of(operation, body)
            reply = DIALECT.write(request, asked(request), found, b"")
            answer = json.loads(reply.body)
            assert reply.status == answer["errorCode"] == 400
            assert f": {name}: " in answer["errorMessage"]


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_a_file_that_is_needed_is_named_and_a_body_that_is_none_is_refused(
    operation: Operation,
) -> None:
    if operation.doc:
        bare = asked(request_of(operation._replace(doc=False), dict(operation.body)))
        if operation.path not in (
            "/api/3/linklist",
            "/api/3/linklist/{}",
            "/api/3/unsubscribelist",
        ):
            assert bare.verdict is not None
            assert bare.verdict.field in ("doc", "numbers")
    if operation.method in ("POST", "PUT", "PATCH"):
        for body in (b"{", b"[1]", b"\xff", b'"text"', b"nonsense"):
            found = asked(
                request_of(
                    operation, {}, body=body, headers={**KEY, "content-type": "application/json"}
                )
            )
            assert found.verdict is not None, body


@pytest.mark.parametrize("path", sorted(ENDPOINTS))
def test_other_methods_are_told_which_there_are(path: str) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(ENDPOINTS[path]):
        reply = DIALECT.read(
            HttpRequest(method=method, path=path.replace("{}", "7"), query="", headers=KEY, id=1)
        )
        assert isinstance(reply, HttpReply)
        assert (reply.status, json.loads(reply.body)["errorCode"]) == (405, 405)
        assert dict(reply.headers)["Allow"] == ", ".join(ENDPOINTS[path])


# -- ids and flags --------------------------------------------------------------------------------------


IDS = [
    (each, name)
    for each in EVERY
    for name in each.body
    if name
    in (
        "campaign_id",
        "sender_id",
        "sender_ids",
        "recipient_list_ids",
        "broadcast_id",
        "bid",
        "ids",
    )
]


@pytest.mark.parametrize(
    ("operation", "name"), IDS, ids=[f"{e.path} {n} {i}" for i, (e, n) in enumerate(IDS)]
)
def test_an_id_is_a_number_or_a_text(operation: Operation, name: str) -> None:
    wanted = command(operation, **{name: 17})
    for value in ("17", " 17 ", "+17"):
        assert command(operation, **{name: value}) == wanted
    if name not in ("campaign_id", "broadcast_id", "bid") and "verification" not in operation.body:
        assert command(operation, **{name: [17]}) == command(operation, **{name: ["17"]}) == wanted
    for value in ("x", -1, 2**31, {"a": 1}, 1.5, True):
        found = asked(request_of(operation, {**operation.body, name: value})).verdict
        assert found is not None, value
        assert found.field == name


@pytest.mark.parametrize(
    ("operation", "name"),
    [pair for pair in IDS if pair[1] in ("sender_ids", "recipient_list_ids", "ids")],
)
def test_many_ids_are_a_comma_list_or_an_array(operation: Operation, name: str) -> None:
    wanted = command(operation, **{name: [3, 5]})
    for value in ("3,5", "3, 5", "3;5", ["3", "5"], ["3,5"], "3,5,3,0,"):
        assert command(operation, **{name: value}) == wanted


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.method in ("PATCH", "PUT") and not each.doc],
    ids=lambda each: f"{each.method} {each.path}",
)
def test_enabled_comes_as_a_boolean_a_number_or_a_text(operation: Operation) -> None:
    if operation.path.endswith("/numbers"):
        return  # its numbers change, not whether it is on
    for flag, forms in ((True, (True, 1, "1", "true", "True")), (False, (False, 0, "0", "false"))):
        for form in forms:
            found = command(operation, enabled=form)
            if isinstance(found, Amend):
                assert found.changes["enabled"] is flag
            else:
                assert isinstance(found, ChangeList | Gather)
                assert found.enabled is flag
    wrong = asked(request_of(operation, {**operation.body, "enabled": "perhaps"}))
    assert wrong.verdict is not None
    assert wrong.verdict.field == "enabled"


@pytest.mark.parametrize(
    "path", [each.path for each in OPERATIONS if each.method == "GET" and "{}" not in each.path]
)
def test_lists_have_ten_unless_more_are_asked_for_and_only_what_is_on(path: str) -> None:
    def listed(query: str) -> Any:
        return asked(HttpRequest(method="GET", path=path, query=query, headers=KEY, id=1)).command

    usual = msgspec.structs.asdict(listed(""))
    start = "start" if "start" in usual else "offset"
    assert (usual["limit"], usual[start], usual.get("enabled", True)) == (10, 0, True)
    paged = msgspec.structs.asdict(listed("LIMIT=3&start=20&enabled=false"))
    assert (paged["limit"], paged[start], paged.get("enabled", False)) == (3, 20, False)
    for wrong in ("limit=x", "start=-1"):
        request = HttpRequest(method="GET", path=path, query=wrong, headers=KEY, id=1)
        found = asked(request).verdict
        assert found is not None
        assert found.field == wrong.partition("=")[0]


def test_a_file_that_comes_as_a_spool_is_read_from_it() -> None:
    for operation in EVERY:
        if operation.doc:
            body = multipart(dict(operation.body))
            request = request_of(operation, {}, body=b"", spool=BytesIO(body))
            assert asked(request).verdict is None
