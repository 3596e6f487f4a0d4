"""People, what they prove themselves by, and one-time links. Functions take a link to the database;
writers need a transaction.

A password is here only as the hash that it was given as, a token only as its hash, the secret of a
second factor only sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from heliograph.model.person import Person, PersonState, Role
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record

_SQL = queries("people")


class EmailTakenError(Exception):
    """Somebody has this e-mail address already; the transaction is lost."""


class Secrets(NamedTuple):
    """A person, and what they prove themselves by."""

    person: Person
    password_hash: str | None
    totp_sealed: bytes | None
    totp_step: int


class OneTimeLink(NamedTuple):
    """An invitation or a reset."""

    account_id: int
    person_id: int
    purpose: str
    expires_at: datetime


def _person(row: Record) -> Person:
    return msgspec.convert(dict(row), Person)


def _secrets(row: Record) -> Secrets:
    return Secrets(_person(row), row["password_hash"], row["totp_sealed"], row["totp_step"])


async def insert_person(
    link: Link,
    *,
    account_id: int,
    email: str,
    name: str,
    role: Role,
    operator: bool,
    password_hash: str | None,
    at: datetime,
) -> Person:
    """Make a person, who is active with a password and invited without. Raises EmailTakenError."""
    state = PersonState.INVITED if password_hash is None else PersonState.ACTIVE
    try:
        row = await link.fetchrow(
            _SQL["insert_person"],
            account_id,
            email,
            name,
            role.value,
            operator,
            state.value,
            password_hash,
            at,
        )
    except asyncpg.UniqueViolationError as fault:
        raise EmailTakenError from fault
    if row is None:
        raise LookupError("an insert returned no row")
    return _person(row)


async def find_person(link: Link, account_id: int, id_: int) -> Person | None:
    """One person."""
    row = await link.fetchrow(_SQL["find_person"], account_id, id_)
    return None if row is None else _person(row)


async def list_people(link: Link, account_id: int, *, after: int, limit: int) -> list[Person]:
    """People with ids above `after`, oldest first, at most `limit`."""
    rows = await link.fetch(_SQL["list_people"], account_id, after, limit)
    return [_person(row) for row in rows]


async def find_secrets(link: Link, email: str) -> Secrets | None:
    """The person of an e-mail address, whatever its case."""
    row = await link.fetchrow(_SQL["find_secrets"], email)
    return None if row is None else _secrets(row)


async def lock_secrets(link: Link, account_id: int, id_: int) -> Secrets | None:
    """One person, who stays as they are until the transaction ends."""
    row = await link.fetchrow(_SQL["lock_secrets"], account_id, id_)
    return None if row is None else _secrets(row)


async def change_person(link: Link, person: Person) -> Person:
    """Write name, role and state."""
    row = await link.fetchrow(
        _SQL["change_person"],
        person.account_id,
        person.id,
        person.name,
        person.role.value,
        person.state.value,
    )
    if row is None:
        raise LookupError("a person who was locked is gone")
    return _person(row)


async def set_password(link: Link, person: Person, password_hash: str | None) -> None:
    """Give a password, or take it away: then they are invited again."""
    await link.execute(_SQL["set_password"], person.account_id, person.id, password_hash)


async def rehash_password(link: Link, person: Person, former: str, password_hash: str) -> None:
    """The same password hashed with the parameters of today."""
    key = (person.account_id, person.id)
    await link.execute(_SQL["rehash_password"], *key, former, password_hash)


async def note_sign_in(link: Link, person: Person, at: datetime) -> None:
    """When they signed in last."""
    await link.execute(_SQL["note_sign_in"], person.account_id, person.id, at)


# -- second factor ----------------------------------------------------------------------------


async def set_totp(link: Link, person: Person, sealed: bytes | None) -> None:
    """A secret whose first code is awaited; None takes the second factor away."""
    await link.execute(_SQL["set_totp"], person.account_id, person.id, sealed)


async def confirm_totp(
    link: Link, person: Person, *, at: datetime, step: int, recovery_hashes: Sequence[bytes]
) -> None:
    """From now on a code is asked for; that of `step` was shown."""
    key = (person.account_id, person.id)
    await link.execute(_SQL["confirm_totp"], *key, at, step, list(recovery_hashes))


async def use_totp_step(link: Link, person: Person, step: int) -> bool:
    """Whether no code of this step or of a later one was taken before."""
    key = (person.account_id, person.id)
    return await link.fetchval(_SQL["use_totp_step"], *key, step) is not None


async def use_recovery_code(link: Link, person: Person, code_hash: bytes) -> bool:
    """Whether it was one of theirs; it is gone."""
    key = (person.account_id, person.id)
    return await link.fetchval(_SQL["use_recovery_code"], *key, code_hash) is not None


# -- owners -------------------------------------------------------------------------------------


async def lock_owners(link: Link, account_id: int) -> list[int]:
    """Ids of the owners that can sign in; they stay so until the transaction ends."""
    return [row["id"] for row in await link.fetch(_SQL["lock_owners"], account_id)]


async def any_owner_of_house(link: Link) -> bool:
    """Whether somebody can sign in to whom the house belongs."""
    return bool(await link.fetchval(_SQL["any_owner_of_house"]))


async def account_named(link: Link, name: str) -> int | None:
    """The id of the account of this name."""
    found: int | None = await link.fetchval(_SQL["account_named"], name)
    return found


# -- one-time links -----------------------------------------------------------------------------


async def put_link(
    link: Link, person: Person, purpose: str, token_hash: bytes, expires_at: datetime
) -> None:
    """Give a person a link; the one before ends."""
    key = (person.account_id, person.id)
    await link.execute(_SQL["put_link"], *key, purpose, token_hash, expires_at)


async def find_link(link: Link, token_hash: bytes) -> OneTimeLink | None:
    """What a token is for, whether in time or not."""
    return _link(await link.fetchrow(_SQL["find_link"], token_hash))


async def take_link(link: Link, token_hash: bytes) -> OneTimeLink | None:
    """The same, and it is used up."""
    return _link(await link.fetchrow(_SQL["take_link"], token_hash))


async def drop_links(link: Link, person: Person) -> None:
    """A person's link ends."""
    await link.execute(_SQL["drop_links"], person.account_id, person.id)


def _link(row: Record | None) -> OneTimeLink | None:
    return None if row is None else OneTimeLink(*_columns(row))


def _columns(row: Record) -> tuple[Any, ...]:
    return tuple(row[name] for name in OneTimeLink._fields)


async def put_set_up(link: Link, token_hash: bytes) -> None:
    """The link to begin with; the one before ends."""
    await link.execute(_SQL["put_set_up"], token_hash)


async def has_set_up(link: Link, token_hash: bytes) -> bool:
    """Whether this is it."""
    return bool(await link.fetchval(_SQL["has_set_up"], token_hash))


async def take_set_up(link: Link, token_hash: bytes) -> bool:
    """Whether this was it; it is used up."""
    return await link.fetchval(_SQL["take_set_up"], token_hash) is not None


async def drop_set_up(link: Link) -> None:
    """There is nothing to begin any more."""
    await link.execute(_SQL["drop_set_up"])
