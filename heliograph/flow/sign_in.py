"""Signing in: e-mail address and password, then the second factor where there is one.

Whoever cannot be let in hears one and the same sentence after one and the same work, whether there is such
a person or not. It must never log or keep what was typed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from heliograph.flow.audit import line_of
from heliograph.flow.second_factor import step_of
from heliograph.flow.sessions import Doorkeeping, begin, is_over
from heliograph.flow.throttle import network_of
from heliograph.model.audit import AuditEntry
from heliograph.model.person import Person, PersonState
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import GiveSecondFactor, SignedIn, SignIn
from heliograph.model.token import hash_recovery_code, hash_session
from heliograph.store import audit, people, sessions
from heliograph.store.database import Link
from heliograph.store.people import Secrets

__all__ = ["Entry", "give_second_factor", "proves", "sign_in"]

_WRONG: Final = Refused(
    refusal=Refusal.UNAUTHENTICATED, detail="The e-mail address or the password is wrong."
)
_WRONG_CODE: Final = Refused(refusal=Refusal.UNAUTHENTICATED, detail="The code is wrong.")
_NO_SESSION: Final = Refused(
    refusal=Refusal.UNAUTHENTICATED, detail="Sign in with the password first."
)


class Entry(NamedTuple):
    """What a caller at the door is answered, and the line that is to be left behind the answer: a refusal's,
    so that writing it takes no time that a stranger could measure."""

    answer: SignedIn | Refused
    line: AuditEntry | None = None


async def sign_in(keep: Doorkeeping, command: SignIn, address: str) -> Entry:
    """With e-mail address and password."""
    email, network = command.email.strip().lower(), network_of(address)
    slow = keep.by_address.take(network) or keep.by_email.take(email)
    if slow is not None:
        return Entry(slow)
    async with keep.tools.database.link() as link:
        found = await people.find_secrets(link, email)
    kept = found.password_hash if found and found.person.state is PersonState.ACTIVE else None
    fits = await keep.passwords.fits(kept, command.password)
    if isinstance(fits, Refused):
        return Entry(fits)
    if not fits or found is None or kept is None:
        line = None
        if found is not None:
            outcome = Refusal.UNAUTHENTICATED.code
            line = line_of(keep.tools, found.person, "signIn", address, outcome=outcome)
        return Entry(_WRONG, line)
    keep.by_address.forgive(network)
    keep.by_email.forget(email)
    fresh = await _rehashed(keep, kept, command.password)
    whole = not found.person.second_factor
    async with keep.tools.database.transaction() as link:
        if command.former:
            await sessions.end_token(link, hash_session(keep.key, command.former))
        if fresh is not None:
            await people.rehash_password(link, found.person, kept, fresh)
        return Entry(
            await enter(
                keep,
                link,
                found.person,
                "signIn",
                address=address,
                agent=command.agent,
                whole=whole,
            )
        )


async def enter(
    keep: Doorkeeping,
    link: Link,
    person: Person,
    operation: str,
    *,
    address: str,
    agent: str,
    whole: bool,
) -> SignedIn:
    """Begin the session of somebody who proved who they are, and put it on record."""
    now = keep.now()
    if whole:
        await people.note_sign_in(link, person, now)
        await audit.insert_entry(link, line_of(keep.tools, person, operation, address))
    return await begin(keep, link, person, whole=whole, address=address, agent=agent)


async def _rehashed(keep: Doorkeeping, kept: str, password: str) -> str | None:
    """The password with the parameters of today, where its hash has others."""
    if not keep.passwords.stale(kept):
        return None
    fresh = await keep.passwords.hash(password)
    return None if isinstance(fresh, Refused) else fresh


async def give_second_factor(keep: Doorkeeping, command: GiveSecondFactor, address: str) -> Entry:
    """With a code, in the session that waits for it."""
    slow = keep.by_address.take(network_of(address))
    if slow is not None:
        return Entry(slow)
    token_hash = hash_session(keep.key, command.token)
    async with keep.tools.database.transaction() as link:
        found = await sessions.find_session(link, token_hash)
        if found is None or found[0].whole or is_over(*found, keep.now()):
            return Entry(_NO_SESSION)
        person = found[1]
        guessed = f"{person.account_id} {person.id}"
        slow = keep.by_code.take(guessed)
        if slow is not None:
            return Entry(slow)
        secrets = await people.lock_secrets(link, person.account_id, person.id)
        if secrets is None or not await proves(
            keep, link, secrets, command.code, command.recovery_code
        ):
            outcome = Refusal.UNAUTHENTICATED.code
            line = line_of(keep.tools, person, "giveSecondFactor", address, outcome=outcome)
            return Entry(_WRONG_CODE, line)
        keep.by_code.forget(guessed)
        keep.by_address.forgive(network_of(address))
        await sessions.end_token(link, token_hash)
        return Entry(
            await enter(
                keep,
                link,
                person,
                "giveSecondFactor",
                address=address,
                agent=command.agent,
                whole=True,
            )
        )


async def proves(
    keep: Doorkeeping, link: Link, secrets: Secrets, code: str, recovery_code: str
) -> bool:
    """Whether a code is right and was never used; it is used now."""
    person = secrets.person
    if recovery_code:
        hashed = hash_recovery_code(keep.key, person.account_id, person.id, recovery_code)
        return await people.use_recovery_code(link, person, hashed)
    if secrets.totp_sealed is None:
        return False
    secret = keep.tools.vault.open(secrets.totp_sealed).decode()
    step = step_of(secret, code, keep.now())
    return step is not None and await people.use_totp_step(link, person, step)
