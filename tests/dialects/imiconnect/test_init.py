"""The room offers what the edge expects of a dialect, and says what it covers."""

from __future__ import annotations

import pytest

from heliograph.dialects import imiconnect
from heliograph.dialects._shape import Dialect
from heliograph.dialects.imiconnect import DIALECT
from heliograph.dialects.imiconnect.codes import OUTCOMES, VERDICTS
from heliograph.dialects.imiconnect.coverage import COVERAGE

ROOT = "/resources/v1/messaging"


def test_the_public_names_are_these() -> None:
    assert set(imiconnect.__all__) == {"DIALECT", "IMIconnect", "callback"}
    dialect: Dialect = imiconnect.IMIconnect()
    assert dialect.name == DIALECT.name == "imiconnect"


@pytest.mark.parametrize(
    ("path", "owned", "label", "kib"),
    [
        (ROOT, True, "messaging", 4096),
        (ROOT + "/", True, "messaging", 4096),
        (ROOT + "/status/x", True, "status", 64),
        (ROOT + "/status/", True, "unknown", 64),
        (ROOT + "/status/x/y", True, "unknown", 64),
        (ROOT + "/other", True, "unknown", 64),
        ("/resources/v1/messagings", False, "unknown", 64),
        ("/resources", False, "unknown", 64),
    ],
)
def test_paths_are_owned_named_and_limited(path: str, owned: bool, label: str, kib: int) -> None:
    assert DIALECT.owns(path) is owned
    assert DIALECT.label("POST", path) == label
    assert DIALECT.body_limit("POST", path) == kib * 1024
    assert DIALECT.spools("POST", path) is False


def test_every_code_has_a_line_in_what_is_covered() -> None:
    items = " ".join(line.item for line in COVERAGE)
    for code in {"1001", "7500", "7501"} | {verdict.code for verdict in VERDICTS.values()}:
        assert code in items
    named = {code for code in OUTCOMES if not code.startswith("728")}
    assert {code for code in named if code not in items} == set()
    assert len({(line.section, line.item) for line in COVERAGE}) == len(COVERAGE)
