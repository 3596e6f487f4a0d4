"""The part of NOTICE about the console: the packages that a browser is sent, and their licences.

Drawn from `console/package-lock.json`: every package that is needed to run and not only to build. The
build itself puts the texts of those that are in the bundle into `console_dist/licences.txt`, which is
served beside the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_HOUSE: Final = Path(__file__).parent.parent
NOTICE: Final = _HOUSE / "NOTICE"
LOCK: Final = _HOUSE / "console" / "package-lock.json"
_HEADING: Final = "Packages in the console\n-----------------------\n"
_STORY: Final = """
The console that a browser is sent is built from these packages of the npm registry; the list is drawn from
console/package-lock.json by tools/notice.py. The texts of their licences are built beside the console, at
/console/licences.txt (heliograph/console_dist/licences.txt in an installed package).

"""


def with_packages(notice: str, lock: str) -> str:
    """NOTICE with the packages that `lock` names, below its last heading."""
    before, found, _ = notice.partition(_HEADING)
    if not found:
        raise ValueError("NOTICE has no place for the console's packages")
    return before + _HEADING + _STORY + "".join(f"* {line}\n" for line in _lines(json.loads(lock)))


def _lines(lock: Any) -> Iterator[str]:
    for place, package in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        only_to_build = package.get("dev") or package.get("devOptional")
        if not name or only_to_build or name.startswith("@types/"):
            continue
        yield f"{name} {package['version']}: {package['license']}"
