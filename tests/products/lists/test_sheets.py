"""Whatever people bring is read as rows: encodings, delimiters, XLSX; and what is no list is told."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from heliograph.products.lists.octets import octets_of
from heliograph.products.lists.sheets import FileError, rows_of

NAMES = "Zoë;Łukasz, jr"
ENCODINGS = {
    "utf-8": "Zoë Łukasz",
    "utf-8-sig": "Zoë Łukasz",
    "utf-16": "Zoë Łukasz",
    "utf-16-le": "Zoë Łukasz",
    "utf-16-be": "Zoë Łukasz",
    "cp1252": "Zoë €uro",
    "latin-1": "Zoë Müller",
}


def rows(octets: bytes) -> list[list[str] | None]:
    with octets_of(io.BytesIO(octets)) as file:
        return [cells for _, cells in rows_of(file)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_and_delimiter_is_found(encoding: str, delimiter: str) -> None:
    name = ENCODINGS[encoding]
    wanted = [["phone_number", "name"], ["8801712345678", name], ["+880 1712-345679", "Bob"]]
    text = "\r\n".join(delimiter.join(row) for row in wanted)
    assert rows(text.encode(encoding)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("8801712345678\n8801712345679\n", [["8801712345678"], ["8801712345679"]]),
        ("8801712345678;Doe, Jane\n8801;R, R", [["8801712345678", "Doe, Jane"], ["8801", "R, R"]]),
        ("8801712345678,a;b\n", [["8801712345678", "a;b"]]),
        ('sep=|\nto|name\n8801712345678|"a|b"\n', [["to", "name"], ["8801712345678", "a|b"]]),
        ('8801712345678,"a\nb ""c"""\n1,2', [["8801712345678", 'a\nb "c"'], ["1", "2"]]),
        ("\n\n8801712345678\n", [[], [], ["8801712345678"]]),
        ("", []),
    ],
)  # fmt: skip
def test_csv_as_people_write_it(text: str, wanted: list[list[str]]) -> None:
    assert rows(text.encode()) == wanted


def test_lines_have_the_numbers_that_an_editor_shows() -> None:
    text = b'to,note\n1,"a\nb\nc"\n2,d\n'
    with octets_of(io.BytesIO(text)) as file:
        assert [line for line, _ in rows_of(file)] == [1, 2, 5]


def test_a_quote_that_does_not_end_costs_its_own_lines_and_no_memory() -> None:
    text = b'8801712345678,"open\n' + b"x" * 300_000 + b"\n8801712345679,b\n"
    found = rows(text)
    assert None in found
    assert found[-1] == ["8801712345679", "b"]


def test_a_part_of_a_file_is_read_as_if_it_were_alone(tmp_path) -> None:
    whole = tmp_path / "spool"
    whole.write_bytes(b"--x\r\n\r\n1,a\n2,b\r\n--x--")
    with whole.open("rb") as file:
        octets = octets_of(file, 7, 14)
    with octets:  # its owner has closed the file
        assert [cells for _, cells in rows_of(octets)] == [["1", "a"], ["2", "b"]]


def workbook(*table: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_gives_numbers_as_they_are_meant() -> None:
    octets = workbook(
        ["to", "name"], [8801712345678, "Zoë"], [8.801712345679e12, None], ["0171", 5]
    )
    assert rows(octets) == [
        ["to", "name"], ["8801712345678", "Zoë"], ["8801712345679"], ["0171", "5"],
    ]  # fmt: skip


def replaced(octets: bytes, name: str, content: bytes, size: int = 0) -> bytes:
    """A workbook with another content of one entry, which may claim another size."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for entry in old.namelist():
            new.writestr(entry, content if entry == name else old.read(entry))
        if name not in old.namelist():
            new.writestr(name, content)
        if size:
            new.getinfo(name).file_size = size
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "octets",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
        b"PK\x03\x04rest",
        replaced(workbook([1]), SHEET, b"<worksheet"),
        replaced(workbook([1]), "xl/workbook.xml", b"no"),
        replaced(workbook([1]), "xl/bomb.bin", b"", (1 << 30) + 1),
        replaced(workbook(["a"]), "xl/sharedStrings.xml", b"", (96 << 20) + 1),
    ],
    ids=["xls", "no zip", "broken sheet", "broken book", "bomb", "strings"],
)
def test_what_is_no_list_is_told_in_a_sentence(octets: bytes) -> None:
    with pytest.raises(FileError):
        rows(octets)


def test_a_sheet_that_claims_to_be_endless_is_not() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'
        b'<row r="99999999999"><c r="A99999999999"><v>3</v></c></row></sheetData></worksheet>'
    )
    found = rows(replaced(workbook([1]), SHEET, sheet))
    assert len(found) <= 1_048_576
    assert len(found[0] or ()) <= 256
