"""Curves in SVG: a figure over messages, rows or time, each point with its least and most. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from benchmarks._figures import Spread

_WIDTH, _HEIGHT = 760, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 196, 42, 48
_COLOURS: Final = ("#d9822b", "#2f6f9f", "#5b8c5a", "#8e5a8c", "#777777", "#b04a4a")
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A name, and for each x in ascending order what was measured there."""

    name: str
    points: Sequence[tuple[float, Spread]]


def only(value: float) -> Spread:
    """A point that was measured once."""
    return Spread(value, value, value)


def ticks(most: float, about: int = 5) -> list[float]:
    """Round numbers from 0 to the first that is not below `most`."""
    if most <= 0:
        return [0.0, 1.0]
    size = 1.0
    while size * 10 < most / about:
        size *= 10
    while size > most / about:
        size /= 10
    step = next(size * s for s in _STEPS if size * s * about >= most)
    count = -int(-most // step)
    return [step * n for n in range(count + 1)]


def curves(title: str, lines: Sequence[Line], *, across: str, form: str = "{:,.0f}") -> str:
    """Both axes begin at zero. `across` names the horizontal one; `form` shows values."""
    points = [point for line in lines for point in line.points]
    columns = ticks(max((x for x, _ in points), default=1.0))
    rows = ticks(max((y.most for _, y in points), default=1.0))
    wide = (_WIDTH - _LEFT - _RIGHT) / columns[-1]
    high = (_HEIGHT - _TOP - _BOTTOM) / rows[-1]
    base = _HEIGHT - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        "<style>text{font:13px sans-serif}</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="12" y="22" font-weight="bold">{escape(title)}</text>',
    ]
    for value in rows:
        y = base - high * value
        parts += [
            f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{form.format(value)}</text>',
        ]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    for value in columns:
        x = _LEFT + wide * value
        parts.append(f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle">{value:,g}</text>')
    parts.append(
        f'<text x="{middle:.1f}" y="{base + 38}" text-anchor="middle">{escape(across)}</text>'
    )
    for place, line in enumerate(lines):
        colour = _COLOURS[place % len(_COLOURS)]
        top = _TOP + 20 * place
        parts += _line(line, colour, lambda x: _LEFT + wide * x, lambda y: base - high * y)
        parts += [
            f'<rect x="{_WIDTH - _RIGHT + 14}" y="{top}" width="12" height="12" fill="{colour}"/>',
            f'<text x="{_WIDTH - _RIGHT + 32}" y="{top + 11}">{escape(line.name)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(
    line: Line, colour: str, across: Callable[[float], float], up: Callable[[float], float]
) -> list[str]:
    path = "L".join(f"{across(x):.1f} {up(y.median):.1f}" for x, y in line.points)
    ranges = "".join(
        f"M{across(x):.1f} {up(y.least):.1f}V{up(y.most):.1f}"
        for x, y in line.points
        if y.least != y.most
    )
    parts = [f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    if ranges:
        parts.append(f'<path d="{ranges}" stroke="{colour}" stroke-width="1"/>')
    return parts
