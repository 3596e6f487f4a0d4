"""Interop: foreign SMPP programs as judges, each in a process of its own, on loopback only.

Collected only by `make interop`, which names the folder of what it installed in
`HELIOGRAPH_INTEROP`; each test is one peer and one case, and its outcome becomes a cell of
`docs/interop.md`.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.interop.table import write_table

INSTALLED = os.environ.get("HELIOGRAPH_INTEROP", "")
collect_ignore_glob = [] if INSTALLED else ["test_*.py"]
_cells: dict[tuple[str, str, str], str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what became of each peer and case."""
    report = yield
    cell = item.get_closest_marker("interop")
    if cell is not None and (report.when == "call" or not report.passed):
        _cells[cell.args] = _word(report, call)
    return report


def _word(report: pytest.TestReport, call: pytest.CallInfo[None]) -> str:
    if report.passed:
        return "pass"
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    error = call.excinfo
    return f"FAIL: {error.typename}" if error is not None else "FAIL"


def pytest_configure(config: pytest.Config) -> None:
    """The marker that names a cell: side, peer, case."""
    config.addinivalue_line("markers", "interop(side, peer, case): a cell of docs/interop.md")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table, when every case was run."""
    if INSTALLED and _cells and not session.config.option.keyword:
        write_table(Path(__file__).parents[2] / "docs" / "interop.md", _cells)
