"""The page of a comparison: `results.json`, a Markdown page made of nothing else, and its charts in SVG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from benchmarks._figures import Spread, spread

Results = Mapping[str, Any]
_COLUMNS: Final = (
    # figure, heading, form
    ("accepted_per_s", "accepted/s", "{:,.0f}"),
    ("carrier_per_s", "at the carrier/s", "{:,.0f}"),
    ("told_per_s", "told/s", "{:,.0f}"),
    ("cpu_s_per_1000", "CPU s per 1,000", "{:.3f}"),
    ("accept_p50_ms", "accept p50 ms", "{:,.1f}"),
    ("accept_p99_ms", "p99", "{:,.1f}"),
    ("accept_p999_ms", "p99.9", "{:,.1f}"),
    ("carrier_p50_ms", "to the carrier p50 ms", "{:,.1f}"),
    ("carrier_p99_ms", "p99", "{:,.1f}"),
    ("carrier_p999_ms", "p99.9", "{:,.1f}"),
    ("peak_mib", "peak MiB", "{:,.0f}"),
)
_COUNTED: Final = ("lost", "duplicated", "untold", "told_twice", "refused")
_CHARTS: Final = (
    ("callbacks", "http-64-told", "told_per_s", "Final callbacks a second, 64 connections", "{:,.0f}"),
    ("carrier", "http-64", "carrier_per_s", "Messages a second at the carrier, 64 connections, no receipts",
     "{:,.0f}"),
    ("cpu", "http-64-told", "cpu_s_per_1000", "CPU seconds per 1,000 messages with callbacks", "{:.3f}"),
)  # fmt: skip
_BAR, _GAP, _LEFT, _WIDTH = 26, 12, 150, 720
Table = dict[str, dict[str, dict[str, Spread]]]
"""workload → system → figure"""


def write(folder: Path, results: Results) -> None:
    """Everything into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    table = tabulate(results["runs"])
    charts = []
    for name, workload, figure, title, form in _CHARTS:
        bars = [
            (system, figures[figure], form)
            for system, figures in table.get(workload, {}).items()
            if figure in figures
        ]
        if bars:
            (folder / f"{name}.svg").write_text(chart(title, bars))
            charts.append(f"![{title}]({name}.svg)\n")
    (folder / "README.md").write_text(page(results, table, charts))


def tabulate(runs: Sequence[Mapping[str, Any]]) -> Table:
    """The spread of every figure over the rounds; runs that failed are not in it."""
    gathered: dict[str, dict[str, list[dict[str, float]]]] = {}
    for run in runs:
        if "figures" in run:
            systems = gathered.setdefault(run["workload"], {})
            systems.setdefault(run["system"], []).append(run["figures"])
    return {
        workload: {system: spread(figures) for system, figures in systems.items()}
        for workload, systems in gathered.items()
    }


def page(results: Results, table: Table, charts: Sequence[str]) -> str:
    """Markdown."""
    rounds = max((run.get("round", 0) for run in results["runs"]), default=0)
    lines = [
        "# Benchmarks",
        "",
        "Made by `python -m benchmarks.compare`; do not edit.",
        f"Figures are medians; below them the least and the most of {rounds} run(s).",
        "",
        f"- **When**: {results['at']}",
        f"- **Where**: {_where(results['machine'])}",
        f"- **Command**: `{results['command']}`",
    ]
    if results["note"]:
        lines.append(f"- **Note**: {results['note']}")
    if results["short"]:
        lines.append("- **Short form**: it shows that all this works; its figures judge nothing.")
    limits = results["counterpart_limits_per_s"]
    lines += [
        (
            "- **Counterpart** (SMSC, load and ear in one compiled process), both ends in its one thread: "
            f"{limits['http']:,} HTTP requests/s, {limits['smpp']:,} submit_sm/s"
        ),
        f"- **Receipts** come {1000 * results['receipt_after_seconds']:.0f} ms after a message.",
        *(f"- **Left out**: {reason}" for reason in results["missing"]),
        "",
        *charts,
        *_ratios(table),
        "## What each promises",
        "",
        "| system | of an accepted message |",
        "| --- | --- |",
        *(f"| {name} | {promise} |" for name, promise in results["promises"].items()),
        "",
    ]
    for workload in results["workloads"]:
        lines += _section(workload, table.get(workload["key"], {}))
    return "\n".join([*lines, *_faults(results["runs"]), _HOW]) + "\n"


def _where(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gib']} GiB,"
        f" Linux {machine['kernel']}, Python {machine['python']}"
    )


def _section(workload: Mapping[str, Any], systems: Mapping[str, Mapping[str, Spread]]) -> list[str]:
    if not systems:
        return []
    columns = [c for c in _COLUMNS if any(c[0] in figures for figures in systems.values())]
    lines = [
        f"## {workload['title']}",
        "",
        "| system | "
        + " | ".join(heading for _, heading, _ in columns)
        + " | lost, twice, other |",
        "| --- |" + " ---: |" * len(columns) + " --- |",
    ]
    for system, figures in systems.items():
        cells = [_cell(figures[key], form) if key in figures else "" for key, _, form in columns]
        lines.append(f"| {system} | " + " | ".join(cells) + f" | {_counted(figures)} |")
    return [*lines, ""]


def _cell(figure: Spread, form: str) -> str:
    least, median, most = (form.format(value) for value in figure)
    return median if least == most else f"{median}<br><small>{least}–{most}</small>"


def _counted(figures: Mapping[str, Spread]) -> str:
    """The most of any run: a message lost once is lost."""
    words = [
        f"{name.replace('_', ' ')} {figures[name].most:,.0f}"
        for name in _COUNTED
        if name in figures and figures[name].most
    ]
    return ", ".join(words) or "none"


def _ratios(table: Table) -> list[str]:
    """Heliograph against each of the others, by medians."""
    lines = []
    for workload, figure, words in (
        ("http-32", "carrier_per_s", "messages at the carrier, 32 connections, no receipts"),
        ("http-64", "carrier_per_s", "messages at the carrier, 64 connections, no receipts"),
        ("http-64-told", "told_per_s", "final callbacks, 64 connections"),
        ("http-64-told", "cpu_s_per_1000", "CPU per message with callbacks"),
    ):
        systems = table.get(workload, {})
        ours = systems.get("Heliograph", {}).get(figure)
        if ours is None:
            continue
        others = [
            f"{ours.median / figures[figure].median:.2f} × {name}"
            for name, figures in systems.items()
            if name != "Heliograph" and figures[figure].median
        ]
        if others:
            lines.append(f"- {words}: {', '.join(others)}")
    return ["## Heliograph is", "", *lines, ""] if lines else []


def _faults(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    failed = [run for run in runs if "fault" in run]
    if not failed:
        return []
    lines = [f"- {run['system']}, {run['workload']}: `{run['fault']}`" for run in failed]
    return ["## Runs that failed", "", *lines, ""]


def chart(title: str, bars: Sequence[tuple[str, Spread, str]]) -> str:
    """Horizontal bars of medians, each with a line from least to most."""
    most = max(figure.most for _, figure, _ in bars) or 1.0
    scale = (_WIDTH - _LEFT - 90) / most
    height = 40 + len(bars) * (_BAR + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<style>text{font:13px sans-serif}</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="22" font-weight="bold">{escape(title)}</text>',
    ]
    for place, (name, figure, form) in enumerate(bars):
        top = 36 + place * (_BAR + _GAP)
        middle = top + _BAR / 2
        low, end, high = (_LEFT + scale * value for value in figure)
        fill = "#d9822b" if name == "Heliograph" else "#9aa5b1"
        parts += [
            f'<text x="{_LEFT - 8}" y="{middle + 5}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{top}" width="{end - _LEFT:.1f}" height="{_BAR}" fill="{fill}"/>',
            f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#333" stroke-width="2"/>',
            f'<text x="{high + 6:.1f}" y="{middle + 5}">{form.format(figure.median)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


_HOW: Final = """\
## How it is measured

Each run starts the system afresh, warms it up with 400 messages and gives it a fixed number, every one
to a recipient of its own; the counterpart knows each by that recipient. *Accepted* are positive answers,
*at the carrier* distinct submit_sm, *told* distinct final callbacks (for SMPP: receipts back at the
customer); each rate is over the time from the first request to the last of its kind. Times run from
the request. CPU is of all processes of the system, database and broker included, from `/proc`, reaped
children too, until half a second after the last message; memory is the largest sum of proportional
sets (PSS), looked at every two seconds. *Lost* was answered positively and never came; *untold* never
got its final callback within 15 seconds of the last. A rate ends with its last message, so a few
stragglers weigh on a short run.

All systems log no more than warnings, bind four times to the SMSC with a window of 250 (Jasmin: once, it
has no such setting) and are called over kept connections. Heliograph and the bare slice run on
PostgreSQL with fsync on and sign their callbacks. `benchmarks/systems` holds the settings of each."""
