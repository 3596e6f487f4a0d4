"""Who is in an account: inviting people, changing what they are, shutting them out, giving them a new way in.

Only owners touch owners, only the house's own people touch those, nobody touches themselves, and an
account that has owners keeps one who can sign in. A key may do this only where it is the operator's.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from heliograph.flow.audit import SECRET, entry_of
from heliograph.flow.fields import invalid, name_faults
from heliograph.flow.one_time import make_link
from heliograph.flow.sessions import Doorkeeping
from heliograph.model.account import Account, Scope
from heliograph.model.command import Principal
from heliograph.model.person import Person, PersonState, Role
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import (
    ChangePerson,
    FindPerson,
    Invited,
    InvitePerson,
    ListPeople,
    People,
    ResetPerson,
)
from heliograph.store import audit, kept, people, sessions
from heliograph.store.database import Link

__all__ = ["Others", "about_people"]

Others = ListPeople | FindPerson | InvitePerson | ChangePerson | ResetPerson
Told = People | Person | Invited | Refused

_LARGEST_PAGE: Final = 1000
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)
_KEY: Final = Refused(refusal=Refusal.FORBIDDEN, detail="A key cannot do this: sign in.")
_OWNERS: Final = Refused(refusal=Refusal.FORBIDDEN, detail="Only an owner touches owners.")
_HOUSE: Final = Refused(
    refusal=Refusal.FORBIDDEN, detail="Only the operator touches the operator's people."
)
_ONESELF: Final = Refused(refusal=Refusal.CONFLICT, detail="Nobody does this to themselves.")
_LAST: Final = Refused(refusal=Refusal.CONFLICT, detail="The account needs an owner.")


async def about_people(keep: Doorkeeping, principal: Principal, command: Others) -> Told:
    """Perform one of these commands; a refusal has changed nothing."""
    if principal.person is None and not principal.may(Scope.ADMIN):
        return _KEY
    owner = command.for_account or principal.account.id
    if owner != principal.account.id and not principal.may(Scope.ADMIN):
        return Refused(refusal=Refusal.FORBIDDEN)
    if owner > kept.LARGEST_ID or getattr(command, "id", 0) > kept.LARGEST_ID:
        return _NOT_FOUND
    match command:
        case ListPeople():
            return await _list(keep, owner, command)
        case FindPerson():
            async with keep.tools.database.link() as link:
                return await people.find_person(link, owner, command.id) or _NOT_FOUND
        case InvitePerson():
            return await _invite(keep, principal, owner, command)
        case ChangePerson():
            return await _change(keep, principal, owner, command)
        case ResetPerson():
            return await _reset(keep, principal, owner, command)


async def _list(keep: Doorkeeping, owner: int, command: ListPeople) -> People:
    limit = min(max(command.limit, 1), _LARGEST_PAGE)
    after = min(command.after, kept.LARGEST_ID)
    async with keep.tools.database.link() as link:
        found = await people.list_people(link, owner, after=after, limit=limit + 1)
    return People(items=tuple(found[:limit]), more=len(found) > limit)


def _beyond(principal: Principal, owner: int, role: Role, *, operator: bool) -> Refused | None:
    """Why somebody of this role is not the caller's to make or to change."""
    if operator and not principal.may(Scope.ADMIN):
        return _HOUSE
    own = owner == principal.account.id and principal.person is not None
    if own and role is Role.OWNER and principal.person.role is not Role.OWNER:  # type: ignore[union-attr]
        return _OWNERS
    return None


async def _note(
    keep: Doorkeeping, link: Link, principal: Principal, person: Person, changes: dict[str, Any]
) -> None:
    deed = principal.deed
    if deed is not None:
        target = f"{deed.prefix}_{person.id}"
        entry = entry_of(
            keep.tools,
            principal,
            deed,
            target=target,
            for_account=person.account_id,
            changes=changes,
        )
        await audit.insert_entry(link, entry)


async def _invite(
    keep: Doorkeeping, principal: Principal, owner: int, command: InvitePerson
) -> Invited | Refused:
    refused = _beyond(principal, owner, command.role, operator=command.operator)
    for fault in name_faults("name", command.name):
        refused = refused or fault
    if command.operator and owner != principal.account.id:
        refused = refused or invalid("operator", "The operator's people are of its own account.")
    if refused is not None:
        return refused
    try:
        async with keep.tools.database.transaction() as link:
            if await kept.find(link, keep.tools.vault, Account, 0, owner) is None:
                return _NOT_FOUND
            person = await people.insert_person(
                link,
                account_id=owner,
                email=command.email,
                name=command.name,
                role=command.role,
                operator=command.operator,
                password_hash=None,
                at=keep.now(),
            )
            told = {"email": person.email, "role": person.role, "operator": person.operator}
            await _note(keep, link, principal, person, {n: [None, v] for n, v in told.items()})
            return await make_link(keep, link, person)
    except people.EmailTakenError:
        detail = "Somebody has this e-mail address."
        return Refused(refusal=Refusal.CONFLICT, field="email", detail=detail)


async def _touched(
    keep: Doorkeeping, link: Link, principal: Principal, owner: int, id_: int
) -> tuple[Person, bool] | Refused:
    """The person whom the caller may change, and whether they have a password."""
    secrets = await people.lock_secrets(link, owner, id_)
    if secrets is None:
        return _NOT_FOUND
    person = secrets.person
    actor = principal.person
    if actor is not None and (actor.account_id, actor.id) == (person.account_id, person.id):
        return _ONESELF
    refused = _beyond(principal, owner, person.role, operator=person.operator)
    return refused or (person, secrets.password_hash is not None)


async def _change(
    keep: Doorkeeping, principal: Principal, owner: int, command: ChangePerson
) -> Person | Refused:
    for fault in name_faults("name", command.name) if command.name is not None else ():
        return fault
    async with keep.tools.database.transaction() as link:
        owners = await people.lock_owners(link, owner)
        touched = await _touched(keep, link, principal, owner, command.id)
        if isinstance(touched, Refused):
            return touched
        person, has_password = touched
        state = command.state or person.state
        if state is PersonState.ACTIVE and not has_password:
            state = PersonState.INVITED
        changed = msgspec.structs.replace(
            person,
            name=command.name or person.name,
            role=command.role or person.role,
            state=state,
        )
        refused = _beyond(principal, owner, changed.role, operator=person.operator)
        leaves = changed.role is not Role.OWNER or state is PersonState.DISABLED
        if refused is None and owners == [person.id] and leaves:
            refused = _LAST
        if refused is not None:
            return refused
        changed = await people.change_person(link, changed)
        if (changed.role, changed.state) != (person.role, person.state):
            await sessions.end_sessions(link, person)
        if changed.state is PersonState.DISABLED:
            await people.drop_links(link, person)
        told = {
            name: [getattr(person, name), getattr(changed, name)]
            for name in ("name", "role", "state")
            if getattr(person, name) != getattr(changed, name)
        }
        await _note(keep, link, principal, person, told)
        return changed


async def _reset(
    keep: Doorkeeping, principal: Principal, owner: int, command: ResetPerson
) -> Invited | Refused:
    async with keep.tools.database.transaction() as link:
        touched = await _touched(keep, link, principal, owner, command.id)
        if isinstance(touched, Refused):
            return touched
        person, _ = touched
        if person.state is PersonState.DISABLED:
            return Refused(refusal=Refusal.CONFLICT, detail="They are disabled: enable them first.")
        await people.set_password(link, person, None)
        await sessions.end_sessions(link, person)
        told: dict[str, Any] = {"password": SECRET}
        if command.second_factor and person.second_factor:
            await people.set_totp(link, person, None)
            told["second_factor"] = [True, False]
        await _note(keep, link, principal, person, told)
        invited = await make_link(keep, link, person)
        fresh = await people.find_person(link, owner, person.id) or person
        return msgspec.structs.replace(invited, person=fresh)
