"""A body with a file in it: where the file stands, and what is no such body."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from heliograph.dialects._forms import Malformed
from heliograph.dialects._multipart import Parts, parts_of
from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.messagewhiz import DIALECT
from heliograph.model.refusal import Refusal

KIND = "multipart/form-data; boundary=b"


def body(file: bytes, end: bytes = b"\r\n", last: bytes = b"--b--") -> bytes:
    return end.join(
        [
            b"--b",
            b'Content-Disposition: form-data; name="Name"',
            b"",
            b"A list",
            b"--b",
            b'Content-Disposition: form-data; name="doc"; filename="x.csv"',
            b"Content-Type: text/csv",
            b"",
            file,
            last,
        ]
    )


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@given(file=st.binary(max_size=60) | st.just(b"--b\n--bb\n--b-- x\n -"))
def test_a_file_is_found_octet_by_octet(end: bytes, file: bytes) -> None:
    if b"--b" in file:
        file = file.replace(b"\n--b", b"\n--a").removeprefix(b"--b")
    assume(end == b"\r\n" or not file.endswith(b"\r"))  # it would be half of a line end
    octets = body(file, end)
    found = parts_of(octets, KIND)
    assert isinstance(found, Parts)
    assert found.fields == {"name": "A list"}
    part = found.files["doc"]
    assert octets[part.start : part.end] == file


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"--b",
        body(b"x", last=b"--c--"),
        body(b"x").replace(b"form-data", b"attachment"),
        body(b"x").replace(b'; name="Name"', b""),
        body(b"x").replace(b"A list", b"\xff"),
        b"--b\r\n" * 80 + b"--b--",
    ],
)
def test_what_is_no_such_body_is_told(octets: bytes) -> None:
    assert isinstance(parts_of(octets, KIND), Malformed)


def test_json_where_a_file_may_come_is_not_as_large_as_a_file() -> None:
    spool = BytesIO(b'{"name":"' + b"x" * (9 * 1024 * 1024) + b'"}')
    request = HttpRequest(
        method="POST", path="/api/3/UnsubscribeList", query="", headers={"apikey": "k"}, spool=spool
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is not None
    assert ask.verdict.refusal is Refusal.TOO_LARGE
