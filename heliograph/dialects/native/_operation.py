"""What one entry of the table of operations says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import Asked
from heliograph.model.account import Scope
from heliograph.model.command import Command

JSON: Final = "application/json"
CSV: Final = "text/csv"
KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one path: how it is read, answered and described."""

    id: str
    """`operationId`, and the `form` of its asks."""
    method: str
    path: str
    """Template: `{id}` and the like stand for one segment."""
    tag: str
    summary: str
    description: str = ""
    scope: Scope
    read: Callable[[Asked], Command]
    query: type[Any] = wire.NoQuery
    body: Any = None
    """Type of the request body; None where there is none."""
    body_also: Any = None
    """The other form that the body may have."""
    decode: Callable[[bytes], Any] | None = None
    """Reads the JSON body where its type alone does not say how."""
    table: Callable[[bytes], Any] | None = None
    """Reads the body where it may be CSV."""
    table_example: str = ""
    media: tuple[str, ...] = (JSON,)
    """Media types of the body that are read, the preferred one first."""
    lines_example: str = ""
    """The body to show as lines of JSON, where it is not the list of an example."""
    body_optional: bool = False
    body_limit_bytes: int = MEBIBYTE
    spools: bool = False
    idempotent: bool = False
    """Whether it heeds `Idempotency-Key`."""
    status: int = 200
    begins: bool = False
    """Whether the reply may come before the work is done, with the status 202."""
    reply: Any = None
    """Type of the reply's body; None where the reply has none."""
    reply_media: tuple[str, ...] = (JSON,)
    examples: dict[str, Any] = {}
    """Request bodies to show, by name."""
    reply_example: Any = None
    id_prefix: str = ""
    """What `{id}` begins with."""
    open: bool = False
    """For callers who are not signed in; its command is one of `Entering`."""
    dry: bool = False
    """Changes nothing although it is no GET."""

    @property
    def changes(self) -> bool:
        """Whether it is to be on record that somebody did it."""
        return self.method != "GET" and not self.dry
