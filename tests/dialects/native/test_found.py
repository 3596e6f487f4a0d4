"""What a search found, as replies: where it stopped, and a table that no spreadsheet takes for formulas."""

import csv
import io
import json

import msgspec
import pytest

from heliograph.dialects._shape import Ask
from heliograph.dialects.native._found_replies import _safe
from heliograph.dialects.native._ids import sealed_text
from heliograph.dialects.native._operations import BY_ID
from heliograph.dialects.native.read import read
from heliograph.dialects.native.write import write
from heliograph.model import command as c
from heliograph.model.ids import made_at
from heliograph.model.refused import NOBODY, ListRefusedRequests
from heliograph.model.status import Status


def reply(make, key, form, answer):
    operation = BY_ID[form]
    ask = Ask(claim=None, command=c.GetBalance(), form=form)
    return write(make(operation.method, operation.path), ask, answer, key)


def test_several_states_and_every_filter_are_read(make):
    asked = read(
        make(
            "GET",
            "/v1/messages?status=failed,expired,failed&carrier=car_7&dialect=smpp&country=bd&text=a%25b",
        )
    )
    assert asked.command == c.ListMessages(
        statuses=(Status.FAILED, Status.EXPIRED),
        carrier=7,
        dialect="smpp",
        country="BD",
        text="a%b",
    )
    exported = read(make("GET", "/v1/messages/export?to=8801&status=sent"))
    assert exported.command == c.ExportMessages(
        search=c.ListMessages(recipient="8801", statuses=(Status.SENT,))
    )


@pytest.mark.parametrize(
    "query",
    ["status=gone", "status=sent,", "status=sent;failed", "country=BGD", "carrier=7", "dialect=X",
     "text=", "limit=0"],
)  # fmt: skip
def test_what_cannot_be_searched_for_is_refused_by_name(make, query):
    verdict = read(make("GET", f"/v1/messages?{query}")).verdict
    assert verdict.field == query.partition("=")[0]


def test_requests_of_nobody_are_the_operators(make):
    asked = read(make("GET", "/v1/requests/refused?nobody=true&dialect=smpp&credential=cred_3"))
    assert asked.command == ListRefusedRequests(dialect="smpp", credential=3, for_account=NOBODY)
    assert asked.scope.value == "admin"
    assert read(make("GET", "/v1/requests/refused")).scope.value == "read"
    both = read(make("GET", "/v1/requests/refused?nobody=true&account=acct_2"))
    assert both.verdict.field == "nobody"


def test_a_search_that_stopped_says_where_and_how_to_go_on(make, key, record):
    stopped = c.Messages(items=(record,), more=True, stopped_at=1 << 50)
    said = json.loads(reply(make, key, "listMessages", stopped).body)
    assert said["next"] == sealed_text("msg", 1 << 50, key)
    assert said["searched_to"] == made_at(1 << 50).isoformat().replace("+00:00", "Z")
    whole = json.loads(
        reply(make, key, "listMessages", c.Messages(items=(record,), more=True)).body
    )
    assert whole["next"] == whole["items"][0]["id"]
    assert whole["searched_to"] is None


async def test_an_export_is_a_table_without_formulas(make, key, record):
    message = msgspec.structs.replace(
        record.message, sender="+49151", text='=HYPERLINK("x")\n"y"', reference="@SUM(A1)"
    )

    async def pages():
        yield (msgspec.structs.replace(record, message=message),)
        yield ()

    said = reply(make, key, "exportMessages", c.MessagesExported(currency="EUR", pages=pages()))
    assert said.content_type == "text/csv; charset=utf-8"
    whole = said.body + b"".join([piece async for piece in said.pieces])
    (row,) = csv.DictReader(io.StringIO(whole.decode(), newline=""))
    assert row["text"] == '\'=HYPERLINK("x")\n"y"'
    assert (row["from"], row["reference"]) == ("+49151", "'@SUM(A1)")
    assert row["id"] == sealed_text("msg", message.id, key)
    assert (row["currency"], row["to"]) == ("EUR", message.recipient)
    assert row["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Hello", "Hello"),
        ("=1+1", "'=1+1"),
        ("-5", "-5"),
        ("-5+cmd|' /C calc'!A0", "'-5+cmd|' /C calc'!A0"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("+8801712345678", "+8801712345678"),
    ],
)
def test_a_formula_is_text(text, safe):
    assert _safe(text) == safe
