"""The room offers what the edge expects of a dialect."""

from __future__ import annotations

import pytest

from heliograph.dialects import messagewhiz
from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz import DIALECT
from heliograph.dialects.messagewhiz.coverage import COVERAGE
from heliograph.dialects.messagewhiz.read import ENDPOINTS

KIB = 1024


def test_the_public_names_are_these() -> None:
    assert set(messagewhiz.__all__) == {"DIALECT", "MessageWhiz", "callback"}
    dialect: Dialect = messagewhiz.MessageWhiz()
    assert dialect.name == DIALECT.name == "messagewhiz"


@pytest.mark.parametrize(
    ("method", "path", "label", "kib", "spools"),
    [
        ("POST", "/api/3/campaign", "campaign", 256, False),
        ("POST", "/API/3/Broadcast/CombinedSubmit/", "Broadcast/combinedsubmit", 8192, False),
        ("PUT", "/api/3/recipientList/7/numbers", "RecipientList/numbers", 8192, False),
        ("POST", "/api/3/RecipientList", "RecipientList", 262_144, True),
        ("GET", "/api/3/RecipientList", "RecipientList", 256, False),
        ("PUT", "/api/3/LinkList/7", "LinkList", 262_144, True),
        (
            "POST",
            "/api/recipients/%2B2605876689/verification",
            "recipients/verification",
            256,
            False,
        ),
        ("POST", "/api/3/nothing", "unknown", 256, False),
    ],
)
def test_a_path_in_any_case_has_a_name_a_limit_and_perhaps_a_file(
    method: str, path: str, label: str, kib: int, spools: bool
) -> None:
    assert DIALECT.owns(path)
    assert DIALECT.label(method, path) == label
    assert DIALECT.body_limit(method, path) == kib * KIB
    assert DIALECT.spools(method, path) is spools


@pytest.mark.parametrize("path", ["/api", "/api/4/campaign", "/api/2/campaign", "/sms", "/api/30"])
def test_other_paths_are_not_its_own(path: str) -> None:
    assert not DIALECT.owns(path)


def test_every_row_answers_to_a_key_and_to_nobody_else() -> None:
    for path, methods in ENDPOINTS.items():
        for method in methods:
            request = HttpRequest(
                method=method, path=path.replace("{}", "7"), query="", headers={}, id=1
            )
            nobody = DIALECT.read(request)
            assert isinstance(nobody, HttpReply)
            assert nobody.status == 401
            somebody = HttpRequest(
                method=method, path=request.path, query="", headers={"apikey": "k"}, id=1
            )
            assert isinstance(DIALECT.read(somebody), Ask)


def test_the_coverage_has_every_line_once_and_says_why_where_something_is_refused() -> None:
    items = [(each.section, each.item) for each in COVERAGE]
    assert len(set(items)) == len(items)
    assert all(each.note for each in COVERAGE if each.state != "done")
