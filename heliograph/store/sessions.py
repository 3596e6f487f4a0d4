"""Sessions of browsers, by the hash of their token. Functions take a link to the database."""

from __future__ import annotations

from datetime import datetime

import msgspec

from heliograph.model.person import Person
from heliograph.model.session import Session
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("sessions")


async def insert_session(
    link: Link,
    person: Person,
    *,
    token_hash: bytes,
    whole: bool,
    at: datetime,
    ends_at: datetime,
    address: str,
    agent: str,
) -> Session:
    """Begin a session."""
    row = await link.fetchrow(
        _SQL["insert_session"],
        person.account_id,
        person.id,
        token_hash,
        whole,
        at,
        ends_at,
        address,
        agent,
    )
    return msgspec.convert(dict(row or {}), Session)


async def find_session(link: Link, token_hash: bytes) -> tuple[Session, Person] | None:
    """The session of a token, over or not, and whose it is."""
    row = await link.fetchrow(_SQL["find_session"], token_hash)
    if row is None:
        return None
    fields = dict(row)
    person = fields | {"id": fields["person_id"], "created_at": fields["person_created_at"]}
    return msgspec.convert(fields, Session), msgspec.convert(person, Person)


async def is_alive(link: Link, session: Session, at: datetime) -> bool:
    """Whether a session is there, not at its end, and of somebody active."""
    return bool(await link.fetchval(_SQL["is_alive"], session.account_id, session.id, at))


async def touch_session(link: Link, session: Session, at: datetime) -> None:
    """It was used."""
    await link.execute(_SQL["touch_session"], session.account_id, session.id, at)


async def list_sessions(
    link: Link, person: Person, *, at: datetime, seen_after: datetime
) -> list[Session]:
    """A person's sessions that are not over, newest first."""
    key = (person.account_id, person.id)
    rows = await link.fetch(_SQL["list_sessions"], *key, at, seen_after)
    return [msgspec.convert(dict(row), Session) for row in rows]


async def end_session(link: Link, person: Person, id_: int) -> bool:
    """Whether the person had this session; it is over."""
    key = (person.account_id, person.id)
    return await link.fetchval(_SQL["end_session"], *key, id_) is not None


async def end_token(link: Link, token_hash: bytes) -> None:
    """End the session of a token, where there is one."""
    await link.execute(_SQL["end_token"], token_hash)


async def end_sessions(link: Link, person: Person, but: int | None = None) -> None:
    """End all of a person's sessions, or all but one."""
    await link.execute(_SQL["end_sessions"], person.account_id, person.id, but)


async def drop_ended(
    link: Link, *, at: datetime, seen_before: datetime, half_before: datetime
) -> int:
    """Forget sessions that are over; returns how many."""
    return len(await link.fetch(_SQL["drop_ended"], at, seen_before, half_before))
