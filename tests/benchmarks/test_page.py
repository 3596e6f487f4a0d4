"""The page is made of the results and nothing else."""

from pathlib import Path
from xml.etree import ElementTree

from benchmarks import _page
from benchmarks._workloads import WORKLOADS


def _run(system: str, told: float, lost: float) -> dict[str, object]:
    figures = {"told_per_s": told, "cpu_s_per_1000": 0.5, "carrier_per_s": 9.0, "lost": lost}
    return {"system": system, "workload": "http-64-told", "round": 1, "figures": figures}


def test_the_page_shows_medians_ratios_losses_and_faults(tmp_path: Path) -> None:
    results = {
        "at": "2026-01-01", "command": "python -m benchmarks.compare", "note": "", "short": False,
        "machine": {"cores": 2, "cpu": "x", "memory_gib": 1.0, "kernel": "6", "python": "3.11"},
        "receipt_after_seconds": 0.05,
        "counterpart_limits_per_s": {"http": 70_000, "smpp": 2_000_000},
        "missing": ["Jasmin: not installed"],
        "promises": {"Heliograph": "synced"},
        "workloads": [{"key": w.key, "title": w.title, "telling": w.telling} for w in WORKLOADS],
        "runs": [
            *(
                {**_run("Heliograph", told, 0), "round": n}
                for n, told in enumerate((900.0, 1000.0, 1300.0), 1)
            ),
            _run("A & B", 500.0, 7),
            {**_run("Heliograph", 900.0, 0), "workload": "broadcast"},
            {"system": "Jasmin", "workload": "smpp", "fault": "TimeoutError()"},
        ],
    }  # fmt: skip
    _page.write(tmp_path, results)
    page = (tmp_path / "README.md").read_text()
    for words in (
        "1,000<br><small>900–1,300</small>",
        "2.00 × A & B",
        "lost 7",
        "1 run(s) of it only.",
        "Jasmin: not installed",
        "- Jasmin, smpp: `TimeoutError()`",
    ):
        assert words in page
    chart = ElementTree.parse(tmp_path / "callbacks.svg").getroot()  # noqa: S314 - made a moment ago
    assert "A & B" in [text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")]


def _point(messages: int, told: float) -> dict[str, object]:
    figures = {"told_per_s": told, "cpu_s_per_1000": 0.2, "accept_p99_ms": 9.0,
               "lost": 0.0, "duplicated": 0.0, "untold": 0.0}  # fmt: skip
    return {
        "messages": messages, "works": {"smpp": [figures]}, "directory_bytes": 3 << 30,
        "database_bytes": 2 << 30, "tables": {"event": {"rows": 9, "bytes": 1 << 30}},
    }  # fmt: skip


def test_growth_and_endurance_join_the_page_and_stay_on_it(tmp_path: Path) -> None:
    machine = {"cores": 2, "cpu": "x", "memory_gib": 1.0, "kernel": "6", "python": "3.11"}
    _page.write_growth(tmp_path, {
        "at": "2026-01-01", "minutes": 12.0, "machine": machine, "count": 20_000, "weeks": 10, "note": "",
        "rows_a_message": {"event": 3.0}, "points": [_point(0, 4000.0), _point(20_000_000, 3800.0)],
    })  # fmt: skip
    flat = {"flat": True, "second_quarter_mib": 100.0, "last_quarter_mib": 101.0}
    _page.write_endurance(tmp_path, {
        "at": "2026-01-01", "machine": machine, "count": 2_000_000, "seconds": 600.0, "told_per_s": 3333.0,
        "cpu_s_per_1000": 0.3, "counted": {"lost": 0}, "rule": {"share": 0.05, "mib": 4.0},
        "verdicts": {"heliograph_mib": flat, "postgres_mib": flat | {"flat": False}},
        "samples": [
            {"at": n, "told": 1e6 * n, "heliograph_mib": 100.0, "postgres_mib": 50.0} for n in range(3)
        ],
    })  # fmt: skip
    page = (tmp_path / "README.md").read_text()
    for words in (
        "| 20 | smpp | 3,800 | 0.95 |",
        "107 bytes a message",
        "Heliograph, resident**: flat: 100.0 MiB in the second quarter, 101.0",
        "own memory**: NOT flat",
    ):
        assert words in page
    for name in ("growth", "growth-cpu", "endurance"):
        chart = ElementTree.parse(tmp_path / f"{name}.svg").getroot()  # noqa: S314 - made a moment ago
        assert list(chart.iter("{http://www.w3.org/2000/svg}path"))
