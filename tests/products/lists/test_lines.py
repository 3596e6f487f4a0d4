"""Which column is what, which line is a heading, what is refused and why."""

from __future__ import annotations

import io
from typing import Any

import pytest

from heliograph.model.lists import NUMBER, ListFile, Overlong
from heliograph.products.lists.lines import Lines, Piece, mapping_fault
from heliograph.products.lists.octets import octets_of
from heliograph.products.lists.sheets import FileError

A, B = "8801712345678", "8801712345679"


def read(text: str, size: int = 100, **words: Any) -> list[Piece]:
    source = ListFile(file=io.BytesIO(text.encode()), **words)
    with octets_of(source.file) as octets:
        lines = Lines(octets, source, "BD")
        pieces = []
        while (piece := lines.next_piece(size)) is not None:
            pieces.append(piece)
        return pieces


@pytest.mark.parametrize(
    ("text", "words", "members"),
    [
        (f"Phone Number,x,First Name\n{A},1,Zoë\n", {}, [(A, '{"first_name":"Zoë"}')]),
        (f"first_name;to\nBob;{A}\n;{B}", {}, [(A, '{"first_name":"Bob"}'), (B, "{}")]),
        (f"{A}\n{B},x\n", {}, [(A, "{}"), (B, "{}")]),
        (f"name,tel\nBob,{A}", {"mapping": {1: NUMBER, 0: "custom2"}}, [(A, '{"custom2":"Bob"}')]),
        (f"{A},Bob", {"mapping": {0: NUMBER, 1: "url"}}, [(A, '{"url":"Bob"}')]),
        (f"{A}\n{B}", {"header": True, "mapping": {0: NUMBER}}, [(B, "{}")]),
        ("01712 345678\n+880-1712-345679", {}, [(A, "{}"), (B, "{}")]),
        (f"to,gender\n\n,\n{A},f\n", {}, [(A, '{"gender":"f"}')]),
    ],
)
def test_columns_and_heading(
    text: str, words: dict[str, Any], members: list[tuple[str, str]]
) -> None:
    (piece,) = read(text, **words)
    assert piece.members == members
    assert piece.refused == []
    assert piece.total == len(members)


def test_what_cannot_be_taken_is_told_by_line_and_reason_alone() -> None:
    text = (
        f"to,first_name,email\n{A},{'n' * 50},{'m' * 255}\n12,x,\n,x,\n{B},{'n' * 51},\n{B},a\0b,\n"
    )
    (piece,) = read(text)
    assert [msisdn for msisdn, _ in piece.members] == [A]
    assert [(each.line, each.reason) for each in piece.refused] == [
        (3, "too_short"), (4, "not_a_number"), (5, "field_too_long"), (6, "unreadable"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "longest"), [("last_name", 50), ("url", 255), ("custom4", 5000)])
def test_a_long_field_is_cut_where_that_is_asked_for(name: str, longest: int) -> None:
    (piece,) = read(f"to,{name}\n{A},{'ä' * (longest + 1)}\n{B},x", overlong=Overlong.TRUNCATE)
    assert (piece.truncated, piece.members[0][1]) == (1, f'{{"{name}":"{"ä" * longest}"}}')
    with pytest.raises(FileError, match=f"Line 2: {name}"):
        read(f"to,{name}\n{A},{'ä' * (longest + 1)}\n", overlong=Overlong.FAIL)


def test_a_heading_without_the_number_is_no_list() -> None:
    with pytest.raises(FileError):
        read(f"name,city\nBob,{A}")


def test_pieces_hand_out_every_line_once() -> None:
    pieces = read("".join(f"{8801712000000 + n}\n" for n in range(10)), size=4)
    assert [len(piece.members) for piece in pieces] == [4, 4, 2]
    assert pieces[-1].read_bytes == 140


@pytest.mark.parametrize(
    "mapping", [{}, {0: "first_name"}, {0: NUMBER, 1: NUMBER}, {0: NUMBER, 1: "x"}, {-1: NUMBER}]
)
def test_columns_that_make_no_sense_are_refused(mapping: dict[int, str]) -> None:
    assert mapping_fault(mapping) is not None
    assert mapping_fault({3: NUMBER, 0: "custom"}) is None
