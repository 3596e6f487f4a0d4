"""The audit log: who changed what, when, from where, and how it ended. It must never hold a secret or the
text of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """A request that leaves a line, as far as it is known before it is carried out."""

    operation: str
    target: str = ""
    """The id in the request's path."""
    prefix: str = ""
    """What the id begins with of a thing that the request makes."""
    address: str = ""
    """The caller's network address."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    account_id: int
    """Of whoever did it."""
    id: int
    at: datetime
    operation: str
    target: str = ""
    for_account_id: int | None = None
    """The account that it was done to, where that is another."""
    person_id: int | None = None
    actor: str = ""
    """The person's e-mail address, or the label and the last characters of the key."""
    credential_id: int | None = None
    address: str = ""
    outcome: str = "done"
    """`done`, or the code of the refusal."""
    changes: dict[str, Any] = {}
    """Field → `[before, after]`; what is secret is told as `changed`."""


class ListAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Search, newest first."""

    operation: str | None = None
    person_id: int | None = None
    target: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Sealed id of the last line of the previous page."""
    limit: int = 50
    for_account: int | None = None


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListAudit`."""

    items: tuple[AuditEntry, ...]
    more: bool
