"""Profiles of one-time passwords. Functions take a link to the database; writers need a transaction."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from heliograph.model.verify import Guard, Limits, VerifyProfile
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record
from heliograph.store.kept import LARGEST_ID

_SQL = queries("verify_profiles")
_PLAIN: Final = (
    "name",
    "sender",
    "length",
    "alphabet",
    "ttl_seconds",
    "max_attempts",
    "resend_seconds",
    "resend_limit",
)
_JSON: Final[dict[str, Any]] = {"texts": dict[str, str], "limits": Limits, "guard": Guard}


async def save_profile(link: Link, profile: VerifyProfile) -> VerifyProfile | None:
    """Make a profile (its id is 0) or change one; None when there is no such."""
    if profile.id > LARGEST_ID:
        return None
    values: list[Any] = [getattr(profile, name) for name in _PLAIN]
    values += [msgspec.json.encode(getattr(profile, name)).decode() for name in _JSON]
    values.append(list(profile.allowed_countries))
    if profile.id:
        query, key = "update_profile", [profile.account_id, profile.id]
    else:
        query, key = "insert_profile", [profile.account_id]
    return _found(await link.fetchrow(_SQL[query], *key, *values))


async def find_profile(link: Link, account_id: int, id_: int) -> VerifyProfile | None:
    """One profile by its id."""
    if id_ > LARGEST_ID:
        return None
    return _found(await link.fetchrow(_SQL["find_profile"], account_id, id_))


async def profile_named(link: Link, account_id: int, name: str) -> VerifyProfile | None:
    """One profile by its number or, whatever its case, its name."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else 0
    return _found(await link.fetchrow(_SQL["profile_named"], account_id, name, number))


async def list_profiles(
    link: Link, account_id: int, *, after: int, limit: int
) -> list[VerifyProfile]:
    """Profiles with ids above `after`, oldest first."""
    rows = await link.fetch(_SQL["list_profiles"], account_id, min(after, LARGEST_ID), limit)
    return [_profile(row) for row in rows]


async def remove_profile(link: Link, account_id: int, id_: int) -> bool:
    """Whether there was such a profile; it is gone."""
    if id_ > LARGEST_ID:
        return False
    return await link.fetchval(_SQL["remove_profile"], account_id, id_) is not None


def _found(row: Record | None) -> VerifyProfile | None:
    return None if row is None else _profile(row)


def _profile(row: Record) -> VerifyProfile:
    fields = dict(row)
    for name, kind in _JSON.items():
        fields[name] = msgspec.json.decode(fields[name], type=kind)
    return msgspec.convert(fields, VerifyProfile)
