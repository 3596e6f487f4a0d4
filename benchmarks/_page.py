"""The page of the benchmarks: `results.json`, `growth.json` and `endurance.json`, a Markdown page made of
nothing else, and its charts in SVG. Each is written by its own program; the page has what there is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from benchmarks import _page_age
from benchmarks._figures import Spread, spread
from benchmarks._machine import in_words

Results = Mapping[str, Any]
_COLUMNS: Final = (
    # figure, heading, form
    ("count", "messages", "{:,.0f}"),
    ("asked_per_s", "asked/s", "{:,.0f}"),
    ("accepted_per_s", "accepted/s", "{:,.0f}"),
    ("carrier_per_s", "at the carrier/s", "{:,.0f}"),
    ("coming_per_s", "from its first on/s", "{:,.0f}"),
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
_LEFT_OUT: Final = (
    "- **By SMPP** a customer reaches Heliograph and Jasmin; Debian's Kannel has no such door.",
    "- **Bulk requests and broadcasts** are Heliograph's alone: the others take one message a request.",
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
    """What a comparison found. The folder is made."""
    _keep(folder, "results", results)
    table = tabulate(results["runs"])
    for name, workload, figure, title, form in _CHARTS:
        if bars := _bars(table, workload, figure, form):
            (folder / f"{name}.svg").write_text(chart(title, bars))
    _render(folder)


def write_growth(folder: Path, growth: Results) -> None:
    """What `benchmarks.growth` found."""
    _keep(folder, "growth", growth)
    for name, words in _page_age.growth_curves(growth).items():
        (folder / f"{name}.svg").write_text(words)
    _render(folder)


def write_endurance(folder: Path, endurance: Results) -> None:
    """What `benchmarks.endurance` found."""
    _keep(folder, "endurance", endurance)
    (folder / "endurance.svg").write_text(_page_age.endurance_curve(endurance))
    _render(folder)


def _keep(folder: Path, name: str, results: Results) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")


def _render(folder: Path) -> None:
    known = {
        name: json.loads(file.read_text())
        for name in ("results", "growth", "endurance")
        if (file := folder / f"{name}.json").exists()
    }
    lines = ["# Benchmarks", "", "Made by the programs that it names; do not edit.", ""]
    if "results" in known:
        lines += page(known["results"])
    if "growth" in known:
        lines += _page_age.growth_section(known["growth"])
    if "endurance" in known:
        lines += _page_age.endurance_section(known["endurance"])
    (folder / "README.md").write_text("\n".join([*lines, _HOW]) + "\n")


def _bars(table: Table, workload: str, figure: str, form: str) -> list[tuple[str, Spread, str]]:
    return [
        (system, figures[figure], form)
        for system, figures in table.get(workload, {}).items()
        if figure in figures
    ]


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


def page(results: Results) -> list[str]:
    """The comparison's part, in Markdown."""
    table = tabulate(results["runs"])
    rounds = max((run.get("round", 0) for run in results["runs"]), default=0)
    lines = [
        f"Figures are medians; below them the least and the most of {rounds} run(s).",
        "",
        f"- **When**: {results['at']}, {results.get('minutes', 0):.0f} minutes",
        f"- **Where**: {in_words(results['machine'])}",
        f"- **Command**: `{results['command']}`",
    ]
    if results["note"]:
        lines.append(f"- **Note**: {results['note']}")
    if results["short"]:
        lines.append("- **Short form**: it shows that all this works; its figures judge nothing.")
    charts = [
        f"![{title}]({name}.svg)\n"
        for name, workload, figure, title, form in _CHARTS
        if _bars(table, workload, figure, form)
    ]
    lines += [
        *_counterpart(results),
        f"- **Receipts** come {1000 * results['receipt_after_seconds']:.0f} ms after a message.",
        *(f"- **Left out**: {reason}" for reason in results["missing"]),
        *_LEFT_OUT,
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
        ran = max(Counter(r["system"] for r in _of(results, workload)).values(), default=0)
        fewer = "" if ran == rounds else f"{ran} run(s) of it only."
        lines += _section(workload, table.get(workload["key"], {}), fewer)
    return [*lines, *_faults(results["runs"])]


def _counterpart(results: Results) -> list[str]:
    """What it can do by itself, and how much of its one thread the busiest run needed."""
    limits = results["counterpart_limits_per_s"]
    lines = [
        (
            "- **Counterpart** (SMSC, load and ear in one compiled process), both ends in its one thread:"
            f" {limits['http']:,} HTTP requests/s, {limits['smpp']:,} submit_sm/s"
            + (f", {limits['receipts']:,} receipts/s" if "receipts" in limits else "")
        )
    ]
    busy = [
        (run["figures"]["counterpart_busy"], run)
        for run in results["runs"]
        if "counterpart_busy" in run.get("figures", {})
    ]
    if busy:
        share, run = max(busy, key=lambda each: each[0])
        lines.append(
            f"- **Its share**: the run in which it had most to do ({run['system']}, {run['workload']})"
            f" kept it busy {100 * share:.0f} % of the time, on the cores that the systems use."
        )
    return lines


def _of(results: Results, workload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [r for r in results["runs"] if r["workload"] == workload["key"] and "figures" in r]


def _section(
    workload: Mapping[str, Any], systems: Mapping[str, Mapping[str, Spread]], note: str
) -> list[str]:
    if not systems:
        return []
    columns = [c for c in _COLUMNS if any(c[0] in figures for figures in systems.values())]
    lines = [
        f"## {workload['title']}",
        "",
        *([note, ""] if note else []),
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
        ("smpp-quiet", "carrier_per_s", "messages at the carrier, SMPP in and out, no receipts"),
        ("smpp", "carrier_per_s", "messages at the carrier, SMPP in and out, with receipts"),
        ("http-64", "cpu_s_per_1000", "CPU per message without receipts"),
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

Systems take turns within each group of works (HTTP without receipts and with, SMPP, bulk, broadcast). Each is
started afresh for a group, warmed up with 400 messages before each work, and given a fixed number, every one
to a recipient of its own; the counterpart knows each by that recipient. A slow system gets fewer messages, so
that each runs for about as long; the tables say how many. *Accepted* are positive answers (of a broadcast:
recipients whose message is committed), *at the carrier* distinct submit_sm, *told* distinct final callbacks
(by SMPP: receipts back at the customer; of a broadcast: receipts the SMSC was thanked for); each rate is over
the time from the first request to the last of its kind. Times run from the request, in a paced work from
when it was due. CPU is of all processes of the system, database and broker included, from `/proc`, reaped
children too, until half a second after the last message; memory is the largest sum of proportional sets
(PSS), looked at every two seconds. *Lost* was answered positively and never came; *untold* never got its
final callback within 15 seconds of the last. A rate ends with its last message, so a few stragglers weigh on
a short run. Half the rate is half of what the same system, not restarted, had accepted and told just before.

All systems log no more than warnings, bind four times to the SMSC with a window of 250 (Jasmin: once, it
has no such setting) and are called over kept connections. Heliograph and the bare slice run on
PostgreSQL with fsync on and sign their callbacks. `benchmarks/systems` holds the settings of each."""
