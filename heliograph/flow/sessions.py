"""Sessions of browsers: how one begins, how its cookie is known again, and when it is over.

A token is 256 random bits, kept as a hash. Whoever signs in, or becomes more or less than before, gets
another one; the former is over at once.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from heliograph.flow.directory import Directory
from heliograph.flow.passwords import Passwords
from heliograph.flow.saving import Tools
from heliograph.flow.throttle import Throttle
from heliograph.model.account import AccountState, Credential
from heliograph.model.command import Claim, Principal
from heliograph.model.person import Person, PersonState
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import Session, SignedIn
from heliograph.model.token import TOKEN_BYTES, csrf_of, hash_session, is_csrf, make_token
from heliograph.store import sessions
from heliograph.store.database import Link

__all__ = ["Doorkeeping", "begin", "is_alive", "is_over", "recognise", "signed_in", "sweep"]

IDLE: Final = timedelta(hours=8)
"""A session that nobody used for so long is over."""
LONGEST: Final = timedelta(days=7)
HALF: Final = timedelta(minutes=5)
"""How long the second factor is waited for."""
_TOUCHED_EACH: Final = timedelta(minutes=1)
_LONGEST_AGENT: Final = 256
_ENDED: Final = Refused(refusal=Refusal.UNAUTHENTICATED, detail="The session is over: sign in.")
_FORGED: Final = Refused(
    refusal=Refusal.FORBIDDEN,
    field="X-CSRF-Token",
    detail="The header X-CSRF-Token is missing or of another session.",
)


def _random(count: int) -> bytes:
    return os.urandom(count)


@dataclass(frozen=True, kw_only=True)
class Doorkeeping:
    """What signing in needs of the rest of the house."""

    tools: Tools
    directory: Directory
    reload: Callable[[], Awaitable[None]]
    base: Callable[[], str]
    """Where the console is called, without the slash at the end."""
    passwords: Passwords = field(default_factory=Passwords)
    by_email: Throttle = field(default_factory=lambda: Throttle(at_once=10, seconds_each=60))
    by_address: Throttle = field(default_factory=lambda: Throttle(at_once=60, seconds_each=5))
    by_code: Throttle = field(default_factory=lambda: Throttle(at_once=5, seconds_each=60))
    """For guesses at a second factor, by person."""
    random_bytes: Callable[[int], bytes] = _random

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self.tools.now

    @property
    def key(self) -> bytes:
        """The server key."""
        return self.tools.server_key

    def new_token(self) -> str:
        """A token that nobody had."""
        return make_token(self.random_bytes(TOKEN_BYTES))


async def begin(
    keep: Doorkeeping, link: Link, person: Person, *, whole: bool, address: str, agent: str
) -> SignedIn:
    """A new session; in a transaction."""
    token, now = keep.new_token(), keep.now()
    session = await sessions.insert_session(
        link,
        person,
        token_hash=hash_session(keep.key, token),
        whole=whole,
        at=now,
        ends_at=now + (LONGEST if whole else HALF),
        address=address,
        agent="".join(filter(str.isprintable, agent))[:_LONGEST_AGENT],
    )
    return signed_in(keep, person, session, token)


def signed_in(keep: Doorkeeping, person: Person, session: Session, token: str) -> SignedIn:
    """The answer to whoever has the token of a session."""
    return SignedIn(
        person=person,
        session=session,
        account_name=keep.directory.account(person.account_id).name,
        token=token,
        csrf=csrf_of(keep.key, token) if session.whole else "",
    )


def is_over(session: Session, person: Person, now: datetime) -> bool:
    """Whether a session opens nothing any more."""
    return (
        session.ends_at <= now
        or session.seen_at + IDLE <= now
        or person.state is not PersonState.ACTIVE
    )


async def recognise(keep: Doorkeeping, claim: Claim) -> Principal | Refused:
    """Who a cookie belongs to. The principal has no scope: what the role allows is given for each request."""
    now = keep.now()
    async with keep.tools.database.link() as link:
        found = await sessions.find_session(link, hash_session(keep.key, claim.secret))
        if found is None or not found[0].whole or is_over(*found, now):
            return _ENDED
        session, person = found
        if claim.csrf is not None and not is_csrf(keep.key, claim.secret, claim.csrf):
            return _FORGED
        if session.seen_at + _TOUCHED_EACH <= now:
            await sessions.touch_session(link, session, now)
    account = keep.directory.account(person.account_id)
    if account.state is not AccountState.ACTIVE:
        return Refused(refusal=Refusal.ACCOUNT_SUSPENDED)
    credential = Credential(
        account_id=account.id,
        id=0,
        dialect="native",
        name=person.email,
        secret_hash=b"",
        hint="",
        scopes=(),
        label=person.name,
        created_at=session.created_at,
    )
    return Principal(
        account=account,
        credential=credential,
        key=keep.directory.key(account.id),
        person=person,
        session=session,
    )


async def is_alive(keep: Doorkeeping, session: Session) -> bool:
    """Whether a session that was recognised before still opens anything."""
    async with keep.tools.database.link() as link:
        return await sessions.is_alive(link, session, keep.now())


async def sweep(keep: Doorkeeping) -> int:
    """Forget sessions that are over; returns how many."""
    now = keep.now()
    async with keep.tools.database.transaction() as link:
        return await sessions.drop_ended(
            link, at=now, seen_before=now - IDLE, half_before=now - HALF
        )
