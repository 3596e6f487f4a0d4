"""Finds the operations of a raw path: whole paths by one look-up, templates by their segments."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote

from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._operations import OPERATIONS

Methods = dict[str, Operation]


class Match(NamedTuple):
    """The operations of a path by method, and what stood in the place of its names."""

    methods: Methods
    template: str
    path: dict[str, str]


class _Template(NamedTuple):
    text: str
    segments: tuple[str, ...]
    methods: Methods


def _tables() -> tuple[dict[str, Match], dict[tuple[int, str], list[_Template]]]:
    whole: dict[str, Match] = {}
    templates: dict[str, _Template] = {}
    for operation in OPERATIONS:
        text = operation.path
        if "{" in text:
            new = _Template(text, tuple(text.split("/")), {})
            methods = templates.setdefault(text, new).methods
        else:
            methods = whole.setdefault(text, Match({}, text, {})).methods
        methods[operation.method] = operation
    by_shape: dict[tuple[int, str], list[_Template]] = {}
    for template in templates.values():
        shape = (len(template.segments), template.segments[2])
        by_shape.setdefault(shape, []).append(template)
    return whole, by_shape


_WHOLE, _BY_SHAPE = _tables()
_LONGEST_PATH: Final = 512


def match(path: str) -> Match | None:
    """The operations of a raw (percent-encoded) path; None where nothing of ours lives."""
    found = _WHOLE.get(path)
    if found is not None or len(path) > _LONGEST_PATH:
        return found
    segments = path.split("/")
    if len(segments) < 3:
        return None
    for template in _BY_SHAPE.get((len(segments), segments[2]), ()):
        named = _named(template.segments, segments)
        if named is not None:
            return Match(template.methods, template.text, named)
    return None


def _named(template: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    named: dict[str, str] = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted[:1] == "{":
            try:
                text = unquote(given, errors="strict")
            except UnicodeDecodeError:
                return None
            if not text or not text.isprintable():
                return None
            named[wanted[1:-1]] = text
        elif wanted != given:
            return None
    return named
