"""Requests that doors refused: a ring for each account. Functions take a link."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from heliograph.model.refused import RefusedRequest
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("refused_requests")
_COLUMNS = (
    "account_id", "id", "credential_id", "left_out", "entries", "octets", "caller", "dialect",
    "operation", "target", "answered", "code", "field", "detail", "address", "agent", "media_type",
)  # fmt: skip


async def insert_refused(link: Link, items: Sequence[RefusedRequest]) -> None:
    """Keep them."""
    columns = [[getattr(item, name) for item in items] for name in _COLUMNS]
    await link.execute(_SQL["insert_refused"], *columns)


async def drop_beyond(link: Link, account_ids: Collection[int], most: int) -> None:
    """Keep only the newest `most` of these accounts."""
    await link.execute(_SQL["drop_beyond"], sorted(account_ids), most)


async def drop_old(link: Link, before_id: int) -> None:
    """Forget those with ids below that, of all accounts."""
    await link.execute(_SQL["drop_old_refused"], before_id)


async def list_refused(
    link: Link,
    account_id: int,
    *,
    below: int,
    since: int,
    dialect: str | None,
    code: str | None,
    credential_id: int | None,
    operation: str | None,
    limit: int,
) -> list[RefusedRequest]:
    """Those of an account with ids in `[since, below)`, newest first."""
    rows = await link.fetch(
        _SQL["list_refused"],
        account_id,
        below,
        since,
        dialect,
        code,
        credential_id,
        operation,
        limit,
    )
    return [msgspec.convert(dict(row), RefusedRequest) for row in rows]
