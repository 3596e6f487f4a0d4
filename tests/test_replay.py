"""The comparison of MessageWhiz's printed answers with ours sees what it must see, and masks nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.replay import ORDER, printed_answer, printed_requests
from tools.replay_page import Exchange, page_of, unlike

PRINTED = {"errorCode": 0, "result": {"id": 46279, "name": "n", "enabled": True, "at": None}}
OURS = {"errorCode": 0, "result": {"id": 5, "name": "m", "enabled": False, "at": "2026"}}


def exchange(answer: Any, status: int = 200, **words: Any) -> Exchange:
    fields = {
        "name": "n",
        "request": "GET /x HTTP/1.1\r\n\r\n",
        "printed": json.dumps(PRINTED),
        "status": status,
        "answer": json.dumps(answer),
        "ours": {"46279": 5},
    }
    return Exchange(**(fields | words))


def test_values_may_differ_and_null_is_nothing() -> None:
    assert list(unlike(exchange(OURS))) == []


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        ({"id": "5", "name": "m", "enabled": True, "at": None}, "result.id is str"),
        ({"id": 5, "name": "m", "enabled": 1, "at": None}, "result.enabled is number"),
        ({"name": "m", "id": 5, "enabled": True, "at": None}, "result has ['name', 'id'"),
        ({"id": 5, "name": "m", "enabled": True}, "result has ['id', 'name', 'enabled']"),
        ({"id": 5, "name": "m", "enabled": True, "at": None, "more": 1}, "'more'"),
        ([], "result is list"),
    ],
)
def test_another_type_name_or_order_is_told(result: Any, fault: str) -> None:
    (told,) = unlike(exchange(OURS | {"result": result}))
    assert fault in told


def test_another_status_is_told_and_a_first_item_speaks_for_an_array() -> None:
    assert list(unlike(exchange(OURS, 409))) == ["HTTP 409"]
    printed = json.dumps([{"a": 1}])
    assert list(unlike(exchange([{"b": 1}], printed=printed)))
    assert list(unlike(exchange([{"a": 2}, {"a": 3}], printed=printed))) == []


def test_the_page_shows_both_sides_and_our_numbers_as_the_printed_ones() -> None:
    page = page_of([exchange(OURS | {"executionTime": 0.5})])
    assert page.count("&quot;id&quot;: 46279") == 2
    assert "‹seconds›" in page
    assert "&quot;name&quot;: &quot;m&quot;" in page


def test_every_printed_request_is_replayed_once_and_all_but_one_have_a_printed_answer() -> None:
    assert sorted(ORDER) == sorted(printed_requests())
    assert len(ORDER) == len(set(ORDER)) == 80
    assert [name for name in ORDER if printed_answer(name) is None] == ["linklist_replace"]
