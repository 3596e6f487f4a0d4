"""What broadcasts need of whoever makes verification codes, for `{{verification_code}}`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from heliograph.model.command import Principal
from heliograph.model.message import Message
from heliograph.model.refusal import Refused
from heliograph.store.database import Link

__all__ = ["BeginCodes", "Codes"]


class Codes(Protocol):
    """The codes of one broadcast, by what its account has set."""

    @property
    def ttl_seconds(self) -> int:
        """How long a code is good, from when its message is to be sent."""

    @property
    def longest(self) -> int:
        """Characters of a code."""

    def draw(self, number: int) -> str:
        """The code that has this id; it leaves no trace."""

    async def judge(
        self, link: Link, messages: Sequence[Message], now: datetime
    ) -> dict[int, Refused]:
        """In the transaction that keeps the messages: ids of those that are not to be sent, and why."""

    async def keep(
        self, link: Link, sent: Sequence[tuple[int, str, Message]], now: datetime
    ) -> None:
        """In the same transaction: `(id, code, message)` of those that were accepted can be checked."""


BeginCodes = Callable[[Principal, int | None], Awaitable[Codes]]
"""Codes for a broadcast of the caller's: of so many digits, or as the account's default profile says."""
