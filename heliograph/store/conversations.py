"""What went between handsets and senders, both ways. Functions take a link; writers need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from heliograph.model.message import Inbound, MessageRecord
from heliograph.store._sql import queries
from heliograph.store.database import Link
from heliograph.store.messages import record_of
from heliograph.store.receipts import inbound_of

_SQL = queries("conversations")


async def last_writer(link: Link, accounts: Sequence[int], handset: str, number: str) -> int | None:
    """The account that wrote to a handset from a number last; None when none of these did."""
    found: int | None = await link.fetchval(_SQL["last_writer"], accounts, handset, number)
    return found


async def last_campaign(link: Link, account_id: int, handset: str, number: str) -> str:
    """The code of the campaign that the handset heard of last from a number; empty for none."""
    return await link.fetchval(_SQL["last_campaign"], account_id, handset, number) or ""


async def list_conversations(
    link: Link, account_id: int, *, before: int, limit: int
) -> list[tuple[Inbound, int]]:
    """The newest message of each handset to each number, newest first, and how many are unread."""
    rows = await link.fetch(_SQL["list_conversations"], account_id, before, limit)
    return [(inbound_of(row), row["unread"]) for row in rows]


async def last_sent(
    link: Link, account_id: int, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], MessageRecord]:
    """`(handset, number)` → the newest message that went that way."""
    if not pairs:
        return {}
    rows = await link.fetch(_SQL["last_sent"], account_id, *zip(*pairs, strict=True))
    return {(row["recipient"], row["sender"]): record_of(row) for row in rows}


async def between(
    link: Link, account_id: int, handset: str, sender: str | None, *, before: int, limit: int
) -> list[Inbound | MessageRecord]:
    """Both directions between a handset and one sender (None: any), newest first."""
    lowered = None if sender is None else sender.lower()
    sent = await link.fetch(_SQL["sent_between"], account_id, handset, lowered, before, limit)
    heard = await link.fetch(_SQL["heard_between"], account_id, handset, sender, before, limit)
    both = [(row["id"], record_of(row)) for row in sent]
    mixed: list[tuple[int, Inbound | MessageRecord]] = [*both]
    mixed += [(row["id"], inbound_of(row)) for row in heard]
    return [each for _, each in sorted(mixed, key=lambda pair: -pair[0])[:limit]]


async def mark_read(
    link: Link, account_id: int, handset: str, number: str | None, at: datetime
) -> None:
    """What a handset sent to a number (None: to any) has been read."""
    await link.execute(_SQL["mark_read"], account_id, handset, number, at)


async def inbound_since(link: Link, account_id: int, after: int, limit: int) -> list[Inbound]:
    """Messages from handsets with ids above `after`, oldest first."""
    rows = await link.fetch(_SQL["inbound_since"], account_id, after, limit)
    return [inbound_of(row) for row in rows]
