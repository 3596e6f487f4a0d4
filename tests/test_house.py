"""The rules of size and naming that a machine can keep (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "heliograph"
TABLES = {
    "model/command.py",  # the vocabulary of commands and answers
    "smpp/_pdus.py",  # the field table of every PDU
}
"""Tables may be longer than 400 lines; nothing else may."""
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "base"}


def _files() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def _functions() -> list[tuple[str, int]]:
    found = []
    for file in _files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                found.append((f"{file.relative_to(HOUSE)}:{node.lineno} {node.name}", lines))
    return found


def test_no_file_but_a_table_is_longer_than_400_lines():
    long = {
        str(file.relative_to(HOUSE)): len(file.read_text(encoding="utf-8").splitlines())
        for file in _files()
    }
    assert {name: lines for name, lines in long.items() if lines > 400 and name not in TABLES} == {}


def test_no_function_is_longer_than_80_lines_and_hardly_any_longer_than_60():
    functions = _functions()
    assert [place for place, lines in functions if lines > 80] == []
    assert len([place for place, lines in functions if lines > 60]) <= len(functions) // 100


def test_there_is_no_drawer_for_things_without_a_name():
    assert [str(file) for file in _files() if file.stem.strip("_") in DRAWERS] == []


def test_the_environment_is_read_in_one_place():
    readers = [
        str(file.relative_to(HOUSE))
        for file in _files()
        if "os.environ" in file.read_text(encoding="utf-8")
    ]
    assert set(readers) <= {"config.py", "store/_embedded_programs.py", "store/backup.py"}
