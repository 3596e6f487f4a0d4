import io
import json
import tempfile
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.native.read import read
from heliograph.model.command import SendBulk
from heliograph.model.message import Draft
from heliograph.model.refusal import Refusal, Refused

PATH = "/v1/messages/bulk"
NDJSON = "application/x-ndjson"


def bulk(request: HttpRequest) -> SendBulk:
    ask = read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is None, ask.verdict
    assert isinstance(ask.command, SendBulk)
    return ask.command


def verdict(request: HttpRequest) -> Refused:
    ask = read(request)
    assert isinstance(ask, Ask)
    assert ask.verdict is not None
    return ask.verdict


def recipients(command: SendBulk) -> list[str | Refusal]:
    return [each.recipient if isinstance(each, Draft) else each.refusal for each in command.drafts]


def test_complete_messages_are_handed_out_in_order(make):
    body = b' { "reference" : "r" , "messages" : [ {"to":"1"} , {"to":"2","text":"]},{["} ] } '
    command = bulk(make("POST", PATH, body))
    assert command.reference == "r"
    assert recipients(command) == ["1", "2"]


def test_one_text_goes_to_many_recipients(make):
    body = {
        "recipients": [{"to": "1", "variables": {"n": "A"}, "reference": "x"}, {"to": "2"}],
        "from": "Hel",
        "text": "Hi {{n}}",
        "class": "promotional",
        "reference": "all",
    }
    command = bulk(make("POST", PATH, json.dumps(body).encode()))
    first, second = command.drafts
    assert command.reference == "all"
    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert (first.sender, first.text, first.variables) == ("Hel", "Hi {{n}}", {"n": "A"})
    assert (first.reference, second.reference, second.recipient) == ("x", None, "2")


def test_lines_of_json_are_messages(make):
    body = b'{"to":"1"}\r\n\n  \n{"to":"2"}'
    command = bulk(make("POST", f"{PATH}?reference=r", body, content_type=NDJSON))
    assert command.reference == "r"
    assert recipients(command) == ["1", "2"]


def test_an_entry_that_cannot_be_read_does_not_stop_the_others(make):
    entries = [
        b'{"to":"1"}',
        b'{"to":1}',
        b"5",
        b'"text"',
        b"[1]",
        b"{}",
        b'{"to":"1","x":1}',
        b'{"to":"\xff"}',
        b'{"to":"a\\u0000"}',
        b'{"to":"1","body_hex":"00","text":"x"}',
        b'{to:"1"}',
        b'{"to":"2"}',
    ]
    wanted = [
        "1",
        Refusal.INVALID_FIELD,
        Refusal.INVALID_FIELD,
        Refusal.INVALID_FIELD,
        Refusal.INVALID_FIELD,
        Refusal.MISSING_FIELD,
        Refusal.INVALID_FIELD,
        Refusal.MALFORMED,
        Refusal.INVALID_FIELD,
        Refusal.INVALID_FIELD,
        Refusal.MALFORMED,
        "2",
    ]
    whole = b'{"messages":[' + b",".join(entries) + b"]}"
    assert recipients(bulk(make("POST", PATH, whole))) == wanted
    lines = b"\n".join(entries)
    assert recipients(bulk(make("POST", PATH, lines, content_type=NDJSON))) == wanted


@pytest.mark.parametrize(
    ("body", "refusal", "field"),
    [
        (b"", Refusal.MALFORMED, None),
        (b"[]", Refusal.MALFORMED, None),
        (b"{}", Refusal.MALFORMED, None),
        (b'{"reference":"r"}', Refusal.MISSING_FIELD, "/messages"),
        (b'{"messages"', Refusal.MALFORMED, None),
        (b'{"messages":', Refusal.MALFORMED, None),
        (b'{"messages":[', Refusal.MALFORMED, None),
        (b'{"messages":[]}', Refusal.INVALID_FIELD, "/messages"),
        (b'{"messages":[{"to":"1"}', Refusal.MALFORMED, None),
        (b'{"messages":[{"to":"1"},]}', Refusal.MALFORMED, None),
        (b'{"messages":[{"to":"1"}]', Refusal.MALFORMED, None),
        (b'{"messages":[{"to":"1"}]}x', Refusal.MALFORMED, None),
        (b'{"messages":[{"to":{"a":{"b":{}}}}]}', Refusal.MALFORMED, None),
        (b'{"messages":' + b"[" * 100_000, Refusal.MALFORMED, None),
        (b'{"messages":null}', Refusal.MISSING_FIELD, "/messages"),
        (b'{"messages":[{"to":"1"}],"text":"a"}', Refusal.INVALID_FIELD, "/messages"),
        (b'{"messages":[{"to":"1"}],"messages":[{"to":"1"}]}', Refusal.INVALID_FIELD, "/messages"),
        (b'{"messages":[{"to":"1"}],"colour":"red"}', Refusal.INVALID_FIELD, "/colour"),
        (b'{"recipients":[{"to":"1"}],"class":"spam"}', Refusal.INVALID_FIELD, "/class"),
        (b'{"reference":"\\u0000","messages":[{"to":"1"}]}', Refusal.INVALID_FIELD, "/reference"),
        (
            b'{"recipients":[{"to":"1"}],"text":"a\\u0000"}',
            Refusal.INVALID_FIELD,
            "/text",
        ),
    ],
)
def test_a_request_that_is_not_whole_is_refused_before_anything_is_accepted(
    make, body, refusal, field
):
    said = verdict(make("POST", PATH, body))
    assert (said.refusal, said.field) == (refusal, field)


def test_a_request_has_at_most_a_hundred_thousand_messages(make):
    most = b'{"messages":[' + b",".join([b"{}"] * 100_000) + b"]}"
    assert sum(1 for _ in bulk(make("POST", PATH, most)).drafts) == 100_000
    more = b'{"messages":[' + b",".join([b"{}"] * 100_001) + b"]}"
    assert verdict(make("POST", PATH, more)).refusal is Refusal.TOO_MANY_RECIPIENTS
    lines = b"{}\n" * 100_001
    said = verdict(make("POST", PATH, lines, content_type=NDJSON))
    assert said.refusal is Refusal.TOO_MANY_RECIPIENTS
    assert verdict(make("POST", PATH, b"\n\n", content_type=NDJSON)).field == "/messages"


def spooled(make, spool, **headers: str) -> HttpRequest:
    plain = make("POST", PATH, **headers)
    return HttpRequest(
        method=plain.method, path=plain.path, query="", headers=plain.headers, spool=spool
    )


def test_a_spooled_body_is_read_from_its_file(make):
    body = b'{"messages":[{"to":"1"},{"to":"2"}]}'
    with tempfile.TemporaryFile() as spool:
        spool.write(body)
        on_disk = bulk(spooled(make, spool, idempotency_key="k"))
        assert recipients(on_disk) == ["1", "2"]
    in_memory = bulk(spooled(make, io.BytesIO(body), idempotency_key="k"))
    assert recipients(in_memory) == ["1", "2"]
    assert on_disk.fingerprint == in_memory.fingerprint != b""
    with tempfile.TemporaryFile() as spool:
        assert verdict(spooled(make, spool)).refusal is Refusal.MALFORMED


def test_memory_does_not_grow_with_the_number_of_messages(make):
    with tempfile.TemporaryFile() as spool:
        spool.write(b'{"messages":[')
        for number in range(30_000):
            spool.write(b'{"to":"+88018%08d","text":"%b"},' % (number, b"x" * 300))
        spool.write(b'{"to":"1"}]}')
        tracemalloc.start()
        count = sum(1 for _ in bulk(spooled(make, spool)).drafts)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 30_001
    assert peak < 1_000_000  # of ten million octets


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "to": st.text(
                alphabet=st.characters(blacklist_characters="\0", codec="utf-8"), max_size=9
            )
        },
        optional={
            "text": st.text(st.characters(blacklist_characters="\0", codec="utf-8"), max_size=9),
            "variables": st.dictionaries(
                st.text(st.characters(blacklist_characters="\0", codec="utf-8"), max_size=5),
                st.text(st.characters(blacklist_characters="\0", codec="utf-8"), max_size=5),
                max_size=3,
            ),
        },
    ),
    min_size=1,
    max_size=5,
)


@given(entries=ENTRIES, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_every_valid_document_is_handed_out_as_it_was_written(entries, ascii_only, indent):
    body = json.dumps({"messages": entries}, ensure_ascii=ascii_only, indent=indent).encode()
    request = HttpRequest(
        method="POST", path=PATH, query="", headers={"authorization": "Bearer x"}, body=body
    )
    drafts = [each for each in bulk(request).drafts if isinstance(each, Draft)]
    assert [each.recipient for each in drafts] == [each["to"] for each in entries]
    assert [each.text for each in drafts] == [each.get("text", "") for each in entries]
    assert [each.variables for each in drafts] == [each.get("variables") for each in entries]


@given(st.text(alphabet='{}[]",:\\1a ', max_size=30))
def test_what_is_taken_as_whole_is_json_or_refused_entry_by_entry(inside):
    body = b'{"messages":' + inside.encode() + b"}"
    request = HttpRequest(
        method="POST", path=PATH, query="", headers={"authorization": "Bearer x"}, body=body
    )
    ask = read(request)
    assert isinstance(ask, Ask)
    if ask.verdict is None:
        assert isinstance(ask.command, SendBulk)
        assert all(isinstance(each, Draft | Refused) for each in ask.command.drafts)
