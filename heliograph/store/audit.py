"""The lines of the audit log. Functions take a link to the database."""

from __future__ import annotations

import msgspec

from heliograph.model.audit import AuditEntry
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("audit")
_COLUMNS = (
    "account_id", "id", "at", "operation", "target", "for_account_id", "person_id", "actor",
    "credential_id", "address", "outcome",
)  # fmt: skip


async def insert_entry(link: Link, entry: AuditEntry) -> None:
    """Keep a line."""
    values = [getattr(entry, name) for name in _COLUMNS]
    changes = msgspec.json.encode(entry.changes).decode()
    await link.execute(_SQL["insert_entry"], *values, changes)


async def list_entries(
    link: Link,
    account_id: int,
    *,
    below: int,
    since: int,
    operation: str | None,
    person_id: int | None,
    target: str | None,
    outcome: str | None,
    limit: int,
) -> list[AuditEntry]:
    """Lines of an account with ids in `[since, below)`, newest first."""
    rows = await link.fetch(
        _SQL["list_entries"],
        account_id,
        below,
        since,
        operation,
        person_id,
        target,
        outcome,
        limit,
    )
    return [
        msgspec.convert({**dict(row), "changes": msgspec.json.decode(row["changes"])}, AuditEntry)
        for row in rows
    ]
