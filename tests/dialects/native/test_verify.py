"""One-time passwords as they are asked for, and what the replies tell."""

from __future__ import annotations

import json

import msgspec
import pytest

from heliograph.dialects._shape import Ask
from heliograph.dialects.native.read import read
from heliograph.dialects.native.write import write
from heliograph.model.account import Scope
from heliograph.model.command import GetBalance
from heliograph.model.refusal import Refusal
from heliograph.model.verify import (
    CancelVerification,
    CheckCode,
    FindVerification,
    Guard,
    GuardMode,
    IssueCode,
    Limits,
    ListGuard,
    ReleaseGuard,
    RemoveProfile,
    ResendCode,
    SaveProfile,
    VerificationFound,
    VerifyProfile,
)

ID = "ver_0000000000007"


@pytest.fixture
def asked(make):
    """asked(method, path, body): what was read."""

    def reading(method: str, path: str, body: object = None, **headers: str) -> Ask:
        octets = b"" if body is None else msgspec.json.encode(body)
        found = read(make(method, path, octets, **headers))
        assert isinstance(found, Ask)
        return found

    return reading


@pytest.mark.parametrize(
    ("method", "path", "body", "command", "scope"),
    [
        (
            "POST",
            "/v1/verify",
            {"to": "+8801712345678", "from": "Shop", "profile": "vpf_2", "limit_key": "ip"},
            IssueCode(recipient="+8801712345678", sender="Shop", profile="2", limit_key="ip"),
            Scope.SEND,
        ),
        (
            "POST",
            "/v1/verify/check",
            {"id": ID, "code": "482913"},
            CheckCode(verification=7, code="482913"),
            Scope.SEND,
        ),
        (
            "POST",
            "/v1/verify/check",
            {"to": "8801712345678", "code": "1"},
            CheckCode(recipient="8801712345678", code="1"),
            Scope.SEND,
        ),
        ("GET", f"/v1/verify/{ID}", None, FindVerification(verification=7), Scope.READ),
        ("POST", f"/v1/verify/{ID}/resend", None, ResendCode(verification=7), Scope.SEND),
        (
            "POST",
            f"/v1/verify/{ID}/resend",
            {"code": "4711"},
            ResendCode(verification=7, code="4711"),
            Scope.SEND,
        ),
        ("POST", f"/v1/verify/{ID}/cancel", None, CancelVerification(verification=7), Scope.SEND),
        ("GET", "/v1/verify/guard", None, ListGuard(), Scope.READ),
        ("DELETE", "/v1/verify/guard/GB", None, ReleaseGuard(area="GB"), Scope.MANAGE),
        (
            "PUT",
            "/v1/verify/profiles/vpf_3",
            {"name": "x", "guard": {"mode": "block"}, "limits": {"key_per_hour": 1}},
            SaveProfile(
                profile=VerifyProfile(
                    account_id=0,
                    id=3,
                    name="x",
                    guard=Guard(mode=GuardMode.BLOCK),
                    limits=Limits(key_per_hour=1),
                )
            ),
            Scope.MANAGE,
        ),
        (
            "DELETE",
            "/v1/verify/profiles/vpf_3?account=acct_9",
            None,
            RemoveProfile(id=3, for_account=9),
            Scope.ADMIN,
        ),
    ],
)
def test_requests(asked, method, path, body, command, scope):  # noqa: PLR0917
    found = asked(method, path, body)
    assert found.verdict is None
    assert (found.command, found.scope) == (command, scope)


def test_the_key_of_a_repetition_comes_with_a_fingerprint_of_the_request(asked):
    one, two = [
        asked("POST", "/v1/verify", {"to": to}, idempotency_key="k").command for to in ("1", "2")
    ]
    assert one.idempotency_key == two.idempotency_key == "k"
    assert one.fingerprint != two.fingerprint


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal", "field"),
    [
        ("POST", "/v1/verify", {}, Refusal.MISSING_FIELD, "/to"),
        ("POST", "/v1/verify", {"to": "1", "length": 99}, Refusal.INVALID_FIELD, "/length"),
        ("POST", "/v1/verify/check", {"code": "1"}, Refusal.MISSING_FIELD, "/id"),
        ("POST", "/v1/verify/check", {"code": "1", "id": "7"}, Refusal.INVALID_FIELD, "/id"),
        ("GET", "/v1/verify/msg_0000000000007", None, Refusal.NOT_FOUND, None),
        ("DELETE", "/v1/verify/guard/x%27", None, Refusal.NOT_FOUND, None),
        (
            "POST",
            "/v1/verify/profiles",
            {"name": "x", "guard": {"mode": "maybe"}},
            Refusal.INVALID_FIELD,
            "/guard/mode",
        ),
    ],
)
def test_what_cannot_be_read(asked, method, path, body, refusal, field):  # noqa: PLR0917
    verdict = asked(method, path, body).verdict
    assert verdict is not None
    assert (verdict.refusal, verdict.field) == (refusal, field)


def test_a_reply_about_a_verification_has_neither_code_nor_text(answers, make, key):
    ask = Ask(claim=None, command=GetBalance(), form="findVerification")
    reply = write(make("GET", f"/v1/verify/{ID}"), ask, answers[VerificationFound], key)
    assert set(json.loads(reply.body)) == {
        "id", "message", "to", "from", "channel", "country", "status", "attempts",
        "attempts_left", "sends", "resends_left", "created_at", "sent_at", "expires_at",
    }  # fmt: skip
