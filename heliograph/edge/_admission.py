"""May this caller ask for this? The one place where scopes of keys and roles of people are looked at.

A key has its scopes. A person has, for one request, what the table of `model/person` gives the role for it.
A caller who may not is not told what else was wrong with the request.
"""

from __future__ import annotations

from typing import Final

import msgspec

from heliograph.dialects._shape import Ask
from heliograph.model.account import Scope
from heliograph.model.audit import Deed
from heliograph.model.command import Principal
from heliograph.model.person import Person, scopes_of
from heliograph.model.refusal import Refusal, Refused

__all__ = ["admitted"]

_RECORDED: Final = frozenset({Scope.MANAGE, Scope.ADMIN})
"""What keys do with these scopes is put on record wherever it is."""
_TRAFFIC: Final = frozenset({"Messages", "Inbound", "Conversations", "Verify", "Links"})
"""Where programs act many times a second: what they send is on record by itself, in its trace."""


def admitted(asked: Ask, principal: Principal, address: str) -> tuple[Principal, Refused | None]:
    """The caller as this request has them, and why it is refused, if it is.

    The principal has the scopes that the role allows, and the deed where the request leaves a line.
    """
    person, duty = principal.person, asked.duty
    refused: Refused | None = None
    if person is not None:
        scopes = _scopes(asked, person)
        if scopes is None:
            sentence = f"Your role, {person.role.value}, does not allow this."
            refused = Refused(refusal=Refusal.FORBIDDEN, detail=sentence)
        else:
            credential = msgspec.structs.replace(principal.credential, scopes=scopes)
            principal = msgspec.structs.replace(principal, credential=credential)
    elif asked.scope is not None and not principal.may(asked.scope):
        detail = f"This needs a key with the scope {asked.scope.value}."
        refused = Refused(refusal=Refusal.FORBIDDEN, detail=detail)
    if (
        duty is not None
        and duty.changes
        and (person is not None or asked.scope in _RECORDED or duty.area not in _TRAFFIC)
    ):
        deed = Deed(
            operation=duty.operation, target=asked.target, prefix=duty.prefix, address=address
        )
        principal = msgspec.structs.replace(principal, deed=deed)
    return principal, refused or asked.verdict


def _scopes(asked: Ask, person: Person) -> tuple[Scope, ...] | None:
    """None where the role does not allow it, and where the room does not say what it is."""
    if asked.duty is None or asked.scope is None:
        return None
    found = scopes_of(person, asked.duty, asked.scope)
    return None if found is None else tuple(sorted(found))
