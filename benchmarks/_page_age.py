"""What time does: sections and curves of `benchmarks.growth` and `benchmarks.endurance`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from benchmarks._curves import Line, curves, only
from benchmarks._figures import Spread, flatness_in_words, spread
from benchmarks._machine import in_words
from benchmarks._workloads import WORKLOADS

Results = Mapping[str, Any]
_GROWN: Final = (
    ("growth", "told_per_s", "Final callbacks or receipts told a second", "{:,.0f}"),
    ("growth-cpu", "cpu_s_per_1000", "CPU seconds per 1,000 messages", "{:.2f}"),
)
_NAMES: Final = {"heliograph_mib": "Heliograph, resident", "postgres_mib": "PostgreSQL, own memory"}
_MILLION: Final = 1_000_000
_GIB: Final = 1 << 30


def growth_curves(growth: Results) -> dict[str, str]:
    """By file name."""
    return {
        name: curves(
            title, _lines(growth, figure), across="million messages in the table", form=form
        )
        for name, figure, title, form in _GROWN
    }


def _lines(growth: Results, figure: str) -> list[Line]:
    works = growth["points"][0]["works"] if growth["points"] else {}
    return [
        Line(
            work,
            [
                (point["messages"] / _MILLION, spread(point["works"][work])[figure])
                for point in growth["points"]
            ],
        )
        for work in works
    ]


def growth_section(growth: Results) -> list[str]:
    """Markdown."""
    rows = ", ".join(f"{name} {n:g}" for name, n in growth["rows_a_message"].items())
    lines = [
        "## As the message table grows",
        "",
        (
            "By `python -m benchmarks.growth`. History is what the product itself left of some messages,"
            f" copied back through time: half into {growth['weeks']} past partitions, half into the present"
            f" one (rows a message: {rows}), vacuumed before each measurement. Keys of receipts are"
            f" scattered. Each measurement is {growth['count']:,} messages."
        ),
        "",
        f"- **When**: {growth['at']}, {growth['minutes']:.0f} minutes",
        f"- **Where**: {in_words(growth['machine'])}",
        *([f"- **Note**: {growth['note']}"] if growth["note"] else []),
        "",
        *(f"![{title}]({name}.svg)\n" for name, _, title, _ in _GROWN),
        (
            "| million messages | work | told/s | of the rate at first | CPU s per 1,000 | accept p99 ms |"
            " database GiB | lost, twice, untold |"
        ),
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    first = growth["points"][0]["works"] if growth["points"] else {}
    for point in growth["points"]:
        for work, runs in point["works"].items():
            figures, before = spread(runs), spread(first[work])
            share = figures["told_per_s"].median / (before["told_per_s"].median or 1.0)
            counted = [f"{figures[name].most:,.0f}" for name in ("lost", "duplicated", "untold")]
            lines.append(
                f"| {point['messages'] / _MILLION:g} | {work} | {_cell(figures['told_per_s'], '{:,.0f}')}"
                f" | {share:.2f} | {_cell(figures['cpu_s_per_1000'], '{:.3f}')}"
                f" | {_cell(figures['accept_p99_ms'], '{:,.1f}')}"
                f" | {point['database_bytes'] / _GIB:.1f} | {', '.join(counted)} |"
            )
    titles = {work.key: work.title for work in WORKLOADS}
    lines += ["", *(f"*{work}*: {titles[work]}." for work in first)]
    return [*lines, "", *_disk(growth), ""]


def _disk(growth: Results) -> list[str]:
    """Of the largest size."""
    if not growth["points"]:
        return []
    last = growth["points"][-1]
    tables = ", ".join(
        f"{name} {table['bytes'] / _GIB:.1f}" for name, table in list(last["tables"].items())[:6]
    )
    per = last["database_bytes"] / max(last["messages"], 1)
    return [
        (
            f"At {last['messages'] / _MILLION:g} million the database takes"
            f" {last['database_bytes'] / _GIB:.1f} GiB ({per:,.0f} bytes a message with all its rows and"
            " indexes), the data directory with its log"
            f" {last['directory_bytes'] / _GIB:.1f}. GiB by table: {tables}."
        )
    ]


def endurance_curve(endurance: Results) -> str:
    """Memory over messages."""
    lines = [
        Line(name, [(s["told"] / _MILLION, only(s[key])) for s in endurance["samples"]])
        for key, name in _NAMES.items()
    ]
    return curves("Memory over messages, MiB", lines, across="million messages told")


def endurance_section(endurance: Results) -> list[str]:
    """Markdown."""
    rule, counted = endurance["rule"], endurance["counted"]
    wrong = ", ".join(f"{name.replace('_', ' ')} {n:,.0f}" for name, n in counted.items() if n)
    return [
        f"## Memory over {endurance['count']:,} messages",
        "",
        (
            "By `python -m benchmarks.endurance`: HTTP submits over 64 connections, receipts, one signed"
            " callback each. *Flat* is when the median of the last quarter of the messages is not above"
            f" that of the second by more than {100 * rule['share']:.0f} % or {rule['mib']:.0f} MiB,"
            " whichever is more."
        ),
        "",
        (
            f"- **When**: {endurance['at']}, {endurance['seconds'] / 60:.0f} minutes,"
            f" {endurance['told_per_s']:,.0f} callbacks/s, {endurance['cpu_s_per_1000']:.3f} CPU s per 1,000"
        ),
        f"- **Where**: {in_words(endurance['machine'])}",
        f"- **Counted**: {wrong or 'none lost, none twice, none untold'}",
        *(
            f"- **{name}**: {flatness_in_words(endurance['verdicts'][key])}"
            for key, name in _NAMES.items()
        ),
        "",
        "![Memory over messages](endurance.svg)",
        "",
    ]


def _cell(figure: Spread, form: str) -> str:
    least, median, most = (form.format(value) for value in figure)
    return median if least == most else f"{median}<br><small>{least}–{most}</small>"
