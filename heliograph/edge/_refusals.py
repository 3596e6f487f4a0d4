"""What is noted of an HTTP request that was refused: who, where, when and why; of the query the names alone,
and nothing of the body. Requests that are accepted are not looked at twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from heliograph.dialects._shape import Dialect, HttpReply, HttpRequest
from heliograph.model.command import Accepted, Answer, BulkAccepted, Claim, Principal
from heliograph.model.refusal import Refused
from heliograph.model.refused import RefusedRequest
from heliograph.model.session import SESSION

__all__ = ["Noting", "note"]

Noting = Callable[[RefusedRequest, Claim | None], None]
"""Keeps a refused request; the claim says whose it is where that was not found out."""
_PLAIN_PATH: Final = re.compile(r"[^?&;=]*")
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.\-\[\]]{1,40}(?==)", re.ASCII)
_MOST_PARAMETERS: Final = 20


def note(
    noting: Noting | None,
    dialect: Dialect,
    request: HttpRequest,
    reply: HttpReply,
    who: Principal | Claim | None,
    *,
    answer: Answer | Refused | None = None,
) -> HttpReply:
    """The reply, noted if it is a no. People are not noted: the console tells them what was wrong."""
    if noting is None:
        return reply
    refused, entries = _refused(reply, answer)
    if refused is None or _is_person(who):
        return reply
    known = isinstance(who, Principal)
    noted = RefusedRequest(
        account_id=who.account.id if isinstance(who, Principal) else 0,
        credential_id=who.credential.id if isinstance(who, Principal) else None,
        id=request.id,
        dialect=dialect.name,
        operation=dialect.label(request.method, request.path),
        target=_target(request),
        answered=str(reply.status),
        code=refused.refusal.code,
        detail=refused.sentence,
        field=refused.field,
        entries=entries,
        address=request.peer,
        agent=request.headers.get("user-agent", ""),
        media_type=request.headers.get("content-type", ""),
        octets=None if request.spool is not None else len(request.body),
    )
    noting(noted, None if known or not isinstance(who, Claim) else who)
    return reply


def _refused(reply: HttpReply, answer: Answer | Refused | None) -> tuple[Refused | None, int]:
    """The no, and how many entries it is about where others were accepted."""
    if isinstance(answer, Accepted):
        if len(answer.items) == 1 and reply.refused is None:
            return None, 0
        found = [each for each in answer.items if type(each) is Refused]
        if found:
            return found[0], len(found) if len(found) < len(answer.items) else 0
    elif isinstance(answer, Refused):
        return answer, 0
    elif isinstance(answer, BulkAccepted) and answer.refused:
        return answer.refused[0][1], sum(answer.skipped.values())
    return reply.refused, 0


def _is_person(who: Principal | Claim | None) -> bool:
    if isinstance(who, Principal):
        return who.person is not None
    return who is not None and who.dialect == SESSION


def _target(request: HttpRequest) -> str:
    """Some send their secrets in the path, behind an ampersand, and many in the query."""
    plain = _PLAIN_PATH.match(request.path)
    path = "" if plain is None else plain[0]
    parameters = request.query.split("&")[:_MOST_PARAMETERS] if request.query else []
    names = [found[0] for each in parameters if (found := _PARAMETER.match(each))]
    shown = "?" + "&".join(f"{name}=…" for name in names) if names else ""
    return f"{request.method} {path}{shown}"
