"""Promise P9 on the way of a message: who must not be written to, asked in the transaction that matters.

Every path asks here: acceptance in its commit, delivery in the transaction that puts the attempt on
record. Which accounts have opt-outs at all is known in memory, but a moment late, and later on other
nodes than on the one that took the first. So an account that had none then is asked for once per batch,
by its number alone, and only if it has some by now its messages are: an opt-out that is committed is
heeded from its commit on, everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from heliograph.flow.directory import Directory
from heliograph.model.message import Message
from heliograph.store import things
from heliograph.store.database import Link
from heliograph.store.things import Key

__all__ = ["opted_out"]


async def opted_out(
    link: Link, directory: Directory, messages: Collection[Message]
) -> set[tuple[int, int]]:
    """`(account_id, id)` of the messages that must not go out. Our own answer to STOP always may."""
    asked = {message.account_id for message in messages}
    have = {account_id for account_id in asked if directory.has_opt_outs(account_id)}
    if len(have) < len(asked):
        have |= await things.which_have_opt_outs(link, sorted(asked - have))
    if not have:
        return set()
    held = [m for m in messages if m.account_id in have and not m.owed]
    keys = {(m.account_id, m.id): key_of(m) for m in held}
    if not keys:
        return set()
    out = await things.opted_out(link, _distinct(keys.values()))
    return {place for place, key in keys.items() if key in out}


def key_of(message: Message) -> Key:
    """What an opt-out of this message would name."""
    return (
        message.account_id,
        message.recipient,
        message.sender.lower(),
        message.campaign.lower(),
    )


def _distinct(keys: Collection[Key]) -> Sequence[Key]:
    return list(set(keys))
