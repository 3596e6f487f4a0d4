"""Numbers that must not hear from a sender again (promise P9): how they are kept and listed.

The look-up on the way of a message is `things.opted_out`.

An opt-out is announced only when it is its account's first: processes keep in mind which accounts have
any, never the numbers themselves, which may be millions.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from heliograph.model.account import OptOut
from heliograph.store._sql import queries
from heliograph.store.database import Link
from heliograph.store.kept import announce

_SQL = queries("opt_outs")


async def insert_opt_outs(link: Link, opt_outs: Sequence[OptOut]) -> int:
    """Keep these; one that is known already stays as it was. Returns how many are new.

    Needs a transaction.
    """
    if not opt_outs:
        return 0
    accounts = sorted({each.account_id for each in opt_outs})
    first = await link.fetchval(_SQL["some_without_opt_outs"], accounts)
    # In one order, so that two imports of the same list wait for each other and never in a ring.
    rows = sorted(
        (o.account_id, o.msisdn, o.sender, o.campaign, o.source, o.created_at) for o in opt_outs
    )
    made = await link.fetch(
        _SQL["insert_opt_outs"], *[list(column) for column in zip(*rows, strict=True)]
    )
    if first:
        await announce(link)
    return len(made)


async def remove_opt_out(
    link: Link, account_id: int, msisdn: str, sender: str, campaign: str = ""
) -> bool:
    """Whether there was one for exactly this sender and campaign (empty: for all); it is gone."""
    found = await link.fetchval(_SQL["remove_opt_out"], account_id, msisdn, sender, campaign)
    return found is not None


async def lift_opt_outs(link: Link, account_id: int, msisdn: str, senders: Sequence[str]) -> int:
    """The handset wants to hear from these senders again; returns how many blocks have gone."""
    lowered = [sender.lower() for sender in senders]
    return len(await link.fetch(_SQL["lift_opt_outs"], account_id, msisdn, lowered))


async def list_opt_outs(
    link: Link, account_id: int, *, after: str, limit: int
) -> tuple[list[OptOut], bool]:
    """A page of about `limit` behind the number `after`, and whether there is more.

    All opt-outs of one number are on one page, which may make it longer.
    """
    rows = await link.fetch(_SQL["list_opt_outs"], account_id, after, limit + 1)
    items = [msgspec.convert(dict(row), OptOut) for row in rows]
    if len(items) <= limit:
        return items, False
    last = items[-1].msisdn
    whole = [item for item in items if item.msisdn != last]
    return (whole, True) if whole else (items, True)
