"""Queries, forms, JSON and Basic credentials are read as they are really sent."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects import _forms
from heliograph.dialects._forms import (
    PAIRS_MAX,
    Malformed,
    basic_credentials,
    by_name,
    header_parameter,
    is_json,
    json_object,
    json_value,
    media_type,
    multipart_pairs,
    query_pairs,
    text_of,
    urlencoded_pairs,
)

FEW = settings(max_examples=60, deadline=None)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
FIELDS = st.lists(st.tuples(TEXTS, TEXTS), max_size=6)


def test_the_public_names_are_these() -> None:
    assert set(_forms.__all__) == {
        name
        for name, thing in vars(_forms).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == _forms.__name__
    } | {"PAIRS_MAX", "Pairs"}


# -- queries and urlencoded bodies


def test_order_and_duplicates_are_kept() -> None:
    assert query_pairs("to=1&to=2&Text=a&to=3") == [
        ("to", "1"),
        ("to", "2"),
        ("Text", "a"),
        ("to", "3"),
    ]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("m=One+to%20many", "One to many"),
        ("m=One to many", "One to many"),
        ("m=%2B880", "+880"),
        ("m=100%", "100%"),
        ("m=100%zz%2", "100%zz%2"),
        ("m=a=b==", "a=b=="),
        ("m=", ""),
        ("m", ""),
        ("&&m=x&", "x"),
        ("m=%E0%A6%B9%E0%A7%8D", "হ্"),
        ("m=হ্যালো", "হ্যালো"),
        ("m=হ্যালো".encode().decode("latin-1"), "হ্যালো"),
        ("m=a;n=b", "a;n=b"),
        ("m=%00", "\0"),
    ],
)
def test_a_query_value_is_read(query: str, value: str) -> None:
    assert query_pairs(query) == [("m", value)]


@pytest.mark.parametrize(
    "query", ["m=%FF", "%E0=1", "m=\xff", "m=%20\xff", "m=\udcff", "m=%ED%A0%80"]
)
def test_a_query_that_is_not_utf8_is_malformed(query: str) -> None:
    assert isinstance(query_pairs(query), Malformed)


def test_an_empty_query_has_no_fields() -> None:
    assert query_pairs("") == []


def test_a_byte_order_mark_before_a_form_is_no_part_of_the_first_name() -> None:
    assert urlencoded_pairs(b"\xef\xbb\xbfa=1") == [("a", "1")]


def test_too_many_fields_are_malformed() -> None:
    assert isinstance(urlencoded_pairs(b"&" * PAIRS_MAX), Malformed)
    assert isinstance(urlencoded_pairs(b"&" * (PAIRS_MAX - 1)), list)


@FEW
@given(FIELDS)
def test_what_the_standard_library_encodes_is_read_back(fields: list[tuple[str, str]]) -> None:
    assert urlencoded_pairs(urlencode(fields).encode()) == fields


@FEW
@given(st.binary(max_size=80), st.text(max_size=40))
def test_arbitrary_octets_never_raise(octets: bytes, text: str) -> None:
    for read in (
        query_pairs(text),
        query_pairs(octets.decode("latin-1")),
        urlencoded_pairs(octets),
        multipart_pairs(octets, text),
        multipart_pairs(b"--b" + octets + b"--b--", "multipart/form-data; boundary=b"),
    ):
        assert isinstance(read, list | Malformed)
    assert isinstance(json_object(octets), dict | Malformed)
    assert isinstance(basic_credentials(text), tuple | None)


# -- multipart


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def field(name: bytes, value: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value


MULTIPART = "multipart/form-data; boundary=b"


def test_multipart_fields_are_read_in_order_with_their_duplicates() -> None:
    body = form(field(b"to", b"1"), field(b"to", b""), field(b"text", "হ্যা\r\n--bx\r\n".encode()))
    assert multipart_pairs(body, MULTIPART) == [
        ("to", "1"),
        ("to", ""),
        ("text", "হ্যা\r\n--bx\r\n"),
    ]


def test_a_multipart_body_without_fields_is_empty() -> None:
    assert multipart_pairs(b"--b--", MULTIPART) == []


def test_a_preamble_an_epilogue_and_a_quoted_boundary_are_understood() -> None:
    body = b"preamble\r\n" + form(field(b"a", b"1")) + b"epilogue --b\r\n"
    assert multipart_pairs(body, 'Multipart/Form-Data; charset=x; Boundary="b"') == [("a", "1")]


def test_bare_line_feeds_and_lower_case_headers_of_handmade_clients_are_understood() -> None:
    body = b"--b\ncontent-disposition: form-data; name=a\nContent-Type: text/plain\n\n1\n--b--\n"
    assert multipart_pairs(body, MULTIPART) == [("a", "1")]


def test_escapes_in_a_multipart_name_are_undone() -> None:
    assert multipart_pairs(form(field(rb"a\"b\\", b"1")), MULTIPART) == [('a"b\\', "1")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a=1",
        form(field(b"a", b"1"), end=b""),
        form(b"no headers"),
        form(b"\r\n\r\nvalue"),
        form(b"Content-Disposition: form-data\r\n\r\n1"),
        form(b'Content-Disposition: attachment; name="a"\r\n\r\n1'),
        form(b'Content-Disposition: form-data; name="a"; filename="f"\r\n\r\n1'),
        form(b"Content-Transfer-Encoding: base64\r\n" + field(b"a", b"MQ==")),
        form(b"X: " + b"x" * 9000 + b"\r\n" + field(b"a", b"1")),
        form(field(b"a", b"\xff")),
        form(field(b"\xff", b"a")),
    ],
)
def test_a_multipart_body_without_a_clear_reading_is_malformed(body: bytes) -> None:
    assert isinstance(multipart_pairs(body, MULTIPART), Malformed)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'x; boundary="a\r\nb"',
        "x; boundary=é",
        f"x; boundary={'b' * 71}",
    ],
)
def test_a_multipart_body_without_a_valid_boundary_is_malformed(content_type: str) -> None:
    assert isinstance(multipart_pairs(form(field(b"a", b"1")), content_type), Malformed)


def test_multipart_fields_are_bounded_in_number() -> None:
    part = b"--b\r\n" + field(b"a", b"1") + b"\r\n"
    assert isinstance(multipart_pairs(part * (PAIRS_MAX + 1) + b"--b--", MULTIPART), Malformed)


# -- JSON


def test_a_json_object_is_read_with_and_without_a_byte_order_mark() -> None:
    assert json_object(b'{"a": "1"}') == {"a": "1"}
    assert json_object(b'\xef\xbb\xbf{"a": null}') == {"a": None}


def test_of_a_json_name_that_comes_twice_the_last_value_counts() -> None:
    assert json_object(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1} x',
        b"NaN",
        b'"\xff"',
        b'"\\ud800 "',
        b"[" * 100_000,
        b"9" * 5000,
        b"1e999",
    ],
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    assert isinstance(json_value(body), Malformed)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null", b"true"])
def test_json_other_than_an_object_is_no_object(body: bytes) -> None:
    assert not isinstance(json_value(body), Malformed)
    assert isinstance(json_object(body), Malformed)


@FEW
@given(st.dictionaries(TEXTS, TEXTS | st.none() | st.booleans() | st.integers(-(2**60), 2**60)))
def test_what_the_standard_library_dumps_is_read_back(value: dict[str, object]) -> None:
    assert json_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ("", ""),
        (8801844909020, "8801844909020"),
        (8801844909020.0, "8801844909020"),
        (1.5, "1.5"),
        (-1, "-1"),
        (None, None),
        (True, None),
        ({}, None),
        (["a"], None),
    ],
)
def test_texts_and_numbers_are_texts_and_nothing_else_is(value: object, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("number", [b"123456789012345678901234567890", b"1e300", b"-0.0"])
def test_every_number_that_json_can_hold_has_a_text(number: bytes) -> None:
    assert text_of(json_value(number)) is not None


# -- names and headers


def test_names_are_looked_up_in_any_case_and_the_first_value_counts() -> None:
    assert by_name([("UserName", "a"), ("username", "b"), ("ApiKey", "c")]) == {
        "username": "a",
        "apikey": "c",
    }


def test_a_media_type_is_told_from_its_parameters() -> None:
    assert media_type("Application/JSON ; charset=UTF-8") == "application/json"
    assert media_type("") == ""


@pytest.mark.parametrize("media", ["application/json", "text/json", "application/problem+json"])
def test_json_media_types_are_known(media: str) -> None:
    assert is_json(media)
    assert not is_json(media + "x")


def test_header_parameters_are_read_quoted_and_bare() -> None:
    header = 'form-data; Name="a;\\"b"; size=3'
    assert header_parameter(header, "name") == 'a;"b'
    assert header_parameter(header, "size") == "3"
    assert header_parameter(header, "form-data") is None


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


def test_basic_credentials_are_split_at_the_first_colon() -> None:
    assert basic_credentials(basic("ü@x.com:a:b".encode())) == ("ü@x.com", "a:b")
    assert basic_credentials(basic(b"a:b").replace("Basic", "BASIC ")) == ("a", "b")


@pytest.mark.parametrize(
    "header",
    ["", "bearer", "Bearer abc", "Basic", "Basic ???", "Basic é", basic(b"a"), basic(b"\xff:")],
)
def test_any_other_authorization_is_no_basic_one(header: str) -> None:
    assert basic_credentials(header) is None
