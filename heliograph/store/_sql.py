"""Reads named queries from the `.sql` file beside a module. Text goes to the server as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

_HEAD = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def queries(noun: str) -> Mapping[str, str]:
    """`{name: query}` of `<noun>.sql`. A query begins at `-- name: x` and ends at the next name."""
    text = (resources.files(__package__) / f"{noun}.sql").read_text(encoding="utf-8")
    pieces = _HEAD.split(text)[1:]
    found = dict(zip(pieces[::2], (body.strip() for body in pieces[1::2]), strict=True))
    if len(found) * 2 != len(pieces):
        raise ValueError(f"{noun}.sql names a query twice")
    return MappingProxyType(found)


def nouns() -> tuple[str, ...]:
    """Every noun that has a query file."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(file.name[:-4] for file in files if file.name.endswith(".sql")))


def joined(pieces: Mapping[str, str], last: str) -> str:
    """One statement of several: `pieces` become common table expressions by these names, before `last`,
    which may have some of its own. Parameters are numbered on from one to the next, in this order."""
    count, written = 0, []
    for name, piece in pieces.items():
        written.append(f"{name} as (\n{_numbered_on(piece, count)}\n)")
        count += _parameters(piece)
    end = re.sub(r"\A(?:--.*\n)*", "", _numbered_on(last, count))
    between = ",\n" if end.startswith("with ") else "\n"
    return "with " + ",\n".join(written) + between + end.removeprefix("with ")


def _parameters(query: str) -> int:
    return max((int(number) for number in re.findall(r"\$(\d+)", query)), default=0)


def _numbered_on(query: str, count: int) -> str:
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + count}", query)
