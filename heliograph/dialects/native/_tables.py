"""Tables as CSV: a heading of our column names in any order; empty cells say nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from heliograph.dialects.native.codes import Unreadable, field_error, from_validation
from heliograph.model.refusal import Refusal, Refused

T = TypeVar("T")


def from_csv(body: bytes, columns: Sequence[str], name: str, kind: type[T]) -> T:
    """The table as the JSON body of the same meaning, whose list is called `name`. Cells of columns
    that end in `[]` are lists, divided by blanks; yes and no are told as `true` and `false`."""
    known = {column.removesuffix("[]"): column for column in columns}
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        unknown = set(reader.fieldnames or ()) - set(known)
        rows = [
            {
                column: cell.split() if known[column].endswith("[]") else cell
                for column, cell in row.items()
                if column in known and cell
            }
            for row in reader
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(
            Refused(refusal=Refusal.MALFORMED, detail=f"The CSV cannot be read: {error}.")
        ) from None
    if unknown:
        words = ", ".join(known)
        raise field_error(f"/{sorted(map(str, unknown))[0][:64]}", f"Known columns are {words}.")
    try:
        return msgspec.convert({name: rows}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable(from_validation(str(error))) from None


def to_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The same table as `from_csv` reads."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = [column.removesuffix("[]") for column in columns]
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else " ".join(map(str, value))
