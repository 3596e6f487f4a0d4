"""Verifications: codes that were sent, as keyed hashes. Functions take a link; writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from heliograph.model.verify import Verification, VerifyStatus
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record

_SQL = queries("verifications")
_COLUMNS: Final = (
    "account_id", "id", "message_id", "profile_id", "expires_at", "sent_at", "resend_seconds",
    "sends", "most_sends", "max_attempts", "status", "length", "recipient", "sender", "channel",
    "prefix", "country", "alphabet", "code_hash", "text", "locale", "limit_key", "reference",
)  # fmt: skip
"""In the order of the insert."""


async def insert_verifications(link: Link, items: Sequence[Verification]) -> None:
    """Keep verifications whose messages are accepted in the same transaction."""
    columns = [[getattr(item, name) for item in items] for name in _COLUMNS]
    await link.execute(_SQL["insert_verifications"], *columns)


async def find_verification(link: Link, account_id: int, id_: int) -> Verification | None:
    """One verification by its id."""
    return _found(await link.fetchrow(_SQL["find_verification"], account_id, id_))


async def last_verification(
    link: Link, account_id: int, recipient: str, since_id: int, now: datetime
) -> Verification | None:
    """The newest of a recipient (MSISDN) that is pending, else the newest with an id from `since_id` on."""
    query = _SQL["last_verification"]
    return _found(await link.fetchrow(query, account_id, recipient, since_id, now))


async def take_attempt(link: Link, account_id: int, id_: int, now: datetime) -> Verification | None:
    """Count a try, and lock the verification; None when no more tries are allowed."""
    return _found(await link.fetchrow(_SQL["take_attempt"], account_id, id_, now))


async def close_verification(
    link: Link, account_id: int, id_: int, status: VerifyStatus, now: datetime
) -> Verification | None:
    """Approve or cancel it; None when it is not pending."""
    query = _SQL["close_verification"]
    return _found(await link.fetchrow(query, account_id, id_, int(status), now))


async def lock_verification(link: Link, account_id: int, id_: int) -> Verification | None:
    """The verification, which nobody changes until the transaction ends."""
    return _found(await link.fetchrow(_SQL["lock_verification"], account_id, id_))


async def note_resend(
    link: Link, account_id: int, id_: int, *, at: datetime, message_id: int, code_hash: bytes
) -> None:
    """Another message went out for a locked verification."""
    await link.execute(_SQL["note_resend"], account_id, id_, at, message_id, code_hash)


def _found(row: Record | None) -> Verification | None:
    return None if row is None else msgspec.convert(dict(row), Verification)
