"""What is noted of a PDU that was refused: who, when, with which command_status and why; nothing of the
message. Requests that are accepted are not looked at twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from heliograph.model.command import Claim, Principal
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.refused import RefusedRequest
from heliograph.smpp import CommandStatus, status_meaning, status_name

__all__ = ["Noting", "refused_bind", "refused_pdu", "unnoted"]

Noting = Callable[[RefusedRequest, Claim | None], None]
"""Keeps a refused request; the claim says whose it is where that was not found out."""
_DIALECT: Final = "smpp"
_TOO_MANY: Final = "All binds that the credential may have are taken."
_WORDS: Final[dict[int, Refused]] = {
    CommandStatus.RTHROTTLED: Refused(
        refusal=Refusal.RATE_LIMITED, detail="More than the credential's window or throughput."
    ),
    CommandStatus.RINVCMDID: Refused(
        refusal=Refusal.METHOD_NOT_ALLOWED, detail="This PDU is not taken here."
    ),
    CommandStatus.RMSGQFUL: Refused(refusal=Refusal.UNAVAILABLE),
    CommandStatus.RSYSERR: Refused(refusal=Refusal.INTERNAL),
    CommandStatus.RSUBMITFAIL: Refused(
        refusal=Refusal.MALFORMED, detail="The other parts of the message did not come."
    ),
}
"""What a status says where nobody said more."""


def unnoted(request: RefusedRequest, claim: Claim | None) -> None:
    """Where nobody keeps a log."""


def refused_bind(
    name: str, system_id: str, status: int, address: str, refused: Refused | None
) -> RefusedRequest:
    """A bind that was refused; without a reason it was one too many."""
    refused = refused or Refused(refusal=Refusal.RATE_LIMITED, detail=_TOO_MANY)
    return RefusedRequest(
        dialect=_DIALECT,
        operation=name,
        answered=status_name(status),
        code=refused.refusal.code,
        detail=refused.sentence,
        field=refused.field,
        caller=system_id,
        address=address,
    )


def refused_pdu(
    name: str,
    status: int,
    address: str,
    principal: Principal,
    refused: Refused | None = None,
    *,
    sentence: str = "",
    entries: int = 0,
) -> RefusedRequest:
    """A request of a bound customer that was refused, or `entries` of it; `sentence` says why where only
    the status is known."""
    known = refused or (None if sentence else _WORDS.get(status))
    if known is None:
        said = sentence or status_meaning(status)
        known = Refused(refusal=Refusal.INVALID_FIELD, detail=said)
    return RefusedRequest(
        account_id=principal.account.id,
        credential_id=principal.credential.id,
        dialect=_DIALECT,
        operation=name,
        answered=status_name(status),
        code=known.refusal.code,
        detail=known.sentence,
        field=known.field,
        entries=entries,
        address=address,
    )
