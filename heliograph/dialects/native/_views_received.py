"""How the request by which a message came, and the checks that it passed, are shown in its trace."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native._ids import plain, sealed_text
from heliograph.dialects.native._wire_replies import CheckView, ReceivedView
from heliograph.model.money import decimal_text
from heliograph.model.received import Check, ReceivedRequest

__all__ = ["check_view", "received_view"]

_MICROS: Final = "_micros"


def received_view(received: ReceivedRequest, key: bytes) -> ReceivedView:
    """A request that was kept."""
    number, credential, person = received.request_id, received.credential_id, received.person_id
    body = received.body
    return ReceivedView(
        id=None if number is None else sealed_text("req", number, key),
        at=received.at,
        method=received.method,
        path=received.path,
        query=received.query or None,
        body=None if received.hexadecimal else body,
        body_hex=body if received.hexadecimal else None,
        cut=received.cut,
        head_only=not received.whole,
        octets=received.octets,
        entries=received.entries,
        media_type=received.media_type,
        agent=received.agent,
        address=received.address,
        credential=None if credential is None else plain("cred", credential),
        person=None if person is None else plain("per", person),
    )


def check_view(check: Check) -> CheckView:
    """A check; sums of money are decimal text."""
    facts = {
        name.removesuffix(_MICROS): decimal_text(int(value)) if name.endswith(_MICROS) else value
        for name, value in check.facts.items()
    }
    return CheckView(name=check.name, result=check.result, facts=facts)
