"""Whatever a room refuses by itself says so to the log of refused requests, in the house's own words."""

from __future__ import annotations

import pytest

from heliograph.dialects._shape import HttpReply, HttpRequest
from heliograph.doors import DIALECTS
from heliograph.model.refusal import Refusal, Refused

NOWHERE = {
    "native": "/v1/nowhere",
    "mimsms": "/api/SmsSending/nowhere",
    "smsapi": "/smsAPI",
    "imiconnect": "/resources/v1/messaging/nowhere/at/all",
    "mitto": "/sms/nowhere/at/all",
    "messagewhiz": "/api/3/nowhere",
}


def _request(path: str, method: str = "GET") -> HttpRequest:
    return HttpRequest(method=method, path=path, query="", headers={}, id=1)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_every_refusal_of_a_room_is_told_to_the_log(dialect) -> None:
    for refusal in Refusal:
        refused = Refused(refusal=refusal)
        reply = dialect.refuse(_request(NOWHERE[dialect.name]), refused)
        assert reply.refused == refused, refusal


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "TRACE"])
def test_what_a_room_answers_without_a_command_is_a_refusal(dialect, method: str) -> None:
    path = NOWHERE[dialect.name]
    assert dialect.owns(path)
    answered = dialect.read(_request(path, method))
    assert isinstance(answered, HttpReply)
    assert answered.refused is not None
