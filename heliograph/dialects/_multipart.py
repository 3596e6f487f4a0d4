"""A multipart body with files in it: its texts, and where in the body the files' octets stand.

The file is never copied: what reads it is told the place. These functions never raise, whatever the
octets; what cannot be read is `Malformed`.

Source: RFC 7578.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from heliograph.dialects import _forms
from heliograph.dialects._spool import Octets

__all__ = ["Part", "Parts", "parts_of"]

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_DISPOSITION: Final = re.compile(
    rb"^content-disposition:[ \t]*form-data((?:[ \t]*;[^\r\n]*)?)[ \t]*\r?$", re.I | re.M
)
_REST: Final = re.compile(rb"(--)?[ \t]*(?=\r?\n|\Z)")
_REST_BYTES: Final = 100
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_HEAD_BYTES: Final = 8192
_PARTS_MAX: Final = 50
_TEXT_BYTES: Final = 64 * 1024


class Part(NamedTuple):
    """A file in the body."""

    name: str
    start: int
    end: int


class Parts(NamedTuple):
    """What a body holds, by lower-case names; of a name that comes twice the last counts."""

    fields: dict[str, str]
    files: dict[str, Part]


def parts_of(
    octets: Octets, content_type: str, files: Collection[str] = ()
) -> Parts | _forms.Malformed:
    """The fields and files of a whole `multipart/form-data` body. A part that has a file name is a file,
    and so is one whose name is among `files`."""
    boundary = _forms.header_parameter(content_type, "boundary")
    if boundary is None or not _BOUNDARY.fullmatch(boundary):
        return _forms.Malformed(what="The multipart boundary is missing or not valid.")
    found = Parts({}, {})
    start: int | None = None
    for count, delimiter in enumerate(_delimiters(octets, b"--" + boundary.encode())):
        if start is not None:
            fault = _take(octets, start, delimiter.start, found, files)
            if fault is not None:
                return fault
        if delimiter.last:
            return found
        if count >= _PARTS_MAX:
            return _forms.Malformed(what=f"There are more than {_PARTS_MAX} parts.")
        start = delimiter.end
    return _forms.Malformed(what="The multipart body has no end.")


class _Delimiter(NamedTuple):
    """A line between two parts; `start` is where the part before it ends."""

    start: int
    end: int
    last: bool


def _delimiters(octets: Octets, mark: bytes) -> Iterator[_Delimiter]:
    """Found by their letters alone first: an expression would take seconds for a large file."""
    at = octets.find(mark)
    while at >= 0:
        rest = _REST.match(octets[at + len(mark) : at + len(mark) + _REST_BYTES])
        before = bytes(octets[max(0, at - 2) : at])
        if rest is not None and (at == 0 or before.endswith(b"\n")):
            newline = 2 if before == b"\r\n" else min(at, 1)
            end = at + len(mark) + rest.end()
            yield _Delimiter(at - newline, end, rest[1] is not None)
        at = octets.find(mark, at + len(mark))


def _take(
    octets: Octets, start: int, end: int, found: Parts, files: Collection[str]
) -> _forms.Malformed | None:
    blank = _BLANK_LINE.search(octets, start, min(end, start + _HEAD_BYTES))
    if blank is None:
        return _forms.Malformed(
            what="A part of the multipart body has no headers that can be read."
        )
    disposition = _DISPOSITION.search(bytes(octets[start : blank.start()]))
    parameters = "" if disposition is None else disposition[1].decode("utf-8", "replace")
    name = _forms.header_parameter(parameters, "name")
    if name is None:
        return _forms.Malformed(what="A part of the multipart body has no name.")
    name = name.lower()
    if name in files or _forms.header_parameter(parameters, "filename") is not None:
        found.files[name] = Part(name, blank.end(), end)
        return None
    if end - blank.end() > _TEXT_BYTES:
        return _forms.Malformed(what="A field of the multipart body is too long.")
    try:
        found.fields[name] = bytes(octets[blank.end() : end]).decode()
    except UnicodeDecodeError:
        return _forms.Malformed(what="The text is not valid UTF-8.")
    return None
