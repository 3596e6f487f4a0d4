"""Settings in words: how they are read from text, what is expected of each, and the table of them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

__all__ = ["has_port", "kind_of", "markdown", "spelled", "type_words"]

_SWITCHES: Final = {"yes": True, "on": True, "no": False, "off": False}


def markdown(settings: type[msgspec.Struct], prefix: str) -> str:
    """The page about all settings; `prefix` begins the names of their environment variables."""
    lines = [
        "# Configuration",
        "",
        "<!-- Written from heliograph/config.py by configuration_markdown(); change it there. -->",
        "",
        "A setting is given on the command line, in the environment, or in the table `[server]` of a",
        "TOML file named by `--config` or `HELIOGRAPH_CONFIG`; the first of these that has it counts.",
        "Lists are separated by commas in the environment. `heliograph check-config FILE` tells",
        "everything that is wrong with a file.",
        "",
        "| setting | environment | type | default | what it is |",
        "|---|---|---|---|---|",
    ]
    for field in msgspec.structs.fields(settings):
        kind, meta = kind_of(settings, field.name)
        cells = (
            f"`{field.name}`",
            f"`{prefix}{field.name.upper()}`",
            type_words(kind, meta),
            _default_words(field),
            meta.description or "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def kind_of(settings: type[msgspec.Struct], name: str) -> tuple[Any, Meta]:
    """A setting's bare type and what is known about it."""
    kind, meta = get_args(get_type_hints(settings, include_extras=True)[name])
    return kind, meta


def type_words(kind: Any, meta: Meta) -> str:
    """What is expected, in words that follow "expected"."""
    if kind in (int, float):
        return f"{'integer' if kind is int else 'number'}{_range_words(meta)}"
    if get_origin(kind) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(kind))
    if get_origin(kind) is dict:
        return "pairs"
    if get_origin(kind) is tuple:
        return "list of text"
    plain = {bool: "`true` or `false`", Path: "path", str: "text"}
    words = plain.get(kind, "integer")
    return f"{words} of the form described" if meta.pattern else words


def _range_words(meta: Meta) -> str:
    least = f" from {meta.ge:g}" if meta.ge is not None else ""
    least = f" above {meta.gt:g}" if meta.gt is not None else least
    # Not :g, which would write 268435456 as 2.68435e+08.
    most = f" to {meta.le:,}" if meta.le is not None else ""
    return least + most


def _default_words(field: msgspec.structs.FieldInfo) -> str:
    default = field.default
    if default is msgspec.NODEFAULT:
        default = field.default_factory() if callable(field.default_factory) else None
    if default in (None, "", (), {}):
        return "unset"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def spelled(kind: Any, value: Any) -> Any:
    """The text of a variable or option in the form that its type is read from."""
    if not isinstance(value, str):
        return value
    if kind is bool:
        return _SWITCHES.get(value.lower(), value)
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if get_origin(kind) is tuple:
        return parts
    if get_origin(kind) is dict:
        pairs = (part.partition("=") for part in parts)
        return {name.strip(): text.strip() for name, _, text in pairs}
    return value


def has_port(address: str) -> bool:
    """Whether the port in a URL is a number, or there is none."""
    try:
        urlsplit(address).port  # noqa: B018 (reading it is the check)
    except ValueError:
        return False
    return True


def read_path(kind: Any, value: Any) -> Any:
    """The text of a path as a path. Raises ValueError for what is none."""
    if kind is not Path or not isinstance(value, str | Path) or not str(value):
        raise ValueError("not a path")
    return Path(value)
