"""Lists of opt-outs: read line by line in every form in which people have them, and written for import."""

from __future__ import annotations

import pytest

from heliograph.dialects._shape import Ask
from heliograph.dialects.native._operations import BY_ID
from heliograph.dialects.native.read import read
from heliograph.dialects.native.write import write
from heliograph.model.account import OptOut
from heliograph.model.command import GetBalance
from heliograph.model.dialogue import ImportOptOuts, OptOutsExported
from heliograph.model.refusal import Refusal, Refused

CSV = "text/csv"
NDJSON = "application/x-ndjson"


@pytest.fixture
def reply(make, key):
    """reply(form, answer) as it is written."""

    def written(form, answer):
        operation = BY_ID[form]
        ask = Ask(claim=None, command=GetBalance(), form=form)
        return write(make(operation.method, operation.path), ask, answer, key)

    return written


def _asked(make, body: bytes, kind: str) -> Ask:
    asked = read(make("POST", "/v1/opt-outs/import", body, content_type=kind))
    assert isinstance(asked, Ask)
    return asked


def _entries(make, body: bytes, kind: str) -> list[tuple[int, object]]:
    command = _asked(make, body, kind).command
    assert isinstance(command, ImportOptOuts)
    return [
        (
            line,
            (each.msisdn, each.sender, each.campaign) if isinstance(each, OptOut) else each.refusal,
        )
        for line, each in command.entries
    ]


@pytest.mark.parametrize(
    ("body", "kind", "wanted"),
    [
        (b"8801\n\n 8802 ,Shop\r\n", CSV, [(1, ("8801", "", "")), (3, ("8802", "Shop", ""))]),
        (b"\xef\xbb\xbf+8801,,EID", CSV, [(1, ("+8801", "", "EID"))]),
        (b"campaign,to\nEID,8801\n", CSV, [(2, ("8801", "", "EID"))]),
        (b'"to","created_at"\n"8801","2026"', CSV, [(2, ("8801", "", ""))]),
        (b"", CSV, []),
        (
            b'8801,a,b,c\n"88\n\xff\n,Shop\n8801\0\n' + b"8" * 2000 + b"\n8802",
            CSV,
            [
                (1, Refusal.MALFORMED),
                (2, Refusal.MALFORMED),
                (3, Refusal.MALFORMED),
                (4, Refusal.MISSING_FIELD),
                (5, Refusal.MALFORMED),
                (6, Refusal.INVALID_FIELD),
                (7, ("8802", "", "")),
            ],
        ),
        (
            b'{"to":"8801","from":"Shop"}\n[]\n{"to":"8\\u0000"}\n{"x":1}\n{"to":"8802"}',
            NDJSON,
            [
                (1, ("8801", "Shop", "")),
                (2, Refusal.INVALID_FIELD),
                (3, Refusal.INVALID_FIELD),
                (4, Refusal.INVALID_FIELD),
                (5, ("8802", "", "")),
            ],
        ),
    ],
)
def test_a_list_is_read_line_by_line(make, body: bytes, kind: str, wanted: list[object]) -> None:
    assert _entries(make, body, kind) == wanted


@pytest.mark.parametrize(
    ("body", "kind", "refusal"),
    [
        (b"phone,name\n8801,x", CSV, Refusal.INVALID_FIELD),
        (b'{"to":"8801"}', "application/json", Refusal.UNSUPPORTED_MEDIA_TYPE),
        (b"<a/>", "text/xml", Refusal.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_is_no_such_list_is_refused_whole(
    make, body: bytes, kind: str, refusal: Refusal
) -> None:
    verdict = _asked(make, body, kind).verdict
    assert isinstance(verdict, Refused)
    assert verdict.refusal is refusal


def test_an_export_says_where_the_next_piece_is_and_can_be_imported(make, reply, things) -> None:
    opt_out = next(each for each in things if isinstance(each, OptOut))
    said = reply("exportOptOuts", OptOutsExported(items=(opt_out,), more=True))
    assert dict(said.headers)["link"] == '</v1/opt-outs/export?after=8801844909020>; rel="next"'
    assert _entries(make, said.body, CSV) == [(2, ("8801844909020", "", ""))]
    last = reply("exportOptOuts", OptOutsExported(items=(opt_out,), more=False))
    assert "link" not in dict(last.headers)
