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
            *(_run("Heliograph", told, 0) for told in (900.0, 1000.0, 1300.0)),
            _run("A & B", 500.0, 7),
            {"system": "Jasmin", "workload": "smpp", "fault": "TimeoutError()"},
        ],
    }  # fmt: skip
    _page.write(tmp_path, results)
    page = (tmp_path / "README.md").read_text()
    for words in (
        "1,000<br><small>900–1,300</small>",
        "2.00 × A & B",
        "lost 7",
        "Jasmin: not installed",
        "- Jasmin, smpp: `TimeoutError()`",
    ):
        assert words in page
    chart = ElementTree.parse(tmp_path / "callbacks.svg").getroot()  # noqa: S314 - made a moment ago
    assert "A & B" in [text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")]
