"""New content for messages that wait. Functions need a transaction that has locked the message."""

from __future__ import annotations

from datetime import datetime

from heliograph.model.message import Message
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("replacements")


async def lock_replaceable(link: Link, account_id: int, message_id: int) -> bool:
    """Whether nobody has begun to send it; if so, nobody will before the transaction ends."""
    return await link.fetchval(_SQL["lock_replaceable"], account_id, message_id) is not None


async def replace_message(link: Link, message: Message, at: datetime) -> None:
    """Write the message's new text, encoding, parts, price, times and callback (None keeps that)."""
    await link.execute(
        _SQL["replace_message"],
        message.account_id,
        message.id,
        message.text,
        int(message.encoding),
        message.parts,
        message.price_micros,
        message.send_at,
        message.valid_until,
        message.callback,
        at,
    )


async def reschedule(link: Link, account_id: int, message_id: int, due_at: datetime) -> None:
    """Give the message out at that time."""
    await link.execute(_SQL["reschedule"], account_id, message_id, due_at)
