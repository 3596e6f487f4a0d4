"""One-time passwords in MessageWhiz's form: a single message whose code the house makes, and its check.

Codes have four digits, as the reference prints one (facts 35). Callers send the code as a number, so
that its leading zeros are lost and have to be put back.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects.messagewhiz._fields import unusable
from heliograph.dialects.messagewhiz._read_broadcasts import read_legacy_single
from heliograph.dialects.messagewhiz._reading import Call, Wanted
from heliograph.dialects.messagewhiz.codes import CODE_LENGTH
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.keeping import IssueNumbered
from heliograph.model.verify import DIGITS, CheckCode, IssueCode

PLACE: Final = "{{verification_code}}"


def read_single(call: Call) -> Wanted:
    """POST /api/broadcasts/single; with `otp` in the query or `verification` in the body a one-time code."""
    if not (call.query.flag("otp") or call.body.flag("verification")):
        return read_legacy_single(call)
    body = call.body
    text = body.need("message_body")
    if PLACE not in text.replace(" ", ""):
        raise unusable("message_body", f"It has no {PLACE} in it.")
    body.need_id("campaign_id")
    issue = IssueCode(
        recipient=body.need("recipient").strip(),
        text=text,
        length=CODE_LENGTH,
        alphabet=DIGITS,
    )
    return Wanted(IssueNumbered(issue=issue, sender_id=body.need_id("sender_id")), Form.LEGACY)


def read_check(call: Call) -> Wanted:
    """POST /api/recipients/{phone}/verification."""
    code = call.body.need("verification_code", most=20).strip()
    if code.isascii() and code.isdigit():
        code = code.zfill(CODE_LENGTH)
    return Wanted(CheckCode(code=code, recipient=call.path[0]), Form.VERIFIED)
