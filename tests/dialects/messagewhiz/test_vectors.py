"""Every request that the vendor's reference prints is read, and answered as it prints it, but for what the
house cannot or must not say (see `NOT_AS_PRINTED`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from heliograph.dialects._shape import Ask, HttpReply
from heliograph.dialects.messagewhiz import DIALECT
from tests.conformance.rooms import recorded
from tests.dialects.messagewhiz.printed import answers

VECTORS = Path(__file__).parents[2] / "vectors" / "messagewhiz"
KEY = bytes(range(32))
REQUESTS = dict(recorded("messagewhiz"))
NOT_AS_PRINTED: dict[str, dict[str, object]] = {
    # the house has no users below an account
    "campaign_list": {"user_id": 3182},
    "unsubscribers_make": {"user_id": 3182},
    "unsubscribers_replace": {"user_id": 3182},
    "linklist_bulk": {"user_id": 3182},
    # one flag for each column: the reference prints four for one (facts 27)
    "unsubscribers_preview": {
        "isAllNum": [True],
        "isExceedLength50": [False],
        "isExceedLength255": [False],
        "isExceedLength5000": [False],
    },
}
ADDED = {"list": {"dlr", "recipient_count"}}
"""Fields that callers read and the reference does not print (facts 31)."""


async def _whole(reply: HttpReply) -> bytes:
    pieces = [] if reply.pieces is None else [piece async for piece in reply.pieces]
    return reply.body + b"".join(pieces)


def _mended(value: Any, others: dict[str, object]) -> Any:
    if isinstance(value, list):
        return [_mended(each, others) for each in value]
    if isinstance(value, dict):
        return {n: others.get(n, _mended(each, others)) for n, each in value.items()}
    return value


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    if isinstance(value, dict):
        return {n: _without(each, names) for n, each in value.items() if n not in names}
    return value


def _typed(value: Any) -> Any:
    """With the types of the leaves, for 1 == True; numbers are one type, as in JSON."""
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if isinstance(value, dict):
        return {n: _typed(each) for n, each in value.items()}
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else None
    return (kind or type(value).__name__, value)


@pytest.mark.parametrize("name", sorted(REQUESTS))
async def test_a_printed_request_is_answered_as_printed(name: str) -> None:
    request = REQUESTS[name]
    asked = DIALECT.read(request)
    assert isinstance(asked, Ask), asked
    assert asked.verdict is None, asked.verdict
    assert asked.claim is not None
    assert (asked.claim.dialect, asked.claim.name) == ("messagewhiz", "")
    assert asked.claim.secret == "0123456789abcdef0123456789abcdef"
    if name == "linklist_replace":
        return  # the reference prints no answer to it
    reply = DIALECT.write(request, asked, answers()[name], KEY)
    assert reply.status == 200
    body = await _whole(reply)
    if name.endswith("_download"):
        assert body.decode() == (VECTORS / f"{name}.reply.csv").read_text()
        return
    printed = _mended(
        json.loads((VECTORS / f"{name}.reply.json").read_text()), NOT_AS_PRINTED.get(name, {})
    )
    answer = _without(json.loads(body), ADDED.get(name, set()))
    for each in (printed, answer):
        if isinstance(each, dict):
            each.pop("executionTime", None)
    assert _typed(answer) == _typed(printed)
    if name != "recipients_import":
        assert list(_keys(answer)) == list(_keys(printed)), "the order of fields"


def _keys(value: Any) -> list[str]:
    """Names in their order; not inside of what the customer names."""
    if isinstance(value, list):
        return [key for each in value for key in _keys(each)]
    if isinstance(value, dict):
        return [key for n, each in value.items() for key in (n, *_keys(each))]
    return []


def test_nothing_recorded_is_without_an_answer() -> None:
    assert set(REQUESTS) - {"linklist_replace"} == set(answers())
