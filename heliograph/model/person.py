"""People who sign in, their roles, and the one table that says which role may do what.

An operation of the native API is told apart by its area (the tag under which it is described), by whether it
changes anything, and by the scope that a key would need for it. From these the table decides for every
operation that there is; an area that it does not know is for owners and admins alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from heliograph.model.account import Scope

__all__ = [
    "AREAS",
    "Duty",
    "Grant",
    "Person",
    "PersonState",
    "Role",
    "permitted_roles",
    "scopes_of",
]


class Role(StrEnum):
    """What a person is in an account. `OWNER` is what `ADMIN` is, and hands out ownership."""

    OWNER = "owner"
    ADMIN = "admin"
    DEVELOPER = "developer"
    MARKETER = "marketer"
    FINANCE = "finance"
    VIEWER = "viewer"


class PersonState(StrEnum):
    """Whether a person may sign in."""

    INVITED = "invited"
    """There is no password yet."""
    ACTIVE = "active"
    DISABLED = "disabled"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in with an e-mail address, in one account. What is secret of them stays in the
    store: the hash of the password, the sealed secret of the second factor."""

    account_id: int
    id: int
    email: str
    """As it was typed; compared without regard to case, and unique in the whole house."""
    name: str
    role: Role
    operator: bool = False
    """Of the house itself: with the roles that allow it, every account, carrier, route and rate."""
    state: PersonState = PersonState.INVITED
    second_factor: bool = False
    """A one-time password (TOTP) is asked for at sign-in."""
    created_at: datetime
    signed_in_at: datetime | None = None


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation is when it comes to who may ask for it."""

    operation: str
    area: str
    changes: bool
    """False where it only looks."""
    scope: Scope
    """What a key needs for it on its own account."""
    prefix: str = ""
    """What the ids of its things begin with."""


class Grant(NamedTuple):
    """Who may look at an area, and who may change what is in it."""

    look: frozenset[Role]
    change: frozenset[Role]


_EVERYBODY: Final = frozenset(Role)
_LEADING: Final = frozenset({Role.OWNER, Role.ADMIN})
_BUILDING: Final = _LEADING | {Role.DEVELOPER}
_WRITING: Final = _LEADING | {Role.MARKETER}
_WORKING: Final = _BUILDING | _WRITING
_SEEING: Final = _WORKING | {Role.VIEWER}
_COUNTING: Final = _LEADING | {Role.FINANCE}

AREAS: Final[Mapping[str, Grant]] = MappingProxyType(
    {
        "Messages": Grant(_SEEING, _WORKING),
        "Inbound": Grant(_SEEING, _WORKING),
        "Conversations": Grant(_SEEING, _WORKING),
        "Services": Grant(_SEEING, _BUILDING),
        "Templates": Grant(_SEEING, _WORKING),
        "Links": Grant(_SEEING, _WORKING),
        "Lists": Grant(_SEEING, _WRITING),
        "Campaigns": Grant(_SEEING, _WRITING),
        "Broadcasts": Grant(_SEEING, _WRITING),
        "Verify": Grant(_SEEING, _BUILDING),
        "Opt-outs": Grant(_SEEING, _WORKING),
        "Senders": Grant(_EVERYBODY, _WRITING),
        "Numbers": Grant(_EVERYBODY, _LEADING),
        "Money": Grant(_EVERYBODY, _COUNTING),
        "Access": Grant(_BUILDING, _BUILDING),
        "Webhooks": Grant(_BUILDING | {Role.VIEWER}, _BUILDING),
        "Operator": Grant(_BUILDING | {Role.FINANCE, Role.VIEWER}, _LEADING),
        "Simulator": Grant(_BUILDING, _BUILDING),
        "Session": Grant(_EVERYBODY, _EVERYBODY),
        "People": Grant(_LEADING, _LEADING),
        "Audit": Grant(_LEADING, _LEADING),
    }
)
"""By the tag of an operation."""
_UNKNOWN: Final = Grant(_LEADING, _LEADING)
OTHERWISE: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "fund": _COUNTING,
        "createRateCard": _COUNTING,
        "replaceRates": _COUNTING,
        "addRates": _COUNTING,
    }
)
"""Operations that are not as their area is, by their id."""
_SCOPES: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        Role.OWNER: frozenset({Scope.SEND, Scope.READ, Scope.MANAGE}),
        Role.ADMIN: frozenset({Scope.SEND, Scope.READ, Scope.MANAGE}),
        Role.DEVELOPER: frozenset({Scope.SEND, Scope.READ, Scope.MANAGE}),
        Role.MARKETER: frozenset({Scope.SEND, Scope.READ}),
        Role.FINANCE: frozenset({Scope.READ}),
        Role.VIEWER: frozenset({Scope.READ}),
    }
)
"""What a role has by itself, so also the most that a key can do which it makes."""


def permitted_roles(duty: Duty, needs: Scope | None = None) -> frozenset[Role]:
    """The roles that may ask for it. `needs` is the scope that this very request needs, where it goes beyond
    the operation's own: then it is the operator's affair as well."""
    grant = AREAS.get(duty.area, _UNKNOWN)
    roles = OTHERWISE.get(duty.operation) or (grant.change if duty.changes else grant.look)
    if needs is Scope.ADMIN and duty.scope is not Scope.ADMIN:
        beyond = AREAS["Operator"]
        roles &= beyond.change if duty.changes else beyond.look
    return roles


def scopes_of(person: Person, duty: Duty, needs: Scope) -> frozenset[Scope] | None:
    """The scopes that a person has for one request, or None when it is not theirs to make.

    Nobody has the operator's scope for longer than a request that needs it, but the house's own owners
    and admins.
    """
    if person.role not in permitted_roles(duty, needs):
        return None
    own = _SCOPES[person.role]
    if person.operator and person.role in _LEADING:
        return own | {Scope.ADMIN}
    if needs is Scope.ADMIN and not person.operator:
        return None
    return own | {needs}
