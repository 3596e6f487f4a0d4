"""What people do about themselves: their sessions, their password, their second factor.

Whatever makes signing in easier or harder asks for the password once more, ends every other session
and gives this one another token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from heliograph.flow.audit import SECRET, entry_of
from heliograph.flow.passwords import password_fault
from heliograph.flow.second_factor import SECRET_BYTES, make_secret, step_of, uri_of
from heliograph.flow.sessions import IDLE, Doorkeeping, begin, signed_in
from heliograph.model.command import Done, Principal
from heliograph.model.person import Person
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import (
    BeginSecondFactor,
    ChangePassword,
    ConfirmSecondFactor,
    EndSecondFactor,
    EndSession,
    GetMe,
    ListSessions,
    SecondFactorBegun,
    Session,
    Sessions,
    SignedIn,
    SignedOut,
    SignOut,
)
from heliograph.model.token import RECOVERY_BYTES, hash_recovery_code, make_recovery_code
from heliograph.store import audit, people, sessions
from heliograph.store.database import Link
from heliograph.store.people import Secrets

__all__ = ["Oneself", "about_oneself"]

RECOVERY_CODES: Final = 10
Oneself = (
    GetMe
    | SignOut
    | ListSessions
    | EndSession
    | ChangePassword
    | BeginSecondFactor
    | ConfirmSecondFactor
    | EndSecondFactor
)
Told = SignedIn | SignedOut | Sessions | SecondFactorBegun | Done | Refused

_NO_PERSON: Final = Refused(
    refusal=Refusal.FORBIDDEN, detail="A key is nobody: this is for people who signed in."
)
_WRONG: Final = Refused(
    refusal=Refusal.FORBIDDEN, field="password", detail="The password is wrong."
)
_WRONG_CODE: Final = Refused(
    refusal=Refusal.FORBIDDEN, field="code", detail="The code is wrong, or was used before."
)


async def about_oneself(keep: Doorkeeping, principal: Principal, command: Oneself) -> Told:
    """Perform one of these commands for the person who asks."""
    person, session = principal.person, principal.session
    if person is None or session is None:
        return _NO_PERSON
    match command:
        case GetMe():
            return msgspec.structs.replace(
                signed_in(keep, person, session, command.token), token=""
            )
        case ListSessions():
            async with keep.tools.database.link() as link:
                now = keep.now()
                found = await sessions.list_sessions(link, person, at=now, seen_after=now - IDLE)
            return Sessions(items=tuple(found), current=session.id)
        case SignOut():
            await _end(keep, principal, person, session.id)
            return SignedOut()
        case EndSession():
            return await _end_another(keep, principal, person, session, command.id)
        case ChangePassword():
            return await _change_password(keep, principal, person, command)
        case BeginSecondFactor():
            return await _begin_second_factor(keep, principal, person, command)
        case ConfirmSecondFactor():
            return await _confirm_second_factor(keep, principal, person, command)
        case EndSecondFactor():
            return await _end_second_factor(keep, principal, person, command)


async def _end(keep: Doorkeeping, principal: Principal, person: Person, id_: int) -> bool:
    async with keep.tools.database.transaction() as link:
        ended = await sessions.end_session(link, person, id_)
        await _note(keep, link, principal, {})
    return ended


async def _end_another(
    keep: Doorkeeping, principal: Principal, person: Person, session: Session, id_: int | None
) -> Done | Refused:
    if id_ is not None:
        ended = await _end(keep, principal, person, id_)
        return Done() if ended else Refused(refusal=Refusal.NOT_FOUND)
    async with keep.tools.database.transaction() as link:
        await sessions.end_sessions(link, person, session.id)
        await _note(keep, link, principal, {})
    return Done()


async def _note(
    keep: Doorkeeping, link: Link, principal: Principal, changes: dict[str, Any]
) -> None:
    if principal.deed is not None:
        entry = entry_of(keep.tools, principal, principal.deed, changes=changes)
        await audit.insert_entry(link, entry)


async def _proven(keep: Doorkeeping, person: Person, password: str) -> Refused | None:
    """None for the right password; guesses are counted with those at the door."""
    email = person.email.lower()
    slow = keep.by_email.take(email)
    if slow is not None:
        return slow
    async with keep.tools.database.link() as link:
        found = await people.find_secrets(link, email)
    fits = await keep.passwords.fits(found.password_hash if found else None, password)
    if isinstance(fits, Refused):
        return fits
    if not fits:
        return _WRONG
    keep.by_email.forget(email)
    return None


Change = Callable[[Link, Secrets], Awaitable[dict[str, Any] | Refused]]


async def _renewed(
    keep: Doorkeeping, principal: Principal, person: Person, agent: str, change: Change
) -> SignedIn | Refused:
    """Change how one signs in; every session ends and a new one begins here."""
    address = principal.deed.address if principal.deed is not None else ""
    async with keep.tools.database.transaction() as link:
        secrets = await people.lock_secrets(link, person.account_id, person.id)
        if secrets is None:
            return Refused(refusal=Refusal.NOT_FOUND)
        changes = await change(link, secrets)
        if isinstance(changes, Refused):
            return changes
        await sessions.end_sessions(link, person)
        await _note(keep, link, principal, changes)
        fresh = await people.find_person(link, person.account_id, person.id) or person
        return await begin(keep, link, fresh, whole=True, address=address, agent=agent)


async def _change_password(
    keep: Doorkeeping, principal: Principal, person: Person, command: ChangePassword
) -> SignedIn | Refused:
    fault = password_fault("new_password", command.new_password, person.email, person.name)
    fault = fault or await _proven(keep, person, command.password)
    if fault is not None:
        return fault
    hashed = await keep.passwords.hash(command.new_password)
    if isinstance(hashed, Refused):
        return hashed

    async def change(link: Link, secrets: Secrets) -> dict[str, Any]:
        del secrets
        await people.set_password(link, person, hashed)
        await people.drop_links(link, person)
        return {"password": SECRET}

    return await _renewed(keep, principal, person, command.agent, change)


# -- second factor ------------------------------------------------------------------------------


async def _begin_second_factor(
    keep: Doorkeeping, principal: Principal, person: Person, command: BeginSecondFactor
) -> SecondFactorBegun | Refused:
    if person.second_factor:
        detail = "There is a second factor: end it first."
        return Refused(refusal=Refusal.CONFLICT, detail=detail)
    wrong = await _proven(keep, person, command.password)
    if wrong is not None:
        return wrong
    secret = make_secret(keep.random_bytes(SECRET_BYTES))
    async with keep.tools.database.transaction() as link:
        await people.set_totp(link, person, keep.tools.vault.seal(secret.encode()))
        await _note(keep, link, principal, {})
    return SecondFactorBegun(secret=secret, uri=uri_of(secret, person.email))


async def _confirm_second_factor(
    keep: Doorkeeping, principal: Principal, person: Person, command: ConfirmSecondFactor
) -> SignedIn | Refused:
    guessed = f"{person.account_id} {person.id}"
    slow = keep.by_code.take(guessed)
    if slow is not None:
        return slow
    codes = tuple(
        make_recovery_code(keep.random_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)
    )

    async def change(link: Link, secrets: Secrets) -> dict[str, Any] | Refused:
        if secrets.totp_sealed is None or secrets.person.second_factor:
            return Refused(refusal=Refusal.CONFLICT, detail="No second factor was begun.")
        secret = keep.tools.vault.open(secrets.totp_sealed).decode()
        step = step_of(secret, command.code, keep.now())
        if step is None:
            return _WRONG_CODE
        hashes = [hash_recovery_code(keep.key, person.account_id, person.id, c) for c in codes]
        await people.confirm_totp(link, person, at=keep.now(), step=step, recovery_hashes=hashes)
        return {"second_factor": [False, True]}

    answer = await _renewed(keep, principal, person, command.agent, change)
    if isinstance(answer, Refused):
        return answer
    keep.by_code.forget(guessed)
    return msgspec.structs.replace(answer, recovery_codes=codes)


async def _end_second_factor(
    keep: Doorkeeping, principal: Principal, person: Person, command: EndSecondFactor
) -> SignedIn | Refused:
    wrong = await _proven(keep, person, command.password)
    if wrong is not None:
        return wrong

    async def change(link: Link, secrets: Secrets) -> dict[str, Any]:
        await people.set_totp(link, person, None)
        return {"second_factor": [secrets.person.second_factor, False]}

    return await _renewed(keep, principal, person, command.agent, change)
