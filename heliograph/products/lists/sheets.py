"""Rows of a file, whatever it is: CSV in the encodings and with the delimiters that people have, or XLSX.

Nothing holds more than a line: XLSX is read as a stream too. A file that says it is small and is not (a
zip bomb) is refused before it is unpacked.

Source for XLSX: ECMA-376; for what is told from octets: https://encoding.spec.whatwg.org/ (Latin-1 is
read as windows-1252, which is what programs that claim it write).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Final

import openpyxl  # type: ignore[import-untyped]

from heliograph.products.lists.octets import Octets

__all__ = ["FileError", "Row", "delimiter_of", "encoding_of", "rows_of"]

Row = tuple[int, list[str] | None]
"""A line's number, counted from 1, and its cells; None where it cannot be read."""
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLOCK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 17
"""Characters; what is longer is read in pieces that are no rows."""
_MOST_COLUMNS: Final = 256
_MOST_SHEET_ROWS: Final = 1_048_576
_UNPACKED_BYTES_MAX: Final = 1 << 30
_STRINGS_BYTES_MAX: Final = 96 << 20
"""The table of strings of an XLSX file is the one part that is held in memory."""
_MOST_ENTRIES: Final = 2_000
_STRINGS: Final = "xl/sharedstrings.xml"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_1252: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_DELIMITERS: Final = ("\t", ";", ",")
_SAMPLE_LINES: Final = 50
_SEPARATOR: Final = re.compile(r"sep=(.)\s*\Z")
_NUMBER: Final = re.compile(r"\s*\+?[\d().\s-]{5,}\Z")


class FileError(Exception):
    """The file cannot be read; says why in a sentence without its content."""


def rows_of(octets: Octets) -> Iterator[Row]:
    """Every row of a file. Raises FileError, at once or on the way."""
    octets.seek(0)
    head = octets.read(8) or b""
    octets.seek(0)
    if head.startswith(_OLD_EXCEL):
        raise FileError("This is an old Excel file: save it as XLSX or CSV.")
    if head.startswith(_ZIP):
        return _sheet(octets)
    return _text(octets)


# -- CSV --------------------------------------------------------------------------------------------


def _text(octets: Octets) -> Iterator[Row]:
    encoding = encoding_of(octets)
    octets.seek(0)
    text = io.TextIOWrapper(
        io.BufferedReader(octets, _BLOCK_BYTES), encoding, errors="replace", newline=""
    )
    head = text.read(_HEAD_BYTES)
    lines = head.splitlines()
    declared = _SEPARATOR.match(lines[0]) if lines else None
    delimiter = declared[1] if declared is not None else delimiter_of(lines[:_SAMPLE_LINES])
    text.seek(0)
    yield from _rows(text, delimiter, skip=int(declared is not None))


def _rows(text: io.TextIOWrapper, delimiter: str, skip: int) -> Iterator[Row]:
    reader = csv.reader(_lines(text), delimiter=delimiter)
    begins = 1
    while True:
        cells: list[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        if begins > skip:
            yield begins, cells
        begins = reader.line_num + 1


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE):
        yield line


def encoding_of(octets: Octets) -> str:
    """By its mark; else UTF-16 where every second octet is zero; else UTF-8 where it is that; else
    Latin-1."""
    octets.seek(0)
    head = octets.read(_HEAD_BYTES) or b""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs and max(even, odd) > pairs // 3 and min(even, odd) * 10 <= max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    octets.seek(0)
    decoder, utf8, latin = codecs.getincrementaldecoder("utf-8")(), True, "cp1252"
    while block := octets.read(_BLOCK_BYTES):
        if utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                utf8 = False
        if _NOT_1252.search(block):
            latin = "latin-1"
    try:
        decoder.decode(b"", final=utf8)
    except UnicodeDecodeError:
        utf8 = False
    return "utf-8" if utf8 else latin


def delimiter_of(lines: list[str]) -> str:
    """The one by which most of these lines have a cell that is a number, and most are of one width."""
    best, found = (-1, -1), ","
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        width = max(map(len, rows), default=0)
        numbered = sum(any(map(_NUMBER.match, row)) for row in rows)
        score = (numbered, sum(len(row) == width for row in rows) if width > 1 else 0)
        if score > best:
            best, found = score, delimiter
    return found if best[1] > 0 else ","


# -- XLSX -------------------------------------------------------------------------------------------


def _sheet(octets: Octets) -> Iterator[Row]:
    file = io.BufferedReader(octets, _BLOCK_BYTES)
    _guard(file)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        with closing(book):
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size need not be so
            rows = sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS)
            for number, row in enumerate(islice(rows, _MOST_SHEET_ROWS), start=1):
                yield number, _cells(row)
    except Exception as error:
        # The library meets what is wrong in a file with exceptions of a dozen kinds.
        raise FileError("The workbook cannot be read.") from error


def _guard(file: IO[bytes]) -> None:
    """`zipfile` unpacks no more of an entry than its head declares, so that the heads can be trusted."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileError("The workbook cannot be read.") from error
    if len(entries) > _MOST_ENTRIES or sum(e.file_size for e in entries) > _UNPACKED_BYTES_MAX:
        raise FileError("The workbook is too large when unpacked.")
    if any(e.file_size > _STRINGS_BYTES_MAX for e in entries if e.filename.lower() == _STRINGS):
        raise FileError("The workbook holds too many different texts: save it as CSV.")
    file.seek(0)


def _cells(row: Sequence[object]) -> list[str]:
    """Without the empty ones at the end, by which the library makes all rows equally wide."""
    width = len(row) if any(row) else 0
    while width and row[width - 1] is None:
        width -= 1
    return [_cell(each) for each in row[:width]]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case float() if value.is_integer() and abs(value) < 1e18:
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
