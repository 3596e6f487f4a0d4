"""From a raw query string or body to names and values: query, urlencoded, multipart, JSON, Basic.

All rooms read their requests through these functions. Order and duplicates are kept, and what callers
really send is understood: a byte order mark, raw UTF-8 in a query, a lone percent sign (kept as it
stands). What has no clear reading is a `Malformed` value. These functions must never raise, whatever
the octets, never guess an encoding (a text that is not UTF-8 would reach the handset as other
characters than the caller meant), and never hold more than a bounded number of fields.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

__all__ = [
    "PAIRS_MAX",
    "Malformed",
    "Pairs",
    "basic_credentials",
    "by_name",
    "header_parameter",
    "is_json",
    "json_object",
    "json_value",
    "media_type",
    "multipart_pairs",
    "query_pairs",
    "text_of",
    "urlencoded_pairs",
]

PAIRS_MAX: Final = 20_000
"""Fields in one query or form; a caller with 10,000 recipients may name each in its own field."""

Pairs = list[tuple[str, str]]
"""Names as they were spelled, with their values, in the order of the request."""

_BOM: Final = b"\xef\xbb\xbf"
_JSON = msgspec.json.Decoder()
_JSON_MEDIA: Final = frozenset({"application/json", "text/json"})
_PART_HEAD_BYTES_MAX: Final = 8192
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_Value = TypeVar("_Value")


class Malformed(msgspec.Struct, frozen=True, kw_only=True):
    """Octets that cannot be read. `what` is a sentence for people; it holds none of the content."""

    what: str


_NOT_UTF8 = Malformed(what="The text is not valid UTF-8.")
_NOT_JSON = Malformed(what="The body is not valid JSON.")
_TOO_MANY = Malformed(what=f"There are more than {PAIRS_MAX} fields.")


# -- queries and urlencoded bodies --------------------------------------------------------------


def query_pairs(query: str) -> Pairs | Malformed:
    """The fields of a raw query string (without `?`), by the URL Standard's form parser.

    Characters above ASCII are octets that the caller did not escape: a server that decodes the
    request line as Latin-1 and one that decodes it as UTF-8 both lead to the same fields.
    """
    try:
        octets = query.encode("latin-1")
    except UnicodeEncodeError:
        octets = query.encode("utf-8", "surrogatepass")
    return urlencoded_pairs(octets)


def urlencoded_pairs(body: bytes) -> Pairs | Malformed:
    """The fields of an `application/x-www-form-urlencoded` body; always read as UTF-8.

    `+` is a blank, a field without `=` has an empty value, empty fields between `&` are skipped, and
    `%` without two hexadecimal digits behind it stands for itself.
    """
    if body.count(b"&") >= PAIRS_MAX:
        return _TOO_MANY
    octets = body.removeprefix(_BOM).replace(b"+", b" ")
    try:
        if b"%" not in octets:
            return [_halves(part) for part in octets.decode().split("&") if part]
        return [_unescaped(part) for part in octets.split(b"&") if part]
    except UnicodeDecodeError:
        return _NOT_UTF8


def _halves(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def _unescaped(part: bytes) -> tuple[str, str]:
    if b"%" not in part:
        return _halves(part.decode())
    name, _, value = part.partition(b"=")
    return _ESCAPES.sub(_octets, name).decode(), _ESCAPES.sub(_octets, value).decode()


def _octets(escapes: re.Match[bytes]) -> bytes:
    """A run of escapes at once: texts outside ASCII are nothing but such runs."""
    return binascii.unhexlify(escapes[0].replace(b"%", b""))


# -- multipart/form-data ------------------------------------------------------------------------

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_DISPOSITION = re.compile(
    rb"^content-disposition:[ \t]*form-data((?:[ \t]*;[^\r\n]*)?)[ \t]*\r?$", re.I | re.M
)
_ENCODED = re.compile(rb"^content-transfer-encoding:[ \t]*(?!7bit|8bit|binary)", re.I | re.M)
_PARAMETER = re.compile(r';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')
_ESCAPED = re.compile(r"\\(.)")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def multipart_pairs(body: bytes, content_type: str) -> Pairs | Malformed:
    """The text fields of a whole `multipart/form-data` body (RFC 7578).

    A body that stops before its closing delimiter, a part without a name, a part with a file name
    and a transfer encoding are refused: files travel by a spool, never through here.
    """
    boundary = header_parameter(content_type, "boundary")
    if boundary is None or not _BOUNDARY.fullmatch(boundary):
        return Malformed(what="The multipart boundary is missing or not valid.")
    delimiter = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    )
    pairs: Pairs = []
    start: int | None = None
    for match in delimiter.finditer(body):
        if start is not None:
            pair = _part(body[start : match.start()])
            if isinstance(pair, Malformed):
                return pair
            pairs.append(pair)
        if match[1] is not None:
            return pairs
        if len(pairs) >= PAIRS_MAX:
            return _TOO_MANY
        start = match.end()
    return Malformed(what="The multipart body has no end.")


def _part(octets: bytes) -> tuple[str, str] | Malformed:
    blank = _BLANK_LINE.search(octets)
    if blank is None or blank.start() > _PART_HEAD_BYTES_MAX:
        return Malformed(what="A part of the multipart body has no headers that can be read.")
    head, value = octets[: blank.start()], octets[blank.end() :]
    disposition = _DISPOSITION.search(head)
    if disposition is None or _ENCODED.search(head) is not None:
        return Malformed(what="A part of the multipart body is not a plain form field.")
    try:
        parameters = disposition[1].decode()
        text = value.decode()
    except UnicodeDecodeError:
        return _NOT_UTF8
    name = header_parameter(parameters, "name")
    if name is None or header_parameter(parameters, "filename") is not None:
        return Malformed(what="A part of the multipart body is a file or has no name.")
    return name, text


# -- JSON ---------------------------------------------------------------------------------------


def json_value(body: bytes) -> object | Malformed:
    """The value of a JSON body (RFC 8259) in UTF-8, with or without a byte order mark.

    Objects are dicts: of a name that comes twice the last value counts.
    """
    try:
        value: object = _JSON.decode(body[3:] if body.startswith(_BOM) else body)
    except UnicodeDecodeError:
        return _NOT_UTF8
    except (ValueError, RecursionError):
        return _NOT_JSON
    return value


def json_object(body: bytes) -> dict[str, object] | Malformed:
    """The members of a JSON body that is an object; any other value is malformed."""
    value = json_value(body)
    if isinstance(value, dict | Malformed):
        return value
    return Malformed(what="The body is not a JSON object.")


def text_of(value: object) -> str | None:
    """A JSON value where a text is expected: texts and numbers; None for anything else.

    `8801844909020` and `8801844909020.0` are both "8801844909020": callers in loosely typed
    languages send phone numbers, codes and short texts as JSON numbers.
    """
    kind = type(value)
    if kind is str or kind is int:
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return None


# -- names and headers --------------------------------------------------------------------------


def by_name(pairs: Iterable[tuple[str, _Value]]) -> dict[str, _Value]:
    """Values by lower-case name; of a name that comes twice the first value counts."""
    found: dict[str, _Value] = {}
    for name, value in pairs:
        found.setdefault(name.lower(), value)
    return found


def media_type(content_type: str) -> str:
    """`Application/JSON; charset=utf-8` → `application/json`; empty when there is none."""
    return content_type.partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Whether a media type (as `media_type` gives it) is JSON or has the `+json` suffix."""
    return media in _JSON_MEDIA or media.endswith("+json")


def header_parameter(header: str, name: str) -> str | None:
    """A parameter of a header value (`; name=token` or `; name="quoted"`), names in any case."""
    for match in _PARAMETER.finditer(header):
        if match[1].lower() == name:
            quoted: str | None = match[2]
            return match[3] if quoted is None else _ESCAPED.sub(r"\1", quoted)
    return None


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Name and secret of an `Authorization: Basic` header (RFC 7617), UTF-8; None for any other."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if colon else None
